"""Change orders: the next version of a plan that is in force. Draft, then approved, then signed; only then it holds.

Used by construction, which owns the pages. The version that was in force keeps holding until the new one is signed.
"""

from collections.abc import Sequence

from ...core import clock
from ...core.db import db
from ...core.errors import Conflict, NotAllowed, RuleViolation, RuleViolations
from ...funds import service as funds
from ...lifecycle import Stage, Step
from ...permissions import SYSTEM, Actor
from ...programme.queries import programme_of
from ...programme.values import Decision
from ...renovation.models import Attachment, Kind, Renovation
from ...renovation.operations import Missing, require
from ...renovation.progress import left_out, note, without
from ...renovation.service import attach
from ..application import queries as application
from . import queries, reviews
from .claiming import claim_items
from .drafting import as_inputs, fill, incomplete, new_version
from .models import Plan
from .rules import DecisionInput, LineInput, PlanState, Signer
from .signing import check_own_share, check_still_so, put_signature, show_sums, signer_name, sources_of


def change_inputs(plan: Plan) -> dict[str, list[dict[str, object]]]:
    """The version in force as lines and decisions to be changed: `initial` of a change order's form."""
    ids = [one.photo_id for one in plan.decisions if one.photo_id]
    files = {one: db.session.get_one(Attachment, one).file_id for one in ids}
    return as_inputs(plan, files)


def open_change(
    renovation: Renovation,
    lines: Sequence[LineInput],
    reason: str,
    actor: Actor,
    decisions: Sequence[DecisionInput] | None = None,
) -> Plan:
    """Propose version n+1 with these lines; `origin` of a line is the `root_id` of the line that it continues.

    Decisions on basic items are those in force unless given; an item that now has lines is installed. Raises Conflict
    without a signed plan or with another change open, RuleViolations when a rule does not hold (P1–P6).
    """
    base = queries.signed(renovation)
    if base is None:
        raise Conflict("还没有签字生效的方案，不能变更。")
    if queries.open_version(renovation) is not None:
        raise Conflict("已有一份变更还没有办完，请先办完或撤销。")
    if not reason:
        raise RuleViolation("请写变更理由。", "reason")
    plan = new_version(renovation, actor, reason, change_order=True)
    plan.no_shared_space, plan.design_code = base.no_shared_space, base.design_code
    installed = {line.item for line in lines}
    given = decisions if decisions is not None else _decisions_of(base)
    kept = [one for one in given if decisions is not None or one.item not in installed]
    kept = [
        one
        for one in kept
        if one.decision is not None and (one.decision is not Decision.INSTALL or one.item in installed)
    ]
    fill(renovation, plan, lines, kept, actor)
    RuleViolations.raise_if_any(incomplete(plan, programme_of(renovation.programme_version_id)))
    plan.submitted_by, plan.submitted_at = actor.user_id, clock.now()
    note(
        renovation,
        Stage.CONSTRUCTION,
        f"提出变更（方案第 {plan.version} 版）",
        actor,
        reason,
        {"version": plan.version},
    )
    if reviews.reviewing_role(renovation) is None:
        pass_change(renovation)
    reviews.send(renovation, plan, actor)
    return plan


def pass_change(renovation: Renovation) -> None:
    """Where the programme has nobody approve plans, the system approves the change at once and says why."""
    why = left_out(renovation, Step.PLAN_APPROVAL)
    if why:
        approve_change(renovation, SYSTEM, without(Step.PLAN_APPROVAL, why))


def change_missing(renovation: Renovation) -> list[Missing]:
    """What is still needed before a proposed change may be approved: its technical review, where there is one."""
    plan = queries.in_state(renovation, PlanState.DRAFT, change_order=True)
    return [] if plan is None else reviews.review_missing(renovation, plan)


def _decisions_of(base: Plan) -> list[DecisionInput]:
    return [DecisionInput.model_validate(one) for one in change_inputs(base)["decisions"]]


def approve_change(renovation: Renovation, actor: Actor, text: str = "") -> Plan:
    """The county approves the proposed version. Raises Conflict without one, NotAllowed when it is the actor's own."""
    plan = _open_change(renovation, PlanState.DRAFT, "没有待批准的变更。")
    if actor.user_id in (plan.submitted_by, plan.drafted_by):
        raise NotAllowed("提出变更的人不能批准自己的变更，请由另一人办理。")
    require(reviews.review_missing(renovation, plan))
    average = queries.county_average(plan, lock=True)
    if average is not None and average.stops:
        raise Conflict(f"{average.text}。")
    for one in plan.decisions:
        one.accepted_by_county = one.decision is not Decision.INSTALL
    plan.state, plan.approval_note = PlanState.APPROVED, text
    plan.approved_by, plan.approved_by_name, plan.approved_at = actor.user_id, actor.name, clock.now()
    note(
        renovation, Stage.CONSTRUCTION, f"批准变更（方案第 {plan.version} 版）", actor, text, {"version": plan.version}
    )
    return plan


def sign_change(
    renovation: Renovation,
    self_pay_fen: int,
    signature: int,
    actor: Actor,
    signer: Signer = Signer.SELF,
    name: str = "",
) -> Plan:
    """The household signs the approved version with its own share (fen): from now on it is the plan in force.

    Money is committed anew to the new sum. Raises Conflict, RuleViolation when another sum is written. The caller
    records the step of the lifecycle (`CHANGE_ORDER`).
    """
    plan = _open_change(renovation, PlanState.APPROVED, "没有已批准、待签字的变更。")
    before = queries.signed(renovation)
    who = signer_name(renovation, signer, name)
    check_own_share(plan, self_pay_fen)
    sums = check_still_so(renovation, plan)
    paper = attach(
        renovation,
        Stage.CONSTRUCTION,
        Kind.CHANGE_SIGNATURE,
        signature,
        actor,
        f"plan:{plan.version}",
        field="signature",
    )
    if before is not None:
        before.state = PlanState.SUPERSEDED
        db.session.flush()  # one version is in force at a time
    put_signature(plan, signer, who, self_pay_fen, paper.id)
    claim_items(renovation, plan)
    funds.true_up(renovation.id, sources_of(plan), actor, f"变更（方案第 {plan.version} 版）")
    application.record_benefits(renovation, sums.uses)
    show_sums(renovation, plan)
    note(
        renovation,
        Stage.CONSTRUCTION,
        f"家庭签字，变更生效（方案第 {plan.version} 版）",
        actor,
        plan.reason,
        {"version": plan.version, "total_fen": plan.total_fen, "self_pay_fen": plan.self_pay_fen},
    )
    return plan


def drop_change(renovation: Renovation, reason: str, actor: Actor, title: str = "撤销变更") -> Plan:
    """End a proposed change; the version in force keeps holding. Raises Conflict without one.

    `title` says on the timeline who did not want it: the firm is told of a refusal, not of what it gave up itself.
    """
    plan = queries.open_version(renovation)
    if plan is None or not plan.change_order:
        raise Conflict("没有待办的变更。")
    plan.state, plan.refused_reason = PlanState.REFUSED, reason
    note(
        renovation,
        Stage.CONSTRUCTION,
        f"{title}（方案第 {plan.version} 版）",
        actor,
        reason,
        {"version": plan.version},
    )
    return plan


def _open_change(renovation: Renovation, state: PlanState, otherwise: str) -> Plan:
    plan = queries.in_state(renovation, state, change_order=True)
    if plan is None:
        raise Conflict(otherwise)
    return plan
