"""The first households of a bulk load: one of every kind, led through the services; all others are copies of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from ..lifecycle import LINE, Status
from ..places.models import Region
from ..places.queries import children, region_by_code
from . import build, county, variants
from .identities import People
from .intake import PLAN_LINES, WITH_OPTIONAL
from .people import Household
from .story import Story

MANY = 1000
"""From so many households on, every status of the straight line has a second kind, with optional items and older."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of life, and how many of the copies lead it, as a weight."""

    status: Status
    weight: int
    special: variants.Life | None = None
    is_second: bool = False

    @property
    def application(self) -> str:
        """What the application says, in the words of `people.household`."""
        if self.special is variants.rejected:
            return "no_hardship"
        return "under_80" if self.special is variants.assessment_changes else "eligible"


def kinds(households: int) -> list[Kind]:
    """The kinds of a load of that size, the straight line first."""
    found = [Kind(status, build.SHARE[status]) for status in LINE]
    found += [Kind(Status.PAID, 3, special) for special in (variants.rejected, *variants.VARIANTS)]
    if households >= MANY:
        found += [Kind(status, build.SHARE[status], is_second=True) for status in LINE]
    return found[:households]


def lead(wanted: list[Kind], people: People, first: int, today: date, say: Callable[[str], None]) -> list[Story]:
    """Lead one household of each kind up to today through the services; answers their stories, numbered from `first`."""
    random = Random(first)
    lives = [_life(kind, people, first + place, today, random) for place, kind in enumerate(wanted)]
    build.lead(lives, today, say)
    return [story for _, story, _ in lives]


def villages(township: str) -> list[Region]:
    """The villages of a township, by its code."""
    return list(children(region_by_code(township).id))


def _life(kind: Kind, people: People, number: int, today: date, random: Random) -> tuple[date, Story, Iterator[int]]:
    begin = today - timedelta(days=_span(kind, random))
    township = county.TOWNSHIPS[number % len(county.TOWNSHIPS)]
    story = Story(_household(kind, people, number, township, begin, random))
    if number % 3 == 0:
        story.firm = 2
    lines: tuple[dict[str, Any], ...] = WITH_OPTIONAL if kind.is_second else PLAN_LINES
    return begin, story, kind.special(story) if kind.special else story.life(kind.status, lines)


def _span(kind: Kind, random: Random) -> int:
    if kind.special:
        return 75 + random.randint(0, 60)
    usual = build.SPAN[kind.status]
    return usual + random.randint(0, usual // 3) + (usual // 2 if kind.is_second and usual < 400 else 0)


def _household(kind: Kind, people: People, number: int, township: str, begin: date, random: Random) -> Household:
    least, most = (61, 78) if kind.application == "under_80" else random.choice(((61, 78), (61, 78), (81, 93)))
    persons = tuple(people.one(begin, least, most) for _ in range(2 if number % 5 == 0 else 1))
    village = random.choice(villages(township))
    hardship = (
        "dibao" if kind.application == "no_hardship" else random.choice(("tekun_scattered", "poverty_registered"))
    )
    return Household(
        number, township, village.code, village.name, persons, hardship, random.choice((4, 4, 5, 6)), {"safe": True}
    )
