"""Reads of quotas, claims and money; each says what it loads."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select, true, union
from sqlalchemy.orm import joinedload

from ..core import clock
from ..core.db import db
from ..core.errors import NotFound
from ..permissions import Actor
from ..places.models import Region
from ..places.queries import within
from ..places.rules import Level
from ..programme import queries as programmes
from .account_models import FundAccount, FundCommitment, FundEntry
from .claim_models import BenefitClaim
from .quota_models import PlaceTaken, QuotaEntry, QuotaMoney, QuotaPlaces, WaitingPlace
from .rules import LIFETIME

Pool = TypeVar("Pool", QuotaPlaces, FundAccount)

PAGE = 100
"""Rows of a ledger on one page."""


def quota_for(county_id: int, programme_key: str, year: int, township_id: int | None = None) -> QuotaPlaces | None:
    """The quota from which a file takes its place: the township's own part, else the county's; with its region."""
    ids = [county_id] + ([township_id] if township_id else [])
    rows = db.session.scalars(
        select(QuotaPlaces)
        .where(QuotaPlaces.region_id.in_(ids), QuotaPlaces.programme_key == programme_key, QuotaPlaces.year == year)
        .options(joinedload(QuotaPlaces.region))
        .execution_options(populate_existing=True)
    ).all()
    return max(rows, key=lambda row: row.region_id == township_id, default=None)


_HOLDS = select(
    or_(
        exists().where(PlaceTaken.renovation_id == bindparam("file"), PlaceTaken.released_at.is_(None)),
        exists().where(BenefitClaim.renovation_id == bindparam("file"), BenefitClaim.released_at.is_(None)),
        exists().where(WaitingPlace.renovation_id == bindparam("file"), WaitingPlace.ended_at.is_(None)),
        exists().where(
            FundCommitment.renovation_id == bindparam("file"), FundCommitment.committed_fen > FundCommitment.spent_fen
        ),
    )
)


def holds_anything(renovation_id: int) -> bool:
    """True when a file holds a place, a claim, or money that is committed and not paid; one query."""
    return bool(db.session.connection().scalar(_HOLDS, {"file": renovation_id}))


def place(renovation_id: int) -> PlaceTaken | None:
    """The place that a file holds now."""
    return db.session.scalar(
        select(PlaceTaken).where(PlaceTaken.renovation_id == renovation_id, PlaceTaken.released_at.is_(None))
    )


def claims(renovation_id: int) -> Sequence[BenefitClaim]:
    """The benefit claims that a file holds now."""
    return db.session.scalars(
        select(BenefitClaim)
        .where(BenefitClaim.renovation_id == renovation_id, BenefitClaim.released_at.is_(None))
        .order_by(BenefitClaim.id)
    ).all()


def claim_of(kind: str, index: str, group: str, periods: Iterable[str] | None = None) -> BenefitClaim | None:
    """The claim that a subject has in an exclusion group now, in any of the periods (None = any period)."""
    query = select(BenefitClaim).where(
        BenefitClaim.subject_kind == kind,
        BenefitClaim.subject_index == index,
        BenefitClaim.exclusion_group == group,
        BenefitClaim.released_at.is_(None),
    )
    if periods is not None:
        query = query.where(BenefitClaim.period.in_(list(periods)))
    return db.session.scalars(query.order_by(BenefitClaim.id)).first()


def claim_in_the_way(
    kind: str, index: str, group: str, period: str, item: str = "", since: date | None = None
) -> BenefitClaim | None:
    """The claim that forbids this one. Of two different items none does; else a lifetime forbids and is forbidden always.

    `since` is the first day that a rolling claim looks back to: a claim from then on forbids it. A rolling claim that
    is held forbids others until its own period is over.
    """
    held = BenefitClaim.period
    overlaps: ColumnElement[bool]
    if period == LIFETIME:
        overlaps = true()
    elif since is not None:
        overlaps = or_(held == LIFETIME, BenefitClaim.claimed_at >= clock.start_of(since))
    else:
        overlaps = held.in_((period, LIFETIME))
    running = and_(BenefitClaim.free_from.is_not(None), BenefitClaim.free_from > clock.today())
    query = select(BenefitClaim).where(
        BenefitClaim.subject_kind == kind,
        BenefitClaim.subject_index == index,
        BenefitClaim.exclusion_group == group,
        BenefitClaim.released_at.is_(None),
        or_(overlaps, running),
    )
    if item:
        query = query.where(BenefitClaim.item.in_(("", item)))
    return db.session.scalars(query.order_by(BenefitClaim.id)).first()


def commitments(renovation_id: int) -> Sequence[FundCommitment]:
    """What a file holds of each account, with the account, in the order of the accounts."""
    return db.session.scalars(
        select(FundCommitment)
        .where(FundCommitment.renovation_id == renovation_id)
        .options(joinedload(FundCommitment.account))
        .order_by(FundCommitment.account_id)
        .execution_options(populate_existing=True)
    ).all()


def committed(renovation_id: int) -> dict[str, int]:
    """Fen committed to a file by source."""
    return {row.account.source_id: row.committed_fen for row in commitments(renovation_id)}


def unspent(renovation_id: int) -> dict[str, int]:
    """Fen committed to a file and not paid yet, by source; sources with nothing left are absent."""
    rows = commitments(renovation_id)
    return {
        row.account.source_id: row.committed_fen - row.spent_fen for row in rows if row.committed_fen > row.spent_fen
    }


def quotas(actor: Actor, programme_key: str, year: int) -> Sequence[QuotaPlaces]:
    """The quotas of the actor's region and below, by region, with the region; a township sees its county's too."""
    own_county = and_(Region.level == Level.COUNTY, Region.id.in_(_ids(actor.region_path)))
    return db.session.scalars(
        select(QuotaPlaces)
        .join(Region, Region.id == QuotaPlaces.region_id)
        .where(
            or_(within(Region.path, actor.region_path), own_county),
            QuotaPlaces.programme_key == programme_key,
            QuotaPlaces.year == year,
            programmes.led(QuotaPlaces.programme_key, actor),
        )
        .options(joinedload(QuotaPlaces.region))
        .order_by(Region.path)
    ).all()


def _ids(path: str) -> list[int]:
    return [int(part) for part in path.split("/") if part]


def accounts(actor: Actor, programme_key: str, year: int) -> Sequence[FundAccount]:
    """The accounts of the actor's region and below, by region and source, with the region."""
    return db.session.scalars(
        select(FundAccount)
        .join(Region, Region.id == FundAccount.region_id)
        .where(
            within(Region.path, actor.region_path),
            FundAccount.programme_key == programme_key,
            FundAccount.year == year,
            programmes.led(FundAccount.programme_key, actor),
        )
        .options(joinedload(FundAccount.region))
        .order_by(Region.path, FundAccount.id)
    ).all()


