"""A household's file as a pattern: every row that hangs on it, with the places where a copy differs from it.

The pattern is taken from the tables themselves, so a table that a stage adds later is copied without being named here.
Lean on purpose: of papers and photos only those stay without which a row cannot stand, of the timeline the changes of
status, and what only other files or later looks need (seals, remarks) is left out.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Table

from ..core.crypto import Encrypted, decrypt_bytes, encrypt_bytes
from ..core.db import Base
from ..places.models import Region
from ..renovation.progress import reason_hash
from . import rawrows
from .slots import Copy, Slots

LEFT_OUT = frozenset(
    {
        "seal",
        "comment",
        "mention",
        "to_do",
        "phone_call",
        "submission",
        "search_gram",
        "audit_entry",
        "audit_head",
        "audit_seal",
        "notice",
        "notice_photo",
    }
)
SHARED = frozenset(
    {"user", "region", "organisation", "procurement_record", "programme_version", "quota_places", "fund_account"}
)
"""What copies point to as their pattern does."""
HASH = "{reason_hash}"
"""Stands in a pattern where the hash of a copy's own reason goes."""
PARENTS = {"dwelling": ("household", "dwelling_id"), "stored_file": ("attachment", "file_id")}
"""Rows that a file's row points to, and that belong to it alone."""

