"""The firm of the household's own choice, and the contract: at which prices it builds. Nothing here commits."""

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import select

from ...core import clock
from ...core.db import db
from ...core.errors import Conflict, DomainError, RuleViolation, RuleViolations
from ...lifecycle import Action, Stage
from ...permissions import Actor, Role
from ...places import queries as places
from ...places.models import ProcurementRecord
from ...places.rules import OrganisationKind
from ...programme.money_schema import DepositBefore
from ...programme.policy import Programme
from ...programme.process_schema import PaperStep
from ...programme.queries import programme_of
from ...renovation import own_papers
from ...renovation import queries as files
from ...renovation import service as filing
from ...renovation.models import Assignment, Kind, Renovation
from ...renovation.operations import require
from ...renovation.progress import advance, note, office_of
from ..plan import queries as plans
from ..plan.models import Plan, PlanLine
from . import filings, lots, queries
from .models import Contract, ContractLine
from .rules import ChooseFirm, SignContract, check_price, check_term, contract_total
from .service import own_part

STAGE = Stage.CONSTRUCTION


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


def contract_waits(renovation: Renovation) -> str:
    """Why the contract waits for the deposit of the tender under which the firm was dispatched; "" when it does not."""
    assigned = files.assignment(renovation, Role.CONTRACTOR)
    if assigned is None or assigned.procurement_record_id is None:
        return ""
    record = db.session.get_one(ProcurementRecord, assigned.procurement_record_id)
    return lots.without_deposit(renovation, record, DepositBefore.CONTRACT)


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
    require([*filings.contract_missing(renovation), *own_papers.missing(renovation, PaperStep.CONTRACT)])
    programme = programme_of(renovation.programme_version_id)
    problems: list[DomainError] = [*check_term(command, programme.warranty_months, clock.today())]
    left = queries.remaining(renovation)
    problems += _check_prices(plan.lines, left, command, programme)
    problems += filings.wrong_day(renovation, command.signed_on)
    RuleViolations.raise_if_any(problems)
    prices = {price.line_id: price.unit_price for price in command.prices}
    check_award(renovation, contract_total(left, prices))
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


def check_award(renovation: Renovation, total_fen: int) -> None:
    """Raise Conflict where the contract would bring its lot above the award; of two at once one waits for the other."""
    assigned = files.assignment(renovation, Role.CONTRACTOR)
    if assigned is None or assigned.procurement_record_id is None:
        return
    if not programme_of(renovation.programme_version_id).within_award:
        return
    record = db.session.get_one(ProcurementRecord, assigned.procurement_record_id)
    lots.lock([record])
    if why := lots.over_award(renovation, record, total_fen):
        raise Conflict(why)


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
