"""Reads of the works; each says what it loads."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from ...core.db import db
from ...lifecycle import Action, Stage, Status
from ...permissions import Actor, Role
from ...programme.queries import programme_of
from ...renovation import queries as files
from ...renovation.models import Assignment, Attachment, Event, Renovation
from ..plan import queries as plans
from ..plan.models import PlanLine
from .models import (
    Contract,
    FirmReplacement,
    Handover,
    LineReport,
    LogEntry,
    Relocation,
    Schedule,
    SigningPayment,
    SupervisionReport,
    SupervisionVisit,
)
from .rules import left_to_do

RECTIFY = "rectify"
"""Under this name an order to rectify keeps the identities of the lines that it names."""


def contract(renovation: Renovation) -> Contract | None:
    """The contract in force, with its prices."""
    return db.session.scalar(
        select(Contract)
        .where(Contract.renovation_id == renovation.id, Contract.ended_at.is_(None))
        .options(selectinload(Contract.lines))
    )


def lines(renovation: Renovation) -> Sequence[PlanLine]:
    """The lines of the plan that the household signed last; none before it signed."""
    plan = plans.signed(renovation)
    return [] if plan is None else plan.lines


def all_lines(renovation: Renovation) -> list[PlanLine]:
    """Every line that was ever signed, as it last was: what a change took out stands in earlier rounds and reports."""
    known: dict[int, PlanLine] = {}
    for plan in reversed(plans.versions(renovation)):
        if plan.signed_at is not None:
            known |= {line.root_id: line for line in plan.lines}
    return list(known.values())


def contract_price(renovation: Renovation) -> dict[int, int]:
    """Line identity (`root_id`) → the contract's unit price in fen."""
    found = contract(renovation)
    return {} if found is None else {line.root_id: line.unit_price_fen for line in found.lines}


def reported(renovation: Renovation) -> dict[int, Decimal]:
    """Line identity → the quantity that the firm reported last."""
    rows = db.session.scalars(
        select(LineReport).where(LineReport.renovation_id == renovation.id, LineReport.ended_at.is_(None))
    )
    return {row.root_id: row.quantity for row in rows}


def handovers(renovation: Renovation) -> dict[int, Handover]:
    """Line identity → the handover of its goods."""
    rows = db.session.scalars(
        select(Handover).where(Handover.renovation_id == renovation.id, Handover.ended_at.is_(None))
    )
    return {row.root_id: row for row in rows}


def papers(renovation: Renovation) -> dict[str, list[Attachment]]:
    """Subject (`line:12`, `log:3`, `visit:4` …) → the works' papers and photos in force, oldest first."""
    found: dict[str, list[Attachment]] = {}
    for attachment in files.attachments(renovation, Stage.CONSTRUCTION):
        found.setdefault(attachment.subject, []).append(attachment)
    return found


def name_of(line: PlanLine) -> str:
    """A line as people tell it apart: number, item, space."""
    return f"{line.item_no} {line.item_name}（{line.space_name or line.space}）"


def not_done(renovation: Renovation) -> set[int]:
    """The lines of which nothing was done, by this firm or one before it."""
    quantities, before = reported(renovation), done_before(renovation)
    unsaid = Decimal(1) if renovation.ending is None else Decimal(0)
    return {
        line.root_id
        for line in lines(renovation)
        if quantities.get(line.root_id, unsaid) + before.get(line.root_id, Decimal(0)) == 0
    }


def remaining(renovation: Renovation) -> dict[int, Decimal]:
    """Line identity → what the present firm has to do: the plan less what firms before it did; finished lines left out."""
    return left_to_do(lines(renovation), done_before(renovation))


def has_begun(renovation: Renovation) -> bool:
    """True when works started once, under whatever firm."""
    return (
        db.session.scalar(
            select(Event.id).where(Event.renovation_id == renovation.id, Event.action == Action.START).limit(1)
        )
        is not None
    )


def rectification(renovation: Renovation) -> Event | None:
    """The order to put lines right that the firm is working on, None when there is none."""
    if renovation.status is not Status.BUILDING:
        return None
    last = db.session.scalar(
        select(Event)
        .where(
            Event.renovation_id == renovation.id,
            Event.action.in_([Action.START, Action.COMPLETE, Action.ORDER_RECTIFICATION]),
        )
        .order_by(Event.seq.desc())
        .limit(1)
    )
    return last if last is not None and last.action is Action.ORDER_RECTIFICATION else None


