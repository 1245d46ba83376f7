"""Rows of any table to JSON lines and back, on SQLite and PostgreSQL alike, read from the database's own description.

The models are not asked: a backup is restored under the schema with which it was made, and then brought up to date.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

PART_BYTES = 4_000_000
"""How much of a table is packed at once: what bounds the memory, whatever the number of rows."""
_FETCHED = 2000
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_VERSIONS = "alembic_version"
KINDS: tuple[tuple[type[sa.types.TypeEngine[Any]], str], ...] = (
    (sa.JSON, "json"),
    (sa.Boolean, "bool"),
    (sa.Integer, "int"),
    (sa.DateTime, "instant"),
    (sa.Date, "date"),
    (sa.LargeBinary, "bytes"),
    (sa.String, "text"),
)


@dataclass(frozen=True, slots=True)
class TableShape:
    """A table as the backup knows it: columns with their kind, and the columns that give its rows an order."""

    name: str
    columns: tuple[tuple[str, str], ...]
    key: tuple[str, ...]

    @property
    def money(self) -> list[str]:
        """The columns in fen, whose sums are compared."""
        return [name for name, _ in self.columns if name.endswith("_fen")]


def shapes(connection: Connection) -> list[TableShape]:
    """Every table of the database save the one of its revision; raises TypeError for a kind of column unheard of."""
    inspector = sa.inspect(connection)
    names = sorted(set(inspector.get_table_names()) - {_VERSIONS})
    return [
        TableShape(
            name,
            tuple((c["name"], _kind(name, c)) for c in inspector.get_columns(name) if not c.get("computed")),
            tuple(inspector.get_pk_constraint(name)["constrained_columns"]),
        )
        for name in names
    ]


def revision(connection: Connection) -> str | None:
    """The schema's revision; None for a database without one."""
    if not sa.inspect(connection).has_table(_VERSIONS):
        return None
    found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return found


def dump(connection: Connection, shape: TableShape) -> Iterator[tuple[bytes, int, dict[str, int]]]:
    """A table's rows in parts of JSON lines: the part, how many rows, their sums of money."""
    columns = [_read(name, kind) for name, kind in shape.columns]
    statement = sa.select(*columns).select_from(sa.table(shape.name)).order_by(*map(sa.column, shape.key))
    write = [_WRITE.get(kind, _same) for _, kind in shape.columns]
    money = [(at, name) for at, (name, _) in enumerate(shape.columns) if name in shape.money]
    lines: list[bytes] = []
    size, sums = 0, dict.fromkeys(shape.money, 0)
    for row in connection.execute(statement.execution_options(yield_per=_FETCHED)):
        values = [None if value is None else do(value) for do, value in zip(write, row, strict=True)]
        lines.append(_json(values).encode())
        size += len(lines[-1])
        for at, name in money:
            sums[name] += row[at] or 0
        if size >= PART_BYTES:
            yield b"\n".join(lines), len(lines), sums
            lines, size, sums = [], 0, dict.fromkeys(shape.money, 0)
    if lines:
        yield b"\n".join(lines), len(lines), sums


