"""Remarks, to-dos and calls beside a file and on the desk; the same in the API."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import transaction
from app.identity import queries as identities
from app.identity.rules import MakeToken, Reach, TokenKind
from app.identity.tokens import make_token
from app.permissions import Role
from app.renovation.talk import queries
from tests.factories import applications, people
from tests.factories.applications import do
from tests.support.client import PageClient
from tests.workbench.support import statements

PANEL = ".aside"


@pytest.fixture(autouse=True)
def clock_stands(session: Session, frozen_clock: Callable[[date], None]) -> None:
    """Tuesday 15 September 2020."""


def test_a_mention_leads_from_the_desk_to_the_file_until_it_is_seen(client: PageClient) -> None:
    clerk, county = people.actor(Role.TOWNSHIP), people.make_user(Role.COUNTY, name="刘科长")
    file = applications.draft(clerk)
    do("application.comment", file, clerk, text="@刘科长 请看门口的坡")
    client.login(county)
    line = client.page("/").select_one(".said a")
    assert line["href"] == f"/renovations/{file.number}#happened"
    assert line.select_one(".said-text").get_text() == f"{clerk.name}：@刘科长 请看门口的坡"
    form = client.page(f"/renovations/{file.number}").select_one("form.unseen")
    assert form.get_text(strip=True) == "有 1 条留言提到您。看过了"
    client.submit(form)
    assert client.page(f"/renovations/{file.number}").select("form.unseen") == []
    assert client.page("/").select(".said") == []


def test_to_dos_are_planned_done_and_followed_beside_the_file(client: PageClient) -> None:
    clerk = people.make_user(Role.TOWNSHIP, name="李秀兰")
    client.login(clerk)
    file = applications.draft(people.actor(Role.TOWNSHIP))
    plan = client.page(f"/renovations/{file.number}/application/plan_to_do")
    client.submit(plan, kind="call", text="问哪天在家", due_on="2020-09-16")
    shown = client.page("/").select_one(".said li")
    assert shown.select_one(".said-text").get_text() == "待办：问哪天在家"
    assert shown.select_one(".due").get_text(strip=True) == "还剩 1 个工作日"
    done = client.page(f"/renovations/{file.number}").select_one(".to-dos form")
    client.submit(done)
    aside = client.page(f"/renovations/{file.number}").select_one(PANEL)
    assert [one.get_text() for one in aside.select(".timeline .todo .what")] == [
        "办完待办　打电话：问哪天在家", "安排待办　打电话：问哪天在家",
    ]  # fmt: skip
    proposed = aside.select_one("form.proposed")
    assert proposed.p.get_text() == "接下来通常是 上门看看：按电话里约好的时间上门，2020-09-18 前"
    client.submit(proposed)
    assert client.page(f"/renovations/{file.number}").select(".to-dos form") != []


def test_a_call_shows_only_the_ends_of_its_number(client: PageClient) -> None:
    clerk = people.make_user(Role.TOWNSHIP, name="李秀兰")
    client.login(clerk)
    file = applications.draft(people.actor(Role.TOWNSHIP))
    form = client.page(f"/renovations/{file.number}/application/log_call")
    client.submit(form, called="family", name="王小明", number="13912345678", on="2020-09-15", time="08:30",
                  result="no_answer", note="晚上再打")  # fmt: skip
    page = client.page(f"/renovations/{file.number}")
    entry = page.select_one(".timeline .call")
    assert entry.select_one(".what").get_text() == "打电话给家属或监护人 王小明：无人接听"
    assert entry.select_one(".why").get_text() == "号码 139****5678；晚上再打"
    assert "13912345678" not in str(page)


def test_papers_of_a_remark_stand_under_it(client: PageClient) -> None:
    clerk = people.actor(Role.TOWNSHIP)
    file = applications.draft(clerk)
    do("application.comment", file, clerk, text="门口的坡", files=[applications.paper(clerk)])
    client.login(people.make_user(Role.COUNTY))
    assert len(client.page(f"/renovations/{file.number}").select(".timeline .comment .thumb")) == 1


def test_the_file_asks_the_same_number_of_queries_whatever_was_said(client: PageClient) -> None:
    clerk = people.make_user(Role.TOWNSHIP, name="李秀兰")
    client.login(clerk)
    actor = people.actor(Role.TOWNSHIP)
    file = applications.draft(actor)
    counts = []
    for times in (1, 2):
        for _ in range(times):
            do("application.comment", file, actor, text="@李秀兰 请看", files=[applications.paper(actor)])
            do("application.plan_to_do", file, actor, kind="call", text="问", due_on="2020-09-16")
            do("application.log_call", file, actor, called="family", on="2020-09-15", time="08:30", result="reached")
        client.page(f"/renovations/{file.number}")
        with statements() as seen:
            page = client.page(f"/renovations/{file.number}")
        counts.append((len(page.select(".timeline .comment")), len(seen)))
    assert [rows for rows, _ in counts] == [1, 3]
    assert counts[0][1] == counts[1][1]


def test_the_names_offered_are_those_who_may_see_the_file(client: PageClient) -> None:
    clerk = people.make_user(Role.TOWNSHIP, name="李秀兰")
    people.make_user(Role.TOWNSHIP, people.OTHER_TOWNSHIP, name="邻镇人")
    people.make_user(Role.COUNTY, name="刘科长")
    file = applications.draft(people.actor(Role.TOWNSHIP))
    client.login(clerk)
    names = client.get(f"/renovations/{file.number}/people").get_json()
    assert {"李秀兰", "刘科长"} <= set(names)
    assert "邻镇人" not in names
    client.login(people.make_user(Role.TOWNSHIP, people.OTHER_TOWNSHIP))
    assert client.get(f"/renovations/{file.number}/people").status_code == 404
    assert client.get(f"/renovations/{file.number}").status_code == 404


def test_the_longest_desk_is_bounded(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_ON_DESK", 2)
    clerk = people.actor(Role.TOWNSHIP)
    file = applications.draft(clerk)
    for _ in range(4):
        do("application.plan_to_do", file, clerk, kind="call", text="问", due_on="2020-09-16")
    assert len(queries.for_me(clerk, date(2020, 9, 30))) == 2


def test_everything_of_mine_stands_on_one_page(client: PageClient) -> None:
    clerk = people.make_user(Role.TOWNSHIP, name="李秀兰")
    client.login(clerk)
    actor = people.actor(Role.TOWNSHIP)
    file = applications.draft(actor)
    assert client.page("/to-dos").select_one(".empty-state p").get_text() == "没有待办，也没有未看的留言。"
    do("application.plan_to_do", file, actor, kind="call", text="下月再问", due_on="2020-10-20", assignee=clerk.id)
    assert client.page("/").select(".said") == []
    assert [one.get_text() for one in client.page("/to-dos").select(".said-text")] == ["待办：下月再问"]


def test_the_api_says_what_the_page_says(client: PageClient) -> None:
    county = people.make_user(Role.COUNTY, name="刘科长")
    clerk = people.actor(Role.TOWNSHIP)
    file = applications.draft(clerk)
    do("application.comment", file, clerk, text="@刘科长 请看", files=[applications.paper(clerk)])
    do("application.plan_to_do", file, clerk, kind="call", text="问", due_on="2020-09-16", assignee=county.id)
    do("application.log_call", file, clerk, called="family", number="13912345678", on="2020-09-15", time="08:30",
       result="reached")  # fmt: skip
    told = _token(county)
    talk = client.get(f"/api/v1/renovations/{file.number}/talk", headers=told).get_json()
    assert ([one["text"] for one in talk["remarks"]], len(talk["remarks"][0]["files"])) == (["@刘科长 请看"], 1)
    assert [(one["text"], one["done_at"]) for one in talk["to_dos"]] == [("问", None)]
    assert [one["number"] for one in talk["calls"]] == ["139****5678"]
    notes = client.get("/api/v1/me/notes", headers=told).get_json()["items"]
    assert [(one["kind"], one["number"]) for one in notes] == [("mention", file.number), ("to_do", file.number)]
    assert client.post(f"/api/v1/renovations/{file.number}/seen", headers=told).get_json() == {"seen": 1}
    assert len(client.get("/api/v1/me/notes", headers=told).get_json()["items"]) == 1
    stranger = _token(people.make_user(Role.TOWNSHIP, people.OTHER_TOWNSHIP))
    for method, path in (("GET", "talk"), ("POST", "seen")):
        answer = client.open(f"/api/v1/renovations/{file.number}/{path}", method=method, headers=stranger)
        assert answer.status_code == 404


def _token(user) -> dict[str, str]:  # type: ignore[no-untyped-def]
    ends = clock.civil(clock.system()) + timedelta(days=30)
    wish = MakeToken(name="测试", kind=TokenKind.USER, reach=Reach.ALL, permissions=[], expires_on=ends)
    with transaction():
        text = make_token(wish, identities.actor_of(identities.user(user.id)))[1]
    return {"Authorization": f"Bearer {text}"}
