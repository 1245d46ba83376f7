"""Rows as the database keeps them, read and written without the unit of work: the fast lane of bulk demo data.

SQLite takes tuples through Core's executemany; PostgreSQL takes COPY. What is read here is text or number exactly as
stored, so that a row that a service wrote comes out of a copy as the service wrote it.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table

from ..core.bulk import Row, connection, is_sqlite, write


def read(table: Table, column: str, values: Sequence[Any]) -> list[dict[str, Any]]:
    """The rows of a table whose column has one of the values, oldest first; on PostgreSQL everything is text."""
    if not values:
        return []
    cast_to = "" if is_sqlite() else "::text"
    names = ", ".join(f'"{one.name}"{cast_to}' for one in table.columns)
    listed = ", ".join(_literal(value) for value in values)
    # with the table's name, or PostgreSQL sorts by the text that is given out: 10 before 9
    order = ", ".join(f'"{table.name}"."{one.name}"' for one in table.primary_key)
    statement = f'SELECT {names} FROM "{table.name}" WHERE "{column}" IN ({listed}) ORDER BY {order}'  # noqa: S608  (names of our own tables)
    rows = connection().exec_driver_sql(statement)
    return [dict(zip(table.columns.keys(), row, strict=True)) for row in rows]


def _literal(value: Any) -> str:
    return str(int(value)) if str(value).lstrip("-").isdigit() else "'" + str(value).replace("'", "''") + "'"


def as_bytes(value: Any) -> bytes | None:
    """A binary cell: bytes on SQLite, `\\x…` as text on PostgreSQL."""
    if value is None or isinstance(value, bytes):
        return value
    return bytes.fromhex(str(value).removeprefix("\\x"))


def as_instant(value: Any) -> datetime:
    """An instant as stored, aware."""
    moment = datetime.fromisoformat(str(value))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def reserve(counts: Mapping[str, int], tables: Mapping[str, Table]) -> dict[str, int]:
    """Take so many ids of each table; answers the first one of each."""
    return {name: _reserve(tables[name], number) for name, number in counts.items()}


def _reserve(table: Table, number: int) -> int:
    if is_sqlite():
        statement = f'SELECT coalesce(max(id), 0) + 1 FROM "{table.name}"'  # noqa: S608
        return int(connection().exec_driver_sql(statement).scalar_one())
    series = f"pg_get_serial_sequence('\"{table.name}\"', 'id')"
    statement = f"SELECT setval({series}, nextval({series}) + {number - 1})"
    return int(connection().exec_driver_sql(statement).scalar_one()) - number + 1


def tune() -> None:
    """More cache while so much is written, and the planner's statistics are made anew afterwards by `analyse`."""
    if is_sqlite():
        connection().exec_driver_sql("PRAGMA cache_size=-100000")


def analyse() -> None:
    """Tell the planner how large everything is now."""
    connection().exec_driver_sql("ANALYZE")


__all__ = ["Row", "analyse", "as_bytes", "as_instant", "read", "reserve", "tune", "write"]
