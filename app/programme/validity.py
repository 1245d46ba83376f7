"""When versions of one programme hold beside each other, and when their days contradict each other."""

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
