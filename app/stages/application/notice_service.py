"""Use cases from the review to the confirmation: return, forward, notice, objections, confirm, reject, recheck. Never commits."""

from collections.abc import Sequence
from datetime import date
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from ...audit import service as audit
from ...core import clock, workdays
from ...core.db import db
from ...core.errors import Conflict, NotAllowed, NotFound, RuleViolation, RuleViolations
from ...evidence.queries import usable_by
from ...funds import queries as fund_queries
from ...funds import service as funds
from ...funds.rules import claim_period
from ...lifecycle import Action, Stage, Status
from ...permissions import SYSTEM, Actor, Role
from ...places import queries as places
from ...programme.policy import Programme
from ...programme.queries import programme_of
from ...renovation.models import Attachment, Kind, Renovation
from ...renovation.operations import Missing, require
from ...renovation.progress import advance, note
from ...renovation.service import attach
from . import notice_queries as reads
from . import queries
from .codes import DecisionKind
from .notice_models import (
    Confirmation,
    CorrectionSlip,
    Notice,
    NoticeEntry,
    NoticePhoto,
    Objection,
    Recheck,
    Rejection,
)
from .notice_rules import (
    AnswerObjection,
    Confirm,
    DecideRecheck,
    EndNotice,
    EntryEnd,
    Forward,
    ObjectionState,
    ProveNotice,
    RecheckState,
    RecordObjection,
    Reject,
    RequestRecheck,
    Return,
    SendBack,
    UpholdObjection,
    is_over,
    last_day,
    photo_problems,
    posted_at,
    public_id,
    public_name,
    slip_text,
    start_problem,
)
from .service import decide

# ---------------------------------------------------------------- first review


def return_application(renovation: Renovation, command: Return, actor: Actor) -> CorrectionSlip:
    """Send the application back with what to correct, section by section; makes the correction slip (补正通知)."""
    last = db.session.scalar(select(func.max(CorrectionSlip.seq)).where(CorrectionSlip.renovation_id == renovation.id))
    slip = CorrectionSlip(
        renovation_id=renovation.id,
        seq=(last or 0) + 1,
        reasons=[{"section": one.section.value, "reason": one.reason} for one in command.reasons],
        note=command.note,
        at=clock.now(),
        by=actor.user_id,
        by_name=actor.name,
    )
    db.session.add(slip)
    sections = [one.section.value for one in command.reasons]
    advance(renovation, Action.RETURN, actor, slip_text(command.reasons, command.note), {"sections": sections})
    return slip


def forward_missing(renovation: Renovation) -> list[Missing]:
    """What keeps the file from going forward: clauses that fail, and objections that are still looked into."""
    missing = [
        Missing(f"{clause.id} {clause.title}不符合：{clause.reason}", "application.verify")
        for clause in queries.verdict(renovation).failed
    ]
    if reads.unresolved(renovation):
        missing.append(Missing("登记异议的调查结果和答复", "application.dismiss_objection"))
    return missing


def forward(renovation: Renovation, command: Forward, actor: Actor) -> Notice | None:
    """Pass the first review: freeze the verdict and put the household on its township's notice of that start day.

    Only when no clause fails (domain §3). A programme without notice passes that step with a row that says so.
    """
    require(forward_missing(renovation))
    programme = programme_of(renovation.programme_version_id)
    if programme.notice.used:
        _check_posting(command, programme)
    decision = decide(renovation, DecisionKind.REVIEW, actor)
    details: dict[str, Any] = {"verdict": decision.outcome.value}
    if not programme.notice.used:
        advance(renovation, Action.FORWARD, actor, command.note, details)
        advance(renovation, Action.END_NOTICE, SYSTEM, "本政策不设公示")
        return None
    posted = _join(renovation, programme, command, 1)
    advance(renovation, Action.FORWARD, actor, command.note, details | _period(posted))
    renovation.due_on = posted.ends_on
    return posted


