"""What a programme says to one household: the verdict by clause, points, cap, and the sums of its lines with what cut them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ...core.errors import DomainError
from ...core.money import display
from ..eligibility import ClauseResult, Result, Verdict, judge
from ..expressions import facts_in
from ..facts import VOCABULARY, Facts, read_facts
from ..instrument_schema import WorksStandard
from ..item_schema import Item
from ..operators import Truth
from ..plan_rules import Line, undecided_basics
from ..policy import Programme
from ..quoting import read_lines, read_used
from ..refusals import SettlementRefused
from ..subsidy import SettledLine, Settlement, settle
from ..terms import Standing, Terms, terms_for
from ..values import to_fen
from .file import Household


@dataclass(frozen=True)
class Value:
    """One fact that a clause looks at, with its value in Chinese."""

    label: str
    said: str
    known: bool


@dataclass(frozen=True)
class Judged:
    """A clause with what it came to, the values that it looked at, and what would show what is missing."""

    id: str
    title: str
    text: str
    source: str
    result: Result
    reason: str
    values: tuple[Value, ...]
    evidence: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()
    assumption: str = ""


@dataclass(frozen=True)
class Points:
    """One priority: what it gives, and whether it does."""

    name: str
    points: int
    truth: Truth
    source: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One provision on which the sums rest: what it is, what it says, and the clause of the document."""

    name: str
    text: str
    source: str


@dataclass(frozen=True)
class Charged:
    """One line of the answer: the item, what was asked, and what came of it."""

    item: Item
    line: Line
    settled: SettledLine


@dataclass(frozen=True)
class Sums:
    """What the lines come to."""

    settlement: Settlement
    lines: tuple[Charged, ...]
    undecided: tuple[Item, ...] = ()
    """Basic items that are not decided; with any the sums are provisional."""


@dataclass(frozen=True)
class Answer:
    """Everything that is said to one household; None where it cannot be said, and `problems` say why."""

    verdict: Verdict | None = None
    clauses: tuple[Judged, ...] = ()
    points: tuple[Points, ...] = ()
    terms: Terms | None = None
    cap_open: str = ""
    """Which fact leaves the cap or the percentage open, as a sentence."""
    rules: tuple[Rule, ...] = ()
    sums: Sums | None = None
    not_covered: tuple[WorksStandard, ...] = ()
    problems: tuple[DomainError, ...] = field(default=())


def answer(programme: Programme, household: Household, provisional: bool = False) -> Answer:
    """The answer for a household whose facts can be read; refused lines are in `problems`, by `lines-0-quantity`.

    `provisional` takes basics that are undecided yet as not done, for an answer while somebody types.
    """
    if not household.applied_on:
        return Answer()
    on = date.fromisoformat(household.applied_on)
    try:
        facts = read_facts(dict(household.facts), on, programme.words)
    except DomainError as refused:
        return Answer(problems=tuple(refused.problems))
    verdict = judge(programme, facts, on)
    used, wrong = read_used(list(household.used))
    standing: Standing = {
        "facts": household.facts,
        "on": on,
        "earlier_fen": to_fen(household.earlier or "0"),
        "used": used,
    }
    terms, cap_open = None, ""
    try:
        terms = terms_for(programme, facts, on, standing["earlier_fen"], used)
        cap_open = terms.open_question
    except SettlementRefused as refused:
        cap_open = refused.message
    sums, problems = (None, wrong) if wrong else _sums(programme, household.lines, standing, provisional)
    return Answer(
        verdict,
        tuple(_judged(programme, one, facts, on) for one in verdict.clauses),
        tuple(_points(programme, facts, on)),
        terms,
        _without_names(cap_open),
        tuple(_rules(programme, facts, on, terms, sums)),
        sums,
        programme.standards_not_covering(household.facts),
        tuple(problems),
    )


def _without_names(text: str) -> str:
    """A sentence for people who see fields: the names of facts are for files."""
    for name, fact in VOCABULARY.items():
        text = text.replace(f"{name}（{fact.label}）", f"“{fact.label}”")
    return text


