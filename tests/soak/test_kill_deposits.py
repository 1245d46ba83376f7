"""The process killed at any write of what is done with a deposit: all of it is in the books, or nothing."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.verify import verify
from app.core.db import db
from app.core.errors import Conflict
from app.funds.deposit_models import Deposit, DepositEntry
from app.funds.deposit_rules import DepositMove
from app.permissions import Role
from tests.assessment.support import photo
from tests.deposits.support import DUE, ask, correct, forfeit, give_back, left, receive, tender, undo
from tests.factories import people

from .mortal import die_after_the_commit, whole_or_nothing

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
    kills += more
    _, more = whole_or_nothing("undo", lambda: undo(made, actor))
    assert kills + more > 15
    assert left(made, actor) == DUE
    moves = db.session.scalars(select(DepositEntry.move).order_by(DepositEntry.id)).all()
    assert list(moves) == [DepositMove.FORFEIT, DepositMove.RETURN, DepositMove.CORRECT]
    assert verify() == []


def test_killed_after_the_commit_and_sent_again_it_is_booked_once(committed: Flask) -> None:
    """Whoever sent it saw no answer and sends the same slip once more: it is in the books, and they are told so."""
    ask()
    actor = people.actor(Role.COUNTY)
    record, paper, other = tender(), photo(actor), photo(actor)
    _sent_again("voucher", lambda: receive(record, actor))
    made = db.session.scalars(select(Deposit.id)).one()
    _sent_again("document", lambda: forfeit(made, actor, 5_000_00, paper=paper))
    spare = receive(record, actor, DUE, voucher="P-2")
    _sent_again("voucher", lambda: give_back(spare, actor, 1_000_00, paper=other))
    wrong = receive(record, actor, 1_000_00, voucher="P-3")
    _sent_again("", lambda: correct(wrong, actor))
    _sent_again("", lambda: undo(spare, actor))
    forfeit(spare, actor, 1_000_00, paper=other)
    assert [left(one, actor) for one in (made, spare, wrong)] == [DUE - 5_000_00, DUE - 1_000_00, 0]
    assert verify() == []


def _sent_again(field: str, act: Callable[[], object]) -> None:
    assert die_after_the_commit(act) is True
    with pytest.raises(Conflict) as caught:
        act()
    assert caught.value.field == field
