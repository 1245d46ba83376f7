"""The quota is used up: who waits, in which order, who comes next, and that nobody passes by; quotas of yuan; pilots."""

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Conflict, DomainError, RuleViolation
from app.funds import queries as funds
from app.funds import service as fund_service
from app.funds import waiting, yuan
from app.jobs import schedule
from app.lifecycle import Status
from app.permissions import Actor, Role
from app.renovation import queries as files
from app.renovation.models import Renovation
from app.stages.application import decisions, waiting_queries
from app.stages.registry import operations
from app.workbench import queries as workbench
from app.workbench.bulk_application import quota_pools
from app.workbench.bulk_preview import preview
from app.workbench.bulk_table import bulk_of
from tests.application.notice_support import AFTER, START, allot, forwarded, noticed, prove, publish_tables
from tests.factories import applications, people
from tests.support.client import PageClient

do = applications.do
SetToday = Callable[[date], None]
ALONE: dict[str, Any] = {
    "id": "alone", "name": "独居", "points": 30, "when": {"fact": "person.living", "contains": "alone"},
}  # fmt: skip
LIST = {"used": True, "move_up": "county"}


@pytest.fixture
def clerk(session: Session, set_today: SetToday) -> Actor:
    set_today(START)
    return people.actor(Role.TOWNSHIP)


@pytest.fixture
def county(session: Session) -> Actor:
    return people.actor(Role.COUNTY)


def empty_nest() -> dict[str, Any]:
    """Somebody without points of priority."""
    return {"people": [applications.person(living=["empty_nest"])]}


def places() -> list[str]:
    quota = funds.quota_for(people.region(people.COUNTY).id, applications.KEY, 2020)
    assert quota is not None
    return [row["file"].number for row in waiting_queries.shown(quota)]  # type: ignore[attr-defined]


def withdraw(file: Renovation, clerk: Actor) -> None:
    do("application.withdraw", file, clerk, reason="老人不愿改造", paper=applications.paper(clerk))


def test_without_a_waiting_list_nobody_waits(clerk: Actor, county: Actor) -> None:
    first, second = noticed(clerk), noticed(clerk)
    allot(1)
    do("application.confirm", first, county)
    with pytest.raises(Conflict) as caught:
        do("application.wait", second, county)
    assert caught.value.message.startswith("这份档案现在不需要办理“列入轮候名单”")


def test_who_waits_stands_by_points_then_by_the_day_of_application(clerk: Actor, county: Actor) -> None:
    publish_tables(waiting_list=LIST, priority=[ALONE])
    holder, late, early = noticed(clerk), noticed(clerk, **empty_nest()), noticed(clerk)
    allot(1)
    do("application.confirm", holder, county)
    assert [one.text for one in decisions.confirm_missing(late)] == ["任务数已用完：云岭县（示例）共 1 户"]
    assert [one.operation for one in decisions.confirm_missing(late)] == ["application.wait"]
    do("application.wait", late, county)
    do("application.wait", early, county)
    assert places() == [early.number, late.number]
    rows = waiting.listed(waiting.entry(early.id).quota_id)  # type: ignore[union-attr]
    assert [(row.priority, row.reasons) for row in rows] == [(30, [{"name": "独居", "points": 30}]), (0, [])]
    event = files.events(files.get(early.number, county))[0]
    assert (event.title, event.reason[:6]) == ("列入轮候名单，第 1 位", "任务数已用完")


def test_while_places_are_free_the_county_sees_who_comes_first(clerk: Actor, county: Actor, client: PageClient) -> None:
    """Points are no condition: the county is told, and in bulk the last place is for whoever has the most of them."""
    publish_tables(priority=[ALONE])
    usual, alone = noticed(clerk, **empty_nest()), noticed(clerk)
    allot(1)
    client.login(people.make_user(Role.COUNTY, people.COUNTY))
    page = client.page(f"/renovations/{usual.number}/application/confirm").get_text(" ", strip=True)
    assert "另有 1 户待确定的优先分更高，任务数只剩 1 户" in page
    assert "没有优先情形" in page
    first = client.page(f"/renovations/{alone.number}/application/confirm").get_text(" ", strip=True)
    assert ("优先 30 分：独居" in first, "优先分更高" in first) == (True, False)
    shown = preview(bulk_of("application.confirm"), [usual.number, alone.number], county)  # type: ignore[arg-type]
    assert [(row.number, row.remarks) for row in shown.rows] == [
        (alone.number, ("优先 30 分：独居",)),
        (usual.number, ()),
    ]
    assert [row.number for row in shown.going] == [alone.number]
    allot(1)
    enough = client.page(f"/renovations/{usual.number}/application/confirm").get_text(" ", strip=True)
    assert "优先分更高" not in enough


