"""The list narrowed, grouped, as a board, with chosen columns, saved under a name; and none of it wider than the scope."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.core.db import db, transaction
from app.core.errors import Conflict, NotFound
from app.identity import queries as identities
from app.lifecycle import Stage, Status
from app.permissions import Role
from app.places.rules import OrganisationKind
from app.renovation.models import Assignment, Renovation
from app.renovation.service import assign, end_assignment
from app.workbench import board, columns, groups, queries, saved
from app.workbench.filters import More
from app.workbench.rules import Audience, SaveFilter
from app.workbench.search import Wish
from app.workbench.wishes import asked, wish_of
from tests.factories import applications, people
from tests.support.client import PageClient
from tests.workbench.support import make_file, statements

FACES = {"/renovations?as=board": 4, "/renovations?group=township": 3, "/renovations?group=firm": 3}
"""Statements of each face of the list, however many rows there are."""
CHOSEN_QUERIES = 4


def found(more: More, role: Role = Role.COUNTY) -> list[str]:
    return [line.name for line in queries.files(people.actor(role), Wish(view="all", more=more)).lines]


def give(number: str, firm_id: int, role: Role = Role.CONTRACTOR) -> None:
    with transaction():
        assign(db.session.query(Renovation).filter_by(number=number).one(), role, firm_id)


def test_an_address_says_what_is_wanted_and_back() -> None:
    query = MultiDict(
        {"view": "late", "q": "德福", "status": "building", "region": "7", "stage": "plan", "firm": "3", "village": "9",
         "hardship": "dibao", "class": "veteran", "since": "2020-01-01", "until": "2020-12-31"}
    )  # fmt: skip
    assert asked(wish_of(query)) == dict(query)
    assert (
        asked(wish_of(MultiDict({"stage": "x", "firm": "-1", "since": "gestern", "status": "?", "class": "A%"}))) == {}
    )


def test_by_stage_and_by_firm(session: Session) -> None:
    firm = people.make_firm(OrganisationKind.CONTRACTOR)
    make_file("甲甲", status=Status.BUILDING)
    had = make_file("乙乙", status=Status.AGREED)
    make_file("丙丙", status=Status.PLANNED)
    give(had, firm.id)
    with transaction():
        end_assignment(_assignment(had), "换队")
    assert found(More(stage=Stage.CONSTRUCTION)) == ["乙乙", "甲甲"]
    assert found(More(firm=firm.id)) == ["乙乙"]


def _assignment(number: str) -> Assignment:
    return db.session.query(Assignment).join(Renovation).filter(Renovation.number == number).one()


def test_by_hardship_and_by_day_of_application(session: Session, frozen_clock: Callable[[date], None]) -> None:
    clerk = people.actor(Role.TOWNSHIP)
    applications.draft(clerk, people=[applications.person(name="张德福", hardship=["tekun_scattered"])])
    frozen_clock(date(2020, 9, 20))
    applications.draft(clerk, people=[applications.person(name="王德福", hardship=["dibao", "poverty_registered"])])
    dibao = wish_of(MultiDict({"hardship": "dibao"})).more
    assert dibao is not None
    assert found(dibao) == ["王德福"]
    assert found(dibao, Role.FINANCE) == []  # no health data for finance (domain §2)
    assert found(More(until=date(2020, 9, 15))) == ["张德福"]
    assert found(More(since=date(2020, 9, 16))) == ["王德福"]


def test_groups_count_and_add_up(session: Session) -> None:
    make_file("甲甲", status=Status.BUILDING, subsidy_fen=200_000, self_pay_fen=10_000)
    make_file("乙乙", status=Status.DRAFT, subsidy_fen=150_000)
    make_file("丙丙", township=people.OTHER_TOWNSHIP, status=Status.BUILDING, subsidy_fen=100_000)
    county, town = people.actor(Role.COUNTY), people.region(people.TOWNSHIP)
    by_town = groups.groups(county, Wish(), "township")
    first = by_town[0]
    assert (first.key, first.label, first.count, first.subsidy_fen, first.self_pay_fen) == (
        str(town.id), town.name, 2, 350_000, 10_000,
    )  # fmt: skip
    by_status = groups.groups(county, Wish(), "status")
    assert [(one.label, one.count) for one in by_status] == [("待提交", 1), ("施工中", 2)]
    whole = groups.total(by_town)
    assert (whole.count, whole.subsidy_fen) == (3, 450_000)
    assert groups.groups(people.actor(Role.FEDERATION), Wish(), "status")[0].subsidy_fen is None
    assert [one.count for one in groups.groups(people.actor(Role.TOWNSHIP), Wish(), "township")] == [2]


def test_groups_by_firm_name_the_firm_that_has_it_now(session: Session) -> None:
    firm = people.make_firm(OrganisationKind.CONTRACTOR)
    give(make_file("甲甲", status=Status.BUILDING), firm.id)
    make_file("乙乙")
    by_firm = groups.groups(people.actor(Role.COUNTY), Wish(), "firm")
    assert sorted((one.label, one.key, one.count) for one in by_firm) == sorted(
        [(firm.name, str(firm.id), 1), ("（未填）", None, 1)]
    )


def test_the_board_has_a_column_for_every_status_with_files(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "CARDS", 2)
    for name in ("甲甲", "乙乙", "丙丙"):
        make_file(name, status=Status.BUILDING)
    make_file("丁丁", status=Status.DRAFT)
    make_file("戊戊", status=Status.CLOSED)
    county = people.actor(Role.COUNTY)
    shown = board.board(county, Wish())
    assert [(one.status, one.count, [line.name for line in one.lines]) for one in shown] == [
        (Status.DRAFT, 1, ["丁丁"]),
        (Status.BUILDING, 3, ["丙丙", "乙乙"]),
    ]
    key = shown[1].older
    assert key is not None
    rest = board.more(county, Wish(), Status.BUILDING, key)
    assert ([line.name for line in rest.lines], rest.older) == (["甲甲"], None)
    assert board.board(people.actor(Role.TOWNSHIP, people.OTHER_TOWNSHIP), Wish()) == []
    assert board.more(people.actor(Role.TOWNSHIP, people.OTHER_TOWNSHIP), Wish(), Status.BUILDING, key).lines == ()


def test_the_next_cards_come_as_a_part_of_the_page(client: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "CARDS", 1)
    client.login(people.make_user(Role.COUNTY))
    make_file("甲甲")
    make_file("乙乙")
    more = client.page("/renovations?as=board").select_one(".board-more a")
    part = client.get(more["hx-get"], headers={"HX-Request": "true"}).soup
    assert [card.get_text() for card in part.select(".board-card strong")] == ["甲甲"]
    assert part.select(".board-more") == []
    assert client.get("/renovations/board/nothing?before=1").status_code == 404


@pytest.mark.parametrize("address", FACES)
def test_every_face_asks_the_same_number_of_queries_for_one_row_and_for_three(client: PageClient, address: str) -> None:
    client.login(people.make_user(Role.COUNTY))
    make_file("王德福")
    client.page(address)
    counts = []
    for more in ((), ("李素珍", "赵永福")):
        for name in more:
            make_file(name, township=people.OTHER_TOWNSHIP)
        with statements() as seen:
            client.page(address)
        counts.append(len(seen))
    assert counts == [FACES[address], FACES[address]]


def test_chosen_columns_cost_no_query_and_stay_chosen(client: PageClient) -> None:
    client.login(people.make_user(Role.COUNTY))
    firm = people.make_firm(OrganisationKind.CONTRACTOR)
    give(make_file("王德福", status=Status.BUILDING, total_fen=123_400), firm.id)
    form = client.page("/renovations/menu?view=all").select_one(".list-choices > form:last-child")
    answer = client.submit(form, column=["number", "firm", "total"])
    assert answer.location == "/renovations?view=all"
    counts = []
    for name in ("", "李素珍", "赵永福"):
        if name:
            make_file(name)
        with statements() as seen:
            page = client.page("/renovations")
        counts.append(len(seen))
    assert counts == [CHOSEN_QUERIES] * 3
    assert [cell.get_text() for cell in page.select("thead th:not(.tick)")] == ["姓名", "档案号", "合计", "施工单位"]
    row = page.select("tbody tr")[2]
    assert [cell.get_text() for cell in row.select("td:not(.tick)")][1:] == ["¥1,234.00", firm.name]
    client.submit(form, column=list(columns.USUAL))
    assert len(client.page("/renovations").select("thead th:not(.tick)")) == len(columns.USUAL) + 1


def test_columns_that_a_person_may_not_read_are_not_offered(session: Session) -> None:
    keys = {one.key for one in columns.offered(people.actor(Role.FEDERATION))}
    assert {"subsidy", "total", "self_pay"} & keys == set()
    finance = people.actor(Role.FINANCE)
    assert "hardship" not in {one.key for one in columns.offered(finance)}
    assert [one.key for one in columns.chosen("hardship.number", finance)] == ["number"]


def test_a_saved_filter_brings_the_list_back(client: PageClient) -> None:
    client.login(people.make_user(Role.COUNTY))
    menu = client.page("/renovations/menu?view=late&status=building")
    form = menu.select_one("form[action='/renovations/filters']")
    assert client.submit(form, name="施工逾期").location == "/renovations?view=late&status=building"
    kept = client.page("/renovations/menu").select_one(".saved li")
    assert kept.a["href"] == "/renovations?view=late&status=building"
    client.submit(kept.form)
    assert client.page("/renovations/menu").select(".saved li") == []


def test_nobody_is_led_elsewhere_by_a_list_that_comes_back(client: PageClient) -> None:
    client.login(people.make_user(Role.COUNTY))
    form = client.page("/renovations/menu").select_one("form[action='/renovations/filters']")
    answer = client.submit(form, name="x", query="//evil.example/?view=late", tampered=True)
    assert answer.location == "/renovations"


def keep(name: str, audience: Audience, actor) -> None:  # type: ignore[no-untyped-def]
    with transaction():
        saved.save(SaveFilter(name=name, audience=audience, query="view=late"), actor)


def names(actor) -> list[str]:  # type: ignore[no-untyped-def]
    return [one.name for one in saved.saved(actor)]


def test_filters_are_shared_with_the_people_of_a_place_and_nobody_else(session: Session) -> None:
    county = people.actor(Role.COUNTY)
    for audience in Audience:
        keep(audience.value, audience, county)
    colleague, clerk, city = people.actor(Role.COUNTY), people.actor(Role.TOWNSHIP), people.actor(Role.CITY)
    builder = people.actor(Role.CONTRACTOR)
    assert names(county) == ["own", "region", "role"]
    assert [names(who) for who in (colleague, clerk, city, builder)] == [["region", "role"], ["region"], [], []]
    firm = people.make_firm(OrganisationKind.CONTRACTOR)
    keep("我们的", Audience.REGION, identities.actor_of(people.make_user(Role.CONTRACTOR, firm=firm)))
    assert names(identities.actor_of(people.make_user(Role.CONTRACTOR, firm=firm))) == ["我们的"]
    assert (names(builder), names(colleague)) == ([], ["region", "role"])


def test_the_same_name_again_replaces_and_only_the_owner_takes_away(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    county, other = people.actor(Role.COUNTY), people.actor(Role.COUNTY)
    keep("逾期", Audience.REGION, county)
    keep("逾期", Audience.REGION, county)
    kept = saved.saved(county)
    assert len(kept) == 1
    with transaction(), pytest.raises(NotFound):
        saved.end(kept[0].id, other)
    monkeypatch.setattr(saved, "MOST", 1)
    with pytest.raises(Conflict):
        keep("又一个", Audience.OWN, county)


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.SYSTEM, Role.ADMIN)])
def test_the_menu_opens_for_every_role(client: PageClient, role: Role) -> None:
    client.login(people.make_user(role))
    page = client.page("/renovations/menu?stage=plan&since=2020-01-01")
    assert page.h1.get_text() == "筛选、分组、列"
    part = client.get("/renovations/menu", headers={"HX-Request": "true"}).soup
    assert part.select_one(".list-choices") is not None


def test_conditions_stand_as_chips_that_can_be_taken_away(client: PageClient) -> None:
    client.login(people.make_user(Role.COUNTY))
    make_file("王德福")
    firm = people.make_firm(OrganisationKind.CONTRACTOR)
    page = client.page(f"/renovations?view=all&stage=plan&firm={firm.id}&since=2020-01-01&q=德福")
    chips = page.select(".chips a[title]")
    assert [chip.find(string=True).strip() for chip in chips] == ["“德福”", "方案阶段", "2020-01-01 起申请", firm.name]
    assert chips[3]["href"] == "/renovations?view=all&q=%E5%BE%B7%E7%A6%8F&stage=plan&since=2020-01-01"


def test_rows_are_ticked_for_those_who_can_do_many_at_once(client: PageClient) -> None:
    make_file("王德福", status=Status.NOTICED)
    client.login(people.make_user(Role.COUNTY))
    page = client.page("/renovations?view=all")
    form = page.select_one("form.bulk")
    assert (form["action"], form.select_one("[name=query]")["value"]) == ("/renovations/bulk", "view=all")
    assert [box["value"] for box in form.select("tbody input[name=n]")] == [
        row.get_text() for row in form.select("tbody .code")
    ]
    client.login(people.make_user(Role.AUDITOR))
    page = client.page("/renovations?view=all")
    assert page.select("[name=operation]") == []
    assert page.select_one("form.bulk")["action"] == "/papers/many"  # who changes nothing may still print
