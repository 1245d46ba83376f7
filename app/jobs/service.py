"""Asking for background work and doing it: once, again when it fails, and with its failure shown."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from flask import current_app
from sqlalchemy import CursorResult, event, select, update
from sqlalchemy.orm import Session

from ..core import clock
from ..core.db import db, transaction
from ..core.errors import Conflict, DomainError, NotFound
from .models import Job, JobState
from .queue import send

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 4
HUNG_AFTER = timedelta(minutes=10)
"""A running job that reports nothing for so long was killed with its worker."""
_WAITING = "anju_jobs_to_send"


@dataclass(frozen=True, slots=True)
class Task:
    """What a handler gets: the job's number and payload, and the way to report how far it is."""

    job_id: int
    payload: dict[str, Any]

    def progress(self, done: int, total: int) -> None:
        """Report progress, and that the work is alive; not inside a unit of work."""
        with transaction():
            values = {"progress": done, "total": total, "run_after": clock.system() + HUNG_AFTER}
            db.session.execute(update(Job).where(Job.id == self.job_id).values(values))


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
        result = _handlers[kind](work)
    except DomainError as error:
        _finish(job_id, error=error.message)
    except Exception as error:
        log.exception("job %s (%s) failed", job_id, kind)
        _finish(job_id, error=f"{type(error).__name__}：处理中断，系统会自动重试", again=True)
    else:
        _finish(job_id, result=result)


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
        row = db.session.execute(select(Job.kind, Job.payload).where(Job.id == job_id)).one()
        return row.kind, Task(job_id, row.payload)


def _finish(job_id: int, result: dict[str, Any] | None = None, error: str = "", again: bool = False) -> None:
    with transaction():
        job = db.session.get_one(Job, job_id)
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
