"""Papers of the works: dispatch, contract, change order, log, before and after, goods, supervision."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ...core import clock
from ...core.db import db
from ...core.money import line_amount
from ...lifecycle import PURCHASE_CODE, Stage, Step
from ...permissions import Permission, Role
from ...places import queries as places
from ...places.models import Organisation
from ...places.telephones import telephone
from ...programme.process import FIRM_FILING
from ...programme.queries import programme_of
from ...programme.values import ItemKind
from ...renovation import queries as files
from ...renovation.models import Kind, Renovation
from ...renovation.papers import Paper, address_of, photos
from ...renovation.progress import office_of
from ..application import queries as application
from ..plan import queries as plans
from ..plan.models import PlanLine
from . import code_queries, filing_queries, photo_places, photo_queries, queries
from .filing_rules import FilingState
from .rules import PhotoKind

STAGE = Stage.CONSTRUCTION


def _firm(renovation: Renovation, role: Role = Role.CONTRACTOR) -> Organisation | None:
    found = files.assignment(renovation, role)
    return found.organisation if found is not None else None


def _name(renovation: Renovation, role: Role = Role.CONTRACTOR) -> str:
    firm = _firm(renovation, role)
    return firm.name if firm is not None else ""


def _work_order(renovation: Renovation) -> Mapping[str, Any] | None:
    part, plan = files.assignment(renovation, Role.CONTRACTOR), plans.signed(renovation)
    if part is None or plan is None or part.procurement_record_id is None:
        return None  # whom the household chose nobody orders to work
    left, home = queries.remaining(renovation), application.household(renovation)
    return {
        "firm": part.organisation,
        **_bought(part.procurement_record_id),
        "since": part.since,
        "phone": home.phone or home.guardian_phone,
        "plan": plan,
        "supervisor": _name(renovation, Role.SUPERVISOR),
        "schedule": queries.schedule(renovation),
        "relocation": queries.relocation(renovation),
        "rows": [(line, left[line.root_id]) for line in plan.lines if line.root_id in left],
    }


def _bought(record_id: int | None) -> dict[str, str]:
    """The lot, and the township that procured it itself ("" = the county did); of a firm that the household chose neither."""
    record = places.procurement(record_id) if record_id is not None else None
    return {"lot": record.lot if record else "", "employer": record.township if record else ""}


def _filing(renovation: Renovation) -> Mapping[str, Any] | None:
    """The newest filing, whatever became of it."""
    filed = filing_queries.newest(renovation)
    plan = plans.signed(renovation)
    if filed is None or plan is None or filed.state is FilingState.ENDED:
        return None
    left, kept = queries.remaining(renovation), filing_queries.papers(renovation, filed)
    rows = [_row(line, left[line.root_id], _of_plan(plan.lines)) for line in plan.lines if line.root_id in left]
    return {
        "filed": filed,
        "firm": db.session.get_one(Organisation, filed.organisation_id),
        "plan": plan,
        "id_number": application.applicant(renovation).id_number,
        "kept": [(name, len(found)) for name, found in kept.items()],
        "photos": photo_queries.line_photos(renovation),
        "wanted": [line.root_id for line in plan.lines if photo_queries.wanted_photos(line, before_only=True)],
        "rows": rows,
        "total_fen": sum(row["amount_fen"] for row in rows),
    }


def _of_plan(lines: list[PlanLine]) -> dict[int, int]:
    return {line.root_id: line.unit_price_fen for line in lines}


def _contract(renovation: Renovation) -> Mapping[str, Any] | None:
    part, plan, signed = (
        files.assignment(renovation, Role.CONTRACTOR),
        plans.signed(renovation),
        queries.contract(renovation),
    )
    if part is None or plan is None:
        return None
    programme = programme_of(renovation.programme_version_id)
    return {
        "contract": signed,
        "chosen": part.procurement_record_id is None,
        "firm": part.organisation,
        **_bought(part.procurement_record_id),
        "plan": plan,
        "programme": programme,
        "response_days": programme.data.warranty.response_days,
        "id_number": application.applicant(renovation).id_number,
        "rows": _priced(renovation),
    }


def _priced(renovation: Renovation) -> list[dict[str, Any]]:
    """The lines that the present firm builds, with the contract's price once there is one."""
    left, prices = queries.remaining(renovation), queries.contract_price(renovation)
    return [_row(line, left[line.root_id], prices) for line in queries.lines(renovation) if line.root_id in left]


def _row(line: PlanLine, quantity: Decimal, prices: Mapping[int, int]) -> dict[str, Any]:
    price = prices.get(line.root_id)
    amount = None if price is None else line_amount(quantity, price)
    return {"line": line, "quantity": quantity, "price_fen": price, "amount_fen": amount}


def _change(renovation: Renovation) -> Mapping[str, Any] | None:
    """The change that waits, else the newest that was signed."""
    known = [plan for plan in plans.versions(renovation) if plan.change_order and plan.submitted_at is not None]
    plan = known[0] if known else None
    if plan is None:
        return None
    earlier = [one for one in plans.versions(renovation) if one.version < plan.version and one.signed_at is not None]
    if not earlier:
        return None
    return {
        "plan": plan,
        "difference": plans.difference(earlier[0], plan),
        "firm": _name(renovation),
        "signature": photos(renovation).get(plan.signature_id or 0),
    }


