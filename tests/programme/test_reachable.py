"""Of several rows the first that fits counts: one that stands behind another that always fits too is refused."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.programme.facts import read_facts
from app.programme.implying import implies
from app.programme.loading import load

from .test_language import condition
from .test_variants import errors, files, written

ALONE = {"fact": "person.living", "contains": "alone"}
DIBAO = {"fact": "person.hardship", "contains": "dibao"}
OLD = {"fact": "person.birth_date", "age_at_least": 60}
CODES = ["dibao", "tekun_scattered", "low_income"]


def folder(tmp_path: Path, more: str) -> Path:
    return written(tmp_path / "qinghe-2026", dict(files()) | {"more.toml": more})


def rate(name: str, percent: int, more: str) -> str:
    return f'[[rate]]\nname = "{name}"\npercent = {percent}\n{more}\n\n'


SIXTY = rate("60 以上", 50, 'when = { fact = "person.birth_date", age_at_least = 60 }')
EIGHTY = rate("80 以上", 60, 'when = { fact = "person.birth_date", age_at_least = 80 }')


def test_the_older_behind_the_old_are_never_reached(tmp_path: Path) -> None:
    assert errors(folder(tmp_path, SIXTY + EIGHTY)) == (
        "more.toml:6: “80 以上”这一条永远轮不到：前面的“60 以上”已经把它的情形都占去了"
        "（从上到下第一条符合的为准，把更严的“80 以上”写在“60 以上”前面；两条范围一样的删去一条）\n"
    )
    assert load(folder(tmp_path, EIGHTY + SIXTY))


def test_a_row_for_other_items_is_reached(tmp_path: Path) -> None:
    works = SIXTY.replace("when", 'kinds = ["works"]\nwhen')
    assert load(folder(tmp_path, works + EIGHTY))
    assert "永远轮不到" in errors(folder(tmp_path, SIXTY + EIGHTY.replace("when", 'kinds = ["works"]\nwhen')))
    everybodys = rate("施工", 30, 'kinds = ["works"]')
    assert "“防滑”这一条永远轮不到" in errors(folder(tmp_path, everybodys + rate("防滑", 40, "items = [1]")))


def case(name: str, amount: str, when: str) -> str:
    return f'[[cap_case]]\nname = "{name}"\namount = "{amount}"\nwhen = {when}\n\n'


POOR = '{ fact = "person.hardship", contains = "dibao" }'
POOR_ALONE = f'{{ all = [ {POOR}, {{ fact = "person.living", contains = "alone" }} ] }}'


def test_a_narrower_class_behind_a_wider_one_is_never_reached(tmp_path: Path) -> None:
    wide, narrow = case("低保", "2500.00", POOR), case("低保且独居", "3000.00", POOR_ALONE)
    assert errors(folder(tmp_path, wide + narrow)).startswith("more.toml:6: “低保且独居”这一条永远轮不到：前面的“低保”")
    assert load(folder(tmp_path, narrow + wide))


@pytest.mark.parametrize(
    ("later", "earlier", "expected"),
    [
        (DIBAO, DIBAO, True),
        ({"all": [ALONE, DIBAO]}, {"all": [DIBAO, ALONE]}, True),
        (DIBAO, {"any": [ALONE, DIBAO]}, True),
        ({"any": [ALONE, DIBAO]}, DIBAO, False),
        ({"any": [DIBAO, {"all": [DIBAO, ALONE]}]}, DIBAO, True),
        (DIBAO, {"not": ALONE}, False),
        ({"not": ALONE}, {"not": ALONE}, True),
        ({"if": ALONE, "then": DIBAO, "else": {"all": [DIBAO, OLD]}}, DIBAO, True),
        (DIBAO, {"fact": "person.hardship", "contains_any": CODES}, True),
        ({"fact": "person.hardship", "contains_any": CODES}, DIBAO, False),
        (OLD | {"age_at_least": 80}, OLD | {"quiet": True}, True),
        (OLD, OLD | {"age_at_least": 80}, False),
        (OLD | {"age_at_least": 80, "count_by": "calendar_year"}, OLD, False),
        (OLD | {"age_at_least": 80, "at": date(2021, 3, 31)}, OLD, False),
        (
            {"count": "household.members", "where": {"fact": "disability.certificate", "is": True}, "at_least": 2},
            {"some": "household.members", "where": {"fact": "disability.certificate", "is": True}},
            True,
        ),
        (
            {"some": "household.members", "where": {"fact": "insured", "is": True}, "with_applicant": True},
            {"some": "household.members", "where": {"fact": "insured", "is": True}},
            False,
        ),
        (
            {"fact": "person.hukou_region", "within": "500101"},
            {"fact": "person.hukou_region", "within": ["500000", "510000"]},
            True,
        ),
    ],
)
def test_what_implies_what(later: dict[str, Any], earlier: dict[str, Any], expected: bool) -> None:
    assert implies(condition(later), condition(earlier)) is expected


_CODES = st.lists(st.sampled_from(CODES), min_size=1, max_size=3, unique=True)
_GRADES = st.lists(st.integers(1, 4), min_size=1, max_size=3, unique=True)
_LEAVES = st.one_of(
    st.builds(lambda years: {"fact": "person.birth_date", "age_at_least": years}, st.integers(59, 62)),
    st.builds(lambda years: {"fact": "person.birth_date", "age_below": years}, st.integers(59, 62)),
    st.builds(lambda code: {"fact": "person.hardship", "contains": code}, st.sampled_from(CODES)),
    st.builds(lambda codes: {"fact": "person.hardship", "contains_any": codes}, _CODES),
    st.builds(lambda codes: {"fact": "person.hardship", "contains_none": codes}, _CODES),
    st.builds(lambda most: {"fact": "person.hardship", "count_at_least": most}, st.integers(0, 3)),
    st.builds(lambda empty: {"fact": "person.hardship", "is_empty": empty}, st.booleans()),
    st.builds(lambda grade: {"fact": "person.disability.grade", "is": grade}, st.integers(1, 4)),
    st.builds(lambda grades: {"fact": "person.disability.grade", "is_one_of": grades}, _GRADES),
    st.builds(lambda grade: {"fact": "person.disability.grade", "at_least": grade}, st.integers(1, 4)),
    st.builds(lambda grade: {"fact": "person.disability.grade", "at_most": grade}, st.integers(1, 4)),
)
_WRITTEN: st.SearchStrategy[dict[str, Any]] = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda part: {"not": part}, inner),
        st.builds(lambda one, two, three: {"if": one, "then": two, "else": three}, inner, inner, inner),
    ),
    max_leaves=4,
)
_PEOPLE = st.fixed_dictionaries(
    {},
    optional={
        "birth_date": st.sampled_from(["1964-01-01", "1965-06-01", "1966-06-01", "1967-01-01"]),
        "hardship": st.lists(st.sampled_from(CODES), max_size=3, unique=True),
        "disability": st.builds(lambda grade: {"grade": grade}, st.integers(1, 4)),
    },
)


@given(_WRITTEN, _WRITTEN, _PEOPLE)
def test_what_is_said_to_follow_follows_for_everybody(
    later: dict[str, Any], earlier: dict[str, Any], person: dict[str, Any]
) -> None:
    facts, on = read_facts({"person": person}), date(2026, 6, 1)
    one, other = condition(later), condition(earlier)
    if implies(one, other) and one.truth(facts, on) is True:
        assert other.truth(facts, on) is True
