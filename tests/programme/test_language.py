"""Eligibility and process as data: what the language says, and what is refused with its place (variants §0–2)."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lifecycle import Stage, Step
from app.programme.ages import age_on, months_after, months_before
from app.programme.areas import coarser, same, stem, within
from app.programme.eligibility import Outcome, evaluate
from app.programme.expressions import Condition, facts_in
from app.programme.facts import read_facts
from app.programme.loading import CATALOG, load
from app.programme.policy import Programme, restore
from app.programme.problems import BrokenData, Problems
from app.programme.reading import Named, read_condition

ON = date(2021, 6, 30)


def condition(raw: dict[str, Any], **named: Any) -> Condition:
    problems: Problems = []
    names = Named({name: (when, ("condition", index, "when")) for index, (name, when) in enumerate(named.items())})
    found = read_condition(raw, ("when",), problems, named=names)
    assert problems == []
    assert found is not None
    return found


def problems_of(raw: dict[str, Any]) -> list[tuple[str, str]]:
    problems: Problems = []
    read_condition(raw, ("when",), problems)
    return [(one.message, one.remedy) for one in problems]


# ---------------------------------------------------------------- ages, days


def test_an_age_may_be_counted_on_a_day_of_its_own() -> None:
    found = condition({"fact": "person.birth_date", "age_at_least": 60, "at": date(2021, 3, 31)})
    for born, truth in (("1961-03-31", True), ("1961-04-01", False)):
        facts = read_facts({"person": {"birth_date": born}})
        assert found.truth(facts, ON) is truth
    finding = next(found.findings(read_facts({"person": {"birth_date": "1961-04-01"}}), ON))
    assert finding.phrase == "1961-04-01出生，2021-03-31满59周岁（未满60周岁）"


def test_an_age_may_be_counted_by_years() -> None:
    raw = {"fact": "person.birth_date", "age_at_least": 80, "count_by": "calendar_year"}
    found = condition(raw)
    for born, truth in (("1941-12-31", True), ("1942-01-01", False)):
        assert found.truth(read_facts({"person": {"birth_date": born}}), ON) is truth
    facts = read_facts({"person": {"birth_date": "1941-12-31"}})
    assert next(found.findings(facts, ON)).phrase == "1941-12-31出生，按年份2021年为80周岁（已满80周岁）"


@given(st.dates(date(1900, 1, 1), date(2030, 12, 31)), st.integers(0, 1200))
def test_months_back_and_forth(day: date, months: int) -> None:
    back = months_before(day, months)
    assert (day.year * 12 + day.month) - (back.year * 12 + back.month) == months
    assert back.day == day.day or (back.day < day.day and (back.month != months_after(back, 0).month or back.day >= 28))
    if months % 12 == 0 and day.day < 29:
        assert age_on(back, day) == months // 12


def test_within_months_before_the_application() -> None:
    found = condition({"some": "history.subsidised", "where": {"fact": "date", "within_months": 24}})
    for day, truth in (("2019-06-30", True), ("2019-06-29", False), ("2021-06-30", True), ("2021-07-01", False)):
        facts = read_facts({"history": {"subsidised": [{"department": "cdpf", "date": day}]}})
        assert found.truth(facts, ON) is truth


# ---------------------------------------------------------------- regions


def test_regions_contain_each_other_by_their_codes() -> None:
    assert [stem(code) for code in ("500000", "500200", "500299", "500299000", "500299001", "500299001003")] == [
        "50", "5002", "500299", "500299", "500299001", "500299001003",
    ]  # fmt: skip
    assert within("500299001", ("500299",)) is True
    assert within("500298001", ("500299", "510000")) is False
    assert within("500000", ("500299",)) is None
    assert "500000" in coarser("500299")
    assert same("500299001", "500299002", "county") is True
    assert same("500299001", "500298002", "county") is False
    assert same("500299", "500299001", "township") is None
    assert same("500299", "500299001", "exact") is False


CODES = st.sampled_from(["500000", "500200", "500299", "500299001", "500299001003", "510000", "510104", "510104002"])


@given(CODES, CODES)
def test_what_lies_within_is_never_vague_and_the_same_region_contains_itself(one: str, other: str) -> None:
    assert within(one, (one,)) is True
    if within(one, (other,)) is True:
        assert within(other, (one,)) in (None, one == other or stem(one) == stem(other))
    for level in ("province", "city", "county", "township", "village"):
        assert same(one, other, level) is same(other, one, level)


def test_hukou_equals_residence() -> None:
    raw = {"fact": "person.hukou_region", "same_as": "person.residence_region", "level": "county"}
    found = condition(raw)
    assert list(facts_in(found)) == ["person.hukou_region", "person.residence_region"]
    facts = read_facts({"person": {"hukou_region": "500298", "residence_region": "500299001"}})
    assert found.truth(facts, ON) is False
    assert next(found.findings(facts, ON)).phrase == "户籍地：500298（须与居住地在同一区县）"
    assert found.truth(read_facts({"person": {"hukou_region": "500298"}}), ON) is None


# ---------------------------------------------------------------- household members

DISABLED = {"fact": "disability.certificate", "is": True}


@pytest.mark.parametrize(
    ("members", "mine", "some", "every", "two"),
    [
        (None, None, None, None, None),
        (None, True, True, None, None),
        (None, False, None, False, None),
        ([], True, True, True, False),
        ([], False, False, False, False),
        ([True], True, True, True, True),
        ([None], True, True, None, None),
        ([None], False, None, False, False),
        ([True, True], None, True, None, True),
        ([False, None], False, None, False, False),
    ],
)
def test_members_with_the_applicant(
    members: list[bool | None] | None, mine: bool | None, some: Any, every: Any, two: Any
) -> None:
    said = None if members is None else [
        {"relation": "child"} | ({} if one is None else {"disability": {"certificate": one}}) for one in members
    ]  # fmt: skip
    raw: dict[str, Any] = {} if mine is None else {"person": {"disability": {"certificate": mine}}}
    facts = read_facts(raw | ({} if said is None else {"household": {"members": said}}))
    for head, more, truth in (("some", {}, some), ("every", {}, every), ("count", {"at_least": 2}, two)):
        found = condition({head: "household.members", "where": DISABLED, "with_applicant": True} | more)
        assert found.truth(facts, ON) is truth


@pytest.mark.parametrize(
    ("members", "mine", "missing"),
    [
        (None, True, ["household.members"]),
        (None, None, ["household.members", "person.disability.certificate"]),
        ([True], None, ["person.disability.certificate"]),
        ([], None, ["person.disability.certificate"]),
        ([None], True, ["household.members"]),
        ([True, None], None, ["household.members", "person.disability.certificate"]),
    ],
)
def test_what_is_missing_is_the_applicants_own_where_the_members_are_known(
    members: list[bool | None] | None, mine: bool | None, missing: list[str]
) -> None:
    """The list is named while an entry of it is open, the person's fact while the applicant is."""
    raw: dict[str, Any] = {} if mine is None else {"person": {"disability": {"certificate": mine}}}
    if members is not None:
        known = [
            {"relation": "child"} | ({} if one is None else {"disability": {"certificate": one}}) for one in members
        ]
        raw["household"] = {"members": known}
    every = condition({"every": "household.members", "where": DISABLED, "with_applicant": True})
    assert [finding.fact for finding in every.findings(read_facts(raw), ON) if finding.truth is None] == missing


