"""A page's form, bound to a command: reads nested fields, keeps what was typed, puts each refusal at its field.

HTML names are flat: `lines-0-quantity` is field `quantity` of the first of `lines`. Uploads are stored at once and
kept as ids, so that an error elsewhere in the form does not lose the photo.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from types import UnionType
from typing import Annotated, Any, Generic, TypeVar, Union, get_args, get_origin
from uuid import uuid4

from flask import current_app, request
from pydantic import PlainSerializer, ValidationError
from pydantic.fields import FieldInfo

from .commands import Command, FileMark, label_of, nested_command, refusals
from .enums import Labelled
from .errors import DomainError

_ROW = re.compile("[0-9]{1,6}")
"""The number of a row in a field's name: as a browser writes it, and no longer than one ever is."""

_VERBS = {
    "选择": ("select", "radio", "checks", "yesno", "bool"),
    "上传": ("photo", "photos", "file", "files"),
    "补上": ("signature",),
}
"""What one does with a field of a kind, for the sentence that asks for it; everything else is filled in."""

C = TypeVar("C", bound=Command)
Choices = Sequence[tuple[Any, str]]


class Form(Generic[C]):
    """One form on a page. `initial` (values as in the command's JSON) fills it on GET, `choices` makes selects.

    `is_sent` says so where the method does not: a page that is itself asked for by POST still shows an empty form.
    """

    def __init__(
        self,
        command: type[C],
        initial: Mapping[str, Any] | None = None,
        choices: Mapping[str, Choices] | None = None,
        is_sent: bool | None = None,
    ) -> None:
        self.command = command
        self.choices: dict[str, Choices] = dict(choices or {})
        self.typed: dict[str, Any] = {}
        self.problems: list[DomainError] = []
        self.status = 200
        if request.method == "POST" if is_sent is None else is_sent:
            self._nested = self._read(command, "")
        else:
            self._nested = {}
            self._flatten(dict(initial or {}), "")

    # reading -----------------------------------------------------------------------------------------------------
    def validate(self) -> C | None:
        """The command, or None when something is refused (the refusals then stand in `problems`)."""
        if self.problems:
            return None
        try:
            return self.command.model_validate(self._nested)
        except ValidationError as error:
            self.refuse(refusals(self.command, error, self._verb))
            return None

    def run(self, work: Callable[[C], Any]) -> bool:
        """Validate and do the work; True when it is done, False when something was refused and the page shows it."""
        if request.method != "POST":
            return False
        command = self.validate()
        if command is None:
            return False
        try:
            work(command)
        except DomainError as error:
            self.refuse(error)
            return False
        return True

    @property
    def once(self) -> str:
        """A key for the form as it is drawn now: the same page sent again is the same request (`submissions.first_time`).

        What was refused was not carried out, so the page that says so has a key of its own.
        """
        return uuid4().hex

    @property
    def nested(self) -> dict[str, Any]:
        """What was sent, nested as the command has it and not yet validated: for pages that answer while one types."""
        return self._nested

    def refuse(self, error: DomainError) -> None:
        """Show a refusal at its field."""
        self.problems.extend(error.problems)
        self.status = max(self.status, error.status)

    def _read(self, model: type[Command], prefix: str) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, field in model.model_fields.items():
            value = self._read_field(field, prefix + name)
            if value is not None:
                values[name] = value
        return values

    def _read_field(self, field: FieldInfo, name: str) -> Any:
        nested, many = nested_command(field.annotation), is_list(field.annotation)
        if nested and many:
            return self._read_rows(nested, name)
        if nested:
            return self._read(nested, f"{name}-") or None
        if is_file(field):
            return self._read_files(name, many)
        if many:
            self.typed[name] = [value for value in request.form.getlist(name) if value != ""]
            return self.typed[name]
        self.typed[name] = request.form.get(name, "").strip()
        if field.annotation is bool:
            if field.is_required() and not self.typed[name]:
                return None  # a question with two answers, and none was given: not the same as no
            return self.typed[name] in {"true", "1", "on"}
        return self.typed[name] if self.typed[name] != "" else None

    def _read_rows(self, nested: type[Command], name: str) -> list[dict[str, Any]]:
        start = f"{name}-"
        keys = [key[len(start) :] for key in (*request.form, *request.files) if key.startswith(start)]
        rows: list[dict[str, Any]] = []
        numbers = {key.split("-")[0] for key in keys}
        for index in sorted(int(one) for one in numbers if _ROW.fullmatch(one))[:2000]:
            names = [key for key in (*request.form, *request.files) if key.startswith(f"{start}{index}-")]
            if not any(request.form.get(key) or _chosen(key) for key in names):
                continue  # a row that was left blank is no row
            place = len(rows)
            row = self._read(nested, f"{start}{index}-")
            if place != index:  # renumber so that refusals (which count rows) stand at the right row
                moved = {key: value for key, value in self.typed.items() if key.startswith(f"{start}{index}-")}
                for key, value in moved.items():
                    del self.typed[key]
                    self.typed[f"{start}{place}-{key[len(f'{start}{index}-') :]}"] = value
            rows.append(row)
        return rows

    def _read_files(self, name: str, many: bool) -> Any:
        kept = [value for value in request.form.getlist(name) if value.isdigit()]
        for upload in request.files.getlist(name):
            if not upload.filename:
                continue
            try:
                kept.append(str(current_app.extensions["anju_upload"](upload)))
            except DomainError as error:
                error.field = name
                self.refuse(error)
        self.typed[name] = kept if many else kept[-1:]
        if many:
            return kept
        return kept[-1] if kept else None

    def _flatten(self, values: Mapping[str, Any], prefix: str) -> None:
        for name, value in values.items():
            if isinstance(value, Mapping):
                self._flatten(value, f"{prefix}{name}-")
            elif isinstance(value, list | tuple) and value and isinstance(value[0], Mapping):
                for index, row in enumerate(value):
                    self._flatten(row, f"{prefix}{name}-{index}-")
            else:
                self.typed[prefix + name] = _as_typed(value)

    # showing -----------------------------------------------------------------------------------------------------
    def value(self, name: str) -> Any:
        """What was typed or is filled in: text, or a list for several choices and files."""
        value = self.typed.get(name, "")
        if isinstance(value, list) and not self._many(name) and self.kind(name) not in {"photo", "file", "signature"}:
            return value[0] if value else ""
        return value

    def checked(self, name: str, choice: Any) -> bool:
        """True when a choice is chosen."""
        value, wanted = self.typed.get(name, ""), _as_typed(choice)
        return wanted in value if isinstance(value, list) else value == wanted

    def error(self, name: str) -> str:
        """The refusals at a field, as one sentence; "" when there is none."""
        return "；".join(problem.message for problem in self.problems if problem.field == name)

    @property
    def errors(self) -> list[tuple[str, str, str]]:
        """(flat name, label, sentence) of every refusal, for the list at the top of the page."""
        return [(problem.field, self.label(problem.field), problem.message) for problem in self.problems]

    def field(self, name: str) -> FieldInfo | None:
        """The command's field of a flat name."""
        model: type[Command] = self.command
        found: FieldInfo | None = None
        for part in name.split("-"):
            if part.isdigit():
                continue
            found = model.model_fields.get(part)
            if found is None:
                return None
            model = nested_command(found.annotation) or model
        return found

    def label(self, name: str) -> str:
        """The Chinese label of a field."""
        parts: list[int | str] = [int(part) if part.isdigit() else part for part in name.split("-")]
        text = label_of(self.command, [part for part in parts if isinstance(part, str)])
        return text or name

    def help(self, name: str) -> str:
        """The help under a field."""
        found = self.field(name)
        return (found.description or "") if found else ""

    def required(self, name: str) -> bool:
        """True when the field must be filled."""
        found = self.field(name)
        return bool(found and found.is_required())

    def options(self, name: str) -> list[tuple[str, str]]:
        """The choices of a field: given ones, or an enumeration's members with their labels."""
        plain = "-".join(part for part in name.split("-") if not part.isdigit())
        given = self.choices.get(name, self.choices.get(plain))
        if given is not None:
            return [(_as_typed(value), label) for value, label in given]
        members = _enumeration(getattr(self.field(name), "annotation", None))
        return [(member.value, member.label) for member in members] if members else []

    def kind(self, name: str) -> str:
        """How a field is shown: text, textarea, select, radio, checks, date, money, quantity, number, bool, yesno, file…"""
        found = self.field(name)
        if found is None:
            return "text"
        if nested_command(found.annotation):
            return "rows" if is_list(found.annotation) else "group"
        if is_file(found):
            return _file_kind(name, is_list(found.annotation))
        if self.options(name):
            if is_list(found.annotation):
                return "checks"
            return "radio" if len(self.options(name)) <= 4 else "select"
        return _scalar_kind(found)

    def _verb(self, name: str) -> str:
        return next((verb for verb, kinds in _VERBS.items() if self.kind(name) in kinds), "填写")

    def names(self, prefix: str = "") -> list[str]:
        """The flat names of the command's fields, or of those inside `lines` at the row's prefix `lines-0`."""
        if not prefix:
            return list(self.command.model_fields)
        found = self.field(prefix)
        nested = nested_command(found.annotation) if found else None
        return [f"{prefix}-{name}" for name in nested.model_fields] if nested else []

    def row_prefixes(self, name: str, at_least: int = 0) -> list[str]:
        """The prefixes `lines-0`, `lines-1` … of the rows that are filled, and blank ones up to `at_least`."""
        start = f"{name}-"
        found = {int(key[len(start) :].split("-")[0]) for key in self.typed if key.startswith(start)}
        return [f"{start}{index}" for index in range(max([at_least, *(index + 1 for index in found)]))]

    def _many(self, name: str) -> bool:
        found = self.field(name)
        return bool(found and is_list(found.annotation))


