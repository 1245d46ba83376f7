"""Numbers that no row can have and text that no database can hold: refused or left aside, never a fault of the server."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.api.setup import PREFIX, table
from app.identity.access import stamp_of
from app.permissions import GRANTS, Role
from tests.support.client import PageClient
from tests.support.pages import parse

from .conftest import OWN, Scope, World

NUMBERS = ("2147483648", "9223372036854775808", "9" * 5000)
"""What can stand for no row on either database."""

OTHERS = ("a\0b", "²", "99999")
ASKED = re.compile(r"""(?:args|typed)(?:\.get\(|\[)"(\w+)\"""")


class Quick(PageClient):
    """Does not read the pages: thousands of them are asked for, and other tests read them."""

    def _read(self, response: TestResponse) -> None:
        """Nothing."""


@pytest.fixture
def world(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The world, which answers a fault as it would to people: with 500."""
    monkeypatch.setitem(world.app.config, "PROPAGATE_EXCEPTIONS", False)
    return world


def reader(world: World, rule: Rule) -> Role:
    """Somebody who may use the endpoint."""
    stamp = stamp_of(world.app.view_functions[rule.endpoint])
    needs = stamp.permissions if stamp else ()
    return next((role for role in OWN if all(one in GRANTS[role] for one in needs)), Role.COUNTY)


def arguments(world: World, rule: Rule) -> set[str]:
    """The names of arguments that the endpoint's module reads, and those that it reads through others."""
    view = inspect.unwrap(world.app.view_functions[rule.endpoint])
    module = inspect.getmodule(view)
    assert module is not None
    return {"before", "region", "draft", "old"} | set(ASKED.findall(inspect.getsource(module)))


def addresses(world: World, rule: Rule, value: str) -> Iterator[str]:
    """The endpoint's address with the value at each place in turn."""
    usual = {"number": world.number, "attachment_id": world.attachment_id, "kind": "work_order", "which": "original"}
    fitting = {name: usual.get(name, 1) for name in rule.arguments}
    for name in rule.arguments - {"which"}:
        stand_in = "999666999" if name != "number" else "THENUMBER"
        built = rule.build(fitting | {name: stand_in})
        if built is not None:
            yield built[1].replace(stand_in, _quoted(value))
    built = rule.build(fitting)
    if built is None:
        return
    asked = sorted(arguments(world, rule))
    yield f"{built[1]}?{'&'.join(f'{name}={_quoted(value)}' for name in asked)}"


def _quoted(value: str) -> str:
    return value.replace("\0", "%00").replace("²", "%C2%B2")


def rules(world: World, method: str) -> list[Rule]:
    """Every endpoint of a method, without the styles and the question whether the machine is ready."""
    aside = {"static", "health.readyz"}
    return [
        one for one in world.app.url_map.iter_rules() if method in (one.methods or ()) and one.endpoint not in aside
    ]


def clients(world: World) -> dict[Role, PageClient]:
    """Everybody, signed in."""
    found = {}
    for role in OWN:
        client = Quick(world.app, world.app.response_class)
        client.login(world.user(role))
        found[role] = client
    return found


@pytest.mark.parametrize("value", [*NUMBERS, *OTHERS], ids=lambda value: repr(value)[:20])
def test_every_endpoint_that_reads(world: World, value: str) -> None:
    """The value in every part of the address and in every argument, pages and API."""
    everybody, wrong = clients(world), {}
    for rule in rules(world, "GET"):
        role = reader(world, rule)
        is_api = rule.rule.startswith(PREFIX)
        headers = {"Authorization": f"Bearer {world.tokens[role, Scope.OWN]}"} if is_api else {}
        with world.app.test_request_context():
            asked = list(addresses(world, rule, value))
        for address in asked:
            answer = everybody[role].get(address, headers=headers).status_code
            is_nowhere = "?" not in address and "<int:" in rule.rule and value in NUMBERS and len(rule.arguments) == 1
            if answer >= 500 or (is_nowhere and answer != 404):
                wrong[address[:120]] = answer
    assert wrong == {}


@pytest.mark.parametrize("value", [2**31, 2**63, "a\0b", [2**63]], ids=lambda value: str(value)[:20])
def test_every_command_of_the_api(world: World, value: Any) -> None:
    """The value in every field of every command."""
    client, wrong = world.app.test_client(), {}
    usual = {"number": world.number, "kind": "work_order"}
    for one in table():
        if one.command is None:
            continue
        role = next(
            (role for role in OWN if all(it in GRANTS[role] for it in stamp_of(one.view).permissions)), Role.COUNTY
        )
        address = PREFIX + re.sub(r"{(\w+)}", lambda found: str(usual.get(found[1], 1)), one.path)
        headers = {"Authorization": f"Bearer {world.tokens[role, Scope.OWN]}", "Idempotency-Key": f"k-{len(wrong)}"}
        for name in one.command.model_fields:
            answer = client.open(address, method=one.method, headers=headers, json={name: value})
            if answer.status_code >= 500:
                wrong[f"{address} {name}"] = answer.status_code
    assert wrong == {}


@pytest.mark.parametrize(
    ("address", "typed"),
    [
        ("/admin/users/new", {"staff_no": "a\0b", "name": "b", "role": "county", "region_id": "9" * 20}),
        ("/programmes/1/withdraw", {"reason": "a\0b"}),
        ("/funds/planned", {"programme": "a\0", "year": "9" * 20, "region": "9" * 20}),
    ],
)
def test_forms(world: World, address: str, typed: dict[str, str]) -> None:
    """Forms that reach the database by their own way."""
    for role, client in clients(world).items():
        token = parse(client.get("/account").text, "/account")[0].find("meta", attrs={"name": "csrf-token"})
        answer = client.post(address, data=typed, headers={"X-CSRFToken": str(token["content"])})
        assert answer.status_code < 500, role
        assert answer.status_code != 400, role
