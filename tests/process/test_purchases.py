"""A programme that subsidises what a household buys: of the plan only the signed list is left, nobody assesses or builds.

The list itself cannot be left out: it is what is accepted and paid for (variants §1B: 材料清单 before the contract).
"""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.lifecycle import Status
from app.renovation import queries as files
from app.renovation.models import Renovation
from app.stages.registry import open_operations
from app.stages.settlement import queries as settlements
from tests.acceptance import support as acceptances
from tests.assessment.support import confirmed, photo
from tests.construction import support as construction
from tests.construction.support import Site, do
from tests.plan.support import line, verify

from .support import CONTENT, billed, finance, pay, publish_without

LEFT_OUT = (
    *("assessment", "plan_approval", "agreement", "dispatch", "supervision", "countersign", "settlement_approval"),
    "warranty",
)
BOUGHT = (17, 24)


@pytest.fixture(autouse=True)
def _session(session: Session) -> None:
    """Everything here is stored."""


def tables() -> dict[str, Any]:
    """The household buys from an admitted seller, the township lists what, the household is paid."""
    stages = [
        one
        | {"responsible": ["township", "county", "contractor"]}
        | ({"used": False, "note": "只买用品"} if one["key"] in LEFT_OUT else {})
        for one in CONTENT["stage"]
    ]
    return {
        "stage": stages,
        "item": [one | {"type": "plain"} for one in CONTENT["item"]],
        "plan": {"optional": "like_basic"},
        "actor": [{"task": "plan_draft", "roles": ["township"]}],
        "money": {"payee": "household"},
    }


def programme() -> None:
    """Such a programme in force."""
    publish_without(*LEFT_OUT, **tables())


def listed(on: Site) -> Renovation:
    """The township has listed what is bought; nobody else has a hand in it, and the list waits for the signature."""
    around = on.around
    file = confirmed(around)
    assert file.status is Status.ASSESSED
    verify(file, around)
    bought = [line(item, "150.00", measured="") for item in BOUGHT]
    typed = {"lines": bought, "no_shared_space": True, "design_code": True, "submit": True}
    file = do("plan.draft", file, around.township, **typed)
    assert file.status is Status.PLANNED
    return file


def test_what_a_household_buys_is_listed_signed_handed_over_accepted_and_paid() -> None:
    programme()
    on, treasurer = construction.site(), finance()
    township = on.around.township
    file = listed(on)
    file = do("plan.sign", file, township, self_pay="0.00", signature=photo(township))
    file = do("construction.choose_firm", file, township, organisation_id=on.firm.id, signature=photo(township))
    file = construction.contracted(on, file, warranty_months=0)
    file = do("construction.start", file, on.builder)  # nothing is built: no picture is asked for before
    construction.hand_over(file, on.builder)
    construction.report(file, on.builder)
    file = do("construction.complete", file, on.builder)
    file = acceptances.recorded(on, file, party=acceptances.party(township, supervisor=""))
    assert file.status is Status.ACCEPTED
    account = {"holder": "张家明", "relation": "儿子", "bank": "示例银行", "account": "6200000000000000099"}
    do("settlement.account", billed(on, file), township, **account)
    file = pay(do("settlement.prepare", file, on.around.county), treasurer)
    assert file.status is Status.CLOSED
    assert [(one.payee_name, one.amount_fen) for one in settlements.payments(file)] == [("张家明", 30000)]


def test_nobody_is_asked_for_what_is_left_out() -> None:
    programme()
    on = construction.site()
    file = listed(on)
    every = {one.key for actor in (on.around.township, on.around.county, on.around.first, on.builder)
             for one in open_operations(files.get(file.number, on.around.county), actor)}  # fmt: skip
    assert {"plan.approve", "plan.agree", "construction.dispatch", "assessment.assign_assessor"} & every == set()
