"""Tables of benefit claims: what a person, household or dwelling may have once, it has once; what files use of items.

Files are named by `renovation_id` without a foreign key: they stand a layer above.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base, Fen, enum_column
from .rules import SubjectKind


class BenefitSubject(Base):
    """The head of a subject's claims in a group, locked while one is made: periods of other lengths need one order."""

    __tablename__ = "benefit_subject"
    __table_args__ = (UniqueConstraint("subject_kind", "subject_index", "exclusion_group"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_kind: Mapped[SubjectKind] = enum_column(SubjectKind)
    subject_index: Mapped[str] = mapped_column(String(64))
    exclusion_group: Mapped[str] = mapped_column(String(60))
    asked: Mapped[int] = mapped_column(default=1)
    """How often a claim was asked for; counting is what locks the row."""


class BenefitClaim(Base):
    """A person, household or dwelling has its one benefit of an exclusion group and period (domain S7)."""

    __tablename__ = "benefit_claim"
    __table_args__ = (
        CheckConstraint("(released_at IS NULL) = (released_reason = '')", name="release_has_reason"),
        # only a rolling period comes to an end and makes room for the next
        CheckConstraint("(period = 'rolling') = (free_from IS NOT NULL)", name="rolling_has_end"),
        CheckConstraint("superseded_at IS NULL OR free_from IS NOT NULL", name="only_rolling_superseded"),
        # the second benefit fails here, whatever the code above does
        Index(
            "uq_benefit_claim_current",
            "subject_kind",
            "subject_index",
            "exclusion_group",
            "period",
            "item",
            unique=True,
            sqlite_where=text("released_at IS NULL AND superseded_at IS NULL"),
            postgresql_where=text("released_at IS NULL AND superseded_at IS NULL"),
        ),
        Index("ix_benefit_claim_renovation", "renovation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_kind: Mapped[SubjectKind] = enum_column(SubjectKind)
    subject_index: Mapped[str] = mapped_column(String(64))
    """The keyed hash of the subject: the claim itself names nobody (domain §7)."""
    exclusion_group: Mapped[str] = mapped_column(String(60))
    period: Mapped[str] = mapped_column(String(20))
    """`lifetime`, `rolling`, or the year."""
    item: Mapped[str] = mapped_column(String(100), default="")
    """Programme and number of the item, where items may not repeat; "" = the whole benefit."""
    free_from: Mapped[date | None]
    """The day from which a rolling period no longer stands in the way."""
    superseded_at: Mapped[datetime | None]
    """When the next rolling claim of the same subject took its place."""
    renovation_id: Mapped[int]
    programme_key: Mapped[str] = mapped_column(String(80))
    county_id: Mapped[int] = mapped_column(ForeignKey("region.id"))
    claimed_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    released_reason: Mapped[str] = mapped_column(String(500), default="")


class BenefitUse(Base):
    """What a file uses of one item under a cap for a period: as much as it was signed for, then as much as was settled.

    It stands beside the money that is committed to the file, and counts as long as that does: limits over the period are
    held against it. Plans and sheets, from which it comes, stand above who asks for it.
    """

    __tablename__ = "benefit_use"
    __table_args__ = (
        UniqueConstraint("renovation_id", "item_no"),
        CheckConstraint("quantity_centi >= 0", name="quantity_not_negative"),
        # an item that a change took out stays, with nothing of it
        CheckConstraint("(quantity_centi = 0) = (used_fen = 0)", name="used_or_not"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int]
    item_no: Mapped[int]
    quantity_centi: Mapped[int]
    """How much of it is subsidised, in hundredths of its unit."""
    used_fen: Mapped[Fen]
    """The subsidy for it."""
