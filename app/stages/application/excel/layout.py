"""Where the table is in a workbook: the sheet, the row of headings, what each column means. No guesses."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ....documents.excel_in import Sheet, Workbook, cell_name, column_letters
from ....documents.xlsx_package import Unreadable
from . import columns
from .columns import COLUMNS, Column
from .report import Problem, Report

LOOKED_AT = 15
"""The headings stand within the first rows, below titles at most."""
ENOUGH = 3


@dataclass(frozen=True)
class Layout:
    """A found table: its sheet, the row of its headings, the columns by place, where the mark of examples stands."""

    sheet: Sheet
    head: int
    columns: Mapping[int, Column]
    mark: int | None

    def rows(self) -> Iterator[tuple[int, dict[int, Any]]]:
        """The rows below the headings that are not blank."""
        for number, values in self.sheet.rows():
            if number > self.head:
                yield number, values

    def place(self, field: str) -> int | None:
        """The place of a field's column."""
        return next((place for place, column in self.columns.items() if column.field == field), None)

    def cell(self, row: int, field: str) -> str:
        """The address of a field's cell, "" when the sheet has no such column."""
        place = self.place(field)
        return cell_name(row, place) if place else ""


def find(book: Workbook, report: Report) -> Layout | None:
    """The one table of the workbook, None when its headings are wrong; that and merged cells go into the report.

    Raises Unreadable when there is no table, or more than one.
    """
    found = []
    for name in book.names:
        sheet = book.sheet(name)
        head = _head(sheet)
        if head:
            found.append((sheet, *head))
    if not found:
        raise Unreadable(
            "没有找到登记表：前 15 行里应有一行列名，包括“申请人姓名”“身份证号”“住房地址”。请用下载的登记表填写。"
        )
    if len(found) > 1:
        names = "”“".join(sheet.name for sheet, *_rest in found)
        raise Unreadable(f"有几张表都像登记表（“{names}”），不知道导入哪一张。请只留一张，其余另存。")
    sheet, head_row, titles = found[0]
    report.sheet = sheet.name
    layout = _columns(sheet, head_row, titles, report)
    if not report.is_right:
        return None  # without its headings nothing can be said of the rows
    _merged(layout, report)
    return layout


def _head(sheet: Sheet) -> tuple[int, dict[int, str]] | None:
    """The row with the most known headings among the first ones."""
    best: tuple[int, int, dict[int, str]] = (0, 0, {})  # known headings, the row, its headings
    for number, values in sheet.rows():
        if number > LOOKED_AT:
            break
        titles = {place: value for place, value in values.items() if isinstance(value, str)}
        known = [column for title in titles.values() if (column := columns.find(title)) is not None]
        # a list of choices has headings of ours too, but none of a household
        if len(known) > best[0] and any(column.required for column in known):
            best = (len(known), number, titles)
    return (best[1], best[2]) if best[0] >= ENOUGH else None


def _columns(sheet: Sheet, head: int, titles: Mapping[int, str], report: Report) -> Layout:
    found: dict[int, Column] = {}
    mark: int | None = None
    strange: dict[int, str] = {}
    for place, title in titles.items():
        column = columns.find(title)
        if columns.is_mark(title):
            mark = place
        elif column is None:
            strange[place] = title
        elif column in found.values():
            reason = f"“{column.title}”有两列，不知道用哪一列。请删去一列。"
            report.refuse(Problem(head, cell_name(head, place), title, title, reason))
        else:
            found[place] = column
    have = {column.title for column in found.values()}
    _strange(head, strange, have, report)
    hinted = {columns.near(title) for title in strange.values()}
    for column in COLUMNS:
        if column.required and column.title not in have and column.title not in hinted:
            report.refuse(Problem(head, "", column.title, "", f"缺少“{column.title}”这一列，请补上（列的先后不限）。"))
    return Layout(sheet, head, found, mark)


def _strange(head: int, strange: Mapping[int, str], have: set[str], report: Report) -> None:
    """Headings that nobody knows: near ones are slips, others are the clerk's own and are left out."""
    for place, title in strange.items():
        near = columns.near(title)
        if near and near not in have:
            reason = f"没有这一列，是不是“{near}”？请把列名改成“{near}”；不需要导入的请删去这一列。"
            report.refuse(Problem(head, cell_name(head, place), title, title, reason))
        else:
            report.warn(
                Problem(
                    head, cell_name(head, place), title, title, f"{column_letters(place)} 列不是登记表的列，没有导入。"
                )
            )


def _merged(layout: Layout, report: Report) -> None:
    """Merged cells hide which household a value belongs to."""
    for top, left, bottom, right in layout.sheet.merged:
        named = [layout.columns[place] for place in range(left, right + 1) if place in layout.columns]
        if bottom <= layout.head or not named:
            continue
        area = f"{cell_name(top, left)}:{cell_name(bottom, right)}"
        reason = f"{area} 是合并单元格，合并的各行看不出各自的内容。请取消合并，每一格都填上自己的内容。"
        report.refuse(Problem(top, cell_name(top, left), named[0].title, "", reason))


def nothing(table: Layout) -> Problem:
    """The refusal of a sheet without a household."""
    return Problem(table.head, "", "", "", "列名下面没有要导入的户。请填写后重新上传；示例行不会导入。")
