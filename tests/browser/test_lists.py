"""Lists, boards, desks and talk at both widths: nothing sticks out, axe finds nothing; what is asked for later comes."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, Route, expect

from app.core import clock
from app.lifecycle import Status
from app.permissions import Role
from tests.factories import applications, people
from tests.factories.applications import do

Login = Callable[[Page, Any], None]
Look = Callable[[Page], None]

PAGES = (
    "/renovations?view=all",
    "/renovations?view=all&as=board",
    "/renovations?view=all&group=township",
    "/renovations/menu?view=all",
    "/renovations?view=late&stage=plan",
    "/",
    "/to-dos",
    "/renovations/{number}",
    "/renovations/{number}/application/plan_to_do",
    "/renovations/{number}/application/log_call",
)


@pytest.fixture
def county(committed: Flask) -> Any:
    return people.make_user(Role.COUNTY, name="刘科长")


@pytest.fixture
def number(committed: Flask, county: Any) -> str:
    """A file on which something was said, planned and telephoned."""
    clerk = people.actor(Role.TOWNSHIP)
    file = applications.draft(clerk)
    do("application.comment", file, clerk, text="@刘科长 门口的坡", files=[applications.paper(clerk)])
    today = clock.today().isoformat()
    do("application.plan_to_do", file, clerk, kind="call", text="问哪天在家", due_on=today, assignee=county.id)
    do("application.log_call", file, clerk, called="family", on="2026-01-05", time="08:30", result="reached")
    return file.number


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_every_page_is_accessible_and_fits(
    size: str, request: pytest.FixtureRequest, number: str, county: Any, browser_login: Login, check_accessibility: Look
) -> None:
    page: Page = request.getfixturevalue(size)
    browser_login(page, county)
    for address in PAGES:
        page.goto(address.format(number=number))
        page.wait_for_load_state("networkidle")
        expect(page.locator("h1")).to_have_count(1)
        check_accessibility(page)
        width = page.viewport_size["width"] if page.viewport_size else 0
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_menu_comes_when_it_is_opened(
    size: str, request: pytest.FixtureRequest, number: str, county: Any, browser_login: Login, check_accessibility: Look
) -> None:
    page: Page = request.getfixturevalue(size)
    browser_login(page, county)
    page.goto("/renovations?view=all")
    assert page.locator(".list-choices").count() == 0
    page.locator("[data-list-menu]").click()
    expect(page.get_by_role("heading", name="显示哪些列")).to_be_visible()
    check_accessibility(page)
    page.get_by_label("名称").fill("全部在册")
    page.get_by_role("button", name="保存现在的条件").click()
    expect(page.locator(".flashes")).to_contain_text("已保存")
    page.locator("[data-list-menu]").click()
    page.get_by_role("link", name="全部在册").click()
    page.wait_for_url("**/renovations?view=all")


def test_a_menu_opened_before_the_page_could_listen_is_filled(
    desktop: Page, number: str, county: Any, browser_login: Login
) -> None:
    browser_login(desktop, county)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    desktop.route("**/htmx.min.js", hold)
    desktop.goto("/renovations?view=all", wait_until="commit")
    desktop.locator("[data-list-menu]").click()
    expect(desktop.get_by_role("link", name="打开全部条件")).to_be_visible()
    held[0].continue_()
    expect(desktop.get_by_role("heading", name="显示哪些列")).to_be_visible()


def test_ticking_says_how_many_and_all_that_match(
    desktop: Page, number: str, county: Any, browser_login: Login
) -> None:
    browser_login(desktop, county)
    desktop.goto("/renovations?view=all")
    button, said = desktop.locator(".bulk-buttons button").first, desktop.locator("[data-bulk-count]")
    expect(button).to_be_disabled()
    desktop.locator("[data-tick-all]").check()
    expect(said).to_have_text("选中 1 户")
    expect(button).to_be_enabled()
    desktop.locator("[data-tick-all]").uncheck()
    expect(button).to_be_disabled()


def test_a_column_of_the_board_goes_on_where_it_is(
    desktop: Page, committed: Flask, county: Any, browser_login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.workbench.board.CARDS", 2)
    clerk = people.actor(Role.TOWNSHIP)
    for _ in range(5):
        applications.draft(clerk, people=[applications.person(id_number=applications.id_number())])
    browser_login(desktop, county)
    desktop.goto("/renovations?as=board")
    cards = desktop.locator(".board-card")
    for shown in (2, 4, 5):
        expect(cards).to_have_count(shown)
        if shown < 5:
            desktop.locator(".board-more a").click()
    expect(desktop.locator(".board-more")).to_have_count(0)
    assert Status.DRAFT.label in desktop.locator(".board-column h2").inner_text()
