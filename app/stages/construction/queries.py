"""Reads of the works; each says what it loads."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from ...core import clock
from ...core.db import db
from ...lifecycle import Action, Stage, Status
from ...permissions import FIRM_ROLES, Actor, Permission, Role, may
from ...programme.queries import programme_of
from ...programme.schema import ItemKind
from ...renovation import queries as files
from ...renovation.models import Assignment, Attachment, Event, Kind, Renovation
from ...renovation.operations import Missing
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
    SupervisionReport,
    SupervisionVisit,
)
from .rules import PhotoKind, left_to_do

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


def line_photos(renovation: Renovation) -> dict[tuple[int, Kind], list[Attachment]]:
    """(line identity, kind) → photos in force, oldest first."""
    return photos_by_line(papers(renovation))


def photos_by_line(found: dict[str, list[Attachment]]) -> dict[tuple[int, Kind], list[Attachment]]:
    """Of `papers` those of lines: (line identity, kind) → photos in force, oldest first."""
    photos: dict[tuple[int, Kind], list[Attachment]] = {}
    for subject, attachments in found.items():
        if subject.startswith("line:"):
            for attachment in attachments:
                photos.setdefault((int(subject[5:]), attachment.kind), []).append(attachment)
    return photos


def photos_missing(
    renovation: Renovation, before_only: bool = False, of: Collection[int] | None = None
) -> list[Missing]:
    """The photos and receipts that lines still need; `before_only` asks what the start needs, `of` some lines only.

    A line that nobody did (reported as 0.00, or, on a file that ends early, not reported) needs none. Where the file
    ended between two firms, only how the lines stand that the first one had done can still be photographed.
    """
    photos, given, idle = line_photos(renovation), handovers(renovation), _not_done(renovation)
    wound_up = is_wound_up(renovation)
    missing = []
    for line in lines(renovation):
        if (not before_only and line.root_id in idle) or (of is not None and line.root_id not in of):
            continue
        if line.kind is ItemKind.WORKS:
            missing += [
                Missing(f"{name_of(line)}还缺“{kind.label}”照片，请拍摄上传。", "construction.photos")
                for kind in (_of_left(line) if wound_up else wanted_photos(line, before_only))
                if (line.root_id, Kind(kind.value)) not in photos
            ]
        elif not before_only and line.root_id not in given:
            missing.append(Missing(f"{name_of(line)}还没有交付签收记录，请登记。", "construction.hand_over"))
    return missing


def not_rectified(renovation: Renovation) -> list[Missing]:
    """What shows that the lines of the last order to rectify were put right, and is not there yet.

    Works need a photo of the state after, taken in since the order; goods a new handover. What was photographed
    before the order is what was found wanting.
    """
    order = rectification(renovation)
    if order is None:
        return []
    named, given, retake = _to_rectify(renovation, order), handovers(renovation), to_retake(renovation)
    missing = []
    for line in lines(renovation):
        if line.root_id in retake:
            text = f"{name_of(line)}整改后还没有新拍“改造后”照片，请整改好再拍。"
            missing.append(Missing(text, "construction.photos"))
        elif line.root_id in named and line.kind is ItemKind.GOODS and given[line.root_id].recorded_at < order.at:
            text = f"{name_of(line)}整改后还没有重新登记交付，请登记。"
            missing.append(Missing(text, "construction.hand_over"))
    return missing


def to_retake(renovation: Renovation) -> set[int]:
    """The works lines that are to be rectified and have no photo of the state after from the time since the order."""
    order = rectification(renovation)
    if order is None:
        return set()
    photos, named = line_photos(renovation), _to_rectify(renovation, order)
    return {
        line.root_id
        for line in lines(renovation)
        if line.root_id in named
        and line.kind is ItemKind.WORKS
        and all(photo.added_at < order.at for photo in photos.get((line.root_id, Kind.AFTER), []))
    }


def _to_rectify(renovation: Renovation, order: Event) -> set[int]:
    """The lines that an order names, without those that are given up since."""
    return set(order.details.get(RECTIFY, [])) - _not_done(renovation)


def name_of(line: PlanLine) -> str:
    """A line as people tell it apart: number, item, space."""
    return f"{line.item_no} {line.item_name}（{line.space_name or line.space}）"


def wanted_photos(line: PlanLine, before_only: bool = False) -> list[PhotoKind]:
    """The kinds of photo that the programme asks of a works line, in the order of the work."""
    kinds = [PhotoKind.BEFORE] if before_only else list(PhotoKind)
    return [kind for kind in kinds if kind.value in line.photos]


def _not_done(renovation: Renovation) -> set[int]:
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
    """The firms that assessed this home, where the programme keeps assessing and building apart (variants §4.6)."""
    apart = programme_of(renovation.programme_version_id).data.assessment.independent_of_builder
    return firms_ever(renovation, Role.ASSESSOR) if apart else set()


def firms_ever(renovation: Renovation, role: Role) -> set[int]:
    """The ids of the firms that have or had a part in the file."""
    return set(
        db.session.scalars(
            select(Assignment.organisation_id).where(Assignment.renovation_id == renovation.id, Assignment.role == role)
        )
    )


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


def left_unphotographed(renovation: Renovation) -> list[PlanLine]:
    """The works lines that firms which left had done and of which there is no photo of the state after."""
    photos, done = line_photos(renovation), done_before(renovation)
    return [
        line
        for line in lines(renovation)
        if line.kind is ItemKind.WORKS and line.root_id in done and _of_left(line)
        if (line.root_id, Kind.AFTER) not in photos
    ]


def _of_left(line: PlanLine) -> list[PhotoKind]:
    """What can still be photographed of a line whose firm has left."""
    return [kind for kind in wanted_photos(line) if kind is PhotoKind.AFTER]


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


def tab(renovation: Renovation, actor: Actor) -> dict[str, Any] | None:
    """What the file's construction tab shows: firms, contract, lines with their photos, log, supervision.

    A firm sees where the work stands, no other firm's prices and nobody's telephone number.
    """
    assigned = files.assignments(renovation)
    parts = [one for one in assigned if one.role in {Role.CONTRACTOR, Role.SUPERVISOR}]
    if not parts:
        return None
    found, signed, shows_money = papers(renovation), contract_of(renovation, actor), may(actor, Permission.MONEY_READ)
    return {
        "assignments": parts,
        "contract": signed,
        "lines": lines(renovation),
        "prices": {line.root_id: line.unit_price_fen for line in signed.lines} if signed and shows_money else {},
        "reported": reported(renovation),
        "done_before": done_before(renovation),
        "papers": found,
        "photos": photos_by_line(found),
        "handovers": handovers(renovation),
        "relocation": relocation(renovation),
        "shows_relocation": actor.role not in FIRM_ROLES,
        "schedule": schedule(renovation),
        "log": log(renovation),
        "visits": visits(renovation),
        "report": supervision_report(renovation),
        "replacements": [
            one
            for one in replacements(renovation)
            if actor.role is not Role.CONTRACTOR or one.organisation_id == actor.organisation_id
        ],
        "rectification": rectification(renovation),
        "shows_money": shows_money,
        "photo_kinds": list(PhotoKind),
        "wanted": wanted_photos,
        "today": clock.today(),
    }
