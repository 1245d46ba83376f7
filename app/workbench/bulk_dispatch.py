"""Many files dispatched at once: to one firm, or each to the firm whose turn it is."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from ..core.db import db
from ..permissions import Actor, Role
from ..places.models import ProcurementRecord
from ..places.rules import OrganisationKind
from ..programme.money_schema import DepositBefore
from ..programme.queries import programme_of
from ..renovation.models import Assignment, Renovation
from ..stages.construction import queries as works
from ..stages.construction.dispatching import needs_supervisor
from ..stages.construction.lots import (
    Homes,
    homes_of,
    households_of,
    is_full,
    over_award,
    turn_key,
    without_deposit,
)
from ..stages.construction.rules import Dispatch, DispatchNext
from .bulk_kinds import Pool, Pools
from .bulk_lots import chosen, lot_pool, lots_for, offers

NOBODY = "今天没有能接这一户的标段：户数已用完，或保证金没有缴足。请打开档案，在“派工”里看各标段的原因"


def dispatch_choices(renovations: Sequence[Renovation]) -> dict[str, Any]:
    """The builders' and supervisors' lots that serve all these files."""
    return {
        "procurement_record_id": offers(renovations, OrganisationKind.CONTRACTOR),
        "supervisor_record_id": offers(renovations, OrganisationKind.SUPERVISOR),
    }


def supervisor_choices(renovations: Sequence[Renovation]) -> dict[str, Any]:
    """The supervisors' lots that serve all these files."""
    return {"supervisor_record_id": offers(renovations, OrganisationKind.SUPERVISOR)}


def dispatch_pools(renovations: Sequence[Renovation], command: Dispatch | None) -> Pools:
    """The households that the chosen lots still take; a file that is supervised under one already takes no more of it.

    Where homes are shared out by count, also how many its firm can take before it is another one's turn.
    """
    if command is None:
        return {}
    pools = chosen(
        renovations,
        {
            OrganisationKind.CONTRACTOR: command.procurement_record_id,
            OrganisationKind.SUPERVISOR: command.supervisor_record_id,
        },
    )
    having, turns = _supervised(renovations), _turn_pools(renovations, command.procurement_record_id)
    return {
        one.id: [pool for record_id, pool in pools.items() if having.get(one.id) != record_id] + turns.get(one.id, [])
        for one in renovations
    }


def _turn_pools(renovations: Sequence[Renovation], record_id: int) -> dict[int, list[Pool]]:
    """File id → what the chosen firm may still take of the homes that are shared out by count."""
    shared = [one for one in renovations if programme_of(one.programme_version_id).apart is not None]
    found = lots_for(shared, OrganisationKind.CONTRACTOR)
    pools: dict[tuple[int, str], Pool | None] = {}
    for one in shared:
        key = one.county_id, one.programme_key
        if key not in pools:
            pools[key] = _turn_pool(one, found[one.id], record_id)
    taken = {one.id: pools[one.county_id, one.programme_key] for one in shared}
    return {file: [pool] for file, pool in taken.items() if pool is not None}


def _turn_pool(renovation: Renovation, lots: Sequence[ProcurementRecord], record_id: int) -> Pool | None:
    record = next((one for one in lots if one.id == record_id), None)
    apart = programme_of(renovation.programme_version_id).apart
    if record is None or apart is None:
        return None
    served, name = households_of(lots), record.organisation.name
    able = _able(renovation, lots, served)
    turn = homes_of(renovation.county_id, renovation.programme_key, lots).turn(able, record.region_id, apart)
    if record.organisation_id not in turn.homes or len(turn.homes) < 2:
        return None
    used = turn.homes[record.organisation_id]
    refusal = turn.refusal(record.organisation_id) or (
        f"按户数均分，{name}最多比户数最少的单位多 {apart} 户，轮不到这一户：请少选几户，或改用“按户数均分派工”"
    )
    return Pool(f"{name}　按户数均分", used + turn.room(record.organisation_id), used, refusal)


