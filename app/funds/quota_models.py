"""Tables of quotas in places and in yuan, of who holds a place and who waits. The database refuses what would overdraw.

Files are named by `renovation_id` without a foreign key: they stand a layer above.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..core.append_only import append_only
from ..core.db import Base, Fen, enum_column
from ..core.enums import Labelled
from ..places.models import Region
from .rules import WaitingEnd


class QuotaMove(Labelled):
    """Why the number of a quota changed."""

    ALLOT = "allot", "下达"
    REDUCE = "reduce", "调减"
    GIVE = "give", "分配下级"
    TAKE_BACK = "take_back", "收回下级"


class QuotaPlaces(Base):
    """Places of a programme for a region and a year: so many may be confirmed, given on to regions below, or left."""

    __tablename__ = "quota_places"
    __table_args__ = (
        UniqueConstraint("programme_key", "region_id", "year"),
        CheckConstraint("places >= 0 AND given >= 0 AND taken >= 0", name="counts_not_negative"),
        # the 101st of 100 places fails here, whatever the code above does (domain S7)
        CheckConstraint("taken + given <= places", name="never_over_committed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_key: Mapped[str] = mapped_column(String(80))
    region_id: Mapped[int] = mapped_column(ForeignKey("region.id"), index=True)
    year: Mapped[int]
    places: Mapped[int] = mapped_column(default=0)
    given: Mapped[int] = mapped_column(default=0)
    """Places that were given on to regions below and are counted there."""
    taken: Mapped[int] = mapped_column(default=0)
    is_example: Mapped[bool] = mapped_column(default=False)

    region: Mapped[Region] = relationship(lazy="raise_on_sql")

    @property
    def left(self) -> int:
        """Places that are still free here."""
        return self.places - self.given - self.taken


class QuotaEntry(Base):
    """One change of a quota, with its document and who made it. Append-only."""

    __tablename__ = "quota_entry"
    __table_args__ = (CheckConstraint("places > 0", name="places_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    quota_id: Mapped[int] = mapped_column(ForeignKey("quota_places.id"), index=True)
    move: Mapped[QuotaMove] = enum_column(QuotaMove)
    places: Mapped[int]
    document: Mapped[str] = mapped_column(String(120), default="")
    reason: Mapped[str] = mapped_column(String(500), default="")
    at: Mapped[datetime]
    # no foreign key: the name is copied because it must outlive the account
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(String(80))


class PlaceTaken(Base):
    """The place that a file holds; released ones end and stay readable."""

    __tablename__ = "place_taken"
    __table_args__ = (
        CheckConstraint("(released_at IS NULL) = (released_reason = '')", name="release_has_reason"),
        # a file holds at most one place at a time
        Index(
            "uq_place_taken_current",
            "renovation_id",
            unique=True,
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    quota_id: Mapped[int] = mapped_column(ForeignKey("quota_places.id"), index=True)
    renovation_id: Mapped[int]
    programme_key: Mapped[str] = mapped_column(String(80))
    county_id: Mapped[int] = mapped_column(ForeignKey("region.id"))
    year: Mapped[int]
    reserved_fen: Mapped[Fen] = mapped_column(default=0)
    """What the household may cost at most, held of its region's quota of yuan; 0 where the region has none."""
    money_quota_id: Mapped[int | None] = mapped_column(ForeignKey("quota_money.id"))
    taken_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    released_reason: Mapped[str] = mapped_column(String(500), default="")


class QuotaMoney(Base):
    """Yuan of a programme for the households of a region and a year, beside its places: reserved when one is confirmed."""

    __tablename__ = "quota_money"
    __table_args__ = (
        UniqueConstraint("programme_key", "region_id", "year"),
        # the household that would cost more than is left fails here, whatever the code above does
        CheckConstraint("reserved_fen + given_fen <= amount_fen", name="never_over_committed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_key: Mapped[str] = mapped_column(String(80))
    region_id: Mapped[int] = mapped_column(ForeignKey("region.id"), index=True)
    year: Mapped[int]
    amount_fen: Mapped[Fen] = mapped_column(default=0)
    given_fen: Mapped[Fen] = mapped_column(default=0)
    reserved_fen: Mapped[Fen] = mapped_column(default=0)
    is_example: Mapped[bool] = mapped_column(default=False)

    region: Mapped[Region] = relationship(lazy="raise_on_sql")

    @property
    def left_fen(self) -> int:
        """Fen that are neither given on nor reserved."""
        return self.amount_fen - self.given_fen - self.reserved_fen


class QuotaMoneyEntry(Base):
    """One change of a quota of yuan, with its document and who made it. Append-only."""

    __tablename__ = "quota_money_entry"
    __table_args__ = (CheckConstraint("amount_fen > 0", name="amount_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    quota_id: Mapped[int] = mapped_column(ForeignKey("quota_money.id"), index=True)
    move: Mapped[QuotaMove] = enum_column(QuotaMove)
    amount_fen: Mapped[Fen]
    document: Mapped[str] = mapped_column(String(120), default="")
    reason: Mapped[str] = mapped_column(String(500), default="")
    at: Mapped[datetime]
    # no foreign key: the name is copied because it must outlive the account
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(String(80))


class WaitingPlace(Base):
    """A file that waits for a place: in order of its points, then of its day of application, then of its entry."""

    __tablename__ = "waiting_place"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended_as IS NULL)", name="end_has_reason"),
        CheckConstraint("priority >= 0", name="priority_not_negative"),
        # a file stands on one list at a time
        Index(
            "uq_waiting_place_current",
            "renovation_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_waiting_place_quota", "quota_id", "priority"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int]
    quota_id: Mapped[int] = mapped_column(ForeignKey("quota_places.id"))
    """The quota of which it waits for a place: the township's own, else the county's."""
    township_id: Mapped[int] = mapped_column(ForeignKey("region.id"))
    priority: Mapped[int]
    reasons: Mapped[list[Any]]
    """The rules of priority that it fulfils: [{"name": "…", "points": 30}]; no personal data."""
    applied_on: Mapped[date]
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_as: Mapped[WaitingEnd | None] = enum_column(WaitingEnd, nullable=True)


append_only(QuotaEntry, QuotaMoneyEntry)
