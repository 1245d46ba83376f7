"""Places to back up and to restore into: a database of some kind and a store of some kind, with nothing in them."""

import itertools
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade
from moto.server import ThreadedMotoServer

from app.core.db import db
from app.evidence.storage import store
from tests.conftest import _create_app
from tests.support.databases import Databases, dispose
from tests.support.repository import ROOT

BUCKET = "evidence"
MIGRATIONS = str(ROOT / "migrations")
_numbers = itertools.count(1)


@contextmanager
def place(databases: Databases, folder: Path, migrated: bool = False) -> Iterator[Flask]:
    """An application over a database of its own without any table, or with all of them, and an empty folder."""
    name = f"place_{next(_numbers)}"
    app = _create_app(databases.create(name), folder / name)
    with app.app_context():
        if migrated:
            upgrade(directory=MIGRATIONS)
        yield app
        db.session.remove()
    dispose(app)
    databases.drop(name)


@contextmanager
def bucket() -> Iterator[str]:
    """An S3-compatible store with one empty bucket; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    endpoint = f"http://127.0.0.1:{port}"
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=endpoint, **keys)
    client.create_bucket(Bucket=BUCKET)
    client.close()
    yield endpoint
    server.stop()


def rows() -> dict[str, list[str]]:
    """Every table's rows, in the order of their text: what two places are compared by."""
    db.session.remove()
    found: dict[str, list[str]] = {}
    with db.engine.connect() as connection:
        metadata = sa.MetaData()
        for name in sorted(sa.inspect(connection).get_table_names()):
            columns = [sa.column(c["name"], _plain(c["type"])) for c in sa.inspect(connection).get_columns(name)]
            table = sa.table(name, *columns)
            found[name] = sorted(repr(_alike(row)) for row in connection.execute(sa.select(table)))
        metadata.clear()
    return found


def contents() -> dict[str, bytes]:
    """Every file of the store, by name."""
    import obstore  # noqa: PLC0415

    names = [one["path"] for chunk in obstore.list(store()) for one in chunk]
    return {name: bytes(obstore.get(store(), name).bytes()) for name in names}


def _plain(kind: sa.types.TypeEngine[object]) -> sa.types.TypeEngine[object]:
    return sa.DateTime(timezone=True) if isinstance(kind, sa.DateTime) else kind


def _alike(row: sa.Row[tuple[object, ...]]) -> list[object]:
    """SQLite gives instants without a zone; both say UTC."""
    return [value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value for value in row]
