"""The second factor: six digits from an authenticator app (RFC 6238, SHA-1, 30 seconds), switched on by its owner."""

import hmac
from base64 import b32decode
from datetime import datetime
from secrets import choice

import segno

from ..audit.service import record
from ..core import clock
from ..core.errors import Conflict, RuleViolation
from ..permissions import Actor
from . import queries
from .models import User
from .rules import DisableSecondFactor, EnableSecondFactor

STEP = 30
"""Seconds that a code lives; one step before and after are accepted, because telephones' clocks differ."""

WRONG_CODE = "验证码不对，请填验证器上现在显示的 6 位数字；手机时间不准时请先校准"


def new_secret() -> str:
    """A secret of 160 bits, in base 32 as authenticator apps take it."""
    return "".join(choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(32))


def step_at(instant: datetime) -> int:
    """The number of the step in which an instant lies."""
    return int(instant.timestamp()) // STEP


def code(secret: str, step: int) -> str:
    """The six digits of a step."""
    mac = hmac.digest(b32decode(secret), step.to_bytes(8, "big"), "sha1")
    offset = mac[-1] & 15
    return f"{(int.from_bytes(mac[offset : offset + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"


def matching_step(secret: str, typed: str, at: datetime) -> int | None:
    """The step whose code was typed, among the one now and its two neighbours; None when it is none of them."""
    now = step_at(at)
    return next((step for step in (now, now - 1, now + 1) if hmac.compare_digest(code(secret, step), typed)), None)


def fits(user: User, typed: str, at: datetime) -> bool:
    """True when the code opens the account now. Each code opens once: none up to that of the last sign-in does."""
    if user.totp_secret is None:
        return False
    step = matching_step(user.totp_secret, typed, at)
    return step is not None and (user.last_sign_in_at is None or step > step_at(user.last_sign_in_at))


def picture(user: User, secret: str) -> str:
    """The QR code that authenticator apps read, as the address of an image."""
    address = f"otpauth://totp/Anju:{user.staff_no}?secret={secret}&issuer=Anju"
    return str(segno.make(address, error="m").svg_data_uri(scale=5, border=2))


def enable(command: EnableSecondFactor, actor: Actor) -> None:
    """Switch the second factor on once the app shows the right code. Raises Conflict, RuleViolation (code)."""
    user = queries.user(actor.user_id or 0)
    if user.totp_secret is not None:
        raise Conflict("两步验证已经开启，请刷新页面")
    if matching_step(command.secret, command.code, clock.system()) is None:
        raise RuleViolation(WRONG_CODE, "code")
    user.totp_secret = command.secret
    record(f"user:{user.id}", "user.second_factor_on", actor)


def disable(command: DisableSecondFactor, actor: Actor) -> None:
    """Switch it off, with a code of the app. Raises Conflict, RuleViolation (code)."""
    user = queries.user(actor.user_id or 0)
    if user.totp_secret is None:
        raise Conflict("两步验证没有开启，请刷新页面")
    if matching_step(user.totp_secret, command.code, clock.system()) is None:
        raise RuleViolation(WRONG_CODE, "code")
    user.totp_secret = None
    record(f"user:{user.id}", "user.second_factor_off", actor)
