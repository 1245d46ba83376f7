"""The ten commonest tasks by keyboard alone, with as many keys as the README says; keys are shown and can be put off."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import update

from app.core import clock
from app.core.db import db, transaction
from app.lifecycle import Status
from app.permissions import Role
from app.renovation import queries as files
from app.renovation.models import Renovation
from app.renovation.talk import queries as talk
from tests.factories import applications, people
from tests.support.repository import ROOT

Login = Callable[[Page, Any], None]


class Keys:
    """A pair of hands that never leaves the keyboard: `press` counts, `write` (what has to be written anyway) does not."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.count += 1

    def arrive(self, title: str) -> None:
        """The page of that title stands and listens."""
        expect(self.page.locator("h1")).to_contain_text(title)
        self.page.wait_for_load_state()

    def write(self, text: str) -> None:
        self.page.keyboard.type(text)


def household(name: str, status: Status = Status.DRAFT, late_by: int | None = None) -> str:
    """A real application under that name, set to a status and a due day; its number."""
    number = applications.draft(
        people.actor(Role.TOWNSHIP), people=[applications.person(name=name, id_number=applications.id_number())]
    ).number
    due_on = None if late_by is None else clock.today() - timedelta(days=late_by)
    with transaction():
        db.session.execute(update(Renovation).where(Renovation.number == number).values(status=status, due_on=due_on))
    return number


def promised() -> dict[str, int]:
    """Task → keys, as the README's table has them."""
    section = (ROOT / "README.md").read_text("utf-8").split("## By keyboard alone")[1].split("\n## ")[0]
    rows = [line.split("|") for line in section.splitlines() if line.startswith("| ")][2:]
    return {cells[1].strip(): int(cells[3]) for cells in rows}


@pytest.fixture
def clerk(committed: Flask) -> Any:
    return people.make_user(Role.TOWNSHIP, name="李秀兰")


@pytest.fixture
def hands(desktop: Page, clerk: Any, browser_login: Login) -> Keys:
    """The clerk signed in, at a desk on which the most urgent file is the one of 王德福."""
    household("赵永福", late_by=-9)
    household("王德福", late_by=9)
    browser_login(desktop, clerk)
    desktop.goto("/")
    expect(desktop.locator(".desk-pictures h2").first).to_be_visible()
    return Keys(desktop)


@pytest.fixture
def at_file(hands: Keys, committed: Flask) -> str:
    """The hands at an application that is ready to be submitted; its number."""
    number = applications.draft(people.actor(Role.TOWNSHIP)).number
    hands.page.goto(f"/renovations/{number}")
    return number


def test_a_household_is_found_by_pinyin_and_opened(hands: Keys) -> None:
    hands.press("/")
    hands.write("wdf")
    hands.press("Enter")
    expect(hands.page.locator(".lead-in")).to_contain_text("wdf")
    hands.page.wait_for_load_state()
    hands.press("ArrowDown", "Enter")
    hands.arrive("王德福")
    assert hands.count == promised()["find a household by pinyin and open it"]


def test_the_most_urgent_file_and_its_next_step_are_opened(hands: Keys) -> None:
    hands.press("h")
    hands.page.wait_for_load_state("networkidle")
    hands.press("ArrowDown", "Enter")
    hands.arrive("王德福")
    hands.press("g")
    expect(hands.page.locator("nav.crumbs")).to_contain_text("申请")
    assert hands.count == promised()["open the most urgent file and its next step"]


def test_an_application_is_begun(hands: Keys) -> None:
    hands.press("n")
    hands.arrive("登记")
    assert hands.count == promised()["begin an application"]


def test_what_is_overdue_is_listed(hands: Keys) -> None:
    hands.press("l")
    hands.arrive("改造户")
    hands.press("e")
    expect(hands.page.locator("tbody th")).to_have_text(["王德福"])
    assert hands.count == promised()["list what is overdue"]


