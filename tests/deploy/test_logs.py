"""Personal data poured through forms, addresses, errors and jobs: none of it comes out in the logs."""

import io
import json
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode
from urllib.request import urlopen

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.core import logs
from app.core.db import db, transaction
from app.identity.access import public
from app.jobs.service import enqueue, handler, run_waiting
from app.permissions import Role
from app.stages.application.models import Beneficiary
from tests.application.test_intake_pages import TYPED, form_of
from tests.factories import applications, people
from tests.support.client import PageClient
from tests.support.databases import Databases
from tests.support.repository import ROOT

NAME, ADDRESS, PHONE, PASSWORD = "欧阳明珠", "清溪镇青松村九组附十八号", "13987654321", "wo-de-mi-ma-7788"
RECEIPT = "QXZT-4711-PPWK"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that any logger writes, as production writes it."""
    stream = io.StringIO()
    handler_ = logging.StreamHandler(stream)
    handler_.setFormatter(logs.JsonLines())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler_)
    root.setLevel(logging.DEBUG)
    logging.getLogger("anju").setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler_)
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.sqlite_only
def test_no_personal_data_reaches_the_logs(
    app: Flask, client: PageClient, session: Session, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = people.make_user(Role.TOWNSHIP)
    applications.publish_programme()
    number = applications.id_number()
    client.post("/sign-in", data={"account": PHONE, "password": PASSWORD})
    client.login(user)
    typed = TYPED | {"people-0-name": NAME, "dwelling-address": ADDRESS, "people-0-phone": PHONE}
    typed = {name: value for name, value in typed.items() if name != "people-0-phone"}
    form = form_of(client.page("/applications/new"))
    wrong = number[:-1] + ("1" if number[-1] == "0" else "0")
    assert client.submit(form, typed | {"people-0-id_number": wrong}).status_code == 422
    assert client.submit(form, typed | {"people-0-id_number": number}).status_code == 302
    for address in (
        f"/renovations?q={NAME}",
        f"/renovations?q={number}",
        f"/nothing/{NAME}/{number}?phone={PHONE}",
        f"/renovations/{NAME}",
        f"/my/progress?code={RECEIPT}&last={number[-4:]}",
        f"/api/v1/renovations?name={NAME}",
    ):
        client.get(address, headers={"Referer": f"http://localhost/?q={NAME}", "User-Agent": NAME})
    client.post("/search", data={"text": NAME})
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(app.view_functions, "workbench.desk", public(fail))
    assert client.get(f"/?q={NAME}").status_code == 500
    _fail_in_a_job()

    text = written.getvalue()
    for secret in (NAME, ADDRESS, PHONE, PASSWORD, RECEIPT, number, number[-4:] + "?", user.name, "青松村"):
        assert secret not in text, secret
        assert json.dumps(secret)[1:-1] not in text, secret
    requests = [line for line in lines(written) if line["logger"] == "anju.request"]
    assert {line["status"] for line in requests} >= {200, 302, 404, 422, 500}
    created = next(line for line in requests if line["status"] == 422)
    assert {"request_id", "user_id", "endpoint", "method", "ms"} <= set(created)
    assert (created["user_id"], created["method"]) == (user.id, "POST")


def fail() -> str:
    raise ValueError(f"{NAME} {PHONE}")


def _fail_in_a_job() -> None:
    @handler("fails_with_a_name")
    def fails(_task: object) -> None:
        with transaction():
            # the database's own error names the row: 欧阳明珠 and what else was written
            db.session.add(Beneficiary(name=NAME))

    with transaction():
        enqueue("fails_with_a_name", NAME[:1])
    run_waiting()


@pytest.mark.sqlite_only
def test_a_request_has_an_id_that_the_proxy_may_give(client: PageClient) -> None:
    given = "0123456789abcdef"
    assert client.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given
    forged = client.get("/healthz", headers={"X-Request-ID": f"x {NAME}".encode().decode("latin-1")})
    assert len(forged.headers["X-Request-ID"]) == 32


def test_an_exception_is_told_by_kind_and_place() -> None:
    try:
        try:
            fail()
        except ValueError as error:
            raise RuntimeError(NAME) from error
    except RuntimeError as error:
        found = logs.causes(error)
    assert [one["kind"] for one in found] == ["RuntimeError", "ValueError"]
    assert found[1]["places"][-1].endswith(" fail")
    assert NAME not in json.dumps(found, ensure_ascii=False)


@pytest.mark.sqlite_only
def test_nor_does_the_web_server_write_any(databases: Databases, tmp_path: Path) -> None:
    """gunicorn has a line of its own for each request, with address and query, unless it is told not to."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    _, url = databases.copy("anju_template")
    environment = {
        **os.environ,
        "ANJU_DATABASE_URL": url,
        "ANJU_STORAGE_URL": str(tmp_path),
        "ANJU_LOG": "json",
        "ANJU_BIND": f"127.0.0.1:{port}",
        "ANJU_WEB_WORKERS": "2",
    }
    command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--config", "deploy/gunicorn.py"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        began = [server.stderr.readline() for _ in range(5)]
        for _ in range(3):
            with urlopen(f"http://127.0.0.1:{port}/renovations?{urlencode({'q': NAME})}", timeout=60) as answer:
                assert answer.status == 200
        server.terminate()
        text = "".join(began) + server.stderr.read()
    written = [json.loads(line) for line in text.splitlines()]
    assert {line["endpoint"] for line in written if line["logger"] == "anju.request"} >= {"workbench.files"}
    assert NAME not in text and quote(NAME) not in text and quote(quote(NAME)) not in text
