"""Databases for tests: one made by the migrations, and copies of it that cost milliseconds."""

import itertools
import os
import shutil
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

from app.core.db import db

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("sqlite", "postgresql")


def make_schema(app: Flask) -> None:
    """Make the tables in an empty database: by the migrations in `make test`, by the models while one works.

    That both come to the same is a test of its own (tests/architecture/test_migrations.py).
    """
    with app.app_context():
        if os.environ.get("ANJU_TEST_SCHEMA") == "migrations":
            upgrade(directory=str(ROOT / "migrations"))
        else:
            db.create_all()
        db.session.remove()


def dispose(app: Flask) -> None:
    """Close every connection that the app holds."""
    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


class Databases:
    """The databases of one kind, in one test process."""

    def __init__(self, kind: str, folder: Path, server: str = "") -> None:
        """Keep the folder for SQLite files, or the PostgreSQL server's URL with `{name}` to be filled in."""
        self.kind = kind
        self.folder = folder
        self.server = server
        self._numbers = itertools.count(1)

    def url(self, name: str) -> str:
        """The address of the database of that name."""
        if self.kind == "sqlite":
            return f"sqlite:///{self.folder / name}.db"
        return self.server.format(name=name)

    def create(self, name: str, template: str = "") -> str:
        """Make a database, empty or as a copy of one that nobody is connected to, and give its address."""
        if self.kind == "sqlite":
            if template:
                shutil.copyfile(self.folder / f"{template}.db", self.folder / f"{name}.db")
        else:
            self._execute(f"CREATE DATABASE {name} TEMPLATE {template or 'template0'}")
        return self.url(name)

    def copy(self, template: str) -> tuple[str, str]:
        """A copy under a name of its own: the name and the address."""
        name = f"copy_{next(self._numbers)}"
        return name, self.create(name, template)

    def drop(self, name: str) -> None:
        """Throw it away."""
        if self.kind == "sqlite":
            for path in self.folder.glob(f"{name}.db*"):
                path.unlink()
        else:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        engine = sa.create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.execute(sa.text(statement))
        engine.dispose()
