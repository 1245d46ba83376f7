"""The examples of a folder: held at every check and load, and told in policy words where they differ."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.programme.cli import programme as command
from app.programme.household.examples import check_examples, examples_in
from app.programme.household.file import read
from app.programme.loading import CATALOG, load
from app.programme.problems import BrokenData
from app.programme.quoting import quote
from app.programme.requests import explain
from app.programme.upload import read_zip
from tests.programme.test_upload import made

SHIPPED = sorted(path.parent for path in CATALOG.glob("*/programme.toml"))
FIRST = json.loads((CATALOG / "jilin-2025" / "examples" / "01-独居残疾.json").read_text("utf-8"))


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_every_shipped_programme_has_one_that_passes_one_that_fails_and_one_that_is_open(folder: Path) -> None:
    wanted = [read(path.read_bytes()).expect["verdict"] for path in examples_in(folder)]
    assert sorted(wanted) == ["eligible", "ineligible", "unknown"]
    assert check_examples(load(folder), folder) == 3


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_the_two_commands_read_the_same_file(folder: Path) -> None:
    programme = load(folder)
    for path in examples_in(folder):
        raw = json.loads(path.read_text("utf-8"))
        assert explain(programme, raw)["verdict"] == raw["expect"]["verdict"]
        if "lines" in raw:
            said = quote(programme, raw)
            sums = {key: said[key] for key in ("total", "subsidy", "self_pay")}
            assert sums == {key: raw["expect"][key] for key in sums}


def faults(tmp_path: Path, **changed: Any) -> list[str]:
    """What is said of the first example of Jilin with something else in it; its folder has no other."""
    folder = tmp_path / "jilin-2025"
    shutil.copytree(CATALOG / "jilin-2025", folder, ignore=shutil.ignore_patterns("examples"))
    (folder / "examples").mkdir()
    text = json.dumps({**FIRST, **changed}, ensure_ascii=False, indent=2)
    (folder / "examples" / "a.json").write_text(text, "utf-8")
    with pytest.raises(BrokenData) as broken:
        check_examples(load(folder), folder)
    return [f"{error.line}: {error.message}" for error in broken.value.errors]


def at(key: str, **changed: Any) -> int:
    """The line on which a key of `expect` stands."""
    lines = json.dumps({**FIRST, **changed}, ensure_ascii=False, indent=2).split("\n")
    start = next(number for number, line in enumerate(lines) if '"expect"' in line)
    return next(number for number, line in enumerate(lines, 1) if number > start and f'"{key}"' in line)


NAME = "例子“七十岁，特困，独居，有残疾人证”："


@pytest.mark.parametrize(
    ("expect", "key", "said"),
    [
        ({"verdict": "unknown"}, "verdict", "应为尚不能判断，现为符合条件"),
        ({"failed": ["E2"]}, "failed", "不符合的条款应为E2，现为 0 条"),
        ({"priority": 10}, "priority", "优先分应为 10，现为 30"),
        ({"subsidy": "2400.00"}, "subsidy", "补贴应为 2400.00 元，现为 2400.03 元"),
        ({"sources": {"province": "2400.03"}}, "sources", "省级补助应出 2400.03 元，现出 1200.02 元"),
        ({"sources": {"city": "1.00"}}, "sources", "没有资金来源“city”"),
        ({"subsidie": "1.00"}, "subsidie", "expect 里没有“subsidie”这一项"),
        ({"verdict": "yes"}, "verdict", "verdict “yes”不对"),
    ],
)
def test_a_difference_is_told_in_words_at_its_line(tmp_path: Path, expect: Any, key: str, said: str) -> None:
    assert faults(tmp_path, expect=expect)[0] == f"{at(key, expect=expect)}: {NAME}{said}"


def test_a_verdict_that_differs_says_which_clause_and_why(tmp_path: Path) -> None:
    facts = {**FIRST["facts"], "dwelling": {"safe": False, "renovatable": True}}
    line = at("verdict", facts=facts)
    assert faults(tmp_path, facts=facts)[0] == (
        f"{line}: {NAME}应为符合条件，现为不符合条件（E4 不符合：住房结构安全：否（须为是））"
    )


def test_an_example_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    assert faults(tmp_path / "a", expect={}) == [f"1: {NAME}没有写 expect，不知道应当是什么结果"]
    assert faults(tmp_path / "b", applied_on="") == [f"1: {NAME}没有写 applied_on（申请日期）"]
    facts = {"person": {"birthdate": "1950-01-01"}}
    assert faults(tmp_path / "c", facts=facts)[0].endswith("没有这个事实，是否想写 person.birth_date？")
    assert faults(tmp_path / "d", lines=[]) == [f"{at('total', lines=[])}: {NAME}算不出补贴：例子里没有写 lines"]


def broken_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "jilin-2025"
    shutil.copytree(CATALOG / "jilin-2025", folder)
    money = folder / "money.toml"
    money.write_text(money.read_text("utf-8").replace('amount = "3000.00"', 'amount = "2000.00"'), "utf-8")
    return folder


def test_neither_check_nor_load_takes_a_folder_whose_examples_differ(tmp_path: Path) -> None:
    folder = broken_folder(tmp_path)
    for verb in ("check", "load"):
        result = CliRunner().invoke(command, [verb, str(folder)])
        assert (result.exit_code, result.stdout) == (1, "")
        assert "补贴应为 2400.03 元，现为 2000.00 元" in result.stderr


def test_the_check_counts_the_examples() -> None:
    result = CliRunner().invoke(command, ["check", str(CATALOG / "jilin-2025")])
    assert "例子 3 户，结果都对" in result.stdout.splitlines()


def test_a_zip_brings_its_examples_and_a_what_if_does_not_hold_them(tmp_path: Path) -> None:
    folder = broken_folder(tmp_path)
    files = {path.name: path.read_text("utf-8") for path in folder.glob("*.toml")}
    files |= {f"examples/{path.name}": path.read_text("utf-8") for path in examples_in(folder)}
    content = made({f"吉林/{name}": text for name, text in files.items()})
    with pytest.raises(BrokenData) as broken:
        read_zip(content, with_examples=True)
    assert {error.file for error in broken.value.errors} == {"examples/01-独居残疾.json"}
    assert read_zip(content).cap_fen == 2000_00
