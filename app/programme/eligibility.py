"""Who may take part: every clause passes, fails or is unknown, with a reason; the verdict follows (domain §4, E1–E9)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from ..core.enums import Labelled
from .expressions import Finding
from .facts import VOCABULARY, Facts, read_facts
from .operators import Truth
from .policy import Clause, Programme


class Result(Labelled):
    """What a clause came to."""

    PASS = "pass", "符合"
    FAIL = "fail", "不符合"
    UNKNOWN = "unknown", "尚不能判断"


class Outcome(Labelled):
    """What all clauses together came to."""

    ELIGIBLE = "eligible", "符合条件"
    INELIGIBLE = "ineligible", "不符合条件"
    UNKNOWN = "unknown", "尚不能判断"


@dataclass(frozen=True)
class ClauseResult:
    """One clause, explained: for the JSON of the command and for pages."""

    id: str
    title: str
    text: str
    source: str
    result: Result
    reason: str
    missing: tuple[str, ...] = ()
    missing_labels: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    assumption: str = ""

    def to_json(self) -> dict[str, Any]:
        """The form of the contract."""
        return {
            "id": self.id,
            "source": self.source,
            "result": self.result.value,
            "reason": self.reason,
            "missing": list(self.missing),
        }


@dataclass(frozen=True)
class Verdict:
    """All clauses and what follows from them, with the version of the programme that said so."""

    programme: str
    version: str
    outcome: Outcome
    clauses: tuple[ClauseResult, ...]
    priority: int
    on: date

    @property
    def is_eligible(self) -> bool:
        """Whether every clause passes."""
        return self.outcome is Outcome.ELIGIBLE

    @property
    def failed(self) -> tuple[ClauseResult, ...]:
        """The clauses that fail."""
        return tuple(clause for clause in self.clauses if clause.result is Result.FAIL)

    @property
    def unknown(self) -> tuple[ClauseResult, ...]:
        """The clauses that cannot be decided yet."""
        return tuple(clause for clause in self.clauses if clause.result is Result.UNKNOWN)

    def clause(self, id_: str) -> ClauseResult:
        """The result of one clause. Raises KeyError."""
        for clause in self.clauses:
            if clause.id == id_:
                return clause
        raise KeyError(id_)

    def to_json(self) -> dict[str, Any]:
        """The form of the contract, `eligibility explain`."""
        return {
            "programme": self.programme,
            "version": self.version,
            "verdict": self.outcome.value,
            "clauses": [clause.to_json() for clause in self.clauses],
            "priority": self.priority,
        }


def evaluate(programme: Programme, facts: dict[str, Any], on: date) -> Verdict:
    """The verdict for nested facts (the JSON form of the contract) on the civil day of application `on`.

    Raises `FactsRefused` when a key, code or type is unknown or a birth date lies after `on`.
    """
    return judge(programme, read_facts(facts, on), on)


def judge(programme: Programme, facts: Facts, on: date) -> Verdict:
    """The verdict for facts already read."""
    clauses = tuple(_explain(clause, facts, on) for clause in programme.clauses_on(on))
    results = {clause.result for clause in clauses}
    outcome = Outcome.ELIGIBLE
    if Result.FAIL in results:
        outcome = Outcome.INELIGIBLE
    elif Result.UNKNOWN in results:
        outcome = Outcome.UNKNOWN
    priority = sum(points for points, condition in programme.priorities if condition.truth(facts, on))
    return Verdict(programme.id, programme.version, outcome, clauses, priority, on)


_RESULTS: dict[Truth, Result] = {True: Result.PASS, False: Result.FAIL, None: Result.UNKNOWN}


def _explain(clause: Clause, facts: Facts, on: date) -> ClauseResult:
    truth = clause.condition.truth(facts, on)
    findings = tuple(clause.condition.findings(facts, on))
    missing = () if truth is not None else _missing(clause, findings, facts, on)
    findings = tuple(f for f in findings if truth is not None or f.fact in missing)
    used = dict.fromkeys(f.phrase for f in findings if f.known and not f.quiet)
    if not used:
        used = dict.fromkeys(f.phrase for f in findings if f.known)
    return ClauseResult(
        id=clause.id,
        title=clause.data.title,
        text=clause.data.text,
        source=clause.data.source,
        result=_RESULTS[truth],
        reason=_reason(truth, tuple(used), findings),
        missing=missing,
        missing_labels=tuple(VOCABULARY[name].label for name in missing),
        used=tuple(used),
        assumption=clause.assumption,
    )


def _missing(clause: Clause, findings: tuple[Finding, ...], facts: Facts, on: date) -> tuple[str, ...]:
    """The facts that can still change an unknown clause, in the order of the data."""
    named = tuple(dict.fromkeys(finding.fact for finding in findings if finding.truth is None))
    return clause.relevance.narrow(named, facts, on)


def _reason(truth: Truth, used: tuple[str, ...], findings: tuple[Finding, ...]) -> str:
    if truth is not None:
        return f"{'符合' if truth else '不符合'}：{'；'.join(used)}。"
    absent = dict.fromkeys(f.phrase for f in findings if f.truth is None and not f.known)
    parts = [*(f.phrase for f in findings if f.truth is None and f.known)]
    if absent:
        parts.append("缺少“" + "”“".join(absent) + "”")
    return f"尚不能判断：{'；'.join(dict.fromkeys(parts))}。"
