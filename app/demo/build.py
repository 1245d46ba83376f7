"""Three hundred households of the demo county, over every status and ending, on one calendar that ends today."""

import heapq
import logging
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import count
from random import Random

from sqlalchemy import func, select

from ..core import clock
from ..core.db import db, transaction
from ..core.errors import Conflict
from ..core.settings_store import read, write
from ..jobs.schedule import run_due
from ..lifecycle import LINE, Status
from ..places.queries import children, region_by_code
from ..renovation.models import Renovation
from . import beds, code_lives, county, drafts, first_lives, pilot_lives, variants
from .intake import PLAN_LINES, WITH_OPTIONAL
from .people import Household, household
from .side import Side
from .story import Story

log = logging.getLogger("anju.demo")

HOUSEHOLDS = 300
SEED = 2026
BEGUN, DONE = "demo_begun", "demo_built"

SPAN = {
    Status.DRAFT: 3, Status.SUBMITTED: 5, Status.REVIEWED: 6, Status.NOTICED: 17, Status.CONFIRMED: 20,
    Status.ASSESSED: 24, Status.PLANNED: 27, Status.AGREED: 29, Status.DISPATCHED: 31, Status.BUILDING: 34,
    Status.COMPLETED: 42, Status.ACCEPTED: 45, Status.SETTLED: 48, Status.PAID: 55, Status.CLOSED: 830,
}  # fmt: skip
"""About how many days before today a life begins that stands in this status today."""

SPAN_OFF_THE_LINE = {
    "returned": 7, "objection_dismissed": 20, "investigated": 26, "recheck": 10, "assessment_changes": 24,
    "assessment_returned": 28, "plan_refused": 32, "suspended": 33,
}  # fmt: skip
"""The same for lives off the line that stop in the middle, so that desks are not full of what is long overdue."""

SHARE = {
    Status.DRAFT: 14, Status.SUBMITTED: 18, Status.REVIEWED: 20, Status.NOTICED: 18, Status.CONFIRMED: 18,
    Status.ASSESSED: 14, Status.PLANNED: 12, Status.AGREED: 12, Status.DISPATCHED: 12, Status.BUILDING: 16,
    Status.COMPLETED: 14, Status.ACCEPTED: 12, Status.SETTLED: 10, Status.PAID: 30, Status.CLOSED: 6,
}  # fmt: skip
"""How many straight lives end in each status; the rest of the households lead the lives of `variants`."""


SIDES = (pilot_lives.SIDE, first_lives.SIDE, code_lives.SIDE)
"""The programmes beside the city's that have households."""

_SPECIALS = (*variants.VARIANTS, variants.rejected)

Kind = tuple[Status, variants.Life | None]
"""The status in which a straight life ends, or a life off the straight line."""


def is_done() -> bool:
    """True when the demo is complete; an interrupted one is not."""
    return bool(read(DONE, False))


def prepare(say: Callable[[str], None] = log.info, households: int = HOUSEHOLDS) -> int:
    """Build the county and its households up to today; does nothing when they stand. Answers how many files there are.

    Raises Conflict where it was stopped in the middle: half a life cannot be led on, its people are known already.
    """
    today = clock.today()
    if not is_done():
        if read(BEGUN, False):
            raise Conflict("演示数据上次没有建完，不能接着建。请先执行 make demo-reset 清空，再执行 make run。")
        with transaction():
            write(BEGUN, True)
    if not county.is_built():
        with clock.fixed(today - timedelta(days=SPAN[Status.CLOSED] + 30)):
            county.build(today)
    if not is_done():
        beds.prepare(today)
        lives = plan(households, today)
        if len(lives) < households:
            first = len(lives) + 1
            for side in SIDES:
                lives += beside(side, first, today)
                first += len(side.households)
        lead(lives, today, say)
        drafts.prepare(today)
        with transaction():
            write(DONE, True)
    return db.session.scalar(select(func.count()).select_from(Renovation)) or 0


