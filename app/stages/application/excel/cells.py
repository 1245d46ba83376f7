"""What a cell says: its value in the application's JSON, or a sentence that says what to do. Plain Python."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any

from ....core.money import parse_yuan, yuan
from ....programme.eligibility_schema import NONE_OF_THEM
from ..rules import NO_CLASS
from .columns import Column, compact

EARLIEST, LATEST = 1900, 2100
_DATE = re.compile(
    r"(?P<year>\d{4})(?:[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})|年(?P<m>\d{1,2})月(?P<d>\d{1,2})日?|(?P<packed>\d{4}))"
    r"(?: 0?0:00(?::00(?:\.0+)?)?)?"
)
_EXPONENT = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")
_BETWEEN = re.compile(r"[、,，;；/|\n]+")
_YES = frozenset({"是", "有", "能", "TRUE", "YES", "Y", "√"})
_NO = frozenset({"否", "无", "没有", "不能", "不是", "FALSE", "NO", "N", "×"})


def parse(column: Column, value: Any) -> Any:
    """A filled cell's value as the command takes it; raises ValueError with a Chinese sentence."""
    return _PARSERS[column.kind](column, value)


def shown(value: Any) -> str:
    """A cell's value as Excel shows it."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    return value.isoformat() if isinstance(value, date) else str(value)


def _number(value: float) -> str:
    """At most fifteen digits, as Excel has them: what follows is lost."""
    value = float(value)
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 — only NaN differs from itself
        return str(value)
    if value.is_integer() and abs(value) < 1e21:
        digits = f"{abs(value):.14e}"
        mantissa, exponent = digits.split("e")
        whole = mantissa.replace(".", "")
        whole = whole[: int(exponent) + 1].ljust(int(exponent) + 1, "0")
        return f"{'-' if value < 0 else ''}{whole}"
    return repr(value)


def _text(column: Column, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | date | datetime):
        raise ValueError(f"{column.title}要填文字，这一格是{_said_kind(value)}，请改成文字")  # noqa: TRY004
    return _number(value)


def _digits(column: Column, value: Any) -> str:
    """ID numbers, telephones and accounts: only text, since Excel keeps fifteen digits of a number."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        lost = "开头的 0 会丢" if "phone" in column.field else "第 15 位以后可能已经变成 0"
        raise ValueError(f"被 Excel 当成了数字，{lost}。请把这一格设为“文本”，对照原件重新输入")  # noqa: TRY004
    if not isinstance(value, str):
        raise ValueError(f"这一格是{_said_kind(value)}，不是号码。请把这一格设为“文本”，重新输入")  # noqa: TRY004
    if _EXPONENT.fullmatch(compact(value)):
        raise ValueError("变成了科学计数的样子，后面的数字已经丢失。请把这一格设为“文本”，对照证件重新输入")
    return value


def _code(column: Column, value: Any) -> str:
    return compact(_text(column, value))


def _date(_column: Column, value: Any) -> str:
    """A day as ISO text; text is understood where it can mean one day only."""
    if isinstance(value, datetime):
        return _sane(value.date())
    if isinstance(value, date):
        return _sane(value)
    if isinstance(value, bool) or not isinstance(value, str | float | int):
        raise ValueError("这一格不是日期，请写成 2026-03-08")  # noqa: TRY004
    text = value if isinstance(value, str) else _number(value)
    found = _DATE.fullmatch(compact(text))
    if found is None:
        raise ValueError(_why_no_date(text, isinstance(value, str)))
    if found["packed"]:
        month, day = found["packed"][:2], found["packed"][2:]
    else:
        month, day = found["month"] or found["m"], found["day"] or found["d"]
    try:
        return _sane(date(int(found["year"]), int(month), int(day)))
    except ValueError as error:
        sentence = str(error)
        raise ValueError("没有这一天，请核对" if sentence.isascii() else sentence) from None


def _sane(day: date) -> str:
    if not EARLIEST <= day.year < LATEST:
        raise ValueError(f"年份不在 {EARLIEST} 到 {LATEST} 之间，请核对")
    return day.isoformat()


