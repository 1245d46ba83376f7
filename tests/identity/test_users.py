"""Accounts: created for a scope that fits the role, suspended, reset; held by the database too."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit.models import AuditEntry
from app.core.db import transaction
from app.core.errors import Conflict, DomainError, NotAllowed
from app.identity import passwords, queries, service
from app.identity.models import User
from app.identity.rules import CreateUser, NoInput, SuspendUser, UserFacts, UserState
from app.permissions import FIRM_ROLES, SYSTEM, Actor, Role
from app.places.rules import OrganisationKind
from tests.factories import people


def create(actor: Actor = SYSTEM, **facts: Any) -> User:
    facts = {"staff_no": "zhang01", "name": "张三", "role": Role.COUNTY, "password": people.PASSWORD} | facts
    if facts["role"] not in FIRM_ROLES and facts["role"] is not Role.ADMIN:
        facts.setdefault("region_id", people.region(people.COUNTY).id)
    with transaction():
        user_id = service.create_user(CreateUser(**facts), actor).id
    return queries.user(user_id)


def refusal(**facts: Any) -> tuple[str, str]:
    with pytest.raises(DomainError) as error:
        create(**facts)
    return error.value.field, error.value.message


def test_an_account_in_its_scope(session: Session) -> None:
    user = create(staff_no="Zhang.01", phone="+86 138 0000 1111")
    county = people.region(people.COUNTY)
    assert (user.staff_no, user.phone, user.state, user.must_change_password) == (
        "zhang.01",
        "13800001111",
        UserState.ACTIVE,
        False,
    )
    assert passwords.verify(user.password_hash, people.PASSWORD)
    actor = queries.actor_of(user)
    assert actor == Actor(
        user.id, "张三", Role.COUNTY, county.id, county.path, region_level="county", place=county.name
    )


def test_an_administrator_without_region_stands_above_all(session: Session) -> None:
    assert queries.actor_of(create(role=Role.ADMIN)).region_path == "/"
    firm = people.make_firm()
    assert queries.actor_of(create(staff_no="c1", role=Role.CONTRACTOR, organisation_id=firm.id)).region_path == ""


def test_the_telephone_is_encrypted_and_found_by_its_index(session: Session) -> None:
    create(phone="13800001111")
    stored, index = session.execute(text("SELECT phone, phone_index FROM \"user\" WHERE staff_no = 'zhang01'")).one()
    assert b"13800001111" not in bytes(stored)
    assert index == queries.phone_index("+86 138-0000-1111")
    assert index != queries.phone_index("13800001112")


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"role": Role.SYSTEM}, "role"),
        ({"role": Role.TOWNSHIP}, "region_id"),
        ({"role": Role.COUNTY, "region_id": None}, "region_id"),
        ({"role": Role.ASSESSOR}, "organisation_id"),
        ({"password": "short"}, "password"),
        ({"password": "xx-zhang01-xx"}, "password"),
        ({"phone": "123"}, "phone"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(session: Session, facts: dict[str, Any], field: str) -> None:
    assert refusal(**facts)[0] == field
    assert queries.count_users() == 0


def test_a_firms_account_is_of_a_kind_the_firm_does(session: Session) -> None:
    firm = people.make_firm(OrganisationKind.CONTRACTOR, name="甲公司")
    assert refusal(role=Role.SUPERVISOR, organisation_id=firm.id) == (
        "organisation_id",
        "“甲公司”没有登记“监理单位”业务，不能建立该岗位的账号",
    )


def test_staff_number_and_telephone_are_unique_whatever_their_writing(session: Session) -> None:
    create(phone="13800001111")
    assert refusal(staff_no="ZHANG01") == ("staff_no", "工号“zhang01”已被使用，请换一个")
    assert refusal(staff_no="other", phone="138 0000 1111") == ("phone", "手机号已被其他账号使用，请核对")
    create(staff_no="nophone1")
    create(staff_no="nophone2")


def test_an_administrator_of_a_region_stays_within_it(session: Session) -> None:
    county = people.region(people.COUNTY)
    scoped = Actor(1, "县管理员", Role.ADMIN, county.id, county.path)
    township = people.region(people.TOWNSHIP)
    create(scoped, role=Role.TOWNSHIP, region_id=township.id)
    ours, others = people.make_firm(actor=people.actor(Role.COUNTY)), people.make_firm()
    create(scoped, staff_no="firm01", role=Role.CONTRACTOR, organisation_id=ours.id)
    foreign = create(staff_no="firm02", role=Role.CONTRACTOR, organisation_id=others.id)
    for number, facts in enumerate(
        [
            {"role": Role.CITY, "region_id": people.region(people.CITY).id},
            {"role": Role.ADMIN},
            {"role": Role.CONTRACTOR, "organisation_id": others.id},
        ]
    ):
        with pytest.raises(NotAllowed):
            create(scoped, staff_no=f"over{number}", **facts)
    above = create(staff_no="above", role=Role.CITY, region_id=people.region(people.CITY).id)
    for beyond in (above, foreign):
        with transaction(), pytest.raises(NotAllowed):
            service.reset_password(queries.user(beyond.id), scoped)
    everywhere = Actor(2, "总管理员", Role.ADMIN, region_path="/")
    made = [user.staff_no for user in queries.users(everywhere)]
    made_here = [staff_no for staff_no in made if not staff_no.startswith("u")]
    assert made_here == ["above", "firm01", "firm02", "zhang01"]
    assert [user.staff_no for user in queries.users(scoped)] == [one for one in made if one not in ("above", "firm02")]
    assert queries.users(Actor(3, "经办", Role.COUNTY, county.id, county.path)) == []


def test_only_administrators_manage_accounts(session: Session) -> None:
    county = people.actor(Role.COUNTY)
    with pytest.raises(NotAllowed):
        create(county)


def test_suspend_resume_reset_are_on_record(session: Session) -> None:
    user, boss = create(), people.actor(Role.ADMIN)
    with transaction():
        service.suspend_user(queries.user(user.id), SuspendUser(reason="调离"), boss)
    with transaction(), pytest.raises(Conflict):
        service.suspend_user(queries.user(user.id), SuspendUser(reason="调离"), boss)
    with transaction():
        service.resume_user(queries.user(user.id), NoInput(), boss)
    with transaction(), pytest.raises(Conflict):
        service.resume_user(queries.user(user.id), NoInput(), boss)
    with transaction():
        password = service.reset_password(queries.user(user.id), boss)
    with transaction():
        service.change_user(queries.user(user.id), UserFacts(name="张三丰", phone="13800001111"), boss)
    changed = queries.user(user.id)
    assert (changed.state, changed.must_change_password, changed.name) == (UserState.ACTIVE, True, "张三丰")
    assert passwords.verify(changed.password_hash, password)
    assert not passwords.verify(changed.password_hash, people.PASSWORD)
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.chain == f"user:{user.id}").order_by(AuditEntry.id)
    ).all()
    assert [(one.event, one.actor_id) for one in entries] == [
        ("user.created", None),
        ("user.suspended", boss.user_id),
        ("user.resumed", boss.user_id),
        ("user.password_reset", boss.user_id),
        ("user.corrected", boss.user_id),
    ]
    assert entries[4].details == {"fields": ["name", "phone"]}
    assert password not in str([one.details for one in entries])


def test_nobody_suspends_themselves(session: Session) -> None:
    boss = people.actor(Role.ADMIN)
    with transaction(), pytest.raises(Conflict) as error:
        service.suspend_user(queries.user(boss.user_id or 0), SuspendUser(reason="试试"), boss)
    assert error.value.message == "不能停用自己的账号，请由另一位管理员办理"


@pytest.mark.parametrize(
    "change",
    [
        "region_id = NULL",  # a county account without region
        "role = 'contractor'",  # a firm role without firm
        "role = 'system'",
        "role = 'king'",
        "organisation_id = {firm}",  # a region role with firm
        "region_id = NULL, organisation_id = {firm}",
        "state = 'gone'",
        "staff_no = 'taken'",
    ],
)
def test_the_database_holds_role_and_scope_together(session: Session, change: str) -> None:
    create(staff_no="taken")
    firm = people.make_firm()
    user = create()
    with pytest.raises(IntegrityError):
        session.execute(text(f'UPDATE "user" SET {change.format(firm=firm.id)} WHERE id = {user.id}'))
    session.rollback()


def test_the_first_administrator_by_command(session: Session, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANJU_ADMIN_PASSWORD", people.PASSWORD)
    runner = app.test_cli_runner()
    arguments = ["admin", "create", "--staff-no", "Boss", "--name", "管理员"]
    done = runner.invoke(args=arguments)
    assert (done.exit_code, done.stdout) == (0, "管理员已建立：boss\n")
    user = queries.user_by_staff_no("boss")
    assert user is not None
    assert (user.role, user.region_id, user.must_change_password) == (Role.ADMIN, None, False)
    again = runner.invoke(args=arguments)
    assert (again.exit_code, again.stdout, again.stderr) == (1, "", "工号“boss”已被使用，请换一个\n")
    wrong = runner.invoke(args=["admin", "create", "--staff-no", "王", "--name", ""])
    assert wrong.exit_code == 1
    assert wrong.stderr == "姓名的写法不对，请核对\n" or wrong.stderr.count("\n") == 2


def test_accounts_come_page_by_page(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    boss = people.actor(Role.ADMIN)
    numbers = [create(staff_no=f"a{number}").staff_no for number in range(5)]
    monkeypatch.setattr(queries, "PAGE", 2)
    pages, after = [], ""
    while found := queries.users(boss, role=Role.COUNTY, after=after):
        pages.append([user.staff_no for user in found[:2]])
        after = pages[-1][-1]
    assert pages == [numbers[0:2], numbers[2:4], numbers[4:5]]
