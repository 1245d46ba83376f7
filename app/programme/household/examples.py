"""The examples of a programme's folder (`examples/*.json`): households with what must come out, held at every check.

Each is a file as the page "试算一户" writes it. One that comes out differently is told with what was written, what comes
out, and why; the programme is not loaded.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core.errors import DomainError
from ..eligibility import Outcome, Verdict
from ..facts import FactsRefused, WrongValue, parse_day, read_facts
from ..policy import Programme
from ..problems import BrokenData, DataError, nearest
from .answer import Answer, answer, sums_of
from .file import Household, read

FOLDER = "examples"
_SUMS = {"total": "费用", "subsidy": "补贴", "self_pay": "家庭自付"}
EXPECTED = ("verdict", "failed", "unknown", "priority", *_SUMS, "sources")
_NOTHING = "0.00"
_OUTCOMES = {outcome.value: outcome.label for outcome in Outcome}
_REMEDY = "规则没有写错的，把例子的 expect 改成现在的结果；例子没有写错的，改规则"


@dataclass(frozen=True)
class Fault:
    """What is wrong with an example, and the key in its file at which it shows."""

    message: str
    remedy: str = ""
    key: str = ""


def examples_in(folder: Path) -> list[Path]:
    """The files of a folder's examples, by name."""
    return sorted((folder / FOLDER).glob("*.json"))


def check_examples(programme: Programme, folder: Path) -> int:
    """Runs a folder's examples; how many there are. Raises `BrokenData` with every one that differs, by file and line."""
    paths = examples_in(folder)
    errors = [error for path in paths for error in _check_file(programme, path)]
    errors += [
        DataError(str(path), 1, "例子的文件名以 .json.txt 结尾，没有读", "改名，去掉 .txt")
        for path in sorted((folder / FOLDER).glob("*.json.txt"))
    ]
    if errors:
        raise BrokenData(errors)
    return len(paths)


def _check_file(programme: Programme, path: Path) -> Iterator[DataError]:
    content = path.read_bytes()
    try:
        household = read(content)
    except DomainError as wrong:
        yield DataError(str(path), 1, f"例子读不了：{wrong.message}", "在页面“试算一户”里重新下载这一户")
        return
    name = household.name or path.stem
    for fault in _differences(programme, household):
        line = _line_of(content.decode("utf-8-sig"), fault.key)
        yield DataError(str(path), line, f"例子“{name}”：{fault.message}", fault.remedy)


def _line_of(text: str, key: str) -> int:
    """The line of a key, looked for behind `expect`; 1 when it is not found."""
    start = max(text.find('"expect"'), 0) if key in EXPECTED else 0
    at = text.find(json.dumps(key, ensure_ascii=False), start) if key else -1
    return text.count("\n", 0, at) + 1 if at >= 0 else 1


def _differences(programme: Programme, household: Household) -> Iterator[Fault]:
    """What of an example cannot be read, or comes out differently."""
    faults = [*_unreadable(programme, household)]
    yield from faults
    if faults:
        return
    found = answer(programme, household)
    yield from _of_verdict(found, household.expect)
    yield from _of_sums(programme, found, household.expect)


def _unreadable(programme: Programme, household: Household) -> Iterator[Fault]:
    if not household.expect:
        yield Fault("没有写 expect，不知道应当是什么结果", 'expect 至少写一项，如 {"verdict": "eligible"}')
    for key in household.expect:
        if key not in EXPECTED:
            yield Fault(f"expect 里没有“{key}”这一项", f"可写 {'、'.join(EXPECTED)}{nearest(key, EXPECTED)}", key)
    verdict = household.expect.get("verdict")
    if verdict is not None and verdict not in _OUTCOMES:
        yield Fault(f"verdict “{verdict}”不对", "可写 eligible、ineligible、unknown", "verdict")
    try:
        on = parse_day(household.applied_on) if household.applied_on else None
    except WrongValue as wrong:
        yield Fault(f"申请日期{wrong}", "", "applied_on")
        return
    if on is None:
        yield Fault("没有写 applied_on（申请日期）", '补写 "applied_on": "2026-04-01"')
    try:
        read_facts(dict(household.facts), on, programme.words)
    except FactsRefused as refused:
        for reason in refused.reasons:
            yield Fault(reason, "", reason.partition("（")[0].partition("：")[0].rpartition(".")[2])


