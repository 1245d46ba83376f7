"""A household from a file, written into the form's fields as somebody would have typed it."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..facts import VOCABULARY, Fact
from ..policy import Programme
from ..values import Decision
from .asked import asked_by
from .fields import NONE, NOT_ACCEPTED, field_of, pick
from .file import Household

_LINE = ("item", "decision", "quantity", "unit_price")


def typed_as(programme: Programme, household: Household) -> dict[str, list[str]]:
    """The fields by name; facts that the programme does not ask for are left out."""
    return _Typing(programme).of(household)


class _Typing:
    """Writes a household into the form's fields, as somebody would have typed it."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        self.asked = asked_by(programme)
        self.typed: dict[str, list[str]] = {}

    def of(self, household: Household) -> dict[str, list[str]]:
        """The fields by name."""
        for name in ("applied_on", "region", "earlier"):
            self._type(name, getattr(household, name))
        for fact in self.asked.facts:
            value = pick(household.facts, fact.name)
            if fact.kind.record and isinstance(value, list):
                self._records(fact, value)
            elif value is not None:
                self._type(field_of(fact.name), value)
        self._lines(household.lines)
        for entry in household.used:
            for part in ("quantity", "subsidy"):
                self._type(f"used-{entry.get('item')}-{part}", entry.get(part))
        return self.typed

    def _records(self, fact: Fact, entries: Sequence[Any]) -> None:
        if not entries:
            self._type(f"{field_of(fact.name)}__none", True)
        for place, entry in enumerate(entries):
            for part in self.asked.parts[fact.name]:
                value = pick(entry, part.name) if isinstance(entry, Mapping) else None
                self._type(f"{field_of(fact.name)}-{place}-{field_of(part.name)}", value)

    def _lines(self, lines: Sequence[Mapping[str, Any]]) -> None:
        places = {item.number: place for place, item in enumerate(self.programme.items)}
        free, used = len(places), set[int]()
        for line in lines:
            number = line.get("item")
            if not isinstance(number, int) or number not in places:
                continue
            place = places[number]
            if number in used:
                place, free = free, free + 1
            used.add(number)
            decision = line.get("decision", "")
            failed = decision == Decision.INSTALL.value and line.get("accepted") is False
            said = {name: line.get(name) for name in _LINE} | ({"decision": NOT_ACCEPTED} if failed else {})
            for name, value in said.items():
                self._type(f"lines-{place}-{name}", value)

    def _type(self, name: str, value: Any) -> None:
        if value is None or value == "":
            return
        if isinstance(value, list):
            is_items = all(isinstance(one, int) for one in value) and bool(value)
            self.typed[name] = ["、".join(map(str, value))] if is_items else [str(one) for one in value] or [NONE]
        else:
            self.typed[name] = [str(value).lower() if isinstance(value, bool) else str(value)]


def unused(programme: Programme, household: Household) -> list[str]:
    """The labels of facts in a file that the programme does not ask for, in the vocabulary's order."""
    asked = {fact.name for fact in asked_by(programme).facts}
    return [
        fact.label for name, fact in VOCABULARY.items() if name not in asked and pick(household.facts, name) is not None
    ]
