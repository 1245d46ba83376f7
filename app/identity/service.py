"""Use cases of accounts: create, correct, suspend, reset. Callers open the unit of work. Domain §2."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ..audit.service import record
from ..core import clock
from ..core.db import db
from ..core.errors import Conflict, NotAllowed, RuleViolation, RuleViolations
from ..permissions import Actor, Office, Permission, Role, may
from ..places import queries as places
from ..places.models import Organisation, Region
from ..places.rules import OrganisationKind
from . import passwords, queries, sessions, signin, tokens
from .models import User
from .rules import (
    CreateUser,
    NoInput,
    SuspendUser,
    UserFacts,
    UserState,
    normal_phone,
    normal_staff_no,
    password_problem,
    scope_problem,
)


def create_user(
    command: CreateUser, actor: Actor, must_change_password: bool = False, password_hash: str | None = None
) -> User:
    """Create an account. Without password nobody can sign in to it until an administrator resets it.

    `password_hash`: a hash made beforehand, for many accounts with one password. Raises NotAllowed (scope),
    RuleViolations (role and scope, password, telephone), Conflict (staff number or telephone in use).
    """
    region = places.region(command.region_id) if command.region_id is not None else None
    firm = places.organisation(command.organisation_id) if command.organisation_id is not None else None
    _check_scope(command, region, firm)
    _check_may(actor, region, firm)
    _check_password(command)
    user = User(
        staff_no=normal_staff_no(command.staff_no),
        role=command.role,
        office=command.office,
        region_id=command.region_id,
        organisation_id=command.organisation_id,
        state=UserState.ACTIVE,
        must_change_password=must_change_password,
        password_hash=password_hash or passwords.hash_password(command.password or passwords.one_time()),
        created_at=clock.now(),
    )
    if db.session.scalar(select(User.id).where(User.staff_no == user.staff_no)) is not None:
        raise Conflict(f"工号“{user.staff_no}”已被使用，请换一个", "staff_no")
    _set_facts(user, command)
    db.session.add(user)
    _flush()
    details: dict[str, str | int | None] = {
        "staff_no": user.staff_no,
        "role": user.role.value,
        "region": region.code if region else None,
    }
    details |= {"organisation": user.organisation_id, "office": user.office.value}
    record(_chain(user), "user.created", actor, details)
    return user


def change_user(user: User, command: UserFacts, actor: Actor) -> None:
    """Correct name and telephone. Role and scope never change: suspend the account and make a new one."""
    check_manages(user, actor)
    changed = [name for name in ("name", "phone") if (getattr(user, name) or "") != getattr(command, name)]
    _set_facts(user, command)
    _flush()
    if changed:
        record(_chain(user), "user.corrected", actor, {"fields": changed})


def suspend_user(user: User, command: SuspendUser, actor: Actor) -> None:
    """Let nobody sign in to the account any more; its sessions and tokens end now. Raises Conflict."""
    check_manages(user, actor)
    if user.id == actor.user_id:
        raise Conflict("不能停用自己的账号，请由另一位管理员办理")
    if user.state is UserState.SUSPENDED:
        raise Conflict("该账号已经停用，请刷新后查看")
    user.state = UserState.SUSPENDED
    sessions.end_all(user.id, "账号停用")
    tokens.revoke_all(user.id)
    record(_chain(user), "user.suspended", actor, {"reason": command.reason})


def resume_user(user: User, _command: NoInput, actor: Actor) -> None:
    """Let the account sign in again. Raises Conflict."""
    check_manages(user, actor)
    if user.state is UserState.ACTIVE:
        raise Conflict("该账号已在使用中，请刷新后查看")
    user.state = UserState.ACTIVE
    record(_chain(user), "user.resumed", actor, {})


def reset_password(user: User, actor: Actor, address: str = "") -> str:
    """A one-time password, told once and changed at the next sign-in.

    Ends sessions, tokens, a lock-out and the second factor, since who asks may have lost the telephone.
    """
    check_manages(user, actor)
    password = passwords.one_time()
    user.password_hash, user.must_change_password = passwords.hash_password(password), True
    user.totp_secret = None
    sessions.end_all(user.id, "重置密码")
    tokens.revoke_all(user.id)
    signin.unlock(user, address)
    record(_chain(user), "user.password_reset", actor, {})
    return password


def manages(user: User, actor: Actor) -> bool:
    """True when the actor administers the account: its region, or that of its firm, lies in the scope's subtree.

    `user` with region, organisation and its region.
    """
    home = user.organisation.region if user.organisation is not None else user.region
    return may(actor, Permission.USER_MANAGE) and _covers(actor, home)


def check_manages(user: User, actor: Actor) -> None:
    """Raise NotAllowed unless the actor administers the account."""
    if not manages(user, actor):
        raise NotAllowed("该账号不在您的管理范围内，请联系上级管理员")


def _chain(user: User) -> str:
    return f"user:{user.id}"


def _covers(actor: Actor, home: Region | None) -> bool:
    """True when a region lies in the actor's scope; what has none belongs to who stands above all regions."""
    return bool(actor.region_path) and (home.path if home is not None else "/").startswith(actor.region_path)


def _check_may(actor: Actor, region: Region | None, firm: Organisation | None) -> None:
    if not may(actor, Permission.USER_MANAGE):
        raise NotAllowed("您没有管理用户的权限，请联系管理员")
    if firm is not None and not _covers(actor, firm.region):
        raise NotAllowed("该单位由其他地区登记，请由登记地的管理员建立账号", "organisation_id")
    if firm is None and not _covers(actor, region):
        raise NotAllowed("只能为本辖区建立账号，请选择本辖区内的区划", "region_id")


def _check_scope(command: CreateUser, region: Region | None, firm: Organisation | None) -> None:
    problem = scope_problem(command.role, region.level if region else None, firm is not None, command.office)
    if problem is not None:
        raise RuleViolation(problem[1], problem[0])
    if command.office is not Office.CIVIL_AFFAIRS and command.role is not Role.COUNTY:
        raise RuleViolation(f"只有县级主管部门的账号选{command.office.label}，其他岗位请选民政局", "office")
    if firm is not None:
        kind = OrganisationKind(command.role.value)
        if kind not in firm.kinds:
            raise RuleViolation(f"“{firm.name}”没有登记“{kind.label}”业务，不能建立该岗位的账号", "organisation_id")


def _check_password(command: CreateUser) -> None:
    if command.password is not None:
        problem = password_problem(command.password, [command.staff_no, normal_phone(command.phone)])
        if problem is not None:
            raise RuleViolation(problem, "password")


def _set_facts(user: User, command: UserFacts) -> None:
    digits = normal_phone(command.phone)
    if command.phone and not 7 <= len(digits) <= 15:
        raise RuleViolations([RuleViolation("手机号位数不对，请核对", "phone")])
    user.name = command.name
    user.phone = digits or None
    user.phone_index = queries.phone_index(digits)


def _flush() -> None:
    try:
        db.session.flush()
    except IntegrityError as error:
        taken = "phone" if "phone_index" in str(error.orig) else "staff_no"
        raise Conflict(
            "手机号已被其他账号使用，请核对" if taken == "phone" else "工号已被使用，请换一个", taken
        ) from error
