"""`eligibility explain`, `settlement quote` and `programme check` as other people's scripts see them."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from app.programme.cli import commands
from app.programme.loading import CATALOG
from app.programme.quoting import quote
from app.programme.requests import answer, answers, explain

from .factory import BASICS, ELIGIBLE, chongqing, facts

RUN = {command.name: command for command in commands}
REQUEST = {"applied_on": "2020-09-15", "facts": ELIGIBLE}
ID = "chongqing-2020"


def run(group: str, *arguments: str, stdin: str | bytes = "") -> Result:
    return CliRunner().invoke(RUN[group], arguments, input=stdin)


def ask(group: str, command: str, raw: Any, programme: str = ID) -> tuple[int, Any]:
    text = raw if isinstance(raw, str | bytes) else json.dumps(raw)
    result = run(group, command, "--programme", programme, stdin=text)
    return result.exit_code, json.loads(result.stdout)


def basics(**changes: Any) -> list[dict[str, Any]]:
    """Every basic in place, but item 1 installed."""
    lines: list[dict[str, Any]] = [{"item": item, "decision": "in_place"} for item in BASICS if item != 1]
    first = {"item": 1, "decision": "install", "quantity": "3.50", "unit_price": "120.00", "accepted": True}
    first = {key: value for key, value in (first | changes).items() if value is not None}
    return [first, *lines]


# eligibility explain


def test_explain_answers_with_the_contracts_keys_only() -> None:
    code, said = ask("eligibility", "explain", REQUEST)
    assert code == 0
    assert list(said) == ["programme", "version", "verdict", "clauses", "priority"]
    assert (said["programme"], said["version"], said["verdict"], said["priority"]) == (
        ID,
        chongqing().version,
        "eligible",
        0,
    )
    assert [clause["id"] for clause in said["clauses"]] == [f"E{n}" for n in range(1, 10)]
    assert {tuple(clause) for clause in said["clauses"]} == {("id", "source", "result", "reason", "missing")}


def test_a_programme_is_named_by_its_folder_too() -> None:
    by_folder = ask("eligibility", "explain", REQUEST, str(CATALOG / ID))
    assert by_folder == ask("eligibility", "explain", REQUEST)


def test_an_unknown_programme_answers_nothing_on_standard_output() -> None:
    result = run("eligibility", "explain", "--programme", "nowhere-1999", stdin="{}")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("没有政策“nowhere-1999”")


@pytest.mark.parametrize(
    ("raw", "reasons"),
    [
        ([], ['输入须是一个对象 {"applied_on": "…", "facts": {…}}']),
        ({"facts": {}}, ["缺少 applied_on（申请日期，如 2020-09-15）"]),
        ({"applied_on": "2020-09-15"}, ["缺少 facts，什么都不知道时写 {}"]),
        ({"applied_on": 20200915, "facts": {}}, ["applied_on（申请日期）：须为日期，写作 2020-09-15"]),
        ({"applied_on": "2020-09-31", "facts": {}}, ["applied_on（申请日期）：2020-09-31 不是真实的日期"]),
        ({"applied_on": "2020-9-15", "facts": {}}, ["applied_on（申请日期）：须为日期，写作 2020-09-15"]),
        (REQUEST | {"fact": {}}, ["没有“fact”这一项，可写 applied_on、facts"]),
        (
            {"applied_on": "x", "facts": {"y": 1}},
            ["applied_on（申请日期）：须为日期，写作 2020-09-15", "y：没有这个事实，可用的事实见 catalog/README.md"],
        ),
        ("", ["不是正确的 JSON：第 1 行第 1 个字符处有误"]),
        ("{", ["不是正确的 JSON：第 1 行第 2 个字符处有误"]),
        ('{"applied_on": NaN}', ["不是正确的 JSON：不能写 NaN"]),
        ('{"facts": {}, "facts": {}}', ["“facts”写了两次，只留一个"]),
        (b"\xff\xfe{}", ["输入不是 UTF-8 编码的文字"]),
        ("[" * 100_000, ["不是正确的 JSON：数字过长或嵌套过深"]),
        ("1" * 5_000, ["不是正确的 JSON：数字过长或嵌套过深"]),
    ],
)
def test_explain_refuses_with_exit_1(raw: Any, reasons: list[str]) -> None:
    assert ask("eligibility", "explain", raw) == (1, {"refused": reasons})


def test_a_refusal_has_no_verdict() -> None:
    assert ask("eligibility", "explain", REQUEST | {"facts": facts(person__hardship=["rich"])}) == (
        1,
        {
            "refused": [
                (
                    "person.hardship（困难类别）：须为 tekun_scattered、tekun_institution、poverty_registered、dibao、"
                    "dibao_margin、low_income、lifted_poverty、poverty_risk、expense_poverty、special_care、"
                    "family_planning_special、orphan_support 之一，现为“rich”"
                )
            ]
        },
    )


def test_many_answers_line_by_line_refusals_included() -> None:
    lines = [json.dumps(REQUEST), "{", "", '{"applied_on": "2020-09-15", "facts": {}}', json.dumps({"x": 1}), "", ""]
    result = run("eligibility", "explain", "--programme", ID, "--many", stdin="\n".join(lines))
    assert result.exit_code == 0
    said = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer.get("verdict", "refused") for answer in said] == [
        "eligible",
        "refused",
        "refused",
        "unknown",
        "refused",
    ]


def test_many_with_nothing_in_says_nothing() -> None:
    result = run("eligibility", "explain", "--programme", ID, "--many")
    assert (result.exit_code, result.stdout) == (0, "")


def test_many_is_a_stream() -> None:
    asked: list[int] = []

    def lines() -> Any:
        for number in range(3):
            asked.append(number)
            yield json.dumps(REQUEST).encode()

    stream = answers(explain, chongqing(), lines())
    next(stream)
    assert asked == [0]


# settlement quote


def test_quote_answers_to_the_letter() -> None:
    code, said = ask("settlement", "quote", {"lines": basics(id="a")})
    assert code == 0
    assert said == {
        "total": "420.00",
        "eligible_cost": "420.00",
        "cap": "2000.00",
        "subsidy": "420.00",
        "self_pay": "0.00",
        "sources": [{"id": "municipal", "amount": "420.00"}],
        "lines": [
            {"item": 1, "amount": "420.00", "subsidised": "420.00", "reason": "基础类，全额补贴"},
            *(
                {"item": item, "amount": "0.00", "subsidised": "0.00", "reason": "家中已有，不需改造，不计费用"}
                for item in BASICS
                if item != 1
            ),
        ],
        "refused": [],
    }


def test_quote_takes_facts() -> None:
    assert ask("settlement", "quote", {"facts": ELIGIBLE, "lines": basics()})[0] == 0
    code, said = ask("settlement", "quote", {"facts": {"x": 1}, "lines": basics()})
    assert (code, said) == (1, {"refused": ["x：没有这个事实，可用的事实见 catalog/README.md"]})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"quantity": None}, "第1行（1 防滑处理）：缺少数量"),
        ({"quantity": "0"}, "第1行（1 防滑处理）：数量须大于 0"),
        ({"quantity": "0.00"}, "第1行（1 防滑处理）：数量须大于 0"),
        ({"quantity": "-1"}, "第1行：数量“-1”不能是负数"),
        ({"quantity": "1.005"}, "第1行：数量“1.005”最多两位小数"),
        ({"quantity": "1e3"}, '第1行：数量“1e3”不是数，写作 "3.50"'),
        ({"quantity": " 1"}, '第1行：数量“ 1”不是数，写作 "3.50"'),
        ({"quantity": "１"}, '第1行：数量“１”不是数，写作 "3.50"'),
        ({"quantity": "1\n"}, '第1行：数量“1\n”不是数，写作 "3.50"'),
        ({"quantity": "NaN"}, '第1行：数量“NaN”不是数，写作 "3.50"'),
        ({"quantity": 3.5}, '第1行：数量须写成文字，如 "3.50"'),
        ({"quantity": True}, '第1行：数量须写成文字，如 "3.50"'),
        ({"unit_price": None}, "第1行（1 防滑处理）：缺少单价（捐赠填 0）"),
        ({"unit_price": "-0.01"}, "第1行：单价“-0.01”不能是负数"),
        ({"unit_price": "1.001"}, "第1行：单价“1.001”最多两位小数"),
        ({"unit_price": 120}, '第1行：单价须写成文字，如 "3.50"'),
        ({"accepted": None}, "第1行（1 防滑处理）：缺少是否通过验收（accepted）"),
        ({"accepted": "yes"}, "第1行：accepted 须为 true 或 false"),
        ({"accepted": 1}, "第1行：accepted 须为 true 或 false"),
        ({"price": "1"}, "第1行：没有“price”这一项，可写 id、item、decision、quantity、unit_price、accepted"),
        ({"id": 5}, "第1行：id 须为文字"),
        ({"item": "1"}, "第1行：item 须为项目序号（整数）"),
        ({"item": True}, "第1行：item 须为项目序号（整数）"),
        ({"decision": "skip"}, "第1行：decision 须为 install、in_place、not_applicable、declined 之一"),
        ({"decision": None}, "第1行：decision 须为 install、in_place、not_applicable、declined 之一"),
    ],
)
def test_quote_refuses_a_wrong_line_with_exit_1_and_no_amounts(changes: dict[str, Any], reason: str) -> None:
    assert ask("settlement", "quote", {"lines": basics(**changes)}) == (1, {"refused": [reason]})


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        ({"item": 31, "decision": "in_place"}, "第8行：目录中没有项目 31"),
        ({"item": 1, "decision": "in_place"}, "第8行：项目 1 既要改造又填“家中已有”，只能留一种"),
        ({"item": 1, "decision": "declined"}, "第8行：项目 1 既要改造又填“家庭不需要”，只能留一种"),
        ({"item": 2, "decision": "in_place"}, "第8行：项目 2 重复填写了不改造的原因，只留一行"),
        ({"item": 2, "decision": "declined"}, "第8行：项目 2 重复填写了不改造的原因，只留一行"),
        ({"item": 3, "decision": "in_place", "quantity": "1"}, "第8行（3 平整硬化）：“家中已有”不填数量"),
        ({"item": 3, "decision": "declined", "unit_price": "1"}, "第8行（3 平整硬化）：“家庭不需要”不填单价"),
    ],
)
def test_quote_refuses_what_contradicts(extra: dict[str, Any], reason: str) -> None:
    assert ask("settlement", "quote", {"lines": [*basics(), extra]}) == (1, {"refused": [reason]})


def test_quote_refuses_undecided_basics() -> None:
    assert ask("settlement", "quote", {"lines": basics()[:-1]}) == (
        1,
        {"refused": ["基础类项目 29 防走失装置 尚未确定：请填改造、已有、不适用或不需要"]},
    )


@pytest.mark.parametrize(
    ("raw", "reasons"),
    [
        ({}, ["缺少 lines，须为列表（[…]）"]),
        ({"lines": {}}, ["缺少 lines，须为列表（[…]）"]),
        ({"lines": [1]}, ["第1行：须是一个对象（{…}）"]),
        ({"lines": basics(), "fact": {}}, ["没有“fact”这一项，可写 facts、lines、applied_on、earlier、used"]),
        ({"lines": basics(), "facts": []}, ["facts 须是一个对象（{…}）"]),
        ([], ['输入须是一个对象 {"lines": […]}']),
    ],
)
def test_quote_refuses_another_shape(raw: Any, reasons: list[str]) -> None:
    assert ask("settlement", "quote", raw) == (1, {"refused": reasons})


def test_quote_refuses_a_price_above_the_countys_ceiling() -> None:
    overlay = "chongqing-2020-demo-county"
    assert ask("settlement", "quote", {"lines": basics(unit_price="120.00")}, overlay)[0] == 0
    assert ask("settlement", "quote", {"lines": basics(unit_price="120.01")}, overlay) == (
        1,
        {"refused": ["第1行（1 防滑处理）：单价 ¥120.01 超过最高限价 ¥120.00"]},
    )


def test_several_faults_come_at_once() -> None:
    code, said = ask("settlement", "quote", {"lines": [{"item": 1, "decision": "install"}]})
    assert code == 1
    assert len(said["refused"]) == 3 + 6


def test_quote_many() -> None:
    lines = [json.dumps({"lines": basics()}), json.dumps({"lines": []})]
    result = run("settlement", "quote", "--programme", ID, "--many", stdin="\n".join(lines) + "\n")
    said = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert (said[0]["total"], len(said[1]["refused"]), list(said[1])) == ("420.00", 7, ["refused"])


@given(st.binary(max_size=40))
def test_any_bytes_are_answered_and_never_crash(text: bytes) -> None:
    assert answer(explain, chongqing(), text)["refused"]
    assert answer(quote, chongqing(), text)["refused"]


# programme check


def test_check_says_what_is_in_the_folder() -> None:
    result = run("programme", "check", str(CATALOG / ID))
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"重庆市老年人居家适老化改造（2020）（chongqing-2020，{chongqing().version}）",
        "有效期：2020-09-01 起",
        "条款 9 条：E1、E2、E3、E4、E5、E6、E7、E8、E9",
        "项目 30 项：基础类 7 项，可选类 23 项",
        "补贴标准：2000.00 元",
        "任务数 39 条：万州区（示例） 户数 445 户；涪陵区（示例） 户数 245 户；渝中区（示例） 户数 10 户；……",
        "公示 7 个工作日，评估 2 人，质保 24 个月",
        f"原文未写、按假定处理的值：{len(chongqing().assumptions)} 处",
        "例子 3 户，结果都对",
        "提示：没有写 [[allotment]]，要在“任务和资金”里登记资金，否则不能签协议",
        "检查通过",
    ]


def test_check_of_nothing() -> None:
    result = run("programme", "check", "/nowhere")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        "/nowhere:1: 没有这个文件夹（核对名称；先用 cd 进入它的上一级，或写完整的路径）",
        "共 1 处错误",
    ]
