"""Reads conditions from data and checks them against the vocabulary: every fault with its path of keys."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from .areas import LEVELS
from .expressions import AllOf, AnyOf, Condition, Count, Every, IfElse, Leaf, Not, Same, Some
from .facts import VOCABULARY, Fact, FactsRefused, WrongValue
from .operators import AGES, OPERATORS
from .problems import Path, Problem, Problems, nearest

_MODIFIERS = ("otherwise", "quiet")
_OF_AGES = ("at", "count_by")
_HEADS = "all、any、not、if、some、every、count、condition、fact"
_LISTS = "household.members、history.subsidised"
_MOST = 100


@dataclass
class Named:
    """The conditions that have a name; each is read once, where it is written, when it is first referred to."""

    raw: Mapping[str, tuple[object, Path]] = field(default_factory=dict)
    words: Mapping[str, Fact] = field(default_factory=lambda: VOCABULARY)
    read: dict[str, Condition | None] = field(default_factory=dict)
    going: list[str] = field(default_factory=list)

    def resolve(self, name: object, path: Path, problems: Problems) -> Condition | None:
        """The condition of a name; a name that is not there or leads back to itself is a problem at `path`."""
        if not isinstance(name, str) or name not in self.raw:
            hint = f"写 [[condition]] 中的 id{nearest(str(name), self.raw)}"
            problems.append(Problem(path, f"没有名为“{name}”的条件", hint))
            return None
        if name in self.going:
            circle = " → ".join([*self.going[self.going.index(name) :], name])
            problems.append(Problem(path, f"条件绕成一圈：{circle}", "改写其中一条，不再引用绕回来的名字"))
            return None
        if name not in self.read:
            raw, written = self.raw[name]
            self.going.append(name)
            self.read[name] = _read(raw, written, _Reading(problems, self.words, self))
            self.going.pop()
        return self.read[name]


@dataclass(frozen=True)
class _Reading:
    """What every reader needs: where faults go, which facts there are, which names."""

    problems: Problems
    words: Mapping[str, Fact]
    named: Named

    def refuse(self, path: Path, message: str, remedy: str = "") -> None:
        self.problems.append(Problem(path, message, remedy))


def read_condition(
    raw: object,
    path: Path,
    problems: Problems,
    words: Mapping[str, Fact] | None = None,
    named: Named | None = None,
) -> Condition | None:
    """The condition written in `raw`, or None with what is wrong added to `problems` (path of keys, message, remedy).

    `words` are those of one entry of a list; without them the facts of `named`, that is of its programme.
    """
    named = named or Named()
    return _read(raw, path, _Reading(problems, named.words if words is None else words, named))


def _read(raw: object, path: Path, reading: _Reading) -> Condition | None:
    if not isinstance(raw, dict):
        reading.refuse(path, "条件须是一个表", f'写成 {{ fact = "…", is = … }}，或 {_HEADS} 之一')
        return None
    heads = [key for key in _READERS if key in raw]
    if len(heads) != 1:
        reading.refuse(path, f"条件须恰有 {_HEADS} 之一", f"现有 {'、'.join(heads) or '都没有'}")
        return None
    return _READERS[heads[0]](raw, path, reading)


def _no_more(raw: dict[str, Any], allowed: tuple[str, ...], path: Path, reading: _Reading) -> None:
    for key in raw:
        if key not in allowed:
            hint = f"可写 {'、'.join(allowed)}{nearest(key, allowed)}"
            reading.refuse((*path, key), f"条件里没有“{key}”", hint)


def _read_parts(raw: dict[str, Any], path: Path, reading: _Reading) -> Condition | None:
    head = "all" if "all" in raw else "any"
    _no_more(raw, (head,), path, reading)
    inner = raw[head]
    if not isinstance(inner, list) or not inner:
        reading.refuse((*path, head), f"{head} 须是不空的条件列表", f"写成 {head} = [ {{ … }}, {{ … }} ]")
        return None
    parts = [_read(part, (*path, head, index), reading) for index, part in enumerate(inner)]
    whole = tuple(part for part in parts if part is not None)
    return AllOf(whole) if head == "all" else AnyOf(whole)


def _read_not(raw: dict[str, Any], path: Path, reading: _Reading) -> Condition | None:
    _no_more(raw, ("not",), path, reading)
    part = _read(raw["not"], (*path, "not"), reading)
    return None if part is None else Not(part)


def _read_if(raw: dict[str, Any], path: Path, reading: _Reading) -> Condition | None:
    _no_more(raw, ("if", "then", "else"), path, reading)
    parts = [_read(raw.get(key), (*path, key), reading) for key in ("if", "then", "else")]
    test, then, otherwise = parts
    return None if test is None or then is None or otherwise is None else IfElse(test, then, otherwise)


def _read_named(raw: dict[str, Any], path: Path, reading: _Reading) -> Condition | None:
    _no_more(raw, ("condition",), path, reading)
    if reading.words is not reading.named.words:
        reading.refuse(path, "where 里不能引用 [[condition]]", "where 里的事实是名单中每一条的，请把条件写在这里")
        return None
    return reading.named.resolve(raw["condition"], (*path, "condition"), reading.problems)


def _read_list(raw: dict[str, Any], path: Path, reading: _Reading) -> Condition | None:
    head = next(key for key in ("some", "every", "count") if key in raw)
    bounds = ("at_least", "at_most") if head == "count" else ()
    _no_more(raw, (head, "where", "quiet", "with_applicant", *bounds), path, reading)
    fact = _known_fact(raw[head], (*path, head), reading)
    if fact is None:
        return None
    if fact.kind.name != "records":
        reading.refuse((*path, head), f"{fact.name} 不是名单", f"{head} 只能用于 {_LISTS}")
        return None
    _check_flags(raw, ("quiet", "with_applicant"), path, reading)
    together = raw.get("with_applicant") is True
    if together and fact.name != "household.members":
        reading.refuse((*path, "with_applicant"), "with_applicant 只用于 household.members", "删去这一项")
    condition = _read(raw.get("where"), (*path, "where"), replace(reading, words=fact.kind.record))
    if condition is None:
        return None
    if head != "count":
        return (Some if head == "some" else Every)(fact, condition, raw.get("quiet") is True, together)
    lowest, highest = _bounds(raw, path, reading)
    return Count(fact, condition, raw.get("quiet") is True, together, lowest, highest)


def _bounds(raw: dict[str, Any], path: Path, reading: _Reading) -> tuple[int, int | None]:
    """The number of entries asked for; a count that asks for nothing is a slip."""
    given = {key: raw[key] for key in ("at_least", "at_most") if key in raw}
    for key, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST:
            reading.refuse((*path, key), f"{key} 须为 0 至 {_MOST} 的整数", "写几人（几条）")
            return 0, None
    lowest, highest = given.get("at_least", 0), given.get("at_most")
    if not lowest and highest is None:
        reading.refuse(path, "count 须写 at_least（至少 1）或 at_most", "例如 at_least = 2")
    elif highest is not None and highest < lowest:
        reading.refuse((*path, "at_most"), "at_most 小于 at_least", "至多不能少于至少")
    return lowest, highest


def _known_fact(name: object, path: Path, reading: _Reading) -> Fact | None:
    if isinstance(name, str) and name in reading.words:
        return reading.words[name]
    hint = f"见 catalog/README.md 的事实表{nearest(str(name), reading.words)}"
    reading.refuse(path, f"没有事实“{name}”", hint)
    return None


def _read_leaf(raw: dict[str, Any], path: Path, reading: _Reading) -> Condition | None:
    fact = _known_fact(raw["fact"], (*path, "fact"), reading)
    if fact is None:
        return None
    if "same_as" in raw:
        return _read_same(raw, fact, path, reading)
    fitting = tuple(name for name, operator in OPERATORS.items() if fact.kind.name in operator.kinds)
    fitting += ("same_as",) if fact.kind.name == "region" else ()
    used = [key for key in raw if key in OPERATORS]
    _no_more(raw, ("fact", *OPERATORS, "same_as", *_MODIFIERS, *_OF_AGES), path, reading)
    _check_modifiers(raw, path, reading)
    if len(used) != 1:
        reading.refuse(path, f"{fact.name} 须恰有一个比较", f"可用 {'、'.join(fitting)}")
        return None
    operator = used[0]
    if operator not in fitting:
        reading.refuse((*path, operator), f"{fact.name} 不能用 {operator}", f"可用 {'、'.join(fitting)}")
        return None
    try:
        operand = OPERATORS[operator].read(fact, raw[operator])
    except (WrongValue, FactsRefused) as wrong:
        reading.refuse((*path, operator), f"{fact.name} 的 {operator}：{wrong}", f"写{OPERATORS[operator].wants}")
        return None
    at, by_year = _read_age(raw, operator, path, reading)
    return Leaf(fact, operator, operand, raw.get("otherwise") == "unknown", raw.get("quiet") is True, at, by_year)


def _read_age(raw: dict[str, Any], operator: str, path: Path, reading: _Reading) -> tuple[date | None, bool]:
    """On which day an age is counted (None: on the day of application), and whether by calendar years."""
    if operator not in AGES:
        for key in _OF_AGES:
            if key in raw:
                reading.refuse((*path, key), f"{key} 只用于年龄", f"与 {'、'.join(AGES)} 一起写，或删去")
        return None, False
    at, way = raw.get("at"), raw.get("count_by", "birthday")
    if at is not None and type(at) is not date:
        try:
            at = OPERATORS["before"].read(VOCABULARY["person.birth_date"], at)  # a stored programme has it as text
        except WrongValue:
            reading.refuse((*path, "at"), "at 须为日期", "写成 2021-03-31，不加引号")
            at = None
    if way not in ("birthday", "calendar_year"):
        reading.refuse(
            (*path, "count_by"), 'count_by 须为 "birthday" 或 "calendar_year"', "birthday 按生日，calendar_year 按年份"
        )
    return at, way == "calendar_year"


def _read_same(raw: dict[str, Any], fact: Fact, path: Path, reading: _Reading) -> Condition | None:
    _no_more(raw, ("fact", "same_as", "level", *_MODIFIERS), path, reading)
    _check_modifiers(raw, path, reading)
    other = _known_fact(raw["same_as"], (*path, "same_as"), reading)
    if other is None:
        return None
    if fact.kind.name != "region" or other.kind.name != "region" or fact is other:
        reading.refuse(
            (*path, "same_as"), "same_as 只用于两个不同的地区", "例如 person.hukou_region 与 person.residence_region"
        )
        return None
    levels = ("exact", *LEVELS)
    level = raw.get("level", "exact")
    if level not in levels:
        reading.refuse((*path, "level"), f"没有层级“{level}”", f"可写 {'、'.join(levels)}")
        return None
    return Same(fact, other, str(level), raw.get("otherwise") == "unknown", raw.get("quiet") is True)


def _check_modifiers(raw: dict[str, Any], path: Path, reading: _Reading) -> None:
    if "otherwise" in raw and raw["otherwise"] != "unknown":
        reading.refuse((*path, "otherwise"), 'otherwise 只能写 "unknown"', "不写时，不满足就是不通过")
    _check_flags(raw, ("quiet",), path, reading)


_FLAGS = {
    "quiet": "true 表示理由里不提这一项",
    "with_applicant": "true 表示把申请人自己也算作一人",
}


def _check_flags(raw: dict[str, Any], names: tuple[str, ...], path: Path, reading: _Reading) -> None:
    for name in names:
        if name in raw and not isinstance(raw[name], bool):
            reading.refuse((*path, name), f"{name} 须为 true 或 false", _FLAGS[name])


_READERS: dict[str, Callable[[dict[str, Any], Path, _Reading], Condition | None]] = {
    "all": _read_parts,
    "any": _read_parts,
    "not": _read_not,
    "if": _read_if,
    "some": _read_list,
    "every": _read_list,
    "count": _read_list,
    "condition": _read_named,
    "fact": _read_leaf,
}
