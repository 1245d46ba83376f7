"""What people can do during the works."""

from typing import Any

from ...core import clock
from ...core.money import display, yuan
from ...lifecycle import Action, Stage, Status
from ...permissions import Permission, Role
from ...places import queries as places
from ...places.rules import OrganisationKind
from ...programme.queries import programme_of
from ...programme.schema import ItemKind
from ...renovation import queries as files
from ...renovation.models import Renovation
from ...renovation.operations import Missing, Operation
from ..application import queries as application
from . import contracting, queries, replacing, rules, service, supervision
from .changes import CHANGES

STAGE = Stage.CONSTRUCTION
BUILDING = frozenset({Status.BUILDING})
ON_SITE = frozenset({Status.DISPATCHED, Status.BUILDING})


def _has_firm(renovation: Renovation) -> bool:
    return files.assignment(renovation, Role.CONTRACTOR) is not None


def _record_choices(renovation: Renovation, kind: OrganisationKind) -> list[tuple[int, str]]:
    found = places.dispatchable(kind, renovation.county_id, clock.today())
    served = contracting.households_of(found)
    return [
        (one.id, f"{one.organisation.name}　标段 {one.lot}　已派 {served[one.id]}／{one.max_households or '不限'} 户")
        for one in found
    ]


def _line_choices(renovation: Renovation, kind: ItemKind | None = None) -> list[tuple[int, str]]:
    return [
        (line.root_id, f"{line.item_no} {line.item_name}　{line.space_name}　{line.quantity:.2f}{line.unit}")
        for line in queries.lines(renovation)
        if kind is None or line.kind is kind
    ]


def _dispatch_page(renovation: Renovation) -> dict[str, Any]:
    return {
        "choices": {
            "procurement_record_id": _record_choices(renovation, OrganisationKind.CONTRACTOR),
            "supervisor_record_id": _record_choices(renovation, OrganisationKind.SUPERVISOR),
        }
    }


def _contract_page(renovation: Renovation) -> dict[str, Any]:
    lines = queries.lines(renovation)
    return {
        "lines": {line.root_id: line for line in lines},
        "firm": files.assignment(renovation, Role.CONTRACTOR),
        "choices": {"prices-line_id": _line_choices(renovation)},
        "least_months": programme_of(renovation.programme_version_id).warranty_months,
    }


def _contract_initial(renovation: Renovation) -> dict[str, Any]:
    today = clock.today().isoformat()
    assigned = files.assignment(renovation, Role.CONTRACTOR)
    tendered: dict[int, int] = {}
    if assigned is not None and assigned.procurement_record_id is not None:
        tendered = places.price_list(places.procurement(assigned.procurement_record_id))
    return {
        "signed_on": today,
        "starts_on": today,
        "ends_on": today,
        "warranty_months": programme_of(renovation.programme_version_id).warranty_months,
        "household_signer": renovation.applicant_name,
        "prices": [
            {
                "line_id": line.root_id,
                "unit_price": yuan(min(line.unit_price_fen, tendered.get(line.item_no, line.unit_price_fen))),
            }
            for line in queries.lines(renovation)
        ],
    }


def _contract_missing(renovation: Renovation) -> list[Missing]:
    return [] if _has_firm(renovation) else [Missing("县级民政局还没有派工。", "construction.dispatch")]


def _photos_page(renovation: Renovation) -> dict[str, Any]:
    return {
        "lines": [line for line in queries.lines(renovation) if line.kind is ItemKind.WORKS],
        "photos": queries.line_photos(renovation),
        "kinds": list(rules.PhotoKind),
        "choices": {"line_id": _line_choices(renovation, ItemKind.WORKS)},
    }


def _goods_page(renovation: Renovation) -> dict[str, Any]:
    return {
        "lines": [line for line in queries.lines(renovation) if line.kind is ItemKind.GOODS],
        "handovers": queries.handovers(renovation),
        "choices": {"line_id": _line_choices(renovation, ItemKind.GOODS)},
    }


def _quantities_page(renovation: Renovation) -> dict[str, Any]:
    return {
        "lines": {line.root_id: line for line in queries.lines(renovation)},
        "done_before": queries.done_before(renovation),
        "choices": {"lines-line_id": _line_choices(renovation)},
    }


def _quantities_initial(renovation: Renovation) -> dict[str, Any]:
    reported, before = queries.reported(renovation), queries.done_before(renovation)
    return {
        "lines": [
            {
                "line_id": line.root_id,
                "quantity": reported.get(line.root_id, line.quantity - before.get(line.root_id, 0)),
            }
            for line in queries.lines(renovation)
        ]
    }


def _resolve_page(renovation: Renovation) -> dict[str, Any]:
    problems = queries.open_problems(renovation)
    return {"choices": {"visit_id": [(visit.id, f"{visit.day}：{visit.text[:40]}") for visit in problems]}}


