"""The registration sheet to download: headings, drop-down lists, examples, the villages, and what each column means."""

from collections.abc import Sequence
from io import BytesIO

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from ....documents.excel_out import TEXT, Book
from .columns import COLUMNS, EXAMPLE, MARK, TOWNSHIP, VILLAGE, Column
from .places import Place, Places

SHEET, EXPLAINED, VILLAGES, OPTIONS = "登记表", "填表说明", "村（社区）", "选项"
PREPARED = 2000
"""Rows that have drop-down lists."""

RULES = (
    "一行一户。列的先后可以调整，不用的列可以删去；列名不要改。",
    "标“必填”的三列每户都要填，其余不清楚的留空，留空就是“还不清楚”，不会当成“否”。",
    "身份证号、电话、户号、残疾人证号所在的列已设为文本。从别处粘贴时请选“只粘贴文本”；变成数字的号码会被退回。",
    "日期写成 2026-03-08。不要合并单元格。",
    "标“示例”的两行不会导入，可以留着，也可以删去。",
    "全部正确才会写入；有一处错，一户也不写入，系统会逐格说明，并退回标出错处的表。",
    "已登记、还没有提交的户（含退回补正的），按身份证号更新；表里留空的内容保持原样。同一张表再导入一次不会重复登记。",
    "申请书、证件等扫描件不在表里，导入后在每户的页面上传。",
)


def write_template(places: Places) -> bytes:
    """The workbook for the townships of a person."""
    stream = BytesIO()
    with Book(stream, "改造申请登记表", in_any_order=True) as book:
        sheet = book.workbook.add_worksheet(SHEET)
        explained = book.workbook.add_worksheet(EXPLAINED)
        listed = book.workbook.add_worksheet(VILLAGES)
        options = book.workbook.add_worksheet(OPTIONS)
        _villages(book, listed, places)
        _options(book, options)
        _table(book, sheet, places)
        _explain(book, explained)
    return stream.getvalue()


def _table(book: Book, sheet: Worksheet, places: Places) -> None:
    text, day = book.formats["text"], book.formats["date"]
    example = book.workbook.add_format({"num_format": TEXT, "italic": True, "font_color": "#6B7280", "font_size": 11})
    example_day = book.workbook.add_format(
        {"num_format": "yyyy-mm-dd", "italic": True, "font_color": "#6B7280", "align": "left", "font_size": 11}
    )
    must = book.workbook.add_format(
        {"bold": True, "bg_color": "#FDE9D9", "border": 1, "text_wrap": True, "valign": "vcenter", "font_size": 11}
    )
    sheet.set_row(0, 34)
    sheet.freeze_panes(1, 5)
    sheet.set_column(0, 0, 7, text)
    sheet.write_string(0, 0, MARK, book.formats["head"])
    for row in (1, 2):
        sheet.write_string(row, 0, EXAMPLE, example)
    for place, column in enumerate(COLUMNS, 1):
        sheet.set_column(place, place, _width(column), day if column.kind == "date" else text)
        title = f"{column.title}（必填）" if column.required else column.title
        sheet.write_string(0, place, title, must if column.required else book.formats["head"])
        for row, value in enumerate(_examples(column, places), 1):
            if value == "":
                continue
            if column.kind == "date":
                sheet.write_datetime(row, place, value, example_day)
            else:
                sheet.write_string(row, place, str(value), example)
        _validate(sheet, place, column, places)


def _examples(column: Column, places: Places) -> Sequence[object]:
    """The examples; of places the first ones that the list has, so that they can be chosen."""
    if column.field not in {TOWNSHIP, VILLAGE}:
        return column.examples
    townships = list(places.townships.values())[:1]
    if column.field == TOWNSHIP:
        return [one.name for one in townships] * 2
    return [village.name for one in townships for village in places.villages_of(one)[:2]]


