"""What can be done in the assessment, by whom: pages, API, buttons and checklists come from this table."""

from typing import Any

from sqlalchemy import select

from ...core import clock
from ...core.db import db
from ...identity.models import User
from ...identity.rules import UserState
from ...lifecycle import Action, Stage, Status
from ...permissions import Permission, Role
from ...places import queries as places
from ...places.rules import OrganisationKind
from ...programme.queries import programme_of
from ...renovation.models import Renovation
from ...renovation.operations import Missing, Operation
from ...renovation.queries import assignment
from ..application import queries as application
from . import queries, service
from .recording import record_visit
from .rules import (
    AssignAssessor,
    CompleteAssessment,
    FindUnfit,
    RecordVisit,
    ReviewSuggestions,
    ScheduleVisit,
    SignVisit,
    YesNo,
    is_grade_recognised,
    split_measure,
)
from .suggesting import review_suggestions

P, S = Permission, Stage.ASSESSMENT
CONFIRMED = frozenset({Status.CONFIRMED})


def _has_firm(renovation: Renovation) -> bool:
    return assignment(renovation, Role.ASSESSOR) is not None


def _is_open_visit(renovation: Renovation) -> bool:
    visit = queries.assessment(renovation)
    return visit is not None and visit.completed_at is None


def _wants_signature(renovation: Renovation) -> bool:
    return _is_open_visit(renovation) and bool(service.complete_missing(renovation))


def _firm_missing(renovation: Renovation) -> list[Missing]:
    return [] if _has_firm(renovation) else [Missing("县民政局还没有委托评估机构", "assessment.assign_assessor")]


def _assign_context(renovation: Renovation) -> dict[str, Any]:
    records = places.dispatchable(OrganisationKind.ASSESSOR, renovation.county_id, clock.today())
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


def visit_context(renovation: Renovation) -> dict[str, Any]:
    """What the form of a visit needs: the instrument, the rooms with their hazards, the firm's people, the old people."""
    programme = programme_of(renovation.programme_version_id)
    firm = assignment(renovation, Role.ASSESSOR)
    colleagues = (
        db.session.scalars(
            select(User)
            .where(
                User.organisation_id == firm.organisation_id,
                User.role == Role.ASSESSOR,
                User.state == UserState.ACTIVE,
            )
            .order_by(User.name, User.id)
        ).all()
        if firm
        else []
    )
    choices: dict[str, list[tuple[Any, str]]] = {
        "second_assessor": [(user.id, f"{user.name}（{user.staff_no}）") for user in colleagues],
        "indicators-answer": [(answer.key, answer.name) for answer in programme.data.instrument.answers],
    }
    for index, room in enumerate(programme.data.room):
        choices[f"rooms-{index}-hazards"] = [(hazard.key, hazard.name) for hazard in programme.hazards_of(room.key)]
    return {
        "choices": choices,
        "programme": programme,
        "indicator_names": {one.key: one for one in programme.data.indicator},
        "room_names": {room.key: room.name for room in programme.data.room},
        "hazard_grave": {hazard.key for hazard in programme.data.hazard if hazard.grave},
        "people": {person.seq: person for person in application.beneficiaries(renovation)},
        "recognised": is_grade_recognised(programme, application.facts(renovation)),
        "appointment": queries.appointment(renovation),
        "earlier": queries.assessment(renovation),
    }


def visit_initial(renovation: Renovation) -> dict[str, Any]:
    """A fresh form with every indicator and room, or the record in force to be corrected."""
    programme = programme_of(renovation.programme_version_id)
    visit = queries.assessment(renovation)
    planned = queries.appointment(renovation)
    persons = [person.seq for person in application.beneficiaries(renovation)] or [1]
    recognised = is_grade_recognised(programme, application.facts(renovation))
    answers = {(one.person, one.indicator): one.answer for one in visit.indicators} if visit else {}
    start: dict[str, Any] = {
        "visited_on": min(planned.planned_on, clock.today()) if planned else clock.today(),
        "indicators": [
            {"person": person, "indicator": one.key, "answer": answers.get((person, one.key), "")}
            for person in ([] if recognised else persons)
            for one in programme.data.indicator
        ],
        "rooms": _rooms(renovation),
    }
    if visit is None:
        return start
    moves_out = visit.findings.get("dwelling.can_stay_elsewhere")
    return start | {
        "visited_on": visit.visited_on,
        "qualification": visit.first_qualification,
        "second_assessor": visit.second_id,
        "second_qualification": visit.second_qualification,
        "informant": visit.informant,
        "wish": visit.wish,
        "remark": visit.remark,
        "safe": _yes_no(visit.safe),
        "renovatable": _yes_no(visit.renovatable),
        "must_move_out": _yes_no(visit.must_move_out),
        "can_stay_elsewhere": "" if moves_out is None else _yes_no(moves_out),
    }


def _yes_no(value: bool) -> str:
    return (YesNo.YES if value else YesNo.NO).value


def _rooms(renovation: Renovation) -> list[dict[str, Any]]:
    programme = programme_of(renovation.programme_version_id)
    visit = queries.assessment(renovation)
    photos = queries.room_photos(renovation) if visit else {}
    found = {room.room: room for room in visit.rooms} if visit else {}
    rows = []
    for room in programme.data.room:
        seen = found.get(room.key)
        values = {one["name"]: one["value"] for one in seen.measurements} if seen else {}
        measures = [split_measure(text) for text in room.measures]
        rows.append(
            {
                "room": room.key,
                "hazards": [one["key"] for one in seen.hazards] if seen else [],
                "remark": seen.remark if seen else "",
                "photos": [photo.file_id for photo in photos.get(room.key, [])],
                "measures": [{"name": name, "unit": unit, "value": values.get(name, "")} for name, unit in measures],
            }
        )
    return rows


def _suggestion_context(renovation: Renovation) -> dict[str, Any]:
    programme = programme_of(renovation.programme_version_id)
    visit = queries.assessment(renovation)
    categories = {one.key: one for one in programme.categories}
    return {
        "choices": {
            "suggestions-item": [
                (item.number, f"{item.number} {item.name}（{categories[item.category].name}）")
                for item in programme.items
            ]
        },
        "proposed": {one.item_no: one for one in visit.suggestions} if visit else {},
        "programme": programme,
    }


def _suggestion_initial(renovation: Renovation) -> dict[str, Any]:
    return {
        "suggestions": [
            {"item": one.item_no, "keep": _yes_no(one.kept), "reason": one.edited_reason}
            for one in queries.suggestions(renovation, kept_only=False)
        ]
    }


def _sign_context(renovation: Renovation) -> dict[str, Any]:
    visit = queries.assessment(renovation)
    return {
        "visit": visit,
        "signatures": queries.signatures(visit) if visit else {},
        "photos": queries.room_photos(renovation),
        "programme": programme_of(renovation.programme_version_id),
    }


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
        statuses=CONFIRMED,
        context=_assign_context,
        initial=_only_firm,
        consequence=lambda r: f"所选机构将可以查看{r.applicant_name}家庭的档案并入户评估。",
        help="只能选已准入、采购合同在有效期内、且不承担这一户施工的机构。",
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
        context=_suggestion_context,
        initial=_suggestion_initial,
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
        context=_sign_context,
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
