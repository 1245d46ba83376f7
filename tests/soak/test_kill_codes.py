"""The process killed at any write of what is done with a purchase code: one code in force, one firm, or nothing of it."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.audit.verify import verify
from app.core import clock
from app.core.db import db
from app.core.errors import Conflict
from app.letters.models import Message
from app.permissions import SYSTEM, Role
from app.renovation import queries as files
from app.renovation.models import Assignment, Event, Renovation
from app.stages.construction.code_models import CodeAttempt
from tests.assessment.support import photo
from tests.codes.support import listed, live, outcomes, programme, redeem, signed
from tests.construction.support import Site, site

from .mortal import Sender, contents, die_after_the_commit, killed_until_done

pytestmark = pytest.mark.soak


@pytest.fixture
def on(committed: Flask) -> Site:
    programme()
    return site()


def told(file: Renovation, title: str) -> int:
    """How many messages with this title the household has of its file."""
    count = select(func.count()).where(Message.renovation_id == file.id, Message.title == title)
    return db.session.scalar(count) or 0


def firms(file: Renovation) -> list[int]:
    """The firms that were ever given the home."""
    query = select(Assignment.organisation_id).where(
        Assignment.renovation_id == file.id, Assignment.role == Role.CONTRACTOR
    )
    return list(db.session.scalars(query))


def test_a_code_is_given_once_and_each_renewal_leaves_one(on: Site) -> None:
    clerk, township = Sender(), on.around.township
    file = listed(on)
    file = clerk.send("plan.sign", file, township, "不能办理“", self_pay="0.00", signature=photo(township))
    assert (outcomes(file), told(file, "申购优惠码发下来了")) == ([None], 2)
    file = clerk.send("construction.renew_code", file, township, reason="遗失")
    assert (outcomes(file), told(file, "申购优惠码发下来了")) == (["replaced", None], 4)
    with clock.fixed(live(file).valid_to + timedelta(days=1)):
        file = clerk.send("construction.renew_code", file, township, reason="过期")
    assert outcomes(file) == ["replaced", "expired", None]
    assert clerk.kills > 20
    assert verify() == []


def test_a_home_is_taken_by_one_firm_once(on: Site) -> None:
    file = signed(on)
    code = live(file).spoken

    def look() -> list[str | None]:
        now = files.get(file.number, SYSTEM)
        taken = outcomes(now)
        noted = select(func.count()).where(Event.renovation_id == now.id, Event.title.endswith("凭优惠码接单"))
        assert firms(now) == [on.builder.organisation_id] * taken.count("redeemed")
        assert db.session.scalar(noted) == taken.count("redeemed")
        assert told(now, "有单位凭您的码接单了") == 2 * taken.count("redeemed")
        return taken

    assert killed_until_done(lambda: redeem(code, on.builder, "one"), look) > 5
    assert look() == ["redeemed"]
    assert redeem(code, on.builder, "one") == file.number
    with pytest.raises(Conflict, match="贵单位已经凭这个码接单"):
        redeem(code, on.builder)
    with pytest.raises(Conflict, match="已经有单位凭它接单"):
        redeem(code, on.other_builder)
    assert look() == ["redeemed"]
    assert set(db.session.scalars(select(CodeAttempt.succeeded))) == {True}
    assert verify() == []


def test_taken_and_no_answer_seen_the_firm_has_the_home(on: Site) -> None:
    file = signed(on)
    code = live(file).spoken
    assert die_after_the_commit(lambda: redeem(code, on.builder, "one"))
    before = contents()
    assert redeem(code, on.builder, "one") == file.number
    changed = {table for table, rows in contents().items() if rows != before[table]}
    assert changed == {"code_attempt"}
    assert firms(file) == [on.builder.organisation_id]
