"""The only clock: instants are aware UTC, days are civil days in Asia/Shanghai. Plain Python."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

Source = Callable[[], datetime]


def system() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


_source: Source = system


def use(source: Source) -> Source:
    """Replace the clock of this process; answers the one before, so that it can be put back."""
    global _source
    before, _source = _source, source
    return before


def demo_source(offset: Callable[[], timedelta]) -> Source:
    """A clock that runs like the machine's, ahead or behind by what `offset` says at each reading."""
    return lambda: system() + offset()


@contextmanager
def fixed(instant: datetime | date) -> Iterator[None]:
    """Stop the clock at an instant, or at nine in the morning of a civil day, for tests and for building demo data."""
    at = instant if isinstance(instant, datetime) else datetime.combine(instant, time(9), SHANGHAI)
    before = use(lambda: at)
    try:
        yield
    finally:
        use(before)


def now() -> datetime:
    """This instant, aware, in UTC."""
    return _source().astimezone(UTC)


def today() -> date:
    """The civil day in Asia/Shanghai."""
    return civil(now())


def civil(instant: datetime) -> date:
    """The civil day in Asia/Shanghai of an aware instant; raises ValueError for a naive one."""
    return local(instant).date()


def local(instant: datetime) -> datetime:
    """An aware instant as the wall clock in Asia/Shanghai shows it; raises ValueError for a naive one."""
    if instant.tzinfo is None:
        raise ValueError("an instant without a time zone")
    return instant.astimezone(SHANGHAI)


def start_of(day: date) -> datetime:
    """The instant, in UTC, at which a civil day begins in Asia/Shanghai."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)
