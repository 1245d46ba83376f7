"""The table of papers that were issued."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base


class IssuedPaper(Base):
    """One edition of one paper: which, of what, as which file. Append-only; the same content is issued once."""

    __tablename__ = "issued_paper"
    __table_args__ = (
        UniqueConstraint("subject", "kind", "version"),
        # printed again without any change it is the same paper with the same code
        UniqueConstraint("subject", "kind", "content_hash"),
        CheckConstraint("version >= 1", name="version_counts"),
        CheckConstraint("pages >= 1 AND size >= 1", name="something_printed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int | None] = mapped_column(ForeignKey("renovation.id"), index=True)
    """None for what is of several households (a public notice)."""
    subject: Mapped[str] = mapped_column(String(60))
    """`renovation:<id>` or `notice:<id>`."""
    kind: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(80))
    version: Mapped[int]
    code: Mapped[str] = mapped_column(String(10), unique=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    """Of the HTML without the code, with the style sheets; photos count by the number of their upload."""
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    """Of the PDF."""
    key: Mapped[str] = mapped_column(String(80))
    """Where the PDF lies in the store."""
    size: Mapped[int]
    """Bytes."""
    pages: Mapped[int]
    manifest: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Of a whole file: what it held, by hash."""
    issued_at: Mapped[datetime]
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    issued_by_name: Mapped[str] = mapped_column(String(80))
