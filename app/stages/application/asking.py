"""What the application form asks: every household the same few things, the rest only where a programme's rules need it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...core.forms import Form
from ...programme.eligibility_schema import NONE_OF_THEM, PersonClass
from ...programme.expressions import PERSON
from ...programme.facts import CLASSES
from ...programme.household.asked import MEMBERS, asked_by
from ...programme.policy import Programme
from .codes import Indicator
from .rules import NO_CLASS

INDICATORS = tuple(f"ability-{indicator.value}" for indicator in Indicator)
_FIELDS = {
    "classes": CLASSES,
    "living": "person.living",
    "certificate": "person.disability.certificate",
    "certificate_number": "person.disability.certificate",
    "disability_category": "person.disability.category",
    "disability_grade": "person.disability.grade",
    "recognised": "person.ability.recognised",
    **dict.fromkeys(INDICATORS, "person.ability.failed_items"),
    "dementia": "person.dementia",
    "insured": "person.insured",
    "hukou_region": "person.hukou_region",
    **dict.fromkeys(("hukou_at_dwelling", "hukou_address"), "person.hukou_at_dwelling"),
    "owner_consent": "dwelling.owner_consent",
    "safe": "dwelling.safe",
    "renovatable": "dwelling.renovatable",
    "demolition_planned": "dwelling.demolition_planned",
    "must_move_out": "dwelling.must_move_out",
    "can_stay_elsewhere": "dwelling.can_stay_elsewhere",
    "household_size": "household.size",
    "members": MEMBERS,
}
"""Fields that only rules ask for, each with its fact. The others are every household's: lists and reports count by
hardship, the builder must know whose the dwelling is, the duplicate check what was paid before."""


@dataclass(frozen=True)
class Questions:
    """What the programmes that can be chosen want to know."""

    programmes: Sequence[Programme]
    indicators: tuple[str, ...] = INDICATORS

    @cached_property
    def _facts(self) -> dict[str, set[str]]:
        return {one.key: _asked(one) for one in self.programmes}

    def where(self, form: Form[Any], prefix: str, names: Sequence[str]) -> list[str] | None:
        """The keys of the programmes that ask for one of the fields; None when it is to be shown whichever is chosen.

        So it is where all ask, and where something was typed or refused already: nothing that stands there is hidden.
        """
        if any(
            form.value(prefix + name) or form.error(prefix + name) or form.row_prefixes(prefix + name) for name in names
        ):
            return None
        facts = {_FIELDS[name] for name in names}
        keys = [key for key, asked in self._facts.items() if facts & asked]
        return None if len(keys) == len(self.programmes) else keys

    @property
    def classes(self) -> list[tuple[str, list[tuple[str, str]], list[PersonClass]]]:
        """Of each programme that asks for its classes of persons: its key, the choices, and who belongs to them."""
        return [
            (one.key, [*one.person_classes.items(), (NO_CLASS, NONE_OF_THEM)], list(one.data.person_class))
            for one in self.programmes
            if CLASSES in self._facts[one.key]
        ]

    @property
    def tools(self) -> list[tuple[str, str, bool]]:
        """Of programmes that use an instrument instead of the six indicators: name, instrument, whether results count."""
        return [
            (one.name, one.instrument.title, bool(one.recognitions))
            for one in self.programmes
            if one.instruments and _FIELDS[INDICATORS[0]] not in self._facts[one.key]
        ]


def _asked(programme: Programme) -> set[str]:
    """Beneficiaries count as members of the household, so what is asked of a member is asked of them."""
    asked = asked_by(programme)
    return {fact.name for fact in asked.facts} | {f"{PERSON}{part.name}" for part in asked.parts.get(MEMBERS, ())}
