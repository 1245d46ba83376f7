"""Workbooks for tests: rows by field, as a clerk's Excel would have written them."""

from collections.abc import Mapping, Sequence
from datetime import date
from io import BytesIO
from typing import Any

import xlsxwriter

from app.permissions import SYSTEM
from app.stages.application.excel.columns import BY_FIELD
from app.stages.application.excel.importing import Source
from tests.factories import applications

Row = Mapping[str, Any]


def book(
    rows: Sequence[Row], fields: Sequence[str] = (), titles: Mapping[str, str] | None = None, **more: Any
) -> bytes:
    """A workbook with one sheet; the columns are the fields of the first row unless named.

    `merged` are ranges (first row, first column, last row, last column, from 0), `above` lines above the headings.
    """
    stream = BytesIO()
    workbook = xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False}
    )
    sheet = workbook.add_worksheet(more.get("name", "登记表"))
    day = workbook.add_format({"num_format": "yyyy-mm-dd"})
    above = more.get("above", ())
    for at, line in enumerate(above):
        sheet.write_string(at, 0, line)
    fields = list(fields or rows[0])
    for place, field in enumerate(fields):
        title = (titles or {}).get(field) or (BY_FIELD[field].title if field in BY_FIELD else field)
        sheet.write_string(len(above), place, title)
    for at, row in enumerate(rows, len(above) + 1):
        for place, field in enumerate(fields):
            value = row.get(field, "")
            if isinstance(value, date):
                sheet.write_datetime(at, place, value, day)
            elif isinstance(value, bool):
                sheet.write_boolean(at, place, value)
            elif isinstance(value, int | float):
                sheet.write_number(at, place, value)
            elif value != "":
                sheet.write_string(at, place, value)
    for top, left, bottom, right in more.get("merged", ()):
        sheet.merge_range(top, left, bottom, right, "合并")
    for comment in more.get("comments", ()):
        sheet.write_comment(*comment)
    workbook.close()
    return stream.getvalue()


def household(**changes: Any) -> dict[str, Any]:
    """A row of which every clause of Chongqing 2020 passes; `changes` replace cells by field (dots for dashes)."""
    row: dict[str, Any] = {
        "township": "清溪镇",
        "village": "青松村",
        "people-0-name": "张德福",
        "people-0-id_number": applications.id_number(),
        "phone": "13812345678",
        "people-0-hardship": "分散供养特困人员",
        "people-0-living": "独居",
        "people-0-recognised": "未认定过",
        "people-0-certificate": "否",
        "applied_on": date(2020, 9, 14),
        "consent": "本人自愿申请",
        "household_size": 1,
        "dwelling-address": f"清溪镇青松村三组 {applications.id_number()[-4:]} 号",
        "dwelling-right": "自有产权",
        "dwelling-safe": "是",
        "dwelling-renovatable": "是",
        "dwelling-demolition_planned": "否",
        "dwelling-must_move_out": "否",
        "earlier": "查过，没有",
    }
    return row | changes


def source(content: bytes, actor: Any = SYSTEM, name: str = "登记表.xlsx") -> Source:
    """That workbook, imported by an actor."""
    return Source(content, name, applications.KEY, actor, {"import": "test"})
