"""The types of facts: what they are called, which codes they take, and the strict reading of each from JSON.

A value of another type, an unknown key or code is refused with a sentence that says what would be right.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from ..core.errors import RuleViolation, RuleViolations
from .areas import name_of

Facts = dict[str, Any]
"""Facts by dotted name, e.g. {"person.birth_date": date(1945, 3, 2)}; what is not in it is unknown."""

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YUAN = re.compile(r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,2})?")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_REGION = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,31}")


class FactsRefused(RuleViolations):
    """The facts cannot be read; `reasons` are Chinese sentences, one for each fault."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__([RuleViolation(reason) for reason in reasons])
        self.reasons = reasons


class WrongValue(ValueError):
    """One value is not of its fact's type; the text says what would be right."""


@dataclass(frozen=True)
class Kind:
    """The type of a fact: its name for the documentation, its codes with labels, its reader."""

    name: str
    codes: Mapping[str, str] = field(default_factory=dict)
    lowest: int = 0
    highest: int = 0
    record: Mapping[str, "Fact"] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    is_open: bool = False
    """Whether its codes are each programme's own, so that any code is one where no programme is known."""

    def read(self, value: object, where: str) -> Any:
        """The value as Python has it. Raises `WrongValue`, or `FactsRefused` for records with several faults."""
        return _READERS[self.name](self, value, where)

    def say(self, value: Any) -> str:
        """The value in Chinese, for reasons."""
        if self.name == "bool":
            return "是" if value else "否"
        if self.name == "code":
            return self.codes[value]
        if self.name == "codes":
            return "、".join(self.codes.get(code, code) for code in value) or "无"
        if self.name == "records":
            return self._say_records(value)
        if self.name == "region":
            return name_of(value)
        return str(value)

    def _say_records(self, records: tuple[Facts, ...]) -> str:
        """How many, and each by its required field: 1条（残联）."""
        said = [self.record[name].kind.say(entry[name]) for entry in records for name in self.required]
        return f"{len(records)}条（{'、'.join(said)}）" if records else "无"


@dataclass(frozen=True)
class Fact:
    """One word of the vocabulary."""

    name: str
    label: str
    kind: Kind
    note: str = ""


def read_into(
    facts: Facts, raw: dict[str, Any], prefix: str, words: Mapping[str, Fact], reasons: list[str], at: str = ""
) -> None:
    """Reads nested JSON into `facts` by dotted names, with what is wrong added to `reasons`."""
    for key, value in raw.items():
        name = f"{prefix}{key}"
        where = at + name
        if name in words and "." not in key:
            try:
                facts[name] = words[name].kind.read(value, where)
            except FactsRefused as refused:
                reasons.extend(refused.reasons)
            except WrongValue as wrong:
                reasons.append(f"{where}（{words[name].label}）：{wrong}")
        elif "." not in key and any(word.startswith(name + ".") for word in words):
            if isinstance(value, dict):
                read_into(facts, value, name + ".", words, reasons, at)
            else:
                reasons.append(f"{where}：须是一个对象（{{…}}），现为{shape_of(value)}")
        else:
            reasons.append(f"{where}：没有这个事实{_nearest(name, words)}")


def _nearest(name: str, words: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, list(words), n=1, cutoff=0.75)
    return f"，是否想写 {near[0]}？" if near else "，可用的事实见 catalog/README.md"


def shape_of(value: object) -> str:
    """What a JSON value is, in Chinese."""
    shapes = {
        bool: "true/false",
        int: "数字",
        float: "小数",
        str: "文字",
        list: "列表",
        dict: "对象",
        type(None): "null",
    }
    return shapes.get(type(value), type(value).__name__)


def _read_bool(kind: Kind, value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise WrongValue(f"须为 true 或 false，现为{shape_of(value)}")
    return value


def _read_int(kind: Kind, value: object, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongValue(f"须为 {kind.lowest} 至 {kind.highest} 的整数，现为{shape_of(value)}")
    if not kind.lowest <= value <= kind.highest:
        raise WrongValue(f"须为 {kind.lowest} 至 {kind.highest} 的整数，现为超出范围的数")
    return value


def parse_day(value: object) -> date:
    """A civil date written `2020-09-15`. Raises ValueError with a Chinese sentence."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise WrongValue("须为日期，写作 2020-09-15")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise WrongValue(f"{value} 不是真实的日期") from None


def _read_date(kind: Kind, value: object, where: str) -> date:
    return parse_day(value)


def _read_code(kind: Kind, value: object, where: str) -> str:
    if kind.is_open and isinstance(value, str) and _CODE.fullmatch(value):
        return value
    if kind.is_open:
        raise WrongValue("须为代码，用英文小写，如 three_elders")
    if not kind.codes:
        raise WrongValue("本项目没有写人员类别（[[person_class]]），不能写代码")
    if not isinstance(value, str) or value not in kind.codes:
        shown = f"“{value[:40]}”" if isinstance(value, str) else shape_of(value)
        raise WrongValue(f"须为 {'、'.join(kind.codes)} 之一，现为{shown}")
    return value


def _read_codes(kind: Kind, value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise WrongValue(f"须为列表（[…]），现为{shape_of(value)}")
    return tuple(dict.fromkeys(_read_code(kind, code, where) for code in value))


def _read_text(kind: Kind, value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise WrongValue(f"须为不空的文字，现为{shape_of(value)}")
    return value


def _read_region(kind: Kind, value: object, where: str) -> str:
    if not isinstance(value, str) or not _REGION.fullmatch(value):
        raise WrongValue('须为地区代码（文字，如 "500101"）')
    return value


def _read_yuan(kind: Kind, value: object, where: str) -> Decimal:
    if not isinstance(value, str) or not _YUAN.fullmatch(value):
        raise WrongValue('须为写成文字的金额，如 "2000.00"')
    return Decimal(value)


def _read_items(kind: Kind, value: object, where: str) -> tuple[int | str, ...]:
    if not isinstance(value, list):
        raise WrongValue(f"须为列表（[…]），现为{shape_of(value)}")
    if not all((isinstance(i, int) and not isinstance(i, bool)) or (isinstance(i, str) and i.strip()) for i in value):
        raise WrongValue("列表里须是项目序号或名称")
    return tuple(value)


def _read_records(kind: Kind, value: object, where: str) -> tuple[Facts, ...]:
    if not isinstance(value, list):
        raise WrongValue(f"须为列表（[…]），现为{shape_of(value)}")
    reasons: list[str] = []
    records = []
    for index, entry in enumerate(value):
        at = f"{where}[{index}]"
        if not isinstance(entry, dict):
            reasons.append(f"{at}：须是一个对象（{{…}}），现为{shape_of(entry)}")
            continue
        record: Facts = {}
        read_into(record, entry, "", kind.record, reasons, at + ".")
        reasons.extend(f"{at}：缺少 {key}（{kind.record[key].label}）" for key in kind.required if key not in entry)
        records.append(record)
    if reasons:
        raise FactsRefused(reasons)
    return tuple(records)


_READERS = {
    "bool": _read_bool,
    "int": _read_int,
    "date": _read_date,
    "code": _read_code,
    "codes": _read_codes,
    "text": _read_text,
    "region": _read_region,
    "yuan": _read_yuan,
    "items": _read_items,
    "records": _read_records,
}
