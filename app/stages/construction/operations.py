"""What people can do during the works."""

from ...core.money import display
from ...lifecycle import Action, Stage, Status, Step
from ...permissions import Permission, Role
from ...programme.process_schema import PaperStep
from ...programme.queries import programme_of
from ...programme.values import ItemKind
from ...renovation import own_papers
from ...renovation import queries as files
from ...renovation.models import Renovation
from ...renovation.operations import Missing, Operation
from ...renovation.progress import left_out
from . import (
    code_pages,
    code_queries,
    code_rules,
    code_service,
    contracting,
    dispatching,
    filings,
    firm_pages,
    pages,
    queries,
    replacing,
    rules,
    service,
    supervision,
)
from .changes import CHANGES
from .filing_operations import FILING
from .paying_operations import PAYMENTS
from .photo_operations import PHOTOS

STAGE = Stage.CONSTRUCTION
BUILDING = frozenset({Status.BUILDING})
ON_SITE = frozenset({Status.DISPATCHED, Status.BUILDING})


def _has_firm(renovation: Renovation) -> bool:
    return files.assignment(renovation, Role.CONTRACTOR) is not None


def _is_shared(renovation: Renovation) -> bool:
    return programme_of(renovation.programme_version_id).apart is not None


def _goes_on(renovation: Renovation) -> bool:
    """False on a file that has ended: no firm is to begin there any more."""
    return renovation.ending is None


def _chooses(renovation: Renovation) -> bool:
    """The household is still to say who builds."""
    return _goes_on(renovation) and not _has_firm(renovation)


def _has_goods(renovation: Renovation) -> bool:
    return any(line.kind is ItemKind.GOODS for line in queries.lines(renovation))


def _has_problems(renovation: Renovation) -> bool:
    return bool(queries.open_problems(renovation))


def _contract_missing(renovation: Renovation) -> list[Missing]:
    if _has_firm(renovation):
        waits = [Missing(why)] if (why := contracting.contract_waits(renovation)) else []
        return [*waits, *filings.contract_missing(renovation), *own_papers.missing(renovation, PaperStep.CONTRACT)]
    if code_queries.has_codes(renovation):
        return [Missing("家庭还没有把申购优惠码交给单位，单位凭码接单以后才能签合同。", "construction.renew_code")]
    if left_out(renovation, Step.DISPATCH):
        return [Missing("家庭还没有选定施工单位。", "construction.choose_firm")]
    return [Missing("还没有派工。", "construction.dispatch")]


def _starting(renovation: Renovation) -> str:
    if queries.has_begun(renovation):
        return "接着前一单位的进度施工。"
    return "开工前系统会按今天的情况再核对一次资格。"


def _completion(renovation: Renovation) -> str:
    return f"提交后由{renovation.township.name}上门组织验收，施工记录不能再改。"


def _replacing(renovation: Renovation) -> str:
    firm = files.assignment(renovation, Role.CONTRACTOR)
    name = firm.organisation.name if firm else "原施工单位"
    waits = programme_of(renovation.programme_version_id).status_label(Status.AGREED)
    return f"{name}不再办理这一户，只按上面认可的完成数量结算；这一户退回“{waits}”，没办完的变更一并撤销。"


