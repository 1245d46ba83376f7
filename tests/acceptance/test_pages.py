"""The pages of the acceptance: the clerk in the home keeps everything typed, the county sees it side by side."""

from datetime import UTC, datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup

from app.core import clock
from app.core.db import db, transaction
from app.evidence.models import Source, StoredFile
from app.lifecycle import Status
from app.permissions import Role
from app.renovation import queries as files
from app.renovation.models import Kind, Renovation
from app.stages.acceptance import queries
from app.stages.construction import photo_queries as works_photos
from tests.acceptance.support import judged, recorded, to_rectify
from tests.assessment.support import user
from tests.construction.support import completed, do, lines_of, photo, site, take
from tests.factories import people
from tests.support.client import PageClient

pytestmark = [pytest.mark.sqlite_only]


def address(renovation: Renovation, name: str) -> str:
    """The page of an operation."""
    return f"/renovations/{renovation.number}/acceptance/{name}"


def form(page: BeautifulSoup) -> Any:
    """The page's own form."""
    return page.select("form[data-guard]")[-1]


def answers(page: BeautifulSoup, clerk: Any, **changes: Any) -> dict[str, Any]:
    """Everything good, everybody signs."""
    lines = len(page.select('input[name$="-line_id"]'))
    typed: dict[str, Any] = {}
    for index in range(lines):
        typed |= {f"lines-{index}-result": "accepted", f"lines-{index}-measured": "1"}
    typed |= {one["name"]: "true" for one in page.select('input[name$="-is_good"]')}
    rows = len(page.select('[data-rows-list] select[name^="party-"]'))
    typed |= {f"party-{row}-name": f"某人{row}" for row in range(rows)}
    typed |= {f"party-{row}-signature": str(photo(clerk)) for row in range(rows)}
    return typed | changes


def test_nothing_is_answered_before_somebody_looked(client: PageClient) -> None:
    on = site()
    renovation = completed(on)
    client.login(user(on.around.township))
    page = client.page(address(renovation, "record"))
    assert page.select('input[type="radio"][checked]') == []
    assert {one["value"] for one in page.select('input[name$="-measured"]')} == {""}
    assert [one["data-value"] for one in page.select("[data-as-reported]")] == ["1.00"] * 7
    parties = [
        one.find("option", selected=True)["value"] for one in page.select('[data-rows-list] select[name^="party-"]')
    ]
    assert parties == ["household", "township", "supervisor", "contractor"]
    assert page.select('input[name="party-1-name"]')[0]["value"] == on.around.township.name


def test_the_clerk_loses_nothing_when_something_is_refused(client: PageClient) -> None:
    on = site()
    renovation = completed(on)
    clerk = on.around.township
    client.login(user(clerk))
    page = client.page(address(renovation, "record"))
    typed = answers(page, clerk) | {"lines-3-result": "rectify", "lines-3-finding": "扶手松动"}
    refused = client.submit(form(page), typed, tampered=True)
    assert refused.status_code == 422
    again = refused.soup  # type: ignore[attr-defined]
    assert "请填整改期限" in refused.text
    assert again.select('input[name="lines-3-result"][checked]')[0]["value"] == "rectify"
    assert again.select('textarea[name="lines-3-finding"]')[0].get_text() == "扶手松动"
    assert again.select('input[name="party-2-name"]')[0]["value"] == "某人2"
    assert len(again.select('input[type="hidden"][name$="-signature"]')) == 4
    assert len(again.select(".work-line.is-wrong")) == 1
    done = client.submit(form(again), {"lines-3-deadline": f"{clock.today()}"})
    assert done.status_code == 302
    assert files.get(renovation.number, clerk).status is Status.BUILDING


