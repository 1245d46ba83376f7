"""What a programme assumes because its source does not say it: collected from the tables for the pages that show it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from .instrument_schema import InstrumentData
from .schema import ProgrammeData
from .values import Sourced


@dataclass(frozen=True)
class Assumption:
    """A value that the source does not say: where in the data, which value, and why this one."""

    place: str
    label: str
    value: str
    reason: str


def assumptions_of(data: ProgrammeData | InstrumentData) -> Iterator[Assumption]:
    """Every value of a programme that its source does not say, those of its instruments included, in the data's order."""
    for table in type(data).model_fields:
        value = getattr(data, table)
        for entry in value if isinstance(value, tuple) else (value,):
            if isinstance(entry, InstrumentData):
                for one in assumptions_of(entry):
                    label = f"{entry.instrument.short_name} {one.label}".strip()
                    yield replace(one, place=f"{table}.{one.place.partition('.')[2]}", label=label)
            elif isinstance(entry, Sourced):
                name = getattr(entry, "id", None) or getattr(entry, "name", None) or getattr(entry, "key", "")
                for fieldname, reason in entry.assumptions.items():
                    yield Assumption(f"{table}.{fieldname}", f"{name}", _shown(getattr(entry, fieldname, "")), reason)


def _shown(value: object) -> str:
    if isinstance(value, str | int):
        return getattr(value, "label", str(value))
    if isinstance(value, tuple):
        return "、".join(getattr(part, "name", None) or str(part) for part in value)
    return ""
