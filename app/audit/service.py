"""Writing the audit: entries beside what they record, and the seal of each day."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, Executable, Table, bindparam, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from ..core import clock
from ..core.crypto import derived_key
from ..core.db import db
from ..permissions import SYSTEM, Actor
from . import chain as links
from .models import AuditEntry, AuditHead, AuditSeal

SEALS = "seals"
"""The chain on which each seal is recorded, so that a seal cannot vanish unnoticed."""


def _count_on(make: Callable[..., Any]) -> Executable:
    new = make(_HEAD)
    counted = new.on_conflict_do_update(index_elements=["chain"], set_={"seq": _HEAD.c.seq + 1})
    statement: Executable = counted.returning(_HEAD.c.seq, _HEAD.c.hash)
    return statement


# written out once: every act of every person sends these three
_HEAD = cast("Table", AuditHead.__table__)
_COUNT_ON = {"sqlite": _count_on(sqlite.insert), "postgresql": _count_on(postgresql.insert)}
_ENTER = insert(AuditEntry).inline()  # nobody asks for the new row's id
_MOVE_HEAD = update(_HEAD).where(_HEAD.c.chain == bindparam("of"))


class Happening(NamedTuple):
    """One thing to record, for `record_many`."""

    chain: str
    event: str
    actor: Actor
    details: Mapping[str, Any]
    at: datetime


def key() -> bytes:
    """The key of the chains."""
    return derived_key("audit")


def record(chain: str, event: str, actor: Actor, details: Mapping[str, Any] | None = None, /, **facts: Any) -> None:
    """Record what happens, in the same transaction as it, on its chain.

    Chains: `renovation:<number>`, `user:<id>`, `programme:<key>`, `settings` … The chain's head is locked from here to
    the end of the transaction, so that writers of one file queue and writers of different files do not. Details (and
    facts given by name) hold no personal data.
    """
    connection = db.session.connection()
    seq, previous = _next(connection, chain)
    # the clock is read under the lock: no entry can carry an earlier time than the one before it
    _write(connection, [Happening(chain, event, actor, {**(details or {}), **facts}, clock.now())], seq, previous)


def record_many(happenings: Iterable[Happening]) -> None:
    """Record much at once, in the order given, with few statements: for bulk work and demo data.

    The times are the caller's and must not run backwards within a chain.
    """
    by_chain: dict[str, list[Happening]] = {}
    for happening in happenings:
        by_chain.setdefault(happening.chain, []).append(happening)
    connection = db.session.connection()
    rows: list[dict[str, Any]] = []
    heads: list[dict[str, Any]] = []
    known = _lock_heads(connection, sorted(by_chain))
    for chain, of_chain in sorted(by_chain.items()):
        seq, previous = known.get(chain, (0, links.START))
        new = _rows(of_chain, seq + 1, previous)
        rows += new
        heads.append({"chain": chain, "seq": new[-1]["seq"], "hash": new[-1]["hash"]})
    if rows:
        connection.execute(insert(AuditEntry), rows)
        _save_heads(connection, heads)


def seal_day(day: date) -> AuditSeal | None:
    """Seal every entry up to the end of a civil day that is not sealed yet, chained to the seal before.

    Safe to repeat. None when a later day is sealed already, since then nothing of this day is left open. Raises
    ValueError when the day is not over.
    """
    if day >= clock.today():
        raise ValueError(f"{day} is not over and cannot be sealed")
    _hold_writers()
    last = db.session.scalar(select(AuditSeal).order_by(AuditSeal.day.desc()).limit(1))
    if last is not None and last.day >= day:
        return db.session.get(AuditSeal, day)
    covered = last.last_id if last else 0
    seal = _seal(day, covered, _last_id_of(day, covered), last)
    db.session.add(seal)
    db.session.flush()
    record(SEALS, "audit.sealed", SYSTEM, day=day, entries=seal.entries, hash=seal.hash)
    return seal


def seal_due(today: date) -> None:
    """Seal every day before today that has open entries. Each seal is an entry too, so days in use are never missing."""
    while True:
        sealed = db.session.scalar(select(AuditSeal).order_by(AuditSeal.day.desc()).limit(1))
        covered = sealed.last_id if sealed else 0
        opened = select(AuditEntry.at).where(AuditEntry.id > covered).order_by(AuditEntry.id).limit(1)
        first = db.session.scalar(opened)
        if first is None:
            return
        # entries that came in after their day was sealed belong to the next seal
        day = max(clock.civil(first), sealed.day + timedelta(days=1)) if sealed else clock.civil(first)
        if day >= today:
            return
        seal_day(day)


def _next(connection: Connection, chain: str) -> tuple[int, str]:
    """The next number of a chain and the hash before it; locks the head until the transaction ends."""
    row = connection.execute(_COUNT_ON[connection.dialect.name], {"chain": chain, "seq": 1, "hash": links.START}).one()
    return row.seq, row.hash


def _write(connection: Connection, happenings: list[Happening], seq: int, previous: str) -> None:
    rows = _rows(happenings, seq, previous)
    connection.execute(_ENTER, rows)
    connection.execute(_MOVE_HEAD, {"of": rows[-1]["chain"], "seq": rows[-1]["seq"], "hash": rows[-1]["hash"]})


def _rows(happenings: list[Happening], seq: int, previous: str) -> list[dict[str, Any]]:
    """The rows of entries that follow each other on one chain."""
    rows, hash_key = [], key()
    for number, happening in enumerate(happenings, seq):
        link = links.Link(
            chain=happening.chain,
            seq=number,
            at=happening.at,
            actor_id=happening.actor.user_id,
            actor_name=happening.actor.name,
            role=happening.actor.role.value,
            event=happening.event,
            details=links.plain(happening.details),
            previous_hash=previous,
        )
        previous = link.hash(hash_key)
        rows.append({name: getattr(link, name) for name in links.COVERED} | {"hash": previous})
    return rows


def _lock_heads(connection: Connection, chains: list[str]) -> dict[str, tuple[int, str]]:
    """The heads of some chains, locked in the order of their names so that two bulk writers cannot block each other."""
    known: dict[str, tuple[int, str]] = {}
    for start in range(0, len(chains), 500):
        some = AuditHead.chain.in_(chains[start : start + 500])
        for row in connection.execute(
            select(AuditHead.chain, AuditHead.seq, AuditHead.hash)
            .where(some)
            .order_by(AuditHead.chain)
            .with_for_update()
        ):
            known[row.chain] = (row.seq, row.hash)
    return known


def _save_heads(connection: Connection, heads: list[dict[str, Any]]) -> None:
    new = _insert(connection)(AuditHead)
    changed = {"seq": new.excluded.seq, "hash": new.excluded.hash}
    connection.execute(new.on_conflict_do_update(index_elements=["chain"], set_=changed), heads)


def _insert(connection: Connection) -> Any:
    return sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert


def _hold_writers() -> None:
    """Wait for every writer under way and let no new one begin, so that no entry appears behind the seal's end.

    Each writer touches its head before it takes an id. SQLite has one writer anyway.
    """
    if db.session.connection().dialect.name == "postgresql":
        db.session.execute(text("LOCK TABLE audit_head IN SHARE ROW EXCLUSIVE MODE"))


def _last_id_of(day: date, covered: int) -> int:
    """The id of the last entry before the first one of a later day."""
    later = clock.start_of(day + timedelta(days=1))
    first_later = select(func.min(AuditEntry.id)).where(AuditEntry.id > covered, AuditEntry.at >= later)
    end = db.session.scalar(first_later)
    of_day = select(func.max(AuditEntry.id)).where(AuditEntry.id > covered)
    if end is not None:
        of_day = of_day.where(AuditEntry.id < end)
    return db.session.scalar(of_day) or covered


def _seal(day: date, covered: int, last_id: int, last: AuditSeal | None) -> AuditSeal:
    root = links.Root(key())
    hashes = select(AuditEntry.hash).where(AuditEntry.id > covered, AuditEntry.id <= last_id).order_by(AuditEntry.id)
    for entry_hash in db.session.scalars(hashes.execution_options(yield_per=1000)):
        root.add(entry_hash)
    previous = last.hash if last else links.START
    return AuditSeal(
        day=day,
        last_id=last_id,
        entries=root.entries,
        root=root.value,
        previous_day=last.day if last else None,
        previous_hash=previous,
        hash=links.seal_hash(key(), day, last_id, root.entries, root.value, previous),
    )
