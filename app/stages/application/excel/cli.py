"""`flask intake import FILE.xlsx`: a workbook of applications from the command line. Its answer is all that stands on standard output."""

import json
from pathlib import Path

import click
from flask.cli import AppGroup

from ....core.errors import DomainError
from ....identity.queries import actor_of, user_by_staff_no
from ....identity.rules import UserState
from ....permissions import SYSTEM, Actor
from ....programme.queries import published_as
from .importing import Source, run
from .places import Places
from .report import Report
from .template import write_template

intake = AppGroup("intake", help="登记申请")
commands = [intake]

_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_AS = click.option("--as", "staff_no", default="", help="以哪个工号的名义导入；不填为系统，不限乡镇")


@intake.command("import")
@_FILE
@click.option("--programme", "named", required=True, help="政策编号，即 catalog/ 中的文件夹名")
@click.option("--dry-run", is_flag=True, help="只核对，不写入")
@click.option("--report", "out", type=click.Path(dir_okay=False, path_type=Path), help="把核对结果写成 JSON 文件")
@_AS
def import_file(file: Path, named: str, dry_run: bool, out: Path | None, staff_no: str) -> None:
    """Import a filled registration sheet, everything or nothing; exit 1 with every wrong cell."""
    try:
        actor, programme_key = _actor(staff_no), _programme(named)
        source = Source(file.read_bytes(), file.name, programme_key, actor, {"import": "command"})
        report = run(source, write=not dry_run)
    except DomainError as error:
        refused = {"file": file.name, "refused": [problem.message for problem in error.problems]}
        _keep(out, refused)
        for problem in error.problems:
            click.echo(problem.message)
        raise SystemExit(1) from error
    _keep(out, report.as_json())
    _say(report)
    if not report.is_right:
        raise SystemExit(1)


@intake.command("template")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_AS
def template(file: Path, staff_no: str) -> None:
    """Write the empty registration sheet."""
    file.write_bytes(write_template(Places(_actor(staff_no))))
    click.echo(f"登记表已写入 {file}")


def _actor(staff_no: str) -> Actor:
    if not staff_no:
        return SYSTEM
    user = user_by_staff_no(staff_no)
    if user is None or user.state is not UserState.ACTIVE:
        click.echo(f"没有工号为“{staff_no}”的在用账号", err=True)
        raise SystemExit(1)
    return actor_of(user)


def _programme(named: str) -> str:
    """The key of a published programme, named by its own id or by that of a county's overlay."""
    version = published_as(named)
    if version is None:
        click.echo(f"没有已发布的政策“{named}”，请先执行 programme load 并发布", err=True)
        raise SystemExit(1)
    return version.programme_key


def _keep(out: Path | None, content: object) -> None:
    if out is not None:
        out.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _say(report: Report) -> None:
    click.echo(report.summary)
    for problem in report.errors:
        click.echo(problem.text)
    if report.more:
        click.echo(f"另有 {report.more} 处没有列出，改完上面的再核对一次")
    for change in report.changes:
        changed = "；".join(f"{label}：{old or '（空）'} → {new}" for label, old, new in change.fields)
        click.echo(f"第 {change.row} 行　{change.number} {change.name}　{changed}")
    if report.written and report.numbers[0]:
        click.echo(f"新档案 {report.numbers[0]} 至 {report.numbers[1]}")
