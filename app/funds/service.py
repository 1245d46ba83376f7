"""Use cases of funds: allot, take a place, claim a benefit, commit and spend money. Callers open the unit of work.

Of any number of people who act at the same moment exactly as many win as there is to have: every taking is one
conditional UPDATE, and the tables' constraints refuse what would slip past it.
"""

from sqlalchemy import case, update
from sqlalchemy.exc import IntegrityError

from ..core import clock
from ..core.db import db
from ..core.errors import Conflict, RuleViolation
from ..permissions import SYSTEM, Actor
from ..places.models import Region
from ..places.queries import region as region_of
from ..places.rules import Level
from . import allotment, queries, waiting, yuan
from .account_models import FundAccount
from .allotment import Change, Purse
from .claims import claim_benefit
from .ledger import MONEY, commit_money, free_money, return_money, spend, true_up
from .quota_models import PlaceTaken, QuotaEntry, QuotaMoney, QuotaMove, QuotaPlaces
from .rules import Direction, WaitingEnd, kept_for_others, nothing_left
from .waiting import Rank

__all__ = [
    "allot_money",
    "allot_places",
    "allot_yuan",
    "claim_benefit",
    "commit_money",
    "release",
    "return_money",
    "spend",
    "take_place",
    "true_up",
]


def _write_quota_entry(
    row: QuotaPlaces, move: str, places: int, actor: Actor, document: str = "", reason: str = ""
) -> None:
    db.session.add(
        QuotaEntry(
            quota_id=row.id,
            move=QuotaMove(move),
            places=places,
            document=document,
            reason=reason,
            at=clock.now(),
            actor_id=actor.user_id,
            actor_name=actor.name,
        )
    )
    db.session.flush()


PLACES = Purse(QuotaPlaces, "places", "given", "taken", _write_quota_entry, lambda n: f"{n} 户", "任务数", "places")


def allot_places(
    region: Region,
    programme_key: str,
    year: int,
    places: int,
    actor: Actor,
    *,
    document: str = "",
    reason: str = "",
    is_example: bool = False,
    direction: Direction = Direction.ADD,
) -> QuotaPlaces:
    """Allot places of a programme to a region for a year, add to them, or take unused ones back (重庆2020 附件2).

    They come from the nearest region above that has a quota, where one has. Raises NotAllowed, Conflict (not enough
    left), RuleViolation (a village takes none; taking back needs a reason).
    """
    if region.level is Level.VILLAGE:
        raise RuleViolation("任务数下达到区县或乡镇（街道），不到村。", "region_id")
    identity = {"programme_key": programme_key, "year": year}
    counted = yuan.counted_at(region.id, programme_key, year)
    asked = Change(identity, region, direction, places, document, reason, is_example, counted=counted)
    row: QuotaPlaces = allotment.change(PLACES, asked, actor)
    waiting.follow(row)
    return row


def allot_yuan(
    region: Region,
    programme_key: str,
    year: int,
    amount_fen: int,
    actor: Actor,
    *,
    document: str = "",
    reason: str = "",
    is_example: bool = False,
    direction: Direction = Direction.ADD,
) -> QuotaMoney:
    """Allot what the households of a region may cost together, in fen, beside its places; down to the township.

    Raises as `allot_places`.
    """
    if region.level is Level.VILLAGE:
        raise RuleViolation("金额指标下达到区县或乡镇（街道），不到村。", "region_id")
    identity = {"programme_key": programme_key, "year": year}
    asked = Change(identity, region, direction, amount_fen, document, reason, is_example)
    row: QuotaMoney = allotment.change(yuan.YUAN, asked, actor)
    return row


def allot_money(
    region: Region,
    programme_key: str,
    source_id: str,
    source_name: str,
    year: int,
    amount_fen: int,
    actor: Actor,
    *,
    document: str = "",
    reason: str = "",
    is_example: bool = False,
    direction: Direction = Direction.ADD,
) -> FundAccount:
    """Allot money of a source, in fen, to a region for a year, add to it, or take unused money back (domain S5).

    Raises as `allot_places`; money is committed by counties, so townships take none.
    """
    if region.level in {Level.TOWNSHIP, Level.VILLAGE}:
        raise RuleViolation("资金下达到区县，由区县支付，不到乡镇（街道）。", "region_id")
    identity = {"programme_key": programme_key, "source_id": source_id, "year": year}
    asked = Change(identity, region, direction, amount_fen, document, reason, is_example, {"source_name": source_name})
    row: FundAccount = allotment.change(MONEY, asked, actor)
    return row


