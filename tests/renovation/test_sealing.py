"""A sealed file: what goes on during the warranty is no change, whatever else is changed or removed is named."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import String, Table, delete, func, literal, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core.crypto import Encrypted
from app.core.db import Base, EnumType, db
from app.demo import variants
from app.demo.story import Story
from app.evidence.models import StoredFile
from app.lifecycle import Status
from app.renovation import sealing
from app.renovation.models import Attachment
from app.renovation.sealing import MOVING_COLUMNS, Occasion
from app.stages.settlement import ddl
from tests.support.databases import Databases
from tests.support.stories import lived

LIVES = {
    "claimed": variants.claim_contested,
    "visited": variants.visited,
    "ended": variants.ends_while_building,
    "returned": variants.bank_returns,
    "paid": lambda story: story.life(Status.PAID),
}


@pytest.fixture(scope="module")
def stories(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Story]]:
    with lived(databases, tmp_path_factory.mktemp("files"), LIVES) as found:
        yield found


@pytest.mark.parametrize("life", LIVES)
def test_what_goes_on_is_no_change(stories: dict[str, Story], life: str) -> None:
    """Claims repaired, visits, the closing itself: every seal in force still fits."""
    renovation = stories[life].file()
    found = [seal for seal in sealing.seals(renovation) if seal.ended_at is None]
    assert [sealing.changes(seal, renovation) for seal in found] == [[]] * len(found)
    occasions = [seal.occasion for seal in found]
    assert occasions == ([Occasion.PAID, Occasion.CLOSED] if life == "ended" else [Occasion.PAID])


def test_a_file_that_goes_back_is_unsealed(stories: dict[str, Story]) -> None:
    """The bank returned the money: the first seal ended, the second stands."""
    found = sealing.seals(stories["returned"].file())
    assert [seal.ended_at is not None for seal in found] == [True, False]


def _text_columns(table: Table) -> list[Any]:
    """Columns of free text, into which another letter fits."""
    moving = MOVING_COLUMNS.get(table.name, frozenset())
    return [
        column
        for column in table.columns
        if isinstance(column.type, String)
        and not isinstance(column.type, EnumType | Encrypted)
        and not column.foreign_keys
        and column.name not in moving
    ]


def test_every_changed_row_is_named(stories: dict[str, Story]) -> None:
    """One letter more in any row of any table of the file: its place is named, and no other."""
    renovation = stories["paid"].file()
    (seal,) = sealing.seals(renovation)
    tried, missed = [], {}
    _unprotect()
    for name, rows in seal.manifest["rows"].items():
        table, key = Base.metadata.tables[name], sorted(rows)[-1]
        if "id" not in table.columns or not _text_columns(table):
            continue
        column = _text_columns(table)[-1]
        try:
            with db.session.begin_nested() as point:
                changed = (
                    update(table)
                    .where(table.c.id == int(key))
                    .values({column.name: func.coalesce(column, "") + literal("x")})
                )
                db.session.execute(changed)
                found = sealing.changes(seal, renovation)
                point.rollback()
        except DBAPIError:
            continue  # the database itself refuses: a rule of the column, or no room for a letter more
        tried.append(name)
        if found != [f"{name}/{key}"]:
            missed[name] = found
    db.session.rollback()
    assert missed == {}
    assert len(tried) >= 20


def test_a_removed_row_and_a_changed_paper_are_named(stories: dict[str, Story]) -> None:
    """A row that nothing hangs on is taken out; a photo gets another content."""
    renovation = stories["paid"].file()
    (seal,) = sealing.seals(renovation)
    entry = max(int(key) for key in seal.manifest["rows"]["log_entry"])
    log = Base.metadata.tables["log_entry"]
    db.session.execute(delete(log).where(log.c.id == entry))
    assert sealing.changes(seal, renovation) == [f"log_entry/{entry}"]
    db.session.rollback()
    renovation = stories["paid"].file()
    paper = max(int(key) for key in seal.manifest["papers"])
    file_id = db.session.scalar(select(Attachment.file_id).where(Attachment.id == paper))
    db.session.execute(update(StoredFile).where(StoredFile.id == file_id).values(sha256="0" * 64))
    assert sealing.changes(sealing.seals(renovation)[0], renovation) == [f"paper/{paper}"]
    db.session.rollback()


def _unprotect() -> None:
    """Take the triggers away as an intruder with the database's password would; undone by the rollback."""
    session: Session = db.session()
    for statement in ddl.drop(session.connection().dialect.name):
        session.execute(text(statement))
