"""Conditions over facts, evaluated in Kleene's three values.

A condition is a table with one of `all`, `any` (lists of conditions), `not` (one condition), `if` with `then` and
`else`, `some`, `every` or `count` (a list fact of which one, every or so many entries fulfil a condition), `condition`
(one that has a name), or `fact` with one comparison. True, False or None (unknown); what is missing are the facts of the
unknown comparisons that still count.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from .areas import LEVELS, same
from .facts import Fact, Facts
from .operators import AGES, OPERATORS, Truth, say_age


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
    """One comparison of one fact; an age may be counted on a day of its own (`at`), or by calendar years."""

    fact: Fact
    operator: str
    operand: Any
    doubtful: bool = False
    quiet: bool = False
    at: date | None = None
    by_year: bool = False

    def truth(self, facts: Facts, on: date | None) -> Truth:
        """Unknown when the fact is absent, or when it does not hold and the data say that this proves nothing yet."""
        if self.fact.name not in facts:
            return None
        value = facts[self.fact.name]
        if self.by_year:
            value = value.replace(month=1, day=1)  # whoever turns so many years old this year has the age all year
        result = OPERATORS[self.operator].test(value, self.operand, self.at or on)
        return None if self.doubtful and result is False else result

    def findings(self, facts: Facts, on: date | None) -> Iterator[Finding]:
        """The one finding of this comparison."""
        truth = self.truth(facts, on)
        known = self.fact.name in facts
        phrase = self._phrase(facts[self.fact.name], truth, on) if known else self.fact.label
        yield Finding(self.fact.name, truth, phrase, known, self.quiet)

    def _phrase(self, value: Any, truth: Truth, on: date | None) -> str:
        if self.operator in AGES:
            return say_age(value, self.operand, self.at or on, self.by_year)
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
class Same:
    """Two regions are one, at a level of the tree or by their whole code (户籍地与居住地一致)."""

    fact: Fact
    other: Fact
    level: str
    doubtful: bool = False
    quiet: bool = False

    def truth(self, facts: Facts, on: date | None) -> Truth:
        """Unknown when one is absent or its code says too little."""
        if self.fact.name not in facts or self.other.name not in facts:
            return None
        result = same(facts[self.fact.name], facts[self.other.name], self.level)
        return None if self.doubtful and result is False else result

    def findings(self, facts: Facts, on: date | None) -> Iterator[Finding]:
        """One for each of the two."""
        truth = self.truth(facts, on)
        wanted = "相同" if self.level == "exact" else f"在同一{LEVELS[self.level][1]}"
        for fact, other in ((self.fact, self.other), (self.other, self.fact)):
            known = fact.name in facts
            said = f"{fact.label}：{facts[fact.name]}" if known else fact.label
            more = "" if truth or not known else f"（须与{other.label}{wanted}）"
            yield Finding(fact.name, truth, said + more, known, self.quiet)


@dataclass(frozen=True)
class OverList(ABC):
    """Something said of the entries of a list fact (family members, earlier subsidies); each counts as true, false or open.

    `with_applicant` looks at the applicant as one more entry, by the facts of the person.
    """

    fact: Fact
    condition: "Condition"
    quiet: bool = False
    with_applicant: bool = False

    def tally(self, facts: Facts, on: date | None) -> tuple[int, int | None, int]:
        """How many entries surely fulfil the condition, how many might (None: no end to it), and how many surely do not."""
        entries = [dict(entry) for entry in facts.get(self.fact.name, ())]
        if self.with_applicant:
            entries.append(applicant(facts))
        truths = [self.condition.truth(entry, on) for entry in entries]
        sure = truths.count(True)
        might = sure + truths.count(None) if self.fact.name in facts else None
        return sure, might, truths.count(False)

    @abstractmethod
    def truth(self, facts: Facts, on: date | None) -> Truth:
        """What the tally comes to."""

    def wanted(self) -> str:
        """What is asked, in Chinese, where it adds to the label."""
        return ""

    def findings(self, facts: Facts, on: date | None) -> Iterator[Finding]:
        """One finding for the whole list, unless the applicant alone leaves it open; and then those of the applicant."""
        known, truth = self.fact.name in facts, self.truth(facts, on)
        if truth is None and known and self.with_applicant and not self._has_open_entry(facts, on):
            yield from self._of_applicant(facts, on)
            return
        said = f"{self.fact.label}：{self.fact.kind.say(facts[self.fact.name])}" if known else self.fact.label
        more = self.wanted()
        yield Finding(
            self.fact.name, truth, said if truth or not known or not more else f"{said}（须{more}）", known, self.quiet
        )
        if truth is None and self.with_applicant:
            yield from self._of_applicant(facts, on)

    def _has_open_entry(self, facts: Facts, on: date | None) -> bool:
        """Whether an entry of the list itself is neither sure to fulfil the condition nor sure not to."""
        return any(self.condition.truth(dict(entry), on) is None for entry in facts[self.fact.name])

    def _of_applicant(self, facts: Facts, on: date | None) -> Iterator[Finding]:
        """What is unknown of the applicant, by the names of the person's facts."""
        for one in self.condition.findings(applicant(facts), on):
            if one.truth is None:
                yield Finding(PERSON + one.fact, None, one.phrase, one.known, one.quiet)


