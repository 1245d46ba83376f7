"""Which lines of a plan a rule about money names."""

from collections.abc import Iterable

from .money_schema import Group, Selection
from .schema import Item


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
