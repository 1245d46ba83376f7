"""From the rows of a file to the facts of the contract's vocabulary and back. Plain Python: rows are read by attribute.

An attribute that is None gives no fact: absent is unknown, never false. Neither name nor ID number gets in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ...core import money
from ...core.text import normalise_address
from ...programme.areas import stem
from ...programme.facts import CLASSES, VOCABULARY, Fact, FactsRefused, read_facts
from .codes import Earlier

AT_DWELLING, HISTORY = "person.hukou_at_dwelling", "history.subsidised"


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


def of_person(row: Any, name: str) -> Any:
    """A person's fact as their own row has it; None when unknown."""
    if name == AT_DWELLING:
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
    """A fact's value in Chinese; 不清楚 for None."""
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


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The dotted facts that differ, in the vocabulary's order."""
    old, new = flatten(before), flatten(after)
    return [name for name in VOCABULARY if old.get(name) != new.get(name)]
