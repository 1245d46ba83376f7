"""Pages of quotas and money: what was allotted, what is left, and allotting. Thin: `service` decides."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for

from ..core import clock
from ..core.commands import Command
from ..core.db import transaction
from ..core.errors import NotFound, RuleViolation
from ..core.forms import Form
from ..core.submissions import first_time
from ..identity.access import current_actor, requires
from ..permissions import Actor, Permission, leads, may
from ..places import queries as places
from ..places.models import Region
from ..places.rules import Level
from ..programme import queries as programmes
from ..programme.schema import ProgrammeData
from . import planned, queries, service, waiting, yuan
from .account_models import FundMove
from .quota_models import QuotaMove
from .rules import AllotMoney, AllotPlaces, AllotYuan, Direction

bp = Blueprint("funds", __name__, url_prefix="/funds")

A = TypeVar("A", AllotPlaces, AllotMoney, AllotYuan)

LESSENING = {QuotaMove.REDUCE, QuotaMove.GIVE, FundMove.REDUCE, FundMove.GIVE, FundMove.UNCOMMIT, FundMove.RETURN}
"""Movements that are shown with a minus."""


@bp.get("/")
@requires(Permission.FUNDS_READ)
def overview() -> Any:
    """Quotas and money of the actor's region and below, for a programme and a year."""
    actor = current_actor()
    names = _programmes(actor)
    asked = request.args.get("programme", "")
    key = asked if asked in names else next(iter(names), "")
    year = request.args.get("year", type=int) or _year(actor, key)
    quotas = queries.quotas(actor, key, year)
    counted = queries.counted_alone(quotas)
    accounts = queries.accounts(actor, key, year)
    base = _base(actor)
    return render_template(
        "funds/overview.html",
        base=base,
        names=names,
        key=key,
        year=year,
        years=_years(actor),
        quotas=[row for row in quotas if _is_shown(row.region, base)],
        taken=queries.taken_below(quotas),
        places=sum(row.places for row in queries.uppermost(quotas) if row.id not in counted),
        counted=counted,
        yuans=queries.yuan_quotas(actor, key, year),
        by_yuan=_by_yuan(actor, key),
        confirmed=sum(row.taken for row in quotas),
        accounts=accounts,
        spread=queries.spread_below(accounts),
        amount_fen=sum(row.amount_fen for row in queries.uppermost(accounts)),
        committed_fen=sum(row.committed_fen for row in accounts),
        spent_fen=sum(row.spent_fen for row in accounts),
        own_path=actor.region_path,
        manages=may(actor, Permission.FUNDS_MANAGE),
        money=may(actor, Permission.MONEY_READ),
        planned=_planned(actor, key),
    )


@bp.route("/places/new", methods=["GET", "POST"])
@requires(Permission.FUNDS_MANAGE)
def allot_places() -> Any:
    """Allot places to a region, add or take back."""

    def book(command: AllotPlaces, region: Region, key: str, terms: dict[str, Any]) -> None:
        service.allot_places(region, key, command.year, command.places, **terms)

    form = Form(AllotPlaces, _asked(), _choices(current_actor(), Level.TOWNSHIP))
    return _allot(form, book, "任务数已登记", title="下达任务数", money=False)


@bp.route("/money/new", methods=["GET", "POST"])
@requires(Permission.FUNDS_MANAGE)
def allot_money() -> Any:
    """Allot money to a region, add or take back."""
    actor = current_actor()

    def book(command: AllotMoney, region: Region, key: str, terms: dict[str, Any]) -> None:
        source = _source(actor, command)
        service.allot_money(region, key, command.source_id, source, command.year, command.amount, **terms)

    sources = _source_choices(actor, request.values.get("programme_key"))
    form = Form(AllotMoney, _asked(), _choices(actor, Level.COUNTY) | {"source_id": sources})
    return _allot(form, book, "资金已登记", title="下达资金", money=True)


@bp.route("/yuan/new", methods=["GET", "POST"])
@requires(Permission.FUNDS_MANAGE)
def allot_yuan() -> Any:
    """Allot yuan to the households of a region beside their places, add or take back."""

    def book(command: AllotYuan, region: Region, key: str, terms: dict[str, Any]) -> None:
        service.allot_yuan(region, key, command.year, command.amount, **terms)

    form = Form(AllotYuan, _asked(), _choices(current_actor(), Level.TOWNSHIP))
    return _allot(form, book, "金额指标已登记", title="下达金额指标", money=False, yuan=True)