def _judged(programme: Programme, result: ClauseResult, facts: Facts, on: date) -> Judged:
    clause = programme.clause(result.id, on)
    bodies = {body.body: body.name for body in programme.data.verification}
    names = dict.fromkeys(facts_in(clause.condition))
    shown, words = [name for name in names if name in facts or name in result.missing], programme.words
    values = tuple(
        Value(words[name].label, words[name].kind.say(facts[name]) if name in facts else "", name in facts)
        for name in shown
    )
    return Judged(
        id=result.id,
        title=result.title,
        text=result.text,
        source=result.source,
        result=result.result,
        reason=result.reason.partition("：")[2] or result.reason,
        values=values,
        evidence=programme.evidence_of(clause),
        bodies=tuple(bodies.get(body, body) for body in clause.data.verified_by),
        assumption=result.assumption,
    )


def _points(programme: Programme, facts: Facts, on: date) -> list[Points]:
    found = []
    for entry, (points, condition) in zip(programme.data.priority, programme.priorities, strict=True):
        truth = condition.truth(facts, on)
        findings = condition.findings(facts, on) if truth is None else ()
        lacks = dict.fromkeys(VOCABULARY[one.fact].label for one in findings if one.truth is None and not one.known)
        found.append(Points(entry.name, points, truth, entry.source, tuple(lacks)))
    return found


def _rules(programme: Programme, facts: Facts, on: date, terms: Terms | None, sums: Sums | None) -> list[Rule]:
    """The cap that applies, the percentages, and every provision that took something from a line."""
    data = programme.data
    rules: list[Rule] = []
    if terms is not None:
        case = next(
            (
                row
                for row, (_fen, when) in zip(data.cap_case, programme.cap_cases, strict=True)
                if when.truth(facts, on)
            ),
            None,
        )
        name = f"补贴标准（{case.name}）" if case is not None else "补贴标准"
        more = f"，按 {terms.persons} 人计" if terms.persons > 1 else ""
        less = f"，已扣除以前享受的 {display(terms.earlier_fen)}" if terms.earlier_fen else ""
        rules.append(Rule(name, f"最多 {display(terms.cap_fen)}{more}{less}", (case or data.cap).source))
        rules += [Rule(one.name, f"{one.percent}%", one.source) for one, truth in terms.rates if truth]
    said = "；".join(one.settled.reason for one in sums.lines) if sums is not None else ""
    rules += [Rule(one.name, "减少了补贴", one.source) for one in data.limit if one.name in said]
    rules += [Rule(one.id, one.text, one.source) for one in data.composition if one.text.rstrip("。") in said]
    if "可选类，由家庭自付" in said or "基础类项目未全部完成" in said:
        rules.append(Rule("可选类", "不补贴，由家庭自付", data.plan.source))
    return rules


def _sums(
    programme: Programme, written: Sequence[Mapping[str, Any]], standing: Standing, provisional: bool
) -> tuple[Sums | None, Sequence[DomainError]]:
    lines, faults = read_lines(list(written))
    if faults or not lines:
        return None, faults
    open_basics = tuple(undecided_basics(programme, lines))
    try:
        settled = settle(programme, lines, complete=not provisional, words=programme.words, **standing)
    except SettlementRefused as refused:
        return None, refused.problems
    charged = tuple(
        Charged(programme.item(line.item), line, one) for line, one in zip(lines, settled.lines, strict=True)
    )
    return Sums(settled, charged, open_basics), ()


def expected(found: Answer) -> dict[str, Any]:
    """What an answer would be as an example's `expect`."""
    said: dict[str, Any] = {}
    if found.verdict is not None:
        said["verdict"] = found.verdict.outcome.value
        for key, clauses in (("failed", found.verdict.failed), ("unknown", found.verdict.unknown)):
            if clauses:
                said[key] = [clause.id for clause in clauses]
        if found.points:
            said["priority"] = found.verdict.priority
    if found.sums is not None and not found.sums.undecided:
        said |= sums_of(found.sums.settlement)
    return said


def sums_of(settlement: Settlement) -> Mapping[str, Any]:
    """The sums that an example may expect, in yuan; the sources where there are several."""
    raw = settlement.to_json()
    sums = {key: raw[key] for key in ("total", "subsidy", "self_pay")}
    several = len(settlement.sources) > 1
    return sums | ({"sources": {one["id"]: one["amount"] for one in raw["sources"]}} if several else {})
