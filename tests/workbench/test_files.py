"""The list: scope, filters, search, keyset pages; what each reader may see."""

from collections.abc import Callable
from datetime import date

import pytest
from bs4 import BeautifulSoup
from sqlalchemy.orm import Session

from app.core import clock
from app.lifecycle import Status
from app.permissions import Role
from app.workbench import queries, search
from app.workbench.search import Wish
from tests.factories import applications, people
from tests.support.client import PageClient
from tests.workbench.support import make_file, statements

LIST_QUERIES = 4


def names(page: BeautifulSoup) -> list[str]:
    return [cell.get_text(strip=True) for cell in page.select("tbody th")]


def found(text: str, role: Role = Role.COUNTY, **wish: object) -> list[str]:
    actor = people.actor(role)
    return [line.name for line in queries.files(actor, Wish(text, **{"view": "all", **wish})).lines]  # type: ignore[arg-type]


def test_a_clerk_sees_the_own_township_and_the_county_sees_all(session: Session) -> None:
    make_file("王德福")
    make_file("李素珍", township=people.OTHER_TOWNSHIP)
    assert found("", Role.TOWNSHIP) == ["王德福"]
    assert found("") == ["李素珍", "王德福"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("德福", ["张德福", "王德福"]),
        ("王德", ["王德福"]),
        ("王德福", ["王德福"]),
        ("王", ["王德福"]),
        ("欧阳", ["欧阳 德"]),
        ("福德", []),
        ("青松", ["欧阳 德", "张德福", "王德福"]),
        ("桐子", ["李素珍"]),
        ("%", []),
        ("CQ2020-500299-000002", ["李素珍"]),
        ("cq2020-500299-00000", ["欧阳 德", "张德福", "李素珍", "王德福"]),
        ("3", ["张德福"]),
        ("000003", ["张德福"]),
        ("wangdefu", ["王德福"]),
        ("WANG de", ["王德福"]),
        ("zdf", ["张德福"]),
        ("ouyang", ["欧阳 德"]),
        ("oyd", ["欧阳 德"]),
        ("defu", []),
        ("wa", ["王德福"]),
    ],
)
def test_search_finds_by_two_characters_pinyin_number_last_digits_and_address(
    session: Session, text: str, expected: list[str]
) -> None:
    make_file("王德福")
    make_file("李素珍", address="桐子村二组")
    make_file("张德福")
    make_file("欧阳 德")
    assert found(text) == expected


def test_another_townships_people_are_not_found(session: Session) -> None:
    number = make_file("王德福", township=people.OTHER_TOWNSHIP)
    assert [found(text, Role.TOWNSHIP) for text in ("德福", number, "1", "青松", "wangdefu", "wdf")] == [[]] * 6


def test_city_and_province_see_masked_people_and_cannot_search_for_them(session: Session) -> None:
    make_file("王德福", address="清溪镇青松村三组 5 号")
    line = queries.files(people.actor(Role.CITY), Wish()).lines[0]
    assert (line.name, line.address) == ("王**", "清溪镇青松村***")
    assert [found(text, Role.CITY) for text in ("德福", "青松", "wangdefu")] == [[], [], []]


def test_sums_are_for_those_who_may_read_them(session: Session) -> None:
    make_file("王德福", total_fen=230_000, subsidy_fen=200_000, self_pay_fen=30_000)
    county, federation = people.actor(Role.COUNTY), people.actor(Role.FEDERATION)
    assert [
        (line.subsidy_fen, line.self_pay_fen)
        for who in (county, federation)
        for line in queries.files(who, Wish()).lines
    ] == [(200_000, 30_000), (None, None)]


def test_filters(session: Session, frozen_clock: Callable[[date], None]) -> None:
    make_file("甲甲", due_on=date(2020, 9, 14))
    make_file("乙乙", status=Status.BUILDING, due_on=date(2020, 9, 16))
    make_file("丙丙", status=Status.CLOSED, due_on=date(2020, 9, 1))
    make_file("丁丁", suspended_at=clock.now(), suspended_reason="住院", due_on=date(2020, 9, 1))
    make_file("戊戊", township=people.OTHER_TOWNSHIP)
    town = people.region(people.OTHER_TOWNSHIP).id
    assert found("", view="open") == ["戊戊", "丁丁", "乙乙", "甲甲"]
    assert found("", view="late") == ["甲甲"]
    assert found("", view="suspended") == ["丁丁"]
    assert found("", view="ended") == ["丙丙"]
    assert found("", view="mine", role=Role.TOWNSHIP) == ["甲甲"]
    assert found("", status=Status.BUILDING) == ["乙乙"]
    assert found("", region_id=town) == ["戊戊"]


