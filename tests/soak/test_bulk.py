"""Two thousand at once; and a worker that is killed in the middle: nothing lost, nothing twice, nothing half done."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.audit.verify import verify
from app.core import clock
from app.core.db import db, transaction
from app.demo import build, county, lives
from app.demo import bulk as demo
from app.demo.people import household
from app.demo.story import Story
from app.funds import service as funds
from app.funds.quota_models import PlaceTaken, QuotaPlaces
from app.jobs import items
from app.jobs.models import ItemState, Job, JobItem, JobState
from app.jobs.schedule import run_due
from app.jobs.service import run, run_waiting, waiting
from app.jobs.service import send as wake
from app.lifecycle import Action, Status
from app.permissions import SYSTEM
from app.places.queries import region_by_code
from app.renovation.models import Event, Renovation
from app.stages.application.notice_models import NoticeEntry
from app.workbench import bulk
from app.workbench.bulk_preview import CHECKED, preview
from tests.soak.mortal import killed_at

pytestmark = pytest.mark.soak

ROOT = Path(__file__).resolve().parents[2]
BEGIN, TODAY = date(2026, 3, 2), date(2026, 7, 31)
MANY, ENOUGH_FOR = 2_000, 1_200
BEFORE_A_KILL = 7
WORKER = """
import os, sys
from datetime import date
from sqlalchemy import event
from app import create_app
from app.core import clock
from app.core.db import db
from app.jobs import worker
app = create_app({"SQLALCHEMY_DATABASE_URI": sys.argv[1], "FIELD_KEY": b"field key of tests, 32 bytes ..."})
with clock.fixed(date.fromisoformat(sys.argv[2])):
    print("ready", flush=True)
    event.listen(db.session, "after_commit", lambda session: os.write(1, b"committed\\n"))
    worker.work(app)
"""


def to_confirm(story: Story) -> Iterator[int]:
    """Everything is there that a confirmation needs."""
    yield from story.life(Status.NOTICED)
    story.verify()
    yield 1


def confirmable(households: int, places: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The numbers of so many households that wait for their confirmation, and places for some of them."""
    one_kind = [lives.Kind(Status.NOTICED, 1, to_confirm)]
    monkeypatch.setattr(lives, "kinds", lambda _households: one_kind)
    assert demo.load(households, 3, lambda _line: None) == households
    region, year = region_by_code(county.COUNTY), clock.today().year
    with transaction():
        quota = db.session.scalars(select(QuotaPlaces).where(QuotaPlaces.year == year)).one()
        row = (quota.places - quota.taken, places)
        more = {"document": "示例", "is_example": True}
        if row[1] > row[0]:
            funds.allot_places(region, county.PROGRAMME, year, row[1] - row[0], SYSTEM, **more)  # type: ignore[arg-type]
        elif row[1] < row[0]:
            less = funds.Direction.REDUCE
            funds.allot_places(
                region, county.PROGRAMME, year, row[0] - row[1], SYSTEM, direction=less, reason="调减", **more
            )  # type: ignore[arg-type]
    return list(db.session.scalars(select(Renovation.number).order_by(Renovation.id)))


def ask(numbers: list[str]) -> int:
    actor = county.actor("county1")
    found = bulk.find("application.confirm", actor)
    command = found.operation.command.model_validate({"meeting": "2026 年第 3 次局长办公会"})
    return bulk.start(found, numbers, command, actor, "soak").id


def by_status() -> dict[Status, int]:
    db.session.rollback()
    return dict(db.session.execute(select(Renovation.status, func.count()).group_by(Renovation.status)).all())


def confirmed_once() -> int:
    """How many files were confirmed; each by one event, and each holds one place."""
    db.session.rollback()
    events = db.session.execute(
        select(Event.renovation_id, func.count()).where(Event.action == Action.CONFIRM).group_by(Event.renovation_id)
    ).all()
    assert {count for _, count in events} <= {1}
    held = set(db.session.scalars(select(PlaceTaken.renovation_id).where(PlaceTaken.released_at.is_(None))))
    assert held == {renovation_id for renovation_id, _ in events}
    assert db.session.scalar(select(func.sum(QuotaPlaces.taken))) == len(held)
    assert by_status().get(Status.CONFIRMED, 0) == len(held)
    return len(held)


