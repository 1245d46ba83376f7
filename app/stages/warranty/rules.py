"""The rules of the warranty and what people type; plain Python."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import Field

from ...core.commands import Command, FileRef, Id, LongText
from ...core.enums import Labelled


class ClaimState(Labelled):
    """Where a claim stands. Domain §3."""

    REPORTED = "reported", "待派修"
    ASSIGNED = "assigned", "待维修"
    FIXED = "fixed", "待核实"
    VERIFIED = "verified", "已修好"
    DECLINED = "declined", "不属质保"
    CONTESTED = "contested", "家庭有异议"


OPEN_CLAIMS = frozenset({ClaimState.REPORTED, ClaimState.ASSIGNED, ClaimState.FIXED, ClaimState.CONTESTED})
"""Claims that keep the file from closing."""


class ClaimMove(Labelled):
    """What is done to a claim."""

    ASSIGN = "assign", "派修"
    FIX = "fix", "登记维修"
    VERIFY = "verify", "核实维修"
    DECLINE = "decline", "认定不属质保"
    CONTEST = "contest", "提出异议"
    DECIDE = "decide", "裁定异议"


MOVES: dict[ClaimMove, tuple[frozenset[ClaimState], frozenset[ClaimState]]] = {
    ClaimMove.ASSIGN: (frozenset({ClaimState.REPORTED}), frozenset({ClaimState.ASSIGNED})),
    ClaimMove.FIX: (frozenset({ClaimState.ASSIGNED}), frozenset({ClaimState.FIXED})),
    # not repaired after all: the firm comes again
    ClaimMove.VERIFY: (frozenset({ClaimState.FIXED}), frozenset({ClaimState.VERIFIED, ClaimState.ASSIGNED})),
    ClaimMove.DECLINE: (frozenset({ClaimState.REPORTED, ClaimState.ASSIGNED}), frozenset({ClaimState.DECLINED})),
    ClaimMove.CONTEST: (frozenset({ClaimState.DECLINED}), frozenset({ClaimState.CONTESTED})),
    ClaimMove.DECIDE: (frozenset({ClaimState.CONTESTED}), frozenset({ClaimState.ASSIGNED, ClaimState.DECLINED})),
}
"""Every move of a claim that exists: from where, to where (domain §3)."""

NEXT: dict[ClaimState, ClaimMove] = {
    ClaimState.REPORTED: ClaimMove.ASSIGN,
    ClaimState.ASSIGNED: ClaimMove.FIX,
    ClaimState.FIXED: ClaimMove.VERIFY,
    ClaimState.CONTESTED: ClaimMove.DECIDE,
}
"""What an open claim waits for."""

SECOND_CHANCE = 7
"""Days that a firm has for a repair that did not hold, unless somebody names a later day."""


def due_again(due_on: date | None, today: date, wished: date | None) -> date:
    """By when a repair that did not hold is to be done again: the day wished, else the old one or a week from today."""
    if wished is not None:
        return wished
    soonest = today + timedelta(days=SECOND_CHANCE)
    return soonest if due_on is None else max(due_on, soonest)


class Channel(Labelled):
    """How somebody asked the household."""

    HOME = "home", "上门"
    PHONE = "phone", "电话"


class ReportClaim(Command):
    """Something is broken."""

    line_id: Annotated[Id | None, Field(title="哪个项目", description="说不清的可以不选")] = None
    text: Annotated[str, Field(title="哪里坏了", min_length=1, max_length=1000)]
    reporter: Annotated[str, Field(title="报修人", min_length=1, max_length=80)]
    photos: Annotated[list[FileRef], Field(title="照片", max_length=10)] = []


class AssignClaim(Command):
    """Ask the firm to come."""

    claim_id: Annotated[Id, Field(title="哪一件报修")]
    due_on: Annotated[date, Field(title="要求修好的日期")]
    note: Annotated[str, Field(title="说明", max_length=500)] = ""


class FixClaim(Command):
    """The firm has repaired it."""

    claim_id: Annotated[Id, Field(title="哪一件报修")]
    day: Annotated[date, Field(title="维修日期")]
    text: Annotated[str, Field(title="修了什么", min_length=1, max_length=1000)]
    photos: Annotated[list[FileRef], Field(title="修好后的照片", min_length=1, max_length=10)]


class VerifyClaim(Command):
    """Somebody asked the household whether it works again."""

    claim_id: Annotated[Id, Field(title="哪一件报修")]
    is_good: Annotated[bool, Field(title="家庭确认已修好")]
    due_on: Annotated[
        date | None, Field(title="再次修好的日期", description="没修好时填写；不填为原定日期，最少再给 7 天")
    ] = None
    note: Annotated[str, Field(title="核实情况", min_length=1, max_length=500)]


class DeclineClaim(Command):
    """It is not the warranty's."""

    claim_id: Annotated[Id, Field(title="哪一件报修")]
    reason: Annotated[str, Field(title="不属质保的原因", min_length=1, max_length=1000)]


class ContestClaim(Command):
    """The household does not agree."""

    claim_id: Annotated[Id, Field(title="哪一件报修")]
    reason: Annotated[str, Field(title="家庭的意见", min_length=1, max_length=1000)]


class DecideContest(Command):
    """The county decides."""

    claim_id: Annotated[Id, Field(title="哪一件报修")]
    is_upheld: Annotated[bool, Field(title="支持家庭，由施工单位维修")]
    due_on: Annotated[date | None, Field(title="要求修好的日期", description="支持家庭时填写")] = None
    reason: Annotated[str, Field(title="理由", min_length=1, max_length=1000)]


class RecordVisit(Command):
    """A visit or a call during the warranty: still there, in use, content?"""

    day: Annotated[date, Field(title="回访日期")]
    channel: Annotated[Channel, Field(title="方式")]
    is_in_place: Annotated[bool, Field(title="设施都还在")] = False
    is_in_use: Annotated[bool, Field(title="本人在用")] = False
    rating: Annotated[int, Field(title="满意度（1—5 分）", ge=1, le=5)]
    paid: Annotated[str, Field(title="家庭说自己付了多少钱", max_length=40)] = ""
    text: Annotated[LongText, Field(title="家庭的话")] = ""


class Close(Command):
    """The warranty is over; the file is archived."""

    note: Annotated[LongText, Field(title="归档说明")] = ""
