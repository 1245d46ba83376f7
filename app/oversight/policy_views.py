"""Pages of the policy that look over the register: the printed document, the what-if form with its live count, its answer."""

from io import BytesIO
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for

from ..core.db import transaction
from ..core.errors import DomainError, NotFound
from ..identity.access import current_actor, requires
from ..lifecycle import Stage
from ..permissions import Permission
from ..programme import queries as programmes
from ..programme.document import document
from ..programme.problems import BrokenData
from ..programme.views import version_of
from ..renovation import paper_pages
from ..renovation import papers as paper_service
from ..renovation.papers import Paper, Sheet
from . import what_if as trials
from . import what_if_form as form
from .models import Effect
from .trial import count_clause, drafts_for, library, trial_of

bp = Blueprint("policy", __name__, url_prefix="/programmes")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PAPER = Paper(
    "programme", Stage.APPLICATION, "政策说明", Permission.PROGRAMME_READ, lambda _renovation: None, numbered=False
)


@bp.get("/<int:version_id>/paper")
@requires(Permission.PROGRAMME_READ)
def paper(version_id: int) -> str:
    """The programme as a document, as it would be printed."""
    sheet, name = _sheet(version_id)
    crumbs = [("政策", url_for("programme.programmes")), (name, url_for("programme.version", version_id=version_id))]
    return paper_pages.page(sheet, url_for("policy.paper_pdf", version_id=version_id), crumbs)


@bp.get("/<int:version_id>/paper/pdf")
@requires(Permission.PROGRAMME_READ)
def paper_pdf(version_id: int) -> Response:
    """The same as PDF: the edition with this content if there is one, else a new one."""
    sheet, _name = _sheet(version_id)
    return paper_pages.send(paper_service.issue(sheet, current_actor()))


def _sheet(version_id: int) -> tuple[Sheet, str]:
    version = version_of(version_id)
    programme = programmes.of(version)
    context = {"programme": programme, "version": version, "chapters": document(programme)}
    return Sheet(PAPER, f"programme:{version.programme_key}:{version.id}", "", context), version.label


@bp.route("/<int:version_id>/what-if", methods=["GET", "POST"])
@requires(Permission.PROGRAMME_SIMULATE)
def what_if(version_id: int) -> Any:
    """Choose what to try: other values, another version, or a changed folder; a job runs it over the register."""
    version = version_of(version_id)
    trial, problems, errors = form.read(version_id, request.values), [], []
    if request.method == "POST":
        try:
            with transaction():
                asked = form.read_folder(version_id, request.files["folder"]) if "folder" in request.files else trial
                job_id = trials.ask(asked, current_actor(), request.form.get("once", "")).id
            return redirect(url_for("jobs.show", job_id=job_id))
        except BrokenData as broken:
            errors = broken.errors
        except DomainError as error:
            problems = list(error.problems)
    page = render_template(
        "oversight/what_if.html",
        version=version,
        programme=programmes.of(version),
        drafts=drafts_for(version),
        draft=trial.draft_id,
        form=form.WhatIfForm(trial.start, trial, problems),
        library=library(version),
        problems=problems,
        errors=errors,
        once=uuid4().hex,
    )
    return page, problems[0].status if problems else 422 if errors else 200


@bp.post("/<int:version_id>/what-if/count")
@requires(Permission.PROGRAMME_SIMULATE)
def live_count(version_id: int) -> Any:
    """How many households fulfil a clause, with what is being typed."""
    clause = request.values.get("clause", "")
    try:
        before, after = count_clause(form.read(version_id, request.values), clause, current_actor())
    except NotFound:
        raise
    except DomainError as error:
        return render_template("oversight/_live.html", problem=error.message)
    return render_template("oversight/_live.html", problem="", before=before, after=after)


@bp.get("/what-if/<int:job_id>")
@requires(Permission.PROGRAMME_SIMULATE)
def answer(job_id: int) -> str:
    """What a trial came to: by county, and who is touched and why within what the person may see."""
    actor = current_actor()
    job = trials.answer_of(job_id, actor)
    effect, county = _effect(), request.args.get("county", "")
    shown = trials.lines(job, actor, effect, county, request.args.get("after", 0, type=int))
    more = shown[trials.PAGE - 1].id if len(shown) > trials.PAGE else None
    trial = trial_of(job.payload)
    return render_template(
        "oversight/answer.html",
        job=job,
        result=job.result,
        version=version_of(trial.version_id),
        draft=version_of(trial.draft_id) if trial.draft_id else None,
        is_folder=bool(trial.content),
        added=trial.added_items(),
        lines=shown[: trials.PAGE],
        more=more,
        effects=list(Effect),
        effect=effect,
        county=county,
    )


@bp.get("/what-if/<int:job_id>.xlsx")
@requires(Permission.PROGRAMME_SIMULATE)
def export(job_id: int) -> Response:
    """The list as Excel, names masked; on record."""
    actor = current_actor()
    job = trials.answer_of(job_id, actor)
    stream = BytesIO()
    rows = trials.write(job, actor, _effect(), request.args.get("county", ""), stream)
    with transaction():
        trials.put_on_record(job, actor, rows)
    stream.seek(0)
    return send_file(stream, XLSX, as_attachment=True, download_name=f"政策测算{job_id}.xlsx")


def _effect() -> Effect | None:
    wanted = request.args.get("effect", "")
    return Effect(wanted) if wanted in set(Effect) else None
