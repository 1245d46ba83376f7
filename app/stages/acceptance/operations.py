"""What people can do at the acceptance."""

from typing import Any

from ...core import clock
from ...lifecycle import Action, Stage, Status, Step
from ...permissions import Permission
from ...renovation.models import Renovation
from ...renovation.operations import Missing, Operation
from ...renovation.progress import left_out, office_of
from . import pages, queries, rules, sampled, service
from .rules import AcceptanceState

STAGE = Stage.ACCEPTANCE
COMPLETED = frozenset({Status.COMPLETED})


def _is_waiting(renovation: Renovation) -> bool:
    found = queries.current(renovation)
    return found is not None and found.state is AcceptanceState.RECORDED


def _countersign_missing(renovation: Renovation) -> list[Missing]:
    if _is_waiting(renovation):
        return []
    return [Missing("乡镇（街道）还没有登记入户验收。", "acceptance.record")]


def _recording(renovation: Renovation) -> str:
    onward = "验收即告通过" if left_out(renovation, Step.COUNTERSIGN) else "交县级会签"
    return f"没有要整改的，{onward}；有要整改的，退回施工单位按期限整改后再验。"


def _countersigning(renovation: Renovation) -> str:
    found = queries.current(renovation)
    since = f"（{found.day.isoformat()}）" if found is not None else ""
    runs = "" if left_out(renovation, Stage.WARRANTY) else f"，质保期从入户验收那天{since}算起"
    return f"会签后按验收结果计算{renovation.applicant_name}家的补贴{runs}。"


def sample_page(renovation: Renovation) -> dict[str, Any]:
    """What waits to be put right."""
    return {"finding": sampled.open_finding(renovation)}


def _resolving(renovation: Renovation) -> str:
    finding = sampled.open_finding(renovation)
    return f"销去 {finding.day} 抽查发现的问题：{finding.text}" if finding is not None else ""


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "record",
        STAGE,
        "登记入户验收",
        Permission.ACCEPTANCE_RECORD,
        rules.RecordAcceptance,
        service.record_acceptance,
        statuses=COMPLETED,
        available=lambda renovation: not _is_waiting(renovation),
        context=pages.record_page,
        initial=pages.record_initial,
        initial_for=pages.party_initial,
        missing=service.record_missing,
        consequence=_recording,
    ),
    Operation(
        "countersign",
        STAGE,
        "会签验收",
        Permission.ACCEPTANCE_COUNTERSIGN,
        rules.Countersign,
        service.countersign,
        action=Action.COUNTERSIGN,
        missing=_countersign_missing,
        context=pages.countersign_page,
        consequence=_countersigning,
        part=Step.COUNTERSIGN,
    ),
    Operation(
        "return",
        STAGE,
        "退回重新验收",
        Permission.ACCEPTANCE_COUNTERSIGN,
        rules.ReturnAcceptance,
        service.return_acceptance,
        statuses=COMPLETED,
        available=_is_waiting,
        context=pages.countersign_page,
        danger=True,
        consequence=lambda renovation: f"{renovation.township.name}要重新上门验收，这一次的记录保留备查。",
    ),
    Operation(
        "record_sample",
        STAGE,
        "登记抽查结果",
        Permission.SAMPLE_DRAW,
        rules.RecordSample,
        sampled.record_sample,
        statuses=sampled.AFTER_ACCEPTANCE,
        available=lambda renovation: sampled.waiting_draw(renovation) is not None,
        only=sampled.inspects,
        context=sample_page,
        initial=lambda _renovation: {"day": clock.today().isoformat()},
        additive=True,
        while_suspended=True,
        consequence=lambda renovation: (
            f"记在进度上；有不符合的转{office_of(renovation).at_county}督促整改，整改销号以前不能归档。"
        ),
    ),
    Operation(
        "resolve_sample",
        STAGE,
        "抽查整改销号",
        Permission.ACCEPTANCE_COUNTERSIGN,
        rules.ResolveSample,
        sampled.resolve_sample,
        statuses=sampled.AFTER_ACCEPTANCE,
        available=lambda renovation: sampled.open_finding(renovation) is not None,
        context=sample_page,
        initial=lambda _renovation: {"day": clock.today().isoformat()},
        additive=True,
        while_suspended=True,
        consequence=_resolving,
    ),
)
