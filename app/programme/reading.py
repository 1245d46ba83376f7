"""Reads conditions from data and checks them against the vocabulary: every fault with its path of keys."""

from collections.abc import Callable, Mapping
from typing import Any

from .expressions import AllOf, AnyOf, Condition, IfElse, Leaf, Not, Some
from .facts import VOCABULARY, Fact, FactsRefused, WrongValue
from .operators import OPERATORS
from .problems import Path, Problem, Problems, nearest

_MODIFIERS = ("otherwise", "quiet")


def read_condition(
    raw: object, path: Path, problems: Problems, words: Mapping[str, Fact] = VOCABULARY
) -> Condition | None:
    """The condition written in `raw`, or None with what is wrong added to `problems` (path of keys, message, remedy)."""
    if not isinstance(raw, dict):
        problems.append(Problem(path, "条件须是一个表", '写成 { fact = "…", is = … }，或 all、any、not、if、some'))
        return None
    heads = [key for key in _READERS if key in raw]
    if len(heads) != 1:
        problems.append(
            Problem(path, "条件须恰有 all、any、not、if、some、fact 之一", f"现有 {'、'.join(heads) or '都没有'}")
        )
        return None
    return _READERS[heads[0]](raw, path, problems, words)


def _no_more(raw: dict[str, Any], allowed: tuple[str, ...], path: Path, problems: Problems) -> None:
    for key in raw:
        if key not in allowed:
            problems.append(
                Problem((*path, key), f"条件里没有“{key}”", f"可写 {'、'.join(allowed)}{nearest(key, allowed)}")
            )


def _read_parts(raw: dict[str, Any], path: Path, problems: Problems, words: Mapping[str, Fact]) -> Condition | None:
    head = "all" if "all" in raw else "any"
    _no_more(raw, (head,), path, problems)
    inner = raw[head]
    if not isinstance(inner, list) or not inner:
        problems.append(Problem((*path, head), f"{head} 须是不空的条件列表", f"写成 {head} = [ {{ … }}, {{ … }} ]"))
        return None
    parts = [read_condition(part, (*path, head, index), problems, words) for index, part in enumerate(inner)]
    whole = tuple(part for part in parts if part is not None)
    return AllOf(whole) if head == "all" else AnyOf(whole)


def _read_not(raw: dict[str, Any], path: Path, problems: Problems, words: Mapping[str, Fact]) -> Condition | None:
    _no_more(raw, ("not",), path, problems)
    part = read_condition(raw["not"], (*path, "not"), problems, words)
    return None if part is None else Not(part)


def _read_if(raw: dict[str, Any], path: Path, problems: Problems, words: Mapping[str, Fact]) -> Condition | None:
    _no_more(raw, ("if", "then", "else"), path, problems)
    parts = [read_condition(raw.get(key), (*path, key), problems, words) for key in ("if", "then", "else")]
    test, then, otherwise = parts
    return None if test is None or then is None or otherwise is None else IfElse(test, then, otherwise)


def _read_some(raw: dict[str, Any], path: Path, problems: Problems, words: Mapping[str, Fact]) -> Condition | None:
    _no_more(raw, ("some", "where", "quiet"), path, problems)
    fact = _known_fact(raw["some"], (*path, "some"), problems, words)
    if fact is None:
        return None
    if fact.kind.name != "records":
        problems.append(
            Problem((*path, "some"), f"{fact.name} 不是名单", "some 只能用于 household.members、history.subsidised")
        )
        return None
    condition = read_condition(raw.get("where"), (*path, "where"), problems, fact.kind.record)
    return None if condition is None else Some(fact, condition, raw.get("quiet") is True)


def _known_fact(name: object, path: Path, problems: Problems, words: Mapping[str, Fact]) -> Fact | None:
    if isinstance(name, str) and name in words:
        return words[name]
    problems.append(Problem(path, f"没有事实“{name}”", f"见 catalog/README.md 的事实表{nearest(str(name), words)}"))
    return None


def _read_leaf(raw: dict[str, Any], path: Path, problems: Problems, words: Mapping[str, Fact]) -> Condition | None:
    fact = _known_fact(raw["fact"], (*path, "fact"), problems, words)
    if fact is None:
        return None
    fitting = tuple(name for name, operator in OPERATORS.items() if fact.kind.name in operator.kinds)
    used = [key for key in raw if key in OPERATORS]
    _no_more(raw, ("fact", *OPERATORS, *_MODIFIERS), path, problems)
    _check_modifiers(raw, path, problems)
    if len(used) != 1:
        problems.append(Problem(path, f"{fact.name} 须恰有一个比较", f"可用 {'、'.join(fitting)}"))
        return None
    operator = used[0]
    if operator not in fitting:
        problems.append(Problem((*path, operator), f"{fact.name} 不能用 {operator}", f"可用 {'、'.join(fitting)}"))
        return None
    try:
        operand = OPERATORS[operator].read(fact, raw[operator])
    except (WrongValue, FactsRefused) as wrong:
        problems.append(
            Problem((*path, operator), f"{fact.name} 的 {operator}：{wrong}", f"写{OPERATORS[operator].wants}")
        )
        return None
    return Leaf(fact, operator, operand, raw.get("otherwise") == "unknown", raw.get("quiet") is True)


def _check_modifiers(raw: dict[str, Any], path: Path, problems: Problems) -> None:
    if "otherwise" in raw and raw["otherwise"] != "unknown":
        problems.append(Problem((*path, "otherwise"), 'otherwise 只能写 "unknown"', "不写时，不满足就是不通过"))
    if "quiet" in raw and not isinstance(raw["quiet"], bool):
        problems.append(Problem((*path, "quiet"), "quiet 须为 true 或 false", "true 表示理由里不提这一项"))


_READERS: dict[str, Callable[[dict[str, Any], Path, Problems, Mapping[str, Fact]], Condition | None]] = {
    "all": _read_parts,
    "any": _read_parts,
    "not": _read_not,
    "if": _read_if,
    "some": _read_some,
    "fact": _read_leaf,
}
