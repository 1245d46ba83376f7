"""The table of imports from Excel: which file, by whom, what was found, what came of it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ....core.db import Base, enum_column
from ....core.enums import Labelled


class ImportState(Labelled):
    """Where an import stands."""

    CHECKING = "checking", "正在核对"
    READY = "ready", "待导入"
    REFUSED = "refused", "有错，未导入"
    APPLYING = "applying", "正在导入"
    DONE = "done", "已导入"
    CANCELLED = "cancelled", "已放弃"


class IntakeImport(Base):
    """One uploaded workbook. The file, its report and its marked copy lie encrypted in the store; here are only counts."""

    __tablename__ = "intake_import"
    __table_args__ = (
        # written once, and then it is known by whom and when
        CheckConstraint("(state = 'done') = (applied_at IS NOT NULL)", name="done_has_time"),
        CheckConstraint("size > 0", name="size_positive"),
        Index("ix_intake_import_created_by", "created_by", "id"),
        Index("ix_intake_import_region", "region_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_key: Mapped[str] = mapped_column(String(80))
    region_id: Mapped[int | None] = mapped_column(ForeignKey("region.id"))
    """The region of the person who uploaded it; colleagues there see it."""
    name: Mapped[str] = mapped_column(String(120))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    key: Mapped[str] = mapped_column(String(80))
    """Where the workbook lies in the store."""
    size: Mapped[int]
    """Bytes."""
    state: Mapped[ImportState] = enum_column(ImportState, default=ImportState.CHECKING)
    round: Mapped[int] = mapped_column(default=1)
    """How often it was checked; each round is a job of its own."""
    refusal: Mapped[str] = mapped_column(String(500), default="")
    """Why the file as a whole is refused, without anything of its content."""
    rows: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    wrong: Mapped[int] = mapped_column(default=0)
    warned: Mapped[int] = mapped_column(default=0)
    report_key: Mapped[str] = mapped_column(String(80), default="")
    """Where the report lies in the store."""
    marked_key: Mapped[str] = mapped_column(String(80), default="")
    """Where the copy with the wrong cells marked lies in the store."""
    first_number: Mapped[str] = mapped_column(String(40), default="")
    last_number: Mapped[str] = mapped_column(String(40), default="")
    created_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    created_by_name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    applied_at: Mapped[datetime | None]
