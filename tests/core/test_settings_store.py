"""Settings, the holiday table and the demo clock, which all live in the database."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock, demo_clock, holidays, settings_store, workdays
from app.core.db import transaction
from app.core.errors import Conflict, NotAllowed
from app.core.holidays import DayKind


@pytest.fixture(name="demo")
def _demo(app: Flask, session: Session) -> Iterator[Flask]:
    before = clock.use(clock.system)
    app.config["DEMO"] = True
    demo_clock.init_app(app)
    yield app
    app.config["DEMO"] = False
    clock.use(before)


def test_settings_are_written_and_read(session: Session) -> None:
    assert settings_store.read("motto", "—") == "—"
    with transaction():
        settings_store.write("motto", {"text": "安居"})
        settings_store.write("motto", {"text": "安居二"})
    settings_store.forget()
    assert settings_store.read("motto") == {"text": "安居二"}


def test_what_is_undone_is_not_remembered(session: Session) -> None:
    def fail() -> None:
        with transaction():
            settings_store.write("motto", "never")
            assert settings_store.read("motto") == "never"
            raise Conflict("不行")

    with pytest.raises(Conflict):
        fail()
    assert settings_store.read("motto") is None


def test_the_demo_clock_moves_forward_by_whole_days(demo: Flask) -> None:
    start = clock.today()
    with transaction():
        demo_clock.move_to(start + timedelta(days=40))
    assert clock.today() == start + timedelta(days=40)
    with transaction(), pytest.raises(Conflict):
        demo_clock.move_to(start + timedelta(days=39))
    assert clock.today() == start + timedelta(days=40)


def test_the_demo_clock_is_refused_in_production(demo: Flask) -> None:
    demo.config["ENVIRONMENT"] = "production"
    try:
        with transaction(), pytest.raises(NotAllowed):
            demo_clock.move_to(clock.today())
        demo_clock.init_app(demo)
        assert clock.use(clock.system) is clock.system
    finally:
        demo.config["ENVIRONMENT"] = "development"


def test_an_empty_table_means_the_official_calendar(session: Session) -> None:
    assert workdays.calendar() == workdays.official()


def test_a_day_entered_by_hand_counts_beside_the_official_ones(session: Session) -> None:
    official = workdays.official()
    unpublished = max(official.published_years) + 1
    new_year = date(unpublished, 1, 1)
    while new_year.weekday() > 4:
        new_year += timedelta(days=1)
    with transaction():
        holidays.set_day(new_year, DayKind.HOLIDAY, "元旦", "预计", provisional=True)
    calendar = workdays.calendar()
    assert not calendar.is_working(new_year)
    assert calendar.provisional(new_year)
    assert calendar.days_off == official.days_off | {new_year}
    with transaction():
        holidays.set_day(new_year, DayKind.WORKDAY, "更正", "通知")
    assert workdays.calendar().is_working(new_year)


def test_seeding_again_adds_nothing_and_keeps_corrections(session: Session) -> None:
    with transaction():
        first = holidays.seed()
    with transaction():
        holidays.set_day(date(2026, 2, 14), DayKind.HOLIDAY, "本地安排", "县政府通知")
        assert holidays.seed() == 0
    assert first == len(list(holidays.official_days()))
    assert not workdays.calendar().is_working(date(2026, 2, 14))
