"""Many rows at once, past the unit of work: typed by the models, encrypted, and written in a few statements.

SQLite takes tuples through the driver's executemany, PostgreSQL takes COPY. Turning values into what the database
keeps (encryption above all) is the slow part and needs no connection, so it can be done before the write begins.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, Connection, Dialect, LargeBinary, Table, TypeDecorator

from .db import db

Row = Sequence[Any]


def connection() -> Connection:
    """The connection of the present unit of work."""
    return db.session.connection()


def is_sqlite() -> bool:
    """True on the embedded database."""
    return db.engine.dialect.name == "sqlite"


class Encoder:
    """Turns named values of one table into the row that the database keeps, with the columns' plain defaults."""

    def __init__(self, table: Table, dialect: Dialect) -> None:
        self.table = table
        self._columns = [(one.key, _default(one), _process(one.type, dialect)) for one in table.columns]

    def row(self, values: Mapping[str, Any]) -> list[Any]:
        """The row in the order of the table's columns; what is neither given nor has a default is NULL."""
        found = []
        for name, default, process in self._columns:
            value = values.get(name, default)
            found.append(value if process is None or value is None else process(value))
        return found


def _default(column: Any) -> Any:
    return column.default.arg if column.default is not None and column.default.is_scalar else None


def _process(kind: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    if isinstance(kind, JSON):
        return json.dumps  # as text both databases take it, and text can be put aside in a file
    if isinstance(kind, TypeDecorator) and isinstance(kind.impl, LargeBinary):
        return lambda value: kind.process_bind_param(value, dialect)  # plain bytes, which a file takes too
    processor: Callable[[Any], Any] | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return processor


def write(table: Table, rows: Iterable[Row]) -> None:
    """Append rows in the order of the table's columns, inside the caller's unit of work."""
    rows = list(rows)
    if not rows:
        return
    names = ", ".join(f'"{one.name}"' for one in table.columns)
    if is_sqlite():
        marks = ", ".join("?" * len(table.columns))
        statement = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'  # noqa: S608  (names of our own tables)
        connection().exec_driver_sql(statement, [tuple(row) for row in rows])
        return
    driver: Any = connection().connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


def reserve(table: Table, number: int) -> Sequence[int]:
    """Take so many ids of a table, inside the caller's unit of work; rising, and nobody else gets one of them."""
    if is_sqlite():
        # the write lock is held since BEGIN IMMEDIATE, so nobody takes an id in between
        last = connection().exec_driver_sql(f'SELECT coalesce(max(id), 0) FROM "{table.name}"').scalar_one()  # noqa: S608
        return range(last + 1, last + 1 + number)
    series = f"pg_get_serial_sequence('\"{table.name}\"', 'id')"
    statement = f"SELECT nextval({series}) FROM generate_series(1, {number})"  # noqa: S608
    return [int(row[0]) for row in connection().exec_driver_sql(statement)]
