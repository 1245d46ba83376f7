"""The assessment and the verdict in a browser, at a desk and on a phone: targets, running total, axe, nothing sticks out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.renovation.models import Renovation
from app.stages.application import queries as application
from tests.assessment import instrumented
from tests.assessment.support import Desk, assigned, desk, user, visit
from tests.factories.applications import do, draft, person

Login = Callable[[Page, Any], None]
Look = Callable[[Page], None]
Take = Callable[[Page, str], Path]

TARGET = 48
"""Pixels that a finger in a glove needs."""


def fits(page: Page) -> None:
    """Nothing sticks out of the page."""
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url


@pytest.fixture
def around(committed: Flask) -> Desk:
    instrumented.publish_programme()
    return desk()


@pytest.fixture
def file(around: Desk) -> Renovation:
    return assigned(around)


def test_one_item_after_the_other_on_a_phone(
    phone: Page, around: Desk, file: Renovation, browser_login: Login, check_accessibility: Look, screenshot: Take
) -> None:
    browser_login(phone, user(around.first))
    phone.goto(f"/renovations/{file.number}/assessment/record_visit")
    items = phone.locator("fieldset.ability-item")
    expect(items).to_have_count(28)  # 26 items, coma and diagnosis; how often is a number
    small = phone.eval_on_selector_all(
        ".visit-ability .choice",
        f"all => all.map(one => one.getBoundingClientRect()).filter(box => box.height < {TARGET} || box.width < {TARGET}).length",
    )
    assert small == 0
    strip = phone.locator("[data-ability-total]")
    expect(strip).to_have_text("已评 0/26 项 合计 0/90 分", use_inner_text=False, ignore_case=True)
    for place, points in enumerate((4, 3, 2)):
        items.nth(place).locator(f'.choice:has(input[data-points="{points}"])').click()
    expect(strip).to_contain_text("已评 3/26 项")
    expect(strip).to_contain_text("合计 9/90 分")
    expect(strip).to_be_in_viewport()
    expect(items.nth(3)).to_be_in_viewport()
    screenshot(phone, "评估-手机-作答")
    for place in range(3, 26):
        items.nth(place).locator(".choice").first.click()
    expect(strip).to_contain_text("已评 26/26 项")
    expect(strip).to_contain_text("合计 87/90 分")
    expect(strip).to_contain_text("按分数：能力轻度受损（轻度失能）")
    check_accessibility(phone)
    fits(phone)


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_pages_are_accessible_and_fit(
    size: str,
    request: pytest.FixtureRequest,
    around: Desk,
    file: Renovation,
    browser_login: Login,
    check_accessibility: Look,
    screenshot: Take,
) -> None:
    page: Page = request.getfixturevalue(size)
    typed = {"indicators": instrumented.answers(40), "circumstances": instrumented.said(events="2")}
    do("assessment.record_visit", file, around.first, **(visit(around) | typed))

    def look(path: str, who: Any, name: str) -> None:
        browser_login(page, user(who))
        page.goto(f"/renovations/{file.number}{path}")
        page.wait_for_load_state("networkidle")
        expect(page.locator("h1")).to_have_count(1)
        check_accessibility(page)
        fits(page)
        screenshot(page, f"{name}-{size}")

    look("/assessment/record_visit", around.first, "评估-记录")
    look("/assessment/sign_visit", around.second, "评估-签字")
    do("assessment.sign_visit", file, around.second, confirmed=True)
    do("assessment.complete", file, around.first)
    look("?tab=assessment", around.township, "评估-页签")
    expect(page.get_by_role("heading", name="MZ/T 218-2024")).to_be_visible()
    look("/plan/draft", around.first, "方案-不适用")
    expect(page.get_by_role("heading", name="MZ/T 218-2024")).to_be_visible()
    look("/papers/assessment_form", around.township, "评估-纸")
    look("/application/verdict", around.township, "条件审查")
    look("/papers/verdict_sheet", around.township, "条件审查-纸")


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_what_is_missing_becomes_to_dos_with_one_click(
    size: str,
    request: pytest.FixtureRequest,
    around: Desk,
    browser_login: Login,
    check_accessibility: Look,
    screenshot: Take,
) -> None:
    page: Page = request.getfixturevalue(size)
    file = do("application.submit", _draft(around), around.township)
    browser_login(page, user(around.township))
    page.goto(f"/renovations/{file.number}/assessment/recognise_result")
    check_accessibility(page)
    fits(page)
    screenshot(page, f"评估-认可-{size}")
    page.goto(f"/renovations/{file.number}/application/verdict")
    check_accessibility(page)
    fits(page)
    screenshot(page, f"条件审查-缺-{size}")
    page.get_by_role("button", name="列为我的待办").click()
    page.goto(f"/renovations/{file.number}/application/verdict")
    expect(page.get_by_text("已列为待办").first).to_be_visible()
    expect(page.get_by_role("button", name="列为我的待办")).to_have_count(0)
    assert application.verdict(file).clause("E3").result == "unknown"


def _draft(around: Desk) -> Renovation:
    return draft(around.township, people=[person(certificate=None)], earlier=None)
