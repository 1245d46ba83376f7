"""Every error in a programme's folder has file, line, what is wrong and what would be right."""

import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.programme.eligibility import evaluate
from app.programme.loading import CATALOG, load
from app.programme.positions import positions
from app.programme.problems import BrokenData
from app.programme.process_schema import DOCUMENTS

from .factory import ON, facts

Edit = Callable[[str, str, str], Path]


@pytest.fixture
def edit(tmp_path: Path) -> Edit:
    """A copy of a shipped folder with one text replaced in one file."""

    def change(file: str, old: str, new: str) -> Path:
        name, _, last = file.rpartition("/")
        folder = tmp_path / (name or "chongqing-2020")
        if not folder.exists():
            shutil.copytree(CATALOG / (name or "chongqing-2020"), folder)
        path = folder / last
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")
        return folder

    return change


def errors(folder: Path) -> list[tuple[str, int, str, str]]:
    with pytest.raises(BrokenData) as broken:
        load(folder)
    return [(Path(e.file).name, e.line, e.message, e.remedy) for e in broken.value.errors]


def line_of(folder: Path, file: str, text: str) -> int:
    lines = (folder / file).read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.mark.parametrize(
    ("file", "old", "new", "message", "remedy"),
    [
        ("items.toml", 'unit = "把"', "unit = 5", "“unit”须为文字", "加上引号"),
        (
            "process.toml",
            'key = "invoice"',
            'key = "invoices"',
            "没有系统会核对的材料“invoices”",
            f"可写 {'、'.join(DOCUMENTS['settlement'])}；是否想写 invoice；政策自己的材料换一个不相近的代码",
        ),
        (
            "process.toml",
            'needed_for = "review"',
            'needed_for = "reviews"',
            "“needed_for”有误：须为 review、plan、contract、acceptance、settlement 之一",
            "",
        ),
        ("items.toml", "number = 17", 'number = "17"', "“number”须为整数", "不加引号，不写小数"),
        (
            "items.toml",
            'name = "手杖"',
            'nam = "手杖"',
            "没有“nam”这个字段",
            (
                "可写 source、assumptions、number、category、name、type、kind、unit、quantity、description、spaces、photos、"
                "measures、specifications；是否想写 name"
            ),
        ),
        ("items.toml", 'type = "basic"', 'type = "base"', "“type”有误：须为 basic、optional、plain 之一", ""),
        (
            "items.toml",
            'category = "door"',
            'category = "doors"',
            "没有类别“doors”",
            "可写 ground、door、bedroom、bathroom、kitchen、environment、aids；是否想写 door",
        ),
        ("items.toml", "number = 18", "number = 17 # twice", "number “17”重复", "每项只写一次"),
        ("money.toml", 'amount = "2000.00"', "amount = 2000.00", '“amount”有误：金额须加引号，写成 "2000.00"', ""),
        (
            "money.toml",
            'amount = "2000.00"',
            'amount = "2,000"',
            '“amount”有误：金额只写数字，最多两位小数，如 "2000.00"；不写“元”和逗号，数字用半角',
            '写成 "2000.00"',
        ),
        (
            "money.toml",
            'limit = "2000.00"',
            'limit = "1500.00"',
            "各来源的 limit 合计不足补贴标准",
            "提高 limit，或让最后一个来源不写 limit",
        ),
        (
            "process.toml",
            'day_kind = "working"',
            'day_kind = "workday"',
            "“day_kind”的值不对",
            '可写 "working" 或 "calendar"',
        ),
        ("process.toml", "months = 24", "months = -1", "“months”太小", "不小于 0"),
        ("process.toml", "rounds = 1\n", "rounds = true\n", "“rounds”须为整数", "不加引号，不写小数"),
        (
            "programme.toml",
            "valid_from = 2020-09-01",
            'valid_from = "2020-09-01"',
            "“valid_from”须为日期",
            "写成 2020-10-10，不加引号",
        ),
        (
            "eligibility.toml",
            '"person.birth_date", age_at_least = 60',
            '"person.years", age_at_least = 60',
            "没有事实“person.years”",
            "见 catalog/README.md 的事实表",
        ),
        (
            "eligibility.toml",
            "age_at_least = 80",
            'age_at_least = "80"',
            "person.birth_date 的 age_at_least：须为 0 至 150 的整数（周岁）",
            "写周岁",
        ),
        (
            "eligibility.toml",
            'is_one_of = ["owned", "long_term_use"]',
            'is_one_of = ["owned", "long_term"]',
            (
                "dwelling.right 的 is_one_of：须为 owned、long_term_use、public_rental、private_rental、none 之一，"
                "现为“long_term”；是否想写 long_term_use"
            ),
            "写值的列表",
        ),
        (
            "eligibility.toml",
            '{ fact = "person.ability.failed_items", at_least = 4 }',
            '{ fact = "person.ability.failed_items", contains = 4 }',
            "person.ability.failed_items 不能用 contains",
            "可用 is、is_one_of、at_least、at_most",
        ),
        (
            "eligibility.toml",
            'otherwise = "unknown"',
            'otherwise = "fail"',
            'otherwise 只能写 "unknown"',
            "不写时，不满足就是不通过",
        ),
        (
            "assessment.toml",
            "items = [28]",
            "items = [82]",
            "没有项目“82”",
            "可写 1、2、3、4、5、6、7、8、9、10、11、12 等",
        ),
        ("money.toml", "split = ", "split ", "格式有误：字段后面缺少等号", "写成 字段 = 值"),
        (
            "money.toml",
            'split = "in_order"',
            'split = "in_order',
            "格式有误：引号没有配对",
            '文字两头各一个半角的 "，一段文字写在一行里',
        ),
    ],
)
def test_a_fault_is_shown_where_it_stands(edit: Edit, file: str, old: str, new: str, message: str, remedy: str) -> None:
    folder = edit(file, old, new)
    found = errors(folder)
    assert (file, line_of(folder, file, new.splitlines()[0]), message) in [error[:3] for error in found]
    if remedy:
        assert remedy in [error[3] for error in found if error[2] == message]


