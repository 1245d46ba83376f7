"""The design system in a real browser: three faces, behaviour by data attributes, nothing wider than the screen."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import pytest
from flask import Flask, render_template, request
from playwright.sync_api import Page, expect
from pydantic import Field

from app.core.commands import Command, FileRef, Quantity, Yuan
from app.core.enums import Labelled
from app.core.forms import Form
from app.identity.access import public
from app.lifecycle import Stage, Status
from app.permissions import Role
from app.renovation.operations import Missing
from tests.factories import applications, people
from tests.support.browser import sign_in_box
from tests.workbench.support import make_file

PHONE = {"width": 390, "height": 844}


class Space(Labelled):
    """Where a line is."""

    BATH = "bath", "卫生间"
    BED = "bed", "卧室"


class Line(Command):
    """One row."""

    space: Annotated[Space, Field(title="位置")]
    quantity: Annotated[Quantity, Field(title="数量")]
    price: Annotated[Yuan, Field(title="单价")]


class Sample(Command):
    """Every kind of field."""

    name: Annotated[str, Field(title="姓名", min_length=1)]
    id_number: Annotated[str, Field(title="身份证号", description="18 位，末位可以是 X")]
    on: Annotated[date, Field(title="日期")]
    safe: Annotated[bool | None, Field(title="结构安全")] = None
    note: Annotated[str, Field(title="意见", max_length=500)] = ""
    lines: Annotated[list[Line], Field(title="项目", min_length=1)]
    photos: Annotated[list[FileRef], Field(title="照片")] = []
    signature: Annotated[FileRef, Field(title="签名")]


class _File:
    number, status, version = "CQ2020-500299-000001", Status.ASSESSED, 3
    applicant_name, address = "王德福", "青松村三组 5 号"
    programme_version_id = 0  # given by the page: the status is called as its programme calls it


class _Operation:
    name, title, stage, help, danger, action = "draft", "编制方案", Stage.PLAN, "", False, None


@pytest.fixture
def received() -> list[dict[str, Any]]:
    """What the sample form has sent."""
    return []


@pytest.fixture
def sample(committed: Flask, live_server: str, received: list[dict[str, Any]]) -> str:
    """A page with every kind of field, drawn by the generic template."""
    _File.programme_version_id = applications.publish_programme()

    def show() -> Any:
        committed.extensions["anju_upload"] = lambda upload: received.append({"file": upload.read()}) or 7
        form = Form(Sample)
        form.run(lambda command: received.append(command.model_dump()))
        return (
            render_template(
                "components/operation.html",
                renovation=_File,
                operation=_Operation,
                form=form,
                missing=[Missing("评估表还没有签字")],
                consequence="提交后由县民政局审批；王德福家庭自付 ¥300.00。",
                once="a",
            ),
            form.status if request.method == "POST" else 200,
        )

    committed.add_url_rule("/sample", view_func=public(show), methods=["GET", "POST"])
    return "/sample"


@pytest.fixture
def clerk(committed: Flask) -> Any:
    return people.make_user(Role.TOWNSHIP, name="李秀兰")


Login = Callable[[Page, Any], None]


def fits(page: Page) -> None:
    """Nothing sticks out at the side."""
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_rows_are_added_removed_and_numbered(desktop: Page, sample: str, clerk: Any, browser_login: Login) -> None:
    browser_login(desktop, clerk)
    desktop.goto(sample)
    for _ in range(2):
        desktop.get_by_role("button", name="加一项").click()
    names = "Array.from(document.querySelectorAll('[data-rows-list] input[inputmode=decimal]')).map(i => i.name)"
    three = [f"lines-{row}-{what}" for row in range(3) for what in ("quantity", "price")]
    assert desktop.evaluate(names) == three
    desktop.locator("[name=lines-1-price]").fill("12.00")
    desktop.get_by_role("button", name="删去").first.click()
    assert desktop.evaluate(names) == three[:4]
    expect(desktop.locator("[name=lines-0-price]")).to_have_value("12.00")
    assert desktop.locator("[data-row-number]").all_inner_texts() == ["1", "2"]


def test_a_signature_drawn_on_the_screen_arrives_as_a_picture(
    desktop: Page, sample: str, clerk: Any, browser_login: Login, received: list[dict[str, Any]]
) -> None:
    browser_login(desktop, clerk)
    desktop.goto(sample)
    sign_in_box(desktop.locator("[data-signature]"))
    desktop.get_by_role("button", name="编制方案").click()
    expect(desktop.get_by_role("alert")).to_be_visible()
    assert [one["file"][:8] for one in received if "file" in one] == [b"\x89PNG\r\n\x1a\n"]
    expect(desktop.locator("input[type=hidden][name=signature]")).to_have_value("7")


def test_errors_stand_at_the_top_and_at_the_field_and_nothing_typed_is_lost(
    desktop: Page, sample: str, clerk: Any, browser_login: Login
) -> None:
    browser_login(desktop, clerk)
    desktop.goto(sample)
    desktop.get_by_label("意见").fill("楼道很窄")
    desktop.get_by_role("button", name="编制方案").click()
    expect(desktop.get_by_role("alert")).to_be_focused()
    desktop.get_by_role("alert").get_by_role("link", name="请填写姓名").click()
    expect(desktop.get_by_label("姓名")).to_be_focused()
    expect(desktop.get_by_label("意见")).to_have_value("楼道很窄")
    assert desktop.get_by_label("姓名").get_attribute("aria-invalid") == "true"


def test_a_draft_is_kept_without_the_identity_number(
    desktop: Page, sample: str, clerk: Any, browser_login: Login
) -> None:
    browser_login(desktop, clerk)
    desktop.goto(sample)
    desktop.get_by_label("姓名").fill("王德福")
    desktop.get_by_label("身份证号").fill("500101193905060037")
    expect(desktop.locator("form[data-draft=kept]")).to_be_visible()
    assert "500101193905060037" not in desktop.evaluate("JSON.stringify(localStorage)")
    desktop.on("dialog", lambda dialog: dialog.accept())
    desktop.reload()
    desktop.get_by_role("button", name="接着填").click()
    expect(desktop.get_by_label("姓名")).to_have_value("王德福")
    expect(desktop.get_by_label("身份证号")).to_have_value("")


def test_a_working_button_cannot_be_pressed_twice(desktop: Page, sample: str, clerk: Any, browser_login: Login) -> None:
    browser_login(desktop, clerk)
    desktop.goto(sample)
    sent: list[str] = []
    desktop.on("request", lambda asked: sent.append(asked.method) if asked.url.endswith(sample) else None)
    desktop.evaluate("() => { const b = document.querySelector('[data-once]'); b.click(); b.click(); b.click(); }")
    expect(desktop.get_by_role("alert")).to_be_visible()
    assert sent == ["POST"]


def test_the_slash_finds_the_search_box_and_escape_leaves_it(desktop: Page, clerk: Any, browser_login: Login) -> None:
    browser_login(desktop, clerk)
    make_file("王德福")
    desktop.goto("/renovations")
    desktop.keyboard.press("/")
    box = desktop.get_by_role("searchbox")
    expect(box).to_be_focused()
    box.fill("德福")
    desktop.keyboard.press("Enter")
    expect(desktop.get_by_role("link", name="王德福")).to_be_visible()


def test_rows_are_walked_with_arrows_and_opened_with_enter(desktop: Page, clerk: Any, browser_login: Login) -> None:
    browser_login(desktop, clerk)
    numbers = [applications.draft(people.actor(Role.TOWNSHIP)).number for _ in range(2)]
    desktop.goto("/renovations")
    desktop.locator("tbody tr").first.focus()
    desktop.keyboard.press("ArrowDown")
    desktop.keyboard.press("Enter")
    desktop.wait_for_url(f"**/renovations/{numbers[0]}")


def test_the_menu_stays_folded(desktop: Page, clerk: Any, browser_login: Login) -> None:
    browser_login(desktop, clerk)
    desktop.goto("/renovations")
    desktop.get_by_role("button", name="收起菜单").click()
    desktop.reload()
    side = desktop.locator(".side").bounding_box()
    assert side is not None
    assert side["width"] == 60


@pytest.mark.parametrize("face", ["desk", "phone"])
def test_the_pages_of_both_faces_are_sound(
    open_page: Callable[..., Page],
    clerk: Any,
    browser_login: Login,
    sample: str,
    check_accessibility: Callable[[Page], None],
    screenshot: Callable[[Page, str], Path],
    face: str,
) -> None:
    page = open_page(**({"viewport": PHONE, "is_mobile": True, "has_touch": True} if face == "phone" else {}))
    browser_login(page, clerk)
    file = applications.submitted(people.actor(Role.TOWNSHIP))
    shown = {
        "desk": "/",
        "list": "/renovations",
        "file": f"/renovations/{file.number}",
        "operation": sample,
        "missing": "/renovations/CQ2020-000000-000000",
    }
    for name, path in shown.items():
        page.goto(path)
        fits(page)
        check_accessibility(page)
        screenshot(page, f"{face}-{name}")


def test_the_elder_face_is_large_and_keeps_the_number_in_sight(
    phone: Page, clerk: Any, check_accessibility: Callable[[Page], None], screenshot: Callable[[Page, str], Path]
) -> None:
    number = applications.id_number()
    file = applications.submitted(people.actor(Role.TOWNSHIP), people=[applications.person(id_number=number)])
    phone.goto("/my")
    phone.get_by_label("回执码").fill(file.receipt_code or "")
    phone.get_by_label("身份证号后四位").fill(number[-4:])
    phone.get_by_role("button", name="查看").click()
    for screen in ("progress", "money", "steps"):
        expect(phone.get_by_role("link", name="12345")).to_be_in_viewport()
        small = phone.evaluate(
            "Array.from(document.querySelectorAll('main *, .elder-phone *'))"
            ".filter(e => e.childNodes.length && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))"
            ".map(e => parseFloat(getComputedStyle(e).fontSize)).reduce((a, b) => Math.min(a, b))"
        )
        assert small >= 20
        fits(phone)
        check_accessibility(phone)
        screenshot(phone, f"elder-{screen}")
        if screen != "steps":
            phone.locator(".elder-next .btn-primary").click()
