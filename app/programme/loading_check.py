"""What is asked of data that come in today, and not of versions that were stored before: without it no file gets through,
or money and days stand there that mean nothing."""

import re
from collections.abc import Callable, Iterator

from .areas import stem, within
from .instrument_use import speaks_of
from .money_schema import Rate
from .person_classes import check_used
from .problems import Path, Problem
from .schema import ProgrammeData
from .selection import selects

_CODE = re.compile(r"\d{6}|\d{9}|\d{12}|(?=.*[A-Za-z])[A-Za-z0-9._-]{2,32}")


def is_county(code: str) -> bool:
    """Whether a region's code is a county's; a zone that has no code of the national list counts as one."""
    return not code.isdigit() or len(stem(code)) == 6


def check_loaded(data: ProgrammeData) -> Iterator[Problem]:
    """Every fault that would only show when the first household is under way."""
    for check in _CHECKS:
        yield from check(data)


def _rooms(data: ProgrammeData) -> Iterator[Problem]:
    """Assessors go from room to room, and each line of a plan names the room that it is for."""
    if not data.room:
        remedy = '补写表 [[room]]：key = "bathroom"，name = "卫生间"，一个空间一节'
        yield Problem(("room",), "缺少“room”：没有空间，评估和方案都填不了", remedy)


def _regions(data: ProgrammeData) -> Iterator[Problem]:
    """A region is found by its code; a name or a code cut short is found nowhere, and nobody would see the programme."""
    at: list[tuple[Path, str]] = [(("programme", "region"), data.programme.region)]
    at += [(("quota", index, "region"), quota.region) for index, quota in enumerate(data.quota)]
    for path, code in at:
        if not _CODE.fullmatch(code):
            remedy = "写代码，不写地名：省、市、区县 6 位，乡镇 9 位，村 12 位；没有国标代码的功能区写系统里的代码"
            yield Problem(path, f"“{code}”不是地区代码", remedy)


def _allotments(data: ProgrammeData) -> Iterator[Problem]:
    """Money is allotted to a county: where several have the programme, nobody could say whose it is."""
    about = data.programme
    if about.overlay or is_county(about.region):
        return
    for index, allotment in enumerate(data.allotment):
        if not allotment.region:
            remedy = "写进各区县的细则；或删去，由区县在“任务和资金”里登记"
            yield Problem(("allotment", index), "[[allotment]] 没有写下达到哪个区县，项目的地区也不是一个区县", remedy)


def _elsewhere(data: ProgrammeData) -> Iterator[Problem]:
    """Places and money of a region in which the programme does not hold; a zone's own code tells nothing of where it is."""
    own = data.programme.region
    for table in ("quota", "allotment"):
        for index, entry in enumerate(getattr(data, table)):
            if entry.region.isdigit() and own.isdigit() and within(entry.region, (own,)) is False:
                said = f"“{entry.region}”不在项目的地区 {own} 之内，登记不上"
                yield Problem((table, index, "region"), said, "改成本地区之内的代码，或删去这一条")


def _nothing_to_give(data: ProgrammeData) -> Iterator[Problem]:
    """A cap of nothing is only meant where the programme settles who comes first and has no money of its own."""
    amounts = [data.cap.amount + data.cap.addition, *(case.amount for case in data.cap_case)]
    only_first = bool(data.priority) and not (data.allotment or data.quota or data.rate or data.price)
    if not any(amounts) and not only_first:
        remedy = "写每户最多补贴多少元；没有自己的钱、只影响先后的，写 [[priority]]，不写比例、限价和任务数"
        yield Problem(("cap", "amount"), "补贴标准是 0 元，谁也得不到补贴", remedy)


def _rates_of_nothing(data: ProgrammeData) -> Iterator[Problem]:
    """Nothing per cent keeps something from the rows behind it; without any such row it only looks like a part."""
    for index, rate in enumerate(data.rate):
        if not rate.percent and not any(_share_items(data, rate, later) for later in data.rate[index + 1 :]):
            said = f"“{rate.name}”的比例是 0，这些项目一分不补"
            remedy = "写百分之几，如 percent = 50；本来就不补的删去这一条：没有比例的项目由家庭自费"
            yield Problem(("rate", index, "percent"), said, remedy if len(data.rate) > 1 else _ALONE)


_ALONE = "写百分之几，如 percent = 50；全额补贴的删去 [[rate]]"


def _share_items(data: ProgrammeData, one: Rate, other: Rate) -> bool:
    return any(selects(one, item, data.group) and selects(other, item, data.group) for item in data.item)


def _no_days(data: ProgrammeData) -> Iterator[Problem]:
    """A notice that hangs for no day is none."""
    instead = "写公示几天，如 days = 7"
    if data.notice.used and not data.notice.days:
        yield Problem(("notice", "days"), "公示 0 天等于不公示", f"{instead}；不公示的，[notice] 只写一行 used = false")
    if data.payment_notice is not None and not data.payment_notice.days:
        yield Problem(("payment_notice", "days"), "公示 0 天等于不公示", f"{instead}；不公示的，删去 [payment_notice]")
    for index, entry in enumerate(data.notice_round):
        if not entry.days:
            said = f"第 {entry.round} 轮公示 0 天，等于没有这一轮"
            yield Problem(("notice_round", index, "days"), said, f"{instead}；不要这一轮的，改 [notice] 的 rounds")


def _units(data: ProgrammeData) -> Iterator[Problem]:
    """A price per piece says nothing of an item that is counted in square metres."""
    units = {item.number: item for item in data.item}
    for index, price in enumerate(data.price):
        item = units.get(price.item)
        if item is not None and price.unit != item.unit:
            said = f"限价的单位是“{price.unit}”，项目 {item.number} {item.name}的单位是“{item.unit}”"
            yield Problem(
                ("price", index, "unit"), said, f'写 unit = "{item.unit}"，并按这个单位写价；或改 [[item]] 的 unit'
            )


def _levels(data: ProgrammeData) -> Iterator[Problem]:
    """A level of ability is found by an instrument and asked nowhere else: without one that has it the clause stays open."""
    if any(outcome.fact == _LEVEL for one in data.instruments for outcome in one.outcome):
        return
    for table in ("condition", "clause", "priority", "cap_case", "rate"):
        for index, entry in enumerate(getattr(data, table)):
            if speaks_of(entry.when, _LEVEL):
                used = "、".join(one.instrument.name for one in data.instruments) or "没有"
                said = f"问了老年人能力等级（{_LEVEL}），但用的评估工具（{used}）不给出等级，这一条永远查不清"
                yield Problem((table, index, "when"), said, _OTHER_INSTRUMENT)


_LEVEL = "person.ability.level"
_OTHER_INSTRUMENT = '[ability] 写 instrument = "gbt_42195_2022"（给出等级）；用六项指标的，改问 person.ability.failed_items（几项不能完成）'


def _cases(data: ProgrammeData) -> Iterator[Problem]:
    """What was accepted and paid is known at the settlement alone: before the review there are no cases to tell apart."""
    for index, document in enumerate(data.document):
        if document.needed_for == "review" and document.only_if:
            said = f"“{document.name}”初审以前就要，那时还不知道有没有这种情形"
            yield Problem(("document", index, "only_if"), said, "删去 only_if：初审的材料每户都要")


_CHECKS: tuple[Callable[[ProgrammeData], Iterator[Problem]], ...] = (
    _rooms,
    check_used,
    _regions,
    _allotments,
    _elsewhere,
    _nothing_to_give,
    _rates_of_nothing,
    _no_days,
    _units,
    _levels,
    _cases,
)
