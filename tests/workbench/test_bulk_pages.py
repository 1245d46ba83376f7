"""From the list to the job: the preview says everything before anything is written; the same form twice is one job."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import current_app
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.core import clock
from app.core.db import db
from app.demo import county
from app.demo.story import Story
from app.identity.queries import user_by_staff_no
from app.jobs.models import Job
from app.jobs.service import run_waiting
from app.lifecycle import Status
from app.renovation import queries as files
from tests.support.client import PageClient
from tests.support.databases import Databases
from tests.support.stories import lived

LIVES = {
    "one": lambda story: story.life(Status.SUBMITTED),
    "two": lambda story: story.life(Status.SUBMITTED),
    "three": lambda story: story.life(Status.SUBMITTED),
    "draft": lambda story: story.life(Status.DRAFT),
    "agreed": lambda story: story.life(Status.AGREED),
}


@pytest.fixture(scope="module")
def lives(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Story]]:
    with lived(databases, tmp_path_factory.mktemp("files"), LIVES) as found:
        yield found


def signed_in(staff_no: str) -> PageClient:
    client = current_app.test_client()
    assert isinstance(client, PageClient)
    client.login(user_by_staff_no(staff_no))
    return client


def tick(client: PageClient, operation: str, *numbers: str, **more: Any) -> TestResponse:
    """What the list's form sends."""
    token = client.page("/renovations").select_one("input[name=csrf_token]")["value"]
    return client.post(
        "/renovations/bulk", data={"csrf_token": token, "operation": operation, "n": list(numbers), **more}
    )


def jobs() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Job).where(Job.kind == "bulk")) or 0


def column(soup: Any, label: str) -> list[str]:
    return [cell.get_text(strip=True) for cell in soup.select(f'td[data-label="{label}"]')]


def test_from_the_ticks_to_the_result_of_each(lives: dict[str, Story]) -> None:
    clerk = lives["one"].clerk
    client, before = signed_in(clerk), jobs()
    numbers = [lives[name].number for name in ("one", "two", "draft")]
    page = tick(client, "application.forward", *numbers)
    assert page.status_code == 200
    assert [summary.h2.get_text() for summary in page.soup.select("summary.panel-head")] == [
        "暂不能办 1 户",
        "可以办理 2 户",
    ]
    assert column(page.soup, "原因") == ["现在是“待提交”，不能办理“初审通过并公示”"]
    form = page.soup.select_one("main form")
    assert form.select_one('input[name="starts_on"]')["value"] == clock.today().isoformat()

    again = client.submit(form, poster="")  # refused, nothing lost
    assert again.status_code == 422
    assert [box["value"] for box in again.soup.select('input[name="n"][checked]')] == numbers[:2]
    form = again.soup.select_one("main form")
    one_less = client.submit(form, poster="村干部", n=numbers[:1])
    job = int(one_less.location.rpartition("/")[2])
    assert (jobs(), client.submit(form, poster="村干部", n=numbers[:1]).location) == (before + 1, one_less.location)
    run_waiting()
    done = client.page(one_less.location)
    assert done.select_one(".job-summary").get_text() == "共 1 户，办成 1 户，全部办成"
    assert done.select_one("tbody th").get_text() == lives["one"].known.people[0].name
    assert done.h1.get_text() == "初审通过并公示（1 户）"
    assert job == db.session.scalar(select(func.max(Job.id)))
    statuses = [files.get(number, county.actor("county1")).status.value for number in numbers]
    assert statuses == ["reviewed", "submitted", "draft"]


def test_all_that_match_goes_by_the_lists_own_query(lives: dict[str, Story]) -> None:
    client = signed_in(lives["one"].clerk)
    page = tick(client, "application.forward", all="1", query="status=draft&before=1").soup
    assert page.select_one('input[name="asked"]')["value"] == lives["draft"].number
    everything = tick(client, "application.forward", all="1", query="").soup
    assert len(everything.select_one('input[name="asked"]')["value"].split()) == len(LIVES)
    other = signed_in("town1")
    assert "没有选中改造户" in tick(other, "application.forward", all="1", query="").text
    assert "没有选中改造户" in tick(other, "application.forward", lives["two"].number).text


