"""The form's rules and the facts that come of it, without a database."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.core.commands import refusals
from app.core.enums import Labelled
from app.core.errors import RuleViolation
from app.core.identity_numbers import check_digit
from app.programme.eligibility import Outcome as Verdict
from app.programme.eligibility import Result, evaluate
from app.programme.facts import (
    DEPARTMENT,
    DISABILITY,
    HARDSHIP,
    LIVING,
    RECOGNISED,
    RELATION,
    RIGHT,
    VOCABULARY,
    read_facts,
)
from app.programme.loading import CATALOG, load
from app.stages.application import codes, correctable, facts
from app.stages.application.rules import Application, PersonInput, certificate_of, contradictions, known_codes

TODAY = date(2020, 9, 15)
PROGRAMME = load(CATALOG / "chongqing-2020")
BORN_1939 = "50010119390506001" + check_digit("50010119390506001")


@pytest.mark.parametrize(
    ("members", "vocabulary"),
    [
        (codes.Hardship, {**HARDSHIP.codes, "none": "以上都不是"}),
        (codes.Disability, DISABILITY.codes),
        (codes.Recognised, RECOGNISED.codes),
        (codes.Living, LIVING.codes),
        (codes.Right, RIGHT.codes),
        (codes.Department, DEPARTMENT.codes),
        (codes.Relation, RELATION.codes),
        (codes.Subject, {"person": "本人", "household": "家庭", "dwelling": "住房"}),
        (codes.Consent, VOCABULARY["consent.applicant"].kind.codes),
        (codes.Outcome, {member.value: member.label for member in Verdict}),
    ],
)
def test_the_form_offers_exactly_the_codes_of_the_vocabulary(
    members: type[Labelled], vocabulary: dict[str, str]
) -> None:
    assert {member.value: member.label for member in members} == vocabulary


def test_the_six_indicators_are_those_of_the_programme() -> None:
    assert [one.value for one in codes.Indicator] == [one.key for one in PROGRAMME.instrument.data.item]


def test_every_correctable_fact_is_a_word_of_the_vocabulary() -> None:
    assert set(correctable.CORRECTABLE) <= set(VOCABULARY)


def application(**changes: Any) -> Application:
    typed: dict[str, Any] = {
        "people": [{"name": "张德福", "id_number": BORN_1939}],
        "dwelling": {"address": "青松村三组"},
    }
    return Application.model_validate(typed | changes)


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        ("50010119390506001", "身份证号码应为 18 位：前 17 位是数字，最后一位是数字或 X，请对照证件核对"),
        (BORN_1939[:17] + ("0" if BORN_1939[17] != "0" else "1"), "身份证号码校验位不符，请对照证件逐位核对"),
        ("50010119390231001" + check_digit("50010119390231001"), "身份证号码中的出生日期不存在，请对照证件核对"),
    ],
)
def test_a_wrong_id_number_is_refused_at_its_field(number: str, sentence: str) -> None:
    with pytest.raises(ValidationError) as caught:
        application(people=[{"name": "张德福", "id_number": number}])
    assert [(one.field, one.message) for one in refusals(Application, caught.value).problems] == [
        ("people-0-id_number", sentence)
    ]


def test_minimal_identity_is_all_that_must_be_said() -> None:
    assert contradictions(application(), TODAY) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"applied_on": "2020-09-16"}, "applied_on"),
        ({"earlier": "some"}, "history"),
        ({"history": [{"department": "cdpf"}]}, "earlier"),
        ({"earlier": "none", "history": [{"department": "cdpf"}]}, "earlier"),
        ({"members": [{"name": "李四", "relation": "child", "birth_date": "2020-09-16"}]}, "members-0-birth_date"),
        ({"people": [{"name": "张", "id_number": BORN_1939, "hardship": ["none", "dibao"]}]}, "people-0-hardship"),
        (
            {"people": [{"name": "张", "id_number": BORN_1939, "certificate": False, "disability_grade": "1"}]},
            "people-0-certificate",
        ),
        (
            {"people": [{"name": "张", "id_number": BORN_1939, "ability": {"eating": False}}]},
            "people-0-ability-observer",
        ),
        (
            {"people": [{"name": "张", "id_number": BORN_1939, "ability": {"eating": False, "observer": "王"}}]},
            "people-0-ability-observed_on",
        ),
        ({"people": [{"name": "张", "id_number": BORN_1939}, {"name": "李", "id_number": "*"}]}, "people-1-relation"),
    ],
)
def test_what_cannot_be_true_together_stands_at_its_field(changes: dict[str, Any], field: str) -> None:
    assert [problem.field for problem in contradictions(application(**changes), TODAY)] == [field]


def test_indicators_count_only_when_all_six_are_answered() -> None:
    six = dict.fromkeys((one.value for one in codes.Indicator), True)
    person = PersonInput.model_validate(
        {"name": "张", "id_number": "*", "ability": six | {"eating": False, "bed": False}}
    )
    assert person.ability.failed_items == 2
    del six["bathing"]
    assert PersonInput.model_validate({"name": "张", "id_number": "*", "ability": six}).ability.failed_items is None


@pytest.mark.parametrize(
    ("number", "typed", "field"),
    [
        (BORN_1939 + "42", {}, ""),
        (BORN_1939 + "42", {"disability_category": "limb", "disability_grade": "2"}, ""),
        (BORN_1939 + "42", {"disability_category": "visual"}, "p-disability_category"),
        (BORN_1939 + "42", {"disability_grade": "1"}, "p-disability_grade"),
        (BORN_1939 + "4", {}, "p-certificate_number"),
        ("50010119390506003" + check_digit("50010119390506003") + "42", {}, "p-certificate_number"),
    ],
)
def test_a_certificate_must_be_the_persons_own_and_say_what_was_ticked(
    number: str, typed: dict[str, str], field: str
) -> None:
    person = PersonInput.model_validate({"name": "张", "id_number": BORN_1939} | typed)
    if not field:
        read = certificate_of(person, number, BORN_1939, "p")
        assert read is not None
        assert (read.category, read.grade) == ("limb", 2)
        return
    with pytest.raises(RuleViolation) as caught:
        certificate_of(person, number, BORN_1939, "p")
    assert caught.value.field == field


def test_no_box_ticked_is_unknown_and_none_of_them_is_an_answer() -> None:
    assert known_codes([]) is None
    assert known_codes([codes.Hardship.NONE]) == []
    assert known_codes([codes.Hardship.DIBAO]) == ["dibao"]


# ---------------------------------------------------------------- facts of rows

BLANK = {
    "birth_date": None,
    "hardship": None,
    "classes": None,
    "living": None,
    "certificate": None,
    "disability_grade": None,
    "disability_category": None,
    "failed_items": None,
    "recognised": None,
    "dementia": None,
    "insured": None,
    "hukou_region": "",
    "hukou_address": None,
    "hukou_at_dwelling": None,
    "relation": None,
}
HOME = {
    "address": "",
    "right": None,
    "owner_consent": None,
    "safe": None,
    "renovatable": None,
    "demolition_planned": None,
    "must_move_out": None,
    "can_stay_elsewhere": None,
}


def intake(person: dict[str, Any] | None = None, home: dict[str, Any] | None = None, **household: Any) -> facts.Intake:
    return facts.Intake(
        SimpleNamespace(**({"size": None, "consent": None, "earlier": None} | household)),
        SimpleNamespace(**(HOME | (home or {}))),
        [SimpleNamespace(**(BLANK | (person or {})))],
    )


def test_nothing_said_gives_no_fact_and_every_clause_is_unknown() -> None:
    said = facts.facts_of(intake())
    assert said == {}
    verdict = evaluate(PROGRAMME, said, TODAY)
    assert {clause.result for clause in verdict.clauses} == {Result.UNKNOWN}


def test_a_full_intake_gives_the_contracts_facts() -> None:
    said = facts.facts_of(
        intake(
            {
                "birth_date": date(1945, 3, 2),
                "hardship": ["poverty_registered"],
                "failed_items": 4,
                "certificate": False,
            },
            {
                "right": codes.Right.OWNED,
                "safe": True,
                "renovatable": True,
                "demolition_planned": False,
                "must_move_out": False,
            },
            consent=codes.Consent.SELF,
            earlier=codes.Earlier.NONE,
        )
    )
    assert said == {
        "person": {
            "birth_date": "1945-03-02",
            "hardship": ["poverty_registered"],
            "ability": {"failed_items": 4},
            "disability": {"certificate": False},
        },
        "dwelling": {
            "right": "owned",
            "safe": True,
            "renovatable": True,
            "demolition_planned": False,
            "must_move_out": False,
        },
        "history": {"subsidised": []},
        "consent": {"applicant": "self"},
    }
    assert evaluate(PROGRAMME, said, TODAY).outcome is Verdict.ELIGIBLE


def test_a_second_person_and_members_stand_in_the_household_without_name_or_number() -> None:
    base = intake({"birth_date": date(1945, 3, 2)})
    wife = SimpleNamespace(**(BLANK | {"birth_date": date(1947, 1, 1), "relation": codes.Relation.SPOUSE}))
    child = SimpleNamespace(
        relation=codes.Relation.CHILD,
        birth_date=None,
        hardship=["dibao"],
        classes=None,
        certificate=True,
        disability_grade=1,
        dementia=None,
        insured=None,
    )
    said = facts.facts_of(facts.Intake(base.household, base.dwelling, [*base.people, wife], [child]))
    assert said["household"] == {
        "members": [
            {"relation": "spouse", "birth_date": "1947-01-01"},
            {"relation": "child", "hardship": ["dibao"], "disability": {"certificate": True, "grade": 1}},
        ]
    }


def test_an_earlier_subsidy_without_particulars_is_not_none() -> None:
    said = facts.facts_of(intake(earlier=codes.Earlier.SOME))
    assert evaluate(PROGRAMME, said, TODAY).clause("E7").result is Result.FAIL


three = st.sampled_from([None, True, False])


@given(
    person=st.fixed_dictionaries(
        {
            "birth_date": st.sampled_from([None, date(1939, 5, 6), date(1950, 1, 1), date(1970, 1, 1)]),
            "hardship": st.one_of(
                st.none(), st.lists(st.sampled_from(sorted(HARDSHIP.codes)), unique=True, max_size=3)
            ),
            "certificate": three,
            "failed_items": st.one_of(st.none(), st.integers(0, 6)),
            "recognised": st.one_of(st.none(), st.sampled_from(list(codes.Recognised))),
        }
    ),
    home=st.fixed_dictionaries(
        {"right": st.one_of(st.none(), st.sampled_from(list(codes.Right)))}
        | dict.fromkeys(("owner_consent", "safe", "renovatable", "demolition_planned", "must_move_out"), three)
    ),
    consent=st.one_of(st.none(), st.sampled_from(list(codes.Consent))),
    earlier=st.sampled_from([None, codes.Earlier.NONE]),
)
def test_whatever_is_said_reads_as_facts_and_what_is_learned_only_settles_the_unknown(
    person: dict[str, Any], home: dict[str, Any], consent: Any, earlier: Any
) -> None:
    whole = facts.facts_of(intake(person, home, consent=consent, earlier=earlier))
    read_facts(whole, TODAY)  # raises when a word is not of the vocabulary
    known = evaluate(PROGRAMME, whole, TODAY)
    for name in person:
        fewer = evaluate(
            PROGRAMME, facts.facts_of(intake(person | {name: None}, home, consent=consent, earlier=earlier)), TODAY
        )
        for less, more in zip(fewer.clauses, known.clauses, strict=True):
            assert less.result in (more.result, Result.UNKNOWN)


@given(name=st.sampled_from(sorted(correctable.CORRECTABLE)), data=st.data())
def test_every_offered_value_of_a_correctable_fact_is_read_and_said(name: str, data: st.DataObject) -> None:
    text, _label = data.draw(st.sampled_from(correctable.options(name)))
    value = correctable.parse(name, text)
    assert read_facts(facts.nested(name, value)).keys() == {name}
    assert facts.say(name, value)


@pytest.mark.parametrize(
    ("name", "text"),
    [("dwelling.safe", "maybe"), ("person.disability.grade", "9"), ("person.birth_date", "1945-03-02")],
)
def test_other_values_and_other_facts_are_refused(name: str, text: str) -> None:
    with pytest.raises(ValueError):
        correctable.parse(name, text)


def test_a_list_is_corrected_by_one_code_and_keeps_the_others() -> None:
    offered = {label: text for text, label in correctable.options("person.hardship", ["tekun_scattered", "dibao"])}
    assert correctable.parse("person.hardship", offered["不属于：低保对象"]) == ["tekun_scattered"]
    assert correctable.parse("person.hardship", offered["还属于：低收入对象"]) == [
        "tekun_scattered",
        "dibao",
        "low_income",
    ]
    only = {label: text for text, label in correctable.options("person.hardship", ["dibao"])}
    assert correctable.parse("person.hardship", only["不属于：低保对象"]) == []
