"""The sealed file: a manifest of hashes over everything that hangs on it, so that a later copy can be held against it.

What belongs to a file is found from the tables themselves: every row that points to it, and every row that points to
such a row. So a table that a stage adds later is in the manifest without being named here.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, String, Table, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column

from ..audit.models import AuditEntry, AuditHead
from ..audit.service import record
from ..core import clock
from ..core.db import Base, db, enum_column
from ..core.enums import Labelled
from ..evidence.models import StoredFile
from ..lifecycle import Stage
from ..permissions import Actor
from .models import Attachment, Renovation
from .progress import note


class Occasion(Labelled):
    """When a file is sealed: once it is paid, for the year-end archive, and finally when it closes."""

    PAID = "paid", "拨付归档"
    CLOSED = "closed", "最终归档"


class Seal(Base):
    """The manifest of a file on an occasion, and its hash. A file that goes back ends its seal."""

    __tablename__ = "seal"
    __table_args__ = (
        Index(
            "uq_seal_current",
            "renovation_id",
            "occasion",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    occasion: Mapped[Occasion] = enum_column(Occasion)
    sealed_at: Mapped[datetime]
    manifest: Mapped[dict[str, Any]]
    hash: Mapped[str] = mapped_column(String(64))
    ended_at: Mapped[datetime | None]

    @property
    def rows(self) -> int:
        """How many rows the manifest lists."""
        return sum(len(table) for table in self.manifest["rows"].values())


MOVING = frozenset(
    {
        "seal",
        "search_gram",
        "submission",
        "comment",
        "mention",
        "to_do",
        "phone_call",
        "message",
        "simulated_change",
    }
)
"""Rows that may still come or change after sealing, or that only help to find, or say what a trial would have done."""

MOVING_COLUMNS: Mapping[str, frozenset[str]] = {
    "renovation": frozenset(
        {"status", "status_since", "due_on", "suspended_at", "suspended_reason", "touched_at", "version"}
    ),
    "claim": frozenset({"state", "due_on"}),
}
"""What goes on within a sealed row: the file still closes, its claims are repaired; each step has a row of its own."""

CHAINED = "file_sealed"
"""The audit's event that keeps a seal's hash under the audit's key, so that nobody can seal anew unnoticed."""


def seal(renovation: Renovation, occasion: Occasion, actor: Actor) -> Seal:
    """Seal a file: the manifest lists every row and every paper by hash. The file itself must not change after it."""
    note(renovation, Stage.WARRANTY, occasion.label, actor)
    manifest = build_manifest(renovation)
    sealed = Seal(
        renovation_id=renovation.id,
        occasion=occasion,
        sealed_at=clock.now(),
        manifest=manifest,
        hash=digest(manifest),
    )
    db.session.add(sealed)
    db.session.flush()
    record(_chain(renovation), CHAINED, actor, seal=sealed.id, occasion=occasion, hash=sealed.hash)
    return sealed


def _chain(renovation: Renovation) -> str:
    return f"renovation:{renovation.number}"


def unseal(renovation: Renovation) -> None:
    """End the seal of a file that goes back (the bank returned the money); it is sealed anew later."""
    for sealed in seals(renovation):
        if sealed.ended_at is None:
            sealed.ended_at = clock.now()
    db.session.flush()


def seals(renovation: Renovation) -> list[Seal]:
    """Every seal, ended ones too, oldest first."""
    return list(db.session.scalars(select(Seal).where(Seal.renovation_id == renovation.id).order_by(Seal.id)))


def build_manifest(renovation: Renovation) -> dict[str, Any]:
    """Hashes of everything on the file now: rows by table, papers by content, the head of its audit chain."""
    head = db.session.get(AuditHead, _chain(renovation), populate_existing=True)
    return {
        "number": renovation.number,
        "status": renovation.status.value,
        "rows": _rows(renovation),
        "papers": _papers(renovation),
        "audit": {"entries": head.seq, "hash": head.hash} if head else {"entries": 0, "hash": ""},
    }


