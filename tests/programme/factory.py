"""Facts and lines that tests start from."""

from copy import deepcopy
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from app.programme.loading import CATALOG, load
from app.programme.plan_rules import Line
from app.programme.policy import Programme
from app.programme.values import Decision

ON = date(2020, 9, 15)
BASICS = (1, 2, 11, 13, 17, 24, 29)

ELIGIBLE: dict[str, Any] = {
    "person": {
        "birth_date": "1945-03-02",
        "hardship": ["poverty_registered"],
        "ability": {"failed_items": 4},
        "disability": {"certificate": False},
    },
    "dwelling": {
        "right": "owned",
        "safe": True,
        "renovatable": True,
        "demolition_planned": False,
        "must_move_out": False,
    },
    "history": {"subsidised": []},
    "consent": {"applicant": "self"},
}


@cache
def chongqing() -> Programme:
    """The shipped programme."""
    return load(CATALOG / "chongqing-2020")


@cache
def demo_county() -> Programme:
    """The shipped overlay."""
    return load(CATALOG / "chongqing-2020-demo-county")


def facts(**changes: Any) -> dict[str, Any]:
    """The eligible facts with changes by dotted name, dots written as two underscores; None takes a fact away."""
    changed = deepcopy(ELIGIBLE)
    for name, value in changes.items():
        *way, last = name.split("__")
        table = changed
        for key in way:
            table = table.setdefault(key, {})
        if value is None:
            table.pop(last, None)
        else:
            table[last] = value
    return changed


def install(item: int, yuan: str, quantity: str = "1", accepted: bool = True) -> Line:
    """An install line; the price in yuan."""
    return Line(item, Decision.INSTALL, Decimal(quantity), int(Decimal(yuan) * 100), accepted)


def waive(item: int, decision: Decision = Decision.IN_PLACE) -> Line:
    """A waiver."""
    return Line(item, decision)


def others_waived(*installed: int) -> list[Line]:
    """Every other basic item in place."""
    return [waive(item) for item in BASICS if item not in installed]
