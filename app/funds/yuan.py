"""What the households of a region may cost together, beside its places: reserved at the confirmation, trued to the plan."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from ..core import clock, money
from ..core.db import db
from ..core.errors import Conflict
from ..permissions import Actor
from .allotment import Purse
from .quota_models import PlaceTaken, QuotaEntry, QuotaMoney, QuotaMoneyEntry, QuotaMove, QuotaPlaces


def _write_entry(
    row: QuotaMoney, move: str, amount_fen: int, actor: Actor, document: str = "", reason: str = ""
) -> None:
    db.session.add(
        QuotaMoneyEntry(
            quota_id=row.id,
            move=QuotaMove(move),
            amount_fen=amount_fen,
            document=document,
            reason=reason,
            at=clock.now(),
            actor_id=actor.user_id,
            actor_name=actor.name,
        )
    )
    db.session.flush()


YUAN = Purse(QuotaMoney, "amount_fen", "given_fen", "reserved_fen", _write_entry, money.display, "金额指标", "amount")


def quota_for(county_id: int, programme_key: str, year: int, township_id: int | None) -> QuotaMoney | None:
    """The quota of yuan that a file draws from: the township's own part, else the county's; None = none binds."""
    ids = [county_id] + ([township_id] if township_id else [])
    rows = db.session.scalars(
        select(QuotaMoney)
        .where(QuotaMoney.region_id.in_(ids), QuotaMoney.programme_key == programme_key, QuotaMoney.year == year)
        .options(joinedload(QuotaMoney.region))
        .execution_options(populate_existing=True)
    ).all()
    return max(rows, key=lambda row: row.region_id == township_id, default=None)


def of_region(programme_key: str, year: int, region_id: int) -> QuotaMoney | None:
    """A region's own quota of yuan."""
    return db.session.scalar(
        select(QuotaMoney).where(
            QuotaMoney.programme_key == programme_key, QuotaMoney.year == year, QuotaMoney.region_id == region_id
        )
    )


_ALLOTTED = select(QuotaEntry.id).where(QuotaEntry.quota_id == QuotaPlaces.id).exists()
"""A row of places that somebody allotted: it has a ledger."""


def bind_alone(county_id: int, programme_key: str, year: int, township_id: int | None) -> bool:
    """Whether a file draws on a quota of yuan where nobody ever allotted places: households are counted, not limited."""
    if quota_for(county_id, programme_key, year, township_id) is None:
        return False
    ids = [county_id] + ([township_id] if township_id else [])
    places = select(QuotaPlaces.id).where(
        QuotaPlaces.region_id.in_(ids), QuotaPlaces.programme_key == programme_key, QuotaPlaces.year == year
    )
    return db.session.scalar(places.where(_ALLOTTED).limit(1)) is None


def counted_at(region_id: int, programme_key: str, year: int) -> int:
    """The places of a region's row on which households were only counted; 0 where there is none, or any were allotted."""
    places = select(QuotaPlaces.places).where(
        QuotaPlaces.region_id == region_id, QuotaPlaces.programme_key == programme_key, QuotaPlaces.year == year
    )
    return db.session.scalar(places.where(~_ALLOTTED)) or 0


def counted(county_id: int, programme_key: str, year: int, township_id: int | None) -> QuotaPlaces:
    """The row on which households are counted where yuan alone bind; made at the first. It has no ledger: nobody allots it."""
    bound = quota_for(county_id, programme_key, year, township_id)
    if bound is None:
        raise ValueError("no quota of yuan binds here")
    identity = {"programme_key": programme_key, "region_id": bound.region_id, "year": year}
    query = select(QuotaPlaces).filter_by(**identity).options(joinedload(QuotaPlaces.region))
    query = query.execution_options(populate_existing=True)
    if (row := db.session.scalar(query)) is not None:
        return row
    try:
        with db.session.begin_nested():
            db.session.add(QuotaPlaces(**identity))
    except IntegrityError:
        pass  # somebody else made it in the same moment
    return db.session.scalars(query).one()


def entries(quota_id: int) -> Sequence[QuotaMoneyEntry]:
    """The ledger of a quota of yuan, newest first."""
    return db.session.scalars(
        select(QuotaMoneyEntry).where(QuotaMoneyEntry.quota_id == quota_id).order_by(QuotaMoneyEntry.id.desc())
    ).all()


def reserve(place: PlaceTaken, fen: int, township_id: int | None) -> None:
    """Reserve fen for the file of a new place; where no quota of yuan binds, nothing. Raises Conflict."""
    quota = quota_for(place.county_id, place.programme_key, place.year, township_id)
    if quota is None or not fen:
        return
    if not _shift(quota.id, fen):
        db.session.refresh(quota)
        raise Conflict(short(quota, fen))
    place.reserved_fen, place.money_quota_id = fen, quota.id


def hold(place: PlaceTaken, fen: int) -> None:
    """Bring what a file holds to fen: the sum of its plan, then of its settlement. Raises Conflict when it is more than is left."""
    if place.money_quota_id is None or fen == place.reserved_fen:
        return
    if not _shift(place.money_quota_id, fen - place.reserved_fen):
        quota = db.session.get_one(QuotaMoney, place.money_quota_id, options=[joinedload(QuotaMoney.region)])
        raise Conflict(short(quota, fen - place.reserved_fen))
    place.reserved_fen = fen
    db.session.flush()


def free(place: PlaceTaken) -> None:
    """Give back what a file holds."""
    if place.money_quota_id is not None:
        _shift(place.money_quota_id, -place.reserved_fen)


def short(quota: QuotaMoney, fen: int) -> str:
    """The sentence when the yuan do not suffice."""
    return (
        f"金额指标不足：{quota.region.name}还剩 {money.display(quota.left_fen)}，这户需要 {money.display(fen)}。"
        "请先申请追加，或等有家庭退出后再办。"
    )


def _shift(quota_id: int, fen: int) -> bool:
    """Move the reserved sum in one statement; False, and nothing moved, when it is more than is left."""
    statement = update(QuotaMoney).where(QuotaMoney.id == quota_id)
    if fen > 0:
        statement = statement.where(QuotaMoney.amount_fen - QuotaMoney.given_fen - QuotaMoney.reserved_fen >= fen)
    done = db.session.scalar(
        statement.values(reserved_fen=QuotaMoney.reserved_fen + fen)
        .returning(QuotaMoney.id)
        .execution_options(synchronize_session=False)
    )
    return done is not None
