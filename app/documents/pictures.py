"""Photos as papers show them: 1280 pixels, upright, without any metadata; made once and kept."""

from io import BytesIO

from PIL import Image

from ..core.db import db
from ..core.errors import NotFound, RuleViolation
from ..evidence import storage
from ..evidence.models import FileKind, StoredFile
from . import scans

LONGEST = 1280
"""Pixels; half an A4 page at 300 dots an inch. Originals would make a file of photos of ten times the size."""


def for_print(file_id: int) -> bytes:
    """The JPEG of a stored photo for paper; raises NotFound for what is no photo or was lost."""
    stored = db.session.get(StoredFile, file_id)
    if stored is None or stored.kind is not FileKind.IMAGE:
        raise NotFound("没有这张照片。")
    key = storage.key_of(stored.sha256, "print")
    try:
        return storage.get(key)
    except FileNotFoundError:
        try:
            content = _shrunk(storage.get(stored.view_key or stored.key))
        except FileNotFoundError as error:
            raise NotFound("存储中找不到这份文书里的一张照片，请联系管理员检查存储或从备份恢复。") from error
        storage.put(key, content)
        return content


def page_for_print(file_id: int, index: int) -> bytes:
    """A page of a scanned PDF as JPEG for paper; raises NotFound for what is no PDF or was lost, RuleViolation."""
    stored = _pdf(file_id)
    key = storage.key_of(stored.sha256, f"print-{index}")
    try:
        return storage.get(key)
    except FileNotFoundError:
        content = scans.page_jpeg(_content(stored), index, LONGEST)
        storage.put(key, content)
        return content


def page_count(file_id: int) -> int:
    """How many pages a scanned PDF has; 0 when it cannot be opened (it was taken in whole, but may have a password)."""
    try:
        with scans.opened(_content(_pdf(file_id))) as document:
            return len(document)
    except RuleViolation:
        return 0


def _pdf(file_id: int) -> StoredFile:
    stored = db.session.get(StoredFile, file_id)
    if stored is None or stored.kind is not FileKind.PDF:
        raise NotFound("没有这份扫描件。")
    return stored


def _content(stored: StoredFile) -> bytes:
    try:
        return storage.get(stored.key)
    except FileNotFoundError as error:
        raise NotFound("存储中找不到这份文书里的一份扫描件，请联系管理员检查存储或从备份恢复。") from error


def _shrunk(view: bytes) -> bytes:
    with Image.open(BytesIO(view), formats=("JPEG",)) as image:
        if max(image.size) <= LONGEST:
            return view
        smaller = image.convert("RGB")
    smaller.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    out = BytesIO()
    smaller.save(out, "JPEG", quality=78, optimize=True)
    return out.getvalue()
