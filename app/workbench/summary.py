"""The summary of a programme: how many households and which sums in each township and stage, beside the quota."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from ..core import clock
from ..core.db import db
from ..documents.excel_out import Column
from ..funds import queries as funds
from ..lifecycle import STAGE_OF, Stage, Status
from ..permissions import FIRM_ROLES, Actor, Permission, Role, may
from ..places.models import Region
from ..programme.queries import name_of
from ..renovation.models import Renovation
from ..renovation.queries import visible_to

ENDED = (Status.REJECTED, Status.WITHDRAWN, Status.TERMINATED)


@dataclass(slots=True)
class Area:
    """One township (one county for city and province): households by status, sums in fen, places of the year."""

    id: int
    name: str
    statuses: dict[Status, int] = field(default_factory=dict)
    total_fen: int = 0
    subsidy_fen: int = 0
    self_pay_fen: int = 0
    places: int | None = None
    taken: int | None = None

    @property
    def count(self) -> int:
        """All its households."""
        return sum(self.statuses.values())

    @property
    def ended(self) -> int:
        """Those that ended before their end."""
        return sum(self.statuses.get(status, 0) for status in ENDED)

    def stage(self, stage: Stage) -> int:
        """Those that are in a stage now."""
        return sum(
            number for status, number in self.statuses.items() if status not in ENDED and STAGE_OF[status] is stage
        )

    def add(self, other: "Area") -> None:
        """Add another area's figures."""
        for status, number in other.statuses.items():
            self.statuses[status] = self.statuses.get(status, 0) + number
        self.total_fen += other.total_fen
        self.subsidy_fen += other.subsidy_fen
        self.self_pay_fen += other.self_pay_fen


@dataclass(frozen=True, slots=True)
class Summary:
    """A programme's areas, their sum, and the quota of the year over the whole scope (None: none was allotted)."""

    areas: Sequence[Area]
    total: Area
    places: int | None
    taken: int
    sums: bool
    by: str


def programmes(actor: Actor) -> list[tuple[str, str]]:
    """The programmes of which the person sees files: (key, name)."""
    keys = db.session.scalars(
        select(Renovation.programme_key).where(visible_to(actor)).distinct().order_by(Renovation.programme_key)
    )
    return [(key, name_of(key)) for key in keys]


def summary(actor: Actor, programme_key: str, year: int) -> Summary:
    """Counts of all files of a programme by area and status, their sums, and the places of a year; three queries."""
    wide = actor.role in {Role.CITY, Role.SYSTEM}
    place = Renovation.county_id if wide else Renovation.township_id
    rows = db.session.execute(
        select(
            place,
            Region.name,
            Renovation.status,
            func.count(),
            func.coalesce(func.sum(Renovation.total_fen), 0),
            func.coalesce(func.sum(Renovation.subsidy_fen), 0),
            func.coalesce(func.sum(Renovation.self_pay_fen), 0),
        )
        .join(Region, Region.id == place)
        .where(visible_to(actor), Renovation.programme_key == programme_key)
        .group_by(place, Region.name, Region.code, Renovation.status)
        .order_by(Region.code)
    ).all()
    areas: dict[int, Area] = {}
    for id_, name, status, count, total, subsidy, self_pay in rows:
        area = areas.setdefault(id_, Area(id_, name))
        area.add(Area(id_, name, {status: count}, int(total or 0), int(subsidy or 0), int(self_pay or 0)))
    whole = Area(0, "合计")
    for area in areas.values():
        whole.add(area)
    places, taken = _quota(actor, programme_key, year, areas)
    sums = may(actor, Permission.MONEY_READ)
    return Summary(list(areas.values()), whole, places, taken, sums, "区县" if wide else "乡镇（街道）")


def _quota(actor: Actor, programme_key: str, year: int, areas: Mapping[int, Area]) -> tuple[int | None, int]:
    if actor.role in FIRM_ROLES or not may(actor, Permission.FUNDS_READ):
        return None, 0
    rows = funds.quotas(actor, programme_key, year)
    taken = funds.taken_below(rows)
    for row in rows:
        if row.region_id in areas:
            areas[row.region_id].places, areas[row.region_id].taken = row.places, taken[row.id]
    top = funds.uppermost(rows)
    return (sum(row.places for row in top), sum(taken[row.id] for row in top)) if top else (None, 0)


def table(found: Summary) -> tuple[list[Column], list[list[Any]]]:
    """The summary as a sheet: every status has a column of its own."""
    columns = [Column(found.by, width=18), Column("户数", "count", 10)]
    columns += [Column(status.label, "count", 11) for status in Status]
    if found.sums:
        columns += [Column(name, "money", 16) for name in ("合计（元）", "补贴（元）", "家庭自付（元）")]
    if found.places is not None:
        columns += [Column("本年任务数", "count", 12), Column("本年已确定", "count", 12)]
    return columns, [_row(area, found) for area in (*found.areas, found.total)]


def _row(area: Area, found: Summary) -> list[Any]:
    row: list[Any] = [area.name, area.count, *(area.statuses.get(status, 0) for status in Status)]
    if found.sums:
        row += [area.total_fen, area.subsidy_fen, area.self_pay_fen]
    if found.places is not None:
        row += [found.places, found.taken] if area is found.total else [area.places, area.taken]
    return row


def this_year() -> int:
    """The year that the summary shows first."""
    return clock.today().year
