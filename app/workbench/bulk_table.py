"""Which operations can be done to many files at once, and what each asks beyond its own checklist. Data, read by `bulk`.

The operation itself stays the one of the stage: permission, scope, status, checklist, maker and checker are the same as
one by one, because every file of a bulk action goes through `renovation.operations.perform`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from ..core import clock
from ..core.db import db
from ..funds.models import PlaceTaken, QuotaPlaces
from ..funds.queries import quota_for
from ..permissions import Actor, Permission, Role, may
from ..places import queries as places
from ..places.models import ProcurementRecord
from ..places.rules import OrganisationKind
from ..programme.queries import programme_of
from ..programme.schema import Decision
from ..renovation.models import Assignment, Renovation
from ..renovation.operations import Operation
from ..stages.acceptance import queries as acceptances
from ..stages.construction import queries as works
from ..stages.construction.contracting import households_of, needs_supervisor
from ..stages.construction.rules import Dispatch
from ..stages.plan import queries as plans
from ..stages.plan.models import ItemDecision, Plan
from ..stages.plan.rules import ApprovePlan, PlanState
from ..stages.registry import operations
from ..stages.settlement import queries as settlements
from ..stages.settlement.papers import missing_papers
from ..stages.settlement.service import is_as_prepared
from ..stages.settlement.sheet import compute

Sums = tuple[int, int]
"""Subsidy and the household's own share in fen."""


@dataclass(slots=True)
class Pool:
    """Something of which there is only so much: a quota of places, the households of a procurement lot."""

    label: str
    total: int | None
    used: int
    refusal: str
    wanted: int = 0
    """How many of the files in the preview take from it."""

    @property
    def left(self) -> int | None:
        """What is left before this action; None without a limit."""
        return None if self.total is None else max(self.total - self.used, 0)

    @property
    def after(self) -> int | None:
        """What is left after it."""
        return None if self.left is None else max(self.left - self.wanted, 0)

    @property
    def is_empty(self) -> bool:
        """True when the files before have taken the last one."""
        return self.left is not None and self.wanted >= self.left


Pools = Mapping[int, Sequence[Pool]]
"""File id → the pools from which the file would take."""


def _no_reasons(_renovation: Renovation, _actor: Actor, _command: Any) -> Iterable[str]:
    return ()


def _no_remarks(_renovation: Renovation) -> Iterable[str]:
    return ()


def _no_pools(_renovations: Sequence[Renovation], _command: Any) -> Pools:
    return {}


def _own_sums(renovation: Renovation) -> Sums | None:
    if renovation.subsidy_fen is None or renovation.self_pay_fen is None:
        return None
    return renovation.subsidy_fen, renovation.self_pay_fen


def _no_choices(_renovations: Sequence[Renovation]) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Bulk:
    """One operation that can be done to many files.

    `reasons` are the refusals that the operation's service has beyond its checklist; `remarks` what a person should
    read before; `pools` count what runs out; `sums` are the amounts of one file; `choices` and `initial` fill the shared fields. `command` is what was typed so far, None before; where
    it decides who can go (`is_live`), the preview follows what is typed. `blanks` say what an optional choice that is
    left open means, `labels` what a field is called where its own words speak of one file.
    """

    key: str
    consequence: str
    is_live: bool = False
    blanks: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    reasons: Callable[[Renovation, Actor, Any], Iterable[str]] = _no_reasons
    remarks: Callable[[Renovation], Iterable[str]] = _no_remarks
    pools: Callable[[Sequence[Renovation], Any], Pools] = _no_pools
    sums: Callable[[Renovation], Sums | None] = _own_sums
    choices: Callable[[Sequence[Renovation]], Mapping[str, Any]] = _no_choices
    initial: Callable[[Sequence[Renovation]], Mapping[str, Any]] = _no_choices

    @property
    def operation(self) -> Operation:
        """The stage's operation."""
        return operations()[self.key]


# ---------------------------------------------------------------- forward: one notice for many


def _notice_terms(renovations: Sequence[Renovation]) -> list[Any]:
    versions = dict.fromkeys(renovation.programme_version_id for renovation in renovations)
    return [programme_of(version).notice for version in versions]


def _notice_choices(renovations: Sequence[Renovation]) -> dict[str, Any]:
    found = dict.fromkeys(place for terms in _notice_terms(renovations) for place in terms.places)
    return {"places": [(place, place) for place in found]}


