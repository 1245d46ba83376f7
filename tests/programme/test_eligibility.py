"""E1–E9 of Chongqing 2020 and the three-valued logic under them."""

from copy import deepcopy
from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.programme.eligibility import Outcome, Result, evaluate, judge
from app.programme.expressions import AllOf, AnyOf, Condition, IfElse, Leaf, Not, facts_in
from app.programme.facts import VOCABULARY, FactsRefused, read_facts
from app.programme.reading import read_condition

from .factory import ELIGIBLE, ON, chongqing, facts

PASS, FAIL, UNKNOWN = Result.PASS, Result.FAIL, Result.UNKNOWN


def clause(id_: str, on: date = ON, **changes: Any) -> tuple[Result, tuple[str, ...]]:
    found = evaluate(chongqing(), facts(**changes), on).clause(id_)
    return found.result, found.missing


def test_the_example_of_the_contract_is_eligible() -> None:
    verdict = evaluate(chongqing(), ELIGIBLE, ON)
    assert verdict.outcome is Outcome.ELIGIBLE
    assert [c.result for c in verdict.clauses] == [PASS] * 9
    assert verdict.to_json() | {"clauses": []} == {
        "programme": "chongqing-2020",
        "version": chongqing().version,
        "verdict": "eligible",
        "clauses": [],
        "priority": 0,
    }
    assert verdict.to_json()["clauses"][2] == {
        "id": "E3",
        "source": "二(二)1",
        "result": "pass",
        "reason": "符合：六项自理指标中不能完成的项数：4。",
        "missing": [],
    }


def test_nothing_known_is_unknown_and_not_false() -> None:
    verdict = evaluate(chongqing(), {}, ON)
    assert verdict.outcome is Outcome.UNKNOWN
    assert {c.result for c in verdict.clauses} == {UNKNOWN}
    assert verdict.clause("E3").missing == (
        "person.birth_date",
        "person.disability.certificate",
        "person.hardship",
        "person.ability.recognised",
        "person.ability.failed_items",
    )


def test_one_failing_clause_decides_even_when_others_are_unknown() -> None:
    assert evaluate(chongqing(), {"consent": {"applicant": "none"}}, ON).outcome is Outcome.INELIGIBLE


@pytest.mark.parametrize(("born", "result"), [("1960-09-15", PASS), ("1960-09-16", FAIL)])
def test_e1_sixty_on_the_day_of_application(born: str, result: Result) -> None:
    assert clause("E1", person__birth_date=born) == (result, ())


@pytest.mark.parametrize(
    ("hardship", "result"),
    [
        (["tekun_scattered"], PASS),
        (["poverty_registered"], PASS),
        (["tekun_scattered", "poverty_registered"], PASS),
        (["dibao", "poverty_registered"], PASS),
        (["tekun_institution"], FAIL),
        (["dibao"], FAIL),
        ([], FAIL),
    ],
)
def test_e2_hardship(hardship: list[str], result: Result) -> None:
    assert clause("E2", person__hardship=hardship) == (result, ())


RECOGNISED, FAILED = "person.ability.recognised", "person.ability.failed_items"


@pytest.mark.parametrize(
    ("hardship", "recognised", "failed", "expected"),
    [
        (["poverty_registered"], None, 4, (PASS, ())),
        (["poverty_registered"], None, 3, (FAIL, ())),
        (["poverty_registered"], None, None, (UNKNOWN, (FAILED,))),
        (["poverty_registered"], "complete_loss", None, (UNKNOWN, (FAILED,))),
        (["tekun_scattered"], "complete_loss", None, (PASS, ())),
        (["tekun_scattered"], "partial", None, (FAIL, ())),
        (["tekun_scattered"], "partial", 6, (FAIL, ())),
        (["tekun_scattered"], "full", 6, (FAIL, ())),
        (["tekun_scattered"], "none", 4, (PASS, ())),
        (["tekun_scattered"], "none", 3, (FAIL, ())),
        (["tekun_scattered"], "none", None, (UNKNOWN, (FAILED,))),
        (["tekun_scattered"], None, None, (UNKNOWN, (RECOGNISED, FAILED))),
        (["tekun_scattered"], None, 2, (UNKNOWN, (RECOGNISED,))),
        (["tekun_scattered"], None, 4, (UNKNOWN, (RECOGNISED,))),
        (["tekun_scattered", "poverty_registered"], "partial", 4, (PASS, ())),
        (None, "complete_loss", 4, (PASS, ())),
        (None, "complete_loss", 3, (UNKNOWN, ("person.hardship",))),
        (None, "partial", 4, (UNKNOWN, ("person.hardship",))),
        (None, "partial", 3, (FAIL, ())),
        (None, "none", 4, (PASS, ())),
        (["tekun_scattered", "poverty_registered"], "complete_loss", 0, (PASS, ())),
    ],
)
def test_e3_loss_of_self_care(
    hardship: list[str] | None, recognised: str | None, failed: int | None, expected: tuple[Result, tuple[str, ...]]
) -> None:
    assert (
        clause(
            "E3",
            person__hardship=hardship,
            person__ability__recognised=recognised,
            person__ability__failed_items=failed,
        )
        == expected
    )