def test_a_count_has_two_ends() -> None:
    found = condition({"count": "household.members", "where": DISABLED, "at_least": 1, "at_most": 1})
    for number, truth in ((0, False), (1, True), (2, False)):
        entries = [{"relation": "child", "disability": {"certificate": True}}] * number
        assert found.truth(read_facts({"household": {"members": entries}}), ON) is truth
    phrase = next(found.findings(read_facts({"household": {"members": []}}), ON)).phrase
    assert phrase == "家庭成员：无（须符合的不少于1条、不多于1条）"


# ---------------------------------------------------------------- names


def test_a_condition_with_a_name_stands_for_what_it_says() -> None:
    hard = {"fact": "person.hardship", "contains": "dibao"}
    named = condition({"not": {"condition": "hard"}}, hard=hard)
    assert named == condition({"not": hard})


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"condition": "nobody"}, "没有名为“nobody”的条件"),
        ({"some": "household.members", "where": {"condition": "x"}}, "where 里不能引用 [[condition]]"),
        ({"fact": "person.insured", "is": True, "at": date(2021, 1, 1)}, "at 只用于年龄"),
        ({"fact": "person.birth_date", "age_at_least": 60, "count_by": "moon"}, 'count_by 须为 "birthday" 或 "calendar_year"'),
        ({"fact": "person.hukou_region", "same_as": "person.hukou_region"}, "same_as 只用于两个不同的地区"),
        ({"fact": "person.hukou_region", "same_as": "person.residence_region", "level": "street"}, "没有层级“street”"),
        ({"count": "household.members", "where": DISABLED}, "count 须写 at_least（至少 1）或 at_most"),
        ({"count": "household.members", "where": DISABLED, "at_least": 2, "at_most": 1}, "at_most 小于 at_least"),
        ({"some": "history.subsidised", "where": {"fact": "department", "is": "cdpf"}, "with_applicant": True},
         "with_applicant 只用于 household.members"),
        ({"every": "person.hardship", "where": DISABLED}, "person.hardship 不是名单"),
    ],
)  # fmt: skip
def test_a_slip_in_a_condition_is_named(raw: dict[str, Any], message: str) -> None:
    assert [found for found, _remedy in problems_of(raw)] == [message]