def digest(manifest: Mapping[str, Any]) -> str:
    """The hash of a manifest: SHA-256 of its canonical JSON."""
    return sha256(json.dumps(manifest, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def changes(sealed: Seal, renovation: Renovation) -> list[str]:
    """What of a seal's manifest is no longer so, sorted; empty when nothing was changed.

    `table/id` and `paper/id` for what was changed or removed, `manifest` for the list itself, `audit/number` for the
    entry that the file's chain had reached, `seal/id` when the chain does not bear the seal's hash. Rows that came
    later are not changes: claims and visits go on during the warranty.
    """
    now = build_manifest(renovation)
    changed = [] if digest(sealed.manifest) == sealed.hash else ["manifest"]
    changed += _unchained(sealed, renovation)
    held = [("paper", sealed.manifest["papers"], now["papers"])]
    held += [(table, rows, now["rows"].get(table, {})) for table, rows in sealed.manifest["rows"].items()]
    for name, before, after in held:
        changed += [f"{name}/{key}" for key, value in before.items() if after.get(key) != value]
    return sorted(changed)


def _unchained(sealed: Seal, renovation: Renovation) -> list[str]:
    """What of the seal the file's audit chain does not bear out."""
    reached, wanted = sealed.manifest["audit"], AuditEntry.chain == _chain(renovation)
    found = db.session.scalar(select(AuditEntry.hash).where(wanted, AuditEntry.seq == reached["entries"])) or ""
    told = db.session.scalars(select(AuditEntry.details).where(wanted, AuditEntry.event == CHAINED))
    missing = [] if found == reached["hash"] else [f"audit/{reached['entries']}"]
    is_told = any((one.get("seal"), one.get("hash")) == (sealed.id, sealed.hash) for one in told)
    return missing if is_told else [*missing, f"seal/{sealed.id}"]


def _papers(renovation: Renovation) -> dict[str, dict[str, Any]]:
    rows = db.session.execute(
        select(Attachment.id, Attachment.kind, StoredFile.sha256, StoredFile.size)
        .join(StoredFile, StoredFile.id == Attachment.file_id)
        .where(Attachment.renovation_id == renovation.id)
        .order_by(Attachment.id)
    )
    return {str(row.id): {"kind": row.kind.value, "sha256": row.sha256, "size": row.size} for row in rows}


def _rows(renovation: Renovation) -> dict[str, dict[str, str]]:
    db.session.flush()
    found: dict[str, dict[str, str]] = {}
    ids: dict[str, set[Any]] = {"renovation": {renovation.id}}
    for table in _descendants():
        belongs = _belonging(table, ids)
        if belongs is None:
            continue
        rows = db.session.execute(select(table).where(belongs)).mappings().all()
        ids[table.name] = {row["id"] for row in rows if "id" in row}
        if rows:
            keys = [column.name for column in table.primary_key]
            found[table.name] = {
                "-".join(str(row[key]) for key in keys): _hash_row(table.name, dict(row)) for row in rows
            }
    return found


def _belonging(table: Table, ids: Mapping[str, set[Any]]) -> ColumnElement[bool] | None:
    """The rows of a table that hang on the file: by the file's own key where there is one, else by their parents'."""
    if table.name == "renovation":
        return table.c.id.in_(ids["renovation"])
    keys = [key for key in table.foreign_keys if key.column.table is not table and ids.get(key.column.table.name)]
    direct = [key for key in keys if key.column.table.name == "renovation"]
    conditions = [key.parent.in_(sorted(ids[key.column.table.name])) for key in direct or keys]
    return or_(*conditions) if conditions else None


def _descendants() -> Iterable[Table]:
    """The file's own table and those that hang on it, parents before children."""
    reached = {"renovation"}
    yield Base.metadata.tables["renovation"]
    for table in Base.metadata.sorted_tables:
        hangs_on = any(key.column.table.name in reached for key in table.foreign_keys)
        if hangs_on and table.name not in MOVING | reached:
            reached.add(table.name)
            yield table


def _hash_row(table: str, row: Mapping[str, Any]) -> str:
    moving = MOVING_COLUMNS.get(table, frozenset())
    content = {name: _plain(value) for name, value in row.items() if name not in moving}
    return sha256(json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return value
