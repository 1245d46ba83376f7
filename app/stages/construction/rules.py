"""The rules of the works and what people type; plain Python."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Protocol

from pydantic import Field, model_validator

from ...core.commands import Command, FileRef, Id, LongText, Quantity, Text, Yuan
from ...core.enums import Labelled
from ...core.errors import RuleViolation
from ...core.money import line_amount, yuan


class Arranger(Labelled):
    """Who arranges where the old person stays meanwhile (重庆2020 §二(二)3)."""

    HOUSEHOLD = "household", "家庭自行安排"
    TOWNSHIP = "township", "乡镇（街道）协调安置"


class Finding(Labelled):
    """What the supervisor found."""

    GOOD = "good", "符合要求"
    PROBLEM = "problem", "发现问题"


class PhotoKind(Labelled):
    """Photos and papers that a line needs; the programme's data say which."""

    BEFORE = "before", "改造前"
    HIDDEN_WORK = "hidden", "隐蔽工程"
    DURING = "during", "施工中"
    AFTER = "after", "改造后"


class Dispatch(Command):
    """Choose the firm and the supervisor, each under a procurement record in force."""

    procurement_record_id: Annotated[Id, Field(title="施工单位（采购记录）")]
    supervisor_record_id: Annotated[Id | None, Field(title="监理单位（采购记录）")] = None
    note: Annotated[Text, Field(title="派工说明")] = ""


class DispatchNext(Command):
    """The firm whose turn it is builds; who supervises is chosen."""

    supervisor_record_id: Annotated[Id | None, Field(title="监理单位（采购记录）")] = None
    note: Annotated[Text, Field(title="派工说明")] = ""


class ChooseFirm(Command):
    """The household chooses who builds, among the firms that are admitted in the county."""

    organisation_id: Annotated[Id, Field(title="家庭选定的单位")]
    signature: Annotated[FileRef, Field(title="家庭签字", description="家庭在选定单位的书面意见上签字，拍照上传")]
    note: Annotated[Text, Field(title="说明")] = ""


class PriceInput(Command):
    """The contract's price of one line."""

    line_id: Annotated[Id, Field(title="方案项目")]
    unit_price: Annotated[Yuan, Field(title="合同单价（元）")]


class SignContract(Command):
    """The construction contract with the household: scope = the plan in force, prices at most the plan's."""

    number: Annotated[str, Field(title="合同编号", min_length=1, max_length=60)]
    signed_on: Annotated[date, Field(title="签订日期")]
    starts_on: Annotated[date, Field(title="计划开工")]
    ends_on: Annotated[date, Field(title="计划完工")]
    warranty_months: Annotated[int, Field(title="质保期（月）", ge=0, le=120)]
    household_signer: Annotated[str, Field(title="家庭签字人", min_length=1, max_length=80)]
    clears_rubble: Annotated[bool, Field(title="合同写明由施工单位清运建筑垃圾")] = False
    prices: Annotated[list[PriceInput], Field(title="合同单价", min_length=1, max_length=200)]
    signature: Annotated[FileRef, Field(title="签字的合同", description="可现场签字，也可上传签好的扫描件")]


class ReceivePayment(Command):
    """What the household paid at the signing, the subsidy deducted."""

    day: Annotated[date, Field(title="收款日期")]
    amount: Annotated[Yuan, Field(title="收到家庭付款（元）", gt=0)]
    paper: Annotated[FileRef, Field(title="收据", description="家庭拿着的那张收据，拍照上传")]


class GiveBack(Command):
    """What the household had paid is given back, because nothing is built for it."""

    day: Annotated[date, Field(title="退还日期")]
    paper: Annotated[FileRef, Field(title="退还凭证", description="转账回单，或家庭签字的收条")]


class ArrangeRelocation(Command):
    """Where the old person stays while the works go on."""

    arranger: Annotated[Arranger, Field(title="由谁安排")]
    place: Annotated[str, Field(title="过渡住处", min_length=1, max_length=200)]
    from_on: Annotated[date, Field(title="从哪天起")]
    to_on: Annotated[date, Field(title="到哪天止")]
    contact: Annotated[str, Field(title="联系人", min_length=1, max_length=80)]
    contact_phone: Annotated[str, Field(title="联系电话", min_length=5, max_length=20)]
    paper: Annotated[FileRef | None, Field(title="材料")] = None

    @model_validator(mode="after")
    def _in_order(self) -> "ArrangeRelocation":
        if self.to_on < self.from_on:
            raise ValueError("过渡的结束日期不能早于开始日期")
        return self


