"""Quotas under changed rules: which places and which yuan would no longer suffice, and who would be left without.

Every county and every township with a part of its own is one region of a quota; what a county gave on to townships is
counted there. Whoever holds a place keeps it; the others come in the order of the waiting list: points of priority, day
of application, entry.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select

from ..core.db import db
from ..core.money import display
from ..funds.quota_models import QuotaMoney, QuotaPlaces
from ..places.models import Region
from ..places.rules import Level
from ..programme.schema import ProgrammeData


class Waiter(NamedTuple):
    """A household without a place, in its turn; `need` is one place, or fen. No two have the same rank."""

    rank: tuple[int, date, int]
    """Points of priority below zero, day of application, id: the first comes first."""
    need: int
    number: str
    county_id: int

    @property
    def id(self) -> int:
        """The file's id."""
        return self.rank[2]


@dataclass(slots=True)
class Demand:
    """What one set of rules asks of a pool: of whom holds a place, and of whom waits."""

    size: int
    held: int = 0
    queue: list[Waiter] = field(default_factory=list)

    @property
    def need(self) -> int:
        """Everything that is asked for."""
        return self.held + sum(one.need for one in self.queue)

    @property
    def excess(self) -> int:
        """By how much it is too little."""
        return max(0, self.need - self.size)

    def short(self) -> dict[int, Waiter]:
        """Whom it does not suffice for, by id. A smaller need may still find room after a larger one did not."""
        left, found = self.size - self.held, {}
        for one in sorted(self.queue):
            if one.need <= left:
                left -= one.need
            else:
                found[one.id] = one
        return found


@dataclass(slots=True)
class Pool:
    """Places or fen of one region, before and after."""

    before: Demand
    after: Demand

    @property
    def is_broken(self) -> bool:
        """Whether it is too little after, and it is the change that does it."""
        return self.after.excess > self.before.excess

    def newly_short(self) -> dict[int, Waiter]:
        """Who would be left without, and was not before."""
        if not self.after.excess:
            return {}
        before = self.before.short()
        return {id_: one for id_, one in self.after.short().items() if id_ not in before}


@dataclass(slots=True)
class RegionQuota:
    """The quota of a county or township: what is left of it for households of its own, places and fen."""

    region_id: int
    county_id: int
    code: str
    name: str
    is_township: bool
    has_parts: bool = False
    """Whether a part was given on to townships: what is counted here is the rest."""
    places: Pool | None = None
    fen: Pool | None = None
    short: int = 0
    """Households that would be left without, by the change."""

    @property
    def is_broken(self) -> bool:
        """Whether the change makes places or yuan too few."""
        return any(pool is not None and pool.is_broken for pool in (self.places, self.fen))


@dataclass(slots=True)
class Quotas:
    """The quotas of the year, by region."""

    regions: dict[int, RegionQuota] = field(default_factory=dict)
    _known: dict[int, tuple[Pool | None, Pool | None]] = field(default_factory=dict)
    """Township → its pools, as they were found: every household asks."""

    def pools_for(self, county_id: int, township_id: int) -> tuple[Pool | None, Pool | None]:
        """Where a file takes its place and its yuan: the township's own part, else the county's; None: none binds."""
        found = self._known.get(township_id)
        if found is None:
            places, fen = (self._pool(kind, county_id, township_id) for kind in ("places", "fen"))
            found = self._known[township_id] = (places, fen)
        return found

    def _pool(self, kind: str, county_id: int, township_id: int) -> Pool | None:
        for region_id in (township_id, county_id):
            region = self.regions.get(region_id)
            pool: Pool | None = getattr(region, kind, None)
            if pool is not None:
                return pool
        return None

    def of_county(self, county_id: int) -> list[RegionQuota]:
        """The county's own quota first, then those of its townships by code."""
        own = [region for region in self.regions.values() if region.county_id == county_id]
        return sorted(own, key=lambda region: (region.is_township, region.code))

    def short(self) -> Iterator[tuple[Waiter, str]]:
        """Every household that would be left without by the change, and what is too little, once."""
        told: dict[int, tuple[Waiter, list[str]]] = {}
        for region in self.regions.values():
            whom: set[int] = set()
            for pool, words in ((region.places, _few), (region.fen, _little)):
                for one in pool.newly_short().values() if pool is not None else ():
                    told.setdefault(one.id, (one, []))[1].append(words(region, pool))
                    whom.add(one.id)
            region.short = len(whom)
        for id_ in sorted(told):
            one, said = told[id_]
            yield one, "；".join(said)


def _few(region: RegionQuota, pool: Any) -> str:
    return f"{region.name}任务数 {pool.after.size} 户不够，轮不到这一户"


def _little(region: RegionQuota, pool: Any) -> str:
    return f"{region.name}金额指标 {display(pool.after.size)} 不够，轮不到这一户"


# ---------------------------------------------------------------- reading what was allotted


def quotas(programme_key: str, year: int, base: ProgrammeData, changed: ProgrammeData) -> Quotas:
    """What is allotted for the year; where something is, figures that the changed data write differently count as there."""
    found = Quotas()
    tried = _tried(year, base, changed)
    for kind, model, column in (("places", QuotaPlaces, "places"), ("fen", QuotaMoney, "amount_fen")):
        _read(found, kind, _allotted(model, column, programme_key, year), {k: v[kind] for k, v in tried.items()})
    return found


def _tried(year: int, base: ProgrammeData, changed: ProgrammeData) -> dict[str, dict[str, int | None]]:
    """The figures that the change writes otherwise, by code of the region."""
    was, now = (_written(data, year) for data in (base, changed))
    return {
        code: {kind: figure if figure != was.get(code, {}).get(kind) else None for kind, figure in figures.items()}
        for code, figures in now.items()
        if figures != was.get(code)
    }


def _written(data: ProgrammeData, year: int) -> dict[str, dict[str, int | None]]:
    return {row.region: {"places": row.households, "fen": row.amount} for row in data.quota if row.year in (None, year)}


def _allotted(model: Any, column: str, programme_key: str, year: int) -> dict[int, tuple[int, int]]:
    """Region → what it has, and what of it was given on."""
    given = model.given if model is QuotaPlaces else model.given_fen
    rows = db.session.execute(
        select(model.region_id, getattr(model, column), given).where(
            model.programme_key == programme_key, model.year == year
        )
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _read(found: Quotas, kind: str, allotted: Mapping[int, tuple[int, int]], tried: Mapping[str, int | None]) -> None:
    regions = db.session.scalars(
        select(Region).where(Region.id.in_(allotted), Region.level.in_([Level.COUNTY, Level.TOWNSHIP]))
    ).all()
    other = {region.code: size for region in regions if (size := tried.get(region.code)) is not None}
    more_given: dict[int, int] = {}
    for region in regions:
        if region.level is Level.TOWNSHIP and region.code in other and region.parent_id is not None:
            more = other[region.code] - allotted[region.id][0]
            more_given[region.parent_id] = more_given.get(region.parent_id, 0) + more
    for region in regions:
        has, given = allotted[region.id]
        will_have, will_give = other.get(region.code, has), given + more_given.get(region.id, 0)
        row = found.regions.setdefault(region.id, _row(region))
        row.has_parts = row.has_parts or bool(given or will_give)
        setattr(row, kind, Pool(Demand(has - given), Demand(max(0, will_have - will_give))))


def _row(region: Region) -> RegionQuota:
    is_township = region.level is Level.TOWNSHIP
    county_id = region.parent_id if is_township and region.parent_id is not None else region.id
    return RegionQuota(region.id, county_id, region.code, region.name, is_township)
