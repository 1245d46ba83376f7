"""Files that people send: what is no readable workbook is refused with a sentence before anything of it is believed."""

import re
import struct
import zipfile
from io import BytesIO

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.documents import xlsx_package
from app.documents.excel_in import Workbook, cell_name
from app.documents.excel_mark import mark, place
from app.documents.xlsx_package import Package, Unreadable

from .books import book

ROWS = [{"people-0-name": "张三", "people-0-id_number": "x", "dwelling-address": "村"}]
BOOK = book(ROWS)


def repacked(content: bytes, **parts: bytes) -> bytes:
    """The workbook with some parts replaced or added (dots for slashes)."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        names = {name.replace("|", "/"): data for name, data in parts.items()}
        for name in old.namelist():
            if name not in names:
                new.writestr(name, old.read(name))
        for name, data in names.items():
            new.writestr(name, data)
    return out.getvalue()


def refusal(content: bytes) -> str:
    with pytest.raises(Unreadable) as refused:
        Workbook(content)
    return refused.value.message


def one_cell(row: int, column: int) -> bytes:
    stream = BytesIO()
    workbook = xlsxwriter.Workbook(stream)
    sheet = workbook.add_worksheet("表")
    sheet.write_string(0, 0, "a")
    sheet.write_string(row, column, "b")
    workbook.close()
    return stream.getvalue()


OLE = bytes.fromhex("d0cf11e0a1b11ae1")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "文件是空的"),
        ("姓名,身份证号".encode(), "这不是 Excel 工作簿"),
        (b"%PDF-1.7", "这不是 Excel 工作簿"),
        (OLE + bytes(600), "这是旧的 .xls 格式"),
        (OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "文件设了打开密码"),
        (BOOK[:2000], "文件已损坏"),
        (repacked(BOOK, **{"xl|vbaProject.bin": b"x"}), "这个工作簿带有宏"),
        (repacked(BOOK, **{"xl|workbook.bin": b"x"}), "这是 .xlsb 格式"),
        (one_cell(60_000, 0), "超过 50,000 行"),
        (one_cell(0, 700), "在第 208 列以后还有内容"),
        (one_cell(1_048_575, 16_383), "还有内容"),
    ],
)
def test_what_is_no_workbook_of_ours_is_refused(content: bytes, said: str) -> None:
    assert said in refusal(content)


def test_a_zip_that_is_no_workbook() -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "x")
    assert "这不是 Excel 工作簿" in refusal(out.getvalue())


def test_too_large_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_package, "MAX_BYTES", 1000)
    assert "文件超过" in refusal(BOOK)


def test_what_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_package, "MAX_UNPACKED", 1_000_000)
    bomb = repacked(BOOK, **{"xl|media|x.bin": bytes(2_000_000)})
    assert len(bomb) < 20_000
    assert "文件解开后超过" in refusal(bomb)


def test_a_part_that_is_larger_than_it_says_is_not_unpacked() -> None:
    """The directory lies: it says ten bytes, and megabytes would come."""
    bomb = bytearray(repacked(BOOK, **{"xl|media|x.bin": bytes(2_000_000)}))
    at = bomb.rfind(b"PK\x01\x02", 0, bomb.rfind(b"xl/media/x.bin"))
    bomb[at + 24 : at + 28] = struct.pack("<I", 10)
    assert "文件解开后超过" in refusal(bytes(bomb))


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
@given(st.integers(30, len(BOOK) - 1), st.binary(min_size=1, max_size=8))
def test_a_damaged_file_is_refused_or_read_never_a_crash(at: int, noise: bytes) -> None:
    damaged = BOOK[:at] + noise + BOOK[at + len(noise) :]
    try:
        workbook = Workbook(damaged)
        for name in workbook.names:
            list(workbook.sheet(name).rows())
    except Unreadable:
        return


def test_rows_know_their_place() -> None:
    sheet = Workbook(one_cell(4, 2)).sheet("表")
    assert list(sheet.rows()) == [(1, {1: "a"}), (5, {3: "b"})]
    assert (cell_name(17, 2), cell_name(3, 28), place("AB3"), place("")) == ("B17", "AB3", (3, 28), None)


# ---------------------------------------------------------------- the copy with its wrong cells marked

NOTES = {(2, 1): "没有这个人。", (2, 2): "身份证号校验位不符 <&>", (3, 3): "没有填写"}
MANY = book([*ROWS, {"people-0-name": "李四", "people-0-id_number": "y"}], fields=list(ROWS[0]))


def styles_of(content: bytes) -> dict[str, str]:
    """Cell → the colour that it is filled with."""
    package = Package(content)
    styles, sheet = package.text("xl/styles.xml"), package.text("xl/worksheets/sheet1.xml")
    fills = re.findall(r"<fill>(.*?)</fill>", styles)
    formats = re.findall(r"<xf\b[^>]*", re.search(r"<cellXfs.*?</cellXfs>", styles, re.DOTALL)[0])
    colours = {}
    for tag in re.findall(r"<c\b[^>]*>", sheet):
        style = int(found[1]) if (found := re.search(r'\ss="(\d+)"', tag)) else 0
        fill = fills[int(re.search(r'fillId="(\d+)"', formats[style])[1])]
        if "FFFFC7CE" in fill:
            colours[re.search(r'\sr="(\w+)"', tag)[1]] = "red"
    return colours


def test_wrong_cells_are_coloured_and_commented_and_nothing_else_changes() -> None:
    marked = mark(MANY, "登记表", NOTES)
    assert marked is not None
    assert styles_of(MANY) == {}
    assert styles_of(marked) == {"A2": "red", "B2": "red", "C3": "red"}
    comments = Package(marked).text("xl/comments_anju.xml")
    assert 'ref="B2"' in comments
    assert "身份证号校验位不符 &lt;&amp;&gt;" in comments
    before, after = Workbook(MANY).sheet("登记表"), Workbook(marked).sheet("登记表")
    assert list(before.rows()) == list(after.rows())
    kept = set(Package(MANY).names) - {"xl/styles.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"}
    assert {name for name in kept if Package(MANY).read(name) != Package(marked).read(name)} == set()
    assert Package(marked).text("xl/worksheets/_rels/sheet1.xml.rels").count("<Relationship ") == 2


def test_comments_that_are_there_stay() -> None:
    content = book([*ROWS, {"people-0-name": "李四"}], fields=list(ROWS[0]), comments=[(1, 0, "我的批注")])
    marked = mark(content, "登记表", NOTES)
    assert marked is not None
    comments = Package(marked).text("xl/comments1.xml")
    assert comments.count("<comment ") == 3
    assert "我的批注" in comments
    assert "没有这个人" not in comments
    assert Package(marked).text("xl/worksheets/sheet1.xml").count("<legacyDrawing ") == 1


def test_a_marked_copy_can_be_marked_again() -> None:
    once = mark(MANY, "登记表", {(2, 1): "错"})
    assert once is not None
    twice = mark(once, "登记表", NOTES)
    assert twice is not None
    assert styles_of(twice) == {"A2": "red", "B2": "red", "C3": "red"}
