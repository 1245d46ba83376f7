"""Photos that need a position: what is missing, what is said in its place, who sees it, what the telephone sends."""

import io
import json
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import event

from app.core.db import db
from app.core.errors import NotAllowed, RuleViolation, RuleViolations
from app.evidence.service import store_upload
from app.evidence.told import told as said_by
from app.lifecycle import Status
from app.permissions import SYSTEM, Actor
from app.programme.loading import CATALOG, load
from app.renovation import queries as files
from app.renovation.models import Kind, Renovation
from app.renovation.papers import sheet
from app.stages.construction import photo_places, photo_queries
from app.stages.construction.queries import name_of
from app.stages.construction.service import complete_missing, start_missing
from app.stages.registry import papers
from tests.acceptance import support as acceptances
from tests.acceptance.test_pages import address as accepted_at
from tests.application.notice_support import publish_tables
from tests.assessment.support import user
from tests.construction.support import (
    Site,
    completed,
    contracted,
    do,
    hand_over,
    lines_of,
    photo,
    report,
    site,
    take,
    works,
)
from tests.construction.test_pages import address, form
from tests.factories import people
from tests.support.client import PageClient

pytestmark = pytest.mark.usefixtures("session")

HERE = "29.563010,106.551557"
REASON = "手机没有定位功能"


def publish_located(*kinds: str) -> None:
    """Chongqing 2020, its photos of these kinds with a position."""
    tables = json.loads(load(CATALOG / "chongqing-2020").content)["photo_kind"]
    publish_tables(photo_kind=[one | ({"located": True} if one["key"] in kinds else {}) for one in tables])


_COLOURS = iter(range(1, 250))


def placed(actor: Actor, position: str = HERE) -> int:
    """An upload of the actor, with what the telephone said of where it is."""
    content, colour = io.BytesIO(), next(_COLOURS)
    Image.new("RGB", (64, 48), (colour, 90, 200)).save(content, "JPEG")
    content.seek(0)
    return store_upload(content, "IMG.jpg", actor.user_id, said_by(position=position)).id


def take_placed(file: Renovation, actor: Actor, kind: str, *items: int) -> None:
    for line in works(file):
        if not items or line.item_no in items:
            do("construction.photos", file, actor, line_id=line.root_id, kind=kind, photos=[placed(actor)])


def texts(missing: list[Any]) -> list[str]:
    return [one.text for one in missing]


def lacking(name: str, kind: str) -> str:
    return f"{name}的{kind}照片没有定位。请打开手机的定位，允许浏览器使用位置，再拍一张；实在没有的，写明原因。"


def explained(file: Renovation, actor: Actor, *photos: int, reason: str = REASON) -> Renovation:
    ids = photos or [one.id for one, _name in photo_places.to_explain(file)]
    return do("construction.explain_place", file, actor, photos=list(ids), reason=reason)


def test_the_works_do_not_start_with_photos_from_nowhere() -> None:
    publish_located("before", "after")
    on = site()
    file = contracted(on)
    assert not any("定位" in text for text in texts(start_missing(file)))
    take(file, on.builder, "before")
    wanted = [lacking(name_of(line), "改造前") for line in works(file)]
    assert texts(start_missing(file)) == wanted
    assert wanted[0] in (CATALOG / "README.md").read_text("utf-8")
    with pytest.raises(RuleViolations):
        do("construction.start", file, on.builder)
    first = works(file)[0]
    take_placed(file, on.builder, "before", first.item_no)
    assert texts(start_missing(file)) == wanted[1:]
    file = explained(file, on.builder)
    assert start_missing(file) == []
    assert do("construction.start", file, on.builder).status is Status.BUILDING


def test_the_reason_stands_on_the_record_and_stays() -> None:
    publish_located("before")
    on = site()
    file = contracted(on)
    take(file, on.builder, "before")
    first, *others = photo_places.to_explain(file)
    file = explained(file, on.builder, first[0].id)
    assert [one.id for one, _name in photo_places.to_explain(file)] == [one.id for one, _name in others]
    told = photo_places.told(file)
    assert told[first[0].id] == f"没有定位：{REASON}"
    assert {said for key, said in told.items() if key != first[0].id} == {"没有定位"}
    done = files.events(file)[0]
    assert (done.title, done.reason, done.details["photos"]) == ("说明照片没有定位", REASON, [first[0].id])
    with pytest.raises(RuleViolation, match="已经有定位或写过原因"):
        explained(file, on.builder, first[0].id, reason="另一个原因")
    with pytest.raises(RuleViolation):
        explained(file, on.builder, others[0][0].id, 10**6)
    assert others[0][0].unlocated_reason is None


