"""The list in groups: how many files and which sums in each township, status, village or firm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from ..core.db import db
from ..lifecycle import Status
from ..permissions import Actor, Permission, Role, may
from ..places.models import Organisation, Region
from ..renovation.models import Assignment, Renovation
from .search import Wish, first_that_finds, matching

BY: Mapping[str, str] = {"township": "乡镇（街道）", "status": "进度", "village": "村（社区）", "firm": "施工单位"}
"""What a list can be grouped by."""
PARAMETER = {"township": "region", "status": "status", "village": "village", "firm": "firm"}
"""The condition of the list that opens a group."""
MOST = 500


@dataclass(frozen=True, slots=True)
class Group:
    """One group: its name, what opens it (None: the files that have none), how many, and their sums in fen."""

    label: str
    key: str | None
    count: int
    subsidy_fen: int | None
    self_pay_fen: int | None


def groups(actor: Actor, wish: Wish, by: str) -> list[Group]:
    """The groups of what a wish means, the largest first (statuses in the order of the lifecycle); one query.

    A search by words asks once more, for which of its meanings finds something.
    """
    meanings = matching(actor, wish)
    query = meanings[0][0] if len(meanings) == 1 else first_that_finds(meanings)[0]
    mine = query.subquery()
    column: Any = {
        "township": Renovation.township_id,
        "village": Renovation.village_id,
        "status": Renovation.status,
        "firm": Assignment.organisation_id,
    }[by]
    counted = select(
        column.label("key"),
        func.count().label("files"),
        func.coalesce(func.sum(Renovation.subsidy_fen), 0).label("subsidy"),
        func.coalesce(func.sum(Renovation.self_pay_fen), 0).label("self_pay"),
    ).where(Renovation.id.in_(select(mine.c.id)))
    if by == "firm":
        given = (Assignment.renovation_id == Renovation.id) & (Assignment.role == Role.CONTRACTOR)
        counted = counted.select_from(Renovation).outerjoin(Assignment, given & Assignment.ended_at.is_(None))
    return _named(counted.group_by(column).subquery(), by, may(actor, Permission.MONEY_READ))


def _named(counted: Any, by: str, sums: bool) -> list[Group]:
    names: Any = {"township": Region, "village": Region, "firm": Organisation}.get(by)
    query = select(counted)
    if names is not None:
        query = query.add_columns(names.name.label("name")).outerjoin(names, names.id == counted.c.key)
    rows = db.session.execute(query.order_by(counted.c.files.desc()).limit(MOST)).all()
    if by == "status":
        order = list(Status)
        rows = sorted(rows, key=lambda row: order.index(row.key))
    return [_group(row, by, sums) for row in rows]


def _group(row: Any, by: str, sums: bool) -> Group:
    if by == "status":
        label, key = row.key.label, row.key.value
    else:
        label, key = row.name or "（未填）", None if row.key is None else str(row.key)
    return Group(label, key, row.files, int(row.subsidy) if sums else None, int(row.self_pay) if sums else None)


def total(found: Sequence[Group]) -> Group:
    """The last line: all groups together."""
    sums = bool(found) and found[0].subsidy_fen is not None
    return Group(
        "合计",
        None,
        sum(one.count for one in found),
        sum(one.subsidy_fen or 0 for one in found) if sums else None,
        sum(one.self_pay_fen or 0 for one in found) if sums else None,
    )