def test_a_missing_field_is_shown_at_its_table(edit: Edit) -> None:
    folder = edit("items.toml", 'unit = "支"\n', "")
    table = line_of(folder, "items.toml", "number = 24") - 1
    assert errors(folder) == [("items.toml", table, "缺少“unit”", '补写 unit = "…"')]


def test_a_missing_table_is_shown_in_the_main_file(edit: Edit) -> None:
    folder = edit("money.toml", "[cap]", "[other]")
    assert [error[:3] for error in errors(folder)] == [
        ("money.toml", 3, "没有表 [other]"),
        ("programme.toml", 1, "缺少“cap”"),
    ]


def test_all_faults_come_at_once(edit: Edit) -> None:
    edit("items.toml", 'unit = "把"', "unit = 5")
    edit("process.toml", "months = 24", 'months = "24"')
    folder = edit("money.toml", 'amount = "2000.00"', 'amount = "x"')
    assert [error[0] for error in errors(folder)] == ["items.toml", "money.toml", "process.toml"]


def test_broken_conditions_deep_inside_have_their_own_line(edit: Edit) -> None:
    folder = edit(
        "eligibility.toml",
        '{ fact = "person.ability.recognised", is = "none" },',
        '{ fact = "person.ability.recognised", is = "nothing" },',
    )
    assert [error[:2] for error in errors(folder)] == [
        ("eligibility.toml", line_of(folder, "eligibility.toml", '"nothing"')),
    ]


