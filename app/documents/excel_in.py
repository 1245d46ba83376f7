"""Reading workbooks that people send: within limits, cell by cell with their addresses. Knows nothing of households."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from .xlsx_package import Package, Unreadable

MAX_ROWS = 50_000
MAX_COLUMNS = 208
"""GZ."""

# with a value far out at the edge the reader would make room for every cell up to it
_FAR = re.compile(rb'<(?:\w+:)?c\s[^>]*?r="(?:[A-Z]{3,}|[H-Z][A-Z])\d+"[^>]*(?<!/)>')
_LOW = re.compile(rb'<(?:\w+:)?c\s[^>]*?r="[A-Z]{1,3}(\d{5,})"[^>]*(?<!/)>')
_FAULT = re.compile(rb'<(?:\w+:)?c\s[^>]*?r="([A-Z]{1,3}\d{1,7})"[^>]*t="e"')
_OVERLAP = 200


@dataclass(frozen=True, slots=True)
class Sheet:
    """One worksheet; rows and columns count from 1. `faults` are the cells whose formula gives an error."""

    name: str
    merged: tuple[tuple[int, int, int, int], ...]
    """first row, first column, last row, last column."""
    faults: frozenset[str]
    height: int
    _source: Any
    _left: int

    def rows(self) -> Iterator[tuple[int, dict[int, Any]]]:
        """(row, column → value) of every row that is not blank; numbers are floats, dates dates, text is trimmed."""
        for number, values in enumerate(self._source.iter_rows(), 1):
            found = {}
            for place, value in enumerate(values, self._left + 1):
                if isinstance(value, str):
                    value = value.strip()  # noqa: PLW2901
                if value != "":
                    found[place] = value
            if found:
                yield number, found


class Workbook:
    """A workbook that was looked over before anything of it is read. Raises Unreadable."""

    def __init__(self, content: bytes) -> None:
        self.package = Package(content)
        parts = self.package.sheet_parts()
        self._faults = {name: self._scan(name, part) for name, part in parts.items() if "worksheets/" in part}
        for part in set(self.package.names) - set(parts.values()):
            for _piece in self.package.unpack(part):
                pass  # unpacked with its limit before the reader unpacks it without
        try:
            self._book = CalamineWorkbook.from_filelike(BytesIO(content))
        except (CalamineError, OSError, ValueError) as error:
            raise Unreadable("文件已损坏，打不开。请在 Excel 中打开，另存为 .xlsx 后重新上传。") from error

    @property
    def names(self) -> list[str]:
        """The names of the worksheets, in their order."""
        return [name for name in self._book.sheet_names if name in self._faults]

    def sheet(self, name: str) -> Sheet:
        """One worksheet, loaded whole; raises Unreadable."""
        try:
            source = self._book.get_sheet_by_name(name)
        except (CalamineError, OSError, ValueError) as error:
            raise Unreadable(f"表“{name}”读不了。请在 Excel 中打开，另存为 .xlsx 后重新上传。") from error
        merged = tuple(
            (top + 1, left + 1, bottom + 1, right + 1)
            for (top, left), (bottom, right) in (source.merged_cell_ranges or ())
        )
        left = source.start[1] if source.start else 0
        height = source.end[0] + 1 if source.end else 0
        return Sheet(name, merged, self._faults[name], height, source, left)

    def _scan(self, name: str, part: str) -> frozenset[str]:
        """Look a worksheet's XML over for what is too far out; answers the cells with a formula's error."""
        faults: set[str] = set()
        kept = b""
        for piece in self.package.unpack(part):
            text = kept + piece
            if _FAR.search(text):
                raise Unreadable(f"表“{name}”在第 {MAX_COLUMNS} 列以后还有内容。请删去右边多余的列后重新上传。")
            if any(int(row) > MAX_ROWS for row in _LOW.findall(text)):
                raise Unreadable(f"表“{name}”超过 {MAX_ROWS:,} 行。请删去下面多余的行，或按乡镇分成几个文件。")
            faults.update(found.decode() for found in _FAULT.findall(text))
            kept = text[-_OVERLAP:]
        return frozenset(faults)


def cell_name(row: int, column: int) -> str:
    """(17, 2) → "B17"."""
    return f"{column_letters(column)}{row}"


def column_letters(column: int) -> str:
    """2 → "B", 28 → "AB"."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
