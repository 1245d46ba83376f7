"""In a browser, at a desk and on a phone: tick, choose, read who is held back, leave one out, watch the job to its end."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.core import clock
from app.core.db import db
from app.demo import build, county
from app.demo.people import household
from app.demo.story import Story
from app.identity.queries import user_by_staff_no
from app.jobs.service import run_waiting
from app.lifecycle import Status
from app.permissions import Role
from app.renovation import queries as files
from tests.support.browser import DESKTOP, PHONE

BEGIN = date(2026, 3, 2)
TODAY = BEGIN + timedelta(days=30)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_many_are_dispatched(
    committed: Flask,
    open_page: Callable[..., Page],
    browser_login: Callable[[Page, Any], None],
    check_accessibility: Callable[[Page], None],
    size: dict[str, int],
) -> None:
    with clock.fixed(BEGIN):
        county.build(BEGIN)
    stories = [
        Story(household(one, 7, BEGIN, "500299101", [("500299101001", "青松村")], "eligible")) for one in range(1, 4)
    ]
    ends = (Status.AGREED, Status.AGREED, Status.CONFIRMED)
    lives = [(BEGIN, story, story.life(end)) for story, end in zip(stories, ends, strict=True)]
    build.lead(lives, TODAY, lambda _line: None)
    names = [story.known.people[0].name for story in stories]
    with clock.fixed(TODAY):
        page = open_page(viewport=size)
        browser_login(page, user_by_staff_no("county1"))
        page.goto("/renovations")
        for name in names:
            page.locator("tr", has_text=name).locator("input[name=n]").check()
        page.get_by_role("button", name="派工").click()
        expect(page.locator("summary h2")).to_have_text(["暂不能办 1 户", "可以办理 2 户"])
        check_accessibility(page)
        # the preview follows the lot, and keeps what was left out
        page.get_by_label(f"办理 {names[0]}").uncheck()
        expect(page.locator("[data-tick-count]")).to_have_text("1")
        page.get_by_text("重庆宏安").click()
        expect(page.locator("summary h2")).to_have_text(["暂不能办 3 户"])
        expect(page.locator("tr", has_text=names[0]).locator('[data-label="原因"]')).to_have_text(
            "这个政策结算时要有监理报告，请同时选监理单位"
        )
        page.locator("select[name=supervisor_record_id]").select_option(index=1)
        expect(page.locator("summary h2")).to_have_text(["暂不能办 1 户", "可以办理 2 户"])
        expect(page.locator('section[aria-label="名额"] tbody tr')).to_have_count(2)
        expect(page.get_by_label(f"办理 {names[0]}")).not_to_be_checked()
        expect(page.locator("[data-tick-count]")).to_have_text("1")
        page.get_by_role("button", name="开始办理").click()
        # the page renews itself until the work is done
        expect(page.get_by_text("已排上队，马上开始")).to_be_visible()
        check_accessibility(page)
        db.session.rollback()
        run_waiting()
        expect(page.locator(".job-summary")).to_have_text("共 1 户，办成 1 户，全部办成")
        expect(page.locator("tbody th")).to_have_text([names[1]])
        check_accessibility(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        page.goto("/jobs")
        expect(page.locator("tbody th")).to_have_text(["派工（1 户）"])
        check_accessibility(page)
        db.session.rollback()
        built = [files.assignment(story.file(), Role.CONTRACTOR) is not None for story in stories]
        assert built == [False, True, False]
