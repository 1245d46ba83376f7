"""The intake through the API: the same commands, refused in the same sentences, the same key answers the same file."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import transaction
from app.identity.rules import MakeToken, Reach, TokenKind
from app.identity.tokens import make_token
from app.permissions import Actor, Role
from app.renovation import queries as files
from app.stages.application import queries
from tests.factories import applications, people

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def clerk(session: Session) -> Actor:
    applications.publish_programme()
    return people.actor(Role.TOWNSHIP)


@pytest.fixture
def headers(clerk: Actor) -> dict[str, str]:
    command = MakeToken(
        name="测试", kind=TokenKind.USER, reach=Reach.ALL, expires_on=clock.civil(clock.system()) + timedelta(days=30)
    )
    with transaction():
        _row, token = make_token(command, clerk)
    return {"Authorization": f"Bearer {token}"}


def test_one_household_by_api(client: FlaskClient, clerk: Actor, headers: dict[str, str]) -> None:
    typed: dict[str, Any] = applications.values(clerk)
    keyed = headers | {"Idempotency-Key": "a-1"}
    first = client.post("/api/v1/renovations", json=typed, headers=keyed)
    again = client.post("/api/v1/renovations", json=typed, headers=keyed)
    assert (first.status_code, again.status_code) == (201, 201)
    number = first.json["number"]
    assert again.json["number"] == number
    answer = client.post(f"/api/v1/renovations/{number}/application/submit", json={}, headers=headers)
    assert (answer.status_code, answer.json["status"]) == (200, "submitted")
    answer = client.post(f"/api/v1/renovations/{number}/application/submit", json={}, headers=headers)
    assert answer.status_code == 409
    assert queries.derived(files.get(number, clerk)).verdict == "eligible"


def test_a_refusal_names_the_field(client: FlaskClient, clerk: Actor, headers: dict[str, str]) -> None:
    typed = applications.values(people=[applications.person(id_number="500101193905060011")])
    answer = client.post("/api/v1/renovations", json=typed, headers=headers | {"Idempotency-Key": "a-2"})
    assert answer.status_code == 422
    assert [(one["pointer"], one["detail"]) for one in answer.json["errors"]] == [
        ("/people/0/id_number", "身份证号码校验位不符，请对照证件逐位核对")
    ]
