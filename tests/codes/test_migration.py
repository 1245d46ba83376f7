"""The migration of codes, both ways, with a message of before."""

from pathlib import Path

from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text

from app.core.db import db
from tests.conftest import _create_app
from tests.support.databases import Databases, dispose
from tests.support.repository import ROOT

FOLDER = str(ROOT / "migrations")
TABLES = {"purchase_code", "code_attempt"}
FUNCTIONS = text("SELECT count(*) FROM pg_proc WHERE proname = 'purchase_code_stays'")


def test_there_and_back_and_there_again(databases: Databases, tmp_path: Path) -> None:
    app = _create_app(databases.create("codes"), tmp_path / "files")
    with app.app_context():
        upgrade(directory=FOLDER)
        for there in (True, False, True):
            with db.engine.begin() as connection:
                found = inspect(connection)
                assert TABLES & set(found.get_table_names()) == (TABLES if there else set())
                (known,) = [
                    one["sqltext"]
                    for one in found.get_check_constraints("message")
                    if str(one["name"]).endswith("occasion_known")
                ]
                assert ("code_redeemed" in str(known)) is there
                if databases.kind == "postgresql":
                    assert connection.execute(FUNCTIONS).scalar_one() == int(there)
            if there:
                downgrade(directory=FOLDER, revision="0030")
            else:
                upgrade(directory=FOLDER)
        upgrade(directory=FOLDER)
    dispose(app)
    databases.drop("codes")
