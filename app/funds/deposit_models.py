"""Tables of performance deposits: what a firm deposited for its tender, and what became of it. Rows are only added."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Connection, ForeignKey, Index, String, Table, event, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..core.db import Base, Fen, enum_column
from ..places.models import ProcurementRecord
from ..programme.models import ProgrammeVersion
from . import deposit_ddl
from .deposit_rules import DepositForm, DepositMove

_HELD = text("gone_fen < amount_fen")
_SLIP = text("move <> 'correct'")


class Deposit(Base):
    """What a firm deposited for a tender, by the terms of a programme's version."""

    __tablename__ = "deposit"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        # what was returned and what was forfeited is never more than what came in, whatever the code above does
        CheckConstraint("gone_fen <= amount_fen", name="never_more_than_received"),
        CheckConstraint("(form = 'guarantee') = (guarantee_until IS NOT NULL)", name="guarantee_has_its_day"),
        CheckConstraint("guarantee_until IS NULL OR guarantee_until >= received_on", name="days_in_order"),
        # one slip is entered once while its money is held; a mistaken entry makes room when it is countered
        Index(
            "uq_deposit_voucher",
            "procurement_record_id",
            "voucher",
            unique=True,
            sqlite_where=_HELD,
            postgresql_where=_HELD,
        ),
        # one deposit is replaced by one: what two stood for together could be above the lawful tenth
        Index("uq_deposit_replaces", "replaces_id", unique=True, sqlite_where=_HELD, postgresql_where=_HELD),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    procurement_record_id: Mapped[int] = mapped_column(ForeignKey("procurement_record.id"), index=True)
    programme_version_id: Mapped[int] = mapped_column(ForeignKey("programme_version.id"))
    """The version that asked for it: its terms say when it goes back."""
    form: Mapped[DepositForm] = enum_column(DepositForm)
    amount_fen: Mapped[Fen]
    gone_fen: Mapped[Fen] = mapped_column(default=0)
    """Returned, forfeited or countered so far; the entries say which."""
    due_fen: Mapped[Fen]
    """What was asked for the whole tender when it came in."""
    received_on: Mapped[date]
    voucher: Mapped[str] = mapped_column(String(60))
    guarantee_until: Mapped[date | None]
    paper_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("deposit.id"))
    """The deposit that goes back to the firm because this one came in for it: a new guarantee for an old one."""
    recorded_at: Mapped[datetime]
    # no foreign key: the name is copied because it must outlive the account
    recorded_by: Mapped[int | None]
    recorded_by_name: Mapped[str] = mapped_column(String(80))

    record: Mapped[ProcurementRecord] = relationship(lazy="raise_on_sql")
    programme_version: Mapped[ProgrammeVersion] = relationship(lazy="raise_on_sql")
    entries: Mapped[list["DepositEntry"]] = relationship(lazy="raise_on_sql", order_by="DepositEntry.id")

    @property
    def left_fen(self) -> int:
        """Fen of it that are neither returned nor forfeited nor countered."""
        return self.amount_fen - self.gone_fen

    def is_expired(self, on: date) -> bool:
        """True when it is a guarantee that no longer stands for anything."""
        return self.guarantee_until is not None and self.guarantee_until < on

    def covers_fen(self, on: date) -> int:
        """Fen that it stands for on a day."""
        return 0 if self.is_expired(on) else self.left_fen

    def moved_fen(self, move: DepositMove) -> int:
        """Fen that went one way. `self` with its entries loaded."""
        return sum(entry.amount_fen for entry in self.entries if entry.move is move and entry.undo is None)


class DepositEntry(Base):
    """A return, a forfeiture or a countering, with its reason and paper. Append-only."""

    __tablename__ = "deposit_entry"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("reason <> ''", name="has_reason"),
        # only what never came in is countered without a paper
        CheckConstraint("move = 'correct' OR (paper_id IS NOT NULL AND document <> '')", name="has_paper"),
        CheckConstraint("turn >= 0", name="turn_counts"),
        # one slip is one movement: sent again after a broken connection, or by two people, it is not booked twice
        Index(
            "uq_deposit_entry_slip",
            "deposit_id",
            "move",
            "document",
            "turn",
            unique=True,
            sqlite_where=_SLIP,
            postgresql_where=_SLIP,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    deposit_id: Mapped[int] = mapped_column(ForeignKey("deposit.id"), index=True)
    move: Mapped[DepositMove] = enum_column(DepositMove)
    amount_fen: Mapped[Fen]
    day: Mapped[date]
    document: Mapped[str] = mapped_column(String(60), default="")
    """Number of the slip of a return, of the decision of a forfeiture."""
    turn: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many entries of the same slip were countered before this one: the right one bears the slip's number too."""
    reason: Mapped[str] = mapped_column(String(500))
    paper_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    at: Mapped[datetime]
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(String(80))

    undo: Mapped["DepositUndo | None"] = relationship(lazy="raise_on_sql")


class DepositUndo(Base):
    """A return or a forfeiture was entered by mistake: it counts no more, and its sum stands again. Append-only."""

    __tablename__ = "deposit_undo"
    __table_args__ = (CheckConstraint("reason <> ''", name="has_reason"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # one entry is countered once, whoever else pressed at the same moment
    entry_id: Mapped[int] = mapped_column(ForeignKey("deposit_entry.id"), unique=True)
    reason: Mapped[str] = mapped_column(String(500))
    at: Mapped[datetime]
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(String(80))


def _protect_undo(_table: Table, connection: Connection, **_options: Any) -> None:
    for statement in deposit_ddl.create_undo(connection.dialect.name):
        connection.exec_driver_sql(statement)


def _protect(table: Table, connection: Connection, **_options: Any) -> None:
    for statement in deposit_ddl.create(connection.dialect.name, table.name):
        connection.exec_driver_sql(statement)


for _model in (Deposit, DepositEntry):
    event.listen(_model.__table__, "after_create", _protect)
event.listen(DepositUndo.__table__, "after_create", _protect_undo)
