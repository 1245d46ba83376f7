"""Dispatch and contract: which firm builds, which one supervises, at which prices. Nothing here commits."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from sqlalchemy import func, select

from ...core import clock
from ...core.db import db
from ...core.errors import Conflict, DomainError, RuleViolation, RuleViolations
from ...funds.deposit_queries import lacking
from ...lifecycle import Action, Stage, Step
from ...permissions import Actor, Role
from ...places import queries as places
from ...places.models import ProcurementRecord
from ...places.rules import OrganisationKind
from ...programme.money_schema import DepositBefore
from ...programme.policy import Programme
from ...programme.queries import name_of, programme_of
from ...renovation import queries as files
from ...renovation import service as filing
from ...renovation.models import Assignment, Kind, Renovation
from ...renovation.progress import advance, left_out, note, office_of
from ..plan import queries as plans
from ..plan.models import Plan, PlanLine
from . import queries
from .models import Contract, ContractLine
from .rules import ChooseFirm, Dispatch, SignContract, check_price, check_term, contract_total
from .service import own_part

STAGE = Stage.CONSTRUCTION


def dispatch(renovation: Renovation, command: Dispatch, actor: Actor) -> None:
    """Give the works to a firm, and the supervision to another, each under a record in force (domain §2, S6).

    Raises RuleViolation when the record does not serve this county today, is full, or the firm assessed this home.
    """
    builder = _record(renovation, OrganisationKind.CONTRACTOR, command.procurement_record_id, "procurement_record_id")
    if builder.organisation_id in queries.barred_from_building(renovation):
        raise RuleViolation("评估这一户或审核方案的单位不能再来施工，请另选施工单位。", "procurement_record_id")
    filing.assign(renovation, Role.CONTRACTOR, builder.organisation_id, builder.id)
    _supervise(renovation, command.supervisor_record_id)
    note(renovation, STAGE, f"派工给{builder.organisation.name}", actor, command.note, {"lot": builder.lot})


def choose_firm(renovation: Renovation, command: ChooseFirm, actor: Actor) -> None:
    """The household gives the works to a firm of its own choice, and signs for that; nobody dispatches (variants §1B).

    Raises RuleViolation when the firm is not admitted in this county, or assessed this home.
    """
    field = "organisation_id"
    firms = {one.id: one for one in places.admitted(OrganisationKind.CONTRACTOR, renovation.county_id)}
    firm = firms.get(command.organisation_id)
    if firm is None:
        raise RuleViolation(
            f"这家单位没有在本县准入，请家庭另选，或先由{office_of(renovation).at_county}办理准入。", field
        )
    if firm.id in queries.barred_from_building(renovation):
        raise RuleViolation("评估这一户或审核方案的单位不能再来施工，请家庭另选。", field)
    subject = f"firm:{firm.id}"
    filing.attach(renovation, STAGE, Kind.OTHER, command.signature, actor, subject, field="signature")
    filing.assign(renovation, Role.CONTRACTOR, firm.id)
    note(renovation, STAGE, f"家庭选定{firm.name}", actor, command.note)


def _supervise(renovation: Renovation, record_id: int | None) -> None:
    """Give the supervision to a firm, or let the one that has it go on; never to a firm that builds or built here."""
    current, field = files.assignment(renovation, Role.SUPERVISOR), "supervisor_record_id"
    record = _record(renovation, OrganisationKind.SUPERVISOR, record_id, field) if record_id is not None else None
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


def _record(renovation: Renovation, kind: OrganisationKind, record_id: int, field: str) -> ProcurementRecord:
    choices = {
        one.id: one for one in places.dispatchable(kind, renovation.county_id, clock.today(), renovation.programme_key)
    }
    record = choices.get(record_id)
    if record is None:
        raise RuleViolation(_unfit(renovation, record_id), field)
    # two clerks who dispatch at the same moment queue here: a lot is never filled beyond its households
    db.session.execute(select(ProcurementRecord.id).where(ProcurementRecord.id == record.id).with_for_update())
    if record.max_households is not None and households_of([record])[record.id] >= record.max_households:
        raise RuleViolation(f"这个采购标段最多 {record.max_households} 户，已经用完，请另选标段。", field)
    if kind is OrganisationKind.CONTRACTOR and (why := without_deposit(renovation, record, DepositBefore.DISPATCH)):
        raise RuleViolation(why, field)
    return record


def without_deposit(renovation: Renovation, record: ProcurementRecord, before: DepositBefore) -> str:
    """Why a firm cannot go on with a file for want of its tender's deposit; "" when it can, or none is asked."""
    return lacking(record, programme_of(renovation.programme_version_id), before, clock.today())


def contract_waits(renovation: Renovation) -> str:
    """Why the contract waits for the deposit of the tender under which the firm was dispatched; "" when it does not."""
    assigned = files.assignment(renovation, Role.CONTRACTOR)
    if assigned is None or assigned.procurement_record_id is None:
        return ""
    record = db.session.get_one(ProcurementRecord, assigned.procurement_record_id)
    return without_deposit(renovation, record, DepositBefore.CONTRACT)


