"""What is done during the works. Nothing here commits; every function says what it changes."""

from datetime import date

from sqlalchemy import func, select

from ...core import clock
from ...core.db import db
from ...core.errors import Conflict, DomainError, NotAllowed, RuleViolation, RuleViolations
from ...core.money import display, line_amount
from ...lifecycle import Action, Stage, Status
from ...permissions import Actor, Role
from ...places import queries as places
from ...places.models import ProcurementRecord
from ...places.rules import OrganisationKind
from ...programme.queries import programme_of
from ...programme.schema import ItemKind
from ...renovation import queries as files
from ...renovation import service as filing
from ...renovation.models import Assignment, Kind, Renovation
from ...renovation.operations import Missing, require
from ...renovation.progress import advance, note
from ..application import queries as application
from ..application.codes import Outcome
from ..application.service import decide
from ..plan import queries as plans
from ..plan.models import PlanLine
from . import queries
from .models import (
    Contract,
    ContractLine,
    FirmReplacement,
    Handover,
    LineReport,
    LogEntry,
    Relocation,
    ReplacedPart,
    Schedule,
    SupervisionReport,
    SupervisionVisit,
)
from .rules import (
    AddPhotos,
    ArrangeRelocation,
    Complete,
    Dispatch,
    FileReport,
    HandOver,
    Inspect,
    PlanVisit,
    ReplaceFirm,
    ReportQuantities,
    Resolve,
    SignContract,
    Start,
    WriteLog,
    centi,
    check_price,
    check_term,
)

STAGE = Stage.CONSTRUCTION


def dispatch(renovation: Renovation, command: Dispatch, actor: Actor) -> None:
    """Give the works to a firm, and the supervision to another, each under a record in force (domain §2, S6).

    Raises RuleViolation when the record does not serve this county today, is full, or the firm assessed this home.
    """
    builder = _record(renovation, OrganisationKind.CONTRACTOR, command.procurement_record_id, "procurement_record_id")
    filing.assign(renovation, Role.CONTRACTOR, builder.organisation_id, builder.id)
    if command.supervisor_record_id is not None:
        supervisor = _record(
            renovation, OrganisationKind.SUPERVISOR, command.supervisor_record_id, "supervisor_record_id"
        )
        if supervisor.organisation_id == builder.organisation_id:
            raise RuleViolation("监理单位不能是施工单位自己，请另选。", "supervisor_record_id")
        current = files.assignment(renovation, Role.SUPERVISOR)
        if current is not None:
            filing.end_assignment(current, "重新派工")
        filing.assign(renovation, Role.SUPERVISOR, supervisor.organisation_id, supervisor.id)
    note(renovation, STAGE, f"派工给{builder.organisation.name}", actor, command.note, {"lot": builder.lot})


def _record(renovation: Renovation, kind: OrganisationKind, record_id: int, field: str) -> ProcurementRecord:
    choices = {one.id: one for one in places.dispatchable(kind, renovation.county_id, clock.today())}
    record = choices.get(record_id)
    if record is None:
        raise RuleViolation("这个采购记录今天不能用于本县派工（已到期、已暂停或不在本县），请另选。", field)
    assessor = files.assignment(renovation, Role.ASSESSOR)
    if kind is OrganisationKind.CONTRACTOR and assessor and assessor.organisation_id == record.organisation_id:
        raise RuleViolation("评估这一户的单位不能再来施工，请另选施工单位。", field)
    if record.max_households is not None and households_of(record) >= record.max_households:
        raise RuleViolation(f"这个采购标段最多 {record.max_households} 户，已经用完，请另选标段。", field)
    return record


def households_of(record: ProcurementRecord) -> int:
    """How many files a procurement record serves now or has served to the end."""
    return db.session.scalar(
        select(func.count()).where(Assignment.procurement_record_id == record.id, Assignment.ended_at.is_(None))
    ) or 0