def test_the_second_round_knows_what_passed_and_what_did_not(client: PageClient) -> None:
    on = site()
    renovation = completed(on)
    recorded(on, renovation, lines=judged(renovation, item_13=to_rectify("扶手松动")))
    client.login(user(on.builder))
    assert (
        "扶手松动"
        in client.page(f"/renovations/{renovation.number}/construction/photos").select(".notice.soon")[0].get_text()
    )
    square = f"#slot-{lines_of(renovation)[13].root_id}-after"
    photos = f"/renovations/{renovation.number}/construction/photos"
    assert "整改后要新拍" in client.page(photos).select(square)[0].get_text()
    assert "差 1 处" in client.page(photos).select("#works-bar")[0].get_text()
    take(renovation, on.builder, "after", 13)
    assert "整改后要新拍" not in client.page(photos).get_text()
    do("construction.complete", renovation, on.builder)
    client.login(user(on.around.township))
    page = client.page(address(renovation, "record"))
    assert "第 2 次验收" in page.get_text()
    assert "上次要整改：扶手松动" in page.get_text()
    values = [one["value"] for one in page.select('input[name$="-measured"]')]
    assert sorted(values) == ["", *["1.00"] * 6]
    assert client.submit(form(page), answers(page, on.around.township), tampered=True).status_code == 302


def test_the_county_sees_what_deviates_side_by_side(client: PageClient) -> None:
    on = site()
    renovation = completed(on)
    refused = {"result": "refused", "finding": "尺寸不符", "measured": "0.00"}
    recorded(on, renovation, lines=judged(renovation, item_17=refused, item_1={"measured": "0.80"}))
    client.login(user(on.around.county))
    page = client.page(address(renovation, "countersign"))
    told = [one.get_text() for one in page.select(".notice.soon li")]
    assert told == ["1 防滑处理：方案 1，实测 0.8 平方米", "17 配置淋浴椅：不予验收，尺寸不符"]
    assert len(page.select(".work-line")) == 7
    assert len(page.select(".side-by-side .thumb img")) == 4 * 2 + 3
    assert len(page.select(".party .who img")) == 4
    client.page(address(renovation, "return"))
    assert client.submit(form(page), note="同意").status_code == 302
    assert queries.accepted_on(renovation) == clock.today()
    client.page(address(renovation, "countersign"), status=409)
    text = client.page(f"/renovations/{renovation.number}?tab=acceptance").get_text()
    assert "已会签" in text


def test_a_stale_page_is_told_and_what_was_written_stays(client: PageClient) -> None:
    on = site()
    renovation = recorded(on, completed(on))
    client.login(user(on.around.county))
    page = client.page(address(renovation, "countersign"))
    do("acceptance.return", renovation, on.around.other_county, reason="照片不清")
    recorded(on, renovation)
    late = client.submit(form(page), note="同意全部")
    assert late.status_code == 409
    assert "刚刚被他人处理过" in late.text
    assert late.soup.select('textarea[name="note"]')[0].get_text() == "同意全部"  # type: ignore[attr-defined]


def test_others_find_nothing_and_firms_do_not_decide(client: PageClient) -> None:
    on = site()
    renovation = completed(on)
    client.login(people.make_user(Role.TOWNSHIP, people.OTHER_TOWNSHIP))
    client.page(address(renovation, "record"), status=404)
    client.login(user(on.builder))
    client.page(address(renovation, "record"), status=403)
    client.login(user(on.around.township))
    client.page(address(renovation, "countersign"), status=403)


def test_the_county_sees_when_a_photo_was_taken_and_by_which_account(client: PageClient) -> None:
    """A photo made smaller on the telephone has its time by the telephone's word; one without a time says so."""
    on = site()
    renovation = completed(on)
    after = works_photos.line_photos(renovation)[lines_of(renovation)[13].root_id, Kind.AFTER][-1]
    with transaction():
        stored = db.session.get_one(StoredFile, after.file_id)
        stored.taken_at, stored.taken_source = datetime(2020, 9, 15, 2, 30, tzinfo=UTC), Source.SENDER
    renovation = recorded(on, renovation)
    client.login(user(on.around.county))
    shown = client.page(address(renovation, "countersign")).get_text(" ", strip=True)
    assert "2020-09-15 10:30 拍 手机压缩前读出" in shown
    assert "没有拍摄时间" in shown
