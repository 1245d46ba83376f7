"""The process killed at any write of a dispatch by turn: a home has its firm, its event and its letters, or none of it."""

from collections import Counter
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.audit.verify import verify
from app.core import clock
from app.core.db import db, transaction
from app.jobs import items
from app.jobs.models import ItemState, Job, JobItem, JobState
from app.jobs.service import run_waiting
from app.permissions import Role
from app.renovation.models import Assignment, Event, Renovation
from app.workbench import bulk
from tests.construction.test_shares import firms, home, share
from tests.factories import people

from .mortal import NOT_NOW, Sender, killed_until_done

pytestmark = pytest.mark.soak

HOMES = 7


def dispatched() -> list[str]:
    """The numbers of the homes that have a firm, each by one event."""
    given = select(Renovation.number).join(Assignment, Assignment.renovation_id == Renovation.id)
    noted = select(Renovation.number).join(Event, Event.renovation_id == Renovation.id)
    found = sorted(db.session.scalars(given.where(Assignment.role == Role.CONTRACTOR)))
    assert sorted(db.session.scalars(noted.where(Event.title.startswith("派工给")))) == found
    return found


def shares() -> list[int]:
    """How many homes each firm has that has any, fewest first."""
    given = select(Assignment.organisation_id).where(Assignment.ended_at.is_(None))
    return sorted(Counter(db.session.scalars(given)).values())


def test_a_home_is_dispatched_once(committed: Flask) -> None:
    share()
    clerk, county, lot = Sender(), people.actor(Role.COUNTY), firms("A甲", "B乙")
    first, second = home(), home()
    clerk.send("construction.dispatch", first, county, NOT_NOW, procurement_record_id=lot["A甲"])
    clerk.send("construction.dispatch_next", second, county, NOT_NOW)
    assert (dispatched(), shares()) == ([first, second], [1, 1])
    assert clerk.kills > 8
    assert verify() == []


def test_many_homes_by_turn_come_out_even_however_often_the_worker_dies(committed: Flask) -> None:
    share()
    firms("A甲", "B乙", "C丙")
    county, numbers = people.actor(Role.COUNTY), [home() for _ in range(HOMES)]
    by_turn = bulk.find("construction.dispatch_next", county)
    job_id = bulk.start(by_turn, numbers, by_turn.operation.command(), county, "soak").id

    def look() -> int:
        done = db.session.scalars(select(JobItem.subject).where(JobItem.state == ItemState.DONE))
        assert sorted(done) == dispatched() == numbers[: len(dispatched())]
        counted = shares()
        assert not counted or counted[-1] - (counted[0] if len(counted) == 3 else 0) <= 1
        with transaction():  # the time after which a job that says nothing counts as its worker's last
            past = clock.system() - timedelta(seconds=1)
            db.session.execute(update(Job).where(Job.state == JobState.RUNNING).values(run_after=past))
        return sum(counted)

    assert killed_until_done(run_waiting, look) > 3 * HOMES
    assert items.counts(job_id) == {ItemState.WAITING: 0, ItemState.DONE: HOMES, ItemState.FAILED: 0}
    assert (dispatched(), shares()) == (numbers, [2, 2, 3])
    assert db.session.scalar(select(func.count()).select_from(Assignment)) == HOMES
    assert verify() == []
