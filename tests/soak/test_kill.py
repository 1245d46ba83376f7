"""Kill the process between any two writes of an action: the database then holds all of it or nothing."""

import os
import signal
from collections.abc import Callable
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, NoReturn

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core import clock
from app.core.db import db
from app.demo import build, county, variants
from app.demo.people import household
from app.demo.story import Story
from app.lifecycle import Status
from app.renovation.models import Renovation

pytestmark = pytest.mark.soak

BEGIN, END = date(2026, 3, 2), date(2026, 7, 31)
WRITES = ("INSERT", "UPDATE", "DELETE")
REACHED_COMMIT = 77
LIVES = [None, variants.returned, variants.plan_refused, variants.change_order, variants.rectified, variants.withdrawn]


class MortalStory(Story):
    """Before each thing that is done, the same is tried by processes that are killed at every one of its writes."""

    kills = 0

    def do(self, key: str, staff_no: str, /, **typed: Any) -> Renovation:
        before = contents()
        writes = 0
        while die_at(writes + 1, lambda: super(MortalStory, self).do(key, staff_no, **typed)):
            writes += 1
            assert contents() == before, f"{key}: killed at write {writes}, something stayed"
        assert contents() == before, f"{key}: killed before the commit, something stayed"
        assert writes > 0, f"{key} writes nothing"
        MortalStory.kills += writes + 1
        done = super().do(key, staff_no, **typed)
        assert contents() != before
        return done


def die_at(write: int, act: Callable[[], object]) -> bool:
    """Act in a process of its own that is killed at that write, or before its first commit; True when it was a write."""
    db.session.remove()
    db.engine.dispose()  # a connection must not be shared with the child
    child = os.fork()
    if child == 0:
        _act_and_die(write, act)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == REACHED_COMMIT, "it failed before it could be killed"
    return False


def _act_and_die(write: int, act: Callable[[], object]) -> NoReturn:
    seen = 0

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        nonlocal seen
        seen += statement.lstrip().upper().startswith(WRITES)
        if seen == write:
            os.kill(os.getpid(), signal.SIGKILL)

    def commit(_connection: Any) -> None:
        if seen:  # a unit of work that only read may end before
            os._exit(REACHED_COMMIT)

    try:
        sa.event.listen(db.engine, "before_cursor_execute", count)
        sa.event.listen(db.engine, "commit", commit)
        act()
    finally:
        os._exit(1)


def contents() -> dict[str, str]:
    """Every table's rows as one hash each, read over a connection of its own."""
    db.session.remove()
    engine = sa.create_engine(db.engine.url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return {
            table.name: sha256(
                "\n".join(sorted(map(repr, connection.execute(sa.text(f'SELECT * FROM "{table.name}"'))))).encode()
            ).hexdigest()
            for table in db.metadata.sorted_tables
        }


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.__name__ if life else "straight")
def test_killed_at_any_write_an_action_leaves_nothing(committed: Flask, life: Callable[..., Any] | None) -> None:
    with clock.fixed(BEGIN):
        county.build(BEGIN)
    story = MortalStory(household(1, 7, BEGIN, "500299101", [("500299101001", "青松村")], "eligible"))
    begin = BEGIN + timedelta(days=1)
    MortalStory.kills = 0
    build.lead([(begin, story, life(story) if life else story.life(Status.PAID))], END, lambda _line: None)
    assert MortalStory.kills > 20
