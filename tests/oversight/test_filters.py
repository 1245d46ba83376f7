"""A rule as a filter over the derived facts gives the verdict that it gives one by one (domain §7), on both databases."""

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from app.core import clock
from app.core.db import db
from app.oversight.filters import COLUMNS, NotInDatabase, count, count_outcomes, outcomes, truths
from app.places.models import Region
from app.places.rules import Level
from app.programme.eligibility import Outcome, judge
from app.programme.expressions import AllOf, AnyOf, Condition, Count, Every, IfElse, Leaf, Not, Same, Some
from app.programme.facts import Fact, read_facts, words_with
from app.programme.loading import CATALOG, load
from app.programme.models import ProgrammeVersion
from app.programme.operators import AGES, OPERATORS
from app.programme.policy import Programme, build
from app.renovation.models import Renovation
from app.stages.application.facts import told
from app.stages.application.models import DerivedFacts

ROWS = 250
REGIONS = [
    "500000",
    "500200",
    "500299",
    "500299001",
    "500299001003",
    "500299102",
    "510000",
    "510104",
    "510104000",
    "X-1",
]
DAYS = [date(1936, 2, 29), date(1939, 12, 31), date(1940, 1, 1), date(1940, 3, 1), date(1946, 2, 28), date(1960, 7, 5)]
APPLIED = [
    date(2020, 2, 29),
    date(2021, 2, 28),
    date(2021, 3, 1),
    date(2021, 12, 31),
    date(2024, 2, 28),
    date(2026, 1, 1),
]
PROGRAMME = load(CATALOG / "chongqing-2020")
VOCABULARY = words_with((("three_elders", "三老人员"), ("elders", "老人"), ("five_elders", "五老人员")))
"""With classes of persons that a programme names itself, one code within another."""


def value_of(fact: Fact, random: Random) -> Any:
    """A value of a fact as JSON has it."""
    kind = fact.kind
    if kind.name == "bool":
        return random.random() < 0.5
    if kind.name == "int":
        return random.randint(kind.lowest, min(kind.highest, kind.lowest + 6))
    if kind.name == "code":
        return random.choice(sorted(kind.codes))
    if kind.name == "codes":
        return random.sample(sorted(kind.codes), random.randint(0, 3))
    if kind.name == "date":
        return (random.choice(DAYS) + timedelta(days=random.randint(-1, 1))).isoformat()
    if kind.name == "region":
        return random.choice(REGIONS)
    return [{"relation": "child"} if fact.name == "household.members" else {"department": "cdpf"}] * random.randint(
        0, 2
    )


def nested(flat: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in flat.items():
        *way, last = name.split(".")
        table = result
        for key in way:
            table = table.setdefault(key, {})
        table[last] = value
    return result


@pytest.fixture
def known(session: Any) -> list[tuple[int, dict[str, Any], date]]:
    """Made-up files with their facts, stored as derived facts: (id, facts as read, day of application)."""
    random, now = Random(20200915), clock.now()
    region = Region(id=1, parent_id=None, code="500000", name="市", level=Level.PROVINCE, path="/1/")
    version = ProgrammeVersion(
        id=1, programme_key="p", name="p", label="1", content_hash="0" * 64, content="{}",
        valid_from=date(2020, 1, 1), loaded_at=now,
    )  # fmt: skip
    db.session.add_all([region, version])
    db.session.flush()
    found, files, rows = [], [], []
    for id_ in range(1, ROWS + 1):
        words = [fact for name, fact in VOCABULARY.items() if random.random() < 0.7]
        facts, on = nested({fact.name: value_of(fact, random) for fact in words}), random.choice(APPLIED)
        files.append(
            {"id": id_, "number": f"T-{id_}", "programme_key": "p", "programme_version_id": 1, "county_id": 1,
             "township_id": 1, "status": "draft", "status_since": now, "applicant_name": "", "address": "",
             "suspended_reason": "", "ending_reason": "", "created_at": now, "touched_at": now, "version": 1}
        )  # fmt: skip
        rows.append(
            {"renovation_id": id_, "applied_on": on, "people": 1, "verdict": "unknown", "priority": 0,
             "facts": facts, "updated_at": now, **told(facts)}
        )  # fmt: skip
        found.append((id_, read_facts(facts), on))
    db.session.execute(insert(Renovation), files)
    db.session.execute(insert(DerivedFacts), rows)
    return found


def operand_of(fact: Fact, operator: str, random: Random) -> Any:
    """Something to compare a fact with."""
    kind = fact.kind
    some = REGIONS if kind.name == "region" else sorted(kind.codes) or [kind.lowest, kind.lowest + 3]
    choices: dict[str, Any] = {
        "age_at_least": random.choice([0, 20, 60, 74, 75, 80, 81, 84]),
        "age_below": random.choice([0, 20, 60, 74, 75, 80, 81, 84]),
        "on_or_after": random.choice(DAYS),
        "before": random.choice(DAYS),
        "within_months": random.choice([1, 800, 960, 1200]),
        "within": tuple(random.sample(REGIONS, random.randint(1, 2))),
        "is_empty": random.random() < 0.5,
        "count_at_least": random.randint(0, 3),
        "is_one_of": tuple(random.sample(some, 2)),
        "contains": random.choice(some),
        "contains_any": tuple(random.sample(some, 2)),
        "contains_none": tuple(random.sample(some, 2)),
    }
    return choices[operator] if operator in choices else value_of(fact, random)


LEAVES = [
    (fact, operator)
    for fact in VOCABULARY.values()
    for operator, about in OPERATORS.items()
    if fact.kind.name in about.kinds
]


@st.composite
def comparisons(draw: st.DrawFn) -> Condition:
    fact, operator = draw(st.sampled_from(LEAVES))
    random = Random(draw(st.integers(0, 10_000)))
    if fact.kind.name == "region" and draw(st.booleans()):
        other = next(f for f in VOCABULARY.values() if f.kind.name == "region" and f is not fact)
        level = draw(st.sampled_from(["exact", "province", "city", "county", "township", "village"]))
        return Same(fact, other, level, draw(st.booleans()))
    age = operator in AGES
    at = draw(st.sampled_from([None, date(2021, 2, 28), date(2024, 2, 29)])) if age else None
    return Leaf(
        fact, operator, operand_of(fact, operator, random), draw(st.booleans()), False, at, age and draw(st.booleans())
    )


CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    comparisons(),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AllOf(tuple(parts)))
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts)))
        | inner.map(Not)
        | st.tuples(inner, inner, inner).map(lambda parts: IfElse(*parts))
    ),
    max_leaves=8,
)


