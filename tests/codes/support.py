"""Households that buy with a code, and the firms that they may give it to."""

from typing import Any

from app.permissions import Actor
from app.renovation.models import Renovation
from app.stages.construction import code_queries, redeeming
from app.stages.construction.code_models import PurchaseCode
from app.stages.construction.code_rules import EnterCode
from tests.assessment.support import photo
from tests.construction.support import Site, do
from tests.process.support import publish_without
from tests.process.test_purchases import LEFT_OUT, listed
from tests.process.test_purchases import tables as bought

__all__ = ["listed"]


def programme(days: int = 30, **more: Any) -> None:
    """In force: what the household buys is listed and signed, and it gets a code for that."""
    publish_without(*LEFT_OUT, **(bought() | {"purchase_code": {"days": days}} | more))


def signed(on: Site, file: Renovation | None = None) -> Renovation:
    """The household has signed its list, and has a code."""
    file, township = file or listed(on), on.around.township
    return do("plan.sign", file, township, self_pay="0.00", signature=photo(township))


def live(file: Renovation) -> PurchaseCode:
    """The code that has not ended."""
    found = code_queries.live(file)
    assert found is not None
    return found


def outcomes(file: Renovation) -> list[str | None]:
    """What became of each code of the file, oldest first."""
    found = reversed(code_queries.all_of(file))
    return [one.outcome.value if one.outcome else None for one in found]


def redeem(code: str, actor: Actor, key: str = "") -> str:
    """A firm takes the home with a code."""
    return redeeming.redeem(EnterCode(code=code), actor, key)


def look(code: str, actor: Actor) -> redeeming.Offer:
    """A firm looks what a code is about."""
    return redeeming.look(EnterCode(code=code), actor)
