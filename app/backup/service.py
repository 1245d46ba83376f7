"""Making a backup while people work, checking one, and restoring it into an empty place."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade
from sqlalchemy import Connection, Engine, event

from ..audit import verify
from ..core import clock
from ..core.db import db, transaction
from ..settings import ROOT
from . import files, rows
from .archive import ROWS, Backup, BackupProblem, Writer
from .rows import TableShape

Tell = Callable[[str], None]
MIGRATIONS = str(ROOT / "migrations")
_BREAKS_NAMED = 20


def create(target: Path, tell: Tell) -> dict[str, Any]:
    """Write a backup of rows and files as they stand at this moment; answers its manifest.

    Everything is read in one snapshot: writers go on meanwhile. Raises BackupProblem; an unfinished backup has only
    the name `FILE.part`.
    """
    with _snapshot() as connection:
        revision = rows.revision(connection)
        if revision is None:
            raise BackupProblem("数据库还没有建立（没有版本号）：请先运行 flask --app wsgi db upgrade")
        header = {"made_at": clock.system().isoformat(), "revision": revision, "database": connection.dialect.name}
        with Writer(target, header) as writer:
            tables = [_save_table(writer, connection, shape, tell) for shape in rows.shapes(connection)]
            stored = files.save(writer, connection, lambda number: tell(f"照片和文件 {number} 个"))
            manifest = {**header, "tables": tables, "files": stored, "audit": _audit()}
            writer.finish(manifest)
    return manifest


def check(path: Path) -> Backup:
    """Read a backup from end to end; raises BackupProblem when it is not whole or the field key is another one."""
    return Backup(path)


def restore(path: Path, tell: Tell) -> dict[str, Any]:
    """Restore a backup into an empty database and an empty store; answers its manifest.

    Nothing is touched before the whole backup was read and found whole. Files come first, then all rows in one
    transaction that is committed only when counts, sums, foreign keys, files and the audit are those of the original.
    Killed in the middle, the same command goes on. Raises BackupProblem.
    """
    tell("正在核对备份文件……")
    backup = check(path)
    tables = [
        TableShape(t["name"], tuple(map(tuple, t["columns"])), tuple(t["key"])) for t in backup.manifest["tables"]
    ]
    if _has_rows_already(backup, tables):
        tell("数据在上次恢复时已全部写入，现在收尾")
    else:
        files.mark(backup.identity)
        _make_schema(backup.header["revision"])
        files.restore(backup, lambda number: tell(f"照片和文件 {number} / {backup.files}"))
        _load(backup, tables, tell)
    tell("正在升级到当前版本……")
    upgrade(directory=MIGRATIONS)
    files.unmark()
    return backup.manifest


@contextmanager
def _snapshot() -> Iterator[Connection]:
    """One transaction that sees the database as it is now until its end, and holds up nobody.

    SQLite's write-ahead log gives every reading transaction such a view; PostgreSQL does when it is asked to.
    """
    db.session.rollback()
    options = {} if db.engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    connection = db.session.connection(execution_options=options)
    try:
        if options:
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        yield connection
    finally:
        db.session.rollback()


def _save_table(writer: Writer, connection: Connection, shape: TableShape, tell: Tell) -> dict[str, Any]:
    number, total, sums = 0, 0, dict.fromkeys(shape.money, 0)
    for number, (part, count, money) in enumerate(rows.dump(connection, shape), start=1):
        writer.add_sealed(f"{ROWS}{shape.name}/{number:06d}", part)
        total += count
        sums = {name: sums[name] + money[name] for name in sums}
    if total:
        tell(f"{shape.name} {total} 行")
    return {"name": shape.name, "columns": shape.columns, "key": shape.key, "rows": total, "sums": sums}


def _audit() -> dict[str, Any]:
    """The audit's state: its head, and the places at which it was broken already when the backup was made."""
    head = verify.head()
    broken = [str(one) for one in islice(verify.breaks(), _BREAKS_NAMED)]
    sealed = head.sealed_to.isoformat() if head.sealed_to else None
    return {"entries": head.entries, "chains": head.chains, "sealed_to": sealed, "head": head.hash, "broken": broken}


