"""What stands under my desk as pictures with their tables: progress against quota, time limits and age, money.

Asked for once the desk stands, so that no desk is slower for it; the number of queries is the same however much there is.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Select, and_, case, func, select

from ..core import clock
from ..core.db import db
from ..funds import queries as funds
from ..funds.quota_models import PlaceTaken
from ..lifecycle import ENDINGS, LINE, Status
from ..permissions import FIRM_ROLES, Actor, Permission, Role, may
from ..places.models import Region
from ..programme.queries import name_of
from ..renovation.models import Renovation
from ..renovation.queries import visible_to

AGES = (5, 15, 30)
"""Days in one status after which a file counts as older; calendar days, as people count how long they wait."""
AGE_LABELS = ("5 天以内", "6 至 15 天", "16 至 30 天", "30 天以上")


@dataclass(frozen=True, slots=True)
class Ageing:
    """The files of one status: how many in each age, how many overdue and suspended, since when the oldest waits."""

    status: Status
    ages: tuple[int, ...]
    late: int
    suspended: int
    days: int

    @property
    def count(self) -> int:
        """All files of the status."""
        return sum(self.ages)


@dataclass(frozen=True, slots=True)
class Progress:
    """A region's places, and how far the households that took them have come; `places` None: none of its own."""

    name: str
    region_id: int
    places: int | None
    confirmed: int
    accepted: int
    paid: int

    @property
    def whole(self) -> int:
        """The length of the bar."""
        return max(self.places or 0, self.confirmed)


@dataclass(frozen=True, slots=True)
class Quota:
    """Progress against quota in a programme's year."""

    programme: str
    year: int
    total: Progress
    parts: tuple[Progress, ...]


@dataclass(frozen=True, slots=True)
class Money:
    """One source of money in the scope, in fen."""

    source: str
    allotted_fen: int
    committed_fen: int
    spent_fen: int


def ageing(actor: Actor) -> list[Ageing]:
    """Time limits and age of what is under way, in the order of the lifecycle; one query."""
    today, since = clock.today(), Renovation.status_since
    edges = [_start(today - timedelta(days=days)) for days in AGES]
    young = [since >= edges[0], *(and_(since < a, since >= b) for a, b in pairwise(edges))]
    running = Renovation.suspended_at.is_(None)
    rows = db.session.execute(
        select(
            Renovation.status,
            *(_count(one) for one in (*young, since < edges[-1])),
            _count(and_(Renovation.due_on < today, running)),
            _count(Renovation.suspended_at.is_not(None)),
            func.min(since),
        )
        .where(visible_to(actor), Renovation.status.not_in((*ENDINGS, Status.PAID)))
        .group_by(Renovation.status)
    )
    found = [
        Ageing(status, tuple(map(int, ages)), int(late), int(suspended), (today - clock.civil(oldest)).days)
        for status, *ages, late, suspended, oldest in rows
    ]
    return sorted(found, key=lambda one: LINE.index(one.status))


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, clock.SHANGHAI)


def _count(condition: Any) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def quota(actor: Actor) -> Quota | None:
    """Progress against the places of the newest year, by township (by county above one); None when none were allotted."""
    used = funds.used_keys(actor)
    if not used:
        return None
    key, year = used[0]
    rows = funds.quotas(actor, key, year)
    by = Renovation.county_id if actor.role is Role.CITY else Renovation.township_id
    come = _come(actor, by, key, year)
    places = {row.region_id: row.places for row in rows}
    parts = tuple(
        Progress(name, region_id, places.get(region_id), *counts)
        for region_id, (name, *counts) in sorted(come.items(), key=lambda item: -item[1][1])
    )
    top = [row for row in funds.uppermost(rows) if row.region.path.startswith(actor.region_path)]
    total = Progress(
        "合计",
        0,
        sum(row.places for row in top) if top else None,
        *(sum(getattr(one, name) for one in parts) for name in ("confirmed", "accepted", "paid")),
    )
    return Quota(name_of(key), year, total, parts)


ACCEPTED = LINE[LINE.index(Status.ACCEPTED) :]
PAID = LINE[LINE.index(Status.PAID) :]


def _come(actor: Actor, by: Any, key: str, year: int) -> dict[int, tuple[str, int, int, int]]:
    """Region → name, confirmed, accepted, paid; of files that hold a place of that year."""
    query: Select[Any] = (
        select(
            by,
            Region.name,
            func.count(),
            _count(Renovation.status.in_(ACCEPTED)),
            _count(Renovation.status.in_(PAID)),
        )
        .join(PlaceTaken, PlaceTaken.renovation_id == Renovation.id)
        .join(Region, Region.id == by)
        .where(PlaceTaken.released_at.is_(None), PlaceTaken.programme_key == key, PlaceTaken.year == year)
        .where(visible_to(actor))
        .group_by(by, Region.name)
    )
    rows = db.session.execute(query)
    return {region: (name, int(count), int(accepted), int(paid)) for region, name, count, accepted, paid in rows}


def money(actor: Actor) -> tuple[int, list[Money]]:
    """The newest year and, for each source, what was allotted, committed and spent in the scope, in fen."""
    used = funds.used_keys(actor)
    if not used or not may(actor, Permission.FUNDS_READ) or actor.role in FIRM_ROLES:
        return 0, []
    key, year = used[0]
    rows = funds.accounts(actor, key, year)
    spread = funds.spread_below(rows)
    found: dict[str, Money] = {}
    for row in funds.uppermost(rows):
        before = found.get(row.source_name, Money(row.source_name, 0, 0, 0))
        found[row.source_name] = Money(
            row.source_name,
            before.allotted_fen + row.amount_fen,
            before.committed_fen + spread[row.id].committed_fen,
            before.spent_fen + spread[row.id].spent_fen,
        )
    return year, list(found.values())
