"""The values of a programme that a what-if may change: where each stands, what it is called, and what may be written there."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ..core.enums import Labelled
from . import saying, words
from .facts import MEMBERS, VOCABULARY, Fact
from .operators import OPERATORS
from .person_classes import words_of
from .policy import Programme
from .schema import ProgrammeData

CHAPTERS = ("who", "how_much")
ALSO = ("plan", "composition")
"""Tables of other chapters by which sums are found."""
LEAVABLE = ("clause", "priority", "item", "cap_case", "rate", "limit", "composition", "fund")
"""Lists of which an entry may be left out."""
_ASIDE = frozenset(
    {"source", "assumptions", "number", "item", "example", "quiet", "otherwise", "id", "key", "year"}
    | {"verified_before_plan", "found_by_assessment", "with_applicant", "count_by"}
)
_MOST_CHOICES = 12


class Kind(StrEnum):
    """What is written in a place: how its field looks, and how what was typed is read."""

    WHOLE = "whole"
    YUAN = "yuan"
    QUANTITY = "quantity"
    DAY = "day"
    FLAG = "flag"
    CHOICE = "choice"
    CHOICES = "choices"
    AREAS = "areas"


@dataclass(frozen=True)
class Value:
    """One value that can be tried: its place in the data, what it is called, as it is written."""

    path: str
    table: str
    heading: str
    label: str
    value: str | tuple[str, ...]
    kind: Kind
    entry: str = ""
    """The entry of a list that it belongs to, e.g. clause.2."""
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def is_yuan(self) -> bool:
        """Whether it is an amount of money."""
        return self.kind is Kind.YUAN


@dataclass(frozen=True)
class Entry:
    """One entry of a list, or a table that is none: what it is called, its values, and whether it may be left out."""

    path: str
    table: str
    title: str
    text: str
    values: tuple[Value, ...]
    is_leavable: bool
    clause: str = ""
    """The id of the clause, whose households are counted while it is edited."""


@dataclass(frozen=True)
class Section:
    """A table of the data with what can be tried in it."""

    table: str
    heading: str
    note: str
    entries: tuple[Entry, ...]

    @property
    def values(self) -> list[Value]:
        """All values of the section."""
        return [value for entry in self.entries for value in entry.values]


def sections(programme: Programme) -> list[Section]:
    """The tables that decide who gets what, in reading order, those without anything to try left out."""
    data, found = programme.data, []
    for table in words.TABLES | dict.fromkeys(ProgrammeData.model_fields):
        said = saying.table_words(table)
        if table in ProgrammeData.model_fields and (said.chapter in CHAPTERS or table in ALSO):
            entries = tuple(entry for entry in _entries(data, table) if entry.values or entry.is_leavable)
            if entries:
                found.append(Section(table, said.heading, said.note, _told_apart(entries)))
    return found


def values(programme: Programme) -> list[Value]:
    """Every value that can be tried, in reading order."""
    return [value for section in sections(programme) for value in section.values]


def _told_apart(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Values of one name within an entry are counted: the same comparison may stand in a condition twice."""
    told = []
    for entry in entries:
        names, seen = Counter(value.label for value in entry.values), Counter[str]()
        parts = []
        for value in entry.values:
            seen[value.label] += 1
            once = names[value.label] == 1
            parts.append(value if once else replace(value, label=f"{value.label}，第 {seen[value.label]} 处"))
        told.append(replace(entry, values=tuple(parts)))
    return tuple(told)


def _entries(data: ProgrammeData, table: str) -> Iterator[Entry]:
    value = getattr(data, table)
    is_list = isinstance(value, tuple)
    for place, part in enumerate(value if is_list else (value,)):
        if isinstance(part, BaseModel):
            path = f"{table}.{place}" if is_list else table
            title = saying.title(data, table, part) if is_list else ""
            text = str(getattr(part, "text", "")) if table in ("clause", "condition") else ""
            clause = str(getattr(part, "id", "")) if table == "clause" else ""
            # item has its own list, whose prices stand beside it
            inner = () if table == "item" else tuple(_values(data, table, part, path))
            yield Entry(path, table, title, text, inner, is_list and table in LEAVABLE, clause)


def _values(data: ProgrammeData, table: str, part: BaseModel, at: str) -> Iterator[Value]:
    raw, heading = part.model_dump(mode="json"), saying.table_words(table).heading
    for name, info in type(part).model_fields.items():
        if name in _ASIDE or raw[name] is None:
            continue
        label, path = saying.label(table, name), f"{at}.{name}"
        if name in ("when", "who"):
            facts = words_of(data)
            words_ = facts[MEMBERS].kind.record if name == "who" else facts
            for value in _walk(raw[name], path, label, words_):
                yield replace(value, table=table, heading=heading, entry=at)
        elif (kind := _kind(info, raw[name])) is not None:
            choices = _members(data, table, name, info)
            yield Value(path, table, heading, label, _text(raw[name]), kind, at, choices)


