"""When versions of one programme hold beside each other, when they contradict each other, and which one counts where."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Span:
    """The days of a version, the last one None while it has no end of its own; and what it is called."""

    label: str
    first: date
    last: date | None

    def __str__(self) -> str:
        return f"“{self.label}”（{self.first} 至 {self.last}）" if self.last else f"“{self.label}”（{self.first} 起）"


def clash(new: Span, published: Iterable[Span]) -> Span | None:
    """The published version whose days contradict the new one's, or None.

    One that begins on the same day is replaced. One without an end is followed by whatever begins later. Everything
    else that shares a day would leave two versions saying that they hold then.
    """
    for other in sorted(published, key=lambda span: span.first):
        if other.first == new.first:
            continue
        earlier, later = (other, new) if other.first < new.first else (new, other)
        if earlier.last is not None and earlier.last >= later.first:
            return other
    return None


@dataclass(frozen=True)
class Edition:
    """Where and when a published version holds: its regions (none: everywhere), and by what name it is loaded again."""

    overlay: str
    areas: tuple[str, ...]
    span: Span

    def is_same_as(self, other: "Edition") -> bool:
        """Whether one takes the place of the other: the same name, or the same regions."""
        return self.overlay == other.overlay or self.areas == other.areas


def collision(new: Edition, published: Iterable[Edition]) -> Edition | None:
    """The published edition that would leave it open which one counts in some region on some day, or None.

    Of two levels the more specific one counts. Two of one level may not share a region and a day, unless one takes the
    place of the other, as `clash` says.
    """
    others = list(published)
    same = [other for other in others if new.is_same_as(other)]
    if (found := clash(new.span, [other.span for other in same])) is not None:
        return next(other for other in same if other.span == found)
    for other in others:
        if other not in same and set(new.areas) & set(other.areas) and _overlap(new.span, other.span):
            return other
    return None


def _overlap(one: Span, other: Span) -> bool:
    """Whether two spans share a day."""
    earlier, later = (one, other) if one.first <= other.first else (other, one)
    return earlier.last is None or earlier.last >= later.first


def rank(areas: tuple[str, ...], chain: tuple[str, ...]) -> int | None:
    """How near an edition is to a region: 0 for its own, more for wider ones, the most for the base; None: not for it.

    `chain` are the codes of the region and of everything above it, the nearest first.
    """
    if not areas:
        return len(chain)
    return min((chain.index(code) for code in areas if code in chain), default=None)
