"""Writing a checked workbook, inside one unit of work: everything or nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from ....core import bulk, clock
from ....core.db import db
from ....core.errors import Conflict
from ....permissions import Actor
from ....programme.queries import in_force
from ....renovation import queries as files
from ....renovation.bulk import open_files
from ....renovation.service import next_numbers
from .. import queries, service
from ..models import Dwelling, Household
from ..rules import Application
from . import known
from .matching import merged
from .report import Report
from .staging import CHILDREN, Corrected, Created, Staged

_CHANGED = "核对之后又有人登记或修改了其中的人。请重新核对一次再导入，一户也没有写入。"


def write(staged: Staged, programme_key: str, report: Report, actor: Actor) -> None:
    """Create and correct everything that was put aside, within the caller's unit of work.

    What was checked is checked again under the lock: Conflict when somebody meanwhile logged or changed one of the
    people, or published another version of the programme.
    """
    for series in sorted(staged.series):
        next_numbers(series, 0)  # everybody else who logs a household of this county now waits for the end
    _same_versions(staged, programme_key)
    numbers: list[str] = []
    for chunk in staged.chunks():
        if known.fingerprint(known.hits(chunk.people)) != chunk.known:
            raise Conflict(_CHANGED)
        numbers += _create(chunk.created, actor)
        for one in chunk.corrected:
            _correct(one, actor)
        db.session.expunge_all()  # a chunk's rows are not needed for the next one
    report.written = True
    report.numbers = (numbers[0], numbers[-1]) if numbers else ("", "")


def _same_versions(staged: Staged, programme_key: str) -> None:
    for county, version in staged.versions.items():
        present = {one.programme_key: one.id for one in in_force(county, clock.today())}
        if present.get(programme_key) != version:
            raise Conflict("核对之后政策发布了新版本。请重新核对一次再导入，一户也没有写入。")


def _create(households: Sequence[Created], actor: Actor) -> list[str]:
    if not households:
        return []
    given = open_files([one.file for one in households], actor)
    ids = [renovation_id for renovation_id, _number in given]
    columns = list(zip(*(one.children for one in households), strict=True))
    dwellings = _filled(Dwelling, columns[0])
    keys = [row[_at(Dwelling, "id")] for row in dwellings]
    bulk.write(_table(Dwelling), dwellings)
    of_file = [{"renovation_id": id_, "dwelling_id": key} for id_, key in zip(ids, keys, strict=True)]
    bulk.write(_table(Household), _filled(Household, columns[1], of_file))
    for model, rows in zip(CHILDREN[2:], columns[2:], strict=True):
        bulk.write(_table(model), _filled(model, rows, [{"renovation_id": id_} for id_ in ids]))
    return [number for _id, number in given]


def _table(model: Any) -> Any:
    return model.__table__


def _at(model: Any, name: str) -> int:
    return list(_table(model).columns.keys()).index(name)


def _filled(
    model: Any, rows_of: Sequence[Sequence[list[Any]]], given: Sequence[Mapping[str, Any]] | None = None
) -> list[list[Any]]:
    """The rows of a table with what is known only now: their ids, and those of their file."""
    rows = []
    for place, of_file in enumerate(rows_of):
        for row in of_file:
            for name, value in (given[place] if given else {}).items():
                row[_at(model, name)] = value
            rows.append(row)
    if "id" in _table(model).columns and rows:
        at = _at(model, "id")
        for row, id_ in zip(rows, bulk.reserve(_table(model), len(rows)), strict=True):
            row[at] = id_
    return rows


def _correct(one: Corrected, actor: Actor) -> None:
    """Correct a draft through the same use case as the page's."""
    renovation = files.get_for_change(one.number, actor)
    if renovation.version != one.version:
        raise Conflict(_CHANGED)
    papers = queries.papers(renovation)
    values = merged(queries.intake(renovation), one.values, one.village_id, papers)
    service.edit_application(renovation, Application.model_validate(values), actor)
    db.session.flush()
