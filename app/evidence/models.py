"""The table of uploads."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from ..core.crypto import Encrypted
from ..core.db import Base, enum_column
from ..core.enums import Labelled


class FileKind(Labelled):
    """What an upload is by its content; its name and its sender's claim do not count."""

    IMAGE = "image", "照片"
    PDF = "pdf", "PDF 文件"


class Source(Labelled):
    """Where time and place of a photo come from. Either can be wrong; who checks should know which it is."""

    FILE = "file", "照片自带"
    SENDER = "sender", "手机压缩前读出"


class StoredFile(Base):
    """One upload. The same content is stored once, but every upload is a row: a photo used twice stays visible."""

    __tablename__ = "stored_file"
    __table_args__ = (
        # a photo has its two derivatives and its measures, a paper has neither
        CheckConstraint(
            "(kind = 'image') = (view_key IS NOT NULL AND thumb_key IS NOT NULL"
            " AND width IS NOT NULL AND height IS NOT NULL)",
            name="image_is_whole",
        ),
        CheckConstraint("size > 0", name="size_positive"),
        # a time or a place without its source would be worth nothing as evidence
        CheckConstraint("(taken_at IS NULL) = (taken_source IS NULL)", name="taken_has_source"),
        CheckConstraint("(position IS NULL) = (position_source IS NULL)", name="position_has_source"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    """Of the content as it was uploaded, before encryption."""
    kind: Mapped[FileKind] = enum_column(FileKind)
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    """Bytes."""
    width: Mapped[int | None]
    """Pixels, upright."""
    height: Mapped[int | None]
    name: Mapped[str] = mapped_column(String(120))
    key: Mapped[str] = mapped_column(String(80))
    view_key: Mapped[str | None] = mapped_column(String(80))
    thumb_key: Mapped[str | None] = mapped_column(String(80))
    dhash: Mapped[int | None] = mapped_column(BigInteger, index=True)
    """64 bits of how brightness runs through the picture, signed; near ones look alike. None without features."""
    taken_at: Mapped[datetime | None]
    """By the camera's own clock, which may be wrong."""
    taken_source: Mapped[Source | None] = enum_column(Source, nullable=True)
    position: Mapped[str | None] = mapped_column(Encrypted)
    """Latitude and longitude of the camera, "29.563010,106.551557": where somebody lives."""
    position_source: Mapped[Source | None] = enum_column(Source, nullable=True)
    uploaded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    uploaded_at: Mapped[datetime]
