"""What the household pays the firm at the signing: what is due, what was paid, what has to go back. Variants §0.9."""

from sqlalchemy import ColumnElement, and_, or_, select

from ...core.db import db
from ...core.money import display
from ...lifecycle import ENDINGS, Action
from ...programme.queries import programme_of
from ...programme.values import Payee
from ...renovation.models import Event, Renovation
from ...renovation.operations import Missing
from . import queries
from .models import FirmReplacement, ReplacedPart, SigningPayment


def due_fen(renovation: Renovation) -> int:
    """What the household has to pay under the contract in force before the works start, in fen; 0 where nothing.

    After a firm was replaced what is left to pay is only told at the settlement: then nothing is asked for here.
    """
    programme = programme_of(renovation.programme_version_id)
    if not programme.pays_at_signing or queries.contract(renovation) is None or queries.done_before(renovation):
        return 0
    whole = programme.data.money.payee is Payee.HOUSEHOLD
    return (renovation.total_fen if whole else renovation.self_pay_fen) or 0


def paid(renovation: Renovation) -> SigningPayment | None:
    """The payment under the contract in force."""
    contract = queries.contract(renovation)
    if contract is None:
        return None
    return db.session.scalar(
        select(SigningPayment).where(
            SigningPayment.contract_id == contract.id,
            SigningPayment.ended_at.is_(None),
            SigningPayment.returned_on.is_(None),
        )
    )


def missing(renovation: Renovation) -> list[Missing]:
    """What keeps the works from starting: the household has not paid its share."""
    fen = due_fen(renovation)
    if not fen or paid(renovation) is not None:
        return []
    return [Missing(f"家庭签约时该付的 {display(fen)} 还没有登记收款。", "construction.receive_payment")]


def to_give_back(renovation: Renovation) -> list[SigningPayment]:
    """Payments for which nothing is built: the file ended before the works, or their contract ended and nothing was done."""
    rows = queries.signing_payments(renovation)
    if not rows:
        return []
    if renovation.status in ENDINGS and not queries.has_begun(renovation):
        return list(rows)
    done = {one.contract_id for one in queries.replacements(renovation) if one.parts}
    ended = {one.contract_id for one in queries.replacements(renovation)}
    return [row for row in rows if row.contract_id in ended - done]


def owed_by(organisation_id: int | None) -> ColumnElement[bool]:
    """Of a file, for lists: a firm has to give back what the household paid it. The same as `to_give_back`."""
    paid = select(SigningPayment.renovation_id).where(
        SigningPayment.organisation_id == organisation_id,
        SigningPayment.ended_at.is_(None),
        SigningPayment.returned_on.is_(None),
    )
    built = select(ReplacedPart.id).where(ReplacedPart.replacement_id == FirmReplacement.id)
    left = select(FirmReplacement.id).where(
        FirmReplacement.contract_id == SigningPayment.contract_id, ~built.correlate(FirmReplacement).exists()
    )
    begun = select(Event.id).where(Event.renovation_id == Renovation.id, Event.action == Action.START)
    over = and_(Renovation.status.in_(ENDINGS), ~begun.correlate(Renovation).exists(), Renovation.id.in_(paid))
    # from the few payments to their files: far more files are running than have money to go back
    return or_(over, Renovation.id.in_(paid.where(left.correlate(SigningPayment).exists())))
