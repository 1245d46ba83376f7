"""Accounts: what a role demands, passwords, the lock-out's arithmetic, and the inputs. Plain Python."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated

from pydantic import Field

from ..core.commands import Command, Id
from ..core.enums import Labelled
from ..core.workdays import DayKind
from ..permissions import FIRM_ROLES, GRANTS, Office, Permission, Role, post, reach_of
from ..places.rules import Level


class UserState(Labelled):
    """Whether an account may sign in. Accounts are never deleted: what they did stays theirs."""

    ACTIVE = "active", "在用"
    SUSPENDED = "suspended", "停用"


class TokenKind(Labelled):
    """Whose program uses a token: the person's own, or another system."""

    USER = "user", "本人使用"
    INTEGRATION = "integration", "系统对接"


class Reach(Labelled):
    """How much of the account's permissions a token carries."""

    READ = "read", "只读"
    ALL = "all", "与本人相同"
    CHOSEN = "chosen", "只限所选权限"


class SignInOutcome(Labelled):
    """How an attempt to sign in ended."""

    REFUSED = "refused", "账号或密码不对"
    LOCKED = "locked", "锁定期内"
    SUSPENDED = "suspended", "账号已停用"
    DONE = "done", "登录成功"
    RESET = "reset", "管理员重置密码"


SCOPE_LEVELS: dict[Role, frozenset[Level]] = {
    Role.TOWNSHIP: frozenset({Level.TOWNSHIP}),
    Role.COUNTY: frozenset({Level.COUNTY}),
    Role.FEDERATION: frozenset({Level.COUNTY}),
    Role.FINANCE: frozenset({Level.COUNTY}),
    Role.CITY: frozenset({Level.PREFECTURE, Level.PROVINCE}),
    Role.AUDITOR: frozenset(Level) - {Level.VILLAGE},
}
"""Roles whose accounts stand for a region, and its possible levels. Domain §2."""

ACCOUNT_ROLES = tuple(role for role in Role if role is not Role.SYSTEM)
"""Roles that an account can have; the system itself has none."""

READ_PERMISSIONS = frozenset(permission for permission in Permission if permission.value.endswith("_read"))
"""What a read-only token may do, as far as its owner may."""

MIN_PASSWORD = 10
_COMMON = ("password", "12345678", "87654321", "11111111", "qwertyui", "anju1234", "abcd1234", "88888888")


def scope_problem(
    role: Role, level: Level | None, has_organisation: bool, office: Office = Office.CIVIL_AFFAIRS
) -> tuple[str, str] | None:
    """What is wrong with an account's scope for its role, as (field, sentence); None when it fits. Domain §2."""
    if role is Role.SYSTEM:
        return "role", "“系统”不是人员岗位，请另选岗位"
    if role in FIRM_ROLES:
        if level is not None:
            return "region_id", f"“{role.label}”账号归单位，不选辖区"
        return None if has_organisation else ("organisation_id", f"“{role.label}”账号归单位，请选择所属单位")
    if has_organisation:
        return "organisation_id", f"“{role.label}”账号归辖区，不选单位"
    if role is Role.ADMIN:
        return None
    if level is None:
        return "region_id", f"请选择“{post(role, office)}”账号的辖区"
    if level not in SCOPE_LEVELS[role]:
        wanted = "或".join(known.label for known in Level if known in SCOPE_LEVELS[role])
        return "region_id", f"“{post(role, office)}”的辖区应为{wanted}，现选的是{level.label}"
    return None


def password_problem(password: str, personal: Sequence[str] = ()) -> str | None:
    """Why a password is too weak, None when it will do. `personal`: staff number, telephone and the like."""
    if len(password) < MIN_PASSWORD:
        return f"密码至少 {MIN_PASSWORD} 位，可以用几个词连成一句"
    if len(password) > 128:
        return "密码太长，最多 128 位"
    if len(set(password)) < 5:
        return "密码里重复的字符太多，请换一个"
    lower = password.lower()
    if any(common in lower for common in _COMMON):
        return "密码太常见，容易被猜到，请换一个"
    if any(len(part) >= 4 and part.lower() in lower for part in personal):
        return "密码里不要含工号或手机号"
    return None


def normal_phone(text: str) -> str:
    """A telephone number as it is stored and looked up: digits only, without the country's prefix."""
    digits = re.sub(r"\D", "", text)
    return digits[2:] if len(digits) == 13 and digits.startswith("86") else digits


def normal_staff_no(text: str) -> str:
    """A staff number as it is stored and looked up: capitals do not matter."""
    return text.strip().lower()