# ---------------------------------------------------------------- what is refused with file and line


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CATALOG / "chongqing-2020", tmp_path / "chongqing-2020"))


def refusals(folder: Path, more: str = "", **edits: tuple[str, str]) -> list[tuple[str, str]]:
    """(the line that is named, what is wrong) after appending to process.toml and replacing in files."""
    path = folder / "process.toml"
    path.write_text(path.read_text("utf-8") + "\n" + more, "utf-8")
    for name, (old, new) in edits.items():
        file = folder / f"{name}.toml"
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(BrokenData) as caught:
        load(folder)
    found = []
    for error in caught.value.errors:
        found.append((Path(error.file).read_text("utf-8").splitlines()[error.line - 1], error.message))
    return found


CIRCLE = """
[[condition]]
id = "one"
name = "一"
when = { condition = "two" }

[[condition]]
id = "two"
name = "二"
when = { not = { condition = "one" } }
"""


def test_a_circle_of_conditions_is_refused_with_its_line(folder: Path) -> None:
    assert refusals(folder, CIRCLE) == [
        ('when = { not = { condition = "one" } }', "条件绕成一圈：one → two → one"),
    ]


LATER = """
[[clause]]
id = "E5"
valid_from = 2021-01-01
title = "住房结构安全"
source = "二(二)2"
text = "自 2021 年起只看结构。"
when = { fact = "dwelling.safe", is = true }
"""


def test_one_clause_may_follow_another_and_not_overlap_it(folder: Path) -> None:
    path = folder / "eligibility.toml"
    text = path.read_text("utf-8") + LATER
    path.write_text(text, "utf-8")
    with pytest.raises(BrokenData) as caught:
        load(folder)
    assert [error.message for error in caught.value.errors] == ["id “E5”重复，有效期重叠"]
    path.write_text(text.replace('id = "E5"', 'id = "E5"\nvalid_to = 2020-12-31', 1), "utf-8")
    programme = load(folder)
    for day, title in ((date(2020, 12, 31), "住房安全、能改造"), (date(2021, 1, 1), "住房结构安全")):
        assert [one.data.title for one in programme.clauses_on(day) if one.id == "E5"] == [title]
        assert programme.clause("E5", day).data.title == title


