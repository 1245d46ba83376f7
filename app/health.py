"""Whether the process is up, and whether it can work: for whoever watches the server."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from .core.db import db
from .evidence.storage import is_ready
from .identity.access import public

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Database and storage answer; 503 naming which does not."""
    parts = {"database": _database(), "storage": is_ready()}
    return jsonify(status="ok" if all(parts.values()) else "unavailable", **parts), 200 if all(parts.values()) else 503


def _database() -> bool:
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        db.session.rollback()
        return False
    return True