def is_list(annotation: Any) -> bool:
    """True for `list[...]`, also inside Annotated or an optional."""
    origin = get_origin(annotation)
    if origin in (list, tuple, set, frozenset):
        return True
    if origin in (Annotated, Union, UnionType):
        return any(is_list(argument) for argument in get_args(annotation))
    return False


def is_file(field: FieldInfo) -> bool:
    """True when the field holds ids of uploads."""
    return any(isinstance(mark, FileMark) for mark in field.metadata) or _holds_file(field.annotation)


def _holds_file(annotation: Any) -> bool:
    return any(isinstance(part, FileMark) for part in _parts(annotation))


def _enumeration(annotation: Any) -> type[Labelled] | None:
    if isinstance(annotation, type):
        return annotation if issubclass(annotation, Labelled) else None
    return next((found for argument in get_args(annotation) if (found := _enumeration(argument))), None)


def _parts(annotation: Any) -> list[Any]:
    """An annotation taken apart: its types and the marks that Annotated puts beside them."""
    arguments = get_args(annotation)
    return [annotation, *(part for argument in arguments for part in _parts(argument))]


def _scalar_kind(field: FieldInfo) -> str:
    parts = [*_parts(field.annotation), *field.metadata]
    if bool in parts:
        return "bool" if field.annotation is bool else "yesno"
    if date in parts:
        return "date"
    if Decimal in parts:
        return "quantity"
    if int in parts:
        return "money" if any(isinstance(part, PlainSerializer) for part in parts) else "number"
    longest = max((_longest(part) for part in parts), default=0)
    return "textarea" if longest > 200 else "text"


def _longest(mark: Any) -> int:
    if isinstance(mark, FieldInfo):
        return max((_longest(inner) for inner in mark.metadata), default=0)
    length = getattr(mark, "max_length", None)
    return length if isinstance(length, int) else 0


def _file_kind(name: str, many: bool) -> str:
    last = name.rsplit("-", maxsplit=1)[-1]
    if "signature" in last:
        return "signature"
    if "photo" in last:
        return "photos" if many else "photo"
    return "files" if many else "file"


def _chosen(key: str) -> bool:
    return any(upload.filename for upload in request.files.getlist(key))


def _as_typed(value: Any) -> Any:
    if isinstance(value, list | tuple | set | frozenset):
        return [_as_typed(one) for one in value]
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Labelled):
        return value.value
    return str(value)
