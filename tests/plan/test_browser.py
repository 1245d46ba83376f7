"""The plan editor in a browser: sums that follow, an item that brings its unit, a basic item that adds its line."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.core.db import db
from app.stages.plan import queries
from tests.assessment.support import user
from tests.factories.people import PASSWORD
from tests.plan.support import Desk, approved, assessed, desk, line, lines
from tests.support.browser import sign_in_box


def sign_in(page: Page, around: Desk, who: str) -> None:
    """Through the sign-in page, as that person."""
    page.goto("/")
    page.fill("input[name=account]", user(getattr(around, who)).staff_no)
    page.fill("input[type=password]", PASSWORD)
    page.get_by_role("button", name="登录").click()


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """A page of its own."""
    return open_page()


def test_the_editor_follows_every_keystroke(page: Page) -> None:
    around = desk()
    renovation = assessed(around, rooms=[{"room": "portable", "remark": "没有合用的手杖", "hazards": []}])
    sign_in(page, around, "first")
    page.goto(f"/renovations/{renovation.number}/plan/draft")
    row = page.locator("[data-plan-basic='13']")
    row.get_by_role("button", name="加一行").click()
    fields = page.locator("[data-rows='lines'] [data-row]").last
    expect(fields.locator("[data-plan-item]")).to_have_value("13")
    expect(fields.locator("[data-plan-unit]")).to_have_value("根")
    expect(row.locator("select")).to_have_value("install")
    fields.locator("[name$='-space']").select_option("bathroom")
    fields.locator("[name$='-quantity']").fill("3.33")
    fields.locator("[name$='-unit_price']").fill("12.35")
    own = page.locator(".plan-sum.own .value")
    expect(page.locator(".plan-sum .value").first).to_have_text("¥41.13")
    expect(own).to_have_text("¥0.00")
    expect(fields.locator("output").first).to_have_text("¥41.13")
    fields.locator("[name$='-unit_price']").fill("1000")
    expect(own).to_have_text("¥1,330.00")
    fields.get_by_role("button", name="删去这一行").click()
    expect(page.locator(".plan-sum .value").first).to_have_text("¥0.00")


def test_a_household_signs_on_the_screen(page: Page) -> None:
    around = desk()
    renovation = approved(around, lines=[*lines(), line(26, "900.00")])
    sign_in(page, around, "township")
    page.goto(f"/renovations/{renovation.number}/plan/agree")
    expect(page.locator(".pay .huge")).to_have_text("¥300.00")
    page.fill("input[name=self_pay]", "300.00")
    sign_in_box(page.locator("[data-signature]").first)
    page.get_by_role("button", name="签订改造协议").click()
    page.wait_for_url(f"**/renovations/{renovation.number}*")
    db.session.rollback()  # a new look at what the server wrote
    plan = queries.signed(renovation)
    assert plan is not None
    assert plan.signed_self_pay_fen == 30_000
