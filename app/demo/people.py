"""Made-up households: names, ID numbers with right checksums, homes; the same for the same seed."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文冉向"
MEN = (
    "国强",
    "德明",
    "光荣",
    "正华",
    "永福",
    "大元",
    "世清",
    "朝贵",
    "明山",
    "兴发",
    "代全",
    "仕林",
    "天寿",
    "长根",
    "克勤",
    "万忠",
)
WOMEN = (
    "桂英",
    "秀兰",
    "淑珍",
    "玉华",
    "素芬",
    "明芳",
    "仁碧",
    "正秀",
    "昌菊",
    "德珍",
    "光玉",
    "世芳",
    "兴碧",
    "朝英",
    "永芝",
    "大秀",
)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True)
class Person:
    """One old person of the demo."""

    name: str
    id_number: str
    birth_date: date
    is_woman: bool


@dataclass(frozen=True, slots=True)
class Household:
    """One household of the demo: who lives where, and what the application says of it."""

    number: int
    township: str
    village: str
    village_name: str
    people: tuple[Person, ...]
    hardship: str
    failed_items: int
    facts: dict[str, Any] = field(default_factory=dict)


def id_number(region: str, birth: date, serial: int) -> str:
    """An ID number of a made-up person: region, birth date, serial (odd for men), checksum (GB 11643)."""
    body = f"{region}{birth:%Y%m%d}{serial:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def person(random: Random, region: str, today: date, serial: int, least: int = 61, most: int = 93) -> Person:
    """A person of between `least` and `most` years."""
    birth = today - timedelta(days=random.randint(least * 366, most * 365))
    is_woman = random.random() < 0.55
    odd = serial % 998
    odd = odd + (odd % 2 == 1) if is_woman else odd + (odd % 2 == 0)
    name = random.choice(SURNAMES) + random.choice(WOMEN if is_woman else MEN)
    return Person(name, id_number(region, birth, max(odd, 2 if is_woman else 1)), birth, is_woman)


def household(
    number: int, seed: int, today: date, township: str, villages: list[tuple[str, str]], kind: str = "eligible"
) -> Household:
    """Household `number`.

    `kind` is eligible, under_80 (eligible by the six indicators alone), too_young (E1 fails), no_hardship (E2 fails)
    or unclear (E5 unknown).
    """
    random = Random(f"{seed}:{number}")
    least, most = {"too_young": (52, 58), "under_80": (61, 78)}.get(kind, (61, 93))
    applicant = person(random, "500299", today, number * 2 + 1, least, most)
    people = [applicant]
    if random.random() < 0.2:
        people.append(person(random, "500299", today, number * 2 + 2))
    village, village_name = random.choice(villages)
    hardship = random.choice(("tekun_scattered", "poverty_registered", "poverty_registered"))
    facts: dict[str, Any] = {"safe": None if kind == "unclear" else True}
    if kind == "no_hardship":
        hardship = "dibao"
    return Household(
        number, township, village, village_name, tuple(people), hardship, random.choice((4, 4, 5, 6)), facts
    )


def application(known: Household, applied_on: date, village_id: int, papers: dict[str, list[int]]) -> dict[str, Any]:
    """The household's application as the API takes it (without programme and township)."""
    return {
        "village": village_id,
        "applied_on": applied_on.isoformat(),
        "people": [_person(known, one, index, applied_on) for index, one in enumerate(known.people)],
        "phone": f"139{known.number + 10_000_000:08d}",
        "household_size": len(known.people),
        "consent": "self",
        "dwelling": {
            "address": f"{known.village_name}{known.number % 9 + 1}组{known.number}号",
            "right": "owned",
            "safe": known.facts["safe"],
            "renovatable": True,
            "demolition_planned": False,
            "must_move_out": False,
        },
        "earlier": "none",
        "declaration": papers.get("declaration", []),
        "id_card": papers.get("id_card", []),
        "hardship_proof": papers.get("hardship_proof", []),
        "dwelling_proof": papers.get("dwelling_proof", []),
    }


def _person(known: Household, one: Person, index: int, applied_on: date) -> dict[str, Any]:
    names = ("eating", "dressing", "bed", "toileting", "walking", "bathing")
    failed = known.failed_items if index == 0 else 1
    ability: dict[str, Any] = {name: place < len(names) - failed for place, name in enumerate(names)}
    return {
        "name": one.name,
        "id_number": one.id_number,
        "relation": None if index == 0 else "spouse",
        "hardship": [known.hardship],
        "living": ["alone"] if len(known.people) == 1 else ["empty_nest"],
        "certificate": False,
        "recognised": "none",
        "ability": ability | {"observer": "村干部", "observed_on": applied_on.isoformat()},
    }
