"""Inputs and rules from the review to the confirmation: return, notice, objection, confirm, reject, recheck. Plain Python."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from ...core.commands import Command, FileRef, Id, LongText
from ...core.enums import Labelled
from ...core.errors import DomainError, RuleViolation
from ...core.workdays import Calendar

LATEST_START = 30
"""A notice starts at most so many days from now: later is a slip of the finger."""


class Section(Labelled):
    """The part of the application that must be corrected."""

    PEOPLE = "people", "申请人和受益人"
    HARDSHIP = "hardship", "困难身份与自理能力"
    DWELLING = "dwelling", "住房"
    HISTORY = "history", "以往的补贴"
    CONSENT = "consent", "申请意愿与承诺"
    PAPERS = "papers", "证明材料"
    OTHER = "other", "其他"


class PhotoDay(Labelled):
    """Which day of the notice a photo proves."""

    FIRST = "first", "首日"
    LAST = "last", "末日"


class EntryEnd(Labelled):
    """How a household left a notice."""

    PASSED = "passed", "期满"
    WITHDRAWN = "withdrawn", "撤下调查"
    REJECTED = "rejected", "异议成立"


class Channel(Labelled):
    """How an objection came in."""

    PHONE = "phone", "电话"
    VISIT = "visit", "来访"
    LETTER = "letter", "来信"
    ONLINE = "online", "网络"
    OTHER = "other", "其他"


class ObjectionState(Labelled):
    """Where an objection stands."""

    OPEN = "open", "待处理"
    INVESTIGATING = "investigating", "调查中"
    DISMISSED = "dismissed", "不成立"
    UPHELD = "upheld", "成立"


UNRESOLVED = frozenset({ObjectionState.OPEN, ObjectionState.INVESTIGATING})


class RecheckState(Labelled):
    """Where a recheck stands."""

    REQUESTED = "requested", "待复核"
    GRANTED = "granted", "同意复核"
    REFUSED = "refused", "维持原决定"


class ReturnReason(Command):
    """One thing to correct."""

    section: Annotated[Section, Field(title="需要补正的部分")]
    reason: Annotated[str, Field(title="问题和要求", min_length=2, max_length=300)]


class Return(Command):
    """Send the application back for correction."""

    reasons: Annotated[list[ReturnReason], Field(title="补正内容", min_length=1, max_length=20)]
    note: Annotated[str, Field(title="补充说明", max_length=500)] = ""


class Forward(Command):
    """The first review is passed; the household goes on a public notice."""

    starts_on: Annotated[date, Field(title="公示起始日", description="同一天起始的家庭合并在一份公示里")]
    places: Annotated[list[Annotated[str, Field(max_length=60)]], Field(title="张贴地点", max_length=10)] = []
    other_place: Annotated[str, Field(title="其他张贴地点", max_length=60)] = ""
    poster: Annotated[str, Field(title="张贴人", min_length=1, max_length=40)]
    note: Annotated[LongText, Field(title="初审意见")] = ""


class Wait(Command):
    """Put a household on the waiting list: it is eligible, and no place is left for it."""

    note: Annotated[str, Field(title="说明", max_length=500)] = ""


class ProveNotice(Command):
    """A photo that the notice hung on its first or last day."""

    day: Annotated[PhotoDay, Field(title="哪一天的照片")]
    photo: Annotated[FileRef, Field(title="公示照片", description="要看得清公示内容和张贴位置")]
    taken_on: Annotated[date, Field(title="拍摄日期")]
    explanation: Annotated[str, Field(title="说明", description="不是当天拍的，写明原因", max_length=300)] = ""


class RecordObjection(Command):
    """An objection as it came in; the objector may stay unnamed."""

    received_on: Annotated[date, Field(title="收到日期")]
    channel: Annotated[Channel, Field(title="反映方式")]
    content: Annotated[str, Field(title="反映内容", min_length=4, max_length=2000)]
    objector: Annotated[str, Field(title="反映人", description="不愿留名的不填", max_length=40)] = ""
    objector_phone: Annotated[str, Field(title="联系电话", max_length=30)] = ""


class AnswerObjection(Command):
    """What was found and what the objector was told."""

    objection: Annotated[Id, Field(title="异议")]
    reply: Annotated[str, Field(title="处理结果和答复", min_length=4, max_length=2000)]


class UpholdObjection(Command):
    """An objection is right: the household gets no renovation."""

    objection: Annotated[Id, Field(title="异议")]
    clauses: Annotated[list[str], Field(title="不符合的条件", min_length=1, max_length=20)]
    reply: Annotated[str, Field(title="给反映人的答复", min_length=4, max_length=2000)]
    letter: Annotated[str, Field(title="给申请人的告知书", min_length=10, max_length=4000)]


class EndNotice(Command):
    """The period is over."""


class SendBack(Command):
    """Back to the township to check again."""

    reason: Annotated[str, Field(title="退回原因", min_length=4, max_length=2000)]


class Confirm(Command):
    """The household is confirmed."""

    meeting: Annotated[str, Field(title="会议或文号", description="例如 2026 年第 3 次局长办公会", max_length=120)] = ""
    note: Annotated[str, Field(title="意见", max_length=500)] = ""


class Reject(Command):
    """The household gets no renovation, with clause, reason and letter."""

    clauses: Annotated[list[str], Field(title="不符合的条件", min_length=1, max_length=20)]
    reason: Annotated[str, Field(title="原因", min_length=4, max_length=2000)]
    letter: Annotated[str, Field(title="给申请人的告知书", min_length=10, max_length=4000)]


class RequestRecheck(Command):
    """The household asks that the rejection be looked at again."""

    requested_on: Annotated[date, Field(title="申请复核日期")]
    grounds: Annotated[str, Field(title="复核理由", min_length=4, max_length=2000)]
    paper: Annotated[FileRef | None, Field(title="复核申请书或新的证明")] = None


class DecideRecheck(Command):
    """The answer to a recheck."""

    reply: Annotated[str, Field(title="复核意见", min_length=4, max_length=2000)]


DayKind = Literal["working", "calendar"]


def last_day(start: date, days: int, kind: DayKind, calendar: Calendar) -> date:
    """The last day of a notice that goes up on `start`: so many working (or calendar) days after that day (重庆2020 §五(二))."""
    return calendar.add(start, days) if kind == "working" else start + timedelta(days=days)


def is_over(ends_on: date, today: date) -> bool:
    """True from the day after the last one."""
    return today > ends_on


def start_problem(starts_on: date, today: date) -> DomainError | None:
    """Why a notice cannot start on that day: a notice is not put up in the past."""
    if starts_on < today:
        return RuleViolation("公示起始日不能早于今天。", "starts_on")
    if starts_on > today + timedelta(days=LATEST_START):
        return RuleViolation(f"公示起始日最晚为 {LATEST_START} 天内，请核对年份和月份。", "starts_on")
    return None


def posted_at(chosen: Sequence[str], other: str) -> list[str]:
    """The places of a notice, each once, in the order given."""
    return list(dict.fromkeys(place for place in (*chosen, other) if place))


def public_name(name: str) -> str:
    """张**: the surname's first character and two stars, whatever the length, so that the length tells nothing."""
    return (name[0] if len(name) > 1 else "") + "**"


