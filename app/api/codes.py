"""Purchase codes: a building firm looks what a code is about, and takes the home."""

from datetime import date

from flask import Response

from ..core.commands import Quantity, Yuan
from ..core.money import yuan
from ..identity.access import current_actor, requires
from ..permissions import Permission
from ..stages.construction import redeeming
from ..stages.construction.code_rules import EnterCode
from .exchange import answer, body, idempotency_key
from .renovations import detail
from .schemas import Answer

CONTRACT, MONEY = Permission.CONSTRUCTION_CONTRACT, Permission.MONEY_READ


class OfferedLineAnswer(Answer):
    """One thing that the household buys: at most at this price, subsidised up to the other."""

    item: int
    name: str
    specification: str
    quantity: Quantity
    unit: str
    unit_price: Yuan
    subsidised_price: Yuan


class OfferAnswer(Answer):
    """What a code is about: the household's name is masked, and no address is told before the home is taken."""

    code: str
    name: str
    county: str
    township: str
    programme: str
    valid_to: date
    lines: list[OfferedLineAnswer]


@requires(CONTRACT, MONEY)
def look() -> Response:
    """What a code is about; nothing but the attempt is written."""
    found = redeeming.look(body(EnterCode), current_actor())
    return answer(
        OfferAnswer.model_validate(
            {
                "code": found.code,
                "name": found.name,
                "county": found.county,
                "township": found.township,
                "programme": found.programme,
                "valid_to": found.valid_to,
                "lines": [
                    {
                        "item": line.item,
                        "name": line.name,
                        "specification": line.specification,
                        "quantity": f"{line.quantity:.2f}",
                        "unit": line.unit,
                        "unit_price": yuan(line.unit_price_fen),
                        "subsidised_price": yuan(line.subsidised_price_fen),
                    }
                    for line in found.lines
                ],
            }
        )
    )


@requires(CONTRACT, MONEY)
def redeem() -> Response:
    """Take the home; the same Idempotency-Key again does nothing."""
    command, key = body(EnterCode), idempotency_key(required=True)
    return detail(redeeming.redeem(command, current_actor(), key))
