"""A few actions killed at their first, middle and last write: all or nothing, and done again they succeed once.

The long run over every action and every write is tests/soak/test_kill.py.
"""

from datetime import date, timedelta

from flask import Flask
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.audit.verify import verify
from app.core import clock
from app.core.db import db
from app.demo import county
from app.demo.people import household
from app.demo.story import Story
from app.lifecycle import Status
from app.renovation.models import Event, Renovation
from tests.soak.mortal import die_at

BEGIN = date(2026, 3, 2)


def state() -> tuple[Status | None, int, int, int]:
    """The file's status and version, and how many events and audit entries there are."""
    db.session.remove()
    file = db.session.execute(select(Renovation.status, Renovation.version)).first()
    events = db.session.scalar(select(func.count()).select_from(Event)) or 0
    entries = db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0
    return (file[0] if file else None, file[1] if file else 0, events, entries)


def test_an_action_is_whole_or_not_there(committed: Flask) -> None:
    with clock.fixed(BEGIN):
        county.build(BEGIN)
        story = Story(household(1, 7, BEGIN, "500299101", [("500299101001", "青松村")]))
        story.apply()
    for step, act in enumerate((story.submit, story.forward)):
        with clock.fixed(BEGIN + timedelta(days=step + 1)):
            before = state()
            last = next(write for write in range(1, 200) if not die_at(write, act)) - 1
            assert last > 5
            for write in {1, last // 2, last, last + 1}:
                die_at(write, act)
                assert state() == before
            act()
            assert state()[0] is not before[0]
    assert verify() == []
