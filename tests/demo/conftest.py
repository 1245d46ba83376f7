"""A county filled by `demo load`, once on each database."""

from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask

from app.core import clock
from app.core.db import db
from app.demo import bulk
from tests.conftest import TEMPLATE, _create_app
from tests.support.databases import Databases, dispose

TODAY = date(2026, 7, 31)
HOUSEHOLDS = 300
SEED = 5


@pytest.fixture(scope="module")
def loaded(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Three hundred households, inside the application context, on the day on which they were made."""
    name, url = databases.copy(TEMPLATE)
    app = _create_app(url, tmp_path_factory.mktemp("files"))
    with app.app_context(), clock.fixed(TODAY):
        assert bulk.load(HOUSEHOLDS, SEED, lambda _line: None) == HOUSEHOLDS
        yield app
        db.session.remove()
    dispose(app)
    databases.drop(name)
