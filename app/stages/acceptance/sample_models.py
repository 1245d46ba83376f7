"""Tables of the sample that is drawn of accepted files for another look, and what was found. Nothing of it changes."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...core.append_only import append_only
from ...core.db import Base, enum_column
from ...places.models import Region
from .rules import SampleResult


class SampleDraw(Base):
    """One draw: from which files (counted and hashed), with which seed, so that anybody can draw the same again."""

    __tablename__ = "sample_draw"
    __table_args__ = (
        # who does not like what came out cannot draw the same files once more
        UniqueConstraint("programme_key", "region_id", "accepted_from", "accepted_until"),
        CheckConstraint("accepted_until >= accepted_from", name="period_in_order"),
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_key: Mapped[str] = mapped_column(String(80))
    region_id: Mapped[int] = mapped_column(ForeignKey("region.id"))
    accepted_from: Mapped[date]
    accepted_until: Mapped[date]
    percent: Mapped[int]
    pool: Mapped[int]
    """How many files were accepted in the region and the days."""
    pool_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 of their numbers, one a line, in order."""
    seed: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(String(80))

    region: Mapped[Region] = relationship(lazy="raise_on_sql")


class SampleFile(Base):
    """A file that was drawn, in the order of the draw."""

    __tablename__ = "sample_file"
    __table_args__ = (UniqueConstraint("draw_id", "renovation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    draw_id: Mapped[int] = mapped_column(ForeignKey("sample_draw.id"))
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"), index=True)
    place: Mapped[int]


class SampleFinding(Base):
    """What was found at a drawn file, once; what does not conform has a day until which it is put right."""

    __tablename__ = "sample_finding"
    __table_args__ = (
        # what does not conform says what, and until when
        CheckConstraint(
            "(result = 'faulty') = (until IS NOT NULL) AND (result <> 'faulty' OR text <> '')", name="fault_is_told"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sample_file_id: Mapped[int] = mapped_column(ForeignKey("sample_file.id"), unique=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"), index=True)
    day: Mapped[date]
    inspectors: Mapped[str] = mapped_column(String(80))
    result: Mapped[SampleResult] = enum_column(SampleResult)
    text: Mapped[str] = mapped_column(String(1000), default="")
    until: Mapped[date | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    recorded_by_name: Mapped[str] = mapped_column(String(80))

    remedy: Mapped["SampleRemedy | None"] = relationship(lazy="raise_on_sql", viewonly=True)

    @property
    def is_open(self) -> bool:
        """True while something that does not conform has not been put right."""
        return self.result is SampleResult.FAULTY and self.remedy is None


class SampleRemedy(Base):
    """That a finding was put right: a row of its own, so that what was found never changes."""

    __tablename__ = "sample_remedy"

    id: Mapped[int] = mapped_column(primary_key=True)
    finding_id: Mapped[int] = mapped_column(ForeignKey("sample_finding.id"), unique=True)
    day: Mapped[date]
    text: Mapped[str] = mapped_column(String(1000))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    recorded_by_name: Mapped[str] = mapped_column(String(80))


append_only(SampleDraw, SampleFile, SampleFinding, SampleRemedy)
