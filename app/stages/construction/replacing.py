"""A firm leaves before the end and is settled for what it did, even when nobody comes after it. Nothing here commits."""

from ...core import clock
from ...core.db import db
from ...core.errors import Conflict, DomainError, RuleViolation, RuleViolations
from ...core.money import display
from ...lifecycle import Action, Stage, Status
from ...permissions import Actor, Role
from ...renovation import queries as files
from ...renovation import service as filing
from ...renovation.models import Kind, Renovation
from ...renovation.progress import advance
from . import filings, photo_queries, queries
from .models import Contract, FirmReplacement, ReplacedPart
from .rules import ReplaceFirm, WindUp, centi
from .service import drop_open_change, reports_in_force

STAGE = Stage.CONSTRUCTION


def replace_firm(renovation: Renovation, command: ReplaceFirm, actor: Actor) -> FirmReplacement:
    """End a firm's part and its contract; it is settled for the parts that are named, at its contract's prices.

    The file goes back to `agreed`, where another firm is dispatched. Raises RuleViolations when a part exceeds the plan.
    """
    assigned = files.assignment(renovation, Role.CONTRACTOR)
    if assigned is None:
        raise Conflict("这一户还没有派工，不需要更换施工单位。")
    contract = queries.contract(renovation)
    parts = _parts(renovation, command, contract)
    drop_open_change(renovation, "更换施工单位", actor)
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
    for row in reports_in_force(renovation).values():
        row.ended_at = clock.now()
    filings.end(renovation, "更换施工单位")
    filing.end_assignment(assigned, command.reason)
    settled = sum(part.amount_fen for part in parts)
    advance(
        renovation, Action.REPLACE_FIRM, actor, command.reason, {"settled_fen": settled, "settled": display(settled)}
    )
    return replacement


def wind_up(renovation: Renovation, command: WindUp, actor: Actor) -> None:
    """Take a file that ended between two firms on to its acceptance: no second contract for works that nobody does.

    What the first firm had done is settled, so each such line needs a photo of how it stands (domain S6). A firm that
    was dispatched meanwhile has not begun, so nothing is owed to it and its part ends. Raises RuleViolations.
    """
    _show_what_is_left(renovation, command, actor)
    contract, assigned = queries.contract(renovation), files.assignment(renovation, Role.CONTRACTOR)
    if contract is not None:
        contract.ended_at, contract.ended_reason = clock.now(), "改造提前结束"
    filings.end(renovation, "改造提前结束")
    if assigned is not None:
        filing.end_assignment(assigned, "改造提前结束")
    advance(renovation, Action.WIND_UP, actor, command.note)


def _show_what_is_left(renovation: Renovation, command: WindUp, actor: Actor) -> None:
    wanted = {line.root_id: line for line in photo_queries.left_unphotographed(renovation)}
    problems: list[DomainError] = [
        RuleViolation("这个项目不用拍，请刷新页面后重填。", f"left-{index}-line_id")
        for index, given in enumerate(command.left)
        if given.line_id not in wanted
    ]
    shown = {given.line_id for given in command.left}
    problems += [
        RuleViolation(f"{queries.name_of(line)}还没有照片，请拍下现在的样子。", "left")
        for root, line in wanted.items()
        if root not in shown
    ]
    RuleViolations.raise_if_any(problems)
    for index, given in enumerate(command.left):
        subject, place = f"line:{given.line_id}", f"left-{index}-photos"
        filing.attach_all(renovation, STAGE, Kind.AFTER, list(given.photos), actor, subject, place)


def _parts(renovation: Renovation, command: ReplaceFirm, contract: Contract | None) -> list[ReplacedPart]:
    prices = {line.root_id: line.unit_price_fen for line in contract.lines} if contract else {}
    if command.parts and renovation.status is not Status.BUILDING:
        raise RuleViolation("还没有开工，原单位没有可结算的部分，请删去。", "parts")
    known, left = {line.root_id: line for line in queries.lines(renovation)}, queries.remaining(renovation)
    problems: list[DomainError] = []
    parts: list[ReplacedPart] = []
    for index, part in enumerate(command.parts):
        line = known.get(part.line_id)
        if line is None:
            problems.append(RuleViolation("生效的方案里没有这个项目，请刷新页面后重选。", f"parts-{index}-line_id"))
            continue
        if part.quantity == 0:
            continue  # nothing of it was done: nothing to settle
        if part.quantity > left.get(line.root_id, 0):
            problems.append(
                RuleViolation(
                    f"“{line.item_name}”的数量不能超过方案里还没做的 {left.get(line.root_id, 0):.2f}。",
                    f"parts-{index}-quantity",
                )
            )
            continue
        if any(one.root_id == line.root_id for one in parts):
            problems.append(RuleViolation(f"“{line.item_name}”填了两次，请合并。", f"parts-{index}-line_id"))
            continue
        parts.append(
            ReplacedPart(
                root_id=line.root_id,
                quantity_centi=centi(part.quantity),
                unit_price_fen=prices[line.root_id],
                facts={"item": line.item_no, "name": line.item_name},
            )
        )
    RuleViolations.raise_if_any(problems)
    return parts
