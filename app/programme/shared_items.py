"""`[catalogue] same_as = "…"`: the list of items of another programme, taken into a folder that has no list of its own.

What is taken stands in the version as if it were written here: a list that is corrected later makes a new version when
the folder is loaded again, and changes nothing of what was decided.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any

from .policy import Programme
from .problems import BrokenData, Problem
from .sources import NOT_FOUND, Source, has_programme, read_folder

NAMED_BY = {"photo_kind": "key", "category": "key", "item": "number", "group": "key", "room": "key"}
"""The tables that are taken, and what names their entries; one that is written here too takes the other's place."""
NOTES = "items"
"""The table of what holds for all items: taken where none is written here."""
_AT = ("catalogue", "same_as")

Find = Callable[[str], "Source | Programme | None"]
"""Gives the folder or the published programme of an id."""


def finder(beside: FilePath, catalog: FilePath, bases: Callable[[str], Programme | None]) -> Find:
    """Looks beside a folder, then among what is published, then in the catalogue."""

    def find(programme_id: str) -> Source | Programme | None:
        if has_programme(beside / programme_id):
            return read_folder(beside / programme_id)
        known = bases(programme_id)
        if known is not None:
            return known
        folder = catalog / programme_id
        return read_folder(folder) if has_programme(folder) else None

    return find


def with_shared_items(source: Source, find: Find, led_here: tuple[str, ...] = ()) -> Source:
    """The folder's tables with the items of the programme that it names; itself where it names none.

    Raises `BrokenData` when there is no such programme, when names lead in a circle, or an item left out is not there.
    """
    written = source.raw.get("catalogue")
    wanted = written.get("same_as") if isinstance(written, dict) else None
    if not isinstance(wanted, str):
        return source  # what is wrong with the table itself, the check of the tables tells
    if wanted in led_here:
        raise _refused(source, f"项目清单绕成一圈：{' → '.join([*led_here, wanted])}", "写有自己清单的项目的 id")
    shared = _tables(find(wanted), wanted, find, led_here)
    if shared is None:
        raise _refused(source, f"找不到项目“{wanted}”", NOT_FOUND)
    return _joined(source, shared, _left_out(source, shared))


def _refused(source: Source, message: str, remedy: str) -> BrokenData:
    return BrokenData([source.error(Problem(_AT, message, remedy))])


def _tables(found: Source | Programme | None, wanted: str, find: Find, led_here: tuple[str, ...]) -> Source | None:
    if isinstance(found, Programme):
        raw = found.data.model_dump(mode="json", include={*NAMED_BY, NOTES})
        return Source(FilePath(f"{wanted}.toml"), raw)
    if found is None or "overlay" in found.raw:
        return None
    return with_shared_items(found, find, (*led_here, wanted))


def _left_out(source: Source, shared: Source) -> set[int]:
    """The numbers of items that are not taken."""
    written = source.raw["catalogue"].get("without", [])
    numbers = [one for one in written if isinstance(one, int)] if isinstance(written, list) else []
    there = [row.get("number") for row in _rows(shared, "item")]
    for number in numbers:
        if number not in there:
            said = Problem(("catalogue", "without"), f"清单里没有项目“{number}”", "写要去掉的项目的序号")
            raise BrokenData([source.error(said)])
    return set(numbers)


def _rows(source: Source, table: str) -> list[dict[str, Any]]:
    rows = source.raw.get(table, [])
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _joined(source: Source, shared: Source, without: set[int]) -> Source:
    joined = replace(source, raw=dict(source.raw), parts=dict(source.parts))
    if NOTES not in source.raw and NOTES in shared.raw:
        joined.raw[NOTES] = shared.raw[NOTES]
    for table, name in NAMED_BY.items():
        own = {row.get(name): place for place, row in enumerate(_rows(source, table))}
        taken: list[tuple[dict[str, Any], tuple[Source, int]]] = []
        for place, row in enumerate(_rows(shared, table)):
            if row.get(name) in own:
                at = own.pop(row.get(name))
                taken.append((_rows(source, table)[at], (source, at)))
            elif not (table == "item" and row.get(name) in without):
                taken.append((_without(row, without) if table == "group" else row, (shared, place)))
        taken += [(_rows(source, table)[at], (source, at)) for at in own.values()]
        if table == "item":
            taken.sort(key=lambda one: _number(one[0]))
        if taken:
            joined.raw[table], joined.parts[table] = [row for row, _ in taken], [part for _, part in taken]
    return joined


def _without(group: dict[str, Any], numbers: Iterable[int]) -> dict[str, Any]:
    """A group of items that names those that are left out no longer."""
    items = group.get("items", [])
    return group | {"items": [one for one in items if one not in numbers]} if isinstance(items, list) else group


def _number(row: dict[str, Any]) -> int:
    number = row.get("number")
    return number if isinstance(number, int) else 0
