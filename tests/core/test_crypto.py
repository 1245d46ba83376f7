"""Encrypted columns, the keyed index, and what happens with a wrong key."""

import base64

import pytest
from flask import Flask
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, insert, select, text

from app.core import crypto


@pytest.fixture(name="keyed")
def _keyed() -> Flask:
    app = Flask(__name__)
    app.config["FIELD_KEY"] = bytes(range(32))
    return app


def test_a_ciphertext_opens_only_for_its_purpose(keyed: Flask) -> None:
    with keyed.app_context():
        sealed = crypto.encrypt_bytes("person.id_number", b"500120194503021234")
        assert crypto.decrypt_bytes("person.id_number", sealed) == b"500120194503021234"
        assert crypto.encrypt_bytes("person.id_number", b"500120194503021234") != sealed
        with pytest.raises(crypto.KeyProblem):
            crypto.decrypt_bytes("person.phone", sealed)
        for place in (0, 5, len(sealed) - 1):
            changed = bytearray(sealed)
            changed[place] ^= 1
            with pytest.raises(crypto.KeyProblem):
                crypto.decrypt_bytes("person.id_number", bytes(changed))


def test_another_key_is_named_as_the_reason(keyed: Flask) -> None:
    with keyed.app_context():
        sealed = crypto.encrypt_bytes("p", b"x")
        index = crypto.blind_index("p", "x")
    keyed.config["FIELD_KEY"] = base64.b64encode(bytes(32)).decode()
    with keyed.app_context():
        assert crypto.blind_index("p", "x") != index
        with pytest.raises(crypto.KeyProblem, match="ANJU_FIELD_KEY is not the key"):
            crypto.decrypt_bytes("p", sealed)


@pytest.mark.parametrize("key", [None, "", "not base64!", base64.b64encode(b"short").decode(), b"short"])
def test_a_bad_key_is_refused(keyed: Flask, key: object) -> None:
    keyed.config["FIELD_KEY"] = key
    with keyed.app_context(), pytest.raises(crypto.KeyProblem, match="base64 of 32 bytes"):
        crypto.encrypt_bytes("p", b"x")


def test_the_index_finds_whatever_the_case_and_only_there(keyed: Flask) -> None:
    with keyed.app_context():
        index = crypto.blind_index("id", "50012019450302123X")
        assert crypto.blind_index("id", " 50012019450302123x ") == index
        assert crypto.blind_index("phone", "50012019450302123X") != index
        assert len(index) == 64


def test_columns_keep_nothing_readable(keyed: Flask) -> None:
    engine = create_engine("sqlite://")
    table = Table(
        "person",
        MetaData(),
        Column("id", Integer, primary_key=True),
        Column("phone", crypto.Encrypted),
        Column("answers", crypto.EncryptedJSON),
    )
    with keyed.app_context(), engine.begin() as connection:
        table.create(connection)
        connection.execute(insert(table).values(phone="13800138000", answers={"进食": False}))
        connection.execute(insert(table).values(phone=None, answers=None))
        rows = connection.execute(select(table.c.phone, table.c.answers).order_by(table.c.id)).all()
        assert [tuple(row) for row in rows] == [("13800138000", {"进食": False}), (None, None)]
        raw = connection.execute(text("SELECT phone FROM person WHERE id = 1")).scalar_one()
        assert b"138" not in raw
        assert crypto.decrypt_bytes("person.phone", raw) == b"13800138000"
        with pytest.raises(Exception, match="takes text"):
            connection.execute(insert(table).values(phone=13800138000))
    engine.dispose()
