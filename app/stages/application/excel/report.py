"""What an import says: every wrong cell, what it would create and change, in plain data. Plain Python."""

from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from typing import Any

MOST = 50_000
"""So many wrong cells are named; a workbook with more has one mistake made many times."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong cell (or row, when `cell` is ""): where, what stands there, why it is refused and what to do."""

    row: int
    cell: str
    column: str
    value: str
    reason: str

    @property
    def text(self) -> str:
        """As people read it."""
        place = f"第 {self.row} 行" if self.row else ""
        if self.column:
            place += f"“{self.column}”" + (f"（{self.cell}）" if self.cell else "")
        value = f"“{self.value}”：" if self.value else ""
        return f"{place + '　' if place else ''}{value}{self.reason}"


def _ended(problem: Problem) -> Problem:
    """The reason as a whole sentence."""
    return problem if problem.reason.endswith(("。", "？")) else replace(problem, reason=f"{problem.reason}。")


@dataclass(frozen=True, slots=True)
class Change:
    """A file that is on record already and would be changed: (label, old, new) of each field."""

    row: int
    number: str
    name: str
    fields: tuple[tuple[str, str, str], ...]


@dataclass(slots=True)
class Report:
    """The whole answer of an import."""

    programme: str = ""
    file: str = ""
    sheet: str = ""
    rows: int = 0
    created: int = 0
    unchanged: int = 0
    examples: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    changes: list[Change] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    more: int = 0
    """Wrong cells beyond `MOST`, only counted."""
    written: bool = False
    numbers: tuple[str, str] = ("", "")
    """First and last number of the files created."""

    def refuse(self, problem: Problem) -> None:
        """A wrong cell: nothing will be written."""
        problem = _ended(problem)
        if len(self.errors) < MOST:
            self.errors.append(problem)
        else:
            self.more += 1

    def warn(self, problem: Problem) -> None:
        """Something to look at that refuses nothing."""
        if len(self.warnings) < MOST:
            self.warnings.append(_ended(problem))

    def sort(self) -> None:
        """In the order of the sheet."""
        for problems in (self.errors, self.warnings):
            problems.sort(key=lambda one: (one.row, len(one.cell), one.cell))

    @property
    def wrong(self) -> int:
        """How many cells are wrong."""
        return len(self.errors) + self.more

    @property
    def is_right(self) -> bool:
        """True when nothing is refused."""
        return not self.errors

    @property
    def summary(self) -> str:
        """One sentence."""
        if not self.is_right:
            return f"读了 {self.rows} 户，{self.wrong} 处有错，一户也没有写入。"
        done = "已登记" if self.written else "将登记"
        return f"读了 {self.rows} 户：{done} {self.created} 户，修改 {len(self.changes)} 户，没有变化 {self.unchanged} 户。"

    def as_json(self) -> dict[str, Any]:
        """For files and the API; `from_json` reads it again."""
        found = asdict(self)
        found["summary"] = self.summary
        found["verdicts"] = dict(sorted(self.verdicts.items()))
        return found

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Report":
        """The report again."""
        kept = dict(kept)
        kept.pop("summary", None)
        return cls(
            **{
                **kept,
                "verdicts": Counter(kept["verdicts"]),
                "changes": [
                    Change(**{**one, "fields": tuple((a, b, c) for a, b, c in one["fields"])})
                    for one in kept["changes"]
                ],
                "errors": [Problem(**one) for one in kept["errors"]],
                "warnings": [Problem(**one) for one in kept["warnings"]],
                "numbers": tuple(kept["numbers"]),
            }
        )
