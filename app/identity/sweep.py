"""Old sessions and attempts to sign in leave the database: they are keys and counters, not records.

Nothing else here is ever deleted. A session says which cookie is open and an attempt counts towards a lock-out of
minutes; both carry network addresses of people, which personal data law lets nobody keep for longer than they serve.
That somebody signed in, and what they then did, stays on the audit chain.
"""

from datetime import date, timedelta

from sqlalchemy import delete, select

from ..core import clock
from ..core.db import db
from .models import SignInAttempt, UserSession
from .sessions import ABSOLUTE

KEPT = timedelta(days=90)
"""Long enough to look into an incident."""
_AT_ONCE = 5000


def sweep(_today: date) -> None:
    """Remove what is older than three months, some thousands at a time; the rest follows at the next run."""
    before = clock.system() - KEPT
    # a session is over by itself after half a day, ended or not
    sessions = select(UserSession.id).where(UserSession.started_at < before - ABSOLUTE).limit(_AT_ONCE)
    attempts = select(SignInAttempt.id).where(SignInAttempt.at < before).limit(_AT_ONCE)
    db.session.execute(delete(UserSession).where(UserSession.id.in_(sessions)))
    db.session.execute(delete(SignInAttempt).where(SignInAttempt.id.in_(attempts)))
