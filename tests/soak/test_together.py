"""Several processes at once: of two who do the same to a file one wins, and 100 places are never 101."""

import os
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.audit.verify import verify
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Conflict, DomainError
from app.demo import build, county
from app.demo.people import household
from app.demo.story import Story
from app.funds import service as funds
from app.funds.quota_models import PlaceTaken, QuotaPlaces
from app.lifecycle import Action, Status
from app.permissions import SYSTEM
from app.places.queries import region_by_code
from app.renovation.models import Event

pytestmark = pytest.mark.soak

BEGIN = date(2026, 3, 2)
DONE, REFUSED, BROKEN = 0, 9, 1
YEAR = 2031


def in_processes(acts: Sequence[Callable[[], object]]) -> list[int]:
    """Run each in a process of its own, all let go at the same moment; how each ended."""
    db.session.remove()
    db.engine.dispose()  # a connection must not be shared with a child
    gate, opened = os.pipe()
    children = []
    for act in acts:
        child = os.fork()
        if child == 0:
            os.close(opened)
            os.read(gate, 1)  # until the parent closes its end
            _end(act)
        children.append(child)
    os.close(opened)
    os.close(gate)
    return [os.WEXITSTATUS(os.waitpid(child, 0)[1]) for child in children]


def _end(act: Callable[[], object]) -> None:
    how = BROKEN
    try:
        act()
        how = DONE
    except DomainError as error:
        how = REFUSED if isinstance(error, Conflict) else BROKEN
    finally:
        os._exit(how)


@pytest.mark.parametrize("status", [Status.NOTICED, Status.ASSESSED, Status.SETTLED], ids=str)
def test_of_four_at_once_one_wins(committed: Flask, status: Status) -> None:
    end = BEGIN + timedelta(days=120)
    with clock.fixed(BEGIN):
        county.build(BEGIN)
    story = Story(household(1, 7, BEGIN, "500299101", [("500299101001", "青松村")]))
    build.lead([(BEGIN, story, story.life(status))], end, lambda _line: None)
    with clock.fixed(end):
        if status is Status.NOTICED:
            story.verify()
        if status is Status.ASSESSED:
            story.draft()
        # stored here: the store's own threads do not live on in a child
        paper = story.scan("fin1") if status is Status.SETTLED else None
        act, action = {
            Status.NOTICED: (story.confirm, Action.CONFIRM),
            Status.ASSESSED: (story.approve, Action.APPROVE_PLAN),
            Status.SETTLED: (partial(story.pay, paper), Action.PAY),
        }[status]
        assert sorted(in_processes([act] * 4)) == [DONE, REFUSED, REFUSED, REFUSED]
    made = db.session.scalar(select(func.count()).select_from(Event).where(Event.action == action))
    assert made == 1
    assert verify() == []


def test_of_101_processes_exactly_100_get_a_place(committed: Flask) -> None:
    with clock.fixed(BEGIN):
        county.build(BEGIN)
        region = region_by_code(county.COUNTY)
        with transaction():
            funds.allot_places(region, county.PROGRAMME, YEAR, 100, SYSTEM, document="示例", is_example=True)
    region_id = region_by_code(county.COUNTY).id

    def take(files: range) -> Callable[[], object]:
        def act() -> None:
            refused = None
            for file in files:
                try:
                    with transaction():
                        funds.take_place(file, region_id, county.PROGRAMME, YEAR)
                except Conflict as error:
                    refused = error
            if refused:
                raise refused

        return act

    ended = in_processes([take(range(start, 101, 8)) for start in range(8)])
    assert sorted(ended) == [DONE] * 7 + [REFUSED]
    quota = db.session.scalars(select(QuotaPlaces).where(QuotaPlaces.year == YEAR)).one()
    assert quota.taken == 100
    assert db.session.scalar(select(func.count()).select_from(PlaceTaken).where(PlaceTaken.year == YEAR)) == 100