def sign_contract(renovation: Renovation, command: SignContract, actor: Actor) -> Contract:
    """Record the contract of the firm with the household and take the file to `dispatched`.

    Every line of the signed plan has a price, none above the plan's (domain P4); the term, the warranty and the
    rubble stand in it. Raises RuleViolations with every fault.
    """
    assigned = own_part(renovation, actor)
    plan = plans.signed(renovation)
    if plan is None:
        raise Conflict("家庭还没有签字确认方案，不能签订施工合同。")
    least = programme_of(renovation.programme_version_id).warranty_months
    problems: list[DomainError] = [*check_term(command, least, clock.today())]
    problems += _check_prices(plan.lines, command)
    RuleViolations.raise_if_any(problems)
    prices = {price.line_id: price.unit_price for price in command.prices}
    paper = filing.attach(renovation, STAGE, Kind.CONTRACT, command.signature, actor, field="signature")
    record = db.session.get_one(ProcurementRecord, assigned.procurement_record_id)
    contract = Contract(
        renovation_id=renovation.id,
        plan_id=plan.id,
        organisation_id=assigned.organisation_id,
        organisation_name=assigned.organisation.name,
        procurement_lot=record.lot,
        number=command.number,
        signed_on=command.signed_on,
        starts_on=command.starts_on,
        ends_on=command.ends_on,
        warranty_months=command.warranty_months,
        household_signer=command.household_signer,
        firm_signer=actor.name,
        total_fen=sum(line_amount(line.quantity, prices[line.root_id]) for line in plan.lines),
        attachment_id=paper.id,
        ended_reason="",
        lines=[
            ContractLine(root_id=line.root_id, plan_price_fen=line.unit_price_fen, unit_price_fen=prices[line.root_id])
            for line in plan.lines
        ],
    )
    _refuse_used_number(contract)
    db.session.add(contract)
    advance(renovation, Action.SIGN_CONTRACT, actor, details={"contract": contract.number})
    return contract


def _refuse_used_number(contract: Contract) -> None:
    used = db.session.scalar(
        select(Contract.id).where(
            Contract.organisation_id == contract.organisation_id, Contract.number == contract.number
        )
    )
    if used is not None:
        raise RuleViolation("贵单位已用过这个合同编号，请核对后改正。", "number")


def _check_prices(lines: list[PlanLine], command: SignContract) -> list[DomainError]:
    known = {line.root_id: line for line in lines}
    problems: list[DomainError] = []
    seen: set[int] = set()
    for index, price in enumerate(command.prices):
        line = known.get(price.line_id)
        if line is None or price.line_id in seen:
            problems.append(RuleViolation("合同单价要与方案项目一一对应，请刷新页面后重填。", f"prices-{index}-line_id"))
            continue
        seen.add(price.line_id)
        refused = check_price(line, price.unit_price, f"prices-{index}-unit_price")
        problems += [refused] if refused else []
    problems += [
        RuleViolation(f"“{known[root].item_name}”还没有填合同单价。", "prices") for root in sorted(set(known) - seen)
    ]
    return problems


def own_part(renovation: Renovation, actor: Actor) -> Assignment:
    """The contractor's part, when the actor's firm has it now; else NotAllowed: a firm that left only reads."""
    assigned = files.assignment(renovation, Role.CONTRACTOR)
    if assigned is None or assigned.organisation_id != actor.organisation_id:
        raise NotAllowed("这一户现在不由贵单位施工，不能办理。如有疑问请联系县级民政局。")
    return assigned


def _supervised(renovation: Renovation, actor: Actor) -> None:
    assigned = files.assignment(renovation, Role.SUPERVISOR)
    if assigned is None or assigned.organisation_id != actor.organisation_id:
        raise NotAllowed("这一户现在不由贵单位监理，不能办理。如有疑问请联系县级民政局。")


def arrange_relocation(renovation: Renovation, command: ArrangeRelocation, actor: Actor) -> Relocation:
    """Record where the old person stays meanwhile; a newer arrangement ends the one before (domain E8)."""
    current = queries.relocation(renovation)
    if current is not None:
        current.ended_at = clock.now()
        db.session.flush()
    arranged = Relocation(
        renovation_id=renovation.id,
        arranger=command.arranger,
        place=command.place,
        from_on=command.from_on,
        to_on=command.to_on,
        contact=command.contact,
        contact_phone=command.contact_phone,
        recorded_at=clock.now(),
        recorded_by=actor.user_id,
    )
    db.session.add(arranged)
    if command.paper is not None:
        filing.attach(renovation, STAGE, Kind.RELOCATION, command.paper, actor, field="paper")
    note(renovation, STAGE, "安排临时过渡", actor, details={"arranger": command.arranger.value})
    return arranged


