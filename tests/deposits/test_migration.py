"""The migrations of tenders and deposits, with tenders that stood before and after."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from app.core.db import db
from tests.conftest import _create_app
from tests.support.databases import Databases, dispose
from tests.support.repository import ROOT

FOLDER = str(ROOT / "migrations")
COLUMNS = "id, organisation_id, kind, lot, region_id, valid_from, valid_to, created_at"


@pytest.fixture
def before(databases: Databases, tmp_path: Path) -> Iterator[Flask]:
    """A database as it was before tenders named programmes, with one tender."""
    app = _create_app(databases.create("tenders"), tmp_path / "files")
    with app.app_context():
        upgrade(directory=FOLDER, revision="0017")
        with db.engine.begin() as connection:
            connection.execute(
                text("INSERT INTO region (id, code, name, level, path) VALUES (1, '500299', '云岭县', 'county', '/1/')")
            )
            connection.execute(
                text(
                    "INSERT INTO organisation (id, uscc, name, is_assessor, is_contractor, is_supervisor, admission,"
                    " contact_name, contact_phone, address, bank_name, bank_account, created_at) VALUES (1,"
                    " '91500299MA00000013', '甲', false, true, false, 'admitted', '', :none, '', '', :none, '2026-01-01')"
                ),
                {"none": b""},
            )
            _tender(connection, 1)
        yield app
    dispose(app)
    databases.drop("tenders")


def _tender(connection: object, id_: int, more: str = "", values: str = "") -> None:
    connection.execute(  # type: ignore[attr-defined]
        text(
            f"INSERT INTO procurement_record ({COLUMNS}{more}) VALUES ({id_}, 1, 'contractor', '甲', 1,"
            f" '2026-01-01', '2026-12-31', '2026-01-01'{values})"
        )
    )


def test_a_tender_of_before_serves_all_and_two_of_one_lot_become_one_again(before: Flask) -> None:
    upgrade(directory=FOLDER)
    kept = text("SELECT id, programme_key, award_fen, ended_at IS NULL FROM procurement_record ORDER BY id")
    with db.engine.begin() as connection:
        assert [tuple(row) for row in connection.execute(kept)] == [(1, "", None, True)]
        _tender(connection, 2, ", programme_key, award_fen", ", 'one-2026', 100")
    downgrade(directory=FOLDER, revision="0017")
    with db.engine.begin() as connection:
        rows = connection.execute(text("SELECT id, ended_at IS NULL, end_reason FROM procurement_record ORDER BY id"))
        assert [tuple(row) for row in rows] == [(1, True, None), (2, False, "恢复旧版系统：同一包号只留一条")]
        indexes = {one["name"]: one["column_names"] for one in inspect(connection).get_indexes("procurement_record")}
        assert indexes["uq_procurement_record_current"] == ["organisation_id", "kind", "region_id", "lot"]
        assert "deposit" not in inspect(connection).get_table_names()
    upgrade(directory=FOLDER)


def test_a_slip_that_was_entered_twice_before_stays_and_is_numbered(before: Flask) -> None:
    upgrade(directory=FOLDER, revision="0020")
    now = "'2026-02-01'"
    with db.engine.begin() as connection:
        for statement in (
            (
                "INSERT INTO programme_version (id, programme_key, overlay_key, areas, name, label, content_hash, content,"
                " office, marks, state, valid_from, loaded_at, withdrawn_reason) VALUES (1, 'one', '', '', '一', '一', 'x',"
                f" '{{}}', 'civil_affairs', '', 'draft', {now}, {now}, '')"
            ),
            (
                "INSERT INTO deposit (id, procurement_record_id, programme_version_id, form, amount_fen, gone_fen, due_fen,"
                f" received_on, voucher, recorded_at, recorded_by_name) VALUES (1, 1, 1, 'transfer', 100, 30, 100, {now}, 'P',"
                f" {now}, '甲')"
            ),
            (
                "INSERT INTO stored_file (id, sha256, kind, media_type, size, name, key, uploaded_at)"
                f" VALUES (1, 'x', 'pdf', 'application/pdf', 1, 'x', 'x', {now})"
            ),
        ):
            connection.execute(text(statement))
        for document in ("决1", "决1", "决2", "决1"):
            connection.execute(text(_ENTRY), {"document": document})
    upgrade(directory=FOLDER)
    kept = text("SELECT document, amount_fen FROM deposit_entry ORDER BY id")
    with db.engine.begin() as connection:
        wanted = [("决1", 5), ("决1（重2）", 5), ("决2", 5), ("决1（重3）", 5)]
        assert [tuple(row) for row in connection.execute(kept)] == wanted
    for change in ("UPDATE deposit_entry SET document = 'x'", "UPDATE deposit SET replaces_id = 1"):
        with pytest.raises(DBAPIError), db.engine.begin() as connection:
            connection.execute(text(change))
    with db.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO deposit_undo (entry_id, reason, at, actor_name) VALUES (4, '多记', '2026-02-03', '甲')")
        )
        connection.execute(text("UPDATE deposit SET gone_fen = 15"))
    with pytest.raises(DBAPIError), db.engine.begin() as connection:
        connection.execute(text("UPDATE deposit SET gone_fen = 14"))
    downgrade(directory=FOLDER, revision="0021")
    with db.engine.begin() as connection:
        assert [tuple(row) for row in connection.execute(kept)] == wanted[:3]
    for change in ("UPDATE deposit SET gone_fen = 14", "DELETE FROM deposit_entry"):
        with pytest.raises(DBAPIError), db.engine.begin() as connection:
            connection.execute(text(change))
    downgrade(directory=FOLDER, revision="0020")
    with pytest.raises(DBAPIError), db.engine.begin() as connection:
        connection.execute(text("UPDATE deposit SET voucher = 'x'"))
    upgrade(directory=FOLDER)


_ENTRY = (
    "INSERT INTO deposit_entry (deposit_id, move, amount_fen, day, document, reason, paper_id, at, actor_name)"
    " VALUES (1, 'forfeit', 5, '2026-02-02', :document, '停工', 1, '2026-02-02', '甲')"
)
