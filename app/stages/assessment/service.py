"""What people do in the assessment: commission, announce, record, go through the suggestions, sign, hand in."""

from sqlalchemy import func, select

from ...core import clock
from ...core.db import db
from ...core.errors import Conflict, NotAllowed, RuleViolation
from ...funds import service as funds
from ...lifecycle import Action, Stage
from ...permissions import Actor, Role
from ...places import queries as places
from ...places.models import ProcurementRecord
from ...places.rules import OrganisationKind
from ...programme.queries import programme_of
from ...renovation.models import Assignment, Kind, Renovation
from ...renovation.operations import Missing, require
from ...renovation.progress import advance, note
from ...renovation.queries import assignment
from ...renovation.service import assign, attach, end_assignment
from ..application import notice_queries as notices
from ..application import queries as application
from ..application.codes import DecisionKind, Outcome, Source
from ..application.decisions import record_rejection, require_county
from ..application.findings import decide, update_findings
from ..application.notice_rules import letter_text
from . import queries
from .models import Appointment, AssessorSignature
from .rules import (
    AssignAssessor,
    CompleteAssessment,
    FindUnfit,
    ScheduleVisit,
    SignVisit,
)
from .visits import check_firm, end_signatures, end_visit, sign, unfinished


def assign_assessor(renovation: Renovation, command: AssignAssessor, actor: Actor) -> Assignment:
    """Commission a firm under a procurement record in force; another one replaces it while nothing is signed.

    Raises RuleViolation when the record is not in force here, is full, or the firm builds in this home where the
    programme keeps assessing and building apart (domain §3).
    """
    record = procurement(renovation, OrganisationKind.ASSESSOR, command.procurement_record_id)
    builder = assignment(renovation, Role.CONTRACTOR)
    apart = programme_of(renovation.programme_version_id).data.assessment.independent_of_builder
    if apart and builder is not None and builder.organisation_id == record.organisation_id:
        raise RuleViolation("这家单位承担这一户的施工，不能再评估，请换一家评估机构。", "procurement_record_id")
    if record.organisation_id == _reviewing_firm(renovation):
        raise RuleViolation("这家单位审核这一户的方案，不能再评估和编制，请换一家评估机构。", "procurement_record_id")
    before = assignment(renovation, Role.ASSESSOR)
    if before is not None:
        if before.organisation_id == record.organisation_id:
            raise Conflict("这家机构已经接受委托，不用重复办理。")
        end_visit(queries.assessment(renovation), "改由另一家机构评估")
        end_assignment(before, command.note or "改由另一家机构评估")
    made = assign(renovation, Role.ASSESSOR, record.organisation_id, record.id)
    note(renovation, Stage.ASSESSMENT, f"委托{record.organisation.name}评估", actor, command.note)
    return made


def _reviewing_firm(renovation: Renovation) -> int | None:
    """The firm that is to review the plan, where the programme has another one than the assessor do so."""
    terms = programme_of(renovation.programme_version_id).data.plan_review
    if terms is None or terms.role is not Role.SUPERVISOR:
        return None
    reviewer = assignment(renovation, Role.SUPERVISOR)
    return None if reviewer is None else reviewer.organisation_id


def procurement(renovation: Renovation, kind: OrganisationKind, record_id: int) -> ProcurementRecord:
    """The record under which a firm is commissioned; raises RuleViolation when it is not in force here or is full."""
    field, what = "procurement_record_id", _COMMISSIONED[kind]
    records = places.dispatchable(kind, renovation.township_id, clock.today(), renovation.programme_key)
    record = next((one for one in records if one.id == record_id), None)
    if record is None:
        raise RuleViolation(f"请从列出的{what}中选择：须已准入，且采购合同在有效期内。", field)
    if record.max_households is not None:
        # two clerks who commission at the same moment queue here: a lot is never filled beyond its households
        db.session.execute(select(ProcurementRecord.id).where(ProcurementRecord.id == record.id).with_for_update())
        if served(record.id) >= record.max_households:
            raise RuleViolation(f"“{record.lot}”约定的 {record.max_households} 户已经用完，请另选采购包。", field)
    return record


_COMMISSIONED = {OrganisationKind.ASSESSOR: "评估机构", OrganisationKind.SUPERVISOR: "监理单位"}


