"""Facts as fields of a form and back: their names, the answers that no code stands for, what was typed as JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from ...core.money import parse_yuan, yuan
from ..facts import Fact, WrongValue
from ..values import Decision

NONE = "none_of_these"
"""The choice that says that no code fits; none chosen at all means that nobody knows."""
NOT_ACCEPTED = "not_accepted"
"""The decision of an install line that failed its acceptance."""
DECISIONS = (*((one.value, one.label) for one in Decision), (NOT_ACCEPTED, "改造，验收没有通过"))


def field_of(name: str) -> str:
    """The field of a fact: person.birth_date → person__birth_date."""
    return name.replace(".", "__")


def json_of(fact: Fact, texts: Sequence[str]) -> Any:
    """What was typed for a fact, as the JSON has it. Raises ValueError with a Chinese sentence."""
    kind, text = fact.kind, texts[0]
    if kind.name == "codes":
        if NONE in texts and len(texts) > 1:
            raise WrongValue("选了“都不属于”，又选了别的，只留一种")
        return [code for code in texts if code != NONE]
    if kind.name == "bool":
        return text == "true"
    if kind.name == "int":
        if not (text.isascii() and text.isdigit() and len(text) < 6):
            raise WrongValue(f"请填 {kind.lowest} 至 {kind.highest} 的整数")
        return int(text)
    if kind.name == "yuan":
        return yuan(parse_yuan(text))
    if kind.name == "items":
        return [int(part) if part.isdigit() else part for part in text.replace(",", "、").split("、") if part]
    return text


def put(table: dict[str, Any], name: str, value: Any) -> None:
    """Sets the value of a dotted name in nested facts."""
    *way, last = name.split(".")
    for key in way:
        table = table.setdefault(key, {})
    table[last] = value


def pick(facts: Mapping[str, Any], name: str) -> Any:
    """The value of a dotted name in nested facts; None when there is none."""
    here: Any = facts
    for key in name.split("."):
        here = here.get(key) if isinstance(here, Mapping) else None
    return here
