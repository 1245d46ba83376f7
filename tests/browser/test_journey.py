"""A household from the clerk's form to the sealed file, every account of the county at its own screen, by the pages alone."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.core import clock, demo_clock
from app.core.db import db
from app.demo import county
from app.permissions import Role
from tests.factories import applications, people

from .household import Journey

STEPS = (
    "set_up", "allot", "apply", "submit", "federate", "publish", "wait", "verify", "confirm", "assign", "assess", "sign_assessment", "draft", "approve",
    "agree", "dispatch", "start", "build", "supervise", "accept", "bill", "settle", "sealed", "audit", "watch", "look_up",
)  # fmt: skip
MAIN_PAGES = (
    "desk-town2", "登记申请-空", "file-town2", "记录入户评估-空", "编制方案-空", "签订改造协议-空", "上传照片-空",
    "登记入户验收-空", "编制结算单-空", "质保", "咨询电话", "下达任务数", "档案封存", "审计链",
)  # fmt: skip
"""Looked at by axe when they are first reached, at both widths."""

SIZES = ({"width": 1440, "height": 900}, {"width": 390, "height": 844})


@pytest.fixture
def new_county(committed: Flask) -> Iterator[None]:
    """The demo county without a household, its clock on the page."""
    before = clock.use(clock.system)
    committed.config["DEMO"] = True
    demo_clock.init_app(committed)
    county.build(clock.today())
    yield
    clock.use(before)


def test_one_household_from_application_to_the_sealed_file(
    new_county: None, live_server: str, open_page: Callable[..., Page], check_accessibility: Callable[[Page], None]
) -> None:
    barriers: list[str] = []
    seen: set[str] = set()

    def look(page: Page, name: str) -> None:
        if name not in MAIN_PAGES or name in seen:
            return
        seen.add(name)
        usual = page.viewport_size
        for size in SIZES:
            page.set_viewport_size(size)
            if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
                barriers.append(f"{name} is wider than {size['width']}")
            try:
                check_accessibility(page)
            except AssertionError as found:
                barriers.append(f"{name} at {size['width']}: {found}")
        assert usual is not None
        page.set_viewport_size(usual)

    journey = Journey(open_page, look)
    for step in STEPS:
        getattr(journey, step)()
    assert seen == set(MAIN_PAGES)
    assert barriers == []


def _tab_to(page: Page, selector: str) -> None:
    """Press Tab until that element has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never reaches {selector}")


def test_sign_in_search_and_the_main_action_need_no_mouse(committed: Flask, desktop: Page) -> None:
    clerk = people.make_user(Role.TOWNSHIP, name="陈小兰")
    file = applications.submitted(people.actor(Role.TOWNSHIP))
    name, number, account = file.applicant_name, file.number, clerk.staff_no
    db.session.commit()
    page = desktop
    page.goto("/")
    page.keyboard.type(account)
    page.keyboard.press("Tab")
    page.keyboard.type(people.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("我的工作台")
    page.wait_for_load_state()  # the page listens to keys from then on
    page.keyboard.press("/")
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    page.wait_for_url("**/renovations?*")
    _tab_to(page, "tr[data-row-link]")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/renovations/{number}")
    _tab_to(page, ".file-actions .btn-primary")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("初审通过并公示")
    focused = page.evaluate("() => { const e = document.activeElement; return e && e.tagName; }")
    assert focused in {"BODY", "INPUT", "MAIN"}
