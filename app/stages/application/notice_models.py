"""Tables from the review to the confirmation: notices, objections, correction slips, rejections, rechecks. None vanish."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...core.crypto import Encrypted
from ...core.db import Base, enum_column
from ...lifecycle import Status
from ...places.models import Region
from .notice_rules import Channel, EntryEnd, ObjectionState, PhotoDay, RecheckState

_IN_FORCE = text("ended_at IS NULL")


class Notice(Base):
    """A public notice of a township: several households, the places, the poster, the period (domain §4)."""

    __tablename__ = "notice"
    __table_args__ = (
        # files forwarded at the same moment for the same start day share one notice
        UniqueConstraint("township_id", "programme_key", "starts_on", "round"),
        CheckConstraint("ends_on >= starts_on", name="period_in_order"),
        CheckConstraint("round >= 1", name="round_counts"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    township_id: Mapped[int] = mapped_column(ForeignKey("region.id"))
    programme_key: Mapped[str] = mapped_column(String(80))
    programme_name: Mapped[str] = mapped_column(String(200))
    document: Mapped[str] = mapped_column(String(300), default="")
    round: Mapped[int] = mapped_column(default=1)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    """The last day of the period, that day included."""
    places: Mapped[list[Any]]
    poster: Mapped[str] = mapped_column(String(80))
    """Who puts it up."""
    phone: Mapped[str] = mapped_column(String(40))
    """The office's telephone for complaints; no person's."""
    token: Mapped[str] = mapped_column(String(43), unique=True)
    """The public page's address; nobody can guess it, and it opens only as long as the period runs."""
    created_at: Mapped[datetime]

    township: Mapped[Region] = relationship(lazy="raise_on_sql")


class NoticeEntry(Base):
    """A household on a notice, as it was published: masked, without file number (domain §4, §7)."""

    __tablename__ = "notice_entry"
    __table_args__ = (
        UniqueConstraint("notice_id", "seq"),
        CheckConstraint("(ended_at IS NULL) = (ended_as IS NULL)", name="end_has_reason"),
        # a file stands on one notice at a time
        Index(
            "uq_notice_entry_current",
            "renovation_id",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    seq: Mapped[int]
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"), index=True)
    village: Mapped[str] = mapped_column(String(60))
    people: Mapped[list[Any]]
    """[{"name": "张**", "id_number": "500101****"}] for every beneficiary."""
    added_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_as: Mapped[EntryEnd | None] = enum_column(EntryEnd, nullable=True)

    notice: Mapped[Notice] = relationship(lazy="raise_on_sql")


class NoticePhoto(Base):
    """The proof that a notice hung: a photo of its first or last day. A replaced one ends."""

    __tablename__ = "notice_photo"
    __table_args__ = (
        Index(
            "uq_notice_photo_current",
            "notice_id",
            "day",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
        # one picture proves one day of one notice
        Index("uq_notice_photo_file", "file_id", unique=True, sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    day: Mapped[PhotoDay] = enum_column(PhotoDay)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    taken_on: Mapped[date]
    explanation: Mapped[str] = mapped_column(String(300), default="")
    """Why it was not taken on its day; shown to the county."""
    added_at: Mapped[datetime]
    added_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    added_by_name: Mapped[str] = mapped_column(String(80))
    ended_at: Mapped[datetime | None]


class Objection(Base):
    """An objection to a household, with its outcome and the reply to who raised it. It blocks only that household."""

    __tablename__ = "objection"
    __table_args__ = (
        UniqueConstraint("renovation_id", "seq"),
        CheckConstraint("(state IN ('dismissed', 'upheld')) = (resolved_at IS NOT NULL)", name="resolved_when"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"), index=True)
    seq: Mapped[int]
    received_on: Mapped[date]
    channel: Mapped[Channel] = enum_column(Channel)
    objector: Mapped[str] = mapped_column(Encrypted, default="")
    objector_phone: Mapped[str] = mapped_column(Encrypted, default="")
    content: Mapped[str] = mapped_column(Encrypted)
    state: Mapped[ObjectionState] = enum_column(ObjectionState, default=ObjectionState.OPEN)
    reply: Mapped[str] = mapped_column(Encrypted, default="")
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    recorded_by_name: Mapped[str] = mapped_column(String(80))
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    resolved_by_name: Mapped[str] = mapped_column(String(80), default="")


class CorrectionSlip(Base):
    """What a household must correct or add, section by section (补正通知)."""

    __tablename__ = "correction_slip"
    __table_args__ = (UniqueConstraint("renovation_id", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    seq: Mapped[int]
    reasons: Mapped[list[Any]]
    """[{"section": "dwelling", "reason": "…"}]"""
    note: Mapped[str] = mapped_column(String(500), default="")
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    by_name: Mapped[str] = mapped_column(String(80))


class Confirmation(Base):
    """That the county confirmed a household, on which frozen verdict; ends when the file goes back."""

    __tablename__ = "confirmation"

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"), index=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"), unique=True)
    year: Mapped[int]
    basis: Mapped[dict[str, Any]]
    """What it rested on, frozen: notice with its photos by hash, objections, the place and the claims taken."""
    meeting: Mapped[str] = mapped_column(String(120), default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    by_name: Mapped[str] = mapped_column(String(80))


class Rejection(Base):
    """Why a household gets no renovation: the clauses with their reasons, and the letter. Ends when a recheck is granted."""

    __tablename__ = "rejection"
    __table_args__ = (
        Index("uq_rejection_current", "renovation_id", unique=True, sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    from_status: Mapped[Status] = enum_column(Status)
    clauses: Mapped[list[Any]]
    """[{"id": "E3", "source": "二(二)1", "title": "…", "reason": "…"}]"""
    reason: Mapped[str] = mapped_column(String(2000))
    letter: Mapped[str] = mapped_column(Encrypted)
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    by_name: Mapped[str] = mapped_column(String(80))
    ended_at: Mapped[datetime | None]


class Recheck(Base):
    """The household's wish to have a rejection looked at again (复核), and what came of it."""

    __tablename__ = "recheck"
    __table_args__ = (
        CheckConstraint("(state = 'requested') = (decided_at IS NULL)", name="decided_when"),
        # one wish at a time
        Index(
            "uq_recheck_requested",
            "renovation_id",
            unique=True,
            sqlite_where=text("state = 'requested'"),
            postgresql_where=text("state = 'requested'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"), index=True)
    rejection_id: Mapped[int | None] = mapped_column(ForeignKey("rejection.id"))
    requested_on: Mapped[date]
    grounds: Mapped[str] = mapped_column(String(2000))
    state: Mapped[RecheckState] = enum_column(RecheckState, default=RecheckState.REQUESTED)
    reply: Mapped[str] = mapped_column(String(2000), default="")
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    recorded_by_name: Mapped[str] = mapped_column(String(80))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_by_name: Mapped[str] = mapped_column(String(80), default="")
