"""How a programme's data are said in Chinese: values, titles of entries, conditions."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ..core.money import yuan
from ..lifecycle import Status
from ..permissions import Role, post
from .areas import LEVELS
from .expressions import AllOf, Condition, IfElse, Leaf, Not, OverList, Same, Some
from .facts import MEMBERS, Fact
from .operators import OPERATORS
from .person_classes import words_of
from .problems import Problems
from .process import passed
from .reading import Named, read_condition
from .schema import ProgrammeData
from .values import to_centi, to_fen
from .words import CHAPTER_OF_MODULE, CODES, CODES_THEMSELVES, FIELDS, IDENTITY, NAMES, OWN, TABLES, UNITS, TableWords


def table_words(table: str) -> TableWords:
    """How a table is said; one that has no words yet stands under its own name, in the chapter of its module."""
    if table in TABLES:
        return TABLES[table]
    model = model_in(ProgrammeData.model_fields[table].annotation)
    module = model.__module__.rpartition(".")[2] if model is not None else ""
    return TableWords(CHAPTER_OF_MODULE.get(module, "about"), table)


def label(table: str, field: str) -> str:
    """A field's Chinese name."""
    return OWN.get((table, field)) or FIELDS.get(field, field)


def model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that a field holds, alone or in a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := model_in(inner)) is not None), None)


def is_yuan(info: FieldInfo) -> bool:
    """Whether a field is an amount of money: it is read by `to_fen`."""
    return _is_read_by(to_fen, info)


def is_written(info: FieldInfo) -> bool:
    """Whether a field is a number that stands between quotation marks in the files: an amount or a quantity."""
    return _is_read_by(to_fen, info) or _is_read_by(to_centi, info)


def _is_read_by(reader: Callable[[object], int], info: FieldInfo) -> bool:
    def reads(part: Any) -> bool:
        return getattr(part, "func", None) is reader or any(reads(inner) for inner in get_args(part))

    return any(reads(part) for part in (*info.metadata, info.annotation))


def money(fen: int) -> str:
    """An amount as people say it: 2000 元, 12.50 元."""
    return f"{yuan(fen).removesuffix('.00')} 元"


def name_of(data: ProgrammeData, table: str, key: object) -> str:
    """What an entry of another table is called: 13 安装扶手, E3 高龄、失能或残疾; the key itself when there is none."""
    for entry in getattr(data, table):
        if any(getattr(entry, field, None) == key for field in ("id", "key", "number", "body")):
            said = getattr(entry, "title", None) or entry.name
            return f"{key} {said}" if table in ("item", "clause") else str(said)
    return str(key)


def identity(entry: BaseModel) -> str:
    """What tells an entry from the others of its table; "" where nothing does."""
    found = (getattr(entry, field, None) for field in IDENTITY if field in type(entry).model_fields)
    first = next((value for value in found if value not in (None, "")), "")
    if isinstance(first, BaseModel):
        return identity(first)
    more = (getattr(entry, field, None) for field in ("fund", "year") if field in type(entry).model_fields)
    return " ".join(dict.fromkeys(str(part) for part in (first, *more) if part not in (None, "")))


def title(data: ProgrammeData, table: str, entry: BaseModel) -> str:
    """What an entry is called on a page."""
    about = getattr(entry, table.removesuffix("s"), None)
    if isinstance(about, BaseModel):
        return title(data, table, about)
    name = next((str(getattr(entry, field)) for field in ("title", "name", "text") if getattr(entry, field, "")), "")
    if table == "quota" and name and (year := getattr(entry, "year", None)):
        return f"{name} {year} 年"
    if table in ("fund", "priority", "quota") and name:
        return name
    code = next((str(getattr(entry, field)) for field in ("id", "number") if getattr(entry, field, "")), "")
    for field in ("item", "fund", "hazard", "indicator"):
        if (value := getattr(entry, field, None)) is not None and table != field and not isinstance(value, tuple):
            code = name_of(data, field, value)
            break
    for field in ("key", "action", "task", "round"):
        if not name and field in type(entry).model_fields:
            name = say_value(data, table, field, getattr(entry, field))
    return f"{code} {name}".strip() or identity(entry)


def say_value(data: ProgrammeData, table: str, field: str, value: Any, info: FieldInfo | None = None) -> str:
    """A value in Chinese; "" for nothing."""
    if value is None or value in ("", ()):
        return ""
    if info is not None and is_yuan(info):
        return _say_amounts(value)
    if info is not None and is_written(info) and isinstance(value, int):
        return yuan(value).removesuffix(".00")
    if isinstance(value, BaseModel):
        return _say_part(data, table, value)
    if isinstance(value, tuple):
        parts = [say_value(data, table, field, part) for part in value]
        return ("；" if any(isinstance(part, BaseModel) for part in value) else "、").join(parts)
    if isinstance(value, Mapping):
        return _say_mapping(data, table, field, value)
    return _say_one(data, field, value)


_OF_PEOPLE = frozenset({"roles", "party", "excluded", "countersign", "responsible", "by", "move_up"})
"""Fields that name who does something: the county's own role is the office that leads the programme."""


