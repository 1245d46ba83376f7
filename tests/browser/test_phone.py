"""In the home with a telephone: camera-size photos go off small, with their time and place, and a bad signal costs nothing."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from app.core.db import db
from app.evidence.models import Source, StoredFile
from app.evidence.queries import open_view
from app.renovation import queries as files
from app.renovation.models import Kind, Renovation
from app.stages.construction import queries as works
from tests.assessment.support import user
from tests.browser.household import PHONE
from tests.construction.support import Site, building, contracted, site
from tests.evidence.pictures import camera_exif, saved
from tests.factories.people import PASSWORD

TARGET = 48
"""Pixels a finger needs, and more than WCAG asks."""


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo as a telephone of 12 megapixels takes it, held upright: red above, noise below, turned by its EXIF."""
    upright = Image.effect_noise((3000, 4000), 70).convert("RGB")
    upright.paste((200, 20, 20), (0, 0, 3000, 1200))
    held = upright.transpose(Image.Transpose.ROTATE_90)
    exif = camera_exif("2020:09:15 10:30:00", "+08:00", orientation=6)
    path = tmp_path_factory.mktemp("camera") / "IMG_0001.jpg"
    path.write_bytes(saved(held, quality=90, exif=exif))
    assert path.stat().st_size > 4_000_000
    return path


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """A telephone."""
    return open_page(**PHONE)


