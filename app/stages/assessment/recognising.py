"""A result of another body is entered, and counts instead of a new assessment until its last day."""

from ...core import clock
from ...core.db import db
from ...core.errors import RuleViolations
from ...lifecycle import Stage
from ...permissions import Actor
from ...programme.queries import programme_of
from ...renovation.models import Kind, Renovation
from ...renovation.progress import note
from ...renovation.service import attach
from ..application import queries as application
from ..application.codes import Source
from ..application.findings import update_findings
from . import queries
from .ability import RecogniseResult, check_result, holds_until
from .models import RecognisedResult


def recognise_result(renovation: Renovation, command: RecogniseResult, actor: Actor) -> RecognisedResult:
    """Enter a result of another body; an earlier one for the same person ends, the facts of that person follow.

    Raises RuleViolations at the fields: not recognised here, another body, no such level, or expired, with the day.
    """
    programme = programme_of(renovation.programme_version_id)
    persons = len(application.beneficiaries(renovation))
    RuleViolations.raise_if_any(check_result(programme, command, clock.today(), persons))
    instrument = programme.instruments[command.instrument]
    level = instrument.level(command.level)
    assert level is not None  # checked
    earlier = queries.recognised_results(renovation).get(command.person)
    if earlier is not None:
        earlier.ended_at, earlier.ended_reason = clock.now(), "改用另一份结果"
        db.session.flush()
    subject = f"recognised:{command.person}"
    paper = (
        attach(renovation, Stage.ASSESSMENT, Kind.VERIFICATION, command.paper, actor, subject, field="paper")
        if command.paper
        else None
    )
    row = RecognisedResult(
        renovation_id=renovation.id,
        person=command.person,
        programme_version_id=renovation.programme_version_id,
        instrument=instrument.key,
        instrument_title=instrument.title,
        issuer=command.issuer,
        assessed_on=command.assessed_on,
        holds_until=holds_until(programme, command),
        level=level.key,
        level_name=level.name,
        points=command.points,
        remark=command.remark,
        attachment_id=paper.id if paper else None,
        at=clock.now(),
        actor_id=actor.user_id,
        actor_name=actor.name,
        ended_reason="",
    )
    db.session.add(row)
    db.session.flush()
    said = f"{command.issuer} {command.assessed_on}，认可到 {row.holds_until}"
    note(renovation, Stage.ASSESSMENT, "认可其他单位的评估结果", actor, said, {"person": command.person})
    facts = instrument.facts(level, command.points)
    update_findings(
        renovation, facts, Source.RECOGNITION, actor, said, holds_until=row.holds_until, person=command.person
    )
    return row
