"""The form while it is being typed: what can be read of it already, for the verdict and the warnings. Nothing is kept."""

from typing import Any

from pydantic import ValidationError

from ...core import clock
from ...core.forms import Form
from ...core.identity_numbers import IdNumber, parse_id_number, region_warning
from ...places.models import Region
from ...programme import eligibility
from ...programme.eligibility import Verdict
from ...programme.queries import programme_of
from ...renovation.models import Renovation
from . import filling, queries
from .facts import Intake, facts_of
from .rules import MASK, Application, OpenApplication

_PLACEHOLDERS = {"name", "id_number", "address"}
"""Required, and still empty while typing: a lone star stands there, which belongs to nobody."""


def read(form: Form[OpenApplication]) -> Application:
    """The form as far as it can be read: what is wrong or missing counts as not yet said."""
    values = {name: value for name, value in form.nested.items() if name in Application.model_fields}
    values.setdefault("people", [{}])
    values["people"] = values["people"] or [{}]
    values.setdefault("dwelling", {})
    for _round in range(6):
        try:
            return Application.model_validate(values)
        except ValidationError as error:
            for detail in error.errors(include_url=False, include_context=False):
                _forgive(values, [part for part in detail["loc"] if not str(part).startswith("function-")])
    return Application.model_validate({"people": [{"name": MASK, "id_number": MASK}], "dwelling": {"address": MASK}})


def _forgive(values: dict[str, Any], location: list[str | int]) -> None:
    """Take one refused value out; a row that cannot stand without it goes with it."""
    *outer, last = location
    holder: Any = values
    rows: list[tuple[list[Any], int]] = []
    for part in outer:
        if isinstance(part, int):
            if not isinstance(holder, list) or part >= len(holder):
                return
            rows.append((holder, part))
            holder = holder[part]
        elif isinstance(holder, dict) and part in holder:
            holder = holder[part]
        else:
            return
    if last in _PLACEHOLDERS and isinstance(holder, dict) and outer[:1] != ["members"]:
        holder[str(last)] = MASK
    elif isinstance(holder, dict) and last in holder:
        del holder[str(last)]
    elif isinstance(holder, list) and isinstance(last, int) and last < len(holder):
        del holder[last]
    elif rows:
        del rows[0][0][rows[0][1]]


def sketch(typed: Application, renovation: Renovation | None, township: Region | None) -> Intake:
    """The rows that the typed form would make, for looking only."""
    known = queries.intake(renovation) if renovation else None
    residence = known.residence if known else (township.code if township else "")
    intake, _problems = filling.fill(typed, known, residence)
    return intake


def verdict(version_id: int, intake: Intake) -> Verdict:
    """What the programme would say of it."""
    on = min(intake.household.applied_on, clock.today())
    facts = facts_of(intake)
    return eligibility.evaluate(programme_of(version_id), facts, on)


def read_numbers(form: Form[OpenApplication], intake: Intake) -> list[dict[str, Any]]:
    """Of each person on the form: birth date, age and sex read from the number, or why it cannot be read."""
    found = []
    rows = {row.seq: row for row in intake.people}
    for index, prefix in enumerate(form.row_prefixes("people")):
        text = str(form.value(f"{prefix}-id_number") or "")
        row = rows.get(index + 1)
        if row is not None and row.id_number:
            found.append(_said(prefix, parse_id_number(row.id_number)))
        elif text and MASK not in text:
            found.append({"prefix": prefix, "error": _fault(text)})
        else:
            found.append({"prefix": prefix})
    return found


def _said(prefix: str, number: IdNumber) -> dict[str, Any]:
    today, born = clock.today(), number.birth_date
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return {
        "prefix": prefix,
        "born": born,
        "age": age,
        "sex": number.sex.label,
        "warning": region_warning(number),
    }


def _fault(text: str) -> str:
    try:
        parse_id_number(text)
    except ValueError as error:
        return str(error)
    return ""