def _say_one(data: ProgrammeData, field: str, value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if value == Role.COUNTY.value and field in _OF_PEOPLE:
        office = post(Role.COUNTY, data.programme.lead)
        return f"由{office}确认后递补" if field == "move_up" else office
    if isinstance(value, Enum):
        return str(getattr(value, "label", value.value))
    if field in NAMES:
        return name_of(data, NAMES[field], value)
    if field == "instrument":
        return next((one.instrument.name for one in data.instruments if one.instrument.key == value), str(value))
    if isinstance(value, int):
        return f"{value}{_unit(field)}"
    return CODES.get(value, value) if isinstance(value, str) and field not in CODES_THEMSELVES else str(value)


def _say_amounts(value: Any) -> str:
    if isinstance(value, Mapping):
        return "；".join(f"{CODES.get(str(key), key)} {money(fen)}" for key, fen in value.items())
    return "、".join(money(fen) for fen in value) if isinstance(value, tuple) else money(value)


def _unit(field: str) -> str:
    if field == "percent" or field.endswith("_percent"):
        return "%"
    return next((f" {unit}" for name, unit in UNITS.items() if field == name or field.endswith(f"_{name}")), "")


_COMPUTED = {"instruments": ("when", "level", "worse_by", "kind")}
"""Table → what its parts have for the computation; their names say it already."""


def _say_part(data: ProgrammeData, table: str, part: BaseModel) -> str:
    said = [
        f"{label(table, name)} {text}" if name not in ("key", "name", "text") else text
        for name, info in type(part).model_fields.items()
        if name not in ("key", "source", "assumptions", *_COMPUTED.get(table, ()))
        and getattr(part, name) != info.default
        if (text := say_value(data, table, name, getattr(part, name), info))
    ]
    return "，".join(said)


def _say_mapping(data: ProgrammeData, table: str, field: str, value: Mapping[str, Any]) -> str:
    condition = condition_in(data, value) or condition_in(data, value, words_of(data)[MEMBERS].kind.record)
    if condition is not None:
        return say_condition(condition).flat
    if table == "time_limits":  # nobody waits where the programme passes on at once
        value = {key: inner for key, inner in value.items() if key not in passed(data)}
    keys = in_order(value)
    return "；".join(f"{CODES.get(key, key)} {say_value(data, table, field, value[key])}" for key in keys)


_STATUSES = [status.value for status in Status]


def in_order(keys: Iterable[str]) -> list[str]:
    """Keys as people go through them: statuses by the lifecycle, whatever else where it stands."""
    return sorted(keys, key=lambda key: _STATUSES.index(key) if key in _STATUSES else len(_STATUSES))


# ---------------------------------------------------------------- conditions


@dataclass(frozen=True)
class Said:
    """A condition in words: a sentence, and the sentences under it."""

    text: str
    parts: tuple["Said", ...] = ()
    joint: str = ""

    @property
    def flat(self) -> str:
        """All in one sentence."""
        if not self.parts:
            return self.text
        inner = self.joint.join(f"（{part.flat}）" if part.joint else part.flat for part in self.parts)
        return inner if self.joint else f"{self.text}{inner}"


def condition_in(data: ProgrammeData, value: object, words: Mapping[str, Fact] | None = None) -> Condition | None:
    """The condition that a value of the data is, or None when it is none; names are looked up among the data's own.

    `words` are those of one person where it speaks of each person of a household.
    """
    if not isinstance(value, Mapping):
        return None
    problems: Problems = []
    named = Named({entry.id: (entry.when, ()) for entry in data.condition}, words_of(data))
    found = read_condition(value, (), problems, words, named=named)
    return None if problems else found


def say_condition(condition: Condition) -> Said:
    """A condition as a policy officer says it."""
    if isinstance(condition, Leaf):
        return Said(say_leaf(condition))
    if isinstance(condition, OverList):
        whom = f"{condition.fact.label}{'和申请人' if condition.with_applicant else ''}中"
        wanted = "有一条" if isinstance(condition, Some) else condition.wanted()
        return Said(f"{whom}{wanted}：", (say_condition(condition.condition),))
    if isinstance(condition, Same):
        where = "相同" if condition.level == "exact" else f"在同一{LEVELS[condition.level][1]}"
        return Said(f"{condition.fact.label}与{condition.other.label}{where}{_doubt(condition)}")
    if isinstance(condition, Not):
        return Said("不是：", (say_condition(condition.part),))
    if isinstance(condition, IfElse):
        test, then, other = (say_condition(part) for part in (condition.test, condition.then, condition.otherwise))
        return Said("分两种情况：", (Said(f"如果{test.flat}，须", (then,)), Said("否则须", (other,))), "；")
    parts = tuple(say_condition(part) for part in condition.parts)
    both = isinstance(condition, AllOf)
    return Said("以下各项都要符合：" if both else "符合以下任一项：", parts, "，且" if both else "，或")


def say_leaf(leaf: Leaf) -> str:
    """One comparison: 年满 60 周岁, 住房权属为自有产权."""
    subject, said = leaf_words(leaf)
    day = f"（截至 {leaf.at}）" if leaf.at else "（按年份计算）" if leaf.by_year else ""
    return f"{subject}{said}{day}{_doubt(leaf)}"


def _doubt(condition: Leaf | Same) -> str:
    return "（不满足的尚不能判断）" if condition.doubtful else ""


def leaf_words(leaf: Leaf) -> tuple[str, str]:
    """What a comparison is about, and what it wants."""
    if leaf.operator.startswith("age_"):
        return "年龄", f"{'未满' if 'below' in leaf.operator else '满'} {say_operand(leaf)}"
    if leaf.fact.kind.name == "bool":
        return leaf.fact.label, "：" + ("是" if leaf.operand else "否")
    said = OPERATORS[leaf.operator].say(leaf.fact, leaf.operand)
    return leaf.fact.label, said or f"{leaf.operator} {leaf.operand}"


def say_operand(leaf: Leaf) -> str:
    """What a comparison is compared with."""
    if leaf.operator.startswith("age_") and isinstance(leaf.operand, int):
        return f"{leaf.operand} 周岁"
    if leaf.fact.kind.name == "bool":
        return "是" if leaf.operand else "否"
    said = OPERATORS[leaf.operator].say(leaf.fact, leaf.operand)
    return said or str(leaf.operand)
