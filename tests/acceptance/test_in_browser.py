"""The acceptance in the home where the programme has other bodies sign: at a desk and on a phone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.renovation.models import Renovation
from tests.acceptance.test_bodies import TABLES, UNIT
from tests.acceptance.test_pages import address
from tests.application.notice_support import publish_tables
from tests.assessment.support import user
from tests.construction.support import Site, completed, site


@pytest.fixture
def on(committed: Flask) -> Site:
    publish_tables(**TABLES)
    return site()


@pytest.fixture
def file(on: Site) -> Renovation:
    return completed(on)


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_other_bodies_have_their_rows(
    size: str,
    request: pytest.FixtureRequest,
    on: Site,
    file: Renovation,
    browser_login: Callable[[Page, Any], None],
    check_accessibility: Callable[[Page], None],
    screenshot: Callable[[Page, str], Path],
) -> None:
    page: Page = request.getfixturevalue(size)
    browser_login(page, user(on.around.township))
    page.goto(address(file, "record"))
    rows = page.locator("fieldset.body-signs")
    expect(rows).to_have_count(2)
    page.fill('input[name="bodies-0-unit"]', UNIT)
    screenshot(page, f"验收-其他单位-{size}")
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    check_accessibility(page)
