"""Many files at once under a lot: which lots serve them, and how many households each still takes; assessors."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..core import clock
from ..core.db import db
from ..permissions import Actor, Role
from ..places import queries as places
from ..places.models import ProcurementRecord
from ..places.rules import OrganisationKind
from ..renovation.models import Renovation
from ..renovation.queries import assignment
from ..stages.assessment.rules import AssignAssessor
from ..stages.construction import queries as works
from ..stages.construction.lots import households_of
from ..stages.plan import reviewing
from ..stages.plan.rules import AssignReviewer
from .bulk_kinds import Pool, Pools


def _lots(renovations: Sequence[Renovation], kind: OrganisationKind) -> list[ProcurementRecord]:
    """The records in force today that serve all of these files."""
    lists = list(lots_for(renovations, kind).values())
    common = set.intersection(*({record.id for record in found} for found in lists)) if lists else set()
    return [record for record in (lists[0] if lists else ()) if record.id in common]


def assessor_choices(renovations: Sequence[Renovation]) -> dict[str, Any]:
    """The assessors' lots that serve all these files."""
    return {"procurement_record_id": offers(renovations, OrganisationKind.ASSESSOR)}


def assessor_pools(renovations: Sequence[Renovation], command: AssignAssessor | None) -> Pools:
    """The households that the chosen assessors' lot still takes; every file takes one."""
    if command is None:
        return {}
    pools = chosen(renovations, {OrganisationKind.ASSESSOR: command.procurement_record_id})
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
    return {"procurement_record_id": offers(renovations, OrganisationKind.SUPERVISOR)}


def reviewer_pools(renovations: Sequence[Renovation], command: AssignReviewer | None) -> Pools:
    """The households that the chosen lot still takes; every file takes one."""
    if command is None:
        return {}
    pools = chosen(renovations, {OrganisationKind.SUPERVISOR: command.procurement_record_id})
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


def offers(renovations: Sequence[Renovation], kind: OrganisationKind) -> list[tuple[int, str]]:
    """(record id, its words) of the lots that serve all these files."""
    records = _lots(renovations, kind)
    served = households_of(records)
    return [(record.id, _offer(record, served[record.id])) for record in records]


def _offer(record: ProcurementRecord, served: int) -> str:
    most = record.max_households
    room = f"还可派 {max(most - served, 0)} 户" if most is not None else "户数不限"
    return f"{record.organisation.name}　标段 {record.lot}　已派 {served} 户，{room}"


def lots_for(renovations: Sequence[Renovation], kind: OrganisationKind) -> dict[int, Sequence[ProcurementRecord]]:
    """File id → the records in force today that serve it: a statement for each county and programme."""
    today, found = clock.today(), dict[tuple[int, str], Sequence[ProcurementRecord]]()
    for one in renovations:
        key = one.county_id, one.programme_key
        if key not in found:
            found[key] = places.dispatchable_around(kind, one.county_id, today, one.programme_key)
    near: dict[tuple[int, str, int], Sequence[ProcurementRecord]] = {}
    for one in renovations:
        here = (one.county_id, one.programme_key, one.township_id)
        if here not in near:
            near[here] = [record for record in found[here[:2]] if record.region.contains(one.township.path)]
    return {one.id: near[one.county_id, one.programme_key, one.township_id] for one in renovations}


def chosen(renovations: Sequence[Renovation], wanted: Mapping[OrganisationKind, int | None]) -> dict[int, Pool]:
    """Record id → what is left of it, for the records that were chosen and serve all these files."""
    chosen = [
        record
        for kind, record_id in wanted.items()
        if record_id is not None
        for record in _lots(renovations, kind)
        if record.id == record_id
    ]
    served = households_of(chosen)
    return {record.id: lot_pool(record, served[record.id]) for record in chosen}


def lot_pool(record: ProcurementRecord, served: int) -> Pool:
    """The households of a lot as something of which there is only so much."""
    left = None if record.max_households is None else max(record.max_households - served, 0)
    return Pool(
        f"{record.organisation.name}　标段 {record.lot}",
        record.max_households,
        served,
        f"标段 {record.lot} 只能再派 {left} 户，轮不到这一户：请另选标段，或少选几户",
    )
