"""Pages of lots that firms won: list, enter, award, end. For county bureaus, and townships that procure themselves."""

from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for

from ...core import clock
from ...core.db import transaction
from ...core.errors import NotFound, RuleViolation
from ...core.forms import Form
from ...permissions import Actor, Permission, could, may
from ...places import queries
from ...places.models import Organisation
from ...places.rules import AddOwnProcurement, AddProcurement, EndProcurement, Level, SetAward
from ..access import actor_or_none, current_actor, requires
from . import bp

TASK, PAGE = Permission.PROCUREMENT_MANAGE, 100


@bp.app_template_global()
def procures() -> bool:
    """True when the person who looks at the page enters lots: of the county's programmes, or of those given to it."""
    actor = actor_or_none()
    return actor is not None and could(actor, TASK) and bool(_tenders().manages(actor))


def _tenders() -> Any:
    """What stands above: programmes, who enters their lots, and whether prices fit them."""
    return current_app.extensions["anju_tenders"]


@bp.get("/procurements")
@requires(TASK)
def procurements() -> str:
    """The lots of the own region, the newest first; `?before=` pages on. A township chooses here for whom to enter one."""
    actor = current_actor()
    _tenders().check_manages(actor)
    before = request.args.get("before", type=int)
    records = _tenders().kept(actor, PAGE, before)
    return render_template(
        "admin/procurements.html",
        records=records,
        programmes=_tenders().names_of(records),
        choices=_tenders().choices(actor),
        firms=_tenders().firms_for(actor) if _tenders().is_limited(actor) else [],
        reads_firms=may(actor, Permission.ORGANISATION_READ),
        before=records[-1].id if len(records) == PAGE else None,
        today=clock.today(),
    )


@bp.route("/organisations/<int:organisation_id>/procurements/new", methods=["GET", "POST"])
@requires(TASK)
def add_procurement(organisation_id: int) -> Any:
    """Enter a lot that a firm won in the actor's region."""
    found, actor = queries.organisation(organisation_id), current_actor()
    _tenders().check_manages(actor)
    _tenders().check_firm(found, actor)
    kinds, programmes, regions = (
        [(kind, kind.label) for kind in found.kinds],
        _tenders().choices(actor),
        _regions(actor),
    )
    limited = _tenders().is_limited(actor)
    initial = {
        "kind": kinds[0][0] if len(kinds) == 1 else "",
        "region_id": actor.region_id or "",
        "programme_key": programmes[0][0] if limited and len(programmes) == 1 else "",
    }
    form: Form[Any] = Form(
        AddOwnProcurement if limited else AddProcurement,
        initial,
        {"kind": kinds, "region_id": regions, "programme_key": programmes},
    )

    def work(command: AddProcurement) -> None:
        with transaction():
            _add_with_paper(queries.organisation(organisation_id), command, actor)

    if form.run(work):
        flash("采购记录已登记", "done")
        return redirect(_back(actor, organisation_id))
    page = render_template(
        "admin/procurement_new.html", form=form, organisation=found, limited=limited, back=_back(actor, organisation_id)
    )
    return page, form.status


def _add_with_paper(organisation: Organisation, command: AddProcurement, actor: Actor) -> None:
    """Add the record; its paper must be the actor's own upload, or anybody's file could be shown through it."""
    files = current_app.extensions["anju_files"]
    if command.paper is not None and not files.usable_by(command.paper, actor.user_id):
        raise RuleViolation("没有找到这个文件，请重新上传", "paper")
    _tenders().add_tender(organisation, command, actor)


@bp.get("/procurements/<int:record_id>/paper")
@requires(Permission.ORGANISATION_READ)
def show_procurement_paper(record_id: int) -> Any:
    """The paper of a procurement record."""
    return _paper(record_id)


@bp.get("/procurements/<int:record_id>/own-paper")
@requires(TASK)
def show_own_paper(record_id: int) -> Any:
    """The paper of a procurement record that the actor keeps."""
    _tenders().check_kept(queries.procurement(record_id), current_actor())
    return _paper(record_id)


def _paper(record_id: int) -> Any:
    record = queries.procurement(record_id)
    if record.paper_id is None:
        raise NotFound("这条采购记录没有上传文件")
    return current_app.extensions["anju_files"].send(record.paper_id)


@bp.route("/procurements/<int:record_id>/end", methods=["GET", "POST"])
@requires(TASK)
def end_procurement(record_id: int) -> Any:
    """End a procurement record before its term."""
    return _on_record(Form(EndProcurement), record_id, _tenders().end_tender, "procurement_end", "采购记录已终止")


@bp.route("/procurements/<int:record_id>/award", methods=["GET", "POST"])
@requires(TASK)
def set_award(record_id: int) -> Any:
    """Add the award amount that a record was entered without."""
    return _on_record(Form(SetAward), record_id, _tenders().set_award, "procurement_award", "中标金额已登记")


def _on_record(form: Form[Any], record_id: int, use_case: Any, template: str, done: str) -> Any:
    """Show the form of a use case on a record that the actor keeps, or carry it out and go back."""
    record, actor = queries.procurement(record_id), current_actor()
    back = _back(actor, record.organisation_id)
    _tenders().check_kept(record, actor)

    def work(command: Any) -> None:
        with transaction():
            use_case(queries.procurement(record_id), command, actor)

    if form.run(work):
        flash(done, "done")
        return redirect(back)
    page = render_template(f"admin/{template}.html", form=form, record=queries.procurement(record_id), back=back)
    return page, form.status


def _back(actor: Actor, organisation_id: int) -> str:
    """The firm's page, or the list of lots for who may not open firms."""
    if may(actor, Permission.ORGANISATION_READ):
        return url_for("admin.organisation", organisation_id=organisation_id)
    return url_for("admin.procurements")


def _regions(actor: Actor) -> list[tuple[Any, str]]:
    """Where a procurement may hold: counties and what stands above them within the actor's scope; a township's own."""
    if not actor.region_path:
        return []
    is_township = actor.region_level == Level.TOWNSHIP
    levels = [Level.TOWNSHIP] if is_township else [Level.PROVINCE, Level.PREFECTURE, Level.COUNTY]
    found = sorted(
        (node for level in levels for node in queries.subtree(actor.region_path, level, clock.today())),
        key=lambda node: node.code,
    )
    return [(node.id, f"{node.name}（{node.level.label}）") for node in found]
