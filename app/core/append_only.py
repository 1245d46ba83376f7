"""Tables of which the database itself lets no row be changed or removed: ledgers and findings are countered, never changed.

Used by the tables' creation and by the migration: `create("sqlite", "fund_entry")`, `drop("postgresql", ["fund_entry"])`.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Table, event

from .db import Base

_WORDS = "is append-only: write another row"
_FUNCTION = f"""
CREATE OR REPLACE FUNCTION row_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' {_WORDS}'; END
$$
"""


def append_only(*models: type[Base]) -> None:
    """Have the tables of these models protected as soon as they are made."""
    for model in models:
        event.listen(model.__table__, "after_create", _protect)


def create(dialect: str, table: str) -> list[str]:
    """The statements that protect a table."""
    if dialect == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} {_WORDS}'); END"
        return [f"CREATE TRIGGER {name} BEFORE {what} ON {table} {refuse}" for name, what in _triggers(table)]
    refuse = f"BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION row_stays()"
    return [_FUNCTION, f"CREATE TRIGGER {table}_stays {refuse}"]


def drop(dialect: str, tables: Iterable[str]) -> list[str]:
    """The statements that take the protection of all tables away, for the migration downwards."""
    if dialect == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {name}" for table in tables for name, _ in _triggers(table)]
    dropped = [f"DROP TRIGGER IF EXISTS {table}_stays ON {table}" for table in tables]
    return [*dropped, "DROP FUNCTION IF EXISTS row_stays()"]


def _triggers(table: str) -> list[tuple[str, str]]:
    return [(f"{table}_unchanged", "UPDATE"), (f"{table}_kept", "DELETE")]


def _protect(table: Table, connection: Connection, **_options: Any) -> None:
    for statement in create(connection.dialect.name, table.name):
        connection.exec_driver_sql(statement)
