"""Sessions of browsers: begun at sign-in, looked up at every request, ended for all.

Our own loader instead of Flask-Login: sessions must end on the server (new password, suspension, sign-out), which
Flask-Login leaves to the application anyway, and what remains of it is the forty lines below.
The cookie carries the session's key and when it was last seen; the database knows only the key's digest. So a read
request writes nothing, and the idle time still holds.
"""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

from flask import session
from sqlalchemy import ColumnElement, update

from ..core import clock
from ..core.db import db
from . import queries
from .models import User, UserSession

IDLE, ABSOLUTE = timedelta(hours=4), timedelta(hours=12)
"""A working day at most; four hours without a request end it, because visits in homes last long."""

KEY, SEEN = "key", "seen"
_REFRESH = timedelta(minutes=1)


def digest(key: str) -> str:
    """What the database keeps of a random key; it has enough entropy to need no slow hash."""
    return sha256(key.encode()).hexdigest()


def begin(user: User, address: str) -> str:
    """Add a session inside the caller's unit of work; answers its key, which `carry` gives to the browser."""
    key = token_urlsafe(32)
    # by the machine's clock: moving the demo clock signs nobody out
    db.session.add(
        UserSession(
            key_digest=digest(key), user_id=user.id, started_at=clock.system(), end_reason="", address=address[:45]
        )
    )
    return key


def carry(key: str) -> None:
    """Give the browser a new session cookie. Nothing of the one before stays, the CSRF token included."""
    session.clear()
    session[KEY] = key
    session[SEEN] = int(clock.system().timestamp())


def current() -> queries.OpenSession | None:
    """The open session of this request's cookie; None when there is none or it is over."""
    key, seen = session.get(KEY), session.get(SEEN)
    if not isinstance(key, str) or not isinstance(seen, int):
        return None
    at = clock.system()
    if at - datetime.fromtimestamp(seen, UTC) > IDLE:
        return None
    found = queries.open_session(digest(key))
    if found is None or at - found.started_at > ABSOLUTE:
        return None
    if at - datetime.fromtimestamp(seen, UTC) > _REFRESH:
        session[SEEN] = int(at.timestamp())
    return found


def end(session_id: int, reason: str) -> None:
    """End one session inside the caller's unit of work."""
    _end(UserSession.id == session_id, reason)


def end_all(user_id: int, reason: str) -> None:
    """End every session of an account inside the caller's unit of work."""
    _end(UserSession.user_id == user_id, reason)


def _end(condition: ColumnElement[bool], reason: str) -> None:
    db.session.execute(
        update(UserSession)
        .where(condition, UserSession.ended_at.is_(None))
        .values(ended_at=clock.system(), end_reason=reason)
    )
