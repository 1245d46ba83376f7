"""What the workbench's tests share: counting queries, files with little in them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlalchemy import event, update

from app.core.db import db, transaction
from app.lifecycle import Status
from app.permissions import SYSTEM
from app.places.models import Region
from app.renovation.models import Renovation
from app.renovation.service import name_applicant, open_renovation
from tests.factories import applications, people


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that reach the database inside the block, savepoints left out."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "PRAGMA", "SET")):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def make_file(
    name: str, township: str = people.TOWNSHIP, status: Status = Status.DRAFT, due_on: date | None = None, **facts: Any
) -> str:
    """A file with a name and an address and no household, in any status, committed; its number."""
    version, town, county = (
        applications.publish_programme(),
        people.region(township).id,
        people.region(people.COUNTY).id,
    )
    with transaction():
        found = open_renovation(
            applications.KEY,
            "CQ2020",
            version,
            db.session.get_one(Region, town),
            None,
            db.session.get_one(Region, county),
            SYSTEM,
        )
        name_applicant(found, name, facts.pop("address", "青松村三组"))
        number = found.number
    with transaction():  # the status is set past the lifecycle: these tests are about showing it
        changed = {"status": status, "due_on": due_on} | facts
        db.session.execute(update(Renovation).where(Renovation.number == number).values(**changed))
    return number
