"""Writing what is exported: the list as it is shown, the ledger, the summary. Every export is on the audit record."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from tempfile import TemporaryFile
from typing import IO, Any
from urllib.parse import parse_qsl
from uuid import uuid4

from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from ..audit.service import record
from ..core import clock
from ..core.crypto import open_text, seal_text
from ..core.db import db, transaction
from ..core.errors import NotAllowed
from ..core.requests import Arguments
from ..documents import excel_out
from ..documents.excel_out import Book
from ..evidence import storage
from ..identity import queries as people
from ..identity.rules import UserState
from ..jobs.models import Job
from ..jobs.service import Task, enqueue, handler
from ..permissions import Actor
from ..renovation.models import Renovation
from . import columns as list_columns
from . import ledger, queries, search, wishes
from .columns import Column
from .queries import Line
from .search import Wish

KIND = "workbench.export"
_PURPOSE = "export.query"
Progress = Callable[[int], None]
TITLES = {"list": "导出列表", "ledger": "导出台账"}
EVENTS = {"list": "list_exported", "ledger": "ledger_exported"}


@dataclass(frozen=True, slots=True)
class Export:
    """What is asked for: list or ledger, the list's query string, the chosen columns, whether with whole numbers."""

    what: str
    query: str
    columns: str = ""
    full: bool = False

    @property
    def wish(self) -> Wish:
        """The conditions, without the page."""
        args = MultiDict(parse_qsl(self.query))
        args.pop("before", None)
        args.pop("after", None)
        if self.what == "ledger":
            args.setdefault("view", "all")
        return wishes.wish_of(Arguments(args))

    @property
    def name(self) -> str:
        """The file's name."""
        return f"{'台账' if self.what == 'ledger' else '改造户'}{clock.today().isoformat()}.xlsx"


def count(export: Export, actor: Actor) -> int:
    """How many files it would hold, counted up to one more than `search.MOST`."""
    return search.first_that_finds(search.matching(actor, export.wish))[2]


def write(export: Export, actor: Actor, stream: IO[bytes], progress: Progress = lambda _done: None) -> int:
    """Write the workbook; answers how many files it holds. Memory stays the same however many."""
    with Book(stream, export.name) as book:
        return (
            _ledger(book, export, actor, progress) if export.what == "ledger" else _list(book, export, actor, progress)
        )


def put_on_record(export: Export, actor: Actor, rows: int, reason: str = "") -> None:
    """Record an export, inside the caller's unit of work: who, what, how many; the words searched for stay out."""
    asked = wishes.asked(export.wish)
    searched = asked.pop("q", None) is not None
    record(
        "exports", EVENTS[export.what], actor, rows=rows, full=export.full, searched=searched, **asked, reason=reason
    )


# ---------------------------------------------------------------- the list


def _list(book: Book, export: Export, actor: Actor, progress: Progress) -> int:
    chosen = list_columns.chosen(export.columns, actor)
    shown = chosen or tuple(one for one in list_columns.offered(actor) if list_columns.is_usual(one.key))
    made = [excel_out.Column("姓名", width=12), excel_out.Column("乡镇（街道）", width=16), *map(_column, shown)]
    table = book.table("改造户", made)
    for some in ledger.ids(actor, export.wish):
        query = queries.rows_of(select(Renovation.id).where(Renovation.id.in_(some)))
        rows = db.session.execute(query.add_columns(*list_columns.sources(chosen)) if chosen else query).all()
        rows = sorted(rows, key=lambda row: -row.id)
        for row, line in zip(rows, queries.lines_of(rows, actor, columns=chosen), strict=True):
            table.row([line.name, line.township, *(_value(column, row, line) for column in shown)])
        progress(table.rows)
    return table.end()


_KINDS: dict[str, excel_out.Kind] = {"subsidy": "money", "self_pay": "money", "total": "money", "due": "date"}
_WIDTHS = {"address": 36, "number": 24, "firm": 24, "assessor": 24, "hardship": 24, "classes": 24}


