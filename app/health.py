"""Whether the process is up, and whether it can work: for whoever watches the server. Nothing secret is said."""

import shutil
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from alembic.script import ScriptDirectory
from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from obstore.exceptions import BaseError
from sqlalchemy.exc import SQLAlchemyError

from .backup import files, rows
from .core.db import db
from .evidence.storage import is_ready
from .identity.access import public
from .jobs import watch
from .settings import ROOT, VERSION

bp = Blueprint("health", __name__)

LATE_SECONDS = 900
"""Work that waits longer than a quarter of an hour: nobody does it."""
LITTLE_DISK = 0.05
"""A twentieth of the disk free: time to make room."""


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Database and storage answer, the schema is the program's own, no restore is under way; else 503 saying which.

    What needs a person soon, but keeps nobody from working, stands under `warnings`.
    """
    parts: dict[str, Any] = {"database": False, "schema": False, "storage": is_ready()}
    facts: dict[str, Any] = {"version": VERSION}
    try:
        found = rows.revision(db.session.connection())
        parts.update(database=True, schema=found == newest_revision())
        facts["revision"] = {"database": found, "program": newest_revision()}
        if parts["schema"]:
            facts["queue"] = watch.waiting_now()._asdict()
    except SQLAlchemyError:
        db.session.rollback()
    parts["restored"] = parts["storage"] and _is_whole()
    facts["disk_free"] = _disk_free()
    ready = all(parts.values())
    warnings = _warnings(facts)
    answer = jsonify(status="ok" if ready else "unavailable", **parts, **facts, warnings=warnings)
    return answer, 200 if ready else 503


@lru_cache
def newest_revision() -> str | None:
    """The schema's revision that this program is made for."""
    return ScriptDirectory(str(ROOT / "migrations")).get_current_head()


def _is_whole() -> bool:
    """False while a restore has not come to its end."""
    try:
        return files.under_way() is None
    except (BaseError, OSError):
        return False


def _disk_free() -> float | None:
    """How much of the disk under files and embedded database is free, 0 to 1; None when both lie elsewhere."""
    url = str(current_app.config["STORAGE_URL"])
    folders = [] if url.startswith("s3:") else [Path(urlsplit(url).path)]
    if db.engine.dialect.name == "sqlite":
        folders.append(Path(str(db.engine.url.database)).parent)
    usage = [shutil.disk_usage(folder) for folder in folders if folder.exists()]
    return min((round(one.free / one.total, 3) for one in usage), default=None)


def _warnings(facts: dict[str, Any]) -> list[str]:
    warnings = []
    queue = facts.get("queue", {})
    if queue.get("oldest_seconds", 0) > LATE_SECONDS:
        warnings.append("queue: the oldest job waits too long; is a worker running?")
    if queue.get("failed"):
        warnings.append("queue: jobs or due work have failed; the administrator's page names them")
    if facts["disk_free"] is not None and facts["disk_free"] < LITTLE_DISK:
        warnings.append("disk: almost full")
    return warnings
