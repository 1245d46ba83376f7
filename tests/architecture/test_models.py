"""What holds for every table, whoever wrote it."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Float, Numeric

from app.core.db import Base, EnumType, Utc, db

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def columns(app: Flask) -> list[Column]:
    """Every column of every table of ours."""
    return [column for table in db.metadata.sorted_tables for column in table.columns]


def checks(column: Column) -> Iterator[str]:
    for constraint in column.table.constraints:
        if isinstance(constraint, CheckConstraint):
            yield str(constraint.sqltext)


def test_money_is_whole_fen_and_never_negative(columns: list[Column]) -> None:
    money = [column for column in columns if column.name.endswith("_fen")]
    assert money
    assert [str(column) for column in money if not isinstance(column.type, BigInteger)] == []
    assert [str(column) for column in money if f"{column.name} >= 0" not in set(checks(column))] == []


def test_no_column_is_a_float(columns: list[Column]) -> None:
    """SQLite keeps NUMERIC as a binary float, so exact quantities are whole hundredths."""
    assert [str(column) for column in columns if isinstance(column.type, Float | Numeric)] == []


def test_every_instant_is_utc(columns: list[Column]) -> None:
    naked = [
        str(column) for column in columns if isinstance(column.type, DateTime) and not isinstance(column.type, Utc)
    ]
    assert naked == []


def test_every_enumeration_is_checked_by_the_database(columns: list[Column]) -> None:
    enums = [column for column in columns if isinstance(column.type, EnumType)]
    assert enums
    assert [
        str(column) for column in enums if not any(f'"{column.name}" IN (' in check for check in checks(column))
    ] == []


def test_every_foreign_key_refuses_to_take_rows_along(columns: list[Column]) -> None:
    cascading = [str(column) for column in columns for key in column.foreign_keys if key.ondelete or key.onupdate]
    assert cascading == []


def test_relationships_never_load_by_surprise(app: Flask) -> None:
    lazy = [
        str(relationship)
        for mapper in Base.registry.mappers
        for relationship in mapper.relationships
        if relationship.lazy not in ("raise_on_sql", "raise", "write_only")
    ]
    assert lazy == []


def test_relationships_delete_nothing(app: Flask) -> None:
    drafts = {
        "Plan.lines",
        "Plan.decisions",
    }  # a draft is rewritten whole; once offered, a plan is a version of its own
    deleting = {
        str(relationship)
        for mapper in Base.registry.mappers
        for relationship in mapper.relationships
        if relationship.cascade.delete or relationship.cascade.delete_orphan
    }
    assert deleting - drafts == set()
