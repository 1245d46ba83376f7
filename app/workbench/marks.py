"""How fields are marked: the fewer of the two, required or optional ones, carry a word, one way for a whole form."""

from functools import cache

from ..core.commands import AskedMark, Command, nested_command
from ..core.forms import Form

OPTIONAL, REQUIRED = "选填", "必填"


def mark_of(form: Form[Command], name: str) -> str:
    """The word behind a field's label, or nothing."""
    found = form.field(name)
    if found is not None and any(isinstance(one, AskedMark) for one in found.metadata):
        return ""
    required = form.required(name)
    if mostly_optional(form.command):
        return REQUIRED if required else ""
    return "" if required else OPTIONAL


@cache
def mostly_optional(command: type[Command]) -> bool:
    """True when more than half of a command's fields, those of nested rows included, may stay empty."""
    required, total = _count(command)
    return required * 2 < total


def _count(command: type[Command]) -> tuple[int, int]:
    required = total = 0
    for field in command.model_fields.values():
        inner = nested_command(field.annotation)
        needed, among = _count(inner) if inner else (int(field.is_required()), 1)
        required, total = required + needed, total + among
    return required, total
