"""Working days: the official calendar, make-up days, years that are not published yet."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.core import workdays

CALENDAR = workdays.official()
DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31))


def test_spring_festival_and_its_make_up_days() -> None:
    # 2026: off from 15 to 23 February, made up on Saturdays 14 and 28 February
    assert CALENDAR.is_working(date(2026, 2, 14))
    assert not CALENDAR.is_working(date(2026, 2, 16))
    assert CALENDAR.add(date(2026, 2, 13), 2) == date(2026, 2, 24)
    assert CALENDAR.add(date(2026, 2, 26), 3) == date(2026, 3, 2)


def test_seven_working_days_over_the_national_holiday() -> None:
    # the Saturday before the holiday of 2020 (27 September) is made up on the Sunday; off from 1 to 8 October
    assert CALENDAR.add(date(2020, 9, 25), 7) == date(2020, 10, 12)


def test_no_days_end_on_the_start() -> None:
    assert CALENDAR.add(date(2026, 2, 16), 0) == date(2026, 2, 16)


def test_a_year_without_an_arrangement_counts_weekdays_and_says_so() -> None:
    unpublished = max(CALENDAR.published_years) + 1
    start = date(unpublished, 1, 1)
    first_monday = start + timedelta(days=(7 - start.weekday()) % 7)
    assert [CALENDAR.is_working(first_monday + timedelta(days=i)) for i in range(7)] == [True] * 5 + [False] * 2
    assert CALENDAR.provisional(start)
    assert not CALENDAR.provisional(date(unpublished - 1, 12, 31))


@given(DAYS, st.integers(1, 60))
def test_a_limit_ends_on_a_working_day_and_measures_its_own_length(start: date, days: int) -> None:
    end = CALENDAR.add(start, days)
    assert CALENDAR.is_working(end)
    assert (CALENDAR.between(start, end), CALENDAR.between(end, start)) == (days, -days)


@given(DAYS, st.integers(0, 30), st.integers(0, 30))
def test_limits_add_up(start: date, first: int, second: int) -> None:
    assert CALENDAR.add(CALENDAR.add(start, first), second) == CALENDAR.add(start, first + second)


@given(DAYS, st.integers(-800, 800))
def test_days_between_are_the_working_days_counted_one_by_one(start: date, days: int) -> None:
    end = start + timedelta(days=days)
    first, last = min(start, end), max(start, end)
    counted = sum(
        workdays.official().is_working(first + timedelta(days=one)) for one in range(1, (last - first).days + 1)
    )
    assert workdays.official().between(start, end) == (counted if end >= start else -counted)