def next_pools(renovations: Sequence[Renovation], command: DispatchNext | None) -> Pools:
    """Which lot each file would come to if they were dispatched now, one after the other; the job asks again for each."""
    lots = lots_for(renovations, OrganisationKind.CONTRACTOR)
    homes = _homes_of_all(renovations, lots)
    served = households_of({one.id: one for found in lots.values() for one in found}.values())
    pools, nobody = dict[int, Pool](), Pool("没有能接的标段", 0, 0, NOBODY)
    shown: dict[int, list[Pool]] = {}
    for one in renovations:
        counted = homes[one.county_id, one.programme_key].counted
        lot = min(_able(one, lots[one.id], served), key=lambda lot: turn_key(lot, counted), default=None)
        if lot is None:
            shown[one.id] = [nobody]
            continue
        if lot.id not in pools:
            pools[lot.id] = lot_pool(lot, served[lot.id])
        firm = lot.region_id, lot.organisation_id
        counted[firm], served[lot.id] = counted.get(firm, 0) + 1, served[lot.id] + 1
        shown[one.id] = [pools[lot.id]]
    watching = _watching(renovations, command)
    return {one.id: shown[one.id] + watching.get(one.id, []) for one in renovations}


def _watching(renovations: Sequence[Renovation], command: DispatchNext | None) -> dict[int, list[Pool]]:
    """File id → the supervisor's lot, where it takes a household of it."""
    if command is None:
        return {}
    pools = chosen(renovations, {OrganisationKind.SUPERVISOR: command.supervisor_record_id})
    having = _supervised(renovations) if pools else {}
    return {one.id: [pool for id_, pool in pools.items() if having.get(one.id) != id_] for one in renovations}


def _able(
    renovation: Renovation, lots: Sequence[ProcurementRecord], served: Mapping[int, int]
) -> list[ProcurementRecord]:
    return [
        one
        for one in lots
        if not is_full(one, served[one.id]) and not without_deposit(renovation, one, DepositBefore.DISPATCH)
    ]


def _homes_of_all(
    renovations: Sequence[Renovation], lots: Mapping[int, Sequence[ProcurementRecord]]
) -> dict[tuple[int, str], Homes]:
    """(county, programme) → what its firms were given so far, to reckon with."""
    found: dict[tuple[int, str], dict[int, ProcurementRecord]] = {}
    for one in renovations:
        found.setdefault((one.county_id, one.programme_key), {}).update({lot.id: lot for lot in lots[one.id]})
    return {(county, key): homes_of(county, key, list(some.values())) for (county, key), some in found.items()}


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
    if builder is not None and builder.organisation_id in works.firms_ever(renovation, Role.ASSESSOR):
        yield "所选施工单位评估过这一户，不能再来施工"
    if builder is not None and (why := without_deposit(renovation, builder, DepositBefore.DISPATCH)):
        yield why
    if builder is not None and (why := over_award(renovation, builder)):
        yield why
    yield from _supervisor_reasons(renovation, command.supervisor_record_id, builder)


def next_reasons(renovation: Renovation, _actor: Actor, command: DispatchNext | None) -> Iterable[str]:
    """Why the chosen supervisor cannot have this home; who builds is told when it is dispatched."""
    if command is not None:
        yield from _supervisor_reasons(renovation, command.supervisor_record_id, None)


def _supervisor_reasons(
    renovation: Renovation, record_id: int | None, builder: ProcurementRecord | None
) -> Iterable[str]:
    supervisor = db.session.get(ProcurementRecord, record_id) if record_id is not None else None
    if supervisor is not None:
        built = works.firms_ever(renovation, Role.CONTRACTOR)
        if supervisor.organisation_id in built or (
            builder is not None and builder.organisation_id == supervisor.organisation_id
        ):
            yield "所选监理单位也是施工单位，不能监理这一户"
    elif needs_supervisor(renovation) and renovation.id not in _supervised([renovation]):
        yield "这个政策结算时要有监理报告，请同时选监理单位"