ACCOUNT_FREE, ADDRESS_FREE = 5, 30
"""Failures that cost nothing: a person mistypes; one address may be a whole office behind one line."""
ACCOUNT_WINDOW, ADDRESS_WINDOW = timedelta(hours=24), timedelta(hours=1)
LONGEST_WAIT = timedelta(hours=1)


def locked_until(failures: Sequence[datetime], free: int) -> datetime | None:
    """Until when nobody may try again: from the `free`-th failure on one minute, doubling, at most an hour.

    `failures` are the failed attempts since the last success within the window, in any order.
    """
    if len(failures) < free:
        return None
    wait = timedelta(minutes=2 ** min(len(failures) - free, 6))
    return max(failures) + min(wait, LONGEST_WAIT)


def permissions_of(role: Role, reach: Reach, chosen: Sequence[Permission]) -> frozenset[Permission]:
    """What a token may do at most; the role's own grants narrow it again at every use."""
    if reach is Reach.READ:
        return GRANTS[role] & READ_PERMISSIONS
    return reach_of(role) if reach is Reach.ALL else GRANTS[role] & frozenset(chosen)


class SignIn(Command):
    """Staff number or telephone, and the password."""

    account: Annotated[str, Field(title="工号或手机号", min_length=1, max_length=64)]
    password: Annotated[str, Field(title="密码", min_length=1, max_length=200)]


_Code = Annotated[
    str, Field(title="验证码", pattern=r"^[0-9]{6}$", description="手机验证器上显示的 6 位数字，每 30 秒换一次")
]


class SecondCode(Command):
    """The second step of signing in."""

    code: _Code


class EnableSecondFactor(Command):
    """The secret that the page showed, and the code that proves that the app has it."""

    secret: Annotated[str, Field(title="密钥", pattern=r"^[A-Z2-7]{32}$")]
    code: _Code


class DisableSecondFactor(Command):
    """A code, so that an unattended browser cannot switch it off."""

    code: _Code


class ChangePassword(Command):
    """The person's own new password."""

    current: Annotated[str, Field(title="现在的密码", min_length=1, max_length=200)]
    new: Annotated[
        str,
        Field(title="新密码", min_length=1, max_length=200, description=f"至少 {MIN_PASSWORD} 位，不含工号或手机号"),
    ]
    repeated: Annotated[str, Field(title="再输一遍新密码", min_length=1, max_length=200)]


class UserFacts(Command):
    """Name and telephone of the person."""

    name: Annotated[str, Field(title="姓名", min_length=1, max_length=40)]
    phone: Annotated[
        str, Field(title="手机号", max_length=20, pattern=r"^[0-9+ \-]*$", description="可用来登录；加密保存")
    ] = ""


class CreateUser(UserFacts):
    """A new account. Without `password` a one-time password is made, shown once, and changed at the first sign-in."""

    staff_no: Annotated[
        str,
        Field(title="工号", min_length=2, max_length=32, pattern=r"^[0-9A-Za-z._\-]+$", description="登录用，不能重复"),
    ]
    role: Annotated[Role, Field(title="岗位")]
    office: Annotated[
        Office,
        Field(
            title="县级牵头单位",
            description="民政局、残联各办自己牵头的项目，互不看对方的档案；残联为民政的项目核验残疾证等，另建“残联”岗位的账号",
        ),
    ] = Office.CIVIL_AFFAIRS
    region_id: Annotated[Id | None, Field(title="辖区", description="政府部门的账号选择辖区")] = None
    organisation_id: Annotated[Id | None, Field(title="所属单位", description="评估、施工、监理账号选择单位")] = None
    password: Annotated[str | None, Field(title="密码", max_length=200)] = None


class SuspendUser(Command):
    """An account may no longer sign in."""

    reason: Annotated[str, Field(title="停用原因", min_length=1, max_length=200)]


class NoInput(Command):
    """Nothing to fill in: the button says it all."""


class MakeToken(Command):
    """A token for a program that calls the API in the person's name."""

    name: Annotated[str, Field(title="用途", min_length=1, max_length=60, description="例如：与财政系统对接")]
    kind: Annotated[TokenKind, Field(title="使用者")]
    reach: Annotated[Reach, Field(title="权限范围")]
    permissions: Annotated[list[Permission], Field(title="所选权限", default_factory=list)]
    expires_on: Annotated[date, Field(title="有效期至", description="最长一年")]


class SetHoliday(Command):
    """One day off, or one make-up working day."""

    day: Annotated[date, Field(title="日期")]
    kind: Annotated[DayKind, Field(title="类别")]
    name: Annotated[str, Field(title="名称", min_length=1, max_length=40, description="例如：春节、春节调休")]
    source: Annotated[str, Field(title="依据", min_length=1, max_length=100, description="通知的文号")]
    provisional: Annotated[bool, Field(title="暂定（当年的正式安排尚未公布）")] = False