TABLES: dict[str, Table] = {table.name: table for table in Base.metadata.sorted_tables}
Rows = dict[str, list[dict[str, Any]]]
Cell = Callable[[Copy], Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file lies: its township and whoever is the clerk there."""

    township: Region
    clerk_id: int
    clerk_name: str


@dataclass(slots=True)
class RowPattern:
    """One row: what all copies share, and the cells that differ."""

    base: list[Any]
    cells: list[tuple[int, Cell]]

    def fill(self, copy: Copy) -> list[Any]:
        """The row of one copy."""
        row = self.base.copy()
        for place, cell in self.cells:
            row[place] = cell(copy)
        return row


@dataclass(slots=True)
class Entry:
    """What the audit says of one event."""

    raw_at: Any
    at: datetime
    actor_id: int | None
    actor_name: str
    role: str
    event: str
    details: dict[str, Any] | None
    text: Callable[[Copy], str]


@dataclass(slots=True)
class FilePattern:
    """All rows of one file in one township, tables in the order in which they can be written."""

    rows: dict[str, list[RowPattern]] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    notices: list[int] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How many ids of each table one copy takes."""
        return {name: len(rows) for name, rows in self.rows.items() if "id" in TABLES[name].columns}


def gather(renovation_id: int) -> Rows:
    """The rows of a file that its copies have too."""
    found: Rows = {"renovation": rawrows.read(TABLES["renovation"], "id", [renovation_id])}
    for name, table in TABLES.items():
        if name in LEFT_OUT | SHARED | PARENTS.keys() or name in found:
            continue
        if "renovation_id" in table.columns:
            rows = rawrows.read(table, "renovation_id", [renovation_id])
        else:
            rows = _children(table, found)
        if rows:
            found[name] = rows
    _keep_needed_papers(found)
    for name, (child, column) in PARENTS.items():
        found[name] = rawrows.read(TABLES[name], "id", [row[column] for row in found.get(child, [])])
    found["renovation_event"] = _changes(found["renovation_event"])
    return {name: found[name] for name in TABLES if found.get(name)}


def _children(table: Table, found: Rows) -> list[dict[str, Any]]:
    for column in table.columns:
        for key in column.foreign_keys:
            parents = found.get(key.column.table.name)
            if parents and key.column.table is not table:
                return rawrows.read(table, column.name, [row["id"] for row in parents])
    return []


def _keep_needed_papers(found: Rows) -> None:
    needed = {
        str(row[column.name])
        for name, rows in found.items()
        for column in TABLES[name].columns
        if not column.nullable and any(key.column.table.name == "attachment" for key in column.foreign_keys)
        for row in rows
    }
    found["attachment"] = [row for row in found.get("attachment", []) if str(row["id"]) in needed]


def _changes(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept = [row for place, row in enumerate(events) if place == 0 or row["action"] is not None]
    return [row | {"seq": seq} for seq, row in enumerate(kept, 1)]


class Compiler:
    """Makes the pattern of a file for one township out of its rows."""

    def __init__(self, rows: Rows, slots: Slots, source: Place, target: Place) -> None:
        self.rows, self.source, self.target = rows, source, target
        self.slots = slots.moved(
            [
                (source.township.name, target.township.name),
                (source.township.code, target.township.code),
                (source.clerk_name, target.clerk_name),
            ]
        )
        self.places = {
            name: {str(row["id"]): at for at, row in enumerate(kept) if "id" in row} for name, kept in rows.items()
        }
        self.decisions = 0

    def compile(self) -> FilePattern:
        """The pattern."""
        pattern = FilePattern(notices=sorted({int(row["notice_id"]) for row in self.rows.get("notice_entry", [])}))
        for name, rows in self.rows.items():
            pattern.rows[name] = [self._row(TABLES[name], at, row) for at, row in enumerate(rows)]
        pattern.entries = [self._entry(row) for row in self.rows["renovation_event"]]
        return pattern

    def _row(self, table: Table, at: int, row: Mapping[str, Any]) -> RowPattern:
        base: list[Any] = []
        cells: list[tuple[int, Cell]] = []
        for place, column in enumerate(table.columns):
            value = self._value(table, column, at, row[column.name])
            if callable(value):
                cells.append((place, value))
                value = None
            base.append(value)
        return RowPattern(base, cells)

    def _value(self, table: Table, column: Column[Any], at: int, value: Any) -> Any:
        """What every copy has there, or the function that says what a copy has."""
        special = self._special(table.name, column.name, value)
        if special is not None:
            return special
        if value is None:
            return None
        if column.name == "id":
            return _id(table.name, at)
        if column.foreign_keys or column.name in {"renovation_id", "actor_id"}:
            return self._reference(column, value)
        if isinstance(column.type, Encrypted):
            return self._secret(column.type, value)
        if isinstance(value, str):
            return self.slots.text(value, self._point, is_json=isinstance(column.type, JSON))
        return value

    def _special(self, table: str, column: str, value: Any) -> Cell | None:
        if (table, column) == ("notice_entry", "seq"):
            return lambda copy: copy.seat
        if (table, column) == ("decision", "verdict"):
            at, self.decisions = self.decisions, self.decisions + 1
            return lambda copy: copy.verdicts[at]
        if column == "village_id" and value is not None:
            return lambda copy: copy.village_id
        return None

    def _reference(self, column: Column[Any], value: Any) -> Any:
        named = {key.column.table.name for key in column.foreign_keys} or {
            "user" if column.name == "actor_id" else "renovation"
        }
        (parent,) = named
        if parent == "user":
            return self.target.clerk_id if int(value) == self.source.clerk_id else value
        if parent == "region":
            return self.target.township.id if int(value) == self.source.township.id else value
        if parent == "notice":
            old = int(value)
            return lambda copy: copy.notices[old]
        at = self.places.get(parent, {}).get(str(value))
        if at is None:
            return value if parent in SHARED else None  # a paper that copies do without
        return _id(parent, at)

    def _secret(self, kind: Encrypted, value: Any) -> Cell:
        sealed = rawrows.as_bytes(value)
        text = decrypt_bytes(kind.purpose, sealed or b"").decode()
        filled = self.slots.text(text if kind.purpose != "decision.form" else _form(text), self._point)
        purpose = kind.purpose
        if callable(filled):
            return lambda copy: encrypt_bytes(purpose, filled(copy).encode())
        plain = text.encode()
        return lambda _copy: encrypt_bytes(purpose, plain)

    def _point(self, kind: str, old: str) -> Callable[[Copy], str] | None:
        """What stands in a copy for the id of another row that a text names."""
        if kind == "notice":
            notice = int(old)
            return lambda copy: str(copy.notices[notice])
        at = self.places.get(kind, {}).get(old)
        if at is None:
            return None
        known = _id(kind, at)
        return lambda copy: str(known(copy))

    def _entry(self, row: Mapping[str, Any]) -> Entry:
        reason = self.slots.text(row["reason"], self._point)
        said = HASH if callable(reason) else reason_hash(reason)
        facts: dict[str, Any] = {"title": row["title"], "reason_hash": said, **json.loads(row["details"])}
        if row["action"] is not None:
            facts |= {"from": row["from_status"], "to": row["to_status"]}
        text = self.slots.text(json.dumps(facts), self._point, is_json=True)
        if callable(reason):
            text = _with_reason(text, reason)
        is_clerk = row["actor_id"] is not None and int(row["actor_id"]) == self.source.clerk_id
        actor_id = None if row["actor_id"] is None else int(row["actor_id"])
        return Entry(
            raw_at=row["at"],
            at=rawrows.as_instant(row["at"]),
            actor_id=self.target.clerk_id if is_clerk else actor_id,
            actor_name=self.target.clerk_name if is_clerk else row["actor_name"],
            role=row["role"],
            event=row["action"] or "note",
            details=None if callable(text) else json.loads(text),
            text=text if callable(text) else lambda _copy: text,
        )


def _id(table: str, at: int) -> Callable[[Copy], int]:
    return lambda copy: copy.ids[table] + at


def _with_reason(text: str | Callable[[Copy], str], reason: Callable[[Copy], str]) -> Callable[[Copy], str]:
    """The details of an entry whose reason names what each copy has its own of."""
    filled = text if callable(text) else lambda _copy: text
    return lambda copy: filled(copy).replace(HASH, reason_hash(reason(copy)), 1)


def _form(text: str) -> str:
    """What the form held, without the uploads, which copies do without; the village is filled in."""
    form: dict[str, Any] = json.loads(text)
    kept = {key: value for key, value in form.items() if not (str(value).isdigit() and _is_upload(key))}
    if kept.get("village"):
        kept["village"] = "{village}"
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def _is_upload(key: str) -> bool:
    return re.fullmatch(r"(declaration|id_card|\w+_proof|\w+_certificate|household_register)(-\d+)?", key) is not None
