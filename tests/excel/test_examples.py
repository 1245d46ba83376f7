"""The examples' workbook of 1,000 households: made by its script, and what the import says of it is what stands there."""

import json
from collections import Counter
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.db import db
from app.permissions import Role
from app.renovation.models import Renovation
from examples import make_workbook, report_workbook
from tests.factories import applications, people


@pytest.fixture
def county(session: Session, set_today: Any) -> None:
    """The demo county on the day on which the clerk sends the workbook."""
    set_today(date(2026, 3, 6))
    applications.publish_programme()
    people.plant_regions()


def test_the_script_makes_the_workbook(tmp_path: Path) -> None:
    target = tmp_path / "made.xlsx"
    rows = make_workbook.households(make_workbook.HOUSEHOLDS)
    make_workbook.write(target, rows, make_workbook.spoil(rows))
    made, kept = (
        CalamineWorkbook.from_filelike(BytesIO(path.read_bytes())).get_sheet_by_index(0).to_python()
        for path in (target, report_workbook.WORKBOOK)
    )
    assert made == kept


def test_the_reports_are_what_the_import_says(county: None) -> None:
    report = report_workbook.check()
    assert report_workbook.as_json(report) == report_workbook.JSON.read_text("utf-8")
    assert report_workbook.as_markdown(report) == report_workbook.MARKDOWN.read_text("utf-8")


def test_every_mistake_of_the_clerk_is_found_and_nothing_else(county: None) -> None:
    report = report_workbook.check()
    assert report.rows == 1000
    counted = Counter(problem.column for problem in report.errors)
    assert counted == {
        "身份证号": 7,
        "村（社区）": 4,
        "申请日期": 4,
        "联系电话": 2,
        "困难类别": 2,
        "受益人2身份证号": 2,
        "住房权属": 1,
        "申请人姓名": 1,
        "住房地址": 1,
        "住房结构安全": 1,
        "观察人": 1,
        "残疾人证号": 1,
        "补贴部门": 1,
    }
    assert [problem.column for problem in report.warnings] == ["备注", "住房地址"]


# ---------------------------------------------------------------- the command


@pytest.fixture
def right(tmp_path: Path) -> Path:
    """The same without mistakes, smaller."""
    target = tmp_path / "right.xlsx"
    make_workbook.write(target, make_workbook.households(30), [])
    return target


def command(app: Flask, *arguments: str) -> Result:
    db.session.commit()
    return app.test_cli_runner().invoke(args=["intake", "import", *arguments])


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(Renovation)) or 0


def test_the_command_refuses_with_every_wrong_cell(app: Flask, county: None, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    answer = command(app, str(report_workbook.WORKBOOK), "--programme", "chongqing-2020", "--report", str(out))
    assert answer.exit_code == 1
    lines = answer.stdout.splitlines()
    assert lines[0] == "读了 1000 户，28 处有错，一户也没有写入。"
    assert lines[1] == (
        "第 16 行“身份证号”（E16）　“500243193206280000”：被 Excel 当成了数字，第 15 位以后可能已经变成 0。"
        "请把这一格设为“文本”，对照原件重新输入。"
    )
    assert len(lines) == 29
    assert json.loads(out.read_text("utf-8"))["errors"][0]["cell"] == "E16"
    assert count() == 0


def test_the_command_writes_once(app: Flask, county: None, right: Path) -> None:
    asked = (str(right), "--programme", "chongqing-2020")
    dry = command(app, *asked, "--dry-run")
    assert (dry.exit_code, dry.stdout) == (0, "读了 30 户：将登记 30 户，修改 0 户，没有变化 0 户。\n")
    assert count() == 0
    done = command(app, *asked)
    assert (done.exit_code, done.stdout) == (
        0,
        "读了 30 户：已登记 30 户，修改 0 户，没有变化 0 户。\n新档案 CQ2020-500299-000001 至 CQ2020-500299-000030\n",
    )
    again = command(app, *asked)
    assert (again.exit_code, again.stdout) == (0, "读了 30 户：已登记 0 户，修改 0 户，没有变化 30 户。\n")
    assert count() == 30


def test_the_command_acts_for_a_person(app: Flask, county: None, right: Path) -> None:
    clerk_id, clerk = (user := people.make_user(Role.TOWNSHIP)).id, user.staff_no
    other = people.make_user(Role.TOWNSHIP, people.OTHER_TOWNSHIP).staff_no
    asked = (str(right), "--programme", "chongqing-2020")
    refused = command(app, *asked, "--as", other)
    assert refused.exit_code == 1
    assert "您只能登记石桥镇的申请" in refused.stdout
    assert command(app, *asked, "--as", clerk).exit_code == 0
    assert set(db.session.scalars(select(Renovation.created_by))) == {clerk_id}
    nobody = command(app, *asked, "--as", "nobody")
    assert (nobody.exit_code, nobody.stdout) == (1, "")
    assert "没有工号为“nobody”的在用账号" in nobody.stderr


def test_the_command_says_what_it_cannot_read(app: Flask, county: None, tmp_path: Path) -> None:
    file = tmp_path / "x.xlsx"
    file.write_text("姓名,身份证号")
    answer = command(app, str(file), "--programme", "chongqing-2020")
    assert (answer.exit_code, answer.stdout) == (
        1,
        "这不是 Excel 工作簿。请用下载的登记表填写，保存为 .xlsx 后上传（CSV 请在 Excel 中另存）。\n",
    )
    unknown = command(app, str(file), "--programme", "nowhere")
    assert (unknown.exit_code, unknown.stdout) == (1, "")
