"""The rules of a plan: what is typed, and what must hold before it may be approved and signed. Domain P1–P6."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from ...core.commands import Command, FileRef, Id, LongText, Quantity, Yuan
from ...core.enums import Labelled
from ...core.errors import DomainError, RuleViolation
from ...programme.composition import shortfalls
from ...programme.plan_rules import Line, check_lines, undecided_basics, waived_basics
from ...programme.policy import Programme
from ...programme.values import Decision, ItemKind


class PlanState(Labelled):
    """Where one version of a plan stands."""

    DRAFT = "draft", "编制中"
    SUBMITTED = "submitted", "待审批"
    APPROVED = "approved", "已批准"
    SIGNED = "signed", "已签字生效"
    REFUSED = "refused", "没有采用"
    SUPERSEDED = "superseded", "已由新版代替"


OPEN_STATES = frozenset({PlanState.DRAFT, PlanState.SUBMITTED, PlanState.APPROVED})
"""A version that is still being worked on or waits for somebody."""


class ReviewOutcome(Labelled):
    """What the technical review of a version comes to."""

    PASSED = "passed", "通过"
    RETURNED = "returned", "退回修改"


class Signer(Labelled):
    """Who signs for the household."""

    SELF = "self", "申请人本人"
    GUARDIAN = "guardian", "监护人"
    FAMILY = "family", "受托家属"


class LineInput(Command):
    """One line of the plan. `origin` is the line of an earlier version that it continues (its `root_id`)."""

    origin: Annotated[Id | None, Field(title="沿用的原方案行")] = None
    item: Annotated[int, Field(title="项目", ge=1, le=999)]
    space: Annotated[str, Field(title="空间", min_length=1, max_length=40)]
    specification: Annotated[str, Field(title="规格", max_length=200)] = ""
    measured: Annotated[str, Field(title="实测尺寸", max_length=200)] = ""
    quantity: Annotated[Quantity, Field(title="数量")]
    unit: Annotated[str, Field(title="单位", max_length=20)] = ""
    unit_price: Annotated[Yuan, Field(title="单价（元）")]


class DecisionInput(Command):
    """What becomes of one basic item; undecided while one drafts."""

    item: Annotated[int, Field(title="基础类项目", ge=1, le=999)]
    decision: Annotated[Decision | None, Field(title="处理")] = None
    reason: Annotated[str, Field(title="理由", max_length=500)] = ""
    photo: Annotated[FileRef | None, Field(title="情况照片")] = None


class DraftPlan(Command):
    """A plan as it is worked on; saved whether complete or not."""

    decisions: Annotated[list[DecisionInput], Field(title="基础类项目", max_length=60)] = []
    lines: Annotated[list[LineInput], Field(title="方案行", max_length=200)] = []
    no_shared_space: Annotated[bool, Field(title="不占用公共部位，不影响邻居")] = False
    design_code: Annotated[bool, Field(title="按无障碍设计规范设计，需要的尺寸已实测")] = False
    note: Annotated[LongText, Field(title="方案说明")] = ""
    submit: Annotated[bool, Field(title="保存后提交审批")] = False


class SubmitPlan(Command):
    """The drafted plan goes to the county."""

    note: Annotated[LongText, Field(title="给审批人的说明")] = ""


class ReturnAssessment(Command):
    """The county sends the assessment back to the firm."""

    reason: Annotated[str, Field(title="退回理由", min_length=1, max_length=1000)]


class AssignReviewer(Command):
    """The county names the firm that reviews the plan and supervises later, under a procurement record in force."""

    procurement_record_id: Annotated[
        Id,
        Field(title="审核单位（采购包号）", description="只列出准入且采购合同在有效期内、与这一户的方案无关的监理单位"),
    ]
    note: Annotated[str, Field(title="委托说明", max_length=500)] = ""


class LineRemark(Command):
    """What the review says of one line of the plan; empty where nothing."""

    line_id: Annotated[Id, Field(title="方案行")]
    text: Annotated[str, Field(title="审核意见", max_length=300)] = ""


class ReviewPlan(Command):
    """Somebody who did not draft the plan has gone through it before it may be approved."""

    outcome: Annotated[ReviewOutcome, Field(title="审核结论")]
    opinion: Annotated[
        str, Field(title="审核意见", max_length=1000, description="退回的，在这里或逐项意见里写明要怎么改")
    ] = ""
    remarks: Annotated[list[LineRemark], Field(title="逐项意见", max_length=200)] = []


class ReturnPlan(Command):
    """The county sends the plan back to who drafted it."""

    reason: Annotated[
        str, Field(title="退回理由", min_length=1, max_length=1000, description="写明哪一行、哪一项要怎么改")
    ]


class ApprovePlan(Command):
    """The county approves a version."""

    accept_waivers: Annotated[bool, Field(title="认可以上基础类项目不改造")] = False
    note: Annotated[str, Field(title="审批意见", max_length=1000)] = ""


class RefusePlan(Command):
    """The household wants another plan."""

    reason: Annotated[str, Field(title="家庭的意见", min_length=1, max_length=1000)]


class SignPlan(Command):
    """The household signs the plan and its own share."""

    signer: Annotated[Signer, Field(title="签字人")] = Signer.SELF
    signer_name: Annotated[str, Field(title="签字人姓名", max_length=40, description="监护人或受托家属签字时填写")] = ""
    self_pay: Annotated[Yuan, Field(title="家庭自付金额", description="请照上面的金额写一遍；不用自付写 0.00")]
    signature: Annotated[FileRef, Field(title="家庭签字")]


class Agree(SignPlan):
    """The household signs the plan and its own share, and the agreement with the township."""

    agreement: Annotated[FileRef | None, Field(title="改造协议扫描件", description="在纸上签的，请拍照或扫描上传")] = (
        None
    )


@dataclass(frozen=True, slots=True)
class Waiver:
    """A basic item that is not installed, as the rules look at it."""

    item: int
    decision: Decision
    reason: str
    has_photo: bool
    index: int


def rule_lines(lines: Iterable[LineInput], decisions: Iterable[DecisionInput]) -> list[Line]:
    """What was typed as the programme's rules read it: install lines first, then waivers."""
    install = [
        Line(line.item, Decision.INSTALL, line.quantity, line.unit_price, True, str(index))
        for index, line in enumerate(lines)
    ]
    waived = [
        Line(one.item, one.decision)
        for one in decisions
        if one.decision not in (None, Decision.INSTALL) and one.decision
    ]
    return install + waived


