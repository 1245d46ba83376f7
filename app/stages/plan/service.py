"""What people do with the plan: draft, submit, return, approve, refuse, sign. Sums come from the programme only."""

from ...core import clock
from ...core.db import db
from ...core.errors import Conflict, DomainError, NotAllowed, RuleViolation, RuleViolations
from ...funds import service as funds
from ...lifecycle import Action, Stage, Step
from ...permissions import FIRM_ROLES, SYSTEM, Actor, Permission, Role
from ...places import queries as places
from ...programme.process import holders_of
from ...programme.process_schema import PaperStep
from ...programme.queries import programme_of
from ...programme.subsidy import SettlementRefused
from ...programme.values import Decision
from ...renovation import own_papers
from ...renovation.models import Kind, Renovation
from ...renovation.operations import Missing, require
from ...renovation.progress import advance, left_out, note, office_of, without
from ...renovation.queries import assignment
from ...renovation.service import attach
from ..application import queries as application
from ..application.codes import Finding
from ..assessment import service as assessment
from . import queries, reviewing, reviews
from .changes import approve_change, drop_change, open_change, pass_change, sign_change
from .claiming import claim_items
from .drafting import fill, incomplete, new_version
from .models import Agreement, Plan
from .rules import (
    Agree,
    ApprovePlan,
    DraftPlan,
    PlanState,
    RefusePlan,
    ReturnAssessment,
    ReturnPlan,
    ReviewOutcome,
    ReviewPlan,
    SignPlan,
    SubmitPlan,
)
from .signing import check_own_share, check_still_so, put_signature, show_sums, signer_name, sources_of, what_cuts

__all__ = [
    "approve_change",
    "approve_plan",
    "draft_plan",
    "drop_change",
    "open_change",
    "refuse_plan",
    "return_assessment",
    "return_plan",
    "review_plan",
    "sign_agreement",
    "sign_change",
    "sign_plan",
    "submit_plan",
]

SIGNED = "家庭签字确认方案"
"""What the timeline and the ledger call the signature where there is no agreement."""


def draft_plan(renovation: Renovation, command: DraftPlan, actor: Actor) -> Plan:
    """Save the plan as it stands; after a return or a refusal it becomes the next version. Raises RuleViolations.

    With `submit` it goes to the county at once.
    """
    _check_firm(renovation, actor)
    plan = queries.open_version(renovation)
    if plan is not None and plan.state is not PlanState.DRAFT:
        raise Conflict(f"方案已经提交审批，不能再改；需要改时请{office_of(renovation).at_county}退回。")
    if plan is None:
        plan = new_version(renovation, actor, _why_again(renovation))
    plan.no_shared_space, plan.design_code = command.no_shared_space, command.design_code
    plan.note = command.note
    plan.drafted_by, plan.drafted_by_name, plan.drafted_at = actor.user_id, actor.name, clock.now()
    fill(renovation, plan, command.lines, command.decisions, actor)
    show_sums(renovation, plan)
    note(renovation, Stage.PLAN, f"编制方案第 {plan.version} 版", actor, "", {"version": plan.version})
    if command.submit:
        submit_plan(renovation, SubmitPlan(note=command.note), actor)
    return plan


def _check_firm(renovation: Renovation, actor: Actor) -> None:
    if actor.role not in FIRM_ROLES:
        return  # the programme has given the task to an office
    firm = assignment(renovation, Role.ASSESSOR)
    if firm is None or actor.organisation_id != firm.organisation_id:
        raise NotAllowed("方案由承担这一户评估的机构编制，您只能查看。")


def _why_again(renovation: Renovation) -> str:
    """Why there is another version: what the one before was returned or refused for."""
    before = queries.newest(renovation)
    return (before.returned_reason or before.refused_reason) if before else ""


def submit_missing(renovation: Renovation) -> list[Missing]:
    """What the draft still lacks before it may be submitted."""
    plan = queries.in_state(renovation, PlanState.DRAFT)
    if plan is None:
        return [Missing("还没有编制好的方案", "plan.draft")]
    programme = programme_of(renovation.programme_version_id)
    lacking = own_papers.missing(renovation, PaperStep.PLAN, holders_of(programme.data, Permission.PLAN_DRAFT))
    return [*_as_missing(incomplete(plan, programme), "plan.draft"), *lacking]


def _as_missing(problems: list[DomainError], operation: str) -> list[Missing]:
    return [Missing(problem.message, operation, problem.field) for problem in problems]


