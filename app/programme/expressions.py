"""Conditions over facts: read from data, checked against the vocabulary, evaluated in Kleene's three values.

A condition is a table with one of `all`, `any` (lists of conditions), `not` (one condition), `if` with `then` and
`else`, `some` (a list fact of which one entry fulfils a condition), or `fact` with one comparison. True, False or None (unknown); what is missing are
the facts of the unknown comparisons that still count.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from .ages import age_on
from .facts import VOCABULARY, Fact, Facts, FactsRefused, WrongValue, parse_day
from .problems import Path, Problem, Problems, nearest

Truth = bool | None


@dataclass(frozen=True)
class Finding:
    """What a comparison found: its truth, the fact used (for `missing`) and a Chinese phrase with the value."""

    fact: str
    truth: Truth
    phrase: str
    known: bool
    quiet: bool = False


@dataclass(frozen=True)
class Leaf:
    """One comparison of one fact."""

    fact: Fact
    operator: str
    operand: Any
    doubtful: bool = False
    quiet: bool = False

    def truth(self, facts: Facts, on: date | None) -> Truth:
        """Unknown when the fact is absent, or when it does not hold and the data say that this proves nothing yet."""
        if self.fact.name not in facts:
            return None
        result = _OPERATORS[self.operator].test(facts[self.fact.name], self.operand, on)
        return None if self.doubtful and result is False else result

    def findings(self, facts: Facts, on: date | None) -> Iterator[Finding]:
        """The one finding of this comparison."""
        truth = self.truth(facts, on)
        known = self.fact.name in facts
        phrase = self._phrase(facts[self.fact.name], truth, on) if known else self.fact.label
        yield Finding(self.fact.name, truth, phrase, known, self.quiet)

    def _phrase(self, value: Any, truth: Truth, on: date | None) -> str:
        if self.operator in ("age_at_least", "age_below"):
            return _say_age(value, self.operand, on)
        said = f"{self.fact.label}：{self.fact.kind.say(value)}"
        wanted = _OPERATORS[self.operator].say(self.fact, self.operand)
        return said if truth or not wanted else f"{said}（须{wanted}）"


@dataclass(frozen=True)
class AllOf:
    """Every part holds: false beats unknown, unknown beats true."""

    parts: tuple["Condition", ...]

    def truth(self, facts: Facts, on: date | None) -> Truth:
        """Kleene's and."""
        unknown = False
        for part in self.parts:
            truth = part.truth(facts, on)
            if truth is False:
                return False
            unknown = unknown or truth is None
        return None if unknown else True

    def findings(self, facts: Facts, on: date | None) -> Iterator[Finding]:
        """The parts that made it what it is."""
        yield from _deciding(self.parts, self.truth(facts, on), facts, on)


@dataclass(frozen=True)
class AnyOf:
    """At least one part holds: true beats unknown, unknown beats false."""

    parts: tuple["Condition", ...]

    def truth(self, facts: Facts, on: date | None) -> Truth:
        """Kleene's or."""
        unknown = False
        for part in self.parts:
            truth = part.truth(facts, on)
            if truth is True:
                return True
            unknown = unknown or truth is None
        return None if unknown else False

    def findings(self, facts: Facts, on: date | None) -> Iterator[Finding]:
        """The parts that made it what it is."""
        yield from _deciding(self.parts, self.truth(facts, on), facts, on)


@dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: "Condition"

    def truth(self, facts: Facts, on: date | None) -> Truth:
        """Kleene's not."""
        truth = self.part.truth(facts, on)
        return None if truth is None else not truth

    def findings(self, facts: Facts, on: date | None) -> Iterator[Finding]:
        """The findings of the part."""
        yield from self.part.findings(facts, on)


