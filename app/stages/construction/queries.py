"""Reads of the works; each says what it loads."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from ...core.db import db
from ...lifecycle import Stage
from ...permissions import Actor, Permission, Role, may
from ...programme.schema import ItemKind
from ...renovation import queries as files
from ...renovation.models import Attachment, Kind, Renovation
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
from .rules import PhotoKind


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


def line_photos(renovation: Renovation) -> dict[tuple[int, Kind], list[Attachment]]:
    """(line identity, kind) → photos in force, oldest first."""
    found: dict[tuple[int, Kind], list[Attachment]] = {}
    for attachment in files.attachments(renovation, Stage.CONSTRUCTION):
        if attachment.subject.startswith("line:"):
            found.setdefault((int(attachment.subject[5:]), attachment.kind), []).append(attachment)
    return found


def photos_missing(renovation: Renovation, before_only: bool = False) -> list[Missing]:
    """The photos and receipts that lines still need; `before_only` asks what the start needs.

    A line that the firm reported as not done (0.00), or, on a file that ends early, did not report, needs none.
    """
    present, quantities, given = line_photos(renovation), reported(renovation), handovers(renovation)
    missing = []
    for line in lines(renovation):
        name = f"{line.item_no} {line.item_name}（{line.space_name or line.space}）"
        if line.kind is ItemKind.WORKS:
            wanted = [kind for kind in PhotoKind if kind.value in line.photos]
            if before_only:
                wanted = [kind for kind in wanted if kind is PhotoKind.BEFORE]
            elif not _is_done(renovation, quantities, line.root_id):
                continue
            missing += [
                Missing(f"{name}还缺“{kind.label}”照片，请拍摄上传。", "construction.photos")
                for kind in wanted
                if (line.root_id, Kind(kind.value)) not in present
            ]
        elif not before_only and _is_done(renovation, quantities, line.root_id) and line.root_id not in given:
            missing.append(Missing(f"{name}还没有交付签收记录，请登记。", "construction.hand_over"))
    return missing


def _is_done(renovation: Renovation, quantities: dict[int, Decimal], root_id: int) -> bool:
    if root_id in quantities:
        return quantities[root_id] > 0
    return renovation.ending is None


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
        select(LogEntry).where(LogEntry.renovation_id == renovation.id).order_by(LogEntry.day.desc(), LogEntry.id.desc())
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


def tab(renovation: Renovation, actor: Actor) -> dict[str, Any] | None:
    """What the file's construction tab shows: firms, contract, lines with their photos, log, supervision."""
    assigned = files.assignments(renovation)
    parts = [one for one in assigned if one.role in {Role.CONTRACTOR, Role.SUPERVISOR}]
    if not parts:
        return None
    return {
        "assignments": parts,
        "contract": contract(renovation),
        "lines": lines(renovation),
        "prices": contract_price(renovation) if may(actor, Permission.MONEY_READ) else {},
        "reported": reported(renovation),
        "photos": line_photos(renovation),
        "handovers": handovers(renovation),
        "relocation": relocation(renovation) if actor.role is not Role.CONTRACTOR else None,
        "schedule": schedule(renovation),
        "log": log(renovation),
        "visits": visits(renovation),
        "report": supervision_report(renovation),
        "replacements": replacements(renovation),
        "shows_money": may(actor, Permission.MONEY_READ),
        "photo_kinds": list(PhotoKind),
    }