def test_a_freed_place_goes_to_the_first_and_not_to_who_comes_by(clerk: Actor, county: Actor) -> None:
    publish_tables(waiting_list=LIST, priority=[ALONE])
    holder, first, second, passer = (
        noticed(clerk),
        noticed(clerk),
        noticed(clerk, **empty_nest()),
        noticed(clerk, **empty_nest()),
    )
    allot(1)
    do("application.confirm", holder, county)
    do("application.wait", second, county)
    do("application.wait", first, county)
    withdraw(holder, clerk)
    for late in (passer, second):
        with pytest.raises(Conflict) as caught:
            do("application.confirm", late, county)
        assert caught.value.message.startswith("云岭县（示例）剩余 1 户任务数，轮候名单中有")
    assert do("application.confirm", first, county).status is Status.CONFIRMED
    assert places() == [second.number]
    allot(1)
    assert do("application.confirm", second, county).status is Status.CONFIRMED
    assert places() == []


def test_the_desk_asks_nobody_to_confirm_who_waits_in_line(clerk: Actor, county: Actor) -> None:
    publish_tables(waiting_list=LIST, priority=[ALONE])
    holder, first, second = noticed(clerk), noticed(clerk), noticed(clerk, **empty_nest())
    allot(1)
    do("application.confirm", holder, county)
    do("application.wait", second, county)
    first = do("application.wait", first, county)

    def to_confirm() -> list[str]:
        return [line.number for line in workbench.desk(county).lines if line.move and line.move.words == "确定"]

    assert (to_confirm(), first.due_on) == ([], None)
    rests = operations()["application.confirm"].rests
    assert [rests(files.get(one.number, county)) for one in (first, second)] == [
        "在轮候名单中排第 1 位，空出名额后再确定。", "在轮候名单中排第 2 位，空出名额后再确定。",
    ]  # fmt: skip
    withdraw(holder, clerk)
    assert (to_confirm(), rests(files.get(first.number, county))) == ([first.number], "")


def test_who_ends_leaves_the_list(clerk: Actor, county: Actor) -> None:
    publish_tables(waiting_list=LIST)
    holder, waits = noticed(clerk), noticed(clerk)
    allot(1)
    do("application.confirm", holder, county)
    do("application.wait", waits, county)
    with pytest.raises(Conflict):
        do("application.wait", waits, county)
    withdraw(waits, clerk)
    assert places() == []


def test_where_the_programme_says_so_the_next_one_is_confirmed_by_itself(clerk: Actor, county: Actor) -> None:
    publish_tables(waiting_list={"used": True, "move_up": "automatic"}, priority=[ALONE])
    holder, second, first = noticed(clerk), noticed(clerk, **empty_nest()), noticed(clerk)
    allot(1)
    do("application.confirm", holder, county)
    do("application.wait", second, county)
    do("application.wait", first, county)
    assert schedule.run_due(AFTER) == []
    assert files.get(first.number, county).status is Status.NOTICED
    withdraw(holder, clerk)
    assert schedule.run_due(AFTER) == []
    moved = files.get(first.number, county)
    assert (moved.status, files.get(second.number, county).status) == (Status.CONFIRMED, Status.NOTICED)
    event = next(event for event in files.events(moved) if event.to_status is Status.CONFIRMED)
    assert (event.actor_name, event.reason) == ("系统", "轮候到位，系统按次序确定")


def test_the_list_has_a_page_with_the_reasons(clerk: Actor, county: Actor, client: PageClient) -> None:
    publish_tables(waiting_list=LIST, priority=[ALONE])
    holder, waits = noticed(clerk), noticed(clerk)
    allot(1)
    do("application.confirm", holder, county)
    do("application.wait", waits, county)
    quota = funds.quota_for(people.region(people.COUNTY).id, applications.KEY, 2020)
    assert quota is not None
    client.login(people.make_user(Role.COUNTY, people.COUNTY))
    page = BeautifulSoup(client.get(f"/funds/places/{quota.id}/waiting").get_data(as_text=True), "html.parser")
    cells = [cell.get_text(" ", strip=True) for cell in page.select("tbody tr td")]
    assert cells == ["1", "张德福", "清溪镇", "30", "独居（30 分）", "2020-09-15", cells[6], "轮候"]
    quota_page = client.get(f"/funds/places/{quota.id}").get_data(as_text=True)
    assert f'href="/funds/places/{quota.id}/waiting"' in quota_page


# ---------------------------------------------------------------- yuan


def give_yuan(fen: int) -> None:
    with transaction():
        region = people.region(people.COUNTY)
        giver = Actor(None, "县局", Role.COUNTY, region.id, region.path)
        fund_service.allot_yuan(region, applications.KEY, 2020, fen, giver)


def reserved() -> int:
    found = yuan.of_region(applications.KEY, 2020, people.region(people.COUNTY).id)
    assert found is not None
    return found.reserved_fen


