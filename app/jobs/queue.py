"""The queue that wakes the worker: a file beside the embedded database, or tables in a schema of their own.

It carries numbers of jobs and nothing else. Losing it loses nothing: the sweep finds what waits in the table `job`.
"""

from collections.abc import Callable
from typing import Any

import psycopg
from flask import current_app
from huey import Huey, PostgresHuey, SqliteHuey
from huey.serializer import SignedSerializer
from sqlalchemy import Engine

from ..core.crypto import derived_key
from ..core.db import db

_EXTENSION = "anju_queue"
_TASK = "run_job"
_SCHEMA = "anju_queue"  # apart from the application's tables, whose migrations would otherwise want to drop these
_LOCK = 0x616E6A75  # any number that nothing else in this database locks


def queue(run: Callable[[int], None]) -> Huey:
    """The queue of this application, opened (and made, where it is missing) at its first use; `run` does a job."""
    if _EXTENSION not in current_app.extensions:
        current_app.extensions[_EXTENSION] = _open(run)
    opened: Huey = current_app.extensions[_EXTENSION][0]
    return opened


def send(job_id: int, run: Callable[[int], None]) -> None:
    """Wake a worker for a job; more often than once does no harm."""
    queue(run)
    current_app.extensions[_EXTENSION][1](job_id)


def _open(run: Callable[[int], None]) -> tuple[Huey, Callable[[int], Any]]:
    serializer = SignedSerializer(secret=derived_key("queue").hex())  # it unpickles only what we signed
    made = (_sqlite if db.engine.dialect.name == "sqlite" else _postgresql)(db.engine, serializer)
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 — Flask's documented way

    def run_job(job_id: int) -> None:
        with app.app_context():
            run(job_id)

    return made, made.task(name=_TASK)(run_job)


def _sqlite(engine: Engine, serializer: SignedSerializer) -> Huey:
    file = f"{str(engine.url.database).removesuffix('.db')}-queue.db"
    return SqliteHuey("anju", filename=file, fsync=True, strict_fifo=True, timeout=15, serializer=serializer)


def _postgresql(engine: Engine, serializer: SignedSerializer) -> Huey:
    _, options = engine.dialect.create_connect_args(engine.url)

    def connect() -> Any:
        return psycopg.connect(**{**options, "options": f"-c search_path={_SCHEMA}"}, autocommit=True)

    made = PostgresHuey("anju", connection=connect, create_tables=False, serializer=serializer)
    with connect() as connection:
        # two processes that begin at once on an empty database must not both make the tables
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}")
        made.storage.initialize_schema()
    return made
