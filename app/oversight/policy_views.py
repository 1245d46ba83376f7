"""Pages of the policy that look over the register: the printed document, the what-if form with its live count, its answer."""

from io import BytesIO
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for

from ..core.db import transaction
from ..core.errors import DomainError, NotFound
from ..identity.access import current_actor, requires
from ..lifecycle import Stage
from ..permissions import Permission
from ..programme import queries as programmes
from ..programme.document import document
from ..programme.numbers import numbers
from ..programme.views import version_of
from ..renovation import paper_pages
from ..renovation import papers as paper_service
from ..renovation.papers import Paper, Sheet
from . import what_if as trials
from .models import Effect
from .what_if import Trial

bp = Blueprint("policy", __name__, url_prefix="/programmes")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NUMBER = "n-"
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
    """Choose what to try, another version or other numbers; a job runs it over the register."""
    version = version_of(version_id)
    trial, problems = _trial(version_id), []
    if request.method == "POST":
        try:
            with transaction():
                job_id = trials.ask(trial, current_actor()).id
            return redirect(url_for("jobs.show", job_id=job_id))
        except DomainError as error:
            problems = list(error.problems)
    programme = programmes.of(version)
    page = render_template(
        "oversight/what_if.html",
        version=version,
        programme=programme,
        drafts=trials.drafts_for(version),
        draft=trial.draft_id,
        sections=_sections(programmes.programme_of(trial.draft_id) if trial.draft_id else programme),
        typed=dict(trial.edits),
        problems=problems,
    )
    return page, problems[0].status if problems else 200


def _sections(programme: Any) -> list[tuple[str, list[Any]]]:
    """The numbers under the headings of their tables."""
    found: dict[str, list[Any]] = {}
    for number in numbers(programme):
        found.setdefault(number.heading, []).append(number)
    return list(found.items())


def _trial(version_id: int) -> Trial:
    """What the form asks: only numbers that were really changed count as tried."""
    draft_id = request.values.get("draft", type=int) or None
    start = programmes.programme_of(draft_id or version_id)
    written = {number.path: number.value for number in numbers(start)}
    typed = ((name.removeprefix(_NUMBER), text) for name, text in request.values.items() if name.startswith(_NUMBER))
    edits = tuple((path, text.strip()) for path, text in typed if text.strip() != written.get(path))
    return Trial(version_id, draft_id, edits)


@bp.get("/<int:version_id>/what-if/count")
@requires(Permission.PROGRAMME_SIMULATE)
def live_count(version_id: int) -> Any:
    """How many households fulfil a clause, with the numbers that are being typed."""
    clause = request.args.get("clause", "")
    try:
        before, after = trials.count_clause(_trial(version_id), clause, current_actor())
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
    trial = trials.trial_of(job.payload)
    return render_template(
        "oversight/answer.html",
        job=job,
        result=job.result,
        version=version_of(trial.version_id),
        draft=version_of(trial.draft_id) if trial.draft_id else None,
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
