"""Many new files at once: the same rows as `service.open_renovation` writes for one, in a few statements.

A test opens one file each way and compares every column.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ..audit.service import Happening, record_many
from ..core import bulk, clock
from ..core.db import db
from ..core.text import search_grams
from ..lifecycle import Stage, Status
from ..permissions import Actor
from .models import Event, Renovation, SearchGram
from .progress import reason_hash
from .service import next_numbers

OPENED = "登记申请"


@dataclass(frozen=True, slots=True)
class NewFile:
    """What a new file starts with; `series` is the prefix of its number, `details` go on the timeline (no personal data)."""

    series: str
    programme_key: str
    programme_version_id: int
    county_id: int
    township_id: int
    village_id: int | None
    due_on: date | None
    name: str
    address: str
    details: dict[str, Any]


def open_files(files: Sequence[NewFile], actor: Actor) -> list[tuple[int, str]]:
    """Create the files in `draft`, inside the caller's unit of work; answers id and number of each, in their order."""
    now, dialect = clock.now(), db.engine.dialect
    renovation, event = bulk.Encoder(_table(Renovation), dialect), bulk.Encoder(_table(Event), dialect)
    given = list(zip(bulk.reserve(renovation.table, len(files)), _numbers(files), strict=True))
    bulk.write(
        renovation.table,
        [
            renovation.row(_file(file, id_, number, now, actor))
            for file, (id_, number) in zip(files, given, strict=True)
        ],
    )
    events = bulk.reserve(event.table, len(files))
    rows = zip(files, given, events, strict=True)
    bulk.write(event.table, [event.row(_opened(file, id_, at, now, actor)) for file, (id_, _), at in rows])
    grams = [
        (gram, file.county_id, id_)
        for file, (id_, _) in zip(files, given, strict=True)
        for gram in search_grams(file.name)
    ]
    bulk.write(_table(SearchGram), grams)
    _record(files, [number for _, number in given], now, actor)
    return given


def _table(model: Any) -> Any:
    return model.__table__


def _numbers(files: Sequence[NewFile]) -> list[str]:
    """A number for each, series by series in the order of their names, so that two bulk writers cannot block each other."""
    counted: dict[str, int] = {}
    for file in files:
        counted[file.series] = counted.get(file.series, 0) + 1
    given = {series: iter(next_numbers(series, counted[series])) for series in sorted(counted)}
    return [next(given[file.series]) for file in files]


def _file(file: NewFile, id_: int, number: str, now: datetime, actor: Actor) -> dict[str, Any]:
    return {
        "id": id_,
        "number": number,
        "programme_key": file.programme_key,
        "programme_version_id": file.programme_version_id,
        "county_id": file.county_id,
        "township_id": file.township_id,
        "village_id": file.village_id,
        "status": Status.DRAFT,
        "status_since": now,
        "due_on": file.due_on,
        "applicant_name": file.name,
        "address": file.address,
        "created_at": now,
        "created_by": actor.user_id,
        "touched_at": now,
        "version": 1,
    }


def _opened(file: NewFile, renovation_id: int, event_id: int, now: datetime, actor: Actor) -> dict[str, Any]:
    return {
        "id": event_id,
        "renovation_id": renovation_id,
        "seq": 1,
        "at": now,
        "actor_id": actor.user_id,
        "actor_name": actor.name,
        "role": actor.role,
        "stage": Stage.APPLICATION,
        "title": OPENED,
        "details": file.details,
    }


def _record(files: Sequence[NewFile], numbers: Sequence[str], now: datetime, actor: Actor) -> None:
    said = {"title": OPENED, "reason_hash": reason_hash("")}
    record_many(
        Happening(f"renovation:{number}", "note", actor, said | file.details, now)
        for file, number in zip(files, numbers, strict=True)
    )
