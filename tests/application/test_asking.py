"""The form asks every household the same few things; the rest only where a rule of a programme on offer needs it."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.permissions import Role
from tests.application.notice_support import publish_tables
from tests.application.test_intake_pages import form_of
from tests.factories import applications, people
from tests.process.support import CONTENT
from tests.support.client import PageClient

pytestmark = pytest.mark.sqlite_only
AGED = [one for one in CONTENT["clause"] if one["id"] == "E1"]
MEMBER = {
    "id": "E2",
    "title": "没有别的残疾人",
    "text": "家里没有别人持残疾人证。",
    "source": "示例",
    "when": {"not": {"some": "household.members", "where": {"fact": "disability.certificate", "is": True}}},
}


@pytest.fixture(autouse=True)
def _clerk(session: Session, client: PageClient) -> None:
    client.login(people.make_user(Role.TOWNSHIP))


def small(*clauses: Any) -> None:
    """A programme that asks for the applicant's age and for what the clauses need."""
    about = {"id": "small-2020", "name": "小项目", "short_name": "小项目", "number_prefix": "XX2020"}
    publish_tables(clause=[*AGED, *clauses], verification=[], programme=about)


def asked(client: PageClient) -> dict[str, str]:
    """The fields of the form, each with the condition on which it is shown, "" for always."""
    found: dict[str, str] = {}
    for field in form_of(client.page("/applications/new")).select("[name]"):
        if not field.find_parent("template"):
            part = field.find_parent(attrs={"data-shows": True})
            found[str(field["name"])] = str(part["data-shows"]) if part else ""
    return found


def test_a_programme_with_one_rule_asks_no_more_than_that(client: PageClient) -> None:
    small()
    fields = asked(client)
    assert {"people-0-id_number", "people-0-hardship", "dwelling-right", "consent", "earlier"} <= set(fields)
    assert not {"people-0-certificate", "people-0-ability-eating", "dwelling-safe", "household_size"} & set(fields)


def test_what_is_asked_of_members_is_asked_of_every_beneficiary(client: PageClient) -> None:
    small(MEMBER)
    fields = asked(client)
    assert fields["people-0-certificate"] == ""
    assert "people-0-living" not in fields
    assert 'name="members-999999-certificate"' in str(client.page("/applications/new"))
    assert 'name="members-999999-insured"' not in str(client.page("/applications/new"))


def test_where_several_can_be_chosen_each_shows_its_own_questions(client: PageClient) -> None:
    applications.publish_programme()
    small()
    fields = asked(client)
    assert fields["people-0-certificate"] == f"programme={applications.KEY}"
    assert fields["dwelling-safe"] == f"programme={applications.KEY}"
    assert (fields["dwelling-right"], fields["people-0-name"]) == ("", "")
    assert "people-0-insured" not in fields


def test_nothing_that_was_typed_is_hidden_and_it_is_kept(client: PageClient) -> None:
    small()
    page = client.page("/applications/new")
    typed = {"people-0-name": "张德福", "people-0-id_number": applications.id_number(), "household_size": "一"}
    sent = client.submit(form_of(page), {**typed, "dwelling-address": "青松村"}, tampered=True)
    assert sent.status_code == 422
    assert form_of(sent.soup).find(id="f-household_size")["value"] == "一"
    sent = client.submit(form_of(sent.soup), {"household_size": "2"})
    number = str(sent.location).partition("?")[0].rpartition("/")[2]
    edited = form_of(client.page(f"/renovations/{number}/application/edit"))
    assert edited.find(id="f-household_size")["value"] == "2"
    assert edited.find(id="f-people-0-certificate") is None
