"""How a due day stands, in words and tone: what is left, due soon, due today, overdue."""

from dataclasses import dataclass
from datetime import date

from ..core import clock, workdays
from ..lifecycle import ENDINGS
from ..renovation.models import Renovation

SOON = 2
"""Working days from which a limit counts as near."""

FAR = 60
"""Working days beyond which people think in dates: the end of a warranty."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A due day as people read it; `left` are working days, negative when it has passed."""

    day: date
    left: int
    tone: str
    icon: str
    words: str


def deadline(day: date, today: date) -> Deadline:
    """How a due day stands today; a day that has passed is overdue, even when no working day has gone by since."""
    left = workdays.calendar().between(today, day)
    if day < today:
        words = f"逾期 {-left} 个工作日" if left else "已逾期"
        return Deadline(day, left, "late", "ti-alert-triangle", words)
    if day == today:
        return Deadline(day, left, "soon", "ti-clock", "今天到期")
    if left > FAR:
        return Deadline(day, left, "", "", f"到 {day.isoformat()}")
    near = left <= SOON
    return Deadline(day, left, "soon" if near else "", "ti-clock" if near else "", f"还剩 {left} 个工作日")


def due(renovation: Renovation) -> Deadline | None:
    """How the limit of the present status stands; None when there is none or nothing is running."""
    if renovation.due_on is None or renovation.status in ENDINGS or renovation.suspended_at is not None:
        return None
    return deadline(renovation.due_on, clock.today())
