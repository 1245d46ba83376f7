"""Of people who act on one code at the same moment one wins."""

import pytest
from flask import Flask

from app.core import spoken
from app.core.db import db
from app.identity.rules import ACCOUNT_FREE
from app.permissions import SYSTEM, Role
from app.renovation import queries as files
from app.stages.construction.code_models import CodeAttempt
from tests.construction import support as construction
from tests.construction.support import do
from tests.deposits.test_races import at_once
from tests.factories import people

from .support import live, look, outcomes, programme, redeem, signed


@pytest.fixture
def on(committed: Flask) -> construction.Site:
    programme()
    return construction.site()


def test_two_firms_with_one_code(committed: Flask, on: construction.Site) -> None:
    file = signed(on)
    code, firms = live(file).spoken, (on.builder, on.other_builder)
    assert at_once(committed, 2, lambda place: redeem(code, firms[place])) == ["code", "done"]
    now = files.get(file.number, SYSTEM)
    assert outcomes(now) == ["redeemed"]
    holder = files.assignment(now, Role.CONTRACTOR)
    assert holder is not None
    assert [one.title for one in files.events(now)].count(f"{holder.organisation.name}凭优惠码接单") == 1


def test_one_request_sent_four_times_at_once(committed: Flask, on: construction.Site) -> None:
    file = signed(on)
    code = live(file).spoken
    assert at_once(committed, 4, lambda _place: redeem(code, on.builder, "once")) == ["done"] * 4
    assert outcomes(files.get(file.number, SYSTEM)) == ["redeemed"]


def test_a_code_renewed_and_redeemed_at_once_is_one_of_both(committed: Flask, on: construction.Site) -> None:
    file = signed(on)
    code, township = live(file).spoken, on.around.township

    def act(place: int) -> object:
        if place:
            return redeem(code, on.builder)
        return do("construction.renew_code", file.number, township, reason="遗失")

    assert at_once(committed, 2, act).count("done") == 1
    assert outcomes(files.get(file.number, SYSTEM)) in (["redeemed"], ["replaced", None])


def test_many_guesses_at_once_are_counted(committed: Flask, on: construction.Site) -> None:
    signed(on)
    other = people.actor(Role.CONTRACTOR, firm=on.firm)
    refused = at_once(committed, ACCOUNT_FREE + 3, lambda _place: look(spoken.draw_checked(12), other))
    assert refused == ["code"] * (ACCOUNT_FREE + 3)
    assert db.session.query(CodeAttempt).filter_by(user_id=other.user_id).count() == ACCOUNT_FREE
