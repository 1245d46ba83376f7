"""The verdict explained: of each clause the values, where each came from, which paper is missing, the text of the rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from ...core import clock, workdays
from ...core.db import db
from ...core.errors import Conflict
from ...permissions import Actor
from ...places import queries as places
from ...places.models import Region
from ...programme.areas import name_of
from ...programme.eligibility import ClauseResult, Result, Verdict
from ...programme.expressions import facts_in
from ...programme.facts import VOCABULARY
from ...programme.policy import Clause, Programme
from ...programme.queries import programme_of
from ...renovation import queries as files
from ...renovation.models import Renovation
from ...renovation.talk import queries as talk
from ...renovation.talk.rules import PlanToDo, ToDoKind
from ...renovation.talk.service import plan_to_do
from . import queries
from .codes import Source
from .facts import label, look_up, say
from .models import FactChange, Verification
from .rules import PlanMissing

FROM_IDENTITY = "身份证号"
FROM_PLACE = "登记的乡镇（街道）"
DAYS_TO_BRING = 5
"""Working days within which what is missing should be there."""
MOST = 200
"""Characters of a to-do."""


@dataclass(frozen=True)
class Value:
    """One fact that a clause asks for: its value in Chinese, where it came from, and until when it held."""

    fact: str
    label: str
    said: str
    known: bool
    origin: str
    expired_on: date | None = None


@dataclass(frozen=True)
class Explained:
    """One clause with everything that it rests on."""

    id: str
    title: str
    text: str
    source: str
    result: Result
    reason: str
    values: tuple[Value, ...]
    check: Verification | None
    evidence: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    assumption: str = ""
    expired: tuple[Value, ...] = field(default=())

    @property
    def wants(self) -> str:
        """What is to be done about the clause, as one sentence; empty when nothing is."""
        if self.expired:
            one = self.expired[0]
            return f"{self.id} {self.title}：“{one.label}”已于 {one.expired_on} 到期，请重新评估或补新的结果"
        if self.result is not Result.UNKNOWN:
            return ""
        lacks = f"补齐“{'”“'.join(self.missing)}”" if self.missing else "查清"
        papers = f"，材料：{'、'.join(self.evidence)}" if self.evidence else ""
        asked = f"，由{'、'.join(self.bodies)}核验" if self.bodies else ""
        return f"{self.id} {self.title}：{lacks}{papers}{asked}"


@dataclass(frozen=True)
class Explanation:
    """A verdict with every clause explained, by which version and for which day."""

    verdict: Verdict
    programme: Programme
    clauses: tuple[Explained, ...]

    @property
    def wants(self) -> list[str]:
        """What is still to be done, a sentence for each clause."""
        return [clause.wants for clause in self.clauses if clause.wants]


def explain(renovation: Renovation) -> Explanation:
    """The file's verdict as its facts stand, by its version of the programme, clause by clause."""
    programme = programme_of(renovation.programme_version_id)
    row, verdict = queries.derived(renovation), queries.verdict(renovation)
    origins = _Origins(renovation)
    results = {clause.id: clause for clause in verdict.clauses}
    clauses = [clause for clause in programme.clauses_on(row.applied_on) if clause.id in results]
    checks = queries.verified(renovation)
    return Explanation(
        verdict,
        programme,
        tuple(_explained(one, results[one.id], row.facts, origins, checks.get(one.id), programme) for one in clauses),
    )


def _explained(
    clause: Clause,
    result: ClauseResult,
    facts: Mapping[str, Any],
    origins: "_Origins",
    check: Verification | None,
    programme: Programme,
) -> Explained:
    names = dict.fromkeys(facts_in(clause.condition))
    shown = [name for name in names if look_up(facts, name) is not None or name in result.missing]
    values = tuple(origins.value(name, look_up(facts, name)) for name in shown)
    bodies = {body.body: body.name for body in programme.data.verification}
    return Explained(
        id=clause.id,
        title=clause.data.title,
        text=clause.data.text,
        source=clause.data.source,
        result=result.result,
        reason=result.reason.partition("：")[2] or result.reason,
        values=values,
        check=check,
        evidence=programme.evidence_of(clause),
        bodies=tuple(bodies.get(body, body) for body in clause.data.verified_by),
        missing=result.missing_labels,
        assumption=result.assumption,
        expired=tuple(one for one in values if one.expired_on),
    )


class _Origins:
    """Where each fact of a file came from, loaded once."""

    def __init__(self, renovation: Renovation) -> None:
        self.changes = queries.latest_changes(renovation)
        self.checks = {row.id: row for row in queries.verifications(renovation)}
        self.today = clock.today()
        self.applied_on = queries.household(renovation).applied_on
        self.words = programme_of(renovation.programme_version_id).words
        self.imported = any("import" in event.details for event in files.events(renovation))

    def value(self, name: str, value: Any) -> Value:
        """A fact with its value and its origin."""
        change = self.changes.get(name)
        expired = change.holds_until if change and change.holds_until and change.holds_until < self.today else None
        known = value is not None
        said = _place(str(value)) if known and VOCABULARY[name].kind.name == "region" else say(name, value, self.words)
        return Value(name, label(name), said, known, self._origin(name, change) if known else "", expired)

    def _origin(self, name: str, change: FactChange | None) -> str:
        if change is None:
            return self._first_said(name)
        day = f"{clock.civil(change.at)}"
        check = self.checks.get(change.verification_id or 0)
        if check is not None:
            return f"{check.body}核验（{check.method}，{check.checked_on}）"
        if change.source is Source.RECOGNITION:
            return f"{change.source.label}：{change.reason}"
        return f"{change.source.label}（{day}，{change.actor_name}）"

    def _first_said(self, name: str) -> str:
        if name == "person.birth_date":
            return FROM_IDENTITY
        if name == "person.residence_region":
            return FROM_PLACE
        return f"{'导入的登记表' if self.imported else '申请表'}（{self.applied_on}）"


def _place(code: str) -> str:
    """A region by its name, the county's with it; by what the national list says where it is not in the system's tree."""
    node = db.session.scalar(select(Region).where(Region.code == code))
    return name_of(code) if node is None else places.full_name(node)


def plan_missing(renovation: Renovation, _command: PlanMissing, actor: Actor) -> int:
    """Make a to-do of everything that is missing or expired; raises Conflict when all of it is planned already."""
    wanted = [one[:MOST] for one in unplanned(renovation, explain(renovation).wants)]
    if not wanted:
        raise Conflict("缺的都已列为待办，不用重复。")
    due = workdays.calendar().add(clock.today(), DAYS_TO_BRING)
    for text in wanted:
        plan_to_do(renovation, PlanToDo(kind=ToDoKind.PAPERS, text=text, due_on=due), actor)
    return len(wanted)


def unplanned(renovation: Renovation, wants: Sequence[str]) -> list[str]:
    """Of what is to be done, what no open to-do says yet."""
    planned = {one.text for one in talk.open_to_dos(renovation)}
    return [one for one in wants if one[:MOST] not in planned]
