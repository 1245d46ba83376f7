"""What falls due by itself: notices that end, warranties that run out, days to seal. Driven by the (demo) clock."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from ..audit.service import seal_due
from ..core import clock, demo_clock, holidays
from ..core.db import db, transaction
from ..core.errors import DomainError
from ..identity.sweep import sweep
from .models import DueRun

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DueWork:
    """Daily work of one name; with `find` it is done item by item, each in a unit of work of its own."""

    name: str
    run: Callable[..., Any]
    find: Callable[[date], Sequence[Any]] | None = None


_registry: dict[str, DueWork] = {}


def register(name: str, run: Callable[[date], Any]) -> None:
    """Have `run(today)` called within one unit of work several times a day, from the day on which it falls due.

    It does whatever is due up to today and not done yet, so that missed days are caught up and repeats do nothing.
    """
    _registry[name] = DueWork(name, run)


def register_each(name: str, find: Callable[[date], Sequence[Any]], run: Callable[[Any, date], Any]) -> None:
    """The same for many items: `find(today)` answers ids, `run(id, today)` does one in a unit of work of its own.

    One that fails does not hold up the others.
    """
    _registry[name] = DueWork(name, run, find)


def run_due(today: date) -> list[str]:
    """Do everything that is due, in the order of registration; answers what failed, which is tried again next time."""
    return [failure for work in list(_registry.values()) for failure in _run(work, today)]


def move_clock(day: date) -> list[str]:
    """Move the demo clock to a day, passing through every day between with its due work; answers what failed.

    Raises NotAllowed in production, Conflict for a day in the demo's past.
    """
    if day <= clock.today():
        with transaction():
            demo_clock.move_to(day)
        return run_due(day)
    failures: list[str] = []
    while clock.today() < day:
        tomorrow = clock.today() + timedelta(days=1)
        with transaction():
            demo_clock.move_to(tomorrow)
        failures = run_due(tomorrow)
    return failures


def failures(limit: int = 50) -> Sequence[DueRun]:
    """Due work whose latest run of a day did not do everything, newest first, for the administrator's page."""
    statement = select(DueRun).where(DueRun.failed > 0).order_by(DueRun.day.desc(), DueRun.name).limit(limit)
    return db.session.scalars(statement).all()


def _run(work: DueWork, today: date) -> list[str]:
    if work.find is None:
        errors = _attempt(work.name, lambda: work.run(today), today)
    else:
        errors = _run_each(work, work.find, today)
    _note(work.name, today, errors)
    return [f"{work.name}：{error}" for error in errors]


def _run_each(work: DueWork, find: Callable[[date], Sequence[Any]], today: date) -> list[str]:
    found: list[Any] = []
    errors = _attempt(work.name, lambda: found.extend(find(today)), today)
    for item in found:
        failed = _attempt(work.name, partial(work.run, item, today), today)
        errors += [f"{item}：{error}" for error in failed]
    return errors


def _attempt(name: str, do: Callable[[], Any], today: date) -> list[str]:
    """Do one thing in one unit of work, alone among all processes; answers its error, if any."""
    try:
        with transaction():
            _locked_row(name, today)
            do()
    except DomainError as error:
        return [error.message]
    except Exception as error:
        log.exception("due work %s failed", name)
        return [type(error).__name__]
    return []


def _note(name: str, today: date, errors: list[str]) -> None:
    with transaction():
        row = _locked_row(name, today)
        row.ran_at, row.failed = clock.now(), len(errors)
        row.error = "；".join(errors)[:1000]


def _locked_row(name: str, today: date) -> DueRun:
    """The row of one name and day; locked, it keeps a second process from doing the same at the same time."""
    make = sqlite.insert if db.session.connection().dialect.name == "sqlite" else postgresql.insert
    db.session.execute(make(DueRun).values(name=name, day=today).on_conflict_do_nothing())
    return db.session.scalars(select(DueRun).where(DueRun.name == name, DueRun.day == today).with_for_update()).one()


register("holidays.seed", lambda _today: holidays.seed())
register("audit.seal", seal_due)
register("identity.sweep", sweep)
