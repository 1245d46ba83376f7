"""Plans at every step, built through the services."""

from typing import Any

from app.core import clock
from app.core.db import transaction
from app.permissions import Actor
from app.renovation import queries as files
from app.renovation.models import Renovation
from app.stages.plan import queries
from app.stages.plan.models import Plan
from tests.assessment.support import Desk, assessed, desk, photo
from tests.factories.applications import do

BASICS = (1, 2, 11, 13, 17, 24, 29)

__all__ = [
    "BASICS",
    "Desk",
    "agreed",
    "approved",
    "assessed",
    "decisions",
    "desk",
    "line",
    "lines",
    "photo",
    "submitted",
]


def line(item: int, price: str = "100.00", quantity: str = "1.00", **changes: Any) -> dict[str, Any]:
    """One line in the bathroom, measured."""
    return {
        "item": item,
        "space": "bathroom",
        "specification": "常用规格",
        "measured": "门净宽 760 mm",
        "quantity": quantity,
        "unit_price": price,
    } | changes


def lines(**prices: str) -> list[dict[str, Any]]:
    """A line for every basic item at 200.00 (total 1,400.00), or at the price given as `item_13="…"`."""
    return [line(number, prices.get(f"item_{number}", "200.00")) for number in BASICS]


def decisions(actor: Actor, **waived: str) -> list[dict[str, Any]]:
    """Decisions for the waived basic items, `item_24="in_place"`, each with reason and photo."""
    return [
        {"item": int(key.removeprefix("item_")), "decision": how, "reason": "评估时看过", "photo": photo(actor)}
        for key, how in waived.items()
    ]


def typed(**changes: Any) -> dict[str, Any]:
    """The JSON of a complete plan of 1,400.00."""
    return {"lines": lines(), "no_shared_space": True, "design_code": True} | changes


def drafted(around: Desk, renovation: Renovation | None = None, **changes: Any) -> Renovation:
    """A file with a plan being drafted."""
    return do("plan.draft", renovation or assessed(around), around.first, **typed(**changes))


def submitted(around: Desk, renovation: Renovation | None = None, **changes: Any) -> Renovation:
    """A file whose plan waits for the county."""
    return drafted(around, renovation, submit=True, **changes)


def verify(
    renovation: Renovation, around: Desk, result: str = "confirmed", clauses: tuple[str, ...] = ("E5", "E8")
) -> None:
    """Clauses verified by the county."""
    for clause in clauses:
        do(
            "application.verify",
            renovation,
            around.county,
            clause=clause,
            body="住建部门",
            method="现场核查",
            checked_on=f"{clock.today()}",
            result=result,
        )


def approved(around: Desk, renovation: Renovation | None = None, **changes: Any) -> Renovation:
    """A file whose plan waits for the household."""
    waived = bool(changes.get("decisions"))
    renovation = submitted(around, renovation, **changes)
    verify(renovation, around)
    return do("plan.approve", renovation, around.county, accept_waivers=waived, note="同意" if waived else "")


def agreed(around: Desk, renovation: Renovation | None = None, self_pay: str = "0.00", **changes: Any) -> Renovation:
    """A file whose household has signed."""
    renovation = approved(around, renovation, **changes)
    return do("plan.agree", renovation, around.township, self_pay=self_pay, signature=photo(around.township))


def open_(renovation: Renovation) -> Plan:
    """The version that is being worked on."""
    found = queries.open_version(renovation)
    assert found is not None
    return found


def fresh(renovation: Renovation, actor: Actor) -> Renovation:
    """The file as it stands now, read anew."""
    return files.get(renovation.number, actor)


def within(renovation: Renovation, actor: Actor, work: Any) -> Any:
    """Do something to the file in a unit of work, as an operation of another stage would."""
    with transaction():
        return work(files.get_for_change(renovation.number, actor))