def at_site(page: Page, on: Site, path: str) -> None:
    """The builder, signed in, on that page."""
    page.goto("/")
    page.fill("input[name=account]", user(on.builder).staff_no)
    page.fill("input[type=password]", PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("我的工作台")
    page.goto(path)


def path_of(renovation: Renovation, name: str) -> str:
    return f"/renovations/{renovation.number}/construction/{name}"


def newest() -> StoredFile:
    db.session.rollback()
    found = db.session.scalars(select(StoredFile).order_by(StoredFile.id.desc()).limit(1)).one()
    return found


def test_a_large_photo_arrives_small_upright_and_with_its_time(page: Page, photo: Path) -> None:
    on = site()
    renovation = building(on)
    at_site(page, on, path_of(renovation, "log"))
    page.fill("[name=workers]", "2")
    page.fill("[name=text]", "铺防滑地胶")
    camera = page.locator("input[type=file][name=photos][capture=environment]")
    camera.set_input_files(photo)
    frame = page.locator(".slot.preview")
    expect(frame).to_contain_text("已上传")
    page.get_by_role("button", name="写施工日志").click()
    expect(page.get_by_role("status")).to_contain_text("已办理：写施工日志")
    stored = newest()
    assert (stored.width, stored.height) == (1536, 2048)
    assert stored.size < photo.stat().st_size / 3
    assert stored.taken_at == datetime(2020, 9, 15, 2, 30, tzinfo=UTC)
    assert stored.position == "29.563000,106.551556"
    assert (stored.taken_source, stored.position_source) == (Source.SENDER, Source.SENDER)
    with Image.open(BytesIO(open_view(stored)[0])) as shown:
        red, below = shown.getpixel((shown.width // 2, 100)), shown.getpixel((shown.width // 2, shown.height - 100))
    assert (red[0] > 150, red[1] < 80) == (True, True)  # the red end is above, as it was held
    assert max(below) - min(below) < 60
    pictures = files.attachments(files.get(renovation.number, on.builder), kind=Kind.DURING)
    assert [one.file_id for one in pictures] == [stored.id]


def test_what_failed_is_shown_and_tried_again_and_nothing_typed_is_lost(
    page: Page, photo: Path, check_accessibility: Callable[[Page], None]
) -> None:
    on = site()
    renovation = building(on)
    at_site(page, on, path_of(renovation, "log"))
    page.fill("[name=workers]", "3")
    page.fill("[name=text]", "装扶手")

    def no_signal(route: Route) -> None:
        route.abort("internetdisconnected")

    page.route("**/uploads", no_signal)
    page.locator("input[type=file][name=photos][capture=environment]").set_input_files(photo)
    frame = page.locator(".slot.preview")
    expect(frame).to_contain_text("没传上去")
    expect(page.locator("[data-photo-said]")).to_have_text("没有传上去，请看看信号，再点“重试”。")
    send = page.get_by_role("button", name="写施工日志")
    send.click()
    expect(page.locator("[data-photos-wait]")).to_contain_text("有 1 张照片没有传上去")
    assert (page.input_value("[name=workers]"), page.input_value("[name=text]")) == ("3", "装扶手")
    check_accessibility(page)
    for button in frame.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= TARGET
    page.unroute("**/uploads")
    frame.get_by_role("button", name="重试").click()
    send.click()  # while it is on its way: the form waits for it
    expect(page.get_by_role("status")).to_contain_text("已办理：写施工日志")
    db.session.rollback()  # what the server wrote meanwhile
    entry = works.log(files.get(renovation.number, on.builder))[0]
    assert (entry.workers, entry.text) == (3, "装扶手")
    assert len(files.attachments(renovation, kind=Kind.DURING)) == 1


def test_what_is_done_before_the_page_can_listen_is_not_lost(page: Page, photo: Path) -> None:
    on = site()
    renovation = contracted(on)
    at_site(page, on, path_of(renovation, "photos"))
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/js/anju.js*", hold)
    page.reload(wait_until="commit")
    page.locator("figure[data-slot] label.slot input[type=file]").first.set_input_files(photo)
    page.get_by_role("button", name="打开菜单").click()
    expect(page.locator(".side")).not_to_be_in_viewport()
    assert files.attachments(renovation, kind=Kind.BEFORE) == []
    held[0].continue_()
    expect(page.locator(".side")).to_be_in_viewport()
    expect(page.locator("figure[data-slot]").first.locator(".thumb img")).to_have_count(1)
    db.session.rollback()
    assert [one.file_id for one in files.attachments(renovation, kind=Kind.BEFORE)] == [newest().id]


def test_a_square_keeps_its_photo_until_it_is_through(page: Page, photo: Path) -> None:
    on = site()
    renovation = contracted(on)
    at_site(page, on, path_of(renovation, "photos"))
    figure = page.locator("figure[data-slot]").first
    page.route("**/uploads", lambda route: route.abort("internetdisconnected"))
    figure.locator("label.slot input[type=file]").set_input_files(photo)
    expect(figure.locator("[data-said]")).to_contain_text("没有传上去")
    page.unroute("**/uploads")
    page.route("**/construction/photos/square", lambda route: route.abort("internetdisconnected"))
    figure.get_by_role("button", name="重试").click()
    expect(figure.locator("[data-said]")).to_contain_text("没有登记上")
    page.unroute("**/construction/photos/square")
    figure.get_by_role("button", name="重试").click()
    expect(figure.locator(".thumb img")).to_be_visible()
    stored = newest()
    assert (max(stored.width or 0, stored.height or 0), stored.taken_source) == (2048, Source.SENDER)
    assert [one.file_id for one in files.attachments(renovation, kind=Kind.BEFORE)] == [stored.id]


def test_a_draft_taken_up_again_has_its_photos(page: Page, photo: Path) -> None:
    """A telephone that runs out of memory behind the camera throws the page away."""
    on = site()
    renovation = building(on)
    at_site(page, on, path_of(renovation, "log"))
    page.fill("[name=text]", "拆蹲便器")
    page.locator("input[type=file][name=photos][capture=environment]").set_input_files(photo)
    expect(page.locator(".slot.preview")).to_contain_text("已上传")
    expect(page.locator("form[data-keep]")).to_have_attribute("data-draft", "kept")
    before = newest().id
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.get_by_role("button", name="接着填").click()
    expect(page.locator(".slot.preview img")).to_be_visible()
    assert page.input_value("[name=text]") == "拆蹲便器"
    page.fill("[name=workers]", "1")
    page.get_by_role("button", name="写施工日志").click()
    expect(page.get_by_role("status")).to_contain_text("已办理：写施工日志")
    db.session.rollback()
    assert [one.file_id for one in files.attachments(renovation, kind=Kind.DURING)] == [before]
