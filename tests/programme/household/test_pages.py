"""The page that tries one household: the same answers as the commands, errors at the field, nothing kept."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.core.db import db, transaction
from app.permissions import SYSTEM, Role
from app.programme import service
from app.programme.household.examples import examples_in
from app.programme.loading import CATALOG
from app.programme.loading import load as load_folder
from app.programme.quoting import quote
from app.programme.requests import explain
from tests.factories.people import make_user
from tests.support.client import PageClient

from .test_form import counting

pytestmark = pytest.mark.sqlite_only
EXAMPLES = [path for folder in sorted(CATALOG.iterdir()) for path in examples_in(folder)]


def draft(name: str) -> int:
    with transaction():
        return service.load_draft(load_folder(CATALOG / name), SYSTEM).id


def results(page: BeautifulSoup) -> list[tuple[str, str]]:
    """(clause, result) of the answer in full."""
    panels = page.select("#answer .verdict-clause")
    return [
        (
            panel.select_one("h2").get_text(strip=True).partition("　")[0],
            panel.select_one(".state").get_text(strip=True),
        )  # type: ignore[union-attr]
        for panel in panels
    ]


def load_file(client: PageClient, version: int, content: bytes, status: int = 200, **typed: str) -> BeautifulSoup:
    """The file is sent with all that was typed: its field and its button belong to the one form."""
    page = client.page(f"/programmes/{version}/try")
    form, button = page.select_one("form.household"), page.select_one(".household-load button[formaction]")
    assert form is not None
    assert button is not None
    assert {one["form"] for one in (button, page.select_one("#f-file"))} == {form["id"]}  # type: ignore[index]
    form["action"] = button["formaction"]
    response = client.submit(form, file=(BytesIO(content), "household.json"), tampered=True, **typed)
    assert (response.status_code, response.soup is None) == (status, False)  # type: ignore[attr-defined]
    return response.soup  # type: ignore[attr-defined,no-any-return]


WORDS = {"pass": "符合", "fail": "不符合", "unknown": "待查清"}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_the_page_says_what_the_commands_say(client: PageClient, path: Path) -> None:
    version, raw = draft(path.parts[-3]), json.loads(path.read_text("utf-8"))
    programme = load_folder(path.parents[1])
    client.login(make_user(Role.TOWNSHIP))
    page = load_file(client, version, path.read_bytes())
    said = explain(programme, raw)
    assert results(page) == [(one["id"], WORDS[one["result"]]) for one in said["clauses"]]
    if "lines" in raw:
        total = [cell.get_text(strip=True) for cell in page.select(".household-total td.num")]
        sums = quote(programme, raw)
        plain = [cell.replace("¥", "").replace(",", "") for cell in total]
        assert plain == [sums["total"], sums["subsidy"], sums["self_pay"]]


def test_a_file_that_is_none_takes_nothing_of_what_was_typed(client: PageClient) -> None:
    version = draft("chongqing-2020")
    client.login(make_user(Role.CITY))
    page = load_file(client, version, b"{", 422, applied_on="2020-11-01", **{"lines-0-quantity": "10"})
    assert page.select_one("#e-file") is not None
    assert (page.select_one("#f-applied_on")["value"], page.select_one("#f-lines-0-quantity")["value"]) == (
        "2020-11-01",
        "10",
    )


def test_the_file_that_is_downloaded_is_the_one_that_was_loaded(client: PageClient) -> None:
    path = CATALOG / "gansu-severe-disability" / "examples" / "01-一级残疾低保.json"
    version, raw = draft("gansu-severe-disability"), json.loads(path.read_text("utf-8"))
    client.login(make_user(Role.COUNTY))
    page = load_file(client, version, path.read_bytes())
    form = page.select_one("form.household")
    assert form is not None
    form["action"] = f"/programmes/{version}/try/file"
    response = client.submit(form, name="一级残疾/低保")
    assert response.headers["Content-Disposition"].startswith("attachment")
    kept = json.loads(response.get_data())
    assert kept["expect"] == {**raw["expect"], "priority": 0}
    assert kept["name"] == "一级残疾/低保"
    assert {key: kept[key] for key in ("applied_on", "facts")} == {key: raw[key] for key in ("applied_on", "facts")}
    assert kept["lines"] == raw["lines"]


def test_errors_stand_at_their_fields(client: PageClient) -> None:
    version = draft("chongqing-2020-demo-county")
    client.login(make_user(Role.CITY))
    form = client.page(f"/programmes/{version}/try").select_one("form.household")
    assert form is not None
    typed: dict[str, Any] = {
        "person__ability__failed_items": "9",
        "lines-0-quantity": "1.234",
        "lines-0-unit_price": "150",
        "lines-9-decision": "declined",
        "lines-9-quantity": "1",
    }
    response = client.submit(form, typed)
    page = response.soup  # type: ignore[attr-defined]
    assert response.status_code == 422
    errors = {error["id"]: error.get_text(strip=True) for error in page.select(".field-error[id]")}
    assert errors["e-person__ability__failed_items"].endswith("须为 0 至 6 的整数，现为超出范围的数")
    assert errors["e-lines-0-quantity"] == "防滑处理：数量“1.234”最多两位小数"
    value = page.select_one("#f-lines-0-quantity")
    assert value["value"] == "1.234"
    links = [link["href"] for link in page.select("[data-error-list] a")]
    assert all(page.select(f'[id="{link[1:]}"]') for link in links)


def test_while_typing_nothing_is_refused_and_basics_may_be_open(client: PageClient) -> None:
    version = draft("chongqing-2020")
    client.login(make_user(Role.CITY))
    form = client.page(f"/programmes/{version}/try").select_one("form.household")
    assert form is not None
    form["action"] = f"/programmes/{version}/try/live"
    typed = {"applied_on": "2020-11-01", "lines-0-quantity": "10", "lines-0-unit_price": "90"}
    text = client.submit(form, typed, headers={"HX-Request": "true"}).get_data(as_text=True)
    assert "还有 6 项基础类没有定，先按没有做算。" in text
    assert "¥900.00" in text
    typed |= {"person__ability__failed_items": "x"}
    assert "有 1 处还看不懂，没有算进去" in client.submit(form, typed, headers={"HX-Request": "true"}).get_data(
        as_text=True
    )


def test_nothing_of_a_household_is_kept_or_stands_in_an_address(client: PageClient, app: Any) -> None:
    version = draft("chongqing-2020")
    client.login(make_user(Role.TOWNSHIP))
    before = db.session.scalar(select(func.count()).select_from(AuditEntry))
    load_file(client, version, (CATALOG / "chongqing-2020" / "examples" / "01-建档立卡高龄.json").read_bytes())
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == before
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("household.")]
    methods = {rule.endpoint: sorted(rule.methods - {"HEAD", "OPTIONS"}) for rule in rules}
    assert methods == {
        "household.blank": ["GET"],
        "household.try_": ["POST"],
        "household.live": ["POST"],
        "household.load": ["POST"],
        "household.file": ["POST"],
    }


def test_a_file_that_cannot_be_read_leaves_an_empty_form(client: PageClient) -> None:
    version = draft("chongqing-2020")
    client.login(make_user(Role.TOWNSHIP))
    page = load_file(client, version, b"{", status=422)
    error = page.select_one("#e-file")
    assert error is not None
    assert error.get_text(strip=True) == "不是正确的 JSON：第 1 行第 2 个字符处有误"


def remarks(client: PageClient, version: int, **typed: str) -> list[str]:
    form = client.page(f"/programmes/{version}/try").select_one("form.household")
    assert form is not None
    page = client.submit(form, typed).soup  # type: ignore[attr-defined]
    return [one.get_text(strip=True) for one in page.select("#answer > .notice.soon")]


def test_the_page_says_when_a_household_would_not_be_decided_by_the_version(client: PageClient) -> None:
    version = draft("chongqing-2020")
    client.login(make_user(Role.TOWNSHIP))
    is_draft = "这个版本还是草案，没有实行；结果是它发布以后的样子。"
    assert remarks(client, version, applied_on="2020-10-15") == [is_draft]
    assert remarks(client, version, applied_on="2019-10-15")[1].startswith("2019-10-15 不在这个版本的有效期")
    with transaction():
        service.publish(version, SYSTEM)
    assert remarks(client, version, applied_on="2020-10-15", region="500299") == []
    assert remarks(client, version, applied_on="2020-10-15", region="622926") == ["2020-10-15 这个地区没有实行本项目。"]


def test_what_earlier_files_used_is_asked_and_answered(client: PageClient) -> None:
    with transaction():
        version = service.load_draft(counting(), SYSTEM).id
    client.login(make_user(Role.CITY))
    form = client.page(f"/programmes/{version}/try").select_one("form.household")
    assert form is not None
    assert [one["name"] for one in form.select("input[name^=used-]")] == ["used-13-quantity", "used-13-subsidy"]
    typed = {"used-13-quantity": "3", "lines-12-quantity": "2", "lines-12-unit_price": "100.00"}
    typed |= {one["name"]: one["value"] for one in form.select("[name=csrf_token], [name=applied_on]")}
    answered = client.post(f"/programmes/{version}/try/live", data=typed, headers={"HX-Request": "true"})
    page = answered.soup  # type: ignore[attr-defined]
    (row,) = page.select("caption:-soup-contains('期限内') ~ tbody tr")
    assert [cell.get_text(" ", strip=True) for cell in row.select("td")][1:] == ["4", "3", "1", "0"]
