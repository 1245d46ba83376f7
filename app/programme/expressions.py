"""Conditions over facts, evaluated in Kleene's three values.

A condition is a table with one of `all`, `any` (lists of conditions), `not` (one condition), `if` with `then` and
`else`, `some` (a list fact of which one entry fulfils a condition), or `fact` with one comparison. True, False or None (unknown); what is missing are
the facts of the unknown comparisons that still count.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from .facts import Fact, Facts
from .operators import OPERATORS, Truth, say_age


@dataclass(frozen=True)
class Finding:
    """What a comparison found: its truth, the fact used (for `missing`) and a Chinese phrase with the value."""

    fact: str
    truth: Truth
    phrase: str
    known: bool
    quiet: bool = False


@dataclass(frozen=True)
class Leaf:
    """One comparison of one fact."""

    fact: Fact
    operator: str
    operand: Any
    doubtful: bool = False
    quiet: bool = False

    def truth(self, facts: Facts, on: date | None) -> Truth:
        """Unknown when the fact is absent, or when it does not hold and the data say that this proves nothing yet."""
        if self.fact.name not in facts:
            return None
        result = OPERATORS[self.operator].test(facts[self.fact.name], self.operand, on)
        return None if self.doubtful and result is False else result

    def findings(self, facts: Facts, on: date | None) -> Iterator[Finding]:
        """The one finding of this comparison."""
        truth = self.truth(facts, on)
        known = self.fact.name in facts
        phrase = self._phrase(facts[self.fact.name], truth, on) if known else self.fact.label
        yield Finding(self.fact.name, truth, phrase, known, self.quiet)

    def _phrase(self, value: Any, truth: Truth, on: date | None) -> str:
        if self.operator in ("age_at_least", "age_below"):
            return say_age(value, self.operand, on)
        said = f"{self.fact.label}：{self.fact.kind.say(value)}"
        wanted = OPERATORS[self.operator].say(self.fact, self.operand)
        return said if truth or not wanted else f"{said}（须{wanted}）"


@dataclass(frozen=True)
class AllOf:
    """Every part holds: false beats unknown, unknown beats true."""

    parts: tuple["Condition", ...]

    def truth(self, facts: Facts, on: date | None) -> Truth:
        """Kleene's and."""
        unknown = False
        for part in self.parts:
            truth = part.truth(facts, on)
            if truth is False:
                return False
            unknown = unknown or truth is None
        return None if unknown else True

    def findings(self, facts: Facts, on: date | None) -> Iterator[Finding]:
        """The parts that made it what it is."""
        yield from _deciding(self.parts, self.truth(facts, on), facts, on)


@dataclass(frozen=True)
class AnyOf:
    """At least one part holds: true beats unknown, unknown beats false."""

    parts: tuple["Condition", ...]

    def truth(self, facts: Facts, on: date | None) -> Truth:
        """Kleene's or."""
        unknown = False
        for part in self.parts:
            truth = part.truth(facts, on)
            if truth is True:
                return True
            unknown = unknown or truth is None
        return None if unknown else False

    def findings(self, facts: Facts, on: date | None) -> Iterator[Finding]:
        """The parts that made it what it is."""
        yield from _deciding(self.parts, self.truth(facts, on), facts, on)


@dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: "Condition"

    def truth(self, facts: Facts, on: date | None) -> Truth:
        """Kleene's not."""
        truth = self.part.truth(facts, on)
        return None if truth is None else not truth

    def findings(self, facts: Facts, on: date | None) -> Iterator[Finding]:
        """The findings of the part."""
        yield from self.part.findings(facts, on)


@dataclass(frozen=True)
class IfElse:
    """One condition where another holds, a second one where it does not; either when both come to the same."""

    test: "Condition"
    then: "Condition"
    otherwise: "Condition"

    def truth(self, facts: Facts, on: date | None) -> Truth:
        """Unknown only when the test is unknown and the two differ, or when the one that counts is unknown."""
        test = self.test.truth(facts, on)
        if test is not None:
            return (self.then if test else self.otherwise).truth(facts, on)
        then = self.then.truth(facts, on)
        return then if then is self.otherwise.truth(facts, on) else None

    def findings(self, facts: Facts, on: date | None) -> Iterator[Finding]:
        """Those of the condition that counts; while it is open which one does, those of all that is unknown."""
        test = self.test.truth(facts, on)
        if test is not None:
            yield from (self.then if test else self.otherwise).findings(facts, on)
            return
        truth = self.truth(facts, on)
        parts = (self.test, self.then, self.otherwise) if truth is None else (self.then, self.otherwise)
        yield from _deciding(parts, truth, facts, on)


@dataclass(frozen=True)
class Some:
    """At least one entry of a list fact (a family member, an earlier subsidy) fulfils the condition."""

    fact: Fact
    condition: "Condition"
    quiet: bool = False

    def truth(self, facts: Facts, on: date | None) -> Truth:
        """Unknown when the list is absent, or when no entry surely does and some might."""
        if self.fact.name not in facts:
            return None
        truths = [self.condition.truth(entry, on) for entry in facts[self.fact.name]]
        return True if True in truths else None if None in truths else False

    def findings(self, facts: Facts, on: date | None) -> Iterator[Finding]:
        """One finding for the whole list."""
        known = self.fact.name in facts
        said = f"{self.fact.label}：{self.fact.kind.say(facts[self.fact.name])}" if known else self.fact.label
        yield Finding(self.fact.name, self.truth(facts, on), said, known, self.quiet)


Condition = Leaf | AllOf | AnyOf | Not | IfElse | Some


def _deciding(parts: tuple[Condition, ...], truth: Truth, facts: Facts, on: date | None) -> Iterator[Finding]:
    for part in parts:
        if part.truth(facts, on) is truth:
            yield from part.findings(facts, on)


def facts_in(condition: Condition) -> Iterator[str]:
    """The names of the facts that a condition speaks of, in its order."""
    if isinstance(condition, Leaf | Some):
        yield condition.fact.name
    elif isinstance(condition, Not):
        yield from facts_in(condition.part)
    elif isinstance(condition, IfElse):
        for part in (condition.test, condition.then, condition.otherwise):
            yield from facts_in(part)
    else:
        for part in condition.parts:
            yield from facts_in(part)
