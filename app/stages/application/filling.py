"""From what was typed to rows, and from rows to the filled form; numbers go out masked and masked ones come back unchanged."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...core import clock
from ...core.commands import label_of, nested_command
from ...core.crypto import blind_index
from ...core.errors import DomainError, RuleViolation
from ...core.identity_numbers import parse_id_number
from ...core.masking import mask_account, mask_id, mask_phone
from .codes import Disability, Earlier, Grade, Hardship
from .elsewhere import address_key
from .facts import Intake, is_one_address
from .models import Beneficiary, Dwelling, EarlierSubsidy, Household, HouseholdMember
from .queries import LAST_FOUR, REGISTER, id_index
from .rules import Application, MemberInput, PersonInput, certificate_of, is_masked, known_classes, known_codes


def fill(application: Application, known: Intake | None, residence: str = "") -> tuple[Intake, list[DomainError]]:
    """The rows that an application makes, not yet in the session, and what cannot be read of it.

    `known` are the rows of the file so far, from which masked numbers are taken.
    """
    problems: list[DomainError] = []
    people = [
        _person(person, index, known.people if known else (), application.dwelling.address, problems)
        for index, person in enumerate(application.people)
    ]
    intake = Intake(
        household=_household(application, known.household if known else None, problems),
        dwelling=_dwelling(application),
        people=people,
        members=[_member(member, index) for index, member in enumerate(application.members)],
        subsidies=_subsidies(application),
        residence=residence,
    )
    numbers = [person.id_index for person in people if person.id_index]
    for index, number in enumerate(person.id_index for person in people):
        if number and numbers.index(number) < index and numbers.count(number) > 1:
            problems.append(RuleViolation("同一个人填了两次，请删去一处。", f"people-{index}-id_number"))
    return intake, problems


def _person(
    person: PersonInput, index: int, known: Sequence[Beneficiary], address: str, problems: list[DomainError]
) -> Beneficiary:
    where = f"people-{index}"
    before = _before(person, known)
    number = _kept(person.id_number, before.id_number if before else "", mask_id)
    if number is None:
        problems.append(RuleViolation("身份证号没有写完整，请重新输入 18 位号码。", f"{where}-id_number"))
    certificate_number = _kept(person.certificate_number, before.certificate_number if before else "", mask_id)
    row = Beneficiary(
        seq=index + 1,
        name=person.name,
        relation=person.relation if index else None,
        hardship=known_codes(person.hardship),
        classes=known_classes(person.classes),
        living=[code.value for code in person.living] or None,
        certificate=person.certificate,
        certificate_number="",
        disability_category=person.disability_category,
        disability_grade=int(person.disability_grade) if person.disability_grade else None,
        recognised=person.recognised,
        answers=person.ability.answers if person.ability.is_answered else None,
        failed_items=person.ability.failed_items,
        observer=person.ability.observer,
        observed_on=person.ability.observed_on,
        dementia=person.dementia,
        insured=person.insured,
        hukou_region=person.hukou_region,
        hukou_address=person.hukou_address or None,
        hukou_at_dwelling=person.hukou_at_dwelling,
    )
    if number:
        read = parse_id_number(number)
        row.id_number, row.sex, row.birth_date = read.text, read.sex, read.birth_date
        row.id_index, row.last4_index = id_index(read.text), blind_index(LAST_FOUR, read.text[-4:])
    _refuse_other_home(person, address, where, problems)
    _certify(row, person, certificate_number, where, problems)
    return row


def _refuse_other_home(person: PersonInput, address: str, where: str, problems: list[DomainError]) -> None:
    """Two addresses that are written alike are one home, whatever was ticked."""
    if person.hukou_at_dwelling is False and is_one_address(person.hukou_address, address):
        said = "户口地址与住房地址写得一样，这里却选了“否”，请改一处。"
        problems.append(RuleViolation(said, f"{where}-hukou_at_dwelling"))


def _certify(
    row: Beneficiary, person: PersonInput, number: str | None, where: str, problems: list[DomainError]
) -> None:
    """Take category and grade from the certificate's number, which must be the person's own."""
    if number is None:
        problems.append(RuleViolation("残疾人证号没有写完整，请重新输入 20 位号码。", f"{where}-certificate_number"))
        return
    try:
        read = certificate_of(person, number, row.id_number or "", where)
    except RuleViolation as problem:
        problems.append(problem)
        return
    if read is not None:
        row.certificate_number = read.text
        row.certificate = True if person.certificate is None else person.certificate
        row.disability_category, row.disability_grade = Disability(read.category), read.grade


def _before(person: PersonInput, known: Sequence[Beneficiary]) -> Beneficiary | None:
    """The person's row so far: by its id, else by the masked number."""
    for row in known:
        if row.id == person.ref:
            return row
    return next((row for row in known if mask_id(row.id_number) == person.id_number), None)


def _kept(typed: str, before: str, mask: Any) -> str | None:
    """What was typed, or the value so far when its mask came back; None when the mask belongs to nothing."""
    if not is_masked(typed):
        return typed
    return before if before and mask(before) == typed else None


def _household(application: Application, before: Household | None, problems: list[DomainError]) -> Household:
    kept: dict[str, str] = {}
    for name, mask, said in (
        ("phone", mask_phone, "联系电话"),
        ("guardian_phone", mask_phone, "监护人电话"),
        ("register_number", mask_account, "户口簿户号"),
    ):
        value = _kept(getattr(application, name), getattr(before, name) if before else "", mask)
        if value is None:
            problems.append(RuleViolation(f"{said}没有写完整，请重新输入。", name))
        kept[name] = value or ""
    register = kept["register_number"]
    return Household(
        applied_on=application.applied_on or (before.applied_on if before else clock.today()),
        register_index=blind_index(REGISTER, register) if register else None,
        consent=application.consent,
        guardian_name=application.guardian_name,
        guardian_relation=application.guardian_relation,
        size=application.household_size,
        earlier=application.earlier,
        **kept,
    )


