"""Compiles an instrument and refuses one that does not hold together: sums, gaps, overlaps, unknown names."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise, product
from typing import Any

from .expressions import Condition
from .facts import VOCABULARY, FactsRefused, WrongValue
from .instrument_schema import InstrumentData
from .instruments import Instrument, answers_of, words_of
from .problems import Path, Problem, Problems, nearest
from .reading import read_condition

MOST_CASES = 200_000
"""More combinations than these are not gone through; no group of a real instrument has as many."""


def build_instrument(data: InstrumentData) -> tuple[Instrument, Problems]:
    """The instrument and everything that is wrong with it; it is only good without problems. Paths are of its file."""
    problems = list(_names(data))
    items, grades, circumstances = words_of(data)
    by_grade = [
        None if one.when is None else read_condition(one.when, ("grade", place, "when"), problems, items)
        for place, one in enumerate(data.grade)
    ]
    by_rule = [read_condition(one.when, ("rule", n, "when"), problems, grades) for n, one in enumerate(data.rule)]
    adjusting = [
        read_condition(one.when, ("adjustment", n, "when"), problems, circumstances)
        for n, one in enumerate(data.adjustment)
    ]
    problems += [*_sums(data), *_outcomes(data)]
    instrument = Instrument(data, tuple(by_grade), _whole(by_rule), _whole(adjusting))
    if not problems:
        problems += [*_levels(data), *_group_grades(instrument)]
    if not problems and data.rule:
        problems += _rules(instrument)
    return instrument, problems


def _whole(conditions: Iterable[Condition | None]) -> tuple[Condition, ...]:
    return tuple(one for one in conditions if one is not None)


def _names(data: InstrumentData) -> Iterator[Problem]:
    for table, name in (("scale", "key"), ("group", "key"), ("item", "key"), ("circumstance", "key"), ("level", "key")):
        yield from _twice(table, [getattr(one, name) for one in getattr(data, table)])
    groups, scales = {one.key for one in data.group}, {one.key for one in data.scale}
    levels = {one.key for one in data.level}
    for place, item in enumerate(data.item):
        yield from _known(("item", place, "group"), item.group, groups, "组")
        if item.scale is not None:
            yield from _known(("item", place, "scale"), item.scale, scales, "选项表")
    for place, grade in enumerate(data.grade):
        yield from _known(("grade", place, "group"), grade.group, groups, "组")
    for place, rule in enumerate(data.rule):
        yield from _known(("rule", place, "level"), rule.level, levels, "等级")
    for place, adjustment in enumerate(data.adjustment):
        if adjustment.level is not None:
            yield from _known(("adjustment", place, "level"), adjustment.level, levels, "等级")


def _twice(table: str, keys: list[str]) -> Iterator[Problem]:
    for place, key in enumerate(keys):
        if key in keys[:place]:
            yield Problem((table, place, "key"), f"key “{key}”重复", "每项只写一次")


def _known(path: Path, value: str, known: set[str], what: str) -> Iterator[Problem]:
    if value not in known:
        yield Problem(path, f"没有{what}“{value}”", f"可写 {'、'.join(sorted(known))}{nearest(value, known)}")


def _sums(data: InstrumentData) -> Iterator[Problem]:
    """Answers ≤ item, items = group, groups = total."""
    for place, item in enumerate(data.item):
        offered = answers_of(data)[item.key]
        most = max((answer.points for answer in offered), default=item.maximum)
        if most != item.maximum:
            yield Problem(
                ("item", place, "maximum"),
                f"“{item.name}”的 maximum 是 {item.maximum}，选项最高 {most} 分",
                f"写 maximum = {most}，或改选项的 points",
            )
        if len({answer.key for answer in offered}) != len(offered):
            yield Problem(("item", place), f"“{item.name}”有两个选项的 key 相同", "每个选项的 key 只写一次")
    for place, group in enumerate(data.group):
        of_group = sum(item.maximum for item in data.item if item.group == group.key)
        if of_group != group.maximum:
            yield Problem(
                ("group", place, "maximum"),
                f"“{group.name}”的 maximum 是 {group.maximum}，各项相加得 {of_group}",
                f"写 maximum = {of_group}，或改各项的 maximum",
            )
    whole, added = data.instrument.maximum, sum(group.maximum for group in data.group)
    if whole is not None and whole != added:
        yield Problem(
            ("instrument", "maximum"),
            f"总分 maximum 是 {whole}，各组相加得 {added}",
            f"写 maximum = {added}，或改各组的 maximum",
        )


def _outcomes(data: InstrumentData) -> Iterator[Problem]:
    for place, outcome in enumerate(data.outcome):
        at: Path = ("outcome", place)
        fact = VOCABULARY.get(outcome.fact)
        if fact is None:
            hint = nearest(outcome.fact, VOCABULARY)
            yield Problem((*at, "fact"), f"没有事实“{outcome.fact}”", f"见 catalog/README.md 的事实表{hint}")
            continue
        if outcome.of == "points":
            yield from _points_fit(data, at, fact.kind.name, fact.kind.highest)
            continue
        for level in data.level:
            if level.key not in outcome.values:
                yield Problem((*at, "values"), f"没有写等级“{level.key}”对应的值", f'补写 {level.key} = "…"')
        for key, value in outcome.values.items():
            yield from _known((*at, "values", key), key, {level.key for level in data.level}, "等级")
            try:
                fact.kind.read(value, outcome.fact)
            except (WrongValue, FactsRefused) as wrong:
                yield Problem((*at, "values", key), f"{outcome.fact}（{fact.label}）：{wrong}", "改成事实表里的代码")


def _points_fit(data: InstrumentData, at: Path, kind: str, highest: int) -> Iterator[Problem]:
    whole = data.instrument.maximum
    if whole is None:
        yield Problem(
            (*at, "of"), "没有总分的评估工具不能按分数给出事实", '写 of = "level"，或在 [instrument] 写 maximum'
        )
    elif kind != "int" or whole > highest:
        yield Problem((*at, "fact"), f"总分最高 {whole}，这个事实最多 {highest}", "换一个事实，或改 maximum")


def _levels(data: InstrumentData) -> Iterator[Problem]:
    """Either ranges of the sum without gap or overlap, best first, or rules."""
    ranged = [one for one in data.level if one.points_from is not None and one.points_to is not None]
    half = [place for place, one in enumerate(data.level) if (one.points_from is None) != (one.points_to is None)]
    if half:
        yield Problem(("level", half[0]), "points_from 和 points_to 须同时写", "补写另一个")
    elif data.rule and ranged:
        yield Problem(("level", data.level.index(ranged[0])), "写了 [[rule]] 就不能再写分数范围", "两种办法只用一种")
    elif not data.rule:
        yield from _level_ranges(data)


def _level_ranges(data: InstrumentData) -> Iterator[Problem]:
    if data.instrument.maximum is None:
        yield Problem(("instrument",), "按总分定等级须写 maximum（总分）", "补写 maximum = 总分")
        return
    ways = {group.better for group in data.group}
    if len(ways) > 1:
        yield Problem(("group", 0, "better"), "按总分定等级时各组的 better 须相同", "改 better，或用 [[rule]] 定等级")
        return
    ranges = [(one.points_from, one.points_to) for one in data.level]
    sums = _reachable([[answer.points for answer in answers] for answers in answers_of(data).values()])
    yield from _covered("level", list(enumerate(ranges)), sums)
    ascending = all((a[0] or 0) < (b[0] or 0) for a, b in pairwise(ranges))
    descending = all((a[0] or 0) > (b[0] or 0) for a, b in pairwise(ranges))
    if not (descending if "high" in ways else ascending):
        yield Problem(("level", 0), "等级须从好到差排列", "按 better 的方向从好到差写")


def _group_grades(instrument: Instrument) -> Iterator[Problem]:
    data = instrument.data
    for group in data.group:
        own = [(place, one) for place, one in enumerate(data.grade) if one.group == group.key]
        offered = [[answer.points for answer in instrument.answers[one.key]] for one in instrument.items_of(group.key)]
        if not own:
            continue
        if all(one.when is None for _place, one in own):
            yield from _covered("grade", [(n, (one.points_from, one.points_to)) for n, one in own], _reachable(offered))
            continue
        keys = [f"item.{one.key}" for one in instrument.items_of(group.key)]
        conditions = {place: instrument.grade_conditions[place] for place, _one in own}
        yield from _each_case("grade", own[-1][0], conditions, keys, offered, instrument, "这一组的分级没有覆盖")


def _rules(instrument: Instrument) -> Iterator[Problem]:
    data = instrument.data
    groups = [group for group in data.group if any(grade.group == group.key for grade in data.grade)]
    values = [sorted({one.grade for one in data.grade if one.group == group.key}) for group in groups]
    conditions: dict[int, Condition | None] = dict(enumerate(instrument.rule_conditions))
    keys = [f"grade.{group.key}" for group in groups]
    missing = "" if instrument.has_gaps else "没有一条 [[rule]] 覆盖"
    yield from _each_case("rule", len(data.rule) - 1, conditions, keys, values, instrument, missing)


def _each_case(
    table: str,
    last: int,
    conditions: Mapping[int, Condition | None],
    keys: list[str],
    values: list[list[int]],
    instrument: Instrument,
    missing: str,
) -> Iterator[Problem]:
    """Goes through every combination: one that nothing fits is a gap, a condition that is never reached is dead."""
    cases = 1
    for some in values:
        cases *= len(some)
    if cases > MOST_CASES:
        yield Problem((table, last), f"组合有 {cases} 种，无法逐一检查", "把这一组分成几组")
        return
    reached: set[int] = set()
    for case in product(*values):
        words: dict[str, Any] = dict(zip(keys, case, strict=True))
        hit = next((place for place, one in conditions.items() if one is not None and one.truth(words, None)), None)
        if hit is not None:
            reached.add(hit)
        elif missing:
            said = "、".join(f"{_name(instrument, key)} {value}" for key, value in words.items())
            yield Problem((table, last), f"{missing}：{said}", '补写一条，或在 [instrument] 写 gaps = "manual"')
            return
    for place in conditions:
        if place not in reached:
            yield Problem((table, place), "这一条永远轮不到：前面的已经把它的情形都占去了", "调整先后，或删去这一条")


def _name(instrument: Instrument, key: str) -> str:
    kind, _, name = key.partition(".")
    named = instrument.data.group if kind == "grade" else instrument.data.item
    return next((one.name for one in named if one.key == name), key)


def _reachable(offered: list[list[int]]) -> set[int]:
    """Every sum that some answers give."""
    sums = {0}
    for points in offered:
        sums = {sum_ + point for sum_ in sums for point in points}
    return sums


def _covered(table: str, ranges: list[tuple[int, tuple[int | None, int | None]]], sums: set[int]) -> Iterator[Problem]:
    """Each sum that can come about lies in exactly one range."""
    for place, (low, high) in ranges:
        if low is None or high is None:
            yield Problem((table, place), "须写 points_from 和 points_to", "补写分数范围")
            return
        if low > high:
            yield Problem((table, place, "points_from"), f"{low} 大于 points_to {high}", "points_from 不大于 points_to")
            return
    for value in sorted(sums):
        fitting = [place for place, (low, high) in ranges if (low or 0) <= value <= (high or 0)]
        if len(fitting) > 1:
            yield Problem(
                (table, fitting[1], "points_from"),
                f"{value} 分落在两个范围里（重叠）",
                "改范围，使每个分数只落在一个里",
            )
            return
        if not fitting:
            near = min(ranges, key=lambda one: min(abs((one[1][0] or 0) - value), abs((one[1][1] or 0) - value)))[0]
            yield Problem((table, near), f"{value} 分不在任何范围里（有缺口）", "改范围，使每个分数都落在一个里")
            return
