"""Pages of what is done to many files at once: the preview, and the start of the job."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug.datastructures import MultiDict

from ..core.errors import Conflict, DomainError
from ..core.forms import Form
from ..identity.access import actor_or_none, current_actor, requires
from ..permissions import Permission
from . import bulk, queries
from .bulk_kinds import Bulk
from .bulk_preview import CHECKED, Preview, load, preview
from .bulk_table import choices_for
from .said import title_of
from .wishes import wish_of

bp = Blueprint("bulk", __name__, url_prefix="/renovations/bulk")


@bp.app_template_global()
def household_names(numbers: Sequence[str]) -> dict[str, str]:
    """File number → the household's name as this person may see it; numbers outside the scope are left out."""
    return bulk.names(current_actor(), numbers)


@bp.app_template_global()
def bulk_choices(page: queries.Page) -> list[tuple[str, str]]:
    """(operation, title) of what the person who looks at the list may do to its files.

    Where the list goes on beyond the page, all of it can be chosen: then nothing is left away.
    """
    actor = actor_or_none()
    if actor is None:
        return []
    return choices_for(actor, page.lines if page.is_all else None)


@bp.get("")
@requires(Permission.RENOVATION_READ)
def back() -> Any:
    """The preview is asked for by the list's form; whoever comes by its address starts at the list."""
    return redirect(url_for("workbench.files"))


@bp.post("", endpoint="preview")
@requires(Permission.RENOVATION_READ)
def show() -> Any:
    """What would happen to the files that were ticked (`n`), or to all that match (`all`, `query`); writes nothing.

    The page asks for itself again while the shared fields are typed, since a lot decides who can go.
    """
    actor = current_actor()
    found = bulk.find(request.form.get("operation", ""), actor)
    numbers = _chosen()
    if "once" not in request.form:
        return _first(found, numbers)
    form = Form(found.operation.command, is_sent=True)
    command = form.validate()
    form.problems.clear()  # nothing was sent yet: what is still blank is no fault
    form.status = 200
    return _page(found, preview(found, numbers, actor, command), form)


@bp.post("/<operation>")
@requires(Permission.RENOVATION_READ)
def start(operation: str) -> Any:
    """Start the job for what was ticked; a preview that has changed is shown again before anything is written."""
    actor = current_actor()
    found = bulk.find(operation, actor)
    numbers, ticked = _asked(), set(request.form.getlist("n"))
    form = Form(found.operation.command, is_sent=True)
    command = form.validate()
    shown = preview(found, numbers, actor, command)
    if command is None:
        return _page(found, shown, form)
    ready, rest = {row.number for row in shown.going}, {row.number for row in shown.unchecked}
    wanted = ticked & ready | rest
    going = [row.number for row in shown.rows if row.number in wanted]
    try:
        if ticked - ready or ready - _offered():
            raise Conflict("按您填写的内容，能办的和不能办的有变化，已重新列在下面。请核对后再提交。")
        job = bulk.start(found, going, command, actor, request.form.get("once", "")[:80])
    except DomainError as error:
        form.refuse(error)
        return _page(found, shown, form)
    return redirect(url_for("jobs.show", job_id=job.id))


def _first(found: Bulk, numbers: Sequence[str]) -> Any:
    """The page as it comes from the list: the shared fields filled in as far as the system knows them."""
    some = list(load(numbers[:CHECKED], current_actor()).values())
    initial = dict(found.initial(some))
    try:
        command = found.operation.command.model_validate({name: value for name, value in initial.items() if value})
    except ValidationError:
        command = None
    shown = preview(found, numbers, current_actor(), command)
    return _page(found, shown, Form(found.operation.command, initial, is_sent=False))


def _page(found: Bulk, shown: Preview, form: Form[Any]) -> Any:
    form.choices.update(found.choices(shown.renovations))
    fields = found.asks(shown.renovations) or form.names()
    titles = {title_of(found.operation, renovation) for renovation in shown.renovations}
    page = render_template(
        "workbench/bulk.html",
        bulk=found,
        title=titles.pop() if len(titles) == 1 else found.operation.title,
        consequence=found.consequence_for(shown.renovations) or found.consequence,
        operation=found.operation,
        preview=shown,
        form=form,
        fields=fields,
        kept={name: value for name, value in found.initial(shown.renovations).items() if value and name not in fields},
        off=_unticked(),
        checked=CHECKED,
        once=request.form.get("once") or uuid4().hex,
    )
    return page, form.status


def _chosen() -> Sequence[str]:
    """The numbers that the list's form or this page's own sends."""
    if "asked" in request.form:
        return _asked()
    if request.form.get("all"):
        wish = wish_of(MultiDict(parse_qsl(request.form.get("query", ""))))
        return queries.numbers(current_actor(), wish, bulk.MOST)
    return request.form.getlist("n")[: bulk.MOST]


def _asked() -> list[str]:
    """Every file that the preview was made of, in its order."""
    return request.form.get("asked", "").split()[: bulk.MOST]


def _unticked() -> set[str]:
    """The files that a person has left out, those included that could not be ticked in between."""
    left_out_before, offered = set(request.form.get("off", "").split()), _offered()
    return left_out_before - offered | offered - set(request.form.getlist("n"))


def _offered() -> set[str]:
    """The files that could be ticked on the page."""
    return set(request.form.get("offered", "").split())
