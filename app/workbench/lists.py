"""The list's other faces (groups, board), its menu of conditions, columns and saved filters."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from ..core.db import transaction
from ..core.errors import NotFound
from ..core.forms import Form
from ..identity.access import actor_or_none, current_actor, requires, stamp_of
from ..lifecycle import STAGE_OF, Stage, Status
from ..permissions import Actor, Permission, Role, may
from ..programme.process import is_marked
from ..stages.application.codes import Hardship
from ..stages.registry import papers
from . import board as boards
from . import choices, classes, columns, groups, queries, saved
from . import pictures as drawn
from .receivables import receivables
from .rules import SaveFilter
from .search import Wish
from .wishes import asked, list_url, wish_of

READ = Permission.RENOVATION_READ
COOKIE = "anju_columns_{}"
A_YEAR = 365 * 24 * 3600


def chosen_columns(actor: Actor) -> tuple[columns.Column, ...]:
    """The columns that this person has chosen on this browser; () for the usual ones, which cost nothing."""
    kept = request.cookies.get(COOKIE.format(actor.user_id), "")
    return columns.chosen(kept, actor) if kept else ()


def grouped(actor: Actor, wish: Wish, by: str) -> str:
    """The list in groups, with counts and sums."""
    found = groups.groups(actor, wish, by)
    return render_template(
        "workbench/groups.html",
        wish=wish,
        by=by,
        ways=groups.BY,
        groups=found,
        total=groups.total(found),
        parameter=groups.PARAMETER[by],
        **bar(actor),
    )


def board(actor: Actor, wish: Wish) -> str:
    """The list as columns of cards by status."""
    found = boards.board(actor, wish)
    count = sum(column.count for column in found)
    return render_template("workbench/board.html", wish=wish, columns=found, count=count, **bar(actor))


def bar(actor: Actor) -> dict[str, Any]:
    """What the bar above the list needs in all its faces."""
    return {"views": queries.VIEWS, "statuses": list(Status), "regions": queries.regions_to_choose(actor)}


@requires(READ)
def pictures() -> str:
    """Under the desk: what a contractor's homes wait for; for offices quota, money, limits and age."""
    actor = current_actor()
    builds = actor.role is Role.CONTRACTOR
    year, sources = drawn.money(actor) if actor.role in (Role.FINANCE, Role.CITY) else (0, [])
    return render_template(
        "workbench/pictures.html",
        in_page="HX-Request" in request.headers,
        money=receivables(actor) if builds else None,
        quota=drawn.quota(actor) if may(actor, Permission.FUNDS_READ) else None,
        year=year,
        sources=sources,
        ageing=None if builds else drawn.ageing(actor),
        labels=drawn.AGE_LABELS,
    )


@requires(READ)
def cards(status: str) -> str:
    """The next cards of one column of the board."""
    if status not in set(Status):
        raise NotFound("没有这一栏。请回到看板刷新。")
    wish = wish_of(request.args)
    if wish.before is None:
        raise NotFound("没有更多了。请回到看板刷新。")
    column = boards.more(current_actor(), wish, Status(status), wish.before)
    return render_template("workbench/_cards.html", wish=wish, column=column)


@requires(READ)
def menu() -> str:
    """All conditions, groups, columns and saved filters: asked for when somebody opens the menu."""
    actor, wish = current_actor(), wish_of(request.args)
    return render_template(
        "workbench/menu.html",
        wish=wish,
        query=request.query_string.decode(),
        in_page="HX-Request" in request.headers,
        stages=[(one.value, one.label) for one in Stage],
        hardships=_hardships(actor),
        classes=classes.offered(actor).items(),
        firms=choices.firms(actor),
        villages=choices.villages(actor, wish.region_id),
        ways=groups.BY,
        columns=columns.offered(actor),
        shown={one.key for one in chosen_columns(actor)} or set(columns.USUAL),
        saved=saved.saved(actor),
        form=Form(SaveFilter),
        **bar(actor),
    )


def _hardships(actor: Actor) -> list[tuple[str, str]]:
    """The kinds of hardship, for those who may read what concerns the person."""
    shown = may(actor, Permission.HEALTH_READ)
    return [(one.value, one.label) for one in Hardship if one is not Hardship.NONE and shown]


@requires(READ)
def choose_columns() -> Response:
    """Remember on this browser which columns the person wants; none ticked brings the usual ones back."""
    actor = current_actor()
    wanted = [key for key in request.form.getlist("column") if key in columns.COLUMNS]
    answer = _back()
    name = COOKIE.format(actor.user_id)
    if wanted and columns.chosen(".".join(wanted), actor):
        answer.set_cookie(
            name, ".".join(wanted), max_age=A_YEAR, httponly=True, samesite="Lax", secure=request.is_secure
        )
    else:
        answer.delete_cookie(name)
    return answer


