"""The sheet to download: it can be filled in and read again, and nothing typed into it is spoiled by Excel."""

import re
import zipfile
from io import BytesIO
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from app.documents.excel_in import Workbook, column_letters
from app.permissions import SYSTEM, Role
from app.stages.application.excel import layout
from app.stages.application.excel.columns import BY_FIELD, COLUMNS
from app.stages.application.excel.importing import run
from app.stages.application.excel.places import Places
from app.stages.application.excel.report import Report
from app.stages.application.excel.template import RULES, write_template
from tests.factories import applications, people

from .books import source


@pytest.fixture
def template(session: Session) -> bytes:
    return write_template(Places(people.actor(Role.TOWNSHIP)))


def sheet(content: bytes, name: str) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_name(name).to_python()


def xml(content: bytes, part: str) -> str:
    return zipfile.ZipFile(BytesIO(content)).read(part).decode()


def test_every_column_stands_in_the_template_and_is_explained(template: bytes) -> None:
    report = Report()
    found = layout.find(Workbook(template), report)
    assert found is not None
    assert report.errors == []
    assert list(found.columns.values()) == list(COLUMNS)
    explained = {row[1].removesuffix("（必填）") for row in sheet(template, "填表说明")}
    assert {column.title for column in COLUMNS} <= explained
    assert [row[0] for row in sheet(template, "填表说明")[1 : len(RULES) + 1]] == [
        f"{number}. {rule}" for number, rule in enumerate(RULES, 1)
    ]


def test_the_examples_are_not_imported(template: bytes, frozen_clock: Any) -> None:
    applications.publish_programme()
    report = run(source(template), write=True)
    assert (report.rows, report.examples, report.written) == (0, 2, False)
    assert [one.reason for one in report.errors] == ["列名下面没有要导入的户。请填写后重新上传；示例行不会导入。"]


def test_the_examples_would_pass_but_for_their_numbers(template: bytes, frozen_clock: Any) -> None:
    """What people copy from is right in everything else."""
    applications.publish_programme()
    patched = xml(template, "xl/sharedStrings.xml").replace(">示例<", ">一<")
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(template)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, patched if name == "xl/sharedStrings.xml" else old.read(name))
    report = run(source(out.getvalue(), people.actor(Role.TOWNSHIP)), write=True)
    day = [one for one in report.errors if "不能晚于今天" in one.reason]
    assert {one.column for one in report.errors if one not in day} <= {"身份证号", "受益人2身份证号", "残疾人证号"}


def test_villages_of_the_region_and_no_others_are_listed(template: bytes) -> None:
    listed = [row[:3] for row in sheet(template, "村（社区）")[1:]]
    assert listed == [
        ["清溪镇", "青松村", "500299101001"],
        ["清溪镇", "白果村", "500299101002"],
        ["清溪镇", "柳林村", "500299101003"],
        ["清溪镇", "河口社区", "500299101004"],
        ["清溪镇", "双井村", "500299101005"],
    ]
    assert len(sheet(write_template(Places(SYSTEM)), "村（社区）")) == 1 + 17


def test_number_columns_are_text(template: bytes) -> None:
    """A column of numbers in format '@' keeps all digits of what is typed."""
    styles = xml(template, "xl/styles.xml")
    formats = re.findall(r"<xf\b[^>]*>", re.search(r"<cellXfs.*?</cellXfs>", styles, re.DOTALL)[0])
    columns = re.findall(r'<col min="(\d+)" max="(\d+)"[^>]*style="(\d+)"', xml(template, "xl/worksheets/sheet1.xml"))
    style_of = {n: int(style) for low, high, style in columns for n in range(int(low), int(high) + 1)}
    for place, column in enumerate(COLUMNS, 2):
        if column.kind in {"digits", "code", "text"}:
            assert 'numFmtId="49"' in formats[style_of[place]], column.title


def test_choices_have_a_list(template: bytes) -> None:
    written = xml(template, "xl/worksheets/sheet1.xml")
    for field in ("people-0-hardship", "dwelling-right", "people-1-disability_grade", "village", "dwelling-safe"):
        letters = column_letters(list(COLUMNS).index(BY_FIELD[field]) + 2)
        assert f'sqref="{letters}2:{letters}2001"' in written
