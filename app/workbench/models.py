"""Tables of attempts to open a household's page, for the lock-out, and of saved filters."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base, enum_column
from ..permissions import Role
from .rules import Audience


class LookUpAttempt(Base):
    """One attempt with a receipt code. What was typed is kept only as a keyed hash. Domain §7."""

    __tablename__ = "look_up_attempt"
    __table_args__ = (
        Index("ix_look_up_attempt_receipt", "receipt_index", "at"),
        Index("ix_look_up_attempt_address", "address", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    receipt_index: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(45), default="")
    at: Mapped[datetime]
    succeeded: Mapped[bool]


class SavedFilter(Base):
    """What somebody looks for again and again, under a name; it gives nobody a right to see more than they may."""

    __tablename__ = "saved_filter"
    __table_args__ = (
        # it is shared with the people of the owner's place, which is a region or a firm
        CheckConstraint("region_id IS NULL OR organisation_id IS NULL", name="one_place"),
        # two filters of one name could not be told apart
        Index(
            "uq_saved_filter_name",
            "owner_id",
            "name",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_saved_filter_region", "region_id", "audience"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    owner_name: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(40))
    query: Mapped[str] = mapped_column(String(500))
    """The list's query string."""
    audience: Mapped[Audience] = enum_column(Audience, default=Audience.OWN)
    role: Mapped[Role] = enum_column(Role)
    """The owner's role, with which it is shared."""
    region_id: Mapped[int | None] = mapped_column(ForeignKey("region.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