def _check_posting(command: Forward, programme: Programme) -> None:
    problem = start_problem(command.starts_on, clock.today())
    if problem is not None:
        raise problem
    if not posted_at(command.places, command.other_place):
        raise RuleViolation(f"请选择张贴地点，例如{programme.notice.places[0]}。", "places")


def _period(posted: Notice) -> dict[str, Any]:
    return {"notice": posted.id, "from": posted.starts_on.isoformat(), "to": posted.ends_on.isoformat()}


def _join(renovation: Renovation, programme: Programme, command: Forward, round_: int) -> Notice:
    """Put the household on the township's notice of that start day, made when it is the first."""
    found = _open_notice(renovation, command.starts_on, round_)
    if found is None:
        found = _make_notice(renovation, programme, command, round_)
    found.places = posted_at([*found.places, *command.places], command.other_place)
    last = db.session.scalar(select(func.max(NoticeEntry.seq)).where(NoticeEntry.notice_id == found.id))
    db.session.add(
        NoticeEntry(
            notice_id=found.id,
            seq=(last or 0) + 1,
            renovation_id=renovation.id,
            village=places.region(renovation.village_id or renovation.township_id).name,
            people=[
                {"name": public_name(one.name), "id_number": public_id(one.id_number)}
                for one in queries.beneficiaries(renovation)
            ],
            added_at=clock.now(),
        )
    )
    db.session.flush()
    return found


