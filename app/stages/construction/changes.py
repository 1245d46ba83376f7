"""Change orders during the works: proposed by the firm, approved by the county, signed by the household. Domain S1."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field

from ...core.commands import Command, FileRef, LongText, Yuan
from ...core.errors import Conflict, DomainError, RuleViolations
from ...core.money import display, yuan
from ...lifecycle import Action, Stage, Status
from ...permissions import Actor, Permission
from ...programme.queries import programme_of
from ...renovation.models import Renovation
from ...renovation.operations import Operation
from ...renovation.progress import advance
from ..application import queries as application
from ..plan import changes as plans
from ..plan import queries as versions
from ..plan.models import Plan
from ..plan.preview import Preview, preview
from ..plan.rules import LineInput, PlanState, Signer, needs_measures
from ..plan.showing import plan_context
from . import queries
from .contracting import check_award, show_contracted
from .models import Contract, ContractLine
from .rules import changed_price, check_done_kept, contract_total
from .service import own_part

STAGE = Stage.CONSTRUCTION
BUILDING = frozenset({Status.BUILDING})


class ProposeChange(Command):
    """The plan as it should be; lines that go on keep their `origin`."""

    reason: Annotated[str, Field(title="变更理由", min_length=1, max_length=1000)]
    lines: Annotated[list[LineInput], Field(title="变更后的项目", min_length=1, max_length=200)]


class ApproveChange(Command):
    """The county approves the change."""

    note: Annotated[LongText, Field(title="审批意见")] = ""


class SignChange(Command):
    """The household signs the changed plan with its own share."""

    self_pay: Annotated[Yuan, Field(title="家庭自付金额（元）", description="请照上面的金额写一遍；不用自付写 0.00")]
    signer: Annotated[Signer, Field(title="签字人")] = Signer.SELF
    signer_name: Annotated[str, Field(title="签字人姓名", max_length=40, description="代签时填写")] = ""
    signature: Annotated[FileRef, Field(title="家庭签字")]


class DropChange(Command):
    """The change is given up."""

    reason: Annotated[str, Field(title="原因", min_length=1, max_length=1000)]


def propose_change(renovation: Renovation, command: ProposeChange, actor: Actor) -> None:
    """Propose the next version of the plan; the one in force holds until the household signs."""
    own_part(renovation, actor)
    plan = plans.open_change(renovation, command.lines, command.reason, actor)
    problems: list[DomainError] = [*check_done_kept(plan.lines, queries.done_before(renovation))]
    RuleViolations.raise_if_any(problems)


def approve_change(renovation: Renovation, command: ApproveChange, actor: Actor) -> None:
    """Approve the proposed version, by somebody else than who proposed it."""
    plans.approve_change(renovation, actor, command.note)


def sign_change(renovation: Renovation, command: SignChange, actor: Actor) -> None:
    """Put the approved version into force and the contract in step with it (`building→building`)."""
    plan = plans.sign_change(
        renovation, command.self_pay, command.signature, actor, command.signer, command.signer_name
    )
    contract = queries.contract(renovation)
    if contract is None:
        raise Conflict("没有生效的施工合同，不能办理变更。")
    _follow(contract, plan)
    contract.plan_id = plan.id
    prices = {line.root_id: line.unit_price_fen for line in contract.lines}
    before, contract.total_fen = contract.total_fen, contract_total(queries.remaining(renovation), prices)
    if contract.total_fen > before:  # what makes a lot cheaper is never in the way
        check_award(renovation, contract.total_fen)
    show_contracted(renovation, plan, prices)
    advance(renovation, Action.CHANGE_ORDER, actor, plan.reason, {"version": plan.version, "total_fen": plan.total_fen})


def _follow(contract: Contract, plan: Plan) -> None:
    """Bring the contract's prices in step with the new version of the plan."""
    known = {line.root_id: line for line in contract.lines}
    for line in plan.lines:
        if (kept := known.get(line.root_id)) is not None:
            kept.unit_price_fen = changed_price(kept.unit_price_fen, kept.plan_price_fen, line.unit_price_fen)
            kept.plan_price_fen = line.unit_price_fen
        else:
            contract.lines.append(
                ContractLine(
                    root_id=line.root_id, plan_price_fen=line.unit_price_fen, unit_price_fen=line.unit_price_fen
                )
            )


def refuse_change(renovation: Renovation, command: DropChange, actor: Actor) -> None:
    """The county does not want the change; the plan in force goes on."""
    plans.drop_change(renovation, command.reason, actor, "不同意变更")


def decline_change(renovation: Renovation, command: DropChange, actor: Actor) -> None:
    """The household does not want the change that the county approved; the plan that it signed goes on."""
    plans.drop_change(renovation, command.reason, actor, "家庭不同意变更")


def drop_change(renovation: Renovation, command: DropChange, actor: Actor) -> None:
    """Give the change up; the plan in force goes on."""
    own_part(renovation, actor)
    plans.drop_change(renovation, command.reason, actor)


