"""Kill the process between any two writes of an action: the database then holds all of it or nothing."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from app.core import clock
from app.core.db import transaction
from app.demo import build, code_lives, county, first_lives, pilot, pilot_lives, variants
from app.demo.people import Household, household
from app.demo.side import Side
from app.demo.story import Story
from app.funds.service import allot_money, allot_places
from app.identity.rules import CreateUser
from app.identity.service import create_user
from app.lifecycle import Status
from app.permissions import SYSTEM, Actor, Office, Role
from app.places.queries import region_by_code
from app.programme.service import load_draft, publish
from app.renovation.models import Renovation

from .mortal import Mortal, whole_or_nothing

pytestmark = pytest.mark.soak

BEGIN, END = date(2026, 3, 2), date(2026, 9, 30)
LIVES = [None, variants.returned, variants.plan_refused, variants.change_order, variants.rectified, variants.withdrawn]
TASKS = ("plan_draft", "plan_approve", "settlement_prepare")


class MortalStory(Mortal, Story):
    """A household of the city's programme."""


class MortalPilotStory(Mortal, pilot_lives.PilotStory):
    """A household of the pilot: it signs no agreement, chooses its builder, a part is held back."""


class MortalFirstStory(Mortal, first_lives.FirstStory):
    """A household where who comes first is served: reviewed, shared out, its share paid at the signing."""


class MortalCodeStory(Mortal, code_lives.CodeStory):
    """A household that buys with a code."""

    def dispatch(self, firm: int = 0) -> None:
        """The firm that enters the code is killed as well."""
        _, kills = whole_or_nothing("redeem", lambda: super(MortalCodeStory, self).dispatch(firm))
        self.kills += kills


class MortalEmployedStory(MortalPilotStory):
    """The federation leads; the township plans without an assessor, approves the plan and prepares the settlement."""

    BY_COLLEAGUE = {"plan.approve", "settlement.prepare"}

    def actor(self, staff_no: str) -> Actor:
        """The federation's people stand for the county's, the township for the assessor."""
        return super().actor({"assess1": self.clerk, "county1": "lead1", "county2": "lead2"}.get(staff_no, staff_no))

    def do(self, key: str, staff_no: str, /, **typed: Any) -> Renovation:
        """What was given to the township is done by its other clerk."""
        return super().do(key, "town1b" if key in self.BY_COLLEAGUE else staff_no, **typed)

    def assign_assessor(self) -> None:
        """Nobody is asked."""

    def assess(self, failed_items: int | None = None, **findings: Any) -> None:
        """Nobody assesses."""

    def hand_in(self) -> None:
        """Nothing is handed in."""


def pilot_in_force(**tables: Any) -> None:
    """The pilot, or one with other tables, with places and money."""
    programme = pilot.programme("2026.1", BEGIN, **tables)
    with transaction():
        draft_id = load_draft(programme, county.actor("admin")).id
    with transaction():
        publish(draft_id, county.actor("city1"))
        region, year = region_by_code(county.COUNTY), BEGIN.year
        allot_places(region, pilot.KEY, year, 10, SYSTEM, document="示例")
        allot_money(region, pilot.KEY, "county", "县级财政试点资金", year, 2_000_000, SYSTEM, document="示例")


def employed_in_force() -> None:
    """The pilot led by the federation and given to the township, and two of the federation's people."""
    data = pilot.programme("2026.1", BEGIN).data.model_dump()
    without = {"used": False, "note": "由乡镇（街道）工作人员入户商定"}
    acting = {"responsible": ["township", "county", "contractor"]}
    pilot_in_force(
        programme=data["programme"] | {"lead": "federation"},
        stage=[one | acting | (without if one["key"] == "assessment" else {}) for one in data["stage"]],
        actor=[{"task": task, "roles": ["township"]} for task in TASKS],
    )
    for staff_no in ("lead1", "lead2"):
        typed = {"staff_no": staff_no, "name": "赵文", "role": Role.COUNTY, "office": Office.FEDERATION}
        command = CreateUser.model_validate(typed | {"region_id": region_by_code(county.COUNTY).id})
        with transaction():
            create_user(command, SYSTEM, password_hash="unused")


def known() -> Household:
    return household(1, 7, BEGIN, county.TOWNSHIPS[0], [(f"{county.TOWNSHIPS[0]}001", "东门社区")], "eligible")


def lead(story: Mortal, life: Iterator[int]) -> None:
    build.lead([(BEGIN + timedelta(days=1), story, life)], END, lambda _line: None)
    assert story.kills > 20


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.__name__ if life else "straight")
def test_killed_at_any_write_an_action_leaves_nothing(committed: Flask, life: Callable[..., Any] | None) -> None:
    with clock.fixed(BEGIN):
        county.build(BEGIN)
    story = MortalStory(known())
    lead(story, life(story) if life else story.life(Status.PAID))


def test_killed_at_any_write_a_file_of_the_pilot_stays_whole(committed: Flask) -> None:
    with clock.fixed(BEGIN):
        county.build(BEGIN)
        pilot_in_force()
    story = MortalPilotStory(known())
    lead(story, pilot_lives.released(story))
    assert story.status is Status.PAID


@pytest.mark.parametrize(
    ("kind", "side", "life", "status"),
    [
        (MortalFirstStory, first_lives.SIDE, first_lives.rewarded, Status.PAID),
        (MortalCodeStory, code_lives.SIDE, code_lives.paid_back, Status.CLOSED),
    ],
    ids=["first", "code"],
)
def test_killed_at_any_write_a_file_of_another_programme_stays_whole(
    committed: Flask, kind: type[Mortal], side: Side, life: Callable[..., Any], status: Status
) -> None:
    with clock.fixed(BEGIN):
        county.build(BEGIN)
        side.prepare(BEGIN)
    story = kind(known())
    lead(story, life(story))
    assert story.status is status


def test_killed_at_any_write_what_others_were_given_to_do_stays_whole(committed: Flask) -> None:
    with clock.fixed(BEGIN):
        county.build(BEGIN)
        employed_in_force()
    story = MortalEmployedStory(known())
    lead(story, story.life(Status.PAID))
    assert story.status is Status.PAID
