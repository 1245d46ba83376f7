"""Use cases of the first review and the public notice: return, forward, photos, the end of the period. Never commits."""

from datetime import date
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from ...audit import service as audit
from ...core import clock, workdays
from ...core.db import db
from ...core.errors import Conflict, RuleViolation, RuleViolations
from ...evidence.queries import usable_by
from ...lifecycle import Action, Stage, Status
from ...permissions import SYSTEM, Actor
from ...places import queries as places
from ...programme.policy import Programme
from ...programme.process_schema import NoticeRound, PaperStep
from ...programme.queries import programme_of
from ...renovation import own_papers
from ...renovation.models import Attachment, Renovation
from ...renovation.operations import Missing, require
from ...renovation.progress import advance, note
from . import notice_queries as reads
from . import queries
from .codes import DecisionKind
from .findings import decide
from .notice_models import (
    CorrectionSlip,
    Notice,
    NoticeEntry,
    NoticePhoto,
)
from .notice_rules import (
    EndNotice,
    EntryEnd,
    Forward,
    ProveNotice,
    Return,
    is_over,
    last_day,
    photo_problems,
    posted_at,
    public_id,
    public_name,
    slip_text,
    start_problem,
)

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
        Missing(f"{clause.id} {clause.title}：{clause.reason.rstrip('。')}", "application.verify")
        for clause in queries.verdict(renovation).failed
    ]
    if reads.unresolved(renovation):
        missing.append(Missing("登记异议的调查结果和答复", "application.dismiss_objection"))
    return [*missing, *own_papers.missing(renovation, PaperStep.REVIEW)]


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
        raise RuleViolation(f"请选择张贴地点，例如{programme.notice_round(1).places[0]}。", "places")


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
    terms = programme.notice_round(round_)
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
        phone=reads.phone(programme, renovation),
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
        leave(found, EntryEnd.PASSED)
        if found.notice.round < programme.notice.rounds:
            _next_round(renovation, programme, found.notice, actor)
            return
    advance(renovation, Action.END_NOTICE, actor, details={"notice": found.notice_id} if found else None)


def _next_round(renovation: Renovation, programme: Programme, before: Notice, actor: Actor) -> None:
    terms = programme.notice_round(before.round + 1)
    places_ = list(terms.places) if isinstance(terms, NoticeRound) else [str(place) for place in before.places]
    posting = Forward(starts_on=clock.today(), places=places_, poster=before.poster)
    posted = _join(renovation, programme, posting, before.round + 1)
    renovation.due_on = posted.ends_on
    name = f"（{terms.name}）" if isinstance(terms, NoticeRound) else ""
    note(renovation, Stage.APPLICATION, f"第 {posted.round} 轮公示开始{name}", actor, details=_period(posted))


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


def leave(found: NoticeEntry | None, end: EntryEnd) -> None:
    """Take a household off the notice on which it stands, if it stands on one."""
    if found is not None and found.ended_at is None:
        found.ended_at, found.ended_as = clock.now(), end
        db.session.flush()