def served(procurement_record_id: int) -> int:
    """How many households are being served under a procurement record."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Assignment)
            .where(Assignment.procurement_record_id == procurement_record_id, Assignment.ended_at.is_(None))
        )
        or 0
    )


def schedule_visit(renovation: Renovation, command: ScheduleVisit, actor: Actor) -> Appointment:
    """Announce the day of the visit; an earlier announcement ends. Raises RuleViolation for a day that is past."""
    check_firm(renovation, actor)
    if command.planned_on < clock.today():
        raise RuleViolation("入户日期已经过去，请填今天或以后的日期。", "planned_on")
    before = queries.appointment(renovation)
    if before is not None:
        before.ended_at = clock.now()
        db.session.flush()
    made = Appointment(
        renovation_id=renovation.id,
        planned_on=command.planned_on,
        time_of_day=command.time_of_day,
        note=command.note,
        made_by=actor.user_id,
        made_at=clock.now(),
    )
    db.session.add(made)
    note(
        renovation,
        Stage.ASSESSMENT,
        "约定入户评估",
        actor,
        f"{command.planned_on:%Y-%m-%d} {command.time_of_day}".strip(),
    )
    return made


def sign_visit(renovation: Renovation, command: SignVisit, actor: Actor) -> AssessorSignature:
    """One of the assessors signs with an account of his own. Raises NotAllowed for anybody else."""
    check_firm(renovation, actor)
    visit = unfinished(renovation)
    if actor.user_id not in {user_id for user_id, _name, _qualification in visit.team}:
        names = " 和 ".join(name for _id, name, _qualification in visit.team)
        raise NotAllowed(f"只有参加入户的 {names} 可以签字，请由本人登录办理。")
    if actor.user_id in queries.signatures(visit):
        raise Conflict("您已经签过字，请提醒另一名评估员签字。")
    if not command.confirmed:
        raise RuleViolation("请先勾选，确认记录与入户所见一致。", "confirmed")
    signature = sign(renovation, visit, actor, command.signature)
    note(renovation, Stage.ASSESSMENT, "评估员签字", actor)
    return signature


def complete_missing(renovation: Renovation) -> list[Missing]:
    """What is still needed before the assessment can be handed in."""
    visit = queries.assessment(renovation)
    if visit is None or visit.completed_at is not None:
        return [Missing("还没有记录入户评估", "assessment.record_visit")]
    signed = queries.signatures(visit)
    return [
        Missing(f"评估员 {name} 还没有签字，请由本人登录后签字", "assessment.sign_visit")
        for user_id, name, _qualification in visit.team
        if user_id not in signed
    ]


def complete(renovation: Renovation, command: CompleteAssessment, actor: Actor) -> None:
    """Hand the assessment in: facts are corrected by what was found, and the verdict is made anew and frozen.

    When it is no longer eligible, the file goes back to `noticed` for a new decision, and place, claims and money are
    free until then (domain §3). Raises RuleViolations while a signature is missing.
    """
    check_firm(renovation, actor)
    require(complete_missing(renovation))
    visit = unfinished(renovation)
    visit.completed_at = clock.now()
    update_findings(renovation, dict(visit.findings), Source.ASSESSMENT, actor)
    for one in visit.abilities:
        if one.person > 1:  # the applicant's are among the findings
            update_findings(renovation, one.detail.get("facts", {}), Source.ASSESSMENT, actor, person=one.person)
    decision = decide(renovation, DecisionKind.ASSESSMENT, actor)
    if decision.outcome is Outcome.ELIGIBLE:
        advance(renovation, Action.COMPLETE_ASSESSMENT, actor, command.note, {"visit": visit.seq})
        return
    changed = [clause["id"] for clause in decision.verdict["clauses"] if clause["result"] != "pass"]
    reason = f"评估后 {'、'.join(changed)} 不再符合，请县级重新确定。{command.note}"
    funds.release(renovation.id, "评估结果影响资格，退回重新确定", actor)
    advance(renovation, Action.QUESTION_ELIGIBILITY, actor, reason, {"visit": visit.seq, "clauses": changed})


def find_unfit(renovation: Renovation, command: FindUnfit, actor: Actor) -> None:
    """The county finds that the home cannot be made over: rejected with clause, ground and letter, its place is free.

    The fact is corrected on record, so the verdict says the same (domain §3). Raises NotAllowed for anybody else.
    """
    require_county(actor, "认定住房不具备改造条件")
    if command.paper is not None:
        attach(renovation, Stage.ASSESSMENT, Kind.VERIFICATION, command.paper, actor, "unfit", field="paper")
    update_findings(renovation, {"dwelling.renovatable": False}, Source.ASSESSMENT, actor, command.ground[:500])
    decide(renovation, DecisionKind.ASSESSMENT, actor)
    programme = programme_of(renovation.programme_version_id)
    grounds = [
        {"id": clause.id, "title": clause.title, "source": clause.source, "reason": command.ground}
        for clause in application.verdict(renovation).failed
    ]
    letter = letter_text(
        renovation.applicant_name,
        programme.name,
        grounds,
        notices.lead_name(renovation),
        notices.phone(programme, renovation),
        notices.township_name(renovation),
    )
    record_rejection(renovation, grounds, command.ground, letter, actor)
    funds.release(renovation.id, "住房不具备改造条件", actor)
    advance(renovation, Action.FIND_UNFIT, actor, command.ground, {"clauses": [one["id"] for one in grounds]})


def reopen(renovation: Renovation, reason: str) -> None:
    """The plan's desk sends the assessment back: it is open again and both assessors sign anew."""
    visit = queries.assessment(renovation)
    if visit is not None:
        visit.completed_at = None
        end_signatures(visit, reason)
