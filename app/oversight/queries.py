"""What an auditor may read of the audit, and what of it does not hold.

Whose entries: those of the files, notices and funds of the auditor's region, of the accounts there and of the firms
that worked there. Settings, programmes, firms and the days' seals apply to everybody and hold no household's data, so
every auditor reads them. A chain of a kind that is not named here is shown to nobody.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, exists, false, func, literal, or_, select

from ..audit import queries as audit
from ..audit.models import AuditEntry, AuditSeal
from ..audit.verify import Break, Fault, breaks_in, is_seal_sound
from ..core.db import db
from ..identity.models import User
from ..permissions import Actor, Permission, may
from ..places.models import Region
from ..renovation import progress, sealing
from ..renovation import queries as files
from ..renovation.models import Assignment, Renovation
from ..renovation.queries import visible_to
from ..renovation.sealing import Seal
from ..stages.application.notice_models import Notice

FILE = "renovation:"
FOR_ALL = ("settings", "seals", "demo")
KINDS_FOR_ALL = ("programme:", "organisation:")
PAGE = 50


def readable(actor: Actor) -> ColumnElement[bool]:
    """The condition on AuditEntry that keeps the audit within the auditor's region."""
    region = db.session.get(Region, actor.region_id) if actor.region_id else None
    if region is None or not may(actor, Permission.AUDIT_READ):
        return false()
    seen, below = visible_to(actor), Region.path.startswith(region.path, autoescape=True)
    regions = select(Region.id).where(below)
    firms = select(Assignment.organisation_id).join(Renovation, Renovation.id == Assignment.renovation_id).where(seen)
    users = select(_chain("user:", User.id)).where(or_(User.region_id.in_(regions), User.organisation_id.in_(firms)))
    notices = select(_chain("notice:", Notice.id)).where(Notice.township_id.in_(regions))
    funds = select(_chain("funds:", Region.code)).where(below)
    return or_(
        AuditEntry.chain.in_(FOR_ALL),
        *(AuditEntry.chain.startswith(kind) for kind in KINDS_FOR_ALL),
        # each entry's file by its number's index: a region may have far more files than a page has entries
        and_(AuditEntry.chain.startswith(FILE), exists().where(Renovation.number == _file_number(), seen)),
        *(AuditEntry.chain.in_(chains) for chains in (users, notices, funds)),
    )


def _chain(kind: str, key: Any) -> ColumnElement[str]:
    return literal(kind) + cast(key, String)


def _file_number() -> ColumnElement[str]:
    return func.substr(AuditEntry.chain, len(FILE) + 1, type_=String())


def entries(actor: Actor, wanted: audit.Filter, before: int | None = None) -> audit.Page:
    """A page of the audit within the auditor's region, newest first."""
    return audit.entries(wanted, before, PAGE, readable(actor))


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of a file's chain, or a number that is missing in it, and what is wrong there."""

    seq: int
    entry: AuditEntry | None
    faults: tuple[Fault, ...]


def chain_of(renovation: Renovation) -> tuple[list[Link], list[Break]]:
    """The file's whole chain, oldest first, each entry verified; and every place at which it does not hold."""
    chain = FILE + renovation.number
    found, broken = audit.of_chain(chain), breaks_in(chain)
    faults: dict[int, list[Fault]] = {}
    for one in broken:
        faults.setdefault(one.seq or 0, []).append(one.fault)
    links = {entry.seq: Link(entry.seq, entry, tuple(faults.get(entry.seq, ()))) for entry in found}
    for seq, what in faults.items():
        links.setdefault(seq, Link(seq, None, tuple(what)))
    return [links[seq] for seq in sorted(links)], broken


def reasons_changed(renovation: Renovation, links: list[Link]) -> list[int]:
    """Rows of the file's timeline (their numbers) that are missing, or whose reason is not the one that was chained.

    The timeline keeps the words, the chain their hash; every row wrote one entry, in the same order.
    """
    chained = [
        link.entry.details["reason_hash"] for link in links if link.entry and "reason_hash" in link.entry.details
    ]
    told = {event.seq: progress.reason_hash(event.reason) for event in files.events(renovation)}
    most = max(len(chained), *told, 0)
    return [seq for seq in range(1, most + 1) if told.get(seq) != dict(enumerate(chained, 1)).get(seq)]


@dataclass(frozen=True, slots=True)
class DaySeal:
    """A day's seal, and whether it fits itself and the seal before it."""

    seal: AuditSeal
    is_sound: bool


def day_seals(before: date | None = None) -> tuple[list[DaySeal], date | None]:
    """A page of the days' seals, newest first, and the day before which the next page begins (None at the end)."""
    found = audit.seals(before, PAGE + 1)
    shown = [
        DaySeal(seal, is_seal_sound(seal, found[place + 1] if place + 1 < len(found) else None))
        for place, seal in enumerate(found[:PAGE])
    ]
    return shown, found[PAGE - 1].day if len(found) > PAGE else None


@dataclass(frozen=True, slots=True)
class FileSeal:
    """A seal of a file, what its manifest lists by table, and, when it was held against the file, what differs."""

    seal: Seal
    tables: dict[str, int]
    differences: list[str] | None


def file_seals(renovation: Renovation, held: int | None = None) -> list[FileSeal]:
    """The seals of a file, oldest first; the one with the id `held` is compared with the file as it is now."""
    return [
        FileSeal(
            seal,
            {table: len(rows) for table, rows in sorted(seal.manifest["rows"].items())},
            sealing.changes(seal, renovation) if seal.id == held else None,
        )
        for seal in sealing.seals(renovation)
    ]
