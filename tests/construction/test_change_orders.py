"""A change order waits for the county, then for the household; whoever proposed it is told what became of it."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import db
from app.identity.queries import user
from app.letters.models import Message
from app.permissions import Actor
from app.renovation.models import Renovation
from app.stages.plan import queries as plans
from app.workbench import queries
from tests.plan import support as drafts
from tests.process.support import publish_tables
from tests.support.client import PageClient

from .support import Site, building, changed, contracted, dispatched, do, photo, propose, sign, site

REASON = "墙面能承重，不必加"


@pytest.fixture
def on(session: Session) -> Site:
    return site()


def proposed(on: Site) -> Renovation:
    file = building(on)
    return propose(on, file, changed(file, item_13={"quantity": "2.00"}))


def to_do(actor: Actor) -> list[str]:
    return [line.move.words for line in queries.desk(actor).lines if line.move]


def told(actor: Actor) -> list[str]:
    """The titles of what lies in this person's inbox."""
    mine = Message.user_id == actor.user_id, Message.way == "in_app"
    return list(db.session.scalars(select(Message.title).where(*mine).order_by(Message.id)))


def test_it_waits_for_the_county_and_then_for_the_household(on: Site) -> None:
    county, township = on.around.county, on.around.township
    file = building(on)
    assert (to_do(county), to_do(township)) == ([], [])
    file = propose(on, file, changed(file, item_13={"quantity": "2.00"}))
    assert (to_do(county), to_do(township), to_do(on.builder)) == (["审批变更"], [], ["施工"])
    file = do("construction.approve_change", file, county)
    assert (to_do(county), to_do(township)) == ([], ["变更签字"])
    own = {"self_pay": "0.00", "signature": photo(township)}
    do("construction.sign_change", file, township, **own)
    assert (to_do(county), to_do(township)) == ([], [])
    assert told(on.builder)[-1:] == told(on.supervisor)[-1:] == ["变更已生效"]


def test_the_one_to_whom_the_programme_gives_it_has_it_on_the_desk(session: Session) -> None:
    publish_tables(actor=[{"task": "plan_approve", "roles": ["township"]}, {"task": "plan_sign", "roles": ["county"]}])
    on = site()
    county, township = on.around.county, on.around.township
    file = drafts.submitted(on.around)
    drafts.verify(file, on.around)
    file = do("plan.approve", file, township)
    file = do("plan.agree", file, county, self_pay="0.00", signature=photo(county))
    file = building(on, contracted(on, dispatched(on, file)))
    file = propose(on, file, changed(file, item_13={"quantity": "2.00"}))
    assert (to_do(county), to_do(township)) == ([], ["审批变更"])
    do("construction.approve_change", file, township)
    assert (to_do(county), to_do(township)) == (["变更签字"], [])


def test_of_a_file_that_ends_early_no_change_waits(on: Site) -> None:
    file = proposed(on)
    paper = photo(on.around.township)
    ended = {"ground": "death", "on": f"{clock.today()}", "reason": "去世", "paper": paper}
    do("application.end_early", file, on.around.township, **ended)
    assert to_do(on.around.county) == []


@pytest.mark.parametrize(("act", "title"), [("refuse_change", "变更没有批准"), ("decline_change", "家庭不同意变更")])
def test_a_refusal_is_told_to_the_firm_and_stands_on_the_file(
    on: Site, client: PageClient, act: str, title: str
) -> None:
    file, who = proposed(on), on.around.county
    if act == "decline_change":
        file, who = do("construction.approve_change", file, who), on.around.township
    do(f"construction.{act}", file, who, reason=REASON)
    assert told(on.builder)[-1] == title
    assert title not in told(on.supervisor)
    client.login(user(on.builder.user_id))
    page = client.page(f"/renovations/{file.number}?tab=construction")
    notice = next(one for one in page.select(".notice") if "没有采用" in one.get_text())
    assert REASON in notice.get_text()
    shown = client.page(f"/renovations/{file.number}?tab=plan").get_text()
    assert f"没有采用：{REASON}" in shown
    file = propose(on, file, changed(file, item_13={"quantity": "2.00"}))
    assert "没有采用" not in client.page(f"/renovations/{file.number}?tab=construction").select_one("#tab").get_text()
    assert sign(on, file).number == file.number


def test_what_a_firm_gives_up_itself_is_told_to_nobody(on: Site) -> None:
    file = proposed(on)
    before = told(on.builder)
    do("construction.drop_change", file, on.builder, reason="写错了")
    assert (told(on.builder), plans.open_version(file)) == (before, None)
