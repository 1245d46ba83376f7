"""A what-if as a background job: asked for, run, its counts and its list read within what a person may see."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Select, delete, insert, select, true

from ..audit.service import record
from ..core.db import db, transaction
from ..core.errors import NotAllowed, NotFound, RuleViolation, RuleViolations
from ..core.masking import mask_name
from ..documents.excel_out import Book, Column
from ..identity import queries as people
from ..identity.rules import UserState
from ..jobs.models import Job
from ..jobs.queries import job_of
from ..jobs.service import Task, enqueue, handler
from ..permissions import Actor, Permission, Role, may
from ..places.models import Region
from ..programme.difference import changes_between
from ..programme.models import ProgrammeVersion
from ..programme.numbers import NotPossible, changed
from ..programme.policy import Programme
from ..programme.queries import programme_of
from ..renovation.models import Renovation
from ..renovation.queries import visible_to
from ..stages.application.models import DerivedFacts
from . import filters
from .effects import Touched, to_json
from .models import Effect, SimulatedChange
from .register import files_of
from .simulation import WhatIf

KIND = "oversight.what_if"
PAGE = 50
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried: a version, and instead of it another one (`draft`) or other numbers (`edits`, path → as written)."""

    version_id: int
    draft_id: int | None = None
    edits: tuple[tuple[str, str], ...] = ()

    @property
    def base(self) -> Programme:
        """The programme as it is. Raises NotFound."""
        return programme_of(self.version_id)

    def changed(self) -> Programme:
        """The programme that is tried. Raises NotFound, RuleViolation(s) with the field that is wrong."""
        start = programme_of(self.draft_id) if self.draft_id else self.base
        try:
            tried = changed(start, dict(self.edits))
        except NotPossible as wrong:
            problems = [RuleViolation(one.message, ".".join(map(str, one.path))) for one in wrong.problems]
            raise RuleViolations(problems) from None
        if tried == self.base:
            raise RuleViolation("没有改动：请选一个草案，或改一个数再测算", "draft")
        return tried


def scope_of(actor: Actor) -> ColumnElement[bool]:
    """The files that are counted: what the person may see; an administrator, who sees no household, gets numbers of all."""
    return true() if actor.role is Role.ADMIN else visible_to(actor)


def ask(trial: Trial, actor: Actor) -> Job:
    """Have a trial run by a job, inside the caller's unit of work; raises what is wrong with it at once."""
    if not may(actor, Permission.PROGRAMME_SIMULATE):
        raise NotAllowed("您的岗位不能测算政策，请由市级民政或县级民政局办理")
    WhatIf(trial.base, trial.changed())
    payload = {"version": trial.version_id, "draft": trial.draft_id, "edits": dict(trial.edits)}
    return enqueue(KIND, uuid4().hex, payload, actor.user_id)


def trial_of(payload: Mapping[str, Any]) -> Trial:
    """The trial of a job."""
    return Trial(payload["version"], payload["draft"], tuple(payload["edits"].items()))


@handler(KIND, "政策测算")
def run_job(task: Task) -> dict[str, Any]:
    """Run a trial over the register; writes nothing but what the job answers."""
    job = db.session.get_one(Job, task.job_id)
    person = people.user(job.created_by or 0)
    if person.state is not UserState.ACTIVE:
        raise NotAllowed("账号已停用，没有测算。")
    trial, scope = trial_of(task.payload), scope_of(people.actor_of(person))
    what_if = WhatIf(trial.base, trial.changed())
    total = what_if.total(scope)
    with transaction():  # what a start before this one left behind is no answer
        db.session.execute(delete(SimulatedChange).where(SimulatedChange.job_id == task.job_id))
    for touched in what_if.run(scope):
        _keep(task.job_id, touched)
        task.progress(min(what_if.done, total), max(total, 1))
    counties = [to_json(county) for county in what_if.counties.values() if county.households]
    gain, lose = (sum(county[way] for county in counties) for way in ("gain", "lose"))
    return {
        "summary": f"共 {what_if.done:,} 户，变为符合 {gain:,} 户，不再符合 {lose:,} 户。",
        "done": what_if.done,
        "failed": 0,
        "links": [{"label": "看测算结果", "url": f"/programmes/what-if/{task.job_id}"}],
        "counties": counties,
        "changes": [str(change) for change in changes_between(trial.base, what_if.changed)][:200],
    }


def _keep(job_id: int, touched: Sequence[Touched]) -> None:
    rows = [
        {
            "job_id": job_id,
            "renovation_id": one.renovation_id,
            "county_id": one.county_id,
            "effect": one.effect,
            "before": one.before,
            "after": one.after,
            "before_fen": one.before_fen,
            "after_fen": one.after_fen,
            "reason": one.reason,
        }
        for one in touched
    ]
    for start in range(0, len(rows), _AT_ONCE):
        with transaction():
            db.session.execute(insert(SimulatedChange), rows[start : start + _AT_ONCE])


