"""A programme that the disabled persons' federation leads: its accounts do there what the bureau's do elsewhere (variants §0.10)."""

import json
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from app.core.db import db, transaction
from app.core.errors import Conflict, NotAllowed, NotFound, RuleViolation
from app.funds import queries as funds
from app.funds import service as allot
from app.identity.models import User
from app.identity.queries import actor_of, user
from app.identity.rules import CreateUser
from app.identity.service import create_user
from app.permissions import SYSTEM, Office, Role
from app.places.queries import region_by_code
from app.programme.policy import restore
from app.programme.service import load_draft
from app.renovation import queries as files
from app.renovation.papers import sheet
from app.stages.application.decisions import draft_letter
from app.stages.registry import open_operations, papers
from app.workbench import queries
from app.workbench.search import Wish
from tests.application.notice_support import publish_tables
from tests.factories import people
from tests.factories.applications import KEY
from tests.plan.support import Desk, approved, desk
from tests.support.client import PageClient

from .support import CONTENT


@pytest.fixture(autouse=True)
def _session(session: Session) -> None:
    """Everything here is stored."""


def account(office: Office, role: Role = Role.COUNTY) -> User:
    """An account of the county."""
    command = CreateUser(
        staff_no=f"o-{office.value}-{role.value}",
        name=f"{office.label}经办",
        role=role,
        office=office,
        region_id=people.region(people.COUNTY).id,
        password=people.PASSWORD,
    )
    with transaction():
        id_ = create_user(command, SYSTEM).id
    return user(id_)


def led_by_the_federation() -> Desk:
    """The programme in force, and the people around a file of it: the county's are the federation's."""
    publish_tables(programme={"lead": "federation"})
    county = actor_of(account(Office.FEDERATION))
    return replace(desk(), county=county, other_county=county)


def test_each_office_sees_and_does_only_what_it_leads() -> None:
    """From the confirmation to the approved plan by the federation; to the bureau the file does not exist."""
    on = led_by_the_federation()
    federation, bureau = on.county, actor_of(account(Office.CIVIL_AFFAIRS))
    file = approved(on)
    assert files.get(file.number, federation).id == file.id
    with pytest.raises(NotFound):
        files.get(file.number, bureau)
    assert open_operations(file, federation) != []
    assert [line.number for line in queries.files(federation, Wish()).lines] == [file.number]
    assert queries.files(bureau, Wish()).lines == ()


def test_its_papers_are_signed_in_its_name() -> None:
    on = led_by_the_federation()
    file = approved(on)
    form = sheet(papers()["application_form"], file, on.county).body()
    assert "县级残联<br>意见" in form
    assert "残联<br>核查意见" not in form
    assert "民政局" not in form
    assert draft_letter(file, ()).count(f"{file.county.name}残疾人联合会") == 1


def test_quotas_and_money_are_the_leading_office_s() -> None:
    federation, bureau = led_by_the_federation().county, actor_of(account(Office.CIVIL_AFFAIRS))
    county = region_by_code(people.COUNTY)
    with transaction():
        allot.allot_places(county, KEY, 2031, 10, federation, document="示例")
    with pytest.raises(NotAllowed, match="由残联牵头"), transaction():
        allot.allot_places(county, KEY, 2031, 5, bureau, document="示例")
    (quota,) = funds.quotas(federation, KEY, 2031)
    assert quota.places == 10
    assert funds.quotas(bureau, KEY, 2031) == []
    assert (KEY, 2031) not in funds.used_keys(bureau)
    with pytest.raises(NotFound):
        funds.quota(quota.id, bureau)


def test_a_programme_does_not_change_hands() -> None:
    led_by_the_federation()
    other = CONTENT | {"programme": CONTENT["programme"] | {"version": "2", "valid_from": "2040-01-01"}}
    with pytest.raises(Conflict, match="一直由残联牵头"), transaction():
        load_draft(restore(json.dumps(other)), SYSTEM)
    with transaction():
        other["programme"] |= {"lead": "federation"}
        assert load_draft(restore(json.dumps(other)), SYSTEM).office is Office.FEDERATION


def test_only_the_county_has_two_offices() -> None:
    with pytest.raises(RuleViolation, match="只有县级主管部门"):
        account(Office.FEDERATION, Role.FINANCE)
    made = account(Office.FEDERATION)
    assert (made.post, actor_of(made).post) == ("县级残联", "县级残联")
    assert replace(actor_of(made), role=Role.TOWNSHIP).post == "乡镇（街道）经办"


def test_the_desk_says_who_one_is(client: PageClient) -> None:
    led = led_by_the_federation()
    client.login(db.session.get_one(User, led.county.user_id))
    page = client.get("/")
    assert page.status_code == 200
    assert "县级残联" in page.text
    assert "县级民政局" not in page.text
