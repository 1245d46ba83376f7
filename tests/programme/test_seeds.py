"""The catalogue's programmes: each passes the check, judges households, settles to the fen; and no code knows one."""

import ast
import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.core.db import transaction
from app.core.errors import Conflict
from app.permissions import SYSTEM, Role
from app.programme import service
from app.programme.loading import CATALOG, load
from app.programme.policy import Programme, build, restore
from app.programme.queries import closed_to, in_force
from app.programme.quoting import quote
from app.programme.requests import explain
from tests.factories.people import make_user
from tests.support.client import PageClient

SEEDS = {
    "shanwei-2022": ("2023-03-01", 7),
    "jilin-2025": ("2024-03-01", 6),
    "gansu-severe-disability": ("2026-03-01", 6),
    "community-care-2023": ("2024-03-01", 5),
    "zhangjiakou-priority": ("2026-03-01", 4),
    "dongxiang": ("2020-09-01", 4),
}
"""Programme → a day within it, and how many clauses it has."""


@cache
def seed(name: str) -> Programme:
    return load(CATALOG / name)


def household(name: str) -> dict[str, Any]:
    """A household that the programme takes."""
    home = {
        "dwelling": {"safe": True, "renovatable": True},
        "history": {"subsidised": []},
        "consent": {"applicant": "self"},
    }
    people: dict[str, dict[str, Any]] = {
        "shanwei-2022": {
            "person": {"birth_date": "1940-05-01", "hardship": ["tekun_scattered"], "residence_region": "441502001"}
        },
        "jilin-2025": {"person": {"birth_date": "1940-05-01", "hardship": ["tekun_scattered"], "living": ["alone"]}},
        "gansu-severe-disability": {
            "person": {
                "birth_date": "1985-05-01",
                "hardship": ["dibao"],
                "living": ["with_family"],
                "disability": {"certificate": True, "grade": 1},
            },
            "household": {
                "members": [{"relation": "parent", "birth_date": "1955-01-01", "disability": {"certificate": True}}]
            },
        },
        "community-care-2023": {
            "person": {
                "birth_date": "1940-05-01",
                "hardship": ["dibao"],
                "living": ["with_family"],
                "ability": {"level": "severe"},
            }
        },
        "zhangjiakou-priority": {
            "person": {"birth_date": "1955-05-01", "hukou_region": "130702", "insured": True},
            "household": {
                "members": [
                    {
                        "relation": "child",
                        "birth_date": "1985-01-01",
                        "hardship": ["dibao"],
                        "disability": {"certificate": True, "grade": 2},
                        "insured": True,
                    }
                ]
            },
        },
        "dongxiang": {
            "person": {
                "birth_date": "1950-05-01",
                "residence_region": "622926001",
                "hardship": ["dibao"],
                "ability": {"level": "mild"},
            }
        },
    }
    return deepcopy(home | people[name])


def changed(name: str, changes: dict[str, Any]) -> dict[str, Any]:
    """The household with changes by dotted name, a number being a place in a list; None takes a fact away."""
    facts = household(name)
    for path, value in changes.items():
        *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        table: Any = facts
        for key in way:
            table = table[key] if isinstance(key, int) else table.setdefault(key, {})
        if value is None:
            del table[last]
        else:
            table[last] = value
    return facts


def verdict(name: str, facts: dict[str, Any]) -> tuple[str, int, dict[str, list[str]]]:
    """The verdict, the priority, and the clauses that do not pass with what is missing for them."""
    said = explain(seed(name), {"applied_on": SEEDS[name][0], "facts": facts})
    assert said.get("refused") is None
    open_ = {clause["id"]: clause["missing"] for clause in said["clauses"] if clause["result"] != "pass"}
    return said["verdict"], said["priority"], open_


