"""API tokens: shown once, never more than the account, over when they should be."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import transaction
from app.core.errors import Conflict, DomainError, NotAllowed, NotFound
from app.identity import queries, service, tokens
from app.identity.models import ApiToken, User
from app.identity.rules import MakeToken, Reach, SuspendUser, TokenKind
from app.permissions import GRANTS, SYSTEM, Permission, Role, may
from tests.factories import people


@pytest.fixture
def user(session: Session) -> User:
    return people.make_user(Role.COUNTY, name="李科长")


def make(user: User, **facts: Any) -> str:
    facts = {"name": "财政对接", "kind": TokenKind.USER, "reach": Reach.READ} | facts
    facts.setdefault("expires_on", clock.civil(clock.system()) + timedelta(days=30))
    actor = queries.actor_of(queries.user(user.id))
    with transaction():
        return tokens.make_token(MakeToken(**facts), actor)[1]


def only(session: Session) -> ApiToken:
    session.expire_all()
    return session.scalars(select(ApiToken)).one()


def test_a_token_acts_for_its_owner_within_the_owners_scope(session: Session, user: User) -> None:
    whole = queries.actor_of(queries.user(user.id))
    actor = tokens.actor_from_bearer(f"Bearer {make(user, reach=Reach.ALL)}")
    assert actor is not None
    assert (actor.user_id, actor.name, actor.role) == (user.id, "李科长", Role.COUNTY)
    assert (actor.region_id, actor.region_path) == (whole.region_id, whole.region_path)
    assert {permission for permission in Permission if may(actor, permission)} == GRANTS[Role.COUNTY]


def test_reach_narrows_what_a_token_may_do(session: Session, user: User) -> None:
    reader = tokens.actor_from_bearer(f"bearer {make(user)}")
    chosen = [Permission.SETTLEMENT_PREPARE, Permission.USER_MANAGE]  # the second is not the owner's
    payer = tokens.actor_from_bearer(f"Bearer {make(user, reach=Reach.CHOSEN, permissions=chosen)}")
    assert reader is not None
    assert payer is not None
    assert {one for one in Permission if may(reader, one)} == {
        Permission.RENOVATION_READ,
        Permission.HEALTH_READ,
        Permission.MONEY_READ,
        Permission.FUNDS_READ,
        Permission.PROGRAMME_READ,
        Permission.ORGANISATION_READ,
        Permission.DEPOSIT_READ,
    }
    assert {one for one in Permission if may(payer, one)} == {Permission.SETTLEMENT_PREPARE}


def test_a_permission_that_is_none_any_more_opens_nothing_and_breaks_nothing(session: Session, user: User) -> None:
    bearer = f"Bearer {make(user, reach=Reach.CHOSEN, permissions=[Permission.MONEY_READ])}"
    with transaction():
        session.scalars(select(ApiToken)).one().permissions += " payment_prepare"
    actor = tokens.actor_from_bearer(bearer)
    assert actor is not None
    assert {one for one in Permission if may(actor, one)} == {Permission.MONEY_READ}


def test_an_integration_is_named_in_what_it_does(session: Session, user: User) -> None:
    actor = tokens.actor_from_bearer(f"Bearer {make(user, kind=TokenKind.INTEGRATION)}")
    assert actor is not None
    assert actor.name == "李科长（财政对接）"


def test_the_database_keeps_no_token(session: Session, user: User) -> None:
    whole = make(user)
    row = only(session)
    assert whole.startswith(f"anju_{row.prefix}_")
    secret = whole.split("_", 2)[2]
    assert secret not in " ".join(str(value) for value in session.execute(text("SELECT * FROM api_token")).one())


def test_an_expired_token_opens_nothing_from_the_end_of_its_day(session: Session, user: User) -> None:
    header = f"Bearer {make(user)}"
    row = only(session)
    assert row.expires_at == clock.start_of(clock.civil(clock.system()) + timedelta(days=31))
    row.expires_at = clock.system() + timedelta(minutes=1)
    session.commit()
    assert tokens.actor_from_bearer(header) is not None
    only(session).expires_at = clock.system() - timedelta(seconds=1)
    session.commit()
    assert tokens.actor_from_bearer(header) is None


def test_a_revoked_token_opens_nothing(session: Session, user: User) -> None:
    header, actor = f"Bearer {make(user)}", queries.actor_of(queries.user(user.id))
    with transaction():
        tokens.revoke_token(only(session), actor)
    assert tokens.actor_from_bearer(header) is None
    with transaction(), pytest.raises(Conflict):
        tokens.revoke_token(only(session), actor)


def test_nobody_revokes_another_ones_token(session: Session, user: User) -> None:
    header, other = f"Bearer {make(user)}", people.actor(Role.COUNTY)
    with transaction(), pytest.raises(NotFound):
        tokens.revoke_token(only(session), other)
    assert tokens.actor_from_bearer(header) is not None


@pytest.mark.parametrize("end", ["suspend", "reset"])
def test_suspension_and_reset_end_every_token(session: Session, user: User, end: str) -> None:
    header = f"Bearer {make(user)}"
    with transaction():
        if end == "suspend":
            service.suspend_user(queries.user(user.id), SuspendUser(reason="调离"), SYSTEM)
        else:
            service.reset_password(queries.user(user.id), SYSTEM)
    assert tokens.actor_from_bearer(header) is None
    assert only(session).revoked_at is not None


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer anju_00000000_short", "Basic dXNlcjpwYXNz", "Bearer anju_00000000_" + "a" * 43],
)
def test_other_headers_open_nothing(session: Session, header: str) -> None:
    assert tokens.actor_from_bearer(header) is None


def test_part_of_a_token_opens_nothing(session: Session, user: User) -> None:
    whole = make(user)
    for header in (
        whole,
        f"Bearer {whole}x",
        f"Bearer {whole[:-1]}",
        f"Bearer {whole[:-1]}{'A' if whole[-1] != 'A' else 'B'}",
    ):
        assert tokens.actor_from_bearer(header) is None


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"expires_on": clock.civil(clock.system()) - timedelta(days=1)}, "expires_on"),
        ({"expires_on": clock.civil(clock.system()) + timedelta(days=400)}, "expires_on"),
        ({"reach": Reach.CHOSEN}, "permissions"),
        ({"reach": Reach.CHOSEN, "permissions": [Permission.USER_MANAGE]}, "permissions"),
    ],
)
def test_a_token_that_will_not_do_is_refused_at_its_field(
    session: Session, user: User, facts: dict[str, Any], field: str
) -> None:
    with pytest.raises(DomainError) as error:
        make(user, **facts)
    assert error.value.field == field
    assert session.scalars(select(ApiToken)).all() == []


def test_a_token_makes_no_token(session: Session, user: User) -> None:
    actor = tokens.actor_from_bearer(f"Bearer {make(user, reach=Reach.ALL)}")
    assert actor is not None
    command = MakeToken(name="又一个", kind=TokenKind.USER, reach=Reach.ALL, expires_on=clock.civil(clock.system()))
    with transaction(), pytest.raises(NotAllowed):
        tokens.make_token(command, actor)


def test_use_is_noted_but_not_at_every_call(session: Session, user: User) -> None:
    header = f"Bearer {make(user)}"
    tokens.actor_from_bearer(header)
    first = only(session).last_used_at
    tokens.actor_from_bearer(header)
    assert first is not None
    assert only(session).last_used_at == first


def test_chosen_permissions_are_listed_in_the_database_and_only_then(session: Session, user: User) -> None:
    make(user)
    with pytest.raises(IntegrityError):
        session.execute(text("UPDATE api_token SET permissions = 'user_manage'"))
    session.rollback()
    with pytest.raises(IntegrityError):
        session.execute(text("UPDATE api_token SET reach = 'chosen'"))
    session.rollback()


def test_a_one_time_password_opens_no_api(session: Session, user: User) -> None:
    with transaction():
        service.reset_password(queries.user(user.id), SYSTEM)
    with pytest.raises(NotAllowed) as error:
        make(user)
    assert error.value.message == "请先登录网页，把一次性密码改成自己的密码"
