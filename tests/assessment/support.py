"""Files that wait for their assessment, and the people who assess, built through the services."""

import io
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

from PIL import Image

from app.core import clock
from app.core.db import transaction
from app.evidence.service import store_upload
from app.funds import service as funds
from app.funds.rules import LIFETIME
from app.identity import queries as identity
from app.lifecycle import Action
from app.permissions import SYSTEM, Actor, Role
from app.places import service as places
from app.places.models import Organisation
from app.places.queries import region
from app.places.rules import AddProcurement, OrganisationKind
from app.programme.queries import programme_of
from app.renovation import queries
from app.renovation.models import Renovation
from app.renovation.progress import advance
from app.stages.application import queries as application
from tests.factories import people
from tests.factories.applications import do, submitted

_numbers = count(1)


def photo(actor: Actor) -> int:
    """An upload of the actor, each another picture."""
    number, content = next(_numbers), io.BytesIO()
    Image.new("RGB", (640, 480), (number % 256, 90, number // 256 % 256)).save(content, "JPEG")
    content.seek(0)
    return store_upload(content, f"照片{number}.jpg", actor.user_id).id


@dataclass
class Desk:
    """The people around one file."""

    county: Actor
    other_county: Actor
    township: Actor
    firm: Organisation
    first: Actor
    second: Actor
    record_id: int


def procurement(firm: Organisation, kind: OrganisationKind = OrganisationKind.ASSESSOR, **changes: Any) -> int:
    """A procurement record of a firm in the demo county, in force now."""
    today = clock.today()
    command = {
        "kind": kind,
        "lot": f"包{next(_numbers)}",
        "region_id": people.region(people.COUNTY).id,
        "valid_from": today - timedelta(days=30),
        "valid_to": today + timedelta(days=300),
    } | changes
    county = people.actor(Role.COUNTY)
    with transaction():
        return places.add_procurement(firm, AddProcurement(**command), county).id


def desk() -> Desk:
    """A county with two people, a township, and a firm of two assessors with a procurement record."""
    firm = people.make_firm(OrganisationKind.ASSESSOR)
    return Desk(
        people.actor(Role.COUNTY),
        people.actor(Role.COUNTY),
        people.actor(Role.TOWNSHIP),
        firm,
        people.actor(Role.ASSESSOR, firm=firm),
        people.actor(Role.ASSESSOR, firm=firm),
        procurement(firm),
    )


def fund(renovation: Renovation, places_: int = 5, fen: int = 10_000_000) -> None:
    """Places and money for the file's county and year, of every source."""
    county = region(renovation.county_id)
    year = clock.today().year
    programme = programme_of(renovation.programme_version_id)
    funds.allot_places(county, renovation.programme_key, year, places_, SYSTEM, document="示例文号")
    for source in programme.funds:
        funds.allot_money(
            county, renovation.programme_key, source.id, source.name, year, fen, SYSTEM, document="示例文号"
        )


def confirmed(people_: Desk, allot: bool = True, **changes: Any) -> Renovation:
    """A file in `confirmed` with its place and claims, committed; review and notice are passed by the system."""
    renovation = submitted(people_.township, **changes)
    with transaction():
        renovation = queries.get_for_change(renovation.number, people_.township)
        if allot:
            fund(renovation)
        for action in (Action.FORWARD, Action.END_NOTICE):
            advance(renovation, action, SYSTEM)
        confirm(renovation)
    return queries.get(renovation.number, people_.county)


def confirm(renovation: Renovation) -> None:
    """Take the place and the claims, and confirm."""
    programme = programme_of(renovation.programme_version_id)
    funds.take_place(renovation.id, renovation.county_id, renovation.programme_key, clock.today().year)
    funds.claim_benefit(
        renovation.id,
        application.subjects(renovation),
        programme.exclusion_group,
        LIFETIME,
        renovation.programme_key,
        renovation.county_id,
    )
    advance(renovation, Action.CONFIRM, SYSTEM)


def assigned(people_: Desk, **changes: Any) -> Renovation:
    """A confirmed file that the firm was commissioned to assess."""
    renovation = confirmed(people_, **changes)
    return do("assessment.assign_assessor", renovation, people_.county, procurement_record_id=people_.record_id)


ALL_MET = {"eating": "met", "dressing": "met", "bed": "met", "toileting": "met", "walking": "met", "bathing": "met"}


def visit(people_: Desk, answers: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    """The JSON of a visit that finds the home safe and the bathroom slippery."""
    given = ALL_MET | (answers or {})
    return {
        "visited_on": f"{clock.today():%Y-%m-%d}",
        "qualification": "中级社会工作师",
        "second_assessor": people_.second.user_id,
        "second_qualification": "主管护师",
        "indicators": [{"indicator": key, "answer": answer} for key, answer in given.items()],
        "safe": "yes",
        "renovatable": "yes",
        "must_move_out": "no",
        "rooms": [room(people_.first)],
        "wish": "洗澡时怕滑倒",
    } | changes


def room(actor: Actor, key: str = "bathroom", hazards: tuple[str, ...] = ("bath_slippery",), **changes: Any) -> Any:
    """One room with a photo of the actor and a measured door."""
    return {
        "room": key,
        "photos": [photo(actor)],
        "hazards": list(hazards),
        "measures": [{"name": "门净宽", "value": "760", "unit": "mm"}],
    } | changes


def visited(people_: Desk, renovation: Renovation | None = None, **changes: Any) -> Renovation:
    """A file whose visit is recorded, not yet signed by the second assessor."""
    renovation = renovation or assigned(people_)
    return do("assessment.record_visit", renovation, people_.first, **visit(people_, **changes))


def assessed(people_: Desk, renovation: Renovation | None = None, **changes: Any) -> Renovation:
    """A file in `assessed`."""
    renovation = visited(people_, renovation, **changes)
    do("assessment.sign_visit", renovation, people_.second, confirmed=True)
    return do("assessment.complete", renovation, people_.first)


def user(actor: Actor) -> Any:
    """The account of an actor, to sign in with."""
    assert actor.user_id is not None
    return identity.user(actor.user_id)


def day(text: str) -> date:
    """A day from its ISO form."""
    return date.fromisoformat(text)
