"""The technical review among what can be done with the plan: naming the firm, and going through the plan."""

from typing import Any

from ...core import clock
from ...lifecycle import Stage, Status, Step
from ...permissions import Actor, Permission, Role
from ...places import queries as places
from ...places.rules import OrganisationKind
from ...renovation.models import Renovation
from ...renovation.operations import Operation
from ...renovation.progress import left_out, office_of
from ...renovation.queries import assignment
from ..assessment import queries as assessment
from . import reviewing, reviews, service
from .rules import AssignReviewer, ReviewPlan
from .showing import plan_context

S = Stage.PLAN
UNTIL_APPROVED = frozenset({Status.CONFIRMED, Status.ASSESSED})


def _may_assign(renovation: Renovation) -> bool:
    """A firm is to review, and the plan is not approved yet; during the works only where the file has none."""
    if reviews.reviewing_role(renovation) is not Role.SUPERVISOR:
        return False
    return renovation.status in UNTIL_APPROVED or assignment(renovation, Role.SUPERVISOR) is None


def _offers(renovation: Renovation) -> list[tuple[int, str]]:
    """The supervisors' records in force, without the firms that have another part in the plan, and the one named."""
    out, now = reviewing.barred(renovation), reviews.firm(renovation)
    records = places.dispatchable(
        OrganisationKind.SUPERVISOR, renovation.township_id, clock.today(), renovation.programme_key
    )
    return [
        (record.id, f"{record.organisation.name}（{record.lot}，至 {record.valid_to:%Y-%m-%d}）")
        for record in records
        if record.organisation_id not in out and (now is None or now.organisation_id != record.organisation_id)
    ]


def _only_firm(renovation: Renovation) -> dict[str, Any]:
    """Where one firm alone can be chosen, it is; nobody is replaced by the way."""
    offers = _offers(renovation)
    return {"procurement_record_id": offers[0][0]} if len(offers) == 1 and reviews.firm(renovation) is None else {}


def _assign_context(renovation: Renovation) -> dict[str, Any]:
    return {"choices": {"procurement_record_id": _offers(renovation)}, "firm": reviews.firm(renovation)}


def _assign_consequence(renovation: Renovation) -> str:
    now = reviews.firm(renovation)
    instead = f"代替{now.organisation.name}，它对现在这一版的审核不再算数；" if now is not None else ""
    later = "" if left_out(renovation, Step.SUPERVISION) else "施工时也由它监理，派工时可以另选。"
    return f"{instead}所选单位将可以查看{renovation.applicant_name}家庭的档案，审核通过后才能批准方案。{later}"


def _waits(renovation: Renovation) -> bool:
    return reviews.waiting(renovation) is not None


def review_page(renovation: Renovation) -> dict[str, Any]:
    """The version that waits, with its prices: they are what is reviewed."""
    plan = reviews.waiting(renovation)
    if plan is None:
        return {"plan": None, "uncovered": (), "by_id": {}}
    shown = plan_context(renovation, plan)
    by_id = {line.id: line for line in plan.lines}
    return {"uncovered": assessment.uncovered(renovation), "by_id": by_id, **shown}


def _review_initial(renovation: Renovation) -> dict[str, Any]:
    plan = reviews.waiting(renovation)
    return {} if plan is None else {"remarks": [{"line_id": line.id} for line in plan.lines]}


def _review_consequence(renovation: Renovation) -> str:
    approved = f"交{office_of(renovation).at_county}审批"
    after = "请家庭签字" if left_out(renovation, Step.PLAN_APPROVAL) else approved
    return f"通过的，{after}；退回的，由编制的一方改成新的一版，再来审核。提交后不能更改。"


def _is_for(renovation: Renovation, actor: Actor) -> bool:
    return reviews.is_reviewer(renovation, actor)


REVIEW = (
    Operation(
        "assign_reviewer",
        S,
        "委托技术审核",
        Permission.ASSESSMENT_ASSIGN,
        AssignReviewer,
        reviewing.assign_reviewer,
        statuses=UNTIL_APPROVED | {Status.BUILDING},
        available=_may_assign,
        context=_assign_context,
        initial=_only_firm,
        consequence=_assign_consequence,
        help="编制这一户方案的单位和承担施工的单位不能审核。",
    ),
    Operation(
        "review_plan",
        S,
        "技术审核方案",
        Permission.PLAN_REVIEW,
        ReviewPlan,
        service.review_plan,
        statuses=frozenset({Status.ASSESSED, Status.BUILDING}),
        available=_waits,
        context=review_page,
        initial=_review_initial,
        consequence=_review_consequence,
        only=_is_for,
    ),
)