def load(connection: Connection, shape: TableShape, parts: Iterator[bytes]) -> None:
    """Write a table's rows as they were; foreign keys must be out of the way (`unbound`)."""
    names = ", ".join(f'"{name}"' for name, _ in shape.columns)
    sqlite = connection.dialect.name == "sqlite"
    read = [(_TO_SQLITE if sqlite else _TO_POSTGRESQL).get(kind, _same) for _, kind in shape.columns]
    cursor = connection.connection.driver_connection.cursor()  # type: ignore[union-attr]
    for part in parts:
        rows = (
            [None if value is None else do(value) for do, value in zip(read, json.loads(line), strict=True)]
            for line in part.split(b"\n")
        )
        if sqlite:
            marks = ", ".join("?" * len(shape.columns))
            cursor.executemany(f'INSERT INTO "{shape.name}" ({names}) VALUES ({marks})', rows)  # noqa: S608
            continue
        with cursor.copy(f'COPY "{shape.name}" ({names}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
    cursor.close()


def measure(connection: Connection, shape: TableShape) -> tuple[int, dict[str, int]]:
    """How many rows a table has, and the sums of its money, by the database's own arithmetic."""
    sums: list[sa.ColumnElement[Any]] = [sa.func.coalesce(sa.func.sum(sa.column(name)), 0) for name in shape.money]
    found = connection.execute(sa.select(sa.func.count(), *sums).select_from(sa.table(shape.name))).one()
    return int(found[0]), {name: int(value) for name, value in zip(shape.money, found[1:], strict=True)}


def filled(connection: Connection) -> list[str]:
    """The tables that hold a row: an empty database has none."""
    tables = [sa.table(shape.name) for shape in shapes(connection)]
    return [t.name for t in tables if connection.scalar(sa.select(sa.literal(1)).select_from(t).limit(1))]


def unbind(connection: Connection) -> list[str]:
    """Take PostgreSQL's foreign keys away until the transaction's end; answers the statements that put them back.

    Rows name each other in circles, so no order of tables would do. Putting them back checks every row. On SQLite
    the connection has them off already (`app.backup.service`).
    """
    if connection.dialect.name == "sqlite":
        return []
    found = connection.execute(
        sa.text(
            "SELECT conrelid::regclass::text AS place, conname, pg_get_constraintdef(oid) AS definition"
            " FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY 1, 2"
        )
    ).all()
    for one in found:
        connection.exec_driver_sql(f'ALTER TABLE {one.place} DROP CONSTRAINT "{one.conname}"')
    return [f'ALTER TABLE {one.place} ADD CONSTRAINT "{one.conname}" {one.definition}' for one in found]


def bind(connection: Connection, statements: Sequence[str], tables: Sequence[TableShape]) -> list[str]:
    """Put foreign keys back and let numbering go on after the last id; answers tables with a key that leads nowhere."""
    if connection.dialect.name == "sqlite":
        return sorted({row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")})
    for statement in statements:
        connection.exec_driver_sql(statement)
    for shape in tables:
        if shape.key != ("id",):
            continue
        connection.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('\"{shape.name}\"', 'id'), max(id)) "  # noqa: S608
            f'FROM "{shape.name}" HAVING max(id) IS NOT NULL'
        )
    return []


def _kind(table: str, column: Any) -> str:
    for known, kind in KINDS:
        if isinstance(column["type"], known):
            return kind
    raise TypeError(f"{table}.{column['name']} is {column['type']!r}: the backup does not know how to keep it")


def _read(name: str, kind: str) -> sa.ColumnElement[Any]:
    """How a column is asked for: JSON as the text that it is, so that it comes back to the letter."""
    if kind == "json":
        return sa.cast(sa.column(name), sa.Text).label(name)
    kinds: dict[str, sa.types.TypeEngine[Any]] = {
        "bool": sa.Boolean(),
        "instant": sa.DateTime(timezone=True),
        "date": sa.Date(),
        "bytes": sa.LargeBinary(),
    }
    return sa.column(name, kinds.get(kind))


def _instant(value: datetime) -> str:
    aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return aware.isoformat(timespec="microseconds")


def _same(value: Any) -> Any:
    return value


_WRITE: dict[str, Callable[[Any], Any]] = {
    "instant": _instant,
    "date": date.isoformat,
    "bytes": lambda value: b64encode(value).decode(),
}
_TO_SQLITE: dict[str, Callable[[Any], Any]] = {
    "instant": lambda text: f"{text[:10]} {text[11:26]}",  # as SQLAlchemy keeps it there: UTC, without a zone
    "bytes": b64decode,
}
_TO_POSTGRESQL: dict[str, Callable[[Any], Any]] = {"bytes": b64decode}
