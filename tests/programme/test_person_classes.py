"""Classes of persons that a programme names itself: what the check says of them, and how they are judged and said."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.programme import eligibility
from app.programme.changing import changed
from app.programme.difference import changes_between
from app.programme.eligibility import Result
from app.programme.facts import FactsRefused, read_facts, words_with
from app.programme.household.answer import answer
from app.programme.household.form import HouseholdForm
from app.programme.loading import load
from app.programme.person_classes import MOST
from app.programme.policy import Programme, restore
from app.programme.quoting import quote
from app.programme.requests import explain
from app.programme.trying import values

from .test_variants import errors, files, replaced, sentences, written

CLASS = '[[person_class]]\nkey = "three_elders"\nname = "三老人员"\ntext = "老党员。"\nevidence = ["组织部门的证明"]\n'
OTHER = '[[person_class]]\nkey = "five_elders"\nname = "五老人员"\n'
CLAUSE = """
[[clause]]
id = "E2"
title = "对象"
source = "第二条"
text = "三老人员。"
evidence = ["身份证"]
when = { fact = "person.classes", contains = "three_elders" }
"""
ON = date(2026, 5, 1)


def programme(folder: Path, text: str = CLASS + CLAUSE) -> Programme:
    return load(written(folder / "x", replaced(files(), text)))


def said(folder: Path, text: str) -> str:
    return errors(written(folder / "x", replaced(files(), text)))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            CLASS + CLAUSE.replace('contains = "three_elders"', 'contains = "tree_elders"'),
            "who.toml:27: person.classes 的 contains：须为 three_elders 之一；是否想写 three_elders（写一个代码）\n",
        ),
        (
            CLASS + CLAUSE.replace('contains = "three_elders"', 'contains = "三老人员"'),
            "who.toml:27: person.classes 的 contains：须为 three_elders 之一；“三老人员”的代码是 three_elders（写一个代码）\n",
        ),
        (
            CLAUSE,
            "who.toml:27: person.classes 的 contains：项目没有写人员类别；先写 [[person_class]]：",
        ),
        (
            CLASS + OTHER + CLAUSE,
            "variant.toml:6: 没有一条规则用到人员类别“五老人员”（在条件里写 ",
        ),
        (CLASS + CLASS + CLAUSE, "variant.toml:7: key “three_elders”重复（每项只写一次）\n"),
        (
            CLASS.replace("three_elders", "none") + CLAUSE,
            "variant.toml:2: “none”表示以上都不是，不能作代码（换一个代码，如 three_elders）\n",
        ),
        (
            CLASS.replace("三老人员", "三老、五老") + CLAUSE,
            "variant.toml:3: “三老、五老”不能作名称（名称里不用顿号、逗号、斜线和空格，登记表里用它们隔开几种）\n",
        ),
    ],
    ids=["slip", "name", "none declared", "unused", "twice", "none", "separator"],
)
def test_the_check_says_what_is_wrong_and_what_would_be_right(tmp_path: Path, text: str, told: str) -> None:
    assert told in said(tmp_path, text)


def test_one_name_stands_for_one_class(tmp_path: Path) -> None:
    twice = CLASS + CLASS.replace('"three_elders"', '"elders"')
    both = CLAUSE.replace('contains = "three_elders"', 'contains_any = ["three_elders", "elders"]')
    assert "variant.toml:8: 人员类别“三老人员”写了两次（three_elders、elders）（每种一个名称）\n" in said(
        tmp_path, twice + both
    )


def test_there_is_an_end_to_the_classes(tmp_path: Path) -> None:
    many = "".join(f'[[person_class]]\nkey = "c{n}"\nname = "第{n}种"\n' for n in range(MOST + 1))
    every = CLAUSE.replace('contains = "three_elders"', "is_empty = false")
    assert f"人员类别超过 {MOST} 种（合并相近的" in said(tmp_path, many + every)


def test_a_class_counts_as_used_wherever_a_rule_may_ask_for_it(tmp_path: Path) -> None:
    member = '{ some = "household.members", where = { fact = "classes", contains = "three_elders" } }'
    in_case = f'[[cap_case]]\nname = "甲"\namount = "4000.00"\nwhen = {member}\n'
    who = '[cap]\namount = "3000.00"\nper = "person"\nwho = { fact = "classes", contains = "three_elders" }\n'
    for place, rule in enumerate((in_case, who)):
        assert programme(tmp_path / f"{place}", CLASS + rule).person_classes == {"three_elders": "三老人员"}


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path) -> None:
    for name in ("0", "1"):
        (tmp_path / name).mkdir()


def clause(found: Programme, *classes: str, known: bool = True) -> eligibility.ClauseResult:
    facts = {"person": {"classes": list(classes)}} if known else {}
    return eligibility.evaluate(found, facts, ON).clause("E2")


def test_the_verdict_speaks_in_the_programmes_words(tmp_path: Path) -> None:
    found = programme(tmp_path)
    assert (clause(found, "three_elders").result, clause(found, "three_elders").reason) == (
        Result.PASS, "符合：人员类别：三老人员。",
    )  # fmt: skip
    assert (clause(found).result, clause(found).reason) == (Result.FAIL, "不符合：人员类别：无（须含三老人员）。")
    assert (clause(found, known=False).result, clause(found, known=False).missing) == (
        Result.UNKNOWN, ("person.classes",),
    )  # fmt: skip


def test_a_stored_class_that_the_version_does_not_know_counts_for_nothing(tmp_path: Path) -> None:
    assert clause(programme(tmp_path), "left_behind_by_an_older_version").result is Result.FAIL


def test_the_commands_refuse_a_class_that_the_programme_does_not_know(tmp_path: Path) -> None:
    found = programme(tmp_path)
    facts = {"person": {"classes": ["five_elders"]}}
    told = ["person.classes（人员类别）：须为 three_elders 之一，现为“five_elders”"]
    assert explain(found, {"applied_on": f"{ON}", "facts": facts}) == {"refused": told}
    assert quote(found, {"facts": facts, "lines": []})["refused"] != []
    none = load(written(tmp_path / "y", files()))
    assert explain(none, {"applied_on": f"{ON}", "facts": facts}) == {
        "refused": ["person.classes（人员类别）：本项目没有写人员类别（[[person_class]]），不能写代码"]
    }
    member = {"household": {"members": [{"relation": "spouse", "classes": ["x"]}]}}
    assert explain(found, {"applied_on": f"{ON}", "facts": member})["refused"] == [
        "household.members[0].classes（人员类别）：须为 three_elders 之一，现为“x”"
    ]


@given(st.lists(st.sampled_from(["a", "b", "c"])), st.one_of(st.none(), st.integers(), st.text(), st.just(["A B"])))
def test_where_no_programme_is_known_any_code_is_read_and_nothing_else(codes: list[str], wrong: Any) -> None:
    assert read_facts({"person": {"classes": codes}}) == {"person.classes": tuple(dict.fromkeys(codes))}
    with pytest.raises(FactsRefused):
        read_facts({"person": {"classes": wrong}})
    closed = words_with((("a", "甲"),))
    if set(codes) <= {"a"}:
        assert read_facts({"person": {"classes": codes}}, words=closed)["person.classes"] == tuple(dict.fromkeys(codes))
    else:
        with pytest.raises(FactsRefused):
            read_facts({"person": {"classes": codes}}, words=closed)


def test_document_difference_and_the_papers_of_a_clause(tmp_path: Path) -> None:
    old, found = load(written(tmp_path / "y", files())), programme(tmp_path)
    assert {"人员类别：指哪些人 老党员。", "人员类别：证明材料 组织部门的证明"} <= sentences(found)
    assert found.evidence_of(found.clause("E2")) == ("身份证", "组织部门的证明")
    assert found.evidence_of(found.clause("E1")) == found.clause("E1").data.evidence
    told = json.dumps([str(one) for one in changes_between(old, found)], ensure_ascii=False)
    assert "三老人员" in told
    assert restore(found.content) == found


def test_the_form_of_a_household_asks_by_name_and_the_what_if_offers_the_names(tmp_path: Path) -> None:
    found = programme(
        tmp_path,
        CLASS + OTHER + CLAUSE.replace('contains = "three_elders"', 'contains_any = ["three_elders", "five_elders"]'),
    )
    form = HouseholdForm(found, {"person__classes": ["three_elders"], "applied_on": [f"{ON}"]})
    assert form.options("person__classes") == [
        ("three_elders", "三老人员"), ("five_elders", "五老人员"), ("none_of_these", "都不属于"),
    ]  # fmt: skip
    household = form.household()
    assert (form.errors, household.facts) == ([], {"person": {"classes": ["three_elders"]}})
    judged = next(one for one in answer(found, household).clauses if one.id == "E2")
    assert [(value.label, value.said) for value in judged.values] == [("人员类别", "三老人员")]
    assert judged.evidence == ("身份证", "组织部门的证明")
    assert HouseholdForm(found, {"person__classes": ["other"]}).household().facts == {}
    (tried,) = (one for one in values(found) if one.path.endswith("contains_any"))
    assert tried.choices == (("three_elders", "三老人员"), ("five_elders", "五老人员"))
    less = changed(found, {tried.path: ("five_elders",)})
    assert clause(less, "three_elders").result is Result.FAIL


def test_a_county_may_know_classes_of_its_own(tmp_path: Path) -> None:
    written(tmp_path / "qinghe-2026", replaced(files(), CLASS + CLAUSE))
    own = (
        '[overlay]\nid = "county"\nbase = "qinghe-2026"\nname = "细则"\nversion = "1"\ncounty = "130534"\n'
        'county_name = "清河县"\nvalid_from = 2026-03-01\n\n'
        + OTHER
        + CLAUSE.replace('contains = "three_elders"', 'contains_any = ["three_elders", "five_elders"]')
    )
    county = load(written(tmp_path / "county", {"overlay.toml": own}))
    assert county.person_classes == {"three_elders": "三老人员", "five_elders": "五老人员"}
    assert clause(county, "five_elders").result is Result.PASS
