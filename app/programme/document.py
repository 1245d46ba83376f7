"""A programme as a readable document, generated from its data: chapters, sections, entries, each value beside its label.

Generic over the schema: a table or a field that somebody adds appears without a line here.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel

from ..lifecycle import Stage, Step
from . import saying, words
from .policy import Programme
from .process import left_out
from .saying import Said
from .schema import ProgrammeData
from .values import CapUnit
from .words import IDENTITY

_ASIDE = frozenset({"source", "assumptions"})


@dataclass(frozen=True)
class Value:
    """One field in words, and why it is an assumption ("" when the source says it)."""

    field: str
    label: str
    text: str
    assumed: str = ""
    is_number: bool = False


@dataclass(frozen=True)
class Entry:
    """One entry of a table: what it is called, its values, its condition in words, where the source has it."""

    anchor: str
    title: str
    values: tuple[Value, ...]
    source: str = ""
    condition: Said | None = None
    assumed: tuple[str, ...] = ()
    group: str = ""
    note: str = ""

    def value(self, field: str) -> Value | None:
        """The value of a field, None where it says nothing."""
        return next((value for value in self.values if value.field == field), None)


_SHORT = 8


@dataclass(frozen=True)
class Section:
    """A table of the data in words, and the data themselves."""

    table: str
    heading: str
    note: str
    entries: tuple[Entry, ...]
    is_list: bool
    columns: tuple[tuple[str, str], ...]
    stored: str

    @property
    def shape(self) -> str:
        """How it is set: `facts` for one entry, `clauses` for conditions, `rows` for a table."""
        if not self.is_list:
            return "facts"
        return "clauses" if any(entry.condition for entry in self.entries) else "rows"

    def is_narrow(self, field: str) -> bool:
        """Whether a column has nothing but short words: on paper the others get its room."""
        said = (entry.value(field) for entry in self.entries)
        return all(len(value.text) + (4 if value.assumed else 0) <= _SHORT for value in said if value is not None)

    @property
    def groups(self) -> list[tuple[str, list[Entry]]]:
        """The entries under their headings, one heading "" where the table has none."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            found.setdefault(entry.group, []).append(entry)
        return list(found.items())


@dataclass(frozen=True)
class Chapter:
    """What belongs together: on what ground, who, what, how much, when, which papers."""

    key: str
    number: str
    title: str
    sections: tuple[Section, ...]


_NUMBERS = "一二三四五六七八九十"


def document(programme: Programme) -> list[Chapter]:
    """The chapters that have something to say, in reading order."""
    by_chapter: dict[str, list[Section]] = {key: [] for key in words.CHAPTERS}
    order = list(words.TABLES)
    tables = sorted(ProgrammeData.model_fields, key=lambda t: order.index(t) if t in order else len(order))
    for table in tables:
        section = _section(programme.data, table)
        if section is not None:
            by_chapter[saying.table_words(table).chapter].append(section)
    chapters = [(key, sections) for key, sections in by_chapter.items() if sections]
    return [
        Chapter(key, _NUMBERS[place], words.CHAPTERS[key], tuple(sections))
        for place, (key, sections) in enumerate(chapters)
    ]


_WITHIN_OTHERS = frozenset({"category"})
"""Tables that are headings of another one."""


_OF_STAGES = {"assessment": Stage.ASSESSMENT, "warranty": Stage.WARRANTY}
"""Tables that say nothing where the programme leaves their stage out."""

_OF_STEPS = {"countersign": Step.COUNTERSIGN}
"""Fields that say nothing where the programme leaves their step out."""


def _section(data: ProgrammeData, table: str) -> Section | None:
    value = getattr(data, table)
    if table in _WITHIN_OTHERS or value in (None, (), ProgrammeData.model_fields[table].default):
        return None
    if table in _OF_STAGES and left_out(data, _OF_STAGES[table]):
        return None
    said, is_list = saying.table_words(table), isinstance(value, tuple)
    parts = value if is_list else (value,)
    names = _anchors(table, parts)
    entries = tuple(_entry(data, table, part, name) for name, part in zip(names, parts, strict=True))
    return Section(table, said.heading, said.note, entries, is_list, _columns(entries, said), stored(table, value))


def _anchors(table: str, parts: Sequence[BaseModel]) -> list[str]:
    """Where each entry is found on the page; a name that stands twice is counted on."""
    found: list[str] = []
    for part in parts:
        name, again = f"{table}-{saying.identity(part)}".rstrip("-"), 1
        while f"{name}-{again}" in found or (again == 1 and name in found):
            again += 1
        found.append(name if again == 1 else f"{name}-{again}")
    return found


