"""Papers of the plan: the sheet that the household signs, and the agreement."""

from collections.abc import Mapping
from typing import Any

from ...lifecycle import Stage, Step
from ...permissions import Permission
from ...programme.process import PLAN_REVIEW
from ...programme.queries import programme_of
from ...programme.values import Decision
from ...renovation.models import Kind, Renovation
from ...renovation.papers import Paper, photos
from ...renovation.progress import left_out
from ..application import notice_queries as notices
from ..application import queries as application
from . import queries, reviews
from .models import Plan

STAGE = Stage.PLAN


def plan_sheet(renovation: Renovation, plan: Plan) -> dict[str, Any]:
    """What the sheet of one version says."""
    return {
        "plan": plan,
        "programme": programme_of(renovation.programme_version_id),
        "waived": [one for one in plan.decisions if one.decision is not Decision.INSTALL],
        "signature": photos(renovation).get(plan.signature_id or 0),
    }


def _binding(renovation: Renovation) -> Plan | None:
    """The version that was signed, else the approved one that waits for the signature."""
    found = queries.current(renovation)
    return found if found is not None and found.approved_at is not None and not found.change_order else None


def _sheet(renovation: Renovation) -> Mapping[str, Any] | None:
    plan = _binding(renovation) or queries.signed(renovation)
    return None if plan is None else plan_sheet(renovation, plan)


def _agreement(renovation: Renovation) -> Mapping[str, Any] | None:
    found = queries.agreement(renovation)
    over = {plan.id: plan for plan in queries.versions(renovation)}
    plan = over.get(found.plan_id) if found is not None else _binding(renovation)
    if plan is None or left_out(renovation, Step.AGREEMENT):
        return None
    programme, home = programme_of(renovation.programme_version_id), application.household(renovation)
    return {
        "agreement": found,
        "plan": plan,
        "programme": programme,
        "phone": notices.phone(programme, renovation),
        "id_number": application.applicant(renovation).id_number,
        "guardian": home.guardian_name,
        "signature": photos(renovation).get(plan.signature_id or 0),
    }


def _review(renovation: Renovation) -> Mapping[str, Any] | None:
    """The newest review that counts; before it the version that waits, to be written on by hand."""
    found = next((one for one in reviews.reviews(renovation) if one.ended_at is None), None)
    waits = reviews.waiting(renovation)
    over = {plan.id: plan for plan in queries.versions(renovation)} if found is not None else {}
    plan = waits or (over.get(found.plan_id) if found is not None else None)
    if plan is None:
        return None
    named = reviews.firm(renovation)
    return {
        "plan": plan,
        "programme": programme_of(renovation.programme_version_id),
        "review": None if waits is not None else found,
        "reviewer": named.organisation.name
        if waits is not None and named is not None
        else found.reviewer
        if found and waits is None
        else "",
        "remarks": {} if waits is not None or found is None else {one.line_id: one.text for one in found.remarks},
    }


SHEET = Paper(
    "plan_sheet",
    STAGE,
    "改造方案确认单",
    Permission.MONEY_READ,
    _sheet,
    scan=Kind.PLAN_SIGNATURE,
    note="打印后念给家庭听，家庭签字，乡镇（街道）见证。",
)

PAPERS: tuple[Paper, ...] = (
    SHEET,
    Paper(
        "plan_review",
        STAGE,
        "方案审核意见",
        Permission.RENOVATION_READ,
        _review,
        scan=Kind.PLAN_REVIEW,
        wanted_by=PLAN_REVIEW,
        note="审核单位签字盖章，随方案存档。",
    ),
    Paper(
        "agreement",
        STAGE,
        "改造协议",
        Permission.MONEY_READ,
        _agreement,
        scan=Kind.AGREEMENT,
        step=Step.AGREEMENT,
        note="一式三份，乡镇（街道）盖章，家庭签字、按手印。",
    ),
)
