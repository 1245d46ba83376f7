"""What was read or computed is kept as long as the session has neither written nor ended its transaction."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import Session

from .db import db

T = TypeVar("T")
_KEPT = "remembered"


def remembered(key: Hashable, make: Callable[[], T]) -> T:
    """`make()`, asked once for the key until something is written or the transaction ends.

    A page asks the same of a file many times: for each button, its consequence and its checklist.
    """
    session = db.session
    if session.new or session.dirty or session.deleted:
        session.flush()  # as a query would: what was only added counts
    kept: dict[Hashable, Any] = session.info.setdefault(_KEPT, {})
    if key not in kept:
        made = make()
        session.info.setdefault(_KEPT, {})[key] = made
        return made
    found: T = kept[key]
    return found


def _forget(session: Session, *_what: object) -> None:
    session.info.pop(_KEPT, None)


for _moment in ("after_flush", "after_commit", "after_soft_rollback"):
    event.listen(Session, _moment, _forget)
