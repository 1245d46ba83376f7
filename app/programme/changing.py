"""A programme with something changed, for a what-if: other values, entries left out, items added; checked as at loading.

A change is a flat mapping, as a form has it: `clause.0.when.age_at_least` → a value, `out:clause.3` → left out,
`ceiling:13` and `percent:13` → an item's highest price and its part that is subsidised, `type:13` → basic or optional,
`add:1:item` → an item of the library, with `add:1:price` and `add:1:type`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from .item_schema import Category, Item
from .policy import Programme, build
from .problems import Problem
from .schema import ProgrammeData
from .telling import problem_of
from .trying import LEAVABLE, Kind, Value, in_plain_words, values
from .values import to_fen

Written = str | tuple[str, ...]
Edits = Mapping[str, Written]

OUT, CEILING, PERCENT, TYPE, ADD = "out", "ceiling", "percent", "type", "add"
MOST_ADDED = 3


@dataclass(frozen=True)
class Offered:
    """An item of another programme that may be added, with its category."""

    item: Item
    category: Category


class NotPossible(ValueError):
    """What was changed does not make a programme; `problems` name their places by the change's own keys."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("；".join(problem.message for problem in problems))
        self.problems = problems


def changed(programme: Programme, edits: Edits, library: Mapping[str, Offered] | None = None) -> Programme:
    """The programme with the change; the same checks as at loading. Raises `NotPossible`."""
    change = _Change(programme, dict(edits), library or {})
    return change.made()


