"""What a bulk action would do, before anything is written: who goes, who is held back and why, what it takes and costs.

Loading, scope, statuses and quotas cost a constant number of statements. A checklist needs several for each file, so
only the first `CHECKED` files are gone through; of the others the page says that the job checks them one by one.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ..core.commands import Command
from ..core.db import db
from ..core.errors import DomainError
from ..identity.shown import shown_name
from ..permissions import Actor
from ..renovation.models import Renovation
from ..renovation.progress import status_of
from ..renovation.queries import visible_to
from .bulk_kinds import Bulk, Pool, Sums
from .bulk_table import shows_sums

CHECKED = 200
"""So many files are gone through one by one before the job: about a second."""
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Row:
    """One file of the preview. `reasons` hold it back; `is_checked` is False when only status and quota were looked at."""

    number: str
    name: str
    township: str
    reasons: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    is_checked: bool = True
    sums: Sums | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a bulk action would do. `missing` numbers are not there for this person."""

    bulk: Bulk
    renovations: Sequence[Renovation]
    rows: Sequence[Row]
    pools: Sequence[Pool]
    missing: Sequence[str] = field(default=())

    @property
    def going(self) -> list[Row]:
        """The files that were checked and can be done."""
        return [row for row in self.rows if not row.reasons and row.is_checked]

    @property
    def unchecked(self) -> list[Row]:
        """The files that the job will check."""
        return [row for row in self.rows if not row.reasons and not row.is_checked]

    @property
    def held(self) -> list[Row]:
        """The files that cannot be done now."""
        return [row for row in self.rows if row.reasons]

    @property
    def held_by_reason(self) -> list[tuple[str, int]]:
        """(reason, files that it holds back), the commonest first."""
        return Counter(reason for row in self.rows for reason in row.reasons).most_common()

    @property
    def sums(self) -> Sums | None:
        """Subsidy and own share of all that go, in fen; None where amounts are not this person's or not known."""
        known = [row.sums for row in self.going if row.sums is not None]
        return (sum(one[0] for one in known), sum(one[1] for one in known)) if known else None


def preview(bulk: Bulk, numbers: Sequence[str], actor: Actor, command: Command | None = None) -> Preview:
    """Look at every file in the order of the numbers; `command` is what was typed so far. Writes nothing."""
    found = load(numbers, actor)
    renovations = bulk.order([found[number] for number in dict.fromkeys(numbers) if number in found])
    pools = bulk.pools(renovations, command)
    checked, rows = 0, []
    for renovation in renovations:
        reasons = _closed(bulk, renovation)
        is_closed = bool(reasons)
        is_checked = is_closed or checked < CHECKED
        if not reasons and is_checked:
            checked += 1
            reasons = _reasons(bulk, renovation, actor, command)
        if not reasons:
            reasons = _taken(pools.get(renovation.id, ()))
        sums = _sums(bulk, renovation) if is_checked and not reasons and shows_sums(actor) else None
        name = shown_name(actor, renovation.applicant_name)
        remarks = tuple(bulk.remarks(renovation)) if is_checked and not is_closed else ()
        rows.append(Row(renovation.number, name, renovation.township.name, tuple(reasons), remarks, is_checked, sums))
    shown = list({id(pool): pool for some in pools.values() for pool in some}.values())
    return Preview(bulk, renovations, rows, shown, [number for number in dict.fromkeys(numbers) if number not in found])


def load(numbers: Sequence[str], actor: Actor) -> dict[str, Renovation]:
    """Number → file with its regions, within the actor's scope; a statement for every few hundred."""
    found: dict[str, Renovation] = {}
    for start in range(0, len(numbers), CHUNK):
        some = numbers[start : start + CHUNK]
        rows = db.session.scalars(
            select(Renovation)
            .where(Renovation.number.in_(some), visible_to(actor))
            .options(
                joinedload(Renovation.county),
                joinedload(Renovation.township),
                joinedload(Renovation.village),
                joinedload(Renovation.programme_version),  # each checklist asks for it several times
            )
        )
        found |= {renovation.number: renovation for renovation in rows}
    return found


def _closed(bulk: Bulk, renovation: Renovation) -> list[str]:
    """Why the file's status does not let it be done; asks the database nothing."""
    operation = bulk.operation
    if operation.open_in and renovation.status not in operation.open_in:
        now = status_of(renovation)
        return [f"现在是“{now}”，不能办理“{operation.title}”"]
    if operation.waits(renovation):
        return [f"已暂停（{renovation.suspended_reason}），请先恢复办理"]
    return []


def _reasons(bulk: Bulk, renovation: Renovation, actor: Actor, command: Command | None) -> list[str]:
    """Everything that the operation would refuse: its checklist, not needed on this file, maker and checker."""
    operation = bulk.operation
    try:
        texts = [missing.text for missing in operation.missing(renovation)]
        if not texts and not operation.available(renovation):
            return [f"这一户现在不需要办理“{operation.title}”"]
        texts += bulk.reasons(renovation, actor, command)
    except DomainError as error:
        return [error.message]
    return list(dict.fromkeys(texts))


def _taken(pools: Sequence[Pool]) -> list[str]:
    """Take one of each pool, or say which one is used up; a file that is held back takes nothing."""
    short = [pool.refusal for pool in pools if pool.is_empty]
    if not short:
        for pool in pools:
            pool.wanted += 1
    return short


def _sums(bulk: Bulk, renovation: Renovation) -> Sums | None:
    try:
        return bulk.sums(renovation)
    except DomainError:
        return None