# ---------------------------------------------------------------- reading the answer


def answer_of(job_id: int, actor: Actor) -> Job:
    """A finished what-if that this person asked for; raises NotFound."""
    job = job_of(job_id, actor)
    if job.kind != KIND or not job.result:
        raise NotFound("这次测算还没有结果，或不是政策测算。请从“我的任务”进入。")
    return job


@dataclass(frozen=True, slots=True)
class Line:
    """One household of the list, its name masked."""

    id: int
    number: str
    name: str
    county: str
    township: str
    change: SimulatedChange


def lines(
    job: Job, actor: Actor, effect: Effect | None = None, county: str = "", after: int = 0, limit: int = PAGE
) -> list[Line]:
    """A page of who is touched and why, within what the person may see; one more than `limit` tells of another page."""
    query = _list(job, actor, effect, county).where(SimulatedChange.id > after)
    rows = db.session.execute(query.order_by(SimulatedChange.id).limit(limit + 1))
    return [Line(row[0].id, row[1], mask_name(row[2]), row[3], row[4], row[0]) for row in rows]


def _list(job: Job, actor: Actor, effect: Effect | None, county: str) -> Select[Any]:
    counties, townships = Region.__table__.alias("c"), Region.__table__.alias("t")
    query = (
        select(SimulatedChange, Renovation.number, Renovation.applicant_name, counties.c.name, townships.c.name)
        .join(Renovation, Renovation.id == SimulatedChange.renovation_id)
        .join(counties, counties.c.id == Renovation.county_id)
        .join(townships, townships.c.id == Renovation.township_id)
        .where(SimulatedChange.job_id == job.id, visible_to(actor))
    )
    if effect is not None:
        query = query.where(SimulatedChange.effect == effect)
    return query.where(counties.c.code == county) if county else query


COLUMNS = (
    Column("档案号", width=24),
    Column("姓名", width=12),
    Column("区县", width=16),
    Column("乡镇（街道）", width=18),
    Column("变化", width=14),
    Column("原来", width=14),
    Column("改后", width=14),
    Column("原补贴（元）", "money"),
    Column("改后补贴（元）", "money"),
    Column("原因", width=60),
)


def write(job: Job, actor: Actor, effect: Effect | None, county: str, stream: IO[bytes]) -> int:
    """The list as a workbook, names masked; answers how many rows it has."""
    with Book(stream, "政策测算") as book:
        table = book.table("政策测算", COLUMNS)
        for one in _all(job, actor, effect, county):
            change = one.change
            said = (change.effect.label, change.before.label, change.after.label)
            sums = (change.before_fen, change.after_fen, change.reason)
            table.row([one.number, one.name, one.county, one.township, *said, *sums])
        return table.end()


def _all(job: Job, actor: Actor, effect: Effect | None, county: str) -> Iterator[Line]:
    after = 0
    while True:
        page = lines(job, actor, effect, county, after, _AT_ONCE)
        yield from page[:_AT_ONCE]
        if len(page) <= _AT_ONCE:
            return
        after = page[_AT_ONCE - 1].id


def put_on_record(job: Job, actor: Actor, rows: int) -> None:
    """Record that the list left the house, inside the caller's unit of work."""
    record("exports", "what_if_exported", actor, rows=rows, job=job.id)


# ---------------------------------------------------------------- while a rule is edited


def count_clause(trial: Trial, clause: str, actor: Actor) -> tuple[dict[bool | None, int], dict[bool | None, int]]:
    """How many households fulfil a clause as it is, and with the numbers that are being typed; in the database."""
    within = DerivedFacts.renovation_id.in_(
        select(Renovation.id).where(files_of(trial.base.key, scope_of(actor))).scalar_subquery()
    )
    start = programme_of(trial.draft_id) if trial.draft_id else trial.base
    try:
        tried = changed(start, dict(trial.edits))
        return filters.count(start.clause(clause).condition, within), filters.count(
            tried.clause(clause).condition, within
        )
    except NotPossible as wrong:
        raise RuleViolation(wrong.problems[0].message, clause) from None
    except KeyError:
        raise NotFound("没有这一条，请刷新页面") from None


def drafts_for(version: ProgrammeVersion) -> Sequence[ProgrammeVersion]:
    """The other versions at the same level that may be tried instead, newest first."""
    return db.session.scalars(
        select(ProgrammeVersion)
        .where(
            ProgrammeVersion.programme_key == version.programme_key,
            ProgrammeVersion.county_code == version.county_code,
            ProgrammeVersion.id != version.id,
        )
        .order_by(ProgrammeVersion.id.desc())
    ).all()
