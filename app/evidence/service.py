"""Taking in an upload."""

import re
import unicodedata
from hashlib import sha256
from typing import IO

from ..core import clock
from ..core.db import db, is_writing, transaction
from . import images, storage
from .models import FileKind, Source, StoredFile
from .told import Told


def store_upload(stream: IO[bytes], filename: str, actor_user_id: int | None, said: Told | None = None) -> StoredFile:
    """Check an upload by its content, store it and its copies encrypted, and write its row.

    `said` is what the sender read from the original before making it smaller; what the file itself says comes first.

    Opening pictures and talking to the store is slow, so this runs outside a unit of work (RuntimeError otherwise)
    and writes the row in a short one of its own: first the content, then the row, so that no row lacks its content.
    Raises RuleViolation with the remedy for what is refused.
    """
    if is_writing():
        raise RuntimeError("uploads are stored before the unit of work that uses them")
    content = stream.read(images.MAX_BYTES + 1)
    found = images.inspect(content)
    digest = sha256(content).hexdigest()
    copies = {"original": content, "view": found.view, "thumb": found.thumb}
    keys = {form: storage.key_of(digest, form) for form, data in copies.items() if data is not None}
    for form, key in keys.items():
        storage.put(key, copies[form] or b"")
    said = said if said is not None and found.kind is FileKind.IMAGE else Told()
    taken_at, position = found.taken_at or said.taken_at, found.position or said.position
    stored = StoredFile(
        sha256=digest,
        kind=found.kind,
        media_type=found.media_type,
        size=len(content),
        width=found.width,
        height=found.height,
        name=clean_name(filename),
        key=keys["original"],
        view_key=keys.get("view"),
        thumb_key=keys.get("thumb"),
        dhash=found.dhash,
        taken_at=taken_at,
        taken_source=_source(found.taken_at, taken_at),
        position=position,
        position_source=_source(found.position, position),
        uploaded_by=actor_user_id,
        uploaded_at=clock.now(),
    )
    with transaction():
        db.session.add(stored)
    return stored


def _source(in_file: object | None, kept: object | None) -> Source | None:
    if kept is None:
        return None
    return Source.SENDER if in_file is None else Source.FILE


def clean_name(filename: str) -> str:
    """A name for showing only: no folders, no control or direction characters, at most 120 characters."""
    base = re.split(r"[/\\]", unicodedata.normalize("NFC", filename))[-1]
    shown = "".join(c for c in base if unicodedata.category(c)[0] != "C").strip(" .")
    return shown[-120:] or "未命名"