def test_a_table_in_two_files(edit: Edit) -> None:
    folder = edit("plan.toml", "[plan]", '[cap]\namount = "1.00"\n\n[plan]')
    line = line_of(folder, "plan.toml", "[cap]")
    assert errors(folder) == [
        ("plan.toml", line, f"表“cap”已写在 {folder / 'money.toml'}", "同一个表只写在一个文件里"),
    ]


def test_a_file_that_is_not_utf_8(edit: Edit) -> None:
    folder = edit("plan.toml", "[plan]", "[plan]")
    (folder / "plan.toml").write_bytes("# 说明\n# ".encode() + "方案".encode("gbk"))
    assert errors(folder) == [("plan.toml", 2, "不是 UTF-8 编码的文字", "用记事本打开，另存为，编码选 UTF-8")]


COUNTY = "chongqing-2020-demo-county"


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("programme.toml", 'base = "chongqing-2020"', 'base = "nowhere"', "找不到基础项目“nowhere”"),
        ("programme.toml", 'base = "chongqing-2020"', f'base = "{COUNTY}"', "细则绕成一圈"),
        ("prices.toml", "item = 30\n", "item = 31\n", "没有项目“31”"),
        ("money.toml", 'fund = "municipal"', 'fund = "city"', "没有资金来源“city”"),
        (
            "money.toml",
            "[[allotment]]",
            (
                '[[clause]]\nid = "E2"\ntitle = "放宽"\nsource = "六(一)"\ntext = "放宽到低保。"\n'
                'when = { fact = "person.hardships", is_empty = false }\n\n[[allotment]]'
            ),
            "没有事实“person.hardships”",
        ),
        ("programme.toml", "valid_from = 2026-01-01", "valid_from = 2026-01-01\ncap = 1", "没有“cap”这个字段"),
    ],
)
def test_a_fault_of_an_overlay_is_shown_in_the_overlay(edit: Edit, file: str, old: str, new: str, message: str) -> None:
    folder = edit(f"{COUNTY}/{file}", old, new)
    marked = {"item = 31\n": "item = 31", "没有事实“person.hardships”": "hardships"}
    text = next((shown for start, shown in marked.items() if start in (new, message)), new.splitlines()[-1])
    found = errors(folder)
    assert [error[:3] for error in found] == [(file, line_of(folder, file, text), message)]


def test_a_county_may_widen_a_clause(edit: Edit) -> None:
    folder = edit(
        f"{COUNTY}/money.toml",
        "[[allotment]]",
        '[[clause]]\nid = "E2"\ntitle = "放宽"\nsource = "六(一)"\ntext = "放宽到低保。"\n'
        'when = { fact = "person.hardship", contains_any = ["tekun_scattered", "poverty_registered", "dibao"] }\n\n'
        "[[allotment]]",
    )
    programme = load(folder)
    assert [clause.id for clause in programme.clauses] == [f"E{n}" for n in range(1, 10)]
    assert programme.clause("E2").data.title == "放宽"


@pytest.mark.parametrize(
    ("file", "field", "remedy"),
    [
        ("money.toml", 'amount = "2000.00"\n', '补写 amount = "2000.00"'),
        ("process.toml", "months = 24\n", "补写 months = 1"),
        ("programme.toml", "starts = 2020-09-01\n", "补写 starts = 2020-10-10"),
        ("items.toml", 'photos = ["before", "hidden", "after"]\n', "补写 photos = [ … ]"),
        ("items.toml", 'type = "basic"\n', '补写 type = "basic" 或 "optional" 或 "plain"'),
        ("process.toml", 'day_kind = "working"\n', '补写 day_kind = "working" 或 "calendar"'),
    ],
)
def test_what_is_missing_is_shown_as_it_would_be_written(edit: Edit, file: str, field: str, remedy: str) -> None:
    assert [error[3] for error in errors(edit(file, field, ""))] == [remedy]