def _allot(form: Form[A], book: Callable[[A, Region, str, dict[str, Any]], None], done: str, **shown: Any) -> Any:
    """Show the form of an allotment, or book it once and go back to the overview."""
    actor = current_actor()

    def work(command: A) -> None:
        terms = {name: getattr(command, name) for name in ("document", "reason", "is_example", "direction")}
        with transaction():
            if _is_new(command, actor):
                region, key = _region(command.region_id, actor), _known(actor, command.programme_key)
                book(command, region, key, terms | {"actor": actor})

    if form.run(work):
        flash(done, "success")
        return redirect(_back(form))
    return render_template("funds/allot.html", form=form, **shown), form.status


@bp.post("/planned")
@requires(Permission.FUNDS_MANAGE)
def allot_planned() -> Any:
    """Allot what the programme's data say to regions that have nothing yet."""
    actor = current_actor()
    key, year = request.form.get("programme", ""), request.form.get("year", type=int) or clock.today().year
    programme = programmes.of(programmes.current(key, _county_code(actor), clock.today()))
    with transaction():
        otherwise = planned.unlike_planned(programme, year, actor)
        quotas, accounts = planned.allot_as_planned(programme, year, actor)
    if quotas or accounts:
        flash(f"已按政策数据登记任务数和金额指标 {quotas} 笔、资金 {accounts} 笔", "success")
    elif not otherwise:
        flash("政策数据里的任务数和资金都已登记过，没有新增", "warning")
    if otherwise:
        flash(f"与政策数据不同，没有改动：{'；'.join(otherwise)}。要改请用“追加或调减”", "warning")
    return redirect(url_for("funds.overview", programme=key, year=year))


@bp.get("/places/<int:quota_id>")
@requires(Permission.FUNDS_READ)
def quota(quota_id: int) -> Any:
    """One quota with its ledger."""
    actor = current_actor()
    found = queries.quota(quota_id, actor)
    money = yuan.of_region(found.programme_key, found.year, found.region_id)
    return render_template(
        "funds/quota.html",
        quota=found,
        name=programmes.name_of(found.programme_key),
        entries=queries.quota_entries(quota_id),
        waiting=waiting.waiting_numbers([quota_id]).get(quota_id, 0),
        yuan=money,
        yuan_entries=yuan.entries(money.id) if money else [],
        lessening=LESSENING,
        manages=may(actor, Permission.FUNDS_MANAGE),
    )


@bp.get("/money/<int:account_id>")
@requires(Permission.FUNDS_READ, Permission.MONEY_READ)
def account(account_id: int) -> Any:
    """One account with its ledger, newest first; `?before=` pages on."""
    actor = current_actor()
    found = queries.account(account_id, actor)
    entries = queries.fund_entries(account_id, request.args.get("before", type=int))
    return render_template(
        "funds/account.html",
        account=found,
        name=programmes.name_of(found.programme_key),
        entries=entries,
        older=entries[-1].id if len(entries) == queries.PAGE else None,
        lessening=LESSENING,
        manages=may(actor, Permission.FUNDS_MANAGE),
    )


def _is_new(command: Command, actor: Actor) -> bool:
    """False when this very page was carried out before: it was sent again after a broken line, or clicked twice."""
    sent = request.form.get("once", "")
    return first_time(actor.sender, sent, f"{type(command).__name__}|{command.model_dump_json()}")


def _base(actor: Actor) -> Region | None:
    """The region whose parts are listed: the one asked for within the scope, else the actor's own."""
    asked = request.args.get("region", type=int)
    if asked:
        return _region(asked, actor)
    return places.region(actor.region_id) if actor.region_id else None


def _is_shown(region: Region, base: Region | None) -> bool:
    """Above counties the list stops at counties; a county's townships are one click away."""
    if base is None or base.level in {Level.COUNTY, Level.TOWNSHIP}:
        return base is None or region.path.startswith(base.path) or base.path.startswith(region.path)
    return region.level is not Level.TOWNSHIP


