"""Pages of papers: the list of a file, one paper, its PDF."""

from typing import Any

from flask import Blueprint, Response, render_template

from ..core.errors import NotAllowed
from ..documents import rendering
from ..identity.access import current_actor, requires
from ..permissions import Permission
from ..renovation import paper_pages
from ..renovation import papers as paper_service
from ..renovation import queries as renovations
from . import papers

bp = Blueprint("papers", __name__)

READ = Permission.PAPER_READ


@bp.get("/renovations/<number>/papers")
@requires(READ)
def of_file(number: str) -> str:
    """What can be printed for a file, what was issued, what came back."""
    actor = current_actor()
    renovation = renovations.get(number, actor)
    return render_template(
        "workbench/papers.html",
        renovation=renovation,
        lines=papers.lines(renovation, actor),
        exports=papers.exports(renovation, actor),
        missing=rendering.missing(),
    )


@bp.get("/renovations/<number>/papers/<kind>")
@requires(READ)
def show(number: str, kind: str) -> str:
    """One paper as it would be printed now."""
    renovations.get(number, current_actor())
    return paper_pages.show(papers.paper(kind), number)


@bp.get("/renovations/<number>/papers/<kind>/pdf")
@requires(READ)
def pdf(number: str, kind: str) -> Response:
    """One paper as PDF: the edition with this content if there is one, else a new one."""
    actor = current_actor()
    renovation = renovations.get(number, actor)
    return paper_pages.send(paper_service.issue(paper_service.sheet(papers.paper(kind), renovation, actor), actor))


@bp.get("/renovations/<number>/issued/<code>")
@requires(READ)
def issued(number: str, code: str) -> Any:
    """An issued paper exactly as it was."""
    actor = current_actor()
    row = paper_service.one_of(renovations.get(number, actor), code)
    if not papers.may_open(row, actor):
        raise NotAllowed("您的岗位不能打开这份文书。")
    if papers.reveals(row):
        paper_service.note_opened(row, number, actor)
    return paper_pages.send(row)