class PlanVisit(Command):
    """The day on which the firm comes."""

    starts_on: Annotated[date, Field(title="上门日期")]
    days: Annotated[int, Field(title="预计天数", ge=1, le=90)] = 1
    note: Annotated[str, Field(title="说明", max_length=500)] = ""


class AddPhotos(Command):
    """Photos of one line, in their place."""

    line_id: Annotated[Id, Field(title="项目")]
    kind: Annotated[PhotoKind, Field(title="哪一种照片")]
    photos: Annotated[list[FileRef], Field(title="照片", min_length=1, max_length=20)]


class RemovePhoto(Command):
    """A photo that shows the wrong thing is taken out of force; it is not deleted."""

    photo_id: Annotated[Id, Field(title="哪一张照片")]
    reason: Annotated[
        str, Field(title="为什么撤下", min_length=1, max_length=200, description="例如：拍错了位置、不清楚")
    ]


class ExplainPlace(Command):
    """Why photos have no position, where the programme wants one."""

    photos: Annotated[list[Id], Field(title="哪些照片", min_length=1, max_length=200)]
    reason: Annotated[
        Text,
        Field(
            title="为什么没有定位",
            min_length=2,
            max_length=200,
            description="例如：手机没有定位功能；屋里收不到信号，拍了几次都没有。这句话和照片一起留在档案里",
        ),
    ]


class HandOver(Command):
    """Goods given to the household."""

    line_id: Annotated[Id, Field(title="用品")]
    recipient: Annotated[str, Field(title="收到的人", min_length=1, max_length=80)]
    serial: Annotated[str, Field(title="标签或序列号", min_length=1, max_length=80)]
    day: Annotated[date, Field(title="交付日期")]
    photos: Annotated[
        list[FileRef],
        Field(title="交付照片", min_length=1, max_length=10, description="照片里要有收到的人和用品上的标签"),
    ]
    signature: Annotated[FileRef, Field(title="签收单", description="可现场签字，也可上传签好的收据")]


class Start(Command):
    """Works begin today."""

    note: Annotated[Text, Field(title="开工说明")] = ""


class WriteLog(Command):
    """One day on site."""

    day: Annotated[date, Field(title="日期")]
    workers: Annotated[int, Field(title="到场人数", ge=1, le=50)]
    text: Annotated[str, Field(title="做了什么", min_length=1, max_length=2000)]
    photos: Annotated[list[FileRef], Field(title="照片", max_length=20)] = []


class QuantityInput(Command):
    """What was done of one line."""

    line_id: Annotated[Id, Field(title="项目")]
    quantity: Annotated[Quantity, Field(title="实际完成数量")]
    note: Annotated[str, Field(title="说明", max_length=500)] = ""


class ReportQuantities(Command):
    """The quantities that were really done."""

    lines: Annotated[list[QuantityInput], Field(title="完成情况", min_length=1, max_length=200)]


class Inspect(Command):
    """The supervisor's visit."""

    day: Annotated[date, Field(title="到场日期")]
    finding: Annotated[Finding, Field(title="检查结果")]
    text: Annotated[str, Field(title="检查情况", min_length=1, max_length=2000)]
    deadline: Annotated[date | None, Field(title="整改期限", description="发现问题时必须填写")] = None
    photos: Annotated[list[FileRef], Field(title="照片", max_length=20)] = []

    @model_validator(mode="after")
    def _deadline(self) -> "Inspect":
        if (self.finding is Finding.PROBLEM) != (self.deadline is not None):
            raise ValueError("发现问题时请填写整改期限；符合要求时不用填写")
        if self.deadline is not None and self.deadline < self.day:
            raise ValueError("整改期限不能早于到场日期")
        return self


class Resolve(Command):
    """A problem that the supervisor found is put right, seen by the supervisor."""

    visit_id: Annotated[Id, Field(title="哪一次检查")]
    resolved_on: Annotated[date, Field(title="复查日期")]
    resolution: Annotated[str, Field(title="复查情况", min_length=1, max_length=1000)]
    photos: Annotated[list[FileRef], Field(title="照片", max_length=20)] = []


class FileReport(Command):
    """The supervision report."""

    day: Annotated[date, Field(title="报告日期")]
    conclusion: Annotated[str, Field(title="监理结论", min_length=1, max_length=2000)]
    paper: Annotated[FileRef, Field(title="盖章的监理报告")]


class Complete(Command):
    """The firm says that the works are done."""

    note: Annotated[LongText, Field(title="完工说明")] = ""


class DonePart(Command):
    """What the leaving firm had done of one line, measured."""

    line_id: Annotated[Id, Field(title="项目")]
    quantity: Annotated[Quantity, Field(title="已完成并认可的数量")]


