"""The rules of an acceptance and what people type; plain Python."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from ...core.commands import Command, FileRef, Id, LongText, Quantity
from ...core.enums import Labelled
from ...core.errors import DomainError, RuleViolation
from ...programme.process_schema import AcceptanceParty


class LineResult(Labelled):
    """What becomes of a line. A refused one costs nobody anything (domain S1)."""

    ACCEPTED = "accepted", "合格"
    RECTIFY = "rectify", "整改后再验"
    REFUSED = "refused", "不予验收"


class SampleResult(Labelled):
    """What another look at a drawn file found."""

    CONFORMS = "conforms", "符合"
    FAULTY = "faulty", "有不符合"


class PartyRole(Labelled):
    """In whose name somebody is there. The building firm shows its work but does not judge it (domain, Afterwards)."""

    HOUSEHOLD = "household", "申请人或家属"
    TOWNSHIP = "township", "乡镇（街道）"
    VILLAGE = "village", "村（社区）"
    SUPERVISOR = "supervisor", "监理单位"
    COUNTY = "county", "县级主管部门"
    FEDERATION = "federation", "残联"
    CONTRACTOR = "contractor", "施工单位（到场，不参加评判）"


class AcceptanceState(Labelled):
    """Where a round stands."""

    RECORDED = "recorded", "待县级会签"
    RECTIFYING = "rectifying", "整改中"
    COUNTERSIGNED = "countersigned", "已会签"
    SUPERSEDED = "superseded", "已重新验收"


NEEDED = (PartyRole.HOUSEHOLD, PartyRole.TOWNSHIP, PartyRole.CONTRACTOR)
"""Who signs in every home; the supervisor too where the file has one, the firm unless it has left for good."""


def signers(party: Iterable[str]) -> list[PartyRole]:
    """Who signs by the programme's `[acceptance] party`: whom every home needs, the supervisor, and who is named besides."""
    named = [role for role in PartyRole if role.value in set(party)]
    return list(dict.fromkeys([*NEEDED, PartyRole.SUPERVISOR, *named]))


class PartyInput(Command):
    """Somebody who is there and signs."""

    role: Annotated[PartyRole, Field(title="身份")]
    name: Annotated[str, Field(title="姓名", min_length=1, max_length=80)]
    signature: Annotated[FileRef, Field(title="签字", description="可现场签字，也可上传签好的扫描件")]


class BodyInput(Command):
    """One of the programme's own bodies: nothing but the key where nobody of it came."""

    key: Annotated[str, Field(title="单位", min_length=1, max_length=60)]
    unit: Annotated[str, Field(title="单位全称", max_length=120)] = ""
    name: Annotated[str, Field(title="姓名", max_length=80)] = ""
    signature: Annotated[FileRef | None, Field(title="签字", description="可现场签字，也可上传签好的扫描件")] = None

    @property
    def is_there(self) -> bool:
        """Whether somebody of the body came: anything of it is filled in."""
        return bool(self.unit or self.name or self.signature)


class LineInput(Command):
    """What was found of one line."""

    line_id: Annotated[Id, Field(title="项目")]
    result: Annotated[LineResult, Field(title="结论")]
    measured: Annotated[Quantity, Field(title="实测数量")]
    finding: Annotated[str, Field(title="情况", max_length=500)] = ""
    deadline: Annotated[date | None, Field(title="整改期限", description="“整改后再验”时填写")] = None
    photos: Annotated[list[FileRef], Field(title="照片", max_length=10)] = []


class CheckInput(Command):
    """One point of the programme's list."""

    key: Annotated[str, Field(title="检查项", max_length=60)]
    is_good: Annotated[bool, Field(title="符合")] = False


class RecordAcceptance(Command):
    """The acceptance in the home."""

    day: Annotated[date, Field(title="验收日期")]
    lines: Annotated[list[LineInput], Field(title="逐项验收", max_length=200)] = []
    checks: Annotated[list[CheckInput], Field(title="检查项", max_length=50)] = []
    party: Annotated[list[PartyInput], Field(title="到场人员与签字", min_length=1, max_length=20)]
    bodies: Annotated[
        list[BodyInput], Field(title="其他单位签字", max_length=20, description="政策要求参加验收的其他单位")
    ] = []
    remark: Annotated[LongText, Field(title="说明")] = ""


class Countersign(Command):
    """The county agrees with the acceptance."""

    note: Annotated[LongText, Field(title="会签意见")] = ""


class RecordSample(Command):
    """What was found at a file that was drawn for another look."""

    day: Annotated[date, Field(title="抽查日期")]
    inspectors: Annotated[str, Field(title="抽查人", min_length=1, max_length=80)]
    result: Annotated[SampleResult, Field(title="结果")]
    finding: Annotated[
        str, Field(title="看到的情况", max_length=800, description="不符合的，写明哪一项、怎样不符合")
    ] = ""
    until: Annotated[date | None, Field(title="整改到哪天", description="不符合的填写")] = None
    photos: Annotated[list[FileRef], Field(title="照片", max_length=20)] = []


class ResolveSample(Command):
    """What was found has been put right."""

    day: Annotated[date, Field(title="整改完成日期")]
    text: Annotated[str, Field(title="怎样整改的", min_length=1, max_length=800)]
    photos: Annotated[list[FileRef], Field(title="整改后照片", min_length=1, max_length=20)]


class ReturnAcceptance(Command):
    """The county asks for another acceptance in the home."""

    reason: Annotated[str, Field(title="退回原因", min_length=1, max_length=1000)]


