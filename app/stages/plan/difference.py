"""What changed between two versions of a plan, in words: plain Python over anything that looks like a line."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, cast

from ...core.enums import Labelled
from ...core.money import display


class LineLike(Protocol):
    """What is read of a line."""

    @property
    def id(self) -> int: ...
    @property
    def root_id(self) -> int: ...
    @property
    def item_no(self) -> int: ...
    @property
    def item_name(self) -> str: ...
    @property
    def space_name(self) -> str: ...
    @property
    def specification(self) -> str: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def unit(self) -> str: ...
    @property
    def unit_price_fen(self) -> int: ...
    @property
    def amount_fen(self) -> int: ...
    @property
    def kind(self) -> Labelled: ...


class ChangeKind(Labelled):
    """How a line differs."""

    ADDED = "added", "新增"
    REMOVED = "removed", "取消"
    CHANGED = "changed", "调整"
    SAME = "same", "不变"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field's value before and after, as people read it."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class LineChange:
    """One line before and after; `fields` says what differs."""

    kind: ChangeKind
    before: LineLike | None
    after: LineLike | None
    fields: tuple[FieldChange, ...] = ()

    @property
    def line(self) -> LineLike:
        """The line as it is now, or as it last was."""
        return cast(LineLike, self.after or self.before)

    @property
    def change_fen(self) -> int:
        """By how much the line's amount rises (below zero: falls), in fen."""
        return (self.after.amount_fen if self.after else 0) - (self.before.amount_fen if self.before else 0)


def _quantity(line: LineLike) -> str:
    text = f"{line.quantity:f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} {line.unit}"


_FIELDS = (
    ("项目", lambda line: f"{line.item_no} {line.item_name}"),
    ("空间", lambda line: line.space_name),
    ("规格", lambda line: line.specification),
    ("数量", _quantity),
    ("单价", lambda line: display(line.unit_price_fen)),
    ("类别", lambda line: line.kind.label),
)


def line_changes(old: Sequence[LineLike], new: Sequence[LineLike]) -> list[LineChange]:
    """Every line of both versions: the new ones in their order, then those that were taken out.

    Lines belong together by `root_id`; a line typed anew is matched by item, space and specification.
    """
    left = list(old)
    changes = [_change(_partner(line, left, new), line) for line in new]
    return changes + [LineChange(ChangeKind.REMOVED, line, None) for line in left]


def _partner(line: LineLike, left: list[LineLike], new: Sequence[LineLike]) -> LineLike | None:
    roots = {other.root_id for other in new}
    found = next((one for one in left if one.root_id == line.root_id), None) or next(
        (
            one
            for one in left
            if one.root_id not in roots
            and (one.item_no, one.space_name, one.specification) == (line.item_no, line.space_name, line.specification)
        ),
        None,
    )
    if found is not None:
        left.remove(found)
    return found


def _change(before: LineLike | None, after: LineLike) -> LineChange:
    if before is None:
        return LineChange(ChangeKind.ADDED, None, after)
    fields = tuple(
        FieldChange(label, read(before), read(after)) for label, read in _FIELDS if read(before) != read(after)
    )
    return LineChange(ChangeKind.CHANGED if fields else ChangeKind.SAME, before, after, fields)