def test_e3_eighty_or_a_certificate() -> None:
    none = {"person__ability__failed_items": 0}
    assert clause("E3", person__birth_date="1940-09-15", **none) == (PASS, ())
    assert clause("E3", person__birth_date="1940-09-16", **none) == (FAIL, ())
    assert clause("E3", person__disability__certificate=True, **none) == (PASS, ())
    assert clause("E3", person__disability__certificate=None, **none) == (UNKNOWN, ("person.disability.certificate",))


def test_e3_on_29_february() -> None:
    born = {"person__birth_date": "1940-02-29", "person__ability__failed_items": 0}
    assert clause("E3", on=date(2020, 2, 28), **born)[0] is FAIL
    assert clause("E3", on=date(2020, 2, 29), **born)[0] is PASS
    common = {"person__birth_date": "1944-02-29", "person__ability__failed_items": 0}
    assert clause("E3", on=date(2024, 2, 28), **common)[0] is FAIL
    leap_to_common = {"person__birth_date": "1952-02-29"}
    assert clause("E1", on=date(2013, 2, 27), **leap_to_common)[0] is PASS
    assert clause("E1", on=date(2012, 2, 28), **leap_to_common)[0] is FAIL


CONSENT = "dwelling.owner_consent"


@pytest.mark.parametrize(
    ("right", "consent", "expected"),
    [
        ("owned", None, (PASS, ())),
        ("long_term_use", None, (PASS, ())),
        ("public_rental", True, (PASS, ())),
        ("public_rental", False, (UNKNOWN, (CONSENT,))),
        ("public_rental", None, (UNKNOWN, (CONSENT,))),
        ("private_rental", True, (FAIL, ())),
        ("none", True, (FAIL, ())),
        (None, True, (UNKNOWN, ("dwelling.right",))),
    ],
)
def test_e4_right_to_the_dwelling(
    right: str | None, consent: bool | None, expected: tuple[Result, tuple[str, ...]]
) -> None:
    assert clause("E4", dwelling__right=right, dwelling__owner_consent=consent) == expected


@pytest.mark.parametrize(
    ("safe", "renovatable", "expected"),
    [
        (True, True, (PASS, ())),
        (False, None, (FAIL, ())),
        (None, False, (FAIL, ())),
        (True, None, (UNKNOWN, ("dwelling.renovatable",))),
        (None, None, (UNKNOWN, ("dwelling.safe", "dwelling.renovatable"))),
    ],
)
def test_e5_safe_and_renovatable(
    safe: bool | None, renovatable: bool | None, expected: tuple[Result, tuple[str, ...]]
) -> None:
    assert clause("E5", dwelling__safe=safe, dwelling__renovatable=renovatable) == expected


def test_e6_no_demolition() -> None:
    assert clause("E6", dwelling__demolition_planned=True) == (FAIL, ())
    assert clause("E6", dwelling__demolition_planned=None) == (UNKNOWN, ("dwelling.demolition_planned",))


@pytest.mark.parametrize("department", ["cdpf", "civil_affairs", "housing", "other"])
@pytest.mark.parametrize("subject", ["person", "household", "dwelling"])
def test_e7_any_earlier_subsidy(department: str, subject: str) -> None:
    assert clause("E7", history__subsidised=[{"department": department, "subject": subject}]) == (FAIL, ())
    assert clause("E7", history__subsidised=None) == (UNKNOWN, ("history.subsidised",))


MOVE, STAY = "dwelling.must_move_out", "dwelling.can_stay_elsewhere"


