"""What the assessment's forms open with and offer: the instrument's questions, the rooms, the suggestions. Read-only."""

from typing import Any

from sqlalchemy import select

from ...core import clock
from ...core.db import db
from ...identity.models import User
from ...identity.rules import UserState
from ...permissions import Role
from ...programme.instrument_schema import WorksStandard
from ...programme.queries import programme_of
from ...renovation.models import Renovation
from ...renovation.queries import assignment
from ..application import queries as application
from . import queries
from .ability import YesNo, months_later
from .models import Visit
from .rules import split_measure
from .team import each_said, qualification_choices


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
        "each_said": each_said(programme),
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


def recognise_context(renovation: Renovation) -> dict[str, Any]:
    """What the form of a recognised result needs: what counts here, from whom, since when."""
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


def recognise_initial(renovation: Renovation) -> dict[str, Any]:
    """Where one thing alone can be chosen, it is."""
    choices = recognise_context(renovation)["choices"]
    return {name: offered[0][0] for name, offered in choices.items() if len(offered) == 1}


def recognises(renovation: Renovation) -> bool:
    """Whether the programme recognises results of others."""
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


def suggestion_context(renovation: Renovation) -> dict[str, Any]:
    """The items to choose from, and what was proposed."""
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


def suggestion_initial(renovation: Renovation) -> dict[str, Any]:
    """Every suggested item as it stands."""
    return {
        "suggestions": [
            {"item": one.item_no, "keep": _yes_no(one.kept), "reason": one.edited_reason}
            for one in queries.suggestions(renovation, kept_only=False)
        ]
    }


def sign_context(renovation: Renovation) -> dict[str, Any]:
    """The whole record, to be read before it is signed."""
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
