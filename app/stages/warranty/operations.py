"""What people can do during the warranty."""

from collections.abc import Callable, Collection
from typing import Any

from ...core import clock
from ...lifecycle import Action, Stage
from ...permissions import Permission
from ...renovation.models import Renovation
from ...renovation.operations import Operation
from ..construction import queries as works
from . import queries, rules, service
from .queries import RUNNING
from .rules import MOVES, ClaimMove, ClaimState

STAGE = Stage.WARRANTY
M = ClaimMove


def _is_over(renovation: Renovation) -> bool:
    """True when the warranty has run out, so that nobody is offered to close a file two years early."""
    term = queries.term(renovation)
    return renovation.ending is None and term is not None and term.ends_on < clock.today()


def _closing(renovation: Renovation) -> str:
    return f"{renovation.applicant_name}家的整份档案最终封存，不能再改，也不再受理质保报修。"


def _claims(
    states: Collection[ClaimState],
) -> tuple[Callable[[Renovation], bool], Callable[[Renovation], dict[str, Any]]]:
    """(is there one, the page's choices) of the claims in these states."""

    def available(renovation: Renovation) -> bool:
        return bool(queries.claims(renovation, states))

    def context(renovation: Renovation) -> dict[str, Any]:
        found = queries.claims(renovation, states)
        choices = [(claim.id, f"第 {claim.seq} 件　{claim.state.label}　{claim.text[:30]}") for claim in found]
        return {
            "claims": found,
            "photos": queries.claim_photos(renovation),
            "names": {line.root_id: works.name_of(line) for line in works.lines(renovation)},
            "today": clock.today(),
            "choices": {"claim_id": choices},
        }

    return available, context


def _first(states: Collection[ClaimState]) -> Callable[[Renovation], dict[str, Any]]:
    def initial(renovation: Renovation) -> dict[str, Any]:
        found = queries.claims(renovation, states)
        return {"claim_id": found[0].id if found else "", "day": clock.today().isoformat()}

    return initial


def _lines(renovation: Renovation) -> dict[str, Any]:
    found = works.lines(renovation)
    return {
        "choices": {
            "line_id": [(line.root_id, f"{line.item_no} {line.item_name}　{line.space_name}") for line in found]
        }
    }


def _operation(
    move: ClaimMove, title: str, permission: Permission, command: type[Any], run: Callable[..., Any], **more: Any
) -> Operation:
    """A move of a claim; its page offers the claims from which the table allows it.

    What is broken is repaired while a file is suspended too: the warranty's term does not stand still.
    """
    states = MOVES[move][0]
    available, context = _claims(states)
    return Operation(
        NAMES[move],
        STAGE,
        title,
        permission,
        command,
        run,
        statuses=RUNNING,
        available=available,
        context=context,
        consequence=lambda _renovation: FOLLOWS[move],
        initial=_first(states),
        while_suspended=True,
        part=STAGE,
        **more,
    )


FOLLOWS: dict[ClaimMove, str] = {
    M.ASSIGN: "施工单位要在限期前修好并上传照片；逾期的报县里催办。",
    M.FIX: "乡镇（街道）会向家庭核实，家庭说修好了才算办结。",
    M.VERIFY: "修好了的，这件报修办结；没修好的，退回施工单位再修。",
    M.DECLINE: "家庭会知道原因，也可以提出异议，由县里裁定。",
    M.CONTEST: "由县里裁定；裁定以前，这件报修不算办结。",
    M.DECIDE: "支持家庭的，施工单位限期维修；不支持的，维持“不属质保”，这件报修就此结束。",
}
"""What follows from each move of a claim, said before it is made."""

NAMES = {move: f"{move.value}_contest" if move is ClaimMove.DECIDE else f"{move.value}_claim" for move in ClaimMove}

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "report_claim",
        STAGE,
        "登记报修",
        Permission.WARRANTY_REPORT,
        rules.ReportClaim,
        service.report_claim,
        statuses=RUNNING,
        context=_lines,
        additive=True,
        while_suspended=True,
        initial=lambda renovation: {"reporter": renovation.applicant_name},
        part=STAGE,
    ),
    _operation(M.ASSIGN, "派修", Permission.WARRANTY_VERIFY, rules.AssignClaim, service.assign_claim),
    _operation(M.FIX, "登记维修", Permission.WARRANTY_FIX, rules.FixClaim, service.fix_claim),
    _operation(M.VERIFY, "核实维修", Permission.WARRANTY_VERIFY, rules.VerifyClaim, service.verify_claim),
    _operation(
        M.DECLINE,
        "认定不属质保",
        Permission.WARRANTY_FIX,
        rules.DeclineClaim,
        service.decline_claim,
        danger=True,
    ),
    _operation(
        M.CONTEST,
        "家庭提出异议",
        Permission.WARRANTY_REPORT,
        rules.ContestClaim,
        service.contest_claim,
    ),
    _operation(
        M.DECIDE,
        "裁定异议",
        Permission.WARRANTY_CLOSE,
        rules.DecideContest,
        service.decide_contest,
    ),
    Operation(
        "visit",
        STAGE,
        "登记回访",
        Permission.WARRANTY_VERIFY,
        rules.RecordVisit,
        service.record_visit,
        statuses=RUNNING,
        additive=True,
        initial=lambda _renovation: {"day": clock.today().isoformat()},
        part=STAGE,
    ),
    Operation(
        "close",
        STAGE,
        "归档",
        Permission.WARRANTY_CLOSE,
        rules.Close,
        service.close,
        action=Action.CLOSE,
        missing=service.close_missing,
        available=_is_over,
        consequence=_closing,
    ),
    Operation(
        "close_terminated",
        STAGE,
        "终止归档",
        Permission.WARRANTY_CLOSE,
        rules.Close,
        service.close,
        action=Action.END_TERMINATED,
        missing=service.close_missing,
        available=lambda renovation: renovation.ending is not None,
        consequence=_closing,
    ),
)