def test_two_rows_are_ticked_and_done_together(desktop: Page, committed: Flask, browser_login: Login) -> None:
    for name in ("甲甲", "乙乙", "丙丙"):
        household(name, Status.NOTICED)
    browser_login(desktop, people.make_user(Role.COUNTY))
    desktop.goto("/renovations")
    hands = Keys(desktop)
    hands.press("ArrowDown", "x", "ArrowDown", "x")
    expect(desktop.locator("[data-bulk-count]")).to_have_text("选中 2 户")
    hands.press("1")
    expect(desktop.locator("h1")).to_contain_text("批量办理")
    assert hands.count == promised()["tick two households and see what doing both would do"]


def test_an_application_is_submitted(hands: Keys, at_file: str) -> None:
    hands.press("g")
    hands.arrive("提交初审")
    hands.press("i", "Control+Enter")
    expect(hands.page.locator(".file-head .state").first).to_have_text("待初审")
    assert hands.count == promised()["take the next step that asks for nothing more"]


def test_a_remark_names_a_colleague(hands: Keys, at_file: str, clerk: Any) -> None:
    people.make_user(Role.COUNTY, name="刘科长")
    hands.press("c")
    hands.write("@刘")
    expect(hands.page.get_by_role("option", name="刘科长")).to_be_visible()
    hands.press("Enter")
    hands.write("请看门口的坡")
    hands.press("Control+Enter")
    expect(hands.page.locator(".timeline .comment .why")).to_have_text("@刘科长 请看门口的坡")
    assert hands.count == promised()["leave a remark that names a colleague"]


def test_a_to_do_is_planned_and_done(hands: Keys, at_file: str) -> None:
    hands.press("t")
    hands.arrive("安排待办")
    hands.press("i", "ArrowDown", "Tab")
    hands.write("问哪天在家")
    hands.press("Enter")
    expect(hands.page.locator(".to-dos")).to_contain_text("打电话：问哪天在家")
    hands.page.wait_for_load_state()  # the page listens to keys from then on
    assert hands.count == promised()["plan a to-do for today"]
    hands.count = 0
    hands.press("v")
    expect(hands.page.locator(".proposed")).to_contain_text("上门看看")
    assert hands.count == promised()["finish a to-do"]


def test_a_call_is_logged(hands: Keys, at_file: str) -> None:
    hands.press("d")
    hands.arrive("登记电话")
    hands.press("i", "ArrowDown", "Tab", "Space", "Tab")
    hands.write("周五在家")
    hands.press("Control+Enter")
    expect(hands.page.locator(".timeline .call .what")).to_contain_text("打电话给申请人本人：已说清")
    assert hands.count == promised()["log a telephone call"]
    assert talk.calls(files.get(at_file, people.actor(Role.COUNTY)), people.actor(Role.COUNTY))[0].note == "周五在家"


def test_keys_are_shown_and_can_be_put_off(hands: Keys, check_accessibility: Callable[[Page], None]) -> None:
    hands.press("?")
    dialog = hands.page.get_by_role("dialog", name="快捷键")
    expect(dialog).to_contain_text("查找改造户")
    check_accessibility(hands.page)
    dialog.get_by_role("checkbox").uncheck()
    hands.press("Escape")
    expect(dialog).to_have_count(0)
    hands.press("l", "?", "/")
    hands.arrive("我的工作台")
    expect(hands.page.locator("[data-search]")).not_to_be_focused()
    hands.page.get_by_label("我的账号").click()
    hands.page.get_by_role("button", name="快捷键").click()
    dialog.get_by_role("checkbox").check()
    hands.press("Escape", "l")
    hands.arrive("改造户")


def test_the_menu_of_conditions_is_opened_used_and_left(hands: Keys) -> None:
    hands.page.goto("/renovations")
    hands.press("f")
    expect(hands.page.locator(".list-choices")).to_be_visible()
    hands.press("Escape")
    expect(hands.page.locator(".list-choices")).not_to_be_visible()
    expect(hands.page.locator("[data-list-menu]")).to_be_focused()
    hands.press("b")
    expect(hands.page.locator(".board-card strong").first).to_have_text("王德福")