def check_draft(
    programme: Programme, lines: Sequence[LineInput], decisions: Sequence[DecisionInput]
) -> list[DomainError]:
    """What is wrong even while one drafts: unknown items, quantities, prices, a basic item decided two ways (P1, P4)."""
    problems: list[DomainError] = []
    installed = {line.item for line in lines}
    basics = {item.number: item.name for item in programme.basic_items}
    seen: set[int] = set()
    for index, one in enumerate(decisions):
        where = f"decisions-{index}-decision"
        if one.item not in basics:
            problems.append(RuleViolation(f"项目 {one.item} 不是基础类项目，不用逐项确定。", where))
        elif one.item in seen:
            problems.append(RuleViolation(f"“{basics[one.item]}”确定了两次，请只留一个。", where))
        elif one.decision not in (None, Decision.INSTALL) and one.item in installed:
            problems.append(
                RuleViolation(
                    f"“{basics[one.item]}”填了“{one.decision.label if one.decision else ''}”，方案里又有它的行；请改为“改造或配置”，或删去那一行。",
                    where,
                )
            )
        seen.add(one.item)
    places = {room.key for room in programme.data.room}
    for index, line in enumerate(lines):
        if line.space not in places:
            problems.append(RuleViolation(f"第 {index + 1} 行的空间请从给出的选项中选择。", f"lines-{index}-space"))
    if problems:
        return problems
    return _placed(check_lines(programme, rule_lines(lines, decisions), complete=False), len(lines), decisions)


