"""The next moves: for each status on the line who has the next one, and which operation it is.

A status usually waits for the role that may take the forward transition. Some hold two moves, one after the other
(a firm is assigned before it acts); then a condition on the file tells which is due.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select, true

from ..core import clock
from ..funds.waiting import in_line
from ..identity.models import User
from ..lifecycle import LINE, PURCHASE_CODE, Stage, Status, Step
from ..permissions import FIRM_ROLES, Actor, Permission, Role
from ..programme.models import ProgrammeVersion, has_mark, held_by
from ..programme.process import PLAN_REVIEW
from ..renovation.models import Assignment, Renovation
from ..stages.acceptance.models import Acceptance
from ..stages.acceptance.rules import AcceptanceState
from ..stages.acceptance.sampled import to_look_at, to_put_right
from ..stages.application.models import Verification
from ..stages.application.notice_conditions import objection_waits, photo_due, recheck_waits
from ..stages.application.notice_models import Notice, NoticeEntry
from ..stages.construction import filing_queries as firm_filings
from ..stages.construction.code_queries import holds as code_holds
from ..stages.construction.paying_queries import owed_by
from ..stages.plan.models import Plan, PlanReview
from ..stages.plan.rules import PlanState
from ..stages.settlement.announcing import to_announce
from ..stages.settlement.models import Invoice, SettlementSheet
from ..stages.settlement.queries import retention_is_due
from ..stages.settlement.rules import SheetState
from ..stages.warranty.models import Claim
from ..stages.warranty.queries import is_overdue
from ..stages.warranty.rules import ClaimState

P, S = Permission, Status
Condition = Callable[[], ColumnElement[bool]]


def has(table: Any, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """The file has such a row."""
    return exists().where(table.renovation_id == Renovation.id, *conditions).correlate(Renovation)


def _without(part: Stage | Step) -> ColumnElement[bool]:
    """The file's programme leaves a stage or step out."""
    return _marked(part.value)


def _marked(mark: str) -> ColumnElement[bool]:
    """The file's programme has this mark."""
    found = select(ProgrammeVersion.id).where(has_mark(mark))
    return Renovation.programme_version_id.in_(found)


def firm(role: Role) -> ColumnElement[bool]:
    """A firm has this part of the file now."""
    return has(Assignment, Assignment.role == role, Assignment.ended_at.is_(None))


def _federation_looked() -> ColumnElement[bool]:
    return has(Verification, User.id == Verification.actor_id, User.role == Role.FEDERATION)


def _lacks_drafter() -> ColumnElement[bool]:
    return and_(~firm(Role.ASSESSOR), held_by(Renovation.programme_version_id, P.PLAN_DRAFT, Role.ASSESSOR))


