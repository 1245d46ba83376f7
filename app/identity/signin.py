"""Signing in, with the lock-out, and the person's own new password.

These two open their units of work themselves: an attempt is written before the password is looked at, so that a
refused or killed one counts too, and the slow hash runs while no lock is held.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from ..audit.service import record
from ..core import clock
from ..core.crypto import blind_index
from ..core.db import db, transaction
from ..core.errors import DomainError, NotAllowed, RuleViolation
from ..permissions import SYSTEM, Actor
from . import passwords, queries, second_factor, sessions
from .models import SignInAttempt, User
from .rules import (
    ACCOUNT_FREE,
    ACCOUNT_WINDOW,
    ADDRESS_FREE,
    ADDRESS_WINDOW,
    ChangePassword,
    SecondCode,
    SignIn,
    SignInOutcome,
    UserState,
    locked_until,
    normal_phone,
    normal_staff_no,
    password_problem,
)

WRONG = "账号或密码不对，请核对后重试；忘记密码请联系管理员重置"


class TooMany(DomainError):
    """Too many failures: wait."""

    status = 429
    title = "请稍后再试"


class SecondFactorNeeded(DomainError):
    """The password is right, and the account wants a code from its owner's authenticator app."""

    title = "还需要验证码"

    def __init__(self, user_id: int, attempt_id: int) -> None:
        super().__init__("该账号开启了两步验证，请在网页登录；程序请使用网页上新建的接口令牌")
        self.user_id = user_id
        self.attempt_id = attempt_id


@dataclass(frozen=True, slots=True)
class _Attempt:
    id: int
    user_id: int | None
    password_hash: str | None


def sign_in(command: SignIn, address: str) -> str:
    """Check account and password; answers the key of the new session. All unknown accounts answer alike.

    Raises TooMany (locked, says until when), RuleViolation (wrong), NotAllowed (suspended, said only to who knows
    the password), SecondFactorNeeded (then `finish`).
    """
    attempt = _begin(queries.user_to_sign_in(command.account), command.account, address)
    fits = passwords.verify(attempt.password_hash, command.password)
    with transaction():
        user = queries.user(attempt.user_id) if fits and attempt.user_id is not None else None
        outcome = _outcome(user)
        if user is not None and user.totp_secret is not None and outcome is SignInOutcome.DONE:
            raise SecondFactorNeeded(user.id, attempt.id)  # and the attempt stays refused until the code is right
        key = _conclude([attempt.id], user, outcome, attempt, address)
    if outcome is SignInOutcome.SUSPENDED:
        raise NotAllowed("该账号已停用，请联系管理员")
    if key is None:
        raise RuleViolation(WRONG, "password")
    return key


def finish(command: SecondCode, user_id: int, attempt_id: int, address: str) -> str:
    """The second step: check the code; answers the key of the new session. Wrong codes count as failures.

    Raises TooMany, RuleViolation (wrong or used code), NotAllowed (suspended meanwhile).
    """
    user = queries.user(user_id)
    attempt = _begin(user, user.staff_no, address)
    with transaction():
        user = queries.user(user_id)
        if user.state is not UserState.ACTIVE:
            raise NotAllowed("该账号已停用，请联系管理员")
        if not second_factor.fits(user, command.code, clock.system()):
            raise RuleViolation(second_factor.WRONG_CODE, "code")
        key = _conclude([attempt_id, attempt.id], user, SignInOutcome.DONE, attempt, address)
    return key or ""


def _conclude(
    attempts: list[int], user: User | None, outcome: SignInOutcome, attempt: _Attempt, address: str
) -> str | None:
    """Write how it ended; the key of the new session when it ended well."""
    for attempt_id in attempts:
        _row(attempt_id).outcome = outcome
    # refused ones go to one chain, whether the account exists or not, so that both take the same time
    chain = f"user:{user.id}" if user else "sign-in"
    who = queries.actor_of(user) if user else SYSTEM
    record(chain, "sign_in", who, {"user": attempt.user_id, "outcome": outcome.value})
    if user is None or outcome is not SignInOutcome.DONE:
        return None
    user.last_sign_in_at = clock.system()
    return sessions.begin(user, address)