@pytest.mark.parametrize(
    ("move", "stay", "hardship", "expected"),
    [
        (False, None, ["poverty_registered"], (PASS, ())),
        (True, True, ["poverty_registered"], (PASS, ())),
        (True, False, ["poverty_registered"], (FAIL, ())),
        (True, False, ["tekun_scattered"], (PASS, ())),
        (None, None, ["tekun_scattered"], (PASS, ())),
        (None, False, ["poverty_registered"], (UNKNOWN, (MOVE,))),
        (True, None, ["poverty_registered"], (UNKNOWN, (STAY,))),
        (None, None, ["poverty_registered"], (UNKNOWN, (MOVE, STAY))),
        (True, False, None, (UNKNOWN, ("person.hardship",))),
    ],
)
def test_e8_where_to_stay(
    move: bool | None, stay: bool | None, hardship: list[str] | None, expected: tuple[Result, tuple[str, ...]]
) -> None:
    changes = {"dwelling__must_move_out": move, "dwelling__can_stay_elsewhere": stay, "person__hardship": hardship}
    assert clause("E8", **changes) == expected


@pytest.mark.parametrize(("applicant", "result"), [("self", PASS), ("guardian", PASS), ("none", FAIL)])
def test_e9_free_application(applicant: str, result: Result) -> None:
    assert clause("E9", consent__applicant=applicant) == (result, ())


def test_reasons_name_the_value_used() -> None:
    verdict = evaluate(
        chongqing(),
        facts(
            person__birth_date="1950-03-02",
            person__hardship=["dibao"],
            person__ability__failed_items=2,
            dwelling__right="public_rental",
            dwelling__owner_consent=False,
            dwelling__safe=None,
            history__subsidised=[{"department": "cdpf"}],
        ),
        ON,
    )
    assert {c.id: c.reason for c in verdict.clauses} == {
        "E1": "符合：1950-03-02出生，2020-09-15满70周岁（已满60周岁）。",
        "E2": "不符合：困难类别：低保对象（须含分散供养特困人员或建档立卡贫困人口）。",
        "E3": (
            "不符合：1950-03-02出生，2020-09-15满70周岁（未满80周岁）；持有有效残疾人证：否（须为是）；"
            "六项自理指标中不能完成的项数：2（须不少于4）。"
        ),
        "E4": "尚不能判断：产权单位书面同意：否（须为是）。",
        "E5": "尚不能判断：缺少“住房结构安全”。",
        "E6": "符合：近期列入征收拆迁计划：否。",
        "E7": "不符合：以往享受的改造补贴：1条（残联）（须为无）。",
        "E8": "符合：施工期间须暂时迁出：否。",
        "E9": "符合：自愿申请：本人自愿申请。",
    }


def test_assumptions_stand_at_the_clause() -> None:
    verdict = evaluate(chongqing(), ELIGIBLE, ON)
    assert verdict.clause("E1").assumption == "原文只称“老年人”，按 60 周岁、以申请当日计算"
    assert verdict.clause("E6").assumption == ""


# Properties.

VALUES: dict[str, tuple[Any, ...]] = {
    "person.birth_date": ("1970-01-01", "1950-01-01", "1930-01-01"),
    "person.hardship": (
        [],
        ["dibao"],
        ["tekun_scattered"],
        ["tekun_institution"],
        ["poverty_registered"],
        ["tekun_scattered", "poverty_registered"],
    ),
    "person.ability.failed_items": (0, 3, 4, 6),
    "person.ability.recognised": ("full", "partial", "complete_loss", "none"),
    "person.disability.certificate": (True, False),
    "dwelling.right": tuple(VOCABULARY["dwelling.right"].kind.codes),
    "dwelling.owner_consent": (True, False),
    "dwelling.safe": (True, False),
    "dwelling.renovatable": (True, False),
    "dwelling.demolition_planned": (True, False),
    "dwelling.must_move_out": (True, False),
    "dwelling.can_stay_elsewhere": (True, False),
    "history.subsidised": ([], [{"department": "other"}]),
    "consent.applicant": ("self", "guardian", "none"),
}
FULL = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in VALUES.items()})
PARTIAL = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in VALUES.items()})


