"""The chain: whatever is done to it, verification finds it and says where."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from app.audit import chain, ddl, queries
from app.audit.models import AuditEntry
from app.audit.service import Happening, record, record_many, seal_day, seal_due
from app.audit.verify import Break, Fault, head, verify
from app.core import clock
from app.core.db import transaction
from app.core.identity_numbers import Sex
from app.permissions import SYSTEM, Actor, Role

CLERK = Actor(7, "李经办", Role.TOWNSHIP)
FILE = "renovation:CQ2020-500101-000001"
OTHER = "renovation:CQ2020-500101-000002"
DAY = date(2020, 9, 15)


@pytest.fixture(name="story")
def _story(session: Session) -> Session:
    """Six entries on two chains over two sealed days, and one of today."""
    for day, events in ((DAY, "abc"), (DAY + timedelta(days=1), "de")):
        with clock.fixed(day), transaction():
            for event in events:
                record(FILE, event, CLERK, number=ord(event))
            record(OTHER, "x", SYSTEM, {"on": day})
    with clock.fixed(DAY + timedelta(days=2)), transaction():
        seal_day(DAY)
        seal_day(DAY + timedelta(days=1))
        record(FILE, "f", CLERK)
    return session


def open_up(session: Session) -> None:
    """What somebody with all rights on the database does first."""
    for statement in ddl.drop(session.connection().dialect.name):
        session.execute(text(statement))


def tamper(session: Session, statement: str, **values: object) -> list[Break]:
    open_up(session)
    session.execute(text(statement), values)
    session.commit()
    return verify()


def test_an_untouched_audit_is_whole(story: Session) -> None:
    assert verify() == []
    whole = head()
    # 5 + 1 on the file, 2 on the other, 2 on the chain of seals
    assert (whole.entries, whole.chains, whole.sealed_to) == (10, 3, DAY + timedelta(days=1))


def test_every_entry_names_the_one_before_it(story: Session) -> None:
    entries = queries.of_chain(FILE)
    assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5, 6]
    assert [entry.previous_hash for entry in entries] == [chain.START, *[entry.hash for entry in entries[:-1]]]
    assert [(entry.actor_id, entry.actor_name, entry.role) for entry in entries[:1]] == [(7, "李经办", "township")]


@pytest.mark.parametrize(
    "change",
    [
        "event = 'z'",
        "details = '{}'",
        "actor_name = '别人'",
        "actor_id = NULL",
        "role = 'county'",
        "at = '2020-09-14 01:00:00+00:00'",
        "previous_hash = 'x'",
        "hash = 'x'",
    ],
)
def test_an_edited_entry_is_found_at_its_place(story: Session, change: str) -> None:
    found = tamper(story, f"UPDATE audit_entry SET {change} WHERE chain = :chain AND seq = 2", chain=FILE)
    assert (found[0].fault, found[0].chain, found[0].seq) == (Fault.EDITED, FILE, 2)


def test_a_removed_entry_is_found_in_its_chain_and_in_its_day(story: Session) -> None:
    found = tamper(story, "DELETE FROM audit_entry WHERE chain = :chain AND seq = 2", chain=FILE)
    assert found == [Break(Fault.REMOVED, FILE, 2), Break(Fault.SEAL, day=DAY)]


def test_a_cut_tail_is_found(story: Session) -> None:
    found = tamper(story, "DELETE FROM audit_entry WHERE chain = :chain AND seq = 6", chain=FILE)
    assert found == [Break(Fault.REMOVED, FILE, 6)]


def test_a_cut_tail_with_a_fitting_head_is_found_by_the_seal(story: Session) -> None:
    kept = queries.of_chain(FILE)[3].hash
    open_up(story)
    story.execute(
        text("UPDATE audit_head SET seq = 4, hash = :hash WHERE chain = :chain"), {"hash": kept, "chain": FILE}
    )
    found = tamper(story, "DELETE FROM audit_entry WHERE chain = :chain AND seq > 4", chain=FILE)
    assert found == [Break(Fault.SEAL, day=DAY + timedelta(days=1))]


def test_a_chain_that_is_gone_is_found(story: Session) -> None:
    found = tamper(story, "DELETE FROM audit_entry WHERE chain = :chain", chain=OTHER)
    assert found[0] == Break(Fault.REMOVED, OTHER, 1)


def test_an_inserted_entry_is_found(story: Session) -> None:
    columns = "at, actor_id, actor_name, role, event, details, previous_hash, hash"
    found = tamper(
        story,
        f"INSERT INTO audit_entry (chain, seq, {columns}) "
        f"SELECT chain, 7, {columns} FROM audit_entry WHERE chain = :chain AND seq = 6",
        chain=FILE,
    )
    assert [(one.fault, one.seq) for one in found] == [(Fault.EDITED, 7), (Fault.INSERTED, 7)]


def test_swapped_entries_are_found(story: Session) -> None:
    open_up(story)
    for before, after in ((2, -1), (3, 2), (-1, 3)):
        story.execute(
            text("UPDATE audit_entry SET seq = :after WHERE chain = :chain AND seq = :before"),
            {"chain": FILE, "before": before, "after": after},
        )
    story.commit()
    assert [(one.fault, one.seq) for one in verify()] == [
        (Fault.EDITED, 2),
        (Fault.EDITED, 3),
        (Fault.REORDERED, 4),
    ]


def test_an_edited_head_is_found(story: Session) -> None:
    assert tamper(story, "UPDATE audit_head SET hash = 'x' WHERE chain = :chain", chain=FILE) == [
        Break(Fault.HEAD, FILE, 6)
    ]


def test_a_lost_head_is_found(story: Session) -> None:
    assert tamper(story, "DELETE FROM audit_head WHERE chain = :chain", chain=FILE) == [Break(Fault.HEAD, FILE)]


@pytest.mark.parametrize("change", ["entries = entries + 1", "root = 'x'", "hash = 'x'", "last_id = last_id - 1"])
def test_an_edited_seal_is_found(story: Session, change: str) -> None:
    found = tamper(story, f"UPDATE audit_seal SET {change} WHERE day = '2020-09-15'")
    assert found[0] == Break(Fault.SEAL, day=DAY)


def test_a_removed_seal_is_found(story: Session) -> None:
    found = tamper(story, "DELETE FROM audit_seal WHERE day = '2020-09-16'")
    assert found == [Break(Fault.SEAL, day=DAY + timedelta(days=1))]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET event = 'z'",
        "DELETE FROM audit_entry",
        "UPDATE audit_seal SET root = 'x'",
        "DELETE FROM audit_seal",
        "DELETE FROM audit_head",
    ],
)
def test_the_database_itself_refuses_changes(story: Session, statement: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), story.begin_nested():
        story.execute(text(statement))
    assert verify() == []


def test_the_database_refuses_the_ways_round_its_triggers(story: Session) -> None:
    if story.connection().dialect.name == "sqlite":
        columns = "id, chain, seq, at, actor_id, actor_name, role, details, previous_hash, hash"
        way = f"INSERT OR REPLACE INTO audit_entry ({columns}, event) SELECT {columns}, 'z' FROM audit_entry WHERE seq = 2"
    else:
        way = "TRUNCATE audit_entry"
    with pytest.raises(DatabaseError, match="append-only"), story.begin_nested():
        story.execute(text(way))
    assert verify() == []


def test_seals_are_made_once_and_only_for_days_that_are_over(story: Session) -> None:
    with clock.fixed(DAY + timedelta(days=2)):
        with transaction():
            assert seal_day(DAY).day == DAY  # type: ignore[union-attr]
        with transaction(), pytest.raises(ValueError):
            seal_day(DAY + timedelta(days=2))
    assert [(seal.day, seal.entries) for seal in queries.seals()] == [(date(2020, 9, 16), 3), (date(2020, 9, 15), 4)]


def test_due_sealing_catches_up_day_by_day(story: Session) -> None:
    today = DAY + timedelta(days=10)
    with clock.fixed(DAY + timedelta(days=5)), transaction():
        record(FILE, "g", CLERK)
    with clock.fixed(today):
        with transaction():
            seal_due(today)
        with transaction():
            seal_due(today)
    assert [(seal.day.day, seal.entries) for seal in reversed(queries.seals())] == [
        (15, 4),
        (16, 3),
        (17, 3),
        (20, 1),
    ]
    assert verify() == []


def test_an_entry_with_an_earlier_time_joins_the_next_seal(story: Session) -> None:
    with clock.fixed(DAY), transaction():
        record(FILE, "late", CLERK)
    with clock.fixed(DAY + timedelta(days=3)), transaction():
        seal_due(DAY + timedelta(days=3))
    assert verify() == []
    assert queries.seals()[0].entries == 4


def test_details_are_kept_as_plain_values(session: Session) -> None:
    with transaction():
        record("settings", "changed", CLERK, {"day": DAY, "share": Decimal("0.30")}, sex=Sex.MALE, ids={3, 1})
    kept = session.query(AuditEntry).one().details
    assert kept == {"day": "2020-09-15", "share": "0.30", "sex": "male", "ids": [1, 3]}
    with transaction(), pytest.raises(TypeError):
        record("settings", "changed", CLERK, share=0.3)


def test_what_is_undone_leaves_no_trace(session: Session) -> None:
    class Undone(Exception):
        pass

    def fail() -> None:
        with transaction():
            record(FILE, "a", CLERK)
            raise Undone

    with pytest.raises(Undone):
        fail()
    with transaction():
        record(FILE, "b", CLERK)
    assert [(entry.seq, entry.event) for entry in queries.of_chain(FILE)] == [(1, "b")]
    assert verify() == []


def test_much_at_once_is_chained_like_one_by_one(story: Session) -> None:
    at = clock.start_of(DAY + timedelta(days=3))
    with transaction():
        record_many(
            Happening(name, f"bulk{i}", SYSTEM, {"i": i}, at) for i in range(3) for name in (FILE, "renovation:new")
        )
    assert [entry.seq for entry in queries.of_chain(FILE)] == list(range(1, 10))
    assert [entry.event for entry in queries.of_chain("renovation:new")] == ["bulk0", "bulk1", "bulk2"]
    with transaction():
        record("renovation:new", "after", CLERK)
    assert verify() == []


def test_pages_of_the_auditor(story: Session) -> None:
    first = queries.entries(queries.Filter(chain="renovation:"), limit=5)
    second = queries.entries(queries.Filter(chain="renovation:"), before=first.before, limit=5)
    assert [entry.event for page in (first, second) for entry in page.entries] == list("fxedxcba")
    assert second.before is None
    of_day = queries.entries(queries.Filter(actor_id=7, since=DAY + timedelta(days=1), until=DAY + timedelta(days=1)))
    assert [entry.event for entry in of_day.entries] == ["e", "d"]
    assert queries.entries(queries.Filter(), within=AuditEntry.chain == OTHER).entries[0].event == "x"
    assert "audit.sealed" in queries.events()


def test_the_command_answers_with_the_head_or_the_break(app: Flask, story: Session) -> None:
    run = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert (run.exit_code, run.stdout.split("；链头 ")[0]) == (0, "审计记录完好：10 条，3 条链，已封存至 2020-09-16")
    tamper(story, "UPDATE audit_entry SET event = 'z' WHERE chain = :chain AND seq = 2", chain=FILE)
    run = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert (run.exit_code, run.stdout.splitlines()[0]) == (1, f"记录被改动：链 {FILE}，第 2 条，日期 2020-09-15")


LINKS = st.builds(
    chain.Link,
    chain=st.text(max_size=5),
    seq=st.integers(1, 9),
    at=st.datetimes(timezones=st.just(clock.SHANGHAI), min_value=clock.datetime(2000, 1, 1)),
    actor_id=st.none() | st.integers(1, 9),
    actor_name=st.text(max_size=5),
    role=st.sampled_from(["county", "admin"]),
    event=st.text(max_size=5),
    details=st.dictionaries(st.text(max_size=3), st.none() | st.booleans() | st.integers() | st.text(max_size=3)),
    previous_hash=st.just(chain.START),
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(LINKS, LINKS)
def test_different_entries_have_different_hashes(one: chain.Link, other: chain.Link) -> None:
    key = bytes(32)
    assert (one.hash(key) == other.hash(key)) == (
        chain.canonical(chain.plain(vars_of(one))) == chain.canonical(chain.plain(vars_of(other)))
    )
    assert one.hash(key) != one.hash(b"\1" * 32)


def vars_of(link: chain.Link) -> dict[str, object]:
    values = {name: getattr(link, name) for name in chain.Link.__dataclass_fields__}
    return values | {"at": link.at.astimezone(clock.UTC).isoformat(timespec="microseconds")}
