"""Ages in completed years by the anniversary of the birth date (domain E1, E3), and months back from a day."""

from calendar import monthrange
from datetime import date


def anniversary(born: date, year: int) -> date:
    """The day in `year` on which somebody born on `born` completes a year; 29 February falls on the 28th in common years."""
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def age_on(born: date, on: date) -> int:
    """Completed years on the civil day `on`, the anniversary itself counted. Negative before the birth."""
    years = on.year - born.year
    return years if on >= anniversary(born, on.year) else years - 1


def months_before(on: date, months: int) -> date:
    """The civil day so many months earlier; the month's last day where it is shorter."""
    year, month = divmod(on.year * 12 + on.month - 1 - months, 12)
    if year < 1:
        return date.min
    return date(year, month + 1, min(on.day, monthrange(year, month + 1)[1]))


def months_after(on: date, months: int) -> date:
    """The civil day so many months later; the month's last day where it is shorter."""
    return months_before(on, -months)
