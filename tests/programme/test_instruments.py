"""The instruments compute what their standards say; a broken one is refused where it is broken."""

import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.programme.instrument_check import build_instrument
from app.programme.instrument_loading import read_instrument
from app.programme.instrument_schema import StandardData, WorksStandard
from app.programme.instruments import Instrument
from app.programme.loading import CATALOG, load
from app.programme.policy import restore
from app.programme.problems import BrokenData
from app.programme.sources import Source, read_file, validate

FOLDER = CATALOG / "instruments"
# the second-level items of the four parts with their highest points, as the standard's table has them
PARTS = {
    32: {"eating": 4, "grooming": 4, "bathing": 4, "dressing_upper": 4, "dressing_lower": 4, "bladder": 4, "bowel": 4}
    | {"toileting": 4},
    15: {"bed_mobility": 4, "transfer": 4, "walking": 4, "stairs": 3},
    28: {"time": 4, "place": 4, "people": 4, "memory": 4, "understanding": 4, "expression": 4}
    | {"aggression": 1, "depression": 1, "consciousness": 2},
    -15: {"vision": 2, "hearing": 2, "daily_affairs": 4, "transport": 3, "social": 4},
}
ITEMS = {key: most for part in PARTS.values() for key, most in part.items()}


@cache
def instrument(name: str) -> Instrument:
    """One of the shipped instruments."""
    return build_instrument(read_instrument(FOLDER / f"{name}.toml"))[0]


def national() -> Instrument:
    return instrument("gbt-42195-2022")


def older() -> Instrument:
    return instrument("mzt-039-2013")


def answer(tool: Instrument, item: str, points: int) -> str:
    """The answer of an item that has these points."""
    return next(one.key for one in tool.answers[item] if one.points == points)


def answers(tool: Instrument, points: dict[str, int]) -> dict[str, str]:
    return {item: answer(tool, item, value) for item, value in points.items()}


def offered(tool: Instrument) -> st.SearchStrategy[dict[str, int]]:
    """Points for every item, of those that its answers have."""
    return st.fixed_dictionaries(
        {item.key: st.sampled_from([one.points for one in tool.answers[item.key]]) for item in tool.items}
    )


said = st.fixed_dictionaries({"coma": st.booleans(), "disorder": st.booleans(), "events": st.integers(0, 5)})


# ---------------------------------------------------------------- GB/T 42195-2022


def test_twenty_six_items_in_four_parts_with_a_total_of_ninety() -> None:
    tool = national()
    assert {item.key: item.maximum for item in tool.items} == ITEMS
    assert [group.maximum for group in tool.data.group] == [abs(part) for part in PARTS]
    assert [sum(part.values()) for part in PARTS.values()] == [abs(part) for part in PARTS]
    assert (len(tool.items), tool.about.maximum) == (26, 90)


def plain_level(total: int) -> int:
    """The place of a total among the five levels, best first, as the standard's sentence has it."""
    if total == 90:
        return 0
    if 66 <= total <= 89:
        return 1
    if 46 <= total <= 65:
        return 2
    if 30 <= total <= 45:
        return 3
    assert 0 <= total <= 29
    return 4


LEVELS = ("intact", "mild", "moderate", "severe", "complete")


def test_every_total_has_one_level() -> None:
    assert [national().level_at(total).key for total in range(91)] == [LEVELS[plain_level(n)] for n in range(91)]  # type: ignore[union-attr]
    assert national().level_at(91) is None


@given(offered(instrument("gbt-42195-2022")), said)
def test_score_and_level_equal_a_plain_computation(points: dict[str, int], told: dict[str, Any]) -> None:
    score = national().score(answers(national(), points), told)
    total = sum(points.values())
    place = plain_level(total)
    if told["coma"]:
        place = 4
    place = min(place + (1 if told["disorder"] else 0) + (1 if told["events"] >= 2 else 0), 4)
    assert (score.total, list(score.points.values())) == (
        total,
        [sum(points[key] for key in part) for part in PARTS.values()],
    )
    assert score.level is not None
    assert (score.level.key, score.facts) == (LEVELS[place], {"person.ability.level": LEVELS[place]})


