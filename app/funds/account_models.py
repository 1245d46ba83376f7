"""Tables of money accounts, what files hold of them, and the ledger. The database refuses what would overdraw.

Files are named by `renovation_id` without a foreign key: they stand a layer above.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..core.append_only import append_only
from ..core.db import Base, Fen, enum_column
from ..core.enums import Labelled
from ..places.models import Region


class FundMove(Labelled):
    """Why the money of an account changed."""

    ALLOT = "allot", "下达"
    REDUCE = "reduce", "调减"
    GIVE = "give", "分配下级"
    TAKE_BACK = "take_back", "收回下级"
    COMMIT = "commit", "承诺"
    UNCOMMIT = "uncommit", "退回承诺"
    SPEND = "spend", "支付"
    RETURN = "return", "退款"


class FundAccount(Base):
    """Money of one source for a region and a year: allotted, given on, committed to files, spent."""

    __tablename__ = "fund_account"
    __table_args__ = (
        UniqueConstraint("programme_key", "source_id", "region_id", "year"),
        # funds are never over-committed, and what is paid was committed before (domain S7)
        CheckConstraint("committed_fen + given_fen <= amount_fen", name="never_over_committed"),
        CheckConstraint("spent_fen <= committed_fen", name="spent_was_committed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_key: Mapped[str] = mapped_column(String(80))
    source_id: Mapped[str] = mapped_column(String(60))
    source_name: Mapped[str] = mapped_column(String(80))
    region_id: Mapped[int] = mapped_column(ForeignKey("region.id"), index=True)
    year: Mapped[int]
    amount_fen: Mapped[Fen] = mapped_column(default=0)
    given_fen: Mapped[Fen] = mapped_column(default=0)
    committed_fen: Mapped[Fen] = mapped_column(default=0)
    spent_fen: Mapped[Fen] = mapped_column(default=0)
    is_example: Mapped[bool] = mapped_column(default=False)

    region: Mapped[Region] = relationship(lazy="raise_on_sql")

    @property
    def left_fen(self) -> int:
        """Fen that are neither given on nor committed."""
        return self.amount_fen - self.given_fen - self.committed_fen


class FundCommitment(Base):
    """What one file holds of one account, and how much of it has been paid."""

    __tablename__ = "fund_commitment"
    __table_args__ = (
        UniqueConstraint("renovation_id", "account_id"),
        CheckConstraint("spent_fen <= committed_fen", name="spent_was_committed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int]
    account_id: Mapped[int] = mapped_column(ForeignKey("fund_account.id"), index=True)
    committed_fen: Mapped[Fen] = mapped_column(default=0)
    spent_fen: Mapped[Fen] = mapped_column(default=0)

    account: Mapped[FundAccount] = relationship(lazy="raise_on_sql")


class FundEntry(Base):
    """One movement of money on an account. Append-only: a wrong one is countered, never changed (domain S8)."""

    __tablename__ = "fund_entry"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        # movements of a file name it; allotments name none
        CheckConstraint(
            "(renovation_id IS NOT NULL) = (move IN ('commit', 'uncommit', 'spend', 'return'))", name="file_is_named"
        ),
        Index("ix_fund_entry_renovation", "renovation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("fund_account.id"), index=True)
    move: Mapped[FundMove] = enum_column(FundMove)
    amount_fen: Mapped[Fen]
    renovation_id: Mapped[int | None]
    document: Mapped[str] = mapped_column(String(120), default="")
    reason: Mapped[str] = mapped_column(String(500), default="")
    at: Mapped[datetime]
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(String(80))


append_only(FundEntry)