def _notice_initial(renovations: Sequence[Renovation]) -> dict[str, Any]:
    return {
        "starts_on": clock.today(),
        "places": [place for place, _ in _notice_choices(renovations)["places"]],
        "poster": "" if any(terms.used for terms in _notice_terms(renovations)) else "—",
    }


# ---------------------------------------------------------------- confirm: places of the quota


def _quota_pools(renovations: Sequence[Renovation], _command: Any) -> Pools:
    """The quota of each file that holds no place yet; a few statements for any number of files."""
    year, ids = clock.today().year, [renovation.id for renovation in renovations]
    holding = set(
        db.session.scalars(
            select(PlaceTaken.renovation_id).where(PlaceTaken.renovation_id.in_(ids), PlaceTaken.released_at.is_(None))
        )
    )
    quotas: dict[tuple[int, str, int], QuotaPlaces | None] = {}
    pools: dict[int, Pool] = {}
    found: dict[int, list[Pool]] = {}
    for one in renovations:
        where = (one.county_id, one.programme_key, one.township_id)
        if where not in quotas:
            quotas[where] = quota_for(one.county_id, one.programme_key, year, one.township_id)
        quota = quotas[where]
        if quota is not None and one.id not in holding:
            found[one.id] = [pools.setdefault(quota.id, _quota_pool(quota))]
    return found


def _quota_pool(quota: QuotaPlaces) -> Pool:
    left = max(quota.places - quota.taken, 0)
    return Pool(
        f"{quota.region.name} {quota.year} 年任务数",
        quota.places,
        quota.taken,
        f"{quota.region.name}任务数只剩 {left} 户，轮不到这一户：请先增加任务数，或少选几户",
    )


# ---------------------------------------------------------------- dispatch by lot


def _lots(renovations: Sequence[Renovation], kind: OrganisationKind) -> list[ProcurementRecord]:
    """The records in force today that serve every county of these files."""
    counties = dict.fromkeys(renovation.county_id for renovation in renovations)
    lists = [places.dispatchable(kind, county_id, clock.today()) for county_id in counties]
    common = set.intersection(*({record.id for record in found} for found in lists)) if lists else set()
    return [record for record in (lists[0] if lists else ()) if record.id in common]


def _lot_choices(renovations: Sequence[Renovation]) -> dict[str, Any]:
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


def _lot_pools(renovations: Sequence[Renovation], command: Dispatch | None) -> Pools:
    if command is None:
        return {}
    wanted = {
        OrganisationKind.CONTRACTOR: command.procurement_record_id,
        OrganisationKind.SUPERVISOR: command.supervisor_record_id,
    }
    chosen = [
        record
        for kind, record_id in wanted.items()
        if record_id is not None
        for record in _lots(renovations, kind)
        if record.id == record_id
    ]
    served = households_of(chosen)
    pools = {record.id: _lot_pool(record, served[record.id]) for record in chosen}
    having = _supervised(renovations)
    return {
        one.id: [pool for record_id, pool in pools.items() if having.get(one.id) != record_id] for one in renovations
    }


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


def _dispatch_reasons(renovation: Renovation, _actor: Actor, command: Dispatch | None) -> Iterable[str]:
    if command is None:
        return
    builder = db.session.get(ProcurementRecord, command.procurement_record_id)
    record_id = command.supervisor_record_id
    supervisor = db.session.get(ProcurementRecord, record_id) if record_id is not None else None
    if builder is not None and builder.organisation_id in works.firms_ever(renovation, Role.ASSESSOR):
        yield "所选施工单位评估过这一户，不能再来施工"
    if supervisor is not None:
        built = works.firms_ever(renovation, Role.CONTRACTOR)
        if supervisor.organisation_id in built or (
            builder is not None and builder.organisation_id == supervisor.organisation_id
        ):
            yield "所选监理单位也是施工单位，不能监理这一户"
    elif needs_supervisor(renovation) and renovation.id not in _supervised([renovation]):
        yield "这个政策结算时要有监理报告，请同时选监理单位"


# ---------------------------------------------------------------- maker and checker


