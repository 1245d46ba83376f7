"""What can be done with the plan, by whom: pages, API, buttons and checklists come from this table."""

from typing import Any

from ...core.money import display, yuan
from ...lifecycle import Action, Stage, Status, Step
from ...permissions import Permission
from ...programme.policy import Programme
from ...programme.queries import programme_of
from ...programme.values import Decision, ItemType
from ...renovation.models import Renovation
from ...renovation.operations import Operation
from ...renovation.progress import left_out, office_of
from ..application import queries as application
from ..assessment import queries as assessment
from . import queries, reviews, service
from .drafting import as_inputs
from .preview import preview
from .review_operations import REVIEW
from .rules import (
    Agree,
    ApprovePlan,
    DraftPlan,
    PlanState,
    RefusePlan,
    ReturnAssessment,
    ReturnPlan,
    Signer,
    SignPlan,
    SubmitPlan,
    first_quantity,
    needs_measures,
)
from .showing import plan_context

P, S = Permission, Stage.PLAN
ASSESSED = frozenset({Status.ASSESSED})


def _is_in(state: PlanState) -> Any:
    def check(renovation: Renovation) -> bool:
        return queries.in_state(renovation, state) is not None

    return check


def _may_draft(renovation: Renovation) -> bool:
    plan = queries.open_version(renovation)
    return plan is None or plan.state is PlanState.DRAFT


def draft_initial(renovation: Renovation) -> dict[str, Any]:
    """The draft as it stands; else the version before; else what the assessment suggests, at the county's prices."""
    programme = programme_of(renovation.programme_version_id)
    plan = queries.open_version(renovation)
    base = plan or queries.newest(renovation)
    if base is None:
        return _from_assessment(renovation, programme)
    files = {photo.id: photo.file_id for photo in queries.photos_of(base).values()}
    rows = as_inputs(base, files, keep_identity=plan is None)
    decided = {row["item"]: row for row in rows["decisions"]}
    return {
        "lines": rows["lines"],
        "decisions": [decided.get(item.number, {"item": item.number}) for item in programme.basic_items],
        "no_shared_space": base.no_shared_space,
        "design_code": base.design_code,
        "note": base.note if plan else "",
    }


def _from_assessment(renovation: Renovation, programme: Programme) -> dict[str, Any]:
    suggested = assessment.suggestions(renovation)
    measured, sizes = assessment.measurements(renovation), assessment.sizes(renovation)
    lines = [
        _suggested_line(programme, one.item_no, room, measured.get(room, ""), sizes.get(room, []))
        for one in suggested
        for room in (one.rooms or programme.item(one.item_no).spaces[:1] or [programme.data.room[0].key])
    ]
    items = {one.item_no for one in suggested}
    return {
        "lines": lines,
        "decisions": [
            {"item": item.number, "decision": Decision.INSTALL.value if item.number in items else ""}
            for item in programme.basic_items
        ],
    }


def _suggested_line(
    programme: Programme, number: int, room: str, measured: str, sizes: list[tuple[str, str]]
) -> dict[str, Any]:
    item, ceiling = programme.item(number), programme.ceiling_fen(number)
    return {
        "item": number,
        "space": room,
        "specification": item.specifications[0] if item.specifications else "",
        "measured": measured if needs_measures(programme, number) else "",
        "quantity": first_quantity(item.unit, sizes),
        "unit": item.unit,
        "unit_price": "" if ceiling is None else yuan(ceiling),
    }


def draft_context(renovation: Renovation) -> dict[str, Any]:
    """What the plan editor needs: the catalogue, the suggestions with reasons, the sums of what fills the form."""
    programme = programme_of(renovation.programme_version_id)
    initial = draft_initial(renovation)
    names = {one.key: one.name for one in programme.categories}
    before = queries.newest(renovation)
    return {
        "programme": programme,
        "choices": {
            "lines-item": [(item.number, f"{item.number} {item.name}") for item in programme.items],
            "lines-space": [(room.key, room.name) for room in programme.data.room],
            "decisions-decision": [
                (one.value, one.label)
                for one in Decision
                if one is Decision.INSTALL or one.value in programme.data.plan.waivers
            ],
        },
        "items": {item.number: item for item in programme.items},
        "catalogue": {
            item.number: {
                "unit": item.unit,
                "quantity": first_quantity(item.unit, ()),
                "price": "" if (top := programme.ceiling_fen(item.number)) is None else yuan(top),
                "kind": item.kind.label,
                "type": "" if item.type is ItemType.PLAIN else item.type.label,
                "category": names.get(item.category, ""),
                "measures": "、".join(item.measures) if needs_measures(programme, item.number) else "",
            }
            for item in programme.items
        },
        "suggested": {one.item_no: one for one in assessment.suggestions(renovation)},
        "measured": assessment.measurements(renovation),
        "sums": preview(
            programme, initial.get("lines", []), initial.get("decisions", []), application.standing(renovation)
        ),
        "uncovered": assessment.uncovered(renovation),
        "returned": before if before is not None and (before.returned_reason or before.refused_reason) else None,
    }