@pytest.mark.parametrize("name", SEEDS)
def test_each_seed_has_its_clauses_with_sources_and_comes_back_from_storage(name: str) -> None:
    programme = seed(name)
    assert len(programme.clauses) == SEEDS[name][1]
    assert all(clause.data.source and clause.data.text for clause in programme.clauses)
    assert restore(programme.content) == programme


@pytest.mark.parametrize(
    ("name", "priority"),
    [
        ("shanwei-2022", 0),
        ("jilin-2025", 30),
        ("gansu-severe-disability", 60),
        ("community-care-2023", 0),
        ("zhangjiakou-priority", 100),
        ("dongxiang", 20),
    ],
)
def test_a_household_that_is_taken(name: str, priority: int) -> None:
    assert verdict(name, household(name)) == ("eligible", priority, {})


@pytest.mark.parametrize(
    ("name", "changes", "clause"),
    [
        ("shanwei-2022", {"person.hardship": ["dibao"]}, "E3"),
        ("shanwei-2022", {"person.residence_region": "440305"}, "E2"),
        ("jilin-2025", {"person.hardship": ["dibao"]}, "E2"),
        ("jilin-2025", {"history.subsidised": [{"department": "cdpf"}]}, "E5"),
        ("gansu-severe-disability", {"person.disability.grade": 3}, "E1"),
        ("gansu-severe-disability", {"person.hardship": ["dibao", "orphan_support"]}, "E3"),
        ("gansu-severe-disability", {"history.subsidised": [{"department": "cdpf", "date": "2022-01-01"}]}, "E6"),
        ("community-care-2023", {"person.ability.level": "moderate"}, "E2"),
        ("community-care-2023", {"person.birth_date": "1944-03-02"}, "E1"),
        ("zhangjiakou-priority", {"household.members.0.birth_date": "1966-01-01"}, "E3"),
        ("zhangjiakou-priority", {"household.members.0.insured": False}, "E4"),
        ("zhangjiakou-priority", {"person.hukou_region": "130602"}, "E1"),
        ("dongxiang", {"person.ability.level": "intact"}, "E3"),
    ],
)
def test_a_household_that_is_refused(name: str, changes: dict[str, Any], clause: str) -> None:
    said, _priority, open_ = verdict(name, changed(name, changes))
    assert (said, list(open_)) == ("ineligible", [clause])


@pytest.mark.parametrize(
    ("name", "changes", "missing"),
    [
        (
            "shanwei-2022",
            {"person.birth_date": "1950-05-01"},
            {"E4": ["person.ability.level", "person.disability.certificate"]},
        ),
        ("jilin-2025", {"person.hardship": None}, {"E2": ["person.hardship"]}),
        ("gansu-severe-disability", {"history": None}, {"E6": ["history.subsidised"]}),
        ("gansu-severe-disability", {"history.subsidised": [{"department": "cdpf"}]}, {"E6": ["history.subsidised"]}),
        ("community-care-2023", {"person.ability": None}, {"E2": ["person.ability.level"]}),
        ("zhangjiakou-priority", {"household.members.0.insured": None}, {"E4": ["household.members"]}),
        ("zhangjiakou-priority", {"person.insured": None}, {"E4": ["person.insured"]}),
        ("dongxiang", {"person.ability": None}, {"E3": ["person.ability.level"]}),
    ],
)
def test_a_household_of_which_something_is_missing(
    name: str, changes: dict[str, Any], missing: dict[str, list[str]]
) -> None:
    said, _priority, open_ = verdict(name, changed(name, changes))
    assert said == "unknown"
    assert open_ == missing


def line(item: int, quantity: str, price: str) -> dict[str, Any]:
    return {"item": item, "decision": "install", "quantity": quantity, "unit_price": price, "accepted": True}


