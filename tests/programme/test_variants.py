"""The tutorial of `catalog/README.md` is true: what it writes loads, its mistakes are answered so, its figures come out.

A block after ```toml is data, after ```json a question of one of the two commands, after ```text the answer.
"""

import json
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from app.core.forms import Form
from app.lifecycle import PASSED_AT_ONCE, Step
from app.programme.average import Average
from app.programme.cli import _summary
from app.programme.document import document
from app.programme.household.answer import answer as answer_to
from app.programme.household.examples import check_examples
from app.programme.household.file import of
from app.programme.loading import CATALOG, load
from app.programme.operators import OPERATORS
from app.programme.policy import Programme
from app.programme.problems import BrokenData
from app.programme.process_schema import DOCUMENTS
from app.programme.quoting import quote, read_lines
from app.programme.requests import explain
from app.programme.saying import model_in
from app.programme.schema import OverlayData, ProgrammeData
from app.programme.subsidy import settle
from app.stages.application.asking import INDICATORS, Questions
from app.stages.application.rules import OpenApplication
from app.stages.settlement.sheet import retained_of

README = (CATALOG / "README.md").read_text("utf-8")
TUTORIAL = README.split("\n## 跟着做：从零写一个小项目\n")[1].split("\n## ")[0]
COUNTED, COMMON = re.split(r"^## (.+)种常见做法$", README, flags=re.MULTILINE)[1:]
VARIANTS = re.split(r"^### 做法 \d+　", COMMON, flags=re.MULTILINE)[1:]
NUMERALS = ["", *"一二三四五六七八九"]
BLOCK = re.compile(r"^```(toml|json|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MISTAKE = re.compile(r"^写错：把 `([^`]*)` 写成 `([^`]*)`，检查会说：\n\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TABLE = re.compile(r"^\[+([a-z_]+)", re.MULTILINE)


@cache
def files() -> dict[str, str]:
    """The five files of the tutorial by name."""
    return dict(re.findall(r"^文件 `([^`]*)`：\n\n```toml\n(.*?)^```$", TUTORIAL, re.MULTILINE | re.DOTALL))


def written(folder: Path, texts: Mapping[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def errors(folder: Path) -> str:
    """What the check answers, with the names of the files alone."""
    with pytest.raises(BrokenData) as broken:
        load(folder)
    return "".join(f"{error}\n".replace(f"{folder}/", "") for error in broken.value.errors)


def plain(text: str) -> str:
    """A text without the mark of the content behind a version, which changes with every field that the format gains."""
    return re.sub(r"\+[0-9a-f]{8}\b", "+________", text)


def chunks(text: str) -> list[str]:
    """A file cut before each head of a table."""
    return [part for part in re.split(r"^(?=\[)", text, flags=re.MULTILINE) if part.strip()]


def replaced(base: Mapping[str, str], fragment: str) -> dict[str, str]:
    """The tutorial's files without the tables that the fragment writes; of the clauses only those of its ids."""
    tables = set(TABLE.findall(fragment))
    clauses = set(re.findall(r'^id = "([A-Z][0-9]+)"$', fragment, re.MULTILINE))

    def stays(chunk: str) -> bool:
        table = TABLE.findall(chunk)[0]
        own = re.search(r'^id = "(.*)"$', chunk, re.MULTILINE)
        return table not in tables or (table == "clause" and own is not None and own[1] not in clauses)

    kept = {name: "".join(chunk for chunk in chunks(text) if stays(chunk)) for name, text in base.items()}
    own = "".join(chunk for chunk in chunks(fragment) if TABLE.findall(chunk)[0] == "clause")
    rest = "".join(chunk for chunk in chunks(fragment) if TABLE.findall(chunk)[0] != "clause")
    return kept | {"who.toml": f"{kept['who.toml']}\n{own}", "variant.toml": rest}


def answered(programme: Programme, raw: dict[str, Any]) -> Iterator[str]:
    """What the two commands say, in the words of the manual."""
    if "lines" in raw:
        said = quote(programme, raw)
        assert said["refused"] == []
        yield f"费用 {said['total']} 元，补贴 {said['subsidy']} 元，家庭自付 {said['self_pay']} 元"
        if len(said["sources"]) > 1:
            yield from (f"{source['id']} {source['amount']} 元" for source in said["sources"])
        return
    said = explain(programme, raw)
    clauses = said["clauses"]
    if said["verdict"] == "eligible":
        yield "符合"
    elif said["verdict"] == "ineligible":
        yield f"不符合：{'、'.join(clause['id'] for clause in clauses if clause['result'] == 'fail')}"
    else:
        open_ = [f"{c['id']} 缺 {'、'.join(c['missing'])}" for c in clauses if c["result"] == "unknown"]
        yield f"尚不能判断：{'；'.join(open_)}"
    if said["priority"]:
        yield f"优先 {said['priority']} 分"


def sentences(programme: Programme) -> set[str]:
    """Every value of the programme's readable document: 公示：天数 7 天."""
    return {
        f"{section.heading}：{value.label} {value.text}"
        for chapter in document(programme)
        for section in chapter.sections
        for entry in section.entries
        for value in entry.values
    }


def test_the_manual_has_its_parts() -> None:
    assert list(files()) == ["programme.toml", "who.toml", "what.toml", "money.toml", "how.toml"]
    assert f"{NUMERALS[len(VARIANTS) // 10]}十{NUMERALS[len(VARIANTS) % 10]}".removeprefix("一") == COUNTED
    assert f"看“{COUNTED}种常见做法”" in README
    assert re.findall(r"^### 做法 (\d+)", COMMON, re.MULTILINE) == [f"{n}" for n in range(1, len(VARIANTS) + 1)]
    assert len(MISTAKE.findall(TUTORIAL)) == 9


def test_the_first_step_alone_is_told_which_tables_are_missing(tmp_path: Path) -> None:
    first = written(tmp_path / "x", {"programme.toml": files()["programme.toml"]})
    assert errors(first) == next(text for kind, text in BLOCK.findall(TUTORIAL) if kind == "text")


def test_the_whole_passes_the_check_with_the_summary_shown(tmp_path: Path) -> None:
    programme = load(written(tmp_path / "x", files()))
    assert plain(f"```text\n{_summary(programme)}\n```") in plain(TUTORIAL)


@pytest.mark.parametrize("mistake", MISTAKE.findall(TUTORIAL), ids=lambda mistake: mistake[1])
def test_every_mistake_is_answered_as_shown(mistake: tuple[str, str, str], tmp_path: Path) -> None:
    right, wrong, said = mistake
    name = said.partition(":")[0]
    text = files()[name]
    assert right in text
    changed = text.replace(right, wrong.replace("⏎", "\n"), 1)
    assert errors(written(tmp_path / "x", {**files(), name: changed})) == said


def check_answers(programme: Programme, text: str) -> int:
    """Compares every answer after a question; how many there were."""
    found = BLOCK.findall(text)
    asked = 0
    for (kind, question), (next_kind, answer) in pairwise(found):
        if kind == "json":
            assert next_kind == "text"
            assert answer.splitlines() == list(answered(programme, json.loads(question)))
            asked += 1
    return asked


def test_the_household_of_the_tutorial(tmp_path: Path) -> None:
    programme = load(written(tmp_path / "x", files()))
    step = re.sub(r"^```sh\n.*?^```\n", "", TUTORIAL.split("### 第六步")[1], flags=re.MULTILINE | re.DOTALL)
    assert check_answers(programme, step) == 3


def test_the_example_of_the_tutorial_is_held_as_shown(tmp_path: Path) -> None:
    step = TUTORIAL.split("### 第七步")[1]
    example, told = BLOCK.findall(step)[0][1], BLOCK.findall(step)[-1][1]
    folder = written(tmp_path / "x", files())
    (folder / "examples").mkdir()
    (folder / "examples" / "li.json").write_text(example, "utf-8")
    tried = check_examples(load(folder), folder)
    assert f"例子 {tried} 户，结果都对" in _summary(load(folder), tried).splitlines()
    written(folder, {"money.toml": files()["money.toml"].replace('"3000.00"', '"2800.00"')})
    with pytest.raises(BrokenData) as broken:
        check_examples(load(folder), folder)
    assert "".join(f"{error}\n".replace(f"{folder}/", "") for error in broken.value.errors) == told


def test_without_assessment_no_instrument_is_asked_for(tmp_path: Path) -> None:
    how = files()["how.toml"].replace('[ability]\ninstrument = "six_indicators"\n', "")
    assert how != files()["how.toml"]
    assert "缺少 [ability]" in errors(written(tmp_path / "used", {**files(), "how.toml": how}))
    left_out = how + '\n[[stage]]\nkey = "assessment"\nused = false\nnote = "乡镇入户核实"\n'
    programme = load(written(tmp_path / "left", {**files(), "how.toml": left_out}))
    asked = Questions([programme])
    assert (asked.where(Form(OpenApplication, is_sent=False), "people-0-", INDICATORS), asked.tools) == ([], [])
    who = files()["who.toml"].replace(
        'fact = "person.birth_date", age_at_least = 60', 'fact = "person.ability.failed_items", at_least = 4'
    )
    assert "缺少 [ability]" in errors(written(tmp_path / "asks", {**files(), "how.toml": left_out, "who.toml": who}))


@pytest.mark.parametrize("text", VARIANTS, ids=lambda text: text.partition("\n")[0])
def test_every_variant_loads_and_its_figures_come_out(text: str, tmp_path: Path) -> None:
    """A second block of data is the edition of a city on the first, in a folder beside it."""
    upper, *lower = text.split("```toml\n[overlay]", 1)
    base = next(said for kind, said in BLOCK.findall(upper) if kind == "toml")
    holds(load(written(tmp_path / "qinghe-2026", replaced(files(), base))), upper)
    if lower:
        own = f"```toml\n[overlay]{lower[0]}"
        holds(load(written(tmp_path / "own", {"overlay.toml": BLOCK.findall(own)[0][1]})), own)


def holds(programme: Programme, text: str) -> None:
    """A programme says and answers what stands in the text behind its data."""
    found = BLOCK.findall(text)
    assert [kind for kind, _ in found].count("toml") == 1
    check_answers(programme, text)
    for (kind, _), (next_kind, said) in pairwise(found):
        if (kind, next_kind) == ("toml", "text"):
            assert set(said.splitlines()) <= sentences(programme)


def variant(title: str, folder: Path) -> tuple[str, Programme]:
    """The text of a variant and the programme that it makes."""
    text = next(text for text in VARIANTS if title in text.partition("\n")[0])
    return text, load(written(folder, replaced(files(), BLOCK.findall(text)[0][1])))


def test_the_average_of_the_county_is_as_the_manual_says(tmp_path: Path) -> None:
    text, programme = variant("户均", tmp_path / "x")
    cap = programme.data.average_cap
    assert cap is not None
    average = Average(cap, 10, 52_000_00 + 9_000_00)
    assert (average.stops, f"```text\n{average.text}\n```" in text) == (True, True)
    assert not Average(cap, 9, 9 * 9_000_00).stops


def test_what_was_had_before_in_the_period_is_taken_off(tmp_path: Path) -> None:
    text, programme = variant("三年", tmp_path / "x")
    lines, faults = read_lines(
        [
            {"item": 1, "decision": "install", "quantity": "25", "unit_price": "100.00", "accepted": True},
            {"item": 2, "decision": "in_place"},
        ]
    )
    settled = settle(programme, lines, earlier_fen=1_200_00)
    assert (faults, settled.subsidy_fen, settled.self_pay_fen) == ([], 1_800_00, 700_00)
    assert "补贴 1800.00 元，家庭自付 700.00 元" in text
    written_so = [{"item": 1, "decision": "install", "quantity": "25", "unit_price": "100.00", "accepted": True}]
    asked = {"lines": [*written_so, {"item": 2, "decision": "in_place"}], "earlier": "1200.00"}
    said = quote(programme, asked)
    assert (said["subsidy"], said["self_pay"]) == ("1800.00", "700.00")
    assert quote(programme, asked | {"earlier": 1200})["refused"] == [
        'earlier（以前享受过的补贴）：金额须加引号，写成 "2000.00"'
    ]
    found = answer_to(programme, of({"applied_on": "2026-05-01", **asked}))
    assert found.rules[0].text == "最多 ¥1,800.00，已扣除以前享受的 ¥1,200.00"


def test_the_retention_of_the_manual(tmp_path: Path) -> None:
    text, programme = variant("质保金", tmp_path / "x")
    assert retained_of(3_000_00, programme.data.money.retention_percent) == 150_00
    assert "补贴 3000 元的，先付 2850 元，留 150 元" in text


def test_what_cannot_be_left_out_is_answered_as_the_manual_says(tmp_path: Path) -> None:
    text = next(text for text in VARIANTS if "先付后补" in text.partition("\n")[0])
    more = replaced(files(), BLOCK.findall(text)[0][1])
    more["variant.toml"] += '\n[[stage]]\nkey = "acceptance"\nused = false\nnote = "小额"\n'
    said = errors(written(tmp_path / "x", more))
    assert f"```text\n{said.partition(': ')[2]}```" in text


def test_what_cannot_be_given_away_is_answered_as_the_manual_says(tmp_path: Path) -> None:
    text, _programme = variant("业主", tmp_path / "y")
    more = replaced(files(), BLOCK.findall(text)[0][1])
    more["variant.toml"] += '\n[[actor]]\ntask = "application_confirm"\nroles = ["township"]\n'
    said = errors(written(tmp_path / "x", more))
    assert f"```text\n{said.partition(': ')[2]}```" in text


def test_a_code_beside_dispatch_is_answered_as_the_manual_says(tmp_path: Path) -> None:
    text, programme = variant("凭优惠码", tmp_path / "y")
    assert programme.has_codes
    more = replaced(files(), BLOCK.findall(text)[0][1])
    dispatch = next(one for one in chunks(more["variant.toml"]) if 'key = "dispatch"' in one)
    more["variant.toml"] = more["variant.toml"].replace(dispatch, "")
    said = errors(written(tmp_path / "x", more))
    assert f"```text\n{said.partition(': ')[2]}```" in text


def test_what_may_be_left_out_is_in_the_manual() -> None:
    part = README.split("\n### 可以省去什么\n")[1].split("\n### ")[0]
    rows = [line.split("|")[1] for line in part.splitlines() if line.startswith("| `[")]
    named = [re.findall(r"`([a-z_\[\] =]+)`", row)[1] for row in rows]
    assert sorted(named) == sorted(["used = false", *PASSED_AT_ONCE, *Step])


NOT_WRITTEN = {
    ("programme", "overlay"),
    ("programme", "county"),
    ("programme", "county_name"),
    ("programme", "regions"),
    ("programme", "based_on"),
    ("cap", "addition"),
}
"""What only merging an overlay fills in."""
OLD = {"instruments", "standards", "instrument", "indicator", "grade"}
"""Tables that have a part of the manual of their own, or are only read any more."""


REFERENCE = re.compile(r"^\| `([a-z_]+)\.([a-z_]+)` \| [^|]+ \| ([^|]+) \| `.+` \|$", re.MULTILINE)
"""A row of the reference: table, field, what holds when it is not written."""


def in_toml(value: object) -> str:
    """A default as it would stand in a file."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(in_toml, value))}]"
    return json.dumps(value.value if isinstance(value, Enum) else value, ensure_ascii=False)


def test_the_reference_says_of_every_field_what_holds_when_it_is_not_written() -> None:
    part = README.split("\n## 每个字段的意思\n")[1].split("\n## ")[0]
    tables = OverlayData.model_fields | ProgrammeData.model_fields
    for table, name, told in REFERENCE.findall(part):
        model = model_in(tables[table].annotation)
        assert model is not None
        info = model.model_fields[name]
        if info.is_required():
            assert (table, name, told) == (table, name, "必填")
        elif info.default in (None, "", (), {}):
            assert (table, name, told == "必填" or told.startswith("`")) == (table, name, False)
        else:
            assert (table, name, told.partition("（")[0]) == (table, name, f"`{in_toml(info.default)}`")


def test_the_reference_names_every_field_of_every_table() -> None:
    part = README.split("\n## 每个字段的意思\n")[1].split("\n## ")[0]
    shown = [(table, name) for table, name, _default in REFERENCE.findall(part)]
    fields = set()
    for model, tables in (
        (ProgrammeData, set(ProgrammeData.model_fields) - OLD),
        (OverlayData, {"overlay", "cap_addition"}),
    ):
        for table in tables:
            inner = model_in(model.model_fields[table].annotation)
            assert inner is not None
            assert issubclass(inner, BaseModel)
            fields |= {
                (table, name)
                for name, info in inner.model_fields.items()
                if name not in {"source", "assumptions"} or info.is_required()
            }
    assert sorted(shown) == sorted((fields | {("items", "assumptions")}) - NOT_WRITTEN)


def test_the_manual_names_every_paper_that_the_system_knows() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| [^|]+ \| `(review|settlement)` \|", README, re.MULTILINE)
    assert rows == [(key, step) for step, keys in DOCUMENTS.items() for key in keys]


def test_the_manual_names_every_comparison_and_every_head_of_a_condition() -> None:
    part = README.split("\n## 条件\n")[1].split("\n## ")[0]
    named = set(re.findall(r"`([a-z_]+)`", part))
    assert set(OPERATORS) | {"all", "any", "not", "if", "then", "else", "some", "every", "count", "condition"} <= named
