"""Many files at once, and the jobs that do it: the endpoints and what they answer."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, cast

from flask import Response, request
from pydantic import Field, create_model

from ..core.commands import Command
from ..core.db import transaction
from ..core.errors import RuleViolation
from ..core.money import yuan
from ..identity.access import current_actor, requires
from ..jobs import items, queries
from ..jobs.models import ItemState, Job, JobState
from ..jobs.service import title_of
from ..workbench import bulk
from ..workbench.bulk_kinds import Bulk
from ..workbench.bulk_preview import Row, preview
from .exchange import answer, body, idempotency_key
from .schemas import Answer

Numbers = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=40)]],
    Field(title="档案号", min_length=1, max_length=bulk.MOST),
]


class LinkAnswer(Answer):
    """What a job made, to be fetched."""

    label: str
    url: str


class JobAnswer(Answer):
    """A piece of background work: where it stands and, once it is done, what came of it."""

    id: int
    title: str
    state: JobState
    progress: int
    total: int | None
    created_at: datetime
    finished_at: datetime | None
    error: str
    summary: str
    done: int | None
    failed: int | None
    links: list[LinkAnswer]


class ItemAnswer(Answer):
    """What became of one household of a job."""

    subject: str
    state: ItemState
    message: str


class JobDetail(JobAnswer):
    """A job with its items, a hundred at a time; `next_after` asks for the following ones."""

    items: list[ItemAnswer]
    next_after: int | None


class HeldAnswer(Answer):
    """A file that cannot be done now, and why."""

    number: str
    reasons: list[str]


class GoingAnswer(Answer):
    """A file that can be done; amounts where the caller may see them."""

    number: str
    remarks: list[str]
    subsidy: str | None
    self_pay: str | None


class PoolAnswer(Answer):
    """Something that runs out: places of a quota, households of a lot. No `total`, no limit."""

    label: str
    total: int | None
    used: int
    left: int | None
    wanted: int


class PreviewAnswer(Answer):
    """What a bulk action would do; nothing was written. `unchecked` files are gone through by the job alone."""

    going: list[GoingAnswer]
    held: list[HeldAnswer]
    unchecked: list[str]
    unknown: list[str]
    pools: list[PoolAnswer]


def start_body(found: Bulk) -> type[Command]:
    """The body of a bulk action: which files, and the operation's own command, the same for all."""
    operation = found.operation
    name = f"Bulk{operation.command.__name__}"
    made: Any = create_model(
        name, __base__=Command, __doc__=f"{operation.title}：many files.", numbers=(Numbers, ...), command=(operation.command, ...)
    )  # fmt: skip
    return cast("type[Command]", made)


def preview_body(found: Bulk) -> type[Command]:
    """The body of its preview: the command may still be missing."""
    operation = found.operation
    maybe: Any = operation.command | None
    made: Any = create_model(
        f"Preview{operation.command.__name__}",
        __base__=Command,
        __doc__=f"{operation.title}：what would be done.",
        numbers=(Numbers, ...),
        command=(maybe, None),
    )
    return cast("type[Command]", made)


def start(found: Bulk, wish: type[Command]) -> Callable[[], Response]:
    """The endpoint that starts a bulk action."""

    def view() -> Response:
        asked: Any = body(wish)
        key = idempotency_key(required=True)
        job = bulk.start(found, asked.numbers, asked.command, current_actor(), f"api:{key}")
        return answer(JobAnswer(**_job(job)), 202)

    return _named(view, "start", found)


def look(found: Bulk, wish: type[Command]) -> Callable[[], Response]:
    """The endpoint of its preview."""

    def view() -> Response:
        asked: Any = body(wish)
        shown = preview(found, asked.numbers, current_actor(), asked.command)
        model = PreviewAnswer(
            going=[_going(row) for row in shown.going],
            held=[HeldAnswer(number=row.number, reasons=list(row.reasons)) for row in shown.held],
            unchecked=[row.number for row in shown.unchecked],
            unknown=list(shown.missing),
            pools=[PoolAnswer.model_validate(pool) for pool in shown.pools],
        )
        return answer(model)

    return _named(view, "preview", found)


def _named(view: Callable[[], Response], what: str, found: Bulk) -> Callable[[], Response]:
    view.__name__ = f"{what}_{found.key.replace('.', '_')}"
    view.__doc__ = found.operation.title
    return requires(found.operation.permission)(view)


def _going(row: Row) -> GoingAnswer:
    subsidy, own = row.sums or (None, None)
    return GoingAnswer(
        number=row.number,
        remarks=list(row.remarks),
        subsidy=None if subsidy is None else yuan(subsidy),
        self_pay=None if own is None else yuan(own),
    )


@requires()
def list_jobs() -> Response:
    """The caller's own jobs, newest first; `after` is the id of the last one that was read."""
    found, before = queries.jobs_of(current_actor(), _id("after"))
    return answer(Jobs(items=[JobAnswer(**_job(job)) for job in found], next_after=before))


@requires()
def show_job(job_id: int) -> Response:
    """A job of the caller with what became of each household."""
    job = queries.job_of(job_id, current_actor())
    wanted = request.args.get("item_state", "")
    if wanted and wanted not in set(ItemState):
        raise RuleViolation("item_state 不是已知的状态，请核对。", "item_state")
    page = queries.items_of(job, ItemState(wanted) if wanted else None, _id("after"))
    rows = [ItemAnswer.model_validate(row) for row in page.rows]
    return answer(JobDetail(**_job(job), items=rows, next_after=page.after))


@requires()
def retry_job(job_id: int) -> Response:
    """Try again what failed; what was done stays done."""
    actor = current_actor()
    with transaction():
        job = items.retry_failed(queries.job_of(job_id, actor, for_change=True))
    return answer(JobAnswer(**_job(job)), 202)


class Jobs(Answer):
    """A page of jobs."""

    items: list[JobAnswer]
    next_after: int | None


def _job(job: Job) -> dict[str, Any]:
    result = job.result or {}
    return {
        "id": job.id,
        "title": title_of(job),
        "state": job.state,
        "progress": job.progress,
        "total": job.total,
        "created_at": job.created_at,
        "finished_at": job.finished_at,
        "error": job.error,
        "summary": result.get("summary", ""),
        "done": result.get("done"),
        "failed": result.get("failed"),
        "links": [LinkAnswer(**link) for link in result.get("links", [])],
    }


def _id(name: str) -> int | None:
    text = request.args.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) < 2**31:
        raise RuleViolation(f"{name} 不是上一页给出的值，请从第一页重新读取。", name)
    return int(text)