@pytest.mark.parametrize(
    ("name", "lines", "sums", "sources"),
    [
        (
            "shanwei-2022",
            [line(1, "6.5", "95"), line(2, "3", "280"), line(7, "1", "980")],
            ("2437.50", "2000.00", "437.50"),
            ["1100.00", "900.00"],
        ),
        ("jilin-2025", [line(1, "6.5", "95.55")], ("621.08", "621.08", "0.00"), ["310.54", "310.54"]),
        ("jilin-2025", [line(1, "1", "0.01")], ("0.01", "0.01", "0.00"), ["0.01", "0.00"]),
        (
            "gansu-severe-disability",
            [line(1, "1", "3300"), line(7, "1", "260.55")],
            ("3560.55", "3500.00", "60.55"),
            ["2500.00", "1000.00"],
        ),
        ("gansu-severe-disability", [line(7, "1", "260.55")], ("260.55", "0.00", "260.55"), ["0.00", "0.00"]),
        (
            "community-care-2023",
            [line(1, "8", "120"), line(9, "1", "5600.01")],
            ("6560.01", "6000.00", "560.01"),
            ["5000.00", "1000.00"],
        ),
        ("zhangjiakou-priority", [line(1, "1", "2000")], ("2000.00", "0.00", "2000.00"), ["0.00"]),
        (
            "dongxiang",
            [line(1, "4", "90"), line(6, "1", "699.50")],
            ("1059.50", "1000.00", "59.50"),
            ["600.00", "400.00"],
        ),
    ],
)
def test_a_settlement(name: str, lines: list[dict[str, Any]], sums: tuple[str, str, str], sources: list[str]) -> None:
    said = quote(seed(name), {"applied_on": SEEDS[name][0], "facts": household(name), "lines": lines})
    assert (said["total"], said["subsidy"], said["self_pay"]) == sums
    assert all("已用完" not in line["reason"] for line in said["lines"] if said["cap"] == "0.00")
    assert [source["amount"] for source in said["sources"]] == sources


@pytest.mark.parametrize(
    ("changes", "cap"),
    [
        ({}, "6000.00"),
        ({"person.hardship": []}, "5000.00"),
        ({"person.ability.level": "mild", "dwelling.must_move_out": True}, "4000.00"),
        ({"person.ability.level": "mild", "dwelling.must_move_out": False}, "3000.00"),
        ({"person.ability.level": "mild", "person.hardship": []}, "2000.00"),
    ],
)
def test_the_amount_depends_on_household_condition_and_dwelling(changes: dict[str, Any], cap: str) -> None:
    facts = changed("community-care-2023", changes)
    said = quote(seed("community-care-2023"), {"facts": facts, "lines": [line(1, "1", "9000")]})
    assert (said["cap"], said["subsidy"]) == (cap, cap)


def test_while_the_dwelling_is_unknown_the_amount_is_asked_for() -> None:
    facts = changed("community-care-2023", {"person.ability.level": "mild"})
    said = quote(seed("community-care-2023"), {"facts": facts, "lines": [line(1, "1", "9000")]})
    assert said == {"refused": ["补贴标准因家庭情况而不同，请补充 dwelling.must_move_out（施工期间须暂时迁出）"]}


EDITION = """
[overlay]
id = "county-edition"
base = "{base}"
name = "区县细则（测试）"
version = "1"
county = "220102"
county_name = "测试区"
valid_from = 2024-01-01
"""


def test_the_priority_stands_on_top_of_another_programme_and_ends_with_its_conditions(tmp_path: Path) -> None:
    text = (CATALOG / "zhangjiakou-priority" / "eligibility.toml").read_text("utf-8")
    parts = re.split(r"^(?=\[\[)", text, flags=re.MULTILINE)
    taken = "".join(part for part in parts if part.startswith(("[[condition]]", "[[priority]]")))
    (tmp_path / "programme.toml").write_text(EDITION.format(base="jilin-2025") + taken, "utf-8")
    host = load(tmp_path)
    both = household("jilin-2025") | {"household": household("zhangjiakou-priority")["household"]}
    both["person"] |= {"hukou_region": "130702", "insured": True}

    def judged(facts: dict[str, Any]) -> tuple[str, int]:
        said = explain(host, {"applied_on": "2024-03-01", "facts": facts})
        return said["verdict"], said["priority"]

    assert judged(both) == ("eligible", 130)
    both["household"]["members"][0]["hardship"] = []
    assert judged(both) == ("eligible", 30)


