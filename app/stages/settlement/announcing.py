"""The public notice of paid subsidies: masked names and sums by township, where the programme wants one. Never commits."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from ...core import clock, workdays
from ...core.db import db
from ...core.errors import Conflict, RuleViolation
from ...lifecycle import Stage, Status
from ...permissions import Actor
from ...places import queries as places
from ...programme.models import ProgrammeVersion, has_mark
from ...programme.process import PAYMENT_NOTICE
from ...programme.process_schema import PaymentNotice as Terms
from ...programme.queries import programme_of
from ...renovation.models import Renovation
from ...renovation.progress import note
from ..application import notice_queries as notices
from ..application import queries as application
from ..application.notice_rules import is_over, last_day, posted_at, public_id, public_name, start_problem
from . import queries
from .models import Payment, PaymentNotice, PaymentNoticeEntry
from .rules import Announce, NotePaymentObjection, PaymentState

STAGE = Stage.SETTLEMENT
AFTER_PAYMENT = frozenset({Status.PAID, Status.CLOSED, Status.TERMINATED})


def terms_of(renovation: Renovation) -> Terms | None:
    """What the file's programme says of the notice of paid subsidies; None where it wants none."""
    return programme_of(renovation.programme_version_id).data.payment_notice


def entry(renovation: Renovation) -> PaymentNoticeEntry | None:
    """The file's place on a notice of paid subsidies, with the notice."""
    return db.session.scalar(
        select(PaymentNoticeEntry)
        .where(PaymentNoticeEntry.renovation_id == renovation.id, PaymentNoticeEntry.ended_at.is_(None))
        .options(joinedload(PaymentNoticeEntry.notice).joinedload(PaymentNotice.township))
    )


def entries(notice: PaymentNotice) -> Sequence[PaymentNoticeEntry]:
    """Who stands on a notice, in its order; not whose money came back from the bank."""
    return db.session.scalars(
        select(PaymentNoticeEntry)
        .where(PaymentNoticeEntry.notice_id == notice.id, PaymentNoticeEntry.ended_at.is_(None))
        .order_by(PaymentNoticeEntry.seq)
    ).all()


def may_announce(renovation: Renovation) -> bool:
    """True when the programme wants the notice, the subsidy is paid, and the household stands on none yet."""
    return terms_of(renovation) is not None and queries.paid_fen(renovation) > 0 and entry(renovation) is None


def to_announce() -> ColumnElement[bool]:
    """The condition of `may_announce`, for desks."""
    paid = exists().where(Payment.renovation_id == Renovation.id, Payment.state == PaymentState.PAID)
    told = exists().where(PaymentNoticeEntry.renovation_id == Renovation.id, PaymentNoticeEntry.ended_at.is_(None))
    wanted = Renovation.programme_version_id.in_(select(ProgrammeVersion.id).where(has_mark(PAYMENT_NOTICE)))
    return wanted & paid & ~told


def last_day_of(renovation: Renovation, starts_on: date) -> date:
    """The last day of a notice that starts on a day; raises Conflict where the programme wants no notice."""
    terms = terms_of(renovation)
    if terms is None:
        raise Conflict("这个政策不公示补贴资金，不用办理。")
    return last_day(starts_on, terms.days, terms.day_kind, workdays.calendar())


def announce(renovation: Renovation, command: Announce, actor: Actor) -> PaymentNotice:
    """Put the household with its subsidy on the township's notice of that start day (variants §0, 8).

    Raises RuleViolation for a day in the past or no place, Conflict where the programme wants no notice.
    """
    problem = start_problem(command.starts_on, clock.today())
    if problem is not None:
        raise problem
    posted = posted_at(command.places, command.other_place)
    if not posted:
        raise RuleViolation("请选择张贴地点。", "places")
    notice = _open(renovation, command.starts_on) or _make(renovation, command)
    notice.places = posted_at([*notice.places, *posted], "")
    last = db.session.scalar(select(func.max(PaymentNoticeEntry.seq)).where(PaymentNoticeEntry.notice_id == notice.id))
    sheet = queries.current(renovation)
    db.session.add(
        PaymentNoticeEntry(
            notice_id=notice.id,
            seq=(last or 0) + 1,
            renovation_id=renovation.id,
            village=places.region(renovation.village_id or renovation.township_id).name,
            people=[
                {"name": public_name(one.name), "id_number": public_id(one.id_number)}
                for one in application.beneficiaries(renovation)
            ],
            amount_fen=sheet.subsidy_fen if sheet is not None else queries.paid_fen(renovation),
            added_at=clock.now(),
        )
    )
    details = {"notice": notice.id, "from": notice.starts_on.isoformat(), "to": notice.ends_on.isoformat()}
    note(renovation, STAGE, "公示补贴资金", actor, command.note, details)
    return notice


def _open(renovation: Renovation, starts_on: date) -> PaymentNotice | None:
    """The notice to join, locked, so that the households of one day get their places on it one after the other."""
    return db.session.scalar(
        select(PaymentNotice)
        .where(
            PaymentNotice.township_id == renovation.township_id,
            PaymentNotice.programme_key == renovation.programme_key,
            PaymentNotice.starts_on == starts_on,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _make(renovation: Renovation, command: Announce) -> PaymentNotice:
    programme = programme_of(renovation.programme_version_id)
    made = PaymentNotice(
        township_id=renovation.township_id,
        programme_key=programme.key,
        programme_name=programme.name,
        starts_on=command.starts_on,
        ends_on=last_day_of(renovation, command.starts_on),
        places=[],
        poster=command.poster,
        phone=notices.phone(programme, renovation),
        created_at=clock.now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError:  # somebody made the same notice a moment ago: join that one
        found = _open(renovation, command.starts_on)
        if found is None:
            raise
        return found
    return made


def take_down(renovation: Renovation) -> None:
    """The money came back from the bank: what was told to the public is not so, and is told anew when it is paid."""
    told = entry(renovation)
    if told is not None:
        told.ended_at = clock.now()
        db.session.flush()


def is_told(renovation: Renovation) -> bool:
    """True while an objection can be noted: the household stands on a notice."""
    return entry(renovation) is not None


def note_objection(renovation: Renovation, command: NotePaymentObjection, actor: Actor) -> None:
    """Note what somebody objects to a paid subsidy, and the answer; raises RuleViolation for a day outside the notice."""
    told = entry(renovation)
    if told is None:
        raise Conflict("这一户现在不在补贴资金公示里，请先公示。")
    if command.received_on > clock.today() or command.received_on < told.notice.starts_on:
        raise RuleViolation(f"收到日期应在公示起始日（{told.notice.starts_on}）到今天之间。", "received_on")
    late = "（公示期满后收到）" if is_over(told.notice.ends_on, command.received_on) else ""
    said = f"{command.received_on} 收到{late}：{command.content}。答复：{command.reply}"
    note(renovation, STAGE, "补贴资金公示异议", actor, said, {"notice": told.notice_id})