def _unfit(renovation: Renovation, record_id: int) -> str:
    """Why a record does not serve a file today, and what to do."""
    found = db.session.get(ProcurementRecord, record_id)
    if found is not None and not found.serves(renovation.programme_key):
        name, own = name_of(found.programme_key), name_of(renovation.programme_key)
        return (
            f"标段 {found.lot} 是为“{name}”采购的，不能用于“{own}”的改造户。"
            f"请另选标段，或在“单位”里为这家单位登记“{own}”的采购记录。"
        )
    return "这个采购记录今天不能用于本县派工（已到期、已暂停或不在本县），请另选。"


def households_of(records: Iterable[ProcurementRecord]) -> dict[int, int]:
    """Record id → how many files it serves now or has served to the end."""
    ids = [record.id for record in records]
    counted = db.session.execute(
        select(Assignment.procurement_record_id, func.count())
        .where(Assignment.procurement_record_id.in_(ids), Assignment.ended_at.is_(None))
        .group_by(Assignment.procurement_record_id)
    )
    return dict.fromkeys(ids, 0) | {record_id: number for record_id, number in counted if record_id is not None}


def sign_contract(renovation: Renovation, command: SignContract, actor: Actor) -> Contract:
    """Record the contract of the firm with the household and take the file to `dispatched`.

    Every line of the signed plan has a price, none above the plan's (domain P4); the term, the warranty and the
    rubble stand in it. Raises RuleViolations with every fault.
    """
    assigned = own_part(renovation, actor)
    plan = plans.signed(renovation)
    if plan is None:
        raise Conflict("家庭还没有签字确认方案，不能签订施工合同。")
    if why := contract_waits(renovation):
        raise Conflict(why)
    programme = programme_of(renovation.programme_version_id)
    problems: list[DomainError] = [*check_term(command, programme.warranty_months, clock.today())]
    left = queries.remaining(renovation)
    problems += _check_prices(plan.lines, left, command, programme)
    RuleViolations.raise_if_any(problems)
    prices = {price.line_id: price.unit_price for price in command.prices}
    paper = filing.attach(renovation, STAGE, Kind.CONTRACT, command.signature, actor, field="signature")
    contract = Contract(
        renovation_id=renovation.id,
        plan_id=plan.id,
        organisation_id=assigned.organisation_id,
        organisation_name=assigned.organisation.name,
        procurement_lot=_lot_of(assigned),
        number=command.number,
        signed_on=command.signed_on,
        starts_on=command.starts_on,
        ends_on=command.ends_on,
        warranty_months=command.warranty_months,
        household_signer=command.household_signer,
        firm_signer=actor.name,
        total_fen=contract_total(left, prices),
        attachment_id=paper.id,
        ended_reason="",
        lines=[
            ContractLine(root_id=line.root_id, plan_price_fen=line.unit_price_fen, unit_price_fen=prices[line.root_id])
            for line in plan.lines
            if line.root_id in prices
        ],
    )
    _refuse_used_number(contract)
    db.session.add(contract)
    show_contracted(renovation, plan, prices)
    advance(renovation, Action.SIGN_CONTRACT, actor, details={"contract": contract.number})
    return contract


def _lot_of(assigned: Assignment) -> str:
    """The procurement lot under which a firm was dispatched; "" when the household chose it."""
    record_id = assigned.procurement_record_id
    return db.session.get_one(ProcurementRecord, record_id).lot if record_id is not None else ""


def show_contracted(renovation: Renovation, plan: Plan, prices: Mapping[int, int]) -> None:
    """The file's sums for lists are from now on those at the contract's prices (fen by line identity).

    After a firm was replaced two contracts price one plan; then the plan's sums stay until the settlement.
    """
    if queries.done_before(renovation):
        return
    sums = plans.quote(plan, prices={line.id: prices[line.root_id] for line in plan.lines})
    renovation.total_fen, renovation.subsidy_fen = sums.total_fen, sums.subsidy_fen
    renovation.self_pay_fen = sums.self_pay_fen


def _refuse_used_number(contract: Contract) -> None:
    used = db.session.scalar(
        select(Contract.id).where(
            Contract.organisation_id == contract.organisation_id, Contract.number == contract.number
        )
    )
    if used is not None:
        raise RuleViolation("贵单位已用过这个合同编号，请核对后改正。", "number")


def _check_prices(
    lines: list[PlanLine], left: Mapping[int, Decimal], command: SignContract, programme: Programme
) -> list[DomainError]:
    """Every line that is left to do has one price; a line that an earlier firm finished needs none."""
    known = {line.root_id: line for line in lines}
    problems: list[DomainError] = []
    seen: set[int] = set()
    for index, price in enumerate(command.prices):
        line = known.get(price.line_id)
        if line is None or price.line_id in seen:
            problems.append(
                RuleViolation("合同单价要与方案项目一一对应，请刷新页面后重填。", f"prices-{index}-line_id")
            )
            continue
        seen.add(price.line_id)
        refused = check_price(
            line, price.unit_price, f"prices-{index}-unit_price", programme.has_fixed_price(line.item_no)
        )
        problems += [refused] if refused else []
    problems += [
        RuleViolation(f"“{known[root].item_name}”还没有填合同单价。", "prices") for root in sorted(set(left) - seen)
    ]
    return problems