def yuan_quotas(actor: Actor, programme_key: str, year: int) -> Sequence[QuotaMoney]:
    """The quotas of yuan of the actor's region and below, by region, with the region."""
    return db.session.scalars(
        select(QuotaMoney)
        .join(Region, Region.id == QuotaMoney.region_id)
        .where(
            within(Region.path, actor.region_path),
            QuotaMoney.programme_key == programme_key,
            QuotaMoney.year == year,
            programmes.led(QuotaMoney.programme_key, actor),
        )
        .options(joinedload(QuotaMoney.region))
        .order_by(Region.path)
    ).all()


def counted_alone(rows: Sequence[QuotaPlaces]) -> frozenset[int]:
    """Of these the ones that nobody allotted: households were counted on them as they came, yuan alone limited them."""
    ids = {row.id for row in rows}
    allotted = select(QuotaEntry.quota_id).where(QuotaEntry.quota_id.in_(ids)).distinct()
    return frozenset(ids - set(db.session.scalars(allotted)))


def taken_below(rows: Sequence[QuotaPlaces]) -> dict[int, int]:
    """Confirmed households by quota id, the parts given to regions below included."""
    found = dict.fromkeys((row.id for row in rows), 0)
    for row, covering in _covering(rows):
        for other in covering:
            found[other.id] += row.taken
    return found


