"""The pages of the policy: what holds, what is assumed, and who may publish."""

from io import BytesIO
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from app.core.db import db, transaction
from app.identity.models import User
from app.identity.queries import actor_of
from app.permissions import SYSTEM, Role
from app.programme import service
from app.programme.changing import changed
from app.programme.hints import hints
from app.programme.loading import CATALOG
from app.programme.loading import load as load_folder
from app.programme.models import ProgrammeVersion, VersionState
from app.programme.policy import Programme
from tests.factories.people import make_user
from tests.support.client import PageClient

from .factory import chongqing, demo_county
from .test_unused import without
from .test_upload import made, zipped
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


def test_the_page_says_who_loaded_and_who_may_publish(client: PageClient) -> None:
    loader, other = make_user(Role.CITY), make_user(Role.ADMIN)
    make_user(Role.COUNTY)
    with transaction():
        version = service.load_draft(chongqing(), actor_of(loader)).id
    client.login(other)
    said = client.page(f"/programmes/{version}").select_one("#publish-head")
    assert said is not None
    panel = said.find_parent("section")
    assert panel is not None
    text = panel.get_text(" ", strip=True)
    assert f"载入： {loader.name}" in text or f"载入：{loader.name}" in text
    assert f"可由 {other.name} 发布。" in text


def test_a_policy_that_is_a_draft_itself_has_no_button(client: PageClient) -> None:
    version = load(edition("for-comment", status="draft"))
    client.login(make_user(Role.CITY))
    page = client.page(f"/programmes/{version}")
    said = page.select("section[aria-labelledby=publish-head] .notice.soon")
    assert [one.get_text(strip=True) for one in said] == [service.DRAFT_BY_ITS_DATA]
    assert page.select("form[action$=publish]") == []
    assert len(page.select("form[action$=withdraw]")) == 1


def test_whoever_may_publish_finds_the_draft_of_another_on_the_desk(client: PageClient) -> None:
    """City and administrator are told; not the one who loaded it, not who may not, and never of a policy still a draft."""
    load(load_folder(CATALOG / "zhangjiakou-priority"))
    loader = make_user(Role.CITY)
    with transaction():
        version = service.load_draft(chongqing(), actor_of(loader)).id

    def told(user: User) -> list[str]:
        client.login(user)
        return [
            str(link["href"]) for link in client.page("/").select(".notice a") if "/programmes/" in str(link["href"])
        ]

    second = make_user(Role.CITY)
    assert [told(user) for user in (loader, make_user(Role.COUNTY), second)] == [[], [], [f"/programmes/{version}"]]
    assert f"/programmes/{version}" in told(make_user(Role.ADMIN))
    with transaction():
        service.publish(version, actor_of(second))
    assert told(second) == []


def test_a_draft_is_withdrawn_on_the_page(client: PageClient) -> None:
    version = load(chongqing())
    client.login(make_user(Role.CITY))
    form = client.page(f"/programmes/{version}").select_one("form[action$=withdraw]")
    assert form is not None
    page = client.submit(form, {"reason": "限价还没有定"}, follow_redirects=True).soup  # type: ignore[attr-defined]
    assert page.select_one("h1 .state").get_text() == "已撤回"
    assert "限价还没有定" in page.get_text()


@pytest.mark.parametrize(("reason", "said"), [("", "请写明撤回的原因"), ("不" * 501, "最多 500 个字，现在 501 个")])
def test_a_reason_that_will_not_do_is_refused_and_kept(client: PageClient, reason: str, said: str) -> None:
    version = load(chongqing())
    client.login(make_user(Role.CITY))
    form = client.page(f"/programmes/{version}").select_one("form[action$=withdraw]")
    answer = client.submit(form, {"reason": reason})
    page = answer.soup  # type: ignore[attr-defined]
    assert (answer.status_code, said in page.select_one("[data-error-list]").get_text()) == (422, True)
    assert page.select_one("#withdraw-reason")["value"] == reason
    assert page.select_one("h1 .state").get_text() == "草案"


def test_what_would_be_replaced_is_what_the_page_said(client: PageClient) -> None:
    """Another version came into force after the page was opened: publishing from it is refused, and the page says which."""
    first, second = load(chongqing()), load(edition("2020.2"))
    client.login(make_user(Role.CITY))
    stale = client.page(f"/programmes/{first}").select_one("form[action$=publish]")
    with transaction():
        service.publish(second, SYSTEM)
    answer = client.submit(stale)
    page = answer.soup  # type: ignore[attr-defined]
    assert answer.status_code == 409
    assert "现行的是“2020.2”" in page.select_one("[data-error-list]").get_text()
    fresh = page.select_one("form[action$=publish]")
    assert (client.submit(fresh).status_code, "现行的“2020.2" in fresh.get_text()) == (302, True)


def test_the_document_has_contents_data_and_every_assumption(client: PageClient) -> None:
    version = load(demo_county(), publish=True)
    client.login(make_user(Role.TOWNSHIP))
    page = client.page(f"/programmes/{version}")
    links = [str(link["href"]) for link in page.select(".doc-contents a")]
    assert [link for link in links if page.select_one(f"[id='{link[1:]}']") is None] == []
    assert len(page.select(".doc-data pre")) == len(page.select(".doc-section"))
    rows = page.select("#assumed tbody tr")
    assert len(rows) == len(demo_county().assumptions)