def test_pages_follow_each_other_without_gap_or_repetition(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE", 2)
    county = people.actor(Role.COUNTY)
    for name in ("甲甲", "乙乙", "丙丙", "丁丁", "戊戊"):
        make_file(name)
    first = queries.files(county, Wish())
    second = queries.files(county, Wish(before=first.older))
    third = queries.files(county, Wish(before=second.older))
    back = queries.files(county, Wish(after=third.newer))
    shown = [[line.name for line in page.lines] for page in (first, second, third, back)]
    assert shown == [["戊戊", "丁丁"], ["丙丙", "乙乙"], ["甲甲"], ["丙丙", "乙乙"]]
    assert (first.newer, third.older, first.count) == (None, None, 5)
    assert (back.newer is None, back.older is None) == (False, False)


def test_counting_stops(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST", 2)
    for name in ("甲甲", "乙乙", "丙丙"):
        make_file(name)
    assert queries.files(people.actor(Role.COUNTY), Wish()).count is None


def test_the_list_asks_the_same_number_of_queries_for_one_row_and_for_three(client: PageClient) -> None:
    client.login(people.make_user(Role.COUNTY))
    make_file("王德福")
    client.page("/renovations")
    counts = []
    for more in ((), ("李素珍", "赵永福")):
        for name in more:
            make_file(name)
        with statements() as seen:
            page = client.page("/renovations")
        counts.append((len(names(page)), len(seen)))
    assert counts == [(1, LIST_QUERIES), (3, LIST_QUERIES)]


def test_an_identity_number_is_looked_up_exactly_and_never_stands_in_an_address(client: PageClient) -> None:
    user = people.make_user(Role.TOWNSHIP)
    number = applications.id_number()
    file = applications.draft(
        people.actor(Role.TOWNSHIP), people=[applications.person(id_number=number, name="张德福")]
    )
    client.login(user)
    box = client.page("/").select_one("form.top-search")
    answer = client.submit(box, q=number)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/renovations/{file.number}")
    assert client.submit(box, q=applications.id_number()).soup.h1.get_text() == "按身份证号查找"
    assert client.submit(box, q="德福").headers["Location"] == "/renovations?q=德福&view=all" or client.submit(
        box, q="德福"
    ).headers["Location"].startswith("/renovations?q=%E5%BE%B7%E7%A6%8F")
    assert names(client.page(f"/renovations?view=all&q={number}")) == ["张德福"]  # ignored, not looked up


def test_who_may_not_reveal_cannot_probe_by_identity_number(client: PageClient) -> None:
    number = applications.id_number()
    applications.draft(people.actor(Role.TOWNSHIP), people=[applications.person(id_number=number)])
    client.login(people.make_user(Role.FINANCE))
    box = client.page("/").select_one("form.top-search")
    assert names(client.submit(box, q=number).soup) == []


@pytest.mark.parametrize("query", ["", "?view=late", "?q=没有", "?status=closed", "?view=nonsense&status=x&region=x"])
def test_an_empty_list_says_what_to_do_next(client: PageClient, query: str) -> None:
    client.login(people.make_user(Role.TOWNSHIP))
    page = client.page(f"/renovations{query}")
    assert len(page.select(".empty-state")) == 1
    assert len(page.select(".empty-state a, .empty-state p + p")) == 1


def test_a_due_day_is_said_by_the_calendar_and_counted_in_working_days(
    client: PageClient, set_today: Callable[[date], None]
) -> None:
    set_today(date(2020, 9, 13))  # a Sunday
    client.login(people.make_user(Role.TOWNSHIP))
    for name, day in (("甲甲", 11), ("乙乙", 10), ("丙丙", 13), ("丁丁", 15), ("戊戊", 18)):
        make_file(name, due_on=date(2020, 9, day))
    cells = client.page("/renovations").select("td[data-label=期限]")
    said = [cell.get_text(strip=True) for cell in cells]
    assert said == ["还剩 5 个工作日", "还剩 2 个工作日", "今天到期", "逾期 1 个工作日", "已逾期"]