def submit_plan(renovation: Renovation, command: SubmitPlan, actor: Actor) -> Plan:
    """Hand the draft to the county. Raises RuleViolations with everything that is missing (domain P1, P5, P6)."""
    _check_firm(renovation, actor)
    require(submit_missing(renovation))
    plan = _in_state(renovation, PlanState.DRAFT, "没有待提交的方案，请先编制方案。")
    plan.state, plan.note = PlanState.SUBMITTED, command.note
    plan.submitted_by, plan.submitted_at = actor.user_id, clock.now()
    note(
        renovation,
        Stage.PLAN,
        f"提交方案第 {plan.version} 版",
        actor,
        command.note,
        {"version": plan.version, "total_fen": plan.total_fen, "subsidy_fen": plan.subsidy_fen},
    )
    if reviews.reviewing_role(renovation) is None:
        _pass_approval(renovation)
    reviews.send(renovation, plan, actor)
    return plan


def _pass_approval(renovation: Renovation) -> None:
    """Where the programme has nobody approve plans, the system goes on at once and says why."""
    why = left_out(renovation, Step.PLAN_APPROVAL)
    if why:
        approve_plan(renovation, ApprovePlan(accept_waivers=True, note=without(Step.PLAN_APPROVAL, why)), SYSTEM)


def review_plan(renovation: Renovation, command: ReviewPlan, actor: Actor) -> Plan:
    """Enter the technical review of the version that waits for it (variants §0.7); raises as `reviewing.review_plan`.

    After a pass the version goes to its approval, or at once to the household where nobody approves.
    """
    plan = reviewing.review_plan(renovation, command, actor)
    if command.outcome is ReviewOutcome.PASSED:
        if plan.change_order:
            pass_change(renovation)
        else:
            _pass_approval(renovation)
    return plan


def _in_state(renovation: Renovation, state: PlanState, otherwise: str) -> Plan:
    plan = queries.in_state(renovation, state)
    if plan is None:
        raise Conflict(otherwise)
    return plan


def return_plan(renovation: Renovation, command: ReturnPlan, actor: Actor) -> Plan:
    """Send the submitted version back with reasons; the next version is drafted from it."""
    plan = _in_state(renovation, PlanState.SUBMITTED, "没有待审批的方案，不用退回。")
    plan.state, plan.returned_reason = PlanState.SUPERSEDED, command.reason
    note(renovation, Stage.PLAN, f"退回方案第 {plan.version} 版", actor, command.reason, {"version": plan.version})
    return plan


def return_assessment(renovation: Renovation, command: ReturnAssessment, actor: Actor) -> None:
    """Send the assessment back to the firm; a plan made on it is set aside (domain §3)."""
    plan = queries.open_version(renovation)
    if plan is not None:
        plan.state, plan.returned_reason = PlanState.SUPERSEDED, f"评估退回：{command.reason}"[:1000]
    assessment.reopen(renovation, command.reason)
    advance(renovation, Action.RETURN_ASSESSMENT, actor, command.reason)


def approve_missing(renovation: Renovation) -> list[Missing]:
    """What is still needed before the county may approve: a complete submitted plan; E5 and E8 verified (domain §3)."""
    programme = programme_of(renovation.programme_version_id)
    plan = queries.in_state(renovation, PlanState.SUBMITTED)
    missing = (
        [Missing("评估机构还没有提交方案")]
        if plan is None
        else _as_missing(incomplete(plan, programme), "plan.return_plan")
    )
    if plan is not None:
        missing += _computed_again(plan)
        missing += reviews.review_missing(renovation, plan)
        missing += own_papers.missing(renovation, PaperStep.PLAN)
    average = queries.county_average(plan) if plan is not None else None
    if average is not None and average.stops:
        missing.append(Missing(f"{average.text}。", "plan.return_plan"))
    checks = application.verified(renovation)
    for clause in programme.clauses_on(application.derived(renovation).applied_on):
        if not clause.data.verified_before_plan:
            continue
        check = checks.get(clause.id)
        if check is None:
            missing.append(
                Missing(f"条件 {clause.id}（{clause.data.title}）只有申报，还没有核验", "application.verify")
            )
        elif check.result is not Finding.CONFIRMED:
            missing.append(
                Missing(
                    f"条件 {clause.id}（{clause.data.title}）核验结果是“{check.result.label}”", "application.verify"
                )
            )
    return missing


def _computed_again(plan: Plan) -> list[Missing]:
    """What speaks against the sums by now: facts corrected or unknown again, a cap or limit used up meanwhile."""
    try:
        sums = queries.quote(plan)
    except SettlementRefused as refused:
        return [Missing(reason, "application.verify") for reason in refused.reasons]
    if sums.subsidy_fen == plan.subsidy_fen:
        return []
    why = f"家庭情况或以前享受的补贴有变化，补贴要重新计算。{what_cuts(sums)}请退回评估机构重新提交"
    return [Missing(why, "plan.return_plan")]


