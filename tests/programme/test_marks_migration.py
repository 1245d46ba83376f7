"""Versions that were loaded before desks and lists asked for papers and classes get their marks from their contents."""

import json
from pathlib import Path

from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from app.core.db import db
from tests.conftest import _create_app
from tests.support.databases import Databases, dispose
from tests.support.repository import ROOT

FOLDER = str(ROOT / "migrations")
KNOWN, OWN = {"key": "invoice"}, {"key": "drawing"}
VERSIONS = [
    ({"document": [KNOWN]}, "", ""),
    ({"document": [KNOWN, OWN]}, "", "|own_papers|"),
    ({"person_class": [{"key": "veteran"}], "document": [OWN]}, "|dispatch|", "|dispatch|own_papers|person_classes|"),
]


def test_marks_are_read_from_the_contents_and_go_again(databases: Databases, tmp_path: Path) -> None:
    app = _create_app(databases.create("marks"), tmp_path / "files")
    with app.app_context():
        upgrade(directory=FOLDER, revision="0036")
        with db.engine.begin() as connection:
            for id_, (content, before, _) in enumerate(VERSIONS, start=1):
                connection.execute(
                    text(
                        "INSERT INTO programme_version (id, programme_key, overlay_key, areas, name, label, content_hash,"
                        " content, office, marks, state, valid_from, loaded_at, withdrawn_reason) VALUES (:id, 'one', '',"
                        " '', '一', :hash, :hash, :content, 'civil_affairs', :marks, 'draft', '2026-01-01', '2026-01-01', '')"
                    ),
                    {"id": id_, "hash": f"h{id_}", "content": json.dumps(content), "marks": before},
                )
        upgrade(directory=FOLDER)
        assert marks() == [after for _, _, after in VERSIONS]
        downgrade(directory=FOLDER, revision="0036")
        assert marks() == [before for _, before, _ in VERSIONS]
    dispose(app)
    databases.drop("marks")


def marks() -> list[str]:
    with db.engine.begin() as connection:
        return list(connection.execute(text("SELECT marks FROM programme_version ORDER BY id")).scalars())
