"""The form of a what-if: what was typed in it, read into a trial, and shown again with what is wrong at each field."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from werkzeug.datastructures import FileStorage, MultiDict

from ..core.errors import DomainError
from ..core.money import yuan
from ..programme import upload
from ..programme.changing import ADD, CEILING, MOST_ADDED, OUT, PERCENT, TYPE, Written
from ..programme.item_schema import Item
from ..programme.policy import Programme
from ..programme.queries import published_base
from ..programme.trying import Section, sections, values
from .trial import Trial

NAME = "n-"
"""What the names of the form's fields begin with."""


def read(version_id: int, typed: MultiDict[str, str]) -> Trial:
    """The trial of the form; only what was really changed counts as tried. Raises NotFound."""
    draft_id = typed.get("draft", type=int) or None
    start = Trial(version_id, draft_id).start
    shown = _as_shown(start)
    edits: dict[str, Written] = {}
    for name in typed:
        key = name.removeprefix(NAME)
        if key != name:
            written = _written(key, shown, [text.strip() for text in typed.getlist(name)])
            if written != shown.get(key, ""):
                edits[key] = written
    return Trial(version_id, draft_id, tuple(edits.items()))


def _written(key: str, shown: Mapping[str, Written], texts: Sequence[str]) -> Written:
    """What one field says: a list has a hidden empty entry of its own, so that none chosen is told too."""
    if isinstance(shown.get(key), tuple):
        return tuple(part for text in texts for part in text.split("、") if part)
    return texts[-1]


def _as_shown(start: Programme) -> dict[str, Written]:
    """Every field as the programme has it; those that are not here are empty."""
    found: dict[str, Written] = {value.path: value.value for value in values(start)}
    for item in start.items:
        ceiling = start.ceiling_fen(item.number)
        found[f"{CEILING}:{item.number}"] = "" if ceiling is None else yuan(ceiling)
        found[f"{TYPE}:{item.number}"] = item.type.value
    for place in range(MOST_ADDED):
        found[f"{ADD}:{place}:type"] = "optional"
    return found


def read_folder(version_id: int, sent: FileStorage) -> Trial:
    """The trial of a folder that came as a ZIP. Raises `BrokenData` with every error, RuleViolation for no ZIP."""
    programme = upload.read_zip(sent.stream.read(upload.MOST_BYTES + 1), published_base)
    return Trial(version_id, content=programme.content)


@dataclass
class WhatIfForm:
    """What the page shows of a trial: sections of values, items, and what is wrong where."""

    start: Programme
    trial: Trial
    problems: Sequence[DomainError]

    @cached_property
    def typed(self) -> dict[str, Written]:
        """What was changed, by key."""
        return dict(self.trial.edits)

    @cached_property
    def shown(self) -> dict[str, Written]:
        """What the programme has, by key."""
        return _as_shown(self.start)

    @cached_property
    def wrong(self) -> dict[str, str]:
        """What is wrong, by key."""
        return {problem.field: problem.message for problem in self.problems if problem.field}

    @cached_property
    def sections(self) -> list[Section]:
        """The tables without the items, which have a list of their own."""
        return [section for section in sections(self.start) if section.table not in ("item", "price")]

    @property
    def items(self) -> Sequence[Item]:
        """The items in catalogue order."""
        return self.start.items

    @property
    def has_types(self) -> bool:
        """Whether items are basic or optional here."""
        return bool(self.start.basic_items)

    def value(self, key: str) -> Written:
        """What stands in a field: as it was typed, else as the programme has it."""
        return self.typed.get(key, self.shown.get(key, ""))

    def is_out(self, path: str) -> bool:
        """Whether an entry is to be left out."""
        return f"{OUT}:{path}" in self.typed

    def is_changed(self, section: Section) -> bool:
        """Whether something of a section was changed, or is wrong."""
        return any(key.removeprefix(f"{OUT}:").partition(".")[0] == section.table for key in (*self.typed, *self.wrong))

    def items_changed(self) -> bool:
        """Whether something of the items was changed, or is wrong."""
        heads = (CEILING, PERCENT, TYPE, ADD, f"{OUT}:item")
        return any(key.startswith((*heads, "item")) for key in (*self.typed, *self.wrong))

    def added(self) -> Iterator[int]:
        """The rows for items that are added: those that were filled in, and one more."""
        filled = [place for place in range(MOST_ADDED) if self.value(f"{ADD}:{place}:item")]
        yield from range(min(MOST_ADDED, max(filled, default=-1) + 2))
