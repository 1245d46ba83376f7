"""Applications as a clerk of the demo county enters them, built through the services."""

import io
from datetime import date
from itertools import count
from typing import Any

from PIL import Image

from app.core.db import transaction
from app.core.identity_numbers import check_digit
from app.evidence.service import store_upload
from app.permissions import SYSTEM, Actor, Role
from app.programme import queries as programmes
from app.programme.loading import CATALOG, load
from app.programme.service import load_draft, publish
from app.renovation import queries
from app.renovation.models import Renovation
from app.renovation.operations import perform
from app.stages.application.rules import OpenApplication
from app.stages.application.service import open_application
from app.stages.registry import operations

from . import people

KEY = "chongqing-2020"
_numbers = count(1)


def id_number(born: date = date(1939, 5, 6), region: str = "500101", male: bool = True) -> str:
    """Another made-up ID number with a right check digit."""
    serial = next(_numbers) % 500 * 2 + (1 if male else 0)
    first = f"{region}{born:%Y%m%d}{serial % 1000:03d}"
    return first + check_digit(first)


def publish_programme() -> int:
    """Chongqing 2020 in force; the version's id. The overlay is left out so that tests hold in any year."""
    found = programmes.published_as(KEY)
    if found is not None:
        return found.id
    with transaction():
        version = load_draft(load(CATALOG / KEY), SYSTEM)
        publish(version.id, SYSTEM)
        return version.id


def paper(actor: Actor) -> int:
    """An upload of the actor: a small picture, each another one."""
    number, content = next(_numbers), io.BytesIO()
    Image.new("RGB", (900, 700), (number % 256, number // 256 % 256, 90)).save(content, "JPEG")
    content.seek(0)
    return store_upload(content, f"材料{number}.jpg", actor.user_id).id


def values(actor: Actor | None = None, **changes: Any) -> dict[str, Any]:
    """The JSON of an application of which every clause passes; `changes` replace whole fields.

    With an actor, a signed declaration is uploaded.
    """
    typed: dict[str, Any] = {
        "programme": KEY,
        "people": [person()],
        "phone": "13812345678",
        "consent": "self",
        "household_size": 1,
        "dwelling": dwelling(),
        "earlier": "none",
        "declaration": [paper(actor)] if actor else [],
    }
    return typed | changes


def person(**changes: Any) -> dict[str, Any]:
    """A man over 80 in scattered destitution support."""
    typed: dict[str, Any] = {
        "name": "张德福",
        "id_number": id_number(),
        "hardship": ["tekun_scattered"],
        "living": ["alone"],
        "recognised": "none",
        "certificate": False,
    }
    return typed | changes


def dwelling(**changes: Any) -> dict[str, Any]:
    """A home of his own, safe, in which he can stay while it is renovated."""
    typed: dict[str, Any] = {
        "address": f"清溪镇青松村三组 {next(_numbers)} 号",
        "right": "owned",
        "safe": True,
        "renovatable": True,
        "demolition_planned": False,
        "must_move_out": False,
    }
    return typed | changes


def draft(actor: Actor | None = None, **changes: Any) -> Renovation:
    """A file in `draft`, committed."""
    actor = actor or people.actor(Role.TOWNSHIP)
    publish_programme()
    command = OpenApplication.model_validate(values(actor) | changes)
    with transaction():
        number = open_application(command, actor).number
    return queries.get(number, actor)


def do(key: str, renovation: Renovation | str, actor: Actor, **typed: Any) -> Renovation:
    """Carry out the operation `stage.name` with the command's JSON; the file as it stands after."""
    operation = operations()[key]
    number = renovation if isinstance(renovation, str) else renovation.number
    perform(operation, number, operation.command.model_validate(typed), actor)
    return queries.get(number, actor)


def submitted(actor: Actor | None = None, **changes: Any) -> Renovation:
    """A file that waits for the first review, committed."""
    actor = actor or people.actor(Role.TOWNSHIP)
    return do("application.submit", draft(actor, **changes), actor)