def _on_notice(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return has(NoticeEntry, NoticeEntry.ended_at.is_(None), Notice.id == NoticeEntry.notice_id, *conditions)


def _unproved() -> ColumnElement[bool]:
    return photo_due(clock.today())


def _over() -> ColumnElement[bool]:
    return _on_notice(Notice.ends_on < clock.today())


def ended() -> ColumnElement[bool]:
    """The file ends early."""
    return Renovation.ending.is_not(None)


def submitted() -> ColumnElement[bool]:
    """A version of the plan is handed in and not yet approved."""
    return has(Plan, Plan.state == PlanState.SUBMITTED, Plan.change_order.is_(False))


def _reviewed_by(mark: str) -> ColumnElement[bool]:
    """The file's programme has its plans reviewed, by the role whose mark it is, or by any."""
    found = select(ProgrammeVersion.id).where(ProgrammeVersion.marks.contains(f"|{mark}"))
    return Renovation.programme_version_id.in_(found)


def _waits_for_review() -> ColumnElement[bool]:
    """A version, of the plan or of a change order, that nobody has reviewed yet."""
    reviewed = exists().where(PlanReview.plan_id == Plan.id, PlanReview.ended_at.is_(None)).correlate(Plan)
    plan = and_(Plan.state == PlanState.SUBMITTED, Plan.change_order.is_(False))
    change = and_(Plan.state == PlanState.DRAFT, Plan.change_order, Plan.submitted_at.is_not(None))
    return has(Plan, or_(plan, change), ~reviewed)


def _to_review(role: Role) -> ColumnElement[bool]:
    return and_(_reviewed_by(f"{PLAN_REVIEW}{role.value}|"), _waits_for_review())


def _lacks_reviewer() -> ColumnElement[bool]:
    return and_(_reviewed_by(f"{PLAN_REVIEW}{Role.SUPERVISOR.value}|"), ~firm(Role.SUPERVISOR))


def _to_approve() -> ColumnElement[bool]:
    return and_(submitted(), or_(~_reviewed_by(PLAN_REVIEW), ~_waits_for_review()))


def _change_to_approve() -> ColumnElement[bool]:
    """A change order that the firm proposed, past its technical review where there is one."""
    return and_(_changed(PlanState.DRAFT), or_(~_reviewed_by(PLAN_REVIEW), ~_waits_for_review()))


def _changed(state: PlanState) -> ColumnElement[bool]:
    # what is left of a file that ends early is accepted by the plan in force: its change waits for nobody
    return and_(~ended(), has(Plan, and_(Plan.state == state, Plan.change_order)))


def recorded() -> ColumnElement[bool]:
    """A round of the acceptance waits for the countersignature."""
    return has(Acceptance, Acceptance.state == AcceptanceState.RECORDED)


def _invoiced() -> ColumnElement[bool]:
    return has(Invoice, Invoice.ended_at.is_(None))


def _prepared() -> ColumnElement[bool]:
    return has(SettlementSheet, SettlementSheet.state == SheetState.PREPARED)


def _in_line() -> ColumnElement[bool]:
    """It waits for a place of the quota: nobody can do anything until one is free."""
    return Renovation.id.in_(in_line())


def _retention_due() -> ColumnElement[bool]:
    return retention_is_due(clock.today())


def _claimed(state: ClaimState) -> ColumnElement[bool]:
    # from the few claims to their files: far more files are under warranty than have something broken
    return Renovation.id.in_(select(Claim.renovation_id).where(Claim.state == state))


def _overdue_claim() -> ColumnElement[bool]:
    return Renovation.id.in_(select(Claim.renovation_id).where(is_overdue(clock.today())))


def has_it_now(actor: Actor) -> ColumnElement[bool]:
    """A firm's own part of the file has not ended; of everybody else it is theirs as soon as they see it."""
    if actor.role not in FIRM_ROLES:
        return true()
    return has(
        Assignment,
        Assignment.organisation_id == actor.organisation_id,
        Assignment.role == actor.role,
        Assignment.ended_at.is_(None),
    )


def _owes_the_household(actor: Actor) -> ColumnElement[bool]:
    """What the household paid at the signing is still with the firm, which builds nothing, or has left the file."""
    return owed_by(actor.organisation_id)


@dataclass(frozen=True, slots=True)
class Move:
    """One next move: in which statuses, with which permission, what it is called on the desk, by which operation.

    `when` narrows it to files on which it is due; `operation` is the key of the page that the row leads to.
    """

    statuses: tuple[Status, ...]
    permission: Permission
    words: str
    operation: str
    when: Condition = true
    role: Role | None = None
    """Only for this role, where several hold the permission and one of them has the move."""
    whose: Callable[[Actor], ColumnElement[bool]] = has_it_now
    """On which of the files in sight it is this person's."""


RUNNING = (S.ACCEPTED, S.SETTLED, S.PAID)
"""The warranty runs beside settlement."""

AFTER_ACCEPTANCE = (*RUNNING, S.CLOSED)
"""A file may be drawn for another look at any time after its acceptance."""

MOVES: tuple[Move, ...] = (
    Move((S.DRAFT,), P.APPLICATION_EDIT, "补齐并提交", "application.submit"),
    Move((S.SUBMITTED,), P.APPLICATION_REVIEW, "初审", "application.forward"),
    Move(
        (S.SUBMITTED,),
        P.APPLICATION_VERIFY,
        "核验",
        "application.verify",
        lambda: ~_federation_looked(),
        Role.FEDERATION,
    ),
    Move((S.REVIEWED,), P.APPLICATION_NOTICE, "处理异议", "", objection_waits),
    Move((S.REVIEWED,), P.APPLICATION_NOTICE, "上传公示照片", "application.prove_notice", _unproved),
    Move((S.REVIEWED,), P.APPLICATION_NOTICE, "结束公示", "application.end_notice", _over),
    Move((S.NOTICED,), P.APPLICATION_REJECT, "处理异议", "application.dismiss_objection", objection_waits),
    Move((S.NOTICED,), P.APPLICATION_NOTICE, "补公示照片", "application.prove_notice", _unproved),
    Move((S.NOTICED,), P.APPLICATION_CONFIRM, "确定", "application.confirm", lambda: ~_in_line()),
    Move((S.REJECTED,), P.APPLICATION_CONFIRM, "答复复核", "application.grant_recheck", recheck_waits),
    Move((S.CONFIRMED,), P.ASSESSMENT_ASSIGN, "委托评估", "assessment.assign_assessor", lambda: ~firm(Role.ASSESSOR)),
    # where the programme has no assessment, a firm may still be needed to draft the plan
    Move((S.ASSESSED,), P.ASSESSMENT_ASSIGN, "委托", "assessment.assign_assessor", _lacks_drafter),
    Move((S.CONFIRMED,), P.ASSESSMENT_RECORD, "入户评估", "", lambda: firm(Role.ASSESSOR)),
    Move((S.ASSESSED,), P.PLAN_DRAFT, "编制方案", "plan.draft", lambda: ~submitted()),
    Move((S.ASSESSED,), P.ASSESSMENT_ASSIGN, "委托技术审核", "plan.assign_reviewer", _lacks_reviewer),
    *(
        Move(
            (S.ASSESSED, S.BUILDING), P.PLAN_REVIEW, "技术审核方案", "plan.review_plan", partial(_to_review, role), role
        )
        for role in (Role.TOWNSHIP, Role.ASSESSOR, Role.SUPERVISOR)
    ),
    Move((S.ASSESSED,), P.PLAN_APPROVE, "审批方案", "plan.approve", _to_approve),
    Move((S.PLANNED,), P.PLAN_SIGN, "签字签约", "plan.agree", lambda: ~_without(Step.AGREEMENT)),
    Move((S.PLANNED,), P.PLAN_SIGN, "签字", "plan.sign", partial(_without, Step.AGREEMENT)),
    Move((S.AGREED, S.DISPATCHED), P.CONSTRUCTION_DISPATCH, "收尾", "construction.wind_up", ended),
    Move(
        (S.AGREED,),
        P.CONSTRUCTION_DISPATCH,
        "派工",
        "construction.dispatch",
        lambda: and_(~firm(Role.CONTRACTOR), ~ended(), ~_without(Step.DISPATCH)),
    ),
    Move(
        (S.AGREED,),
        P.PLAN_SIGN,
        "登记所选单位",
        "construction.choose_firm",
        lambda: and_(~firm(Role.CONTRACTOR), ~ended(), _without(Step.DISPATCH), ~_marked(PURCHASE_CODE)),
    ),
    Move(
        (S.AGREED,),
        P.PLAN_SIGN,
        "换发优惠码",
        "construction.renew_code",
        lambda: and_(_marked(PURCHASE_CODE), ~firm(Role.CONTRACTOR), ~ended(), ~code_holds(clock.today())),
    ),
    Move(
        (S.AGREED,),
        P.CONSTRUCTION_CONTRACT,
        "签订合同",
        "construction.contract",
        lambda: and_(firm(Role.CONTRACTOR), ~ended(), firm_filings.to_contract()),
    ),
    Move(
        (S.AGREED,),
        P.CONSTRUCTION_CONTRACT,
        "提交备案",
        "construction.submit_filing",
        lambda: and_(firm(Role.CONTRACTOR), ~ended(), firm_filings.to_file()),
    ),
    Move(
        (S.AGREED,),
        P.CONSTRUCTION_CONTRACT,
        "重新备案",
        "construction.submit_filing",
        lambda: and_(firm(Role.CONTRACTOR), ~ended(), firm_filings.to_file_again()),
    ),
    Move(
        (S.AGREED,),
        P.CONSTRUCTION_FILING_AUDIT,
        "审核逾期的备案",
        "construction.audit_filing",
        firm_filings.audit_late,
    ),
    Move((S.AGREED,), P.CONSTRUCTION_FILING_AUDIT, "审核备案", "construction.audit_filing", firm_filings.to_audit),
    Move((S.DISPATCHED,), P.CONSTRUCTION_REPORT, "准备开工", "", lambda: ~ended()),
    Move(
        (*LINE[LINE.index(S.AGREED) :], S.WITHDRAWN, S.TERMINATED),
        P.CONSTRUCTION_CONTRACT,
        "退还家庭付款",
        "construction.give_back",
        whose=_owes_the_household,
    ),
    Move((S.BUILDING,), P.PLAN_APPROVE, "审批变更", "construction.approve_change", _change_to_approve),
    Move((S.BUILDING,), P.PLAN_SIGN, "变更签字", "construction.sign_change", partial(_changed, PlanState.APPROVED)),
    Move((S.BUILDING,), P.CONSTRUCTION_REPORT, "施工", ""),
    Move((S.BUILDING,), P.CONSTRUCTION_SUPERVISE, "监理", ""),
    Move((S.COMPLETED,), P.ACCEPTANCE_RECORD, "入户验收", "acceptance.record", lambda: ~recorded()),
    Move((S.COMPLETED,), P.ACCEPTANCE_COUNTERSIGN, "会签验收", "acceptance.countersign", recorded),
    Move((S.ACCEPTED,), P.INVOICE_SUBMIT, "提交发票", "settlement.invoice", lambda: ~_invoiced()),
    Move(
        (S.ACCEPTED,), P.SETTLEMENT_PREPARE, "编制结算", "settlement.prepare", lambda: and_(_invoiced(), ~_prepared())
    ),
    Move((S.ACCEPTED,), P.SETTLEMENT_APPROVE, "批准结算", "settlement.approve", _prepared),
    Move((S.SETTLED,), P.PAYMENT_RECORD, "登记拨付", "settlement.pay"),
    Move(AFTER_ACCEPTANCE, P.SAMPLE_DRAW, "登记抽查结果", "acceptance.record_sample", to_look_at, Role.COUNTY),
    Move(AFTER_ACCEPTANCE, P.ACCEPTANCE_COUNTERSIGN, "抽查整改", "acceptance.resolve_sample", to_put_right),
    Move((S.PAID,), P.PAYMENT_RECORD, "付质保金", "settlement.release_retention", _retention_due),
    Move((S.PAID, S.CLOSED, S.TERMINATED), P.APPLICATION_NOTICE, "公示资金", "settlement.announce", to_announce),
    Move(RUNNING, P.WARRANTY_VERIFY, "派修", "warranty.assign_claim", partial(_claimed, ClaimState.REPORTED)),
    Move(RUNNING, P.WARRANTY_FIX, "维修", "warranty.fix_claim", partial(_claimed, ClaimState.ASSIGNED)),
    Move(RUNNING, P.WARRANTY_VERIFY, "核实维修", "warranty.verify_claim", partial(_claimed, ClaimState.FIXED)),
    Move(RUNNING, P.WARRANTY_CLOSE, "裁定异议", "warranty.decide_contest", partial(_claimed, ClaimState.CONTESTED)),
    Move(RUNNING, P.WARRANTY_CLOSE, "催办逾期维修", "", _overdue_claim),
    Move((S.PAID,), P.WARRANTY_CLOSE, "终止归档", "warranty.close_terminated", ended),
    Move((S.PAID,), P.WARRANTY_CLOSE, "质保到期，归档", "warranty.close", lambda: Renovation.due_on < clock.today()),
)
