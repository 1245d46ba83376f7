"""The contract's form opens with what the firm offered for this thing, and not for another one of the same number."""

from sqlalchemy.orm import Session

from app.places.rules import OrganisationKind
from app.stages.construction.firm_pages import contract_initial
from tests.assessment.support import procurement
from tests.construction.support import dispatched, lines_of, site


def test_a_tendered_price_counts_for_its_unit_alone(session: Session) -> None:
    on = site()
    prices = [
        {"item": 1, "unit": "平方米", "unit_price": "150.00"},
        {"item": 13, "unit": "套", "unit_price": "1.00"},  # another programme's 13
    ]
    record = procurement(on.firm, OrganisationKind.CONTRACTOR, prices=prices)
    file = dispatched(on, procurement_record_id=record)
    assert (lines_of(file)[1].unit, lines_of(file)[13].unit) == ("平方米", "根")
    shown = {row["line_id"]: row["unit_price"] for row in contract_initial(file)["prices"]}
    assert shown[lines_of(file)[1].root_id] == "150.00"
    assert shown[lines_of(file)[13].root_id] == "200.00"