def test_two_versions_are_compared_in_policy_words(client: PageClient) -> None:
    old = load(demo_county(), publish=True)
    new = load(changed(demo_county(), {"cap.amount": "2500.00", "clause.0.when.age_at_least": "65"}))
    client.login(make_user(Role.COUNTY))
    page = client.page(f"/programmes/compare?old={old}&new={new}")
    assert [" ".join(one.get_text(" ", strip=True).split()) for one in page.select(".diff")] == [
        "申请条件 E1 老年人：年龄 60 周岁 改为 65 周岁",
        "补贴标准：每户 2000 元 改为 2500 元",
    ]
    client.page(f"/programmes/compare?old={old}&new={new + 1}", status=404)


def test_a_folder_is_uploaded_as_a_draft(client: PageClient) -> None:
    client.login(make_user(Role.CITY))
    form = client.page("/programmes/upload").select_one("form[enctype]")
    assert form is not None
    sent = {"folder": (BytesIO(zipped()), "chongqing.zip")}
    page = client.submit(form, sent, follow_redirects=True).soup  # type: ignore[attr-defined]
    assert page.select_one("h1 .state").get_text() == "草案"
    assert versions() == [(chongqing().content_hash, VersionState.DRAFT)]
    assert [f"提示：{hint}" in page.get_text() for hint in hints(chongqing())] == [True]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (zipped(money="[cap]\namount = 2000\n"), "money.toml"),
        (zipped(money="[cap]\namount = 2000元\n"), "格式有误的改好后再检查一遍，那个文件里可能还有别的错误。"),
        (made({"../programme.toml": "x = 1"}), "指到外面的文件名"),
        (made({"programme.toml": "0" * 90_000_000}), "解开后超过"),
        (b"no zip", "不是能打开的 ZIP"),
        (b"", "请选择资料夹的 ZIP 压缩包"),
    ],
)
def test_what_is_wrong_is_shown_and_nothing_is_stored(client: PageClient, content: bytes, said: str) -> None:
    client.login(make_user(Role.CITY))
    form = client.page("/programmes/upload").select_one("form[enctype]")
    assert form is not None
    answer = client.submit(form, {"folder": (BytesIO(content), "x.zip")})
    assert answer.status_code == 422
    assert said in answer.text
    assert versions() == []


def test_each_mistake_has_its_remedy_in_its_column_and_what_is_not_read_is_told(client: PageClient) -> None:
    money = (CATALOG / "chongqing-2020" / "money.toml").read_text("utf-8")
    files = {path.name: path.read_text("utf-8") for path in (CATALOG / "chongqing-2020").glob("*.toml")}
    files |= {"money.toml": money.replace('payee = "contractor"', 'payee = "公司"'), "项目.csv": "1"}
    client.login(make_user(Role.CITY))
    form = client.page("/programmes/upload").select_one("form[enctype]")
    page = BeautifulSoup(client.submit(form, {"folder": (BytesIO(made(files)), "x.zip")}).text, "html.parser")
    cells = [cell.get_text() for cell in page.select("table.faults tbody td")][2:]
    assert cells == ["“payee”有误", "须为 contractor、household 之一"]
    assert [said.get_text().partition("：")[0] for said in page.select(".notice.late p")] == ["没有读 项目.csv"]


def test_who_does_not_manage_programmes_cannot_upload(client: PageClient) -> None:
    client.login(make_user(Role.COUNTY))
    client.page("/programmes/upload", status=403)


def versions() -> list[tuple[str, VersionState]]:
    rows = db.session.execute(select(ProgrammeVersion.content_hash, ProgrammeVersion.state))
    return [(row[0], row[1]) for row in rows]


def test_the_document_is_printed(client: PageClient) -> None:
    version = load(chongqing(), publish=True)
    client.login(make_user(Role.TOWNSHIP))
    page = client.page(f"/programmes/{version}/paper")
    assert "一、依据和期限" in page.get_text()
    assert page.select(".doc-data") == []


def test_who_loads_and_publishes_alone_is_told_that_this_is_for_trying_only(client: PageClient) -> None:
    loader = make_user(Role.CITY)
    with transaction():
        version = service.load_draft(chongqing(), actor_of(loader)).id
    said = "演示和开发时载入的人也能发布；正式使用必须由另一位发布。"
    shown = {}
    for one in (loader, make_user(Role.ADMIN)):
        client.login(one)
        shown[one.id] = said in client.page(f"/programmes/{version}").get_text()
    assert list(shown.values()) == [True, False]


def test_what_is_not_used_has_no_number_among_the_figures(client: PageClient, tmp_path: Path) -> None:
    client.login(make_user(Role.ADMIN))
    with transaction():
        version = service.load_draft(without(tmp_path), SYSTEM).id
    page = client.page(f"/programmes/{version}")
    figures = {
        one.select_one(".label").get_text(): one.select_one(".value").get_text() for one in page.select(".figure-box")
    }
    assert (figures["公示"], figures["入户评估"], figures["质保"]) == ("不公示", "不评估", "24个月")
    assert "全部地区" not in page.get_text()
    assert "地区 990101" in page.get_text()


def test_a_region_that_the_tree_does_not_have_is_pointed_at_before_publishing(client: PageClient) -> None:
    client.login(make_user(Role.CITY))
    here, nowhere = load(demo_county()), load(load_folder(CATALOG / "jilin-2025"))
    assert not any("区划里没有" in one.get_text() for one in client.page(f"/programmes/{here}").select(".notice"))
    said = client.page(f"/programmes/{nowhere}").select_one(".notice.soon")
    assert said is not None
    assert said.get_text(strip=True).startswith("区划里没有 220000，发布以后谁也看不到这个项目。")
