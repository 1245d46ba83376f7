"""First come, first served: with nothing left no application is taken, and who waits too long is ended and told."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Conflict, DomainError, RuleViolation
from app.funds import queries as funds
from app.funds import service, yuan
from app.funds.rules import Direction
from app.jobs import schedule
from app.letters.models import Message
from app.letters.rules import Audience, Occasion
from app.lifecycle import Status
from app.permissions import Actor, Role
from app.renovation import queries as files
from app.renovation.models import Ending, Renovation
from app.stages.application import decisions, first_come
from app.stages.application.service import submit_missing
from app.workbench.household import plain
from tests.application.notice_support import AFTER, START, allot, noticed, publish_tables
from tests.application.test_waiting import give_yuan
from tests.construction import support as construction
from tests.construction.support import Site
from tests.factories import applications, people
from tests.support.client import PageClient

do = applications.do
SetToday = Callable[[date], None]
CLOSES: dict[str, Any] = {"days": 10, "day_kind": "calendar"}
LAST = AFTER + timedelta(days=10)


@pytest.fixture
def clerk(session: Session, set_today: SetToday) -> Actor:
    set_today(START)
    return people.actor(Role.TOWNSHIP)


@pytest.fixture
def county(session: Session) -> Actor:
    return people.actor(Role.COUNTY)


def due(day: date) -> None:
    """The day comes, and with it what falls due."""
    clock.use(lambda: clock.start_of(day))
    assert schedule.run_due(day) == []


def told(file: Renovation, occasion: Occasion = Occasion.NOTHING_LEFT) -> list[str]:
    texts = select(Message.text).where(
        Message.renovation_id == file.id,
        Message.occasion == occasion,
        Message.audience == Audience.HOUSEHOLD,
    )
    return sorted(set(db.session.scalars(texts)))


def confirmed_and_next(clerk: Actor, county: Actor, **terms: Any) -> tuple[Renovation, Renovation]:
    """One household that took what there was, and the one after it."""
    publish_tables(quota=[], first_come=terms)
    first, second = noticed(clerk), noticed(clerk)
    give_yuan(3_000_00)
    return do("application.confirm", first, county), second


def test_with_too_little_money_no_new_household_is_logged(clerk: Actor, county: Actor, client: PageClient) -> None:
    confirmed_and_next(clerk, county, **CLOSES)
    why = (
        "云岭县（示例）的金额指标还剩 ¥1,000.00，不够一户（最多 ¥2,000.00）。"
        "按先到先得，现在不受理新的申请；有追加或有家庭退出后再登记。"
    )
    with pytest.raises(RuleViolation) as caught:
        applications.draft(clerk)
    assert (caught.value.message, caught.value.field) == (why, "programme")
    client.login(people.make_user(Role.TOWNSHIP))
    assert why in client.page("/applications/new").get_text(" ", strip=True)
    give_yuan(1_000_00)
    assert applications.draft(clerk).status is Status.DRAFT
    assert "先到先得" not in client.page("/applications/new").get_text(" ", strip=True)


def test_nothing_is_refused_before_anything_was_allotted(clerk: Actor) -> None:
    publish_tables(quota=[], first_come=CLOSES)
    assert submit_missing(applications.submitted(clerk)) == []


def test_a_draft_waits_until_something_is_freed(clerk: Actor, county: Actor) -> None:
    publish_tables(quota=[], first_come=CLOSES)
    first, late = noticed(clerk), applications.draft(clerk)
    give_yuan(2_000_00)
    do("application.confirm", first, county)
    with pytest.raises(DomainError, match="草稿留着，有追加或有家庭退出后再提交"):
        do("application.submit", late, clerk)
    assert files.get(late.number, clerk).status is Status.DRAFT
    do("application.withdraw", first, clerk, reason="老人不愿改造", paper=applications.paper(clerk))
    assert do("application.submit", late, clerk).status is Status.SUBMITTED


def test_who_came_in_time_hands_in_again_what_was_returned(clerk: Actor, county: Actor) -> None:
    publish_tables(quota=[], first_come=CLOSES)
    first, returned = noticed(clerk), applications.submitted(clerk)
    do("application.return", returned, clerk, reasons=[{"section": "papers", "reason": "补户口簿"}])
    give_yuan(2_000_00)
    do("application.confirm", first, county)
    assert do("application.submit", returned, clerk).status is Status.SUBMITTED


def test_who_waits_too_long_is_ended_and_told_and_may_apply_again(clerk: Actor, county: Actor) -> None:
    _, second = confirmed_and_next(clerk, county, **CLOSES)
    assert f"到 {LAST} 仍然不够的，系统结束这份申请" in first_come.rests(second)
    assert f"到 {LAST.month} 月 {LAST.day} 日还没有，这次申请就结束" in plain(second)
    due(LAST)
    assert files.get(second.number, county).status is Status.NOTICED
    due(LAST + timedelta(days=1))
    ended = files.get(second.number, county)
    assert (ended.status, ended.ending) == (Status.TERMINATED, Ending.NOTHING_LEFT)
    why = "云岭县（示例）的金额指标还剩 ¥1,000.00，不够一户（最多 ¥2,000.00）"
    assert files.events(ended)[0].reason == why
    assert [text.startswith(f"您家符合条件，可是{why}。不是您家的原因") for text in told(ended)] == [True]
    assert plain(ended).startswith("您家符合条件，可是钱或名额用完了")
    before = len(files.events(ended))
    due(LAST + timedelta(days=2))
    assert len(files.events(files.get(second.number, county))) == before
    give_yuan(1_000_00)
    assert applications.draft(clerk, people=[applications.person()]).status is Status.DRAFT


def test_nobody_is_ended_while_the_money_is_there_or_the_file_rests(clerk: Actor, county: Actor) -> None:
    _, second = confirmed_and_next(clerk, county, **CLOSES)
    do("application.suspend", second, county, reason="老人住院")
    assert list(first_come.overdue(LAST + timedelta(days=1))) == []
    do("application.resume", second, county, reason="已出院")
    give_yuan(1_000_00)
    due(LAST + timedelta(days=1))
    assert files.get(second.number, county).status is Status.NOTICED


def test_without_days_the_county_ends_them_itself(clerk: Actor, county: Actor) -> None:
    _, second = confirmed_and_next(clerk, county)
    assert first_come.rests(second).endswith("有追加或有家庭退出后再确定。")
    due(date(2021, 9, 1))
    assert files.get(second.number, county).status is Status.NOTICED


def test_places_run_out_like_money(clerk: Actor, county: Actor) -> None:
    publish_tables(first_come=CLOSES)
    first, second = noticed(clerk), noticed(clerk)
    allot(1)
    do("application.confirm", first, county)
    with pytest.raises(Conflict, match="任务数已用完"):
        do("application.confirm", second, county)
    with pytest.raises(RuleViolation, match="任务数已用完，共 1 户。按先到先得"):
        applications.draft(clerk)
    due(LAST + timedelta(days=1))
    assert files.get(second.number, county).ending is Ending.NOTHING_LEFT
    assert funds.place(first.id) is not None


def test_other_programmes_take_applications_as_before(clerk: Actor, county: Actor) -> None:
    publish_tables(quota=[])
    first = noticed(clerk)
    give_yuan(2_000_00)
    do("application.confirm", first, county)
    assert applications.submitted(clerk).status is Status.SUBMITTED
    assert first_come.rests(noticed(clerk)) == ""


def test_a_smaller_standard_keeps_the_door_open(clerk: Actor, county: Actor) -> None:
    """The door closes when not even the smallest standard is left; who would need more is told at the submission."""
    small = {"name": "标准低的", "amount": "500.00", "when": {"fact": "person.living", "contains": "empty_nest"}}
    publish_tables(quota=[], first_come=CLOSES, cap_case=[small])
    first = noticed(clerk)
    give_yuan(2_600_00)
    do("application.confirm", first, county)
    usual = applications.draft(clerk)
    with pytest.raises(DomainError, match=r"还剩 ¥600\.00，不够一户（最多 ¥2,000\.00）"):
        do("application.submit", usual, clerk)
    unknown = applications.draft(clerk, people=[applications.person(living=[])])
    assert submit_missing(unknown) == []
    nest = applications.draft(clerk, people=[applications.person(living=["empty_nest"])])
    assert do("application.submit", nest, clerk).status is Status.SUBMITTED


def test_what_is_taken_back_of_the_money_closes_the_door_too(clerk: Actor, county: Actor) -> None:
    publish_tables(quota=[], first_come=CLOSES)
    give_yuan(2_000_00)
    region = people.region(people.COUNTY)
    with transaction():
        giver = Actor(None, "县局", Role.COUNTY, region.id, region.path)
        service.allot_yuan(
            region, applications.KEY, 2020, 1_500_00, giver, direction=Direction.REDUCE, reason="市里收回"
        )
    row = yuan.quota_for(region.id, applications.KEY, 2020, None)
    assert row is not None and row.left_fen == 500_00
    with pytest.raises(RuleViolation, match=r"还剩 ¥500\.00"):
        applications.draft(clerk)


def test_the_confirmation_says_how_it_stands(clerk: Actor, county: Actor, client: PageClient) -> None:
    _, second = confirmed_and_next(clerk, county, **CLOSES)
    assert [one.text.partition("：")[0] for one in decisions.confirm_missing(second)] == ["金额指标不足"]
    client.login(people.make_user(Role.COUNTY, people.COUNTY))
    page = client.page(f"/renovations/{second.number}").get_text(" ", strip=True)
    assert f"到 {LAST} 仍然不够的，系统结束这份申请" in page


# ---------------------------------------------------------------- who signs and does not build


@pytest.fixture
def on(session: Session, set_today: SetToday) -> Site:
    set_today(clock.today())  # `due` moves the clock, and it runs again after the test
    publish_tables(quota=[], first_come={"start_days": 20})
    return construction.site()


def signed_until(file: Renovation) -> date:
    return clock.today() + timedelta(days=20)


def test_who_signs_and_does_not_build_makes_room(on: Site) -> None:
    file = construction.dispatched(on)
    until = signed_until(file)
    due(until)
    assert files.get(file.number, on.around.county).status is Status.AGREED
    due(until + timedelta(days=1))
    ended = files.get(file.number, on.around.county)
    assert (ended.status, ended.ending, funds.place(file.id)) == (Status.TERMINATED, Ending.LAPSED, None)
    assert plain(ended).startswith("签字以后很久没有开工")
    assert [text.startswith("签字以后 20 天没有开工") for text in told(ended, Occasion.LAPSED)] == [True]


def test_a_contract_alone_does_not_keep_the_place_and_works_do(on: Site) -> None:
    idle, busy = construction.contracted(on), construction.building(on)
    due(signed_until(idle) + timedelta(days=1))
    ended, goes_on = files.get(idle.number, on.around.county), files.get(busy.number, on.around.county)
    assert (ended.ending, goes_on.status) == (Ending.LAPSED, Status.BUILDING)


def test_a_firm_that_left_starts_the_days_anew_and_what_it_did_is_settled(on: Site) -> None:
    left, done = construction.contracted(on), construction.building(on)
    until = signed_until(left)
    due(until)
    left, done = construction.replaced(on, left), construction.replaced(on, done, item_13="1.00")
    due(until + timedelta(days=20))
    assert files.get(left.number, on.around.county).status is Status.AGREED
    due(until + timedelta(days=21))
    assert files.get(left.number, on.around.county).ending is Ending.LAPSED
    assert files.get(done.number, on.around.county).status is Status.AGREED
