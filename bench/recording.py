"""What our pages send to the database, written down, so that a bare handler can send exactly the same."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask, session
from flask_wtf.csrf import generate_csrf
from sqlalchemy import event, select

from app import create_app
from app.core.db import db, transaction
from app.identity import sessions
from app.identity.models import User
from app.permissions import Role

from .data import FOLDER

Statement = tuple[str, tuple[Any, ...]]


def application(database: Path) -> Flask:
    """Our application over that database, in this process, with the settings of `data.environment`."""
    return create_app({"SQLALCHEMY_DATABASE_URI": f"sqlite:///{database}", "STORAGE_URL": str(FOLDER / "files")})


def sign_in(app: Flask, role: Role) -> tuple[str, str]:
    """Cookie and CSRF token of somebody with that role."""
    with app.test_request_context():
        user = db.session.scalars(select(User).where(User.role == role).order_by(User.id)).first()
        assert user is not None, f"nobody is {role.value}"
        with transaction():
            key = sessions.begin(user, "127.0.0.1")
        sessions.carry(key)
        token = generate_csrf()
        serializer = app.session_interface.get_signing_serializer(app)
        assert serializer is not None
        return f"{app.config['SESSION_COOKIE_NAME']}={serializer.dumps(dict(session))}", token


@contextmanager
def recorded(app: Flask) -> Iterator[list[Statement]]:
    """The statements that reach the database inside the block."""
    said: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        for one in parameters if many else [parameters]:
            said.append((statement, tuple(one)))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


def get(app: Flask, cookie: str, path: str) -> str:
    """A page of ours, in this process."""
    response = app.test_client(use_cookies=False).get(path, headers={"Cookie": cookie})
    assert response.status_code == 200, f"{path} answers {response.status_code}"
    return response.text


def post(app: Flask, cookie: str, path: str, values: dict[str, str]) -> None:
    """A form of ours, in this process; it must lead on."""
    response = app.test_client(use_cookies=False).post(path, data=values, headers={"Cookie": cookie})
    assert response.status_code == 302, f"{path} answers {response.status_code}: {response.text[-2000:]}"