def test_on_every_day_something_is_asked(folder: Path) -> None:
    path = folder / "eligibility.toml"
    text = path.read_text("utf-8")
    for number in range(1, 10):
        text = text.replace(f'id = "E{number}"', f'id = "E{number}"\nvalid_to = 2021-12-31', 1)
    path.write_text(text, "utf-8")
    with pytest.raises(BrokenData) as caught:
        load(folder)
    assert "2022-01-01 起没有任何条件，人人都会符合" in [error.message for error in caught.value.errors]


@pytest.mark.parametrize(
    ("more", "edits", "line", "message"),
    [
        ('[[stage]]\nkey = "warranty"\nresponsible = ["county"]\n', {}, 'key = "warranty"', "key “warranty”重复"),
        ("", {"process": ('responsible = ["assessor", "township"]', "responsible = []")}, "responsible = []",
         "“评估”没有写由谁办理"),
        ("", {"process": ('responsible = ["assessor", "township"]', 'responsible = ["finance"]')},
         'responsible = ["finance"]', "“评估”写的岗位都不能办理这个环节"),
        ("", {"process": ('responsible = ["contractor", "supervisor"]', 'responsible = ["contractor", "builder"]')},
         'responsible = ["contractor", "builder"]', "没有“builder”这个岗位"),
        ("", {"process": ('key = "settlement"\nresponsible', 'key = "settlement"\nused = false\nnote = "免"\nresponsible')},
         "used = false", "“结算”不能省去：没有结算，就不知道该付多少、付给谁"),
        ("", {"process": ('key = "acceptance"\nresponsible', 'key = "acceptance"\nused = false\nnote = "免"\nresponsible')},
         "used = false", "“验收”不能省去：没有入户验收，付款就没有依据"),
        ("", {"process": ('key = "warranty"\nresponsible', 'key = "warranty"\nused = false\nnote = "小件"\nresponsible')},
         "months = 24", "省去了质保环节，却写了 24 个月质保"),
        ("", {"process": ('key = "warranty"\nresponsible', 'key = "warranty"\nused = false\nnote = "小件"\nresponsible')},
         "[[document]]", "本项目不设“质保”，不会有“质保卡”"),
        ('[[step]]\nkey = "dispatch"\nused = false\nnote = "家庭自选"\n', {}, "used = false",
         "省去“县级派工”以后没有人派监理"),
        ('[[step]]\nkey = "agreement"\nused = false\nnote = "不签"\n', {}, "[[document]]",
         "本项目不设“改造协议”，不会有“改造协议”"),
        ('[[step]]\nkey = "countersign"\nused = false\n', {}, "used = false", "省去“县级会签验收”要写 note"),
        ('[[step]]\nkey = "supervision"\nused = false\nnote = "小额"\n', {}, "[[document]]",
         "本项目不设“监理”，不会有“监理报告”"),
        ('[[actor]]\naction = "approve_plan"\nroles = ["township"]\n', {}, 'roles = ["township"]',
         "乡镇（街道）经办不能办理“批准方案”"),
        ('[[actor]]\naction = "approve_plan"\nroles = []\n', {}, "roles = []", "“roles”不能为空"),
        ('[[notice_round]]\nround = 2\nname = "乡镇"\ndays = 3\nday_kind = "calendar"\nplaces = ["公开栏"]\n', {},
         "round = 2", "公示共 1 轮，没有第 2 轮"),
        ("", {"programme": ('region = "500000"', 'region = "500000"\nstatus = "pilot"')}, 'status = "pilot"',
         "试点要写明试点地区，其余状态不写"),
        ("", {"programme": ('region = "500000"', 'region = "500000"\nstatus = "pilot"\npilot_regions = ["510104"]')},
         'pilot_regions = ["510104"]', "510104 不在项目的地区 500000 内"),
        ("", {"programme": ('period = "lifetime"', 'period = "rolling"')}, "[benefit]",
         "“benefit”有误：period = \"rolling\" 须写 rolling_months（几个月内），其余不写"),
        ("", {"process": ("assessors = 2", 'assessors = 2\nqualified = 1')}, "[assessment]",
         "“assessment”有误：写了 qualified 就要在 qualifications 里列出认可的资格"),
        ("", {"quotas": ('[[quota]]', '[[quota]]\nregion = "500101001"\nname = "甲镇"\nhouseholds = 999\n\n[[quota]]')},
         "households = 445", "万州区（示例）有 445 户，下级合计 999 户"),
        ("", {"process": ('countersign = ["county"]', 'countersign = ["city"]')}, 'countersign = ["city"]',
         'countersign 只能写 ["county"]'),
        ("", {"process": ('party = ["township", ', 'party = ["neighbours", ')},
         'party = ["neighbours", "household", "contractor_presenting", "supervisor"]', "party 缺少 township"),
        ('[sample_inspection]\npercent = 101\n', {}, "percent = 101", "“percent”太大"),
    ],
)  # fmt: skip
def test_broken_process_data_is_refused(
    folder: Path, more: str, edits: dict[str, tuple[str, str]], line: str, message: str
) -> None:
    found = refusals(folder, more, **edits)
    assert message in [said for _line, said in found]
    assert line in [where for where, _said in found]


