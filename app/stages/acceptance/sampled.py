"""What was found at a file that was drawn for another look: conforms or not, until when it is put right. Never commits."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import joinedload

from ...core import clock
from ...core.db import db
from ...core.errors import Conflict, DomainError, NotAllowed, RuleViolation, RuleViolations
from ...lifecycle import Stage, Status
from ...permissions import Actor, Role
from ...places.models import Region
from ...places.rules import Level
from ...renovation import service as filing
from ...renovation.models import Kind, Renovation
from ...renovation.progress import note
from .rules import RecordSample, ResolveSample, SampleResult
from .sample_models import SampleDraw, SampleFile, SampleFinding, SampleRemedy

STAGE = Stage.ACCEPTANCE
AFTER_ACCEPTANCE = frozenset({Status.ACCEPTED, Status.SETTLED, Status.PAID, Status.CLOSED, Status.TERMINATED})
SUBJECT = "sample:"
"""The photos of a finding stand at `sample:<id>`, those of its remedy at `sample:<id>:remedy`."""


def findings(renovation: Renovation) -> Sequence[SampleFinding]:
    """What was found at the file, newest first, each with what was done about it."""
    return db.session.scalars(
        select(SampleFinding)
        .where(SampleFinding.renovation_id == renovation.id)
        .options(joinedload(SampleFinding.remedy))
        .order_by(SampleFinding.id.desc())
    ).all()


def open_finding(renovation: Renovation) -> SampleFinding | None:
    """What does not conform and has not been put right, the oldest first."""
    return next((one for one in reversed(findings(renovation)) if one.is_open), None)


def waiting_draw(renovation: Renovation) -> tuple[SampleFile, SampleDraw] | None:
    """The draw in which the file was drawn and for which nothing is recorded yet, the oldest first."""
    row = db.session.execute(
        select(SampleFile, SampleDraw)
        .join(SampleDraw, SampleDraw.id == SampleFile.draw_id)
        .where(SampleFile.renovation_id == renovation.id, ~_recorded())
        .order_by(SampleFile.id)
        .limit(1)
    ).one_or_none()
    return (row[0], row[1]) if row is not None else None


def _recorded() -> ColumnElement[bool]:
    return exists().where(SampleFinding.sample_file_id == SampleFile.id).correlate(SampleFile)


def inspects(renovation: Renovation, actor: Actor) -> bool:
    """True for the office that drew the file: it looks, and nobody else records for it."""
    found = waiting_draw(renovation)
    return found is not None and (actor.role is Role.SYSTEM or actor.region_id == found[1].region_id)


def to_look_at() -> ColumnElement[bool]:
    """The condition that the file's own county drew it and has recorded nothing yet, for desks."""
    counties = select(Region.id).where(Region.level == Level.COUNTY)
    # from the few that were drawn to their files: far more were accepted
    return Renovation.id.in_(
        select(SampleFile.renovation_id)
        .join(SampleDraw, SampleDraw.id == SampleFile.draw_id)
        .where(SampleDraw.region_id.in_(counties), ~_recorded())
    )


def to_put_right() -> ColumnElement[bool]:
    """The condition that something found at the file has not been put right, for desks."""
    done = exists().where(SampleRemedy.finding_id == SampleFinding.id).correlate(SampleFinding)
    return Renovation.id.in_(
        select(SampleFinding.renovation_id).where(SampleFinding.result == SampleResult.FAULTY, ~done)
    )


def record_sample(renovation: Renovation, command: RecordSample, actor: Actor) -> SampleFinding:
    """Record what was found at a drawn file; what does not conform goes to the county with a day (variants §2.1, 19).

    Raises NotAllowed for another office than the one that drew, RuleViolations for what is missing or a wrong day.
    """
    found = waiting_draw(renovation)
    if found is None:
        raise Conflict("这一户没有待登记的抽查。")
    if not inspects(renovation, actor):
        raise NotAllowed("抽查结果由抽取名单的单位登记，您只能查看。")
    drawn, draw = found
    problems: list[DomainError] = []
    if not clock.civil(draw.at) <= command.day <= clock.today():
        problems.append(RuleViolation(f"抽查日期应在抽取那天（{clock.civil(draw.at)}）到今天之间。", "day"))
    if command.result is SampleResult.FAULTY:
        if not command.finding:
            problems.append(RuleViolation("请写明哪一项、怎样不符合。", "finding"))
        if command.until is None or command.until < clock.today():
            problems.append(RuleViolation("请填整改到哪天，不早于今天。", "until"))
        if not command.photos:
            problems.append(RuleViolation("不符合的请拍照片。", "photos"))
    RuleViolations.raise_if_any(problems)
    faulty = command.result is SampleResult.FAULTY
    finding = SampleFinding(
        sample_file_id=drawn.id,
        renovation_id=renovation.id,
        day=command.day,
        inspectors=command.inspectors,
        result=command.result,
        text=command.finding,
        until=command.until if faulty else None,
        recorded_at=clock.now(),
        recorded_by=actor.user_id,
        recorded_by_name=actor.name,
    )
    db.session.add(finding)
    db.session.flush()
    subject = f"{SUBJECT}{finding.id}"
    filing.attach_all(renovation, STAGE, Kind.ACCEPTANCE_PHOTO, list(command.photos), actor, subject, "photos")
    said = f"{command.finding}。{finding.until} 前整改" if faulty else command.finding
    note(renovation, STAGE, f"抽查：{command.result.label}", actor, said, {"draw": draw.id, "finding": finding.id})
    return finding


def resolve_sample(renovation: Renovation, command: ResolveSample, actor: Actor) -> SampleRemedy:
    """Record that what a drawn file lacked has been put right; raises RuleViolation for a day outside its time."""
    finding = open_finding(renovation)
    if finding is None:
        raise Conflict("这一户没有待整改的抽查问题。")
    if not finding.day <= command.day <= clock.today():
        raise RuleViolation(f"整改日期应在抽查那天（{finding.day}）到今天之间。", "day")
    remedy = SampleRemedy(
        finding_id=finding.id,
        day=command.day,
        text=command.text,
        recorded_at=clock.now(),
        recorded_by=actor.user_id,
        recorded_by_name=actor.name,
    )
    db.session.add(remedy)
    db.session.flush()
    db.session.expire(finding, ["remedy"])
    subject = f"{SUBJECT}{finding.id}:remedy"
    filing.attach_all(renovation, STAGE, Kind.ACCEPTANCE_PHOTO, list(command.photos), actor, subject, "photos")
    note(renovation, STAGE, "抽查问题已整改", actor, command.text, {"finding": finding.id})
    return remedy
