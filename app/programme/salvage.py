"""What can still be read of a TOML text that is broken somewhere, so that one fault does not hide the others.

The place of a fault is blanked, first its line, else the table that it stands in, and the rest is read. What blanking
took away is remembered: that it is missing now is no fault of its own.
"""

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

F = TypeVar("F")

_HEADER = re.compile(r"\s*\[\[?\s*[A-Za-z0-9_.\"-]+\s*\]?\]?\s*(#.*)?")
_MOST = 10
"""Faults of one file that are looked for; whoever has more corrects these first."""


@dataclass
class Salvaged(Generic[F]):
    """The text as far as it can be read, its tables, the faults in their order, and the lines that were touched."""

    text: str
    tables: dict[str, Any] = field(default_factory=dict)
    faults: list[F] = field(default_factory=list)
    damaged: list[range] = field(default_factory=list)
    """The tables that a fault stands in, as lines counted from 1."""


def salvage(text: str, place_of: Callable[[str, str], tuple[int, F]]) -> Salvaged[F]:
    """Reads a text, whatever is broken in it left out. `place_of` tells line and fault of an error in a text.

    The tables are empty when nothing can be made of the rest.
    """
    found: Salvaged[F] = Salvaged(text)
    while True:
        try:
            found.tables = tomllib.loads(found.text)
        except tomllib.TOMLDecodeError as wrong:
            line, fault = place_of(found.text, str(wrong))
            if fault in found.faults:
                return found  # what has no end is told once
            found.faults.append(fault)
            cut = _cut(found.text, line, place_of) if len(found.faults) < _MOST else None
            if cut is None:
                return found
            found.text, damaged = cut
            found.damaged.append(damaged)
        else:
            return found


def _cut(text: str, line: int, place_of: Callable[[str, str], tuple[int, F]]) -> tuple[str, range] | None:
    """The text without the fault of a line, and the table that it stood in; None when no cut leads beyond it."""
    lines = text.split("\n")
    for cut in _cuts(lines, line):
        blanked = ["" if number in cut else said for number, said in enumerate(lines, 1)]
        tried = "\n".join(blanked)
        try:
            tomllib.loads(tried)
        except tomllib.TOMLDecodeError as wrong:
            if not _is_beyond(blanked, cut, place_of(tried, str(wrong))[0]):
                continue
        return tried, _block(lines, cut.start)
    return None


def _cuts(lines: list[str], line: int) -> Iterator[range]:
    """What may be blanked for a fault of a line: the line, its table, or the one before, which may have no end."""
    block = _block(lines, line)
    if not _HEADER.fullmatch(lines[line - 1]):  # without its name the fields of a table would fall to the one before
        yield range(line, line + 1)
        yield range(block.start + 1, block.stop)  # the name of the table stays: one entry more, and the others in place
    yield block
    if block.start > 1:
        yield range(_block(lines, block.start - 1).start, block.start)
        yield range(_block(lines, block.start - 1).start, block.stop)


def _block(lines: list[str], line: int) -> range:
    """The lines of the table that a line stands in, its name included."""
    first = next((at for at in range(min(line, len(lines)), 0, -1) if _HEADER.fullmatch(lines[at - 1])), 1)
    last = next((at for at in range(first + 1, len(lines) + 1) if _HEADER.fullmatch(lines[at - 1])), len(lines) + 1)
    return range(first, last)


def _is_beyond(lines: list[str], cut: range, line: int) -> bool:
    """Whether the next fault is another one: not in the table that was cut, and not at what follows at once."""
    after = _block(lines, cut.start).stop
    return line > after