def plan_visit(renovation: Renovation, command: PlanVisit, actor: Actor) -> Schedule:
    """Set the day on which the firm comes."""
    own_part(renovation, actor)
    if command.starts_on < clock.today():
        raise RuleViolation("上门日期不能早于今天，请改正。", "starts_on")
    made = Schedule(
        renovation_id=renovation.id,
        starts_on=command.starts_on,
        days=command.days,
        note=command.note,
        made_at=clock.now(),
        made_by_name=actor.name,
    )
    db.session.add(made)
    note(renovation, STAGE, "约定上门", actor, command.note, {"day": command.starts_on.isoformat()})
    return made


def line_of(renovation: Renovation, root_id: int, field: str = "line_id") -> PlanLine:
    """The line of the plan in force by its identity; raises RuleViolation when there is none."""
    for line in queries.lines(renovation):
        if line.root_id == root_id:
            return line
    raise RuleViolation("生效的方案里没有这个项目，请刷新页面后重选。", field)


def add_photos(renovation: Renovation, command: AddPhotos, actor: Actor) -> None:
    """Put photos of one line in their place; before the start only those of the state before."""
    own_part(renovation, actor)
    line = line_of(renovation, command.line_id)
    if renovation.status is Status.DISPATCHED and command.kind.value != "before":
        raise RuleViolation("还没有开工，现在只能上传改造前的照片。", "kind")
    for index, file_id in enumerate(command.photos):
        filing.attach(
            renovation, STAGE, Kind(command.kind.value), file_id, actor, f"line:{line.root_id}",
            f"{line.item_no} {line.item_name}", f"photos-{index}",
        )
    details = {"line": line.seq, "kind": command.kind.value, "photos": len(command.photos)}
    note(renovation, STAGE, f"上传{command.kind.label}照片", actor, details=details)


def hand_over(renovation: Renovation, command: HandOver, actor: Actor) -> Handover:
    """Record goods given to the household with photo and signed receipt; a newer record ends the one before."""
    own_part(renovation, actor)
    line = line_of(renovation, command.line_id)
    if line.kind is not ItemKind.GOODS:
        raise RuleViolation("这个项目是施工项目，不需要用品交付记录，请上传施工照片。", "line_id")
    if command.day > clock.today():
        raise RuleViolation("交付日期不能晚于今天，请改正。", "day")
    current = queries.handovers(renovation).get(line.root_id)
    if current is not None:
        current.ended_at = clock.now()
        db.session.flush()
    subject = f"line:{line.root_id}"
    filing.attach_all(renovation, STAGE, Kind.HANDOVER, list(command.photos), actor, subject, "photos")
    filing.attach(renovation, STAGE, Kind.GOODS_RECEIPT, command.signature, actor, subject, field="signature")
    given = Handover(
        renovation_id=renovation.id,
        root_id=line.root_id,
        recipient=command.recipient,
        serial=command.serial,
        day=command.day,
        recorded_at=clock.now(),
    )
    db.session.add(given)
    note(renovation, STAGE, f"交付{line.item_name}", actor, details={"line": line.seq})
    return given


def start_missing(renovation: Renovation) -> list[Missing]:
    """What is needed before the works start: before photos, and a place to stay where the person must move out."""
    missing = queries.photos_missing(renovation, before_only=True)
    facts = application.facts(renovation).get("dwelling", {})
    if facts.get("must_move_out") and queries.relocation(renovation) is None:
        missing.append(Missing("施工期间老人要暂时迁出，还没有安排过渡住处。", "construction.relocate"))
    return missing


def start(renovation: Renovation, command: Start, actor: Actor) -> None:
    """Begin the works: eligibility holds today (domain §4, last of Money), before photos and relocation are there."""
    own_part(renovation, actor)
    require(start_missing(renovation))
    decision = decide(renovation, "start", actor, clock.today())
    if decision.outcome is not Outcome.ELIGIBLE:
        raise Conflict("今天再次核对资格，结果不是“符合”。请联系县级民政局处理，不要开工。")
    advance(renovation, Action.START, actor, command.note)


