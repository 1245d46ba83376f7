"""The import in a real browser: progress renews itself until the preview stands; no barrier at both widths."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from playwright.sync_api import Page, expect

from app.identity.queries import actor_of, user
from app.jobs.service import run_waiting
from app.permissions import Role
from app.stages.application.excel import service
from tests.factories import applications, people

from .books import book, household

Check = Callable[[Page], None]


def test_the_import_at_a_desk_and_on_a_phone(
    committed: Flask,
    desktop: Page,
    phone: Page,
    browser_login: Callable[[Page, Any], None],
    check_accessibility: Check,
) -> None:
    applications.publish_programme()
    clerk_id = people.make_user(Role.TOWNSHIP).id
    actor = actor_of(user(clerk_id))
    wrong = service.upload(book([household(phone="1", village="青松")]), "有错.xlsx", applications.KEY, actor)
    right = service.upload(book([household()]), "没错.xlsx", applications.KEY, actor)
    for page in (desktop, phone):
        browser_login(page, user(clerk_id))
    desktop.goto(f"/applications/import/{right}")
    expect(desktop.get_by_text("马上开始")).to_be_visible()
    check_accessibility(desktop)
    run_waiting()
    expect(desktop.get_by_text("将登记 1 户")).to_be_visible()
    for page in (desktop, phone):
        for path in (
            "/applications/import",
            f"/applications/import/{wrong}",
            f"/applications/import/{right}",
            "/summary",
        ):
            page.goto(path)
            check_accessibility(page)
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, path
    desktop.goto(f"/applications/import/{right}")
    desktop.get_by_role("button", name="导入", exact=True).click()
    desktop.get_by_role("button", name="确认办理").click()
    expect(desktop.get_by_text("正在导入").first).to_be_visible()
    run_waiting()
    expect(desktop.get_by_text("已登记 1 户")).to_be_visible()
