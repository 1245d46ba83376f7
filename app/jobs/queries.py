"""Reads of background work for people: one's own, one of them, its items. Keyset pages."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from ..core.db import db
from ..core.errors import NotFound
from ..permissions import Actor, Role
from .models import ItemState, Job, JobItem

PAGE = 50
ITEMS = 100


@dataclass(frozen=True, slots=True)
class Items:
    """One page of a job's items, in the order in which they are done; `after` is the key of the next page."""

    rows: Sequence[JobItem]
    after: int | None


def jobs_of(actor: Actor, before: int | None = None) -> tuple[Sequence[Job], int | None]:
    """What this person asked for (the administrator: everybody), newest first; the key of the next page, if any."""
    query = select(Job).order_by(Job.id.desc()).limit(PAGE + 1)
    if actor.role is not Role.ADMIN:
        query = query.where(Job.created_by == actor.user_id)
    if before is not None:
        query = query.where(Job.id < before)
    rows = db.session.scalars(query).all()
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None


def job_of(job_id: int, actor: Actor, *, for_change: bool = False) -> Job:
    """A job that this person asked for, or any for the administrator; raises NotFound."""
    job = db.session.get(Job, job_id, with_for_update=for_change or None)
    mine = job is not None and actor.user_id is not None and job.created_by == actor.user_id
    if job is None or not (mine or actor.role is Role.ADMIN):
        raise NotFound("没有这项任务，或不是您发起的。请从“我的任务”进入。")
    return job


def items_of(job: Job, state: ItemState | None = None, after: int | None = None, limit: int = ITEMS) -> Items:
    """A page of a job's items, of one state or all."""
    query = select(JobItem).where(JobItem.job_id == job.id).order_by(JobItem.id).limit(limit + 1)
    if state is not None:
        query = query.where(JobItem.state == state)
    if after is not None:
        query = query.where(JobItem.id > after)
    rows = db.session.scalars(query).all()
    return Items(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)