def _winding_up(renovation: Renovation) -> str:
    owed = sum(part.amount_fen for one in queries.replacements(renovation) for part in one.parts)
    return f"{renovation.applicant_name}家没做的不再做，转“待验收”；原施工单位已完成的 {display(owed)} 照常验收、结算、拨付。"


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "dispatch",
        STAGE,
        "派工",
        Permission.CONSTRUCTION_DISPATCH,
        rules.Dispatch,
        dispatching.dispatch,
        statuses=frozenset({Status.AGREED}),
        available=_chooses,
        context=firm_pages.dispatch_page,
        initial=firm_pages.dispatch_initial,
        consequence=lambda renovation: f"派工后，{renovation.applicant_name}家由所选单位签订施工合同并施工。",
        part=Step.DISPATCH,
    ),
    Operation(
        "dispatch_next",
        STAGE,
        "按户数均分派工",
        Permission.CONSTRUCTION_DISPATCH,
        rules.DispatchNext,
        dispatching.dispatch_next,
        statuses=frozenset({Status.AGREED}),
        available=lambda renovation: _goes_on(renovation) and not _has_firm(renovation) and _is_shared(renovation),
        context=firm_pages.dispatch_page,
        consequence=firm_pages.whose_turn,
        part=Step.DISPATCH,
        aside=True,
        help="派给这时户数最少的单位；要看各家户数或自己选，请用“派工”。",
    ),
    Operation(
        "choose_firm",
        STAGE,
        "登记家庭选定的单位",
        Permission.PLAN_SIGN,
        rules.ChooseFirm,
        contracting.choose_firm,
        statuses=frozenset({Status.AGREED}),
        available=lambda renovation: not code_queries.has_codes(renovation) and _chooses(renovation),
        context=firm_pages.choosing_page,
        consequence=lambda renovation: f"登记后，{renovation.applicant_name}家由选定的单位签订施工合同并施工。",
        instead_of=Step.DISPATCH,
        help="单位由家庭自己选，只能选在本县准入的；政府不派工。",
    ),
    *FILING,
    Operation(
        "renew_code",
        STAGE,
        "换发优惠码",
        Permission.PLAN_SIGN,
        code_rules.RenewCode,
        code_service.renew,
        statuses=frozenset({Status.AGREED}),
        available=lambda renovation: code_queries.has_codes(renovation) and _chooses(renovation),
        context=code_pages.renewal_page,
        consequence=code_pages.renewing,
        rests=code_pages.waits_for_household,
        instead_of=Step.DISPATCH,
        help="通知单丢了、码过期了或被别人知道了才需要换发。家庭把码交给自己选的、在本县准入的单位，由单位“凭码接单”。",
    ),
    Operation(
        "contract",
        STAGE,
        "签订施工合同",
        Permission.CONSTRUCTION_CONTRACT,
        rules.SignContract,
        contracting.sign_contract,
        action=Action.SIGN_CONTRACT,
        missing=_contract_missing,
        context=firm_pages.contract_page,
        initial=firm_pages.contract_initial,
        available=lambda renovation: _goes_on(renovation) and _has_firm(renovation),
        consequence=lambda renovation: (
            f"合同总价不超过方案总价 {display(renovation.total_fen or 0)}，签订后单价不能再提高。"
        ),
    ),
    *PAYMENTS,
    Operation(
        "relocate",
        STAGE,
        "安排临时过渡",
        Permission.CONSTRUCTION_RELOCATE,
        rules.ArrangeRelocation,
        service.arrange_relocation,
        statuses=frozenset({Status.AGREED, *ON_SITE}),
        available=pages.needs_relocation,
        initial=pages.relocation_initial,
    ),
    Operation(
        "schedule",
        STAGE,
        "约定上门",
        Permission.CONSTRUCTION_REPORT,
        rules.PlanVisit,
        service.plan_visit,
        statuses=ON_SITE,
        additive=True,
    ),
    *PHOTOS,
    Operation(
        "start",
        STAGE,
        "开工",
        Permission.CONSTRUCTION_REPORT,
        rules.Start,
        service.start,
        action=Action.START,
        available=_goes_on,
        missing=service.start_missing,
        context=pages.start_page,
        consequence=_starting,
    ),
    Operation(
        "log",
        STAGE,
        "写施工日志",
        Permission.CONSTRUCTION_REPORT,
        rules.WriteLog,
        service.write_log,
        statuses=BUILDING,
        context=pages.log_page,
        initial=pages.today,
        additive=True,
    ),
    Operation(
        "hand_over",
        STAGE,
        "登记用品交付",
        Permission.CONSTRUCTION_REPORT,
        rules.HandOver,
        service.hand_over,
        statuses=BUILDING,
        context=pages.goods_page,
        initial=pages.goods_initial,
        additive=True,
        available=_has_goods,
    ),
    Operation(
        "quantities",
        STAGE,
        "上报完成数量",
        Permission.CONSTRUCTION_REPORT,
        rules.ReportQuantities,
        service.report_quantities,
        statuses=BUILDING,
        context=pages.quantities_page,
        initial=pages.quantities_initial,
    ),
    Operation(
        "inspect",
        STAGE,
        "登记监理检查",
        Permission.CONSTRUCTION_SUPERVISE,
        rules.Inspect,
        supervision.inspect,
        statuses=BUILDING,
        context=pages.inspect_page,
        initial=pages.inspect_initial,
        additive=True,
        part=Step.SUPERVISION,
    ),
    Operation(
        "resolve",
        STAGE,
        "整改复查销号",
        Permission.CONSTRUCTION_SUPERVISE,
        rules.Resolve,
        supervision.resolve,
        statuses=BUILDING,
        context=pages.resolve_page,
        initial=pages.resolve_initial,
        available=_has_problems,
        part=Step.SUPERVISION,
    ),
    Operation(
        "report",
        STAGE,
        "提交监理报告",
        Permission.CONSTRUCTION_SUPERVISE,
        rules.FileReport,
        supervision.file_report,
        statuses=frozenset({Status.BUILDING, Status.COMPLETED, Status.ACCEPTED}),
        context=pages.report_page,
        initial=pages.today,
        part=Step.SUPERVISION,
    ),
    *CHANGES,
    Operation(
        "complete",
        STAGE,
        "报告完工",
        Permission.CONSTRUCTION_REPORT,
        rules.Complete,
        service.complete,
        action=Action.COMPLETE,
        missing=service.complete_missing,
        context=pages.completion_page,
        consequence=_completion,
    ),
    Operation(
        "replace_firm",
        STAGE,
        "更换施工单位",
        Permission.CONSTRUCTION_DISPATCH,
        rules.ReplaceFirm,
        replacing.replace_firm,
        action=Action.REPLACE_FIRM,
        context=firm_pages.replace_page,
        initial=firm_pages.replace_initial,
        danger=True,
        available=lambda renovation: _has_firm(renovation) and (_goes_on(renovation) or renovation.status in BUILDING),
        consequence=_replacing,
    ),
    Operation(
        "wind_up",
        STAGE,
        "按原单位已完成部分收尾",
        Permission.CONSTRUCTION_DISPATCH,
        rules.WindUp,
        replacing.wind_up,
        action=Action.WIND_UP,
        available=lambda renovation: not _goes_on(renovation),
        context=firm_pages.wind_up_page,
        initial=firm_pages.wind_up_initial,
        consequence=_winding_up,
    ),
)