def test_a_county_may_put_families_first(edit: Edit) -> None:
    """以老养残: an old parent who cares for a poor severely disabled child, everybody insured."""
    folder = edit(
        f"{COUNTY}/money.toml",
        "[[allotment]]",
        "\n".join(
            (
                "[[priority]]",
                'id = "old_with_disabled"',
                'name = "以老养残家庭"',
                "points = 10",
                'source = "示例"',
                "[[priority.when.all]]",
                'fact = "person.insured"',
                "is = true",
                "[[priority.when.all]]",
                'some = "household.members"',
                "[priority.when.all.where]",
                "all = [",
                '  { fact = "relation", is = "child" },',
                '  { fact = "birth_date", age_at_least = 35 }, { fact = "birth_date", age_below = 60 },',
                '  { fact = "disability.grade", is_one_of = [1, 2] },',
                '  { fact = "hardship", contains = "dibao" },',
                "]",
                "[[priority.when.all]]",
                'not = { some = "household.members", where = { not = { fact = "insured", is = true } } }',
                "",
                "[[allotment]]",
            )
        ),
    )
    programme = load(folder)
    child = {
        "relation": "child",
        "birth_date": "1980-01-01",
        "disability": {"grade": 1},
        "hardship": ["dibao"],
        "insured": True,
    }

    def priority(**changes: object) -> int:
        known = facts(person__insured=True, household={"members": [child | changes]})
        return evaluate(programme, known, ON).priority

    assert priority() == 10
    assert [priority(birth_date="1990-01-01"), priority(insured=False), priority(relation="spouse")] == [0, 0, 0]


def test_percentages_must_make_a_hundred(edit: Edit) -> None:
    edit("money.toml", 'split = "in_order"', 'split = "percentage"')
    folder = edit("money.toml", 'limit = "2000.00"', "percent = 90")
    line = line_of(folder, "money.toml", "[[fund]]")
    assert errors(folder) == [("money.toml", line, "各来源的 percent 合计 90", "合计须为 100")]


# The finder of positions.


def test_positions_of_everything() -> None:
    text = (
        "a = 1\n"
        "[t]\n"
        'b = """x\n[no]\n"""\n'
        "c = [\n  1, # [not, these]\n  { d = 2, e = [ 3,\n 4 ] },\n]\n"
        "[[u]]\nf = '#'\n"
        "[u.v]\n'g.h' = 1979-05-27 07:32:00\n"
        "[[u]]\n[[u.w]]\ni.j = true\n"
    )
    tomllib.loads(text)
    lines = positions(text)
    assert lines == {
        ("a",): 1,
        ("t",): 2,
        ("t", "b"): 3,
        ("t", "c"): 6,
        ("t", "c", 0): 7,
        ("t", "c", 1): 8,
        ("t", "c", 1, "d"): 8,
        ("t", "c", 1, "e"): 8,
        ("t", "c", 1, "e", 0): 8,
        ("t", "c", 1, "e", 1): 9,
        ("u",): 11,
        ("u", 0): 11,
        ("u", 0, "f"): 12,
        ("u", 0, "v"): 13,
        ("u", 0, "v", "g.h"): 14,
        ("u", 1): 15,
        ("u", 1, "w"): 16,
        ("u", 1, "w", 0): 16,
        ("u", 1, "w", 0, "i"): 17,
        ("u", 1, "w", 0, "i", "j"): 17,
    }


@pytest.mark.parametrize("path", sorted(CATALOG.glob("*/*.toml")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_value_of_the_shipped_data_has_a_position(path: Path) -> None:
    text = path.read_text("utf-8")
    found = positions(text)

    def walk(value: object, at: tuple[str | int, ...]) -> None:
        assert not at or at in found
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(inner, (*at, key))
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                walk(inner, (*at, index))

    walk(tomllib.loads(text), ())


@given(st.text(alphabet="ab=[]{}\"'\n.,# 1", max_size=40))
def test_valid_text_never_breaks_the_finder(text: str) -> None:
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    found = positions(text)
    assert {key for key, *rest in found if not rest} == set(tables)