def write_log(renovation: Renovation, command: WriteLog, actor: Actor) -> LogEntry:
    """Write one day's entry of the site log."""
    own_part(renovation, actor)
    _not_in_future(command.day, "day")
    entry = LogEntry(
        renovation_id=renovation.id,
        day=command.day,
        workers=command.workers,
        text=command.text,
        written_at=clock.now(),
        written_by=actor.user_id,
        written_by_name=actor.name,
    )
    db.session.add(entry)
    db.session.flush()
    filing.attach_all(renovation, STAGE, Kind.DURING, list(command.photos), actor, f"log:{entry.id}", "photos")
    note(renovation, STAGE, "施工日志", actor, details={"day": command.day.isoformat(), "workers": command.workers})
    return entry


def _not_in_future(day: date, field: str) -> None:
    if day > clock.today():
        raise RuleViolation("日期不能晚于今天，请改正。", field)


def report_quantities(renovation: Renovation, command: ReportQuantities, actor: Actor) -> None:
    """Report what was really done, line by line (domain S1); more than planned needs a change order first."""
    own_part(renovation, actor)
    before = queries.done_before(renovation)
    problems: list[DomainError] = []
    for index, given in enumerate(command.lines):
        line = line_of(renovation, given.line_id, f"lines-{index}-line_id")
        if given.quantity + before.get(line.root_id, 0) > line.quantity:
            problems.append(
                RuleViolation(
                    f"“{line.item_name}”方案数量是 {line.quantity:.2f}，多做的要先办变更。", f"lines-{index}-quantity"
                )
            )
    RuleViolations.raise_if_any(problems)
    current = {
        row.root_id: row
        for row in db.session.scalars(
            select(LineReport).where(LineReport.renovation_id == renovation.id, LineReport.ended_at.is_(None))
        )
    }
    for given in command.lines:
        if given.line_id in current:
            current[given.line_id].ended_at = clock.now()
    db.session.flush()
    db.session.add_all(
        LineReport(
            renovation_id=renovation.id,
            root_id=given.line_id,
            quantity_centi=centi(given.quantity),
            note=given.note,
            reported_at=clock.now(),
            reported_by=actor.user_id,
        )
        for given in command.lines
    )
    note(renovation, STAGE, "上报完成数量", actor, details={"lines": len(command.lines)})


def inspect(renovation: Renovation, command: Inspect, actor: Actor) -> SupervisionVisit:
    """Record the supervisor's visit."""
    _supervised(renovation, actor)
    _not_in_future(command.day, "day")
    visit = SupervisionVisit(
        renovation_id=renovation.id,
        day=command.day,
        finding=command.finding,
        text=command.text,
        deadline=command.deadline,
        resolution="",
        written_at=clock.now(),
        written_by=actor.user_id,
        written_by_name=actor.name,
    )
    db.session.add(visit)
    db.session.flush()
    filing.attach_all(renovation, STAGE, Kind.SUPERVISION, list(command.photos), actor, f"visit:{visit.id}", "photos")
    note(renovation, STAGE, f"监理到场：{command.finding.label}", actor, details={"day": command.day.isoformat()})
    return visit


def resolve(renovation: Renovation, command: Resolve, actor: Actor) -> None:
    """The supervisor has seen that a problem is put right."""
    _supervised(renovation, actor)
    visit = next((one for one in queries.open_problems(renovation) if one.id == command.visit_id), None)
    if visit is None:
        raise RuleViolation("没有这一条待整改的问题，请刷新页面。", "visit_id")
    if not visit.day <= command.resolved_on <= clock.today():
        raise RuleViolation("复查日期要在检查日期之后、今天之前，请改正。", "resolved_on")
    visit.resolved_on, visit.resolution = command.resolved_on, command.resolution
    filing.attach_all(renovation, STAGE, Kind.SUPERVISION, list(command.photos), actor, f"visit:{visit.id}", "photos")
    note(renovation, STAGE, "监理问题已整改", actor, details={"visit": visit.id})


def file_report(renovation: Renovation, command: FileReport, actor: Actor) -> SupervisionReport:
    """File the supervision report; a newer one ends the one before. Raises Conflict while a problem is open."""
    _supervised(renovation, actor)
    _not_in_future(command.day, "day")
    if queries.open_problems(renovation):
        raise Conflict("还有没整改完的问题，请先复查销号，再提交监理报告。")
    current = queries.supervision_report(renovation)
    if current is not None:
        current.ended_at = clock.now()
        db.session.flush()
    paper = filing.attach(renovation, STAGE, Kind.SUPERVISION, command.paper, actor, "report", field="paper")
    report = SupervisionReport(
        renovation_id=renovation.id,
        day=command.day,
        conclusion=command.conclusion,
        attachment_id=paper.id,
        filed_at=clock.now(),
        filed_by=actor.user_id,
        filed_by_name=actor.name,
    )
    db.session.add(report)
    note(renovation, STAGE, "提交监理报告", actor, details={"day": command.day.isoformat()})
    return report


