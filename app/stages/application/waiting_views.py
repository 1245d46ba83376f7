"""The page of a quota's waiting list: who stands where, and why. Thin: `waiting_queries` knows."""

from flask import Blueprint, render_template

from ...funds import queries as funds
from ...identity.access import current_actor, requires
from ...permissions import Permission, may
from ...programme.queries import name_of
from . import waiting_queries

bp = Blueprint("waiting", __name__)


@bp.get("/funds/places/<int:quota_id>/waiting")
@requires(Permission.FUNDS_READ)
def listed(quota_id: int) -> str:
    """The list in its order, with the rules of priority that each household fulfils; those with a free place first."""
    actor = current_actor()
    quota = funds.quota(quota_id, actor)
    return render_template(
        "application/waiting.html",
        quota=quota,
        name=name_of(quota.programme_key),
        rows=waiting_queries.shown(quota),
        confirms=may(actor, Permission.APPLICATION_CONFIRM),
    )
