"""What a programme's data allot, taken over into the books: quotas of places and of yuan, and the county's money."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import select

from ..core.db import db
from ..permissions import Actor
from ..places.models import Region
from ..programme.areas import stem
from ..programme.loading_check import is_county
from ..programme.policy import Programme
from . import allotment
from .allotment import Purse
from .ledger import MONEY
from .service import PLACES, allot_money, allot_places, allot_yuan
from .yuan import YUAN


def allot_as_planned(programme: Programme, year: int, actor: Actor) -> tuple[int, int]:
    """Allot what a programme's data say (quotas, and the county's money) to regions that have nothing yet.

    Answers how many quotas and accounts were made; figures of other years and regions that the tree does not know are
    left out, example figures stay marked. Safe to repeat. Raises as `allot_places` and `allot_money`.
    """
    made = [0, 0]
    for one in _planned(programme, year, actor):
        if one.row is None:
            one.allot()
            made[one.purse is MONEY] += 1
    return made[0], made[1]


def unlike_planned(programme: Programme, year: int, actor: Actor) -> list[str]:
    """What stands registered otherwise than the programme's data say, one sentence each: it was not taken over."""
    return [
        f"{one.region.name}{one.purse.name}政策数据是 {one.purse.show(one.amount)}，已登记 {one.purse.show(has)}"
        for one in _planned(programme, year, actor)
        if one.row is not None and (has := getattr(one.row, one.purse.total)) != one.amount
    ]


@dataclass(frozen=True, slots=True)
class _Planned:
    """One figure of the data for a region of the actor's, what is registered of it, and how it is allotted."""

    purse: Purse
    region: Region
    amount: int
    row: Any
    allot: Callable[[], Any]


def _planned(programme: Programme, year: int, actor: Actor) -> Iterator[_Planned]:
    """The upper regions first: what is given on is drawn from what they have."""
    of_year = [quota for quota in programme.data.quota if quota.year in (None, year)]
    identity: dict[str, Any] = {"programme_key": programme.key, "year": year}
    for quota in sorted(of_year, key=lambda quota: len(stem(quota.region))):
        region = _region_in_scope(quota.region, actor)
        if region is None:
            continue
        to, example = (region, programme.key, year), quota.example
        paper = "" if example else programme.document
        if quota.amount:
            row = allotment.find(YUAN, identity, region.id)
            give: Callable[[], Any] = partial(allot_yuan, *to, quota.amount, actor, document=paper, is_example=example)
            yield _Planned(YUAN, region, quota.amount, row, give)
        if quota.households:
            row = allotment.find(PLACES, identity, region.id)
            give = partial(allot_places, *to, quota.households, actor, document=paper, is_example=example)
            yield _Planned(PLACES, region, quota.households, row, give)
    names = {fund.id: fund.name for fund in programme.funds}
    region_code = programme.data.programme.region
    code = programme.county_code or (region_code if is_county(region_code) else "")
    for one in programme.data.allotment:
        named = (one.region or code) if one.year in (None, year) else ""
        county = _region_in_scope(named, actor) if named else None
        if county is None or not one.amount:
            continue
        row = allotment.find(MONEY, identity | {"source_id": one.fund}, county.id)
        to_fund = (county, programme.key, one.fund, names[one.fund], year, one.amount, actor)
        give = partial(allot_money, *to_fund, document=one.document, is_example=one.example)
        yield _Planned(MONEY, county, one.amount, row, give)


def _region_in_scope(code: str, actor: Actor) -> Region | None:
    region = db.session.scalar(select(Region).where(Region.code == code))
    return region if region is not None and region.path.startswith(actor.region_path) else None
