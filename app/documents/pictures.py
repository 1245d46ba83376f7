"""Photos as papers show them: 1280 pixels, upright, without any metadata; made once and kept."""

from io import BytesIO

from PIL import Image

from ..core.db import db
from ..core.errors import NotFound
from ..evidence import storage
from ..evidence.models import FileKind, StoredFile

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


def _shrunk(view: bytes) -> bytes:
    with Image.open(BytesIO(view), formats=("JPEG",)) as image:
        if max(image.size) <= LONGEST:
            return view
        smaller = image.convert("RGB")
    smaller.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    out = BytesIO()
    smaller.save(out, "JPEG", quality=78, optimize=True)
    return out.getvalue()
