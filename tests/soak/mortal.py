"""What is done is first tried by processes that are killed at each of its writes: the database then holds nothing of it."""

import os
import signal
from collections.abc import Callable
from hashlib import sha256
from typing import Any, NoReturn, TypeVar

import sqlalchemy as sa

from app.core.db import db
from app.demo.hands import Hands
from app.renovation.models import Renovation

WRITES = ("INSERT", "UPDATE", "DELETE")
REACHED_COMMIT = 77

Done = TypeVar("Done")


def whole_or_nothing(what: str, act: Callable[[], Done]) -> tuple[Done, int]:
    """Act, after processes were killed at every write of it and before its commit; answers how many they were as well."""
    before = contents()
    writes = 0
    while die_at(writes + 1, act):
        writes += 1
        assert contents() == before, f"{what}: killed at write {writes}, something stayed"
    assert contents() == before, f"{what}: killed before the commit, something stayed"
    assert writes > 0, f"{what} writes nothing"
    done = act()
    assert contents() != before
    return done, writes + 1


class Mortal(Hands):
    """Hands of somebody at whose every operation the process is killed."""

    kills = 0

    def do(self, key: str, staff_no: str, /, **typed: Any) -> Renovation:
        """The operation, whole in the end."""
        done, kills = whole_or_nothing(key, lambda: super(Mortal, self).do(key, staff_no, **typed))
        self.kills += kills
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


def die_after_the_commit(act: Callable[[], object]) -> bool:
    """Act in a process of its own that is killed before it can answer; True when it had done its work by then."""
    db.session.remove()
    db.engine.dispose()  # a connection must not be shared with the child
    child = os.fork()
    if child == 0:
        try:
            act()
            os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


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
