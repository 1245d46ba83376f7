"""Whatever the code above does, the database lets no row of a ledger be changed or removed (domain S8)."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from app.funds import service
from tests.funds.support import KEY, plant


@pytest.mark.parametrize("change", ["UPDATE {} SET reason = '改过'", "DELETE FROM {}"])
@pytest.mark.parametrize("ledger", ["quota_entry", "quota_money_entry", "fund_entry"])
def test_a_row_of_a_ledger_stays(session: Session, ledger: str, change: str) -> None:
    tree = plant()
    county = tree.actor(tree.county)
    service.allot_places(tree.county, KEY, 2026, 1, county)
    service.allot_yuan(tree.county, KEY, 2026, 200_000, county)
    service.allot_money(tree.county, KEY, "municipal", "市级", 2026, 200_000, county)
    rows = text(f"SELECT * FROM {ledger}")
    before = session.execute(rows).all()
    assert len(before) == 1
    with pytest.raises(DatabaseError, match=f"{ledger} is append-only"), session.begin_nested():
        session.execute(text(change.format(ledger)))
    assert session.execute(rows).all() == before