def _plan_reasons(renovation: Renovation, actor: Actor, command: ApprovePlan | None) -> Iterable[str]:
    plan = plans.in_state(renovation, PlanState.SUBMITTED)
    if plan is None:
        return
    if actor.user_id is not None and actor.user_id in (plan.submitted_by, plan.drafted_by):
        yield "编制方案的人不能审批自己的方案"
    waived = _waived(plan)
    if plan.flagged:
        yield f"{len(waived)} 个基础类项目不改造，属于重点复查，要打开档案逐项核对后单独批准"
    elif waived and command is not None and not command.accept_waivers:
        yield f"有 {len(waived)} 个基础类项目不改造，看过理由后，在上面勾选认可才能批准"


def _plan_remarks(renovation: Renovation) -> Iterable[str]:
    plan = plans.in_state(renovation, PlanState.SUBMITTED)
    for one in _waived(plan) if plan is not None else ():
        yield f"{one.item_name}：{one.decision.label}，{one.reason}"


def _waived(plan: Plan) -> list[ItemDecision]:
    return [one for one in plan.decisions if one.decision is not Decision.INSTALL]


def _plan_sums(renovation: Renovation) -> Sums | None:
    plan = plans.in_state(renovation, PlanState.SUBMITTED)
    return None if plan is None else (plan.subsidy_fen, plan.self_pay_fen)


def _acceptance_reasons(renovation: Renovation, actor: Actor, _command: Any) -> Iterable[str]:
    found = acceptances.current(renovation)
    if found is not None and actor.user_id is not None and found.recorded_by == actor.user_id:
        yield "登记验收的人不能自己会签"


def _computed_sums(renovation: Renovation) -> Sums | None:
    computed = compute(renovation)
    return computed.settlement.subsidy_fen, computed.own.pays_fen


def _settle_reasons(renovation: Renovation, actor: Actor, _command: Any) -> Iterable[str]:
    sheet = settlements.current(renovation)
    if sheet is None:
        return
    if actor.user_id is not None and sheet.prepared_by == actor.user_id:
        yield "编制结算单的人不能自己审批"
    yield from (missing.text for missing in missing_papers(renovation))
    if not is_as_prepared(sheet, compute(renovation)):
        yield "结算单编制后情况有变化，金额已不一致，请退回后重新编制"


BULK: tuple[Bulk, ...] = (
    Bulk(
        "application.forward",
        "初审通过，同一乡镇、同一起始日的家庭合在一份公示里；期满无异议自动转县级民政局确定。",
        choices=_notice_choices,
        initial=_notice_initial,
    ),
    Bulk(
        "application.confirm",
        "确定为改造对象，每户占用任务数 1 户（已占用的沿用），登记本人、家庭和住房的补贴资格；随后委托评估。",
        pools=_quota_pools,
        sums=lambda _renovation: None,
    ),
    Bulk(
        "plan.approve",
        "批准方案，之后请各家庭签字。",
        is_live=True,
        labels={"accept_waivers": "认可下面列出的基础类项目不改造"},
        reasons=_plan_reasons,
        remarks=_plan_remarks,
        sums=_plan_sums,
    ),
    Bulk(
        "construction.dispatch",
        "派给所选单位，由其与各家庭签订施工合同并施工。",
        is_live=True,
        blanks={"supervisor_record_id": "不另派，沿用已派的监理"},
        reasons=_dispatch_reasons,
        pools=_lot_pools,
        choices=_lot_choices,
    ),
    Bulk(
        "acceptance.countersign",
        "会签后按验收结果计算补贴，质保期从各户入户验收那天算起。",
        reasons=_acceptance_reasons,
    ),
    Bulk("settlement.prepare", "编制结算单，编制后金额固定，由另一位同事审批。", sums=_computed_sums),
    Bulk(
        "settlement.approve",
        "批准结算，补贴和家庭自付按结算单定下，交财政拨付。",
        reasons=_settle_reasons,
    ),
)

_BY_KEY = {one.key: one for one in BULK}


def bulk_of(key: str) -> Bulk | None:
    """The row of an operation's key, None when it is done one by one only."""
    return _BY_KEY.get(key)


def choices_for(actor: Actor) -> list[tuple[str, str]]:
    """(operation key, title) of what this person may do to many files, in the lifecycle's order."""
    return [(one.key, one.operation.title) for one in BULK if may(actor, one.operation.permission)]


def shows_sums(actor: Actor) -> bool:
    """True when this person sees amounts."""
    return may(actor, Permission.MONEY_READ)
