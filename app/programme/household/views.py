"""The page "试算一户": one made-up household tried on a version. Nothing of it is stored, logged or put into an address."""

from io import BytesIO
from typing import Any

from flask import Blueprint, Response, render_template, request, send_file

from ...core import clock
from ...core.errors import DomainError, RuleViolation
from ...identity.access import requires
from ...permissions import Permission
from .. import queries
from ..models import ProgrammeVersion
from ..policy import Programme
from ..views import version_of
from .answer import Answer, answer, expected
from .fields import DECISIONS
from .file import MOST_BYTES, Household, read, write
from .filled import unused
from .form import HouseholdForm
from .remarks import regions_of, remarks

bp = Blueprint("household", __name__, url_prefix="/programmes")


@bp.get("/<int:version_id>/try")
@requires(Permission.PROGRAMME_READ)
def blank(version_id: int) -> Any:
    """The empty form, for today."""
    version, programme = _asked_for(version_id)
    form = HouseholdForm(programme, {"applied_on": [clock.today().isoformat()]}, regions_of(programme))
    household = form.household()
    return _page(version, form, answer(programme, household), household)


@bp.post("/<int:version_id>/try")
@requires(Permission.PROGRAMME_READ)
def try_(version_id: int) -> Any:
    """What the version says to the household; what cannot be read stands at its field."""
    version, form = _typed(version_id)
    household = form.household()
    found = _answer(form, household)
    return _page(version, form, found, household)


@bp.post("/<int:version_id>/try/live")
@requires(Permission.PROGRAMME_READ)
def live(version_id: int) -> str:
    """The answer while somebody types: what cannot be read yet is left out and counted."""
    version, form = _typed(version_id)
    household = form.household()
    found = answer(form.programme, household, provisional=True)
    form.place(found.problems)
    said = _said(version, form, found, household) | {"unread": form.problems}
    return render_template("programme/_household_live.html", version=version, **said)


@bp.post("/<int:version_id>/try/load")
@requires(Permission.PROGRAMME_READ)
def load(version_id: int) -> Any:
    """The form filled from a household's file, and its answer; what was typed stays when the file is none."""
    version, form = _typed(version_id)
    programme, sent = form.programme, request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise RuleViolation("请选一户的文件（.json）", "file")
        household = read(sent.stream.read(MOST_BYTES + 1))
    except DomainError as wrong:
        form.typed.setdefault("applied_on", [clock.today().isoformat()])
        typed = form.household()
        found = _answer(form, typed)
        form.refuse(wrong)
        return _page(version, form, found, typed)
    form = HouseholdForm.of(programme, household, regions_of(programme))
    form.typed.setdefault("applied_on", [clock.today().isoformat()])
    typed = form.household()
    return _page(version, form, _answer(form, typed), typed, unused(programme, household))


@bp.post("/<int:version_id>/try/file")
@requires(Permission.PROGRAMME_READ)
def file(version_id: int) -> Any:
    """The household as the file that the two commands and a folder's examples read, with the present outcome expected."""
    version, form = _typed(version_id)
    household = form.household()
    found = _answer(form, household)
    if form.problems:
        return _page(version, form, found, household)
    kept = Household(
        name=request.form.get("name", "").strip()[:60],
        applied_on=household.applied_on,
        region=household.region,
        facts=household.facts,
        lines=household.lines,
        earlier=household.earlier,
        used=household.used,
        expect=expected(found),
    )
    return _download(kept)


def _download(household: Household) -> Response:
    name = "".join(char for char in household.name if char.isalnum() or char in "-_") or "试算一户"
    content = BytesIO(write(household))
    return send_file(content, "application/json", as_attachment=True, download_name=f"{name}.json", max_age=0)


def _asked_for(version_id: int) -> tuple[ProgrammeVersion, Programme]:
    version = version_of(version_id)
    return version, queries.of(version)


def _typed(version_id: int) -> tuple[ProgrammeVersion, HouseholdForm]:
    version, programme = _asked_for(version_id)
    return version, HouseholdForm(programme, dict(request.form.lists()), regions_of(programme))


def _answer(form: HouseholdForm, household: Household) -> Answer:
    """The answer, with the lines that were refused told at their fields."""
    found = answer(form.programme, household)
    form.place(found.problems)
    return found


def _said(version: ProgrammeVersion, form: HouseholdForm, found: Answer, household: Household) -> dict[str, Any]:
    on = None if found.verdict is None else found.verdict.on
    return {
        "answer": found,
        "programme": form.programme,
        "remarks": list(remarks(version, form.programme, household.region, on)),
    }


def _page(
    version: ProgrammeVersion,
    form: HouseholdForm,
    found: Answer,
    household: Household | None = None,
    left_out: list[str] | None = None,
) -> Any:
    said = _said(version, form, found, household or Household())
    page = render_template(
        "programme/household.html",
        version=version,
        form=form,
        decisions=DECISIONS,
        regions=regions_of(form.programme),
        name=request.form.get("name", ""),
        left_out=left_out or [],
        unread=[],
        **said,
    )
    return page, form.status
