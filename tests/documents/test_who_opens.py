"""Signed copies that came back: who sees that they are there, and who can open them, by page and by address."""

from datetime import timedelta

import pytest

from app.core import clock
from app.core.db import db, transaction
from app.identity.rules import MakeToken, Reach, TokenKind
from app.identity.tokens import make_token
from app.permissions import FIRM_ROLES, GRANTS, Actor, Permission, Role
from app.renovation import queries
from app.renovation.models import MONEY_KINDS, OFFICE_KINDS, Attachment, Kind, Renovation
from app.stages.registry import papers as table
from app.workbench.scans import file_by_hand
from tests.assessment.support import photo, user
from tests.construction.support import Site, completed, site
from tests.factories import people
from tests.support.client import PageClient

pytestmark = pytest.mark.usefixtures("session")

RETURNED = {
    "settlement_sheet": Kind.SETTLEMENT_SHEET,
    "visit_record": Kind.VISIT_RECORD,
    "payment_order": Kind.VOUCHER,
    "self_pay_receipt": Kind.SELF_PAY_RECEIPT,
    "rejection_letter": Kind.HOUSEHOLD_LETTER,
    "work_order": Kind.LETTER,
}
OPENED = {
    Role.TOWNSHIP: [*RETURNED],
    Role.COUNTY: [*RETURNED],
    Role.FINANCE: [*RETURNED],
    Role.AUDITOR: [*RETURNED],
    Role.CITY: [],
    Role.FEDERATION: ["visit_record", "rejection_letter", "work_order"],
    Role.ASSESSOR: ["self_pay_receipt", "work_order"],
    Role.CONTRACTOR: ["self_pay_receipt", "work_order"],
    Role.SUPERVISOR: ["work_order"],
}


@pytest.fixture(name="on")
def _on() -> Site:
    return site()


@pytest.fixture(name="renovation")
def _renovation(on: Site) -> Renovation:
    """A file of three firms to which every such paper came back."""
    renovation, clerk = completed(on), on.around.county
    for kind in RETURNED:
        stored = photo(clerk)
        with transaction():
            file_by_hand(stored, "", renovation.number, kind, clerk)
    db.session.commit()
    return renovation


def person(on: Site, role: Role) -> Actor:
    firms = {Role.ASSESSOR: on.around.first, Role.CONTRACTOR: on.builder, Role.SUPERVISOR: on.supervisor}
    return firms.get(role) or people.actor(role)


def came_back(renovation: Renovation) -> dict[str, Attachment]:
    found = queries.attachments(renovation)
    return {kind: one for kind in RETURNED for one in found if one.subject == f"paper:{kind}"}


def bearer(actor: Actor) -> dict[str, str]:
    wish = MakeToken(
        name="测试", kind=TokenKind.USER, reach=Reach.ALL, permissions=[], expires_on=clock.today() + timedelta(days=9)
    )
    with transaction():
        return {"Authorization": f"Bearer {make_token(wish, actor)[1]}"}


def test_each_comes_back_as_what_it_is(renovation: Renovation) -> None:
    assert {kind: one.kind for kind, one in came_back(renovation).items()} == RETURNED


@pytest.mark.parametrize("role", OPENED, ids=lambda role: role.value)
def test_each_role_opens_by_page_and_by_address_what_concerns_it(
    client: PageClient, on: Site, renovation: Renovation, role: Role
) -> None:
    number, actor = renovation.number, person(on, role)
    there = {kind: one.id for kind, one in came_back(renovation).items()}
    client.login(user(actor))
    by_page = {kind: client.get(f"/renovations/{number}/files/{one}").status_code for kind, one in there.items()}
    assert by_page == {kind: 200 if kind in OPENED[role] else 404 for kind in RETURNED}
    pages = [client.page(f"/renovations/{number}")]
    if Permission.PAPER_PRINT in GRANTS[role]:
        pages.append(client.page(f"/renovations/{number}/papers"))
    shown = {str(link["href"]) for page in pages for link in page.select("a[href*='/files/']")}
    closed = {f"/renovations/{number}/files/{there[kind]}" for kind in RETURNED if kind not in OPENED[role]}
    assert shown & closed == set()
    asked = {"headers": bearer(actor)}
    listed = client.get(f"/api/v1/renovations/{number}/files", **asked).json["items"]
    assert {one["id"] for one in listed} & set(there.values()) == {there[kind] for kind in OPENED[role]}
    by_api = {kind: client.get(f"/api/v1/renovations/{number}/files/{one}", **asked) for kind, one in there.items()}
    assert {kind: one.status_code for kind, one in by_api.items()} == by_page


@pytest.mark.sqlite_only
def test_a_copy_from_before_its_paper_had_a_kind_is_no_firms_business(on: Site, renovation: Renovation) -> None:
    old = came_back(renovation)["settlement_sheet"]
    old.kind = Kind.OTHER
    opens = [role for role in OPENED if queries.may_open(old, person(on, role))]
    assert opens == [Role.TOWNSHIP, Role.COUNTY, Role.FINANCE, Role.AUDITOR]


def test_no_office_paper_and_no_settlement_paper_comes_back_as_something_open() -> None:
    settled = {one.scan for one in table().values() if one.stage == "settlement" and one.scan}
    assert settled <= MONEY_KINDS
    for_the_office = {one.scan for one in table().values() if one.office and one.scan}
    assert for_the_office == OFFICE_KINDS | {Kind.DECLARATION, Kind.NOTICE_PHOTO}
    assert [one.kind for one in table().values() if one.scan is Kind.OTHER] == []


def test_firms_without_a_right_to_sums_are_the_supervisors() -> None:
    assert {role for role in FIRM_ROLES if Permission.MONEY_READ not in GRANTS[role]} == {Role.SUPERVISOR}