@pytest.mark.sqlite_only
def test_two_thousand_at_once_and_the_quota_reaches_for_some(
    committed: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with clock.fixed(TODAY):
        numbers = confirmable(MANY, ENOUGH_FOR, monkeypatch)
        began = time.perf_counter()
        shown = preview(bulk.find("application.confirm", county.actor("county1")), numbers, county.actor("county1"))
        looked = time.perf_counter() - began
        assert (len(shown.going), len(shown.unchecked)) == (CHECKED, ENOUGH_FOR - CHECKED)
        assert len(shown.held) == MANY - ENOUGH_FOR
        began = time.perf_counter()
        job_id = ask(numbers)
        assert run_waiting() == 1
        took = time.perf_counter() - began
    with capsys.disabled():
        print(f"\n{MANY} households: preview {looked:.1f} s, job {took:.0f} s, {took / MANY * 1000:.0f} ms each")
    assert items.counts(job_id) == {
        ItemState.WAITING: 0, ItemState.DONE: ENOUGH_FOR, ItemState.FAILED: MANY - ENOUGH_FOR,
    }  # fmt: skip
    job = db.session.get_one(Job, job_id, populate_existing=True)
    assert (job.state, job.progress, job.total) == (JobState.DONE, MANY, MANY)
    assert job.result is not None
    assert job.result["summary"] == f"共 {MANY} 户，办成 {ENOUGH_FOR} 户，{MANY - ENOUGH_FOR} 户没有办成，原因见下表"
    refused = set(db.session.scalars(select(JobItem.message).where(JobItem.state == ItemState.FAILED)))
    assert len(refused) == 1
    assert refused.pop().startswith("任务数已用完")
    assert confirmed_once() == ENOUGH_FOR
    assert verify() == []


def test_a_worker_killed_again_and_again_does_every_household_once(
    committed: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = 60
    with clock.fixed(TODAY):
        numbers = confirmable(number, number, monkeypatch)
        committed.testing = False
        worker = start(committed)
        job_id = ask(numbers)
    for kill in range(1, 5):
        while done(job_id) < kill * BEFORE_A_KILL:
            wait(worker)
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
        # what was done is done wholly, and what is marked is what was done
        assert confirmed_once() == done(job_id) < number
        worker = start(committed)
        ten_minutes_pass(job_id)
    while state(job_id) not in {JobState.DONE, JobState.FAILED}:
        wait(worker)
    worker.send_signal(signal.SIGTERM)
    worker.communicate(timeout=20)
    assert state(job_id) is JobState.DONE
    assert done(job_id) == confirmed_once() == number
    assert verify() == []
    committed.extensions["anju_queue"][0].storage.close()


def start(app: Flask) -> "subprocess.Popen[str]":
    """A worker in a process of its own, ready."""
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, app.config["SQLALCHEMY_DATABASE_URI"], TODAY.isoformat()],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == "ready\n"
    return worker


def ten_minutes_pass(job_id: int) -> None:
    """The time after which a job that says nothing counts as its worker's last."""
    with transaction():
        past = clock.system() - timedelta(seconds=1)
        db.session.execute(update(Job).where(Job.id == job_id, Job.state == JobState.RUNNING).values(run_after=past))
    for waits in waiting():
        wake(waits, run)


def done(job_id: int) -> int:
    db.session.rollback()
    return items.counts(job_id)[ItemState.DONE]


def state(job_id: int) -> JobState:
    db.session.rollback()
    return db.session.get_one(Job, job_id, populate_existing=True).state


def wait(worker: "subprocess.Popen[str]") -> None:
    """Wait until the worker has ended another unit of work."""
    assert worker.stdout is not None
    assert worker.stdout.readline() == "committed\n"


# ---------------------------------------------------------------- killed at any write


def stories(number: int, until_: Status, end: date) -> list[Story]:
    with clock.fixed(BEGIN):
        county.build(BEGIN)
    found = [
        Story(household(one, 7, BEGIN, "500299101", [("500299101001", "青松村")], "eligible"))
        for one in range(1, number + 1)
    ]
    build.lead([(BEGIN, story, story.life(until_)) for story in found], end, lambda _line: None)
    return found


def test_a_bulk_action_killed_at_any_write_is_whole_for_each_household(committed: Flask) -> None:
    """Households that go on one notice together: each is on it with its event and its mark, or not at all."""
    end = BEGIN + timedelta(days=2)
    found = stories(6, Status.SUBMITTED, end)
    actor, write, kills = county.actor(found[0].clerk), 0, 0
    with clock.fixed(end):
        forward = bulk.find("application.forward", actor)
        typed = {"starts_on": end.isoformat(), "places": ["村（社区）公示栏"], "poster": "村干部"}
        command = forward.operation.command.model_validate(typed)
        job_id = bulk.start(forward, [story.number for story in found], command, actor, "soak").id
        while killed_at(write := write % 40 + 1, run_waiting):
            kills += 1
            marked = set(db.session.scalars(select(JobItem.subject).where(JobItem.state == ItemState.DONE)))
            on_notice = set(
                db.session.scalars(
                    select(Renovation.number).join(NoticeEntry, NoticeEntry.renovation_id == Renovation.id)
                )
            )
            reviewed = set(db.session.scalars(select(Renovation.number).where(Renovation.status == Status.REVIEWED)))
            assert marked == on_notice == reviewed, f"killed at write {write}"
            with transaction():
                past = clock.system() - timedelta(seconds=1)
                db.session.execute(update(Job).values(run_after=past))
    assert kills > 15
    assert items.counts(job_id)[ItemState.DONE] == 6
    assert sorted(db.session.scalars(select(NoticeEntry.seq))) == [1, 2, 3, 4, 5, 6]
    assert set(db.session.scalars(select(func.count()).where(Event.action == Action.FORWARD).group_by(Event.renovation_id))) == {1}  # fmt: skip
    assert verify() == []


def test_due_work_killed_at_any_write_leaves_nothing_half_done(committed: Flask) -> None:
    """Notices that end by themselves: a file is still on its notice, or off it and waits for the county."""
    found = stories(5, Status.REVIEWED, BEGIN + timedelta(days=3))
    with clock.fixed(BEGIN + timedelta(days=3)):
        over = found[0].notice_ends_on() + timedelta(days=1)
    write = kills = 0
    with clock.fixed(over):
        while killed_at(write := write + 1, lambda: run_due(over)):
            kills += 1
            left = set(db.session.scalars(select(NoticeEntry.renovation_id).where(NoticeEntry.ended_at.is_not(None))))
            noticed = set(db.session.scalars(select(Renovation.id).where(Renovation.status == Status.NOTICED)))
            ended = list(db.session.scalars(select(Event.renovation_id).where(Event.action == Action.END_NOTICE)))
            assert left == noticed == set(ended), f"killed at write {write}"
            assert len(ended) == len(noticed)
        assert run_due(over) == []
    assert kills > 10
    assert by_status() == {Status.NOTICED: 5}
    assert verify() == []
