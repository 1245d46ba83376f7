"""The migrations: one line, numbered, both directions, and what they make is what the models say."""

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade

from app.core.db import db
from tests.conftest import _create_app
from tests.support.databases import Databases, dispose
from tests.support.repository import ROOT

FOLDER = ROOT / "migrations"


@pytest.fixture(scope="module")
def script() -> ScriptDirectory:
    return ScriptDirectory(str(FOLDER))


@pytest.fixture
def empty(databases: Databases, tmp_path) -> Iterator[Flask]:
    """An application over a database without any table."""
    name = "empty"
    app = _create_app(databases.create(name), tmp_path / "files")
    with app.app_context():
        yield app
    dispose(app)
    databases.drop(name)


def test_there_is_one_line_of_migrations(script: ScriptDirectory) -> None:
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1


def test_migrations_are_numbered_in_their_order(script: ScriptDirectory) -> None:
    names = [revision.path.rsplit("/", 1)[1] for revision in reversed(list(script.walk_revisions()))]
    assert [name for name in names if not re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", name)] == []
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


def test_migrations_make_what_the_models_say(empty: Flask) -> None:
    upgrade(directory=str(FOLDER))
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, db.metadata) == []


def test_migrations_keep_the_checks_of_the_models(empty: Flask) -> None:
    """Alembic does not compare CHECKs, and money's and the enumerations' are worth it."""
    upgrade(directory=str(FOLDER))
    inspector = sa.inspect(db.engine)
    for table in db.metadata.sorted_tables:
        wanted = {str(one.name) for one in table.constraints if isinstance(one, sa.CheckConstraint)}
        made = {str(one["name"]) for one in inspector.get_check_constraints(table.name)}
        assert (table.name, wanted - made) == (table.name, set())


def test_migrations_keep_the_triggers_of_the_models(databases: Databases, empty: Flask, tmp_path) -> None:
    """Nor does it compare triggers, which keep the audit append-only."""
    upgrade(directory=str(FOLDER))
    by_migrations = triggers()
    by_models = _create_app(databases.create("by_models"), tmp_path / "files")
    with by_models.app_context():
        db.create_all()
        wanted = triggers()
    dispose(by_models)
    databases.drop("by_models")
    assert wanted
    assert by_migrations == wanted


def triggers() -> set[tuple[str, str]]:
    """Name and definition of every trigger of the current application's database."""
    query = {
        "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    }[db.engine.dialect.name]
    with db.engine.connect() as connection:
        return {(name, definition) for name, definition in connection.execute(sa.text(query))}


def test_migrations_go_down_to_nothing_and_up_again(empty: Flask) -> None:
    upgrade(directory=str(FOLDER))
    full = set(sa.inspect(db.engine).get_table_names())
    downgrade(directory=str(FOLDER), revision="base")
    assert set(sa.inspect(db.engine).get_table_names()) == {"alembic_version"}
    upgrade(directory=str(FOLDER))
    assert set(sa.inspect(db.engine).get_table_names()) == full
