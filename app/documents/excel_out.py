"""Writing workbooks: tables row by row in constant memory, text that can never become a formula."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any, Literal

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ..core import clock

Kind = Literal["text", "count", "quantity", "money", "date", "moment"]
LONGEST = 32_767
"""Characters that a cell holds."""
TEXT = 49
"""Excel's own number of the format “text”."""
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, how its values are shown, its width in characters. Money comes in fen."""

    title: str
    kind: Kind = "text"
    width: int = 14


class Book:
    """A workbook written to a stream, closed by `with`. Rows of a sheet are written in their order, unless `in_any_order` (kept in memory)."""

    def __init__(self, stream: IO[bytes], title: str = "", in_any_order: bool = False) -> None:
        self.workbook = Workbook(
            stream,
            {
                "constant_memory": not in_any_order,
                "strings_to_formulas": False,
                "strings_to_numbers": False,
                "strings_to_urls": False,
                "default_date_format": "yyyy-mm-dd",
            },
        )
        self.workbook.set_properties({"title": title, "created": clock.now().replace(tzinfo=None)})
        self.formats = {
            "head": self._format(bold=True, bg_color="#E8EDF3", border=1, text_wrap=True, valign="vcenter"),
            "title": self._format(bold=True, font_size=14),
            "note": self._format(font_color="#5B6472", text_wrap=True, valign="top"),
            "text": self._format(num_format=TEXT),
            # Excel's own apostrophe: typed over and confirmed, the text still is no formula
            "quoted": self._format(num_format=TEXT, quote_prefix=True),
            "count": self._format(num_format="#,##0"),
            "quantity": self._format(num_format="#,##0.00"),
            "money": self._format(num_format="#,##0.00"),
            "date": self._format(num_format="yyyy-mm-dd", align="left"),
            "moment": self._format(num_format="yyyy-mm-dd hh:mm", align="left"),
        }

    def __enter__(self) -> "Book":
        return self

    def __exit__(self, kind: object, *_rest: object) -> None:
        if kind is None:
            self.workbook.close()

    def _format(self, **properties: Any) -> Format:
        return self.workbook.add_format({"font_size": 11, **properties})

    def table(self, name: str, columns: Sequence[Column]) -> "Table":
        """A new sheet for a table; several may be filled at the same time."""
        return Table(self, self.workbook.add_worksheet(name), columns)

    def write(self, sheet: Worksheet, row: int, place: int, kind: Kind, value: Any) -> None:
        """One cell; None and "" stay blank."""
        if value is None or value == "":
            return
        shown = self.formats[kind]
        if kind == "money":
            sheet.write_number(row, place, value / 100, shown)
        elif kind == "quantity":
            sheet.write_number(row, place, float(value), shown)
        elif kind == "count":
            sheet.write_number(row, place, value, shown)
        elif kind == "date" and isinstance(value, date):
            sheet.write_datetime(row, place, value, shown)
        elif kind == "moment" and isinstance(value, datetime):
            sheet.write_datetime(row, place, value.astimezone(clock.SHANGHAI).replace(tzinfo=None), shown)
        else:
            text = safe_text(str(value))
            sheet.write_string(row, place, text, self.formats["quoted" if is_risky(text) else "text"])


class Table:
    """A sheet with a heading that stays in sight; its rows are written one after the other, `end` adds the filter."""

    def __init__(self, book: Book, sheet: Worksheet, columns: Sequence[Column]) -> None:
        self._book, self._sheet, self._columns = book, sheet, columns
        self.rows = 0
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
        sheet.freeze_panes(1, 0)
        sheet.set_row(0, 30)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column.title, book.formats["head"])

    def row(self, values: Sequence[Any]) -> None:
        """One more row."""
        self.rows += 1
        for place, (column, value) in enumerate(zip(self._columns, values, strict=True)):
            self._book.write(self._sheet, self.rows, place, column.kind, value)

    def end(self) -> int:
        """Put the filter on it; answers how many rows it got."""
        self._sheet.autofilter(0, 0, max(self.rows, 1), len(self._columns) - 1)
        return self.rows


def is_risky(text: str) -> bool:
    """True for text that a spreadsheet could take for a formula."""
    return text.startswith(FORMULA_STARTS)


def safe_text(text: str) -> str:
    """Text without what XML cannot hold, cut to what a cell holds."""
    kept = "".join(c for c in text if c >= " " or c in "\n\t")
    return kept[:LONGEST]
