"""The JSON of the two commands that need no database: `eligibility explain` and `settlement quote` (contract)."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

from .eligibility import judge
from .facts import FactsRefused, WrongValue, parse_day, read_facts
from .policy import Programme

Answer = dict[str, Any]
Command = Callable[[Programme, object], Answer]


class Unreadable(ValueError):
    """The JSON cannot be used; a Chinese sentence."""


BESIDE = frozenset({"name", "region", "lines", "earlier", "expect"})
"""What else the file of a household may hold: the other command and the examples read it."""


def explain(programme: Programme, raw: object) -> Answer:
    """The verdict for `{"applied_on": …, "facts": …}`, or `{"refused": [...]}`."""
    if not isinstance(raw, dict):
        return {"refused": ['输入须是一个对象 {"applied_on": "…", "facts": {…}}']}
    reasons = [
        f"没有“{key}”这一项，可写 applied_on、facts" for key in raw if key not in ("applied_on", "facts", *BESIDE)
    ]
    on = _read_day(raw, reasons)
    if "facts" not in raw:
        reasons.append("缺少 facts，什么都不知道时写 {}")
        return {"refused": reasons}
    try:
        facts = read_facts(raw["facts"], on, programme.words)
    except FactsRefused as refused:
        reasons.extend(refused.reasons)
    if reasons or on is None:
        return {"refused": reasons}
    return judge(programme, facts, on).to_json()


def _read_day(raw: dict[str, Any], reasons: list[str]) -> date | None:
    if "applied_on" not in raw:
        reasons.append("缺少 applied_on（申请日期，如 2020-09-15）")
        return None
    try:
        return parse_day(raw["applied_on"])
    except WrongValue as wrong:
        reasons.append(f"applied_on（申请日期）：{wrong}")
        return None


def answer(command: Command, programme: Programme, text: bytes) -> Answer:
    """What a command says to one JSON text."""
    try:
        raw = parse(text)
    except Unreadable as wrong:
        return {"refused": [str(wrong)]}
    return command(programme, raw)


def answers(command: Command, programme: Programme, lines: Iterable[bytes]) -> Iterator[Answer]:
    """One answer for each line, in order; blank lines at the end are none, blank lines between are refused."""
    blank = 0
    for line in lines:
        if not line.strip():
            blank += 1
            continue
        for _ in range(blank):
            yield {"refused": ["空行：每行须是一个 JSON 对象"]}
        blank = 0
        yield answer(command, programme, line)


def encode(said: Answer) -> bytes:
    """One line of JSON in UTF-8."""
    return json.dumps(said, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def parse(text: bytes) -> object:
    """The JSON of a file, nothing written twice in it. Raises `Unreadable`."""
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("输入不是 UTF-8 编码的文字") from None
    try:
        return json.loads(decoded, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except Unreadable:
        raise
    except json.JSONDecodeError as wrong:
        raise Unreadable(f"不是正确的 JSON：第 {wrong.lineno} 行第 {wrong.colno} 个字符处有误") from None
    except (ValueError, RecursionError):
        raise Unreadable("不是正确的 JSON：数字过长或嵌套过深") from None


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(key for key in found if sum(1 for other, _ in pairs if other == key) > 1)
        raise Unreadable(f"“{twice}”写了两次，只留一个")
    return found


def _no_constant(name: str) -> Any:
    raise Unreadable(f"不是正确的 JSON：不能写 {name}")
