"""Many applications at once: one clause verified, one notice put up, places of the quota taken."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from ..core import clock
from ..core.db import db
from ..funds import yuan
from ..funds.queries import quota_for
from ..funds.quota_models import PlaceTaken, QuotaPlaces
from ..permissions import Actor
from ..programme.queries import programme_of
from ..renovation.models import Renovation
from ..stages.application import operations as application
from ..stages.application import waiting_queries
from ..stages.application.codes import Finding
from ..stages.application.rules import Verify
from .bulk_kinds import Pool, Pools


def verify_choices(renovations: Sequence[Renovation]) -> dict[str, Any]:
    """What the stage offers for these files; of the results only the one that can be the same for many."""
    versions = dict.fromkeys(renovation.programme_version_id for renovation in renovations)
    found = application.verify_choices(programme_of(version) for version in versions)
    return {**found, "result": [(Finding.CONFIRMED.value, Finding.CONFIRMED.label)]}


def verify_initial(_renovations: Sequence[Renovation]) -> dict[str, Any]:
    """Checked today, and as it stands in the application."""
    return {"checked_on": clock.today(), "result": Finding.CONFIRMED}


def verify_reasons(renovation: Renovation, _actor: Actor, command: Verify | None) -> Iterable[str]:
    """Why a clause cannot be verified for this file together with others."""
    if command is None:
        return
    programme = programme_of(renovation.programme_version_id)
    if command.clause not in {clause.id for clause in programme.clauses}:
        yield f"这一户的政策没有 {command.clause} 这一条"
    if command.result is not Finding.CONFIRMED:
        yield "核实不符或不能核实的，每户情况不同，要打开档案逐户登记"


def notice_choices(renovations: Sequence[Renovation]) -> dict[str, Any]:
    """Where the programmes of these files put up their notices."""
    versions = dict.fromkeys(renovation.programme_version_id for renovation in renovations)
    found = dict.fromkeys(place for version in versions for place in _put_up(version))
    return {"places": [(place, place) for place in found]}


def _put_up(version: int) -> Sequence[str]:
    notice = programme_of(version).notice
    return notice.places if notice.used else ()


def notice_initial(renovations: Sequence[Renovation]) -> dict[str, Any]:
    """From today, at every place; no poster where none of the programmes has a notice."""
    return {
        "starts_on": clock.today(),
        "places": [place for place, _ in notice_choices(renovations)["places"]],
        "poster": "" if _has_notice(renovations) else "—",
    }


def notice_asks(renovations: Sequence[Renovation]) -> Sequence[str]:
    """Nothing of a notice where none of the programmes has one."""
    return () if _has_notice(renovations) else ("note",)


def without_notice(renovations: Sequence[Renovation]) -> str:
    """What follows where none of the programmes has a notice; "" where one has."""
    return "" if _has_notice(renovations) else "初审通过；这个政策不设公示，直接转县里确定。"


def _has_notice(renovations: Sequence[Renovation]) -> bool:
    """True where one of the programmes has a notice, or no file is chosen."""
    versions = {renovation.programme_version_id for renovation in renovations}
    return not versions or any(programme_of(version).notice.used for version in versions)


def priority_remarks(renovation: Renovation) -> Iterable[str]:
    """Why a household comes first."""
    reasons = waiting_queries.reasons_of(renovation)
    if reasons:
        yield waiting_queries.in_words(reasons)


def quota_pools(renovations: Sequence[Renovation], _command: Any) -> Pools:
    """The quota of each file that holds no place yet; a few statements for any number of files."""
    year, ids = clock.today().year, [renovation.id for renovation in renovations]
    holding = set(
        db.session.scalars(
            select(PlaceTaken.renovation_id).where(PlaceTaken.renovation_id.in_(ids), PlaceTaken.released_at.is_(None))
        )
    )
    quotas: dict[tuple[int, str, int], QuotaPlaces | None] = {}
    pools: dict[int, Pool] = {}
    found: dict[int, list[Pool]] = {}
    for one in renovations:
        where = (one.county_id, one.programme_key, one.township_id)
        if where not in quotas:
            quotas[where] = _limiting(one, year)
        quota = quotas[where]
        if quota is not None and one.id not in holding:
            found[one.id] = [pools.setdefault(quota.id, _quota_pool(quota))]
    return found


def _limiting(one: Renovation, year: int) -> QuotaPlaces | None:
    """The quota whose places limit how many are confirmed; None where there is none, or where yuan alone do."""
    quota = quota_for(one.county_id, one.programme_key, year, one.township_id)
    alone = quota is not None and yuan.bind_alone(one.county_id, one.programme_key, year, one.township_id)
    return None if alone else quota


def _quota_pool(quota: QuotaPlaces) -> Pool:
    left = max(quota.places - quota.taken, 0)
    return Pool(
        f"{quota.region.name} {quota.year} 年任务数",
        quota.places,
        quota.taken,
        f"{quota.region.name}任务数只剩 {left} 户，轮不到这一户：请先增加任务数，或少选几户",
    )
