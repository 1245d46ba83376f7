"""The pages of the policy: what holds, what is assumed, and who may publish."""

import pytest
from flask import Flask

from app.core.db import transaction
from app.identity.queries import actor_of
from app.permissions import SYSTEM, Role
from app.programme import service
from app.programme.policy import Programme
from tests.factories.people import make_user
from tests.support.client import PageClient

from .factory import chongqing, demo_county
from .test_versions import edition

pytestmark = pytest.mark.sqlite_only


def load(programme: Programme, publish: bool = False) -> int:
    with transaction():
        version = service.load_draft(programme, SYSTEM)
        if publish:
            service.publish(version.id, SYSTEM)
        return version.id


def test_without_a_programme_the_page_says_what_to_do(client: PageClient) -> None:
    client.login(make_user(Role.TOWNSHIP))
    page = client.page("/programmes/")
    empty = page.select_one(".empty-state")
    assert empty is not None
    assert [p.get_text() for p in empty.select("p")] == [
        "还没有载入政策，现在不能登记申请。",
        "请联系市级民政或管理员载入。",
    ]


def test_a_version_shows_clauses_items_and_assumptions(client: PageClient) -> None:
    version = load(demo_county(), publish=True)
    client.login(make_user(Role.TOWNSHIP))
    assert [cell.get_text() for cell in client.page("/programmes/").select("td.title")] == [demo_county().name]
    page = client.page(f"/programmes/{version}")
    assert [row.get_text() for row in page.select("table.clauses th")] == [f"E{n}" for n in range(1, 10)]
    assert (
        len([cell for cell in page.select("td.title") if cell.parent and cell.parent.select("[data-label=序号]")]) == 30
    )
    marks = [mark.parent.get_text(" ", strip=True) for mark in page.select(".clauses .assumption") if mark.parent]
    assert marks == [f"假定 {clause.assumption}" for clause in demo_county().clauses if clause.assumption]
    assert page.select("form[action$=publish]") == []


def test_a_manager_publishes_and_sees_what_follows(client: PageClient) -> None:
    load(chongqing(), publish=True)
    version = load(edition("next"))
    client.login(make_user(Role.CITY))
    page = client.page(f"/programmes/{version}")
    form = page.select_one("form[action$=publish]")
    assert form is not None
    assert "发布后，自 2020-09-01 起新的决定按“next”办理，现行的“2020.1”停用；已经作出的决定不变。" in form.get_text()
    page = client.submit(form, follow_redirects=True).soup  # type: ignore[attr-defined]
    assert page is not None
    assert page.select_one("h1 .state").get_text() == "已发布"


def test_who_does_not_manage_programmes_cannot_publish(client: PageClient) -> None:
    version = load(chongqing())
    client.login(make_user(Role.COUNTY))
    assert client.post(f"/programmes/{version}/publish").status_code in (400, 403)
    client.page(f"/programmes/{version + 1}", status=404)


def test_in_production_the_loader_is_sent_to_somebody_else(
    app: Flask, client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    loader = make_user(Role.CITY)
    with transaction():
        version = service.load_draft(chongqing(), actor_of(loader)).id
    client.login(loader)
    monkeypatch.setitem(app.config, "ENVIRONMENT", "production")
    page = client.page(f"/programmes/{version}")
    assert next(notice.get_text(strip=True) for notice in page.select(".notice.soon")) == (
        "这个版本由您载入，请另一位管理人员发布。"
    )
    assert page.select("form[action$=publish]") == []
