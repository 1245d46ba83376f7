"""Where a fault of a programme is told: at the line that the person who loads the folder can change."""

from dataclasses import replace

from pydantic import BaseModel

from .english import head_of
from .local_schema import LocalTable
from .problems import DataError, Problem
from .saying import table_words
from .schema import OverlayData, ProgrammeData
from .sources import Source

Origin = tuple[Source, BaseModel]
"""Where tables were written, and what they were read into."""

_CAUSES: dict[str, tuple[str, ...]] = {
    "fund": ("cap_addition", "cap", "cap_case"),
    "limit": ("cap",),
    "cap": ("cap_case",),
    "benefit": ("cap",),
    "money": ("stage",),
    "warranty": ("stage",),
    "deposit": ("step", "stage", "warranty"),
    "procurement": ("step", "stage"),
    "document": ("step", "stage"),
    "notice_round": ("notice",),
}
"""Table of the base → the tables of an edition that can make it wrong, the likeliest first."""


def located(problem: Problem, data: ProgrammeData, origins: list[Origin]) -> DataError:
    """The place where the faulty entry was written: merging keeps the entries but moves them.

    A base is right by itself. What is wrong with it under an edition comes of the edition, whose author cannot change
    the base: it is told there.
    """
    table, index = str(problem.path[0]), next(iter(problem.path[1:]), None)
    own, model = origins[0]
    is_edition = isinstance(model, OverlayData)
    if is_edition and table == "programme":
        return own.error(replace(problem, path=("overlay", *problem.path[1:])))
    if isinstance(index, int):
        entry = getattr(data, table)[index]
        written = list(getattr(model, table, ()))
        place = next((place for place, one in enumerate(written) if one is entry), None)
        if place is not None:
            return own.error(replace(problem, path=(table, place, *problem.path[2:])))
    elif table in own.raw or getattr(data, table, None) in (None, ()):
        return own.error(problem)
    return own.error(_at_the_edition(problem, table, own, data) if is_edition else problem)


def _at_the_edition(problem: Problem, table: str, own: Source, data: ProgrammeData) -> Problem:
    cause = next((one for one in _CAUSES.get(table, ()) if one in own.raw), "overlay")
    head = head_of(table)
    is_open = table in (data.local.may_set if data.local else ()) or table not in list(LocalTable)
    own_way = table in OverlayData.model_fields and is_open
    whose = f"细则里写自己的 {head}" if own_way else f"基础项目的 {head} 细则改不了"
    said = f"与基础项目的“{table_words(table).heading}”合不上：{problem.message}"
    return Problem((cause,), said, f"{whose}：{problem.remedy}" if problem.remedy else whose)
