"""Pages across the stages: my desk, the list, search, a renovation's page; and the household's own."""

from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for

from ..core.forms import Form
from ..identity.access import actor_or_none, current_actor, public, requires
from ..identity.queries import count_users
from ..identity.shown import shown_address, shown_name
from ..lifecycle import Stage
from ..permissions import Permission, may
from ..programme.queries import drafts_for, programme_of
from ..renovation import own_papers
from ..renovation import queries as renovations
from ..renovation.progress import status_of
from ..renovation.rules import Remark
from ..stages.settlement import deposits
from . import (
    buttons,
    deadlines,
    groups,
    household,
    links,
    lists,
    marks,
    menu,
    queries,
    said,
    setup,
    stages_shown,
    talk,
    timeline,
)
from .search import MOST, is_id_number
from .wishes import wish_of

bp = Blueprint("workbench", __name__)
bp.add_url_rule("/my", endpoint="look_up", view_func=household.look_up, methods=["GET", "POST"])
bp.add_url_rule("/my/progress", endpoint="household", view_func=household.household)
bp.add_url_rule("/my/leave", endpoint="leave", view_func=household.leave, methods=["POST"])
bp.add_url_rule("/to-dos", endpoint="to_dos", view_func=talk.mine)
bp.add_url_rule("/desk/pictures", endpoint="pictures", view_func=lists.pictures)
bp.add_url_rule("/renovations/menu", endpoint="list_menu", view_func=lists.menu)
bp.add_url_rule("/renovations/board/<status>", endpoint="cards", view_func=lists.cards)
bp.add_url_rule("/renovations/columns", endpoint="choose_columns", view_func=lists.choose_columns, methods=["POST"])
bp.add_url_rule("/renovations/filters", endpoint="save_filter", view_func=lists.keep, methods=["POST"])
bp.add_url_rule(
    "/renovations/filters/<int:filter_id>/end", endpoint="forget_filter", view_func=lists.forget, methods=["POST"]
)
bp.add_url_rule("/renovations/<number>/people", endpoint="people", view_func=talk.people)
bp.add_url_rule("/renovations/<number>/seen", endpoint="seen", view_func=talk.seen, methods=["POST"])

SHOWN = 20
"""Entries of the timeline that stand beside the file at once."""


for _function in (
    marks.mark_of,
    menu.chrome,
    menu.new_url,
    links.move_url,
    stages_shown.stage_steps,
    links.missing_url,
    links.operation_url,
    links.step_url,
    links.file_url,
    links.opens,
    links.file_title,
    status_of,
    said.title_of,
):
    bp.add_app_template_global(_function)


for _name, _asked in lists.GLOBALS.items():
    bp.add_app_template_global(_asked, _name)


@bp.add_app_template_global
def can(permission: str) -> bool:
    """True when the person who looks at the page has the permission of that code."""
    actor = actor_or_none()
    return actor is not None and may(actor, Permission(permission))


@bp.get("/")
@public
def desk() -> Any:
    """My desk; on an installation without programme or people what is missing; for strangers the way in."""
    actor = actor_or_none()
    missing = setup.missing() if actor is None or may(actor, Permission.USER_MANAGE) else []
    if actor is None:
        if count_users() == 0 or missing:
            return render_template("workbench/setup.html", missing=missing)
        return redirect(url_for("identity.sign_in"))
    return _my_desk(missing)


@requires()  # the door of every other page: whoever has a one-time password sets an own one first
def _my_desk(missing: list[tuple[str, str]]) -> Any:
    actor = current_actor()
    if not may(actor, Permission.RENOVATION_READ):
        to_do = setup.to_do() if may(actor, Permission.USER_MANAGE) and not missing else []
        return render_template(
            "workbench/admin.html", missing=missing, to_do=to_do, drafts=drafts_for(actor), groups=menu.menu(actor)
        )
    found = queries.desk(actor)
    menu.know_waiting(found.waiting or 0)
    said, kept = talk.on_my_desk(actor), deposits.on_desk(actor)
    drafts = drafts_for(actor)
    return render_template("workbench/desk.html", desk=found, actor=actor, said=said, deposits=kept, drafts=drafts)


@bp.get("/waiting")
@requires()
def waiting() -> Response:
    """The number in the menu, asked for once a page stands: no page is slower for it. Kept for twenty seconds."""
    response = Response(menu.in_menu(queries.waiting_count(current_actor())), content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "private, max-age=20"
    return response


@bp.get("/renovations")
@requires(Permission.RENOVATION_READ)
def files() -> str:
    """The list: filters, search, keyset pages; the same in groups (`group`) or as a board (`as=board`)."""
    actor = current_actor()
    wish = wish_of(request.args)
    if (by := request.args.get("group")) in groups.BY:
        return lists.grouped(actor, wish, str(by))
    if request.args.get("as") == "board":
        return lists.board(actor, wish)
    columns = lists.chosen_columns(actor)
    return render_template(
        "workbench/files.html",
        wish=wish,
        page=queries.files(actor, wish, columns),
        columns=columns,
        most=MOST,
        **lists.bar(actor),
    )


@bp.post("/search")
@requires(Permission.RENOVATION_READ)
def search() -> Any:
    """The box at the top. Posted, because an identity number must not stand in an address or a log."""
    text = request.form.get("q", "").strip()[:60]
    if not is_id_number(text):
        return redirect(url_for("workbench.files", q=text or None, view="all" if text else None))
    found = queries.with_id_number(current_actor(), text)
    if len(found) == 1:
        return redirect(url_for("workbench.renovation", number=found[0].number))
    return render_template("workbench/found.html", lines=found)


@bp.get("/renovations/<number>")
@requires(Permission.RENOVATION_READ)
def renovation(number: str) -> str:
    """A renovation's page."""
    actor = current_actor()
    found = renovations.get(number, actor)
    events, comments = renovations.events(found), renovations.comments(found)
    if said := links.just_done(found, request.args.get("done", "")):
        flash(said, "success")
    wanted = request.args.get("tab", "")
    tabs = stages_shown.tabs(found, actor)
    steps = stages_shown.steps(found, events, stages_shown.used_stages(found))
    reached = stages_shown.place_of(stages_shown.stands_at(found.status, steps), tabs)
    stage = Stage(wanted) if wanted in tabs else tabs[reached]
    panel = talk.panel(found, comments, actor)
    programme = programme_of(found.programme_version_id)
    entries = timeline.timeline(events, panel.entries, programme)
    return render_template(
        "workbench/renovation.html",
        renovation=found,
        file_name=shown_name(actor, found.applicant_name) or "（未填姓名）",
        file_address=shown_address(actor, found.address),
        programme=programme.name,
        actor=actor,
        steps=steps,
        choices=buttons.choices(found, actor),
        stages=tabs,
        stage=stage,
        reached=reached,
        tab=stages_shown.tab(found, actor, stage),
        own_papers=own_papers.shown(found, stage),
        entries=entries if "all" in request.args else entries[:SHOWN],
        hidden=max(len(entries) - SHOWN, 0) if "all" not in request.args else 0,
        firms=[one for one in renovations.assignments(found) if one.ended_at is None],
        due=deadlines.due(found),
        remark=Form(Remark),
        panel=panel,
        once=uuid4().hex,
    )
