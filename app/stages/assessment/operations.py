"""What can be done in the assessment, by whom: pages, API, buttons and checklists come from this table."""

from typing import Any

from ...core import clock
from ...lifecycle import Action, Stage, Status
from ...permissions import Permission, Role
from ...places import queries as places
from ...places.rules import OrganisationKind
from ...programme.queries import programme_of
from ...renovation.models import Renovation
from ...renovation.operations import Missing, Operation
from ...renovation.progress import left_out
from ...renovation.queries import assignment
from . import queries, service
from .ability import RecogniseResult
from .asking import (
    recognise_context,
    recognise_initial,
    recognises,
    sign_context,
    suggestion_context,
    suggestion_initial,
    visit_context,
    visit_initial,
)
from .recognising import recognise_result
from .recording import record_visit
from .rules import (
    AssignAssessor,
    CompleteAssessment,
    FindUnfit,
    RecordVisit,
    ReviewSuggestions,
    ScheduleVisit,
    SignVisit,
)
from .suggesting import review_suggestions

P, S = Permission, Stage.ASSESSMENT
CONFIRMED = frozenset({Status.CONFIRMED})
BEFORE_PLAN = frozenset({Status.DRAFT, Status.SUBMITTED, Status.REVIEWED, Status.NOTICED, Status.CONFIRMED})


def _has_firm(renovation: Renovation) -> bool:
    return assignment(renovation, Role.ASSESSOR) is not None


def _is_open_visit(renovation: Renovation) -> bool:
    visit = queries.assessment(renovation)
    return visit is not None and visit.completed_at is None


def _wants_signature(renovation: Renovation) -> bool:
    return _is_open_visit(renovation) and bool(service.complete_missing(renovation))


def _may_assign(renovation: Renovation) -> bool:
    """While the assessment is awaited; where the programme has none, the firm that drafts the plan is named after it."""
    if renovation.status is Status.CONFIRMED:
        return True
    drafters = programme_of(renovation.programme_version_id).holders(P.PLAN_DRAFT) or (Role.ASSESSOR,)
    return bool(left_out(renovation, Stage.ASSESSMENT)) and Role.ASSESSOR in drafters


def _assign_consequence(renovation: Renovation) -> str:
    does = "编制方案" if left_out(renovation, Stage.ASSESSMENT) else "入户评估"
    return f"所选机构将可以查看{renovation.applicant_name}家庭的档案并{does}。"


def _drafting(renovation: Renovation) -> str:
    """Where there is no assessment, the firm is named once, and then at work on the plan."""
    is_named = left_out(renovation, Stage.ASSESSMENT) and _has_firm(renovation)
    return "已委托，等评估机构编制方案" if is_named else ""


def _firm_missing(renovation: Renovation) -> list[Missing]:
    return [] if _has_firm(renovation) else [Missing("还没有委托评估机构", "assessment.assign_assessor")]


def _assign_context(renovation: Renovation) -> dict[str, Any]:
    records = places.dispatchable(
        OrganisationKind.ASSESSOR, renovation.township_id, clock.today(), renovation.programme_key
    )
    builder = assignment(renovation, Role.CONTRACTOR)
    return {
        "choices": {
            "procurement_record_id": [
                (record.id, f"{record.organisation.name}（{record.lot}，至 {record.valid_to:%Y-%m-%d}）")
                for record in records
                if builder is None or builder.organisation_id != record.organisation_id
            ]
        },
        "firm": assignment(renovation, Role.ASSESSOR),
    }


def _only_firm(renovation: Renovation) -> dict[str, Any]:
    """Where one firm alone can be chosen, it is."""
    records = _assign_context(renovation)["choices"]["procurement_record_id"]
    return {"procurement_record_id": records[0][0]} if len(records) == 1 else {}


def _complete_consequence(renovation: Renovation) -> str:
    return (
        f"{renovation.applicant_name}的资格条件将按评估结果重新判定：仍符合的，转到编制方案；"
        "不再符合的，退回县级重新确定，任务名额先释放。"
    )


OPERATIONS = (
    Operation(
        "assign_assessor",
        S,
        "委托评估机构",
        P.ASSESSMENT_ASSIGN,
        AssignAssessor,
        service.assign_assessor,
        statuses=CONFIRMED | {Status.ASSESSED},
        available=_may_assign,
        context=_assign_context,
        initial=_only_firm,
        consequence=_assign_consequence,
        rests=_drafting,
        help="只能选已准入、采购合同在有效期内的机构；政策要求评估与施工分开的，不能是承担这一户施工的单位。",
    ),
    Operation(
        "recognise_result",
        S,
        "认可已有评估结果",
        P.APPLICATION_VERIFY,
        RecogniseResult,
        recognise_result,
        statuses=BEFORE_PLAN,
        available=recognises,
        context=recognise_context,
        initial=recognise_initial,
        consequence=lambda r: f"有效期内不再给{r.applicant_name}重复评估，资格条件按这份结果重算。",
        additive=True,
    ),
    Operation(
        "schedule_visit",
        S,
        "约定入户",
        P.ASSESSMENT_RECORD,
        ScheduleVisit,
        service.schedule_visit,
        statuses=CONFIRMED,
        available=_has_firm,
        additive=True,
    ),
    Operation(
        "record_visit",
        S,
        "记录入户评估",
        P.ASSESSMENT_RECORD,
        RecordVisit,
        record_visit,
        statuses=CONFIRMED,
        available=_has_firm,
        missing=_firm_missing,
        context=visit_context,
        initial=visit_initial,
        consequence=lambda r: "保存后按隐患和指标列出建议项目，并请另一名评估员本人登录签字。",
    ),
    Operation(
        "review_suggestions",
        S,
        "核对建议项目",
        P.ASSESSMENT_RECORD,
        ReviewSuggestions,
        review_suggestions,
        statuses=CONFIRMED,
        available=_is_open_visit,
        context=suggestion_context,
        initial=suggestion_initial,
        consequence=lambda r: "保留的项目会带到改造方案里；改动后另一名评估员要重新签字。",
    ),
    Operation(
        "sign_visit",
        S,
        "评估员签字",
        P.ASSESSMENT_RECORD,
        SignVisit,
        service.sign_visit,
        statuses=CONFIRMED,
        available=_wants_signature,
        context=sign_context,
        consequence=lambda r: "签字后不能代签、不能撤销；记录再有改动时须重新签字。",
    ),
    Operation(
        "complete",
        S,
        "提交评估",
        P.ASSESSMENT_RECORD,
        CompleteAssessment,
        service.complete,
        action=Action.COMPLETE_ASSESSMENT,
        missing=service.complete_missing,
        consequence=_complete_consequence,
    ),
    Operation(
        "find_unfit",
        S,
        "住房不具备改造条件",
        P.APPLICATION_REJECT,
        FindUnfit,
        service.find_unfit,
        action=Action.FIND_UNFIT,
        consequence=lambda r: f"{r.applicant_name}家庭将不予改造，占用的任务名额释放，并书面告知理由和复核途径。",
        danger=True,
    ),
)
