"""What the check says besides faults: what would stop a household, or mean something else than was meant."""

from pathlib import Path

import pytest

from app.programme.hints import hints
from app.programme.loading import load

from .test_variants import errors, files, replaced, written

COUNT = '[[limit]]\nname = "每类最多 6 件"\nper = "category"\ncount = 6\n'
LEVEL = '[[clause]]\nid = "E4"\ntitle = "失能"\nsource = "一"\ntext = "失能。"\nwhen = { fact = "person.ability.level", is = "severe" }\n\n[ability]\ninstrument = "gbt_42195_2022"\n'
RECOGNISED = '\n[[recognition]]\ninstrument = "gbt_42195_2022"\nbodies = ["民政部门"]\nmonths = 12\n'
USUAL = 2
"""Quota and allotment, which the tutorial's programme leaves to the page."""


def told(folder: Path, fragment: str) -> list[str]:
    return list(hints(load(written(folder / "x", replaced(files(), fragment)))))[USUAL:]


def test_a_limit_of_pieces_upon_square_metres_is_told(tmp_path: Path) -> None:
    assert told(tmp_path, COUNT) == [
        (
            "“每类最多 6 件”按项目的单位数，1 防滑处理（平方米）不论件：6 就是 6 平方米；"
            "只数论件的，用 items 选出来；面积、长度另写 amount"
        )
    ]
    assert told(tmp_path, COUNT + "items = [2, 3, 4]\n") == []
    assert told(tmp_path, COUNT.replace("count = 6", 'amount = "600.00"')) == []


def test_a_level_that_nobody_can_know_in_time_is_told(tmp_path: Path) -> None:
    assert told(tmp_path, LEVEL) == [
        (
            "E4 问能力等级，确定以前就要知道，入户评估在确定之后：写 [[recognition]]，"
            "由乡镇登记已有的评估报告；不写的，逐户在“核验条件”里按报告填写"
        )
    ]
    assert told(tmp_path, LEVEL + RECOGNISED) == []


@pytest.mark.parametrize(
    ("file", "more", "said"),
    [
        (
            "how.toml",
            "\n[[sample_inspection]]\npercent = 20\n",
            "“sample_inspection”只有一节，不能写成 [[sample_inspection]]（只写一个 [sample_inspection]，其余的删去）",
        ),
        (
            "how.toml",
            "\n[sample_inspection]\npercent = 10\n\n[[sample_inspection]]\npercent = 20\n",
            "格式有误：[sample_inspection] 和 [[sample_inspection]] 混着写（这个表只有一节：只写一个 [sample_inspection]，其余的删去）",
        ),
        (
            "how.toml",
            '\n[composition]\nid = "C1"\ntext = "x"\nfirst = true\n',
            "“composition”可以有多节，不能写成 [composition]（每一节都写 [[composition]]）",
        ),
    ],
)
def test_brackets_are_told_as_the_head_to_be_written(tmp_path: Path, file: str, more: str, said: str) -> None:
    folder = written(tmp_path / "x", dict(files()) | {file: files()[file] + more})
    assert [line.partition(": ")[2] for line in errors(folder).splitlines()] == [said]


@pytest.mark.parametrize("gone", ["title", "source", "text", "when"])
def test_a_clause_that_cannot_be_read_is_told_once(tmp_path: Path, gone: str) -> None:
    """Its list is not empty: what is wrong in it stands there."""
    one = (
        '[[clause]]\nid = "E1"\ntitle = "x"\nsource = "s"\ntext = "t"\nwhen = { fact = "person.insured", is = true }\n'
    )
    text = "".join(line for line in one.splitlines(keepends=True) if not line.startswith(f"{gone} ="))
    said = errors(written(tmp_path / "x", dict(files()) | {"who.toml": text}))
    assert [line.partition("（")[0] for line in said.splitlines()] == [f"who.toml:1: 缺少“{gone}”"]


def test_a_list_that_is_empty_is_told(tmp_path: Path) -> None:
    said = errors(written(tmp_path / "x", dict(files()) | {"who.toml": "clause = []\n"}))
    assert said == "who.toml:1: “clause”不能为空（至少写一项）\n"


def test_who_counts_as_a_person_is_told_in_the_words_of_one_person(tmp_path: Path) -> None:
    cap = '[cap]\namount = "6000.00"\nper = "person"\n'
    assert 'cap 里加 who = { fact = "birth_date", age_at_least = 60 }' in errors(
        written(tmp_path / "x", replaced(files(), cap))
    )


def test_a_count_for_each_person_beside_a_sum_of_the_household(tmp_path: Path) -> None:
    """What the remedy advises is what loads."""
    limit = '[[limit]]\nname = "每人 3 件"\nper = "all"\neach = "person"\nitems = [3, 4]\ncount = 3\n'
    (said,) = errors(written(tmp_path / "x", replaced(files(), limit))).splitlines()
    assert said.endswith(
        '（[cap] 写 per = "person"、每人的金额和 who（谁算一人），一户的总额另写一条 [[limit]] '
        'per = "all"、each = "household"、amount；不按人的，这里写 each = "household"）'
    )
    cap = '[cap]\namount = "6000.00"\nper = "person"\nwho = { fact = "birth_date", age_at_least = 60 }\n'
    whole = '[[limit]]\nname = "一户总额"\nper = "all"\neach = "household"\namount = "9000.00"\n'
    assert len(load(written(tmp_path / "y", replaced(files(), cap + limit + whole))).data.limit) == 2
