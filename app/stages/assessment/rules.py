"""The rules of the assessment: what is typed, what follows from it, what must hold. Plain Python; domain §3, §4 E3."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from ...core.commands import Command, FileRef, Id, LongText, Quantity
from ...core.enums import Labelled
from ...core.errors import DomainError, RuleViolation
from ...programme.policy import Programme


class YesNo(Labelled):
    """An answer that must be given: an unticked box would say no without anybody having looked."""

    YES = "yes", "是"
    NO = "no", "否"

    @property
    def is_yes(self) -> bool:
        """The answer as truth."""
        return self is YesNo.YES


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


class IndicatorInput(Command):
    """The answer to one self-care indicator for one old person of the household."""

    person: Annotated[int, Field(title="老人序号", ge=1, le=20)] = 1
    indicator: Annotated[str, Field(title="指标", min_length=1, max_length=40)]
    answer: Annotated[str, Field(title="能否自己完成", max_length=40)] = ""


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
    """What two assessors saw in the home."""

    visited_on: Annotated[date, Field(title="入户日期")]
    qualification: Annotated[
        str, Field(title="本人资质", min_length=1, max_length=120, description="例如 中级社会工作师")
    ]
    second_assessor: Annotated[
        Id, Field(title="另一名评估员", description="同一评估机构的另一人，须由其本人登录后签字")
    ]
    second_qualification: Annotated[str, Field(title="另一名评估员资质", min_length=1, max_length=120)]
    informant: Annotated[str, Field(title="在场家属或监护人", max_length=80)] = ""
    indicators: Annotated[list[IndicatorInput], Field(title="自理能力指标", max_length=200)] = []
    safe: Annotated[YesNo, Field(title="住房结构安全")]
    renovatable: Annotated[YesNo, Field(title="具备改造条件")]
    must_move_out: Annotated[YesNo, Field(title="施工期间需要暂时迁出")]
    can_stay_elsewhere: Annotated[YesNo | None, Field(title="能自行在他处过渡", description="需要迁出时填写")] = None
    rooms: Annotated[list[RoomInput], Field(title="房间", max_length=30)] = []
    wish: Annotated[LongText, Field(title="老人的意愿")] = ""
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


def failed_indicators(programme: Programme, answers: Mapping[str, str]) -> list[str]:
    """The indicators whose answer counts as not met, in the instrument's order."""
    failing = {answer.key for answer in programme.data.instrument.answers if answer.failed}
    return [one.key for one in programme.data.indicator if answers.get(one.key) in failing]


def is_grade_recognised(programme: Programme, facts: Mapping[str, Any]) -> bool:
    """True when an existing self-care grade counts and the indicators need not be asked again (domain E3)."""
    ability = facts.get("person", {}).get("ability", {})
    return bool(programme.data.assessment.recognised_by) and ability.get("recognised") not in (None, "none")


def split_measure(text: str) -> tuple[str, str]:
    """Name and unit of a measure as the programme writes it: 门净宽（cm） → 门净宽, cm."""
    match = re.fullmatch(r"(.+?)\s*[（(]([^（()）]+)[)）]", text)
    return (match[1], match[2]) if match else (text, "")


def check_visit(
    programme: Programme, command: RecordVisit, today: date, recognised: bool, persons: int
) -> list[DomainError]:
    """Everything that is wrong with a record of a visit, each at its field."""
    problems: list[DomainError] = []
    if command.visited_on > today:
        problems.append(RuleViolation("入户日期不能晚于今天，请填实际入户的日期。", "visited_on"))
    if command.must_move_out.is_yes and command.can_stay_elsewhere is None:
        problems.append(RuleViolation("需要暂时迁出时，请写明家庭能否自行在他处过渡。", "can_stay_elsewhere"))
    problems += _check_indicators(programme, command.indicators, recognised, persons)
    problems += _check_rooms(programme, command.rooms)
    return problems


def _check_indicators(
    programme: Programme, inputs: Sequence[IndicatorInput], recognised: bool, persons: int
) -> list[DomainError]:
    known = {indicator.key: indicator.name for indicator in programme.data.indicator}
    answers = {answer.key for answer in programme.data.instrument.answers}
    problems: list[DomainError] = []
    answered: set[tuple[int, str]] = set()
    for index, one in enumerate(inputs):
        where = f"indicators-{index}-answer"
        if one.indicator not in known:
            problems.append(RuleViolation(f"评估指标中没有“{one.indicator}”。", where))
        elif one.answer and one.answer not in answers:
            problems.append(RuleViolation(f"“{known[one.indicator]}”请从给出的选项中选择。", where))
        elif one.person > persons:
            problems.append(RuleViolation(f"这一户登记了 {persons} 位老人，没有第 {one.person} 位。", where))
        elif not one.answer and not recognised:
            problems.append(RuleViolation(f"请评“{known[one.indicator]}”。", where))
        elif one.answer and (one.person, one.indicator) in answered:
            problems.append(RuleViolation(f"“{known[one.indicator]}”填了两次，请只留一个。", where))
        elif one.answer:
            answered.add((one.person, one.indicator))
    named = {(one.person, one.indicator) for one in inputs}
    left = [name for key, name in known.items() if (1, key) not in named]
    if left and not recognised:
        problems.append(RuleViolation(f"请评全部自理能力指标，还差：{'、'.join(left)}。", "indicators"))
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
