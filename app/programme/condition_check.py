"""The conditions of a folder whose tables are not all right: what is wrong in them is told with the rest, at once."""

from collections.abc import Iterator
from typing import Any

from .facts import MEMBERS
from .person_classes import words_in
from .problems import DataError, Path, Problem, Problems
from .reading import Named, read_condition
from .sources import Source

_TABLES = ("condition", "clause", "priority", "cap_case", "rate")


def wrong_conditions(source: Source) -> list[DataError]:
    """Every fault of the conditions that could be read, by file and line.

    A condition that is referred to by a name is only looked for when the names could be read.
    """
    problems: Problems = []
    names_known = "condition" in source.raw
    raw = {row["id"]: (when, path) for row, when, path in _whens(source, "condition") if "id" in row}
    named = Named(raw, words_in(source.raw.get("person_class")))
    for table in _TABLES:
        for _row, when, path in _whens(source, table):
            read_condition(when, path, problems, named=named)
    cap = source.raw.get("cap")
    if isinstance(cap, dict) and "who" in cap:
        read_condition(cap["who"], ("cap", "who"), problems, named.words[MEMBERS].kind.record)
    kept = (problem for problem in problems if names_known or not _is_of_a_name(problem))
    return list(dict.fromkeys(source.error(problem) for problem in kept if not source.is_damaged(problem.path)))


def _whens(source: Source, table: str) -> Iterator[tuple[dict[str, Any], Any, Path]]:
    """The entries of a table that have a condition, with its place."""
    rows = source.raw.get(table, [])
    for place, row in enumerate(rows if isinstance(rows, list) else []):
        if isinstance(row, dict) and isinstance(row.get("when"), dict):
            yield row, row["when"], (table, place, "when")


def _is_of_a_name(problem: Problem) -> bool:
    return problem.message.startswith("没有名为")