@requires(READ)
def keep() -> Any:
    """Keep what the list shows now under a name."""
    form = Form(SaveFilter)
    if not form.run(_save):
        for _, _, sentence in form.errors:
            flash(sentence, "error")
        return _back()
    flash("已保存，在“筛选”里随时可用", "success")
    return _back()


def _save(command: SaveFilter) -> None:
    with transaction():
        saved.save(command, current_actor())


@requires(READ)
def forget(filter_id: int) -> Response:
    """Take one's own saved filter away."""
    with transaction():
        saved.end(filter_id, current_actor())
    flash("已删去这个筛选", "success")
    return _back()


def _back() -> Response:
    """To the list as it was: only its own parameters are taken over, so that nobody is led elsewhere."""
    args = MultiDict(parse_qsl(request.form.get("query", "")))
    more = {name: value for name in ("group", "as") if (value := args.get(name))}
    there = list_url(wish_of(args), **more)
    return redirect(there)  # type: ignore[return-value]  # werkzeug's own response, which Flask's is


def conditions(wish: Wish, regions: Any) -> list[tuple[str, str]]:
    """The chips of what narrows the list, each with the address that takes it away."""
    if wish.more is None and wish.status is None and wish.region_id is None and not wish.text:
        return []
    found = choices.words(wish, regions)
    return [(words, list_url(wish, **{name: None})) for name, words in found if name in {"q", *asked(wish)}]


def menu_url() -> str:
    """Where the menu of everything else is asked for."""
    return url_for("workbench.list_menu")


def cards_url(wish: Wish, status: Status, before: int) -> str:
    """Where the next cards of a column are asked for."""
    params = urlencode({**asked(wish), "before": before})
    return f"{url_for('workbench.cards', status=status.value)}?{params}"


EXPORTS = (
    ("这个列表（Excel）", "exports.list_xlsx"),
    ("台账（Excel）", "exports.ledger"),
)
"""What the list can be taken out as, where the part that makes it is installed."""


def exports(wish: Wish) -> list[tuple[str, str]]:
    """(label, address) of every way out, with the list's own conditions."""
    there, params = current_app.view_functions, asked(wish)
    query = f"?{urlencode(params)}" if params else ""
    return [(label, url_for(endpoint) + query) for label, endpoint in EXPORTS if endpoint in there]


MANY, WHOLE = "papers.many", "papers.export"
"""Endpoints that print a paper of many files, and a whole file (一户一档)."""


def printable(lines: Sequence[queries.Line] = ()) -> list[tuple[str, str]]:
    """(kind, title) of the papers that can be printed of many files at once by the person who looks at the page.

    First those of the stage in which most of `lines` stand, then the earlier ones, at last what there cannot be yet. What
    the programmes of all `lines` leave out is not among them.
    """
    actor = actor_or_none()
    if actor is None or not is_open_to(MANY, actor):
        return []
    found = [one for one in papers().values() if one.may_read(actor) and not one.of_one_message]
    if lines:
        every = {line.marks for line in lines}
        found = [one for one in found if not all(is_marked(marks, one.part.value) for marks in every)]
        found = [one for one in found if not one.wanted_by or any(f"|{one.wanted_by}" in marks for marks in every)]
    stages = Counter(STAGE_OF[line.status] for line in lines)
    if stages:
        order = list(Stage)
        here = order.index(stages.most_common(1)[0][0])
        found.sort(key=lambda one: (order.index(one.stage) > here, here - order.index(one.stage)))
    return [(one.kind, one.title) for one in found]


def is_open_to(endpoint: str, actor: Actor) -> bool:
    """True when the page exists and the person has its permissions."""
    view = current_app.view_functions.get(endpoint)
    stamp = stamp_of(view) if view is not None else None
    return stamp is not None and all(may(actor, permission) for permission in stamp.permissions)


def many_url() -> str:
    """Where many papers are asked for."""
    return url_for(MANY)


def whole_file_url(number: str) -> str:
    """Where a whole file is asked for; "" when that part is missing or the person may not."""
    actor = actor_or_none()
    return url_for(WHOLE, number=number) if actor is not None and is_open_to(WHOLE, actor) else ""


GLOBALS: dict[str, Callable[..., Any]] = {
    "list_url": list_url,
    "list_asked": asked,
    "list_conditions": conditions,
    "list_menu": menu_url,
    "list_cards": cards_url,
    "list_exports": exports,
    "list_printable": printable,
    "list_many": many_url,
    "whole_file_url": whole_file_url,
}
"""What the list's templates ask for."""
