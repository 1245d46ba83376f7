"""Pages of the plan: the operations', the live sums, one version with what it changes, the sheet to sign on paper."""

from flask import Blueprint, render_template, request

from ...core.errors import NotAllowed
from ...identity.access import current_actor, requires
from ...permissions import Permission
from ...programme.queries import programme_of
from ...renovation.queries import get
from ...renovation.web import register_operations
from ..application import queries as application
from . import queries
from .operations import OPERATIONS, plan_context
from .preview import preview, typed_rows

bp = Blueprint("plan", __name__)
register_operations(bp, OPERATIONS)


@bp.post("/renovations/<number>/plan/preview")
@requires(Permission.PLAN_DRAFT)
def sums(number: str) -> str:
    """The sums of what is typed so far, as a fragment; nothing is saved."""
    renovation = get(number, current_actor())
    typed = preview(
        programme_of(renovation.programme_version_id),
        typed_rows(request.form, "lines"),
        typed_rows(request.form, "decisions"),
        application.facts(renovation),
    )
    return render_template("plan/_sums.html", sums=typed, live=True)


@bp.get("/renovations/<number>/plan/versions/<int:version>")
@requires(Permission.RENOVATION_READ, Permission.MONEY_READ)
def show_version(number: str, version: int) -> str:
    """One version with its lines, and what it changes against another (`?with=`; else the one before)."""
    renovation = get(number, current_actor())
    plan = queries.version(renovation, version)
    context = plan_context(renovation, plan)
    other = request.args.get("with", type=int)
    if other is not None and other != version:
        context["difference"] = queries.difference(queries.version(renovation, other), plan)
    return render_template("plan/version.html", renovation=renovation, versions=queries.versions(renovation), **context)


@bp.get("/renovations/<number>/plan/versions/<int:version>/sheet")
@requires(Permission.RENOVATION_READ, Permission.MONEY_READ)
def sheet(number: str, version: int) -> str:
    """The plan as a sheet for the household to read and sign on paper. Raises NotAllowed before the county approved."""
    renovation = get(number, current_actor())
    plan = queries.version(renovation, version)
    if plan.approved_at is None:
        raise NotAllowed("方案还没有批准，不能打印给家庭签字。")
    return render_template("plan/sheet.html", renovation=renovation, **plan_context(renovation, plan))
