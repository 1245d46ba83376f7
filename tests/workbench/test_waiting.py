"""What waits for whom agrees with the lifecycle, and the desk shows it, overdue first."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import db, transaction
from app.lifecycle import LINE, Status, next_forward
from app.permissions import GRANTS, Role
from app.renovation.models import Renovation
from app.renovation.service import assign, end_assignment
from app.stages.registry import operations
from app.workbench import queries
from app.workbench.moves import MOVES
from tests.factories import applications, people
from tests.support.client import PageClient
from tests.workbench.support import make_file, statements

DESK_QUERIES = 6
BEFORE_WARRANTY = [status for status in LINE if status not in (Status.PAID, Status.CLOSED)]


@pytest.mark.parametrize("status", BEFORE_WARRANTY)
def test_every_status_before_the_warranty_waits_for_who_may_go_forward(status: Status) -> None:
    forward = next_forward(status)
    assert forward is not None
    assert forward.permission in {move.permission for move in MOVES if status in move.statuses}


def test_every_move_leads_to_an_operation_that_is_open_then() -> None:
    asked = [move for move in MOVES if move.operation]
    wrong = [
        move.operation
        for move in asked
        if move.operation not in operations()
        or not set(move.statuses) <= operations()[move.operation].open_in
        or move.permission is not operations()[move.operation].permission
    ]
    assert wrong == []


def test_every_move_is_somebodys() -> None:
    granted = {
        permission for role, permissions in GRANTS.items() if role is not Role.SYSTEM for permission in permissions
    }
    assert {move.permission for move in MOVES} <= granted


def test_the_desk_lists_what_waits_overdue_first(session: Session, frozen_clock: Callable[[date], None]) -> None:
    clerk = people.actor(Role.TOWNSHIP)
    later = make_file("王德福", due_on=date(2020, 9, 16))
    late = make_file("李素珍", status=Status.SUBMITTED, due_on=date(2020, 9, 11))
    never = make_file("赵永福")
    make_file("陈国华", status=Status.NOTICED, due_on=date(2020, 9, 1))
    make_file("刘玉兰", township=people.OTHER_TOWNSHIP, due_on=date(2020, 9, 1))
    make_file("杨光明", status=Status.REJECTED)
    shown = queries.desk(clerk)
    assert [(line.number, line.due and line.due.left) for line in shown.lines] == [
        (late, -2),
        (later, 1),
        (never, None),
    ]
    assert (shown.waiting, shown.late, shown.soon, shown.open) == (3, 1, 1, 4)
    assert [line.move and line.move.words for line in shown.lines] == ["初审", "补齐并提交", "补齐并提交"]


def test_who_only_watches_sees_what_is_late(session: Session, frozen_clock: Callable[[date], None]) -> None:
    auditor = people.actor(Role.AUDITOR)
    late = make_file("李素珍", status=Status.SUBMITTED, due_on=date(2020, 9, 11))
    make_file("王德福", due_on=date(2020, 9, 16))
    make_file("赵永福", due_on=date(2020, 9, 1), suspended_at=clock.now(), suspended_reason="老人住院")
    shown = queries.desk(auditor)
    assert ([line.number for line in shown.lines], shown.waiting) == ([late], None)
    assert (shown.late, shown.soon, shown.open) == (1, 1, 3)


def test_the_federation_is_asked_until_it_has_looked(session: Session) -> None:
    federation = people.actor(Role.FEDERATION)
    file = applications.submitted(people.actor(Role.TOWNSHIP))
    assert [line.move and line.move.words for line in queries.desk(federation).lines] == ["核验"]
    applications.do(
        "application.verify",
        file,
        federation,
        clause="E7",
        body="县残联",
        method="系统比对",
        checked_on="2026-01-05",
        result="confirmed",
    )
    assert queries.desk(federation).waiting == 0


def test_a_suspended_file_waits_for_nobody(session: Session, frozen_clock: Callable[[date], None]) -> None:
    clerk = people.actor(Role.TOWNSHIP)
    make_file("王德福", suspended_at=clock.now(), suspended_reason="老人住院")
    assert queries.waiting_count(clerk) == 0
    assert queries.desk(clerk).open == 1


def test_a_firm_is_first_commissioned_and_then_its_turn_has_come(session: Session) -> None:
    county, assessor = people.actor(Role.COUNTY), people.actor(Role.ASSESSOR)
    number = make_file("王德福", status=Status.CONFIRMED)
    assert (queries.waiting_count(county), queries.waiting_count(assessor)) == (1, 0)
    with transaction():
        found = db.session.query(Renovation).filter_by(number=number).one()
        assignment = assign(found, Role.ASSESSOR, assessor.organisation_id or 0)
    assert (queries.waiting_count(county), queries.waiting_count(assessor)) == (0, 1)
    with transaction():
        end_assignment(assignment, "合同到期")
    assert (queries.waiting_count(county), queries.waiting_count(assessor)) == (1, 0)


def test_the_desk_asks_the_same_number_of_queries_for_one_row_and_for_three(client: PageClient) -> None:
    clerk = people.make_user(Role.TOWNSHIP)
    client.login(clerk)
    make_file("王德福")
    client.page("/")
    counts = []
    for more in ((), ("李素珍", "赵永福")):
        for name in more:
            make_file(name)
        with statements() as seen:
            page = client.page("/")
        counts.append((len(page.select("tbody tr")), len(seen)))
    assert counts == [(1, DESK_QUERIES), (3, DESK_QUERIES)]


def test_the_menu_counts_up_to_ninety_nine(client: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    client.login(people.make_user(Role.TOWNSHIP))
    assert client.get("/waiting").text == ""
    for name in ("王德福", "李素珍"):
        make_file(name)
    counted = client.page("/renovations").select_one(".side-link .count")
    assert (counted["hx-get"], client.get("/waiting").text) == ("/waiting", "2")
    assert client.page("/").select_one(".side-link .count").get_text() == "2"
    monkeypatch.setattr(queries, "MOST_IN_MENU", 1)
    assert client.get("/waiting").text == "1+"


def test_people_without_households_see_what_they_manage(client: PageClient) -> None:
    client.login(people.make_user(Role.ADMIN))
    page = client.page("/")
    assert page.h1.get_text() == "我的工作台"
    assert {link.get_text(strip=True) for link in page.select(".tile")} >= {"用户", "区划", "单位"}
    assert "改造户" not in {link.get_text(strip=True) for link in page.select(".side-link")}


def test_an_empty_installation_says_what_is_missing(client: PageClient) -> None:
    page = client.page("/")
    assert [one.get_text() for one in page.select(".setup-steps strong")] == [
        "还没有管理员账号", "还没有行政区划", "还没有改造政策",
    ]  # fmt: skip


def test_the_administrator_is_told_what_is_needed_before_the_first_household(client: PageClient) -> None:
    people.make_user(Role.TOWNSHIP)
    applications.publish_programme()
    client.login(people.make_user(Role.ADMIN))
    told = [one.get_text() for one in client.page("/").select(".notice li")]
    assert told == [
        "还没有评估机构的采购记录：登记单位和采购记录",
        "还没有施工单位的采购记录：登记单位和采购记录",
        "还没有监理单位的采购记录：登记单位和采购记录",
        "还没有县级民政局的账号：新建账号",
        "还没有财政局的账号：新建账号",
        "还没有评估机构的账号：新建账号",
        "还没有施工单位的账号：新建账号",
        "还没有监理的账号：新建账号",
        "还没有下达任务数，由县级民政局在“任务和资金”里下达",
        "还没有下达资金，由县级民政局或财政局在“任务和资金”里下达，签改造协议以前要有",
    ]


def test_strangers_are_led_to_the_sign_in(client: PageClient) -> None:
    people.make_user(Role.COUNTY)
    applications.publish_programme()
    assert client.get("/").headers["Location"] == "/sign-in"
