"""Reading uploads, and finding photos that were used before."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Integer, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import BIT

from ..core.db import db
from ..core.errors import NotFound
from . import storage
from .models import FileKind, Source, StoredFile
from .position import without_position

ALIKE = 6
"""Pictures whose hashes differ in at most so many of 64 bits look the same: resized, re-encoded, forwarded."""


class Lookalike(NamedTuple):
    """Another upload of the same picture; `distance` 0 with the same content is the same file."""

    file_id: int
    distance: int
    same_content: bool


def usable_by(file_id: int, user_id: int | None) -> bool:
    """True when the upload exists and is this person's own."""
    row = db.session.execute(select(StoredFile.uploaded_by).where(StoredFile.id == file_id)).first()
    return row is not None and row.uploaded_by == user_id


class Shot(NamedTuple):
    """When a photo was taken, by which account of it; None where nobody says."""

    taken_at: datetime | None
    source: Source | None


def shots(file_ids: Collection[int]) -> dict[int, Shot]:
    """Id of an upload → when it was taken and where that comes from, of those that are photos."""
    rows = db.session.execute(
        select(StoredFile.id, StoredFile.taken_at, StoredFile.taken_source).where(
            StoredFile.id.in_(file_ids), StoredFile.kind == FileKind.IMAGE
        )
    )
    return {row.id: Shot(row.taken_at, row.taken_source) for row in rows}


def with_position(file_ids: Collection[int]) -> set[int]:
    """Those of these uploads that say where they were taken; where that is stays unread."""
    if not file_ids:
        return set()
    found = select(StoredFile.id).where(StoredFile.id.in_(file_ids), StoredFile.position_source.is_not(None))
    return set(db.session.scalars(found))


def open_view(file: StoredFile, size: str = "view", with_position: bool = False) -> tuple[bytes, str]:
    """A file's bytes and media type: `thumb` (320 pixels), `view` (1600) or `original`.

    Copies never carry a position; the original of a photo does only `with_position`, for those who check where it was
    taken. Raises NotFound when the store has lost it, ValueError for another size.
    """
    if size not in {"thumb", "view", "original"}:
        raise ValueError(f"no such size: {size}")
    try:
        if file.kind is FileKind.PDF:
            return storage.get(file.key), file.media_type
        if size == "original":
            return _original(file, with_position)
        return _copy(file, size)
    except FileNotFoundError as error:
        raise NotFound("存储中找不到这份文件，请联系管理员检查存储或从备份恢复") from error


def same_photo_elsewhere(file: StoredFile, bits: int = ALIKE, limit: int = 20) -> Sequence[Lookalike]:
    """Other uploads of the same content or of a picture that looks the same, nearest first.

    The caller says which of them stand on a file, and on which.
    """
    same = StoredFile.sha256 == file.sha256
    if file.dhash is None:
        distance: ColumnElement[int] = literal(0)
        alike: ColumnElement[bool] = same
    else:
        distance = _distance(file.dhash)
        alike = or_(same, distance <= bits)
    statement = (
        select(StoredFile.id, func.coalesce(distance, 0).label("distance"), same.label("same"))
        .where(StoredFile.id != file.id, alike)
        .order_by("distance", StoredFile.id)
        .limit(limit)
    )
    return [Lookalike(row.id, row.distance, bool(row.same)) for row in db.session.execute(statement)]


def _copy(file: StoredFile, size: str) -> tuple[bytes, str]:
    key = file.thumb_key if size == "thumb" else file.view_key
    return storage.get(key or file.key), "image/jpeg"


def _original(file: StoredFile, with_position: bool) -> tuple[bytes, str]:
    content = storage.get(file.key)
    if with_position or file.position is None:
        return content, file.media_type
    bare = without_position(content) if file.media_type == "image/jpeg" else None
    return (bare, file.media_type) if bare else _copy(file, "view")


def _distance(dhash: int) -> ColumnElement[int]:
    """How many bits of the column differ from a hash; NULL where there is none."""
    wanted = literal(dhash, BigInteger)
    if db.session.connection().dialect.name == "postgresql":
        different = StoredFile.dhash.bitwise_xor(wanted)
        return cast(func.bit_count(cast(different, BIT(64))), Integer)
    return _ones(_half(dhash, 0)) + _ones(_half(dhash, 32))


def _half(dhash: int, shift: int) -> ColumnElement[int]:
    """32 of the differing bits, never negative. SQLite has no exclusive or: it is what either has and not both."""
    mine = StoredFile.dhash.bitwise_rshift(shift).bitwise_and(0xFFFFFFFF)
    wanted = (dhash >> shift) & 0xFFFFFFFF
    return mine + wanted - 2 * mine.bitwise_and(wanted)


def _ones(bits: ColumnElement[int]) -> ColumnElement[int]:
    """The number of ones among 32 bits, counted in pairs, then fours, then bytes: SQLite has no function for it."""
    pairs = bits - bits.bitwise_rshift(1).bitwise_and(0x55555555)
    fours = pairs.bitwise_and(0x33333333) + pairs.bitwise_rshift(2).bitwise_and(0x33333333)
    bytes_ = (fours + fours.bitwise_rshift(4)).bitwise_and(0x0F0F0F0F)
    return (bytes_ * 0x01010101).bitwise_rshift(24).bitwise_and(0xFF)
