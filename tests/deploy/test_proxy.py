"""Behind a proxy the person's own address counts; without one nobody's claim about it does."""

import pytest
from flask import Flask, request

from app import create_app
from app.core import clock
from app.settings import SettingError, read

pytestmark = pytest.mark.sqlite_only
CLAIM = {"X-Forwarded-For": "1.2.3.4, 5.6.7.8", "X-Forwarded-Proto": "https"}


def seen(app: Flask) -> tuple[str | None, bool]:
    with app.test_client() as client:
        client.get("/healthz", headers=CLAIM, environ_base={"REMOTE_ADDR": "10.0.0.9"})
        return request.remote_addr, request.is_secure


def made(engine_url: str, tmp_path, proxies: int) -> Flask:
    source = clock.use(clock.system)
    app = create_app(
        {"TESTING": True, "SQLALCHEMY_DATABASE_URI": engine_url, "STORAGE_URL": str(tmp_path), "PROXIES": proxies}
    )
    clock.use(source)
    return app


@pytest.mark.parametrize(
    ("proxies", "expected"),
    [(0, ("10.0.0.9", False)), (1, ("5.6.7.8", True)), (2, ("1.2.3.4", False))],
)
def test_as_many_addresses_are_believed_as_there_are_proxies(
    engine_url: str, tmp_path, proxies: int, expected: tuple[str, bool]
) -> None:
    assert seen(made(engine_url, tmp_path, proxies)) == expected


def test_the_number_of_proxies_is_a_digit() -> None:
    assert read({}).proxies == 0
    with pytest.raises(SettingError):
        read({"ANJU_PROXIES": "yes"})
