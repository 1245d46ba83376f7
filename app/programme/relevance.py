"""Which absent facts can still change a condition that is unknown.

Kleene's logic looks at each comparison alone, so it may name a fact whose comparisons, taken together, no longer matter
(somebody without any recognised grade needs the six indicators whatever the hardship is). Where a fact stands in several
comparisons, the possible answers of the absent facts are tried out, one answer for each way it can turn them.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import combinations, product
from typing import Any

from .ages import anniversary, months_before
from .expressions import AllOf, AnyOf, Condition, IfElse, Leaf, Not
from .facts import Facts
from .operators import AGES, Truth

_MOST_TRIED = 20_000
"""Beyond so many combinations what Kleene's logic names is good enough."""
_MOST_KEPT = 4_096
"""Patterns remembered for a condition."""


def leaves(condition: Condition) -> Iterator[Leaf | None]:
    """Every comparison of a condition; None for one over a list or between two facts, which is not tried out."""
    if isinstance(condition, Leaf):
        yield condition if condition.fact.kind.name != "records" else None
    elif isinstance(condition, Not):
        yield from leaves(condition.part)
    elif isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from leaves(part)
    elif isinstance(condition, IfElse):
        for part in (condition.test, condition.then, condition.otherwise):
            yield from leaves(part)
    else:
        yield None


def repeats_a_fact(condition: Condition) -> bool:
    """Whether a fact stands in several comparisons, all of which can be tried out."""
    found = list(leaves(condition))
    names = [leaf.fact.name for leaf in found if leaf is not None]
    return len(names) == len(found) and len(set(names)) < len(names)


class Relevance:
    """The trying out for one condition, kept for each pattern of known and absent comparisons."""

    def __init__(self, condition: Condition) -> None:
        self.condition = condition
        self.repeats_a_fact = repeats_a_fact(condition)
        self._leaves = [leaf for leaf in leaves(condition) if leaf is not None]
        self._kept: dict[tuple[Any, ...], tuple[str, ...]] = {}

    def narrow(self, named: tuple[str, ...], facts: Facts, on: date) -> tuple[str, ...]:
        """Of the facts that Kleene's logic names, those that can still change the condition."""
        if not self.repeats_a_fact:
            return named
        pattern = (named, *((leaf.fact.name in facts, leaf.truth(facts, on)) for leaf in self._leaves))
        if pattern not in self._kept:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[pattern] = still_relevant(self.condition, named, facts, on)
        return self._kept[pattern]


def still_relevant(condition: Condition, named: Sequence[str], facts: Facts, on: date) -> tuple[str, ...]:
    """Of the facts that Kleene's logic names, those of which some answer makes a difference, the known ones kept."""
    found = [leaf for leaf in leaves(condition) if leaf is not None]
    absent = [name for name in dict.fromkeys(leaf.fact.name for leaf in found) if name not in facts]
    answers = {name: _answers([leaf for leaf in found if leaf.fact.name == name], on) for name in absent}
    total = 1
    for values in answers.values():
        total *= len(values)
    if total > _MOST_TRIED:
        return tuple(named)
    results = {
        combination: condition.truth(facts | dict(zip(absent, combination, strict=True)), on)
        for combination in product(*(answers[name] for name in absent))
    }
    matters = {name for place, name in enumerate(absent) if _differs(results, place)}
    kept = tuple(name for name in named if name in facts or name in matters)
    return kept or tuple(named)


def _differs(results: dict[tuple[Any, ...], Truth], place: int) -> bool:
    """Whether the answer at a place changes some result while all others stay."""
    seen: dict[tuple[Any, ...], Truth] = {}
    for combination, truth in results.items():
        others = combination[:place] + combination[place + 1 :]
        if seen.setdefault(others, truth) is not truth:
            return True
    return False


def _answers(same: list[Leaf], on: date) -> list[Any]:
    """One answer to a fact for each way in which it can turn its comparisons."""
    by_turn: dict[tuple[Truth, ...], Any] = {}
    for value in _samples(same, on):
        turn = tuple(leaf.truth({leaf.fact.name: value}, on) for leaf in same)
        by_turn.setdefault(turn, value)
    return list(by_turn.values())


def _samples(same: list[Leaf], on: date) -> Iterator[Any]:
    kind = same[0].fact.kind
    if kind.name == "bool":
        yield from (True, False)
    elif kind.name == "int":
        yield from range(kind.lowest, kind.highest + 1)
    elif kind.name == "code":
        yield from kind.codes
    elif kind.name == "codes":
        spoken = sorted({code for leaf in same for code in _operands(leaf) if code in kind.codes})
        other = [code for code in kind.codes if code not in spoken][:1]
        for size in range(len(spoken) + 1):
            for chosen in combinations(spoken, size):
                yield chosen
                yield (*chosen, *other)
    elif kind.name == "date":
        yield from _days(same, on)
    else:
        yield from {operand for leaf in same for operand in _operands(leaf)} | {""}


def _days(same: list[Leaf], on: date) -> Iterator[date]:
    """Birth dates and days on both sides of every bound."""
    for leaf in same:
        bound, day = leaf.operand, leaf.at or on
        if leaf.operator in AGES:
            bound = anniversary(day, max(1, day.year - leaf.operand))
            bound = bound.replace(month=1, day=1) if leaf.by_year else bound
        elif leaf.operator == "within_months":
            bound = months_before(on, leaf.operand)
            yield from (on, on + timedelta(days=1))
        yield from (bound, bound - timedelta(days=1), bound + timedelta(days=1))


def _operands(leaf: Leaf) -> tuple[Any, ...]:
    return leaf.operand if isinstance(leaf.operand, tuple) else (leaf.operand,)
