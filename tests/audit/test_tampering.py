"""Whatever single entry is edited, removed, doubled or moved, verification names its chain and place."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.audit import ddl
from app.audit.service import record, seal_due
from app.audit.verify import verify
from app.core import clock
from app.core.db import transaction
from app.permissions import SYSTEM

DAYS, CHAINS, EACH = 3, 3, 2
DAY = date(2020, 9, 15)
EDITS = {
    "chain": "chain || 'x'",
    "seq": "seq + 1000",
    "at": "'2001-01-01 00:00:00+00:00'",
    "actor_id": "coalesce(actor_id, 0) + 1",
    "actor_name": "actor_name || 'x'",
    "role": "role || 'x'",
    "event": "event || 'x'",
    "details": "'{\"sum\": 1}'",
    "previous_hash": "'x'",
    "hash": "'x'",
}
PLACES = st.tuples(st.integers(0, CHAINS - 1), st.integers(1, DAYS * EACH))
QUIET = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(name="open_audit")
def _open_audit(session: Session) -> Session:
    """Three chains over three days, sealed, one more day open; its triggers taken away as an intruder would."""
    for number in range(DAYS):
        with clock.fixed(DAY + timedelta(days=number)), transaction():
            seal_due(clock.today())
            for chain in range(CHAINS):
                for entry in range(EACH):
                    record(f"file:{chain}", f"e{entry}", SYSTEM, day=number)
    with transaction():
        for statement in ddl.drop(session.connection().dialect.name):
            session.execute(text(statement))
    assert verify() == []
    return session


def found_after(session: Session, statement: str, place: tuple[int, int]) -> list[tuple[str, int | None]]:
    """Change something, look, and undo it; the chains and numbers that were named."""
    with session.begin_nested() as savepoint:
        session.execute(text(statement), {"chain": f"file:{place[0]}", "seq": place[1]})
        found = verify()
        savepoint.rollback()
    session.expire_all()
    return [(one.chain, one.seq) for one in found]


@QUIET
@given(place=PLACES, column=st.sampled_from(sorted(EDITS)))
def test_an_edit(open_audit: Session, place: tuple[int, int], column: str) -> None:
    edit = f"UPDATE audit_entry SET {column} = {EDITS[column]} WHERE chain = :chain AND seq = :seq"
    assert (f"file:{place[0]}", place[1]) in found_after(open_audit, edit, place)


@QUIET
@given(place=PLACES)
def test_a_removal(open_audit: Session, place: tuple[int, int]) -> None:
    removal = "DELETE FROM audit_entry WHERE chain = :chain AND seq = :seq"
    assert (f"file:{place[0]}", place[1]) in found_after(open_audit, removal, place)


@QUIET
@given(place=PLACES)
def test_an_entry_slipped_in_and_the_rest_moved_up(open_audit: Session, place: tuple[int, int]) -> None:
    columns = "at, actor_id, actor_name, role, event, details, previous_hash, hash"
    copied = (
        f"INSERT INTO audit_entry (chain, seq, {columns}) "
        f"SELECT chain, seq + 1000, {columns} FROM audit_entry WHERE chain = :chain AND seq >= :seq"
    )
    assert f"file:{place[0]}" in {chain for chain, _ in found_after(open_audit, copied, place)}


@QUIET
@given(place=PLACES, other=PLACES)
def test_two_entries_whose_contents_are_exchanged(
    open_audit: Session, place: tuple[int, int], other: tuple[int, int]
) -> None:
    columns = ("at", "actor_id", "actor_name", "role", "event", "details", "previous_hash", "hash")
    source = f"SELECT * FROM audit_entry WHERE chain = 'file:{other[0]}' AND seq = {other[1]}"
    assignments = ", ".join(f"{name} = (SELECT {name} FROM ({source}) AS o)" for name in columns)
    overwrite = f"UPDATE audit_entry SET {assignments} WHERE chain = :chain AND seq = :seq"
    named = found_after(open_audit, overwrite, place)
    assert ((f"file:{place[0]}", place[1]) in named) == (place != other)
