"""Lives that leave the straight line: one for every way back and every ending of the lifecycle (domain §3)."""

from collections.abc import Callable, Iterator

from ..story import Story
from .applying import investigated, objection_dismissed, objection_upheld, recheck, rejected, returned
from .building import change_order, firm_replaced, rectified, reinspected
from .caring import claim_contested, visited
from .ending import ends_while_building, suspended, terminated, withdrawn
from .paying import bank_returns, contractor_bears, own_share_stop
from .planning import assessment_changes, assessment_returned, plan_refused, unfit

Life = Callable[[Story], Iterator[int]]

VARIANTS: tuple[Life, ...] = (
    returned, objection_dismissed, investigated, objection_upheld, recheck, assessment_changes, unfit, plan_refused,
    assessment_returned, change_order, firm_replaced, rectified, own_share_stop, contractor_bears, ends_while_building,
    withdrawn, terminated, suspended, reinspected, bank_returns, claim_contested, visited,
)  # fmt: skip
"""Every life off the straight line that a made-up eligible household can lead."""

__all__ = [
    "VARIANTS",
    "Life",
    "assessment_changes",
    "assessment_returned",
    "bank_returns",
    "change_order",
    "claim_contested",
    "contractor_bears",
    "ends_while_building",
    "firm_replaced",
    "investigated",
    "objection_dismissed",
    "objection_upheld",
    "own_share_stop",
    "plan_refused",
    "recheck",
    "rectified",
    "reinspected",
    "rejected",
    "returned",
    "suspended",
    "terminated",
    "unfit",
    "visited",
    "withdrawn",
]