@given(offered(instrument("gbt-42195-2022")), st.data())
def test_a_worse_answer_never_gives_a_better_level(points: dict[str, int], data: st.DataObject) -> None:
    worse = {
        item: data.draw(st.sampled_from([p for p in _points(national(), item) if p <= points[item]])) for item in points
    }
    assert _place(national(), worse) >= _place(national(), points)


def _points(tool: Instrument, item: str) -> list[int]:
    return [one.points for one in tool.answers[item]]


def _place(tool: Instrument, points: dict[str, int]) -> int:
    level = tool.score(answers(tool, points)).level
    assert level is not None
    return [one.key for one in tool.levels].index(level.key)


def test_nothing_goes_beyond_the_last_level() -> None:
    worst = dict.fromkeys(ITEMS, 0)
    score = national().score(answers(national(), worst), {"coma": True, "disorder": True, "events": 9})
    assert score.level is not None
    assert (score.level.key, [one.key for one in score.adjustments]) == ("complete", ["coma", "disorder", "events"])


def test_half_an_assessment_has_points_and_no_level() -> None:
    score = national().score({"eating": "independent"})
    assert (score.total, score.level, len(score.missing), score.is_gap) == (4, None, 25, False)


# ---------------------------------------------------------------- MZ/T 039-2013


def plain_grades(p: dict[str, int]) -> tuple[int, int, int, int]:
    """The four grades as the old standard's table has them."""
    daily = (
        sum(
            p[key]
            for key in (
                "eating",
                "bathing",
                "grooming",
                "dressing",
                "bowel",
                "bladder",
                "toileting",
                "transfer",
                "walking",
            )
        )
        + p["stairs"]
    )
    mind = p["cognition"] + p["aggression"] + p["depression"]
    society = p["living"] + p["work"] + p["orientation"] + p["people"] + p["social"]
    awake, eyes, ears, talk = p["consciousness"], p["vision"], p["hearing"], p["communication"]
    if awake >= 2 or 4 in (eyes, ears) or talk == 3:
        senses = 3
    elif awake == 1 or 3 in (eyes, ears) or talk == 2:
        senses = 2
    elif 2 in (eyes, ears) or talk == 1:
        senses = 1
    else:
        senses = 0
    return (
        0 if daily == 100 else 1 if daily >= 65 else 2 if daily >= 45 else 3,
        0 if mind == 0 else 1 if mind == 1 else 2 if mind <= 3 else 3,
        senses,
        0 if society <= 2 else 1 if society <= 7 else 2 if society <= 13 else 3,
    )


def plain_older(daily: int, mind: int, senses: int, society: int) -> str | None:
    """The level by the old standard's sentences, the worst that fits; None where none does."""
    rest = (mind, senses, society)
    if daily == 3 or (daily == 2 and 3 in rest) or (daily, *rest) == (2, 2, 2, 2):
        return "severe"
    if (daily == 1 and (rest == (2, 2, 2) or 3 in rest)) or (
        daily == 2 and sum(one in (1, 2) for one in rest) in (1, 2)
    ):
        return "moderate"
    if (daily == 0 and (mind >= 1 or senses >= 1 or society == 2)) or (daily == 1 and min(rest) <= 1):
        return "mild"
    return "intact" if (daily, mind, senses) == (0, 0, 0) and society <= 1 else None


def test_each_combination_of_grades_has_the_level_of_the_old_sentences() -> None:
    gaps = []
    for daily in range(4):
        for mind in range(4):
            for senses in range(4):
                for society in range(4):
                    grades = {"daily": daily, "mind": mind, "senses": senses, "society": society}
                    level = older().level_of_grades(grades)
                    assert (level and level.key) == plain_older(daily, mind, senses, society)
                    if level is None:
                        gaps.append((daily, mind, senses, society))
    # the text is silent where only the social part is bad, and where three grades of 1 or 2 are not all 2
    assert (0, 0, 0, 3) in gaps
    assert (2, 0, 0, 0) in gaps
    assert len(gaps) == 9


@given(offered(instrument("mzt-039-2013")), said)
def test_the_old_standard_equals_a_plain_computation(points: dict[str, int], told: dict[str, Any]) -> None:
    score = older().score(answers(older(), points), told)
    grades = plain_grades(points)
    assert tuple(score.grades[group] for group in ("daily", "mind", "senses", "society")) == grades
    level = plain_older(*grades)
    places = ["intact", "mild", "moderate", "severe"]
    worse = 1 if told["disorder"] or told["events"] >= 2 else 0
    if told["coma"]:
        expected: str | None = "severe"
    else:
        expected = places[min(places.index(level) + worse, 3)] if level else None
    assert (score.level and score.level.key) == expected
    assert score.is_gap == (level is None)


