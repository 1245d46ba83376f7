"""Inputs and rules of remarks, to-dos and telephone calls. Plain Python."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, NamedTuple

from pydantic import Field

from ...core.commands import Command, Id
from ...core.enums import Labelled

_AT = re.compile(r"[@＠]")
_HAN = re.compile(r"[\u3400-\u9fff]+")


class ToDoKind(Labelled):
    """What a to-do asks for."""

    CALL = "call", "打电话"
    VISIT = "visit", "上门看看"
    PAPERS = "papers", "补齐材料"
    CHECK = "check", "核对情况"
    REMIND = "remind", "催办"
    OTHER = "other", "其他"


class Outcome(Labelled):
    """How a to-do is closed."""

    DONE = "done", "办完了"
    DROPPED = "dropped", "不用做了"


class CallResult(Labelled):
    """How a telephone call ended."""

    REACHED = "reached", "已说清"
    AGAIN = "again", "约了再打"
    NO_ANSWER = "no_answer", "无人接听"
    WRONG = "wrong", "号码不对"


class Called(Labelled):
    """Who was called."""

    APPLICANT = "applicant", "申请人本人"
    FAMILY = "family", "家属或监护人"
    VILLAGE = "village", "村（社区）"
    FIRM = "firm", "评估、施工或监理单位"
    OTHER = "other", "其他"


class Proposal(NamedTuple):
    """The to-do that usually follows: its kind, within how many working days, and what it says."""

    kind: ToDoKind
    days: int
    text: str


NEXT: Mapping[ToDoKind, Proposal] = {
    ToDoKind.CALL: Proposal(ToDoKind.VISIT, 3, "按电话里约好的时间上门"),
    ToDoKind.VISIT: Proposal(ToDoKind.PAPERS, 2, "把上门看到的情况补进档案"),
    ToDoKind.PAPERS: Proposal(ToDoKind.CHECK, 2, "核对补来的材料"),
    ToDoKind.REMIND: Proposal(ToDoKind.CHECK, 2, "看催办有没有结果"),
}
"""What is proposed when a to-do is done; kinds that are missing propose nothing."""


class PlanToDo(Command):
    """Something to be done on a file, by a day, by somebody who sees it."""

    kind: Annotated[ToDoKind, Field(title="类型")]
    text: Annotated[str, Field(title="做什么", min_length=1, max_length=200, description="请不要写证件号、电话和病情")]
    due_on: Annotated[date, Field(title="到期日")]
    assignee: Annotated[Id | None, Field(title="谁来做", description="留空就是本人")] = None


class CloseToDo(Command):
    """It is done, or not needed any more; what usually comes next is then proposed."""

    to_do: Annotated[Id, Field(title="待办")]
    outcome: Annotated[Outcome, Field(title="办得怎么样")] = Outcome.DONE
    result: Annotated[str, Field(title="结果或原因", max_length=200, description="不用做了的，请写明原因")] = ""


class LogCall(Command):
    """A telephone call about the file; first what has to be chosen, then what is mostly filled in already."""

    called: Annotated[Called, Field(title="打给谁")]
    result: Annotated[CallResult, Field(title="结果")]
    note: Annotated[str, Field(title="说了什么", max_length=500, description="请不要写证件号和病情")] = ""
    name: Annotated[str, Field(title="接电话的人", max_length=40)] = ""
    number: Annotated[
        str,
        Field(
            title="号码",
            max_length=30,
            pattern=r"^[0-9+() -]*$",
            description="留空表示档案里登记的电话；保存后只显示前三位和后四位",
        ),
    ] = ""
    on: Annotated[date, Field(title="日期")]
    time: Annotated[
        str, Field(title="时间", pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="24 小时制，例如 09:30")
    ]
    follow_up: Annotated[date | None, Field(title="哪天再打", description="填了就记成本人的一件待办")] = None


class Person(NamedTuple):
    """Somebody who can be mentioned."""

    id: int
    name: str
    staff_no: str


def handles(people: Sequence[Person]) -> dict[str, int]:
    """What is written after @ → whom it means: the name, with the staff number where several have the same name."""
    names = [one.name for one in people]
    return {
        one.name if names.count(one.name) == 1 else f"{one.name}（{one.staff_no}）": one.id
        for one in people
    }  # fmt: skip


def mentioned(text: str, people: Sequence[Person]) -> tuple[list[int], list[str]]:
    """The people whom a text mentions, each once, and a sentence for every @ that means nobody or several people.

    The longest name wins, so that 张三丰 is not 张三; an @ before anything but Chinese is an e-mail address.
    """
    known = handles(people)
    longest_first = sorted(known, key=len, reverse=True)
    found: dict[int, None] = {}
    problems = []
    for match in _AT.finditer(text):
        rest = text[match.end() :]
        handle = next((one for one in longest_first if rest.startswith(one)), None)
        if handle is not None:
            found[known[handle]] = None
            continue
        several = [one for one in people if one.name and rest.startswith(one.name)]
        if several:
            choices = "、".join(f"@{one.name}（{one.staff_no}）" for one in several)
            problems.append(f"叫“{several[0].name}”的不止一位，请写明是哪一位：{choices}。")
        elif word := _HAN.match(rest):
            problems.append(f"能看到这份档案的人里没有“{word[0][:4]}”，请核对 @ 后面的姓名，或去掉 @。")
    return list(found), problems