def test_the_preview_follows_the_lot_and_what_changed_is_shown_again(lives: dict[str, Story]) -> None:
    client, before = signed_in("county1"), jobs()
    number = lives["agreed"].number
    builder, supervisor = lives["agreed"]._record("contractor", 1), lives["agreed"]._record("supervisor", 0)
    form = tick(client, "construction.dispatch", number).soup.select_one("main form")
    live = form.select_one("section[hx-post]")
    assert (live["hx-post"], live["hx-target"], live["hx-trigger"]) == ("/renovations/bulk", "#who", "change")
    assert len(form.select('input[name="n"]')) == 1
    # without a script: what would now be refused is shown before anything is asked for
    shown = client.submit(form, procurement_record_id=str(builder))
    assert (shown.status_code, jobs()) == (409, before)
    assert column(shown.soup, "原因") == ["这个政策结算时要有监理报告，请同时选监理单位"]
    form = shown.soup.select_one("main form")
    # and so is a household that can go now, since nobody has ticked it yet
    shown = client.post(
        "/renovations/bulk/construction.dispatch",
        data={
            "csrf_token": form.select_one("input[name=csrf_token]")["value"],
            "once": "o",
            "asked": number,
            "offered": "",
            "procurement_record_id": builder,
            "supervisor_record_id": supervisor,
        },
    )
    assert (shown.status_code, jobs()) == (409, before)
    assert [pool.get_text(strip=True)[:4] for pool in shown.soup.select('section[aria-label="名额"] tbody th')] == [
        "重庆宏安",
        "云岭康宁",
    ]
    answer = client.submit(shown.soup.select_one("main form"), n=number)
    assert (answer.status_code, jobs()) == (302, before + 1)


def test_the_part_that_renews_itself_keeps_what_was_unticked(lives: dict[str, Story]) -> None:
    client = signed_in(lives["one"].clerk)
    numbers = [lives["two"].number, lives["three"].number]
    form = tick(client, "application.forward", *numbers).soup.select_one("main form")
    data = {name: form.select_one(f'[name="{name}"]')["value"] for name in ("csrf_token", "once", "operation", "asked", "offered")}  # fmt: skip
    part = client.post("/renovations/bulk", data=data | {"n": numbers[0]}, headers={"HX-Request": "true"})
    assert [box["value"] for box in part.soup.select('input[name="n"]')] == numbers
    assert [box["value"] for box in part.soup.select('input[name="n"][checked]')] == numbers[:1]
    assert part.soup.select(".field-error") == []


def test_of_very_many_the_page_says_what_it_has_not_gone_through(
    lives: dict[str, Story], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.workbench.bulk_preview.CHECKED", 1)
    client, before = signed_in(lives["one"].clerk), jobs()
    numbers = [lives["two"].number, lives["three"].number]
    page = tick(client, "application.forward", *numbers).soup
    assert "还有 1 户没有逐项核对" in page.get_text()
    answer = client.submit(page.select_one("main form"), poster="村干部")
    assert (answer.status_code, jobs()) == (302, before + 1)
    run_waiting()
    assert "共 2 户，办成 2 户" in client.page(answer.location).get_text()


def test_who_may_not_is_told_so(lives: dict[str, Story]) -> None:
    number = lives["agreed"].number
    for staff_no, operation, status in (
        ("town2", "construction.dispatch", 403),
        ("county1", "application.forward", 403),
        ("build1", "construction.dispatch", 403),
        ("admin", "construction.dispatch", 403),
        ("county1", "application.reject", 404),
        ("county1", "", 404),
    ):
        client = signed_in(staff_no)
        token = client.page("/jobs").select_one("input[name=csrf_token]")["value"]
        data = {"csrf_token": token, "operation": operation, "n": number, "asked": number, "once": "x"}
        assert (staff_no, client.post("/renovations/bulk", data=data).status_code) == (staff_no, status)
        if operation:
            assert client.post(f"/renovations/bulk/{operation}", data=data).status_code == status
    assert signed_in("county1").get("/renovations/bulk").location == "/renovations"
    stranger = current_app.test_client()
    assert stranger.post("/renovations/bulk", data={}).status_code in {302, 400}
