"""The table of how building firms come to their homes: shares by count, one lot for a firm, a lot that is not overdrawn."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from ..core.enums import Labelled
from .values import Sourced, member_of


class Share(Labelled):
    """How the homes are shared out among the firms that won lots."""

    FREE = "free", "由派工的人选"
    EQUAL = "equal", "按户数均分"


class Procurement(Sourced):
    """`[procurement]`: rules for the lots of building firms; assessors and supervisors are chosen freely (variants §1A).

    `most_apart`: by how many households a firm may be ahead of the one that has fewest; not written = 1. Shared out are the lots of one
    buyer among each other: a township's beside the county's are another purchase.
    """

    share: Annotated[Share, member_of(Share)] = Share.FREE
    most_apart: Annotated[int, Field(ge=1, le=100)] | None = None
    one_lot_each: bool = False
    within_award: bool = False

    @property
    def apart(self) -> int | None:
        """By how many households a firm may be ahead of the one that has fewest; None where the choice is free."""
        return (self.most_apart or 1) if self.share is Share.EQUAL else None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.share is Share.FREE and self.most_apart is not None:
            raise ValueError('most_apart 只在按户数均分时有用：补写 share = "equal"，或删去 most_apart')
        if self.share is Share.FREE and not self.one_lot_each and not self.within_award:
            raise ValueError(
                'share = "equal"（按户数均分）、one_lot_each = true（一家只中一个标段）、within_award = true（不超过中标金额）'
                "至少写一样；都不用就删去 [procurement]"
            )
        return self
