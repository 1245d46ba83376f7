"""Files on their way from the first review to the confirmation, built through the services."""

import json
from datetime import date
from typing import Any

from app.core import clock
from app.core.db import transaction
from app.funds import service as funds
from app.jobs import schedule
from app.permissions import SYSTEM, Actor, Role
from app.programme.loading import CATALOG, load
from app.programme.policy import restore
from app.programme.service import load_draft, publish
from app.renovation.models import Renovation
from app.stages.application import notice_queries as reads
from app.stages.application.notice_rules import PhotoDay
from tests.factories import applications, people

START, END, AFTER = date(2020, 9, 15), date(2020, 9, 24), date(2020, 9, 25)
"""A Tuesday, the seventh working day after it, and the day on which the notice has ended."""

do = applications.do


def publish_with(**terms: Any) -> None:
    """Chongqing 2020 in force with other terms of the notice."""
    content = json.loads(load(CATALOG / applications.KEY).content)
    content["notice"] |= terms
    with transaction():
        version = load_draft(restore(json.dumps(content)), SYSTEM)
        publish(version.id, SYSTEM)


def forwarded(clerk: Actor, file: Renovation | None = None, **changes: Any) -> Renovation:
    """A file on a notice that starts today."""
    file = file or applications.submitted(clerk, **changes)
    return do(
        "application.forward", file, clerk,
        starts_on=clock.today().isoformat(), places=["村（社区）公示栏"], poster="王芳",
    )  # fmt: skip


def prove(file: Renovation, clerk: Actor, *days: PhotoDay) -> Renovation:
    """Both proof photos (or those named), as if taken on their days; the clock stands at or after them."""
    for day in days or tuple(PhotoDay):
        entry = reads.entry(file)
        assert entry is not None
        taken = entry.notice.starts_on if day is PhotoDay.FIRST else entry.notice.ends_on
        photo = applications.paper(clerk)
        file = do("application.prove_notice", file, clerk, day=day.value, photo=photo, taken_on=taken.isoformat())
    return file


def noticed(clerk: Actor, file: Renovation | None = None, **changes: Any) -> Renovation:
    """A file whose notice is over, with both photos; the clock is moved from START to AFTER and stays there."""
    clock.use(lambda: clock.start_of(START))
    file = forwarded(clerk, file, **changes)
    clock.use(lambda: clock.start_of(AFTER))
    assert schedule.run_due(AFTER) == []
    return prove(file, clerk)


def allot(places: int, year: int = 2020) -> None:
    """Places for the demo county, committed."""
    with transaction():
        county = people.region(people.COUNTY)
        giver = Actor(None, "县局", Role.COUNTY, county.id, county.path)
        funds.allot_places(county, applications.KEY, year, places, giver)


def publish_tables(**tables: Any) -> None:
    """Chongqing 2020 in force with other tables, in the form of the stored content; `benefit` and the like are merged."""
    content = json.loads(load(CATALOG / applications.KEY).content)
    for name, value in tables.items():
        content[name] = content[name] | value if isinstance(content.get(name), dict) else value
    with transaction():
        version = load_draft(restore(json.dumps(content)), SYSTEM)
        publish(version.id, SYSTEM)
