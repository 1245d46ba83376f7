"""Settings that people change while the system runs: a key, a JSON value, read once per request or job."""

from datetime import datetime
from typing import Any

from flask import g, has_app_context
from sqlalchemy import JSON, String, event, select
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from . import clock
from .db import Base, db

_CACHE = "anju_settings"
_WRITTEN = "anju_settings_written"


class Setting(Base):
    """One setting; `changed_at` is by the machine's clock, since one of the settings moves the other clock."""

    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    changed_at: Mapped[datetime]


_ALL = select(Setting.key, Setting.value)


def read(key: str, default: Any = None) -> Any:
    """The value of a setting. All of them are read with one query at the first question of a request or job."""
    if not has_app_context():
        return default
    settings = g.get(_CACHE)
    if settings is None:
        # not through the session's own execute: the clock may be asked in the middle of a flush
        settings = {row.key: row.value for row in db.session.connection().execute(_ALL)}
        setattr(g, _CACHE, settings)
    return settings.get(key, default)


def write(key: str, value: Any) -> None:
    """Set a setting inside the caller's transaction."""
    setting = db.session.get(Setting, key)
    if setting is None:
        db.session.add(Setting(key=key, value=value, changed_at=clock.system()))
    else:
        setting.value = value
        setting.changed_at = clock.system()
    db.session.flush()
    forget()
    setattr(g, _WRITTEN, True)


def forget() -> None:
    """Read the settings anew at the next question; for what changed them behind this request's back."""
    g.pop(_CACHE, None)


@event.listens_for(db.session, "after_soft_rollback")
def _forget_undone(_session: Session, _transaction: SessionTransaction) -> None:
    """What was read after a write that is undone now was never true."""
    if has_app_context() and g.pop(_WRITTEN, False):
        forget()
