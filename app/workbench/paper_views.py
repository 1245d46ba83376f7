"""Pages of papers: the list of a file, one paper, its PDF, many at once, the signed ones that come back."""

from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from ..core.db import db, transaction
from ..core.errors import DomainError, NotAllowed, NotFound
from ..documents import rendering
from ..evidence import storage
from ..identity.access import current_actor, requires
from ..jobs.queries import job_of
from ..permissions import Permission
from ..renovation import paper_pages
from ..renovation import papers as paper_service
from ..renovation import queries as renovations
from . import copies, paper_jobs, papers, queries, whole_file
from . import scans as returned
from .wishes import wish_of

bp = Blueprint("papers", __name__)

READ = Permission.PAPER_PRINT


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


@bp.post("/papers/many")
@requires(READ)
def many() -> Any:
    """One kind of paper of many files (`n`, or all that the list's `query` means), as `form` pdf or zip, by a job."""
    actor = current_actor()
    numbers = request.form.getlist("n")
    if request.form.get("all"):
        wish = wish_of(MultiDict(parse_qsl(request.form.get("query", ""))))
        numbers = list(queries.numbers(actor, wish, paper_jobs.MOST + 1))
    once, form = request.form.get("once") or uuid4().hex, request.form.get("form", "pdf")
    with transaction():
        job_id = paper_jobs.start(numbers, request.form.get("kind", ""), form, actor, once[:80], request.url_root).id
    return redirect(url_for("jobs.show", job_id=job_id))


@bp.get("/papers/made/<int:job_id>")
@requires(READ)
def made(job_id: int) -> Response:
    """What a job of this person put together."""
    file = (job_of(job_id, current_actor()).result or {}).get("made")
    if file is None:
        raise NotFound("这项任务没有可以下载的文件。")
    try:
        content = storage.get(file["key"])
    except FileNotFoundError as error:
        raise NotFound("存储中找不到这个文件，请重新打印。") from error
    return paper_pages.send_pdf(content, file["name"], file["media_type"], inline=False)


@bp.route("/papers/scans", methods=["GET", "POST"])
@requires(Permission.PAPER_RETURN)
def scans() -> Any:
    """Signed papers that come back, several at once; a job files each by the code on it."""
    if request.method == "GET":
        return render_template("workbench/scans.html", error="", once=uuid4().hex)
    uploads = [(one.filename, one.read()) for one in request.files.getlist("scans") if one.filename]
    once = request.form.get("once", "")[:80] or uuid4().hex
    if not uploads:
        return render_template("workbench/scans.html", error="请先选择扫描件或照片。", once=once), 422
    return redirect(url_for("jobs.show", job_id=returned.ask(uploads, current_actor(), once).id))


@bp.get("/papers/scans/jobs/<int:job_id>")
@requires(Permission.PAPER_RETURN)
def scanned(job_id: int) -> str:
    """What became of each paper of an upload; those whose code could not be read are placed from here."""
    actor = current_actor()
    outcomes = (job_of(job_id, actor).result or {}).get("outcomes")
    if outcomes is None:
        raise NotFound("这项任务还没有办完，或不是归档扫描件。")
    kinds = returned.kinds_to_return(actor)
    return render_template("workbench/scanned.html", job_id=job_id, outcomes=outcomes, kinds=kinds)


@bp.route("/papers/scans/<int:file_id>", methods=["GET", "POST"])
@requires(Permission.PAPER_RETURN)
def place_scan(file_id: int) -> Any:
    """Say where a scan belongs whose code could not be read."""
    actor, typed = current_actor(), {name: request.form.get(name, "") for name in ("code", "number", "kind")}
    error, status = "", 200
    if request.method == "POST":
        try:
            with transaction():
                outcome = returned.file_by_hand(file_id, typed["code"], typed["number"], typed["kind"], actor)
        except DomainError as refused:
            error, status = refused.message, refused.status
            db.session.rollback()
        else:
            flash(outcome.message, "success")
            return redirect(url_for("papers.of_file", number=outcome.number))
    page = render_template("workbench/scan_place.html", typed=typed, error=error, kinds=returned.kinds_to_return(actor))
    return page, status


@bp.post("/renovations/<number>/papers")
@requires(Permission.FILE_EXPORT)
def export(number: str) -> Any:
    """Ask for the whole file as one PDF, by a job."""
    actor = current_actor()
    with transaction():
        job_id = whole_file.ask(renovations.get(number, actor), actor, request.url_root).id
    return redirect(url_for("jobs.show", job_id=job_id))


@bp.route("/papers/check", methods=["GET", "POST"])
@requires(READ)
def check() -> Any:
    """Hold a copy of a paper or of a whole file against the one that the system issued."""
    found, error, status = None, "", 200
    if request.method == "POST":
        upload = request.files.get("copy")
        try:
            found = copies.check(upload.read() if upload else b"", current_actor())
        except DomainError as refused:
            error, status = refused.message, refused.status
    return render_template("workbench/check.html", found=found, error=error), status
