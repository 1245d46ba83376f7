"""Pages of the policy: which version holds, what it says and what of it is assumed, and putting a version in force."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, url_for

from ..core import clock
from ..core.db import db, transaction
from ..core.errors import NotFound
from ..identity.access import current_actor, requires
from ..lifecycle import Status
from ..permissions import Permission, may
from . import queries, service
from .models import ProgrammeVersion, VersionState

bp = Blueprint("programme", __name__, url_prefix="/programmes")


@bp.get("/")
@requires(Permission.PROGRAMME_READ)
def programmes() -> Any:
    """Every version, newest first, with its state."""
    versions = queries.versions()
    return render_template(
        "programme/programmes.html",
        versions=versions,
        people=queries.names_of(versions),
        today=clock.today(),
        manages=may(current_actor(), Permission.PROGRAMME_MANAGE),
    )


@bp.get("/<int:version_id>")
@requires(Permission.PROGRAMME_READ)
def version(version_id: int) -> Any:
    """What a version says: who is eligible, what is done, what is paid, how long each step takes, what is assumed."""
    row = _version(version_id)
    programme = queries.of(row)
    actor = current_actor()
    manages = may(actor, Permission.PROGRAMME_MANAGE)
    return render_template(
        "programme/version.html",
        version=row,
        programme=programme,
        people=queries.names_of([row]),
        limits=[(f"{status.label}（工作日）", days) for status in Status if (days := programme.time_limit(status))],
        phases=programme.phases_on(clock.today()),
        replaced=queries.in_force_from(row) if manages else None,
        publishable=manages and row.state is not VersionState.PUBLISHED,
        needs_another=current_app.config["ENVIRONMENT"] == "production" and row.loaded_by == actor.user_id,
    )


@bp.post("/<int:version_id>/publish")
@requires(Permission.PROGRAMME_MANAGE)
def publish(version_id: int) -> Any:
    """Put a version in force; in production by another person than the one who loaded it."""
    with transaction():
        published = service.publish(version_id, current_actor())
        said = f"“{published.name}”{published.label} 已发布，自 {published.valid_from} 起生效"
    flash(said, "done")
    return redirect(url_for("programme.version", version_id=version_id))


def _version(version_id: int) -> ProgrammeVersion:
    row = db.session.get(ProgrammeVersion, version_id)
    if row is None:
        raise NotFound("没有这个版本的政策，请从列表中选择")
    return row
