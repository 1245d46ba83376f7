"""Entries of which the first that fits counts: one that always stands behind another that fits too is a slip."""

from collections.abc import Iterator

from .expressions import Condition
from .implying import implies
from .money_schema import Rate
from .policy import Programme
from .problems import Problem

_REMEDY = "从上到下第一条符合的为准，把更严的“{later}”写在“{earlier}”前面；两条范围一样的删去一条"


def check_reachable(programme: Programme) -> Iterator[Problem]:
    """Every special cap and every rate that no household and no item can come to."""
    yield from _cap_cases(programme)
    yield from _rates(programme)


def _cap_cases(programme: Programme) -> Iterator[Problem]:
    conditions = [condition for _amount, condition in programme.cap_cases]
    names = [case.name for case in programme.data.cap_case]
    for place, condition in enumerate(conditions):
        before = next((n for n, other in enumerate(conditions[:place]) if implies(condition, other)), None)
        if before is not None:
            yield _shadowed("cap_case", place, names[before], names[place])


def _rates(programme: Programme) -> Iterator[Problem]:
    for place, (rate, condition) in enumerate(programme.rates):
        before = next(
            (one for one, when in programme.rates[:place] if _covers(programme, one, when, rate, condition)), None
        )
        if before is not None:
            yield _shadowed("rate", place, before.name, rate.name)


def _covers(
    programme: Programme, earlier: Rate, when: Condition | None, later: Rate, condition: Condition | None
) -> bool:
    """Whether an earlier row fits whatever a later one fits, household and item."""
    households = when is None or (condition is not None and implies(condition, when))
    return households and _chosen(programme, later) <= _chosen(programme, earlier)


def _chosen(programme: Programme, rate: Rate) -> set[int]:
    return {item.number for item in programme.items if programme.is_chosen(rate, item.number)}


def _shadowed(table: str, place: int, earlier: str, later: str) -> Problem:
    return Problem(
        (table, place),
        f"“{later}”这一条永远轮不到：前面的“{earlier}”已经把它的情形都占去了",
        _REMEDY.format(later=later, earlier=earlier),
    )
