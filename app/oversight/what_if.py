"""A what-if as a background job: asked for, run, its counts and its list read within what a person may see."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from json import dumps
from typing import IO, Any
from uuid import uuid4

from sqlalchemy import Select, delete, insert, select, update

from ..audit.service import record
from ..core.db import db, transaction
from ..core.errors import NotAllowed, NotFound
from ..core.masking import mask_name
from ..documents.excel_out import Book, Column
from ..identity import queries as people
from ..identity.rules import UserState
from ..jobs.models import Job
from ..jobs.queries import job_of
from ..jobs.service import Task, enqueue, handler
from ..permissions import Actor, Permission, may
from ..places.models import Region
from ..programme.difference import changes_between
from ..renovation.models import Renovation
from ..renovation.queries import visible_to
from .effects import Touched, to_json
from .models import Effect, SimulatedChange
from .simulation import WhatIf
from .trial import Trial, scope_of, trial_of

KIND = "oversight.what_if"
PAGE = 50
_AT_ONCE = 500


def ask(trial: Trial, actor: Actor, once: str = "") -> Job:
    """Have a trial run by a job, inside the caller's unit of work; raises what is wrong with it at once.

    The same trial from the same page (`once`) is the same job: it was sent again after a broken line, or clicked twice.
    """
    if not may(actor, Permission.PROGRAMME_SIMULATE):
        raise NotAllowed("您的岗位不能测算政策，请由市级民政或县级民政局办理")
    WhatIf(trial.base, trial.changed())
    payload = trial.payload()
    same = sha256(dumps(payload, sort_keys=True).encode()).hexdigest()[:16]
    return enqueue(KIND, f"{actor.sender}:{once[:40] or uuid4().hex}:{same}", payload, actor.user_id)


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
    gain, lose, short = (sum(county[way] for county in counties) for way in ("gain", "lose", "short"))
    left_without = f"，名额或指标不够 {short:,} 户" if short else ""
    return {
        "summary": f"共 {what_if.done:,} 户，变为符合 {gain:,} 户，不再符合 {lose:,} 户{left_without}。",
        "done": what_if.done,
        "failed": 0,
        "links": [{"label": "看测算结果", "url": f"/programmes/what-if/{task.job_id}"}],
        "counties": counties,
        "changes": [str(change) for change in changes_between(trial.base, what_if.changed)][:200],
    }


def _keep(job_id: int, touched: Sequence[Touched]) -> None:
    for start in range(0, len(touched), _AT_ONCE):
        some = touched[start : start + _AT_ONCE]
        with transaction():
            known = _mark_short(job_id, [one for one in some if one.is_short])
            rows = _rows(job_id, [one for one in some if one.renovation_id not in known])
            if rows:
                db.session.execute(insert(SimulatedChange), rows)


def _mark_short(job_id: int, short: Sequence[Touched]) -> set[int]:
    """Of those who would be left without, who is on the list already for something else: told there; their ids."""
    ids = [one.renovation_id for one in short]
    rows = db.session.execute(
        select(SimulatedChange.id, SimulatedChange.renovation_id, SimulatedChange.reason).where(
            SimulatedChange.job_id == job_id, SimulatedChange.renovation_id.in_(ids)
        )
    ).all()
    if rows:
        said = {one.renovation_id: one.reason for one in short}
        more = [
            {"id": row.id, "is_short": True, "reason": f"{row.reason}；{said[row.renovation_id]}"[:1000]}
            for row in rows
        ]
        db.session.execute(update(SimulatedChange), more)
    return {row.renovation_id for row in rows}


def _rows(job_id: int, touched: Sequence[Touched]) -> list[dict[str, Any]]:
    return [
        {
            "job_id": job_id,
            "renovation_id": one.renovation_id,
            "county_id": one.county_id,
            "effect": one.effect,
            "before": one.before,
            "after": one.after,
            "before_fen": one.before_fen,
            "after_fen": one.after_fen,
            "is_short": one.is_short,
            "reason": one.reason,
        }
        for one in touched
    ]


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
    if effect is Effect.SHORT:
        query = query.where(SimulatedChange.is_short)
    elif effect is not None:
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
