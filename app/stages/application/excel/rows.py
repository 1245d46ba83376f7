"""One row of the sheet: its cells, the place it names, the application that they make. Nothing is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from pydantic import ValidationError

from ....core.commands import sentence
from ....core.errors import DomainError, RuleViolation
from ..rules import Application
from . import cells, columns
from .columns import BY_FIELD, EXAMPLE, EXAMPLE_NUMBERS, ID_NUMBER, TOWNSHIP, VILLAGE, Column
from .layout import Layout
from .places import Place, Places
from .report import Problem, Report

LONGEST = 200
"""Characters of a cell that the report repeats."""


@dataclass(slots=True)
class Row:
    """A row: its cells as they stand, what they say by field (in the application's JSON), where it belongs."""

    number: int
    raw: Mapping[int, Any]
    values: dict[str, Any] = field(default_factory=dict)
    township: Place | None = None
    village: Place | None = None
    refused: set[str] = field(default_factory=set)
    """Fields that are refused already, so that nothing else is said of them."""


class Reader:
    """Reads rows; what is wrong goes into the report with its cell."""

    def __init__(self, layout: Layout, places: Places, report: Report) -> None:
        self.layout, self.places, self.report = layout, places, report
        self._place_of = {column.field: place for place, column in layout.columns.items()}

    def read(self, number: int, raw: Mapping[int, Any]) -> Row | None:
        """A row with its values; None for an example."""
        row = Row(number, raw)
        if self._is_example(row):
            self.report.examples += 1
            return None
        self.report.rows += 1
        for place, column in self.layout.columns.items():
            try:
                value = self._value(row, place, column)
            except ValueError as error:
                self.refuse(row, column.field, str(error))
            else:
                if value is not None:
                    row.values[column.field] = value
        self._find_place(row)
        return row

    def _value(self, row: Row, place: int, column: Column) -> Any:
        if self.layout.sheet.faults and self.layout.cell(row.number, column.field) in self.layout.sheet.faults:
            raise ValueError("这一格的公式出错了，请改成填好的内容。")
        if place in row.raw:
            return cells.parse(column, row.raw[place])
        if column.required:
            raise ValueError(f"没有填写{column.title}。")
        return None

    def _is_example(self, row: Row) -> bool:
        if self.layout.mark is None or row.raw.get(self.layout.mark) != EXAMPLE:
            return False
        if row.raw.get(self._place_of.get(ID_NUMBER, 0)) in EXAMPLE_NUMBERS:
            return True
        reason = "这一行标着“示例”，内容却不是登记表的示例。要导入请改掉“示例”二字，不导入请删去这一行。"
        self.report.refuse(Problem(row.number, "", columns.MARK, EXAMPLE, reason))
        return False

    def _find_place(self, row: Row) -> None:
        named = str(row.values.pop(TOWNSHIP, "")), str(row.values.pop(VILLAGE, ""))
        if row.refused & {TOWNSHIP, VILLAGE}:
            return
        try:
            row.township, row.village = self.places.find(*named)
        except RuleViolation as error:
            self.blame(row, error)

    def application(self, row: Row, values: Mapping[str, Any]) -> Application | None:
        """The application that nested values make, or None: what is refused goes into the report."""
        try:
            return Application.model_validate(values)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                at = "-".join(str(part) for part in detail["loc"] if "[" not in str(part))
                column = self._column(at)
                if column is not None and detail["type"] in {"missing", "string_too_short"}:
                    text = f"没有填写{column.title}。"
                else:
                    # the command counts people as rows, the sheet has rows of its own
                    names = tuple(part for part in detail["loc"] if not isinstance(part, int))
                    text = sentence(Application, {**detail, "loc": names}).message
                self.blame(row, RuleViolation(text, at))
            return None

    def blame(self, row: Row, error: DomainError) -> None:
        """Put every refusal of a rule at its cell; what was refused before is not said again."""
        for problem in error.problems:
            column = self._column(problem.field)
            if column is not None:
                self.refuse(row, column.field, problem.message)
            else:
                self.report.refuse(Problem(row.number, "", "", "", problem.message))

    def refuse(self, row: Row, field_: str, reason: str) -> None:
        """A refusal at a field's cell."""
        if field_ in row.refused:
            return
        row.refused.add(field_)
        self.report.refuse(self._problem(row, field_, reason))

    def warn(self, row: Row, field_: str, reason: str) -> None:
        """Something to look at that refuses nothing."""
        self.report.warn(self._problem(row, field_, reason))

    def _problem(self, row: Row, field_: str, reason: str) -> Problem:
        place = self._place_of.get(field_)
        value = cells.shown(row.raw[place])[:LONGEST] if place is not None and place in row.raw else ""
        return Problem(row.number, self.layout.cell(row.number, field_), BY_FIELD[field_].title, value, reason)

    def _column(self, at: str) -> Column | None:
        """The column of a command's field; of a list or a group the first one of it."""
        if at in BY_FIELD:
            return BY_FIELD[at]
        outer, _, last = at.rpartition("-")
        if last.isdigit() and outer in BY_FIELD:
            return BY_FIELD[outer]
        return next((one for one in columns.COLUMNS if at and one.field.startswith(f"{at}-")), None)


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Flat fields as the application's JSON has them: people and earlier subsidies are lists."""
    return overlay({"people": [{}], "dwelling": {}}, values)


def overlay(onto: dict[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Set flat fields in nested values, in place."""
    for name, value in values.items():
        _put(onto, BY_FIELD[name].path, value)
    return onto


def _put(onto: Any, path: tuple[str | int, ...], value: Any) -> None:
    """Set one nested value; lists grow to hold it."""
    for part, following in pairwise(path):
        if isinstance(part, int):
            while len(onto) <= part:
                onto.append({})
            onto = onto[part]
        else:
            onto = onto.setdefault(part, [] if isinstance(following, int) else {})
    onto[path[-1]] = value


def dig(values: Any, path: tuple[str | int, ...]) -> Any:
    """One nested value, None where there is none."""
    for part in path:
        if isinstance(part, int):
            values = values[part] if isinstance(values, list) and part < len(values) else None
        else:
            values = values.get(part) if isinstance(values, Mapping) else None
        if values is None:
            return None
    return values
