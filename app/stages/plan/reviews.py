"""Reads of the technical review: who does it on a file, which version waits for it, what was found."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from ...core.db import db
from ...lifecycle import Stage
from ...permissions import FIRM_ROLES, Actor, Role
from ...programme.queries import programme_of
from ...renovation.models import Assignment, Renovation
from ...renovation.operations import Missing
from ...renovation.progress import note
from ...renovation.queries import assignment
from . import queries
from .models import Plan, PlanReview
from .rules import PlanState, ReviewOutcome


def reviewing_role(renovation: Renovation) -> Role | None:
    """Who reviews plans under the file's programme; None where nobody does. Asks the database nothing."""
    terms = programme_of(renovation.programme_version_id).data.plan_review
    return None if terms is None else terms.role


def firm(renovation: Renovation) -> Assignment | None:
    """The firm that reviews this file's plan, with its organisation; None while none is named, or where an office does."""
    role = reviewing_role(renovation)
    return assignment(renovation, role) if role in FIRM_ROLES and role is not None else None


def review_of(plan: Plan) -> PlanReview | None:
    """The review of a version that counts, with its remarks."""
    return db.session.scalar(
        select(PlanReview)
        .where(PlanReview.plan_id == plan.id, PlanReview.ended_at.is_(None))
        .options(selectinload(PlanReview.remarks))
    )


def reviews(renovation: Renovation) -> Sequence[PlanReview]:
    """Every review of the file's plans, newest first, with remarks; none is looked for where nobody reviews."""
    if reviewing_role(renovation) is None:
        return ()
    return db.session.scalars(
        select(PlanReview)
        .where(PlanReview.renovation_id == renovation.id)
        .order_by(PlanReview.id.desc())
        .options(selectinload(PlanReview.remarks))
    ).all()


def waiting(renovation: Renovation) -> Plan | None:
    """The version, of the plan or of a change order, that nobody has reviewed yet; None where nobody reviews."""
    if reviewing_role(renovation) is None:
        return None
    plan = queries.open_version(renovation)
    if plan is None or plan.submitted_at is None:
        return None
    at = PlanState.DRAFT if plan.change_order else PlanState.SUBMITTED
    return plan if plan.state is at and review_of(plan) is None else None


def send(renovation: Renovation, plan: Plan, actor: Actor) -> None:
    """Say on the timeline that a version is now the reviewer's, where there is one: the reviewer is told by it."""
    role = reviewing_role(renovation)
    if role is not None:
        title = f"方案第 {plan.version} 版送{role.label}技术审核"
        note(renovation, Stage.PLAN, title, actor, details={"version": plan.version})


def review_missing(renovation: Renovation, plan: Plan) -> list[Missing]:
    """What keeps a version from approval: that its technical review has not passed."""
    role = reviewing_role(renovation)
    if role is None:
        return []
    found = review_of(plan)
    if found is not None and found.outcome is ReviewOutcome.PASSED:
        return []
    named = firm(renovation)
    if role in FIRM_ROLES and named is None:
        how = "plan.assign_reviewer" if role is Role.SUPERVISOR else ""
        return [Missing(f"方案批准以前要经技术审核，还没有委托审核的{role.label}单位，请先委托", how)]
    who = named.organisation.name if named is not None else role.label
    return [Missing(f"第 {plan.version} 版方案还没有通过技术审核，等{who}审核", "plan.review_plan")]


def is_reviewer(renovation: Renovation, actor: Actor) -> bool:
    """True for whom the review of this file's plans is: the firm that has the part now, or the township."""
    if actor.role is not reviewing_role(renovation):
        return False
    named = firm(renovation)
    return actor.role not in FIRM_ROLES or (named is not None and named.organisation_id == actor.organisation_id)
