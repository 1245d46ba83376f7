"""Working days by China's official calendar, make-up days included. Plain Python; the table stands in `holidays`."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property

import chinese_calendar

from .enums import Labelled

_DAY = timedelta(days=1)


class DayKind(Labelled):
    """What a listed day is; days not listed work from Monday to Friday."""

    HOLIDAY = "holiday", "放假"
    WORKDAY = "workday", "调休上班"


@dataclass(frozen=True)
class Calendar:
    """Days off and make-up days; every other day works from Monday to Friday.

    `published_years` are those whose official arrangement is known. Any other year counts Monday to Friday and is
    provisional: its deadlines may move when the arrangement comes out, and nothing fails until then.
    """

    days_off: frozenset[date]
    make_up_days: frozenset[date]
    published_years: frozenset[int]

    def is_working(self, day: date) -> bool:
        """True on a day on which offices work."""
        if day in self.make_up_days:
            return True
        return day.weekday() < 5 and day not in self.days_off

    def add(self, start: date, days: int) -> date:
        """The last day of a limit of so many working days; the day on which it starts is not counted.

        No days end on the start itself. Raises ValueError for negative days.
        """
        if days < 0:
            raise ValueError("working days cannot be negative")
        day = start
        while days:
            day += _DAY
            days -= self.is_working(day)
        return day

    def between(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`; negative when `end` lies before `start`."""
        if end < start:
            return -self.between(end, start)
        first, last = start + _DAY, end
        return (
            _weekdays_until(end)
            - _weekdays_until(start)
            + _count(self._working_weekends, first, last)
            - _count(self._weekdays_off, first, last)
        )

    @cached_property
    def _working_weekends(self) -> list[date]:
        return sorted(day for day in self.make_up_days if day.weekday() >= 5)

    @cached_property
    def _weekdays_off(self) -> list[date]:
        return sorted(day for day in self.days_off - self.make_up_days if day.weekday() < 5)

    def provisional(self, day: date) -> bool:
        """True when the official arrangement of the day's year is not known yet."""
        return day.year not in self.published_years


def _weekdays_until(day: date) -> int:
    """Mondays to Fridays from the beginning of the calendar, whose first day is a Monday, up to and including `day`."""
    weeks, rest = divmod(day.toordinal(), 7)
    return weeks * 5 + min(rest, 5)


def _count(days: list[date], first: date, last: date) -> int:
    """How many of the days, in order, lie between two days, both included."""
    return bisect_right(days, last) - bisect_left(days, first)


@cache
def official() -> Calendar:
    """The calendar as published, for every year that the installed package knows."""
    days_off, make_up_days = chinese_calendar.holidays, chinese_calendar.workdays
    return Calendar(frozenset(days_off), frozenset(make_up_days), frozenset(day.year for day in days_off))


_source: Callable[[], Calendar] = official


def use(source: Callable[[], Calendar]) -> Callable[[], Calendar]:
    """Replace where the calendar comes from; answers the source before."""
    global _source
    before, _source = _source, source
    return before


def calendar() -> Calendar:
    """The calendar in force: the table `holiday` inside the application, else the official one."""
    return _source()


def due(start: date, working_days: int) -> date:
    """The last day of a limit that starts on `start`, by the calendar in force."""
    return calendar().add(start, working_days)
