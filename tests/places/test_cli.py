"""The region commands: answers on standard output, mistakes on standard error."""

from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Session

from app.core.db import db
from app.places import queries
from tests.factories import people


def test_import_says_what_it_did_and_twice_changes_nothing(session: Session, app: Flask) -> None:
    runner = app.test_cli_runner()
    first = runner.invoke(args=["region", "import", str(people.CSV)])
    assert (first.exit_code, first.stdout) == (0, "新增 23，修改 0，未变 0\n")
    again = runner.invoke(args=["region", "import", str(people.CSV)])
    assert (again.exit_code, again.stdout) == (0, "新增 0，修改 0，未变 23\n")
    exported = runner.invoke(args=["region", "export"])
    assert sorted(exported.stdout.splitlines()) == sorted(people.CSV.read_text("utf-8").splitlines())


def test_a_wrong_file_changes_nothing_and_names_every_line(session: Session, app: Flask, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("code,name,level\nc1,甲县,county\nc2,,county\nc3,丙,城\n", "gb18030")
    done = app.test_cli_runner().invoke(args=["region", "import", str(wrong)])
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        "第 3 行：名称应为 1 到 60 个字\n"
        "第 4 行：级别“城”不对，应为 province、prefecture、county、township、village 之一\n"
    )
    assert queries.count_regions() == 0


def test_seed_one_province(session: Session, app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["region", "seed", "--province", "500000"])
    assert (done.exit_code, done.stdout) == (0, "新增 38，修改 0，未变 0\n")
    assert queries.region_by_code("500101").name == "万州区"


def test_a_database_without_tables_says_the_remedy(committed: Flask) -> None:
    db.drop_all()
    done = committed.test_cli_runner().invoke(args=["region", "seed"])
    assert done.exit_code == 1
    assert done.stderr.startswith("数据库不能使用：")
    assert done.stderr.endswith("新建的数据库请先执行 flask --app wsgi db upgrade\n")
