"""What stands under the desks: quota, age, money; what a contractor's homes wait for."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.core import clock
from app.core.money import yuan
from app.demo import county as demo
from app.demo import variants
from app.demo.story import Story
from app.lifecycle import Status
from app.permissions import Role
from app.workbench import pictures
from app.workbench.receivables import receivables
from tests.factories import people
from tests.support.client import PageClient
from tests.support.databases import Databases
from tests.support.stories import lived
from tests.workbench.support import make_file, statements

PICTURE_QUERIES = {
    Role.COUNTY: 3,
    Role.CITY: 4,
    Role.AUDITOR: 3,
    Role.TOWNSHIP: 4,
    Role.FINANCE: 4,
    Role.CONTRACTOR: 4,
    Role.SUPERVISOR: 2,
}
"""Statements of the pictures, however much there is; of a township one for the menu: which tasks programmes give it."""


def instant(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), clock.SHANGHAI)


def test_age_is_counted_from_the_day_a_file_came_to_its_status(
    session: Session, frozen_clock: Callable[[date], None]
) -> None:
    for number, day in enumerate((15, 10, 9, 1)):
        make_file(
            f"户{number}", status=Status.BUILDING, status_since=instant(date(2020, 9, day)), due_on=date(2020, 9, 14)
        )
    make_file("老户", status=Status.DRAFT, status_since=instant(date(2020, 7, 1)))
    make_file("停户", status=Status.DRAFT, status_since=instant(date(2020, 9, 15)), due_on=date(2020, 9, 1),
              suspended_at=clock.now(), suspended_reason="住院")  # fmt: skip
    make_file("完户", status=Status.CLOSED)
    shown = [
        (one.status, one.ages, one.late, one.suspended, one.days) for one in pictures.ageing(people.actor(Role.COUNTY))
    ]
    assert shown == [
        (Status.DRAFT, (1, 0, 0, 1), 0, 1, 76),
        (Status.BUILDING, (2, 2, 0, 0), 4, 0, 14),
    ]
    assert pictures.ageing(people.actor(Role.TOWNSHIP, people.OTHER_TOWNSHIP)) == []


def test_a_suspended_file_is_overdue_nowhere(client: PageClient, frozen_clock: Callable[[date], None]) -> None:
    client.login(people.make_user(Role.COUNTY))
    make_file("停户", due_on=date(2020, 9, 1), suspended_at=clock.now(), suspended_reason="住院")
    for address in ("/renovations", "/renovations?as=board"):
        page = client.page(address)
        assert "逾期 " not in page.select_one("main section, main .board").get_text(), address
        assert page.select(".is-late, .due.late") == [], address
    assert client.page("/renovations?view=late").select("tbody tr") == []


@pytest.fixture(scope="module")
def lives(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Story]]:
    """Homes that a contractor waits for, each for something else."""
    wanted = {
        "completed": lambda one: one.life(Status.COMPLETED),
        "accepted": lambda one: one.life(Status.ACCEPTED),
        "settled": lambda one: one.life(Status.SETTLED),
        "paid": lambda one: one.life(Status.PAID),
        "returned": variants.bank_returns,
        "replaced": variants.firm_replaced,
        "rectified": variants.rectified,
        "planned": lambda one: one.life(Status.PLANNED),
    }
    files: Path = tmp_path_factory.mktemp("desks")
    with lived(databases, files, wanted) as found:
        yield found


def test_a_contractor_sees_what_each_home_waits_for(lives: dict[str, Story]) -> None:
    firms = {row.number: row for staff in ("build1", "build2") for row in receivables(demo.actor(staff)).rows}
    words = {name: firms[story.number].waits_for for name, story in lives.items() if story.number in firms}
    assert "planned" not in words
    assert (words["completed"], words["settled"], words["paid"]) == ("等乡镇组织入户验收", "等财政拨付", "已到账")
    accepted = firms[lives["accepted"].number]
    assert (accepted.waits_for, accepted.operation, accepted.tone) == ("缺发票，请提交", "settlement.invoice", "soon")


def test_what_a_contractor_got_is_what_was_paid_to_it(lives: dict[str, Story]) -> None:
    for staff in ("build1", "build2"):
        shown = receivables(demo.actor(staff))
        assert yuan(shown.paid_fen) == yuan(sum(row.paid_fen for row in shown.rows))
        assert shown.to_pay_fen == sum(row.due_fen for row in shown.rows if row.status is Status.SETTLED)
        for row in shown.rows:
            if row.status is Status.PAID:
                assert (row.number, row.paid_fen) == (row.number, row.due_fen)


def test_quota_shows_how_far_the_households_have_come(lives: dict[str, Story]) -> None:
    shown = pictures.quota(demo.actor("county1"))
    assert shown is not None
    total = shown.total
    assert total.places is not None
    assert total.places >= total.confirmed >= total.accepted >= total.paid > 0
    assert total.confirmed == sum(part.confirmed for part in shown.parts)
    by_county = pictures.quota(demo.actor("city1"))
    assert by_county is not None
    assert [(part.places, part.confirmed) for part in by_county.parts] == [(total.places, total.confirmed)]


def test_money_is_that_of_the_scope(lives: dict[str, Story]) -> None:
    year, sources = pictures.money(demo.actor("fin1"))
    assert year == 2026
    assert all(one.allotted_fen >= one.committed_fen >= one.spent_fen for one in sources)
    assert sources[0].spent_fen > 0
    assert pictures.money(demo.actor("build1")) == (0, [])


@pytest.mark.parametrize("role", PICTURE_QUERIES, ids=[role.value for role in PICTURE_QUERIES])
def test_pictures_ask_the_same_number_of_queries_for_one_row_and_for_three(client: PageClient, role: Role) -> None:
    client.login(people.make_user(role))
    make_file("王德福")
    client.page("/desk/pictures")
    counts = []
    for more in ((), ("李素珍", "赵永福")):
        for name in more:
            make_file(name, status=Status.BUILDING)
        with statements() as seen:
            client.page("/desk/pictures")
        counts.append(len(seen))
    assert counts == [PICTURE_QUERIES[role]] * 2


def test_bars_are_drawn_by_the_server_with_their_table(client: PageClient) -> None:
    client.login(people.make_user(Role.COUNTY))
    make_file("王德福", status=Status.BUILDING)
    part = client.get("/desk/pictures", headers={"HX-Request": "true"}).soup
    bar = part.select_one("svg.bar")
    assert (bar["role"], bar["aria-label"]) == ("img", "施工中 1 户，最久 0 天")
    assert [rect["width"] for rect in bar.select("rect")] == ["1000", "1000", "0", "0", "0"]
    assert part.select_one("tbody th").get_text() == "施工中"
    assert client.page("/").select_one(".desk-pictures")["hx-get"] == "/desk/pictures"
