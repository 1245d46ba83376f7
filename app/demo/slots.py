"""Texts with slots: where a file's own words (name, number, address …) stand, a copy has its own."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Copy:
    """One copy of a file: its ids, its own words plain and as they stand in JSON, its notices and verdicts."""

    ids: Mapping[str, int]
    plain: Sequence[str]
    escaped: Sequence[str]
    village_id: int
    notices: Mapping[int, int]
    seat: int
    verdicts: list[str] = field(default_factory=list)


Point = Callable[[str, str], Callable[[Copy], str] | None]

POINTERS = re.compile(
    r'"notice": (?P<notice>\d+)|"notice": \{"id": (?P<basis>\d+)|"key": "(?P<plan_line>\d+)|@(?P<firm_replacement>\d+)"|^(?:line|accept:\d+):(?P<line>\d+)$'
)
"""Places in a text that name another row by its id: a notice, a plan's line, a replacement."""
TABLE_OF = {"basis": "notice", "line": "plan_line"}


def escape(text: str) -> str:
    """A text as it stands inside JSON."""
    return json.dumps(text)[1:-1]


class Slots:
    """The words of one file, in the order of their values in `Copy`, and what simply reads otherwise elsewhere."""

    def __init__(self, words: Sequence[str], fixed: Sequence[tuple[str, str]] = ()) -> None:
        self.words = list(words)
        self.fixed = [(old, new) for old, new in fixed if old and old != new]
        self._plain = self._search(lambda text: text)
        self._json = self._search(escape)

    def moved(self, fixed: Sequence[tuple[str, str]]) -> "Slots":
        """The same words, in a township where other words read otherwise for all copies."""
        return Slots(self.words, fixed)

    def text(
        self, text: str, point: Point = lambda _kind, _old: None, is_json: bool = False
    ) -> str | Callable[[Copy], str]:
        """The text itself when every copy has the same, else the function that fills it for a copy."""
        search, index = self._json if is_json else self._plain
        for old, new in self.fixed:
            text = text.replace(escape(old) if is_json else old, escape(new) if is_json else new)
        parts: list[str] = []
        slots: list[tuple[int, int]] = []
        pointers: list[tuple[int, Callable[[Copy], str]]] = []
        at = 0
        for match in search.finditer(text):
            self._pointed(text[at : match.start()], point, parts, pointers)
            slots.append((len(parts), index[match[0]]))
            parts.append("")
            at = match.end()
        self._pointed(text[at:], point, parts, pointers)
        if not slots and not pointers:
            return text
        return _filler(parts, slots, pointers, is_json)

    @staticmethod
    def _pointed(text: str, point: Point, parts: list[str], pointers: list[tuple[int, Callable[[Copy], str]]]) -> None:
        at = 0
        for match in POINTERS.finditer(text):
            kind = match.lastgroup or ""
            known = point(TABLE_OF.get(kind, kind), match[kind])
            if known is None:
                continue
            parts.append(text[at : match.start(kind)])
            pointers.append((len(parts), known))
            parts.append("")
            at = match.end(kind)
        parts.append(text[at:])

    def _search(self, spelled: Callable[[str], str]) -> tuple[re.Pattern[str], dict[str, int]]:
        index = {spelled(word): place for place, word in reversed(list(enumerate(self.words))) if word}
        longest_first = sorted(index, key=len, reverse=True)
        return re.compile("|".join(re.escape(word) for word in longest_first)), index


def _filler(
    parts: list[str],
    slots: list[tuple[int, int]],
    pointers: list[tuple[int, Callable[[Copy], str]]],
    is_json: bool,
) -> Callable[[Copy], str]:
    def fill(copy: Copy) -> str:
        filled = parts.copy()
        words = copy.escaped if is_json else copy.plain
        for place, word in slots:
            filled[place] = words[word]
        for place, known in pointers:
            filled[place] = known(copy)
        return "".join(filled)

    return fill
