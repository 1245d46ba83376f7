"""Checking the audit from its first entry to its last, in bounded memory."""

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, func, select

from ..core import clock
from ..core.db import db
from ..core.enums import Labelled
from . import chain as links
from .models import AuditEntry, AuditHead, AuditSeal
from .service import SEALS, key

_AT_ONCE = 1000


class Fault(Labelled):
    """What is wrong at a place."""

    EDITED = "edited", "记录被改动"
    REMOVED = "removed", "记录缺失"
    INSERTED = "inserted", "记录是后加的"
    REORDERED = "reordered", "记录的先后被改动"
    HEAD = "head", "链头被改动"
    SEAL = "seal", "每日封存被改动"


@dataclass(frozen=True, slots=True)
class Break:
    """A place at which the audit does not hold: a chain and number, or a day's seal."""

    fault: Fault
    chain: str = ""
    seq: int | None = None
    day: date | None = None

    def __str__(self) -> str:
        """One line for people."""
        place = [f"链 {self.chain}"] if self.chain else []
        place += [f"第 {self.seq} 条"] if self.seq is not None else []
        place += [f"日期 {self.day}"] if self.day else []
        return f"{self.fault.label}：{'，'.join(place)}"


@dataclass(frozen=True, slots=True)
class Head:
    """What a whole audit amounts to; noted elsewhere, it proves later that nothing was taken off the end."""

    entries: int
    chains: int
    sealed_to: date | None
    hash: str


def verify() -> list[Break]:
    """Every place at which the audit was edited, cut, added to or reordered; empty when it is whole."""
    return list(breaks())


def breaks() -> Iterator[Break]:
    """The same, one after the other while it reads."""
    seals_named: dict[str, str] = {}
    yield from _chains(seals_named)
    yield from _lone_heads()
    yield from _seals(seals_named)


def breaks_in(chain: str) -> list[Break]:
    """Every place at which one chain does not hold; of its entries only, not of the days' seals."""
    found = list(_chains({}, chain))
    has_entry = db.session.scalar(select(AuditEntry.id).where(AuditEntry.chain == chain).limit(1)) is not None
    if not has_entry and db.session.scalar(select(AuditHead.seq).where(AuditHead.chain == chain)) is not None:
        found.append(Break(Fault.REMOVED, chain, 1))
    return found


def is_seal_sound(seal: AuditSeal, previous: AuditSeal | None) -> bool:
    """True when a day's seal fits its own hash and the seal before; that its root fits the entries, `breaks` looks."""
    own = links.seal_hash(key(), seal.day, seal.last_id, seal.entries, seal.root, seal.previous_hash)
    before = (previous.hash, previous.day) if previous else (links.START, None)
    return own == seal.hash and (seal.previous_hash, seal.previous_day) == before


def head() -> Head:
    """The state of the whole audit, in one keyed hash over all heads and the last seal."""
    root = links.Root(key())
    for row in _stream(select(AuditHead.chain, AuditHead.seq, AuditHead.hash).order_by(AuditHead.chain)):
        root.add(links.keyed(key(), list(row)))
    entries = db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0
    last = db.session.scalar(select(AuditSeal).order_by(AuditSeal.day.desc()).limit(1))
    whole = links.keyed(key(), [root.value, last.hash if last else links.START])
    return Head(entries, root.entries, last.day if last else None, whole)


def _chains(seals_named: dict[str, str], chain: str = "") -> Iterator[Break]:
    """Walk every chain in order, or one, each entry beside its chain's head."""
    columns = [getattr(AuditEntry, name) for name in links.COVERED]
    head_seq, head_hash = AuditHead.seq.label("head_seq"), AuditHead.hash.label("head_hash")
    statement = (
        select(*columns, AuditEntry.hash, head_seq, head_hash)
        .outerjoin(AuditHead, AuditHead.chain == AuditEntry.chain)
        .order_by(AuditEntry.chain, AuditEntry.seq)
    )
    if chain:
        statement = statement.where(AuditEntry.chain == chain)
    last: Row[Any] | None = None
    for row in _stream(statement):
        if last is None or row.chain != last.chain:
            yield from _end(last)
            last = None
        yield from _entry(row, last)
        if row.chain == SEALS:
            seals_named[str(row.details.get("day"))] = str(row.details.get("hash"))
        last = row
    yield from _end(last)


def _entry(row: Row[Any], last: Row[Any] | None) -> Iterator[Break]:
    """Hold an entry against its own hash and against the one before it."""
    expected = last.seq + 1 if last else 1
    day = clock.civil(row.at)
    for missing in range(expected, min(row.seq, expected + 100)):
        yield Break(Fault.REMOVED, row.chain, missing)
    link = links.Link(**{name: getattr(row, name) for name in links.COVERED})
    if link.hash(key()) != row.hash:
        yield Break(Fault.EDITED, row.chain, row.seq, day)
    elif row.seq == expected and row.previous_hash != (last.hash if last else links.START):
        yield Break(Fault.REORDERED, row.chain, row.seq, day)


def _end(last: Row[Any] | None) -> Iterator[Break]:
    """Hold the last entry of a chain against the chain's head."""
    if last is None:
        return
    if last.head_seq is None:
        yield Break(Fault.HEAD, last.chain)
    elif last.head_seq > last.seq:
        yield Break(Fault.REMOVED, last.chain, last.seq + 1)
    elif last.head_seq < last.seq:
        yield Break(Fault.INSERTED, last.chain, last.head_seq + 1)
    elif last.head_hash != last.hash:
        yield Break(Fault.HEAD, last.chain, last.seq)


def _lone_heads() -> Iterator[Break]:
    """Heads whose entries are all gone."""
    has_entry = select(AuditEntry.id).where(AuditEntry.chain == AuditHead.chain).exists()
    for row in _stream(select(AuditHead.chain).where(~has_entry).order_by(AuditHead.chain)):
        yield Break(Fault.REMOVED, row.chain, 1)


def _seals(named: dict[str, str]) -> Iterator[Break]:
    """Hold every seal against itself, the seal before, the entries under it, and the record of its making."""
    seals = list(
        db.session.scalars(select(AuditSeal).order_by(AuditSeal.day).execution_options(populate_existing=True))
    )
    present = {seal.day.isoformat(): seal.hash for seal in seals}
    for day in sorted(set(named) - set(present)):
        yield Break(Fault.SEAL, day=date.fromisoformat(day))
    with closing(_stream(select(AuditEntry.id, AuditEntry.hash).order_by(AuditEntry.id))) as hashes:
        previous: AuditSeal | None = None
        entry = next(hashes, None)
        for seal in seals:
            root = links.Root(key())
            while entry is not None and entry.id <= seal.last_id:
                root.add(entry.hash)
                entry = next(hashes, None)
            if not _holds(seal, previous, root, named):
                yield Break(Fault.SEAL, day=seal.day)
            previous = seal


def _holds(seal: AuditSeal, previous: AuditSeal | None, root: links.Root, named: dict[str, str]) -> bool:
    return (
        is_seal_sound(seal, previous)
        and (root.value, root.entries) == (seal.root, seal.entries)
        and named.get(seal.day.isoformat(), seal.hash) == seal.hash
    )


def _stream(statement: Select[*tuple[Any, ...]]) -> Generator[Row[Any]]:
    """Rows by the thousand, past the session's memory of objects; closed early, it gives its cursor back."""
    result = db.session.connection().execute(statement.execution_options(yield_per=_AT_ONCE))
    try:
        yield from result
    finally:
        result.close()
