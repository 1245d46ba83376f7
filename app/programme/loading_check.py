"""What is asked of data that come in today, and not of versions that were stored before: without it no file gets through."""

import re
from collections.abc import Callable, Iterator

from .areas import stem
from .problems import Path, Problem
from .schema import ProgrammeData

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


_CHECKS: tuple[Callable[[ProgrammeData], Iterator[Problem]], ...] = (_rooms, _regions, _allotments)