def told_by_database(condition: Condition, on: date | None) -> dict[int, bool | None]:
    found = truths(condition, on) if on else truths(condition)
    rows = db.session.execute(
        select(DerivedFacts.renovation_id, found.holds.label("holds"), found.fails.label("fails"))
    ).all()
    assert [row for row in rows if row.holds is None or row.fails is None or (row.holds and row.fails)] == []
    return {row.renovation_id: True if row.holds else False if row.fails else None for row in rows}


@pytest.mark.parametrize("on", [None, date(2024, 2, 29), date(2023, 2, 28), date(2026, 11, 22)])
def test_a_condition_filters_as_it_is_evaluated(known: list[Any], on: date | None) -> None:
    @settings(max_examples=50)
    @given(CONDITIONS)
    def hold(condition: Condition) -> None:
        try:
            found = told_by_database(condition, on)
        except NotInDatabase:
            return  # said and not guessed; `count` looks at each file instead
        assert found == {id_: condition.truth(facts, on or day) for id_, facts, day in known}

    hold()


@pytest.mark.parametrize(("fact", "operator"), LEAVES, ids=lambda one: getattr(one, "name", one))
def test_every_comparison_of_every_fact_is_carried_or_refused(known: list[Any], fact: Fact, operator: str) -> None:
    leaf = Leaf(fact, operator, operand_of(fact, operator, Random(7)))
    expected = {id_: leaf.truth(facts, date(2026, 11, 22)) for id_, facts, _day in known}
    assert told_by_database(leaf, date(2026, 11, 22)) == expected


def test_the_columns_are_those_of_the_vocabulary() -> None:
    assert set(COLUMNS) == set(VOCABULARY)


def test_a_whole_programme_filters_as_it_judges(known: list[Any]) -> None:
    found = outcomes(PROGRAMME)
    expected: dict[Outcome, set[int]] = {outcome: set() for outcome in Outcome}
    for id_, facts, day in known:
        expected[judge(PROGRAMME, facts, day).outcome].add(id_)
    for outcome, where in found.items():
        assert set(db.session.scalars(select(DerivedFacts.renovation_id).where(where))) == expected[outcome]
    assert count_outcomes(PROGRAMME) == {outcome: len(files) for outcome, files in expected.items()}


MEMBER = VOCABULARY["household.members"]
LISTS: list[Condition] = [
    Some(MEMBER, Leaf(MEMBER.kind.record["relation"], "is", "child")),
    Every(MEMBER, Leaf(MEMBER.kind.record["relation"], "is", "spouse")),
    Count(MEMBER, Leaf(MEMBER.kind.record["disability.certificate"], "is", True), with_applicant=True, lowest=1),
]


@pytest.mark.parametrize("condition", LISTS, ids=["some", "every", "count"])
def test_what_the_database_does_not_carry_is_refused_and_counted_one_by_one(
    known: list[Any], condition: Condition
) -> None:
    with pytest.raises(NotInDatabase) as refused:
        truths(AllOf((condition,)))
    assert str(refused.value) == "“家庭成员”里每一条的内容不在可筛选的事实中，只能逐户计算"
    found = count(condition)
    for truth in (True, False, None):
        assert found.get(truth, 0) == sum(condition.truth(facts, day) is truth for _id, facts, day in known)


def test_a_count_in_the_database_is_the_count_one_by_one(known: list[Any]) -> None:
    condition = PROGRAMME.clause("E3").condition
    expected = [condition.truth(facts, day) for _id, facts, day in known]
    assert count(condition) == {truth: expected.count(truth) for truth in (True, False, None)}
    some = DerivedFacts.certificate.is_(True).expression
    within = [condition.truth(facts, day) for _i, facts, day in known if facts.get("person.disability.certificate")]
    assert count(condition, some) == {truth: within.count(truth) for truth in (True, False, None)}


def test_a_clause_counts_only_on_its_days(known: list[Any]) -> None:
    data = PROGRAMME.data
    first, second = data.clause[0], data.clause[4]
    dated = (
        first.model_copy(update={"valid_to": date(2021, 2, 28)}),
        second.model_copy(update={"valid_from": date(2021, 3, 1)}),
    )
    programme = _of(dated)
    found = count_outcomes(programme)
    expected = [judge(programme, facts, day).outcome for _id, facts, day in known]
    assert found == {outcome: expected.count(outcome) for outcome in Outcome}


def _of(clauses: tuple[Any, ...]) -> Programme:
    programme, _problems = build(PROGRAMME.data.model_copy(update={"clause": clauses}))
    return programme