def plan(households: int, today: date) -> list[tuple[date, Story, Iterator[int]]]:
    """(first day, story, life) of every household of the city's programme, the same for the same day."""
    random = Random(SEED)
    lives = []
    for number, (target, special) in enumerate(_kinds(households), start=1):
        kind = _kind(special, number)
        begin = today - timedelta(days=_span(target, special, random))
        story = Story(_household(number, begin, kind))
        if number % 3 == 0:
            story.firm = 2
        lines = WITH_OPTIONAL if number % 2 else PLAN_LINES
        lives.append((begin, story, special(story) if special else story.life(target, lines)))
    return lives


def beside(side: Side, first: int, today: date) -> list[tuple[date, Story, Iterator[int]]]:
    """The lives under a programme beside the city's, numbered from `first`, and what the county does between them."""
    with clock.fixed(today - timedelta(days=max(days for _, days in side.households) + 1)):
        side.prepare(today)
    stories: list[Story] = []
    lives: list[tuple[date, Story, Iterator[int]]] = []
    for number, (life, days) in enumerate(side.households, start=first):
        begin = today - timedelta(days=days)
        story = side.story(_household(number, begin, "eligible"))
        story.firm = number % 2 + 1
        stories.append(story)
        lives.append((begin, story, life(story)))
    return lives + [(today - timedelta(days=days), stories[0], event(stories, today)) for days, event in side.events]


def _household(number: int, begin: date, kind: str) -> Household:
    township = county.TOWNSHIPS[number % 4]
    villages = [(one.code, one.name) for one in children(region_by_code(township).id)]
    return household(number, SEED, begin, township, villages, kind)


def _kinds(households: int) -> Iterator[tuple[Status, variants.Life | None]]:
    """First one of everything, then the shares in turn, so that a small demo shows everything too."""
    everything = [*_one_of_each(), *_shares()]
    others = sum(len(side.households) for side in SIDES)
    usual = households if households < len(_one_of_each()) + others else households - others
    yield from (everything[place % len(everything)] for place in range(usual))


def _one_of_each() -> list[Kind]:
    return [*((status, None) for status in LINE), *((Status.PAID, special) for special in _SPECIALS)]


def _shares() -> list[Kind]:
    rest: list[Kind] = [(status, None) for status in LINE for _ in range(SHARE[status])]
    rest += [(Status.PAID, special) for special in _SPECIALS] * 4
    Random(SEED).shuffle(rest)
    return rest


def _kind(special: variants.Life | None, number: int) -> str:
    if special is variants.rejected:
        return "no_hardship" if number % 2 else "too_young"
    return "under_80" if special is variants.assessment_changes else "eligible"


def _span(target: Status, special: variants.Life | None, random: Random) -> int:
    usual = SPAN_OFF_THE_LINE.get(special.__name__, 0) if special else SPAN[target]
    return usual + random.randint(0, usual // 5) if usual else 75 + random.randint(0, 60)


def lead(lives: list[tuple[date, Story, Iterator[int]]], today: date, say: Callable[[str], None]) -> None:
    """Run all lives side by side, day by day, with what falls due by itself between them, up to today."""
    order = count()
    waiting = [(day, next(order), story, life) for day, story, life in lives]
    heapq.heapify(waiting)
    last, finished = None, 0
    while waiting:
        day, _, story, life = heapq.heappop(waiting)
        if day > today:
            continue  # it goes on after today, by the hands of whoever tries the demo
        with clock.fixed(day):
            if day != last:
                run_due(day)
                last = day
            try:
                days = next(life)
            except StopIteration:
                finished += 1
                if finished % 25 == 0:
                    say(f"演示数据：{finished} 户")
                continue
        heapq.heappush(waiting, (day + timedelta(days=days), next(order), story, life))
    with clock.fixed(today):
        run_due(today)
