"""The JSON form of `settlement quote`: strict reading of facts and lines, and the answer or the refusals."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from ..core.errors import RuleViolation
from .counters import Use
from .facts import FactsRefused, WrongValue, parse_day
from .plan_rules import Line
from .policy import Programme
from .refusals import SettlementRefused
from .subsidy import settle
from .terms import Standing
from .values import Decision, to_fen

_QUANTITY = re.compile(r"-?(0|[1-9][0-9]{0,8})(\.[0-9]+)?")
_LINE_KEYS = ("id", "item", "decision", "quantity", "unit_price", "accepted")
_USE_KEYS = ("item", "quantity", "subsidy", "file")
_KEYS = ("facts", "lines", "applied_on", "earlier", "used")
_BESIDE = frozenset({"name", "region", "expect"})
"""What else the file of a household may hold."""


def quote(programme: Programme, raw: object) -> dict[str, Any]:
    """The settlement for the JSON of the command; `{"refused": [...]}` alone when something is wrong."""
    try:
        lines, standing = read_request(raw)
        return settle(programme, lines, words=programme.words, **standing).to_json()
    except (SettlementRefused, FactsRefused) as refused:
        return {"refused": list(refused.reasons)}


def read_request(raw: object) -> tuple[list[Line], Standing]:
    """The lines, and the household: facts, day, what it had before. Raises `SettlementRefused` with every fault."""
    if not isinstance(raw, dict):
        raise SettlementRefused([RuleViolation('输入须是一个对象 {"lines": […]}')])
    problems = [
        RuleViolation(f"没有“{key}”这一项，可写 {'、'.join(_KEYS)}", str(key))
        for key in raw
        if key not in _KEYS and key not in _BESIDE
    ]
    entries = raw.get("lines")
    facts = raw.get("facts", {})
    if not isinstance(facts, dict):
        problems.append(RuleViolation("facts 须是一个对象（{…}）", "facts"))
    on = None
    try:
        on = parse_day(raw["applied_on"]) if "applied_on" in raw else None
    except WrongValue as wrong:
        problems.append(RuleViolation(f"applied_on（申请日期）{wrong}", "applied_on"))
    earlier_fen = 0
    try:
        earlier_fen = to_fen(raw.get("earlier", "0"))
    except ValueError as wrong:
        problems.append(RuleViolation(f"earlier（以前享受过的补贴）：{wrong}", "earlier"))
    used, wrong_uses = read_used(raw.get("used", []))
    lines, faults = read_lines(entries)
    SettlementRefused.raise_if_any([*problems, *wrong_uses, *faults])
    return lines, {"facts": facts, "on": on, "earlier_fen": earlier_fen, "used": used}


def read_lines(raw: object) -> tuple[list[Line], list[RuleViolation]]:
    """Lines written as in the contract, and what is wrong with the rest; numbers must be strings."""
    if not isinstance(raw, list):
        return [], [RuleViolation("缺少 lines，须为列表（[…]）", "lines")]
    lines: list[Line] = []
    problems: list[RuleViolation] = []
    for index, entry in enumerate(raw):
        faults = [RuleViolation(f"第{index + 1}行：{text}", f"lines-{index}-{key}") for key, text in _faults(entry)]
        problems.extend(faults)
        if not faults:
            lines.append(_line(entry))
    return lines, problems


def read_used(raw: object) -> tuple[list[Use], list[RuleViolation]]:
    """What earlier files used of items, `{"item": 2, "quantity": "4", "subsidy": "1440.00"}`, and what is wrong."""
    if not isinstance(raw, list):
        return [], [RuleViolation("used 须为列表（[…]）", "used")]
    uses: list[Use] = []
    problems: list[RuleViolation] = []
    for index, entry in enumerate(raw):
        faults = [
            RuleViolation(f"used（以前的档案用掉的）第{index + 1}行：{text}", f"used-{index}-{key}")
            for key, text in _use_faults(entry)
        ]
        problems.extend(faults)
        if not faults:
            fen = to_fen(entry.get("subsidy", "0"))
            uses.append(Use(entry["item"], Decimal(entry.get("quantity", "0")), fen, entry.get("file", "")))
    return uses, problems


def _use_faults(entry: object) -> Iterable[tuple[str, str]]:
    if not isinstance(entry, dict):
        yield "", "须是一个对象（{…}）"
        return
    for key in entry:
        if key not in _USE_KEYS:
            yield str(key), f"没有“{key}”这一项，可写 {'、'.join(_USE_KEYS)}"
    if isinstance(entry.get("item"), bool) or not isinstance(entry.get("item"), int):
        yield "item", "item 须为项目序号（整数）"
    if not isinstance(entry.get("file", ""), str):
        yield "file", "file（档案号）须为文字"
    if "quantity" in entry:
        yield from _number_faults("quantity", "数量", entry["quantity"])
    try:
        to_fen(entry.get("subsidy", "0"))
    except ValueError as wrong:
        yield "subsidy", f"补贴：{wrong}"


def _faults(entry: object) -> Iterable[tuple[str, str]]:
    if not isinstance(entry, dict):
        yield "", "须是一个对象（{…}）"
        return
    for key in entry:
        if key not in _LINE_KEYS:
            yield str(key), f"没有“{key}”这一项，可写 {'、'.join(_LINE_KEYS)}"
    if "id" in entry and not isinstance(entry["id"], str):
        yield "id", "id 须为文字"
    if isinstance(entry.get("item"), bool) or not isinstance(entry.get("item"), int):
        yield "item", "item 须为项目序号（整数）"
    if entry.get("decision") not in [decision.value for decision in Decision]:
        yield "decision", f"decision 须为 {'、'.join(decision.value for decision in Decision)} 之一"
    if "accepted" in entry and not isinstance(entry["accepted"], bool):
        yield "accepted", "accepted 须为 true 或 false"
    if "quantity" in entry:
        yield from _number_faults("quantity", "数量", entry["quantity"])
    if "unit_price" in entry:
        yield from _number_faults("unit_price", "单价", entry["unit_price"])


def _number_faults(key: str, label: str, value: object) -> Iterable[tuple[str, str]]:
    if not isinstance(value, str):
        yield key, f'{label}须写成文字，如 "3.50"'
    elif not _QUANTITY.fullmatch(value):
        yield key, f'{label}“{value[:20]}”不是数，写作 "3.50"'
    elif len(value.partition(".")[2]) > 2:
        yield key, f"{label}“{value[:20]}”最多两位小数"
    elif value.startswith("-"):
        yield key, f"{label}“{value[:20]}”不能是负数"


def _line(entry: dict[str, Any]) -> Line:
    quantity, price = entry.get("quantity"), entry.get("unit_price")
    return Line(
        item=entry["item"],
        decision=Decision(entry["decision"]),
        quantity=None if quantity is None else Decimal(quantity),
        unit_price_fen=None if price is None else to_fen(price),
        accepted=entry.get("accepted"),
        id=entry.get("id", ""),
    )
