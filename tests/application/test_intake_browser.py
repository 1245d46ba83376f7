"""The application form in a real browser: what is shown while one types, on the desk and on the phone."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.identity.queries import actor_of
from app.permissions import Role
from tests.factories import applications, people
from tests.support.browser import Screenshot


@pytest.fixture
def clerk(committed: Flask) -> Any:
    user = people.make_user(Role.TOWNSHIP, name="陈小兰")
    applications.publish_programme()
    return user


def _clause(page: Page, name: str) -> Any:
    return page.locator("#verdict tr", has=page.locator("th", has_text=name)).locator(".out")


def test_a_clerk_sees_the_verdict_grow_while_typing(
    desktop: Page,
    clerk: Any,
    browser_login: Callable[..., None],
    screenshot: Screenshot,
    check_accessibility: Callable[[Page], None],
) -> None:
    other = people.actor(Role.TOWNSHIP, people.OTHER_TOWNSHIP)
    known = applications.id_number()
    applications.submitted(other, people=[applications.person(id_number=known)])
    page = desktop
    browser_login(page, clerk)
    page.goto("/applications/new")
    expect(_clause(page, "E1")).to_have_text("待查清")
    page.locator("#f-people-0-name").fill("张德福")
    page.locator("#f-people-0-id_number").fill(known)
    page.get_by_label("分散供养特困人员").first.check()
    expect(page.locator("#b-people-0")).to_contain_text("男，1939-05-06 出生")
    expect(_clause(page, "E1")).to_have_text("符合")
    expect(_clause(page, "E2")).to_have_text("符合")
    expect(page.locator("#elsewhere")).to_contain_text("可能已在别处登记")
    page.locator("#f-dwelling-address").fill("清溪镇青松村三组 12 号")
    page.locator("#f-dwelling-right").select_option("private_rental")
    expect(_clause(page, "E4")).to_have_text("不符合")
    page.get_by_role("button", name="再加一位受益人").click()
    page.locator("#f-people-1-id_number").fill("500101")
    page.locator("#f-people-1-name").fill("王桂芳")
    expect(page.locator("#b-people-1")).to_contain_text("身份证号码应为 18 位")
    screenshot(page, "application-new-desk")
    check_accessibility(page)
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.locator("[data-error-list]")).to_contain_text("身份证号码应为 18 位")
    expect(page.locator("#f-people-0-name")).to_have_value("张德福")
    page.get_by_role("button", name="删去").nth(1).click()
    expect(page.locator("#b-people-1")).to_have_count(0)
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_text("已登记，档案已建立")).to_be_visible()


def test_an_answer_about_people_who_were_taken_out_is_not_shown(
    desktop: Page, clerk: Any, browser_login: Callable[..., None]
) -> None:
    page = desktop
    browser_login(page, clerk)
    page.goto("/applications/new")
    page.get_by_role("button", name="再加一位受益人").click()
    page.locator("#f-people-0-name").fill("张德福")
    page.locator("#f-people-0-id_number").fill("500101")
    page.locator("#f-people-1-name").fill("王桂芳")
    page.route("**/applications/preview", lambda route: None)
    with page.expect_request("**/applications/preview"):
        page.locator("#f-people-1-id_number").fill(applications.id_number())
        page.locator("#f-people-1-id_number").blur()
    page.get_by_role("button", name="删去").first.click()
    with page.expect_response("**/applications/preview"):
        page.unroute("**/applications/preview")  # lets go on what it held, if the page still waits for it
    expect(page.locator("#b-people-0")).to_contain_text("出生")


def test_what_was_typed_outlives_a_line_that_breaks_while_it_is_sent(
    desktop: Page, clerk: Any, browser_login: Callable[..., None]
) -> None:
    """The draft goes when the server has said that the household is there, and not before."""
    page = desktop
    browser_login(page, clerk)
    page.goto("/applications/new")
    page.locator("#f-people-0-name").fill("张德福")
    page.locator("#f-people-0-id_number").fill(applications.id_number())
    page.locator("#f-dwelling-address").fill("清溪镇青松村三组 12 号")
    expect(page.locator("form[data-draft=kept]")).to_be_visible()
    page.route(
        "**/applications/new", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="登记", exact=True).click(no_wait_after=True)
    page.unroute_all()
    page.goto("/applications/new")
    page.get_by_role("button", name="接着填").click()
    expect(page.locator("#f-dwelling-address")).to_have_value("清溪镇青松村三组 12 号")
    page.locator("#f-people-0-id_number").fill(applications.id_number())
    # the page's later scripts never come: whoever reads that it is done goes on at once
    page.route("**/js/forms.js*", lambda route: None, times=1)
    page.get_by_role("button", name="登记", exact=True).click(no_wait_after=True)
    expect(page.get_by_text("已登记，档案已建立")).to_be_visible()
    page.goto("/applications/new")
    page.wait_for_load_state("load")  # the scripts have run: whatever they offer stands there
    expect(page.locator("#f-dwelling-address")).to_have_value("")
    expect(page.get_by_role("button", name="接着填")).to_have_count(0)


def test_going_back_to_a_page_that_said_done_lets_go_of_no_other_draft(
    desktop: Page, clerk: Any, browser_login: Callable[..., None]
) -> None:
    page = desktop
    file = applications.submitted(actor_of(clerk))
    path = f"/renovations/{file.number}"
    browser_login(page, clerk)
    page.goto(f"{path}?done=application.submit")
    expect(page.get_by_role("status").filter(has_text="已办理")).to_be_visible()
    page.goto(f"{path}/application/withdraw")
    page.locator("textarea[name=reason]").fill("老人住院，暂不改造")
    expect(page.locator("form[data-draft=kept]")).to_be_visible()
    page.route(f"**{path}/application/withdraw", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.locator("form[data-keep] button[data-once]").click(no_wait_after=True)
    page.unroute_all()
    page.goto(f"{path}/application/withdraw")
    page.go_back()
    page.go_back()
    page.goto(f"{path}/application/withdraw")
    page.get_by_role("button", name="接着填").click()
    expect(page.locator("textarea[name=reason]")).to_have_value("老人住院，暂不改造")


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_the_pages_stand_on_desk_and_phone(
    size: str,
    request: pytest.FixtureRequest,
    clerk: Any,
    browser_login: Callable[..., None],
    screenshot: Screenshot,
    check_accessibility: Callable[[Page], None],
) -> None:
    page: Page = request.getfixturevalue("desktop" if size == "desk" else "phone")
    actor = actor_of(clerk)
    number = applications.id_number()
    draft = applications.draft(actor, people=[applications.person(id_number=number)], consent="guardian")
    file = applications.submitted(actor)
    applications.do(
        "application.verify", file, actor, clause="E5", body="住房城乡建设部门", method="现场查看",
        checked_on=f"{file.created_at:%Y-%m-%d}", result="denied", fact="dwelling.safe", value="false", remark="后墙开裂",
    )  # fmt: skip
    browser_login(page, clerk)
    for name, url in (
        ("new", "/applications/new"),
        ("edit", f"/renovations/{draft.number}/application/edit"),
        ("submit", f"/renovations/{draft.number}/application/submit"),
        ("verify", f"/renovations/{file.number}/application/verify"),
        ("withdraw", f"/renovations/{file.number}/application/withdraw"),
        ("tab", f"/renovations/{file.number}?tab=application"),
    ):
        page.goto(url)
        page.wait_for_load_state("networkidle")
        wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not wide, f"{name} is wider than the screen"
        screenshot(page, f"application-{name}-{size}")
        check_accessibility(page)


def test_a_verification_asks_only_for_what_its_clause_needs(
    desktop: Page, clerk: Any, browser_login: Callable[..., None]
) -> None:
    file = applications.submitted(actor_of(clerk))
    page = desktop
    browser_login(page, clerk)
    page.goto(f"/renovations/{file.number}/application/verify")
    expect(page.get_by_text("住房结构安全 登记的是：是")).to_be_hidden()
    page.locator("#f-clause").select_option("E5")
    page.get_by_text("住房结构安全 登记的是：是").click()
    page.get_by_role("group", name="住房结构安全的实际情况").get_by_text("否", exact=True).click()
    page.locator("#f-body").select_option("民政部门")
    page.locator("#f-method").select_option("入户查看")
    page.get_by_text("核实不符", exact=True).click()
    page.get_by_role("button", name="核验条件").click()
    expect(page.get_by_text("已办理：核验条件")).to_be_visible()
    expect(page.get_by_text("不符合条件").first).to_be_visible()
