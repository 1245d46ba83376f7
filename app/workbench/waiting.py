"""What waits for whom: for each status on the line who has the next move, and which operation it is.

A status usually waits for the role that may take the forward transition. Some hold two moves, one after the other
(a firm is assigned before it acts); then a condition on the file tells which is due.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, false, literal, or_, true

from ..lifecycle import Status
from ..permissions import FIRM_ROLES, Actor, Permission, Role, may
from ..renovation.models import Assignment, Renovation
from ..stages.acceptance.models import Acceptance
from ..stages.acceptance.rules import AcceptanceState
from ..stages.plan.models import Plan
from ..stages.plan.rules import PlanState
from ..stages.settlement.models import Invoice, SettlementSheet
from ..stages.settlement.rules import SheetState

P, S = Permission, Status
Condition = Callable[[], ColumnElement[bool]]


def _has(table: Any, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """The file has such a row."""
    return exists().where(table.renovation_id == Renovation.id, *conditions).correlate(Renovation)


def _firm(role: Role) -> ColumnElement[bool]:
    return _has(Assignment, Assignment.role == role, Assignment.ended_at.is_(None))


def _submitted() -> ColumnElement[bool]:
    return _has(Plan, Plan.state == PlanState.SUBMITTED, Plan.change_order.is_(False))


def _recorded() -> ColumnElement[bool]:
    return _has(Acceptance, Acceptance.state == AcceptanceState.RECORDED)


def _invoiced() -> ColumnElement[bool]:
    return _has(Invoice, Invoice.ended_at.is_(None))


def _prepared() -> ColumnElement[bool]:
    return _has(SettlementSheet, SettlementSheet.state == SheetState.PREPARED)


@dataclass(frozen=True, slots=True)
class Move:
    """One next move: in which status, with which permission, what it is called on the desk, by which operation.

    `when` narrows it to files on which it is due; `operation` is the key of the page that the row leads to.
    """

    status: Status
    permission: Permission
    words: str
    operation: str
    when: Condition = true


MOVES: tuple[Move, ...] = (
    Move(S.DRAFT, P.APPLICATION_EDIT, "补齐并提交", "application.submit"),
    Move(S.SUBMITTED, P.APPLICATION_REVIEW, "初审", "application.forward"),
    Move(S.REVIEWED, P.APPLICATION_NOTICE, "办理公示", ""),
    Move(S.NOTICED, P.APPLICATION_CONFIRM, "确定", "application.confirm"),
    Move(S.CONFIRMED, P.ASSESSMENT_ASSIGN, "委托评估", "assessment.assign_assessor", lambda: ~_firm(Role.ASSESSOR)),
    Move(S.CONFIRMED, P.ASSESSMENT_RECORD, "入户评估", "", lambda: _firm(Role.ASSESSOR)),
    Move(S.ASSESSED, P.PLAN_DRAFT, "编制方案", "plan.draft", lambda: ~_submitted()),
    Move(S.ASSESSED, P.PLAN_APPROVE, "审批方案", "plan.approve", _submitted),
    Move(S.PLANNED, P.PLAN_SIGN, "签字签约", "plan.agree"),
    Move(S.AGREED, P.CONSTRUCTION_DISPATCH, "派工", "construction.dispatch", lambda: ~_firm(Role.CONTRACTOR)),
    Move(S.AGREED, P.CONSTRUCTION_CONTRACT, "签订合同", "construction.contract", lambda: _firm(Role.CONTRACTOR)),
    Move(S.DISPATCHED, P.CONSTRUCTION_REPORT, "准备开工", ""),
    Move(S.BUILDING, P.CONSTRUCTION_REPORT, "施工", ""),
    Move(S.BUILDING, P.CONSTRUCTION_SUPERVISE, "监理", ""),
    Move(S.COMPLETED, P.ACCEPTANCE_RECORD, "入户验收", "acceptance.record", lambda: ~_recorded()),
    Move(S.COMPLETED, P.ACCEPTANCE_COUNTERSIGN, "会签验收", "acceptance.countersign", _recorded),
    Move(S.ACCEPTED, P.INVOICE_SUBMIT, "提交发票", "settlement.invoice", lambda: ~_invoiced()),
    Move(S.ACCEPTED, P.SETTLEMENT_PREPARE, "编制结算", "settlement.prepare", lambda: and_(_invoiced(), ~_prepared())),
    Move(S.ACCEPTED, P.SETTLEMENT_APPROVE, "批准结算", "settlement.approve", _prepared),
    Move(S.SETTLED, P.PAYMENT_RECORD, "登记拨付", "settlement.pay"),
)


def moves_of(actor: Actor) -> tuple[Move, ...]:
    """The moves that are this person's."""
    return tuple(move for move in MOVES if may(actor, move.permission))


def waiting_for(actor: Actor) -> ColumnElement[bool]:
    """The condition that a file waits for this person's next move; suspended files wait for nobody."""
    moves = moves_of(actor)
    if not moves:
        return false()
    due = or_(*(and_(Renovation.status == move.status, move.when()) for move in moves))
    statuses = {move.status for move in moves}
    # the plain list of statuses first: it is what the index of county and status serves
    return and_(Renovation.status.in_(statuses), due, Renovation.suspended_at.is_(None), _has_it_now(actor))


def _has_it_now(actor: Actor) -> ColumnElement[bool]:
    """A firm keeps reading what it once did; waiting for it is only what it has now."""
    if actor.role not in FIRM_ROLES:
        return true()
    return _has(
        Assignment,
        Assignment.organisation_id == actor.organisation_id,
        Assignment.role == actor.role,
        Assignment.ended_at.is_(None),
    )


def move_number(actor: Actor) -> ColumnElement[int]:
    """Which of `moves_of(actor)` is due on a file, as a column: its place in the tuple."""
    moves = moves_of(actor)
    if not moves:
        return literal(-1)
    return case(
        *((and_(Renovation.status == move.status, move.when()), place) for place, move in enumerate(moves)), else_=-1
    )
