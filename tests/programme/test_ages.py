"""Ages by the anniversary of the birth date."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.programme.ages import age_on, anniversary


def test_the_anniversary_itself_counts() -> None:
    assert age_on(date(1940, 9, 15), date(2020, 9, 14)) == 79
    assert age_on(date(1940, 9, 15), date(2020, 9, 15)) == 80


def test_29_february_falls_on_the_28th_in_common_years() -> None:
    assert age_on(date(1940, 2, 29), date(2019, 2, 27)) == 78
    assert age_on(date(1940, 2, 29), date(2019, 2, 28)) == 79
    assert age_on(date(1940, 2, 29), date(2020, 2, 28)) == 79
    assert age_on(date(1940, 2, 29), date(2020, 2, 29)) == 80


@given(st.dates(date(1900, 1, 1), date(2020, 12, 31)), st.integers(0, 79))
def test_a_year_is_completed_on_the_anniversary_and_not_a_day_before(born: date, years: int) -> None:
    day = anniversary(born, born.year + years)
    assert age_on(born, day) == years
    assert age_on(born, day - timedelta(days=1)) == years - 1
