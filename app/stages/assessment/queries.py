"""Reads of the assessment; each says what it loads."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from ...core import clock
from ...core.db import db
from ...lifecycle import Stage
from ...permissions import Actor, Permission, Role, may
from ...programme.instrument_schema import WorksStandard
from ...programme.instruments import Instrument
from ...programme.queries import programme_of
from ...renovation.models import Attachment, Kind, Renovation
from ...renovation.progress import left_out
from ...renovation.queries import assignment, attachments
from ..application import queries as application
from .ability import is_grade_recognised
from .models import Appointment, AssessorSignature, RecognisedResult, Suggestion, Visit

_WHOLE = (
    selectinload(Visit.signatures),
    selectinload(Visit.indicators),
    selectinload(Visit.abilities),
    selectinload(Visit.rooms),
    selectinload(Visit.suggestions),
)


def assessment(renovation: Renovation) -> Visit | None:
    """The visit in force, with signatures, answers, rooms and suggestions."""
    return db.session.scalar(
        select(Visit)
        .where(Visit.renovation_id == renovation.id, Visit.ended_at.is_(None))
        .options(*_WHOLE)
        .execution_options(populate_existing=True)
    )


def instrument_of(visit: Visit) -> Instrument:
    """The instrument of a visit in the edition of its own version of the programme, whatever holds now."""
    programme = programme_of(visit.programme_version_id)
    key = visit.abilities[0].instrument if visit.abilities else ""
    return programme.instruments.get(key, programme.instrument)


def recognised_results(renovation: Renovation) -> dict[int, RecognisedResult]:
    """Person → the result of another body on record, expired or not."""
    rows = db.session.scalars(
        select(RecognisedResult).where(
            RecognisedResult.renovation_id == renovation.id, RecognisedResult.ended_at.is_(None)
        )
    )
    return {row.person: row for row in rows}


def recognised_persons(renovation: Renovation, on: date) -> set[int]:
    """Who need not be asked on a day: whose own existing grade counts (domain E3), or a result of another body does."""
    programme = programme_of(renovation.programme_version_id)
    people = application.beneficiaries(renovation)
    graded = {person.seq for person in people if is_grade_recognised(programme, person.recognised)}
    return graded | {person for person, row in recognised_results(renovation).items() if row.holds_until >= on}


def uncovered(renovation: Renovation) -> tuple[WorksStandard, ...]:
    """The standards of works that do not cover this person's level (variants §3.4): a warning, never a stop."""
    programme = programme_of(renovation.programme_version_id)
    return programme.standards_not_covering(application.facts(renovation)) if programme.standards else ()


def suggestions(renovation: Renovation, kept_only: bool = True) -> Sequence[Suggestion]:
    """The suggested items of the visit in force, in catalogue order; by default those that the assessors keep."""
    query = (
        select(Suggestion)
        .join(Suggestion.visit)
        .where(Visit.renovation_id == renovation.id, Visit.ended_at.is_(None))
        .order_by(Suggestion.item_no)
    )
    return db.session.scalars(query.where(Suggestion.kept) if kept_only else query).all()


def signatures(visit: Visit) -> dict[int, AssessorSignature]:
    """The signatures in force under a visit, by user."""
    found = db.session.scalars(
        select(AssessorSignature).where(AssessorSignature.visit_id == visit.id, AssessorSignature.ended_at.is_(None))
    )
    return {signature.user_id: signature for signature in found}


def appointment(renovation: Renovation) -> Appointment | None:
    """The announced visit, if one is."""
    return db.session.scalar(
        select(Appointment).where(Appointment.renovation_id == renovation.id, Appointment.ended_at.is_(None))
    )


def room_photos(renovation: Renovation) -> dict[str, list[Attachment]]:
    """The photos in force by room key."""
    found: dict[str, list[Attachment]] = {}
    for photo in attachments(renovation, Stage.ASSESSMENT, Kind.ASSESSMENT_PHOTO):
        found.setdefault(photo.subject.removeprefix("room:"), []).append(photo)
    return found


def measurements(renovation: Renovation) -> dict[str, str]:
    """What was measured, by room key, as one line of text: what plan lines are prefilled with (domain P6)."""
    visit = assessment(renovation)
    rooms = visit.rooms if visit else []
    return {
        room.room: "，".join(f"{one['name']} {one['value']} {one['unit']}".strip() for one in room.measurements)
        for room in rooms
        if room.measurements
    }


def sizes(renovation: Renovation) -> dict[str, list[tuple[str, str]]]:
    """What was measured, by room key, as (value, unit)."""
    visit = assessment(renovation)
    rooms = visit.rooms if visit else []
    return {room.room: [(str(one["value"]), str(one["unit"])) for one in room.measurements] for room in rooms}


def tab(renovation: Renovation, actor: Actor) -> dict[str, Any] | None:
    """What the file's assessment tab shows; answers and health only to roles that may read them (domain §7)."""
    visit = assessment(renovation)
    firm = assignment(renovation, Role.ASSESSOR)
    planned, results = appointment(renovation), recognised_results(renovation)
    # where nothing is assessed, the firm is there for the plan alone
    recorded = firm is not None and not left_out(renovation, Stage.ASSESSMENT)
    if not (recorded or visit or planned or results):
        return None
    shows_health = may(actor, Permission.HEALTH_READ)
    return {
        "visit": visit,
        "firm": firm,
        "appointment": planned,
        "signatures": signatures(visit) if visit else {},
        "photos": room_photos(renovation),
        "shows_health": shows_health,
        "programme": programme_of(renovation.programme_version_id),
        "instrument": instrument_of(visit) if visit else None,
        "results": results,
        "today": clock.today(),
        "uncovered": uncovered(renovation) if shows_health else (),
    }
