"""The process killed at any write of what is done with a deposit: all of it is in the books, or nothing."""

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.verify import verify
from app.core.db import db
from app.funds.deposit_models import DepositEntry
from app.funds.deposit_rules import DepositMove
from app.permissions import Role
from tests.assessment.support import photo
from tests.deposits.support import DUE, ask, correct, forfeit, give_back, left, receive, tender
from tests.factories import people

from .mortal import whole_or_nothing

pytestmark = pytest.mark.soak


def test_killed_at_any_write_a_deposit_stays_whole(committed: Flask) -> None:
    ask()
    actor = people.actor(Role.COUNTY)
    record, paper, other = tender(), photo(actor), photo(actor)
    made, kills = whole_or_nothing("receive", lambda: receive(record, actor))
    _, more = whole_or_nothing("forfeit", lambda: forfeit(made, actor, 5_000_00, paper=paper))
    kills += more
    assert left(made, actor) == DUE - 5_000_00
    second = receive(record, actor, DUE, voucher="P-2")
    _, more = whole_or_nothing("give_back", lambda: give_back(second, actor, 10_000_00, paper=other))
    kills += more
    assert left(second, actor) == DUE - 10_000_00
    third = receive(record, actor, 1_000_00, voucher="P-3")
    _, more = whole_or_nothing("correct", lambda: correct(third, actor))
    assert kills + more > 12
    moves = db.session.scalars(select(DepositEntry.move).order_by(DepositEntry.id)).all()
    assert list(moves) == [DepositMove.FORFEIT, DepositMove.RETURN, DepositMove.CORRECT]
    assert verify() == []