def test_completion_asks_for_the_state_after_and_for_the_handover() -> None:
    publish_located("after", "handover")
    on = site()
    file = contracted(on)
    take(file, on.builder, "before")
    file = do("construction.start", file, on.builder)
    take(take(file, on.builder, "hidden"), on.builder, "after")
    hand_over(file, on.builder)
    report(file, on.builder)
    found = complete_missing(file)
    goods = [line for line in lines_of(file).values() if line not in works(file)]
    assert sorted(texts(found)) == sorted(
        [lacking(name_of(line), "改造后") for line in works(file)] + [lacking(name_of(line), "交付") for line in goods]
    )
    file = explained(file, on.builder)
    assert do("construction.complete", file, on.builder).status is Status.COMPLETED


def test_what_was_put_right_needs_a_place_of_its_own() -> None:
    publish_located("after")
    on = site()
    file = contracted(on)
    take(file, on.builder, "before")
    file = do("construction.start", file, on.builder)
    take(file, on.builder, "hidden")
    take_placed(file, on.builder, "after")
    hand_over(file, on.builder)
    report(file, on.builder)
    file = do("construction.complete", file, on.builder)
    file = acceptances.recorded(on, file, lines=acceptances.judged(file, item_13=acceptances.to_rectify()))
    take(file, on.builder, "after", 13)
    line = lines_of(file)[13]
    assert texts(complete_missing(file)) == [lacking(name_of(line), "改造后")]
    take_placed(file, on.builder, "after", 13)
    assert do("construction.complete", file, on.builder).status is Status.COMPLETED


def test_only_who_builds_explains() -> None:
    publish_located("before")
    on = site()
    file = contracted(on)
    take(file, on.builder, "before")
    with pytest.raises(NotAllowed):
        explained(file, on.around.township)


def test_a_programme_that_asks_for_none_asks_the_database_nothing() -> None:
    on = site()
    file = completed(on)
    photo_queries.line_photos(file)
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    assert photo_places.unplaced(file) == []
    assert photo_places.told(file) == {}
    assert [one for one in asked if "stored_file" in one] == []


# ---------------------------------------------------------------- the pages


@pytest.mark.sqlite_only
def test_the_photo_page_asks_for_the_place_and_says_what_lacks(client: PageClient) -> None:
    publish_located("before")
    on = site()
    file = contracted(on)
    take(file, on.builder, "before")
    client.login(user(on.builder))
    page = client.page(address(file, "photos"))
    assert "这个政策要求改造前照片带定位" in page.select(".notice")[0].get_text()
    assert {one.find("input", attrs={"name": "kind"})["value"] for one in page.select("form[data-located]")} == {
        "before"
    }
    assert len(page.select(".no-place a")) == len(works(file))
    assert page.select("#works-bar strong")[0].get_text().split("　")[1] == f"0／{len(works(file))} 处"
    page = client.page(address(file, "explain_place"))
    ticked = [one["value"] for one in page.select('input[name="photos"][checked]')]
    assert ticked == [f"{one.id}" for one, _name in photo_places.to_explain(file)]
    refused = client.submit(form(page), {"reason": ""})
    assert refused.status_code == 422
    assert client.submit(form(refused.soup), {"reason": REASON}).status_code == 302  # type: ignore[attr-defined]
    assert client.page(address(file, "photos")).select(".no-place") == []
    client.page(address(file, "explain_place"), status=409)


@pytest.mark.sqlite_only
def test_who_accepts_sees_which_photos_have_a_place(client: PageClient) -> None:
    publish_located("before")
    on = site()
    file = contracted(on)
    take_placed(file, on.builder, "before")
    file = completed(on, do("construction.start", file, on.builder))
    client.login(user(on.around.township))
    assert client.page(accepted_at(file, "record")).get_text().count("有定位") == len(works(file))
    acceptances.recorded(on, file)
    assert sheet(papers()["comparison"], file, SYSTEM).body().count("有定位") == len(works(file))
    client.login(user(on.around.county))
    shown = client.page(accepted_at(file, "countersign")).get_text()
    assert shown.count("有定位") == len(works(file))
    assert HERE[:9] not in shown


@pytest.mark.sqlite_only
def test_others_do_not_explain(client: PageClient) -> None:
    publish_located("before")
    on: Site = site()
    file = contracted(on)
    take(file, on.builder, "before")
    client.login(user(on.around.township))
    client.page(address(file, "explain_place"), status=403)
    client.login(user(people.actor(on.builder.role)))
    client.page(address(file, "explain_place"), status=404)
    assert Kind.BEFORE in photo_places.wanted(file)
    assert photo(on.builder)
