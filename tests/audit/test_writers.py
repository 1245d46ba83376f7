"""Many writers at once, on both databases: nothing is lost, nothing is doubled, files do not wait for each other."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

from flask import Flask
from sqlalchemy import func, select

from app.audit import queries
from app.audit.models import AuditEntry
from app.audit.service import record, seal_day
from app.audit.verify import verify
from app.core import clock
from app.core.db import db, transaction
from app.permissions import SYSTEM

DAY = date(2020, 9, 15)


def test_writers_of_one_chain_queue(committed: Flask) -> None:
    def write(writer: int) -> None:
        with committed.app_context():
            for number in range(10):
                with transaction():
                    record("settings", f"{writer}-{number}", SYSTEM)

    with clock.fixed(DAY), ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    assert [entry.seq for entry in queries.of_chain("settings")] == list(range(1, 81))
    assert verify() == []


def test_sealing_while_others_write_leaves_no_hole(committed: Flask) -> None:
    with clock.fixed(DAY), transaction():
        record("settings", "first", SYSTEM)

    def write(writer: int) -> None:
        with committed.app_context():
            for number in range(10):
                with transaction():
                    record(f"user:{writer}", f"{number}", SYSTEM)

    def seal(days: int) -> None:
        with committed.app_context(), transaction():
            seal_day(DAY + timedelta(days=days))

    with clock.fixed(DAY + timedelta(days=9)), ThreadPoolExecutor(8) as pool:
        done = [pool.submit(write, writer) for writer in range(6)] + [pool.submit(seal, 0), pool.submit(seal, 0)]
        for one in done:
            one.result()
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == 1 + 60 + 1
    assert [(seal.day, seal.entries) for seal in queries.seals()] == [(DAY, 1)]
    assert verify() == []