def _column(column: Column) -> excel_out.Column:
    kind = _KINDS.get(column.key, "text")
    return excel_out.Column(
        f"{column.label}（元）" if kind == "money" else column.label, kind, _WIDTHS.get(column.key, 14)
    )


def _value(column: Column, row: Any, line: Line) -> Any:
    if column.key == "total":
        return row.x_total
    if column.key in line.chosen:
        said = line.chosen[column.key]
        return "" if said == list_columns.NOTHING else said
    return {
        "address": line.address,
        "number": line.number,
        "status": line.said + ("（已暂停）" if line.suspended else ""),
        "due": row.due_on,
        "subsidy": line.subsidy_fen,
        "self_pay": line.self_pay_fen,
    }.get(column.key)


# ---------------------------------------------------------------- the ledger


def _ledger(book: Book, export: Export, actor: Actor, progress: Progress) -> int:
    reader = ledger.Reader(actor, export.full)
    homes, lines = reader.fields(ledger.HOUSEHOLDS), reader.fields(ledger.LINES)
    before = [one for one in homes if one.column.title in ledger.OF_THE_HOUSEHOLD]
    by_home = book.table("一户一行", [one.column for one in homes])
    by_line = book.table("一项一行", [one.column for one in (*before, *lines)])
    for entry in ledger.entries(actor, export.wish):
        by_home.row([one.value(entry, reader) for one in homes])
        known = [one.value(entry, reader) for one in before]
        for line in entry.lines:
            by_line.row([*known, *(one.value(line, reader) for one in lines)])
        if by_home.rows % ledger.AT_ONCE == 0:
            progress(by_home.rows)
    by_line.end()
    return by_home.end()


# ---------------------------------------------------------------- large ones as a job


def ask(export: Export, actor: Actor, reason: str = "") -> Job:
    """Have it written by a job, inside the caller's unit of work."""
    sealed = seal_text(_PURPOSE, export.query)  # a search may name a person
    payload = {"title": TITLES[export.what], "what": export.what, "query": sealed, "columns": export.columns}
    more = {"full": export.full, "reason": seal_text(_PURPOSE, reason)}
    return enqueue(KIND, uuid4().hex, payload | more, actor.user_id)


@handler(KIND, "导出 Excel")
def export_job(task: Task) -> dict[str, Any]:
    """Write a large export and keep it in the store for the person who asked."""
    job = db.session.get_one(Job, task.job_id)
    person = people.user(job.created_by or 0)
    if person.state is not UserState.ACTIVE:
        raise NotAllowed("账号已停用，没有导出。")
    actor, payload = people.actor_of(person), task.payload
    export = Export(payload["what"], _open(payload["query"]), payload["columns"], payload["full"])
    total = max(count(export, actor), 1)
    with TemporaryFile() as stream:
        rows = write(export, actor, stream, lambda done: task.progress(min(done, total), total))
        stream.seek(0)
        content = stream.read()
    key = storage.key_of(sha256(content).hexdigest(), "export")
    storage.put(key, content)
    with transaction():
        put_on_record(export, actor, rows, _open(payload["reason"]))
    link = {"label": "下载 Excel", "url": f"/exports/{task.job_id}.xlsx"}
    return {
        "summary": f"已导出 {rows:,} 户。",
        "done": rows,
        "failed": 0,
        "links": [link],
        "key": key,
        "name": export.name,
    }


def _open(sealed: str) -> str:
    return open_text(_PURPOSE, sealed)


def written(job: Job) -> tuple[bytes, str] | None:
    """What an export's job has written, and its name; None while it has not."""
    if job.kind != KIND or not job.result:
        return None
    return storage.get(job.result["key"]), job.result["name"]


def sheet(columns: Sequence[excel_out.Column], rows: Sequence[Sequence[Any]], name: str, stream: IO[bytes]) -> None:
    """One plain table as a workbook."""
    with Book(stream, name) as book:
        table = book.table(name, columns)
        for row in rows:
            table.row(row)
        table.end()
