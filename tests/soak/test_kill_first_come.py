"""The process killed at any write of the day's work that ends files: each is ended, freed and told once, or waits still."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.audit.verify import verify
from app.core import clock
from app.core.db import db
from app.funds.quota_models import PlaceTaken
from app.jobs.schedule import run_due
from app.letters.models import Message
from app.letters.rules import Audience, Occasion
from app.lifecycle import Action, Status
from app.permissions import Role
from app.renovation.models import Ending, Event, Renovation
from tests.application.notice_support import START, allot, do, noticed, publish_tables
from tests.application.test_first_come import CLOSES, LAST
from tests.construction import support as construction
from tests.factories import people

from .mortal import killed_until_done

pytestmark = pytest.mark.soak


def ended(ending: Ending, occasion: Occasion) -> int:
    """How many files ended like this; each by one event, and its household told by each way once."""
    found = set(db.session.scalars(select(Renovation.id).where(Renovation.ending == ending)))
    events = select(Event.renovation_id).where(Event.action == Action.TERMINATE).order_by(Event.renovation_id)
    assert db.session.scalars(events).all() == sorted(found)
    told = select(Message.renovation_id, Message.way, func.count()).where(
        Message.occasion == occasion, Message.audience == Audience.HOUSEHOLD
    )
    rows = db.session.execute(told.group_by(Message.renovation_id, Message.way)).all()
    assert {(number, count) for number, _, count in rows} == {(number, 1) for number in found}
    return len(found)


def due(day: date, ending: Ending, occasion: Occasion, number: int) -> int:
    """The day's work, killed at every write of it, ends so many files; answers how many processes were killed."""
    with clock.fixed(day - timedelta(days=1)):
        assert run_due(clock.today()) == []  # what else falls due
    assert ended(ending, occasion) == 0
    with clock.fixed(day):
        kills = killed_until_done(lambda: run_due(day), lambda: ended(ending, occasion))
        assert ended(ending, occasion) == number
        assert run_due(day) == []
    assert ended(ending, occasion) == number
    return kills


def test_who_waits_too_long_is_ended_once(committed: Flask, set_today: Callable[[date], None]) -> None:
    set_today(START)
    clerk, county = people.actor(Role.TOWNSHIP), people.actor(Role.COUNTY)
    publish_tables(first_come=CLOSES)
    first, *others = [noticed(clerk) for _ in range(3)]
    allot(1)
    do("application.confirm", first, county)
    assert due(LAST + timedelta(days=1), Ending.NOTHING_LEFT, Occasion.NOTHING_LEFT, len(others)) > 30
    assert verify() == []


def test_who_does_not_build_is_ended_once_and_frees_its_place(committed: Flask) -> None:
    publish_tables(quota=[], first_come={"start_days": 20})
    on = construction.site()
    numbers = {construction.contracted(on).number, construction.dispatched(on).number}
    day = clock.today() + timedelta(days=21)
    assert due(day, Ending.LAPSED, Occasion.LAPSED, 2) > 30
    freed = select(PlaceTaken.renovation_id).where(PlaceTaken.released_at.is_not(None)).order_by(PlaceTaken.id)
    assert len(db.session.scalars(freed).all()) == 2
    gone = select(Renovation.number).where(Renovation.status == Status.TERMINATED)
    assert set(db.session.scalars(gone)) == numbers
    assert verify() == []
