"""Dispatch: which firm builds and which one supervises, under lots in force. Nothing here commits."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ...core import clock
from ...core.db import db
from ...core.errors import RuleViolation
from ...lifecycle import Stage, Step
from ...permissions import Actor, Role
from ...places import queries as places
from ...places.models import ProcurementRecord
from ...places.rules import OrganisationKind
from ...programme.money_schema import DepositBefore
from ...programme.queries import name_of, programme_of
from ...renovation import queries as files
from ...renovation import service as filing
from ...renovation.models import Renovation
from ...renovation.progress import left_out, note
from . import lots, queries
from .rules import Dispatch, DispatchNext

STAGE = Stage.CONSTRUCTION


def dispatch(renovation: Renovation, command: Dispatch, actor: Actor) -> None:
    """Give the works to a firm, and the supervision to another, each under a record in force (domain §2, S6).

    Raises RuleViolation when the record does not serve this home today, is full, it is another firm's turn, the award
    would not do, or the firm assessed this home.
    """
    _give(renovation, _builder(renovation, command.procurement_record_id), command, actor)


def dispatch_next(renovation: Renovation, command: DispatchNext, actor: Actor) -> None:
    """Give the works to the firm whose turn it is: a township's own lots first, then who has fewest homes (锦州2023).

    Raises RuleViolation when no lot can take this home, and what `dispatch` raises of the supervisor.
    """
    found = lots.building_lots(renovation)
    lots.lock(found)
    shares = lots.shares(renovation, found)
    if shares is None:
        raise RuleViolation("这个政策不按户数均分，请用“派工”选定单位。")
    builder = shares.next_up
    if builder is None:
        raise RuleViolation(
            "今天没有能接这一户的标段：标段已用完、保证金没有缴足，或单位评估过这一户、审核过方案。请打开“派工”查看各标段的原因。"
        )
    _give(renovation, builder, command, actor)


def _give(renovation: Renovation, builder: ProcurementRecord, command: Dispatch | DispatchNext, actor: Actor) -> None:
    if builder.organisation_id in queries.barred_from_building(renovation):
        raise RuleViolation("评估这一户或审核方案的单位不能再来施工，请另选施工单位。", "procurement_record_id")
    filing.assign(renovation, Role.CONTRACTOR, builder.organisation_id, builder.id)
    _supervise(renovation, command.supervisor_record_id)
    note(renovation, STAGE, f"派工给{builder.organisation.name}", actor, command.note, {"lot": builder.lot})


def _supervise(renovation: Renovation, record_id: int | None) -> None:
    """Give the supervision to a firm, or let the one that has it go on; never to a firm that builds or built here."""
    current, field = files.assignment(renovation, Role.SUPERVISOR), "supervisor_record_id"
    record = _supervisor(renovation, record_id) if record_id is not None else None
    why = left_out(renovation, Step.SUPERVISION)
    if why and record is not None:
        raise RuleViolation(f"这个政策不设监理（{why}），请不要选监理单位。", field)
    firm_id = record.organisation_id if record else current.organisation_id if current else None
    if firm_id is None:
        if needs_supervisor(renovation):
            raise RuleViolation("这个政策结算时要有监理报告，请同时选监理单位。", field)
        return
    if firm_id in queries.firms_ever(renovation, Role.CONTRACTOR):
        raise RuleViolation("监理单位不能是这一户的施工单位，请另选。", field)
    if record is None or (current is not None and current.procurement_record_id == record.id):
        return
    if current is not None:
        filing.end_assignment(current, "重新派工")
    filing.assign(renovation, Role.SUPERVISOR, record.organisation_id, record.id)


def needs_supervisor(renovation: Renovation) -> bool:
    """True when the programme pays only with a supervision report (重庆2020 §五, domain S6)."""
    return any(one.key == "supervision_report" for one in programme_of(renovation.programme_version_id).documents)


def _builder(renovation: Renovation, record_id: int) -> ProcurementRecord:
    """The chosen building lot, when it can take this home and it is its turn; it stays locked until the commit."""
    field, found = "procurement_record_id", lots.building_lots(renovation)
    record = _chosen(renovation, {one.id: one for one in found}, record_id, field)
    shared = programme_of(renovation.programme_version_id).apart is not None
    lots.lock(found if shared else [record])
    _check_room(record, field)
    why = lots.without_deposit(renovation, record, DepositBefore.DISPATCH) or lots.over_award(renovation, record)
    if not why and (shares := lots.shares(renovation, found)) is not None:
        why = shares.refusal(record)
    if why:
        raise RuleViolation(why, field)
    return record


def _supervisor(renovation: Renovation, record_id: int) -> ProcurementRecord:
    field, kind = "supervisor_record_id", OrganisationKind.SUPERVISOR
    found = places.dispatchable(kind, renovation.township_id, clock.today(), renovation.programme_key)
    record = _chosen(renovation, {one.id: one for one in found}, record_id, field)
    lots.lock([record])
    _check_room(record, field)
    return record


def _chosen(
    renovation: Renovation, found: dict[int, ProcurementRecord], record_id: int, field: str
) -> ProcurementRecord:
    record = found.get(record_id)
    if record is None:
        raise RuleViolation(_unfit(renovation, record_id), field)
    return record


def _check_room(record: ProcurementRecord, field: str) -> None:
    """Asked of a locked lot: it is never filled beyond its households."""
    if lots.is_full(record, lots.households_of([record])[record.id] if record.max_households is not None else 0):
        raise RuleViolation(f"这个采购标段最多 {record.max_households} 户，已经用完，请另选标段。", field)


def _unfit(renovation: Renovation, record_id: int) -> str:
    """Why a record does not serve a file today, and what to do."""
    query = select(ProcurementRecord).where(ProcurementRecord.id == record_id)
    found = db.session.scalar(query.options(joinedload(ProcurementRecord.region)))
    if found is not None and not found.serves(renovation.programme_key):
        name, own = name_of(found.programme_key), name_of(renovation.programme_key)
        return (
            f"标段 {found.lot} 是为“{name}”采购的，不能用于“{own}”的改造户。"
            f"请另选标段，或在“单位”里为这家单位登记“{own}”的采购记录。"
        )
    if found is not None and found.township and found.region_id != renovation.township_id:
        return f"标段 {found.lot} 由{found.township}采购，只用于{found.township}的改造户，请另选标段。"
    return "这个采购记录今天不能用于本县派工（已到期、已暂停或不在本县），请另选。"
