"""What the pages about firms show: who is dispatched, the contract and its sums, who leaves. Read-only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from ...core import clock
from ...core.money import line_amount, parse_yuan, yuan
from ...lifecycle import Status
from ...permissions import Role
from ...places import queries as places
from ...places.models import ProcurementRecord
from ...places.rules import OrganisationKind
from ...programme.money_schema import DepositBefore
from ...programme.queries import programme_of
from ...renovation import queries as files
from ...renovation.models import Renovation
from ..plan.models import PlanLine
from . import dispatching, filing_queries, lots, photo_queries, queries
from .pages import line_choices

USUAL_DAYS = 30
"""How many days a contract's term is when the form opens; the firm sets its own."""


# dispatch and contract ---------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Offer:
    """A procurement record as it is chosen among others; `refusal` says why it cannot be chosen here.

    `homes` are what its firm was given so far where homes are shared out by count, `is_next` that it is its turn.
    """

    record: ProcurementRecord
    served: int
    refusal: str = ""
    lacks_deposit: bool = False
    homes: int | None = None
    is_next: bool = False


def dispatch_page(renovation: Renovation) -> dict[str, Any]:
    """The records in force today with how many households each serves, and those that do not serve this home."""
    builders, supervisors = builder_offers(renovation), _supervisors(renovation)
    return {
        "builders": builders,
        "supervisors": supervisors,
        "supervised_by": files.assignment(renovation, Role.SUPERVISOR),
        "needs_supervisor": dispatching.needs_supervisor(renovation),
        "apart": programme_of(renovation.programme_version_id).apart,
        "replaced": queries.replacements(renovation),
        "lines": queries.lines(renovation),
        "remaining": queries.remaining(renovation),
        "choices": {
            "procurement_record_id": [_choice(one) for one in builders if not one.refusal],
            "supervisor_record_id": [_choice(one) for one in supervisors if not one.refusal],
        },
    }


def dispatch_initial(renovation: Renovation) -> dict[str, Any]:
    """Where homes are shared out by count, the lot whose turn it is; else nothing is chosen."""
    if programme_of(renovation.programme_version_id).apart is None:
        return {}
    return {"procurement_record_id": next((one.record.id for one in builder_offers(renovation) if one.is_next), "")}


def whose_turn(renovation: Renovation) -> str:
    """Which firm gets the home when it is dispatched by turn."""
    first = next((one.record for one in builder_offers(renovation) if one.is_next), None)
    if first is None:
        return "今天没有能接这一户的标段，请打开“派工”查看各标段的原因。"
    return f"现在轮到{first.organisation.name}（标段 {first.lot}），派工后由它签订施工合同并施工。"


def builder_offers(renovation: Renovation) -> list[Offer]:
    """The building firms' lots in force for a home, those whose turn it is first, with why one cannot be chosen."""
    found = lots.building_lots(renovation)
    served, shares = lots.households_of(found), lots.shares(renovation, found)
    barred, first = queries.barred_from_building(renovation), shares.next_up if shares else None
    offers = []
    for record in found:
        refusal = _refusal(record, served[record.id], barred, "评估过这一户或审核过方案，不能施工")
        lacking = "" if refusal else lots.without_deposit(renovation, record, DepositBefore.DISPATCH)
        refusal = refusal or lacking or lots.over_award(renovation, record)
        refusal = refusal or (shares.refusal(record) if shares else "")
        homes = shares.homes(record) if shares else None
        offers.append(Offer(record, served[record.id], refusal, bool(lacking), homes, record is first))
    return sorted(offers, key=lambda one: (not one.is_next, bool(one.refusal), one.homes or 0)) if shares else offers


def _supervisors(renovation: Renovation) -> list[Offer]:
    kind, built = OrganisationKind.SUPERVISOR, queries.firms_ever(renovation, Role.CONTRACTOR)
    found = places.dispatchable(kind, renovation.township_id, clock.today(), renovation.programme_key)
    served = lots.households_of(found)
    return [Offer(one, served[one.id], _refusal(one, served[one.id], built, "施工过这一户，不能监理")) for one in found]


def _refusal(record: ProcurementRecord, served: int, barred: set[int], why: str) -> str:
    full = lots.is_full(record, served)
    return why if record.organisation_id in barred else "这个标段的户数已用完" if full else ""


def choosing_page(renovation: Renovation) -> dict[str, Any]:
    """The firms that are admitted in the county, without one that assessed this home."""
    assessors = queries.barred_from_building(renovation)
    found = places.admitted(OrganisationKind.CONTRACTOR, renovation.county_id)
    return {"choices": {"organisation_id": [(one.id, one.name) for one in found if one.id not in assessors]}}


