"""What roles demand, passwords, the lock-out's arithmetic: plain rules."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.identity.rules import (
    ACCOUNT_FREE,
    READ_PERMISSIONS,
    Reach,
    locked_until,
    normal_phone,
    normal_staff_no,
    password_problem,
    permissions_of,
    scope_problem,
)
from app.permissions import FIRM_ROLES, GRANTS, MAY_BE_GIVEN, Office, Permission, Role
from app.places.rules import Level

NOW = datetime(2026, 5, 1, 1, tzinfo=UTC)

FITTING = {
    Role.TOWNSHIP: {Level.TOWNSHIP},
    Role.COUNTY: {Level.COUNTY},
    Role.FEDERATION: {Level.COUNTY},
    Role.FINANCE: {Level.COUNTY},
    Role.CITY: {Level.PREFECTURE, Level.PROVINCE},
    Role.AUDITOR: set(Level) - {Level.VILLAGE},
    Role.ADMIN: {None, *Level},
}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("level", [None, *Level])
@pytest.mark.parametrize("has_firm", [False, True])
def test_a_role_fits_its_scope_and_no_other(role: Role, level: Level | None, has_firm: bool) -> None:
    fits = has_firm and level is None if role in FIRM_ROLES else not has_firm and level in FITTING.get(role, set())
    assert (scope_problem(role, level, has_firm) is None) == fits


def test_what_is_wrong_with_a_scope_is_said_at_its_field() -> None:
    assert scope_problem(Role.TOWNSHIP, Level.COUNTY, False) == (
        "region_id",
        "“乡镇（街道）经办”的辖区应为乡镇（街道），现选的是区县级",
    )
    assert scope_problem(Role.COUNTY, None, False, Office.FEDERATION) == ("region_id", "请选择“县级残联”账号的辖区")
    assert scope_problem(Role.CITY, Level.VILLAGE, False) == (
        "region_id",
        "“市／省级民政”的辖区应为省级或市（州）级，现选的是村（社区）",
    )
    assert scope_problem(Role.SUPERVISOR, None, False) == ("organisation_id", "“监理”账号归单位，请选择所属单位")


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("short-1", "密码至少 10 位，可以用几个词连成一句"),
        ("x" * 129, "密码太长，最多 128 位"),
        ("aaaaabbbbb", "密码里重复的字符太多，请换一个"),
        ("MyPassword2026", "密码太常见，容易被猜到，请换一个"),
        ("hello-WANG01-yes", "密码里不要含工号或手机号"),
        ("xx13800001111xx", "密码里不要含工号或手机号"),
        ("清溪镇的桂花开了真香啊", None),
        ("correct-horse-battery", None),
    ],
)
def test_weak_passwords_are_refused_with_the_reason(password: str, problem: str | None) -> None:
    assert password_problem(password, ["wang01", "13800001111", ""]) == problem


def test_nobody_waits_before_the_fifth_failure_and_waits_double_up_to_an_hour() -> None:
    waits = []
    for number in range(1, 14):
        until = locked_until([NOW - timedelta(seconds=second) for second in range(number)], ACCOUNT_FREE)
        waits.append(None if until is None else int((until - NOW).total_seconds() / 60))
    assert waits == [None] * 4 + [1, 2, 4, 8, 16, 32, 60, 60, 60]


@given(st.lists(st.integers(0, 80_000), min_size=1, max_size=40))
def test_one_more_failure_never_shortens_the_wait(seconds: list[int]) -> None:
    failures = [NOW - timedelta(seconds=second) for second in seconds]
    before, after = locked_until(failures, ACCOUNT_FREE), locked_until([*failures, NOW], ACCOUNT_FREE)
    assert before is None or (after is not None and after >= before)


def test_the_same_number_however_it_is_written() -> None:
    assert {normal_phone(text) for text in ("13800001111", "+86 138 0000 1111", "138-0000-1111")} == {"13800001111"}
    assert normal_phone("023-60000001") == "02360000001"
    assert normal_staff_no(" Wang.01 ") == "wang.01"


@pytest.mark.parametrize("role", list(Role))
def test_a_token_never_carries_more_than_the_role(role: Role) -> None:
    given = {task for task, roles in MAY_BE_GIVEN.items() if role in roles}
    assert permissions_of(role, Reach.ALL, []) == GRANTS[role] | given
    assert permissions_of(role, Reach.CHOSEN, list(Permission)) == GRANTS[role]
    assert permissions_of(role, Reach.CHOSEN, []) == frozenset()
    assert permissions_of(role, Reach.READ, list(Permission)) == GRANTS[role] & READ_PERMISSIONS


def test_reading_reveals_and_changes_nothing() -> None:
    assert {
        Permission.RENOVATION_READ,
        Permission.HEALTH_READ,
        Permission.MONEY_READ,
        Permission.FUNDS_READ,
        Permission.PROGRAMME_READ,
        Permission.AUDIT_READ,
        Permission.ORGANISATION_READ,
        Permission.DEPOSIT_READ,
    } == READ_PERMISSIONS