PERSON = "person."


def applicant(facts: Facts) -> Facts:
    """The facts of the applicant as those of a family member are named."""
    return {name.removeprefix(PERSON): value for name, value in facts.items() if name.startswith(PERSON)}


@dataclass(frozen=True)
class Some(OverList):
    """At least one entry of a list fact (a family member, an earlier subsidy) fulfils the condition."""

    def truth(self, facts: Facts, on: date | None) -> Truth:
        """Unknown when the list is absent, or when no entry surely does and some might."""
        sure, might, _no = self.tally(facts, on)
        return True if sure else False if might == 0 else None


@dataclass(frozen=True)
class Every(OverList):
    """No entry fails the condition; an empty list fulfils it."""

    def truth(self, facts: Facts, on: date | None) -> Truth:
        """Unknown when the list is absent, or when no entry surely fails and some might."""
        sure, might, no = self.tally(facts, on)
        return False if no else True if sure == might else None

    def wanted(self) -> str:
        """Every one of them."""
        return "每一条都符合"


@dataclass(frozen=True)
class Count(OverList):
    """So many entries fulfil the condition: not fewer than `lowest`, not more than `highest` (None: no end)."""

    lowest: int = 0
    highest: int | None = None

    def truth(self, facts: Facts, on: date | None) -> Truth:
        """Unknown while the entries that are open can still decide it."""
        sure, might, _no = self.tally(facts, on)
        if (might is not None and might < self.lowest) or (self.highest is not None and sure > self.highest):
            return False
        enough, bounded = sure >= self.lowest, self.highest is None or (might is not None and might <= self.highest)
        return True if enough and bounded else None

    def wanted(self) -> str:
        """How many."""
        bounds = [f"不少于{self.lowest}条"] if self.lowest else []
        bounds += [f"不多于{self.highest}条"] if self.highest is not None else []
        return f"符合的{'、'.join(bounds)}"


Condition = Leaf | AllOf | AnyOf | Not | IfElse | Same | Some | Every | Count


def _deciding(parts: tuple[Condition, ...], truth: Truth, facts: Facts, on: date | None) -> Iterator[Finding]:
    for part in parts:
        if part.truth(facts, on) is truth:
            yield from part.findings(facts, on)


def facts_in(condition: Condition) -> Iterator[str]:
    """The names of the facts that a condition speaks of, in its order."""
    if isinstance(condition, Leaf):
        yield condition.fact.name
    elif isinstance(condition, Same):
        yield from (condition.fact.name, condition.other.name)
    elif isinstance(condition, OverList):
        yield condition.fact.name
        if condition.with_applicant:
            yield from (PERSON + name for name in facts_in(condition.condition) if name != "relation")
    elif isinstance(condition, Not):
        yield from facts_in(condition.part)
    elif isinstance(condition, IfElse):
        for part in (condition.test, condition.then, condition.otherwise):
            yield from facts_in(part)
    else:
        for part in condition.parts:
            yield from facts_in(part)
