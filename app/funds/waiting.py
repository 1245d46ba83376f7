"""Who waits for a place: in order of the points of priority, then of the day of application, then of the entry.

Nobody is called up by a message that could be lost: whoever stands among the first so many as places are free may be
confirmed, at any moment, whether a household left, was rejected, or the quota was raised.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update

from ..core import clock
from ..core.db import db
from ..core.errors import Conflict
from .quota_models import QuotaPlaces, WaitingPlace
from .rules import WaitingEnd


@dataclass(frozen=True, slots=True)
class Rank:
    """What a file's place in the order rests on."""

    priority: int
    applied_on: date


def lock(quota_id: int) -> None:
    """Hold a quota until the end of the unit of work: the order and the free places are looked at together."""
    db.session.execute(select(QuotaPlaces.id).where(QuotaPlaces.id == quota_id).with_for_update(key_share=True))


def entry(renovation_id: int) -> WaitingPlace | None:
    """The entry of a file on the list now."""
    return db.session.scalar(
        select(WaitingPlace).where(WaitingPlace.renovation_id == renovation_id, WaitingPlace.ended_at.is_(None))
    )


def ahead(quota_id: int, rank: Rank, renovation_id: int) -> int:
    """How many others wait for the quota and come before a file of this rank."""
    own = entry(renovation_id)
    found = db.session.scalar(
        select(func.count())
        .select_from(WaitingPlace)
        .where(_waits(quota_id), WaitingPlace.renovation_id != renovation_id, _before(rank, own.id if own else None))
    )
    return int(found or 0)


def _waits(quota_id: int) -> ColumnElement[bool]:
    return and_(WaitingPlace.quota_id == quota_id, WaitingPlace.ended_at.is_(None))


def _before(rank: Rank, own: int | None) -> ColumnElement[bool]:
    same_day = and_(WaitingPlace.priority == rank.priority, WaitingPlace.applied_on == rank.applied_on)
    return or_(
        WaitingPlace.priority > rank.priority,
        and_(WaitingPlace.priority == rank.priority, WaitingPlace.applied_on < rank.applied_on),
        # whoever is on the list comes before whoever is not
        same_day if own is None else and_(same_day, WaitingPlace.id < own),
    )


def join(
    renovation_id: int, quota_id: int, township_id: int, rank: Rank, reasons: Sequence[dict[str, Any]]
) -> WaitingPlace:
    """Put a file on the list of a quota, or bring its entry up to date. Raises Conflict when the file has no need to wait.

    `reasons` are the rules of priority that it fulfils.
    """
    lock(quota_id)
    quota = db.session.get_one(QuotaPlaces, quota_id, populate_existing=True)
    if quota.left > ahead(quota_id, rank, renovation_id):
        raise Conflict("现在有剩余的任务数，可以直接确定，不必轮候。")
    own = entry(renovation_id)
    if own is not None and (own.quota_id, own.priority, own.applied_on) == (quota_id, rank.priority, rank.applied_on):
        raise Conflict("这户已在轮候名单中。")
    end(renovation_id, WaitingEnd.MOVED)
    row = WaitingPlace(
        renovation_id=renovation_id,
        quota_id=quota_id,
        township_id=township_id,
        priority=rank.priority,
        reasons=list(reasons),
        applied_on=rank.applied_on,
        since=clock.now(),
        ended_at=None,
        ended_as=None,
    )
    db.session.add(row)
    db.session.flush()
    return row


def end(renovation_id: int, how: WaitingEnd) -> None:
    """Take a file off the list, if it stands on one."""
    db.session.execute(
        update(WaitingPlace)
        .where(WaitingPlace.renovation_id == renovation_id, WaitingPlace.ended_at.is_(None))
        .values(ended_at=clock.now(), ended_as=how)
        .execution_options(synchronize_session="fetch")
    )


def follow(quota: QuotaPlaces) -> None:
    """The households of a township that gets a part of its own wait for that part from now on."""
    others = select(QuotaPlaces.id).where(
        QuotaPlaces.programme_key == quota.programme_key, QuotaPlaces.year == quota.year, QuotaPlaces.id != quota.id
    )
    db.session.execute(
        update(WaitingPlace)
        .where(
            WaitingPlace.township_id == quota.region_id,
            WaitingPlace.quota_id.in_(others),
            WaitingPlace.ended_at.is_(None),
        )
        .values(quota_id=quota.id)
        .execution_options(synchronize_session="fetch")
    )


def listed(quota_id: int, limit: int | None = None) -> Sequence[WaitingPlace]:
    """Who waits for a quota, the first one first."""
    return db.session.scalars(
        select(WaitingPlace)
        .where(_waits(quota_id))
        .order_by(WaitingPlace.priority.desc(), WaitingPlace.applied_on, WaitingPlace.id)
        .limit(limit)
    ).all()


def in_line() -> Select[int]:
    """The files for which no place is free: they stand on a list behind as many others as there are places left."""
    place = func.row_number().over(
        partition_by=WaitingPlace.quota_id,
        order_by=(WaitingPlace.priority.desc(), WaitingPlace.applied_on, WaitingPlace.id),
    )
    ranked = (
        select(WaitingPlace.renovation_id, WaitingPlace.quota_id, place.label("place"))
        .where(WaitingPlace.ended_at.is_(None))
        .subquery()
    )
    left = QuotaPlaces.places - QuotaPlaces.given - QuotaPlaces.taken
    return (
        select(ranked.c.renovation_id)
        .join(QuotaPlaces, QuotaPlaces.id == ranked.c.quota_id)
        .where(ranked.c.place > left)
    )


def waiting_numbers(quota_ids: Sequence[int]) -> dict[int, int]:
    """How many files wait, by quota."""
    rows = db.session.execute(
        select(WaitingPlace.quota_id, func.count())
        .where(WaitingPlace.quota_id.in_(quota_ids), WaitingPlace.ended_at.is_(None))
        .group_by(WaitingPlace.quota_id)
    )
    return dict(rows.all())
