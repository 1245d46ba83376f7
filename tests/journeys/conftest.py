"""A county in which every life of `app.demo.variants` was lived once, on each database."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from app.core import clock
from app.core.db import db
from app.demo import build, county, variants
from app.demo.people import household
from app.demo.story import Story
from app.lifecycle import Status
from tests.conftest import TEMPLATE, _create_app
from tests.support.databases import Databases, dispose

BEGIN, END = date(2026, 3, 2), date(2026, 7, 31)
Lives = dict[str, Story]


@pytest.fixture(scope="module")
def lives(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lives]:
    """Life's name → the household that lived it; `straight` is the straight line to `paid`."""
    name, url = databases.copy(TEMPLATE)
    app = _create_app(url, tmp_path_factory.mktemp("files"))
    with app.app_context():
        with clock.fixed(BEGIN):
            county.build(BEGIN)
        lived, begun = {}, []
        every = [("straight", None), *((life.__name__, life) for life in (*variants.VARIANTS, variants.rejected))]
        for number, (label, life) in enumerate(every, start=1):
            kind = {"rejected": "no_hardship", "assessment_changes": "under_80"}.get(label, "eligible")
            story = Story(household(number, 7, BEGIN, "500299101", [("500299101001", "青松村")], kind))
            lived[label] = story
            steps = life(story) if life else story.life(Status.PAID)
            begun.append((BEGIN + timedelta(days=number), story, steps))
        build.lead(begun, END, lambda _line: None)
        with clock.fixed(END):
            yield lived
        db.session.remove()
    dispose(app)
    databases.drop(name)