_CODES = frozenset({"id", "key", "number", "body"})
"""What tells an entry from the others for machines; people have its title, and the data show the code."""


_OF_TITLES = frozenset({*IDENTITY, "title", "year", "household"}) - {"region"}
"""What titles are made of; any other value stands beside, even when somebody wrote the same figure into a name."""

_UNSAID = frozenset(
    {
        "status",
        "lead",
        "share",
        "waivers",
        "from_households",
        "rounds",
        "photo_days",
        "in_each_home",
        "excluded",
        "household_pays",
        "own_share",
        "over",
    }
)
"""What goes without saying where the data leave it as it is."""


def _columns(entries: tuple[Entry, ...], said: words.TableWords) -> tuple[tuple[str, str], ...]:
    """The columns of a table of entries: what the titles and the headings above do not say already."""
    found: dict[str, str] = {}
    for entry in entries:
        for value in entry.values:
            said_above = value.field in _OF_TITLES and value.text in entry.title
            if not said_above and value.field not in said.hidden | _CODES | {said.group}:
                found.setdefault(value.field, value.label)
    return tuple(found.items())


def _entry(data: ProgrammeData, table: str, part: BaseModel, anchor: str) -> Entry:
    values, condition, fields = [], None, type(part).model_fields
    if getattr(part, "used", True) is False:  # what is not used has nothing more to say than that, and why
        fields = {name: info for name, info in fields.items() if name in _CODES | {"used", "note"}}
    assumptions: Mapping[str, str] = getattr(part, "assumptions", {})
    for name, info in fields.items():
        value = getattr(part, name)
        if name in _ASIDE or (name in _OF_STEPS and left_out(data, _OF_STEPS[name])):
            continue
        if isinstance(value, Mapping) and condition is None and (found := saying.condition_in(data, value)) is not None:
            condition = saying.say_condition(found)
            continue
        text = saying.say_value(data, table, name, value, info)
        if (
            value == info.default
            and name not in assumptions
            and not info.is_required()
            and _is_silent(table, name, value)
        ):
            continue
        if text:
            number = saying.is_yuan(info) or (isinstance(value, int) and not isinstance(value, bool))
            values.append(Value(name, _label(data, table, name), text, assumptions.get(name, ""), number))
    group = saying.table_words(table).group
    shown = {value.field for value in values}
    return Entry(
        anchor=anchor,
        title=saying.title(data, table, part),
        values=tuple(values),
        source=str(getattr(part, "source", "")),
        condition=condition,
        assumed=tuple(dict.fromkeys(why for name, why in assumptions.items() if name not in shown)),
        group=_group_name(data, group, getattr(part, group)) if group else "",
    )


def _label(data: ProgrammeData, table: str, name: str) -> str:
    if table in ("cap", "cap_case") and name == "amount" and data.cap.per is CapUnit.PERSON:
        return CapUnit.PERSON.label
    return saying.label(table, name)


def _is_silent(table: str, name: str, default: object) -> bool:
    """Whether what holds without being written needs no word: yes and no, nothing at all, and what everybody expects."""
    return isinstance(default, bool) or not default or name in _UNSAID or (table, name) == ("cap", "per")


def _group_name(data: ProgrammeData, group: str, key: str) -> str:
    entry = next((entry for entry in getattr(data, group) if entry.key == key), None)
    return f"{entry.number} {entry.name}" if entry is not None else key


# ---------------------------------------------------------------- the stored data


def stored(table: str, value: Any) -> str:
    """A table as it is written in the folder: what was left out is left out, money and dates as they are written."""
    parts = value if isinstance(value, tuple) else (value,)
    head = f"[[{table}]]" if isinstance(value, tuple) else f"[{table}]"
    blocks = ["\n".join((head, *_pairs(part))) for part in parts if isinstance(part, BaseModel)]
    return "\n\n".join(blocks)


def _pairs(part: BaseModel) -> Iterator[str]:
    raw, kinds = part.model_dump(mode="json", exclude_defaults=True), part.model_dump(exclude_defaults=True)
    for name, value in raw.items():
        yield f"{name} = {_toml(value, kinds[name])}"


def _toml(value: Any, original: Any) -> str:
    if isinstance(original, date):
        return str(value)
    if isinstance(value, dict):
        inner = ", ".join(f"{key} = {_toml(one, original.get(key))}" for key, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(_toml(one, before) for one, before in zip(value, original, strict=True))}]"
    return json.dumps(value, ensure_ascii=False)
