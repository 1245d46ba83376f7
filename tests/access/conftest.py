"""A file in one township and everybody who might want to open it: each role in the file's scope and beside it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from functools import partial

import pytest
from flask import Flask

from app.core import clock
from app.core.db import db, transaction
from app.demo import county
from app.demo.people import household
from app.demo.story import Story
from app.identity import queries as people
from app.identity.models import User
from app.identity.rules import CreateUser, MakeToken, Reach, TokenKind
from app.identity.service import create_user
from app.identity.tokens import make_token
from app.lifecycle import Status
from app.permissions import FIRM_ROLES, SYSTEM, Office, Role
from app.places import regions
from app.places.queries import region_by_code
from app.places.rules import OrganisationKind, RegisterOrganisation
from app.places.service import register_organisation
from tests.conftest import TEMPLATE, _create_app
from tests.factories.people import make_uscc
from tests.support.databases import Databases, dispose

NEIGHBOUR = """code,name,level,parent_code,gb_code,valid_from,valid_to
510000,邻省（示例）,province,,,,
510199,邻县（示例）,county,510000,,,
510199001,邻镇（示例）,township,510199,,,
"""
OWN = {
    Role.TOWNSHIP: "town2", Role.COUNTY: "county1", Role.FEDERATION: "fed1", Role.FINANCE: "fin1",
    Role.ASSESSOR: "assess1", Role.CONTRACTOR: "build1", Role.SUPERVISOR: "super1", Role.CITY: "city1",
    Role.AUDITOR: "audit1", Role.ADMIN: "admin",
}  # fmt: skip


class Scope(Enum):
    """Where somebody stands who wants to open the file: where it is, elsewhere, in the county's other office."""

    OWN = "own"
    OTHER = "other"
    OFFICE = "office"


EVERYBODY = [(role, scope) for role in OWN for scope in (Scope.OWN, Scope.OTHER)] + [(Role.COUNTY, Scope.OFFICE)]


@dataclass
class World:
    """The application, the file, and everybody's accounts and tokens."""

    app: Flask
    number: str
    name: str
    attachment_id: int
    notice_id: int
    users: dict[tuple[Role, Scope], int] = field(default_factory=dict)
    tokens: dict[tuple[Role, Scope], str] = field(default_factory=dict)

    def user(self, role: Role, scope: Scope = Scope.OWN) -> User:
        """The account of a role."""
        return db.session.get_one(User, self.users[role, scope])


@pytest.fixture(scope="module")
def world(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A file that is being built in, with papers of every kind so far, and all accounts."""
    name, url = databases.copy(TEMPLATE)
    app = _create_app(url, tmp_path_factory.mktemp("files"))
    with app.app_context():
        day = date(2026, 3, 2)
        with clock.fixed(day):
            county.build(day)
            story = Story(household(1, 3, day, "500299101", [("500299101001", "青松村")]))
            for wait in story.life(Status.BUILDING):
                day += timedelta(days=wait)
                clock.use(partial(morning, day))
                if story.number and story.file().status is Status.REVIEWED:
                    county_due(day)
        world = _world(app, story)
        yield world
        db.session.remove()
        clock.use(clock.system)
    dispose(app)
    databases.drop(name)


def morning(day: date) -> datetime:
    """Ten o'clock of a day in Shanghai."""
    return clock.start_of(day) + timedelta(hours=10)


def county_due(day: date) -> None:
    """What falls due by itself."""
    from app.jobs.schedule import run_due  # noqa: PLC0415 — registers its work with the application

    run_due(day)


def _world(app: Flask, story: Story) -> World:
    from app.renovation.queries import attachments  # noqa: PLC0415
    from app.stages.application.notice_models import NoticeEntry  # noqa: PLC0415

    renovation = story.file()
    notice = db.session.query(NoticeEntry).filter_by(renovation_id=renovation.id).first()
    assert notice is not None
    photo = next(one for one in attachments(renovation) if one.kind.value == "before")
    world = World(app, story.number, story.known.people[0].name, photo.id, notice.notice_id)
    with transaction():
        regions.import_regions(NEIGHBOUR, SYSTEM)
        firm = register_organisation(
            RegisterOrganisation(
                name="邻县工程队（示例）", uscc=make_uscc(77), kinds=list(OrganisationKind), reason="示例"
            ),
            SYSTEM,
        )
        for role, scope in EVERYBODY:
            world.users[role, scope] = _own(role) if scope is Scope.OWN else _other(role, scope, firm.id)
        for somebody, user_id in world.users.items():
            actor = people.actor_of(people.user(user_id))
            expires = clock.civil(clock.system()) + timedelta(days=30)
            wish = MakeToken(name="测试", kind=TokenKind.USER, reach=Reach.ALL, permissions=[], expires_on=expires)
            world.tokens[somebody] = make_token(wish, actor)[1]
    return world


def _own(role: Role) -> int:
    user = people.user_by_staff_no(OWN[role])
    assert user is not None
    return user.id


def _other(role: Role, scope: Scope, firm_id: int) -> int:
    codes = {Role.TOWNSHIP: "500299102", Role.CITY: "510000", Role.ADMIN: ""}
    code = "500299" if scope is Scope.OFFICE else codes.get(role, "510199")
    command = CreateUser(
        staff_no=f"x-{role.value}-{scope.value}",
        name=f"邻{role.label}",
        role=role,
        office=Office.FEDERATION if scope is Scope.OFFICE else Office.CIVIL_AFFAIRS,
        region_id=None if role in FIRM_ROLES or not code else region_by_code(code).id,
        organisation_id=firm_id if role in FIRM_ROLES else None,
    )
    return create_user(command, SYSTEM, password_hash="x").id
