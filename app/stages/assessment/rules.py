"""The rules of the assessment: what is typed, what follows from it, what must hold. Plain Python; domain §3, §4 E3."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated

from pydantic import Field

from ...core.commands import Command, FileRef, Id, LongText, Quantity
from ...core.errors import DomainError, RuleViolation
from ...programme.policy import Programme
from .ability import CircumstanceInput, IndicatorInput, LevelInput, YesNo, check_ability

ADDED = "added"
"""Source of an item that the assessors added themselves."""


class AssignAssessor(Command):
    """The county has a firm assess the household, under a procurement record in force."""

    procurement_record_id: Annotated[
        Id, Field(title="评估机构（采购包号）", description="只列出准入且采购合同在有效期内的评估机构")
    ]
    note: Annotated[str, Field(title="委托说明", max_length=500)] = ""


class ScheduleVisit(Command):
    """The day of the visit, as announced to the household."""

    planned_on: Annotated[date, Field(title="入户日期")]
    time_of_day: Annotated[str, Field(title="时间", max_length=20, description="例如 上午 9:30")] = ""
    note: Annotated[str, Field(title="与家庭约定的事项", max_length=500)] = ""


class MeasureInput(Command):
    """One measurement in a room."""

    name: Annotated[str, Field(title="测量项", min_length=1, max_length=40)]
    value: Annotated[Quantity | None, Field(title="数值")] = None
    unit: Annotated[str, Field(title="单位", max_length=10)] = ""


class RoomInput(Command):
    """What was found in one room. A room without hazard, figure, photo or remark was not looked at."""

    room: Annotated[str, Field(title="房间", min_length=1, max_length=40)]
    photos: Annotated[list[FileRef], Field(title="照片", max_length=12)] = []
    hazards: Annotated[list[str], Field(title="隐患", max_length=30)] = []
    measures: Annotated[list[MeasureInput], Field(title="测量", max_length=20)] = []
    remark: Annotated[str, Field(title="说明", max_length=500)] = ""

    @property
    def is_blank(self) -> bool:
        """True when nothing was found, measured, taken or written."""
        return not (self.photos or self.hazards or self.remark or any(one.value is not None for one in self.measures))


class RecordVisit(Command):
    """What the assessors saw in the home; how many they are the programme says."""

    visited_on: Annotated[date, Field(title="入户日期")]
    qualification: Annotated[
        str, Field(title="本人资质", min_length=1, max_length=120, description="例如 中级社会工作师")
    ]
    second_assessor: Annotated[
        Id | None, Field(title="另一名评估员", description="同一评估机构的另一人，须由其本人登录后签字")
    ] = None
    second_qualification: Annotated[str, Field(title="另一名评估员资质", max_length=120)] = ""
    third_assessor: Annotated[
        Id | None, Field(title="第三名评估员", description="同一评估机构的第三人，须由其本人登录后签字")
    ] = None
    third_qualification: Annotated[str, Field(title="第三名评估员资质", max_length=120)] = ""
    informant: Annotated[str, Field(title="在场家属或监护人", max_length=80)] = ""
    indicators: Annotated[list[IndicatorInput], Field(title="能力评估", max_length=600)] = []
    circumstances: Annotated[list[CircumstanceInput], Field(title="另外要问的", max_length=100)] = []
    levels: Annotated[list[LevelInput], Field(title="评估员定级", max_length=20)] = []
    safe: Annotated[YesNo, Field(title="住房结构安全")]
    renovatable: Annotated[YesNo, Field(title="具备改造条件")]
    must_move_out: Annotated[YesNo, Field(title="施工期间需要暂时迁出")]
    can_stay_elsewhere: Annotated[YesNo | None, Field(title="能自行在他处过渡", description="需要迁出时填写")] = None
    rooms: Annotated[list[RoomInput], Field(title="房间", max_length=30)] = []
    wish: Annotated[LongText, Field(title="本人的意愿")] = ""
    remark: Annotated[LongText, Field(title="其他情况")] = ""
    signature: Annotated[FileRef | None, Field(title="本人签字")] = None


class SuggestionEdit(Command):
    """Whether one suggested item is kept; with an item that was not proposed, an addition."""

    item: Annotated[int, Field(title="项目", ge=1, le=999)]
    keep: Annotated[YesNo, Field(title="是否保留")] = YesNo.YES
    reason: Annotated[str, Field(title="理由", max_length=500, description="不保留和新增的项目要写理由")] = ""


class ReviewSuggestions(Command):
    """The assessors go through what the table proposed: keep, drop, add."""

    suggestions: Annotated[list[SuggestionEdit], Field(title="建议项目", max_length=200)] = []


class SignVisit(Command):
    """An assessor signs the visit with an account of his own."""

    confirmed: Annotated[bool, Field(title="我参加了这次入户评估，以上记录与所见一致")] = False
    signature: Annotated[FileRef | None, Field(title="本人签字")] = None


class CompleteAssessment(Command):
    """The signed assessment is handed in."""

    note: Annotated[str, Field(title="说明", max_length=500)] = ""


class FindUnfit(Command):
    """The home cannot be made over; the household is told why."""

    ground: Annotated[str, Field(title="不具备改造条件的理由", min_length=1, max_length=1000)]
    paper: Annotated[FileRef | None, Field(title="依据材料")] = None


@dataclass
class Proposal:
    """An item that findings speak for."""

    item_no: int
    reasons: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    rooms: list[str] = field(default_factory=list)

    @property
    def reason(self) -> str:
        """All reasons in one sentence, at most 500 characters."""
        return "；".join(self.reasons)[:500]

    @property
    def source(self) -> str:
        """All rules, at most 200 characters."""
        return ",".join(self.sources)[:200]


def propose(programme: Programme, hazards: Mapping[str, str], failed: Iterable[str]) -> list[Proposal]:
    """Items from the programme's table, in catalogue order, each with its reasons.

    `hazards` are hazard keys with the room they were found in, `failed` the indicators that were not met.
    """
    found: dict[int, Proposal] = {}
    for rule in programme.suggestions(set(hazards), set(failed)):
        for number in rule.items:
            proposal = found.setdefault(number, Proposal(number))
            source = f"hazard:{rule.hazard}" if rule.hazard else f"indicator:{rule.indicator}"
            room = hazards.get(rule.hazard or "", "")
            for values, value in ((proposal.reasons, rule.reason), (proposal.sources, source), (proposal.rooms, room)):
                if value and value not in values:
                    values.append(value)
    return [found[number] for number in sorted(found)]


def split_measure(text: str) -> tuple[str, str]:
    """Name and unit of a measure as the programme writes it: 门净宽（cm） → 门净宽, cm."""
    match = re.fullmatch(r"(.+?)\s*[（(]([^（()）]+)[)）]", text)
    return (match[1], match[2]) if match else (text, "")


def check_visit(
    programme: Programme, command: RecordVisit, today: date, recognised: Collection[int], persons: int
) -> list[DomainError]:
    """Everything that is wrong with a record of a visit, each at its field. `recognised` persons need not be asked."""
    problems: list[DomainError] = []
    if command.visited_on > today:
        problems.append(RuleViolation("入户日期不能晚于今天，请填实际入户的日期。", "visited_on"))
    if command.must_move_out.is_yes and command.can_stay_elsewhere is None:
        problems.append(RuleViolation("需要暂时迁出时，请写明家庭能否自行在他处过渡。", "can_stay_elsewhere"))
    problems += check_ability(
        programme.instrument, command.indicators, command.circumstances, command.levels, recognised, persons
    )
    problems += _check_rooms(programme, command.rooms)
    return problems


def _check_rooms(programme: Programme, rooms: Sequence[RoomInput]) -> list[DomainError]:
    names = {room.key: room.name for room in programme.data.room}
    pictured = {room.key for room in programme.data.room if room.measures}  # carried things are no place to picture
    problems: list[DomainError] = []
    seen: set[str] = set()
    for index, room in enumerate(rooms):
        name = names.get(room.room)
        if name is None:
            problems.append(RuleViolation(f"评估表中没有“{room.room}”这个房间。", f"rooms-{index}-room"))
            continue
        if room.room in seen:
            problems.append(RuleViolation(f"“{name}”填了两次，请合在一起。", f"rooms-{index}-room"))
        seen.add(room.room)
        known = {hazard.key for hazard in programme.hazards_of(room.room)}
        if set(room.hazards) - known:
            problems.append(RuleViolation(f"“{name}”的隐患请从给出的选项中选择。", f"rooms-{index}-hazards"))
        if not room.is_blank and not room.photos and room.room in pictured:
            problems.append(RuleViolation(f"请给“{name}”至少拍一张照片。", f"rooms-{index}-photos"))
    if all(room.is_blank for room in rooms):
        problems.append(
            RuleViolation("请至少查看一个房间，拍照并记下隐患和尺寸。", "rooms-0-photos" if rooms else "rooms")
        )
    return problems
