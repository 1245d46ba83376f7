"""The stored files' way into a backup and back, as they lie in the store: encrypted, by name."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import obstore
import sqlalchemy as sa
from obstore.store import ObjectStore
from sqlalchemy import Connection

from ..evidence.storage import store
from .archive import LISTING, Backup, Writer, listing

UNFINISHED = "restore-unfinished"
"""Lies in the store while a restore is under way, and names the backup."""
_BATCH, _AT_ONCE = 5000, 8
NAMED_BY = {"stored_file": ("key", "view_key", "thumb_key"), "issued_paper": ("key",)}
"""Columns that name a content in the store."""


def save(writer: Writer, connection: Connection, progress: Callable[[int], None]) -> dict[str, object]:
    """Copy every file of the store, folder by folder; answers number, bytes, and how many that rows name are missing.

    The rows' snapshot is older than the listing, and a content is stored before its row is written and never removed:
    so whatever the rows name must be there.
    """
    opened = store()
    number = size = batches = missing = 0
    for folder in _folders(opened):
        names = [name for name in _names(opened, folder) if name != UNFINISHED]
        missing += len(_named(connection, folder) - set(names))
        for start in range(0, len(names), _BATCH):
            batch = _save_batch(writer, opened, names[start : start + _BATCH])
            batches, number, size = batches + 1, number + len(batch), size + sum(one for one, _ in batch.values())
            writer.add_sealed(f"{LISTING}{batches:06d}", listing(batch))
            progress(number)
    return {"number": number, "bytes": size, "missing": missing}


def restore(backup: Backup, progress: Callable[[int], None]) -> None:
    """Put every file of the backup into the store; done again it does the same."""
    opened, number = store(), 0
    contents = backup.stored()
    with ThreadPoolExecutor(_AT_ONCE) as hands:
        while some := list(islice(contents, _AT_ONCE * 4)):
            list(hands.map(lambda one: obstore.put(opened, one[0], one[1], mode="overwrite"), some))
            number += len(some)
            progress(number)


def count() -> tuple[int, int]:
    """How many files the store holds, and their bytes."""
    number = size = 0
    for chunk in obstore.list(store(), chunk_size=1000):
        for one in chunk:
            if one["path"] != UNFINISHED:
                number, size = number + 1, size + one["size"]
    return number, size


def missing(connection: Connection) -> int:
    """How many contents that rows name are not in the store."""
    opened = store()
    return sum(len(_named(connection, folder) - set(_names(opened, folder))) for folder in _folders(opened))


def is_empty() -> bool:
    """True when the store holds nothing."""
    return not any(True for chunk in obstore.list(store(), chunk_size=10) if chunk)


def mark(identity: str) -> None:
    """Say in the store that the restore of a backup is under way."""
    obstore.put(store(), UNFINISHED, identity.encode())


def unmark() -> None:
    """Say that it is over."""
    obstore.delete(store(), UNFINISHED)


def under_way() -> str | None:
    """The backup whose restore did not come to its end; None when there is none."""
    try:
        return bytes(obstore.get(store(), UNFINISHED).bytes()).decode()
    except FileNotFoundError:
        return None


def _save_batch(writer: Writer, opened: ObjectStore, names: list[str]) -> dict[str, tuple[int, str]]:
    batch: dict[str, tuple[int, str]] = {}
    with ThreadPoolExecutor(_AT_ONCE) as hands:
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            contents = hands.map(lambda name: bytes(obstore.get(opened, name).bytes()), some)
            for name, content in zip(some, contents, strict=True):
                batch[name] = (len(content), writer.add_file(name, content))
    return batch


def _folders(opened: ObjectStore) -> list[str]:
    """Every folder of the store and every one that a row could name, and "" for what lies in none."""
    found = obstore.list_with_delimiter(opened)["common_prefixes"]
    return sorted({"", *found, *(f"{number:02x}" for number in range(256))})


def _names(opened: ObjectStore, folder: str) -> list[str]:
    if not folder:
        return sorted(one["path"] for one in obstore.list_with_delimiter(opened)["objects"])
    return sorted(one["path"] for chunk in obstore.list(opened, prefix=folder, chunk_size=1000) for one in chunk)


def _named(connection: Connection, folder: str) -> set[str]:
    return set(_named_in(connection, folder)) if folder else set()


def _named_in(connection: Connection, folder: str) -> Iterator[str]:
    for table, columns in NAMED_BY.items():
        for name in columns:
            column: sa.ColumnClause[str] = sa.column(name)
            names = sa.select(column).select_from(sa.table(table)).where(column >= f"{folder}/", column < f"{folder}0")
            yield from connection.scalars(names)