class ReplaceFirm(Command):
    """Another firm takes over; the old one is settled for what it did."""

    reason: Annotated[str, Field(title="更换原因", min_length=1, max_length=1000)]
    parts: Annotated[list[DonePart], Field(title="原单位已完成部分", max_length=200)] = []
    paper: Annotated[FileRef | None, Field(title="现场清点记录")] = None


class LeftLine(Command):
    """How a line stands that a firm which left had done."""

    line_id: Annotated[Id, Field(title="项目")]
    photos: Annotated[list[FileRef], Field(title="现在的照片", min_length=1, max_length=10)]


class WindUp(Command):
    """Nobody builds any more; what the firm that left had done is accepted and settled."""

    left: Annotated[list[LeftLine], Field(title="原单位做完的项目", max_length=200)] = []
    note: Annotated[LongText, Field(title="说明")] = ""


class PricedLine(Protocol):
    """What the rules need of a plan line."""

    @property
    def root_id(self) -> int: ...
    @property
    def item_name(self) -> str: ...
    @property
    def unit_price_fen(self) -> int: ...
    @property
    def quantity(self) -> Decimal: ...


def check_price(line: PricedLine, unit_price_fen: int, field: str, fixed: bool = False) -> RuleViolation | None:
    """The contract's price is never above the plan's (domain P4), and none other where it is fixed; None when it holds."""
    if unit_price_fen == line.unit_price_fen or (unit_price_fen < line.unit_price_fen and not fixed):
        return None
    if fixed:
        text = f"“{line.item_name}”的单价固定为 {yuan(line.unit_price_fen)} 元，合同不能另定，请改正。"
        return RuleViolation(text, field)
    return RuleViolation(
        f"“{line.item_name}”的合同单价不能高于方案单价 {yuan(line.unit_price_fen)} 元，请改低或先变更方案。", field
    )


def left_to_do(lines: Iterable[PricedLine], done: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """Line identity → the quantity that firms which left have not done; a line that is finished is left out."""
    left = {line.root_id: line.quantity - done.get(line.root_id, Decimal(0)) for line in lines}
    return {root: quantity for root, quantity in left.items() if quantity > 0}


def contract_total(left: Mapping[int, Decimal], prices: Mapping[int, int]) -> int:
    """A contract's total in fen: what is left to do of each line × its contract price, half-up line by line (S1)."""
    return sum(line_amount(quantity, prices[root]) for root, quantity in left.items() if root in prices)


def changed_price(contract_fen: int, plan_before_fen: int, plan_now_fen: int) -> int:
    """A line's contract price (fen) after a change order: never above the plan's (domain P4).

    A dearer plan line was proposed by the firm and approved at that price, so it becomes the contract's; otherwise the
    firm's own price holds, cut to the plan's.
    """
    return plan_now_fen if plan_now_fen > plan_before_fen else min(contract_fen, plan_now_fen)


def check_done_kept(lines: Iterable[PricedLine], done: Mapping[int, Decimal]) -> list[RuleViolation]:
    """A change never goes below what a firm that left had done and is settled for. Lines by identity."""
    planned = {line.root_id: line.quantity for line in lines}
    return [
        RuleViolation(f"原施工单位已完成其中一行 {quantity:.2f}，变更后的数量不能少于这个数，也不能取消。", "lines")
        for root, quantity in sorted(done.items())
        if planned.get(root, Decimal(0)) < quantity
    ]


def check_term(command: SignContract, least_months: int, today: date) -> list[RuleViolation]:
    """Dates in order, the warranty not below the programme's, rubble in the contract (重庆2020 §六(三))."""
    problems = []
    if command.signed_on > today:
        problems.append(RuleViolation("签订日期不能晚于今天，请核对。", "signed_on"))
    if command.starts_on < command.signed_on:
        problems.append(RuleViolation("计划开工不能早于签订日期，请核对。", "starts_on"))
    if command.ends_on < command.starts_on:
        problems.append(RuleViolation("计划完工不能早于计划开工，请核对。", "ends_on"))
    if command.warranty_months < least_months:
        problems.append(RuleViolation(f"质保期不能少于 {least_months} 个月，请改正。", "warranty_months"))
    if not command.clears_rubble:
        problems.append(RuleViolation("合同里要写明由施工单位清运建筑垃圾，请补充后勾选。", "clears_rubble"))
    return problems


def centi(quantity: Decimal) -> int:
    """A quantity of two decimals as whole hundredths."""
    return int(quantity * 100)