def _of_verdict(found: Answer, expect: Any) -> Iterator[Fault]:
    verdict = found.verdict
    if verdict is None:
        return
    wanted, came = expect.get("verdict"), verdict.outcome
    if wanted is not None and wanted != came.value:
        yield Fault(f"应为{_OUTCOMES[wanted]}，现为{came.label}{_why(verdict)}", _REMEDY, "verdict")
        return
    for key, clauses in (("failed", verdict.failed), ("unknown", verdict.unknown)):
        ids = [clause.id for clause in clauses]
        if key in expect and expect[key] != ids:
            said = "不符合" if key == "failed" else "待查清"
            yield Fault(f"{said}的条款应为{_list(expect[key])}，现为{_list(ids)}{_why(verdict)}", _REMEDY, key)
    if "priority" in expect and expect["priority"] != verdict.priority:
        yield Fault(f"优先分应为 {expect['priority']}，现为 {verdict.priority}", _REMEDY, "priority")


def _of_sums(programme: Programme, found: Answer, expect: Any) -> Iterator[Fault]:
    asked = [key for key in (*_SUMS, "sources") if key in expect]
    if not asked:
        return
    if found.sums is None:
        why = "；".join(problem.message for problem in found.problems) or "例子里没有写 lines"
        yield Fault(f"算不出补贴：{why}", "补齐 lines，或改成政策允许的", asked[0])
        return
    came = {**sums_of(found.sums.settlement), "sources": _sources(found)}
    for key in asked:
        if key == "sources":
            yield from _of_sources(programme, expect[key], came[key])
        elif expect[key] != came[key]:
            yield Fault(f"{_SUMS[key]}应为 {expect[key]} 元，现为 {came[key]} 元{_reasons(found)}", _REMEDY, key)


def _sources(found: Answer) -> dict[str, str]:
    raw = found.sums.settlement.to_json()["sources"] if found.sums is not None else []
    return {one["id"]: one["amount"] for one in raw}


def _of_sources(programme: Programme, wanted: Any, came: dict[str, str]) -> Iterator[Fault]:
    names = {fund.id: fund.name for fund in programme.funds}
    if not isinstance(wanted, dict):
        yield Fault("sources 须是一个对象", '写成 {"county": "300.00"}', "sources")
        return
    for key in dict.fromkeys((*wanted, *came)):
        should, does = wanted.get(key, _NOTHING), came.get(key, _NOTHING)
        if key not in names:
            yield Fault(f"没有资金来源“{key}”", f"可写 {'、'.join(names)}{nearest(str(key), names)}", "sources")
        elif should != does:
            yield Fault(f"{names[key]}应出 {should} 元，现出 {does} 元", _REMEDY, "sources")


def _why(verdict: Verdict) -> str:
    """The clauses that stand in the way, with their reasons."""
    said = [f"{clause.id} {clause.reason.rstrip('。')}" for clause in (*verdict.failed, *verdict.unknown)]
    return f"（{'；'.join(said)}）" if said else ""


def _reasons(found: Answer) -> str:
    """What was said of the lines that are not subsidised as a whole."""
    lines = found.sums.lines if found.sums is not None else ()
    said = [f"{one.item.name}：{one.settled.reason}" for one in lines if one.settled.self_pay_fen]
    return f"（{'；'.join(said)}）" if said else ""


def _list(ids: Any) -> str:
    return "、".join(map(str, ids)) if isinstance(ids, list) and ids else " 0 条"