def barred_from_building(renovation: Renovation) -> set[int]:
    """The firms that assessed this home, where the programme keeps assessing and building apart (variants §4.6), and
    those that were to review its plan (variants §0.7)."""
    data = programme_of(renovation.programme_version_id).data
    assessed = firms_ever(renovation, Role.ASSESSOR) if data.assessment.independent_of_builder else set()
    return assessed | (firms_ever(renovation, data.plan_review.role) if data.plan_review is not None else set())


def firms_ever(renovation: Renovation, role: Role) -> set[int]:
    """The ids of the firms that have or had a part in the file."""
    return set(
        db.session.scalars(
            select(Assignment.organisation_id).where(Assignment.renovation_id == renovation.id, Assignment.role == role)
        )
    )


def signing_payments(renovation: Renovation) -> Sequence[SigningPayment]:
    """What the household paid firms at the signing and did not get back, oldest first."""
    return db.session.scalars(
        select(SigningPayment)
        .where(
            SigningPayment.renovation_id == renovation.id,
            SigningPayment.ended_at.is_(None),
            SigningPayment.returned_on.is_(None),
        )
        .order_by(SigningPayment.id)
    ).all()


def relocation(renovation: Renovation) -> Relocation | None:
    """The arrangement in force for the time of the works."""
    return db.session.scalar(
        select(Relocation).where(Relocation.renovation_id == renovation.id, Relocation.ended_at.is_(None))
    )


def schedule(renovation: Renovation) -> Schedule | None:
    """The newest appointment."""
    return db.session.scalar(
        select(Schedule).where(Schedule.renovation_id == renovation.id).order_by(Schedule.id.desc()).limit(1)
    )


def log(renovation: Renovation) -> Sequence[LogEntry]:
    """The site log, newest first."""
    return db.session.scalars(
        select(LogEntry)
        .where(LogEntry.renovation_id == renovation.id)
        .order_by(LogEntry.day.desc(), LogEntry.id.desc())
    ).all()


def visits(renovation: Renovation) -> Sequence[SupervisionVisit]:
    """The supervisor's visits, newest first."""
    return db.session.scalars(
        select(SupervisionVisit)
        .where(SupervisionVisit.renovation_id == renovation.id)
        .order_by(SupervisionVisit.id.desc())
    ).all()


def open_problems(renovation: Renovation) -> list[SupervisionVisit]:
    """Problems that the supervisor found and has not seen put right."""
    return [visit for visit in visits(renovation) if visit.deadline is not None and visit.resolved_on is None]


def supervision_report(renovation: Renovation) -> SupervisionReport | None:
    """The report in force."""
    return db.session.scalar(
        select(SupervisionReport).where(
            SupervisionReport.renovation_id == renovation.id, SupervisionReport.ended_at.is_(None)
        )
    )


def replacements(renovation: Renovation) -> Sequence[FirmReplacement]:
    """The firms that left, oldest first, with what they had done."""
    return db.session.scalars(
        select(FirmReplacement)
        .where(FirmReplacement.renovation_id == renovation.id)
        .order_by(FirmReplacement.id)
        .options(selectinload(FirmReplacement.parts))
    ).all()


def done_before(renovation: Renovation) -> dict[int, Decimal]:
    """Line identity → the quantity that firms which left had done."""
    done: dict[int, Decimal] = {}
    for replacement in replacements(renovation):
        for part in replacement.parts:
            done[part.root_id] = done.get(part.root_id, Decimal(0)) + part.quantity
    return done


def is_wound_up(renovation: Renovation) -> bool:
    """True when the file ended between two firms, so that nobody builds any more."""
    return renovation.ending is not None and bool(replacements(renovation)) and contract(renovation) is None


def settled_contract(renovation: Renovation) -> Contract | None:
    """The contract by which the works are settled: the one in force; after a winding up that of who built last."""
    found = contract(renovation)
    left = replacements(renovation)
    if found is not None or renovation.ending is None or not left:
        return found
    return db.session.scalar(
        select(Contract).where(Contract.id == left[-1].contract_id).options(selectinload(Contract.lines))
    )


def contract_of(renovation: Renovation, actor: Actor) -> Contract | None:
    """The contract that this person may read: the one in force; a building firm only its own, in force or ended."""
    if actor.role is not Role.CONTRACTOR:
        return contract(renovation)
    return db.session.scalar(
        select(Contract)
        .where(Contract.renovation_id == renovation.id, Contract.organisation_id == actor.organisation_id)
        .order_by(Contract.id.desc())
        .limit(1)
        .options(selectinload(Contract.lines))
    )
