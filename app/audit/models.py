"""Tables of the audit: entries in chains, the head of each chain, and the seal of each day."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, ForeignKey, Index, String, Table, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base
from . import ddl


class AuditEntry(Base):
    """One thing that happened. Append-only: the database refuses to change or remove it.

    No foreign keys: what happened stays on record whatever becomes of those it names.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        # two writers can never both be the next of a chain
        UniqueConstraint("chain", "seq"),
        Index("ix_audit_entry_at", "at"),
        Index("ix_audit_entry_actor", "actor_id", "id"),
        Index("ix_audit_entry_event", "event", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    chain: Mapped[str] = mapped_column(String(80))
    seq: Mapped[int]
    at: Mapped[datetime]
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(40))
    event: Mapped[str] = mapped_column(String(80))
    details: Mapped[dict[str, Any]]
    """Facts in codes, sums and numbers of files; never personal data, which could not be taken back."""
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """The last entry of a chain. Its row is the lock under which the next one is written."""

    __tablename__ = "audit_head"

    chain: Mapped[str] = mapped_column(String(80), primary_key=True)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


class AuditSeal(Base):
    """A day's entries under one root, chained to the seal before. Append-only as well.

    It covers every entry after the seal before, up to `last_id`: nothing can be slipped into a sealed day.
    """

    __tablename__ = "audit_seal"

    day: Mapped[date] = mapped_column(primary_key=True)
    last_id: Mapped[int]
    entries: Mapped[int]
    root: Mapped[str] = mapped_column(String(64))
    previous_day: Mapped[date | None] = mapped_column(ForeignKey("audit_seal.day"), unique=True)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


def _protect(table: Table, connection: Connection, **_options: Any) -> None:
    for statement in ddl.create(connection.dialect.name, table.name):
        connection.exec_driver_sql(statement)


for _model in (AuditEntry, AuditHead, AuditSeal):
    event.listen(_model.__table__, "after_create", _protect)
