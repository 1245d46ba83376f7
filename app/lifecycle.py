"""READ FIRST. The whole life of a renovation as one table.

A renovation (改造户) has one status at a time. `TRANSITIONS` lists every change of status that exists; buttons, desks,
the API's allowed actions and the README's diagram are computed from it, and `renovation.progress.advance` is the only
code that carries one out. Plain Python: no web, no database. Domain §3.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from .core.enums import Labelled
from .permissions import Permission as P


class Stage(Labelled):
    """The seven stages, in order; the words are the same in folders, URLs, templates and tests."""

    APPLICATION = "application", "申请"
    ASSESSMENT = "assessment", "评估"
    PLAN = "plan", "方案"
    CONSTRUCTION = "construction", "施工"
    ACCEPTANCE = "acceptance", "验收"
    SETTLEMENT = "settlement", "结算"
    WARRANTY = "warranty", "质保"


class Step(Labelled):
    """A part of a stage that a programme may leave out (variants §2.1: every step is optional by programme data)."""

    PLAN_APPROVAL = "plan_approval", "县级批准方案"
    AGREEMENT = "agreement", "改造协议"
    DISPATCH = "dispatch", "县级派工"
    SUPERVISION = "supervision", "监理"
    COUNTERSIGN = "countersign", "县级会签验收"
    SETTLEMENT_APPROVAL = "settlement_approval", "县级批准结算"


STAGE_OF_STEP: dict[Step, Stage] = {
    Step.PLAN_APPROVAL: Stage.PLAN,
    Step.AGREEMENT: Stage.PLAN,
    Step.DISPATCH: Stage.CONSTRUCTION,
    Step.SUPERVISION: Stage.CONSTRUCTION,
    Step.COUNTERSIGN: Stage.ACCEPTANCE,
    Step.SETTLEMENT_APPROVAL: Stage.SETTLEMENT,
}
"""The stage that each step is a part of: without the stage there is no step either."""


class Status(Labelled):
    """Where a renovation stands; the label says what is waited for."""

    DRAFT = "draft", "待提交"
    SUBMITTED = "submitted", "待初审"
    REVIEWED = "reviewed", "公示中"
    NOTICED = "noticed", "待确定"
    CONFIRMED = "confirmed", "待评估"
    ASSESSED = "assessed", "待定方案"
    PLANNED = "planned", "待签约"
    AGREED = "agreed", "待派工"
    DISPATCHED = "dispatched", "待开工"
    BUILDING = "building", "施工中"
    COMPLETED = "completed", "待验收"
    ACCEPTED = "accepted", "待结算"
    SETTLED = "settled", "待拨付"
    PAID = "paid", "质保中"
    CLOSED = "closed", "已归档"
    REJECTED = "rejected", "不予改造"
    WITHDRAWN = "withdrawn", "已撤回"
    TERMINATED = "terminated", "已终止"


class Action(Labelled):
    """What changes a status."""

    SUBMIT = "submit", "提交"
    RETURN = "return", "退回补正"
    FORWARD = "forward", "初审通过并公示"
    INVESTIGATE = "investigate", "异议待查，撤下公示"
    UPHOLD_OBJECTION = "uphold_objection", "异议成立，不予改造"
    END_NOTICE = "end_notice", "公示期满"
    SEND_BACK = "send_back", "退回乡镇重新核查"
    REJECT = "reject", "不予改造"
    CONFIRM = "confirm", "确定为改造对象"
    GRANT_RECHECK = "grant_recheck", "同意复核"
    COMPLETE_ASSESSMENT = "complete_assessment", "提交评估"
    QUESTION_ELIGIBILITY = "question_eligibility", "评估结果影响资格，退回重新确定"
    FIND_UNFIT = "find_unfit", "住房不具备改造条件"
    RETURN_ASSESSMENT = "return_assessment", "退回评估"
    APPROVE_PLAN = "approve_plan", "批准方案"
    REFUSE_PLAN = "refuse_plan", "家庭要求另定方案"
    AGREE = "agree", "签订改造协议"
    SIGN_CONTRACT = "sign_contract", "签订施工合同"
    REPLACE_FIRM = "replace_firm", "更换施工单位"
    START = "start", "开工"
    CHANGE_ORDER = "change_order", "变更生效"
    COMPLETE = "complete", "报告完工"
    WIND_UP = "wind_up", "按原单位已完成部分收尾"
    ORDER_RECTIFICATION = "order_rectification", "要求整改"
    COUNTERSIGN = "countersign", "会签验收"
    FAIL_REINSPECTION = "fail_reinspection", "复查不合格，退回验收"
    SETTLE = "settle", "批准结算"
    REOPEN_SETTLEMENT = "reopen_settlement", "退回结算"
    PAY = "pay", "拨付到账"
    RETURN_PAYMENT = "return_payment", "银行退款"
    CLOSE = "close", "归档"
    WITHDRAW = "withdraw", "家庭撤回申请"
    TERMINATE = "terminate", "终止"
    END_TERMINATED = "end_terminated", "终止归档"


ENDINGS = frozenset({Status.CLOSED, Status.REJECTED, Status.WITHDRAWN, Status.TERMINATED})
"""Where nothing more happens (a rejected file may still be reopened by a recheck)."""

WHILE_SUSPENDED = frozenset({Action.WITHDRAW, Action.TERMINATE})
"""What a suspended file may still do: end. Everything else waits until it is resumed (domain §3)."""

LINE = (*(status for status in Status if status not in ENDINGS), Status.CLOSED)
"""The fifteen statuses of the straight line, in order."""

BEFORE_BUILDING = LINE[: LINE.index(Status.BUILDING)]
FROM_BUILDING = LINE[LINE.index(Status.BUILDING) : LINE.index(Status.CLOSED)]

STAGE_OF: dict[Status, Stage] = {
    Status.DRAFT: Stage.APPLICATION,
    Status.SUBMITTED: Stage.APPLICATION,
    Status.REVIEWED: Stage.APPLICATION,
    Status.NOTICED: Stage.APPLICATION,
    Status.CONFIRMED: Stage.ASSESSMENT,
    Status.ASSESSED: Stage.PLAN,
    Status.PLANNED: Stage.PLAN,
    Status.AGREED: Stage.CONSTRUCTION,
    Status.DISPATCHED: Stage.CONSTRUCTION,
    Status.BUILDING: Stage.CONSTRUCTION,
    Status.COMPLETED: Stage.ACCEPTANCE,
    Status.ACCEPTED: Stage.SETTLEMENT,
    Status.SETTLED: Stage.SETTLEMENT,
    Status.PAID: Stage.WARRANTY,
    Status.CLOSED: Stage.WARRANTY,
    Status.REJECTED: Stage.APPLICATION,
    Status.WITHDRAWN: Stage.APPLICATION,
    Status.TERMINATED: Stage.WARRANTY,
}
"""The stage whose desk a status lies on."""


SAID_WITHOUT: tuple[tuple[Status, Stage | Step, str], ...] = (
    (Status.PLANNED, Step.AGREEMENT, "待签字"),
    (Status.AGREED, Step.DISPATCH, "待选单位"),
    (Status.PAID, Stage.WARRANTY, "已拨付"),
)
"""How a status is called on a file whose programme leaves out what its usual name speaks of; the first that fits."""

PURCHASE_CODE = "purchase_code"
"""The mark of a programme whose households buy with a code: whom they give it to takes the home."""

SAID_WITH: tuple[tuple[Status, str, str], ...] = ((Status.AGREED, PURCHASE_CODE, "待凭码购买"),)
"""How a status is called on a file whose programme has this mark; it comes before `SAID_WITHOUT`."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table: who may take a renovation from where to where.

    `forward` marks the straight line from application to archive; every other row is a way back or an ending.
    """

    action: Action
    sources: tuple[Status, ...]
    target: Status
    permission: P
    stage: Stage
    forward: bool = False


def _row(
    action: Action, sources: Status | Iterable[Status], target: Status, permission: P, stage: Stage, way: str = "back"
) -> Transition:
    from_ = (sources,) if isinstance(sources, Status) else tuple(sources)
    return Transition(action, from_, target, permission, stage, way == "forward")


S, A, G = Status, Action, Stage

TRANSITIONS: tuple[Transition, ...] = (
    # application 申请
    _row(A.SUBMIT, S.DRAFT, S.SUBMITTED, P.APPLICATION_EDIT, G.APPLICATION, "forward"),
    _row(A.RETURN, S.SUBMITTED, S.DRAFT, P.APPLICATION_REVIEW, G.APPLICATION),
    _row(A.FORWARD, S.SUBMITTED, S.REVIEWED, P.APPLICATION_REVIEW, G.APPLICATION, "forward"),
    _row(A.INVESTIGATE, S.REVIEWED, S.SUBMITTED, P.APPLICATION_NOTICE, G.APPLICATION),
    _row(A.UPHOLD_OBJECTION, S.REVIEWED, S.REJECTED, P.APPLICATION_REJECT, G.APPLICATION),
    _row(A.END_NOTICE, S.REVIEWED, S.NOTICED, P.APPLICATION_NOTICE, G.APPLICATION, "forward"),
    _row(A.SEND_BACK, S.NOTICED, S.SUBMITTED, P.APPLICATION_CONFIRM, G.APPLICATION),
    _row(A.REJECT, (S.SUBMITTED, S.NOTICED), S.REJECTED, P.APPLICATION_REJECT, G.APPLICATION),
    _row(A.CONFIRM, S.NOTICED, S.CONFIRMED, P.APPLICATION_CONFIRM, G.APPLICATION, "forward"),
    _row(A.GRANT_RECHECK, S.REJECTED, S.SUBMITTED, P.APPLICATION_CONFIRM, G.APPLICATION),
    # assessment 评估
    _row(A.COMPLETE_ASSESSMENT, S.CONFIRMED, S.ASSESSED, P.ASSESSMENT_RECORD, G.ASSESSMENT, "forward"),
    _row(A.QUESTION_ELIGIBILITY, S.CONFIRMED, S.NOTICED, P.ASSESSMENT_RECORD, G.ASSESSMENT),
    _row(A.FIND_UNFIT, S.CONFIRMED, S.REJECTED, P.APPLICATION_REJECT, G.ASSESSMENT),
    # plan 方案
    _row(A.RETURN_ASSESSMENT, S.ASSESSED, S.CONFIRMED, P.PLAN_APPROVE, G.PLAN),
    _row(A.APPROVE_PLAN, S.ASSESSED, S.PLANNED, P.PLAN_APPROVE, G.PLAN, "forward"),
    _row(A.REFUSE_PLAN, S.PLANNED, S.ASSESSED, P.PLAN_SIGN, G.PLAN),
    _row(A.AGREE, S.PLANNED, S.AGREED, P.PLAN_SIGN, G.PLAN, "forward"),
    # construction 施工
    _row(A.SIGN_CONTRACT, S.AGREED, S.DISPATCHED, P.CONSTRUCTION_CONTRACT, G.CONSTRUCTION, "forward"),
    _row(A.REPLACE_FIRM, (S.AGREED, S.DISPATCHED, S.BUILDING), S.AGREED, P.CONSTRUCTION_DISPATCH, G.CONSTRUCTION),
    _row(A.START, S.DISPATCHED, S.BUILDING, P.CONSTRUCTION_REPORT, G.CONSTRUCTION, "forward"),
    _row(A.CHANGE_ORDER, S.BUILDING, S.BUILDING, P.PLAN_SIGN, G.CONSTRUCTION),
    _row(A.COMPLETE, S.BUILDING, S.COMPLETED, P.CONSTRUCTION_REPORT, G.CONSTRUCTION, "forward"),
    # ended between two firms: nothing is left to build, what the first one did is accepted and settled
    _row(A.WIND_UP, (S.AGREED, S.DISPATCHED), S.COMPLETED, P.CONSTRUCTION_DISPATCH, G.CONSTRUCTION, "forward"),
    # acceptance 验收
    _row(A.ORDER_RECTIFICATION, S.COMPLETED, S.BUILDING, P.ACCEPTANCE_RECORD, G.ACCEPTANCE),
    _row(A.COUNTERSIGN, S.COMPLETED, S.ACCEPTED, P.ACCEPTANCE_COUNTERSIGN, G.ACCEPTANCE, "forward"),
    # settlement 结算
    _row(A.FAIL_REINSPECTION, S.ACCEPTED, S.COMPLETED, P.ACCEPTANCE_COUNTERSIGN, G.SETTLEMENT),
    _row(A.SETTLE, S.ACCEPTED, S.SETTLED, P.SETTLEMENT_APPROVE, G.SETTLEMENT, "forward"),
    _row(A.REOPEN_SETTLEMENT, S.SETTLED, S.ACCEPTED, P.SETTLEMENT_APPROVE, G.SETTLEMENT),
    _row(A.PAY, S.SETTLED, S.PAID, P.PAYMENT_RECORD, G.SETTLEMENT, "forward"),
    # from an archived file only where the programme has no warranty: it was archived on the day of payment
    _row(A.RETURN_PAYMENT, (S.PAID, S.CLOSED, S.TERMINATED), S.SETTLED, P.PAYMENT_RECORD, G.SETTLEMENT),
    # warranty 质保
    _row(A.CLOSE, S.PAID, S.CLOSED, P.WARRANTY_CLOSE, G.WARRANTY, "forward"),
    _row(A.END_TERMINATED, S.PAID, S.TERMINATED, P.WARRANTY_CLOSE, G.WARRANTY),
    # endings shared by all stages
    _row(A.WITHDRAW, BEFORE_BUILDING, S.WITHDRAWN, P.RENOVATION_WITHDRAW, G.APPLICATION),
    _row(A.TERMINATE, BEFORE_BUILDING, S.TERMINATED, P.RENOVATION_TERMINATE, G.APPLICATION),
)

PASSED_AT_ONCE: dict[Stage, tuple[Action, ...]] = {
    Stage.ASSESSMENT: (Action.COMPLETE_ASSESSMENT,),
    Stage.WARRANTY: (Action.CLOSE, Action.END_TERMINATED),
}
"""The stages that a programme may leave out, with the rows that the system then takes as soon as a file arrives there.

