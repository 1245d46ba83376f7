"""Classes of persons that programmes name themselves: a column of the list, a condition, a column of the exports."""

from io import BytesIO
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from app.core.db import transaction
from app.identity.queries import user
from app.permissions import Actor, Role
from app.renovation.models import Renovation
from app.stages.application.rules import OpenApplication
from app.stages.application.service import open_application
from app.workbench import classes, columns, queries
from app.workbench.filters import More
from app.workbench.search import Wish
from tests.application.notice_support import publish_tables
from tests.factories import applications, people
from tests.process.support import CONTENT
from tests.support.client import PageClient
from tests.workbench.support import make_file, statements

AGED = [one for one in CONTENT["clause"] if one["id"] == "E1"]
ELDERS = {"key": "three_elders", "name": "三老人员"}
SOLDIERS = {"key": "veteran", "name": "退役军人"}
CHOSEN_QUERIES = 6
"""Of a list with the column chosen: those of every list, which programmes have classes, and whose files are seen."""


def publish(*named: dict[str, Any], **more: Any) -> None:
    """Chongqing 2020 with an age and these classes alone."""
    when = {"fact": "person.classes", "contains_any": [one["key"] for one in named]}
    rule = {"id": "E2", "title": "对象", "text": "特定人员。", "source": "示例", "when": when}
    publish_tables(person_class=list(named), clause=[*AGED, rule], verification=[], **more)


def opened(clerk: Actor, name: str, *codes: str) -> Renovation:
    typed = applications.values(clerk, people=[applications.person(name=name, classes=list(codes))])
    with transaction():
        return open_application(OpenApplication.model_validate(typed), clerk)


def shown(actor: Actor, more: More | None = None) -> list[tuple[str, str]]:
    found = queries.files(actor, Wish(view="all", more=more), [columns.COLUMNS["classes"]])
    return [(line.name, line.chosen["classes"]) for line in found.lines]


@pytest.fixture
def clerk(session: Session) -> Actor:
    publish(ELDERS, SOLDIERS)
    return people.actor(Role.TOWNSHIP)


def test_the_column_says_each_in_the_words_of_its_own_programme(clerk: Actor) -> None:
    make_file("老政策")
    opened(clerk, "两类", "veteran", "three_elders")
    opened(clerk, "都不是", "none")
    opened(clerk, "不清楚")
    assert shown(clerk) == [
        ("不清楚", "—"), ("都不是", "都不属于"), ("两类", "三老人员、退役军人"), ("老政策", "—"),
    ]  # fmt: skip
    publish(ELDERS | {"name": "老党员"})
    opened(clerk, "新版", "three_elders")
    assert shown(clerk)[0] == ("新版", "老党员")
    assert classes.offered(clerk) == {"three_elders": "三老人员／老党员", "veteran": "退役军人"}


def test_the_list_is_narrowed_by_a_class(clerk: Actor) -> None:
    for name, codes in (("甲甲", ["three_elders"]), ("乙乙", ["veteran", "three_elders"]), ("丙丙", ["veteran"])):
        opened(clerk, name, *codes)
    assert [name for name, _ in shown(clerk, More(person_class="three_elders"))] == ["乙乙", "甲甲"]
    assert shown(clerk, More(person_class="three_elder")) == []
    # `_` is no wildcard
    assert shown(clerk, More(person_class="three______")) == []


def test_who_may_not_read_what_concerns_the_person_neither_sees_nor_asks(clerk: Actor) -> None:
    opened(clerk, "甲甲", "three_elders")
    finance = people.actor(Role.FINANCE)
    assert classes.offered(finance) == {}
    assert "classes" not in {one.key for one in columns.offered(finance)}
    assert queries.files(finance, Wish(view="all", more=More(person_class="three_elders"))).lines == ()


def test_where_no_file_in_sight_has_such_a_programme_nothing_of_it_is_offered(
    client: PageClient, session: Session
) -> None:
    neighbour, clerk = people.actor(Role.TOWNSHIP, people.OTHER_TOWNSHIP), people.actor(Role.TOWNSHIP)
    make_file("旁边的", township=people.OTHER_TOWNSHIP)
    publish(ELDERS)
    opened(clerk, "甲甲", "three_elders")
    assert classes.offered(neighbour) == {}
    for actor, there in ((neighbour, False), (clerk, True)):
        client.login(user(actor.user_id or 0))
        page = client.page("/renovations/menu")
        assert bool(page.select("select[name=class]")) is there
        assert bool(page.select("input[value=classes]")) is there
        assert ("人员类别" in _head(client, "/renovations.xlsx?view=all", "改造户")) is False
        assert ("人员类别" in _head(client, "/ledger.xlsx", "一户一行")) is there


def _head(client: PageClient, address: str, name: str) -> list[Any]:
    return _sheet(client, address, name)[0]


def _sheet(client: PageClient, address: str, name: str) -> list[list[Any]]:
    book = CalamineWorkbook.from_filelike(BytesIO(client.get(address).data))
    return book.get_sheet_by_name(name).to_python()


def test_chosen_it_stands_in_the_list_and_in_both_exports(client: PageClient, clerk: Actor) -> None:
    client.login(user(clerk.user_id or 0))
    opened(clerk, "甲甲", "three_elders")
    form = client.page("/renovations/menu?view=all").select_one(".list-choices > form:last-child")
    client.submit(form, column=["number", "classes"])
    counts = []
    for name in ("", "乙乙", "丙丙"):
        if name:
            opened(clerk, name, "veteran")
        with statements() as seen:
            page = client.page("/renovations")
        counts.append(len(seen))
    assert counts == [CHOSEN_QUERIES] * 3
    assert [row.select("td")[-1].get_text() for row in page.select("tbody tr")] == ["退役军人", "退役军人", "三老人员"]
    chips = client.page("/renovations?class=three_elders").select(".chip")
    assert "三老人员" in " ".join(chip.get_text() for chip in chips)
    listed = _sheet(client, "/renovations.xlsx?class=three_elders", "改造户")
    assert [row[listed[0].index("人员类别")] for row in listed] == ["人员类别", "三老人员"]
    ledger = _sheet(client, "/ledger.xlsx", "一户一行")
    assert [row[ledger[0].index("人员类别")] for row in ledger] == ["人员类别", "退役军人", "退役军人", "三老人员"]