@dataclass
class _Change:
    programme: Programme
    edits: dict[str, Written]
    library: Mapping[str, Offered]
    raw: dict[str, Any] = field(default_factory=dict)
    places: dict[str, list[int | None]] = field(default_factory=dict)
    """Table → where each entry stood before; None for a new one."""
    made_by: dict[tuple[str, int], str] = field(default_factory=dict)
    """New entries → the key of the change that made them."""
    problems: list[Problem] = field(default_factory=list)
    known: dict[str, Value] = field(default_factory=dict)

    def made(self) -> Programme:
        """Everything that was asked for, in the order in which one thing rests on another. Raises `NotPossible`."""
        self.raw = self.programme.data.model_dump(mode="json")
        self.known = {value.path: value for value in values(self.programme)}
        self.places = {table: list(range(len(rows))) for table, rows in self.raw.items() if isinstance(rows, list)}
        for key, text in self.edits.items():
            if ":" not in key:
                self._set(key, text)
        self._price_items()
        self._rate_items()
        self._add_items()
        self._leave_out()
        if self.problems:
            raise NotPossible(self.problems)
        return self._built()

    def _refuse(self, key: str, message: str) -> None:
        self.problems.append(Problem((key,), message))

    # ------------------------------------------------------------ values

    def _set(self, path: str, text: Written) -> None:
        value = self.known.get(path) or self._price_of(path)
        if value is None:
            self._refuse(path, "没有这个数，请刷新页面")
            return
        here: Any = self.raw
        *way, last = path.split(".")
        for key in way:
            here = here[int(key)] if isinstance(here, list) else here[key]
        read = self._read(value, text, here[last])
        if read is not None:
            here[last] = read

    def _price_of(self, path: str) -> Value | None:
        """The ceilings and guides of `[[price]]`, which the pages show beside the items."""
        table, _, rest = path.partition(".")
        place, _, name = rest.partition(".")
        rows = self.raw.get("price", [])
        if table == "price" and name in ("ceiling", "guide") and place.isdigit() and int(place) < len(rows):
            return Value(path, table, "", "最高单价", "", Kind.YUAN)
        return None

    def _read(self, value: Value, text: Written, was: Any) -> Any:
        several = list(text) if isinstance(text, tuple) else [text]
        parts = [part.strip() for one in several for part in (one.split("、") if value.kind is Kind.AREAS else [one])]
        first = parts[0] if parts else ""
        if value.kind is Kind.WHOLE:
            return self._whole(value.path, value.label, first)
        if value.kind is Kind.FLAG:
            return first == "true"
        if value.kind in (Kind.YUAN, Kind.QUANTITY):
            return self._exact(value.path, value.label, first)
        if value.kind in (Kind.CHOICES, Kind.AREAS):
            told = [part for part in parts if part]
            if not told:
                self._refuse(value.path, f"“{value.label}”至少写一个；不要这一条，请勾选“去掉”")
            numbers = isinstance(was, list) and bool(was) and isinstance(was[0], int)
            listed = [int(part) for part in told if part.isdigit()] if numbers else told
            return listed if isinstance(was, list) else "".join(told[:1])
        return first

    def _whole(self, key: str, label: str, text: str) -> int | None:
        if text.isascii() and text.isdigit() and len(text) <= 9:
            return int(text)
        self._refuse(key, f"“{label}”须为不小于 0 的整数")
        return None

    def _exact(self, key: str, label: str, text: str) -> str | None:
        """An amount or a quantity, as the files have it."""
        try:
            to_fen(text)
        except ValueError:
            self._refuse(key, f"“{label}”须为不小于 0 的数，最多两位小数，如 2000.00")
            return None
        return text

    # ------------------------------------------------------------ items

    def _of_items(self, head: str) -> dict[int, tuple[str, str]]:
        """Item → the key of the change and what is written, for one kind of change."""
        found = {}
        for key, text in self.edits.items():
            kind, _, number = key.partition(":")
            if kind == head:
                if number.isdigit() and self.programme.has_item(int(number)):
                    found[int(number)] = (key, text.strip() if isinstance(text, str) else "")
                else:
                    self._refuse(key, "没有这个项目，请刷新页面")
        return found

    def _price_items(self) -> None:
        for number, (_key, text) in self._of_items(TYPE).items():
            self._entry("item", "number", number)["type"] = text
        for number, (key, text) in self._of_items(CEILING).items():
            row = self._entry("price", "item", number)
            if text and self._exact(key, f"{self.programme.item(number).name} 最高单价", text) is None:
                continue
            if row and not text and row["guide"] is None:
                self._drop("price", self.raw["price"].index(row))
            elif row:
                row["ceiling"] = text or None
            elif text:
                self._append("price", {"item": number, "unit": self.programme.item(number).unit, "ceiling": text}, key)

    def _entry(self, table: str, name: str, value: object) -> dict[str, Any]:
        """The entry of a table with this name; {} when there is none."""
        return next((row for row in self.raw[table] if row[name] == value), {})

    def _append(self, table: str, row: dict[str, Any], key: str) -> None:
        self.raw[table].append(row)
        self.places[table].append(None)
        self.made_by[(table, len(self.raw[table]) - 1)] = key

    def _rate_items(self) -> None:
        """An item's own percentage comes before all rates; where there were none, everything else stays whole."""
        own = []
        for number, (key, text) in self._of_items(PERCENT).items():
            percent = self._whole(key, f"{self.programme.item(number).name} 补贴比例", text) if text else None
            if percent is not None:
                own.append(
                    (
                        key,
                        {"name": f"{number} {self.programme.item(number).name}", "items": [number], "percent": percent},
                    )
                )
        if not own:
            return
        rest = [] if self.raw["rate"] else [{"name": "其余项目", "percent": 100}]
        self.raw["rate"] = [*(row for _, row in own), *self.raw["rate"], *rest]
        self.places["rate"] = [*(None for _ in own), *self.places["rate"], *(None for _ in rest)]
        self.made_by |= {("rate", place): key for place, (key, _) in enumerate(own)}

    def _add_items(self) -> None:
        for place in range(MOST_ADDED):
            key = f"{ADD}:{place}:item"
            wanted = self.edits.get(key, "")
            if not wanted:
                continue
            offered = self.library.get(str(wanted))
            if offered is None:
                self._refuse(key, "项目库里没有这个项目，请重新选择")
            else:
                self._add(place, key, offered)

    def _add(self, place: int, key: str, offered: Offered) -> None:
        """The item under the next number, with those of its rooms, photographs and headings that this programme knows."""
        number = max(row["number"] for row in self.raw["item"]) + 1
        photos, rooms = ([one["key"] for one in self.raw[table]] for table in ("photo_kind", "room"))
        row = offered.item.model_dump(mode="json")
        plain = self.raw["item"][0]["type"] == "plain"
        row |= {
            "number": number,
            "type": "plain" if plain else str(self.edits.get(f"{ADD}:{place}:type", "optional")),
            "photos": [one for one in row["photos"] if one in photos] or photos,
            "spaces": [one for one in row["spaces"] if one in rooms],
            "assumptions": {},
        }
        if not self._entry("category", "key", row["category"]):
            self._append("category", offered.category.model_dump(mode="json") | {"assumptions": {}}, key)
        self._append("item", row, key)
        asked = f"{ADD}:{place}:price"
        price = str(self.edits.get(asked, "")).strip()
        if price and self._exact(asked, "最高单价", price) is not None:
            self._append("price", {"item": number, "unit": row["unit"], "ceiling": price}, asked)

    # ------------------------------------------------------------ leaving out

    def _leave_out(self) -> None:
        for key in self.edits:
            head, _, path = key.partition(":")
            table, _, place = path.partition(".")
            if head != OUT:
                continue
            if table in LEAVABLE and place.isdigit() and int(place) in self.places[table]:
                self._drop(table, self.places[table].index(int(place)))
            else:
                self._refuse(key, "没有这一条，请刷新页面")

    def _drop(self, table: str, place: int) -> None:
        entry = self.raw[table].pop(place)
        self.places[table].pop(place)
        self.made_by = {(name, at - (name == table and at > place)): key for (name, at), key in self.made_by.items()}
        if table == "item":
            self._forget_item(entry["number"])
        elif table == "clause" and not self._entry("clause", "id", entry["id"]):
            self._forget("verification", "clauses", entry["id"])

    def _forget_item(self, number: int) -> None:
        """What speaks of the item alone goes with it; who names it among others names it no longer."""
        for place in reversed([at for at, row in enumerate(self.raw["price"]) if row["item"] == number]):
            self._drop("price", place)
        for table in ("suggestion", "group", "rate", "limit", "composition"):
            self._forget(table, "items", number)

    def _forget(self, table: str, name: str, value: object) -> None:
        for place in reversed(range(len(self.raw[table]))):
            row = self.raw[table][place]
            if value in row.get(name, ()):
                row[name] = [one for one in row[name] if one != value]
                if not (row[name] or row.get("categories") or row.get("groups")):
                    self._drop(table, place)

    # ------------------------------------------------------------ the whole

    def _built(self) -> Programme:
        try:
            data = ProgrammeData.model_validate_json(json.dumps(self.raw))
        except ValidationError as invalid:
            found = [problem_of(ProgrammeData, details) for details in invalid.errors()]
            raise NotPossible([self._located(problem) for problem in found]) from None
        programme, problems = build(data)
        if problems:
            raise NotPossible([self._located(problem) for problem in problems])
        return programme

    def _located(self, problem: Problem) -> Problem:
        """The problem at the key of the change, or at the value that is wrong, or at its entry."""
        table, *rest = problem.path
        place = next(iter(rest), None)
        said = problem.message + (f"（{problem.remedy}）" if problem.remedy else "")
        message = in_plain_words(str(table), said)
        if not isinstance(place, int):
            return Problem((self._nearest(".".join(map(str, problem.path))),), message)
        key = self.made_by.get((str(table), place))
        if key is None:
            was = self.places.get(str(table), [])
            old = was[place] if place < len(was) else place
            key = self._nearest(".".join(str(part) for part in (table, old, *rest[1:])))
        return Problem((key,), message)

    def _nearest(self, path: str) -> str:
        """The longest part of a path at which a value stands that was changed, else one that can be."""
        for keys in (self.edits, self.known):
            here = path
            while here:
                if here in keys:
                    return here
                deeper = next((key for key in keys if key.startswith(f"{here}.") and ":" not in key), "")
                if deeper and "." in here:
                    return deeper
                here = here.rpartition(".")[0]
        return path
