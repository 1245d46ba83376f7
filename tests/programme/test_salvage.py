"""A fault in a file hides no other: neither in the rest of the file, nor in the other files, and makes up none."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.programme.loading import CATALOG
from app.programme.salvage import salvage
from app.programme.sources import _syntax_error

from .test_variants import errors, files, written


def place_of(text: str, message: str) -> tuple[int, int]:
    line = _syntax_error("x.toml", text, message)[0]
    return line, line


def test_a_whole_text_is_read_as_it_is() -> None:
    text = (CATALOG / "chongqing-2020" / "items.toml").read_text("utf-8")
    found = salvage(text, place_of)
    assert (found.tables, found.faults, found.damaged, found.text) == (tomllib.loads(text), [], [], text)


def changed(name: str, *edits: tuple[str, str]) -> dict[str, str]:
    text = files()[name]
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return {name: text}


def test_every_file_tells_its_own_and_each_its_second_fault_too(tmp_path: Path) -> None:
    texts = (
        dict(files())
        | changed("who.toml", ('title = "老年人"', "title = 老年人"), ("person.hardship", "person.hardships"))
        | changed("money.toml", ('amount = "3000.00"', "amount = 3000元"), ('split = "in_order"', 'split = "in_ordr"'))
        | changed("how.toml", ("months = 24", "month = 24"), ("[warranty]", "[warranty"))
        | changed("what.toml", ('kind = "works"', "kind = works"), ('kind = "goods"', 'kind = "good"'))
    )
    told = [line.partition("（")[0] for line in errors(written(tmp_path / "x", texts)).splitlines()]
    assert told == [
        "how.toml:18: 格式有误：表名的方括号没有配对",
        "money.toml:6: 格式有误：数字后面多了“元”",
        "money.toml:11: “split”有误：须为 in_order、percentage 之一",
        "what.toml:32: 格式有误：文字没有加引号",
        "what.toml:52: “kind”有误：须为 works、goods 之一",
        "who.toml:3: 格式有误：文字没有加引号",
        "who.toml:13: 没有事实“person.hardships”",
    ]


def test_a_wrong_field_does_not_hide_a_wrong_condition(tmp_path: Path) -> None:
    texts = (
        dict(files())
        | changed("money.toml", ('amount = "3000.00"', "amount = 3000"))
        | changed("who.toml", ('is = "owned"', 'is = "ownd"'))
    )
    told = errors(written(tmp_path / "x", texts)).splitlines()
    assert [line.partition(": ")[0] for line in told] == ["money.toml:6", "who.toml:21"]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('contains_any = ["dibao", "dibao_margin"] }', 'contains_any = ["dibao", "dibao_margin" }', 13),
        ("] },\n] }", "] },\n", 27),
        ('text = "申请当日年满 60 周岁。"', 'text = "申请当日年满 60 周岁。', 5),
        ('id = "E2"', 'id "E2"', 9),
        ("[[clause]]\nid = \"E2\"", "[[clause]\nid = \"E2\"", 8),
    ],
)  # fmt: skip
def test_what_is_not_finished_makes_up_no_further_fault(tmp_path: Path, old: str, new: str, line: int) -> None:
    told = errors(written(tmp_path / "x", dict(files()) | changed("who.toml", (old, new)))).splitlines()
    assert [one.partition("：")[0] for one in told] == [f"who.toml:{line}: 格式有误"]


LINES = (CATALOG / "chongqing-2020" / "eligibility.toml").read_text("utf-8").split("\n")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_is_broken_the_reading_ends_and_tells_it(data: st.DataObject) -> None:
    """The first fault is the reader's own; what is read of the rest is valid, and nothing is told on a line twice."""
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        cut = data.draw(st.integers(0, max(len(lines[at]) - 1, 0)))
        lines[at] = (
            lines[at][:cut] + data.draw(st.sampled_from(["", '"', "[", "元", "= =", "}", "]]"])) + lines[at][cut + 1 :]
        )
    text = "\n".join(lines)
    found = salvage(text, place_of)
    assert (found.faults[:1], len(set(found.faults))) == (first_fault(text), len(found.faults))
    assert found.text.count("\n") == text.count("\n")
    assert found.tables in ({}, tomllib.loads(found.text) if found.tables else {})


def first_fault(text: str) -> list[int]:
    """The line at which the reader itself stops; [] when it does not."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        return [place_of(text, str(wrong))[0]]
    return []