def approve_plan(renovation: Renovation, command: ApprovePlan, actor: Actor) -> Plan:
    """The county approves the submitted version: all rules hold, waivers are accepted, another person made it.

    Raises RuleViolations for what is missing, NotAllowed when maker and checker are one.
    """
    waiting = queries.in_state(renovation, PlanState.SUBMITTED)
    if waiting is not None:
        queries.county_average(waiting, lock=True)
    require(approve_missing(renovation))
    plan = _in_state(renovation, PlanState.SUBMITTED, "没有待审批的方案，请先由评估机构提交。")
    if actor.user_id in (plan.submitted_by, plan.drafted_by):
        raise NotAllowed("编制方案的人不能审批自己的方案，请由另一人办理。")
    waived = [one for one in plan.decisions if one.decision is not Decision.INSTALL]
    problems: list[DomainError] = []
    if waived and not command.accept_waivers:
        problems.append(
            RuleViolation(
                f"方案里有 {len(waived)} 个基础类项目不改造，请逐项核对后勾选认可，或退回。", "accept_waivers"
            )
        )
    if plan.flagged and not command.note:
        problems.append(RuleViolation(f"{len(waived)} 个基础类项目不改造，属于重点复查，请写明审批意见。", "note"))
    RuleViolations.raise_if_any(problems)
    for one in waived:
        one.accepted_by_county = True
    approve(plan, actor, command.note)
    claim_items(renovation, plan)
    show_sums(renovation, plan)
    advance(
        renovation,
        Action.APPROVE_PLAN,
        actor,
        command.note,
        {
            "version": plan.version,
            "total_fen": plan.total_fen,
            "subsidy_fen": plan.subsidy_fen,
            "self_pay_fen": plan.self_pay_fen,
            "flagged": plan.flagged,
        },
    )
    return plan


def approve(plan: Plan, actor: Actor, text: str) -> None:
    """Put the approval on a version."""
    plan.state, plan.approval_note = PlanState.APPROVED, text
    plan.approved_by, plan.approved_by_name, plan.approved_at = actor.user_id, actor.name, clock.now()


def refuse_plan(renovation: Renovation, command: RefusePlan, actor: Actor) -> Plan:
    """The household does not want this plan: it ends, and another version is drafted (domain §3)."""
    plan = _in_state(renovation, PlanState.APPROVED, "没有待家庭签字的方案。")
    plan.state, plan.refused_reason = PlanState.REFUSED, command.reason
    advance(renovation, Action.REFUSE_PLAN, actor, command.reason, {"version": plan.version})
    return plan


def sign_agreement(renovation: Renovation, command: Agree, actor: Actor) -> Agreement:
    """The household signs plan and own share, the agreement with the township begins, the money is committed (P3, S5).

    Raises RuleViolation when the sum that was written is another one, Conflict when the money does not suffice.
    """
    plan = _sign(renovation, command, actor, Action.AGREE.label)
    paper = (
        attach(
            renovation, Stage.PLAN, Kind.AGREEMENT, command.agreement, actor, f"plan:{plan.version}", field="agreement"
        )
        if command.agreement
        else None
    )
    agreement = Agreement(
        renovation_id=renovation.id,
        plan_id=plan.id,
        number=f"{renovation.number}-{plan.version:02d}",
        township=places.region(renovation.township_id).name,
        township_signer=actor.name,
        household_signer=plan.signed_by_name,
        signed_on=clock.today(),
        total_fen=plan.total_fen,
        subsidy_fen=plan.subsidy_fen,
        self_pay_fen=plan.self_pay_fen,
        attachment_id=paper.id if paper else None,
    )
    db.session.add(agreement)
    advance(renovation, Action.AGREE, actor, "", _signed_for(plan))
    return agreement


def sign_plan(renovation: Renovation, command: SignPlan, actor: Actor) -> Plan:
    """The household signs plan and own share where the programme asks for no agreement; raises as `sign_agreement`."""
    plan = _sign(renovation, command, actor, SIGNED)
    why = without(Step.AGREEMENT, left_out(renovation, Step.AGREEMENT))
    advance(renovation, Action.AGREE, actor, why, _signed_for(plan), title=SIGNED)
    return plan


def _sign(renovation: Renovation, command: SignPlan, actor: Actor, title: str) -> Plan:
    """The approved version is signed for the sum that it shows, and its money is committed."""
    plan = _in_state(
        renovation, PlanState.APPROVED, f"没有已批准、待签字的方案，请先由{office_of(renovation).at_county}批准。"
    )
    name = signer_name(renovation, command.signer, command.signer_name)
    check_own_share(plan, command.self_pay)
    sums = check_still_so(renovation, plan)
    signature = attach(
        renovation, Stage.PLAN, Kind.PLAN_SIGNATURE, command.signature, actor, f"plan:{plan.version}", field="signature"
    )
    put_signature(plan, command.signer, name, command.self_pay, signature.id)
    show_sums(renovation, plan)
    funds.commit_money(renovation.id, sources_of(plan), actor, title)
    application.record_benefits(renovation, sums.uses)
    return plan


def _signed_for(plan: Plan) -> dict[str, int]:
    return {"version": plan.version, "subsidy_fen": plan.subsidy_fen, "self_pay_fen": plan.self_pay_fen}
