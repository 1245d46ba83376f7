"""Tables of purchase codes and of attempts to enter one."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Connection, ForeignKey, Index, String, Table, event, text
from sqlalchemy.orm import Mapped, mapped_column

from ...core import spoken
from ...core.crypto import Encrypted
from ...core.db import Base, enum_column
from . import code_ddl
from .code_rules import CodeEnd

_LIVE = text("ended_at IS NULL")


class PurchaseCode(Base):
    """A code that a household was given; whom it gives it to takes its home. It ends once, and stays so (`code_ddl`)."""

    __tablename__ = "purchase_code"
    __table_args__ = (
        # a household has one code at a time
        Index("uq_purchase_code_live", "renovation_id", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index("ix_purchase_code_renovation", "renovation_id"),
        CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="end_is_told"),
        # who takes the home is known of a code that was redeemed, and of no other
        CheckConstraint(
            "(outcome IS NOT NULL AND outcome = 'redeemed') = (organisation_id IS NOT NULL)", name="redeemed_by_firm"
        ),
        CheckConstraint("valid_to >= issued_on", name="days_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    code: Mapped[str] = mapped_column(Encrypted)
    code_index: Mapped[str] = mapped_column(String(64), unique=True)
    """What a typed code is found by: its keyed hash."""
    issued_on: Mapped[date]
    issued_at: Mapped[datetime]
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    valid_to: Mapped[date]
    """The last day on which it holds."""
    ended_at: Mapped[datetime | None]
    outcome: Mapped[CodeEnd | None] = enum_column(CodeEnd, nullable=True)
    reason: Mapped[str] = mapped_column(String(200), default="")
    """Why another one was given, as a person wrote it."""
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    """The firm that redeemed it."""
    redeemed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    @property
    def spoken(self) -> str:
        """The code as it is printed and read aloud."""
        return spoken.grouped(self.code)

    def holds_on(self, day: date) -> bool:
        """True while it can be redeemed: expiry is a day, no job ends a code."""
        return self.ended_at is None and day <= self.valid_to


class CodeAttempt(Base):
    """One attempt of an account to enter a code, for the lock-out; what was typed is not kept."""

    __tablename__ = "code_attempt"
    __table_args__ = (Index("ix_code_attempt_user", "user_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    succeeded: Mapped[bool]


@event.listens_for(PurchaseCode.__table__, "after_create")
def _protect(_table: Table, connection: Connection, **_options: Any) -> None:
    for statement in code_ddl.create(connection.dialect.name):
        connection.exec_driver_sql(statement)
