"""When a tender's performance deposit goes back: after its last home was accepted, or its last warranty ended. Read-only."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, case, exists, func, or_, select

from ...core import clock
from ...core.db import db
from ...core.errors import NotFound
from ...core.money import display
from ...funds import deposit_queries as funds
from ...funds.deposit_models import Deposit
from ...funds.deposit_rules import DepositMove, due_fen, most_fen, release_on
from ...lifecycle import ENDINGS
from ...permissions import Actor, Permission, Role, leads, may
from ...places.models import ProcurementRecord
from ...programme.models import ProgrammeVersion, VersionState, has_mark
from ...programme.money_schema import Deposit as Terms
from ...programme.money_schema import DepositRelease
from ...programme.process import DEPOSIT
from ...programme.queries import of
from ...renovation.models import Assignment, Renovation
from ..acceptance.models import Acceptance
from ..acceptance.rules import AcceptanceState, last_day
from ..construction.models import Contract

SOON = timedelta(days=30)
"""So long before a guarantee expires the county is told."""


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


@dataclass(frozen=True, slots=True)
class Held:
    """One deposit beside the day on which it may go back, what is due, and all that stands for its tender."""

    deposit: Deposit
    release: Release
    due_fen: int | None
    standing: tuple[Deposit, ...]

    def state(self, today: date) -> tuple[str, str]:
        """(what is to be said of it today, its tone)."""
        deposit, release, until = self.deposit, self.release, self.deposit.guarantee_until
        if deposit.left_fen == 0:
            return "已冲销" if self.is_countered else "已结清", "done"
        if deposit.is_expired(today):
            return (f"保函 {until} 已到期", "late") if self.is_needed else (f"保函 {until} 已到期，应退还", "soon")
        if self.is_replaced:
            return "已换新，应退还", "soon"
        if release.is_due(today):
            return f"{release.on} 起应退还", "soon"
        if until is not None and self.expires_too_early and self.is_needed:
            return f"保函 {until} 到期，早于退还日，请换新", "soon" if until <= today + SOON else "wait"
        return "在押", "work"

    @property
    def is_countered(self) -> bool:
        """True when it was entered by mistake and never came in."""
        return self.deposit.moved_fen(DepositMove.CORRECT) > 0

    @property
    def expires_too_early(self) -> bool:
        """True for a guarantee that ends before the deposit may go back."""
        return not _lasts(self.deposit, self.release.not_before)

    @property
    def is_replaced(self) -> bool:
        """True when another one came in for it: it goes back now."""
        return self.deposit.id in self._replaced

    @property
    def is_needed(self) -> bool:
        """True when what is due does not stand until the day of release without it."""
        until = self.release.not_before
        others = (one for one in self.standing if one.id != self.deposit.id and one.id not in self._replaced)
        return self.due_fen is None or sum(one.left_fen for one in others if _lasts(one, until)) < self.due_fen

    @property
    def _replaced(self) -> set[int]:
        return {one.replaces_id for one in self.standing if one.replaces_id is not None}


def _lasts(deposit: Deposit, until: date) -> bool:
    return deposit.guarantee_until is None or deposit.guarantee_until >= until


@dataclass(frozen=True, slots=True)
class Tender:
    """A tender with its deposits: what is due for it by which programme, what covers it, and how far its homes are."""

    record: ProcurementRecord
    held: tuple[Held, ...]
    progress: Progress
    asking: tuple[ProgrammeVersion, ...]
    due_fen: int | None
    covered_fen: int
    """Fen that stand for it today, whichever office entered them."""
    others_fen: int
    """Fen of these that another office entered: of such deposits nothing else is shown."""
    today: date

    @property
    def replaceable(self) -> list[Deposit]:
        """What another one may come in for: it stands, and nothing has replaced it."""
        return [one.deposit for one in self.held if one.deposit.left_fen and not one.is_replaced]

    @property
    def is_asked(self) -> bool:
        """True when some programme in force asks for a deposit here, or one came in."""
        return bool(self.asking or self.held)

    @property
    def lacks(self) -> bool:
        """True when what is asked is not there, or cannot be told because the award is not entered."""
        return bool(self.asking) and (self.due_fen is None or self.covered_fen < self.due_fen)

    @property
    def short_names(self) -> str:
        """The programmes that ask, as lists call them."""
        return "、".join(of(version).short_name for version in self.asking)

    @property
    def over_fen(self) -> int:
        """Fen that are held beyond the lawful tenth; what is on its way back because it was replaced says so itself."""
        most = most_fen(self.record.award_fen)
        back = sum(one.deposit.covers_fen(self.today) for one in self.held if one.is_replaced)
        return 0 if most is None else max(self.covered_fen - back - most, 0)

    @property
    def is_held(self) -> bool:
        """True while something of what came in is still here."""
        return any(one.deposit.left_fen for one in self.held)

    @property
    def is_running(self) -> bool:
        """True when firms can still be dispatched under it, or works under it are not accepted."""
        return self.record.is_valid(self.today) or self.progress.still_open > 0

    @property
    def state(self) -> tuple[str, str]:
        """(what is to be said of the tender today, its tone): the most pressing thing."""
        said = [one.state(self.today) for one in self.held if one.deposit.left_fen]
        for tone in ("late", "soon"):
            for words, its in said:
                if its == tone:
                    return words, its
        if self.over_fen:
            return f"超过中标金额的 10%，应退还 {display(self.over_fen)}", "soon"
        if self.lacks and self.is_running:
            if not self.record.programme_key and not said:
                return f"用于{self.short_names}以前要缴", "wait"
            return ("没有登记中标金额" if self.due_fen is None else "没有缴足"), "late"
        came_in = any(not one.is_countered for one in self.held)
        return said[0] if said else ("已结清" if came_in else "不用再缴", "done")


@dataclass(frozen=True, slots=True)
class Page:
    """Some tenders, and after which one the older ones come (None: these are all)."""

    tenders: tuple[Tender, ...]
    before: int | None


def tenders(actor: Actor, before: int | None = None, organisation_id: int | None = None) -> Page:
    """The tenders with a deposit, or for which one is asked, that somebody may see; the newest first; of one firm."""
    records = funds.tenders(actor, before=before, organisation_id=organisation_id)
    shown = tuple(one for one in _with_deposits(records, actor) if one.is_asked)
    return Page(shown, records[-1].id if len(records) == funds.PAGE else None)


def tender(record_id: int, actor: Actor) -> Tender:
    """One tender with its deposits; raises NotFound outside the scope, or where nobody asks for one and none came in.

    Of a tender for all programmes a county's office is told what its own ask, and nothing of the other office's.
    """
    found = _with_deposits([funds.tender(record_id, actor)], actor)[0]
    if not found.is_asked:
        raise NotFound("这个标段没有要收的履约保证金，或不在您的查看范围内。")
    return found


def held(deposit: Deposit) -> Held:
    """One deposit beside its day; `deposit` as `deposit_queries.deposit` gives it."""
    record_id = deposit.procurement_record_id
    release = _release_of(deposit, progress_of([record_id])[record_id])
    return Held(deposit, release, deposit.due_fen, tuple(funds.standing([record_id])[record_id]))


def refusal_of(deposit: Deposit) -> str:
    """Why a deposit is not due for return yet; "" when it is."""
    return held(deposit).release.refusal(clock.today())


def _release_of(deposit: Deposit, progress: Progress) -> Release:
    """By the terms of the version under which it came in."""
    return release(deposit.record, funds.terms_of(deposit.programme_version), progress, clock.today())


def _with_deposits(records: Sequence[ProcurementRecord], actor: Actor, counted: bool = True) -> list[Tender]:
    """Each tender with its deposits; not `counted`: homes only where a tender is over, so that a desk stays quick."""
    today, by_record = clock.today(), dict[int, list[Deposit]]()
    for one in funds.deposits(actor, [record.id for record in records]):
        by_record.setdefault(one.procurement_record_id, []).append(one)
    asking = {record.id: tuple(funds.asking(record, today, actor)) for record in records}
    asked = [record for record in records if counted or asking[record.id] or record.id in by_record]
    progress = progress_of([record.id for record in asked if counted or _may_be_over(record, today)])
    standing = funds.standing([record.id for record in asked])
    return [
        _tender(
            record,
            by_record.get(record.id, []),
            asking[record.id],
            progress.get(record.id, Progress()),
            standing[record.id],
            today,
        )
        for record in asked
    ]


def _may_be_over(record: ProcurementRecord, today: date) -> bool:
    return record.max_households is not None or not record.is_valid(today)


def _tender(
    record: ProcurementRecord,
    own: Sequence[Deposit],
    asking: tuple[ProgrammeVersion, ...],
    progress: Progress,
    standing: Sequence[Deposit],
    today: date,
) -> Tender:
    dues = [due_fen(funds.terms_of(version), record.award_fen) for version in asking]
    dues = dues or [one.due_fen for one in own if one.left_fen]  # the programme that asked is no longer in force
    due = None if None in dues else max((due for due in dues if due is not None), default=0)
    covered = sum(one.covers_fen(today) for one in standing)
    return Tender(
        record,
        tuple(Held(one, _release_of(one, progress), due, tuple(standing)) for one in own),
        progress,
        asking,
        due,
        covered,
        covered - sum(one.covers_fen(today) for one in own),
        today,
    )


def are_used() -> bool:
    """True when some programme asks for deposits, or asked once: else no page has a word of them."""
    asks = exists().where(ProgrammeVersion.state == VersionState.PUBLISHED, has_mark(DEPOSIT))
    return bool(db.session.scalar(select(or_(asks, exists().where(Deposit.id.is_not(None))))))


def on_desk(actor: Actor) -> list[Tender]:
    """The tenders of which a desk tells: where the own region has to act; to a building firm its own that are not over."""
    is_firm, keeps_some = actor.role is Role.CONTRACTOR, may(actor, Permission.DEPOSIT_MANAGE)
    if not (is_firm or keeps_some) or not funds.may_read(actor) or not are_used():
        return []
    records = funds.tenders(actor) if is_firm else funds.tenders(actor, own=True)
    found = [one for one in _with_deposits(records, actor, counted=False) if one.is_asked]
    if is_firm:
        return [one for one in found if one.is_held or one.state[1] == "late"]
    return [one for one in found if one.state[1] in {"soon", "late"}]


def keeps(record: ProcurementRecord, actor: Actor) -> bool:
    """True when the actor registers the deposits of a tender: its region lies in the own one."""
    return may(actor, Permission.DEPOSIT_MANAGE) and record.region.path.startswith(actor.region_path or "-")


def may_act_on(deposit: Deposit, actor: Actor) -> bool:
    """True when the actor returns or forfeits it."""
    return keeps(deposit.record, actor) and leads(actor, deposit.programme_version.office)
