"""Reads of performance deposits: what stands for a tender, what a file's programme asks, what one may see."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.orm import joinedload, selectinload

from ..core import money
from ..core.db import db
from ..core.errors import NotFound
from ..core.memory import remembered
from ..permissions import FIRM_ROLES, Actor, Permission, leads, may
from ..places import queries as places
from ..places.models import ProcurementRecord, Region
from ..places.rules import Level, OrganisationKind
from ..programme import queries as programmes
from ..programme.models import ProgrammeVersion
from ..programme.money_schema import Deposit as Terms
from ..programme.money_schema import DepositBefore
from ..programme.policy import Programme
from .deposit_models import Deposit, DepositEntry
from .deposit_rules import due_fen


def may_read(actor: Actor) -> bool:
    """True when the actor's role reads deposits at all: they are money."""
    return may(actor, Permission.DEPOSIT_READ) and may(actor, Permission.MONEY_READ)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition that keeps deposits to those that somebody may see: the own firm's, else the own region's.

    A tender of a region above (a city's framework contract) belongs to the counties below as well, for reading. A
    county's office sees those of the programmes that it leads. To be asked with record, region and version joined.
    """
    if not may_read(actor):
        return false()
    if actor.role in FIRM_ROLES:
        return ProcurementRecord.organisation_id == actor.organisation_id
    return and_(in_region_of(actor), programmes.led(ProgrammeVersion.programme_key, actor))


def in_region_of(actor: Actor) -> ColumnElement[bool]:
    """The condition that a tender's region lies in the actor's, or above it. To be asked with the region joined."""
    if not actor.region_path:
        return false()
    above = [int(part) for part in actor.region_path.split("/") if part]
    return or_(places.within(Region.path, actor.region_path), Region.id.in_(above))


_WHOLE = (
    joinedload(Deposit.record).joinedload(ProcurementRecord.organisation),
    joinedload(Deposit.record).joinedload(ProcurementRecord.region),
    joinedload(Deposit.programme_version),
    selectinload(Deposit.entries).joinedload(DepositEntry.undo),
)


def _seen(actor: Actor) -> Select[Deposit]:
    return (
        select(Deposit)
        .join(Deposit.record)
        .join(ProcurementRecord.region)
        .join(Deposit.programme_version)
        .where(visible_to(actor))
    )


def deposits(actor: Actor, record_ids: Collection[int]) -> Sequence[Deposit]:
    """Of some tenders what somebody may see, oldest first, with tender, firm, region, version and entries."""
    query = _seen(actor).where(Deposit.procurement_record_id.in_(record_ids)).options(*_WHOLE)
    return db.session.scalars(query.order_by(Deposit.id)).all()


def deposit(deposit_id: int, actor: Actor) -> Deposit:
    """One deposit with tender, firm, region, version and entries; NotFound outside the scope, as if it were not there."""
    query = _seen(actor).where(Deposit.id == deposit_id).options(*_WHOLE)
    found = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound("没有这笔履约保证金，或不在您的查看范围内。")
    return found


def entry(entry_id: int, actor: Actor) -> DepositEntry:
    """One return or forfeiture of a deposit that one may see; raises NotFound."""
    found = db.session.get(DepositEntry, entry_id)
    if found is None:
        raise NotFound("没有这条记录，或不在您的查看范围内。")
    deposit(found.deposit_id, actor)
    return found


def tender(record_id: int, actor: Actor) -> ProcurementRecord:
    """A building firm's tender that somebody may see the deposit of, with firm and region; raises NotFound."""
    query = _tenders(actor).where(ProcurementRecord.id == record_id)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("没有这个标段，或不在您的查看范围内。")
    return found


PAGE = 200
"""Tenders at once."""


def tenders(
    actor: Actor, *, before: int | None = None, organisation_id: int | None = None, own: bool = False
) -> Sequence[ProcurementRecord]:
    """Building firms' tenders that somebody may see deposits of, the newest first, with firm and region: PAGE of them.

    `before` is the last one of the page before; optionally of one firm, or `own`: those of the actor's region itself
    and of its townships, whose deposits the county registers.
    """
    query = _tenders(actor).order_by(ProcurementRecord.id.desc()).limit(PAGE)
    if before is not None:
        query = query.where(ProcurementRecord.id < before)
    if organisation_id is not None:
        query = query.where(ProcurementRecord.organisation_id == organisation_id)
    if own:
        townships = and_(places.within(Region.path, actor.region_path), Region.level == Level.TOWNSHIP)
        below = [townships] if actor.region_level == Level.COUNTY else []
        query = query.where(or_(ProcurementRecord.region_id == actor.region_id, *below))
    return db.session.scalars(query).all()


def _own_tenders(actor: Actor) -> ColumnElement[bool]:
    """Those of the own firm, else of the own region without those of programmes that another office leads."""
    if not may_read(actor):
        return false()
    if actor.role in FIRM_ROLES:
        return ProcurementRecord.organisation_id == actor.organisation_id
    return and_(in_region_of(actor), programmes.led(ProcurementRecord.programme_key, actor))


def _tenders(actor: Actor) -> Select[ProcurementRecord]:
    return (
        select(ProcurementRecord)
        .join(ProcurementRecord.region)
        .where(ProcurementRecord.kind == OrganisationKind.CONTRACTOR, _own_tenders(actor))
        .options(joinedload(ProcurementRecord.organisation), joinedload(ProcurementRecord.region))
    )


def covered_fen(record_ids: Collection[int], on: date) -> dict[int, int]:
    """Record id → fen that stand for the tender on a day: neither gone nor of a guarantee that has expired.

    Of a tender for all programmes what either office entered: it stands for the whole contract.
    """
    return {id_: sum(one.covers_fen(on) for one in found) for id_, found in standing(record_ids).items()}


def standing(record_ids: Collection[int]) -> dict[int, list[Deposit]]:
    """Record id → the deposits of which something is left, whoever entered them; their sums and days alone, to reckon with."""
    found: dict[int, list[Deposit]] = {id_: [] for id_ in record_ids}
    query = select(Deposit).where(Deposit.procurement_record_id.in_(record_ids), Deposit.gone_fen < Deposit.amount_fen)
    for one in db.session.scalars(query.order_by(Deposit.id)):
        found[one.procurement_record_id].append(one)
    return found


def asking(record: ProcurementRecord, on: date, actor: Actor | None = None) -> list[ProgrammeVersion]:
    """The versions in force in a tender's region whose programmes ask its firm for a deposit; of the actor's office only.

    `record` with its region loaded.
    """
    code = record.region.code
    found = remembered(("deposit asked", code, on), lambda: asking_in(code, on))
    return [one for one in found if record.serves(one.programme_key) and (actor is None or leads(actor, one.office))]


def asking_in(region_code: str, on: date) -> list[ProgrammeVersion]:
    """The versions in force in a region whose programmes ask building firms for a deposit, by programme."""
    return [one for one in programmes.in_force(region_code, on) if programmes.of(one).data.deposit is not None]


def lacking(record: ProcurementRecord, programme: Programme, before: DepositBefore, on: date) -> str:
    """Why a file of a programme cannot go on with a tender's firm for want of its deposit; "" when it can.

    Asked before dispatch and before the contract; who is asked before dispatch is asked before the contract too.
    """
    terms = programme.data.deposit
    if terms is None or (before is DepositBefore.DISPATCH and terms.required_before is not before):
        return ""
    due = due_fen(terms, record.award_fen)
    if due is None:
        return f"标段 {record.lot} 没有登记中标金额，算不出应缴的履约保证金。请在“单位”里打开这家单位，给这个标段补登中标金额。"
    # asked once for many files that are dispatched under one tender
    covered = remembered(("deposit covers", record.id, on), lambda: covered_fen([record.id], on)[record.id])
    if covered >= due:
        return ""
    return (
        f"标段 {record.lot} 应缴履约保证金 {money.display(due)}，现有 {money.display(covered)}。"
        "请单位缴足，并由区县在“单位”的“履约保证金”里登记后再办。"
    )


def terms_of(version: ProgrammeVersion) -> Terms:
    """What a version says of the deposit; raises NotFound where it asks for none."""
    found = programmes.of(version).data.deposit
    if found is None:
        raise NotFound(f"“{version.name}”不收履约保证金。")
    return found
