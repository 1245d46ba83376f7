"""The tenders with their performance deposits: what is due, what covers it, and what is to be said of each today. Read-only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import exists, or_, select

from ...core import clock
from ...core.db import db
from ...core.errors import NotFound
from ...core.money import display
from ...funds import deposit_queries as funds
from ...funds.deposit_models import Deposit
from ...funds.deposit_rules import DepositMove, due_fen, most_fen
from ...permissions import Actor, Permission, Role, leads, may
from ...places.models import ProcurementRecord
from ...programme.models import ProgrammeVersion, VersionState, has_mark
from ...programme.process import DEPOSIT
from ...programme.queries import of
from .deposit_release import Progress, Release, progress_of, release

SOON = timedelta(days=30)
"""So long before a guarantee expires the county is told."""


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