def test_days_may_stand_bare_at_any_depth_and_are_restored(folder: Path) -> None:
    path = folder / "eligibility.toml"
    path.write_text(
        path.read_text("utf-8")
        + '\n[[clause]]\nid = "X1"\ntitle = "三老"\nsource = "一"\ntext = "截止日年龄"\n'
        + 'when = { all = [ { fact = "person.birth_date", age_at_least = 60, at = 2021-03-31 }, '
        + '{ not = { fact = "person.birth_date", before = 1900-01-01 } } ] }\n',
        "utf-8",
    )
    programme = load(folder)
    again: Programme = restore(programme.content)
    facts = {"person": {"birth_date": "1961-04-01"}}
    results = {one.id: one.result.value for one in evaluate(again, facts, date(2021, 6, 30)).clauses}
    assert results["X1"] == "fail"
    assert again.clause("X1").condition == programme.clause("X1").condition


def test_a_clause_that_does_not_count_on_the_day_is_not_in_the_verdict(folder: Path) -> None:
    path = folder / "eligibility.toml"
    path.write_text(path.read_text("utf-8").replace('id = "E6"', 'id = "E6"\nvalid_from = 2021-01-01', 1), "utf-8")
    programme = load(folder)
    before = evaluate(programme, {}, date(2020, 12, 31))
    after = evaluate(programme, {}, date(2021, 1, 1))
    assert [one.id for one in before.clauses] == ["E1", "E2", "E3", "E4", "E5", "E7", "E8", "E9"]
    assert [one.id for one in after.clauses] == [f"E{number}" for number in range(1, 10)]
    assert before.outcome is Outcome.UNKNOWN


def test_a_county_may_say_its_own_process(tmp_path: Path) -> None:
    shutil.copytree(CATALOG / "chongqing-2020", tmp_path / "chongqing-2020")
    own = Path(shutil.copytree(CATALOG / "chongqing-2020-demo-county", tmp_path / "own"))
    (own / "process.toml").write_text(
        '[waiting_list]\nused = true\nmove_up = "automatic"\n\n[sample_inspection]\npercent = 10\n\n'
        '[[step]]\nkey = "countersign"\nused = false\nnote = "委托乡镇"\n\n'
        '[[stage]]\nkey = "assessment"\nused = false\nnote = "上报即改"\n',
        "utf-8",
    )
    programme = load(own)
    data = programme.data
    assert (data.waiting_list.move_up, data.sample_inspection and data.sample_inspection.percent) == ("automatic", 10)
    assert [one.key.value for one in data.stage] == [
        "application", "assessment", "plan", "construction", "acceptance", "settlement", "warranty",
    ]  # fmt: skip
    assert [programme.left_out(Stage.ASSESSMENT), programme.left_out(Step.COUNTERSIGN), programme.left_out(Stage.PLAN)] == [
        "上报即改", "委托乡镇", "",
    ]  # fmt: skip
