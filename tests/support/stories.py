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
from app.programme.policy import Programme
from tests.conftest import TEMPLATE, _create_app

from .databases import Databases, dispose

BEGIN, END = date(2026, 3, 2), date(2026, 7, 31)


@contextmanager
def lived(
    databases: Databases,
    files: Path,
    lives: Mapping[str, Life],
    ago: Mapping[str, int] | None = None,
    own: Programme | None = None,
) -> Iterator[dict[str, Story]]:
    """Name → the household that led that life, in a database with real commits; the clock stands at `END`.

    A life begins in March, or, where `ago` names it, that many days before the end.
    """
    name, url = databases.copy(TEMPLATE)
    app = _create_app(url, files)
    with app.app_context():
        first = min([BEGIN, *(END - timedelta(days=days) for days in (ago or {}).values())])
        with clock.fixed(first):
            county.build(END, own)
        stories, begun = {}, []
        for number, (label, life) in enumerate(lives.items(), start=1):
            day = END - timedelta(days=ago[label]) if ago and label in ago else BEGIN + timedelta(days=number)
            story = Story(household(number, 7, BEGIN, "500299101", [("500299101001", "青松村")], "eligible"))
            stories[label] = story
            begun.append((day, story, life(story)))
        build.lead(begun, END, lambda _line: None)
        with clock.fixed(END):
            yield stories
        db.session.remove()
    dispose(app)
    databases.drop(name)
