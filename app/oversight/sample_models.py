"""Tables of the sample that is drawn of accepted files for another look. A draw never changes."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..core.db import Base
from ..places.models import Region


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


def _refuse_change(_mapper: object, _connection: object, row: object) -> None:
    raise RuntimeError(f"{type(row).__name__} is append-only: a draw is not changed")


for _table in (SampleDraw, SampleFile):
    event.listen(_table, "before_update", _refuse_change)
    event.listen(_table, "before_delete", _refuse_change)
