"""The English word of the format for the Chinese one that somebody wrote in its place: 版本 → version, 补贴标准 → [cap]."""

from collections.abc import Iterable
from typing import get_origin

from ..lifecycle import Status
from .saying import label, model_in, table_words
from .schema import OverlayData, ProgrammeData
from .words import FIELDS, OWN

_TABLES = dict(OverlayData.model_fields) | dict(ProgrammeData.model_fields)


def table_for(said: str) -> str:
    """The head of the table that is called so ([cap], [[clause]]), or "" where none or several are."""
    found = _called(said, ((table, table_words(table).heading) for table in ProgrammeData.model_fields))
    return "" if len(found) != 1 else head_of(found[0])


def is_table(name: str) -> bool:
    """Whether the format has a table of this name."""
    return name in _TABLES


def head_of(table: str) -> str:
    """A table's head as it is written; those of which there may be several have two brackets."""
    many = table in _TABLES and get_origin(_TABLES[table].annotation) is tuple
    return f"[[{table}]]" if many else f"[{table}]"


def fields_for(said: str, head: str) -> list[str]:
    """The fields that are called so in the table of a head (`programme`, `time_limits.days`), else anywhere."""
    everywhere = [*((name, words) for (_table, name), words in OWN.items()), *FIELDS.items()]
    return _called(said, _fields_of(*head.partition(".")[::2])) or _called(said, everywhere)


def _fields_of(table: str, inner: str) -> Iterable[tuple[str, str]]:
    """The fields of a table with their words; of `time_limits.days` the statuses."""
    if inner == "days":
        return [(status.value, status.label) for status in Status]
    model = model_in(_TABLES[table].annotation) if table in _TABLES else None
    words = "programme" if table == "overlay" else table
    return [(name, label(words, name)) for name in (model.model_fields if model else ())]


def _called(said: str, named: Iterable[tuple[str, str]]) -> list[str]:
    """The names whose words are just these; else those whose words have them within, or the other way round."""
    pairs = list(named)
    exactly = [name for name, words in pairs if words == said]
    near = [name for name, words in pairs if said in words or (len(words) > 1 and words in said)]
    return list(dict.fromkeys(exactly or near))
