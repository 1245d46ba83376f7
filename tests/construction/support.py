"""Files at every step of the works, and the people on site, built through the services."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.core import clock
from app.core.money import yuan
from app.permissions import Actor, Role
from app.places.models import Organisation
from app.places.rules import OrganisationKind
from app.programme.values import ItemKind
from app.renovation.models import Renovation
from app.stages.construction import queries
from app.stages.plan import queries as plans
from app.stages.plan.changes import change_inputs
from app.stages.plan.models import PlanLine
from tests.assessment.support import Desk, desk, photo, procurement
from tests.factories import people
from tests.factories.applications import do
from tests.plan.support import agreed

__all__ = ["Site", "do", "photo", "site"]


@dataclass
class Site:
    """The people around one home that is built in."""

    around: Desk
    firm: Organisation
    builder: Actor
    other_firm: Organisation
    other_builder: Actor
    supervising: Organisation
    supervisor: Actor
    builder_record: int
    other_record: int
    supervisor_record: int


def site() -> Site:
    """A county with two building firms and a supervisor, each under a procurement record."""
    around = desk()
    firm, other = people.make_firm(), people.make_firm()
    supervising = people.make_firm(OrganisationKind.SUPERVISOR)
    return Site(
        around,
        firm,
        people.actor(Role.CONTRACTOR, firm=firm),
        other,
        people.actor(Role.CONTRACTOR, firm=other),
        supervising,
        people.actor(Role.SUPERVISOR, firm=supervising),
        procurement(firm, OrganisationKind.CONTRACTOR),
        procurement(other, OrganisationKind.CONTRACTOR),
        procurement(supervising, OrganisationKind.SUPERVISOR),
    )


def dispatched(on: Site, renovation: Renovation | None = None, **changes: Any) -> Renovation:
    """A file whose firm may sign the contract."""
    renovation = renovation or agreed(on.around)
    typed = {"procurement_record_id": on.builder_record, "supervisor_record_id": on.supervisor_record}
    return do("construction.dispatch", renovation, on.around.county, **(typed | changes))


def contract(renovation: Renovation, actor: Actor, **changes: Any) -> dict[str, Any]:
    """The JSON of a contract at the plan's prices; `item_13="90.00"` gives another one."""
    left = queries.remaining(renovation)
    prices = [
        {"line_id": line.root_id, "unit_price": changes.pop(f"item_{line.item_no}", yuan(line.unit_price_fen))}
        for line in queries.lines(renovation)
        if line.root_id in left
    ]
    today = clock.today()
    return {
        "number": f"HT-{renovation.number[-6:]}-{actor.user_id}",
        "signed_on": f"{today}",
        "starts_on": f"{today}",
        "ends_on": f"{today + timedelta(days=20)}",
        "warranty_months": 24,
        "household_signer": renovation.applicant_name,
        "clears_rubble": True,
        "prices": prices,
        "signature": photo(actor),
    } | changes


def contracted(on: Site, renovation: Renovation | None = None, **changes: Any) -> Renovation:
    """A file that waits for the start."""
    renovation = renovation or dispatched(on)
    return do("construction.contract", renovation, on.builder, **contract(renovation, on.builder, **changes))


def take(renovation: Renovation, actor: Actor, kind: str, *items: int) -> Renovation:
    """Photos of a kind of every works line, or of the items named."""
    for line in works(renovation):
        if not items or line.item_no in items:
            do("construction.photos", renovation, actor, line_id=line.root_id, kind=kind, photos=[photo(actor)])
    return renovation


def building(on: Site, renovation: Renovation | None = None, **changes: Any) -> Renovation:
    """A file in which works have begun."""
    renovation = renovation or contracted(on, **changes)
    take(renovation, on.builder, "before")
    return do("construction.start", renovation, on.builder)


def lines_of(renovation: Renovation) -> dict[int, PlanLine]:
    """Item number → its line in the plan in force."""
    return {line.item_no: line for line in queries.lines(renovation)}


def works(renovation: Renovation) -> list[PlanLine]:
    """The lines that are built."""
    return [line for line in queries.lines(renovation) if line.kind is ItemKind.WORKS]


def hand_over(renovation: Renovation, actor: Actor, *items: int) -> None:
    """Goods given to the household."""
    for line in queries.lines(renovation):
        if line.kind is ItemKind.GOODS and (not items or line.item_no in items):
            do(
                "construction.hand_over",
                renovation,
                actor,
                line_id=line.root_id,
                recipient="张德福",
                serial=f"SN{line.root_id}",
                day=f"{clock.today()}",
                photos=[photo(actor)],
                signature=photo(actor),
            )


def report(renovation: Renovation, actor: Actor, **less: str) -> Renovation:
    """What is left of every line reported as done; `item_13="0.00"` gives another quantity."""
    left = queries.remaining(renovation)
    given = [
        {"line_id": line.root_id, "quantity": less.get(f"item_{line.item_no}", f"{left[line.root_id]:.2f}")}
        for line in queries.lines(renovation)
        if line.root_id in left
    ]
    return do("construction.quantities", renovation, actor, lines=given)


def completed(on: Site, renovation: Renovation | None = None, actor: Actor | None = None, **less: str) -> Renovation:
    """A file that waits for the acceptance."""
    renovation, actor = renovation or building(on), actor or on.builder
    take(take(renovation, actor, "hidden"), actor, "after")
    hand_over(renovation, actor)
    report(renovation, actor, **less)
    return do("construction.complete", renovation, actor)


def replaced(on: Site, renovation: Renovation, **done: str) -> Renovation:
    """The firm leaves; `item_13="1.00"` is what it had done and is settled for."""
    known = lines_of(renovation)
    parts = [{"line_id": known[int(key[5:])].root_id, "quantity": quantity} for key, quantity in done.items()]
    return do("construction.replace_firm", renovation, on.around.county, reason="停业", parts=parts)


def quantities(renovation: Renovation) -> dict[int, Decimal]:
    """Item number → what the firm reported."""
    known = {line.root_id: line.item_no for line in queries.lines(renovation)}
    return {known[root]: quantity for root, quantity in queries.reported(renovation).items()}


def changed(
    renovation: Renovation, without: tuple[int, ...] = (), add: tuple[dict[str, Any], ...] = (), **to: Any
) -> list[Any]:
    """The lines in force with `item_13={"quantity": "2.00"}` changed, some taken out, some added."""
    plan = plans.signed(renovation)
    assert plan is not None
    rows = [dict(row) for row in change_inputs(plan)["lines"] if row["item"] not in without]
    return [row | to.get(f"item_{row['item']}", {}) for row in rows] + list(add)


def propose(on: Site, renovation: Renovation, lines: list[Any], actor: Any = None) -> Renovation:
    """A change proposed by the firm."""
    return do("construction.propose_change", renovation, actor or on.builder, reason="墙面不能承重", lines=lines)


def sign(on: Site, renovation: Renovation, self_pay: str = "0.00") -> Renovation:
    """The county approves and the household signs."""
    do("construction.approve_change", renovation, on.around.county)
    return do(
        "construction.sign_change",
        renovation,
        on.around.township,
        self_pay=self_pay,
        signature=photo(on.around.township),
    )
