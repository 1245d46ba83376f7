"""Every page that programmes beside the city's fill: in line, drawn, held back, reviewed, shared out, paid at once, codes."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, current_app
from playwright.sync_api import Browser
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core import clock
from app.core.db import db, transaction
from app.demo import build, county, drafts
from app.demo.people import household
from app.demo.story import Story
from app.funds import service as funds
from app.identity.queries import user_by_staff_no
from app.jobs.models import Job
from app.lifecycle import Status
from app.oversight import labels, what_if
from app.permissions import SYSTEM
from app.places.queries import region_by_code
from app.programme import policy
from app.programme.schema import ProgrammeData
from app.programme.service import load_draft, publish
from tests.assessment import instrumented
from tests.support.browser import serving
from tests.support.databases import Databases
from tests.support.stories import END, lived
from tests.support.tour import IN_OTHERS, OTHER_PAGES, Tour, of_operations, tour

pytestmark = pytest.mark.sqlite_only

SHARES = 2


@pytest.fixture(scope="module")
def around(
    databases: Databases,
    browser: Browser,
    browser_context_args: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Tour]:
    """The demo county and the households of the programmes beside the city's."""
    with lived(databases, tmp_path_factory.mktemp("files"), {}, {"": 200}):
        stories = beside() | elsewhere()
        drafts.prepare(END)
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        with serving(app) as address, tour(stories, browser, browser_context_args, address) as made:
            head = user_by_staff_no("county1")
            assert head is not None
            asked = select(Job.id).where(Job.kind == what_if.KIND, Job.created_by == head.id)
            made.made["what if"] = db.session.scalars(asked).one()
            yield made


def beside() -> dict[str, Story]:
    """Label → household, all led up to the end; named by its life and its place among those who lead it."""
    stories, seen, lives, first = dict[str, Story](), Counter[str](), [], 1
    for side in build.SIDES:
        led = build.beside(side, first, END)
        for (life, _days), (_, story, _life) in zip(side.households, led, strict=False):
            seen[life.__name__] += 1
            stories[f"{life.__name__} {seen[life.__name__]}"] = story
        first += len(side.households)
        lives += led
    build.lead(lives, END, lambda _line: None)
    return stories


class Recognised(Story):
    """A household of a programme that takes others' assessments for its own."""

    programme = "yunling-recognised"
    mark = "RD"


def elsewhere() -> dict[str, Story]:
    """A household that has applied where others' assessments count."""
    with clock.fixed(END - timedelta(days=60)):
        publish_as(Recognised, instrumented.programme().data.model_dump() | {"phase": [], "quota": [], "allotment": []})
    village = [(f"{county.TOWNSHIPS[1]}001", "青松村")]
    recognised = Recognised(household(902, 7, END, county.TOWNSHIPS[1], village))
    build.lead([(END - timedelta(days=1), recognised, recognised.life(Status.DRAFT))], END, lambda _line: None)
    return {"recognised": recognised}


def publish_as(story: type[Story], data: dict[str, Any]) -> None:
    """A programme of the demo county under the key of that story, with a place and money."""
    about = {"id": story.programme, "number_prefix": f"YL{story.mark}"}
    made, problems = policy.build(ProgrammeData.model_validate(data | {"programme": data["programme"] | about}))
    assert problems == []
    region, year, paper = region_by_code(county.COUNTY), END.year, {"document": "示例"}
    with transaction():
        publish(load_draft(made, SYSTEM).id, SYSTEM)
        funds.allot_places(region, story.programme, year, 1, SYSTEM, **paper)
        for fund in made.funds:
            funds.allot_money(region, story.programme, fund.id, fund.name, year, 1_000_000, SYSTEM, **paper)


def test_the_audit_has_a_word_for_everything_it_kept(around: Tour) -> None:
    kept = db.session.execute(select(AuditEntry.event, AuditEntry.details)).all()
    assert sorted({key for _, details in kept for key in details or {}} - labels.KEYS.keys()) == []
    assert sorted({event for event, _ in kept} - labels.EVENTS.keys()) == []


def test_pages_of_operations(around: Tour) -> None:
    found, nowhere = of_operations(around.stories, IN_OTHERS)
    assert nowhere == set()
    wrong = [one for key, account, address in found for one in around.look(account, address, key)]
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("share", range(SHARES))
def test_pages(around: Tour, share: int) -> None:
    visits = [(endpoint, visit) for endpoint, some in OTHER_PAGES.items() for visit in some][share::SHARES]
    wrong = [
        one for endpoint, visit in visits for one in around.look(visit.account, around.url(endpoint, visit), endpoint)
    ]
    assert wrong == [], "\n".join(wrong)