def _log(renovation: Renovation) -> Mapping[str, Any] | None:
    if not queries.has_begun(renovation):
        return None
    return {
        "firm": _name(renovation),
        "contract": queries.contract(renovation),
        "log": list(reversed(queries.log(renovation))),
        "visits": list(reversed(queries.visits(renovation))),
    }


def _comparison(renovation: Renovation) -> Mapping[str, Any] | None:
    plan = plans.signed(renovation)
    if plan is None or not queries.has_begun(renovation):
        return None
    taken, given, there = photo_queries.line_photos(renovation), queries.handovers(renovation), photos(renovation)

    def newest(line: PlanLine, kind: Kind) -> Any:
        return next((one for one in reversed(taken.get((line.root_id, kind), [])) if one.id in there), None)

    rows = []
    for line in plan.lines:
        if line.kind is ItemKind.WORKS:
            wanted = photo_queries.wanted_photos(line) or [PhotoKind.BEFORE, PhotoKind.AFTER]
            shots = [(kind.label, newest(line, Kind(kind.value))) for kind in wanted]
        else:
            shots = [("交付", newest(line, Kind.HANDOVER))]
        rows.append({"line": line, "shots": shots, "handover": given.get(line.root_id)})
    return {"plan": plan, "firm": _name(renovation), "rows": rows, "places": photo_places.told(renovation)}


def _goods(renovation: Renovation) -> Mapping[str, Any] | None:
    plan = plans.signed(renovation)
    goods = [line for line in plan.lines if line.kind is not ItemKind.WORKS] if plan is not None else []
    if not goods or _firm(renovation) is None:
        return None
    given = queries.handovers(renovation)
    return {
        "plan": plan,
        "firm": _name(renovation),
        "rows": [(line, given.get(line.root_id)) for line in goods],
    }


def _supervision(renovation: Renovation) -> Mapping[str, Any] | None:
    supervisor = _name(renovation, Role.SUPERVISOR)
    if not supervisor or not queries.has_begun(renovation):
        return None
    return {
        "supervisor": supervisor,
        "firm": _name(renovation),
        "contract": queries.contract(renovation),
        "programme": programme_of(renovation.programme_version_id),
        "report": queries.supervision_report(renovation),
        "visits": list(reversed(queries.visits(renovation))),
        "lines": queries.lines(renovation),
        "reported": queries.reported(renovation),
    }


def _code_slip(renovation: Renovation) -> Mapping[str, Any] | None:
    """What the household hands on; nothing once the code has ended or its last day is over."""
    code, plan = code_queries.live(renovation), plans.signed(renovation)
    if code is None or plan is None or not code.holds_on(clock.today()):
        return None
    left, programme = queries.remaining(renovation), programme_of(renovation.programme_version_id)
    return {
        "code": code,
        "office": (region := places.region(renovation.county_id)).name + office_of(renovation).formal,
        "phone": telephone(region, programme.data.programme.phone),
        "look_up": address_of("workbench.look_up"),
        "rows": [(line, left[line.root_id]) for line in plan.lines if line.root_id in left],
    }


PAPERS: tuple[Paper, ...] = (
    Paper(
        "code_slip",
        STAGE,
        "申购优惠码通知单",
        Permission.LETTER_SEND,
        _code_slip,
        scan=Kind.HOUSEHOLD_LETTER,
        office=True,
        letter=True,
        numbered=False,
        secret=True,
        wanted_by=PURCHASE_CODE,
        note="打印盖章后交给家庭，凭它到自己选的单位购买；签收联收回存档。",
    ),
    Paper(
        "work_order",
        STAGE,
        "派工通知书",
        Permission.RENOVATION_READ,
        _work_order,
        scan=Kind.LETTER,
        step=Step.DISPATCH,
        note="交施工单位，签收后存档。",
    ),
    Paper(
        "firm_filing",
        STAGE,
        "施工备案表",
        Permission.MONEY_READ,
        _filing,
        scan=Kind.FILING,
        wanted_by=FIRM_FILING,
        note="施工单位盖章后交审核，审核单位签意见存档。",
    ),
    Paper(
        "contract",
        STAGE,
        "施工合同",
        Permission.MONEY_READ,
        _contract,
        scan=Kind.CONTRACT,
        note="一式三份；签订前打印的单价留空，登记后打印的带有合同单价。",
    ),
    Paper(
        "change_order",
        STAGE,
        "改造变更确认单",
        Permission.MONEY_READ,
        _change,
        scan=Kind.CHANGE_SIGNATURE,
        note="要签的都签好后生效。",
    ),
    Paper("construction_log", STAGE, "施工日志", Permission.RENOVATION_READ, _log, scan=Kind.DURING),
    Paper(
        "comparison",
        STAGE,
        "改造前后对比表",
        Permission.RENOVATION_READ,
        _comparison,
        scan=Kind.AFTER,
        note="每个项目改造前后各一张，同一位置。",
    ),
    Paper(
        "goods_receipt",
        STAGE,
        "用品签收单",
        Permission.RENOVATION_READ,
        _goods,
        scan=Kind.GOODS_RECEIPT,
        note="用品交到家里时签字。",
    ),
    Paper(
        "supervision_report",
        STAGE,
        "监理报告",
        Permission.RENOVATION_READ,
        _supervision,
        scan=Kind.SUPERVISION,
        step=Step.SUPERVISION,
        note="监理单位签字盖章，结算时要用。",
    ),
)