def _width(column: Column) -> int:
    return {"digits": 22, "date": 13, "choices": 22}.get(column.kind, 26 if "address" in column.field else 15)


def _validate(sheet: Worksheet, place: int, column: Column, places: Places) -> None:
    """A drop-down list where there is something to choose; several choices may be typed beside it."""
    source = ""
    if column.options:
        at = xl_col_to_name(_option_columns().index(column))
        source = f"={OPTIONS}!${at}$2:${at}${len(column.options) + 1}"
    elif column.field == VILLAGE and places.villages:
        source = f"='{VILLAGES}'!$B$2:$B${len(places.villages) + 1}"
    elif column.field == TOWNSHIP and places.townships:
        source = f"='{VILLAGES}'!$E$2:$E${len(places.townships) + 1}"
    if source:
        sheet.data_validation(
            1,
            place,
            PREPARED,
            place,
            {"validate": "list", "source": source, "show_error": column.kind != "choices" and bool(column.options),
             "error_title": column.title, "error_message": "请从下拉列表中选择；不清楚的留空。"},
        )  # fmt: skip
    elif column.kind == "date":
        sheet.data_validation(1, place, PREPARED, place, {
            "validate": "any", "input_title": column.title[:32], "input_message": "写成 2026-03-08"})  # fmt: skip


def _option_columns() -> list[Column]:
    return [column for column in COLUMNS if column.options]


def _options(book: Book, sheet: Worksheet) -> None:
    for place, column in enumerate(_option_columns()):
        sheet.set_column(place, place, 20)
        sheet.write_string(0, place, column.title, book.formats["head"])
        for row, option in enumerate(column.options, 1):
            sheet.write_string(row, place, option, book.formats["text"])


def _villages(book: Book, sheet: Worksheet, places: Places) -> None:
    """Villages with their townships and codes; the townships once more, for their own list."""
    for place, (title, width) in enumerate(
        (("乡镇（街道）", 18), ("村（社区）", 20), ("代码", 18), ("", 3), ("乡镇（街道）", 18))
    ):
        sheet.set_column(place, place, width)
        if title:
            sheet.write_string(0, place, title, book.formats["head"])
    rows: list[tuple[Place, Place]] = [
        (township, village) for township in places.townships.values() for village in places.villages_of(township)
    ]
    for row, (township, village) in enumerate(rows, 1):
        for place, value in enumerate((township.name, village.name, village.code)):
            sheet.write_string(row, place, value, book.formats["text"])
    for row, township in enumerate(places.townships.values(), 1):
        sheet.write_string(row, 4, township.name, book.formats["text"])
    sheet.freeze_panes(1, 0)


_SAID = {
    "text": "文字",
    "digits": "号码（文本）",
    "code": "代码（文本）",
    "date": "日期",
    "yesno": "选一个",
    "choice": "选一个",
    "choices": "可选多个，用顿号隔开",
    "classes": "名称，多个用顿号隔开",
    "count": "整数",
    "money": "金额（元）",
}


def _explain(book: Book, sheet: Worksheet) -> None:
    note = book.formats["note"]
    sheet.set_column(0, 0, 12)
    sheet.set_column(1, 1, 26)
    sheet.set_column(2, 2, 20)
    sheet.set_column(3, 4, 60)
    sheet.write_string(0, 0, "改造申请登记表：怎么填", book.formats["title"])
    for row, rule in enumerate(RULES, 1):
        sheet.merge_range(row, 0, row, 4, f"{row}. {rule}", note)
    head = len(RULES) + 2
    for place, title in enumerate(("部分", "列名", "怎么填", "说明", "可填的内容")):
        sheet.write_string(head, place, title, book.formats["head"])
    for row, column in enumerate(COLUMNS, head + 1):
        must = "（必填）" if column.required else ""
        cells = (column.group, column.title + must, _SAID[column.kind], column.explanation, "、".join(column.options))
        for place, text in enumerate(cells):
            sheet.write_string(row, place, text, note)
