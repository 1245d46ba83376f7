"""The firm's filing before the contract: what people type, and until when the contract is signed. Plain Python.

Variants §1B (宁波海曙 2024): for each household the firm files its papers, the office audits, then the contract is signed.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated

from pydantic import Field

from ...core.commands import Command, FileRef, Text
from ...core.enums import Labelled
from ...core.errors import RuleViolation


class FilingState(Labelled):
    """Where a filing stands. The first two are in force: a file has at most one of them."""

    FILED = "filed", "待审核"
    APPROVED = "approved", "审核通过"
    RETURNED = "returned", "已退回"
    ENDED = "ended", "已失效"


IN_FORCE = frozenset({FilingState.FILED, FilingState.APPROVED})


class AuditResult(Labelled):
    """What comes of an audit."""

    APPROVE = "approve", "通过"
    RETURN = "return", "退回补正"


class FiledPaper(Command):
    """One paper of those that the programme asks for, on one or several pictures."""

    name: Annotated[str, Field(title="材料", min_length=1, max_length=40)]
    files: Annotated[list[FileRef], Field(title="文件", max_length=10)] = []


class SubmitFiling(Command):
    """The firm files the household: its papers, and what it undertakes."""

    papers: Annotated[list[FiledPaper], Field(title="材料", max_length=20)] = []
    undertaker: Annotated[
        str, Field(title="承诺人", min_length=1, max_length=80, description="本单位在承诺书上签字的人")
    ]
    undertakes: Annotated[bool, Field(title="承诺材料真实、按方案施工，审核通过以前不签合同、不进场")] = False
    note: Annotated[Text, Field(title="说明")] = ""


class WithdrawFiling(Command):
    """The firm takes its filing back."""

    reason: Annotated[
        str, Field(title="为什么撤回", min_length=1, max_length=200, description="例如：材料传错、家庭改主意")
    ]


class AuditFiling(Command):
    """The office approves the filing, or returns it with the reason."""

    result: Annotated[AuditResult, Field(title="审核结果")]
    reason: Annotated[
        str, Field(title="退回原因", max_length=500, description="退回时必须填写：缺什么、怎样补；审核通过的不用填")
    ] = ""


def last_day(filed_on: date, days: int, working: bool, add: Callable[[date, int], date]) -> date:
    """The last day on which the contract is signed after a filing; `add` counts working days."""
    return add(filed_on, days) if working else filed_on + timedelta(days=days)


def check_signed_on(signed_on: date, filed_on: date, approved_on: date, contract_by: date) -> RuleViolation | None:
    """The contract is signed after the filing was approved and before its time is over; None when it is."""
    if approved_on <= signed_on <= contract_by:
        return None
    told = f"签订日期 {signed_on} 不对：备案 {filed_on} 提交、{approved_on} 审核通过，合同要在 {approved_on} 至 {contract_by} 签。"
    remedy = (
        "审核通过以前不能签，请改成实际签订的日期。"
        if signed_on < approved_on
        else "已经过了这个期限的，请重新备案后再签。"
    )
    return RuleViolation(told + remedy, "signed_on")
