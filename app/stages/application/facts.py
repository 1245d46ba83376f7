"""From the rows of a file to the facts of the contract's vocabulary and back. Plain Python: rows are read by attribute.

An attribute that is None gives no fact: absent is unknown, never false. Neither name nor ID number gets in.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ...core import money
from ...core.text import normalise_address
from ...programme.areas import stem
from ...programme.facts import CLASSES, VOCABULARY, Fact, FactsRefused, read_facts
from .codes import AbilityLevel, Consent, Disability, Earlier, Recognised, Right


@dataclass(frozen=True)
class Intake:
    """Everything of a file that facts are made of; `people[0]` is the applicant."""

    household: Any
    dwelling: Any
    people: Sequence[Any]
    members: Sequence[Any] = field(default_factory=tuple)
    subsidies: Sequence[Any] = field(default_factory=tuple)
    residence: str = ""


def facts_of(intake: Intake) -> dict[str, Any]:
    """The nested facts as `eligibility explain` reads them, for the applicant's household."""
    applicant, *others = intake.people
    person = _beneficiary(applicant, intake.dwelling)
    if intake.residence:
        person["residence_region"] = intake.residence
    household: dict[str, Any] = _present(size=intake.household.size)
    told = [
        *((other, _beneficiary(other, intake.dwelling)) for other in others),
        *((m, _person(m)) for m in intake.members),
    ]
    members = [{"relation": (other.relation or "other"), **said} for other, said in told]
    if members or intake.household.size == 1:
        household["members"] = members  # who lives alone has surely nobody else, which is not the same as not knowing
    facts = {
        "person": person,
        "household": household,
        "dwelling": _dwelling(intake.dwelling),
        "history": _history(intake.household.earlier, intake.subsidies),
        "consent": _present(applicant=_code(intake.household.consent)),
    }
    return {key: value for key, value in facts.items() if value}


def is_one_address(one: str, other: str) -> bool:
    """Whether two addresses are written alike. Two that are not may still be one home, and say nothing."""
    return bool(one) and normalise_address(one) == normalise_address(other)


def registered_here(row: Any, dwelling: Any) -> bool | None:
    """Whether a beneficiary's household register has the home: as was said, else yes where both addresses are one."""
    if row.hukou_at_dwelling is not None:
        return bool(row.hukou_at_dwelling)
    return True if is_one_address(row.hukou_address or "", dwelling.address) else None


def _beneficiary(row: Any, dwelling: Any) -> dict[str, Any]:
    return _present(**_person(row), hukou_at_dwelling=registered_here(row, dwelling))


def _person(row: Any) -> dict[str, Any]:
    disability = _present(
        certificate=row.certificate,
        grade=row.disability_grade,
        category=_code(getattr(row, "disability_category", None)),
    )
    ability = _present(
        failed_items=getattr(row, "failed_items", None),
        recognised=_code(getattr(row, "recognised", None)),
        level=_code(getattr(row, "ability_level", None)),
    )
    return _present(
        birth_date=row.birth_date.isoformat() if row.birth_date else None,
        hardship=row.hardship,
        classes=row.classes,
        disability=disability or None,
        ability=ability or None,
        living=getattr(row, "living", None),
        dementia=row.dementia,
        insured=row.insured,
        hukou_region=getattr(row, "hukou_region", "") or None,
    )


def _dwelling(row: Any) -> dict[str, Any]:
    return _present(
        right=_code(row.right),
        owner_consent=row.owner_consent,
        safe=row.safe,
        renovatable=row.renovatable,
        demolition_planned=row.demolition_planned,
        must_move_out=row.must_move_out,
        can_stay_elsewhere=row.can_stay_elsewhere,
    )


def _history(earlier: Earlier | None, subsidies: Sequence[Any]) -> dict[str, Any]:
    if earlier is None:
        return {}
    if earlier is Earlier.SOME and not subsidies:
        return {"subsidised": [{"department": "other"}]}  # said, and not yet by whom: never the same as none
    return {
        "subsidised": [
            _present(
                department=row.department.value,
                programme=row.programme or None,
                date=row.paid_on.isoformat() if row.paid_on else None,
                subject=_code(row.subject),
                amount=money.yuan(row.amount_fen) if row.amount_fen is not None else None,
            )
            for row in subsidies
        ]
    }


