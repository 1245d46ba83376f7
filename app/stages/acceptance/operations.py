"""What people can do at the acceptance."""

from typing import Any

from ...core import clock
from ...lifecycle import Action, Stage, Status
from ...permissions import Permission, Role
from ...programme.queries import programme_of
from ...renovation import queries as files
from ...renovation.models import Renovation
from ...renovation.operations import Missing, Operation
from ..construction import queries as works
from . import queries, rules, service
from .rules import AcceptanceState, PartyRole

STAGE = Stage.ACCEPTANCE
COMPLETED = frozenset({Status.COMPLETED})


def _is_waiting(renovation: Renovation) -> bool:
    found = queries.current(renovation)
    return found is not None and found.state is AcceptanceState.RECORDED


def _record_page(renovation: Renovation) -> dict[str, Any]:
    lines = service.lines_to_accept(renovation)
    return {
        "lines": {line.root_id: line for line in lines},
        "reported": works.reported(renovation),
        "photos": works.line_photos(renovation),
        "checks": {check.key: check for check in programme_of(renovation.programme_version_id).acceptance_checks},
        "last": next(iter(queries.rounds(renovation)), None),
        "choices": {"lines-line_id": [(line.root_id, f"{line.item_no} {line.item_name}") for line in lines]},
    }


def _record_initial(renovation: Renovation) -> dict[str, Any]:
    reported = works.reported(renovation)
    parties = [PartyRole.HOUSEHOLD, PartyRole.TOWNSHIP, PartyRole.CONTRACTOR]
    if files.assignment(renovation, Role.SUPERVISOR):
        parties.append(PartyRole.SUPERVISOR)
    names = {PartyRole.HOUSEHOLD: renovation.applicant_name}
    return {
        "day": clock.today().isoformat(),
        "lines": [
            {"line_id": line.root_id, "result": "accepted", "measured": reported.get(line.root_id, line.quantity)}
            for line in service.lines_to_accept(renovation)
        ],
        "checks": [
            {"key": check.key} for check in programme_of(renovation.programme_version_id).acceptance_checks
        ],
        "party": [{"role": role.value, "name": names.get(role, "")} for role in parties],
    }


def _countersign_page(renovation: Renovation) -> dict[str, Any]:
    return queries.tab(renovation, None) or {}  # type: ignore[arg-type]


def _countersign_missing(renovation: Renovation) -> list[Missing]:
    if _is_waiting(renovation):
        return []
    return [Missing("乡镇（街道）还没有登记入户验收。", "acceptance.record")]


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "record", STAGE, "登记入户验收", Permission.ACCEPTANCE_RECORD, rules.RecordAcceptance,
        service.record_acceptance, statuses=COMPLETED, available=lambda renovation: not _is_waiting(renovation),
        context=_record_page, initial=_record_initial,
        consequence=lambda _renovation: "全部合格后交县级会签；有要整改的项目会退回施工单位，到期再验。",
    ),
    Operation(
        "countersign", STAGE, "会签验收", Permission.ACCEPTANCE_COUNTERSIGN, rules.Countersign, service.countersign,
        action=Action.COUNTERSIGN, missing=_countersign_missing, context=_countersign_page,
        consequence=lambda _renovation: "会签后按验收结果计算补贴，质保期从入户验收那天算起。",
    ),
    Operation(
        "return", STAGE, "退回重新验收", Permission.ACCEPTANCE_COUNTERSIGN, rules.ReturnAcceptance,
        service.return_acceptance, statuses=COMPLETED, available=_is_waiting,
    ),
)
