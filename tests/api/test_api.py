"""The API's promises: its description, problem details, keys, versions, pages."""

import io
import json
import re
from typing import Any

from flask.testing import FlaskClient
from openapi_spec_validator import validate
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.db import db
from app.lifecycle import TRANSITIONS, Action
from app.permissions import Role
from app.stages.registry import operations
from tests.access.conftest import Scope, World


def ask(world: World, method: str, path: str, role: Role = Role.COUNTY, **more: Any) -> Any:
    """One call as somebody in the file's scope."""
    client: FlaskClient = world.app.test_client()
    headers = {"Authorization": f"Bearer {world.tokens[role, Scope.OWN]}"} | more.pop("headers", {})
    return client.open(f"/api/v1{path}", method=method, headers=headers, **more)


def test_the_description_is_valid_openapi(world: World) -> None:
    """OpenAPI 3.1, by the standard's own schema."""
    description = world.app.test_client().get("/api/v1/openapi.json").json
    validate(description)
    assert description["openapi"] == "3.1.0"


def test_the_description_names_every_endpoint_and_no_other(world: World) -> None:
    """True to the letter: what is described is served, what is served is described."""
    description = world.app.test_client().get("/api/v1/openapi.json").json
    described = {
        (method.upper(), f"/api/v1{path}") for path, methods in description["paths"].items() for method in methods
    }
    served = {
        (method, re.sub(r"<(?:int:)?(\w+)>", r"{\1}", rule.rule))
        for rule in world.app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described == served - {("GET", "/api/v1/openapi.json")}


def test_every_change_of_status_is_an_operation(world: World) -> None:
    """No row of the lifecycle's table is out of reach of page and API, and each asks for the row's own permission.

    Those that only follow from another act are named here: the assessors' findings, a subsidy of 0.00.
    """
    by_action = {one.action for one in operations().values() if one.action is not None}
    assert {row.action for row in TRANSITIONS} - by_action == {Action.ORDER_RECTIFICATION, Action.QUESTION_ELIGIBILITY}
    assert world.number


def test_refusals_are_problem_details_in_chinese(world: World) -> None:
    """RFC 9457 with a pointer to each field; nothing technical in it."""
    answer = ask(world, "POST", f"/renovations/{world.number}/construction/log", Role.CONTRACTOR, json={"workers": 0})
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    problem = answer.json
    assert problem["title"] == "填写的内容需要修改"
    pointers = {one["pointer"]: one["detail"] for one in problem["errors"]}
    assert pointers == {"/day": "请填写日期", "/workers": "到场人数不能小于 1", "/text": "请填写做了什么"}


def test_what_is_not_json_is_refused(world: World) -> None:
    """400 for broken JSON and other content types, never 500."""
    path = f"/renovations/{world.number}/construction/log"
    broken = ask(world, "POST", path, Role.CONTRACTOR, data="{", content_type="application/json")
    form = ask(world, "POST", path, Role.CONTRACTOR, data={"day": "2026-03-08"})
    assert [broken.status_code, form.status_code] == [400, 400]
    assert [broken.mimetype, form.mimetype] == ["application/problem+json"] * 2


def test_a_step_that_the_table_does_not_allow_is_409_with_a_sentence(world: World) -> None:
    """The file is being built in: it cannot be confirmed now, and the sentence says where it stands."""
    answer = ask(world, "POST", f"/renovations/{world.number}/application/confirm", json={})
    assert answer.status_code == 409
    assert answer.json["detail"].startswith("这份档案现在是“施工中”，不能办理“确定为改造对象”。")


def test_the_same_key_again_does_nothing_twice(world: World) -> None:
    """A repeated log entry is one entry; the same key for something else is refused."""
    path = f"/renovations/{world.number}/construction/log"
    entry = {"day": "2026-03-20", "workers": 2, "text": "清理现场"}
    headers = {"Idempotency-Key": "log-1"}
    before = len(ask(world, "GET", f"/renovations/{world.number}/timeline").json["items"])
    codes = [ask(world, "POST", path, Role.CONTRACTOR, json=entry, headers=headers).status_code for _ in range(3)]
    after = len(ask(world, "GET", f"/renovations/{world.number}/timeline").json["items"])
    assert (codes, after - before) == ([200, 200, 200], 1)
    other = ask(world, "POST", path, Role.CONTRACTOR, json=entry | {"workers": 3}, headers=headers)
    assert other.status_code == 409


def test_creating_needs_a_key(world: World) -> None:
    """Without Idempotency-Key nothing is created."""
    before = len(ask(world, "GET", "/renovations").json["items"])
    body = {"programme": "chongqing-2020", "people": [], "dwelling": {"address": "x"}}
    answer = ask(world, "POST", "/renovations", Role.TOWNSHIP, json=body)
    assert answer.status_code in {400, 422}
    assert len(ask(world, "GET", "/renovations").json["items"]) == before


def test_a_stale_version_is_412_and_the_present_one_passes(world: World) -> None:
    """If-Match guards against what somebody else did meanwhile."""
    path = f"/renovations/{world.number}/application/suspend"
    etag = ask(world, "GET", f"/renovations/{world.number}").headers["ETag"]
    stale = ask(world, "POST", path, json={"reason": "老人住院"}, headers={"If-Match": '"0"'})
    assert stale.status_code == 412
    done = ask(world, "POST", path, json={"reason": "老人住院"}, headers={"If-Match": etag})
    assert (done.status_code, done.json["suspended"]) == (200, True)
    again = ask(world, "POST", f"/renovations/{world.number}/application/resume", json={"reason": "老人出院"})
    assert (again.status_code, again.json["suspended"]) == (200, False)
    assert done.headers["ETag"] != etag


def test_the_list_is_paged_by_cursor(world: World) -> None:
    """A cursor that we did not give is refused; ours leads on."""
    page = ask(world, "GET", "/renovations?status=building").json
    assert [one["number"] for one in page["items"]] == [world.number]
    assert page["next_cursor"] is None
    assert ask(world, "GET", "/renovations?cursor=xx").status_code == 422
    assert ask(world, "GET", "/renovations?status=nonsense").status_code == 422


def test_money_is_hidden_from_who_may_not_read_it(world: World) -> None:
    """The supervisor and the federation see no sums."""
    shown = {
        role: ask(world, "GET", f"/renovations/{world.number}", role).json["total"]
        for role in (Role.COUNTY, Role.CONTRACTOR, Role.SUPERVISOR, Role.FEDERATION)
    }
    assert shown[Role.COUNTY] == shown[Role.CONTRACTOR]
    assert re.fullmatch(r"\d+\.\d\d", shown[Role.COUNTY])
    assert (shown[Role.SUPERVISOR], shown[Role.FEDERATION]) == (None, None)


def test_uploads_are_checked_by_content(world: World) -> None:
    """HTML, SVG, an empty file and a wrong name are refused with a reason; a picture is taken."""
    refused = {}
    for name, content in (
        ("a.jpg", b"<html><script>alert(1)</script></html>"),
        ("b.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("c.jpg", b""),
        ("../../etc/passwd.jpg", b"root:x:0:0"),
    ):
        answer = ask(world, "POST", "/files", data={"file": (io.BytesIO(content), name)})
        refused[name] = (answer.status_code, bool(answer.json["detail"]))
    assert set(refused.values()) == {(422, True)}


def test_no_answer_of_the_api_holds_an_identity_number(world: World) -> None:
    """Eighteen digits of an ID number stand in no list, file, timeline or manifest."""
    pattern = re.compile(r"\d{17}[\dX]")
    for path in ("", "/timeline", "/files", "/seals", "/application/verify"):
        text = json.dumps(ask(world, "GET", f"/renovations/{world.number}{path}").json)
        assert pattern.search(text) is None, path


def test_a_whole_number_is_shown_once_with_its_reason_on_the_chain(world: World) -> None:
    """Masked in the list; whole for one who says why; the chain says who saw it and why, and not the number."""
    listed = ask(world, "GET", f"/renovations/{world.number}/beneficiaries").json["items"]
    person = listed[0]
    assert (person["seq"], person["id_number"][3:14]) == (1, "*" * 11)
    path = f"/renovations/{world.number}/application/reveal"
    unreasoned = ask(world, "POST", path, json={"person": person["id"], "reason": ""})
    assert unreasoned.status_code == 422
    shown = ask(world, "POST", path, json={"person": person["id"], "reason": "与银行核对账户"})
    assert (shown.status_code, shown.json["name"]) == (200, person["name"])
    number = shown.json["id_number"]
    assert (len(number), number[:3] + "*" * 11 + number[14:]) == (18, person["id_number"])
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.chain, entry.event) == (f"renovation:{world.number}", "reveal")
    assert (entry.details, number in str(entry.details)) == ({"person": 1, "reason": "与银行核对账户"}, False)
    assert (
        ask(world, "POST", path, Role.FINANCE, json={"person": person["id"], "reason": "与银行核对"}).status_code == 403
    )
