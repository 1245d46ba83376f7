"""Which facts a verification, an objection or the assessment may correct: where each is stored, and its answers on a form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...programme.facts import CLASSES, VOCABULARY, FactsRefused, read_facts
from .codes import AbilityLevel, Consent, Disability, Recognised, Right
from .facts import AT_DWELLING, HISTORY, Words, label, nested


@dataclass(frozen=True)
class Place:
    """Where a correctable fact is stored: which row of the intake, which attribute, by which enumeration; and the form's
    field that shows it."""

    row: str
    attribute: str
    field: str
    members: Callable[[str], Any] | None = None

    def stored(self, value: Any) -> Any:
        """A fact's JSON value as the row has it."""
        return self.members(value) if self.members is not None and value is not None else value


CORRECTABLE: Mapping[str, Place] = {
    "person.hardship": Place("applicant", "hardship", "people-0-hardship"),
    CLASSES: Place("applicant", "classes", "people-0-classes"),
    "person.living": Place("applicant", "living", "people-0-living"),
    "person.disability.certificate": Place("applicant", "certificate", "people-0-certificate"),
    "person.disability.grade": Place("applicant", "disability_grade", "people-0-disability_grade"),
    "person.disability.category": Place("applicant", "disability_category", "people-0-disability_category", Disability),
    "person.ability.failed_items": Place("applicant", "failed_items", ""),
    "person.ability.recognised": Place("applicant", "recognised", "people-0-recognised", Recognised),
    "person.ability.level": Place("applicant", "ability_level", "", AbilityLevel),
    "person.dementia": Place("applicant", "dementia", "people-0-dementia"),
    "person.insured": Place("applicant", "insured", "people-0-insured"),
    AT_DWELLING: Place("applicant", "hukou_at_dwelling", "people-0-hukou_at_dwelling"),
    "dwelling.right": Place("dwelling", "right", "dwelling-right", Right),
    "dwelling.owner_consent": Place("dwelling", "owner_consent", "dwelling-owner_consent"),
    "dwelling.safe": Place("dwelling", "safe", "dwelling-safe"),
    "dwelling.renovatable": Place("dwelling", "renovatable", "dwelling-renovatable"),
    "dwelling.demolition_planned": Place("dwelling", "demolition_planned", "dwelling-demolition_planned"),
    "dwelling.must_move_out": Place("dwelling", "must_move_out", "dwelling-must_move_out"),
    "dwelling.can_stay_elsewhere": Place("dwelling", "can_stay_elsewhere", "dwelling-can_stay_elsewhere"),
    HISTORY: Place("history", "", "earlier"),
    "consent.applicant": Place("household", "consent", "consent", Consent),
}
"""Facts that a verification, an objection or the assessment may correct; identity is corrected by returning the file.
Without a field, the fact is counted from others and keeps its correction when the form is saved again."""

PERSONAL = tuple(name for name, place in CORRECTABLE.items() if place.row == "applicant")
"""Those of a person, which are corrected of every beneficiary."""

_MARK = "#"


def named_for(name: str, seat: int) -> str:
    """A person's fact as a form names it: `person.ability.level` of the applicant, `person.ability.level#2` of the second."""
    return name if seat == 1 else f"{name}{_MARK}{seat}"


def whose(name: str) -> tuple[str, int]:
    """The fact and the beneficiary's place of such a name; 1 for everything that is nobody else's."""
    fact, _, seat = name.partition(_MARK)
    return fact, int(seat) if seat.isascii() and seat.isdigit() else 1


_WORDS = {"true": True, "false": False}


def parse(name: str, text: str, words: Words = VOCABULARY) -> Any:
    """What a form sent as a correctable fact's value, as JSON has it; "" is None, unknown.

    Lists take codes with commas, "none" for no code; earlier subsidies the departments' codes. Raises ValueError with a Chinese sentence.
    """
    if name not in CORRECTABLE:
        raise ValueError("这项内容不能在核验中更正，请退回乡镇补正")
    if text == "":
        return None
    kind = words[name].kind
    value: Any = text
    if kind.name == "bool":
        value = _WORDS.get(text)
    elif kind.name == "int":
        value = int(text) if text.isdigit() else text
    elif kind.name in ("codes", "records"):
        codes = [code for code in text.split(",") if code and code != "none"]
        value = codes if kind.name == "codes" else [{"department": code} for code in codes]
    try:
        read_facts(nested(name, value), words=words)
    except FactsRefused:
        raise ValueError(f"“{label(name)}”的实际情况请从给出的选项中选择") from None
    return value


def options(name: str, current: Any = None, words: Words = VOCABULARY) -> list[tuple[str, str]]:
    """The values that a correctable fact can take, as (text that `parse` reads, label).

    Of a list that has codes already, each option adds one to it or takes one away.
    """
    kind = words[name].kind
    if kind.name == "bool":
        return [("true", "是"), ("false", "否")]
    if kind.name == "int":
        return [(str(number), str(number)) for number in range(kind.lowest, kind.highest + 1)]
    if kind.name == "codes" and current:
        return [_one_more_or_less(list(current), code, said) for code, said in kind.codes.items()]
    if kind.name == "codes":
        return [*kind.codes.items(), ("none", "以上都不是")]
    if kind.name == "records":
        return [("none", "查过，没有"), *kind.record["department"].kind.codes.items()]
    return list(kind.codes.items())


def _one_more_or_less(held: list[str], code: str, said: str) -> tuple[str, str]:
    if code not in held:
        return ",".join([*held, code]), f"还属于：{said}"
    return ",".join(one for one in held if one != code) or "none", f"不属于：{said}"
