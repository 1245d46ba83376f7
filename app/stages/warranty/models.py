"""Tables of the warranty: claims with their history, visits. The term is computed from acceptance and contract."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...core.db import Base, enum_column
from ...permissions import Role
from .rules import Channel, ClaimState


class Claim(Base):
    """One thing that is broken; photos stand at `claim:<seq>`."""

    __tablename__ = "claim"
    __table_args__ = (
        UniqueConstraint("renovation_id", "seq"),
        CheckConstraint("state <> 'assigned' OR due_on IS NOT NULL", name="assigned_has_due_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    seq: Mapped[int]
    root_id: Mapped[int | None] = mapped_column(ForeignKey("plan_line.id"))
    text: Mapped[str] = mapped_column(String(1000))
    reporter: Mapped[str] = mapped_column(String(80))
    reported_on: Mapped[date]
    state: Mapped[ClaimState] = enum_column(ClaimState)
    due_on: Mapped[date | None]

    history: Mapped[list["ClaimEvent"]] = relationship(lazy="raise_on_sql", order_by="ClaimEvent.id")


class ClaimEvent(Base):
    """One row of a claim's history. Append-only."""

    __tablename__ = "claim_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"), index=True)
    at: Mapped[datetime]
    state: Mapped[ClaimState] = enum_column(ClaimState)
    text: Mapped[str] = mapped_column(String(1200))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    actor_name: Mapped[str] = mapped_column(String(80))
    role: Mapped[Role] = enum_column(Role)


class FollowUp(Base):
    """A visit or call during the warranty, with the household's rating."""

    __tablename__ = "follow_up"
    __table_args__ = (CheckConstraint("rating BETWEEN 1 AND 5", name="rating_in_range"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"), index=True)
    day: Mapped[date]
    channel: Mapped[Channel] = enum_column(Channel)
    is_in_place: Mapped[bool]
    is_in_use: Mapped[bool]
    rating: Mapped[int]
    paid: Mapped[str] = mapped_column(String(40), default="")
    text: Mapped[str] = mapped_column(String(2000), default="")
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    recorded_by_name: Mapped[str] = mapped_column(String(80))