Of two rows from one status the second is for a file that ended early. The others cannot be left out: without them the
money that is paid has no ground or no evidence.
What is left out within a stage (`Step`, the public notice) has a paper that somebody hands in: the service that takes it
has the system take the next row at once. Either way the timeline says so, and why; no other rows exist than these.
"""

_BY_ACTION = {transition.action: transition for transition in TRANSITIONS}


def transition(action: Action) -> Transition:
    """The row of an action; every action has exactly one."""
    return _BY_ACTION[action]


def allowed(status: Status) -> tuple[Transition, ...]:
    """The rows that leave a status, in the table's order."""
    return tuple(row for row in TRANSITIONS if status in row.sources)


def next_forward(status: Status) -> Transition | None:
    """The one row that continues the straight line, None at its end and for endings."""
    return next((row for row in TRANSITIONS if row.forward and status in row.sources), None)


def diagram() -> str:
    """The table as a Mermaid state diagram, for the README (a test holds them together)."""
    lines = ["stateDiagram-v2", "    [*] --> draft"]
    lines += [f"    {status.value} : {status.label}" for status in Status]
    for row in TRANSITIONS:
        if len(row.sources) < len(BEFORE_BUILDING):
            lines += [f"    {source.value} --> {row.target.value} : {row.action.label}" for source in row.sources]
        else:
            lines += [f"    {row.sources[0].value} --> {row.target.value} : {row.action.label}（开工前任一状态）"]
    return "\n".join(lines)