@dataclass(frozen=True)
class IfElse:
    """One condition where another holds, a second one where it does not; either when both come to the same."""

    test: "Condition"
    then: "Condition"
    otherwise: "Condition"

    def truth(self, facts: Facts, on: date | None) -> Truth:
        """Unknown only when the test is unknown and the two differ, or when the one that counts is unknown."""
        test = self.test.truth(facts, on)
        if test is not None:
            return (self.then if test else self.otherwise).truth(facts, on)
        then = self.then.truth(facts, on)
        return then if then is self.otherwise.truth(facts, on) else None

    def findings(self, facts: Facts, on: date | None) -> Iterator[Finding]:
        """Those of the condition that counts; while it is open which one does, those of all that is unknown."""
        test = self.test.truth(facts, on)
        if test is not None:
            yield from (self.then if test else self.otherwise).findings(facts, on)
            return
        truth = self.truth(facts, on)
        parts = (self.test, self.then, self.otherwise) if truth is None else (self.then, self.otherwise)
        yield from _deciding(parts, truth, facts, on)


@dataclass(frozen=True)
class Some:
    """At least one entry of a list fact (a family member, an earlier subsidy) fulfils the condition."""

    fact: Fact
    condition: "Condition"
    quiet: bool = False

    def truth(self, facts: Facts, on: date | None) -> Truth:
        """Unknown when the list is absent, or when no entry surely does and some might."""
        if self.fact.name not in facts:
            return None
        truths = [self.condition.truth(entry, on) for entry in facts[self.fact.name]]
        return True if True in truths else None if None in truths else False

    def findings(self, facts: Facts, on: date | None) -> Iterator[Finding]:
        """One finding for the whole list."""
        known = self.fact.name in facts
        said = f"{self.fact.label}：{self.fact.kind.say(facts[self.fact.name])}" if known else self.fact.label
        yield Finding(self.fact.name, self.truth(facts, on), said, known, self.quiet)


Condition = Leaf | AllOf | AnyOf | Not | IfElse | Some


def _deciding(parts: tuple[Condition, ...], truth: Truth, facts: Facts, on: date | None) -> Iterator[Finding]:
    for part in parts:
        if part.truth(facts, on) is truth:
            yield from part.findings(facts, on)


def _say_age(born: date, years: int, on: date | None) -> str:
    if on is None:
        return f"{born}出生"
    age = age_on(born, on)
    return f"{born}出生，{on}满{age}周岁（{'已满' if age >= years else '未满'}{years}周岁）"


@dataclass(frozen=True)
class _Operator:
    """A comparison: for which types, what its operand must be, how it tests, how it is said when it does not hold."""

    kinds: tuple[str, ...]
    read: Callable[[Fact, object], Any]
    test: Callable[[Any, Any, date | None], Truth]
    say: Callable[[Fact, Any], str]
    wants: str


def _one(fact: Fact, raw: object) -> Any:
    if fact.kind.name == "codes":
        if not isinstance(raw, str) or raw not in fact.kind.codes:
            raise WrongValue(f"须为 {'、'.join(fact.kind.codes)} 之一")
        return raw
    return fact.kind.read(raw, fact.name)


def _many(fact: Fact, raw: object) -> tuple[Any, ...]:
    if not isinstance(raw, list) or not raw:
        raise WrongValue("须为不空的列表（[…]）")
    return tuple(_one(fact, value) for value in raw)


def _years(fact: Fact, raw: object) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= 150:
        raise WrongValue("须为 0 至 150 的整数（周岁）")
    return raw


def _count(fact: Fact, raw: object) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or raw < 0:
        raise WrongValue("须为不小于 0 的整数")
    return raw


def _flag(fact: Fact, raw: object) -> bool:
    if not isinstance(raw, bool):
        raise WrongValue("须为 true 或 false")
    return raw


def _day(fact: Fact, raw: object) -> date:
    return raw if type(raw) is date else parse_day(raw)


def _label(fact: Fact, value: Any) -> str:
    return fact.kind.codes[value] if fact.kind.name == "codes" else fact.kind.say(value)


