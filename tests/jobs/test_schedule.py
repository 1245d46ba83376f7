"""Due work: in order, each in its own unit of work, failures kept and tried again; the demo clock drives it."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.audit import queries as audit
from app.audit.service import record
from app.core import clock, demo_clock, settings_store
from app.core.db import transaction
from app.core.errors import Conflict
from app.jobs import schedule
from app.permissions import SYSTEM

DAY = date(2020, 9, 15)


@pytest.fixture(name="registry", autouse=True)
def _registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "_registry", dict(schedule._registry))


@pytest.fixture(name="demo")
def _demo(app: Flask, session: Session) -> Iterator[date]:
    before = clock.use(clock.system)
    app.config["DEMO"] = True
    demo_clock.init_app(app)
    yield clock.today()
    app.config["DEMO"] = False
    clock.use(before)


def test_everything_due_runs_in_the_order_of_registration(session: Session) -> None:
    ran: list[str] = []
    schedule.register("b", lambda day: ran.append(f"b {day}"))
    schedule.register("a", lambda day: ran.append(f"a {day}"))
    assert schedule.run_due(DAY) == []
    assert ran == ["b 2020-09-15", "a 2020-09-15"]


def test_what_fails_is_undone_kept_and_tried_again(session: Session) -> None:
    broken = True

    def end_notices(day: date) -> None:
        settings_store.write("half", "done")
        if broken:
            raise Conflict("公示还有异议")

    schedule.register("notice.end", end_notices)
    after: list[date] = []
    schedule.register("after", after.append)
    assert schedule.run_due(DAY) == ["notice.end：公示还有异议"]
    assert settings_store.read("half") is None
    assert after == [DAY]
    assert [(row.name, row.day, row.failed, row.error) for row in schedule.failures()] == [
        ("notice.end", DAY, 1, "公示还有异议")
    ]
    broken = False
    assert schedule.run_due(DAY) == []
    assert (settings_store.read("half"), schedule.failures()) == ("done", [])


def test_one_item_that_fails_does_not_hold_up_the_others(session: Session) -> None:
    def end(number: int, day: date) -> None:
        settings_store.write(f"notice-{number}", day.isoformat())
        if number == 2:
            raise Conflict("公示还有异议")

    schedule.register_each("notice.end", lambda _day: [1, 2, 3], end)
    assert schedule.run_due(DAY) == ["notice.end：2：公示还有异议"]
    assert [settings_store.read(f"notice-{number}") for number in (1, 2, 3)] == ["2020-09-15", None, "2020-09-15"]


def test_days_are_sealed_as_they_pass(session: Session) -> None:
    with clock.fixed(DAY), transaction():
        record("settings", "a", SYSTEM)
    with clock.fixed(DAY + timedelta(days=1)):
        assert schedule.run_due(clock.today()) == []
        assert schedule.run_due(clock.today()) == []
    assert [(seal.day, seal.entries) for seal in audit.seals()] == [(DAY, 1)]


def test_the_demo_clock_passes_through_every_day(demo: date) -> None:
    days: list[date] = []
    schedule.register("days", lambda day: days.append(day) or days.append(clock.today()))  # type: ignore[func-returns-value]
    assert schedule.move_clock(demo + timedelta(days=3)) == []
    assert days == [demo + timedelta(days=i) for i in (1, 1, 2, 2, 3, 3)]
    with pytest.raises(Conflict):
        schedule.move_clock(demo)
    schedule.move_clock(demo + timedelta(days=3))
    assert len(days) == 8
