"""Tables of background work."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base, enum_column
from ..core.enums import Labelled


class JobState(Labelled):
    """Where a piece of work stands."""

    QUEUED = "queued", "等待处理"
    RUNNING = "running", "处理中"
    DONE = "done", "已完成"
    FAILED = "failed", "失败"


class Job(Base):
    """One piece of work, written in the transaction that asks for it; the queue only says that it is there."""

    __tablename__ = "job"
    __table_args__ = (
        # asking twice for the same work is asking once
        UniqueConstraint("kind", "key"),
        CheckConstraint("(state = 'failed') = (error <> '' AND finished_at IS NOT NULL)", name="failure_is_explained"),
        CheckConstraint("progress >= 0 AND (total IS NULL OR progress <= total)", name="progress_within_total"),
        # the sweep looks for what waits or hangs
        Index("ix_job_state_run_after", "state", "run_after"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(120))
    payload: Mapped[dict[str, Any]]
    """Ids and codes. What people typed (a reason, a search, the command of a bulk action) stands in it only encrypted:
    `core.crypto.seal_text`. Kept as long as the row, and rows are kept: they say who set what going."""
    state: Mapped[JobState] = enum_column(JobState, default=JobState.QUEUED)
    progress: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    result: Mapped[dict[str, Any] | None]
    error: Mapped[str] = mapped_column(String(1000), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    run_after: Mapped[datetime]
    """By the machine's clock: when it may be taken (again), or, while it runs, when it counts as hung."""


class ItemState(Labelled):
    """What became of one item of a job."""

    WAITING = "waiting", "等待处理"
    DONE = "done", "已办成"
    FAILED = "failed", "未办成"


class JobItem(Base):
    """One of the many things of a job (a household, mostly), and what became of it. Read and written by `items`."""

    __tablename__ = "job_item"
    __table_args__ = (
        # one household stands once in a job, so that nothing is done twice to it
        UniqueConstraint("job_id", "subject"),
        CheckConstraint("(state = 'waiting') = (finished_at IS NULL)", name="finished_when_answered"),
        CheckConstraint("state <> 'failed' OR message <> ''", name="failure_is_explained"),
        # the job's page counts by state and shows what failed
        Index("ix_job_item_job_id_state", "job_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    subject: Mapped[str] = mapped_column(String(120))
    """The file's number, or another short name of the thing; never personal data."""
    state: Mapped[ItemState] = enum_column(ItemState, default=ItemState.WAITING)
    message: Mapped[str] = mapped_column(String(1000), default="")
    """What was done, or why not and what helps, for the person who asked."""
    finished_at: Mapped[datetime | None]


class DueRun(Base):
    """What the daily due work of one name did on one day, the latest run of it."""

    __tablename__ = "due_run"
    __table_args__ = (UniqueConstraint("name", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    day: Mapped[date] = mapped_column(index=True)
    ran_at: Mapped[datetime | None]
    failed: Mapped[int] = mapped_column(default=0)
    """How many runs, or items of the latest run, failed; 0 when the latest run did everything."""
    error: Mapped[str] = mapped_column(String(1000), default="")
