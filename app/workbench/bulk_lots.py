"""Many files at once for one firm: which lots serve them all, and how many households each still takes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from ..core import clock
from ..core.db import db
from ..permissions import Actor, Role
from ..places import queries as places
from ..places.models import ProcurementRecord
from ..places.rules import OrganisationKind
from ..programme.money_schema import DepositBefore
from ..renovation.models import Assignment, Renovation
from ..renovation.queries import assignment
from ..stages.assessment.rules import AssignAssessor
from ..stages.construction import queries as works
from ..stages.construction.contracting import households_of, needs_supervisor, without_deposit
from ..stages.construction.rules import Dispatch
from ..stages.plan import reviewing
from ..stages.plan.rules import AssignReviewer
from .bulk_kinds import Pool, Pools


def _lots(renovations: Sequence[Renovation], kind: OrganisationKind) -> list[ProcurementRecord]:
    """The records in force today that serve every county and every programme of these files."""
    asked = dict.fromkeys((renovation.county_id, renovation.programme_key) for renovation in renovations)
    lists = [places.dispatchable(kind, county_id, clock.today(), key) for county_id, key in asked]
    common = set.intersection(*({record.id for record in found} for found in lists)) if lists else set()
    return [record for record in (lists[0] if lists else ()) if record.id in common]


def assessor_choices(renovations: Sequence[Renovation]) -> dict[str, Any]:
    """The assessors' lots that serve all these files."""
    return {"procurement_record_id": _offers(renovations, OrganisationKind.ASSESSOR)}


def assessor_pools(renovations: Sequence[Renovation], command: AssignAssessor | None) -> Pools:
    """The households that the chosen assessors' lot still takes; every file takes one."""
    if command is None:
        return {}
    pools = _chosen(renovations, {OrganisationKind.ASSESSOR: command.procurement_record_id})
    return {one.id: list(pools.values()) for one in renovations}


def assessor_reasons(renovation: Renovation, _actor: Actor, command: AssignAssessor | None) -> Iterable[str]:
    """Why the chosen firm cannot assess this home (domain §3): it builds there, or has been asked already."""
    record = db.session.get(ProcurementRecord, command.procurement_record_id) if command else None
    if record is None:
        return
    if record.organisation_id in works.firms_ever(renovation, Role.CONTRACTOR):
        yield "所选评估机构承担过这一户的施工，不能再评估"
    before = assignment(renovation, Role.ASSESSOR)
    if before is not None:
        yield f"已委托{before.organisation.name}评估，要改换的请打开档案办理"


def reviewer_choices(renovations: Sequence[Renovation]) -> dict[str, Any]:
    """The supervisors' lots that serve all these files."""
    return {"procurement_record_id": _offers(renovations, OrganisationKind.SUPERVISOR)}


def reviewer_pools(renovations: Sequence[Renovation], command: AssignReviewer | None) -> Pools:
    """The households that the chosen lot still takes; every file takes one."""
    if command is None:
        return {}
    pools = _chosen(renovations, {OrganisationKind.SUPERVISOR: command.procurement_record_id})
    return {one.id: list(pools.values()) for one in renovations}


def reviewer_reasons(renovation: Renovation, _actor: Actor, command: AssignReviewer | None) -> Iterable[str]:
    """Why the chosen firm cannot review this home's plan: it drafts it or builds, or somebody has been asked already."""
    record = db.session.get(ProcurementRecord, command.procurement_record_id) if command else None
    if record is None:
        return
    if why := reviewing.barred(renovation).get(record.organisation_id):
        yield f"所选单位{why}，不能再审核"
    before = assignment(renovation, Role.SUPERVISOR)
    if before is not None:
        yield f"已委托{before.organisation.name}审核，要改换的请打开档案办理"