def _labels(fact: Fact, values: tuple[Any, ...]) -> str:
    return "或".join(_label(fact, value) for value in values)


def _reached(born: date, years: int, on: date | None) -> Truth:
    return None if on is None else age_on(born, on) >= years


def _not_reached(born: date, years: int, on: date | None) -> Truth:
    return None if on is None else age_on(born, on) < years


_SINGLE = ("bool", "code", "int", "region", "text")
_OPERATORS: dict[str, _Operator] = {
    "is": _Operator(_SINGLE, _one, lambda v, o, _: v == o, lambda f, o: f"为{_label(f, o)}", "一个值"),
    "is_one_of": _Operator(
        ("code", "int", "region", "text"), _many, lambda v, o, _: v in o, lambda f, o: f"为{_labels(f, o)}", "值的列表"
    ),
    "at_least": _Operator(("int",), _one, lambda v, o, _: v >= o, lambda f, o: f"不少于{o}", "整数"),
    "at_most": _Operator(("int",), _one, lambda v, o, _: v <= o, lambda f, o: f"不多于{o}", "整数"),
    "age_at_least": _Operator(("date",), _years, _reached, lambda f, o: "", "周岁"),
    "age_below": _Operator(("date",), _years, _not_reached, lambda f, o: "", "周岁"),
    "on_or_after": _Operator(("date",), _day, lambda v, o, _: v >= o, lambda f, o: f"不早于{o}", "日期"),
    "before": _Operator(("date",), _day, lambda v, o, _: v < o, lambda f, o: f"早于{o}", "日期"),
    "contains": _Operator(("codes",), _one, lambda v, o, _: o in v, lambda f, o: f"含{_label(f, o)}", "一个代码"),
    "contains_any": _Operator(
        ("codes",), _many, lambda v, o, _: any(c in v for c in o), lambda f, o: f"含{_labels(f, o)}", "代码的列表"
    ),
    "contains_none": _Operator(
        ("codes",),
        _many,
        lambda v, o, _: not any(c in v for c in o),
        lambda f, o: f"不含{_labels(f, o)}",
        "代码的列表",
    ),
    "is_empty": _Operator(
        ("codes", "records"), _flag, lambda v, o, _: (not v) is o, lambda f, o: "为无" if o else "有", "true 或 false"
    ),
    "count_at_least": _Operator(
        ("codes", "records"), _count, lambda v, o, _: len(v) >= o, lambda f, o: f"不少于{o}条", "整数"
    ),
}
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
    fitting = tuple(name for name, operator in _OPERATORS.items() if fact.kind.name in operator.kinds)
    used = [key for key in raw if key in _OPERATORS]
    _no_more(raw, ("fact", *_OPERATORS, *_MODIFIERS), path, problems)
    _check_modifiers(raw, path, problems)
    if len(used) != 1:
        problems.append(Problem(path, f"{fact.name} 须恰有一个比较", f"可用 {'、'.join(fitting)}"))
        return None
    operator = used[0]
    if operator not in fitting:
        problems.append(Problem((*path, operator), f"{fact.name} 不能用 {operator}", f"可用 {'、'.join(fitting)}"))
        return None
    try:
        operand = _OPERATORS[operator].read(fact, raw[operator])
    except (WrongValue, FactsRefused) as wrong:
        problems.append(
            Problem((*path, operator), f"{fact.name} 的 {operator}：{wrong}", f"写{_OPERATORS[operator].wants}")
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


def facts_in(condition: Condition) -> Iterator[str]:
    """The names of the facts that a condition speaks of, in its order."""
    if isinstance(condition, Leaf | Some):
        yield condition.fact.name
    elif isinstance(condition, Not):
        yield from facts_in(condition.part)
    elif isinstance(condition, IfElse):
        for part in (condition.test, condition.then, condition.otherwise):
            yield from facts_in(part)
    else:
        for part in condition.parts:
            yield from facts_in(part)