def _open_notice(renovation: Renovation, starts_on: date, round_: int) -> Notice | None:
    """The notice to join, locked, so that the households of one day get their places on it one after the other."""
    return db.session.scalar(
        select(Notice)
        .where(
            Notice.township_id == renovation.township_id,
            Notice.programme_key == renovation.programme_key,
            Notice.starts_on == starts_on,
            Notice.round == round_,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _make_notice(renovation: Renovation, programme: Programme, command: Forward, round_: int) -> Notice:
    terms = programme.notice
    made = Notice(
        township_id=renovation.township_id,
        programme_key=programme.key,
        programme_name=programme.name,
        document=programme.document,
        round=round_,
        starts_on=command.starts_on,
        ends_on=last_day(command.starts_on, terms.days, terms.day_kind, workdays.calendar()),
        places=[],
        poster=command.poster,
        phone=reads.phone(programme),
        token=token_urlsafe(32),
        created_at=clock.now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError:  # somebody made the same notice a moment ago: join that one
        found = _open_notice(renovation, command.starts_on, round_)
        if found is None:
            raise
        return found
    return made


# ---------------------------------------------------------------- the notice


def prove_notice(renovation: Renovation, command: ProveNotice, actor: Actor) -> NoticePhoto:
    """Put a proof photo on the notice of a file; it serves every household on it."""
    found = reads.entry(renovation)
    if found is None:
        raise Conflict("这户还没有公示，没有可以补的照片。")
    photo = add_photo(found.notice, command, actor)
    note(renovation, Stage.APPLICATION, f"上传公示{command.day.label}照片", actor, command.explanation)
    return photo


def add_photo(notice: Notice, command: ProveNotice, actor: Actor) -> NoticePhoto:
    """Put a proof photo on a notice in place of the one before; raises RuleViolation(s) on day or upload."""
    RuleViolations.raise_if_any(photo_problems(command, notice.starts_on, notice.ends_on, clock.today()))
    _check_upload(command.photo, actor)
    before = reads.proof_of(notice).get(command.day)
    if before is not None:
        if before.file_id == command.photo:
            return before
        before.ended_at = clock.now()
        db.session.flush()
    photo = NoticePhoto(
        notice_id=notice.id,
        day=command.day,
        file_id=command.photo,
        taken_on=command.taken_on,
        explanation=command.explanation,
        added_at=clock.now(),
        added_by=actor.user_id,
        added_by_name=actor.name,
    )
    db.session.add(photo)
    db.session.flush()
    details = {"day": command.day.value, "taken_on": command.taken_on.isoformat(), "file": command.photo}
    audit.record(f"notice:{notice.id}", "notice.photo", actor, details)
    return photo


def _check_upload(file_id: int, actor: Actor) -> None:
    if not usable_by(file_id, actor.user_id):
        raise RuleViolation("没有找到这张照片，请重新上传。", "photo")
    filed = db.session.scalar(select(Attachment.id).where(Attachment.file_id == file_id, Attachment.ended_at.is_(None)))
    shown = db.session.scalar(
        select(NoticePhoto.id).where(NoticePhoto.file_id == file_id, NoticePhoto.ended_at.is_(None))
    )
    if filed is not None or shown is not None:
        raise RuleViolation("这张照片已用在别处，请另外拍摄。", "photo")


def end_missing(renovation: Renovation) -> list[Missing]:
    """What keeps the notice of a file from ending: days left, or an objection without outcome."""
    found = reads.running_entry(renovation)
    missing = []
    if found is not None and not is_over(found.notice.ends_on, clock.today()):
        missing.append(Missing(f"公示到 {found.notice.ends_on.isoformat()} 结束，期满后系统自动转入待确定"))
    if reads.unresolved(renovation):
        missing.append(Missing("先处理异议并答复", "application.dismiss_objection"))
    return missing


def end_notice(renovation: Renovation, _command: EndNotice, actor: Actor) -> None:
    """End a file's notice after its last day, when no objection is open; the job does it by itself (domain §3).

    Where the programme asks for further rounds, the household goes on the next notice and stays in `reviewed`.
    Raises RuleViolations while days are left or an objection is open.
    """
    require(end_missing(renovation))
    found = reads.running_entry(renovation)
    programme = programme_of(renovation.programme_version_id)
    if found is not None:
        _leave(found, EntryEnd.PASSED)
        if found.notice.round < programme.notice.rounds:
            _next_round(renovation, programme, found.notice, actor)
            return
    advance(renovation, Action.END_NOTICE, actor, details={"notice": found.notice_id} if found else None)


def _next_round(renovation: Renovation, programme: Programme, before: Notice, actor: Actor) -> None:
    posting = Forward(starts_on=clock.today(), places=[str(place) for place in before.places], poster=before.poster)
    posted = _join(renovation, programme, posting, before.round + 1)
    renovation.due_on = posted.ends_on
    note(renovation, Stage.APPLICATION, f"第 {posted.round} 轮公示开始", actor, details=_period(posted))


def end_due(renovation_id: int, today: date) -> None:
    """The job's part for one file: end its notice if it is due; does nothing when somebody was faster."""
    renovation = db.session.scalar(
        select(Renovation)
        .where(Renovation.id == renovation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if renovation is None or renovation.status is not Status.REVIEWED or renovation.suspended_at is not None:
        return
    found = reads.running_entry(renovation)
    if found is None or not is_over(found.notice.ends_on, today) or reads.unresolved(renovation):
        return
    end_notice(renovation, EndNotice(), SYSTEM)


def _leave(found: NoticeEntry | None, end: EntryEnd) -> None:
    if found is not None and found.ended_at is None:
        found.ended_at, found.ended_as = clock.now(), end
        db.session.flush()


# ---------------------------------------------------------------- objections


def record_objection(renovation: Renovation, command: RecordObjection, actor: Actor) -> Objection:
    """Write down an objection as it came in; it holds up this household only."""
    if command.received_on > clock.today():
        raise RuleViolation("收到日期不能晚于今天。", "received_on")
    found = reads.entry(renovation)
    last = db.session.scalar(select(func.max(Objection.seq)).where(Objection.renovation_id == renovation.id))
    objection = Objection(
        renovation_id=renovation.id,
        notice_id=found.notice_id if found else None,
        seq=(last or 0) + 1,
        received_on=command.received_on,
        channel=command.channel,
        objector=command.objector,
        objector_phone=command.objector_phone,
        content=command.content,
        state=ObjectionState.OPEN,
        reply="",
        recorded_at=clock.now(),
        recorded_by=actor.user_id,
        recorded_by_name=actor.name,
    )
    db.session.add(objection)
    note(renovation, Stage.APPLICATION, "收到异议", actor, details={"objection": objection.seq})
    return objection


def dismiss_objection(renovation: Renovation, command: AnswerObjection, actor: Actor) -> None:
    """An objection is not right: outcome and reply. When the period is over meanwhile, the notice ends at once."""
    objection = _waiting_objection(renovation, command.objection)
    _resolve(objection, ObjectionState.DISMISSED, command.reply, actor)
    note(renovation, Stage.APPLICATION, "异议不成立", actor, details={"objection": objection.seq})
    if renovation.status is Status.REVIEWED:
        end_due(renovation.id, clock.today())


def investigate_objection(renovation: Renovation, command: AnswerObjection, actor: Actor) -> None:
    """An objection must be looked into: the household is taken off the notice and goes back to the review."""
    objection = _waiting_objection(renovation, command.objection)
    objection.reply = command.reply
    for one in reads.unresolved(renovation):
        one.state = ObjectionState.INVESTIGATING
    _leave(reads.running_entry(renovation), EntryEnd.WITHDRAWN)
    advance(renovation, Action.INVESTIGATE, actor, "异议需要调查", {"objection": objection.seq})


def uphold_objection(renovation: Renovation, command: UpholdObjection, actor: Actor) -> Rejection:
    """The county finds an objection right: a clause fails now that the fact is corrected, and the file is rejected."""
    _require_county(actor, "异议成立的决定")
    objection = _waiting_objection(renovation, command.objection)
    _resolve(objection, ObjectionState.UPHELD, command.reply, actor)
    _leave(reads.running_entry(renovation), EntryEnd.REJECTED)
    reject_ = Reject(clauses=command.clauses, reason="经调查异议成立", letter=command.letter)
    return _reject(renovation, reject_, actor, Action.UPHOLD_OBJECTION, {"objection": objection.seq})


def uphold_missing(renovation: Renovation) -> list[Missing]:
    """Nobody overrides a verdict: what the objection showed is corrected as a fact first."""
    if queries.verdict(renovation).failed:
        return []
    return [Missing("先在“核验条件”中按调查情况更正事实，使有关条件成为“不符合”", "application.verify")]


def _waiting_objection(renovation: Renovation, objection_id: int) -> Objection:
    found = next((one for one in reads.unresolved(renovation) if one.id == objection_id), None)
    if found is None:
        raise RuleViolation("请从列表中选择还没有处理的异议。", "objection")
    return found


def _resolve(objection: Objection, state: ObjectionState, reply: str, actor: Actor) -> None:
    objection.state, objection.reply = state, reply
    objection.resolved_at, objection.resolved_by = clock.now(), actor.user_id
    objection.resolved_by_name = actor.name
    db.session.flush()


# ---------------------------------------------------------------- the county's decision


def send_back(renovation: Renovation, command: SendBack, actor: Actor) -> None:
    """Back to the township's review; place and claims of an earlier confirmation become free."""
    for objection in reads.unresolved(renovation, ObjectionState.OPEN):
        objection.state = ObjectionState.INVESTIGATING
    funds.release(renovation.id, "退回乡镇重新核查", actor)
    advance(renovation, Action.SEND_BACK, actor, command.reason)


def proof_missing(renovation: Renovation) -> list[Missing]:
    """What the confirmation needs of the file itself: an eligible verdict, the notice's proof, no open objection."""
    verdict = queries.verdict(renovation)
    missing = [
        Missing(f"{clause.id} {clause.title}不符合：{clause.reason}", "application.reject") for clause in verdict.failed
    ]
    for clause in verdict.unknown:
        needs = f"，需要查清：{'、'.join(clause.missing_labels)}" if clause.missing_labels else ""
        missing.append(Missing(f"{clause.id} {clause.title}尚不能判断{needs}", "application.verify"))
    for day in reads.photos_missing(renovation):
        missing.append(Missing(f"补公示{day.label}照片", "application.prove_notice", "photo"))
    if reads.unresolved(renovation):
        missing.append(Missing("先处理异议并答复", "application.dismiss_objection"))
    return missing


def confirm_missing(renovation: Renovation) -> list[Missing]:
    """Everything that a confirmation needs, the place and the benefit claims included (domain S7)."""
    missing = proof_missing(renovation)
    year = clock.today().year
    quota = reads.quota_of(renovation, year)
    if fund_queries.place(renovation.id) is None:
        if quota is None:
            missing.append(Missing(f"尚未下达任务数：请先登记 {year} 年的任务数"))
        elif quota.left < 1:
            missing.append(Missing(f"任务数已用完：{quota.region.name}共 {quota.places} 户"))
    for kind in reads.claimed_elsewhere(renovation, year):
        missing.append(Missing(f"这户的{kind.label}已在另一份档案中享受同类改造补贴，请核对", "application.verify"))
    return missing


def confirm(renovation: Renovation, command: Confirm, actor: Actor) -> Confirmation:
    """Confirm a household: only an eligible verdict; freezes it, takes a quota place and the benefit claims (domain S7).

    Raises RuleViolations (verdict, proof, objections), Conflict (no place allotted or left, a benefit claimed elsewhere).
    """
    require(proof_missing(renovation))
    decision = decide(renovation, DecisionKind.CONFIRMATION, actor)
    programme, year = programme_of(renovation.programme_version_id), clock.today().year
    if fund_queries.place(renovation.id) is None:
        funds.take_place(renovation.id, renovation.county_id, renovation.programme_key, year, renovation.township_id)
    benefit = programme.data.benefit
    funds.claim_benefit(
        renovation.id,
        reads.subjects(renovation),
        benefit.exclusion_group,
        claim_period(benefit.period, year),
        renovation.programme_key,
        renovation.county_id,
    )
    confirmation = Confirmation(
        renovation_id=renovation.id,
        decision_id=decision.id,
        year=year,
        meeting=command.meeting,
        note=command.note,
        at=clock.now(),
        by=actor.user_id,
        by_name=actor.name,
    )
    db.session.add(confirmation)
    details = {"verdict": decision.outcome.value, "version": decision.verdict["version"], "year": year}
    advance(renovation, Action.CONFIRM, actor, command.note, details | {"meeting": command.meeting})
    return confirmation


def reject_missing(renovation: Renovation) -> list[Missing]:
    """A rejection names a clause that fails."""
    if queries.verdict(renovation).failed:
        return []
    return [Missing("没有不符合的条件，不能不予改造；情况与登记不同的，先在“核验条件”中更正", "application.verify")]


def reject(renovation: Renovation, command: Reject, actor: Actor) -> Rejection:
    """Reject a household on clauses that fail, with reason and letter; the township only at its review (domain §3)."""
    if renovation.status is Status.NOTICED:
        _require_county(actor, "公示后的不予改造")
    for objection in reads.unresolved(renovation):
        _resolve(objection, ObjectionState.UPHELD, command.reason, actor)
    return _reject(renovation, command, actor, Action.REJECT, {})


def _reject(
    renovation: Renovation, command: Reject, actor: Actor, action: Action, details: dict[str, Any]
) -> Rejection:
    failed = {clause.id: clause for clause in queries.verdict(renovation).failed}
    wrong = [id_ for id_ in command.clauses if id_ not in failed]
    if wrong:
        raise RuleViolation(f"{'、'.join(wrong)} 没有不符合，请只选审查为不符合的条件。", "clauses")
    grounds = [
        {"id": id_, "source": failed[id_].source, "title": failed[id_].title, "reason": failed[id_].reason}
        for id_ in dict.fromkeys(command.clauses)
    ]
    rejection = record_rejection(renovation, grounds, command.reason, command.letter, actor)
    funds.release(renovation.id, "不予改造", actor)
    advance(renovation, action, actor, command.reason, details | {"clauses": [one["id"] for one in grounds]})
    return rejection


def record_rejection(
    renovation: Renovation, clauses: Sequence[dict[str, Any]], reason: str, letter: str, actor: Actor
) -> Rejection:
    """Write the rejection in force, with grounds and letter; the caller changes the status."""
    rejection = Rejection(
        renovation_id=renovation.id,
        from_status=renovation.status,
        clauses=list(clauses),
        reason=reason,
        letter=letter,
        at=clock.now(),
        by=actor.user_id,
        by_name=actor.name,
    )
    db.session.add(rejection)
    db.session.flush()
    return rejection


# ---------------------------------------------------------------- recheck


def request_recheck(renovation: Renovation, command: RequestRecheck, actor: Actor) -> Recheck:
    """Write down that the household asks for a recheck (复核), with its grounds and paper."""
    if command.requested_on > clock.today():
        raise RuleViolation("申请复核日期不能晚于今天。", "requested_on")
    if reads.pending_recheck(renovation) is not None:
        raise Conflict("这户已经申请复核，正在等待答复。")
    rejection = reads.rejection(renovation)
    recheck = Recheck(
        renovation_id=renovation.id,
        rejection_id=rejection.id if rejection else None,
        requested_on=command.requested_on,
        grounds=command.grounds,
        state=RecheckState.REQUESTED,
        reply="",
        recorded_at=clock.now(),
        recorded_by=actor.user_id,
        recorded_by_name=actor.name,
    )
    db.session.add(recheck)
    db.session.flush()
    if command.paper is not None:
        attach(renovation, Stage.APPLICATION, Kind.LETTER, command.paper, actor, f"recheck:{recheck.id}", field="paper")
    note(renovation, Stage.APPLICATION, "申请复核", actor, command.grounds)
    return recheck


def grant_recheck(renovation: Renovation, command: DecideRecheck, actor: Actor) -> None:
    """Grant a recheck: the file is open again. By the county, and by somebody else than who rejected (domain §3)."""
    recheck = _decide_recheck(renovation, RecheckState.GRANTED, command, actor)
    rejection = reads.rejection(renovation)
    if rejection is not None:
        rejection.ended_at = clock.now()
    renovation.ending, renovation.ending_reason, renovation.ending_on = None, "", None
    advance(renovation, Action.GRANT_RECHECK, actor, command.reply, {"recheck": recheck.id})


def refuse_recheck(renovation: Renovation, command: DecideRecheck, actor: Actor) -> None:
    """Keep the rejection, with the reply to the household; by the county, and by somebody else than who rejected."""
    recheck = _decide_recheck(renovation, RecheckState.REFUSED, command, actor)
    note(renovation, Stage.APPLICATION, "复核维持原决定", actor, command.reply, {"recheck": recheck.id})


def _decide_recheck(renovation: Renovation, state: RecheckState, command: DecideRecheck, actor: Actor) -> Recheck:
    _require_county(actor, "复核")
    recheck = reads.pending_recheck(renovation)
    if recheck is None:
        raise NotFound("这户没有待答复的复核申请，请先登记复核申请。")
    if actor.user_id is not None and actor.user_id in reads.rejected_by(renovation):
        raise NotAllowed("作出不予改造决定的人不能复核，请由其他同事办理。")
    recheck.state, recheck.reply = state, command.reply
    recheck.decided_at, recheck.decided_by = clock.now(), actor.user_id
    recheck.decided_by_name = actor.name
    db.session.flush()
    return recheck


def _require_county(actor: Actor, what: str) -> None:
    if actor.role not in {Role.COUNTY, Role.SYSTEM}:
        raise NotAllowed(f"{what}由县级民政局办理，请转交县级经办人。")
