"""Commands: `programme check|load`, `eligibility explain`, `settlement quote` (contract)."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import click
from flask import has_app_context
from pydantic import BaseModel
from sqlalchemy.exc import OperationalError, ProgrammingError, SQLAlchemyError

from ..core.db import db, transaction
from ..core.errors import DomainError
from ..core.money import yuan
from ..lifecycle import Stage
from ..permissions import SYSTEM
from . import queries, saying, service
from .hints import hints
from .household.examples import check_examples
from .loading import CATALOG, load, shipped
from .models import VersionState
from .policy import Programme
from .problems import BrokenData
from .process import left_out
from .quoting import quote
from .requests import Command, answer, answers, encode, explain
from .unread import unread_in
from .values import CapUnit, ItemType


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
    """检查资料夹：通过的给出摘要；有错的逐条写出文件、行号和该怎么写。"""
    for said in unread_in(path):
        click.echo(f"注意：{said}", err=True)
    read = load_or_exit(path)
    tried = _examples_or_exit(read, path)
    click.echo(_summary(read, tried))


@programme.command("load")
@_FOLDER
@click.option("--publish", is_flag=True, help="载入后立即发布")
def load_(path: Path, publish: bool) -> None:
    """把资料夹载入成草案；内容相同的再次载入不产生新版本。资料写明是草案的只载入，不发布。"""
    read = load_or_exit(path)
    _examples_or_exit(read, path)
    try:
        with transaction():
            version = service.load_draft(read, SYSTEM)
            held = publish and service.is_draft_by_its_data(version)
            if publish and not held and version.state is not VersionState.PUBLISHED:
                service.publish(version.id, SYSTEM)
            said = f"{version.name}（{read.version}）：{version.state.label}"
    except DomainError as error:
        click.echo(error.message, err=True)
        raise SystemExit(1) from error
    except (OperationalError, ProgrammingError) as error:
        click.echo("数据库还没有建立或没有应答，请先运行 flask --app wsgi db upgrade", err=True)
        raise SystemExit(1) from error
    click.echo(said)
    if held:
        click.echo(service.DRAFT_BY_ITS_DATA, err=True)


@eligibility.command("explain")
@_PROGRAMME
@_MANY
def explain_(named: str, many: bool) -> None:
    """从标准输入读一户的事实（JSON），回答是否符合和理由。"""
    _answer(explain, named, many)


@settlement.command("quote")
@_PROGRAMME
@_MANY
def quote_(named: str, many: bool) -> None:
    """从标准输入读验收的项目（JSON），回答费用、补贴和自付。"""
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
        _exit(broken)


def _examples_or_exit(read: Programme, path: Path) -> int:
    """How many examples of the folder came out as they should; exit 1 with those that did not."""
    try:
        return check_examples(read, path)
    except BrokenData as broken:
        _exit(broken)


def _exit(broken: BrokenData) -> NoReturn:
    for error in broken.errors:
        click.echo(str(error), err=True)
    unread = any(error.is_unread for error in broken.errors)
    more = "；格式有误的改好后再检查一遍，可能还有" if unread else ""
    click.echo(f"共 {len(broken.errors)} 处错误{more}", err=True)
    sys.exit(1)


def _summary(read: Programme, tried: int = 0) -> str:
    about = read.data.programme
    until = f" 至 {about.valid_to}" if about.valid_to else " 起"
    lines = [
        f"{read.name}（{read.id}，{read.version}）",
        f"有效期：{about.valid_from}{until}",
        f"条款 {len(read.clauses)} 条：{'、'.join(clause.id for clause in read.clauses)}",
        f"项目 {len(read.items)} 项：{_kinds(read)}",
        f"补贴标准：{_amounts(read)}",
        *_money(read),
        "，".join(_terms(read)),
        f"原文未写、按假定处理的值：{_assumed(read)}",
        *([f"例子 {tried} 户，结果都对"] if tried else []),
        *(f"提示：{hint}" for hint in hints(read)),
        "检查通过",
    ]
    return "\n".join(lines)


def _amounts(read: Programme) -> str:
    """The cap, the classes that have another one, and the shares of the cost that are paid."""
    said = [f"{yuan(read.cap_fen)} 元", *(f"{case.name} {yuan(case.amount)} 元" for case in read.data.cap_case)]
    return "；".join([*said, *(f"{rate.name} {rate.percent}%" for rate in read.data.rate)])


def _money(read: Programme) -> Iterator[str]:
    """What else the money depends on, a line each where the programme has it."""
    data = read.data
    if data.cap.per is CapUnit.PERSON:
        yield f"按人计算：{_cell(read, 'cap', data.cap, 'who') or '只算申请人一人'}"
    if data.limit:
        yield f"上限 {len(data.limit)} 条：{'；'.join(_row(read, 'limit', one) for one in data.limit)}"
    if data.composition:
        yield f"方案的组成 {len(data.composition)} 条：{'；'.join(_row(read, 'composition', one) for one in data.composition)}"
    if data.local is not None:
        yield f"各地自定：{_row(read, 'local', data.local) or '没有'}"
    guided = sum(price.guide is not None for price in data.price)
    ceilings = sum(price.ceiling is not None for price in data.price)
    if data.price:
        yield f"项目单价：最高单价 {ceilings} 项，补贴到的单价 {guided} 项"
    if data.deposit is not None:
        yield f"履约保证金：{_row(read, 'deposit', data.deposit)}"
    if data.procurement is not None:
        yield f"采购和派工：{_row(read, 'procurement', data.procurement)}"
    if data.firm_filing is not None:
        yield f"施工备案：{_row(read, 'firm_filing', data.firm_filing)}"
    if data.quota:
        yield f"任务数 {len(data.quota)} 条：{'；'.join(_row(read, 'quota', one) for one in data.quota[:_FEW])}{_rest(read)}"


_FEW = 3


def _rest(read: Programme) -> str:
    return "；……" if len(read.data.quota) > _FEW else ""


_SHOWN = {
    "households",
    "amount",
    "percent",
    "count",
    "lines",
    "per",
    "each",
    "over",
    "required_before",
    "release",
    "share",
    "most_apart",
    "one_lot_each",
    "within_award",
    "days",
    "months",
    "may_set",
    "may_add",
    "papers",
    "audit_days",
}


def _row(read: Programme, table: str, part: BaseModel) -> str:
    """An entry by its name and its figures: 适老化 合计 最多补贴 3000 元."""
    names = [str(getattr(part, field)) for field in ("id", "name") if getattr(part, field, "")]
    cells = ((field, _cell(read, table, part, field)) for field in type(part).model_fields if field in _SHOWN)
    return " ".join([*names[-1:], *(f"{saying.label(table, field)} {text}" for field, text in cells if text)])


def _cell(read: Programme, table: str, part: BaseModel, field: str) -> str:
    return saying.say_value(read.data, table, field, getattr(part, field), type(part).model_fields[field])


def _terms(read: Programme) -> Iterator[str]:
    """Notice, assessment and warranty, each only where the programme has it."""
    unit = "个工作日" if read.notice.day_kind == "working" else "天"
    yield f"公示 {read.notice.days} {unit}" if read.notice.used else "不公示"
    if (code := read.data.purchase_code) is not None:
        yield f"申购优惠码 {code.days} {'个工作日' if code.day_kind == 'working' else '天'}内有效"
    yield "不评估" if left_out(read.data, Stage.ASSESSMENT) else f"评估 {read.assessors} 人"
    yield "没有质保" if left_out(read.data, Stage.WARRANTY) else f"质保 {read.warranty_months} 个月"


def _assumed(read: Programme) -> str:
    """How many values this programme assumes; those that an instrument brings along are counted apart."""
    brought = sum(one.place.startswith(("instruments.", "standards.")) for one in read.assumptions)
    own = f"{len(read.assumptions) - brought} 处"
    return f"{own}（另有评估工具自带的 {brought} 处）" if brought else own


def _kinds(read: Programme) -> str:
    """How many items are basic and optional, or that the programme makes no difference."""
    if all(item.type is ItemType.PLAIN for item in read.items):
        return ItemType.PLAIN.label
    basics = len(read.basic_items)
    return f"基础类 {basics} 项，可选类 {len(read.items) - basics} 项"
