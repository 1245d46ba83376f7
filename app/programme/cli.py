"""Commands: `programme check|load`, `eligibility explain`, `settlement quote` (contract)."""

import sys
from pathlib import Path

import click
from flask import has_app_context
from sqlalchemy.exc import OperationalError, ProgrammingError, SQLAlchemyError

from ..core.db import db, transaction
from ..core.errors import DomainError
from ..core.money import yuan
from ..permissions import SYSTEM
from . import queries, service
from .loading import CATALOG, load, shipped
from .models import VersionState
from .policy import Programme
from .problems import BrokenData
from .quoting import quote
from .requests import Command, answer, answers, encode, explain
from .schema import ItemType


@click.group("programme", help="政策资料")
def programme() -> None:
    """Check and load a programme's folder."""


@click.group("eligibility", help="资格判断")
def eligibility() -> None:
    """Explain who is eligible."""


@click.group("settlement", help="补贴计算")
def settlement() -> None:
    """Compute a settlement."""


commands: list[click.Command] = [programme, eligibility, settlement]

_FOLDER = click.argument("path", type=click.Path(path_type=Path))
_PROGRAMME = click.option("--programme", "named", required=True, help="政策的 ID 或资料夹")
_MANY = click.option("--many", is_flag=True, help="每行一个 JSON，逐行回答")


@programme.command("check")
@_FOLDER
def check(path: Path) -> None:
    """Check a programme's folder: exit 0 and a summary, or exit 1 and every error with file and line."""
    click.echo(_summary(load_or_exit(path)))


@programme.command("load")
@_FOLDER
@click.option("--publish", is_flag=True, help="载入后立即发布")
def load_(path: Path, publish: bool) -> None:
    """Load a folder as a draft version; with --publish it is in force at once. The same data changes nothing."""
    read = load_or_exit(path)
    try:
        with transaction():
            version = service.load_draft(read, SYSTEM)
            if publish and version.state is not VersionState.PUBLISHED:
                service.publish(version.id, SYSTEM)
            said = f"{version.name}（{read.version}）：{version.state.label}"
    except DomainError as error:
        click.echo(error.message, err=True)
        raise SystemExit(1) from error
    except (OperationalError, ProgrammingError) as error:
        click.echo("数据库还没有建立或没有应答，请先运行 flask --app wsgi db upgrade", err=True)
        raise SystemExit(1) from error
    click.echo(said)


@eligibility.command("explain")
@_PROGRAMME
@_MANY
def explain_(named: str, many: bool) -> None:
    """Facts as JSON on standard input, the verdict as JSON on standard output; exit 1 when refused."""
    _answer(explain, named, many)


@settlement.command("quote")
@_PROGRAMME
@_MANY
def quote_(named: str, many: bool) -> None:
    """Accepted lines as JSON on standard input, the sums as JSON on standard output; exit 1 when refused."""
    _answer(quote, named, many)


def _answer(command: Command, named: str, many: bool) -> None:
    programme = find(named)
    source, out = sys.stdin.buffer, sys.stdout.buffer
    if many:
        for said in answers(command, programme, source):
            out.write(encode(said))
            out.flush()
        return
    said = answer(command, programme, source.read())
    out.write(encode(said))
    out.flush()
    if said.get("refused"):
        raise SystemExit(1)


def find(named: str) -> Programme:
    """The programme named by its ID (published in the database, else shipped) or by a folder; exit 1 when there is none."""
    known = _published(named)
    if known is not None:
        return known
    folder = shipped(named) or Path(named)
    if not folder.is_dir():
        have = "、".join(sorted(path.parent.name for path in CATALOG.glob("*/programme.toml")))
        click.echo(f"没有政策“{named}”，可写资料夹或 {have}", err=True)
        raise SystemExit(1)
    return load_or_exit(folder)


def _published(named: str) -> Programme | None:
    """The one in the database, when there is a database that has it: these commands need none."""
    if not has_app_context() or "/" in named:
        return None
    try:
        version = queries.published_as(named)
        return None if version is None else queries.of(version)
    except SQLAlchemyError:
        return None
    finally:
        db.session.rollback()


def load_or_exit(path: Path) -> Programme:
    """The programme of a folder; every error on standard error and exit 1 when it is broken."""
    try:
        return load(path)
    except BrokenData as broken:
        for error in broken.errors:
            click.echo(str(error), err=True)
        click.echo(f"共 {len(broken.errors)} 处错误", err=True)
        sys.exit(1)


def _summary(read: Programme) -> str:
    about = read.data.programme
    until = f" 至 {about.valid_to}" if about.valid_to else " 起"
    lines = [
        f"{read.name}（{read.id}，{read.version}）",
        f"有效期：{about.valid_from}{until}",
        f"条款 {len(read.clauses)} 条：{'、'.join(clause.id for clause in read.clauses)}",
        f"项目 {len(read.items)} 项：{_kinds(read)}",
        f"补贴标准：{yuan(read.cap_fen)} 元",
        f"公示 {read.notice.days} 天，评估 {read.assessors} 人，质保 {read.warranty_months} 个月",
        f"原文未写、按假定处理的值：{len(read.assumptions)} 处",
        "检查通过",
    ]
    return "\n".join(lines)


def _kinds(read: Programme) -> str:
    """How many items are basic and optional, or that the programme makes no difference."""
    if all(item.type is ItemType.PLAIN for item in read.items):
        return ItemType.PLAIN.label
    basics = len(read.basic_items)
    return f"基础类 {basics} 项，可选类 {len(read.items) - basics} 项"
