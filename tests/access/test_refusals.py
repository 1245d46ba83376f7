"""What the table does not allow is refused with 409 and a sentence: in the service, on the page, in the API."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from app.core.db import db, transaction
from app.core.errors import Conflict
from app.lifecycle import TRANSITIONS, Status
from app.permissions import GRANTS, SYSTEM, Role
from app.renovation import queries as files
from app.renovation.operations import Operation, perform
from app.renovation.progress import advance
from app.stages.registry import operations
from tests.support.client import PageClient

from .conftest import OWN, Scope, World


@pytest.fixture
def stand(world: World) -> Iterator[World]:
    """The world; whatever status a test writes, the file stands where it stood afterwards."""
    before = files.get(world.number, SYSTEM).status
    yield world
    put(world, before)


def put(world: World, status: Status) -> None:
    """Write a status behind the application's back."""
    with transaction():
        db.session.execute(
            text("UPDATE renovation SET status = :status WHERE number = :number"),
            {"status": status.value, "number": world.number},
        )


def closed(status: Status) -> list[Operation]:
    """The operations that are not open in a status."""
    return [one for one in operations().values() if one.open_in and status not in one.open_in]


@pytest.mark.parametrize("status", list(Status), ids=[status.value for status in Status])
def test_no_operation_runs_where_it_is_not_open(stand: World, status: Status) -> None:
    """Service: every operation × every status that its rows do not name, and every row of the table by itself."""
    put(stand, status)
    for operation in closed(status):
        with pytest.raises(Conflict, match="这份档案现在是"):
            perform(operation, stand.number, operation.command.model_construct(), SYSTEM)
    for row in TRANSITIONS:
        if status not in row.sources:
            with pytest.raises(Conflict, match="请刷新页面"), transaction():
                advance(files.get_for_change(stand.number, SYSTEM), row.action, SYSTEM)
    assert files.get(stand.number, SYSTEM).status is status


@pytest.mark.sqlite_only
@pytest.mark.parametrize("status", list(Status), ids=[status.value for status in Status])
def test_page_and_api_say_so(stand: World, status: Status) -> None:
    """Page and API: 409 and the status in the sentence, for somebody who may otherwise do it."""
    put(stand, status)
    client = stand.app.test_client()
    assert isinstance(client, PageClient)
    wrong = {}
    for role in OWN:
        client.login(stand.user(role))
        headers = {"Authorization": f"Bearer {stand.tokens[role, Scope.OWN]}"}
        for operation in closed(status):
            if role is not doer(operation):
                continue
            path = f"/renovations/{stand.number}/{operation.stage.value}/{operation.name}"
            page, answer = client.get(path), stand.app.test_client().get(f"/api/v1{path}", headers=headers)
            said = status.label in page.text and status.label in answer.json["detail"]
            if (page.status_code, answer.status_code, said) != (409, 409, True):
                wrong[role.value, operation.key] = (page.status_code, answer.status_code, said)
    assert wrong == {}


def doer(operation: Operation) -> Role:
    """The first role that may do it."""
    return next(role for role in OWN if operation.permission in GRANTS[role])


def test_who_may_not_do_it_hears_that_first(world: World) -> None:
    """An empty or impossible form does not tell somebody without the task what papers it would need."""
    client = world.app.test_client()
    assert isinstance(client, PageClient)
    wrong = {}
    for role in (Role.COUNTY, Role.TOWNSHIP, Role.AUDITOR):
        client.login(world.user(role))
        token = {"X-CSRFToken": str(client.page("/").find("meta", attrs={"name": "csrf-token"})["content"])}
        for one in operations().values():
            address = f"/renovations/{world.number}/{one.stage.value}/{one.name}"
            if client.get(address).status_code == 403:
                answer = client.post(address, data={}, headers=token).status_code
                if answer != 403:
                    wrong[role.value, one.key] = answer
    assert wrong == {}
