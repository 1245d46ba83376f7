"""Fixtures for everybody: each test that uses `session`, `app` or `client` runs on SQLite and on PostgreSQL."""

import os
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import settings
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import db
from tests.support import postgresql
from tests.support.client import PageClient
from tests.support.databases import KINDS, Databases, dispose, make_schema

pytest_plugins = ["tests.support.browser"]

TEMPLATE = "anju_template"

# a property is about what holds, not about how fast a busy machine shows it; CI tries the same examples every time
settings.register_profile("anju", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("anju")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--database=sqlite` while one works; without it both."""
    parser.addoption("--database", choices=[*KINDS, "both"], default="both", help="run on this database only")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what needs a database on both, save where the mark says that it makes no difference."""
    if "databases" not in metafunc.fixturenames:
        return
    marks = {mark.name for mark in metafunc.definition.iter_markers()}
    in_browser = "live_server" in metafunc.fixturenames and "both_databases" not in marks
    wanted = metafunc.config.getoption("database")
    kinds = ("sqlite",) if "sqlite_only" in marks or in_browser else KINDS
    if wanted != "both":
        kinds = tuple(kind for kind in kinds if kind == wanted)
    metafunc.parametrize("databases", kinds, indirect=True, scope="session")


@pytest.fixture(scope="session")
def base_url() -> None:
    """No one address: every browser test has a server of its own."""


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A PostgreSQL server, started when the first test needs it; its URL with `{name}` to be filled in."""
    with postgresql.server() as url:
        yield url


@pytest.fixture(scope="session")
def made() -> dict[str, Databases]:
    """The databases of each kind that this process has made: with files handed out one by one, kinds take turns."""
    return {}


@pytest.fixture(scope="session")
def databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, made: dict[str, Databases]
) -> Databases:
    """The databases of the kind that this test runs on; the template has the schema and nothing else."""
    if request.param in made:
        return made[request.param]
    server = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else ""
    databases = Databases(request.param, tmp_path_factory.mktemp(request.param), server)
    maker = _create_app(databases.create(TEMPLATE), databases.folder / "files")
    make_schema(maker)
    dispose(maker)
    made[request.param] = databases
    return databases


@pytest.fixture(scope="session")
def engine_url(databases: Databases) -> str:
    """The address of the database that `app`, `session` and `client` share."""
    return databases.copy(TEMPLATE)[1]


def _create_app(url: str, files: Path) -> Flask:
    from app import create_app  # noqa: PLC0415 — tests of rules need no web application

    source = clock.use(clock.system)
    app = create_app(
        {
            "TESTING": True,
            "PROPAGATE_EXCEPTIONS": True,
            "ENVIRONMENT": "development",
            "DEMO": False,
            "SQLALCHEMY_DATABASE_URI": url,
            "STORAGE_URL": str(files),
            "INSTANCE": str(files.parent),
            "SECRET_KEY": "only for tests, thirty-two bytes at least",
            "FIELD_KEY": b"field key of tests, 32 bytes ...",
        }
    )
    clock.use(source)  # a new application takes the machine's clock; the test may have stopped it already
    app.test_client_class = PageClient
    return app


@pytest.fixture(scope="session")
def app(engine_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application over the shared database. A test that writes takes `session` or `client` too."""
    app = _create_app(engine_url, tmp_path_factory.mktemp("files"))
    yield app
    dispose(app)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """The database session inside an application context; everything is undone after the test.

    Commits are real to the code under test (`transaction()` works) but are savepoints of one outer transaction.
    As everywhere, `transaction()` begins by forgetting what was only flushed: commit what a test prepares.
    """
    with app.app_context(), db.engine.connect() as connection:
        outer = connection.begin()
        factory = db.session.session_factory
        plain = factory.class_
        factory.class_ = type("OneConnection", (plain,), {"get_bind": lambda *_args, **_options: connection})
        factory.kw["join_transaction_mode"] = "create_savepoint"
        try:
            yield db.session  # type: ignore[misc]
        finally:
            db.session.remove()
            factory.class_ = plain
            del factory.kw["join_transaction_mode"]
            outer.rollback()


@pytest.fixture
def committed(databases: Databases, tmp_path: Path) -> Iterator[Flask]:
    """An application over a database of this test's own, with real commits and as many connections as one likes.

    Inside its application context; threads push their own with `with committed.app_context():`.
    """
    name, url = databases.copy(TEMPLATE)
    app = _create_app(url, tmp_path / "files")
    try:
        with app.app_context():
            yield app
    finally:
        dispose(app)
        databases.drop(name)


@pytest.fixture
def client(app: Flask, session: Session) -> PageClient:
    """A browser without a screen: `client.login(user)`, `client.page(url)`, `client.submit(form, name=value)`."""
    client = app.test_client()
    assert isinstance(client, PageClient)
    return client


@pytest.fixture
def new_client(app: Flask, session: Session) -> Callable[[], PageClient]:
    """More such clients, for tests in which several people work at once."""
    return app.test_client  # type: ignore[return-value]


@pytest.fixture
def set_today() -> Iterator[Callable[[date | datetime], None]]:
    """Stop the clock of this test, as often as it likes: `set_today(date(2020, 9, 15))`; it runs again after."""
    before: clock.Source | None = None

    def stop(moment: date | datetime) -> None:
        nonlocal before
        at = moment if isinstance(moment, datetime) else datetime.combine(moment, time(9), clock.SHANGHAI)
        earlier = clock.use(lambda: at)
        before = before or earlier

    yield stop
    if before is not None:
        clock.use(before)


@pytest.fixture
def frozen_clock(set_today: Callable[[date | datetime], None]) -> Callable[[date | datetime], None]:
    """The clock stands at nine in the morning of 15 September 2020; call it to set another day."""
    set_today(date(2020, 9, 15))
    return set_today
