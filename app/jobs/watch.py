"""How background work stands, for whoever watches the server: numbers only."""

from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import func, select

from ..core import clock
from ..core.db import db
from .models import DueRun, Job, JobState

_LATELY = timedelta(days=1)


class Waiting(NamedTuple):
    """Jobs that wait, for how long the oldest of them could have been taken already, and what failed since yesterday."""

    waiting: int
    running: int
    oldest_seconds: int
    failed: int


def waiting_now() -> Waiting:
    """The queue by the job table, which is the truth. By the machine's clock: the demo's days make nothing late."""
    now = clock.system()
    queued = db.session.scalar(select(func.count()).where(Job.state == JobState.QUEUED)) or 0
    first = db.session.scalar(select(func.min(Job.run_after)).where(Job.state == JobState.QUEUED))
    running = db.session.scalar(select(func.count()).where(Job.state == JobState.RUNNING)) or 0
    failed = select(func.count()).where(Job.state == JobState.FAILED, Job.finished_at > clock.now() - _LATELY)
    due = select(func.count()).where(DueRun.failed > 0, DueRun.day >= clock.today() - _LATELY)
    failures = (db.session.scalar(failed) or 0) + (db.session.scalar(due) or 0)
    late = max(0, int((now - first).total_seconds())) if first else 0
    return Waiting(queued, running, late, failures)


def is_worked() -> bool:
    """True when some worker has seen to what falls due within the last quarter of an hour; it does every five minutes."""
    latest = db.session.scalar(select(func.max(DueRun.ran_at)))
    return latest is not None and clock.now() - latest < timedelta(minutes=15)
