"""What waits for whom: for each status on the line who has the next move, and which operation it is.

A status usually waits for the role that may take the forward transition. Some hold two moves, one after the other
(a firm is assigned before it acts); then a condition on the file tells which is due.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, false, literal, or_, true

from ..lifecycle import Status
from ..permissions import Actor, Permission, Role, may
from ..renovation.models import Assignment, Renovation

P, S = Permission, Status
Condition = Callable[[], ColumnElement[bool]]


def _assigned(role: Role) -> ColumnElement[bool]:
    return (
        Assignment.__table__.select()
        .where(
            Assignment.renovation_id == Renovation.id, Assignment.role == role, Assignment.ended_at.is_(None)
        )
        .correlate(Renovation)
        .exists()
    )


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
    Move(S.REVIEWED, P.APPLICATION_NOTICE, "办理公示", "application.end_notice"),
    Move(S.NOTICED, P.APPLICATION_CONFIRM, "确定", "application.confirm"),
    Move(S.CONFIRMED, P.ASSESSMENT_ASSIGN, "委托评估", "assessment.assign", lambda: ~_assigned(Role.ASSESSOR)),
    Move(S.CONFIRMED, P.ASSESSMENT_RECORD, "入户评估", "", lambda: _assigned(Role.ASSESSOR)),
    Move(S.ASSESSED, P.PLAN_DRAFT, "编制方案", ""),
    Move(S.ASSESSED, P.PLAN_APPROVE, "审批方案", "plan.approve"),
    Move(S.PLANNED, P.PLAN_SIGN, "签字签约", "plan.agree"),
    Move(S.AGREED, P.CONSTRUCTION_DISPATCH, "派工", "construction.dispatch", lambda: ~_assigned(Role.CONTRACTOR)),
    Move(S.AGREED, P.CONSTRUCTION_CONTRACT, "签订合同", "", lambda: _assigned(Role.CONTRACTOR)),
    Move(S.DISPATCHED, P.CONSTRUCTION_REPORT, "开工", ""),
    Move(S.BUILDING, P.CONSTRUCTION_REPORT, "施工", ""),
    Move(S.BUILDING, P.CONSTRUCTION_SUPERVISE, "监理", ""),
    Move(S.COMPLETED, P.ACCEPTANCE_RECORD, "组织验收", ""),
    Move(S.COMPLETED, P.ACCEPTANCE_COUNTERSIGN, "会签验收", ""),
    Move(S.ACCEPTED, P.SETTLEMENT_APPROVE, "办理结算", ""),
    Move(S.SETTLED, P.PAYMENT_RECORD, "拨付", ""),
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
    return and_(Renovation.status.in_(statuses), due, Renovation.suspended_at.is_(None))


def move_number(actor: Actor) -> ColumnElement[int]:
    """Which of `moves_of(actor)` is due on a file, as a column: its place in the tuple."""
    moves = moves_of(actor)
    if not moves:
        return literal(-1)
    return case(
        *((and_(Renovation.status == move.status, move.when()), place) for place, move in enumerate(moves)), else_=-1
    )