def _choice(offer: Offer) -> tuple[int, str]:
    record = offer.record
    return (
        record.id,
        f"{record.organisation.name}　标段 {record.lot}　已派 {offer.served}／{record.max_households or '不限'} 户",
    )


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One typed price: what it comes to in fen, or why it does not count."""

    amount_fen: int | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ContractSums:
    """The contract's total for the prices typed so far, beside the plan's for the same work."""

    total_fen: int
    plan_fen: int
    rows: Mapping[int, PriceRow]
    problems: int
    missing: int

    @property
    def saved_fen(self) -> int:
        """By how much the contract is below the plan, in fen."""
        return self.plan_fen - self.total_fen


def contract_sums(renovation: Renovation, typed: Sequence[Mapping[str, str]]) -> ContractSums:
    """Sums of the rows as they were typed (`line_id`, `unit_price` as text); unfinished rows count nothing."""
    lines = {line.root_id: line for line in queries.lines(renovation)}
    left = queries.remaining(renovation)
    rows = {index: _price_row(row, lines, left) for index, row in enumerate(typed)}
    counted = [row.amount_fen for row in rows.values() if row.amount_fen is not None]
    return ContractSums(
        total_fen=sum(counted),
        plan_fen=sum(line_amount(quantity, lines[root].unit_price_fen) for root, quantity in left.items()),
        rows=rows,
        problems=sum(1 for row in rows.values() if row.problem),
        missing=len(left) - len(counted),
    )


def _price_row(row: Mapping[str, str], lines: Mapping[int, PlanLine], left: Mapping[int, Decimal]) -> PriceRow:
    root = int(row.get("line_id", "0") or 0) if str(row.get("line_id", "")).isdigit() else 0
    if root not in left or not row.get("unit_price"):
        return PriceRow(problem="" if root in left else "请刷新页面")
    try:
        price = parse_yuan(row["unit_price"])
    except ValueError:
        return PriceRow(problem="请填金额")
    if price > lines[root].unit_price_fen:
        return PriceRow(problem="高于方案单价")
    return PriceRow(line_amount(left[root], price))


def contract_page(renovation: Renovation) -> dict[str, Any]:
    """The lines with plan price, ceiling and tendered price, and the sums of what fills the form."""
    assigned = files.assignment(renovation, Role.CONTRACTOR)
    filed = filing_queries.live(renovation) if filing_queries.terms(renovation) else None
    return {
        "filed": filed if filed is not None and filed.audited_on is not None else None,
        "today": clock.today(),
        "lines": {line.root_id: line for line in queries.lines(renovation)},
        "remaining": queries.remaining(renovation),
        "done_before": queries.done_before(renovation),
        "tendered": _tendered(renovation),
        "firm": assigned,
        "choices": {"prices-line_id": line_choices(renovation)},
        "least_months": programme_of(renovation.programme_version_id).warranty_months,
        "sums": contract_sums(renovation, contract_initial(renovation)["prices"]),
        "live": False,
    }


def _tendered(renovation: Renovation) -> dict[int, int]:
    """Unit prices in fen that the firm offered in its tender, by item number.

    Numbers are each programme's own. A tender for another programme says nothing here; one for all may have been held
    for another one: a price for another unit is that of another thing.
    """
    assigned = files.assignment(renovation, Role.CONTRACTOR)
    if assigned is None or assigned.procurement_record_id is None:
        return {}
    units = {line.item_no: line.unit for line in queries.lines(renovation)}
    record = places.procurement(assigned.procurement_record_id)
    offered = record.prices if record.serves(renovation.programme_key) else []
    return {price.item: price.unit_price_fen for price in offered if units.get(price.item) == price.unit}


def contract_initial(renovation: Renovation) -> dict[str, Any]:
    """The form with the lower of plan price and tendered price for every line that is left to do."""
    today, tendered, left = clock.today(), _tendered(renovation), queries.remaining(renovation)
    return {
        "signed_on": today.isoformat(),
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=USUAL_DAYS)).isoformat(),
        "warranty_months": programme_of(renovation.programme_version_id).warranty_months,
        "household_signer": renovation.applicant_name,
        "prices": [
            {
                "line_id": line.root_id,
                "unit_price": yuan(min(line.unit_price_fen, tendered.get(line.item_no, line.unit_price_fen))),
            }
            for line in queries.lines(renovation)
            if line.root_id in left
        ],
    }


# a firm leaves -----------------------------------------------------------------------------------------------------
def replace_page(renovation: Renovation) -> dict[str, Any]:
    """The lines with what the firm reported and photographed, to be counted on the day it leaves."""
    return {
        "lines": {line.root_id: line for line in queries.lines(renovation)},
        "remaining": queries.remaining(renovation),
        "reported": queries.reported(renovation),
        "photos": photo_queries.line_photos(renovation),
        "prices": queries.contract_price(renovation),
        "firm": files.assignment(renovation, Role.CONTRACTOR),
        "counts": renovation.status is Status.BUILDING,
        "choices": {"parts-line_id": line_choices(renovation)},
    }


def wind_up_page(renovation: Renovation) -> dict[str, Any]:
    """What the firms that left had done and are settled for, and which of it has no photo."""
    wanted = photo_queries.left_unphotographed(renovation)
    return {
        "replaced": queries.replacements(renovation),
        "lines": {line.root_id: line for line in queries.lines(renovation)},
        "photos": photo_queries.line_photos(renovation),
        "choices": {"left-line_id": [(line.root_id, queries.name_of(line)) for line in wanted]},
    }


def wind_up_initial(renovation: Renovation) -> dict[str, Any]:
    """A row for each line that is to be photographed."""
    return {"left": [{"line_id": line.root_id} for line in photo_queries.left_unphotographed(renovation)]}


def replace_initial(renovation: Renovation) -> dict[str, Any]:
    """Every line at 0.00: what was done is counted on site, not taken from the firm's word."""
    if renovation.status is not Status.BUILDING:
        return {}
    left = queries.remaining(renovation)
    return {
        "parts": [
            {"line_id": line.root_id, "quantity": "0.00"} for line in queries.lines(renovation) if line.root_id in left
        ]
    }
