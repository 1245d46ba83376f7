"""What the auditor's pages show. Within which files somebody may look is said by the caller, who knows the scopes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, select

from ..core import clock
from ..core.db import db
from .models import AuditEntry, AuditSeal


@dataclass(frozen=True, slots=True)
class Filter:
    """What to look for; empty fields do not narrow. `chain` may be the beginning of one, such as `user:`."""

    chain: str = ""
    event: str = ""
    actor_id: int | None = None
    actor_name: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first; `before` continues with older ones, None at the end."""

    entries: Sequence[AuditEntry]
    before: int | None


def entries(
    wanted: Filter, before: int | None = None, limit: int = 50, within: ColumnElement[bool] | None = None
) -> Page:
    """A page of entries, newest first. `within` is a condition on AuditEntry, such as the chains of a region's files."""
    conditions = _conditions(wanted)
    if before is not None:
        conditions.append(AuditEntry.id < before)
    if within is not None:
        conditions.append(within)
    statement = select(AuditEntry).where(*conditions).order_by(AuditEntry.id.desc()).limit(limit + 1)
    rows = db.session.scalars(statement).all()
    return Page(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


def of_chain(chain: str) -> Sequence[AuditEntry]:
    """All entries of one chain, oldest first: a file's whole story."""
    return db.session.scalars(select(AuditEntry).where(AuditEntry.chain == chain).order_by(AuditEntry.seq)).all()


def events() -> Sequence[str]:
    """The kinds of events on record, for the filter's choices."""
    return db.session.scalars(select(AuditEntry.event).distinct().order_by(AuditEntry.event)).all()


def seals(before: date | None = None, limit: int = 60) -> Sequence[AuditSeal]:
    """Seals, newest first, each covering the entries after the one before it."""
    statement = select(AuditSeal).order_by(AuditSeal.day.desc()).limit(limit)
    return db.session.scalars(statement.where(AuditSeal.day < before) if before else statement).all()


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.chain:
        found.append(AuditEntry.chain.startswith(wanted.chain, autoescape=True))
    if wanted.event:
        found.append(AuditEntry.event == wanted.event)
    if wanted.actor_id is not None:
        found.append(AuditEntry.actor_id == wanted.actor_id)
    if wanted.actor_name:
        found.append(AuditEntry.actor_name == wanted.actor_name)
    if wanted.since:
        found.append(AuditEntry.at >= clock.start_of(wanted.since))
    if wanted.until:
        found.append(AuditEntry.at < clock.start_of(wanted.until + timedelta(days=1)))
    return found
