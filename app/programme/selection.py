"""Which lines of a plan a rule about money names."""

from collections.abc import Iterable

from .item_schema import Item
from .money_schema import Group, Selection
from .schema import ProgrammeData


def selects(selection: Selection, item: Item, groups: Iterable[Group]) -> bool:
    """Whether a rule is about the item: named by number, category or group, and of the kinds and types; nothing = all."""
    if selection.kinds and item.kind not in selection.kinds:
        return False
    if selection.types and item.type not in selection.types:
        return False
    if not (selection.items or selection.categories or selection.groups):
        return True
    if item.number in selection.items or item.category in selection.categories:
        return True
    return any(item.number in group.items for group in groups if group.key in selection.groups)


def say_selection(data: ProgrammeData, selection: Selection) -> str:
    """The chosen lines in words: 施工改造; “洗浴用品”; 项目 1、2."""
    names = [f"“{one.name}”" for one in data.category if one.key in selection.categories]
    names += [f"“{one.name}”" for one in data.group if one.key in selection.groups]
    if selection.items:
        names.append(f"项目 {'、'.join(map(str, selection.items))}")
    sorts = "、".join([*(one.label for one in selection.types), *(one.label for one in selection.kinds)])
    return f"{'和'.join(names)}{'里的' if names and sorts else ''}{sorts}" or "改造项目"
