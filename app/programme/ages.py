"""Ages in completed years, by the anniversary of the birth date (domain E1, E3)."""

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