def _replace_page(renovation: Renovation) -> dict[str, Any]:
    return {
        "lines": {line.root_id: line for line in queries.lines(renovation)},
        "reported": queries.reported(renovation),
        "choices": {"parts-line_id": _line_choices(renovation)},
    }


def _needs_relocation(renovation: Renovation) -> bool:
    return bool(application.facts(renovation).get("dwelling", {}).get("must_move_out"))


def _today(_renovation: Renovation) -> dict[str, Any]:
    return {"day": clock.today().isoformat()}


def _completion(renovation: Renovation) -> str:
    return f"提交后由{renovation.township.name}上门组织验收，施工记录不能再改。"


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "dispatch", STAGE, "派工", Permission.CONSTRUCTION_DISPATCH, rules.Dispatch, contracting.dispatch,
        statuses=frozenset({Status.AGREED}), available=lambda renovation: not _has_firm(renovation),
        context=_dispatch_page,
        consequence=lambda renovation: f"派工后，{renovation.applicant_name}家由所选单位签订施工合同并施工。",
    ),
    Operation(
        "contract", STAGE, "签订施工合同", Permission.CONSTRUCTION_CONTRACT, rules.SignContract,
        contracting.sign_contract, action=Action.SIGN_CONTRACT, missing=_contract_missing, context=_contract_page,
        initial=_contract_initial, available=_has_firm,
        consequence=lambda renovation: f"合同总价不超过方案总价 {display(renovation.total_fen or 0)}，签订后单价不能再提高。",
    ),
    Operation(
        "relocate", STAGE, "安排临时过渡", Permission.CONSTRUCTION_RELOCATE, rules.ArrangeRelocation,
        service.arrange_relocation, statuses=frozenset({Status.AGREED, *ON_SITE}), available=_needs_relocation,
    ),
    Operation(
        "schedule", STAGE, "约定上门", Permission.CONSTRUCTION_REPORT, rules.PlanVisit, service.plan_visit,
        statuses=ON_SITE, additive=True,
    ),
    Operation(
        "photos", STAGE, "上传照片", Permission.CONSTRUCTION_REPORT, rules.AddPhotos, service.add_photos,
        statuses=ON_SITE, context=_photos_page, additive=True,
    ),
    Operation(
        "start", STAGE, "开工", Permission.CONSTRUCTION_REPORT, rules.Start, service.start, action=Action.START,
        missing=service.start_missing, consequence=lambda _renovation: "开工前系统会按今天的情况再核对一次资格。",
    ),
    Operation(
        "log", STAGE, "写施工日志", Permission.CONSTRUCTION_REPORT, rules.WriteLog, service.write_log,
        statuses=BUILDING, initial=_today, additive=True,
    ),
    Operation(
        "hand_over", STAGE, "登记用品交付", Permission.CONSTRUCTION_REPORT, rules.HandOver, service.hand_over,
        statuses=BUILDING, context=_goods_page, initial=_today, additive=True,
        available=lambda renovation: any(line.kind is ItemKind.GOODS for line in queries.lines(renovation)),
    ),
    Operation(
        "quantities", STAGE, "上报完成数量", Permission.CONSTRUCTION_REPORT, rules.ReportQuantities,
        service.report_quantities, statuses=BUILDING, context=_quantities_page, initial=_quantities_initial,
    ),
    Operation(
        "inspect", STAGE, "登记监理检查", Permission.CONSTRUCTION_SUPERVISE, rules.Inspect, supervision.inspect,
        statuses=BUILDING, initial=_today, additive=True,
    ),
    Operation(
        "resolve", STAGE, "整改复查销号", Permission.CONSTRUCTION_SUPERVISE, rules.Resolve, supervision.resolve,
        statuses=BUILDING, context=_resolve_page, available=lambda renovation: bool(queries.open_problems(renovation)),
    ),
    Operation(
        "report", STAGE, "提交监理报告", Permission.CONSTRUCTION_SUPERVISE, rules.FileReport, supervision.file_report,
        statuses=frozenset({Status.BUILDING, Status.COMPLETED, Status.ACCEPTED}), initial=_today,
    ),
    *CHANGES,
    Operation(
        "complete", STAGE, "报告完工", Permission.CONSTRUCTION_REPORT, rules.Complete, service.complete,
        action=Action.COMPLETE, missing=service.complete_missing, consequence=_completion,
    ),
    Operation(
        "replace_firm", STAGE, "更换施工单位", Permission.CONSTRUCTION_DISPATCH, rules.ReplaceFirm,
        replacing.replace_firm, action=Action.REPLACE_FIRM, context=_replace_page, danger=True, available=_has_firm,
        consequence=lambda _renovation: "原施工单位不再办理这一户，按认可的完成部分结算；这一户退回“待派工”。",
    ),
)