def test_a_gap_is_filled_by_hand_and_nothing_else_is() -> None:
    best = {item.key: max(_points(older(), item.key)) if item.group == "daily" else 0 for item in older().items}
    lonely = best | dict.fromkeys(("living", "work", "orientation", "people", "social"), 4)
    score = older().score(answers(older(), lonely), by_hand="mild")
    assert score.level is not None
    assert (score.is_gap, score.by_hand, score.level.key) == (True, True, "mild")
    clear = older().score(answers(older(), best), by_hand="severe")
    assert clear.level is not None
    assert (clear.is_gap, clear.by_hand, clear.level.key) == (False, False, "intact")


# ---------------------------------------------------------------- the six indicators


@given(st.sets(st.sampled_from(["eating", "dressing", "bed", "toileting", "walking", "bathing"])))
def test_six_indicators_count_what_cannot_be_done(lost: set[str]) -> None:
    tool = instrument("six-indicators")
    score = tool.score({item.key: "not_met" if item.key in lost else "met" for item in tool.items})
    expected = "full" if not lost else "partial" if len(lost) <= 3 else "complete_loss"
    assert score.level is not None
    assert (score.level.key, score.facts) == (expected, {"person.ability.failed_items": len(lost)})
    assert set(score.failed) == lost


def test_a_stored_version_in_the_short_form_means_the_same() -> None:
    raw = load(CATALOG / "chongqing-2020").data.model_dump(mode="json")
    tool = raw.pop("instruments")[0]
    raw.pop("ability")
    raw["instrument"] = {"key": "six_indicators", "name": "六项自理指标", "version": "1"} | {
        "fact": "person.ability.failed_items",
        "answers": [{"key": "met", "name": "能"}, {"key": "not_met", "name": "不能", "failed": True}],
    }
    raw["indicator"] = [{"key": one["key"], "name": one["name"], "help": one["help"]} for one in tool["item"]]
    raw["grade"] = [
        {"key": one["key"], "name": one["name"], "failed_from": one["points_from"], "failed_to": one["points_to"]}
        for one in tool["level"]
    ]
    old = restore(json.dumps(raw, ensure_ascii=False))
    given_ = {item.key: "not_met" for item in old.instrument.items[:4]} | {
        item.key: "met" for item in old.instrument.items[4:]
    }
    assert old.instrument.score(given_).facts == {"person.ability.failed_items": 4}
    assert [grade and grade.key for grade in map(old.grade, range(7))] == ["full"] + ["partial"] * 3 + [
        "complete_loss"
    ] * 3
    assert old.instrument.title == "六项自理指标（1）"


# ---------------------------------------------------------------- what is refused, and where