def dispatch_choices(renovations: Sequence[Renovation]) -> dict[str, Any]:
    """The builders' and supervisors' lots that serve all these files."""
    return {
        "procurement_record_id": _offers(renovations, OrganisationKind.CONTRACTOR),
        "supervisor_record_id": _offers(renovations, OrganisationKind.SUPERVISOR),
    }


def _offers(renovations: Sequence[Renovation], kind: OrganisationKind) -> list[tuple[int, str]]:
    records = _lots(renovations, kind)
    served = households_of(records)
    return [(record.id, _offer(record, served[record.id])) for record in records]


def _offer(record: ProcurementRecord, served: int) -> str:
    most = record.max_households
    room = f"还可派 {max(most - served, 0)} 户" if most is not None else "户数不限"
    return f"{record.organisation.name}　标段 {record.lot}　已派 {served} 户，{room}"


def dispatch_pools(renovations: Sequence[Renovation], command: Dispatch | None) -> Pools:
    """The households that the chosen lots still take; a file that is supervised under one already takes no more of it."""
    if command is None:
        return {}
    pools = _chosen(
        renovations,
        {
            OrganisationKind.CONTRACTOR: command.procurement_record_id,
            OrganisationKind.SUPERVISOR: command.supervisor_record_id,
        },
    )
    having = _supervised(renovations)
    return {
        one.id: [pool for record_id, pool in pools.items() if having.get(one.id) != record_id] for one in renovations
    }


def _chosen(renovations: Sequence[Renovation], wanted: Mapping[OrganisationKind, int | None]) -> dict[int, Pool]:
    """Record id → what is left of it, for the records that were chosen and serve all these files."""
    chosen = [
        record
        for kind, record_id in wanted.items()
        if record_id is not None
        for record in _lots(renovations, kind)
        if record.id == record_id
    ]
    served = households_of(chosen)
    return {record.id: _lot_pool(record, served[record.id]) for record in chosen}


def _lot_pool(record: ProcurementRecord, served: int) -> Pool:
    left = None if record.max_households is None else max(record.max_households - served, 0)
    return Pool(
        f"{record.organisation.name}　标段 {record.lot}",
        record.max_households,
        served,
        f"标段 {record.lot} 只能再派 {left} 户，轮不到这一户：请另选标段，或少选几户",
    )


def _supervised(renovations: Sequence[Renovation]) -> dict[int, int]:
    """File id → the record under which it is supervised now; such a file takes no further place of that lot."""
    rows = db.session.execute(
        select(Assignment.renovation_id, Assignment.procurement_record_id).where(
            Assignment.renovation_id.in_([one.id for one in renovations]),
            Assignment.role == Role.SUPERVISOR,
            Assignment.ended_at.is_(None),
        )
    )
    return {renovation_id: record_id for renovation_id, record_id in rows if record_id is not None}


def dispatch_reasons(renovation: Renovation, _actor: Actor, command: Dispatch | None) -> Iterable[str]:
    """Why the chosen firms cannot have this home: who builds neither assesses nor supervises there (domain §3)."""
    if command is None:
        return
    builder = db.session.get(ProcurementRecord, command.procurement_record_id)
    record_id = command.supervisor_record_id
    supervisor = db.session.get(ProcurementRecord, record_id) if record_id is not None else None
    if builder is not None and builder.organisation_id in works.firms_ever(renovation, Role.ASSESSOR):
        yield "所选施工单位评估过这一户，不能再来施工"
    if builder is not None and (why := without_deposit(renovation, builder, DepositBefore.DISPATCH)):
        yield why
    if supervisor is not None:
        built = works.firms_ever(renovation, Role.CONTRACTOR)
        if supervisor.organisation_id in built or (
            builder is not None and builder.organisation_id == supervisor.organisation_id
        ):
            yield "所选监理单位也是施工单位，不能监理这一户"
    elif needs_supervisor(renovation) and renovation.id not in _supervised([renovation]):
        yield "这个政策结算时要有监理报告，请同时选监理单位"
