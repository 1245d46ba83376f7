"""The demo county's regions, accounts in every role, and firms; all through the services."""

from functools import cache
from itertools import count
from pathlib import Path

from app.core.db import transaction
from app.identity import passwords, queries
from app.identity.models import User
from app.identity.rules import CreateUser
from app.identity.service import create_user
from app.permissions import FIRM_ROLES, SYSTEM, Actor, Role
from app.places import regions, service
from app.places.models import Organisation, Region
from app.places.queries import count_regions, organisation, region_by_code
from app.places.rules import USCC_ALPHABET, OrganisationKind, RegisterOrganisation

ROOT = Path(__file__).resolve().parents[2]
CSV = ROOT / "catalog" / "regions" / "demo-county.csv"
CITY, COUNTY, TOWNSHIP, VILLAGE = "500000", "500299", "500299101", "500299101001"
OTHER_TOWNSHIP = "500299102"
PASSWORD = "yi-ge-hao-mima-7391"
"""The password of every account made here."""

_numbers = count(1)
_REGION_OF = {Role.TOWNSHIP: TOWNSHIP, Role.CITY: CITY, Role.AUDITOR: COUNTY}


@cache
def password_hash() -> str:
    """One hash for all: thirty milliseconds each would be most of a test's time."""
    return passwords.hash_password(PASSWORD)


def plant_regions() -> None:
    """The demo county's tree, committed."""
    with transaction():
        regions.import_regions(CSV.read_text("utf-8"), SYSTEM)


def region(code: str) -> Region:
    """A region of the demo county, which is planted when it is not there yet."""
    if count_regions() == 0:
        plant_regions()
    return region_by_code(code)


def make_uscc(number: int) -> str:
    """A made-up unified social credit code with a right check character."""
    body = f"91500299MA{number:07d}"
    total = sum(USCC_ALPHABET.index(one) * pow(3, place, 31) for place, one in enumerate(body))
    return body + USCC_ALPHABET[-total % 31]


def make_firm(*kinds: OrganisationKind, name: str = "", actor: Actor = SYSTEM) -> Organisation:
    """An admitted firm of these kinds (a contractor when none is named), committed."""
    number = next(_numbers)
    command = RegisterOrganisation(
        name=name or f"示例单位{number}",
        uscc=make_uscc(number),
        kinds=list(kinds) or [OrganisationKind.CONTRACTOR],
        reason="2026 年政府采购入围",
    )
    with transaction():
        firm_id = service.register_organisation(command, actor).id
    return organisation(firm_id)


def make_user(role: Role, code: str | None = None, firm: Organisation | None = None, **facts: str) -> User:
    """An account of that role, committed: at `code`, or the demo county's usual place; firm roles at `firm`."""
    number = next(_numbers)
    code = code or (None if role in FIRM_ROLES or role is Role.ADMIN else _REGION_OF.get(role, COUNTY))
    if role in FIRM_ROLES and firm is None:
        firm = make_firm(OrganisationKind(role.value))
    command = CreateUser(
        staff_no=facts.get("staff_no", f"u{number:04d}"),
        name=facts.get("name", f"{role.label}{number}"),
        phone=facts.get("phone", ""),
        role=role,
        region_id=region(code).id if code else None,
        organisation_id=firm.id if firm else None,
    )
    with transaction():
        user_id = create_user(command, SYSTEM, password_hash=password_hash()).id
    return queries.user(user_id)


def actor(role: Role, code: str | None = None, firm: Organisation | None = None) -> Actor:
    """An actor with an account of that role."""
    return queries.actor_of(make_user(role, code, firm))