def _kind(info: FieldInfo, value: Any) -> Kind | None:
    """How a field of a table is written; None for what is no single value."""
    if saying.is_written(info) and isinstance(value, str):
        return Kind.YUAN if saying.is_yuan(info) else Kind.QUANTITY
    if isinstance(value, bool):
        return Kind.FLAG
    if isinstance(value, int):
        return Kind.WHOLE
    return Kind.CHOICE if isinstance(value, str) and _codes_of(info) else None


def _codes_of(info: FieldInfo) -> list[str]:
    """The codes that a field takes one of: an enumeration's, or those of a literal."""
    for kind in (info.annotation, *get_args(info.annotation)):
        if isinstance(kind, type) and issubclass(kind, Labelled):
            return [member.value for member in kind]
        if get_origin(kind) is Literal:
            return [str(one) for one in get_args(kind)]
    return []


def _members(data: ProgrammeData, table: str, name: str, info: FieldInfo) -> tuple[tuple[str, str], ...]:
    kind = info.annotation
    if isinstance(kind, type) and issubclass(kind, Labelled):
        return tuple((member.value, member.label) for member in kind)
    return tuple((code, saying.say_value(data, table, name, code) or code) for code in _codes_of(info))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


# ---------------------------------------------------------------- conditions


def _walk(value: Any, path: str, label: str, words_: Mapping[str, Fact]) -> Iterator[Value]:
    """The values within a condition, those of its lists' entries by the words of the entries."""
    if isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _walk(inner, f"{path}.{place}", label, words_)
    elif isinstance(value, dict):
        fact = words_.get(value["fact"]) if isinstance(value.get("fact"), str) else None
        if fact is not None:
            yield from _compared(value, path, fact)
            return
        head = next((key for key in ("some", "every", "count") if key in value), "")
        for bound in ("at_least", "at_most"):
            if head == "count" and isinstance(value.get(bound), int):
                said = f"{VOCABULARY[value[head]].label}中{'至少' if bound == 'at_least' else '至多'}几人（条）"
                yield Value(f"{path}.{bound}", "", "", said, str(value[bound]), Kind.WHOLE)
        for key, inner in value.items():
            if isinstance(inner, list | dict):
                deeper = words_[value[head]].kind.record if head and key == "where" else words_
                yield from _walk(inner, f"{path}.{key}", label, deeper)


_AGES = {"age_at_least": "年龄（满几周岁）", "age_below": "年龄（未满几周岁）"}
_SAID = {
    "at_least": "不少于",
    "at_most": "不多于",
    "count_at_least": "不少于几条",
    "contains_none": "不含",
    "contains": "含",
    "contains_any": "含其中之一",
    "is_one_of": "为其中之一",
    "is_empty": "为无",
    "before": "早于",
    "on_or_after": "不早于",
    "within_months": "在申请前几个月内",
    "within": "在哪些地区",
}


def _compared(leaf: Mapping[str, Any], path: str, fact: Fact) -> Iterator[Value]:
    for key, raw in leaf.items():
        if key in OPERATORS:
            label = _AGES.get(key) or (f"{fact.label}（{_SAID[key]}）" if key in _SAID else fact.label)
            kind, choices = _operand(key, raw, fact)
            several = kind in (Kind.CHOICES, Kind.AREAS)
            listed = raw if isinstance(raw, list) else [raw]
            value = tuple(str(one) for one in listed) if several else _text(raw)
            yield Value(f"{path}.{key}", "", "", label, value, kind, choices=choices)
        elif key == "at" and raw is not None:
            yield Value(f"{path}.at", "", "", "年龄算到哪一天", str(raw), Kind.DAY)


def _operand(operator: str, raw: Any, fact: Fact) -> tuple[Kind, tuple[tuple[str, str], ...]]:
    """What an operator is compared with, and what may be chosen."""
    codes = tuple(fact.kind.codes.items())
    if operator == "within" or fact.kind.name in ("region", "text"):
        return Kind.AREAS, ()
    if isinstance(raw, bool):
        return Kind.FLAG, ()
    if isinstance(raw, list):
        span = range(fact.kind.lowest, fact.kind.highest + 1)
        return Kind.CHOICES, codes or tuple((str(one), str(one)) for one in span)
    if isinstance(raw, int):
        return Kind.WHOLE, ()
    return (Kind.CHOICE, codes) if codes else (Kind.DAY, ())


_TOKEN = re.compile(r"[a-z][a-z_.]*[a-z]")
_CODES = {code: said for fact in VOCABULARY.values() for code, said in fact.kind.codes.items()}


def in_plain_words(table: str, message: str) -> str:
    """A problem of the data as somebody reads it who sees fields and not files: every code by its Chinese name."""

    def said(found: re.Match[str]) -> str:
        word = found[0]
        if word in VOCABULARY:
            return VOCABULARY[word].label
        plain = _AGES.get(word) or _SAID.get(word) or _CODES.get(word)
        return plain or (saying.label(table, word) if table in ProgrammeData.model_fields else word)

    return re.sub(" ?" + _TOKEN.pattern + " ?", lambda found: said(_TOKEN.search(found[0]) or found), message)