def _has_rows_already(backup: Backup, tables: list[TableShape]) -> bool:
    """True when an earlier restore of this backup was stopped after its rows; raises BackupProblem when not empty."""
    revision = backup.header["revision"]
    if not any(one.revision == revision for one in ScriptDirectory(MIGRATIONS).walk_revisions()):
        raise BackupProblem(f"备份的数据库版本 {revision} 比本程序新：请用同一版或更新的程序恢复")
    with db.engine.connect() as connection:
        filled = rows.filled(connection)
        whole = bool(filled) and files.under_way() == backup.identity and _differences(connection, backup, tables) == []
    if filled and not whole:
        raise BackupProblem(
            f"数据库不是空的（{'、'.join(filled[:5])}{' 等' if len(filled) > 5 else ''}里已有数据），备份只恢复到空的数据库："
            "请停下网站和后台进程，另建一个空数据库，把 ANJU_DATABASE_URL 指向它"
        )
    if files.under_way() not in {backup.identity, None}:
        raise BackupProblem("这里有另一份备份没有恢复完：请清空存储位置（ANJU_STORAGE_URL）后再试")
    if files.under_way() is None and not files.is_empty():
        raise BackupProblem("存储位置（ANJU_STORAGE_URL）不是空的，备份只恢复到空的位置：请换一个空文件夹或空的存储桶")
    return whole


def _make_schema(revision: str) -> None:
    """Bring the empty database to the revision of the backup, from whatever revision it has."""
    with db.engine.connect() as connection:
        present = rows.revision(connection)
    (downgrade if present is not None and present > revision else upgrade)(directory=MIGRATIONS, revision=revision)


def _load(backup: Backup, tables: list[TableShape], tell: Tell) -> None:
    """Write all rows and check them, or write nothing."""
    with _foreign_keys_off(db.engine), transaction():
        connection = db.session.connection()
        statements = rows.unbind(connection)
        if rows.filled(connection):  # somebody began to use the place meanwhile
            raise BackupProblem("恢复期间有人写入了数据库：请停下网站和后台进程，另建空数据库后再试")
        for shape in tables:
            rows.load(connection, shape, backup.rows(shape.name))
            tell(f"{shape.name} 已写入")
        astray = rows.bind(connection, statements, tables)
        tell("正在核对行数、金额、文件和审计记录……")
        wrong = [*(f"{name} 的外键" for name in astray), *_differences(connection, backup, tables), *_unlike(backup)]
        if wrong:
            raise BackupProblem(f"恢复后的内容与备份不符，已全部撤销：{'；'.join(wrong[:5])}")


def _differences(connection: Connection, backup: Backup, tables: list[TableShape]) -> list[str]:
    """Tables whose rows or sums are not those of the manifest."""
    wanted = {one["name"]: (one["rows"], one["sums"]) for one in backup.manifest["tables"]}
    present = set(sa.inspect(connection).get_table_names())
    return [
        f"{shape.name} 的行数或金额"
        for shape in tables
        if shape.name not in present or rows.measure(connection, shape) != wanted[shape.name]
    ]


def _unlike(backup: Backup) -> list[str]:
    """What of files and audit is not as it was."""
    stored, wrong = backup.manifest["files"], []
    if (
        files.count() != (stored["number"], stored["bytes"])
        or files.missing(db.session.connection()) > stored["missing"]
    ):
        wrong.append("照片和文件")
    if _audit() != backup.manifest["audit"]:
        wrong.append("审计记录")
    return wrong


@contextmanager
def _foreign_keys_off(engine: Engine) -> Iterator[None]:
    """Let SQLite take rows in any order; the pragma has no effect once a transaction has begun."""
    if engine.dialect.name != "sqlite":
        yield
        return

    def off(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute("PRAGMA foreign_keys=OFF")

    db.session.rollback()
    event.listen(engine, "checkout", off)
    try:
        yield
    finally:
        event.remove(engine, "checkout", off)
        engine.dispose()
