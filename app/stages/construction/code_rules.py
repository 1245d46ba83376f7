"""The rules of the purchase code (申购优惠码) and what people type; plain Python. Variants §1B."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated

from pydantic import Field

from ...core import spoken
from ...core.commands import Command
from ...core.enums import Labelled
from ...core.errors import RuleViolation

LENGTH = 12
"""Eleven random characters and their check: more than 10^16 codes, so that nobody hits one by trying."""

ISSUED, RENEWED = "下发申购优惠码", "换发申购优惠码"
"""What the timeline calls it; by the end of these words the letters know it."""


class CodeEnd(Labelled):
    """What became of a code."""

    REDEEMED = "redeemed", "已凭码接单"
    EXPIRED = "expired", "已过期，另行换发"
    REPLACED = "replaced", "已换发"
    FILE_ENDED = "file_ended", "这一户不再改造"


class RenewCode(Command):
    """The household gets another code; the one before no longer holds."""

    reason: Annotated[
        str,
        Field(
            title="为什么换发",
            min_length=2,
            max_length=200,
            description="例如：通知单遗失、码已过期、码被别人知道了；请不要写姓名和电话",
        ),
    ]


class EnterCode(Command):
    """A firm types the code that the household has given to it."""

    code: Annotated[
        str,
        Field(
            title="优惠码",
            min_length=1,
            max_length=40,
            description="家庭的“申购优惠码通知单”上的 12 位字母和数字，大小写、横线和空格都不要紧",
        ),
    ]


def read(typed: str) -> str:
    """The code that was typed; raises RuleViolation for a slip of the hand, which says nothing of any code."""
    code = spoken.normal(typed)
    if len(code) != LENGTH:
        raise RuleViolation(f"优惠码是 {LENGTH} 位，您输入了 {len(code)} 位，请对照通知单再输一遍。", "code")
    if not spoken.is_right(code):
        raise RuleViolation("有一位输错了，请对照通知单再输一遍。码里没有数字 0、1 和字母 O、I、L。", "code")
    return code


def last_day(today: date, days: int, working: Callable[[date, int], date] | None) -> date:
    """The last day on which a code of today holds; `working` counts working days, None for those of the calendar."""
    return working(today, days) if working else today + timedelta(days=days)
