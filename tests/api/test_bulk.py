"""Many files through the API: the preview writes nothing, 202 with the job, the same key is one job, results by household."""

from typing import Any

from flask.testing import FlaskClient

from app.core.db import db
from app.jobs.service import run_waiting
from app.permissions import Role
from tests.access.conftest import Scope, World


def ask(world: World, method: str, path: str, role: Role = Role.COUNTY, scope: Scope = Scope.OWN, **more: Any) -> Any:
    """One call."""
    client: FlaskClient = world.app.test_client()
    headers = {"Authorization": f"Bearer {world.tokens[role, scope]}"} | more.pop("headers", {})
    return client.open(f"/api/v1{path}", method=method, headers=headers, **more)


def start(world: World, key: str = "k", role: Role = Role.COUNTY, scope: Scope = Scope.OWN, **body: Any) -> Any:
    """Confirm the world's one file, which is being built in and so cannot be confirmed."""
    sent = {"numbers": [world.number], "command": {"meeting": "示例"}} | body
    return ask(world, "POST", "/bulk/application.confirm", role, scope, json=sent, headers={"Idempotency-Key": key})


def test_the_preview_says_who_is_held_back_and_why(world: World) -> None:
    answer = ask(world, "POST", "/bulk/application.confirm/preview", json={"numbers": [world.number, "CQ-1"]})
    assert answer.status_code == 200
    assert answer.json == {
        "going": [],
        "held": [{"number": world.number, "reasons": ["现在是“施工中”，不能办理“确定为改造对象”"]}],
        "unchecked": [],
        "unknown": ["CQ-1"],
        "pools": answer.json["pools"],
    }


def test_a_job_with_a_result_for_each_household(world: World) -> None:
    first = start(world)
    assert first.status_code == 202
    job = first.json
    assert (job["title"], job["state"], job["total"], job["links"]) == ("确定为改造对象（1 户）", "queued", 1, [])
    assert start(world).json["id"] == job["id"]
    assert start(world, command={"meeting": "另一次会"}).status_code == 409
    with world.app.app_context():
        db.session.rollback()
        run_waiting()
    found = ask(world, "GET", f"/jobs/{job['id']}").json
    assert (found["state"], found["done"], found["failed"], found["progress"]) == ("done", 0, 1, 1)
    (item,) = found["items"]
    assert (item["subject"], item["state"]) == (world.number, "failed")
    assert item["message"].startswith("这份档案现在是“施工中”")
    assert ask(world, "GET", f"/jobs/{job['id']}?item_state=done").json["items"] == []
    assert ask(world, "GET", f"/jobs/{job['id']}?item_state=broken").status_code == 422
    assert ask(world, "GET", f"/jobs/{job['id']}?after={2**31}").status_code == 422
    assert job["id"] in [one["id"] for one in ask(world, "GET", "/jobs").json["items"]]

    again = ask(world, "POST", f"/jobs/{job['id']}/retry")
    assert (again.status_code, again.json["state"], again.json["progress"]) == (202, "queued", 0)
    assert ask(world, "POST", f"/jobs/{job['id']}/retry").status_code == 409


def test_who_may_not_and_whose_it_is_not(world: World) -> None:
    assert start(world, role=Role.TOWNSHIP).status_code == 403
    assert start(world, scope=Scope.OTHER).status_code == 404
    other = ask(world, "POST", "/bulk/application.confirm/preview", scope=Scope.OTHER, json={"numbers": [world.number]})
    assert (other.json["unknown"], other.json["held"]) == ([world.number], [])
    assert ask(world, "POST", "/bulk/application.reject", json={}).status_code == 404
    job = start(world, "mine").json["id"]
    for role, scope, status in (
        (Role.TOWNSHIP, Scope.OWN, 404),
        (Role.COUNTY, Scope.OTHER, 404),
        (Role.ADMIN, Scope.OWN, 200),
    ):
        assert ask(world, "GET", f"/jobs/{job}", role, scope).status_code == status
        assert (ask(world, "POST", f"/jobs/{job}/retry", role, scope).status_code == 404) == (status == 404)


def test_what_is_needed_is_said(world: World) -> None:
    sent = {"numbers": [world.number], "command": {}}
    no_key = ask(world, "POST", "/bulk/application.confirm", json=sent)
    assert (no_key.status_code, "Idempotency-Key" in no_key.json["detail"]) == (400, True)
    none = start(world, numbers=[])
    assert (none.status_code, none.json["errors"]) == (422, [{"detail": "档案号至少要 1 项", "pointer": "/numbers"}])
    blank = ask(world, "POST", "/bulk/construction.dispatch", json=sent, headers={"Idempotency-Key": "x"})
    assert [one["pointer"] for one in blank.json["errors"]] == ["/command/procurement_record_id"]
