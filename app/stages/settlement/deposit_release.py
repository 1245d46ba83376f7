"""When a tender's performance deposit goes back: after its last home was accepted, or its last warranty ended. Read-only."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, case, func, select

from ...core import clock
from ...core.db import db
from ...funds.deposit_rules import release_on
from ...lifecycle import ENDINGS
from ...permissions import Role
from ...places.models import ProcurementRecord
from ...programme.money_schema import Deposit as Terms
from ...programme.money_schema import DepositRelease
from ...renovation.models import Assignment, Renovation
from ..acceptance.models import Acceptance
from ..acceptance.rules import AcceptanceState, last_day
from ..construction.models import Contract


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the homes of a tender are, as far as its deposit goes: how many, how many are still to be accepted."""

    homes: int = 0
    still_open: int = 0
    last_accepted: date | None = None
    last_warranty: date | None = None
    """The day on which the last warranty of the accepted homes ends."""


@dataclass(frozen=True, slots=True)
class Release:
    """From which day a deposit may go back (None: not known yet), the first day that it could be, and what it waits for."""

    on: date | None
    not_before: date
    waits_for: str = ""

    def is_due(self, today: date) -> bool:
        """True from the day on."""
        return self.on is not None and self.on <= today

    def refusal(self, today: date) -> str:
        """Why nothing is due yet; "" when it is."""
        if self.is_due(today):
            return ""
        return f"{self.on} 起才能退还。" if self.on is not None else f"还不能退还：{self.waits_for}。"


def release(record: ProcurementRecord, terms: Terms, progress: Progress, today: date) -> Release:
    """When the deposit of a tender goes back by the terms of a programme, its homes being so far.

    A tender is over when it was ended, its term has passed, or all its households are taken; until then another home
    may come. Homes that ended without works are waited for no longer.
    """
    closed = _closed_on(record, progress)
    is_warranty = terms.release is DepositRelease.WARRANTY_END
    event = (progress.last_warranty if is_warranty else progress.last_accepted) or closed
    earliest = max(release_on(terms, event), closed)
    if progress.still_open:
        return Release(None, max(earliest, today), f"还有 {progress.still_open} 户没有验收")
    if closed > today:
        return Release(None, max(earliest, today), f"标段到 {record.valid_to} 为止还可以派工")
    return Release(earliest, earliest)


def _closed_on(record: ProcurementRecord, progress: Progress) -> date:
    """From which day no further home can come."""
    ends = [record.valid_to + timedelta(days=1)]
    if record.ended_at is not None:
        ends.append(clock.civil(record.ended_at))
    if record.max_households is not None and progress.homes >= record.max_households:
        ends.append(progress.last_accepted or record.valid_from)
    return min(ends)


def progress_of(record_ids: Collection[int]) -> dict[int, Progress]:
    """Record id → how far the homes are that its firm builds or built under it; one query, counted by the database.

    A firm that was replaced has the home no more.
    """
    found = dict.fromkeys(record_ids, Progress())
    for record_id, months, homes, still_open, day in db.session.execute(_counted(record_ids)) if record_ids else ():
        before = found[record_id]
        ends = None if day is None else last_day(day, months or 0)
        found[record_id] = Progress(
            before.homes + homes,
            before.still_open + int(still_open),
            max((one for one in (before.last_accepted, day) if one is not None), default=None),
            max((one for one in (before.last_warranty, ends) if one is not None), default=None),
        )
    return found


def _counted(record_ids: Collection[int]) -> Select[int | None, int, int, Any, date]:
    """By record and months of warranty: homes, those still to be accepted, the last acceptance."""
    is_open = (Acceptance.day.is_(None)) & (Renovation.status.not_in(ENDINGS))
    accepted = (Acceptance.renovation_id == Renovation.id) & (Acceptance.state == AcceptanceState.COUNTERSIGNED)
    return (
        select(
            Assignment.procurement_record_id,
            Contract.warranty_months,
            func.count(),
            func.sum(case((is_open, 1), else_=0)),
            func.max(Acceptance.day),
        )
        .join(Renovation, Renovation.id == Assignment.renovation_id)
        .outerjoin(Acceptance, accepted)
        .outerjoin(Contract, (Contract.renovation_id == Renovation.id) & Contract.ended_at.is_(None))
        .where(
            Assignment.procurement_record_id.in_(record_ids),
            Assignment.role == Role.CONTRACTOR,
            Assignment.ended_at.is_(None),
        )
        .group_by(Assignment.procurement_record_id, Contract.warranty_months)
    )
