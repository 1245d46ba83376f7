"""The numbers of a programme that a what-if may change: where each stands, what it is called, and the data with other ones."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ValidationError

from . import saying, words
from .facts import VOCABULARY
from .operators import OPERATORS
from .policy import Programme, build
from .problems import Problem
from .schema import ProgrammeData
from .sources import problem_of

_CHAPTERS = ("who", "how_much")
_ASIDE = frozenset({"source", "assumptions", "number", "item", "example", "quiet", "otherwise"})


@dataclass(frozen=True)
class Number:
    """One number that can be tried: its place in the data, what it is called, as it is written, yuan or whole."""

    path: str
    table: str
    heading: str
    label: str
    value: str
    is_yuan: bool
    is_written: bool = False
    """Between quotation marks in the files: an amount or a quantity with decimals."""
    clause: str = ""


def numbers(programme: Programme) -> list[Number]:
    """Sums, percentages and the numbers of conditions, in reading order."""
    found: list[Number] = []
    for table in words.TABLES | dict.fromkeys(ProgrammeData.model_fields):
        said = saying.table_words(table)
        if said.chapter in _CHAPTERS and table in ProgrammeData.model_fields:
            found.extend(_of_table(programme.data, table, said.heading))
    return _told_apart(found)


def _told_apart(found: list[Number]) -> list[Number]:
    """Numbers of one name are counted: the same comparison may stand in a condition twice."""
    seen: Counter[tuple[str, str]] = Counter()
    names = Counter((number.table, number.label) for number in found)
    told = []
    for number in found:
        name = (number.table, number.label)
        seen[name] += 1
        told.append(number if names[name] == 1 else replace(number, label=f"{number.label}，第 {seen[name]} 处"))
    return told


def _of_table(data: ProgrammeData, table: str, heading: str) -> Iterator[Number]:
    value = getattr(data, table)
    is_list = isinstance(value, tuple)
    for place, part in enumerate(value if is_list else (value,)):
        if not isinstance(part, BaseModel):
            continue
        title = saying.title(data, table, part) if is_list else ""
        clause = part.id if table == "clause" else ""  # type: ignore[attr-defined]
        at = f"{table}.{place}" if is_list else table
        raw = part.model_dump(mode="json")
        for name, info in type(part).model_fields.items():
            if name in _ASIDE:
                continue
            written = saying.is_written(info)
            for path, label, one in _walk(raw[name], f"{at}.{name}", saying.label(table, name), written):
                said = f"{title} {label}".strip()
                yield Number(path, table, heading, said, str(one), saying.is_yuan(info), written, clause)


def _walk(value: Any, path: str, label: str, written: bool) -> Iterator[tuple[str, str, Any]]:
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int) or (written and isinstance(value, str)):
        yield path, label, value
    elif isinstance(value, dict):
        name = VOCABULARY[value["fact"]].label if value.get("fact") in VOCABULARY else ""
        for key, inner in value.items():
            if key in OPERATORS and name:
                said = f"年龄（{_AGES.get(key, key)}）" if key.startswith("age_") else f"{name}（{_SAID.get(key, '')}）"
                yield from _walk(inner, f"{path}.{key}", said, written)
            elif key not in _ASIDE:
                yield from _walk(inner, f"{path}.{key}", label, written)
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        for place, inner in enumerate(value):
            yield from _walk(inner, f"{path}.{place}", label, written)


_AGES = {"age_at_least": "满几周岁", "age_below": "未满几周岁"}
_SAID = {"at_least": "不少于", "at_most": "不多于", "count_at_least": "不少于几条", "is": "等于"}


class NotPossible(ValueError):
    """The changed numbers do not make a programme; `problems` name their places by path."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("；".join(problem.message for problem in problems))
        self.problems = problems


def changed(programme: Programme, edits: Mapping[str, str]) -> Programme:
    """The programme with other numbers, path → as written; the same checks as at loading. Raises `NotPossible`."""
    known = {number.path: number for number in numbers(programme)}
    raw = programme.data.model_dump(mode="json")
    problems = []
    for path, text in edits.items():
        if path not in known:
            problems.append(Problem((path,), "没有这个数，请刷新页面"))
        elif known[path].is_written:
            _set(raw, path, text.strip())
        elif text.strip().isascii() and text.strip().isdigit() and len(text.strip()) <= 9:
            _set(raw, path, int(text))
        else:
            problems.append(Problem((path,), f"“{known[path].label}”须为不小于 0 的整数"))
    if problems:
        raise NotPossible(problems)
    return _built(raw)


def _set(raw: dict[str, Any], path: str, value: Any) -> None:
    here: Any = raw
    *way, last = path.split(".")
    for key in way:
        here = here[int(key)] if isinstance(here, list) else here[key]
    here[last] = value


def _built(raw: dict[str, Any]) -> Programme:
    try:
        data = ProgrammeData.model_validate_json(json.dumps(raw))
    except ValidationError as invalid:
        raise NotPossible([problem_of(ProgrammeData, details) for details in invalid.errors()]) from None
    programme, problems = build(data)
    if problems:
        raise NotPossible(problems)
    return programme