def _present(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _code(member: Any) -> str | None:
    return None if member is None else member.value


def told(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of the derived facts, read from nested facts alone; None where a fact is unknown (domain §7)."""
    hukou, residence = (look_up(facts, f"person.{one}_region") for one in ("hukou", "residence"))
    members, subsidised = look_up(facts, "household.members"), look_up(facts, HISTORY)
    born = look_up(facts, "person.birth_date")
    return {
        "birth_date": born and date.fromisoformat(born),
        "hardship": barred(look_up(facts, "person.hardship")),
        "classes": barred(look_up(facts, CLASSES)),
        "living": barred(look_up(facts, "person.living")),
        "certificate": look_up(facts, "person.disability.certificate"),
        "disability_grade": look_up(facts, "person.disability.grade"),
        "disability_category": look_up(facts, "person.disability.category"),
        "recognised": look_up(facts, "person.ability.recognised"),
        "failed_items": look_up(facts, "person.ability.failed_items"),
        "dwelling_right": look_up(facts, "dwelling.right"),
        "dwelling_safe": look_up(facts, "dwelling.safe"),
        "dwelling_renovatable": look_up(facts, "dwelling.renovatable"),
        "demolition_planned": look_up(facts, "dwelling.demolition_planned"),
        "must_move_out": look_up(facts, "dwelling.must_move_out"),
        "can_stay_elsewhere": look_up(facts, "dwelling.can_stay_elsewhere"),
        "owner_consent": look_up(facts, "dwelling.owner_consent"),
        "dementia": look_up(facts, "person.dementia"),
        "insured": look_up(facts, "person.insured"),
        "ability_level": look_up(facts, "person.ability.level"),
        "consent": look_up(facts, "consent.applicant"),
        "hukou_region": hukou,
        "hukou_at_dwelling": look_up(facts, "person.hukou_at_dwelling"),
        "residence_region": residence,
        "hukou_stem": hukou and stem(hukou),
        "residence_stem": residence and stem(residence),
        "household_size": look_up(facts, "household.size"),
        "members": None if members is None else len(members),
        "subsidised": None if subsidised is None else len(subsidised),
    }


def barred(codes: Sequence[str] | None) -> str:
    """Codes between bars, `|` when somebody looked and found none, "" when nobody knows."""
    if codes is None:
        return ""
    return f"|{'|'.join(sorted(codes))}|" if codes else "|"


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


_AT_DWELLING = "person.hukou_at_dwelling"
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
    _AT_DWELLING: Place("applicant", "hukou_at_dwelling", "people-0-hukou_at_dwelling"),
    "dwelling.right": Place("dwelling", "right", "dwelling-right", Right),
    "dwelling.owner_consent": Place("dwelling", "owner_consent", "dwelling-owner_consent"),
    "dwelling.safe": Place("dwelling", "safe", "dwelling-safe"),
    "dwelling.renovatable": Place("dwelling", "renovatable", "dwelling-renovatable"),
    "dwelling.demolition_planned": Place("dwelling", "demolition_planned", "dwelling-demolition_planned"),
    "dwelling.must_move_out": Place("dwelling", "must_move_out", "dwelling-must_move_out"),
    "dwelling.can_stay_elsewhere": Place("dwelling", "can_stay_elsewhere", "dwelling-can_stay_elsewhere"),
    "history.subsidised": Place("history", "", "earlier"),
    "consent.applicant": Place("household", "consent", "consent", Consent),
}
"""Facts that a verification, an objection or the assessment may correct; identity is corrected by returning the file.
Without a field, the fact is counted from others and keeps its correction when the form is saved again."""

PERSONAL = tuple(name for name, place in CORRECTABLE.items() if place.row == "applicant")
"""Those of a person, which are corrected of every beneficiary."""

HISTORY = "history.subsidised"
_MARK = "#"


def named_for(name: str, seat: int) -> str:
    """A person's fact as a form names it: `person.ability.level` of the applicant, `person.ability.level#2` of the second."""
    return name if seat == 1 else f"{name}{_MARK}{seat}"


def whose(name: str) -> tuple[str, int]:
    """The fact and the beneficiary's place of such a name; 1 for everything that is nobody else's."""
    fact, _, seat = name.partition(_MARK)
    return fact, int(seat) if seat.isascii() and seat.isdigit() else 1


def of_person(row: Any, name: str) -> Any:
    """A person's fact as their own row has it; None when unknown."""
    if name == _AT_DWELLING:
        return row.hukou_at_dwelling
    return look_up({"person": _person(row)}, name)


def nested(name: str, value: Any) -> dict[str, Any]:
    """A dotted fact as the nested JSON of the contract."""
    *outer, last = name.split(".")
    result: dict[str, Any] = {last: value}
    for part in reversed(outer):
        result = {part: result}
    return result


def look_up(facts: Mapping[str, Any], name: str) -> Any:
    """A dotted fact in nested facts; None when absent."""
    value: Any = facts
    for part in name.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return None
        value = value[part]
    return value


def flatten(facts: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested facts by dotted name; lists stay whole."""
    flat: dict[str, Any] = {}
    for key, value in facts.items():
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


Words = Mapping[str, Fact]
"""The facts as a programme knows them: with the names of its own classes of persons (`Programme.words`)."""


def say(name: str, value: Any, words: Words = VOCABULARY) -> str:
    """A fact's value in Chinese; 未知 for None."""
    if value is None:
        return "不清楚"
    fact = words[name]
    try:
        read = read_facts(nested(name, value))
    except FactsRefused:
        return str(value)
    return fact.kind.say(read[name])


def label(name: str) -> str:
    """A fact's Chinese name."""
    return VOCABULARY[name].label


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


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The dotted facts that differ, in the vocabulary's order."""
    old, new = flatten(before), flatten(after)
    return [name for name in VOCABULARY if old.get(name) != new.get(name)]