def take_place(
    renovation_id: int,
    county_id: int,
    programme_key: str,
    year: int,
    township_id: int | None = None,
    *,
    reserve_fen: int = 0,
    rank: Rank | None = None,
    by_yuan: bool = False,
) -> PlaceTaken:
    """Take one place for a file: of the township's own part where it has one, else of the county's (domain S7).

    Where the region has a quota of yuan, `reserve_fen` (the most that the household may cost) is reserved of it. With
    a `rank` those who wait and come first have their places kept. `by_yuan` says that the programme counts no places:
    where yuan alone were allotted, the household is counted and only the yuan limit it. Raises Conflict `尚未下达任务数` without an allotment,
    `任务数已用完` when none is left for it, and when the file holds one.
    """
    alone = by_yuan and yuan.bind_alone(county_id, programme_key, year, township_id)
    find = yuan.counted if alone else queries.quota_for
    quota = find(county_id, programme_key, year, township_id)
    if quota is None:
        raise Conflict(f"尚未下达任务数：{region_of(county_id).name}没有 {year} 年的任务数，请先在“任务和资金”中登记。")
    ahead = 0
    if rank is not None:
        waiting.lock(quota.id)
        ahead = waiting.ahead(quota.id, rank, renovation_id)
    left = QuotaPlaces.places - QuotaPlaces.given - QuotaPlaces.taken
    taking = update(QuotaPlaces).where(QuotaPlaces.id == quota.id).values(taken=QuotaPlaces.taken + 1)
    if alone:
        more = case((left >= 1, QuotaPlaces.places), else_=QuotaPlaces.places + 1)
        taking = taking.values(places=more)
    else:
        taking = taking.where(left >= 1 + ahead)
    taken = db.session.scalar(taking.returning(QuotaPlaces.id).execution_options(synchronize_session=False))
    db.session.refresh(quota)
    if taken is None:
        if ahead and quota.left > 0:
            raise Conflict(kept_for_others(quota.region.name, quota.left, ahead))
        raise Conflict(nothing_left(quota.region.name, quota.places, quota.given, quota.taken))
    place = PlaceTaken(
        quota_id=quota.id,
        renovation_id=renovation_id,
        programme_key=programme_key,
        county_id=county_id,
        year=year,
        reserved_fen=0,
        money_quota_id=None,
        taken_at=clock.now(),
        released_reason="",
    )
    yuan.reserve(place, reserve_fen, township_id)
    try:
        with db.session.begin_nested():
            db.session.add(place)
    except IntegrityError as error:
        raise Conflict("这份档案已经占用一个任务数，请刷新页面查看。") from error
    waiting.end(renovation_id, WaitingEnd.PLACED)
    return place


def release(renovation_id: int, reason: str, actor: Actor = SYSTEM) -> None:
    """Give back what a file holds: its place, its claims, and the money that was committed and not paid.

    Does nothing for a file that holds nothing; called by every ending before the work and by a rejection.
    """
    if not queries.holds_anything(renovation_id):
        return
    now, reason = clock.now(), reason or "档案终结"
    place = queries.place(renovation_id)
    if place is not None:
        ended = db.session.scalar(
            update(PlaceTaken)
            .where(PlaceTaken.id == place.id, PlaceTaken.released_at.is_(None))
            .values(released_at=now, released_reason=reason)
            .returning(PlaceTaken.id)
            .execution_options(synchronize_session=False)
        )
        if ended is not None:
            db.session.execute(
                update(QuotaPlaces)
                .where(QuotaPlaces.id == place.quota_id)
                .values(taken=QuotaPlaces.taken - 1)
                .execution_options(synchronize_session=False)
            )
            yuan.free(place)
        db.session.expire(place)
    waiting.end(renovation_id, WaitingEnd.LEFT)
    for claim in queries.claims(renovation_id):
        claim.released_at, claim.released_reason = now, reason
    db.session.flush()
    free_money(renovation_id, reason, actor)
