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
from ...programme.instrument_schema import WorksStandard
from ...programme.queries import programme_of
from ...renovation.models import Renovation
from ...renovation.operations import Missing, Operation
from ...renovation.progress import left_out
from ...renovation.queries import assignment
from ..application import queries as application
from . import queries, service
from .ability import RecogniseResult, YesNo, months_later
from .models import Visit
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
    split_measure,
)
from .suggesting import review_suggestions
from .team import qualification_choices

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
    return renovation.status is Status.CONFIRMED or bool(left_out(renovation, Stage.ASSESSMENT))


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
        "third_assessor": [(user.id, f"{user.name}（{user.staff_no}）") for user in colleagues],
        "levels-level": [(level.key, level.name) for level in programme.levels],
    }
    qualifications = qualification_choices(programme)
    if qualifications:
        choices |= dict.fromkeys(("qualification", "second_qualification", "third_qualification"), qualifications)
    choices |= _ability_choices(renovation)
    for index, room in enumerate(programme.data.room):
        choices[f"rooms-{index}-hazards"] = [(hazard.key, hazard.name) for hazard in programme.hazards_of(room.key)]
    return {
        "choices": choices,
        "programme": programme,
        "instrument": programme.instrument,
        "asked": {one.key: one for one in programme.instrument.items},
        "circumstances": {one.key: one for one in programme.instrument.circumstances},
        "uncovered": queries.uncovered(renovation),
        "room_names": {room.key: room.name for room in programme.data.room},
        "hazard_grave": {hazard.key for hazard in programme.data.hazard if hazard.grave},
        "people": {person.seq: person for person in application.beneficiaries(renovation)},
        "recognised": queries.recognised_persons(renovation, clock.today()),
        "results": queries.recognised_results(renovation),
        "today": clock.today(),
        "assessors": programme.assessors,
        "qualifications": qualifications,
        "appointment": queries.appointment(renovation),
        "earlier": queries.assessment(renovation),
    }


def _persons_asked(renovation: Renovation) -> list[int]:
    recognised = queries.recognised_persons(renovation, clock.today())
    persons = [person.seq for person in application.beneficiaries(renovation)] or [1]
    return [person for person in persons if person not in recognised]


def _ability_choices(renovation: Renovation) -> dict[str, list[tuple[Any, str]]]:
    """The answers that each row offers: every item has its own."""
    instrument = programme_of(renovation.programme_version_id).instrument
    choices: dict[str, list[tuple[Any, str]]] = {}
    rows = [item for _person in _persons_asked(renovation) for item in instrument.items]
    for index, item in enumerate(rows):
        choices[f"indicators-{index}-answer"] = [(one.key, one.name) for one in instrument.answers[item.key]]
    asked = [one for _person in _persons_asked(renovation) for one in instrument.circumstances]
    for index, one in enumerate(asked):
        if one.kind == "yes_no":
            choices[f"circumstances-{index}-value"] = [(answer.value, answer.label) for answer in YesNo]
    return choices


def ability_initial(renovation: Renovation, visit: Visit | None) -> dict[str, Any]:
    """A row for every item and circumstance of everybody who must be asked, with what was answered before."""
    instrument, persons = programme_of(renovation.programme_version_id).instrument, _persons_asked(renovation)
    answers = {(one.person, one.indicator): one.answer for one in visit.indicators} if visit else {}
    before = {one.person: one for one in visit.abilities} if visit else {}
    said = {person: one.detail["circumstances"] for person, one in before.items()}
    by_hand = {person: one for person, one in before.items() if one.by_hand}
    return {
        "indicators": [
            {"person": person, "indicator": one.key, "answer": answers.get((person, one.key), "")}
            for person in persons
            for one in instrument.items
        ],
        "circumstances": [
            {"person": person, "circumstance": one.key, "value": _typed(said.get(person, {}).get(one.key))}
            for person in persons
            for one in instrument.circumstances
        ],
        "levels": [
            {
                "person": person,
                "level": by_hand[person].level if person in by_hand else "",
                "reason": by_hand[person].reason if person in by_hand else "",
            }
            for person in (persons if instrument.has_gaps else [])
        ],
    }


def _typed(value: bool | int | None) -> str:
    if value is None:
        return ""
    return _yes_no(value) if isinstance(value, bool) else str(value)


def _recognise_context(renovation: Renovation) -> dict[str, Any]:
    programme = programme_of(renovation.programme_version_id)
    terms = programme.recognitions
    tools = [(one.instrument, programme.instruments[one.instrument]) for one in terms]
    levels = {level.key: level.name for _key, tool in reversed(tools) for level in tool.levels}
    return {
        "choices": {
            "person": [(one.seq, one.name) for one in application.beneficiaries(renovation)],
            "instrument": [(key, tool.title) for key, tool in tools],
            "issuer": [(body, body) for body in dict.fromkeys(body for one in terms for body in one.bodies)],
            "level": list(levels.items()),
        },
        "terms": [
            (tool, one, months_later(clock.today(), -one.months))
            for (_key, tool), one in zip(tools, terms, strict=True)
        ],
        "results": queries.recognised_results(renovation),
        "people": {one.seq: one for one in application.beneficiaries(renovation)},
        "today": clock.today(),
    }


def _recognise_initial(renovation: Renovation) -> dict[str, Any]:
    """Where one thing alone can be chosen, it is."""
    choices = _recognise_context(renovation)["choices"]
    return {name: offered[0][0] for name, offered in choices.items() if len(offered) == 1}


def _recognises(renovation: Renovation) -> bool:
    return bool(programme_of(renovation.programme_version_id).recognitions)


def visit_initial(renovation: Renovation) -> dict[str, Any]:
    """A fresh form with every indicator and room, or the record in force to be corrected."""
    visit = queries.assessment(renovation)
    planned = queries.appointment(renovation)
    start: dict[str, Any] = {
        "visited_on": min(planned.planned_on, clock.today()) if planned else clock.today(),
        **ability_initial(renovation, visit),
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
        "third_assessor": visit.third_id,
        "third_qualification": visit.third_qualification,
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
        "instrument": queries.instrument_of(visit) if visit else None,
        "uncovered": _found_uncovered(renovation, visit) if visit else (),
    }


def _found_uncovered(renovation: Renovation, visit: Visit) -> tuple[WorksStandard, ...]:
    """By what the visit found, which is no fact of the file before it is handed in."""
    programme = programme_of(visit.programme_version_id)
    found = [(name, value) for name, value in visit.findings.items() if name.startswith("person.ability.")]
    ability = {name.rpartition(".")[2]: value for name, value in found}
    return (
        programme.standards_not_covering({"person": {"ability": ability}}) if ability else queries.uncovered(renovation)
    )


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
        consequence=lambda r: f"所选机构将可以查看{r.applicant_name}家庭的档案并入户评估。",
        help="只能选已准入、采购合同在有效期内、且不承担这一户施工的机构。",
    ),
    Operation(
        "recognise_result",
        S,
        "认可已有评估结果",
        P.APPLICATION_VERIFY,
        RecogniseResult,
        recognise_result,
        statuses=BEFORE_PLAN,
        available=_recognises,
        context=_recognise_context,
        initial=_recognise_initial,
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