def change_password(command: ChangePassword, user_id: int, address: str) -> str:
    """Set the person's own new password and end all sessions; answers the key of a new one for this browser.

    Raises RuleViolation (current wrong, new too weak, not repeated), TooMany (guessed too often).
    """
    user = queries.user(user_id)
    if command.new != command.repeated:
        raise RuleViolation("两次输入的新密码不一样，请重新输入", "repeated")
    problem = password_problem(command.new, _personal(user))
    if problem is None and command.new == command.current:
        problem = "新密码与现在的密码相同，请换一个"
    if problem is not None:
        raise RuleViolation(problem, "new")
    attempt = _begin(user, user.staff_no, address)
    if not passwords.verify(attempt.password_hash, command.current):
        raise RuleViolation("现在的密码不对，请重新输入", "current")
    hashed = passwords.hash_password(command.new)
    with transaction():
        user = queries.user(user_id)
        _row(attempt.id).outcome = SignInOutcome.DONE
        user.password_hash, user.must_change_password = hashed, False
        sessions.end_all(user.id, "修改密码")
        record(f"user:{user.id}", "user.password_changed", queries.actor_of(user), {})
        return sessions.begin(user, address)


def unlock(user: User, address: str) -> None:
    """Forget the failures of an account, inside the caller's unit of work; for an administrator's reset."""
    db.session.add(_new_attempt(_account_index(user, ""), address, user.id, SignInOutcome.RESET))


def sign_out(session_id: int, actor: Actor) -> None:
    """End this session; opens its own unit of work."""
    with transaction():
        sessions.end(session_id, "退出登录")
        record(f"user:{actor.user_id}", "sign_out", actor)


def _begin(user: User | None, account: str, address: str) -> _Attempt:
    """Write the attempt as refused for now. Raises TooMany when account or address is locked."""
    index = _account_index(user, account)
    attempt_of = _Attempt(0, user.id if user else None, user.password_hash if user else None)
    with transaction():
        _one_at_a_time()
        until = _locked(index, address)
        outcome = SignInOutcome.REFUSED if until is None else SignInOutcome.LOCKED
        row = _new_attempt(index, address, attempt_of.user_id, outcome)
        db.session.add(row)
        db.session.flush()
        attempt = _Attempt(row.id, attempt_of.user_id, attempt_of.password_hash)
    if until is not None:
        at = clock.local(until + timedelta(minutes=1))  # said in whole minutes, so never too early
        raise TooMany(f"登录失败次数太多，请在 {at:%H:%M} 以后再试，或联系管理员重置密码", "account")
    return attempt


def _one_at_a_time() -> None:
    """Attempts made at the same moment must see each other, or the lock-out counts none of them."""
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(text("LOCK TABLE sign_in_attempt IN SHARE ROW EXCLUSIVE MODE"))


def _locked(index: str, address: str) -> datetime | None:
    at = clock.system()
    waits = [
        locked_until(queries.failures_of_account(index, at - ACCOUNT_WINDOW), ACCOUNT_FREE),
        locked_until(queries.failures_of_address(address, at - ADDRESS_WINDOW), ADDRESS_FREE),
    ]
    return max((until for until in waits if until is not None and until > at), default=None)


def _account_index(user: User | None, account: str) -> str:
    """One key for an account, whether staff number or telephone was typed; for unknown ones what was typed."""
    return blind_index("sign_in.account", f"user:{user.id}" if user else normal_staff_no(account))


def _new_attempt(index: str, address: str, user_id: int | None, outcome: SignInOutcome) -> SignInAttempt:
    return SignInAttempt(at=clock.system(), account_index=index, address=address[:45], user_id=user_id, outcome=outcome)


def _row(attempt_id: int) -> SignInAttempt:
    return db.session.get_one(SignInAttempt, attempt_id)


def _outcome(user: User | None) -> SignInOutcome:
    if user is None:
        return SignInOutcome.REFUSED
    return SignInOutcome.DONE if user.state is UserState.ACTIVE else SignInOutcome.SUSPENDED


def _personal(user: User) -> list[str]:
    return [user.staff_no, normal_phone(user.phone or "")]
