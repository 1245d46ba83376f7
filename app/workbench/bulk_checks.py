"""Many files at once in the county: maker and checker, what is held back for a look of its own, the sums of each file."""

from collections.abc import Iterable
from typing import Any

from ..permissions import Actor
from ..programme.values import Decision
from ..renovation.models import Renovation
from ..stages.acceptance import queries as acceptances
from ..stages.plan import queries as plans
from ..stages.plan.models import ItemDecision, Plan
from ..stages.plan.rules import ApprovePlan, PlanState
from ..stages.settlement import queries as settlements
from ..stages.settlement.papers import missing_papers
from ..stages.settlement.service import is_as_prepared
from ..stages.settlement.sheet import compute
from .bulk_kinds import Sums


def plan_reasons(renovation: Renovation, actor: Actor, command: ApprovePlan | None) -> Iterable[str]:
    """Who drafted does not approve; a plan that waives much is looked at by itself (domain P1)."""
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


def plan_remarks(renovation: Renovation) -> Iterable[str]:
    """The basic items that the plan leaves out, with their reasons."""
    plan = plans.in_state(renovation, PlanState.SUBMITTED)
    for one in _waived(plan) if plan is not None else ():
        yield f"{one.item_name}：{one.decision.label}，{one.reason}"


def _waived(plan: Plan) -> list[ItemDecision]:
    return [one for one in plan.decisions if one.decision is not Decision.INSTALL]


def plan_sums(renovation: Renovation) -> Sums | None:
    """Subsidy and own share of the plan that waits, in fen."""
    plan = plans.in_state(renovation, PlanState.SUBMITTED)
    return None if plan is None else (plan.subsidy_fen, plan.self_pay_fen)


def acceptance_reasons(renovation: Renovation, actor: Actor, _command: Any) -> Iterable[str]:
    """Who recorded the acceptance does not countersign it."""
    found = acceptances.current(renovation)
    if found is not None and actor.user_id is not None and found.recorded_by == actor.user_id:
        yield "登记验收的人不能自己会签"


def computed_sums(renovation: Renovation) -> Sums | None:
    """What the settlement sheet would say, in fen."""
    computed = compute(renovation)
    return computed.settlement.subsidy_fen, computed.own.pays_fen


def settle_reasons(renovation: Renovation, actor: Actor, _command: Any) -> Iterable[str]:
    """Maker and checker, missing papers, and a sheet that is no longer as prepared (domain S6)."""
    sheet = settlements.current(renovation)
    if sheet is None:
        return
    if actor.user_id is not None and sheet.prepared_by == actor.user_id:
        yield "编制结算单的人不能自己审批"
    yield from (missing.text for missing in missing_papers(renovation))
    if not is_as_prepared(sheet, compute(renovation)):
        yield "结算单编制后情况有变化，金额已不一致，请退回后重新编制"
