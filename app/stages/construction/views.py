"""The pages of the works: one for every operation; a square of the photo page by itself; the sums while one types."""

from collections.abc import Sequence
from uuid import uuid4

from flask import Blueprint, render_template, request

from ...core.db import db
from ...core.errors import NotFound
from ...core.forms import Form
from ...identity.access import current_actor, requires
from ...permissions import Permission
from ...places.models import ProcurementRecord
from ...renovation import queries as files
from ...renovation.operations import perform
from ...renovation.web import register_operations
from ..plan import queries as plans
from ..plan.preview import typed_rows
from .changes import change_sums
from .firm_pages import contract_sums
from .lots import households_of
from .operations import OPERATIONS
from .pages import photos_page
from .rules import AddPhotos, PhotoKind

bp = Blueprint("construction", __name__)
register_operations(bp, OPERATIONS)
_PHOTOS = next(one for one in OPERATIONS if one.name == "photos")


@bp.app_template_global()
def lots_served(records: Sequence[ProcurementRecord]) -> dict[int, int]:
    """Record id → how many files it serves now or has served to the end."""
    return households_of(records)


@bp.post("/renovations/<number>/construction/photos/square")
@requires(Permission.CONSTRUCTION_REPORT)
def take_photo(number: str) -> str:
    """Put a photo in its square and give the square back, with the refusal in it when there is one. 404 outside scope."""
    actor = current_actor()
    renovation = files.get(number, actor)
    form = Form(AddPhotos)
    done = form.run(lambda command: perform(_PHOTOS, number, command, actor, key=request.form.get("once", "")))
    if not done:
        db.session.rollback()
    renovation = files.get(number, actor)
    context = photos_page(renovation)
    line = next((one for one in context["lines"] if str(one.root_id) == request.form.get("line_id")), None)
    kind = next((one for one in PhotoKind if one.value == request.form.get("kind")), None)
    if line is None or kind is None:
        raise NotFound("生效的方案里没有这个项目，请刷新页面。")
    context |= {"live": True, "refused": "" if done else "；".join(one.message for one in form.problems)}
    return render_template(
        "construction/_slot.html",
        renovation=renovation,
        line=line,
        kind=kind,
        may_take=True,
        once=uuid4().hex,
        **context,
    )


@bp.post("/renovations/<number>/construction/contract/sums")
@requires(Permission.CONSTRUCTION_CONTRACT)
def contract_preview(number: str) -> str:
    """The contract's total for the prices typed so far; nothing is saved."""
    renovation = files.get(number, current_actor())
    return render_template(
        "construction/_contract_sums.html",
        sums=contract_sums(renovation, typed_rows(request.form, "prices")),
        live=True,
    )


@bp.post("/renovations/<number>/construction/propose_change/sums")
@requires(Permission.CONSTRUCTION_REPORT)
def change_preview(number: str) -> str:
    """The sums of a change while it is typed; nothing is saved."""
    renovation = files.get(number, current_actor())
    sums = change_sums(renovation, typed_rows(request.form, "lines"))
    return render_template("construction/_change_sums.html", sums=sums, held=plans.signed(renovation), live=True)
