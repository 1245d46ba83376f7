"""The pages of papers at both widths: nothing sticks out, axe finds nothing; scans are filed from the page."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Page, expect

from app.jobs.service import run_waiting
from app.permissions import SYSTEM
from app.renovation import papers
from app.stages.registry import papers as table
from tests.assessment.support import user
from tests.construction.support import completed, site

Login = Callable[[Page, Any], None]
Look = Callable[[Page], None]

PAGES = (
    "/renovations/{number}/papers",
    "/renovations/{number}/papers/acceptance_form",
    "/renovations/{number}/papers/application_form",
    "/renovations/{number}/papers/comparison",
    "/renovations/{number}/papers/contract",
    "/renovations/{number}/papers/work_order",
    "/papers/check",
    "/papers/scans",
)


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_every_page_is_accessible_and_fits(
    size: str,
    request: pytest.FixtureRequest,
    committed: Flask,
    browser_login: Login,
    check_accessibility: Look,
) -> None:
    on = site()
    file = completed(on)
    with committed.test_request_context():
        papers.issue(papers.sheet(table()["acceptance_form"], file, SYSTEM), SYSTEM)
    page: Page = request.getfixturevalue(size)
    browser_login(page, user(on.around.township))
    for address in PAGES:
        page.goto(address.format(number=file.number))
        page.wait_for_load_state("networkidle")
        expect(page.locator("h1")).to_have_count(1)
        check_accessibility(page)
        width = page.viewport_size["width"] if page.viewport_size else 0
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    noise = io.BytesIO()
    Image.effect_noise((450, 600), 40).convert("RGB").save(noise, "JPEG")
    page.set_input_files("#scans", {"name": "看不清.jpg", "mimeType": "image/jpeg", "buffer": noise.getvalue()})
    page.get_by_role("button", name="上传并归档").click()
    expect(page.get_by_role("heading", name="归档扫描件（1 个文件）")).to_be_visible()
    run_waiting()
    page.get_by_role("link", name="看逐份结果").click()
    expect(page.get_by_role("heading", name="扫描件归档结果")).to_be_visible()
    check_accessibility(page)