def nest(flat: dict[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for name, value in flat.items():
        *way, last = name.split(".")
        table = nested
        for key in way:
            table = table.setdefault(key, {})
        table[last] = deepcopy(value)
    return nested


def results(flat: dict[str, Any]) -> dict[str, Result]:
    return {c.id: c.result for c in evaluate(chongqing(), nest(flat), ON).clauses}


@settings(max_examples=400)
@given(FULL, st.sets(st.sampled_from(sorted(VALUES))))
def test_learning_a_fact_never_turns_a_decided_clause(full: dict[str, Any], hidden: set[str]) -> None:
    before = results({name: value for name, value in full.items() if name not in hidden})
    after = results(full)
    for id_, result in before.items():
        assert result in (UNKNOWN, after[id_])


@settings(max_examples=300, deadline=None)
@given(PARTIAL)
def test_missing_lists_just_the_absent_facts_that_can_still_change_the_clause(flat: dict[str, Any]) -> None:
    for found in evaluate(chongqing(), nest(flat), ON).clauses:
        if found.result is not UNKNOWN:
            assert found.missing == ()
            continue
        assert found.missing != ()
        absent = [name for name in VALUES if name not in flat]
        relevant = {name for name in absent if _matters(found.id, name, flat)}
        named = set(found.missing) - {CONSENT} if flat.get("dwelling.owner_consent") is False else set(found.missing)
        assert named == relevant


def _matters(id_: str, name: str, flat: dict[str, Any]) -> bool:
    """Whether in some completion of the clause's other absent facts the value of this one makes a difference."""
    condition = chongqing().clause(id_).condition
    spoken = set(facts_in(condition))
    if name not in spoken:
        return False
    read = {n: [read_facts(nest({n: value}))[n] for value in VALUES[n]] for n in spoken}
    known = read_facts(nest({n: value for n, value in flat.items() if n in spoken}))
    others = [n for n in spoken if n not in flat and n != name]
    for values in product(*(read[n] for n in others)):
        rest = known | dict(zip(others, values, strict=True))
        if len({condition.truth(rest | {name: value}, ON) for value in read[name]}) > 1:
            return True
    return False


@given(PARTIAL)
def test_the_verdict_follows_from_the_clauses(flat: dict[str, Any]) -> None:
    verdict = evaluate(chongqing(), nest(flat), ON)
    found = [c.result for c in verdict.clauses]
    expected = Outcome.INELIGIBLE if FAIL in found else Outcome.UNKNOWN if UNKNOWN in found else Outcome.ELIGIBLE
    assert verdict.outcome is expected


LEAVES = [Leaf(VOCABULARY[name], "is", True) for name in VOCABULARY if VOCABULARY[name].kind.name == "bool"][:4]
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AllOf(tuple(parts)))
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts)))
        | inner.map(Not)
        | st.tuples(inner, inner, inner).map(lambda parts: IfElse(*parts))
    ),
    max_leaves=8,
)


@given(CONDITIONS, st.dictionaries(st.sampled_from([leaf.fact.name for leaf in LEAVES]), st.booleans()))
def test_any_condition_is_monotone_and_agrees_with_plain_logic_when_all_is_known(
    condition: Condition, known: dict[str, bool]
) -> None:
    truth = condition.truth(known, ON)
    names = [leaf.fact.name for leaf in LEAVES]
    for values in product((True, False), repeat=len(names)):
        full = dict(zip(names, values, strict=True)) | known
        complete = condition.truth(full, ON)
        assert complete is not None
        assert truth in (None, complete)
    missing = [f.fact for f in condition.findings(known, ON) if f.truth is None]
    assert bool(missing) == (truth is None)
    assert not set(missing) & set(known)


def test_a_family_member_may_decide() -> None:
    problems: list[Any] = []
    condition = read_condition(
        {"some": "household.members", "where": {"fact": "disability.grade", "is_one_of": [1, 2]}}, ("when",), problems
    )
    assert problems == []
    assert condition is not None
    for members, truth in (
        (None, None),
        ([], False),
        ([{"relation": "child"}], None),
        ([{"relation": "child", "disability": {"grade": 3}}], False),
        ([{"relation": "child"}, {"relation": "spouse", "disability": {"grade": 1}}], True),
    ):
        known = read_facts({} if members is None else {"household": {"members": members}})
        assert condition.truth(known, ON) is truth


def test_facts_already_read_are_judged_alike() -> None:
    assert judge(chongqing(), read_facts(ELIGIBLE, ON), ON) == evaluate(chongqing(), ELIGIBLE, ON)


def test_a_birth_after_the_application_is_refused() -> None:
    with pytest.raises(FactsRefused) as refused:
        evaluate(chongqing(), facts(person__birth_date="2020-09-16"), ON)
    assert refused.value.reasons == ["person.birth_date：出生日期 2020-09-16 晚于申请日 2020-09-15"]