@pytest.mark.parametrize(
    ("name", "old", "new", "said_"),
    [
        ("gbt-42195-2022", "maximum = 90", "maximum = 100", "总分 maximum 是 100，各组相加得 90"),
        ("gbt-42195-2022", "maximum = 32", "maximum = 36", "“自理能力”的 maximum 是 36，各项相加得 32"),
        ("gbt-42195-2022", "points_from = 66", "points_from = 67", "66 分不在任何范围里（有缺口）"),
        ("gbt-42195-2022", "points_to = 45", "points_to = 46", "46 分落在两个范围里（重叠）"),
        ("gbt-42195-2022", 'when = { fact = "coma"', 'when = { fact = "comma"', "没有事实“comma”"),
        ("gbt-42195-2022", 'level = "complete"', 'level = "dead"', "没有等级“dead”"),
        ("gbt-42195-2022", 'group = "movement"', 'group = "motion"', "没有组“motion”"),
        ("gbt-42195-2022", 'severe = "severe"', 'severe = "grave"', "person.ability.level（老年人能力等级）"),
        ("mzt-039-2013", 'gaps = "manual"', 'gaps = "refused"', "没有一条 [[rule]] 覆盖"),
        ("mzt-039-2013", '{ fact = "item.vision", is = 4 }', '{ fact = "item.sight", is = 4 }', "没有事实“item.sight”"),
        ("mzt-039-2013", "points_from = 65\npoints_to = 95", "points_from = 70\npoints_to = 95", "65 分不在任何范围里"),
        (
            "mzt-039-2013",
            'at_most = 1 },\n    { fact = "item.hearing"',
            'at_most = 0 },\n    { fact = "item.hearing"',
            "没有覆盖",
        ),
        ("six-indicators", "maximum = 6\nnote", "maximum = 7\nnote", "各组相加得 6"),
        ("six-indicators", 'version = "2016"', "", "缺少“version”"),
    ],
)
def test_a_broken_instrument_is_refused_with_file_and_line(
    tmp_path: Path, name: str, old: str, new: str, said_: str
) -> None:
    text = (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / f"{name}.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BrokenData) as broken:
        read_instrument(path)
    found = [error for error in broken.value.errors if said_ in str(error)]
    assert found
    assert (found[0].file, found[0].line > 1) == (str(path), True)


def test_a_rule_that_is_never_reached_is_refused(tmp_path: Path) -> None:
    text = (FOLDER / "mzt-039-2013.toml").read_text(encoding="utf-8")
    dead = '[[rule]]\nlevel = "mild"\nwhen = { fact = "grade.daily", is = 3 }\n\n[[adjustment]]\nkey = "coma"'
    path = tmp_path / "mzt-039-2013.toml"
    path.write_text(text.replace('[[adjustment]]\nkey = "coma"', dead, 1), encoding="utf-8")
    with pytest.raises(BrokenData, match="这一条永远轮不到"):
        read_instrument(path)


def test_whom_a_standard_of_works_covers_is_data() -> None:
    programme = load(CATALOG / "chongqing-2020")
    standard = load_standard()
    assert programme.standards_not_covering({"person": {"ability": {"level": "severe"}}}) == ()
    follows = type(programme)(programme.data.model_copy(update={"standards": (standard,)}), programme.clauses)
    found = {
        level: [one.key for one in follows.standards_not_covering({"person": {"ability": {"level": level}}})]
        for level in LEVELS
    }
    assert found == {level: ["mzt_218_2024"] if level in ("severe", "complete") else [] for level in LEVELS}
    assert follows.standards_not_covering({}) == ()  # who was not assessed is not warned of


def load_standard() -> WorksStandard:
    """The standard of works as shipped."""
    source = Source(CATALOG / "standards" / "mzt-218-2024.toml")
    assert read_file(source.folder, source) == []
    return validate(StandardData, source).standard


def test_a_county_may_recognise_more_than_the_base(tmp_path: Path) -> None:
    folder = tmp_path / "chongqing-2020-demo-county"
    shutil.copytree(CATALOG / folder.name, folder)
    more = '[[recognition]]\ninstrument = "gbt_42195_2022"\nbodies = ["县医疗保障局"]\nmonths = 12\n'
    (folder / "ability.toml").write_text(more, encoding="utf-8")
    programme = load(folder)
    assert (programme.instrument.key, sorted(programme.instruments)) == (
        "six_indicators",
        ["gbt_42195_2022", "six_indicators"],
    )
    terms = programme.recognition("gbt_42195_2022")
    assert terms is not None
    assert (terms.bodies, terms.months) == (("县医疗保障局",), 12)


@pytest.mark.parametrize(
    ("text", "said_"),
    [
        ('[[recognition]]\ninstrument = "gbt_42195"\nbodies = ["县医保局"]\nmonths = 12\n', "没有评估工具“gbt_42195”"),
        ('[[recognition]]\ninstrument = "gbt_42195_2022"\nbodies = []\nmonths = 12\n', "“bodies”不能为空"),
        ('[[recognition]]\ninstrument = "gbt_42195_2022"\nbodies = ["县医保局"]\nmonths = 0\n', "“months”太小"),
    ],
)
def test_a_broken_recognition_is_refused_where_it_stands(tmp_path: Path, text: str, said_: str) -> None:
    folder = tmp_path / "chongqing-2020-demo-county"
    shutil.copytree(CATALOG / folder.name, folder)
    (folder / "ability.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BrokenData) as broken:
        load(folder)
    assert [(error.file, said_ in error.message) for error in broken.value.errors] == [
        (str(folder / "ability.toml"), True)
    ]
