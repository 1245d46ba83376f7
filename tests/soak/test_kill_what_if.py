"""The worker killed at every write of a what-if: the job is taken again, and its answer is whole, once."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select, true

from app.core import clock
from app.core.db import db, transaction
from app.demo import bulk
from app.funds.rules import Direction
from app.funds.service import allot_yuan
from app.identity.queries import actor_of, user_by_staff_no
from app.jobs.models import Job, JobState
from app.jobs.service import run_waiting
from app.oversight import register, what_if
from app.oversight.effects import Touched
from app.oversight.models import SimulatedChange
from app.oversight.simulation import WhatIf
from app.oversight.trial import Trial
from app.permissions import SYSTEM
from app.places.queries import region_by_code
from app.programme.changing import changed
from app.programme.queries import programme_of, published_as

from .mortal import killed_at
from .test_kill_import import apart, hang

pytestmark = pytest.mark.soak

TODAY = date(2026, 7, 31)
KEY = "chongqing-2020"
EDITS = {"clause.2.when.any.0.age_at_least": "60", "cap.amount": "3000.00", "fund.0.limit": "3000.00"}
COUNTY = "500299"


def _tried() -> tuple[WhatIf, list[Touched]]:
    version = published_as(KEY)
    assert version is not None
    base = programme_of(version.id)
    tried = WhatIf(base, changed(base, EDITS))
    return tried, [one for some in tried.run(true()) for one in some]


def _give_exactly_what_is_asked_for() -> None:
    """Yuan for the county as before the change: whoever gets more is told twice, for the sum and for what is too little."""
    county = region_by_code(COUNTY)
    with transaction():
        allot_yuan(county, KEY, TODAY.year, 100_000_000, SYSTEM, document="示例")
    tried, _ = _tried()
    (quota,) = [row.quotas[0] for row in tried.counties.values() if row.households]
    assert quota.fen is not None
    spare = 100_000_000 - quota.fen.before.need
    with transaction():
        allot_yuan(county, KEY, TODAY.year, spare, SYSTEM, reason="示例", direction=Direction.REDUCE)


def _list(job_id: int) -> list[tuple[int, str, bool, str]]:
    db.session.remove()
    rows = db.session.scalars(select(SimulatedChange).where(SimulatedChange.job_id == job_id))
    return sorted((row.renovation_id, row.effect.value, row.is_short, row.reason) for row in rows)


def test_a_what_if_killed_anywhere_is_whole_in_the_end(committed: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with clock.fixed(TODAY):
        assert bulk.load(100, 7, lambda _line: None) == 100
        _give_exactly_what_is_asked_for()
        monkeypatch.setattr(register, "CHUNK", 20)
        monkeypatch.setattr(what_if, "_AT_ONCE", 3)
        version = published_as(KEY)
        user = user_by_staff_no("city1")
        assert version is not None
        assert user is not None
        tried, touched = _tried()
        assert any(one.is_short for one in touched)
        with transaction():
            job_id = what_if.ask(Trial(version.id, None, tuple(EDITS.items())), actor_of(user)).id
        kills = write = 1
        while killed_at(write, run_waiting):
            db.session.remove()
            if db.session.get_one(Job, job_id).state is JobState.DONE:
                break  # killed after the answer was given
            assert db.session.get_one(Job, job_id).result is None, f"killed at write {write}, half an answer"
            hang(job_id)
            kills, write = kills + 1, write + 3
        assert kills > 5
        hang(job_id)
        apart(run_waiting)
        found = _list(job_id)
        ids = [one[0] for one in found]
        assert len(ids) == len(set(ids))
        assert set(ids) == {one.renovation_id for one in touched}
        assert {id_ for id_, _, is_short, _ in found if is_short} == {o.renovation_id for o in touched if o.is_short}
        job = db.session.get_one(Job, job_id)
        assert (job.state, job.progress) == (JobState.DONE, tried.done)
        assert job.result is not None
        apart(run_waiting)
        assert _list(job_id) == found
