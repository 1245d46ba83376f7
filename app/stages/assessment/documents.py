"""The paper of the assessment: an empty form to take along, or what was found."""

from collections.abc import Mapping
from typing import Any

from ...lifecycle import Stage
from ...permissions import Permission, Role
from ...programme.policy import Programme
from ...programme.queries import programme_of
from ...renovation import queries as files
from ...renovation.models import Kind, Renovation
from ...renovation.papers import Paper, photos
from ...renovation.progress import left_out, person_of
from ..application import queries as application
from . import queries
from .models import Visit

STAGE = Stage.ASSESSMENT


def _form(renovation: Renovation) -> Mapping[str, Any] | None:
    visit, firm = queries.assessment(renovation), files.assignment(renovation, Role.ASSESSOR)
    if visit is None and (firm is None or left_out(renovation, STAGE)):
        return None
    programme = programme_of(renovation.programme_version_id)
    people = application.beneficiaries(renovation)
    return {
        "programme": programme,
        "visit": visit,
        "firm": firm.organisation.name if firm else "",
        "persons": [one.name for one in people],
        "instrument": queries.instrument_of(visit) if visit else programme.instrument,
        "abilities": {one.person: one for one in visit.abilities} if visit else {},
        "circumstances": _circumstances(visit) if visit else {},
        "results": list(queries.recognised_results(renovation).values()),
        "uncovered": queries.uncovered(renovation),
        "answers": {(one.person, one.indicator): one.answer for one in visit.indicators} if visit else {},
        "rooms": _found_rooms(visit) if visit else _empty_rooms(programme),
        "suggestions": [one for one in visit.suggestions if one.kept] if visit else [],
        "photos": _photos(renovation, visit) if visit else [],
        "signers": _signers(renovation, visit),
    }


def _circumstances(visit: Visit) -> dict[tuple[int, str], bool | int]:
    return {(one.person, key): said for one in visit.abilities for key, said in one.detail["circumstances"].items()}


def _empty_rooms(programme: Programme) -> list[dict[str, Any]]:
    return [
        {
            "name": room.name,
            "hazards": [
                {"name": one.name, "grave": one.grave, "found": False} for one in programme.hazards_of(room.key)
            ],
            "measures": [f"{one}：" for one in room.measures],
            "remark": "",
        }
        for room in programme.data.room
    ]


def _found_rooms(visit: Visit) -> list[dict[str, Any]]:
    return [
        {
            "name": room.room_name,
            "hazards": [{"name": one["name"], "grave": one["grave"], "found": True} for one in room.hazards],
            "measures": [f"{one['name']} {one['value']} {one['unit']}".strip() for one in room.measurements],
            "remark": room.remark,
        }
        for room in visit.rooms
    ]


def _photos(renovation: Renovation, visit: Visit) -> list[tuple[str, Any]]:
    names, found = {room.room: room.room_name for room in visit.rooms}, queries.room_photos(renovation)
    pictures = photos(renovation)
    return [(names[room], one) for room in names for one in found.get(room, []) if one.id in pictures]


def _signers(renovation: Renovation, visit: Visit | None) -> list[tuple[str, str, Any]]:
    household = (f"{person_of(renovation)}或家属", visit.informant if visit else "", None)
    if visit is None:
        assessors = programme_of(renovation.programme_version_id).assessors
        return [*[("评估员", "", None)] * assessors, household]
    pictures, signed = photos(renovation), queries.signatures(visit)
    rows: list[tuple[str, str, Any]] = []
    for user_id, name, qualification in visit.team:
        signature = signed.get(user_id)
        picture = pictures.get(signature.attachment_id or 0) if signature else None
        rows.append(("评估员", f"{name}（{qualification}）", picture))
    return [*rows, household]


PAPERS: tuple[Paper, ...] = (
    Paper(
        "assessment_form",
        STAGE,
        "入户评估表",
        Permission.HEALTH_READ,
        _form,
        scan=Kind.ASSESSMENT_SHEET,
        note="入户前打印带去逐项勾选；系统登记后再打印的带有评估结果和照片。",
    ),
)
