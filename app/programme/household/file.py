"""A household in a file, as the two commands read it: `{"name", "applied_on", "region", "facts", "lines", "earlier",
"used", "expect"}`, all optional here. What was expected of it makes it an example."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...core.errors import RuleViolation
from ..requests import Unreadable, parse

KEYS = ("name", "applied_on", "region", "facts", "lines", "earlier", "used", "expect")
MOST_BYTES = 200_000
"""Of a file; one with fifty family members has a tenth of it."""


@dataclass(frozen=True)
class Household:
    """One household as its file has it: nested facts, lines as the contract writes them, amounts in yuan."""

    name: str = ""
    applied_on: str = ""
    region: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    lines: tuple[Mapping[str, Any], ...] = ()
    earlier: str = ""
    """What it had before within the programme's period, in yuan."""
    used: tuple[Mapping[str, Any], ...] = ()
    """What of each item that was, as `settlement quote` reads it."""
    expect: Mapping[str, Any] = field(default_factory=dict)


def read(content: bytes) -> Household:
    """The household of a file. Raises RuleViolation for one that is none."""
    if len(content) > MOST_BYTES:
        raise _refused(f"文件超过 {MOST_BYTES // 1000} KB，不是一户的资料")
    try:
        raw = parse(content)
    except Unreadable as wrong:
        raise _refused(str(wrong)) from None
    return of(raw)


def of(raw: object) -> Household:
    """The household of a file's JSON. Raises RuleViolation."""
    if not isinstance(raw, dict):
        raise _refused('文件里须是一个对象 {"applied_on": "…", "facts": {…}, "lines": […]}')
    for key in raw:
        if key not in KEYS:
            raise _refused(f"没有“{key}”这一项，可写 {'、'.join(KEYS)}")
    table, rows = (dict, "一个对象（{…}）"), (list, "列表（[…]）")
    shapes = {"facts": table, "lines": rows, "used": rows, "expect": table}
    for key in KEYS:
        kind, said = shapes.get(key, (str, "文字（加引号）"))
        if key in raw and not isinstance(raw[key], kind):
            raise _refused(f"{key} 须是{said}")
    lists = {key: tuple(raw.get(key, ())) for key in ("lines", "used")}
    for key, entries in lists.items():
        if not all(isinstance(entry, dict) for entry in entries):
            raise _refused(f"{key} 里的每一行须是一个对象（{{…}}）")
    return Household(**(raw | lists))


def write(household: Household) -> bytes:
    """The file of a household, to be read by people too; what is empty is left out."""
    raw = {key: getattr(household, key) for key in KEYS}
    kept = {key: value for key, value in raw.items() if value or key == "facts"}
    return json.dumps(kept, ensure_ascii=False, indent=2).encode() + b"\n"


def _refused(text: str) -> RuleViolation:
    return RuleViolation(text, "file")
