"""A county of its own in which some households have lived a while, for tests of what comes late in a file's life."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from app.core import clock
from app.core.db import db
from app.demo import build, county
from app.demo.people import household
from app.demo.story import Story
from app.demo.variants import Life
from tests.conftest import TEMPLATE, _create_app

from .databases import Databases, dispose

BEGIN, END = date(2026, 3, 2), date(2026, 7, 31)


@contextmanager
def lived(databases: Databases, files: Path, lives: Mapping[str, Life]) -> Iterator[dict[str, Story]]:
    """Name → the household that led that life, in a database with real commits; the clock stands at `END`."""
    name, url = databases.copy(TEMPLATE)
    app = _create_app(url, files)
    with app.app_context():
        with clock.fixed(BEGIN):
            county.build(BEGIN)
        stories, begun = {}, []
        for number, (label, life) in enumerate(lives.items(), start=1):
            story = Story(household(number, 7, BEGIN, "500299101", [("500299101001", "青松村")], "eligible"))
            stories[label] = story
            begun.append((BEGIN + timedelta(days=number), story, life(story)))
        build.lead(begun, END, lambda _line: None)
        with clock.fixed(END):
            yield stories
        db.session.remove()
    dispose(app)
    databases.drop(name)
