"""The vocabulary of facts that every programme's rules may speak of, and the strict reading of facts given as JSON.

One list for all programmes (`catalog/README.md` shows it); it grows by addition. An absent fact is unknown, never
false; an unknown key, code or type refuses the whole (contract, `eligibility explain`).
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from ..core.errors import RuleViolation, RuleViolations

Facts = dict[str, Any]
"""Facts by dotted name, e.g. {"person.birth_date": date(1945, 3, 2)}; what is not in it is unknown."""

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YUAN = re.compile(r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,2})?")
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
            return "、".join(self.codes[code] for code in value) or "无"
        if self.name == "records":
            return self._say_records(value)
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


BOOL, DATE, REGION, TEXT, YUAN = Kind("bool"), Kind("date"), Kind("region"), Kind("text"), Kind("yuan")
ITEMS = Kind("items")


def _whole(lowest: int, highest: int) -> Kind:
    return Kind("int", lowest=lowest, highest=highest)


def _code(**codes: str) -> Kind:
    return Kind("code", codes)


def _codes(**codes: str) -> Kind:
    return Kind("codes", codes)


HARDSHIP = _codes(
    tekun_scattered="分散供养特困人员",
    tekun_institution="集中供养特困人员",
    poverty_registered="建档立卡贫困人口",
    dibao="低保对象",
    dibao_margin="低保边缘对象",
    low_income="低收入对象",
    lifted_poverty="脱贫人口",
    poverty_risk="防止返贫监测对象",
    expense_poverty="支出型困难家庭",
    special_care="重点优抚对象",
    family_planning_special="计划生育特殊家庭",
    orphan_support="孤儿基本生活保障对象",
)
DISABILITY = _code(
    visual="视力残疾",
    hearing="听力残疾",
    speech="言语残疾",
    limb="肢体残疾",
    intellectual="智力残疾",
    mental="精神残疾",
    multiple="多重残疾",
)
RECOGNISED = _code(full="全自理", partial="部分丧失自理能力", complete_loss="完全丧失自理能力", none="未认定过")
LEVEL = _code(intact="能力完好", mild="轻度失能", moderate="中度失能", severe="重度失能", complete="完全失能")
LIVING = _codes(
    alone="独居",
    empty_nest="空巢",
    left_behind="留守",
    lost_only_child="失独",
    with_disabled_child="以老养残",
    with_family="与家人同住",
)
RIGHT = _code(
    owned="自有产权", long_term_use="长期使用权", public_rental="公租房", private_rental="私人租房", none="无权居住"
)
DEPARTMENT = _code(
    cdpf="残联",
    civil_affairs="民政",
    housing="住建",
    rural_revitalisation="乡村振兴（扶贫）",
    health="卫健",
    other="其他部门或单位",
)
RELATION = _code(
    spouse="配偶",
    child="子女",
    child_in_law="儿媳或女婿",
    grandchild="孙辈",
    parent="父母",
    sibling="兄弟姐妹",
    other="其他",
)

_PERSON = (
    Fact("birth_date", "出生日期", DATE, "按身份证；不得晚于申请日"),
    Fact("hardship", "困难类别", HARDSHIP, "可多选；空表示都不属于"),
    Fact("disability.certificate", "持有有效残疾人证", BOOL, "第二代或第三代"),
    Fact("disability.grade", "残疾等级", _whole(1, 4)),
    Fact("disability.category", "残疾类别", DISABILITY),
    Fact(
        "ability.failed_items", "六项自理指标中不能完成的项数", _whole(0, 6), "吃饭、穿衣、上下床、如厕、室内行走、洗澡"
    ),
    Fact("ability.recognised", "已有的自理能力认定", RECOGNISED, "没有认定过写 none；不写表示不清楚"),
    Fact("ability.level", "老年人能力等级", LEVEL, "按国家标准评估的等级"),
    Fact("hukou_region", "户籍地", REGION, "地区代码"),
    Fact("residence_region", "居住地", REGION, "地区代码"),
    Fact("insured", "已参加基本医疗保险", BOOL),
    Fact("living", "居住状况", LIVING, "可多选"),
)


def _person(prefix: str) -> dict[str, Fact]:
    return {prefix + fact.name: Fact(prefix + fact.name, fact.label, fact.kind, fact.note) for fact in _PERSON}


MEMBERS = Kind(
    "records",
    record={"relation": Fact("relation", "与申请人关系", RELATION)} | _person(""),
    required=("relation",),
)
SUBSIDISED = Kind(
    "records",
    record={
        fact.name: fact
        for fact in (
            Fact("department", "补贴部门", DEPARTMENT),
            Fact("programme", "项目名称", TEXT),
            Fact("date", "补贴日期", DATE),
            Fact("subject", "补贴对象", _code(person="本人", household="家庭", dwelling="住房")),
            Fact("amount", "补贴金额", YUAN),
            Fact("items", "改造项目", ITEMS),
        )
    },
    required=("department",),
)

VOCABULARY: dict[str, Fact] = _person("person.") | {
    fact.name: fact
    for fact in (
        Fact("household.members", "家庭成员", MEMBERS, "每人须写 relation，其余同 person"),
        Fact("household.size", "家庭人口数", _whole(1, 50)),
        Fact("dwelling.right", "住房权属", RIGHT),
        Fact("dwelling.owner_consent", "产权单位书面同意", BOOL),
        Fact("dwelling.safe", "住房结构安全", BOOL),
        Fact("dwelling.renovatable", "具备改造条件", BOOL),
        Fact("dwelling.demolition_planned", "近期列入征收拆迁计划", BOOL),
        Fact("dwelling.must_move_out", "施工期间须暂时迁出", BOOL),
        Fact("dwelling.can_stay_elsewhere", "能自行在他处过渡", BOOL),
        Fact("history.subsidised", "以往享受的改造补贴", SUBSIDISED, "空表示查过没有；不写表示没查"),
        Fact(
            "consent.applicant",
            "自愿申请",
            _code(self="本人自愿申请", guardian="监护人自愿申请", none="本人及监护人均未申请"),
        ),
    )
}


def read_facts(raw: object, on: date | None = None) -> Facts:
    """Reads nested JSON facts strictly into dotted names.

    `on` is the day of application; with it a later birth date is refused. Raises `FactsRefused` with every fault.
    """
    if not isinstance(raw, dict):
        raise FactsRefused([f"facts 须是一个对象（{{…}}），现为{_shape(raw)}"])
    reasons: list[str] = []
    facts: Facts = {}
    _read_into(facts, raw, "", VOCABULARY, reasons)
    if on is not None:
        _refuse_unborn(facts, on, reasons)
    if reasons:
        raise FactsRefused(reasons)
    return facts


def _refuse_unborn(facts: Facts, on: date, reasons: list[str]) -> None:
    born = facts.get("person.birth_date")
    if born is not None and born > on:
        reasons.append(f"person.birth_date：出生日期 {born} 晚于申请日 {on}")
    for index, member in enumerate(facts.get("household.members", ())):
        if member.get("birth_date", on) > on:
            reasons.append(f"household.members[{index}].birth_date：出生日期 {member['birth_date']} 晚于申请日 {on}")


def _read_into(
    facts: Facts, raw: dict[str, Any], prefix: str, words: Mapping[str, Fact], reasons: list[str], at: str = ""
) -> None:
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
                _read_into(facts, value, name + ".", words, reasons, at)
            else:
                reasons.append(f"{where}：须是一个对象（{{…}}），现为{_shape(value)}")
        else:
            reasons.append(f"{where}：没有这个事实{_nearest(name, words)}")


def _nearest(name: str, words: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, list(words), n=1, cutoff=0.75)
    return f"，是否想写 {near[0]}？" if near else "，可用的事实见 catalog/README.md"


def _shape(value: object) -> str:
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
        raise WrongValue(f"须为 true 或 false，现为{_shape(value)}")
    return value


def _read_int(kind: Kind, value: object, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongValue(f"须为 {kind.lowest} 至 {kind.highest} 的整数，现为{_shape(value)}")
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
    if not isinstance(value, str) or value not in kind.codes:
        shown = f"“{value[:40]}”" if isinstance(value, str) else _shape(value)
        raise WrongValue(f"须为 {'、'.join(kind.codes)} 之一，现为{shown}")
    return value


def _read_codes(kind: Kind, value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise WrongValue(f"须为列表（[…]），现为{_shape(value)}")
    return tuple(dict.fromkeys(_read_code(kind, code, where) for code in value))


def _read_text(kind: Kind, value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise WrongValue(f"须为不空的文字，现为{_shape(value)}")
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
        raise WrongValue(f"须为列表（[…]），现为{_shape(value)}")
    if not all((isinstance(i, int) and not isinstance(i, bool)) or (isinstance(i, str) and i.strip()) for i in value):
        raise WrongValue("列表里须是项目序号或名称")
    return tuple(value)


def _read_records(kind: Kind, value: object, where: str) -> tuple[Facts, ...]:
    if not isinstance(value, list):
        raise WrongValue(f"须为列表（[…]），现为{_shape(value)}")
    reasons: list[str] = []
    records = []
    for index, entry in enumerate(value):
        at = f"{where}[{index}]"
        if not isinstance(entry, dict):
            reasons.append(f"{at}：须是一个对象（{{…}}），现为{_shape(entry)}")
            continue
        record: Facts = {}
        _read_into(record, entry, "", kind.record, reasons, at + ".")
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