def test_the_yuan_of_a_region_bind_beside_its_places(clerk: Actor, county: Actor) -> None:
    first, second = noticed(clerk), noticed(clerk)
    allot(5)
    give_yuan(3_000_00)
    do("application.confirm", first, county)
    assert reserved() == 2_000_00
    said = "金额指标不足：云岭县（示例）还剩 ¥1,000.00，这户需要 ¥2,000.00。请先申请追加，或等有家庭退出后再办。"
    assert [one.text for one in decisions.confirm_missing(second)] == [said]
    with pytest.raises(Conflict) as caught:
        do("application.confirm", second, county)
    assert caught.value.message == said
    withdraw(first, clerk)
    assert reserved() == 0
    do("application.confirm", second, county)
    assert reserved() == 2_000_00


def test_yuan_alone_are_enough_where_the_programme_counts_no_places(clerk: Actor, county: Actor) -> None:
    publish_tables(quota=[])
    first, second = noticed(clerk), noticed(clerk)
    missing = "尚未下达任务数：请先登记 2020 年的任务数"
    assert [one.text for one in decisions.confirm_missing(first)] == [missing]
    give_yuan(3_000_00)
    assert decisions.confirm_missing(first) == []
    do("application.confirm", first, county)
    assert reserved() == 2_000_00
    assert [one.text.partition("：")[0] for one in decisions.confirm_missing(second)] == ["金额指标不足"]
    assert quota_pools([second], None) == {}


def test_yuan_alone_are_not_enough_where_it_counts_them(clerk: Actor, county: Actor) -> None:
    file = noticed(clerk)
    give_yuan(3_000_00)
    assert [one.text for one in decisions.confirm_missing(file)] == ["尚未下达任务数：请先登记 2020 年的任务数"]


# ---------------------------------------------------------------- pilots


def test_a_pilot_takes_only_its_counties(clerk: Actor, county: Actor) -> None:
    publish_tables(programme={"status": "pilot", "pilot_regions": ["500199"]})
    with pytest.raises(RuleViolation) as caught:
        applications.draft(clerk)
    assert (caught.value.message, caught.value.field) == (
        "“重庆市老年人居家适老化改造（2020）”正在试点，只受理500199的申请。本区县的家庭请等全面实施后再登记。",
        "programme",
    )


def test_a_pilot_takes_the_households_of_its_county(clerk: Actor) -> None:
    publish_tables(programme={"status": "pilot", "pilot_regions": ["500299"]})
    assert applications.draft(clerk).status is Status.DRAFT


def test_a_draft_takes_nobody(clerk: Actor) -> None:
    with pytest.raises(Conflict, match="草案，不受理申请"):
        publish_tables(programme={"status": "draft"})


# ---------------------------------------------------------------- at the same moment


def test_of_many_who_want_the_freed_places_at_once_those_who_wait_first_get_them(
    committed: Flask, set_today: SetToday
) -> None:
    set_today(START)
    publish_tables(waiting_list=LIST, priority=[ALONE])
    clerk, county = people.actor(Role.TOWNSHIP), people.actor(Role.COUNTY)
    numbers = [forwarded(clerk, **({} if n % 2 else empty_nest())).number for n in range(8)]
    set_today(AFTER)
    for number in numbers:
        do("application.end_notice", number, clerk)
    prove(files.get(numbers[0], clerk), clerk)
    allot(1)
    do("application.confirm", numbers[0], county)
    waits = numbers[1:6]
    for number in waits:
        do("application.wait", number, county)
    allot(2)
    give_yuan(50_000_00)
    db.session.rollback()
    passed: list[str] = []
    refused: list[DomainError] = []
    start = threading.Barrier(7)

    def run(number: str) -> None:
        with committed.app_context():
            start.wait()
            try:
                do("application.confirm", number, county)
                passed.append(number)
            except DomainError as error:
                refused.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in numbers[1:]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {type(error) for error in refused} == {Conflict}
    best = [numbers[1], numbers[3]]  # alone and first on the list
    assert set(passed) <= set(best)
    db.session.rollback()
    for number in best:
        if number not in passed:  # tried before the one ahead of it was through
            do("application.confirm", number, county)
    states = [files.get(number, county).status for number in numbers]
    assert [number for number, state in zip(numbers, states, strict=True) if state is Status.CONFIRMED] == [
        numbers[0],
        *best,
    ]
    quota = funds.quota_for(people.region(people.COUNTY).id, applications.KEY, 2020)
    assert quota is not None
    assert (quota.places, quota.taken, len(waiting.listed(quota.id))) == (3, 3, 3)


def test_a_rank_is_that_of_the_file(clerk: Actor, county: Actor) -> None:
    publish_tables(priority=[ALONE])
    file: Renovation = noticed(clerk)
    assert waiting_queries.rank_of(file) == waiting.Rank(30, START)
    assert clock.today() == AFTER
