"""Counters over a period: what a household's earlier files used of each limit counts against it (variants §1B, 湖南 2025).

A file's use is told by item, in the quantity and the fen that were subsidised; which limits it counts against is for the
rules of the later file to say, whose limits may be others.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..core.money import yuan
from .item_schema import Item
from .money_schema import Limit
from .policy import Programme
from .values import CapUnit, Per

Bucket = tuple[str, object]
"""What is counted together: a limit's name, and the item or category, or "" for all chosen lines."""


@dataclass(frozen=True, slots=True)
class Use:
    """What a file uses of one item: the quantity that is subsidised, and the subsidy in fen."""

    item: int
    quantity: Decimal
    fen: int
    file: str = ""
    """The file by its number, or in words where the number is not for the reader."""

    def to_json(self) -> dict[str, Any]:
        """As `settlement quote` reads it."""
        said = {"item": self.item, "quantity": _plain(self.quantity), "subsidy": yuan(self.fen)}
        return said | ({"file": self.file} if self.file else {})


@dataclass(frozen=True, slots=True)
class Total:
    """What several uses of one bucket come to."""

    quantity: Decimal = Decimal(0)
    fen: int = 0
    files: tuple[str, ...] = ()

    def plus(self, use: Use) -> "Total":
        """With one use more."""
        files = (*self.files, use.file) if use.file and use.file not in self.files else self.files
        return Total(self.quantity + use.quantity, self.fen + use.fen, files)

    @property
    def by(self) -> str:
        """Who used it: 以前的档案 QH2026-…-000012."""
        return f"以前的档案 {'、'.join(self.files)} " if self.files else "以前的档案"


@dataclass(frozen=True, slots=True)
class Counter:
    """How one counter stands: the most there is, what earlier files used, what this one uses; pieces, or yuan."""

    name: str
    of: str
    """The item or the category; "" where all are counted together."""
    is_yuan: bool
    most: Decimal
    before: Decimal
    now: Decimal
    files: tuple[str, ...] = ()

    @property
    def left(self) -> Decimal:
        """What is left for later files; nothing where earlier rules gave more."""
        return max(self.most - self.before - self.now, Decimal(0))

    def to_json(self) -> dict[str, Any]:
        """Exact figures as text."""
        figures = {key: getattr(self, key) for key in ("most", "before", "now", "left")}
        said = {key: f"{value:.2f}" if self.is_yuan else _plain(value) for key, value in figures.items()}
        return (
            {"name": self.name, "of": self.of, "unit": "yuan" if self.is_yuan else "quantity"}
            | said
            | {"files": list(self.files)}
        )


def bucket_of(limit: Limit, item: Item) -> Bucket:
    """What a limit is counted over: this item, its category, or all chosen lines together."""
    over: Mapping[Per, object] = {Per.ITEM: item.number, Per.CATEGORY: item.category}
    return limit.name, over.get(limit.per, "")


def times(limit: Limit, persons: int) -> int:
    """How often a household has a limit: once, or for each person."""
    return persons if limit.each is CapUnit.PERSON else 1


def used_before(programme: Programme, uses: Sequence[Use]) -> dict[Bucket, Total]:
    """What earlier files used of every limit that is counted over the period."""
    found: dict[Bucket, Total] = {}
    for limit in programme.period_limits:
        found |= _totals(programme, limit, uses)
    return found


def counters(programme: Programme, persons: int, before: Sequence[Use], now: Sequence[Use]) -> tuple[Counter, ...]:
    """How every counter over the period stands of which something is used, in the order of the limits."""
    return tuple(one for limit in programme.period_limits for one in _of_limit(programme, limit, persons, before, now))


def _of_limit(
    programme: Programme, limit: Limit, persons: int, before: Sequence[Use], now: Sequence[Use]
) -> Iterator[Counter]:
    was, is_ = _totals(programme, limit, before), _totals(programme, limit, now)
    for bucket in sorted({*was, *is_}, key=str):
        earlier, own = was.get(bucket, Total()), is_.get(bucket, Total())
        of = _named(programme, limit, bucket)
        if limit.count is not None:
            most = Decimal(limit.count * times(limit, persons))
            yield Counter(limit.name, of, False, most, earlier.quantity, own.quantity, earlier.files)
        if limit.amount is not None:
            most = _yuan(limit.amount * times(limit, persons))
            yield Counter(limit.name, of, True, most, _yuan(earlier.fen), _yuan(own.fen), earlier.files)


def _totals(programme: Programme, limit: Limit, uses: Iterable[Use]) -> dict[Bucket, Total]:
    found: dict[Bucket, Total] = {}
    for use in uses:
        # an edition may have dropped an item that an earlier file had: then no limit names it any more
        if programme.has_item(use.item) and programme.is_chosen(limit, use.item):
            bucket = bucket_of(limit, programme.item(use.item))
            found[bucket] = found.get(bucket, Total()).plus(use)
    return found


def _named(programme: Programme, limit: Limit, bucket: Bucket) -> str:
    _name, key = bucket
    if limit.per is Per.ITEM and isinstance(key, int):
        return programme.item(key).name
    return next((one.name for one in programme.categories if one.key == key), "")


def _yuan(fen: int) -> Decimal:
    return Decimal(fen) / 100


def _plain(quantity: Decimal) -> str:
    """A quantity without zeros that say nothing: 4.00 → 4."""
    return f"{quantity.normalize():f}"
