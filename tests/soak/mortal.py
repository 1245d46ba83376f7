"""What is done is first tried by processes that are killed at each of its writes: the database then holds nothing of it."""

import os
import signal
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from typing import Any, NoReturn, TypeVar

import pytest
import sqlalchemy as sa

from app.core.db import db
from app.core.errors import DomainError
from app.demo.hands import Hands
from app.permissions import Actor
from app.renovation import queries as files
from app.renovation.models import Renovation
from app.renovation.operations import perform
from app.stages.registry import operations

WRITES = ("INSERT", "UPDATE", "DELETE", "COPY")
REACHED_COMMIT = 77
NOT_NOW = "这份档案现在不需要办理"
"""What a request is refused with when what it asks for has been done."""

Done = TypeVar("Done")


def whole_or_nothing(what: str, act: Callable[[], Done]) -> tuple[Done, int]:
    """Act, after processes were killed at every write of it and before its commit; answers how many they were as well."""
    kills, before = killed_at_every_write(what, act), contents()
    done = act()
    assert contents() != before
    return done, kills


def killed_at_every_write(what: str, act: Callable[[], object]) -> int:
    """Processes killed at every write of one unit of work and before its commit leave nothing; how many they were."""
    before = contents()
    writes = 0
    while die_at(writes + 1, act):
        writes += 1
        assert contents() == before, f"{what}: killed at write {writes}, something stayed"
    assert contents() == before, f"{what}: killed before the commit, something stayed"
    assert writes > 0, f"{what} writes nothing"
    return writes + 1


class Sender:
    """Somebody whose every request dies at each write, then behind its commit without an answer, and is sent again."""

    def __init__(self) -> None:
        self.sent = self.kills = 0

    def send(
        self, key: str, file: Renovation | str, actor: Actor, again: str | None = None, **typed: Any
    ) -> Renovation:
        """Carry out an operation: all of it once, although it was sent twice; the file as it stands after.

        `again` is what the same is refused with when it does not even have its key; None where that is a new wish.
        """
        self.sent += 1
        operation, number = operations()[key], file if isinstance(file, str) else file.number
        command = operation.command.model_validate(typed)
        once = partial(perform, operation, number, command, actor, key=f"{key} {self.sent}")
        kills = killed_at_every_write(key, once)
        assert not killed_at(kills, once), f"{key} writes on after its commit: it is more than one unit of work"
        self.kills += kills
        after = contents()
        once()
        assert contents() == after, f"{key}: the same request again did something"
        if again is not None:
            with pytest.raises(DomainError, match=again):
                perform(operation, number, command, actor)
            assert contents() == after, f"{key}: refused, and something stayed"
        return files.get(number, actor)


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


def killed_until_done(act: Callable[[], object], look: Callable[[], object]) -> int:
    """Work of many units, begun again after each kill until it is through: every write of every unit is killed once.

    `look` checks what is there after a kill and answers how far the work is; how many were killed is answered.
    """
    write = kills = 0
    so_far = look()
    while killed_at(write := write + 1, act):
        kills += 1
        if (now := look()) != so_far:
            write, so_far = 0, now
    look()
    return kills


def killed_at(write: int, act: Callable[[], object]) -> bool:
    """Act in a process of its own that is killed before its n-th write; False when it came to its end."""
    db.session.remove()
    db.engine.dispose()  # a connection must not be shared with the child
    child = os.fork()
    if child == 0:
        how = 1
        try:
            _die_before(write)
            act()
            how = 0
        finally:
            os._exit(how)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
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
    def commit(_connection: Any) -> None:
        if written():  # a unit of work that only read may end before
            os._exit(REACHED_COMMIT)

    try:
        written = _die_before(write)
        sa.event.listen(db.engine, "commit", commit)
        act()
    finally:
        os._exit(1)


def _die_before(write: int) -> Callable[[], int]:
    """From now on this process is killed before its n-th write; answers what counts the writes."""
    seen = 0

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        nonlocal seen
        seen += statement.lstrip().upper().startswith(WRITES)
        if seen == write:
            os.kill(os.getpid(), signal.SIGKILL)

    sa.event.listen(db.engine, "before_cursor_execute", count)
    return lambda: seen


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
