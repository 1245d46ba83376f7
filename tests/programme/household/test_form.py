"""The form asks what the programme uses and nothing else, and says back what was typed."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import RuleViolation
from app.programme.facts import VOCABULARY, Fact
from app.programme.household.answer import answer
from app.programme.household.asked import asked_by
from app.programme.household.fields import NONE, NOT_ACCEPTED, field_of
from app.programme.household.file import Household, of, read, write
from app.programme.household.filled import unused
from app.programme.household.form import HouseholdForm
from app.programme.loading import CATALOG, load
from app.programme.money_schema import Cap, Limit
from app.programme.policy import Programme, build
from app.programme.requests import explain
from app.programme.values import Over, Per
from tests.programme.factory import ELIGIBLE, chongqing, demo_county

SHIPPED = [load(path.parent) for path in sorted(CATALOG.glob("*/programme.toml"))]


def names(programme: Programme) -> list[str]:
    return [fact.name for fact in asked_by(programme).facts]


def test_only_what_the_rules_look_at_is_asked_in_groups() -> None:
    groups = {group.title: [fact.name for fact in group.facts] for group in asked_by(chongqing()).groups}
    assert groups == {
        "申请人": ["person.birth_date", "person.hardship", "person.disability.certificate"],
        "家庭与住房": [
            "dwelling.right",
            "dwelling.owner_consent",
            "dwelling.safe",
            "dwelling.renovatable",
            "dwelling.demolition_planned",
            "dwelling.must_move_out",
            "dwelling.can_stay_elsewhere",
        ],
        "能力评估": ["person.ability.failed_items", "person.ability.recognised"],
        "以往的补贴和意愿": ["history.subsidised", "consent.applicant"],
    }


@pytest.mark.parametrize("programme", SHIPPED, ids=lambda programme: programme.id)
def test_no_clause_misses_a_fact_that_the_form_does_not_ask(programme: Programme) -> None:
    said = explain(programme, {"applied_on": "2026-01-01", "facts": {}})
    assert {name for clause in said["clauses"] for name in clause["missing"]} <= set(names(programme))


def test_of_family_members_only_what_the_rules_look_at() -> None:
    programme = load(CATALOG / "zhangjiakou-priority")
    assert [fact.name for fact in asked_by(programme).parts["household.members"]] == [
        "relation",
        "birth_date",
        "hardship",
        "disability.certificate",
        "disability.grade",
        "insured",
    ]


# ---------------------------------------------------------------- what was typed


def typed(programme: Programme = chongqing(), **fields: Any) -> HouseholdForm:  # noqa: B008 — cached, never changed
    texts = {name: [value] if isinstance(value, str) else value for name, value in fields.items()}
    return HouseholdForm(programme, {"applied_on": ["2020-11-01"], **texts})


def test_an_empty_form_knows_nothing() -> None:
    form = typed()
    assert (form.household(), form.problems) == (Household(applied_on="2020-11-01"), [])


def test_none_of_the_codes_is_not_the_same_as_nothing_chosen() -> None:
    assert typed(person__hardship=[NONE]).household().facts == {"person": {"hardship": []}}
    assert typed(person__hardship=[]).household().facts == {}


def test_no_earlier_subsidy_is_not_the_same_as_nobody_looked() -> None:
    assert typed(history__subsidised__none="true").household().facts == {"history": {"subsidised": []}}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"person__birth_date": "1950-02-30"}, ("person__birth_date", "出生日期：1950-02-30 不是真实的日期")),
        (
            {"person__ability__failed_items": "7"},
            ("person__ability__failed_items", "六项自理指标中不能完成的项数：须为 0 至 6 的整数，现为超出范围的数"),
        ),
        (
            {"person__ability__failed_items": "四"},
            ("person__ability__failed_items", "六项自理指标中不能完成的项数：请填 0 至 6 的整数"),
        ),
        (
            {"person__hardship": [NONE, "dibao"]},
            ("person__hardship", "困难类别：选了“都不属于”，又选了别的，只留一种"),
        ),
        ({"applied_on": ""}, ("applied_on", "请填申请日期，年龄和期限按这一天算")),
        ({"region": "天上"}, ("region", "没有“天上”这个地区，请从列表里选，或写地区代码")),
        (
            {"history__subsidised__none": "true", "history__subsidised-0-department": "cdpf"},
            ("history__subsidised__none", "写了“没有”，下面又逐个填了，只留一种"),
        ),
    ],
)
def test_what_cannot_be_read_is_told_at_its_field(fields: dict[str, Any], said: tuple[str, str]) -> None:
    form = typed(**fields)
    form.household()
    assert ([(problem.field, problem.message) for problem in form.problems], form.status) == ([said], 422)


def test_a_member_without_relation_is_told_in_the_row() -> None:
    form = typed(load(CATALOG / "zhangjiakou-priority"), **{"household__members-1-insured": "true"})
    form.household()
    assert [(problem.field, problem.message) for problem in form.problems] == [
        ("household__members-0-relation", "请选与申请人关系"),
        ("household__members-1-relation", "请选与申请人关系"),
    ]


def test_a_region_is_named_or_given_by_its_code() -> None:
    programme = load(CATALOG / "dongxiang")
    for text in ("东乡县", "622926"):
        form = HouseholdForm(
            programme, {"applied_on": ["2020-11-01"], "person__residence_region": [text]}, {"622926": "东乡县"}
        )
        assert form.household().facts == {"person": {"residence_region": "622926"}}


def test_lines_are_those_with_a_decision_or_a_number() -> None:
    form = typed(
        demo_county(),
        **{
            "lines-0-quantity": "3",
            "lines-0-unit_price": "50",
            "lines-1-decision": "in_place",
            "lines-3-decision": NOT_ACCEPTED,
            "lines-30-item": "1",
            "lines-30-quantity": "2",
        },
    )
    assert list(form.household().lines) == [
        {"item": 1, "decision": "install", "accepted": True, "quantity": "3", "unit_price": "50"},
        {"item": 1, "decision": "install", "accepted": True, "quantity": "2"},
        {"item": 2, "decision": "in_place"},
        {"item": 4, "decision": "install", "accepted": False},
    ]
    assert form.next_row == "lines-31"


# ---------------------------------------------------------------- there and back


def value_of(fact: Fact) -> st.SearchStrategy[Any]:
    kind = fact.kind
    if kind.name == "bool":
        return st.booleans()
    if kind.name == "int":
        return st.integers(kind.lowest, kind.highest)
    if kind.name == "date":
        return st.dates().map(str)
    if kind.name == "code":
        return st.sampled_from(list(kind.codes))
    if kind.name == "codes":
        return st.lists(st.sampled_from(list(kind.codes)), unique=True)
    return st.sampled_from(["500101", "622926"])


def nested(facts: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in facts.items():
        table = found
        *way, last = name.split(".")
        for key in way:
            table = table.setdefault(key, {})
        table[last] = value
    return found


def records(fact: Fact, parts: tuple[Fact, ...]) -> st.SearchStrategy[list[dict[str, Any]]]:
    needed = {part.name: value_of(part) for part in parts if part.name in fact.kind.required}
    more = {part.name: value_of(part) for part in parts if part.name not in fact.kind.required}
    return st.lists(st.fixed_dictionaries(needed, optional=more).map(nested), max_size=3)


@st.composite
def households(draw: st.DrawFn) -> tuple[Programme, Household]:
    programme = draw(st.sampled_from(SHIPPED))
    asked = asked_by(programme)
    values = {f.name: records(f, asked.parts[f.name]) if f.kind.record else value_of(f) for f in asked.facts}
    facts = draw(st.fixed_dictionaries({}, optional=values))
    numbers = draw(st.lists(st.sampled_from([item.number for item in programme.items]), max_size=4))
    install = {"decision": "install", "quantity": "2.50", "unit_price": "10.00"}
    lines = [{"item": number, **install, "accepted": draw(st.booleans())} for number in sorted(numbers)]
    return programme, Household(applied_on="2026-04-01", facts=nested(facts), lines=tuple(lines))


def by_item(household: Household) -> list[str]:
    return sorted(str(sorted(line.items())) for line in household.lines)


@given(households())
def test_a_household_typed_into_the_form_comes_out_of_it(found: tuple[Programme, Household]) -> None:
    programme, household = found
    form = HouseholdForm.of(programme, household)
    again = form.household()
    assert (again.facts, form.problems, again.applied_on) == (household.facts, [], household.applied_on)
    assert by_item(again) == by_item(household)
    assert read(write(household)) == household


def test_what_the_programme_does_not_use_is_named_and_left_out() -> None:
    household = of({"applied_on": "2020-11-01", "facts": {**ELIGIBLE, "household": {"size": 3}}})
    assert unused(chongqing(), household) == ["家庭人口数"]
    assert "household" not in HouseholdForm.of(chongqing(), household).household().facts


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[]", "文件里须是一个对象"),
        (b"{", "不是正确的 JSON"),
        (b'{"fact": {}}', "没有“fact”这一项"),
        (b'{"facts": []}', "facts 须是一个对象"),
        (b'{"applied_on": 1}', "applied_on 须是文字"),
        (b'{"lines": ["1"]}', "lines 里的每一行须是一个对象"),
        (b" " * 200_001, "文件超过 200 KB"),
    ],
)
def test_a_file_that_is_no_household_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(RuleViolation, match=said):
        read(content)


def test_every_field_has_a_name_of_its_own() -> None:
    fields = [field_of(name) for name in VOCABULARY]
    assert len(set(fields)) == len(fields)


# ---------------------------------------------------------------- limits over the cap's period


def counting(over: Over = Over.PERIOD) -> Programme:
    """At most four of item 13 in three years."""
    data = chongqing().data
    limit = Limit(name="扶手最多 4 根", per=Per.ITEM, items=(13,), over=over, count=4)
    programme, problems = build(
        data.model_copy(
            update={
                "benefit": data.benefit.model_copy(update={"per": "cap"}),
                "cap": Cap(amount="2000.00", months=36),  # type: ignore[arg-type]
                "limit": (limit,),
            }
        )
    )
    assert problems == []
    return programme


def test_what_earlier_files_used_is_read_and_written_back() -> None:
    form = typed(counting(), **{"used-13-quantity": "3", "used-13-subsidy": "450"})
    household = form.household()
    assert household.used == ({"item": 13, "quantity": "3", "subsidy": "450.00"},)
    assert (read(write(household)), form.problems, form.has_used) == (household, [], True)
    again = HouseholdForm.of(counting(), household)
    assert (again.household(), again.value("used-13-quantity"), again.value("used-13-subsidy")) == (
        household,
        "3",
        "450.00",
    )
    line = {"item": 13, "decision": "install", "quantity": "2", "unit_price": "100.00", "accepted": True}
    found = answer(counting(), replace(household, lines=(line,)), provisional=True)
    assert found.sums is not None
    assert found.sums.lines[0].settled.reason.endswith(
        "扶手最多 4 根（以前的档案已计 3），这一行计 1 根，补贴 100.00 元，其余 100.00 元由家庭自付"
    )


def test_what_cannot_be_read_of_it_stands_at_its_field_and_counts_nothing() -> None:
    form = typed(counting(), **{"used-13-quantity": "三"})
    assert form.household().used == ()
    name = chongqing().item(13).name
    assert [(one.field, one.message) for one in form.problems] == [
        ("used-13-quantity", f'{name}：数量“三”不是数，写作 "3.50"')
    ]
    with pytest.raises(RuleViolation, match="used 里的每一行须是一个对象"):
        of({"used": [13]})
    found = answer(counting(), of({"applied_on": "2020-11-01", "lines": [], "used": [{"item": "13"}]}))
    assert [one.message for one in found.problems] == ["used（以前的档案用掉的）第1行：item 须为项目序号（整数）"]


def test_who_counts_each_file_alone_asks_nothing_of_earlier_ones() -> None:
    form = typed(counting(Over.FILE), **{"used-13-quantity": "3"})
    assert (form.household().used, counting(Over.FILE).counted_items) == ((), ())
