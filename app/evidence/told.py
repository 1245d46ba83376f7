"""What a sender says about a photo that it made smaller: shrinking loses what the camera wrote into the file."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ..core import clock

EARLIEST = 2000
"""No telephone took a photo before this year; a camera that has lost its clock says 1970 or 1980."""


@dataclass(frozen=True, slots=True)
class Told:
    """When and where, as read from the original before it was made smaller; None for what was not said sensibly."""

    taken_at: datetime | None = None
    position: str | None = None


def told(taken_at: str = "", position: str = "") -> Told:
    """Read what a sender says: an ISO time (China's without a zone) and "latitude,longitude" in degrees.

    What makes no sense is left out and never refuses the photo: it is worth more than its time.
    """
    return Told(_time(taken_at), _place(position))


def _time(text: str) -> datetime | None:
    try:
        said = datetime.fromisoformat(text[:40])
    except ValueError:
        return None
    said = said if said.tzinfo else said.replace(tzinfo=clock.SHANGHAI)
    if said.year < EARLIEST or said > clock.system() + timedelta(days=1):
        return None
    return said.astimezone(UTC)


def _place(text: str) -> str | None:
    try:
        latitude, longitude = (float(part) for part in text[:60].split(","))
    except ValueError:
        return None
    is_place = abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude, longitude) != (0, 0)
    return f"{latitude:.6f},{longitude:.6f}" if is_place else None