def _placed(problems: Iterable[RuleViolation], count: int, decisions: Sequence[DecisionInput]) -> list[DomainError]:
    """The programme's refusals at the fields of the form: rows after the install lines are waivers."""
    waived = [index for index, one in enumerate(decisions) if one.decision not in (None, Decision.INSTALL)]
    placed: list[DomainError] = []
    for problem in problems:
        found = re.fullmatch(r"lines-(\d+)-(\w+)", problem.field)
        if found and int(found[1]) >= count:
            message = re.sub(r"^第\d+行(（.*?）)?：", "", problem.message)
            placed.append(RuleViolation(message, f"decisions-{waived[int(found[1]) - count]}-decision"))
        else:
            placed.append(problem)
    return placed


def check_complete(
    programme: Programme,
    lines: Sequence[Line],
    waivers: Sequence[Waiver],
    unmeasured: Sequence[str],
    no_shared_space: bool,
    design_code: bool,
) -> list[DomainError]:
    """What is still missing before a plan may be submitted and approved (domain P1, P5, P6).

    `lines` are install lines and waivers, `unmeasured` the lines whose item asks for measures and that have none.
    """
    problems: list[DomainError] = [
        RuleViolation(f"基础类“{item.name}”还没有确定：请填改造、家中已有、不适用或家庭不需要。", "decisions")
        for item in undecided_basics(programme, lines)
    ]
    if not any(line.decision is Decision.INSTALL for line in lines):
        problems.append(RuleViolation("方案里还没有任何改造项目，请至少加一行；确实不用改造的，请办理终止。", "lines"))
    problems += [RuleViolation(shortfall.message, "lines") for shortfall in shortfalls(programme, lines)]
    problems += [problem for waiver in waivers for problem in _check_waiver(programme, waiver)]
    problems += [RuleViolation(f"{text}要写实测尺寸。", "lines") for text in unmeasured]
    if not no_shared_space:
        problems.append(RuleViolation("请确认不占用公共部位、不影响邻居（P5）。", "no_shared_space"))
    if not design_code:
        problems.append(RuleViolation("请确认按无障碍设计规范设计、需要的尺寸已实测（P6）。", "design_code"))
    return problems


def _check_waiver(programme: Programme, waiver: Waiver) -> list[DomainError]:
    name = programme.item(waiver.item).name
    problems: list[DomainError] = []
    if not waiver.reason:
        problems.append(
            RuleViolation(f"“{name}”填了“{waiver.decision.label}”，请写理由。", f"decisions-{waiver.index}-reason")
        )
    if waiver.decision is not Decision.DECLINED and not waiver.has_photo:
        problems.append(
            RuleViolation(
                f"“{name}”填了“{waiver.decision.label}”，请拍一张情况照片。", f"decisions-{waiver.index}-photo"
            )
        )
    return problems


def is_flagged(programme: Programme, lines: Sequence[Line]) -> bool:
    """True when so many basic items are waived that somebody should look again (domain P1)."""
    return bool(programme.flag_waivers_from) and waived_basics(programme, lines) >= programme.flag_waivers_from


MEASURED_UNITS = frozenset({"米", "平方米", "立方米"})
"""Units of what is measured and not counted: nobody can know the quantity beforehand, least of all that it is one."""


def first_quantity(unit: str, found: Sequence[tuple[str, str]]) -> str:
    """The quantity with which a line opens: one of what is counted; of what is measured what the assessment measured.

    `found` are the room's (value, unit); with none or several of that unit it stays open, for people to say.
    """
    if unit not in MEASURED_UNITS:
        return "1.00"
    same = [value for value, in_unit in found if in_unit == unit]
    return same[0] if len(same) == 1 else ""


def needs_measures(programme: Programme, item_no: int) -> bool:
    """True for works whose widths, heights or slopes matter (domain P6)."""
    item = programme.item(item_no)
    return item.kind is ItemKind.WORKS and bool(item.measures)
