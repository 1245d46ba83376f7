"""The table of days off and make-up days, seeded from the official calendar and editable."""

from collections.abc import Iterable
from datetime import date
from secrets import token_hex

import chinese_calendar
from flask import current_app, has_app_context
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from . import settings_store, workdays
from .db import Base, db, enum_column
from .workdays import Calendar, DayKind

OFFICIAL = "国务院办公厅放假安排"
STAMP = "holidays_stamp"

_NAMES = {holiday.value: holiday.chinese for holiday in chinese_calendar.Holiday}


class Holiday(Base):
    """One listed day. `provisional`: entered before the year's official arrangement came out."""

    __tablename__ = "holiday"

    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[DayKind] = enum_column(DayKind)
    name: Mapped[str] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(100))
    provisional: Mapped[bool] = mapped_column(default=False)


def load() -> Calendar:
    """The calendar of the table, kept in the process until the table changes; the official one while it is empty."""
    if not has_app_context():
        return workdays.official()
    stamp = settings_store.read(STAMP)
    kept = current_app.extensions.get("anju_calendar")
    if kept is None or kept[0] != stamp:
        kept = (stamp, _read())
        current_app.extensions["anju_calendar"] = kept
    calendar: Calendar = kept[1]
    return calendar


def seed() -> int:
    """Add the official days that the table lacks, inside the caller's transaction; answers how many.

    Days that people entered for such a year as a guess (`provisional`) give way; other entries stay as they are.
    """
    known = db.session.execute(select(Holiday.day, Holiday.provisional)).all()
    added = 0
    for row in official_days(frozenset(day for day, provisional in known if not provisional)):
        db.session.merge(row)
        added += 1
    if added:
        _changed()
    return added


def set_day(day: date, kind: DayKind, name: str, source: str, provisional: bool = False) -> None:
    """Enter or correct one day, inside the caller's transaction; an ordinary weekday is entered as a workday."""
    seed()  # the first own entry must not make the table look as if nothing else were known
    db.session.merge(Holiday(day=day, kind=kind, name=name, source=source, provisional=provisional))
    _changed()


def official_days(settled: frozenset[date] = frozenset()) -> Iterable[Holiday]:
    """The listed days of every year that the installed package knows, as new rows, but for those settled already."""
    for kind, days in ((DayKind.HOLIDAY, chinese_calendar.holidays), (DayKind.WORKDAY, chinese_calendar.workdays)):
        for day in days.keys() - settled:
            english = days[day]
            yield Holiday(day=day, kind=kind, name=_NAMES[english], source=OFFICIAL, provisional=False)


def _read() -> Calendar:
    rows = db.session.connection().execute(select(Holiday.day, Holiday.kind, Holiday.provisional)).all()
    if not rows:
        return workdays.official()
    return Calendar(
        frozenset(row.day for row in rows if row.kind is DayKind.HOLIDAY),
        frozenset(row.day for row in rows if row.kind is DayKind.WORKDAY),
        frozenset(row.day.year for row in rows if not row.provisional),
    )


def _changed() -> None:
    """Tell every process to read the table again."""
    settings_store.write(STAMP, token_hex(8))  # a counter would repeat itself after a rollback


workdays.use(load)  # wherever this table is known, it decides what a working day is
