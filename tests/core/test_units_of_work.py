"""What a unit of work holds on SQLite from its first word, and what a read does not."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from flask import Flask

from app.core.db import db, transaction

pytestmark = pytest.mark.sqlite_only


@pytest.fixture(name="other")
def _other(committed: Flask) -> Iterator[sqlite3.Connection]:
    """Somebody else at the same file, who does not wait."""
    assert db.engine.url.database
    with closing(sqlite3.connect(db.engine.url.database, timeout=0, isolation_level=None)) as connection:
        yield connection


def test_a_unit_of_work_holds_the_write_lock_before_it_writes(other: sqlite3.Connection) -> None:
    with transaction():
        db.session.connection()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")


def test_a_read_keeps_nobody_from_writing_and_sees_one_moment(other: sqlite3.Connection) -> None:
    def count() -> int:
        return db.session.connection().exec_driver_sql("SELECT count(*) FROM setting").scalar_one()

    before = count()
    other.execute("INSERT INTO setting VALUES ('motto', '1', '2026-11-23 08:00:00')")
    assert count() == before
    db.session.rollback()
    assert count() == before + 1
