"""What dispatching asks of lots: how full they are, whose turn it is, whether a deposit or the award stands in the way."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select

from ...core import clock
from ...core.db import db
from ...core.money import display, line_amount
from ...funds.deposit_queries import lacking
from ...lifecycle import Action, Status
from ...permissions import Role
from ...places import queries as places
from ...places.models import ProcurementRecord
from ...places.rules import OrganisationKind
from ...programme.money_schema import DepositBefore
from ...programme.queries import programme_of
from ...renovation.models import Assignment, Event, Renovation
from . import queries
from .models import FirmReplacement, ReplacedPart
from .share_rules import Turn


def building_lots(renovation: Renovation) -> Sequence[ProcurementRecord]:
    """The lots of building firms in force today for a home, with firm, region and prices."""
    kind, today = OrganisationKind.CONTRACTOR, clock.today()
    return places.dispatchable(kind, renovation.township_id, today, renovation.programme_key)


def households_of(records: Iterable[ProcurementRecord]) -> dict[int, int]:
    """Record id → how many files it serves now or has served to the end."""
    ids = [record.id for record in records]
    counted = db.session.execute(
        select(Assignment.procurement_record_id, func.count())
        .where(Assignment.procurement_record_id.in_(ids), Assignment.ended_at.is_(None))
        .group_by(Assignment.procurement_record_id)
    )
    return dict.fromkeys(ids, 0) | {record_id: number for record_id, number in counted if record_id is not None}


def without_deposit(renovation: Renovation, record: ProcurementRecord, before: DepositBefore) -> str:
    """Why a firm cannot go on with a file for want of its tender's deposit; "" when it can, or none is asked."""
    return lacking(record, programme_of(renovation.programme_version_id), before, clock.today())


# shares by count ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Homes:
    """How many homes of a programme in a county each firm has under the lots of each buyer."""

    counted: dict[tuple[int, int], int]

    def turn(self, lots: Sequence[ProcurementRecord], region_id: int, apart: int) -> Turn:
        """The turn among the firms of some lots, of those that the region of this id bought."""
        firms = {one.organisation_id: one.organisation.name for one in lots if one.region_id == region_id}
        return Turn({firm: self.counted.get((region_id, firm), 0) for firm in firms}, firms, apart)


def homes_of(county_id: int, programme_key: str, lots: Sequence[ProcurementRecord]) -> Homes:
    """What was given so far to the firms of lots in force: one query.

    Every home counts that a firm was ever given under a lot of the same buyer whose term overlaps those in force, a lot
    that was ended and entered anew included; also one that the firm was replaced in. Only where the household gave up
    before the works began the home does not count. Earlier years' lots are another purchase.
    """
    if not lots:
        return Homes({})
    begun = {lot.region_id: min(one.valid_from for one in lots if one.region_id == lot.region_id) for lot in lots}
    same = [
        and_(ProcurementRecord.region_id == region, ProcurementRecord.valid_to >= day) for region, day in begun.items()
    ]
    started = select(Event.id).where(Event.renovation_id == Renovation.id, Event.action == Action.START).exists()
    rows = db.session.execute(
        select(ProcurementRecord.region_id, Assignment.organisation_id, func.count(Assignment.renovation_id.distinct()))
        .join(Assignment, Assignment.procurement_record_id == ProcurementRecord.id)
        .join(Renovation, Renovation.id == Assignment.renovation_id)
        .where(
            or_(*same),
            Assignment.role == Role.CONTRACTOR,
            Renovation.county_id == county_id,
            Renovation.programme_key == programme_key,
            or_(Renovation.status.not_in((Status.WITHDRAWN, Status.TERMINATED)), started),
        )
        .group_by(ProcurementRecord.region_id, Assignment.organisation_id)
    )
    return Homes({(region, firm): number for region, firm, number in rows})


def open_lots(renovation: Renovation, lots: Sequence[ProcurementRecord]) -> list[ProcurementRecord]:
    """Of the lots in force those under which this home can be dispatched: not full, not barred here, the deposit there."""
    barred = queries.barred_from_building(renovation)
    served = households_of(one for one in lots if one.max_households is not None)
    return [
        one
        for one in lots
        if one.organisation_id not in barred
        and not is_full(one, served.get(one.id, 0))
        and not without_deposit(renovation, one, DepositBefore.DISPATCH)
        and not over_award(renovation, one)
    ]


def is_full(record: ProcurementRecord, served: int) -> bool:
    """True when a lot serves as many households as were agreed."""
    return record.max_households is not None and served >= record.max_households


def turn_key(lot: ProcurementRecord, counted: Mapping[tuple[int, int], int]) -> tuple[int, int]:
    """What sorts lots by whose turn it is: a township's own before the county's, then by homes given to the firm."""
    return -len(lot.region.ancestor_ids), counted.get((lot.region_id, lot.organisation_id), 0)


