"""What people can do with what a household pays at the signing: enter it, and give it back where nothing is built."""

from ...core.money import display
from ...lifecycle import LINE, Stage, Status
from ...permissions import Permission
from ...renovation.models import Renovation
from ...renovation.operations import Operation
from . import pages, paying, paying_queries, rules

STAGE = Stage.CONSTRUCTION
FROM_AGREED = frozenset(LINE[LINE.index(Status.AGREED) :]) | {Status.WITHDRAWN, Status.TERMINATED}
"""Where a firm may still have to give back what a household paid it: another one took over, or the file ended."""


def _receiving(renovation: Renovation) -> str:
    return (
        f"登记后可以开工。政府补贴当场抵扣，除了 {display(paying_queries.due_fen(renovation))}，不再向家庭收任何费用。"
    )


def _giving_back(renovation: Renovation) -> str:
    rows = paying_queries.to_give_back(renovation)
    return (
        "、".join(f"{row.organisation_name}退还家庭 {display(row.amount_fen)}" for row in rows) + "；登记以后不能再改。"
    )


PAYMENTS: tuple[Operation, ...] = (
    Operation(
        "receive_payment",
        STAGE,
        "登记家庭签约付款",
        Permission.CONSTRUCTION_CONTRACT,
        rules.ReceivePayment,
        paying.receive,
        statuses=frozenset({Status.DISPATCHED}),
        available=lambda renovation: renovation.ending is None and paying_queries.due_fen(renovation) > 0,
        initial=pages.payment_initial,
        consequence=_receiving,
    ),
    Operation(
        "give_back",
        STAGE,
        "登记退还家庭付款",
        Permission.CONSTRUCTION_CONTRACT,
        rules.GiveBack,
        paying.give_back,
        statuses=FROM_AGREED,
        available=lambda renovation: bool(paying_queries.to_give_back(renovation)),
        initial=pages.today,
        consequence=_giving_back,
        help="家庭签约时付的钱，没有施工的要全部退还。",
        while_suspended=True,
        owed=True,
        only=lambda renovation, actor: paying.owes(renovation, actor) is not None,
    ),
)
