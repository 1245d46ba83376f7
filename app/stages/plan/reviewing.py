"""The technical review of a plan before its approval: who does it, what it finds. Nothing here commits. Variants §0.7."""

from collections.abc import Sequence

from sqlalchemy import select

from ...core import clock
from ...core.db import db
from ...core.errors import Conflict, DomainError, NotAllowed, RuleViolation, RuleViolations
from ...identity.models import User
from ...lifecycle import Stage
from ...permissions import FIRM_ROLES, Actor, Permission, Role
from ...places.models import Organisation
from ...places.rules import OrganisationKind
from ...programme.process import holders_of
from ...programme.queries import programme_of
from ...renovation.models import Assignment, Renovation
from ...renovation.progress import note, office_of
from ...renovation.queries import assignment, assignments
from ...renovation.service import assign, end_assignment
from ..assessment.service import procurement
from . import queries, reviews
from .models import Plan, PlanLine, PlanReview, PlanReviewRemark
from .rules import AssignReviewer, LineRemark, PlanState, ReviewOutcome, ReviewPlan

STAGE = Stage.PLAN


def barred(renovation: Renovation) -> dict[int, str]:
    """The firms that may not review this file's plan, each with the reason: who drafts it, and who builds by it."""
    drafts = Role.ASSESSOR in holders_of(programme_of(renovation.programme_version_id).data, Permission.PLAN_DRAFT)
    why = {Role.CONTRACTOR: "承担这一户的施工"} | ({Role.ASSESSOR: "编制这一户的方案"} if drafts else {})
    return {one.organisation_id: why[one.role] for one in assignments(renovation) if one.role in why}


def assign_reviewer(renovation: Renovation, command: AssignReviewer, actor: Actor) -> Assignment:
    """Name the firm that reviews the plan; it supervises the works later, where the programme has that.

    Another one takes its place while the plan is not approved: what the first one found counts no more. Raises
    RuleViolation when its record is not in force here or full, or when it drafts the plan or builds.
    """
    field = "procurement_record_id"
    record = procurement(renovation, OrganisationKind.SUPERVISOR, command.procurement_record_id)
    if why := barred(renovation).get(record.organisation_id):
        raise RuleViolation(f"这家单位{why}，不能再审核方案，请另选一家。", field)
    before = assignment(renovation, Role.SUPERVISOR)
    if before is not None:
        if before.organisation_id == record.organisation_id:
            raise Conflict("这家单位已经接受委托，不用重复办理。")
        _end_review(renovation, f"改由{record.organisation.name}审核")
        end_assignment(before, command.note or "改由另一家单位审核")
    made = assign(renovation, Role.SUPERVISOR, record.organisation_id, record.id)
    note(renovation, STAGE, f"委托{record.organisation.name}审核方案", actor, command.note)
    return made


def _end_review(renovation: Renovation, reason: str) -> None:
    plan = queries.open_version(renovation)
    found = reviews.review_of(plan) if plan is not None and plan.state is not PlanState.APPROVED else None
    if found is not None:
        found.ended_at, found.ended_reason = clock.now(), reason
        db.session.flush()


def review_plan(renovation: Renovation, command: ReviewPlan, actor: Actor) -> Plan:
    """Enter what the review found of the version that waits; a returned one is drafted anew, and reviewed anew.

    Raises NotAllowed for anybody but the reviewer or for who drafted it, RuleViolations for remarks on other lines or
    a return without a reason. What follows a pass (approval by hand, or at once) is the caller's.
    """
    _check_reviewer(renovation, actor)
    plan = reviews.waiting(renovation)
    if plan is None:
        raise Conflict("没有待审核的方案。请刷新页面，看最新进度。")
    if _drafted(plan, actor):
        raise NotAllowed("编制方案的人和单位不能审核自己的方案，请由另一方办理。")
    remarks = _check_remarks(plan, command)
    review = PlanReview(
        renovation_id=renovation.id,
        plan_id=plan.id,
        role=actor.role,
        organisation_id=actor.organisation_id if actor.role in FIRM_ROLES else None,
        reviewer=_name(actor),
        outcome=command.outcome,
        opinion=command.opinion or ("见逐项意见" if remarks else ""),
        reviewed_at=clock.now(),
        reviewed_by=actor.user_id,
        reviewed_by_name=actor.name,
        remarks=[PlanReviewRemark(line_id=one.line_id, text=one.text) for one in remarks],
    )
    db.session.add(review)
    db.session.flush()
    said = as_text(review, plan.lines)
    if command.outcome is ReviewOutcome.RETURNED:
        _return(plan, said)
    note(
        renovation,
        STAGE,
        f"技术审核{'变更，' if plan.change_order else ''}方案第 {plan.version} 版：{command.outcome.label}",
        actor,
        said,
        {"version": plan.version, "outcome": command.outcome.value, "remarks": len(remarks)},
    )
    return plan


def _check_reviewer(renovation: Renovation, actor: Actor) -> None:
    role = reviews.reviewing_role(renovation)
    if role is None:
        raise Conflict("这个政策没有方案技术审核，不用办理。")
    if actor.role is not role:
        raise NotAllowed(f"按这个政策，方案由{role.label}审核。")
    if not reviews.is_reviewer(renovation, actor):
        raise NotAllowed(f"这一户的方案现在不由贵单位审核。如有疑问请联系{office_of(renovation).at_county}。")


def _drafted(plan: Plan, actor: Actor) -> bool:
    """Whether the person, or somebody of the same firm, drafted or handed in the version."""
    people = [one for one in (plan.drafted_by, plan.submitted_by) if one is not None]
    if actor.user_id in people:
        return True
    firms = db.session.scalars(select(User.organisation_id).where(User.id.in_(people)))
    return actor.organisation_id is not None and actor.organisation_id in set(firms)


def _check_remarks(plan: Plan, command: ReviewPlan) -> list[LineRemark]:
    """The remarks that say something; raises RuleViolations for other lines, doubles, and a return without any word."""
    lines = {line.id for line in plan.lines}
    problems: list[DomainError] = []
    said: dict[int, LineRemark] = {}
    for index, one in enumerate(command.remarks):
        if one.line_id not in lines or one.line_id in said:
            problems.append(
                RuleViolation("逐项意见要与方案项目一一对应，请刷新页面后重填。", f"remarks-{index}-line_id")
            )
        elif one.text:
            said[one.line_id] = one
    if command.outcome is ReviewOutcome.RETURNED and not command.opinion and not said:
        problems.append(RuleViolation("退回的，请写明要怎么改：写总的意见，或写在有关的项目后面。", "opinion"))
    RuleViolations.raise_if_any(problems)
    return list(said.values())


def _return(plan: Plan, said: str) -> None:
    """The version ends; a change order is proposed anew, a plan is drafted anew from this one."""
    plan.returned_reason = f"技术审核退回：{said}"[:1000]
    plan.state = PlanState.REFUSED if plan.change_order else PlanState.SUPERSEDED
    if plan.change_order:
        plan.refused_reason = plan.returned_reason


def as_text(review: PlanReview, lines: Sequence[PlanLine]) -> str:
    """A review as one text: the opinion, then what it says of single lines."""
    names = {line.id: f"第 {line.seq} 行“{line.item_name}”" for line in lines}
    said = [f"{names[one.line_id]}：{one.text}" for one in review.remarks if one.line_id in names]
    return "；".join(part for part in (review.opinion, *said) if part)[:2000]


def _name(actor: Actor) -> str:
    if actor.organisation_id is None:
        return actor.place or actor.role.label
    return db.session.get_one(Organisation, actor.organisation_id).name