def _why_no_date(text: str, is_text: bool) -> str:
    if not is_text:
        return "这一格是数字，不是日期。请把这一格设为日期格式，或写成 2026-03-08"
    if re.fullmatch(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?", compact(text)):
        return "看不出哪个是年、月、日，请写成 2026-03-08"
    return "不是完整的日期，请写成 2026-03-08"


def _yes_no(column: Column, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = compact(value).upper() if isinstance(value, str) else ""
    if word in _YES or word in _NO:
        return word in _YES
    raise ValueError(f"请填“{column.yes_no[0]}”或“{column.yes_no[1]}”；不清楚的留空")


def _choice(column: Column, value: Any) -> str:
    if isinstance(value, bool | date | datetime):
        raise ValueError(f"请从下拉列表中选择：{_listed(column.labels)}")  # noqa: TRY004
    return _one_of(column, _number(value) if isinstance(value, float | int) else value)


def _choices(column: Column, value: Any) -> list[str]:
    if not isinstance(value, str):
        raise ValueError(f"请填文字，多个用顿号隔开：{_listed(column.labels)}")  # noqa: TRY004
    whole = column.known.get(compact(value))
    if whole is not None:
        return [whole]
    words = [word for word in (compact(one) for one in _BETWEEN.split(value)) if word]
    if not words:
        raise ValueError(f"请填文字，多个用顿号隔开：{_listed(column.labels)}")
    return list(dict.fromkeys(_one_of(column, word) for word in words))


def _classes(column: Column, value: Any) -> list[str]:
    """The words as they stand: which classes there are only the row's programme says (`class_codes`)."""
    words = [word for word in (compact(one) for one in _BETWEEN.split(_text(column, value))) if word]
    if not words:
        raise ValueError("请填人员类别的名称，多个用顿号隔开")
    return list(dict.fromkeys(words))


def class_codes(words: Sequence[str], known: Mapping[str, str]) -> list[str]:
    """The codes of classes of persons; `known` is a programme's code → name. Raises ValueError with a sentence."""
    if not known:
        raise ValueError("所办的项目没有人员类别，请清空这一格")
    named = {compact(name): code for code, name in known.items()} | {code: code for code in known}
    named |= {NONE_OF_THEM: NO_CLASS, NO_CLASS: NO_CLASS}
    for word in words:
        if word not in named:
            near = get_close_matches(word, [*known.values(), NONE_OF_THEM], 1, 0.5)
            hint = f"是不是“{near[0]}”？" if near else ""
            raise ValueError(f"没有“{word}”这种人员类别，{hint}可填：{'、'.join([*known.values(), NONE_OF_THEM])}")
    return list(dict.fromkeys(named[word] for word in words))


def _one_of(column: Column, text: str) -> str:
    labels, word = column.labels, compact(text)
    found = column.known.get(word)
    if found is not None:
        return found
    near = [label for label in labels if word and word in label] or get_close_matches(word, labels, 3, 0.6)
    if near:
        raise ValueError(f"没有这个选项，是不是“{'”或“'.join(near[:4])}”？请从下拉列表中选择")
    raise ValueError(f"没有这个选项，请从下拉列表中选择：{_listed(labels)}")


def _listed(labels: Mapping[str, str]) -> str:
    return "、".join(labels)


def _count(_column: Column, value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{1,9}", compact(value), re.ASCII):
        return int(compact(value))
    raise ValueError("请填整数")


def _money(_column: Column, value: Any) -> str:
    """Yuan with two decimals, as the command takes amounts."""
    if isinstance(value, str):
        return yuan(parse_yuan(value))
    if isinstance(value, bool) or not isinstance(value, float | int):
        raise ValueError("请填金额，单位元，最多两位小数，例如 1500.00")  # noqa: TRY004
    try:
        exact = Decimal(repr(value))
        fen = exact * 100
        if exact < 0 or fen != fen.to_integral_value() or fen >= 10**14:
            raise ValueError("请填金额，单位元，最多两位小数，例如 1500.00")
    except InvalidOperation:
        raise ValueError("请填金额，单位元，最多两位小数，例如 1500.00") from None
    return yuan(int(fen))


def _said_kind(value: Any) -> str:
    return "“是/否”" if isinstance(value, bool) else "日期"


_PARSERS: Mapping[str, Callable[[Column, Any], Any]] = {
    "text": _text,
    "digits": _digits,
    "code": _code,
    "date": _date,
    "yesno": _yes_no,
    "choice": _choice,
    "choices": _choices,
    "classes": _classes,
    "count": _count,
    "money": _money,
}
