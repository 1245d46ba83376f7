"""Classes of persons that a programme names itself (`[[person_class]]`): its vocabulary, and which classes its rules use."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .facts import CLASSES, Fact, words_with
from .problems import Problem, nearest
from .schema import ProgrammeData

MOST = 20
"""Classes of one programme: more would be a list of persons and no question of a form."""
_FACTS = (CLASSES, CLASSES.rpartition(".")[2])
_ABOUT_ALL = ("is_empty", "count_at_least")
_TABLES = ("condition", "clause", "priority", "cap_case", "rate")


def words_of(data: ProgrammeData) -> Mapping[str, Fact]:
    """The facts that a programme's conditions may speak of, its own classes of persons among them."""
    return words_with(tuple((one.key, one.name) for one in data.person_class))


def words_in(raw: object) -> Mapping[str, Fact]:
    """The same of tables that are not all right: whatever class can be read is one."""
    rows = [row for row in raw if isinstance(row, dict)] if isinstance(raw, list) else []
    keys = [row["key"] for row in rows if isinstance(row.get("key"), str)]
    return words_with(tuple((key, key) for key in keys))


def codes_in(condition: object, known: Iterable[str]) -> Iterator[str]:
    """The classes that a condition as it is written speaks of; all of them where it asks whether there is any."""
    if isinstance(condition, list | tuple):
        for part in condition:
            yield from codes_in(part, known)
    elif isinstance(condition, Mapping):
        if condition.get("fact") in _FACTS:
            yield from _compared(condition, known)
            return
        for part in condition.values():
            yield from codes_in(part, known)


def _compared(leaf: Mapping[str, Any], known: Iterable[str]) -> Iterator[str]:
    if any(name in leaf for name in _ABOUT_ALL):
        yield from known
    for name in ("contains", "contains_any", "contains_none"):
        said = leaf.get(name, ())
        yield from (said,) if isinstance(said, str) else said


def check_used(data: ProgrammeData) -> Iterator[Problem]:
    """A class that no rule speaks of would be asked of nobody and decide nothing."""
    known = [one.key for one in data.person_class]
    rules = [entry.when for table in _TABLES for entry in getattr(data, table)]
    used = set(codes_in([*rules, data.cap.who], known))
    if not used <= set(known):  # a slip in a condition is told by itself
        return
    for place, one in enumerate(data.person_class):
        if one.key not in used:
            remedy = (
                f'在条件里写 {{ fact = "{CLASSES}", contains = "{one.key}" }}；只靠证明、不由系统判断的，删去这一节'
            )
            yield Problem(("person_class", place), f"没有一条规则用到人员类别“{one.name}”", remedy)


def check_named(data: ProgrammeData) -> Iterator[Problem]:
    """Names are what people choose by, on the form and in the registration sheet."""
    if len(data.person_class) > MOST:
        yield Problem(("person_class", MOST), f"人员类别超过 {MOST} 种", "合并相近的；只靠证明的写进 clause.evidence")
    names: dict[str, str] = {}
    for place, one in enumerate(data.person_class):
        if one.name in names:
            said = f"人员类别“{one.name}”写了两次（{names[one.name]}、{one.key}）"
            yield Problem(("person_class", place, "name"), said, "每种一个名称")
        names.setdefault(one.name, one.key)


def unknown_class(code: str, data: ProgrammeData) -> str:
    """What to say of a code that is no class of the programme; "" when it is one."""
    names = {one.key: one.name for one in data.person_class}
    if code in names:
        return ""
    if not names:
        return "这个项目没有人员类别可选，请删去。"
    said = "、".join(f"{name}（{key}）" for key, name in names.items())
    return f"“{code}”不是这个项目的人员类别{nearest(code, names)}；可选：{said}。"