def public_id(id_number: str) -> str:
    """The first six digits of an ID number, which name a county and no person, and stars (domain §4)."""
    return id_number[:6] + "****"


def photo_problems(command: ProveNotice, starts_on: date, ends_on: date, today: date) -> list[DomainError]:
    """What is wrong with a proof photo's day: before the notice, in the future, or late without a word why."""
    if command.taken_on > today:
        return [RuleViolation("拍摄日期不能晚于今天。", "taken_on")]
    if command.taken_on < starts_on:
        return [RuleViolation(f"公示 {starts_on.isoformat()} 才开始，拍摄日期不能更早。", "taken_on")]
    wanted = starts_on if command.day is PhotoDay.FIRST else ends_on
    if command.taken_on != wanted and not command.explanation:
        return [RuleViolation(f"{command.day.label}是 {wanted.isoformat()}，不是当天拍的，请写明原因。", "explanation")]
    return []


def slip_text(reasons: Sequence[ReturnReason], note: str = "") -> str:
    """The reasons of a return in one text, section by section."""
    lines = [f"{reason.section.label}：{reason.reason}" for reason in reasons]
    return "\n".join([*lines, *([note] if note else [])])


def letter_text(
    name: str, programme: str, clauses: Sequence[dict[str, Any]], office: str, phone: str, township: str
) -> str:
    """The letter to a rejected household: clause, reason, and the way to a recheck (domain §3)."""
    grounds = "\n".join(
        f"{c['id']} {c['title']}（{c['source']}）：{c['reason'].removeprefix('不符合：')}" for c in clauses
    )
    return (
        f"{name}：\n您申请的“{programme}”已经审查，决定不予改造。\n"
        f"没有达到的条件：\n{grounds}\n"
        f"您对这个决定有不同意见，或者情况有变化、有新的证明，可以申请复核：带上本告知书和有关证明，到{township}"
        f"或{office}提出，由没有参加这次审查的人员重新审查。咨询电话：{phone}。"
    )