def complete_missing(renovation: Renovation) -> list[Missing]:
    """What is needed before the firm reports completion: quantities, photos, handovers, no open change or problem."""
    missing = []
    quantities = queries.reported(renovation)
    if renovation.ending is None:
        missing += [
            Missing(f"{line.item_no} {line.item_name}还没有上报完成数量。", "construction.quantities")
            for line in queries.lines(renovation)
            if line.root_id not in quantities
        ]
    missing += queries.photos_missing(renovation)
    change = plans.open_version(renovation)
    if change is not None and renovation.ending is None:
        missing.append(Missing("有一份变更还没有办完，请先办完或撤销。", "construction.sign_change"))
    missing += [
        Missing(f"监理 {visit.day} 提出的问题还没有销号。", "construction.resolve")
        for visit in queries.open_problems(renovation)
    ]
    return missing


def complete(renovation: Renovation, command: Complete, actor: Actor) -> None:
    """Report completion."""
    own_part(renovation, actor)
    require(complete_missing(renovation))
    advance(renovation, Action.COMPLETE, actor, command.note)


def replace_firm(renovation: Renovation, command: ReplaceFirm, actor: Actor) -> FirmReplacement:
    """End a firm's part and its contract; it is settled for the parts that are named, at its contract's prices.

    The file goes back to `agreed`, where another firm is dispatched. Raises RuleViolations when a part exceeds the plan.
    """
    assigned = files.assignment(renovation, Role.CONTRACTOR)
    if assigned is None:
        raise Conflict("这一户还没有派工，不需要更换施工单位。")
    contract = queries.contract(renovation)
    parts = _parts(renovation, command, contract)
    replacement = FirmReplacement(
        renovation_id=renovation.id,
        organisation_id=assigned.organisation_id,
        organisation_name=assigned.organisation.name,
        contract_id=contract.id if contract else None,
        reason=command.reason,
        day=clock.today(),
        decided_by=actor.user_id,
        decided_by_name=actor.name,
        parts=parts,
    )
    db.session.add(replacement)
    if command.paper is not None:
        filing.attach(renovation, STAGE, Kind.OTHER, command.paper, actor, "replacement", field="paper")
    if contract is not None:
        contract.ended_at, contract.ended_reason = clock.now(), "更换施工单位"
    for row in db.session.scalars(
        select(LineReport).where(LineReport.renovation_id == renovation.id, LineReport.ended_at.is_(None))
    ):
        row.ended_at = clock.now()
    filing.end_assignment(assigned, command.reason)
    settled = sum(part.amount_fen for part in parts)
    advance(renovation, Action.REPLACE_FIRM, actor, command.reason, {"settled_fen": settled, "settled": display(settled)})
    return replacement


def _parts(renovation: Renovation, command: ReplaceFirm, contract: Contract | None) -> list[ReplacedPart]:
    prices = {line.root_id: line.unit_price_fen for line in contract.lines} if contract else {}
    if command.parts and renovation.status is not Status.BUILDING:
        raise RuleViolation("还没有开工，原单位没有可结算的部分，请删去。", "parts")
    before = queries.done_before(renovation)
    problems: list[DomainError] = []
    parts: list[ReplacedPart] = []
    for index, part in enumerate(command.parts):
        line = line_of(renovation, part.line_id, f"parts-{index}-line_id")
        if not 0 < part.quantity <= line.quantity - before.get(line.root_id, 0):
            problems.append(
                RuleViolation(f"“{line.item_name}”的数量要大于 0，且不超过方案数量。", f"parts-{index}-quantity")
            )
            continue
        if any(one.root_id == line.root_id for one in parts):
            problems.append(RuleViolation(f"“{line.item_name}”填了两次，请合并。", f"parts-{index}-line_id"))
            continue
        parts.append(
            ReplacedPart(
                root_id=line.root_id, quantity_centi=centi(part.quantity), unit_price_fen=prices[line.root_id],
                facts={"item": line.item_no, "name": line.item_name},
            )
        )
    RuleViolations.raise_if_any(problems)
    return parts
