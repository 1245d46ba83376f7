"""Every endpoint × every role × own scope, another, and the county's other office: who may not is told so, and another's file does not exist."""

from collections.abc import Iterator

import pytest
from werkzeug.routing import Rule

from app.identity.access import stamp_of
from app.permissions import FIRM_ROLES, GRANTS, MAY_BE_GIVEN, Role
from tests.support.client import PageClient

from .conftest import EVERYBODY, Scope, World

everybody = pytest.mark.parametrize(
    ("role", "scope"), EVERYBODY, ids=[f"{one.value}-{at.value}" for one, at in EVERYBODY]
)
ELSEWHERE = [(role, scope) for role, scope in EVERYBODY if scope is not Scope.OWN]
DONE = {200, 302, 409, 412, 422, 400}
"""What an endpoint may answer to somebody who may use it on this file: the state of things may still refuse."""


PAPERS = {"application.letter", "application.slip", "papers.issued"}
"""Papers that this file does not have: it was neither rejected nor returned, and this code is no paper's."""


def of_the_file(world: World, method: str, prefix: str = "") -> Iterator[tuple[Rule, str]]:
    """Every endpoint with a file's number in its address, and the address filled in."""
    values = {"number": world.number, "attachment_id": world.attachment_id, "version": 1, "kind": "work_order"}
    with world.app.test_request_context():
        for rule in world.app.url_map.iter_rules():
            if "number" in rule.arguments and method in (rule.methods or ()) and rule.rule.startswith(prefix):
                built = rule.build({name: values.get(name, 1) for name in rule.arguments})
                assert built is not None
                yield rule, built[1]


def expected(world: World, rule: Rule, role: Role, scope: Scope) -> set[int]:
    """The answers that are right: 403 without the permission, 404 outside the scope."""
    stamp = stamp_of(world.app.view_functions[rule.endpoint])
    assert stamp is not None
    lacking = [permission for permission in stamp.permissions if permission not in GRANTS[role]]
    if any(role not in MAY_BE_GIVEN.get(permission, ()) for permission in lacking):
        return {403}
    if lacking:  # another programme may give the task to the role, so the file is asked
        return {403} if scope is Scope.OWN else {404}
    if scope is not Scope.OWN:
        return {404}
    if rule.endpoint in PAPERS and role in FIRM_ROLES and rule.endpoint != "papers.issued":
        return {403}  # letters to the household are no firm's business
    return DONE | {404} if rule.endpoint in PAPERS else DONE


@everybody
def test_every_page_of_a_file(world: World, role: Role, scope: Scope) -> None:
    """Pages: what a person may open of this file, and of another scope's nothing."""
    client = world.app.test_client()
    assert isinstance(client, PageClient)
    client.login(world.user(role, scope))
    wrong = {}
    for rule, address in of_the_file(world, "GET", "/renovations"):
        answer = client.get(address)
        if answer.status_code not in expected(world, rule, role, scope):
            wrong[rule.endpoint] = (answer.status_code, expected(world, rule, role, scope))
        if scope is not Scope.OWN:
            assert world.name not in answer.text
    assert wrong == {}


@everybody
def test_every_endpoint_of_the_api(world: World, role: Role, scope: Scope) -> None:
    """The API, reading and writing: an empty command is refused only after permission and scope."""
    client = world.app.test_client()
    headers = {"Authorization": f"Bearer {world.tokens[role, scope]}"}
    wrong = {}
    for method in ("GET", "POST"):
        for rule, address in of_the_file(world, method, "/api/v1"):
            # a number instead of an object is refused by every command, so that nothing changes on the way
            answer = client.open(address, method=method, headers=headers, json=0 if method == "POST" else None)
            if answer.status_code not in expected(world, rule, role, scope):
                wrong[f"{method} {rule.rule}"] = (answer.status_code, expected(world, rule, role, scope))
            if scope is not Scope.OWN:
                assert world.name not in answer.text
    assert wrong == {}


@pytest.mark.parametrize(("role", "scope"), ELSEWHERE, ids=[f"{one.value}-{at.value}" for one, at in ELSEWHERE])
def test_lists_and_search_hold_nothing_of_another_scope(world: World, role: Role, scope: Scope) -> None:
    """The list, the desk, the notices, the API's list: neither the number nor the name of the other's file."""
    client = world.app.test_client()
    assert isinstance(client, PageClient)
    client.login(world.user(role, scope))
    for address in ("/", "/renovations", f"/renovations?q={world.name[:2]}", f"/renovations?q={world.number}", "/notices",
                    f"/notices/{world.notice_id}", f"/notices/{world.notice_id}/poster"):  # fmt: skip
        answer = client.get(address, follow_redirects=True)
        # the question itself may stand on the page again; a way to the file may not
        assert f"/renovations/{world.number}" not in answer.text, address
        assert world.name not in answer.text, address
    headers = {"Authorization": f"Bearer {world.tokens[role, scope]}"}
    assert world.number not in world.app.test_client().get("/api/v1/renovations", headers=headers).text


def test_nobody_gets_in_without_signing_in(world: World) -> None:
    """Pages lead to the sign-in, the API answers 401, photos too."""
    client = world.app.test_client()
    for _, address in of_the_file(world, "GET", "/renovations"):
        answer = client.get(address)
        assert (answer.status_code, answer.location.split("?")[0]) == (302, "/sign-in"), address
    for method in ("GET", "POST"):
        for _, address in of_the_file(world, method, "/api/v1"):
            assert client.open(address, method=method, json={}).status_code == 401, address
