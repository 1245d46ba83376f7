"""The household pays the firm at the signing, and gets it back when nothing is built. Nothing here commits.

Only under a programme in which the household pays at the signing (variants §0.9: the subsidy is deducted at once).
"""

from sqlalchemy.exc import IntegrityError

from ...core import clock
from ...core.db import db
from ...core.errors import Conflict, RuleViolation
from ...core.money import display
from ...lifecycle import Stage
from ...permissions import Actor
from ...renovation import service as filing
from ...renovation.models import Kind, Renovation
from ...renovation.progress import note
from . import paying_queries as reads
from . import queries
from .models import Contract, SigningPayment
from .rules import GiveBack, ReceivePayment
from .service import not_in_future, own_part

STAGE = Stage.CONSTRUCTION


def receive(renovation: Renovation, command: ReceivePayment, actor: Actor) -> SigningPayment:
    """Record what the household paid and the receipt that it got; a corrected one takes the place of the one before.

    Raises RuleViolation unless it is exactly what the contract asks for, Conflict where nothing is due or it is booked.
    """
    assigned, contract = own_part(renovation, actor), queries.contract(renovation)
    fen = reads.due_fen(renovation)
    if contract is None or not fen:
        raise Conflict("这一户签约时家庭不用付钱，不用登记收款。")
    _check(command, fen, contract)
    before = reads.paid(renovation)
    paper = filing.attach(renovation, STAGE, Kind.SELF_PAY_RECEIPT, command.paper, actor, "signing", field="paper")
    if before is not None:
        if (before.day, before.amount_fen, before.attachment_id) == (command.day, command.amount, paper.id):
            raise Conflict("这笔付款已经登记过，不用再登记。", "paper")
        before.ended_at = clock.now()
        db.session.flush()
    row = SigningPayment(
        renovation_id=renovation.id,
        contract_id=contract.id,
        organisation_id=assigned.organisation_id,
        organisation_name=assigned.organisation.name,
        day=command.day,
        amount_fen=command.amount,
        attachment_id=paper.id,
        filed_at=clock.now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError as error:
        raise Conflict("刚才已经登记过收款，请刷新页面查看。") from error
    note(renovation, STAGE, "收到家庭签约付款", actor, details={"amount_fen": command.amount})
    return row


def _check(command: ReceivePayment, fen: int, contract: Contract) -> None:
    not_in_future(command.day, "day")
    if command.day < contract.signed_on:
        raise RuleViolation(f"合同是 {contract.signed_on} 签的，收款日期不能更早，请改正。", "day")
    if command.amount != fen:
        raise RuleViolation(f"按合同家庭应付 {display(fen)}，多收、少收都不行，请改正。", "amount")


def owes(renovation: Renovation, actor: Actor) -> SigningPayment | None:
    """The payment that the actor's firm has to give back."""
    return next((row for row in reads.to_give_back(renovation) if row.organisation_id == actor.organisation_id), None)


def give_back(renovation: Renovation, command: GiveBack, actor: Actor) -> SigningPayment:
    """Record that the whole payment went back to the household."""
    row = owes(renovation, actor)
    if row is None:
        raise Conflict("贵单位没有要退还这一户的签约付款。")
    not_in_future(command.day, "day")
    if command.day < row.day:
        raise RuleViolation(f"钱是 {row.day} 收的，退还日期不能更早，请改正。", "day")
    paper = filing.attach(
        renovation, STAGE, Kind.SELF_PAY_RECEIPT, command.paper, actor, "signing_return", field="paper"
    )
    row.returned_on, row.return_id = command.day, paper.id
    note(renovation, STAGE, "退还家庭签约付款", actor, details={"amount_fen": row.amount_fen})
    return row
