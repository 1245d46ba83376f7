"""The clock: civil days in Asia/Shanghai, instants in UTC, and a source that can be replaced."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.core import clock


def test_the_civil_day_changes_at_midnight_in_china() -> None:
    last = datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC)
    assert [clock.civil(last), clock.civil(last + timedelta(seconds=1))] == [date(2026, 11, 22), date(2026, 11, 23)]
    assert clock.start_of(date(2026, 11, 23)) == last + timedelta(seconds=1)


def test_naive_instants_are_refused() -> None:
    with pytest.raises(ValueError):
        clock.civil(datetime(2026, 1, 1))


def test_a_fixed_clock_is_put_back() -> None:
    before = clock.use(clock.system)
    clock.use(before)
    with clock.fixed(date(2020, 9, 15)):
        assert (clock.today(), clock.now()) == (date(2020, 9, 15), datetime(2020, 9, 15, 1, tzinfo=UTC))
    assert clock.use(before) is before


def test_the_demo_clock_runs_ahead() -> None:
    ahead = clock.demo_source(lambda: timedelta(days=3))
    assert timedelta(days=2, hours=23) < ahead() - clock.system() < timedelta(days=3, hours=1)