def _programmes(actor: Actor) -> dict[str, str]:
    """Key → name of the programmes in force in the actor's county, and of those under which something was allotted."""
    running = programmes.in_force(_county_code(actor), clock.today())
    names = {row.programme_key: row.name for row in running if leads(actor, row.office)}
    for key, _ in queries.used_keys(actor):
        if key not in names:
            names[key] = programmes.name_of(key)
    return names


def _county_code(actor: Actor) -> str:
    """The code of the county in which the actor works, above counties of the own region; "" for everywhere."""
    if actor.region_id is None:
        return ""
    own = places.region(actor.region_id)
    return (places.enclosing(own, Level.COUNTY) or own).code


def _years(actor: Actor) -> list[int]:
    this = clock.today().year
    return sorted({this, this + 1, *(year for _, year in queries.used_keys(actor))}, reverse=True)


def _year(actor: Actor, key: str) -> int:
    """This year, or the newest one with figures when this year has none."""
    years = [year for used, year in queries.used_keys(actor) if used == key]
    this = clock.today().year
    return this if this in years or not years else max(years)


def _data(actor: Actor, key: str) -> ProgrammeData | None:
    """What the programme says in the actor's county today; None when it is not in force there."""
    try:
        return programmes.of(programmes.current(key, _county_code(actor), clock.today())).data
    except NotFound:
        return None


def _planned(actor: Actor, key: str) -> bool:
    """True when the programme's data name quotas or money that can be taken over."""
    data = _data(actor, key)
    return data is not None and bool(data.quota or data.allotment)


def _by_yuan(actor: Actor, key: str) -> bool:
    """True when the programme limits no number of households, so that a quota of yuan alone lets the county confirm."""
    data = _data(actor, key)
    return data is not None and not any(quota.households for quota in data.quota)


def _known(actor: Actor, key: str) -> str:
    """A programme that stands in the form's list; RuleViolation for any other."""
    if key not in _programmes(actor):
        raise RuleViolation("没有这个政策，或不由本单位牵头。请从列表中选择。", "programme_key")
    return key


def _asked() -> dict[str, Any]:
    """What the link that led here filled in."""
    names = ("programme_key", "year", "region_id", "source_id", "direction")
    return {"year": clock.today().year, "direction": Direction.ADD} | {
        name: request.args[name] for name in names if name in request.args
    }


def _choices(actor: Actor, lowest: Level) -> dict[str, list[tuple[Any, str]]]:
    levels = list(Level)
    regions = [
        region
        for region in places.subtree(actor.region_path, on=clock.today())
        if levels.index(region.level) <= levels.index(lowest)
    ]
    regions.sort(key=lambda region: region.path)
    top = min((len(region.ancestor_ids) for region in regions), default=0)
    names = [(region.id, "　" * (len(region.ancestor_ids) - top) + region.name) for region in regions]
    return {
        "programme_key": list(_programmes(actor).items()),
        "year": [(year, f"{year} 年") for year in _years(actor)],
        "region_id": names,
    }


def _source_choices(actor: Actor, key: str | None) -> list[tuple[str, str]]:
    """The sources of the programme that was asked for; while none is chosen, of all of them, each id with its names."""
    named: dict[str, list[str]] = {}
    programmes = _programmes(actor)
    for one in [key] if key in programmes else programmes:
        for source_id, name in queries.sources(one, _county_code(actor), clock.today()):
            named.setdefault(source_id, []).append(name)
    return [(source_id, "／".join(dict.fromkeys(names))) for source_id, names in named.items()]


def _source(actor: Actor, command: AllotMoney) -> str:
    """What the programme calls the source; RuleViolation when it has no such source."""
    sources = dict(queries.sources(command.programme_key, _county_code(actor), clock.today()))
    if command.source_id not in sources:
        names = "、".join(sources.values()) or "没有写明资金来源"
        raise RuleViolation(f"这个政策没有这项资金来源，它的来源是：{names}。", "source_id")
    return sources[command.source_id]


def _region(region_id: int, actor: Actor) -> Region:
    """A region within the actor's scope; NotFound outside it, as if it were not there."""
    region = places.region(region_id)
    if not region.path.startswith(actor.region_path):
        raise NotFound("没有这个地区，或不在您的管理范围内。", "region_id")
    return region


def _back(form: Form[Any]) -> str:
    return url_for("funds.overview", programme=form.value("programme_key"), year=form.value("year"))
