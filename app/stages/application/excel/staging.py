"""What a checked workbook would write, put aside in a file without name until it is written: memory stays the same size.

Identity numbers lie there as they will in the database, encrypted; the file vanishes with the process.
"""

import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import Any

from ....core import bulk
from ....core.crypto import decrypt_bytes, encrypt_bytes
from ....core.db import db
from ....renovation.bulk import NewFile
from ..facts import Intake
from ..models import Beneficiary, DerivedFacts, Dwelling, EarlierSubsidy, Household

_PURPOSE = "import.staged"
CHILDREN: tuple[Any, ...] = (Dwelling, Household, Beneficiary, EarlierSubsidy, DerivedFacts)
"""Tables of a new application, in the order in which they are written."""


@dataclass(frozen=True, slots=True)
class Created:
    """A household to be created: its file and the encoded rows of each table, which still lack their ids."""

    row: int
    file: NewFile
    children: tuple[list[list[Any]], ...]


@dataclass(frozen=True, slots=True)
class Corrected:
    """A draft to be corrected: the file, its version when it was looked at, what the sheet says."""

    row: int
    number: str
    version: int
    village_id: int | None
    values: Mapping[str, Any]


@dataclass(slots=True)
class Chunk:
    """Some hundred rows, with the people on them and what was on file of these when they were checked."""

    people: list[str] = field(default_factory=list)
    known: frozenset[tuple[str, int, int]] = frozenset()
    created: list[Created] = field(default_factory=list)
    corrected: list[Corrected] = field(default_factory=list)


class Staged:
    """Chunks in the order of the sheet; closed by `with`."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 — closed by __exit__
        self.series: dict[str, None] = {}
        self.versions: dict[str, int] = {}
        """County code → the programme's version under which its households were judged."""

    def __enter__(self) -> "Staged":
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def add(self, chunk: Chunk) -> None:
        """Put a chunk aside."""
        self.series.update((one.file.series, None) for one in chunk.created)
        sealed = encrypt_bytes(_PURPOSE, pickle.dumps(chunk, pickle.HIGHEST_PROTOCOL))
        self._file.write(len(sealed).to_bytes(8, "big") + sealed)

    def clear(self) -> None:
        """Forget what was put aside: something is refused, so nothing will be written."""
        self._file.seek(0)
        self._file.truncate()

    def chunks(self) -> Iterator[Chunk]:
        """Every chunk again."""
        self._file.seek(0)
        while size := self._file.read(8):
            sealed = self._file.read(int.from_bytes(size, "big"))
            yield pickle.loads(decrypt_bytes(_PURPOSE, sealed))  # noqa: S301 — written by this process, authenticated


class ChildRows:
    """Encodes the rows of new applications, encryption included, before the unit of work begins."""

    def __init__(self) -> None:
        self._encoders = [bulk.Encoder(model.__table__, db.engine.dialect) for model in CHILDREN]

    def encode(self, intake: Intake, derived: Mapping[str, Any]) -> tuple[list[list[Any]], ...]:
        """The rows of each table of `CHILDREN`, without ids."""
        kinds: tuple[Sequence[Any], ...] = ((intake.dwelling,), (intake.household,), intake.people, intake.subsidies)
        rows = [[one.row(vars(found)) for found in kind] for one, kind in zip(self._encoders, kinds, strict=False)]
        return (*rows, [self._encoders[-1].row(derived)])
