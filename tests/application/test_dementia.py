"""Dementia is asked, kept and judged like what else is known of a person's health: encrypted, and shown to few."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.db import db
from app.oversight.filters import count
from app.permissions import Role
from app.programme.queries import programme_of
from app.stages.application import queries, showing
from app.stages.application.excel.importing import run
from tests.application.notice_support import publish_tables
from tests.application.test_intake_pages import form_of
from tests.excel.books import book, household, source
from tests.factories import applications, people
from tests.process.support import CONTENT
from tests.support.client import PageClient

AGED = [one for one in CONTENT["clause"] if one["id"] == "E1"]
RULE = {
    "id": "E2",
    "title": "失智",
    "text": "失智老人。",
    "source": "示例",
    "when": {"fact": "person.dementia", "is": True},
}


@pytest.fixture
def clerk(session: Session) -> Any:
    publish_tables(clause=[*AGED, RULE], verification=[])
    return people.actor(Role.TOWNSHIP)


def test_it_is_judged_and_found_in_bulk_and_stands_encrypted(clerk: Any) -> None:
    condition = programme_of(applications.publish_programme()).clause("E2").condition
    for said, outcome in ((True, "eligible"), (False, "ineligible"), (None, "unknown")):
        file = applications.draft(clerk, people=[applications.person(dementia=said)])
        assert queries.verdict(file).outcome.value == outcome
        assert queries.applicant(file).dementia is said
        assert queries.derived(file).dementia is said
    assert count(condition) == {True: 1, False: 1, None: 1}
    stored = db.session.scalars(text("SELECT dementia FROM beneficiary ORDER BY id")).all()
    assert stored[2] is None
    assert not any(one in ("true", "false", "1", "0", "t", "f") for one in stored[:2])


def test_a_verification_corrects_it(clerk: Any) -> None:
    file = applications.submitted(clerk, people=[applications.person(dementia=False)])
    checked = {"clause": "E2", "body": "民政部门", "method": "查验原件", "checked_on": "2020-09-15", "result": "denied"}
    file = applications.do(
        "application.verify", file, people.actor(Role.COUNTY), **checked, fact="person.dementia", value="true"
    )
    assert (queries.applicant(file).dementia, queries.verdict(file).outcome.value) == (True, "eligible")
    tab = showing.tab(file, people.actor(Role.COUNTY))
    assert tab is not None
    assert [(one["label"], one["old"], one["new"]) for one in tab["changes"]] == [("失智", "否", "是")]


def test_the_sheet_takes_it(clerk: Any) -> None:
    report = run(source(book([household(**{"people-0-dementia": "是"})]), clerk), write=True)
    assert (report.errors, dict(report.verdicts)) == ([], {"eligible": 1})


@pytest.mark.sqlite_only
def test_the_form_asks_where_a_rule_does_and_the_page_tells_those_who_may_know(clerk: Any, client: PageClient) -> None:
    file = applications.draft(clerk, people=[applications.person(dementia=True)])
    client.login(people.make_user(Role.TOWNSHIP))
    edited = form_of(client.page(f"/renovations/{file.number}/application/edit"))
    assert [one["value"] for one in edited.select("[name=people-0-dementia][checked]")] == ["true"]
    client.login(people.make_user(Role.COUNTY))
    assert "失智 是" in client.page(f"/renovations/{file.number}?tab=application").get_text(" ", strip=True)
    client.login(people.make_user(Role.FINANCE))
    assert "失智" not in client.get(f"/renovations/{file.number}?tab=application").get_data(as_text=True)
