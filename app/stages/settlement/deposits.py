"""When a tender's performance deposit goes back: after its last home was accepted, or its last warranty ended. Read-only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import exists, or_, select

from ...core import clock
from ...core.db import db
from ...funds import deposit_queries as funds
from ...funds.deposit_models import Deposit
from ...funds.deposit_rules import due_fen, release_on
from ...lifecycle import ENDINGS, Status
from ...permissions import Actor, Permission, Role, leads, may
from ...places.models import ProcurementRecord
from ...programme.models import ProgrammeVersion, VersionState, has_mark
from ...programme.process import DEPOSIT
from ...programme.queries import of
from ...programme.schema import Deposit as Terms
from ...programme.schema import DepositRelease
from ...renovation.models import Assignment, Renovation
from ..acceptance.models import Acceptance
from ..acceptance.rules import AcceptanceState, last_day
from ..construction.models import Contract

SOON = timedelta(days=30)
"""So long before a guarantee expires the county is told."""


@dataclass(frozen=True, slots=True)
class Home:
    """One home of a tender, as far as its deposit goes: the day of its acceptance, and the months of its warranty."""

    status: Status
    accepted_on: date | None
    warranty_months: int

    @property
    def is_open(self) -> bool:
        """True while the firm still has something to do or to put right before the acceptance."""
        return self.accepted_on is None and self.status not in ENDINGS


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


def release(record: ProcurementRecord, terms: Terms, homes: Sequence[Home], today: date) -> Release:
    """When the deposit of a tender goes back by the terms of a programme, its homes being what they are.

    A tender is over when it was ended, its term has passed, or all its households are taken; until then another home
    may come. Homes that ended without works are waited for no longer.
    """
    closed = _closed_on(record, homes)
    still_open = sum(home.is_open for home in homes)
    known = [_event(home, terms) for home in homes if home.accepted_on is not None]
    event = max(known, default=closed or record.valid_to)
    earliest = max(release_on(terms, event), closed or record.valid_to)
    if still_open:
        return Release(None, max(earliest, today), f"还有 {still_open} 户没有验收")
    if closed is None or closed > today:
        return Release(None, max(earliest, today), f"标段到 {record.valid_to} 为止还可以派工")
    return Release(earliest, earliest)


def _event(home: Home, terms: Terms) -> date:
    """The day that the days or months run from, for one home that was accepted."""
    day = home.accepted_on or date.min
    return last_day(day, home.warranty_months) if terms.release is DepositRelease.WARRANTY_END else day


def _closed_on(record: ProcurementRecord, homes: Sequence[Home]) -> date | None:
    """From which day no further home can come; None when that is not decided but by the end of the term."""
    ends = [record.valid_to + timedelta(days=1)]
    if record.ended_at is not None:
        ends.append(clock.civil(record.ended_at))
    if record.max_households is not None and len(homes) >= record.max_households:
        ends.append(max((home.accepted_on for home in homes if home.accepted_on), default=record.valid_from))
    return min(ends)


def homes_of(record_ids: Iterable[int]) -> dict[int, list[Home]]:
    """Record id → the homes that its firm builds or built under it; one query. A firm that was replaced has it no more."""
    ids = list(record_ids)
    rows = db.session.execute(
        select(Assignment.procurement_record_id, Renovation.status, Acceptance.day, Contract.warranty_months)
        .join(Renovation, Renovation.id == Assignment.renovation_id)
        .outerjoin(
            Acceptance,
            (Acceptance.renovation_id == Renovation.id) & (Acceptance.state == AcceptanceState.COUNTERSIGNED),
        )
        .outerjoin(Contract, (Contract.renovation_id == Renovation.id) & Contract.ended_at.is_(None))
        .where(
            Assignment.procurement_record_id.in_(ids),
            Assignment.role == Role.CONTRACTOR,
            Assignment.ended_at.is_(None),
        )
    )
    found: dict[int, list[Home]] = {id_: [] for id_ in ids}
    for record_id, status, day, months in rows:
        found[record_id or 0].append(Home(status, day, months or 0))
    return found


@dataclass(frozen=True, slots=True)
class Held:
    """One deposit beside the day on which it may go back."""

    deposit: Deposit
    release: Release

    def state(self, today: date) -> tuple[str, str]:
        """(what is to be said of it today, its tone)."""
        deposit, release = self.deposit, self.release
        if deposit.left_fen == 0:
            return "已结清", "done"
        if deposit.is_expired(today):
            return f"保函 {deposit.guarantee_until} 已到期", "late"
        if release.is_due(today):
            return f"{release.on} 起应退还", "soon"
        if self.expires_too_early:
            until = deposit.guarantee_until or today
            return f"保函 {until} 到期，早于退还日，请换新", "soon" if until <= today + SOON else "wait"
        return "在押", "work"

    @property
    def expires_too_early(self) -> bool:
        """True for a guarantee that ends before the deposit may go back."""
        until = self.deposit.guarantee_until
        return until is not None and until < self.release.not_before


@dataclass(frozen=True, slots=True)
class Tender:
    """A tender with its deposits: what is due for it by which programme, what covers it, and how far its homes are."""

    record: ProcurementRecord
    held: tuple[Held, ...]
    homes: tuple[Home, ...]
    asking: tuple[ProgrammeVersion, ...]
    due_fen: int | None
    covered_fen: int
    today: date

    @property
    def is_asked(self) -> bool:
        """True when some programme in force asks for a deposit here, or one came in."""
        return bool(self.asking or self.held)

    @property
    def lacks(self) -> bool:
        """True when what is asked is not there, or cannot be told because the award is not entered."""
        return bool(self.asking) and (self.due_fen is None or self.covered_fen < self.due_fen)

    @property
    def is_running(self) -> bool:
        """True when firms can still be dispatched under it, or works under it are not accepted."""
        return self.record.is_valid(clock.today()) or any(home.is_open for home in self.homes)

    @property
    def state(self) -> tuple[str, str]:
        """(what is to be said of the tender today, its tone): the most pressing thing."""
        said = [one.state(self.today) for one in self.held if one.deposit.left_fen]
        for tone in ("late", "soon"):
            for words, its in said:
                if its == tone:
                    return words, its
        if self.lacks and self.is_running:
            return ("没有登记中标金额" if self.due_fen is None else "没有缴足"), "late"
        return said[0] if said else ("已结清" if self.held else "不用再缴", "done")


def tenders(actor: Actor) -> list[Tender]:
    """The tenders with a deposit, or for which one is asked, that somebody may see; the newest first."""
    records = funds.tenders(actor)
    found = _with_deposits(records, actor)
    return [one for one in found if one.is_asked]


def tender(record_id: int, actor: Actor) -> Tender:
    """One tender with its deposits; raises NotFound outside the scope."""
    return _with_deposits([funds.tender(record_id, actor)], actor)[0]


def held(deposit: Deposit) -> Held:
    """One deposit beside its day; `deposit` as `deposit_queries.deposit` gives it."""
    homes = homes_of([deposit.procurement_record_id])[deposit.procurement_record_id]
    return Held(deposit, _release_of(deposit, homes))


def refusal_of(deposit: Deposit) -> str:
    """Why a deposit is not due for return yet; "" when it is."""
    return held(deposit).release.refusal(clock.today())


def _release_of(deposit: Deposit, homes: Sequence[Home]) -> Release:
    """By the terms of the version under which it came in."""
    return release(deposit.record, funds.terms_of(deposit.programme_version), homes, clock.today())


def _with_deposits(records: Sequence[ProcurementRecord], actor: Actor) -> list[Tender]:
    today, ids = clock.today(), [record.id for record in records]
    homes, by_record = homes_of(ids), dict[int, list[Deposit]]()
    for one in funds.deposits(actor):
        by_record.setdefault(one.procurement_record_id, []).append(one)
    found = []
    for record in records:
        own = by_record.get(record.id, [])
        asking = funds.asking(record, today, actor)
        dues = [due_fen(funds.terms_of(version), record.award_fen) for version in asking]
        found.append(
            Tender(
                record,
                tuple(Held(one, _release_of(one, homes[record.id])) for one in own),
                tuple(homes[record.id]),
                tuple(asking),
                None if None in dues else max((due for due in dues if due is not None), default=0),
                sum(one.covers_fen(today) for one in own),
                today,
            )
        )
    return found


def are_used() -> bool:
    """True when some programme asks for deposits, or asked once: else no page has a word of them."""
    asks = exists().where(ProgrammeVersion.state == VersionState.PUBLISHED, has_mark(DEPOSIT))
    return bool(db.session.scalar(select(or_(asks, exists().where(Deposit.id.is_not(None))))))


def on_desk(actor: Actor) -> list[Tender]:
    """The tenders of which a desk tells: where the own region has to act; to a building firm its own that are not over."""
    if not (funds.may_read(actor) and are_used()):
        return []
    if actor.role is Role.CONTRACTOR:
        return [one for one in tenders(actor) if one.state[1] != "done"]
    if not may(actor, Permission.DEPOSIT_MANAGE):
        return []
    own = [one for one in tenders(actor) if one.record.region_id == actor.region_id]
    return [one for one in own if one.state[1] in {"soon", "late"}]


def keeps(record: ProcurementRecord, actor: Actor) -> bool:
    """True when the actor registers the deposits of a tender: its region lies in the own one."""
    return may(actor, Permission.DEPOSIT_MANAGE) and record.region.path.startswith(actor.region_path or "-")


def may_act_on(deposit: Deposit, actor: Actor) -> bool:
    """True when the actor returns or forfeits it."""
    return keeps(deposit.record, actor) and leads(actor, deposit.programme_version.office)


def programme_name(version: ProgrammeVersion) -> str:
    """What the programme is called whose terms a deposit follows."""
    return of(version).name
