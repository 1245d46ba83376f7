"""Pages of the plan: the operations', the live sums, one version with what it changes, the sheet to sign on paper."""

from flask import Blueprint, Response, render_template, request, url_for

from ...core.errors import NotAllowed
from ...identity.access import current_actor, requires
from ...permissions import Permission
from ...programme.queries import programme_of
from ...renovation import paper_pages, papers
from ...renovation.progress import entitled
from ...renovation.queries import get
from ...renovation.web import register_operations
from ..application import queries as application
from . import documents, queries
from .operations import OPERATIONS
from .preview import preview, typed_rows
from .showing import plan_context

bp = Blueprint("plan", __name__)
register_operations(bp, OPERATIONS)


@bp.post("/renovations/<number>/plan/preview")
@requires(Permission.PLAN_DRAFT)
def sums(number: str) -> str:
    """The sums of what is typed so far, as a fragment; nothing is saved."""
    actor = current_actor()
    renovation = get(number, actor)
    if not entitled(renovation, Permission.PLAN_DRAFT, actor):
        raise NotAllowed("这一户的方案不由您编制，您只能查看。")
    typed = preview(
        programme_of(renovation.programme_version_id),
        typed_rows(request.form, "lines"),
        typed_rows(request.form, "decisions"),
        application.standing(renovation),
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
@requires(Permission.PAPER_PRINT, Permission.MONEY_READ)
def sheet(number: str, version: int) -> str:
    """One version as a sheet for the household to read and sign. Raises NotAllowed before the county approved."""
    return paper_pages.page(
        _sheet(number, version),
        url_for("plan.sheet_pdf", number=number, version=version),
        [(number, url_for("workbench.renovation", number=number)), ("文书", url_for("papers.of_file", number=number))],
    )


@bp.get("/renovations/<number>/plan/versions/<int:version>/sheet/pdf")
@requires(Permission.PAPER_PRINT, Permission.MONEY_READ)
def sheet_pdf(number: str, version: int) -> Response:
    """One version's sheet as PDF."""
    return paper_pages.send(papers.issue(_sheet(number, version), current_actor()))


def _sheet(number: str, version: int) -> papers.Sheet:
    actor = current_actor()
    renovation = get(number, actor)
    papers.check_firm(renovation, actor)
    plan = queries.version(renovation, version)
    if plan.approved_at is None:
        raise NotAllowed("方案还没有批准，不能打印给家庭签字。")
    context = documents.plan_sheet(renovation, plan)
    return papers.Sheet(documents.SHEET, f"renovation:{renovation.id}", number, context, renovation)