def _is(state: PlanState) -> Callable[[Renovation], bool]:
    def check(renovation: Renovation) -> bool:
        return renovation.ending is None and versions.in_state(renovation, state, change_order=True) is not None

    return check


def _is_open(renovation: Renovation) -> bool:
    found = versions.open_version(renovation)
    return found is not None and found.change_order


def _may_propose(renovation: Renovation) -> bool:
    return renovation.ending is None and versions.open_version(renovation) is None


def decisions_kept(renovation: Renovation) -> list[dict[str, Any]]:
    """The decisions on basic items as they are in force, for the sums while a change is typed."""
    plan = versions.signed(renovation)
    return [] if plan is None else [{"item": one.item_no, "decision": one.decision.value} for one in plan.decisions]


def change_sums(renovation: Renovation, rows: list[dict[str, Any]]) -> Preview:
    """The sums of the lines as they are typed."""
    programme = programme_of(renovation.programme_version_id)
    return preview(programme, rows, decisions_kept(renovation), application.standing(renovation))


def _propose_page(renovation: Renovation) -> dict[str, Any]:
    programme, plan = programme_of(renovation.programme_version_id), versions.signed(renovation)
    return {
        "programme": programme,
        "plan": plan,
        "kept": {line.root_id: line for line in plan.lines} if plan else {},
        "prices": queries.contract_price(renovation),
        "done_before": queries.done_before(renovation),
        "sums": change_sums(renovation, _propose_initial(renovation).get("lines", [])),
        "live": False,
        "catalogue": {
            item.number: {
                "unit": item.unit,
                "price": "" if (top := programme.ceiling_fen(item.number)) is None else yuan(top),
                "kind": item.kind.label,
                "type": item.type.label,
                "measures": "、".join(item.measures) if needs_measures(programme, item.number) else "",
            }
            for item in programme.items
        },
        "choices": {
            "lines-item": [(item.number, f"{item.number} {item.name}") for item in programme.items],
            "lines-space": [(room.key, room.name) for room in programme.data.room],
        },
    }


def _propose_initial(renovation: Renovation) -> dict[str, Any]:
    plan = versions.signed(renovation)
    return {"lines": plans.change_inputs(plan)["lines"]} if plan else {}


def _review_page(renovation: Renovation) -> dict[str, Any]:
    """The proposed version beside the one in force."""
    plan, held = versions.open_version(renovation), versions.signed(renovation)
    if plan is None:
        return {"plan": None}
    context = plan_context(renovation, plan)
    return context | {"held": held, "difference": versions.difference(held, plan) if held else None}


def _sums(renovation: Renovation) -> str:
    """What the change comes to, in one sentence."""
    plan = versions.open_version(renovation)
    if plan is None:
        return ""
    return (
        f"变更后总价 {display(plan.total_fen)}，政府补贴 {display(plan.subsidy_fen)}，"
        f"家庭自付 {display(plan.self_pay_fen)}。家庭签字后生效。"
    )


CHANGES: tuple[Operation, ...] = (
    Operation(
        "propose_change",
        STAGE,
        "提出变更",
        Permission.CONSTRUCTION_REPORT,
        ProposeChange,
        propose_change,
        statuses=BUILDING,
        available=_may_propose,
        context=_propose_page,
        initial=_propose_initial,
        consequence=lambda _renovation: "县级批准、家庭签字后才生效，之前按原方案施工。",
    ),
    Operation(
        "approve_change",
        STAGE,
        "批准变更",
        Permission.PLAN_APPROVE,
        ApproveChange,
        approve_change,
        statuses=BUILDING,
        available=_is(PlanState.DRAFT),
        missing=plans.change_missing,
        context=_review_page,
        consequence=_sums,
    ),
    Operation(
        "refuse_change",
        STAGE,
        "不同意变更",
        Permission.PLAN_APPROVE,
        DropChange,
        refuse_change,
        statuses=BUILDING,
        available=_is_open,
        context=_review_page,
        danger=True,
        consequence=lambda _renovation: "这份变更作废，施工单位按原方案施工，也可以改好后重新提出。",
    ),
    Operation(
        "sign_change",
        STAGE,
        "家庭签字，变更生效",
        Permission.PLAN_SIGN,
        SignChange,
        sign_change,
        action=Action.CHANGE_ORDER,
        available=_is(PlanState.APPROVED),
        context=_review_page,
        consequence=_sums,
        initial=lambda _renovation: {"signer": Signer.SELF.value},
    ),
    Operation(
        "decline_change",
        STAGE,
        "家庭不同意变更",
        Permission.PLAN_SIGN,
        DropChange,
        decline_change,
        statuses=BUILDING,
        available=_is(PlanState.APPROVED),
        context=_review_page,
        danger=True,
        consequence=lambda _renovation: "这份变更作废，按家庭原来签字的方案施工。",
    ),
    Operation(
        "drop_change",
        STAGE,
        "撤销变更",
        Permission.CONSTRUCTION_REPORT,
        DropChange,
        drop_change,
        statuses=BUILDING,
        available=_is_open,
        danger=True,
        consequence=lambda _renovation: "这份变更作废，按原方案施工。",
    ),
)
