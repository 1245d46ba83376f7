"""The comparisons of facts: for which types, how they test, how they are said in Chinese."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from .ages import age_on, months_before
from .areas import name_of, within
from .facts import Fact, WrongValue, parse_day
from .problems import nearest

Truth = bool | None
"""True, false, or unknown (None)."""


AGES = ("age_at_least", "age_below")
"""The comparisons that speak of an age, and may name the day and the way it is counted."""


def say_age(born: date, years: int, on: date | None, by_year: bool = False) -> str:
    """The age on a day in Chinese, and whether it reaches the years; `by_year` counts calendar years."""
    if on is None:
        return f"{born}出生"
    age = on.year - born.year if by_year else age_on(born, on)
    reached = f"{'已满' if age >= years else '未满'}{years}周岁"
    if by_year:
        return f"{born}出生，按年份{on.year}年为{age}周岁（{reached}）"
    return f"{born}出生，{on}满{age}周岁（{reached}）"


@dataclass(frozen=True)
class Operator:
    """A comparison: for which types, what its operand must be, how it tests, how it is said when it does not hold."""

    kinds: tuple[str, ...]
    read: Callable[[Fact, object], Any]
    test: Callable[[Any, Any, date | None], Truth]
    say: Callable[[Fact, Any], str]
    wants: str


_NO_CLASSES = '项目没有写人员类别；先写 [[person_class]]：key = "three_elders"，name = "三老人员"，再在条件里写它的 key'


def _one(fact: Fact, raw: object) -> Any:
    if fact.kind.name == "codes":
        if not fact.kind.codes:
            raise WrongValue(_NO_CLASSES)
        if not isinstance(raw, str) or raw not in fact.kind.codes:
            raise WrongValue(f"须为 {'、'.join(fact.kind.codes)} 之一{_meant(fact, raw)}")
        return raw
    try:
        return fact.kind.read(raw, fact.name)
    except WrongValue as wrong:
        raise WrongValue(f"{wrong}{_meant(fact, raw)}") from None


def _meant(fact: Fact, raw: object) -> str:
    """A hint where the code's Chinese name was written, or a code that looks like one; else nothing."""
    codes = fact.kind.codes
    if not isinstance(raw, str) or not raw.strip() or not codes:
        return ""
    found = next((code for code, label in codes.items() if raw in label or label in raw), None)
    return f"；“{raw}”的代码是 {found}" if found else nearest(raw, codes)


def _many(fact: Fact, raw: object) -> tuple[Any, ...]:
    if not isinstance(raw, list) or not raw:
        raise WrongValue("须为不空的列表（[…]）")
    return tuple(_one(fact, value) for value in raw)


def _years(fact: Fact, raw: object) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= 150:
        raise WrongValue("须为 0 至 150 的整数（周岁）")
    return raw


def _months(fact: Fact, raw: object) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or not 1 <= raw <= 1200:
        raise WrongValue("须为 1 至 1200 的整数（月）")
    return raw


def _areas(fact: Fact, raw: object) -> tuple[str, ...]:
    return _many(fact, raw) if isinstance(raw, list) else (_one(fact, raw),)


def _count(fact: Fact, raw: object) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or raw < 0:
        raise WrongValue("须为不小于 0 的整数")
    return raw


def _flag(fact: Fact, raw: object) -> bool:
    if not isinstance(raw, bool):
        raise WrongValue("须为 true 或 false")
    return raw


def _day(fact: Fact, raw: object) -> date:
    return raw if type(raw) is date else parse_day(raw)


def _label(fact: Fact, value: Any) -> str:
    return fact.kind.codes.get(value, value) if fact.kind.name == "codes" else fact.kind.say(value)


def _labels(fact: Fact, values: tuple[Any, ...]) -> str:
    return "或".join(_label(fact, value) for value in values)


def _reached(born: date, years: int, on: date | None) -> Truth:
    return None if on is None else age_on(born, on) >= years


def _not_reached(born: date, years: int, on: date | None) -> Truth:
    return None if on is None else age_on(born, on) < years


def _recent(day: date, months: int, on: date | None) -> Truth:
    return None if on is None else months_before(on, months) <= day <= on


_SINGLE = ("bool", "code", "int", "region", "text")
OPERATORS: dict[str, Operator] = {
    "is": Operator(_SINGLE, _one, lambda v, o, _: v == o, lambda f, o: f"为{_label(f, o)}", "一个值"),
    "is_one_of": Operator(
        ("code", "int", "region", "text"), _many, lambda v, o, _: v in o, lambda f, o: f"为{_labels(f, o)}", "值的列表"
    ),
    "at_least": Operator(("int",), _one, lambda v, o, _: v >= o, lambda f, o: f"不少于{o}", "整数"),
    "at_most": Operator(("int",), _one, lambda v, o, _: v <= o, lambda f, o: f"不多于{o}", "整数"),
    "age_at_least": Operator(("date",), _years, _reached, lambda f, o: "", "周岁"),
    "age_below": Operator(("date",), _years, _not_reached, lambda f, o: "", "周岁"),
    "on_or_after": Operator(("date",), _day, lambda v, o, _: v >= o, lambda f, o: f"不早于{o}", "日期"),
    "before": Operator(("date",), _day, lambda v, o, _: v < o, lambda f, o: f"早于{o}", "日期"),
    "within_months": Operator(("date",), _months, _recent, lambda f, o: f"在申请前{o}个月内", "几个月"),
    "within": Operator(
        ("region",),
        _areas,
        lambda v, o, _: within(v, o),
        lambda f, o: f"在{'、'.join(name_of(code) for code in o)}范围内",
        '地区代码，如 "500299"，或其列表',
    ),
    "contains": Operator(("codes",), _one, lambda v, o, _: o in v, lambda f, o: f"含{_label(f, o)}", "一个代码"),
    "contains_any": Operator(
        ("codes",), _many, lambda v, o, _: any(c in v for c in o), lambda f, o: f"含{_labels(f, o)}", "代码的列表"
    ),
    "contains_none": Operator(
        ("codes",),
        _many,
        lambda v, o, _: not any(c in v for c in o),
        lambda f, o: f"不含{_labels(f, o)}",
        "代码的列表",
    ),
    "is_empty": Operator(
        ("codes", "records"), _flag, lambda v, o, _: (not v) is o, lambda f, o: "为无" if o else "有", "true 或 false"
    ),
    "count_at_least": Operator(
        ("codes", "records"), _count, lambda v, o, _: len(v) >= o, lambda f, o: f"不少于{o}条", "整数"
    ),
}