def _dwelling(application: Application) -> Dwelling:
    home = application.dwelling
    return Dwelling(
        village_id=application.village,
        address_key=address_key(home.address),
        **{name: getattr(home, name) for name in type(home).model_fields},
    )


def _member(member: MemberInput, index: int) -> HouseholdMember:
    return HouseholdMember(
        seq=index + 1,
        name=member.name,
        relation=member.relation,
        birth_date=member.birth_date,
        hardship=known_codes(member.hardship),
        classes=known_classes(member.classes),
        certificate=member.certificate,
        disability_grade=int(member.disability_grade) if member.disability_grade else None,
        dementia=member.dementia,
        insured=member.insured,
    )


def _subsidies(application: Application) -> list[EarlierSubsidy]:
    if application.earlier is not Earlier.SOME:
        return []
    return [
        EarlierSubsidy(
            seq=index + 1,
            department=one.department,
            programme=one.programme,
            paid_on=one.paid_on,
            subject=one.subject,
            amount_fen=one.amount,
        )
        for index, one in enumerate(application.history)
    ]


# ---------------------------------------------------------------- rows → form


def initial(intake: Intake, papers: Mapping[str, Sequence[Any]], masked: bool = True) -> dict[str, Any]:
    """The form's values as the rows have them; numbers masked unless for the encrypted snapshot of a submission."""
    home, place = intake.household, intake.dwelling

    def shown(mask: Any, text: str) -> str:
        return str(mask(text)) if masked else text

    return {
        "village": place.village_id,
        "applied_on": home.applied_on,
        "people": [_person_values(row, shown) for row in intake.people],
        "phone": shown(mask_phone, home.phone),
        "register_number": shown(mask_account, home.register_number),
        "household_size": home.size,
        "members": [
            {
                "name": row.name,
                "relation": row.relation,
                "birth_date": row.birth_date,
                "hardship": _ticked(row.hardship),
                "classes": _ticked(row.classes),
                "certificate": row.certificate,
                "disability_grade": _grade(row.disability_grade),
                "dementia": row.dementia,
                "insured": row.insured,
            }
            for row in intake.members
        ],
        "consent": home.consent,
        "guardian_name": home.guardian_name,
        "guardian_phone": shown(mask_phone, home.guardian_phone),
        "guardian_relation": home.guardian_relation,
        "dwelling": {
            name: getattr(place, name)
            for name in (
                "address",
                "right",
                "owner_consent",
                "safe",
                "renovatable",
                "demolition_planned",
                "must_move_out",
                "can_stay_elsewhere",
            )
        },
        "earlier": home.earlier,
        "history": [
            {
                "department": row.department,
                "programme": row.programme,
                "paid_on": row.paid_on,
                "subject": row.subject,
                "amount": f"{row.amount_fen // 100}.{row.amount_fen % 100:02d}" if row.amount_fen is not None else "",
            }
            for row in intake.subsidies
        ],
        **{name: [paper.file_id for paper in found] for name, found in papers.items()},
    }


def _person_values(row: Beneficiary, shown: Any) -> dict[str, Any]:
    return {
        "ref": row.id,
        "name": row.name,
        "id_number": shown(mask_id, row.id_number),
        "relation": row.relation,
        "hardship": _ticked(row.hardship),
        "classes": _ticked(row.classes),
        "living": row.living or [],
        "recognised": row.recognised,
        "certificate": row.certificate,
        "certificate_number": shown(mask_id, row.certificate_number),
        "disability_category": row.disability_category,
        "disability_grade": _grade(row.disability_grade),
        "dementia": row.dementia,
        "insured": row.insured,
        "hukou_region": row.hukou_region,
        "hukou_address": row.hukou_address or "",
        "hukou_at_dwelling": row.hukou_at_dwelling,
        "ability": {**(row.answers or {}), "observer": row.observer, "observed_on": row.observed_on},
    }


def _ticked(codes: list[Any] | None) -> list[str]:
    if codes is None:
        return []
    return codes or [Hardship.NONE.value]


def _grade(number: int | None) -> Grade | None:
    return Grade(str(number)) if number else None


def snapshot(intake: Intake, papers: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """What the form held, by flat field name, as text: kept encrypted, to say at the next submission what changed."""
    values = initial(intake, papers, masked=False)
    for person in values["people"]:
        del person["ref"]
    return dict(_flat(values, ""))


def _flat(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}-{key}" if name else key)
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        for index, inner in enumerate(value):
            yield from _flat(inner, f"{name}-{index}")
    elif value not in (None, "", []):
        yield name, ",".join(map(str, value)) if isinstance(value, list) else str(value)


def changed_labels(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The labels of the fields that differ, in the order of the form, without any value."""
    names = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    order = list(Application.model_fields)
    ordered = sorted(names, key=lambda name: (order.index(name.split("-")[0]), name))
    return list(dict.fromkeys(_label(name) for name in ordered))


def _label(name: str) -> str:
    parts: list[str | int] = [int(part) if part.isdigit() else part for part in name.split("-")]
    top = str(parts[0])
    field = Application.model_fields[top]
    own = label_of(Application, [part for part in parts if isinstance(part, str)])
    if nested_command(field.annotation) is None:
        return own
    number = next((f"{part + 1}" for part in parts if isinstance(part, int)), "")
    return f"{field.title}{number}：{own}"
