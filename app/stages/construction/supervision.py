"""What the supervisor writes down: visits, problems put right, the report. Nothing here commits."""

from ...core import clock
from ...core.db import db
from ...core.errors import Conflict, NotAllowed, RuleViolation
from ...lifecycle import Stage
from ...permissions import Actor, Role
from ...renovation import queries as files
from ...renovation import service as filing
from ...renovation.models import Kind, Renovation
from ...renovation.progress import note, office_of
from . import queries
from .models import SupervisionReport, SupervisionVisit
from .rules import FileReport, Inspect, Resolve
from .service import not_in_future

STAGE = Stage.CONSTRUCTION


def _supervised(renovation: Renovation, actor: Actor) -> None:
    assigned = files.assignment(renovation, Role.SUPERVISOR)
    if assigned is None or assigned.organisation_id != actor.organisation_id:
        raise NotAllowed(f"这一户现在不由贵单位监理，不能办理。如有疑问请联系{office_of(renovation).at_county}。")


def inspect(renovation: Renovation, command: Inspect, actor: Actor) -> SupervisionVisit:
    """Record the supervisor's visit."""
    _supervised(renovation, actor)
    not_in_future(command.day, "day")
    visit = SupervisionVisit(
        renovation_id=renovation.id,
        day=command.day,
        finding=command.finding,
        text=command.text,
        deadline=command.deadline,
        resolution="",
        written_at=clock.now(),
        written_by=actor.user_id,
        written_by_name=actor.name,
    )
    db.session.add(visit)
    db.session.flush()
    filing.attach_all(renovation, STAGE, Kind.SUPERVISION, list(command.photos), actor, f"visit:{visit.id}", "photos")
    note(renovation, STAGE, f"监理到场：{command.finding.label}", actor, details={"day": command.day.isoformat()})
    return visit


def resolve(renovation: Renovation, command: Resolve, actor: Actor) -> None:
    """The supervisor has seen that a problem is put right."""
    _supervised(renovation, actor)
    visit = next((one for one in queries.open_problems(renovation) if one.id == command.visit_id), None)
    if visit is None:
        raise RuleViolation("没有这一条待整改的问题，请刷新页面。", "visit_id")
    if not visit.day <= command.resolved_on <= clock.today():
        raise RuleViolation("复查日期要在检查日期之后、今天之前，请改正。", "resolved_on")
    visit.resolved_on, visit.resolution = command.resolved_on, command.resolution
    filing.attach_all(renovation, STAGE, Kind.SUPERVISION, list(command.photos), actor, f"visit:{visit.id}", "photos")
    note(renovation, STAGE, "监理问题已整改", actor, details={"visit": visit.id})


def file_report(renovation: Renovation, command: FileReport, actor: Actor) -> SupervisionReport:
    """File the supervision report; a newer one ends the one before. Raises Conflict while a problem is open."""
    _supervised(renovation, actor)
    not_in_future(command.day, "day")
    if queries.open_problems(renovation):
        raise Conflict("还有没整改完的问题，请先复查销号，再提交监理报告。")
    current = queries.supervision_report(renovation)
    if current is not None:
        current.ended_at = clock.now()
        db.session.flush()
    paper = filing.attach(renovation, STAGE, Kind.SUPERVISION, command.paper, actor, "report", field="paper")
    report = SupervisionReport(
        renovation_id=renovation.id,
        day=command.day,
        conclusion=command.conclusion,
        attachment_id=paper.id,
        filed_at=clock.now(),
        filed_by=actor.user_id,
        filed_by_name=actor.name,
    )
    db.session.add(report)
    note(renovation, STAGE, "提交监理报告", actor, details={"day": command.day.isoformat()})
    return report
