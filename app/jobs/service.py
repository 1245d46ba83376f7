"""Asking for background work and doing it: once, again when it fails, and with its failure shown."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from flask import current_app
from sqlalchemy import ColumnElement, CursorResult, event, select, update
from sqlalchemy.orm import Session

from ..core import clock
from ..core.db import db, transaction
from ..core.errors import Conflict, DomainError, NotFound
from .heartbeat import beating
from .models import Job, JobState
from .queue import send

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 4
HUNG_AFTER = timedelta(seconds=60)
"""A running job of which nothing is heard for so long was killed with its worker; its heartbeat is heard every `BEAT`."""
BEAT = timedelta(seconds=15)
LONGEST = timedelta(hours=2)
"""So long a heartbeat goes on by itself; after it only the job's own reports count, so that nothing hangs for good."""
_WAITING = "anju_jobs_to_send"


@dataclass(frozen=True, slots=True)
class Task:
    """What a handler gets: the job's number and payload, and the way to report how far it is.

    `attempt` tells this worker from one that took the job after it: who was taken for dead has no say any more.
    """

    job_id: int
    payload: dict[str, Any]
    attempt: int = 1

    def progress(self, done: int, total: int) -> None:
        """Report progress, and that the work is alive; not inside a unit of work. Raises Lost."""
        if not self.alive(progress=done, total=total):
            raise Lost

    def alive(self, **values: int) -> bool:
        """Say that the work goes on; False when another worker has taken the job meanwhile."""
        with transaction():
            mine = update(Job).where(*_mine(self)).values(run_after=clock.system() + HUNG_AFTER, **values)
            return cast("CursorResult[Any]", db.session.execute(mine)).rowcount > 0


class Lost(Exception):
    """Another worker has taken this job: whatever is left of it is his."""


def _mine(task: Task) -> tuple[ColumnElement[bool], ...]:
    return Job.id == task.job_id, Job.state == JobState.RUNNING, Job.attempts == task.attempt


Handler = Callable[[Task], dict[str, Any] | None]
_handlers: dict[str, Handler] = {}
_titles: dict[str, str] = {}


def handler(kind: str, title: str = "") -> Callable[[Handler], Handler]:
    """Register who does the jobs of a kind. It runs outside a unit of work and must bear being run twice.

    `title` is what people call such work; a job whose payload has a `title` of its own is called by that.
    """

    def register(function: Handler) -> Handler:
        _handlers[kind], _titles[kind] = function, title
        return function

    return register


def title_of(job: Job) -> str:
    """What people call this piece of work."""
    return str(job.payload.get("title") or _titles.get(job.kind) or "后台任务")


def enqueue(kind: str, key: str, payload: dict[str, Any] | None = None, created_by: int | None = None) -> Job:
    """Ask for work inside the caller's transaction; it is sent when that commits, and never when it does not.

    `key` names the work among its kind: asked for again, the job that is there is answered, whatever its state.
    """
    if kind not in _handlers:
        raise LookupError(f"nobody does jobs of kind {kind!r}")
    job = db.session.scalar(select(Job).where(Job.kind == kind, Job.key == key))
    if job is None:
        job = Job(
            kind=kind,
            key=key,
            payload=payload or {},
            created_by=created_by,
            created_at=clock.now(),
            run_after=clock.system(),
        )
        db.session.add(job)
        db.session.flush()
        db.session.info.setdefault(_WAITING, []).append(job.id)
    return job


def retry(job_id: int) -> Job:
    """Let a failed job be tried again, inside the caller's transaction; raises NotFound, Conflict."""
    job = db.session.get(Job, job_id, with_for_update=True)
    if job is None:
        raise NotFound("没有这项后台任务")
    if job.state is not JobState.FAILED:
        raise Conflict(f"这项任务现在是“{job.state.label}”，只有失败的任务需要重试")
    return again(job)


def again(job: Job) -> Job:
    """Let a finished job run once more, inside the caller's transaction; what it did already stays done."""
    job.state, job.error, job.attempts, job.finished_at = JobState.QUEUED, "", 0, None
    job.run_after = clock.system()
    db.session.flush()
    db.session.info.setdefault(_WAITING, []).append(job.id)
    return job


def run(job_id: int) -> None:
    """Do a job if it waits: exactly one of many callers does it. Outside a unit of work; raises nothing of the job's."""
    task = _take(job_id)
    if task is None:
        return
    kind, work = task
    try:
        with beating(work.alive, BEAT.total_seconds(), LONGEST // BEAT):
            result = _handlers[kind](work)
    except Lost:
        log.warning("job %s (%s) was taken by another worker", job_id, kind)
    except DomainError as error:
        _finish(work, error=error.message)
    except Exception as error:
        log.exception("job %s (%s) failed", job_id, kind)
        _finish(work, error=f"{type(error).__name__}：处理中断，系统会自动重试", again=True)
    else:
        _finish(work, result=result)


def waiting() -> list[int]:
    """Jobs that may be taken now, those of killed workers included, oldest first."""
    now = clock.system()
    with transaction():
        hung = update(Job).where(Job.state == JobState.RUNNING, Job.run_after < now)
        db.session.execute(hung.values(state=JobState.QUEUED))
        ready = select(Job.id).where(Job.state == JobState.QUEUED, Job.run_after <= now)
        return list(db.session.scalars(ready.order_by(Job.id).limit(500)))


def run_waiting() -> int:
    """Do everything that waits, in this process; answers how many. For tests, commands and the demo."""
    jobs = waiting()
    for job_id in jobs:
        run(job_id)
    return len(jobs)


def _take(job_id: int) -> tuple[str, Task] | None:
    """Claim a waiting job; None when it does not wait or somebody else was faster."""
    with transaction():
        now = clock.system()
        free = (Job.id == job_id, Job.state == JobState.QUEUED, Job.run_after <= now)
        claim = (
            update(Job)
            .where(*free)
            .values(
                state=JobState.RUNNING, attempts=Job.attempts + 1, started_at=clock.now(), run_after=now + HUNG_AFTER
            )
        )
        if cast("CursorResult[Any]", db.session.execute(claim)).rowcount == 0:
            return None
        row = db.session.execute(select(Job.kind, Job.payload, Job.attempts).where(Job.id == job_id)).one()
        return row.kind, Task(job_id, row.payload, row.attempts)


def _finish(task: Task, result: dict[str, Any] | None = None, error: str = "", again: bool = False) -> None:
    with transaction():
        job = db.session.scalar(select(Job).where(*_mine(task)).with_for_update())
        if job is None:
            log.warning("job %s was taken by another worker before this one ended", task.job_id)
            return
        if again and job.attempts < MAX_ATTEMPTS:
            job.state, job.run_after = JobState.QUEUED, _next_try(job.attempts)
            return
        job.state = JobState.FAILED if error else JobState.DONE
        job.error, job.result, job.finished_at = error, result, clock.now()
        if job.total is not None and not error:
            job.progress = job.total


def _next_try(attempts: int) -> datetime:
    """10, 40, 160 seconds: long enough for a store or a database to come back."""
    return clock.system() + timedelta(seconds=10 * 4 ** (attempts - 1))


@event.listens_for(db.session, "after_commit")
def _send(session: Session) -> None:
    """Wake the worker once the asking transaction is really committed."""
    if session.in_nested_transaction():
        return
    for job_id in session.info.pop(_WAITING, []):
        if current_app.testing:  # tests say themselves when the work is done
            continue
        try:
            send(job_id, run)
        except Exception:
            log.exception("job %s could not be sent; the sweep will find it", job_id)


@event.listens_for(db.session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_WAITING, None)
