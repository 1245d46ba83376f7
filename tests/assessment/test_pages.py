"""The assessment's pages: sound, filled in, and nothing typed is lost."""

import pytest

from app.permissions import Role
from app.stages.assessment import queries
from tests.assessment import instrumented
from tests.assessment.support import assessed, assigned, confirmed, desk, photo, user, visited
from tests.factories import people
from tests.factories.applications import do
from tests.support.client import PageClient

pytestmark = [pytest.mark.sqlite_only]


def test_every_page_of_the_assessment_is_sound(client: PageClient) -> None:
    around = desk()
    renovation = confirmed(around)
    client.login(user(around.county))
    page = client.page(f"/renovations/{renovation.number}/assessment/assign_assessor")
    options = [option["value"] for option in page.select("[name=procurement_record_id]")[0].find_all("option")] or [
        one["value"] for one in page.select("[name=procurement_record_id]")
    ]
    assert str(around.record_id) in options
    client.page(f"/renovations/{renovation.number}/assessment/find_unfit")
    do("assessment.assign_assessor", renovation, around.county, procurement_record_id=around.record_id)
    client.login(user(around.first))
    for name in ("schedule_visit", "record_visit"):
        client.page(f"/renovations/{renovation.number}/assessment/{name}")
    visited(around, renovation, answers={"bathing": "not_met"})
    client.page(f"/renovations/{renovation.number}/assessment/review_suggestions")
    client.page(f"/renovations/{renovation.number}/assessment/complete")
    client.login(user(around.second))
    page = client.page(f"/renovations/{renovation.number}/assessment/sign_visit")
    assert "地面湿滑" in page.get_text()


def test_the_form_has_every_indicator_and_room(client: PageClient) -> None:
    around = desk()
    renovation = assigned(around)
    client.login(user(around.first))
    page = client.page(f"/renovations/{renovation.number}/assessment/record_visit")
    indicators = [one["value"] for one in page.select('input[name^="indicators-"][name$="-indicator"]')]
    assert indicators == ["eating", "dressing", "bed", "toileting", "walking", "bathing"]
    assert not page.select('input[name^="indicators-"][name$="-answer"][checked]')  # nobody answers by leaving it
    rooms = [one["value"] for one in page.select('input[name^="rooms-"][name$="-room"]')]
    assert rooms[:2] == ["entrance", "hallway"]


def test_a_visit_is_recorded_through_the_page(client: PageClient) -> None:
    around = desk()
    renovation = assigned(around)
    client.login(user(around.first))
    url = f"/renovations/{renovation.number}/assessment/record_visit"
    page = client.page(url)
    rooms = [one["value"] for one in page.select('input[name^="rooms-"][name$="-room"]')]
    bath = rooms.index("bathroom")
    values: dict[str, object] = {f"indicators-{n}-answer": "met" for n in range(6)}
    values |= {
        "qualification": "中级社会工作师",
        "second_assessor": str(around.second.user_id),
        "second_qualification": "主管护师",
        "safe": "yes",
        "renovatable": "yes",
        "must_move_out": "no",
        f"rooms-{bath}-hazards": ["bath_slippery"],
        f"rooms-{bath}-measures-0-value": "760",
    }
    kept = client.submit(page, values)  # no photo: refused, and everything typed is still there
    assert kept.status_code == 422
    assert "请给“卫生间”至少拍一张照片。" in kept.text
    again = kept.soup  # type: ignore[attr-defined]
    assert again.select(f'input[name="rooms-{bath}-measures-0-value"]')[0]["value"] == "760"
    assert again.select(f'input[name="rooms-{bath}-hazards"][value="bath_slippery"]')[0].has_attr("checked")
    assert len(again.select('input[name$="-answer"][value="met"][checked]')) == 6
    stored = str(photo(around.first))
    done = client.submit(again, {f"rooms-{bath}-photos": stored}, tampered=True)
    assert done.status_code == 302
    found = queries.assessment(renovation)
    assert found is not None
    assert [room.room for room in found.rooms] == ["bathroom"]


def test_suggestions_are_edited_through_the_page(client: PageClient) -> None:
    around = desk()
    renovation = visited(around)
    client.login(user(around.first))
    page = client.page(f"/renovations/{renovation.number}/assessment/review_suggestions")
    refused = client.submit(page, {"suggestions-0-keep": "no"})
    assert refused.status_code == 422
    done = client.submit(refused.soup, {"suggestions-0-reason": "家中已有"})  # type: ignore[attr-defined]
    assert done.status_code == 302
    assert queries.suggestions(renovation, kept_only=False)[0].kept is False


def test_health_is_not_shown_to_who_may_not_read_it(client: PageClient) -> None:
    around = desk()
    renovation = assessed(around, remark="有帕金森症")
    client.login(user(around.county))
    assert "有帕金森症" in client.page(f"/renovations/{renovation.number}?tab=assessment").get_text()
    finance = people.make_user(Role.FINANCE)
    client.login(finance)
    page = client.page(f"/renovations/{renovation.number}?tab=assessment").get_text()
    assert "有帕金森症" not in page
    assert "能自己完成" not in page


def test_the_application_asks_by_the_programmes_instrument(client: PageClient) -> None:
    township = people.make_user(Role.TOWNSHIP)
    instrumented.publish_programme()
    client.login(township)
    page = client.page("/applications/new")
    assert page.select('input[name^="people-0-ability-"]') == []
    (told,) = [one.get_text(strip=True) for one in page.select(".hint.wide") if "评估机构入户时评" in one.get_text()]
    assert told == (
        "“重庆市老年人居家适老化改造（2020）”按老年人能力评估规范 GB/T 42195-2022（2022）评估，由评估机构入户时评，这里不填。"
        "已有其他单位评估结果的，登记后在档案里办“认可已有评估结果”。"
    )
