"""Writing a visit down: answers, rooms, photos, and the facts that follow."""

from collections.abc import Sequence

from sqlalchemy import func, select

from ...core import clock
from ...core.db import db
from ...core.errors import NotAllowed, RuleViolation, RuleViolations
from ...identity.models import User
from ...lifecycle import Stage
from ...permissions import Actor
from ...programme.instruments import Score
from ...programme.policy import Programme
from ...programme.queries import programme_of
from ...renovation.models import Assignment, Kind, Renovation
from ...renovation.progress import note
from ...renovation.service import attach_all, end_attachment
from ..application import queries as application
from . import queries
from .ability import LevelInput, circumstances_for, scores
from .models import AbilityResult, IndicatorResult, RoomFinding, Visit
from .rules import RecordVisit, RoomInput, check_visit
from .suggesting import add_suggestions, earlier_edits
from .team import team_of
from .visits import check_firm, end_visit, sign


def record_visit(renovation: Renovation, command: RecordVisit, actor: Actor) -> Visit:
    """Write down what the assessors found; the recorder signs with it, the others sign themselves (`sign_visit`).

    A record that corrects an earlier one ends it. Raises RuleViolations at the fields.
    """
    firm = check_firm(renovation, actor)
    programme = programme_of(renovation.programme_version_id)
    recognised = queries.recognised_persons(renovation, command.visited_on)
    persons = len(application.beneficiaries(renovation))
    team, problems = team_of(programme, command, actor)
    problems += check_visit(programme, command, clock.today(), recognised, persons)
    RuleViolations.raise_if_any(problems)
    earlier = queries.assessment(renovation)
    edits = earlier_edits(earlier)
    end_visit(earlier, "重新记录")
    visit = _new_visit(renovation, command, actor, team, firm, programme)
    db.session.add(visit)
    db.session.flush()
    _add_findings(renovation, visit, command, programme, actor)
    add_suggestions(visit, command, programme, edits)
    sign(renovation, visit, actor, command.signature)
    note(
        renovation,
        Stage.ASSESSMENT,
        "记录入户评估",
        actor,
        "",
        {"rooms": len(visit.rooms), "visited_on": f"{visit.visited_on}"},
    )
    return visit


def _new_visit(
    renovation: Renovation,
    command: RecordVisit,
    actor: Actor,
    team: Sequence[User],
    firm: Assignment,
    programme: Programme,
) -> Visit:
    if actor.user_id is None:
        raise NotAllowed("入户评估须由评估机构的评估员本人登录记录。")
    last = db.session.scalar(select(func.max(Visit.seq)).where(Visit.renovation_id == renovation.id)) or 0
    return Visit(
        renovation_id=renovation.id,
        seq=last + 1,
        organisation_id=firm.organisation_id,
        programme_version_id=renovation.programme_version_id,
        instrument=programme.instrument.title,
        visited_on=command.visited_on,
        first_id=actor.user_id,
        first_name=actor.name,
        first_qualification=command.qualification,
        second_id=team[0].id if team else None,
        second_name=team[0].name if team else "",
        second_qualification=command.second_qualification if team else "",
        third_id=team[1].id if len(team) > 1 else None,
        third_name=team[1].name if len(team) > 1 else "",
        third_qualification=command.third_qualification if len(team) > 1 else "",
        informant=command.informant,
        wish=command.wish,
        remark=command.remark,
        safe=command.safe.is_yes,
        renovatable=command.renovatable.is_yes,
        must_move_out=command.must_move_out.is_yes,
        recognised=not any(one.answer for one in command.indicators),
        findings=findings_of(programme, command),
        recorded_at=clock.now(),
        ended_reason="",
    )


def findings_of(programme: Programme, command: RecordVisit) -> dict[str, object]:
    """The facts that a visit establishes, by their names in the programme's vocabulary; the applicant is person 1."""
    found: dict[str, object] = {
        "dwelling.safe": command.safe.is_yes,
        "dwelling.renovatable": command.renovatable.is_yes,
        "dwelling.must_move_out": command.must_move_out.is_yes,
    }
    if command.can_stay_elsewhere is not None:
        found["dwelling.can_stay_elsewhere"] = command.can_stay_elsewhere.is_yes
    score = scores_of(programme, command).get(1)
    if score is not None:
        found |= score.facts or {}
    return found


def scores_of(programme: Programme, command: RecordVisit) -> dict[int, Score]:
    """What the programme's instrument makes of the answers, by person."""
    return scores(programme.instrument, command.indicators, command.circumstances, command.levels)


def _add_findings(
    renovation: Renovation, visit: Visit, command: RecordVisit, programme: Programme, actor: Actor
) -> None:
    db.session.add_all(
        IndicatorResult(visit_id=visit.id, person=one.person, indicator=one.indicator, answer=one.answer)
        for one in command.indicators
        if one.answer
    )
    db.session.add_all(
        _ability(visit, person, score, command, programme) for person, score in scores_of(programme, command).items()
    )
    used = [(index, room) for index, room in enumerate(command.rooms) if not room.is_blank]
    for seq, (index, room) in enumerate(used, start=1):
        db.session.add(_room(visit, seq, room, programme))
        subject = f"room:{room.room}"
        attach_all(
            renovation, Stage.ASSESSMENT, Kind.ASSESSMENT_PHOTO, room.photos, actor, subject, f"rooms-{index}-photos"
        )
    _end_dropped_photos(renovation, {photo for _index, room in used for photo in room.photos})
    db.session.flush()
    db.session.refresh(visit, ["rooms", "indicators", "abilities"])


def _ability(visit: Visit, person: int, score: Score, command: RecordVisit, programme: Programme) -> AbilityResult:
    instrument, level = programme.instrument, score.level
    if level is None:  # refused before
        raise RuleViolation("评估还没有等级，请把各项评完。", "indicators")
    by_hand = next((one for one in command.levels if one.person == person), LevelInput(person=person))
    return AbilityResult(
        visit_id=visit.id,
        person=person,
        instrument=instrument.key,
        instrument_title=instrument.title,
        total=score.total if instrument.has_total else None,
        level=level.key,
        level_name=level.name,
        by_hand=score.by_hand,
        reason=by_hand.reason if score.by_hand else "",
        detail={
            "points": dict(score.points),
            "grades": dict(score.grades),
            "circumstances": circumstances_for(instrument, command.circumstances, person),
            "adjustments": [one.name for one in score.adjustments],
            "before": score.found.name if score.found else "",
            "facts": dict(score.facts or {}),
        },
    )


def _room(visit: Visit, seq: int, room: RoomInput, programme: Programme) -> RoomFinding:
    return RoomFinding(
        visit_id=visit.id,
        seq=seq,
        room=room.room,
        room_name=programme.room_name(room.room),
        hazards=[
            {"key": hazard.key, "name": hazard.name, "grave": hazard.grave}
            for hazard in programme.hazards_of(room.room)
            if hazard.key in room.hazards
        ],
        measurements=[
            {"name": one.name, "value": f"{one.value.normalize():f}", "unit": one.unit}
            for one in room.measures
            if one.value is not None
        ],
        remark=room.remark,
    )


def _end_dropped_photos(renovation: Renovation, kept: set[int]) -> None:
    for photos in queries.room_photos(renovation).values():
        for photo in photos:
            if photo.file_id not in kept:
                end_attachment(photo, "重新记录时换下")