def uppermost(rows: Sequence[Pool]) -> list[Pool]:
    """The rows (of one source each) that no other row's region contains: summing them counts nothing twice."""
    return [row for row, covering in _covering(rows) if len(covering) == 1]


def _covering(rows: Sequence[Pool]) -> Iterator[tuple[Pool, list[Pool]]]:
    """Each row with the rows of the same source whose region contains it, itself included."""
    known = {(row.region_id, getattr(row, "source_id", "")): row for row in rows}
    for row in rows:
        source = getattr(row, "source_id", "")
        yield row, [known[id_, source] for id_ in row.region.ancestor_ids if (id_, source) in known]


@dataclass(slots=True)
class Spread:
    """Fen committed and spent in a region and everything below it."""

    committed_fen: int = 0
    spent_fen: int = 0


def spread_below(rows: Sequence[FundAccount]) -> dict[int, Spread]:
    """What is committed and spent by account id, the parts given to regions below included."""
    found = {row.id: Spread() for row in rows}
    for row, covering in _covering(rows):
        for other in covering:
            found[other.id].committed_fen += row.committed_fen
            found[other.id].spent_fen += row.spent_fen
    return found


def quota(quota_id: int, actor: Actor) -> QuotaPlaces:
    """One quota within the actor's scope, with its region; raises NotFound."""
    found = db.session.scalar(
        select(QuotaPlaces)
        .join(Region, Region.id == QuotaPlaces.region_id)
        .where(QuotaPlaces.id == quota_id, within(Region.path, actor.region_path))
        .where(programmes.led(QuotaPlaces.programme_key, actor))
        .options(joinedload(QuotaPlaces.region))
    )
    if found is None:
        raise NotFound("没有这项任务数，或不在您的查看范围内。")
    return found


def account(account_id: int, actor: Actor) -> FundAccount:
    """One account within the actor's scope, with its region; raises NotFound."""
    found = db.session.scalar(
        select(FundAccount)
        .join(Region, Region.id == FundAccount.region_id)
        .where(FundAccount.id == account_id, within(Region.path, actor.region_path))
        .where(programmes.led(FundAccount.programme_key, actor))
        .options(joinedload(FundAccount.region))
    )
    if found is None:
        raise NotFound("没有这个资金账户，或不在您的查看范围内。")
    return found


def quota_entries(quota_id: int) -> Sequence[QuotaEntry]:
    """The ledger of a quota, newest first."""
    return db.session.scalars(
        select(QuotaEntry).where(QuotaEntry.quota_id == quota_id).order_by(QuotaEntry.id.desc())
    ).all()


def fund_entries(account_id: int, before: int | None = None, limit: int = PAGE) -> Sequence[FundEntry]:
    """The ledger of an account, newest first, `limit` rows before an entry's id."""
    query = select(FundEntry).where(FundEntry.account_id == account_id)
    if before is not None:
        query = query.where(FundEntry.id < before)
    return db.session.scalars(query.order_by(FundEntry.id.desc()).limit(limit)).all()


def used_keys(actor: Actor) -> Sequence[tuple[str, int]]:
    """(programme, year) pairs for which something was allotted in the actor's scope, newest year first."""
    used = (
        select(model.programme_key, model.year)
        .join(Region, Region.id == model.region_id)
        .where(within(Region.path, actor.region_path), programmes.led(model.programme_key, actor))
        for model in (QuotaPlaces, QuotaMoney, FundAccount)
    )
    pairs = [(key, year) for key, year in db.session.execute(union(*used))]
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))


def ledger_totals(account_id: int) -> dict[str, int]:
    """Fen by move over the whole ledger of an account: what its counters must agree with."""
    rows = db.session.execute(
        select(FundEntry.move, func.sum(FundEntry.amount_fen))
        .where(FundEntry.account_id == account_id)
        .group_by(FundEntry.move)
    )
    return {move.value: int(total) for move, total in rows}


def sources(key: str, county_code: str, on: date) -> list[tuple[str, str]]:
    """(id, name) of a programme's sources of money, for a county on a day; empty when none is in force (domain S5)."""
    try:
        version = programmes.current(key, county_code, on)
    except NotFound:
        return []
    return [(fund.id, fund.name) for fund in programmes.of(version).funds]
