"""The region tree's CSV: what is read, and what is said about mistakes."""

from datetime import date

import pytest

from app.core.errors import RuleViolation, RuleViolations
from app.places.region_file import RegionRow, decode, parse, write
from app.places.rules import Level

HEAD = "code,name,level,parent_code,gb_code,valid_from,valid_to\n"


def test_columns_in_any_order_and_language() -> None:
    content = "上级代码,级别,名称,代码,启用日期,备注\n,区县级,甲县,c1,2020/3/8,不用\nc1,township,乙镇,t1,,\n"
    assert parse(content) == [
        RegionRow(2, "c1", "甲县", Level.COUNTY, valid_from=date(2020, 3, 8)),
        RegionRow(3, "t1", "乙镇", Level.TOWNSHIP, "c1"),
    ]


def test_every_wrong_line_is_named_with_the_remedy() -> None:
    content = HEAD + "c 1,甲县,county,,,,\n,,,,,,\nc2,,county,,,,\nc3,丙县,镇,,,,\nc4,丁县,county,,50,2020-13-01,\n"
    with pytest.raises(RuleViolations) as error:
        parse(content)
    assert [problem.message for problem in error.value.problems] == [
        "第 2 行：代码“c 1”不对，应为 1 到 32 位数字、字母、下划线或连字符",
        "第 4 行：名称应为 1 到 60 个字",
        "第 5 行：级别“镇”不对，应为 province、prefecture、county、township、village 之一",
        "第 6 行：启用日期“2020-13-01”不对，应写成 2026-03-08",
    ]


def test_missing_column_and_empty_file() -> None:
    with pytest.raises(RuleViolation) as error:
        parse("code,level\nc1,county\n")
    assert error.value.message == (
        "第 1 行：缺少列“名称”，列名应为 code、name、level、parent_code、gb_code、valid_from、valid_to"
    )
    with pytest.raises(RuleViolations) as nothing:
        parse(HEAD)
    assert nothing.value.message == "文件里没有任何区划，请核对"


def test_files_as_excel_saves_them() -> None:
    assert decode("\ufeff代码,名称".encode()) == "代码,名称"
    assert decode("代码,䶮村".encode("gb18030")) == "代码,䶮村"
    with pytest.raises(RuleViolation) as error:
        decode(b"\xff\xff\xff")
    assert error.value.message == "文件的编码无法识别，请在 Excel 中另存为“CSV UTF-8”后再导入"


def test_what_is_written_reads_back() -> None:
    rows = [
        RegionRow(2, "c1", '甲,"县', Level.COUNTY, "", "500101", date(2020, 1, 1), date(2021, 1, 1)),
        RegionRow(3, "t1", "乙镇", Level.TOWNSHIP, "c1"),
    ]
    assert parse(write(rows)) == rows
