"""What one household gets under a programme: its cap, by household or person and after earlier benefits, and its rates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypedDict

from ..core.errors import RuleViolation
from .counters import Use
from .expressions import Condition
from .facts import VOCABULARY, Facts
from .money_schema import Rate
from .operators import Truth
from .policy import Programme
from .refusals import SettlementRefused
from .values import CapUnit


class Standing(TypedDict):
    """What the arithmetic asks about a household: `settle(programme, lines, **standing)`."""

    facts: Mapping[str, Any]
    """Nested, the JSON form."""
    on: date | None
    """The day of application, on which ages are told."""
    earlier_fen: int
    """What it was promised or paid before, within the programme's period."""
    used: Sequence[Use]
    """What of each item that was, file by file."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one household; sums in fen."""

    cap_fen: int
    """What it may still get: the cap times the persons, less what it got before in the period."""
    persons: int = 1
    earlier_fen: int = 0
    """What of the cap was used up before, in the programme's period."""
    rates: tuple[tuple[Rate, Truth], ...] = ()
    open_question: str = ""
    """The sentence when a rate is met whose condition cannot be told yet."""
    used: tuple[Use, ...] = ()
    """What earlier files used of each item, in the programme's period."""

    def rate(self, programme: Programme, item: int) -> Rate | None:
        """The first rate that fits household and item; None when none does. Raises `SettlementRefused` when it is open."""
        for rate, truth in self.rates:
            if truth is not False and programme.is_chosen(rate, item):
                if truth is None:
                    raise SettlementRefused([RuleViolation(self.open_question, "facts")])
                return rate
        return None


def terms_for(
    programme: Programme, facts: Facts, on: date | None = None, earlier_fen: int = 0, used: Sequence[Use] = ()
) -> Terms:
    """The terms of a household by its facts (dotted names) on the day of application.

    `earlier_fen` is what it was paid before in the same exclusion group within the programme's period, `used` what of
    each item that was. Raises `SettlementRefused` when a missing fact leaves it open which cap holds.
    """
    persons = _persons(programme, facts, on)
    full = _amount(programme, facts, on) * persons
    gone = min(full, earlier_fen) if programme.data.cap.months is not None else 0
    rates = tuple((rate, True if when is None else when.truth(facts, on)) for rate, when in programme.rates)
    open_ = next((when for (_, when), (_, truth) in zip(programme.rates, rates, strict=True) if truth is None), None)
    question = "" if open_ is None else _question("补贴比例", open_, facts, on)
    return Terms(full - gone, persons, gone, rates, question, tuple(used))


def cap_for(programme: Programme, facts: Facts, on: date | None = None) -> int:
    """The most for this household in fen: the first special case that fits, else the general cap, times the persons where
    the cap is per person (domain S2). Raises `SettlementRefused` when a missing fact leaves it open which case fits."""
    return _amount(programme, facts, on) * _persons(programme, facts, on)


def _amount(programme: Programme, facts: Facts, on: date | None) -> int:
    for amount, condition in programme.cap_cases:
        truth = condition.truth(facts, on)
        if truth is None:
            raise SettlementRefused([RuleViolation(_question("补贴标准", condition, facts, on), "facts")])
        if truth:
            return amount
    return programme.cap_fen


def _question(what: str, condition: Condition, facts: Facts, on: date | None) -> str:
    """What to supply so that an open condition can be told."""
    missing = dict.fromkeys(f.fact for f in condition.findings(facts, on) if f.truth is None and not f.known)
    if not missing and on is None:
        return f"{what}因家庭情况而不同，请写明申请日期（applied_on）"
    named = "、".join(f"{name}（{VOCABULARY[name].label}）" for name in missing)
    return f"{what}因家庭情况而不同，请补充 {named or '有关情况'}"


def _persons(programme: Programme, facts: Facts, on: date | None) -> int:
    """How many persons the cap counts: the applicant, and who of the household surely fulfils the condition."""
    who = programme.cap_who
    if programme.data.cap.per is not CapUnit.PERSON or who is None:
        return 1
    members: tuple[Mapping[str, Any], ...] = facts.get("household.members", ())
    return 1 + sum(who.truth(dict(member), on) is True for member in members)
