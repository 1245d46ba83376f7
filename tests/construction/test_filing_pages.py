"""The filing before the contract through the pages, with the terms of the manual's variant: from the choice to the contract."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import event

from app.core import clock
from app.core.db import db
from app.permissions import Role
from app.programme.loading import CATALOG
from app.renovation import queries as files
from app.renovation.models import Kind
from app.stages.construction import filing_queries
from app.stages.construction.filing_models import FirmFiling
from app.stages.construction.filing_rules import FilingState
from tests.application.notice_support import publish_tables
from tests.assessment.support import user
from tests.construction.filing_support import PAPERS, ask, audited, filed
from tests.construction.support import Site, dispatched, site, works
from tests.construction.test_pages import address, form, picture, square
from tests.factories import people
from tests.support.client import PageClient

pytestmark = [pytest.mark.sqlite_only]

VARIANT = (Path(CATALOG) / "README.md").read_text("utf-8").split("　签合同以前逐户备案\n")[1].split("\n### ")[0]
TERMS: dict[str, Any] = tomllib.loads(re.findall(r"^```toml\n(.*?)^```$", VARIANT, re.MULTILINE | re.DOTALL)[0])


@pytest.fixture
def on(session: object) -> Site:
    """The people around a home."""
    return site()


def shows(page: BeautifulSoup) -> str:
    return page.get_text(" ", strip=True)


def sent(client: PageClient, page: BeautifulSoup, status: int, fill: dict[str, Any]) -> BeautifulSoup:
    """The page's form sent, and the page that answers."""
    answer = client.submit(form(page), fill)
    assert answer.status_code == status, answer.text[:500]
    return answer.soup  # type: ignore[attr-defined, no-any-return]


def test_from_the_photos_to_the_contract_by_the_pages(on: Site, client: PageClient) -> None:
    publish_tables(firm_filing=TERMS["firm_filing"])
    file = dispatched(on)
    client.login(user(on.builder))
    desk = client.page("/")
    assert len(desk.select(f"a[href='{address(file, 'submit_filing')}']")) == 1
    assert f"还差 {len(works(file))} 项" in shows(client.page(address(file, "submit_filing")))
    for line in works(file):
        assert square(client, file, line.root_id, "before", photos=picture(line.item_no)).status_code == 200
    page = client.page(address(file, "photos"))
    assert [link["href"] for link in page.select("#works-bar a")] == [address(file, "submit_filing")]
    page = client.page(address(file, "submit_filing"))
    assert [one.find(string=True, recursive=False).strip() for one in page.select(".filed-paper legend")] == PAPERS
    again = sent(client, page, 422, {"undertaker": "周建", "papers-0-files": picture(3)})
    assert "还没有“房产证”，请拍照或上传。" in shows(again)
    assert "请核对承诺的内容后勾选" in shows(again)
    assert len(again.select("[data-kept]")) == 1
    fill: dict[str, Any] = {f"papers-{place}-files": picture(10 + place) for place in range(1, 5)}
    sent(client, again, 302, fill | {"undertakes": "true"})
    client.login(user(on.around.county))
    page = client.page(address(file, "audit_filing"))
    assert [one.get_text(strip=True) for one in page.select(".panel .thumbs .name")] == PAPERS
    sent(client, page, 302, {"result": "approve"})
    client.login(user(on.builder))
    page = client.page(address(file, "contract"))
    found = filing_queries.live(file)
    assert found is not None
    assert f"合同最迟 {found.contract_by} 签" in shows(page)
    fill = {"number": "HT-1", "clears_rubble": "true", "signature": picture(99)}
    wrong = sent(client, page, 422, fill | {"signed_on": "2020-01-01"})
    assert "审核通过以前不能签，请改成实际签订的日期。" in shows(wrong)
    sent(client, wrong, 302, {"signed_on": f"{clock.today()}"})
    assert "合同已签" in shows(client.page(f"/renovations/{file.number}?tab=construction"))


@pytest.mark.parametrize("role", [Role.CITY, Role.FINANCE, Role.SUPERVISOR, Role.TOWNSHIP, Role.AUDITOR])
def test_the_tab_shows_a_lock_where_the_papers_are_not_for_somebody(on: Site, client: PageClient, role: Role) -> None:
    ask()
    file = filed(on)
    who = on.supervisor if role is Role.SUPERVISOR else people.actor(role)
    client.login(user(who))
    page = client.page(f"/renovations/{file.number}?tab=construction")
    there = files.attachments(file, kind=Kind.FILING)
    opened = [one for one in there if page.select(f"a[href*='/files/{one.id}']")]
    assert len(opened) == (len(there) if role in (Role.TOWNSHIP, Role.AUDITOR) else 0)
    answers = {client.get(f"/renovations/{file.number}/files/{one.id}").status_code for one in there}
    assert answers == ({200} if opened else {404})


def test_pages_of_a_programme_without_the_table_ask_the_filings_nothing(on: Site, client: PageClient) -> None:
    file = dispatched(on)
    client.login(user(on.builder))
    asked: list[str] = []

    def heard(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", heard)
    for url in (f"/renovations/{file.number}?tab=construction", address(file, "contract")):
        client.page(url)
    event.remove(db.engine, "before_cursor_execute", heard)
    own = [one for one in asked if FirmFiling.__tablename__ in one and "firm_filing.id" in one]
    assert (len(asked) > 10, own) == (True, [])


def test_a_returned_filing_shows_why_and_what_need_not_be_sent_again(on: Site, client: PageClient) -> None:
    ask()
    file = audited(on, filed(on), "房产证看不清")
    client.login(user(on.builder))
    page = client.page(address(file, "submit_filing"))
    assert "房产证看不清" in shows(page)
    assert shows(page).count("上次交过 1 张") == len(PAPERS)
    sent(client, page, 302, {"undertaker": "周建", "undertakes": "true"})
    found = filing_queries.live(file)
    assert found is not None
    assert (found.state, list(filing_queries.papers(file, found))) == (FilingState.FILED, PAPERS)


def test_the_page_says_so_when_there_is_nothing_to_do(on: Site, client: PageClient) -> None:
    ask()
    file = filed(on)
    client.login(user(on.builder))
    said = shows(client.page(address(file, "submit_filing"), status=409))
    assert "现在不需要办理“提交备案”" in said
    client.login(user(on.other_builder))
    client.page(address(file, "submit_filing"), status=404)
