"""A telephone that photographs where the programme wants the place: asked while the photo is taken, never for the album."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Page, expect

from app.core.db import db
from app.evidence.models import StoredFile
from app.renovation.models import Renovation
from app.stages.construction import photo_places
from tests.assessment.support import user
from tests.construction.support import Site, contracted, site, works
from tests.construction.test_pages import address
from tests.construction.test_photo_places import publish_located
from tests.support.browser import PHONE

PLACE = {"latitude": 29.56301, "longitude": 106.551557}


@pytest.fixture
def on(committed: Flask) -> Site:
    publish_located("before")
    return site()


@pytest.fixture
def file(on: Site) -> Renovation:
    return contracted(on)


def picture(colour: int) -> dict[str, Any]:
    """A photo without a word of where it was taken."""
    content = io.BytesIO()
    Image.new("RGB", (640, 480), (colour, 90, 200)).save(content, "JPEG")
    return {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": content.getvalue()}


def stored_places() -> list[str | None]:
    db.session.rollback()
    return [one.position for one in db.session.query(StoredFile).order_by(StoredFile.id) if one.name == "IMG_1.jpg"]


@pytest.mark.parametrize("granted", [True, False])
def test_the_place_is_asked_with_the_photo_and_not_for_the_album(
    granted: bool,
    on: Site,
    file: Renovation,
    open_page: Callable[..., Page],
    browser_login: Callable[[Page, Any], None],
    check_accessibility: Callable[[Page], None],
    screenshot: Callable[[Page, str], Path],
) -> None:
    allowed = ["geolocation"] if granted else []
    page = open_page(viewport=PHONE, is_mobile=True, has_touch=True, geolocation=PLACE, permissions=allowed)
    browser_login(page, user(on.builder))
    page.goto(address(file, "photos"))
    first, second, *_ = works(file)
    page.locator(f"#slot-{first.root_id}-before input[capture]").first.set_input_files(picture(11))
    expect(page.locator(f"#slot-{first.root_id}-before .count")).to_be_visible()
    page.locator(f"#slot-{second.root_id}-before input[multiple]").set_input_files(picture(12))
    expect(page.locator(f"#slot-{second.root_id}-before .no-place")).to_be_visible()
    assert stored_places() == (["29.563010,106.551557", None] if granted else [None, None])
    expect(page.locator(".no-place")).to_have_count(1 if granted else 2)
    check_accessibility(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    screenshot(page, f"照片-定位-{granted}")
    page.goto(address(file, "explain_place"))
    check_accessibility(page)
    screenshot(page, f"照片-原因-{granted}")
    page.locator("[name=reason]").fill("手机没有定位功能")
    page.get_by_role("button", name="说明照片没有定位").click()
    page.wait_for_url("**/renovations/*")
    db.session.rollback()
    assert photo_places.to_explain(file) == []