@dataclass(frozen=True, slots=True)
class Term:
    """The warranty: from the day of the acceptance in the home, to its last day."""

    starts_on: date
    ends_on: date
    months: int
    firm: str

    def covers(self, day: date) -> bool:
        """True when the day lies within the term."""
        return self.starts_on <= day <= self.ends_on


def last_day(starts_on: date, months: int) -> date:
    """The last day of a term of months: the same day of the month, or the month's last (重庆2020 §六(三))."""
    index = starts_on.year * 12 + starts_on.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(starts_on.day, monthrange(year, month + 1)[1]))


def check_party(
    command: RecordAcceptance,
    firm_people: Iterable[str],
    needed: Iterable[PartyRole],
    applicant: str = "",
    ended: bool = False,
) -> list[DomainError]:
    """Everybody who must sign does, and nobody of a building firm judges (domain, Afterwards).

    Where a file ended early and nobody of the household is left, the village signs in its place. The applicant is no
    firm's person, whatever the name.
    """
    problems: list[DomainError] = []
    present = {member.role for member in command.party}
    for role in needed:
        if role is PartyRole.HOUSEHOLD and ended and PartyRole.VILLAGE in present:
            continue
        if role not in present:
            instead = "；家中无人的，由村（社区）代签" if role is PartyRole.HOUSEHOLD and ended else ""
            problems.append(RuleViolation(f"还缺“{role.label}”的签字，请补上{instead}。", "party"))
    firm = {plain_name(name) for name in firm_people}
    for index, member in enumerate(command.party):
        if member.role is PartyRole.CONTRACTOR or plain_name(member.name) not in firm:
            continue
        if member.role is PartyRole.HOUSEHOLD and plain_name(member.name) == plain_name(applicant):
            continue
        problems.append(
            RuleViolation(
                f"{member.name}是施工单位的人，不能参加评判。请改为“施工单位”身份，或换人。", f"party-{index}-role"
            )
        )
    return problems


def check_bodies(
    given: Sequence[BodyInput], bodies: Iterable[AcceptanceParty], firm_people: Iterable[str], firms: Iterable[str]
) -> list[DomainError]:
    """Each body that the programme requires signs with its unit and a name, and none of them is who built.

    `firms` are the names of the building firms. A body that need not come is either left blank or filled in wholly.
    """
    asked = {body.key: body for body in bodies}
    people, builders = {plain_name(name) for name in firm_people}, {plain_name(firm) for firm in firms}
    problems: list[DomainError] = []
    seen: set[str] = set()
    for index, one in enumerate(given):
        place, body = f"bodies-{index}", asked.get(one.key)
        if body is None or one.key in seen:
            said = "填了两次，请只留一次" if body is not None else "不是这个政策请来验收的单位，请删去"
            problems.append(RuleViolation(f"“{body.name if body else one.key}”{said}。", f"{place}-key"))
            continue
        seen.add(one.key)
        if not one.is_there:
            if body.required:
                problems.append(_lacking(body, f"{place}-unit"))
            continue
        problems += _incomplete(one, body, place)
        if plain_name(one.name) in people or plain_name(one.unit) in builders:
            said = f"{one.name or one.unit}是施工单位的，不能代表“{body.name}”评判。请换人。"
            problems.append(RuleViolation(said, f"{place}-name"))
    problems += [_lacking(body, "bodies") for key, body in asked.items() if body.required and key not in seen]
    return problems


def _lacking(body: AcceptanceParty, field: str) -> RuleViolation:
    return RuleViolation(f"还缺“{body.name}”的签字。请其到场查看，填写单位和姓名并签字；没有到场的改日再验。", field)


def _incomplete(one: BodyInput, body: AcceptanceParty, place: str) -> list[DomainError]:
    lacking = [
        (field, said)
        for field, said in (("unit", "填写单位全称"), ("name", "填写姓名"), ("signature", "签字"))
        if not getattr(one, field)
    ]
    return [RuleViolation(f"“{body.name}”请{said}。", f"{place}-{field}") for field, said in lacking]


def plain_name(name: str) -> str:
    """A name without the spaces that people put between two characters."""
    return "".join(name.split())


def check_line(line: LineInput, index: int, day: date, reported: Decimal | None = None) -> list[DomainError]:
    """An accepted line was measured; one to rectify says what is wrong and until when; a refused one says why.

    What the firm reported as not done cannot be accepted: nothing would be settled for it (domain S1).
    """
    problems: list[DomainError] = []
    place = f"lines-{index}"
    if line.result is LineResult.ACCEPTED and line.measured <= 0:
        problems.append(RuleViolation("合格的项目要填实测数量。", f"{place}-measured"))
    if line.result is LineResult.ACCEPTED and reported == 0:
        problems.append(
            RuleViolation(
                "施工单位上报没有做这一项，不能定为合格：做了的请定为“整改后再验”让其补报，没做的请定为“不予验收”。",
                f"{place}-result",
            )
        )
    if line.result is not LineResult.ACCEPTED and not line.finding:
        problems.append(RuleViolation("请写明哪里不合格。", f"{place}-finding"))
    if line.result is LineResult.RECTIFY and (line.deadline is None or line.deadline < day):
        problems.append(RuleViolation("请填整改期限，不能早于验收日期。", f"{place}-deadline"))
    if line.result is not LineResult.RECTIFY and line.deadline is not None:
        problems.append(RuleViolation("只有“整改后再验”的项目才填整改期限。", f"{place}-deadline"))
    return problems
