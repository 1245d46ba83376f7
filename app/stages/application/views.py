"""Pages of the intake that are no operation on a file: a new application, what is shown while typing, the reveal."""

from typing import Any
from uuid import uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for

from ...core import clock
from ...core.db import db, transaction
from ...core.errors import DomainError, RuleViolation
from ...core.forms import Form
from ...identity.access import current_actor, requires
from ...permissions import Actor, Permission, may
from ...places import queries as places
from ...places.models import Region
from ...places.rules import Level
from ...programme import queries as programmes
from ...programme.policy import Programme
from ...renovation import paper_pages
from ...renovation import queries as files
from ...renovation.web import register_operations
from . import documents, explaining, first_come, notice_views, queries, service, showing, sketching
from .asking import Questions
from .excel import views as excel_views
from .operations import OPERATIONS, VERIFIABLE
from .rules import OpenApplication, Reveal

bp = Blueprint("application", __name__)
register_operations(bp, OPERATIONS)
notice_views.register(bp)
excel_views.register(bp)


@bp.route("/applications/new", methods=["GET", "POST"])
@requires(Permission.APPLICATION_EDIT)
def new() -> Any:
    """Log a household: the whole form, then the file in `draft`."""
    actor = current_actor()
    township = service.township_of(actor)
    offered = _offered(township)
    key = request.form.get("once") or uuid4().hex
    today = clock.today()
    initial: dict[str, Any] = {"applied_on": today, "people": [{"ability": {"observed_on": today}}]}
    if len(offered) == 1:
        initial["programme"] = offered[0][0]
    form = Form(OpenApplication, initial, {"programme": offered, "village": queries.villages(township.id)})
    opened: list[str] = []

    def work(command: OpenApplication) -> None:
        with transaction():
            opened.append(service.open_application(command, actor, key).number)

    if form.run(work):
        flash("已登记，档案已建立。请核对条件审查结果，再提交初审。", "success")
        return redirect(url_for("workbench.renovation", number=opened[0], done="application.open"))
    db.session.rollback()
    township = service.township_of(actor)
    page = render_template(
        "application/new.html",
        form=form,
        once=key,
        township=township,
        offered=offered,
        verdict=None,
        file="",
        questions=Questions(_programmes(township)),
        nothing_left=_nothing_left(township),
    )
    return page, form.status


def _nothing_left(township: Region) -> list[tuple[str, str]]:
    """(name, why) of the programmes that take no application for want of anything left: said before anybody types."""
    county = places.enclosing(township, Level.COUNTY)
    if county is None:
        return []
    said = ((one.data.programme.name, first_come.closed(one, county, township)) for one in _programmes(township))
    return [(name, why) for name, why in said if why]


def _offered(township: Region) -> list[tuple[str, str]]:
    """The programmes in force in the township's county, to choose from."""
    return [(programme.key, programme.name) for programme in _programmes(township)]


def _programmes(township: Region) -> list[Programme]:
    county = places.enclosing(township, Level.COUNTY)
    if county is None:
        return []
    there = [programmes.of(version) for version in programmes.in_force(county.code, clock.today())]
    return [one for one in there if not programmes.closed_to(one, county.code)]


@bp.post("/applications/preview")
@requires(Permission.APPLICATION_EDIT)
def preview() -> Any:
    """The verdict for the form as typed so far, and what each ID number says; nothing is kept."""
    actor = current_actor()
    form = Form(OpenApplication)
    file = request.args.get("file", "")
    renovation = files.get(file, actor) if file else None
    typed = sketching.read(form)
    intake = sketching.sketch(typed, renovation, service.township_of(actor) if renovation is None else None)
    version = renovation.programme_version_id if renovation else _version(actor, form.value("programme"))
    verdict = sketching.verdict(version, intake) if version else None
    described = showing.described(verdict, queries.verified(renovation) if renovation else None) if verdict else None
    return render_template("application/_preview.html", verdict=described, people=sketching.read_numbers(form, intake))


def _version(actor: Actor, programme_key: str) -> int | None:
    county = places.enclosing(service.township_of(actor), Level.COUNTY)
    try:
        return service.version_for(programme_key, county, clock.today()).id if county and programme_key else None
    except RuleViolation:
        return None


@bp.post("/applications/lookup")
@requires(Permission.APPLICATION_EDIT)
def lookup() -> Any:
    """Whether the same people or a look-alike home are known elsewhere, in the limited form; logged and limited."""
    actor = current_actor()
    form = Form(OpenApplication)
    file = request.args.get("file", "")
    typed = sketching.read(form)
    hits: list[dict[str, str]] = []
    refusal = ""
    try:
        with transaction():
            renovation = files.get(file, actor) if file else None
            township = None if renovation else service.township_of(actor)
            intake = sketching.sketch(typed, renovation, township)
            place = renovation.township_id if renovation else (township.id if township else 0)
            hits = service.look_elsewhere(intake, place, actor, file)
    except DomainError as error:
        if error.status == 404:
            raise
        refusal = error.message
    return render_template("application/_elsewhere.html", hits=hits, refusal=refusal)


@bp.route("/renovations/<number>/application/reveal", methods=["GET", "POST"])
@requires(Permission.PERSONAL_REVEAL)
def reveal(number: str) -> Any:
    """One person's whole ID number, once, with a reason that goes on the audit trail."""
    actor = current_actor()
    renovation = files.get(number, actor)
    people = [(row.id, f"受益人{row.seq} {row.name}") for row in queries.beneficiaries(renovation)]
    form = Form(Reveal, {"person": request.args.get("person", "")}, {"person": people})
    shown: list[tuple[str, str]] = []

    def work(command: Reveal) -> None:
        with transaction():
            person = service.reveal(files.get(number, actor), command, actor)
            shown.append((person.name, person.id_number))

    form.run(work)
    db.session.rollback()
    renovation = files.get(number, actor)
    return render_template("application/reveal.html", renovation=renovation, form=form, shown=shown), form.status


@bp.get("/renovations/<number>/application/verdict")
@requires(Permission.HEALTH_READ)
def verdict(number: str) -> str:
    """The verdict explained clause by clause; what is missing becomes to-dos with one click."""
    actor = current_actor()
    renovation = files.get(number, actor)
    explained = explaining.explain(renovation)
    return render_template(
        "application/verdict.html",
        renovation=renovation,
        explained=explained,
        unplanned=explaining.unplanned(renovation, explained.wants),
        plans=may(actor, Permission.APPLICATION_VERIFY) and renovation.status in VERIFIABLE,
        prints=documents.VERDICT_SHEET.may_read(actor),
        once=uuid4().hex,
    )


@bp.get("/renovations/<number>/application/receipt")
@requires(Permission.APPLICATION_EDIT)
def receipt(number: str) -> str:
    """The receipt with the household's look-up code, to print."""
    return paper_pages.show(documents.RECEIPT, number)
