"""Many things in one job, one by one: each in its own unit of work, with its own result, none twice.

A worker may be killed at any moment. `each` run again goes on with what is still waiting. So that nothing is done twice,
`do` calls `mark_done` inside its own unit of work: the work and the item's state are then written together or not at
all. A `do` that does not call it must bear being done twice.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import CursorResult, func, insert, select, update
from sqlalchemy.orm.exc import StaleDataError

from ..core import clock
from ..core.db import db, is_writing, transaction
from ..core.errors import Conflict, DomainError
from .models import ItemState, Job, JobItem, JobState
from .service import MAX_ATTEMPTS, Task, again

log = logging.getLogger(__name__)

DONE = "已办理"
LONGEST = 1000
CHUNK = 500


@dataclass(slots=True)
class _Present:
    """The item that is being done, and whether its unit of work has answered it."""

    id: int
    marked: bool = False


_current: ContextVar[_Present | None] = ContextVar("job_item", default=None)


class _Taken(Exception):
    """Another worker has just done this item: ours is undone."""


def add_items(job: Job, subjects: Sequence[str]) -> None:
    """Give a job its items, in this order, inside the unit of work that enqueues it; those it has are left alone.

    Several thousand at once cost a few statements. A subject (a file's number) given twice stands once.
    """
    known = set(db.session.scalars(select(JobItem.subject).where(JobItem.job_id == job.id)))
    new = [subject for subject in dict.fromkeys(subjects) if subject not in known]
    for start in range(0, len(new), CHUNK):
        rows = [
            {"job_id": job.id, "subject": subject, "state": ItemState.WAITING, "message": ""}
            for subject in new[start : start + CHUNK]
        ]
        db.session.execute(insert(JobItem), rows)
    job.total = len(known) + len(new)
    db.session.flush()


def each(task: Task, do: Callable[[str], str]) -> dict[str, Any]:
    """Do what is still waiting, one by one; answers the job's result (`summary`, `done`, `failed`, `links`).

    `do(subject)` opens its own unit of work and answers a sentence of what was done. A DomainError makes the item
    failed with its sentence and the others go on. Any other error leaves the item waiting, the others go on, and the
    error is raised at the end, so that the job is tried again; at the last attempt such an item fails too.
    """
    counted = counts(task.job_id)
    total, finished = sum(counted.values()), counted[ItemState.DONE] + counted[ItemState.FAILED]
    last = (db.session.scalar(select(Job.attempts).where(Job.id == task.job_id)) or 0) >= MAX_ATTEMPTS
    step, broken = max(1, total // 100), None
    task.progress(finished, total)
    for number, (item_id, subject) in enumerate(_waiting(task.job_id), start=1):
        try:
            _do_one(item_id, subject, do)
        except Exception as error:
            log.exception("item %s of job %s failed", item_id, task.job_id)
            broken = error
            if last:
                _fail(item_id, "系统出错，这一户没有办成。请稍后重试；仍不行请联系管理员")
        if number % step == 0:
            task.progress(min(finished + number, total), total)
    if broken is not None and not last:
        raise broken
    return result(task.job_id)


def mark_done(message: str = DONE) -> None:
    """Write the present item's state in the unit of work that does it; nothing outside `each`.

    When another worker was faster (this one was taken for dead), the unit of work is undone and the item passed over.
    """
    present = _current.get()
    if present is None:
        return
    if not is_writing():
        raise RuntimeError("an item's state is written in the unit of work that does it")
    if not _finish(present.id, ItemState.DONE, message):
        raise _Taken
    present.marked = True


def counts(job_id: int) -> dict[ItemState, int]:
    """How many items stand in each state."""
    rows = db.session.execute(
        select(JobItem.state, func.count().label("amount")).where(JobItem.job_id == job_id).group_by(JobItem.state)
    ).all()
    return dict.fromkeys(ItemState, 0) | {row.state: row.amount for row in rows}


def result(job_id: int) -> dict[str, Any]:
    """What a job with items gives back; a handler may add its links."""
    counted = counts(job_id)
    done, failed = counted[ItemState.DONE], counted[ItemState.FAILED]
    summary = f"共 {done + failed} 户，办成 {done} 户" + (
        f"，{failed} 户没有办成，原因见下表" if failed else "，全部办成"
    )
    return {"summary": summary, "done": done, "failed": failed, "links": []}


def retry_failed(job: Job) -> Job:
    """Let the items that failed be tried again, inside the caller's transaction; raises Conflict."""
    if job.state not in {JobState.DONE, JobState.FAILED}:
        raise Conflict("这项任务还在办理，请等它结束后再重试没有办成的。")
    undo = {"state": ItemState.WAITING, "message": "", "finished_at": None}
    changed = _rowcount(update(JobItem).where(JobItem.job_id == job.id, JobItem.state == ItemState.FAILED).values(undo))
    if not changed and job.state is JobState.DONE:
        raise Conflict("这项任务已全部办成，没有需要重试的。")
    job.progress = counts(job.id)[ItemState.DONE]
    return again(job)


def _waiting(job_id: int) -> Iterator[tuple[int, str]]:
    """What waits, a handful at a time, so that no cursor stays open over the work."""
    after = 0
    while True:
        query = select(JobItem.id, JobItem.subject).where(
            JobItem.job_id == job_id, JobItem.state == ItemState.WAITING, JobItem.id > after
        )
        rows = db.session.execute(query.order_by(JobItem.id).limit(CHUNK)).all()
        if not rows:
            return
        yield from ((row.id, row.subject) for row in rows)
        after = rows[-1].id


def _do_one(item_id: int, subject: str, do: Callable[[str], str]) -> None:
    try:
        with _present(item_id) as present:
            message = do(subject)
    except _Taken:
        return
    except DomainError as error:
        _fail(item_id, error.message)
    except StaleDataError:
        _fail(item_id, "这份档案刚刚被他人处理过，请核对最新情况后重试")
    else:
        if not present.marked:
            with transaction():
                _finish(item_id, ItemState.DONE, message or DONE)


@contextmanager
def _present(item_id: int) -> Iterator[_Present]:
    present = _Present(item_id)
    token = _current.set(present)
    try:
        yield present
    finally:
        _current.reset(token)


def _fail(item_id: int, message: str) -> None:
    with transaction():
        _finish(item_id, ItemState.FAILED, message)


def _finish(item_id: int, state: ItemState, message: str) -> bool:
    """Answer an item that waits; False when it was answered before."""
    values = {"state": state, "message": _cut(message), "finished_at": clock.now()}
    query = update(JobItem).where(JobItem.id == item_id, JobItem.state == ItemState.WAITING).values(values)
    return _rowcount(query) > 0


def _rowcount(query: Any) -> int:
    query = query.execution_options(synchronize_session=False)
    return cast("CursorResult[Any]", db.session.execute(query)).rowcount


def _cut(message: str) -> str:
    return message if len(message) <= LONGEST else f"{message[: LONGEST - 1]}…"