def test_a_county_may_widen_its_province_by_replacing_one_clause(tmp_path: Path) -> None:
    wider = """
[[clause]]
id = "E2"
title = "困难身份"
source = "二(五)"
text = "是分散供养特困人员或城乡低保对象。"
when = { fact = "person.hardship", contains_any = ["tekun_scattered", "dibao"] }
"""
    (tmp_path / "programme.toml").write_text(EDITION.format(base="jilin-2025") + wider, "utf-8")
    asked = {"applied_on": "2024-03-01", "facts": changed("jilin-2025", {"person.hardship": ["dibao"]})}
    assert [explain(one, asked)["verdict"] for one in (seed("jilin-2025"), load(tmp_path))] == [
        "ineligible",
        "eligible",
    ]


def test_the_standing_need_list_waits_and_lets_households_come_again() -> None:
    data = seed("gansu-severe-disability").data
    assert (data.waiting_list.used, data.benefit.period, data.benefit.rolling_months) == (True, "rolling", 60)
    long_ago = {"history.subsidised": [{"department": "cdpf", "date": "2018-01-01"}]}
    facts = changed("gansu-severe-disability", long_ago)
    assert verdict("gansu-severe-disability", facts) == ("eligible", 60, {})


def test_who_assesses_and_whose_results_are_recognised() -> None:
    shanwei = seed("shanwei-2022").data.assessment
    assert (shanwei.assessors, shanwei.qualified_needed) == (2, 2)
    assert shanwei.qualifications == ("执业医师", "护士", "社会工作师", "中级及以上养老护理员")
    assert [one.instrument for one in seed("jilin-2025").recognitions] == ["gbt_42195_2022", "mzt_039_2013"]
    care = seed("community-care-2023")
    assert [one.number for one in care.standards_not_covering(household("community-care-2023"))] == ["MZ/T 218-2024"]


def test_the_quota_table_is_an_example_in_every_figure() -> None:
    quotas = seed("chongqing-2020").data.quota
    assert (len(quotas), sum(quota.households for quota in quotas)) == (39, 5000)
    assert all(quota.example and quota.assumptions and "示例" in quota.name for quota in quotas)


def test_what_the_source_leaves_open_is_marked_in_each_seed() -> None:
    for name in SEEDS:
        places = {(assumption.place, assumption.label) for assumption in seed(name).assumptions}
        money = {place for place, _ in places if place in {"cap.amount", "cap_case.amount"}}
        assert money or seed(name).cap_fen == 0
        assert ("time_limits.days", "") in places


def issued(name: str) -> Programme:
    """A seed as it would be published once its document is issued."""
    data = seed(name).data
    about = data.programme.model_copy(update={"status": "in_force"})
    return build(data.model_copy(update={"programme": about}))[0]


@pytest.mark.parametrize("name", ["community-care-2023", "zhangjiakou-priority"])
def test_a_policy_that_is_a_draft_itself_is_not_published(session: Session, name: str) -> None:
    with transaction():
        version = service.load_draft(seed(name), SYSTEM).id
    with pytest.raises(Conflict) as caught, transaction():
        service.publish(version, SYSTEM)
    assert caught.value.message == service.DRAFT_BY_ITS_DATA
    assert [one.programme_key for one in in_force("", date(2026, 3, 1))] == []
    with transaction():
        service.publish(service.load_draft(issued(name), SYSTEM).id, SYSTEM)


