"""Papers of a file: what they say, issued once per content, by whom they may be had."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import NotAllowed, NotFound
from app.documents import rendering
from app.documents.models import IssuedPaper
from app.identity.rules import MakeToken, Reach, TokenKind
from app.identity.tokens import make_token
from app.permissions import SYSTEM, Role
from app.renovation import papers
from app.renovation.models import Renovation
from app.stages.registry import papers as table
from tests.acceptance.support import judged as judged_lines
from tests.acceptance.support import recorded, to_rectify
from tests.assessment.support import user
from tests.construction.support import Site, completed, site
from tests.documents.reading import code_on, drawn, fonts_of, pages_of
from tests.factories import people
from tests.support.client import PageClient

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture(name="on")
def _on() -> Site:
    return site()


def issue(renovation: Renovation, kind: str, actor: Any = SYSTEM) -> IssuedPaper:
    """Print a paper and keep what was written."""
    row = papers.issue(papers.sheet(table()[kind], renovation, actor), actor)
    db.session.commit()
    return row


def test_the_acceptance_form_says_what_was_found(on: Site) -> None:
    renovation = completed(on)
    empty = issue(renovation, "acceptance_form")
    recorded(on, renovation)
    filled = issue(renovation, "acceptance_form")
    assert (empty.version, filled.version) == (1, 2)
    text = "".join(pages_of(papers.content_of(filled)))
    assert [word in text for word in ("张德福", "陈晓兰", "郑川", "罗强", "合格7项", renovation.number)] == [True] * 6
    assert "□合格" in "".join(pages_of(papers.content_of(empty)))
    assert fonts_of(papers.content_of(filled)) == {"Anju-Hei", "Anju-Song"}
    assert code_on(drawn(papers.content_of(filled))) == f"ANJU-{filled.code}"


def test_the_same_content_is_the_same_paper_and_comes_from_the_store(on: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    renovation = completed(on)
    first = issue(renovation, "acceptance_form")
    monkeypatch.setattr(rendering, "render", lambda *_args: pytest.fail("drawn again"))
    again = issue(renovation, "acceptance_form")
    assert (again.id, again.code, again.version) == (first.id, first.code, 1)
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.event.like("paper_%"))).all()
    assert [(one.event, one.details["code"]) for one in entries] == [("paper_issued", first.code)]


def test_who_prints_whole_identity_numbers_is_written_down_each_time(on: Site) -> None:
    renovation, clerk = completed(on), on.around.township
    issue(renovation, "application_form", clerk)
    issue(renovation, "application_form", clerk)
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.event.like("paper_%")).order_by(AuditEntry.id))
    assert [one.event for one in entries] == ["paper_issued", "paper_opened"]
    with pytest.raises(NotAllowed):
        issue(renovation, "application_form", on.builder)


def test_a_paper_that_is_not_due_cannot_be_printed(on: Site) -> None:
    with pytest.raises(NotFound):
        issue(completed(on), "rectification_order")


def test_an_order_to_put_right_names_line_and_day(on: Site) -> None:
    renovation = completed(on)
    recorded(on, renovation, lines=judged_lines(renovation, item_13=to_rectify("松动，晃得厉害")))
    text = "".join(pages_of(papers.content_of(issue(renovation, "rectification_order"))))
    assert ("松动，晃得厉害" in text, "整改通知书" in text) == (True, True)


@pytest.mark.sqlite_only
def test_pages_list_show_and_give_the_paper(client: PageClient, on: Site) -> None:
    renovation = completed(on)
    client.login(user(on.around.township))
    listed = client.page(f"/renovations/{renovation.number}/papers")
    assert [row.select_one(".title span").get_text() for row in listed.select("tbody tr")] == [
        "申请审批表", "申请回执", "条件审查说明", "入户评估表", "改造方案确认单", "改造协议", "派工通知书", "施工合同", "施工日志",
        "改造前后对比表", "用品签收单", "监理报告", "入户验收表",
    ]  # fmt: skip
    page = client.page(f"/renovations/{renovation.number}/papers/acceptance_form")
    assert page.h1.get_text() == "居家改造入户验收表"
    answer = client.get(f"/renovations/{renovation.number}/papers/acceptance_form/pdf")
    assert (answer.mimetype, answer.data[:5]) == ("application/pdf", b"%PDF-")
    issued = db.session.scalars(select(IssuedPaper)).one()
    assert client.get(f"/renovations/{renovation.number}/issued/{issued.code}").data == answer.data
    with_numbers = issue(renovation, "application_form", on.around.township)
    client.login(people.make_user(Role.FINANCE))
    assert client.get(f"/renovations/{renovation.number}/issued/{issued.code}").status_code == 200
    assert client.get(f"/renovations/{renovation.number}/issued/{with_numbers.code}").status_code == 403
    assert client.get(f"/renovations/{renovation.number}/papers/application_form").status_code == 403


@pytest.mark.sqlite_only
def test_the_api_lists_papers_and_gives_each_as_pdf(client: PageClient, on: Site) -> None:
    renovation = completed(on)
    wish = MakeToken(
        name="测试", kind=TokenKind.USER, reach=Reach.ALL, permissions=[], expires_on=clock.today() + timedelta(days=9)
    )
    with transaction():
        token = make_token(wish, on.around.county)[1]
    asked: dict[str, Any] = {"headers": {"Authorization": f"Bearer {token}"}}
    address = f"/api/v1/renovations/{renovation.number}/papers"
    paper = client.get(f"{address}/acceptance_form", **asked)
    assert (paper.status_code, paper.mimetype, paper.data[:5]) == (200, "application/pdf", b"%PDF-")
    items = {one["kind"]: one for one in client.get(address, **asked).json["items"]}
    edition = items["acceptance_form"]["editions"][0]
    assert (edition["version"], edition["sha256"]) == (1, sha256(paper.data).hexdigest())
    assert items["contract"]["editions"] == []
    assert client.get(f"{address}/rectification_order", **asked).status_code == 404
    assert client.get(f"{address}/nothing", **asked).status_code == 404
