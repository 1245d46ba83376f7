"""What a table's model finds wrong, told to somebody who knows the policy: in Chinese, with what would be right."""

import re
from datetime import date
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from ..core.enums import Labelled
from .problems import Path, Problem, Slip, nearest
from .values import to_fen


def problem_of(model: type[BaseModel], details: ErrorDetails) -> Problem:
    """A fault that the model found, in Chinese words and with what would be right."""
    path: Path = details["loc"]
    kind, context = details["type"], details.get("ctx", {})
    name = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
    if kind == "missing":
        return Problem(path, f"缺少“{name}”", _how_to_write(model, path))
    if kind == "extra_forbidden" and path in _CANNOT_GO:
        return Problem(path, *_CANNOT_GO[path])
    if kind == "extra_forbidden":
        known = _fields_at(model, path[:-1])
        what = f"表 [{name}]" if len(path) == 1 else f"“{name}”这个字段"
        return Problem(path, f"没有{what}", f"可写 {'、'.join(known)}{nearest(name, known)}")
    if kind == "value_error":
        return _refused(path, name, context["error"])
    if (brackets := _brackets(kind, path, details["input"])) is not None:
        return brackets
    said, remedy = _TYPES.get(kind, (details["msg"], ""))
    meant = _meant(kind, name, details["input"], context)
    if meant:
        return Problem(path, f"“{name}”{said.format(**context)}", meant)
    return Problem(
        path, f"“{name}”{said.format(**context)}", remedy.format(**context).replace(" or ", " 或 ").replace("'", '"')
    )


def _brackets(kind: str, path: Path, written: object) -> Problem | None:
    """One bracket where there may be several entries, or two where there is one: told as the head to be written."""
    name = str(path[0])
    if len(path) == 1 and kind.startswith("model") and isinstance(written, list):
        return Problem(path, f"“{name}”只有一节，不能写成 [[{name}]]", f"只写一个 [{name}]，其余的删去")
    if len(path) == 1 and kind == "tuple_type" and isinstance(written, dict):
        return Problem(path, f"“{name}”可以有多节，不能写成 [{name}]", f"每一节都写 [[{name}]]")
    return None


def _refused(path: Path, name: str, wrong: ValueError) -> Problem:
    """A fault that a check of ours found; one that says so stands at the line of a field."""
    if not isinstance(wrong, Slip):
        return Problem(path, f"“{name}”有误：{wrong}")
    if wrong.field:
        return Problem((*path, wrong.field), str(wrong), wrong.remedy)
    return Problem(path, f"“{name}”有误：{wrong}", wrong.remedy)


def _meant(kind: str, name: str, written: object, context: dict[str, Any]) -> str:
    """What the person most likely meant, as text to be copied; "" where that cannot be told."""
    if kind == "int_type":
        return _whole_number(name, written)
    if kind == "string_pattern_mismatch":
        return PATTERNS.get(context["pattern"], "")
    if kind == "dict_type" and name in _CONDITIONS and isinstance(written, str):
        return f"写哪个事实、怎样比较，不写句子，如 {name} = {_CONDITIONS[name]}"
    return ""


def _whole_number(name: str, written: object) -> str:
    """The number in "5 个工作日" or "50%"; the percentage of a part written as 0.5."""
    if isinstance(written, float) and name.endswith("percent") and 0 < written <= 1:
        percent = Decimal(str(written)) * 100
        whole = f"{percent.normalize():f}"
        return f"百分之几就写几：{whole}% 写 {name} = {whole}" if percent == int(percent) else ""
    found = _WITH_UNIT.fullmatch(written) if isinstance(written, str) else None
    if not found:
        return ""
    months = 12 if name.endswith("months") and found[2].startswith("年") else 1
    return f"只写数字，不加引号：{name} = {int(found[1]) * months}"


_WITH_UNIT = re.compile(r"[^\d.]{0,3}(\d{1,6})\s*([^\d\s.].{0,5})")

PATTERNS = {
    "^[A-Z][A-Z0-9]{0,7}$": "大写字母开头，后面大写字母或数字，最多 8 位，如 E1",
    "^[A-Z0-9]{2,12}$": "2 至 12 位，只用大写字母和数字，如 QH2026",
    "^C[0-9]+$": "大写字母 C 加数字，如 C1",
    "^P[0-9]+$": "大写字母 P 加数字，如 P1",
}
"""What a pattern of the models asks, in words."""

_CONDITIONS = {
    "when": '{ fact = "person.birth_date", age_at_least = 60 }',
    "who": '{ fact = "birth_date", age_at_least = 60 }',
}

