"""What differs between two versions of a programme, in policy words: computed from the data, whatever tables they have."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import takewhile
from typing import Any

from pydantic import BaseModel

from . import saying, words
from .expressions import AllOf, AnyOf, Condition, IfElse, Leaf, Not, OverList, Same
from .policy import Programme
from .process import without_idle_terms
from .schema import ProgrammeData

_ASIDE = frozenset({"version", "overlay", "id"})
"""What tells the editions of a programme apart is no difference of policy."""


_LONG, _AROUND = 40, 8
"""From how many characters on a text is shortened, and how many stay around what differs."""


def _shared(one: str, other: str) -> int:
    """With how many equal characters two texts begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


class Way(StrEnum):
    """What became of a value or an entry."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True)
class Change:
    """One difference: of which table, about what, and the words before and after."""

    table: str
    way: Way
    what: str
    old: str = ""
    new: str = ""

    def __str__(self) -> str:
        if self.way is Way.ADDED:
            return f"新增{self.what}" + (f"：{self.new}" if self.new else "")
        if self.way is Way.REMOVED:
            return f"取消{self.what}" + (f"：{self.old}" if self.old else "")
        if self.way is Way.MOVED:
            return f"{self.what}的先后次序有调整"
        old, new = self.parts
        return f"{self.what} {old or '未写'} → {new or '不再写'}"

    @property
    def parts(self) -> tuple[str, str]:
        """The words before and after; of long texts that mostly agree only where they do not, with a little around it."""
        old, new = self.old, self.new
        if min(len(old), len(new)) <= _LONG:
            return old, new
        head = _shared(old, new)
        tail = min(_shared(old[::-1], new[::-1]), min(len(old), len(new)) - head)
        start, end = max(0, head - _AROUND), max(0, tail - _AROUND)
        before, after = (
            f"{'…' if start else ''}{one[start : len(one) - end]}{'…' if end else ''}" for one in (old, new)
        )
        return before, after


@dataclass(frozen=True)
class ChapterChanges:
    """The differences of a chapter, and the headings of what stayed as it was."""

    title: str
    changes: tuple[Change, ...]
    unchanged: tuple[str, ...]

    @property
    def groups(self) -> list[list[Change]]:
        """The changes in their order, entries of one table that are all new or all gone together."""
        together = {Way.ADDED, Way.REMOVED}
        found: list[list[Change]] = []
        for one in self.changes:
            last = found[-1][-1] if found else None
            if last is not None and one.way in together and (last.table, last.way) == (one.table, one.way):
                found[-1].append(one)
            else:
                found.append([one])
        return found


def differences(old: Programme, new: Programme) -> list[ChapterChanges]:
    """Every chapter with what differs in it, in reading order; chapters without any have only `unchanged`."""
    changes = list(changes_between(old, new))
    chapters = []
    for key, title in words.CHAPTERS.items():
        tables = [table for table in ProgrammeData.model_fields if saying.table_words(table).chapter == key]
        own = tuple(change for change in changes if change.table in tables)
        touched = {change.table for change in own}
        present = [table for table in tables if getattr(old.data, table) or getattr(new.data, table)]
        same = tuple(saying.table_words(table).heading for table in present if table not in touched)
        chapters.append(ChapterChanges(title, own, same))
    return chapters


def changes_between(old: Programme, new: Programme) -> Iterator[Change]:
    """Every difference, table by table in reading order."""
    order = list(words.TABLES)
    tables = sorted(ProgrammeData.model_fields, key=lambda t: order.index(t) if t in order else len(order))
    for table in tables:
        before, after = getattr(old.data, table), getattr(new.data, table)
        if before == after:
            continue
        heading = saying.table_words(table).heading
        if isinstance(before, tuple) or isinstance(after, tuple):
            yield from _entries(old.data, new.data, table, before, after)
        elif before is None or after is None:
            yield Change(table, Way.ADDED if before is None else Way.REMOVED, f"“{heading}”")
        else:
            yield from _fields(old.data, new.data, table, heading, before, after)


def keyed(entries: Sequence[BaseModel]) -> dict[str, BaseModel]:
    """The entries of a table by what names them; a name that stands twice is counted on, so that none gets lost."""
    found: dict[str, BaseModel] = {}
    for entry in entries:
        name, again = saying.identity(entry), 1
        key = name
        while key in found:
            again += 1
            key = f"{name}#{again}"
        found[key] = entry
    return found


def _entries(
    old: ProgrammeData, new: ProgrammeData, table: str, before: Sequence[Any], after: Sequence[Any]
) -> Iterator[Change]:
    heading = saying.table_words(table).heading
    was, now = keyed(before), keyed(after)
    for key, entry in was.items():
        if key not in now:
            yield Change(table, Way.REMOVED, f"{heading} {saying.title(old, table, entry)}")
    for key, entry in now.items():
        name = saying.title(new, table, entry)
        if key not in was:
            yield Change(table, Way.ADDED, f"{heading} {name}", new=_brief(new, table, entry))
        elif was[key] != entry:
            yield from _fields(old, new, table, f"{heading} {saying.title(old, table, was[key])}", was[key], entry)
    kept = [key for key in was if key in now]
    if kept != [key for key in now if key in was]:
        yield Change(table, Way.MOVED, heading)


def _brief(data: ProgrammeData, table: str, entry: BaseModel) -> str:
    """The sums, numbers and choices of a new entry; its long texts stand in the document."""
    said = []
    for name, info in type(entry).model_fields.items():
        value = getattr(entry, name)
        if name in ("source", "assumptions", *words.IDENTITY) or value == info.default:
            continue
        text = saying.say_value(data, table, name, value, info)
        if text and len(text) <= 60:
            said.append(f"{saying.label(table, name)} {text}")
    return "，".join(said)


def _fields(
    old: ProgrammeData, new: ProgrammeData, table: str, what: str, before: BaseModel, after: BaseModel
) -> Iterator[Change]:
    for name, info in type(after).model_fields.items():
        was, now = getattr(before, name), getattr(after, name)
        if was == now or (table == "programme" and name in _ASIDE):
            continue
        if name == "assumptions":
            yield from _assumptions(table, what, was, now)
            continue
        about = f"{what}：{saying.label(table, name)}"
        wanted, wants = saying.condition_in(old, was), saying.condition_in(new, now)
        if wanted is not None and wants is not None:
            yield from (Change(table, Way.CHANGED, f"{what}：{one}", a, b) for one, a, b in _compared(wanted, wants))
        elif isinstance(was, Mapping) and isinstance(now, Mapping):
            yield from _mapping(old, new, table, name, about, was, now)
        else:
            said = saying.say_value(old, table, name, was, info), saying.say_value(new, table, name, now, info)
            yield Change(table, Way.CHANGED, about, *said)


def _mapping(
    old: ProgrammeData,
    new: ProgrammeData,
    table: str,
    name: str,
    about: str,
    was: Mapping[str, Any],
    now: Mapping[str, Any],
) -> Iterator[Change]:
    """A table within a table, key by key: 办理时限：待初审 5 天 → 8 天."""
    for key in saying.in_order(dict.fromkeys((*was, *now))):
        if was.get(key) != now.get(key):
            said = saying.say_value(old, table, name, was.get(key)), saying.say_value(new, table, name, now.get(key))
            yield Change(table, Way.CHANGED, f"{about}·{words.CODES.get(key, key)}", *said)


def _assumptions(table: str, what: str, was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Change]:
    for field in dict.fromkeys((*was, *now)):
        if was.get(field) != now.get(field):
            label = saying.label(table, field)
            yield Change(table, Way.CHANGED, f"{what}：{label}的假定", was.get(field, ""), now.get(field, ""))


# ---------------------------------------------------------------- conditions


def _compared(old: Condition, new: Condition) -> Iterator[tuple[str, str, str]]:
    """What differs within two conditions: number by number while their shape is the same, else the whole."""
    changed = list(_leaves(old, new))
    if None in changed:
        yield "条件", saying.say_condition(old).flat, saying.say_condition(new).flat
        return
    found = [one for one in changed if one is not None]
    if found:
        yield from found
    else:
        yield "条件的写法", saying.say_condition(old).flat, saying.say_condition(new).flat


def _leaves(old: Condition, new: Condition) -> Iterator[tuple[str, str, str] | None]:
    """The comparisons that differ as (about, before, after); None where the shape itself does."""
    if old == new:
        return
    if isinstance(old, Leaf) and isinstance(new, Leaf) and (old.fact, old.operator) == (new.fact, new.operator):
        if replace(old, operand=None) == replace(new, operand=None):
            said = "年龄" if old.operator.startswith("age_") else old.fact.label
            yield said, saying.say_operand(old), saying.say_operand(new)
        else:
            yield None
        return
    parts = _parts(old), _parts(new)
    if type(old) is not type(new) or len(parts[0]) != len(parts[1]) or isinstance(old, Leaf | Same):
        yield None
        return
    if isinstance(old, OverList) and isinstance(new, OverList) and old != replace(new, condition=old.condition):
        yield None
        return
    for before, after in zip(*parts, strict=True):
        yield from _leaves(before, after)


def _parts(condition: Condition) -> tuple[Condition, ...]:
    if isinstance(condition, AllOf | AnyOf):
        return condition.parts
    if isinstance(condition, Not):
        return (condition.part,)
    if isinstance(condition, IfElse):
        return (condition.test, condition.then, condition.otherwise)
    return (condition.condition,) if isinstance(condition, OverList) else ()


# ---------------------------------------------------------------- a county's edition of a changed base


def carried_over(base: ProgrammeData, changed: ProgrammeData, own: ProgrammeData) -> ProgrammeData:
    """A county's edition as it would be if its base changed: what is the base's follows, what is its own stays.

    A value is the county's own where `own` differs from `base`. The answer is to be built and checked by the caller.
    """
    update: dict[str, Any] = {}
    for table in ProgrammeData.model_fields:
        was, now, has = getattr(base, table), getattr(changed, table), getattr(own, table)
        if table != "programme" and was != now:
            is_whole = isinstance(has, tuple) and own.local is not None and table in own.local.may_set
            update[table] = now if has == was else has if is_whole else _carried(was, now, has)
    return _without_gone(own, without_idle_terms(own.model_copy(update=update)))


_NAMING_ITEMS = ("suggestion", "group", "rate", "limit", "composition")


def _without_gone(own: ProgrammeData, carried: ProgrammeData) -> ProgrammeData:
    """What the county has of its own for an item or a clause goes with it where the base has it no longer."""
    items = {item.number for item in own.item} - {item.number for item in carried.item}
    clauses = {clause.id for clause in own.clause} - {clause.id for clause in carried.clause}
    update: dict[str, Any] = {"price": tuple(row for row in carried.price if row.item not in items)}
    for table in _NAMING_ITEMS:
        update[table] = _naming_no(items, "items", getattr(carried, table))
    update["verification"] = _naming_no(clauses, "clauses", carried.verification)
    return carried.model_copy(update=update) if items or clauses else carried


def _naming_no(gone: set[Any], field: str, entries: Sequence[Any]) -> tuple[Any, ...]:
    """The entries without the names that are gone; one that named nothing else goes too."""
    kept = []
    for entry in entries:
        names = tuple(name for name in getattr(entry, field) if name not in gone)
        if names == getattr(entry, field):
            kept.append(entry)
        elif names or getattr(entry, "categories", ()) or getattr(entry, "groups", ()):
            kept.append(entry.model_copy(update={field: names}))
    return tuple(kept)


def _carried(was: Any, now: Any, has: Any) -> Any:
    if isinstance(has, tuple):
        before, after, own = keyed(was), keyed(now), keyed(has)
        kept = {key: after.get(key, entry) if before.get(key) == entry else entry for key, entry in own.items()}
        gone = {key for key in before if key not in after and before[key] == own.get(key)}
        new = {key: entry for key, entry in after.items() if key not in before and key not in own}
        return tuple(entry for key, entry in (kept | new).items() if key not in gone)
    if was is None or now is None or has is None:
        return has
    fields = {
        name: getattr(now, name)
        for name in type(has).model_fields
        if getattr(has, name) == getattr(was, name) != getattr(now, name)
    }
    return has.model_copy(update=fields)