def test_a_county_is_offered_the_programmes_of_its_own_region_only(session: Session) -> None:
    with transaction():
        for name in ("gansu-severe-disability", "zhangjiakou-priority"):
            service.publish(service.load_draft(issued(name), SYSTEM).id, SYSTEM)

    def offered(county: str) -> list[str]:
        return [version.programme_key for version in in_force(county, date(2026, 3, 1))]

    assert (offered("620102"), offered("130702"), offered("500299")) == (
        ["gansu-severe-disability"],
        ["zhangjiakou-priority"],
        [],
    )
    assert (offered("130000"), offered("500000")) == (["zhangjiakou-priority"], [])
    assert offered("") == ["gansu-severe-disability", "zhangjiakou-priority"]
    assert closed_to(seed("zhangjiakou-priority"), "130702").endswith("尚未受理申请。请等正式实施后再登记。")


@pytest.mark.sqlite_only
@pytest.mark.parametrize("name", SEEDS)
def test_each_seed_is_a_readable_page_with_its_assumptions(client: PageClient, name: str) -> None:
    with transaction():
        version = service.load_draft(seed(name), SYSTEM).id
    client.login(make_user(Role.TOWNSHIP))
    page, data = client.page(f"/programmes/{version}"), seed(name).data
    shown = [row.get_text() for row in page.select("table.clauses th")]
    wanted = [entry.id for entry in (*data.condition, *data.clause, *data.priority)]
    assert shown[: len(wanted)] == wanted
    marks = {mark.parent.get_text(" ", strip=True) for mark in page.select(".clauses .assumption") if mark.parent}
    assert {f"假定 {clause.assumption}" for clause in seed(name).clauses if clause.assumption} <= marks


# no code knows a programme

APP = CATALOG.parent / "app"
_PLACE = re.compile(r"^(.{2,3}?)(?:族自治县|省|市|县)")


def forbidden() -> tuple[set[str], set[str]]:
    """Words that no text of the code may contain (ids, names of places), and codes of regions that no text may be."""
    words, codes = set(), set()
    for folder in sorted(path.parent for path in CATALOG.glob("*/programme.toml")):
        about = load(folder).data.programme
        words |= {folder.name, about.id, about.name, about.short_name}
        place = _PLACE.match(about.authority)
        if place is not None:
            words |= {place[1], about.id.split("-")[0]}
        codes |= {about.region, about.county} - {""}
    return words, codes


def texts(tree: ast.AST) -> Iterator[ast.Constant]:
    """Every text of a module but the docstrings."""
    said = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node


def test_no_code_names_a_programme_or_a_place() -> None:
    words, codes = forbidden()
    assert {"重庆", "汕尾", "甘肃", "张家口", "东乡", "吉林", "chongqing-2020", "chongqing"} <= words
    found = []
    for path in sorted(APP.rglob("*.py")):
        where = path.relative_to(APP)
        if where.parts[0] == "demo":
            continue
        for node in texts(ast.parse(path.read_text("utf-8"))):
            text = str(node.value)
            if text in codes or any(word in text for word in words):
                found.append(f"{where}:{node.lineno}: {text}")
    assert found == []


def test_no_page_names_a_programme_or_a_place() -> None:
    words, _codes = forbidden()
    pages = [*(APP.parent / "templates").rglob("*.html"), *(APP / "static").rglob("anju*.js")]
    assert [path.name for path in pages if any(word in path.read_text("utf-8") for word in words)] == []


@pytest.mark.sqlite_only
def test_all_that_is_shipped_is_loaded_at_the_start(committed: Flask) -> None:
    """As `make run` does it: one folder after the other, and a policy that is a draft itself stops nothing."""
    runner, states = committed.test_cli_runner(), {}
    for folder in sorted(path.parent for path in CATALOG.glob("*/programme.toml")):
        loaded = runner.invoke(args=["programme", "load", str(folder), "--publish"])
        assert loaded.exit_code == 0, loaded.output
        states[folder.name] = loaded.stdout.strip().rpartition("：")[2]
    assert {name for name, state in states.items() if state == "草案"} == {
        "community-care-2023",
        "zhangjiakou-priority",
    }
    assert set(states.values()) == {"草案", "已发布"}