_LEAVE_OUT = '[[stage]] 里写 key = "{}"、used = false，并写 note 说明理由'
_CANNOT_GO: dict[Path, tuple[str, str]] = {
    ("acceptance", "used"): (
        "入户验收不能省去：没有验收，付款就没有依据",
        '删去 used；县里不会签的，[[step]] 里写 key = "countersign"、used = false，并写 note',
    ),
    ("assessment", "used"): ("省去评估不写在这里", _LEAVE_OUT.format("assessment")),
    ("warranty", "used"): ("省去质保不写在这里", f"{_LEAVE_OUT.format('warranty')}，这里写 months = 0"),
    ("payment_notice", "used"): ("没有“used”这个字段", "不公示的，删去整个 [payment_notice]"),
    ("deposit", "used"): ("没有“used”这个字段", "不收履约保证金的，删去整个 [deposit]"),
    ("first_come", "used"): ("没有“used”这个字段", "用完以后仍受理的，删去整个 [first_come]"),
    ("plan_review", "used"): ("没有“used”这个字段", "方案不用技术审核的，删去整个 [plan_review]"),
    ("procurement", "used"): ("没有“used”这个字段", "派工没有规矩的，删去整个 [procurement]"),
    ("purchase_code", "used"): ("没有“used”这个字段", "不发优惠码的，删去整个 [purchase_code]"),
    ("firm_filing", "used"): ("没有“used”这个字段", "不备案的，删去整个 [firm_filing]"),
    ("sample_inspection", "used"): ("没有“used”这个字段", "不抽查的，删去整个 [sample_inspection]"),
}
"""Where people write that they do not want a part, and how the format says it."""

_TYPES = {
    "string_type": ("须为文字", "加上引号"),
    "int_type": ("须为整数", "不加引号，不写小数"),
    "bool_type": ("须为 true 或 false", "不加引号"),
    "date_type": ("须为日期", "写成 2020-10-10，不加引号"),
    "list_type": ("须为列表", "写成 [ …, … ]"),
    "tuple_type": ("须为列表", "写成 [ …, … ]，或用 [[表名]]"),
    "dict_type": ("须为表", "写成 [表名]，或 {{ 字段 = 值 }}"),
    "model_type": ("须为表", "写成 [表名]，或 {{ 字段 = 值 }}"),
    "model_attributes_type": ("须为表", "写成 [表名]，或 {{ 字段 = 值 }}"),
    "literal_error": ("的值不对", "可写 {expected}"),
    "greater_than_equal": ("太小", "不小于 {ge}"),
    "less_than_equal": ("太大", "不大于 {le}"),
    "string_too_short": ("不能为空", "写上文字"),
    "too_short": ("不能为空", "至少写一项"),
    "string_pattern_mismatch": ("写法不对", "须符合 {pattern}"),
}


def _fields_at(model: type[BaseModel], path: Path) -> list[str]:
    """The fields of the table at a path of the data."""
    here = _model_at(model, path)
    return list(here.model_fields) if here is not None else []


def _model_at(model: type[BaseModel], path: Path) -> type[BaseModel] | None:
    here: type[BaseModel] | None = model
    for part in path:
        if isinstance(part, str) and here is not None and part in here.model_fields:
            here = _model_in(here.model_fields[part].annotation)
    return here


_EXAMPLES = {str: '"…"', int: "1", bool: "true", date: "2020-10-10"}


def _how_to_write(model: type[BaseModel], path: Path) -> str:
    """What to write for a field or table that is missing, by its type."""
    name = str(path[-1])
    here = _model_at(model, path[:-1])
    info = here.model_fields.get(name) if here is not None else None
    if info is None:
        return f"补写 {name}"
    if len(path) == 1:
        many = getattr(info.annotation, "__origin__", None) is tuple
        return f"补写表 {'[[' if many else '['}{name}{']]' if many else ']'}，写法见 catalog/README.md"
    checks = [getattr(part, "func", None) for part in info.metadata]
    if to_fen in checks:
        return f'补写 {name} = "2000.00"'
    return f"补写 {name} = {_example(info.annotation)}"


def _example(kind: Any) -> str:
    """How a value of a type is written."""
    if isinstance(kind, type) and issubclass(kind, Labelled):
        return " 或 ".join(f'"{member.value}"' for member in kind)
    if get_origin(kind) is Literal:
        return " 或 ".join(f'"{value}"' for value in get_args(kind))
    return _EXAMPLES.get(kind, "[ … ]")


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_in(inner)
        if found is not None:
            return found
    return None
