"""Whether the household register has the home: as it is said, or yes where both addresses are written alike."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.db import db
from app.core.errors import RuleViolations
from app.oversight.filters import count
from app.permissions import Role
from app.programme.queries import programme_of
from app.stages.application import queries
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
    "title": "户口",
    "text": "户口在这处住房。",
    "source": "示例",
    "when": {"fact": "person.hukou_at_dwelling", "is": True},
}
HOME = "清溪镇青松村三组 12 号"


@pytest.fixture
def clerk(session: Session) -> Any:
    publish_tables(clause=[*AGED, RULE], verification=[])
    return people.actor(Role.TOWNSHIP)


def draft(clerk: Any, **changes: Any) -> Any:
    home = applications.dwelling(address=HOME)
    return applications.draft(clerk, people=[applications.person(**changes)], dwelling=home)


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ({"hukou_address": "清溪镇青松村三组12号"}, "eligible"),
        ({"hukou_address": "清溪镇白果村一组 5 号"}, "unknown"),
        ({"hukou_address": "清溪镇白果村一组 5 号", "hukou_at_dwelling": True}, "eligible"),
        ({"hukou_at_dwelling": False}, "ineligible"),
        ({}, "unknown"),
    ],
)
def test_it_is_read_from_the_addresses_or_asked(clerk: Any, said: dict[str, Any], outcome: str) -> None:
    file = draft(clerk, **said)
    assert queries.verdict(file).outcome.value == outcome
    found = {"eligible": True, "ineligible": False, "unknown": None}[outcome]
    assert queries.derived(file).hukou_at_dwelling is found
    condition = programme_of(file.programme_version_id).clause("E2").condition
    assert count(condition) == {truth: int(truth is found) for truth in (True, False, None)}


def test_two_equal_addresses_and_a_no_are_refused(clerk: Any) -> None:
    with pytest.raises(RuleViolations) as refused:
        draft(clerk, hukou_address=HOME, hukou_at_dwelling=False)
    assert [(one.field, one.message) for one in refused.value.problems] == [
        ("people-0-hukou_at_dwelling", "户口地址与住房地址写得一样，这里却选了“否”，请改一处。")
    ]


def test_the_address_is_encrypted_and_a_verification_corrects_the_fact(clerk: Any) -> None:
    file = draft(clerk, hukou_address="白果村 5 号", hukou_at_dwelling=True)
    stored = db.session.scalars(text("SELECT hukou_address FROM beneficiary")).one()
    assert "白果村".encode() not in bytes(stored)
    assert queries.applicant(file).hukou_address == "白果村 5 号"
    file = applications.submitted(clerk, people=[applications.person(hukou_at_dwelling=True)])
    checked = {"clause": "E2", "body": "民政部门", "method": "查验原件", "checked_on": "2020-09-15", "result": "denied"}
    file = applications.do(
        "application.verify", file, people.actor(Role.COUNTY), **checked, fact="person.hukou_at_dwelling", value="false"
    )
    assert (queries.applicant(file).hukou_at_dwelling, queries.verdict(file).outcome.value) == (False, "ineligible")


def test_the_sheet_takes_both(clerk: Any) -> None:
    row = household(**{"dwelling-address": HOME, "people-0-hukou_address": "清溪镇青松村三组12号"})
    report = run(source(book([row]), clerk), write=True)
    assert (report.errors, dict(report.verdicts)) == ([], {"eligible": 1})
    again = run(source(book([row | {"people-0-hukou_at_dwelling": "否"}]), clerk), write=True)
    assert [one.reason for one in again.errors] == ["户口地址与住房地址写得一样，这里却选了“否”，请改一处。"]


@pytest.mark.sqlite_only
def test_the_form_asks_and_the_page_says(clerk: Any, client: PageClient) -> None:
    client.login(people.make_user(Role.TOWNSHIP))
    form = form_of(client.page("/applications/new"))
    typed = {"people-0-name": "张德福", "people-0-id_number": applications.id_number(), "dwelling-address": HOME}
    wrong = {"people-0-hukou_address": HOME, "people-0-hukou_at_dwelling": "false"}
    sent = client.submit(form, typed | wrong)
    assert sent.status_code == 422
    sent = client.submit(form_of(sent.soup), {"people-0-hukou_at_dwelling": ""})
    file = str(sent.location).partition("?")[0]
    assert "户口在改造的住房 是" in client.page(f"{file}?tab=application").get_text(" ", strip=True)
    edited = form_of(client.page(f"{file}/application/edit"))
    assert edited.find(id="f-people-0-hukou_address")["value"] == HOME