def review_context(renovation: Renovation) -> dict[str, Any]:
    """The submitted or approved version with what changed since the one before."""
    plan = queries.open_version(renovation)
    if plan is None:
        return {"plan": None, "average": None, "uncovered": ()}
    shown = plan_context(renovation, plan)
    average, uncovered = queries.county_average(plan), assessment.uncovered(renovation)
    review = reviews.review_of(plan) if reviews.reviewing_role(renovation) else None
    return {"plan": plan, "average": average, "uncovered": uncovered, "review": review, **shown}


def _sums(renovation: Renovation, state: PlanState) -> str:
    plan = queries.in_state(renovation, state)
    if plan is None:
        return ""
    return (
        f"总价 {display(plan.total_fen)}，政府补贴 {display(plan.subsidy_fen)}，家庭自付 {display(plan.self_pay_fen)}"
    )


def _approve_consequence(renovation: Renovation) -> str:
    return f"批准{renovation.applicant_name}家庭的方案：{_sums(renovation, PlanState.SUBMITTED)}。之后请家庭签字。"


def _submit_consequence(renovation: Renovation) -> str:
    return f"提交后不能再改，{_waits(renovation)}。{_sums(renovation, PlanState.DRAFT)}。"


def _waits(renovation: Renovation) -> str:
    """For whom a submitted plan waits."""
    if (role := reviews.reviewing_role(renovation)) is not None:
        named = reviews.firm(renovation)
        return f"等{named.organisation.name if named else role.label}技术审核"
    return "请家庭签字" if left_out(renovation, Step.PLAN_APPROVAL) else f"等{office_of(renovation).at_county}审批"


def _agree_consequence(renovation: Renovation) -> str:
    return (
        f"签字后方案和改造协议生效：{_sums(renovation, PlanState.APPROVED)}；"
        f"补贴资金按来源锁定给{renovation.applicant_name}家庭，转到{_next(renovation)}。"
    )


def _next(renovation: Renovation) -> str:
    return "家庭选定施工单位" if left_out(renovation, Step.DISPATCH) else "派工"


def _sign_consequence(renovation: Renovation) -> str:
    return f"签字后方案生效：{_sums(renovation, PlanState.APPROVED)}；补贴资金按来源锁定给{renovation.applicant_name}家庭。"


OPERATIONS = (
    Operation(
        "draft",
        S,
        "编制方案",
        P.PLAN_DRAFT,
        DraftPlan,
        service.draft_plan,
        statuses=ASSESSED,
        available=_may_draft,
        context=draft_context,
        initial=draft_initial,
    ),
    Operation(
        "submit_plan",
        S,
        "提交方案",
        P.PLAN_DRAFT,
        SubmitPlan,
        service.submit_plan,
        statuses=ASSESSED,
        available=_is_in(PlanState.DRAFT),
        missing=service.submit_missing,
        context=review_context,
        consequence=_submit_consequence,
    ),
    *REVIEW,
    Operation(
        "approve",
        S,
        "批准方案",
        P.PLAN_APPROVE,
        ApprovePlan,
        service.approve_plan,
        action=Action.APPROVE_PLAN,
        available=_is_in(PlanState.SUBMITTED),
        missing=service.approve_missing,
        context=review_context,
        consequence=_approve_consequence,
    ),
    Operation(
        "return_plan",
        S,
        "退回方案",
        P.PLAN_APPROVE,
        ReturnPlan,
        service.return_plan,
        statuses=ASSESSED,
        available=_is_in(PlanState.SUBMITTED),
        consequence=lambda r: "退回编制方案的人修改，改好后成为新的一版，再提交审批。",
    ),
    Operation(
        "return_assessment",
        S,
        "退回评估",
        P.PLAN_APPROVE,
        ReturnAssessment,
        service.return_assessment,
        action=Action.RETURN_ASSESSMENT,
        part=Stage.ASSESSMENT,
        consequence=lambda r: "退回待评估：评估机构要重新记录并由两名评估员重新签字，已编的方案作废。",
        danger=True,
    ),
    Operation(
        "agree",
        S,
        "签订改造协议",
        P.PLAN_SIGN,
        Agree,
        service.sign_agreement,
        action=Action.AGREE,
        available=_is_in(PlanState.APPROVED),
        context=review_context,
        initial=lambda r: {"signer": Signer.SELF.value},
        consequence=_agree_consequence,
        part=Step.AGREEMENT,
    ),
    Operation(
        "sign",
        S,
        service.SIGNED,
        P.PLAN_SIGN,
        SignPlan,
        service.sign_plan,
        action=Action.AGREE,
        available=_is_in(PlanState.APPROVED),
        context=review_context,
        initial=lambda r: {"signer": Signer.SELF.value},
        consequence=_sign_consequence,
        instead_of=Step.AGREEMENT,
    ),
    Operation(
        "refuse",
        S,
        "家庭要求另定方案",
        P.PLAN_SIGN,
        RefusePlan,
        service.refuse_plan,
        action=Action.REFUSE_PLAN,
        available=_is_in(PlanState.APPROVED),
        consequence=lambda r: "这一版方案作废，退回编制方案的人按家庭的意见另编一版。",
        danger=True,
    ),
)