@dataclass(frozen=True, slots=True)
class Shares:
    """The shares at the moment at which a home is dispatched: the lots that can take it, and each buyer's turn."""

    lots: Sequence[ProcurementRecord]
    turns: dict[int, Turn]

    def refusal(self, record: ProcurementRecord) -> str:
        """Why it is not this lot's turn; "" when it is, or it cannot take the home for a reason of its own."""
        turn = self.turns.get(record.region_id)
        return turn.refusal(record.organisation_id) if turn and record.organisation_id in turn.homes else ""

    def homes(self, record: ProcurementRecord) -> int | None:
        """How many homes the lot's firm has; None where it cannot take this one."""
        turn = self.turns.get(record.region_id)
        return turn.homes.get(record.organisation_id) if turn else None

    @property
    def next_up(self) -> ProcurementRecord | None:
        """The lot whose turn it is: a township's own before the county's, then who has fewest, then by name."""
        counted = {(region, firm): n for region, turn in self.turns.items() for firm, n in turn.homes.items()}
        return min(self.lots, key=lambda one: turn_key(one, counted), default=None)


def shares(renovation: Renovation, lots: Sequence[ProcurementRecord]) -> Shares | None:
    """Whose turn it is to take a home, of the lots in force; None where the programme leaves the choice free."""
    apart = programme_of(renovation.programme_version_id).apart
    if apart is None:
        return None
    able = open_lots(renovation, lots)
    homes = homes_of(renovation.county_id, renovation.programme_key, lots)
    regions = dict.fromkeys(one.region_id for one in able)
    return Shares(able, {region: homes.turn(able, region, apart) for region in regions})


def lock(lots: Iterable[ProcurementRecord]) -> None:
    """Hold lots until the unit of work ends, always in one order: who dispatches at the same moment queues here."""
    ids = sorted(one.id for one in lots)
    locked = select(ProcurementRecord.id).where(ProcurementRecord.id.in_(ids)).order_by(ProcurementRecord.id)
    db.session.execute(locked.with_for_update())


# the award -----------------------------------------------------------------------------------------------------------
def over_award(renovation: Renovation, record: ProcurementRecord, contract_fen: int | None = None) -> str:
    """Why a home would bring a lot above its award; "" when it would not, or the programme does not ask (嘉平2023).

    `contract_fen` is what the contract comes to once it is known, before that what is left of the plan.
    """
    if not programme_of(renovation.programme_version_id).within_award:
        return ""
    if record.award_fen is None:
        return f"标段 {record.lot} 没有登记中标金额，不知道还能派多少。请在采购记录里给这个标段补登中标金额，再派工或签合同。"
    wanted = _left_of_plan_fen(renovation) if contract_fen is None else contract_fen
    used = _drawn_fen(record, renovation.id)
    if used + wanted <= record.award_fen:
        return ""
    return (
        f"标段 {record.lot} 中标金额 {display(record.award_fen)}，已派各户合计 {display(used)}，"
        f"加上这一户 {display(wanted)} 就超过了。请另选标段，或先调整方案。"
    )


def _left_of_plan_fen(renovation: Renovation) -> int:
    """What is left to do of the signed plan, at the plan's prices."""
    prices = {line.root_id: line.unit_price_fen for line in queries.lines(renovation)}
    return sum(line_amount(quantity, prices[root]) for root, quantity in queries.remaining(renovation).items())


def _drawn_fen(record: ProcurementRecord, except_id: int) -> int:
    """What the other homes of a lot come to: the latest sums of those it has, and what a firm that left was settled for.

    Of a home in which another firm built before, its share is taken off.
    """
    present = and_(Assignment.procurement_record_id == record.id, Assignment.ended_at.is_(None))
    ids = select(Assignment.renovation_id).where(present, Assignment.renovation_id != except_id)
    sums = db.session.scalar(select(func.coalesce(func.sum(Renovation.total_fen), 0)).where(Renovation.id.in_(ids)))
    before = sum(one.amount_fen for one in _parts(FirmReplacement.renovation_id.in_(ids)))
    left = select(Assignment.renovation_id).where(
        Assignment.procurement_record_id == record.id,
        Assignment.ended_at.is_not(None),
    )
    own = FirmReplacement.organisation_id == record.organisation_id
    settled = sum(one.amount_fen for one in _parts(and_(FirmReplacement.renovation_id.in_(left), own)))
    return int(sums or 0) - before + settled


def _parts(condition: ColumnElement[bool]) -> Sequence[ReplacedPart]:
    query = select(ReplacedPart).join(FirmReplacement, FirmReplacement.id == ReplacedPart.replacement_id)
    return db.session.scalars(query.where(condition)).all()
