"""What a programme beside the city's brings into the demo: its policy, its households, what the county does there."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..core.db import transaction
from ..programme.loading import CATALOG, load
from ..programme.policy import Programme, build
from ..programme.service import load_draft, publish
from . import county
from .story import Story

NOTICE: dict[str, Any] = {
    "days": 5,
    "day_kind": "calendar",
    "places": ["村（社区）公示栏", "乡镇（街道）公开栏"],
    "photo_days": ["first", "last"],
}
"""The county's own notice: five days whatever the calendar says, so that the demo's days come out the same."""

Life = Callable[[Any], Iterator[int]]
Event = Callable[[Sequence[Any], date], Iterator[int]]


@dataclass(frozen=True, slots=True)
class Side:
    """`prepare` puts it in force; `households` are lives, each with how many days before today it applies.

    `events` are what the county does between them, each with how many days before today.
    """

    story: type[Story]
    prepare: Callable[[date], None]
    households: tuple[tuple[Life, int], ...]
    events: tuple[tuple[int, Event], ...] = ()


def edition() -> dict[str, Any]:
    """The tables of the county's edition of the city's programme, to take from."""
    return load(CATALOG / f"{county.PROGRAMME}-demo-county").data.model_dump()


def programme(about: dict[str, Any], label: str, valid_from: date, **tables: Any) -> Programme:
    """A programme of the county's own: its edition of the city's with these tables in place of those."""
    data = load(CATALOG / f"{county.PROGRAMME}-demo-county").data
    about = about | {"phone": data.programme.phone, "version": label, "valid_from": valid_from}
    own = {"programme": about, "phase": [], "quota": [], "allotment": []} | tables
    made, problems = build(type(data).model_validate(data.model_dump() | own))
    if problems:
        raise ValueError(f"{about['id']} is no programme: {problems[0].message}")
    return made


def put_in_force(made: Programme) -> None:
    """Load a version by one person and publish it by another."""
    with transaction():
        draft_id = load_draft(made, county.actor("admin")).id
    with transaction():
        publish(draft_id, county.actor("city1"))


def steps_without(why: dict[str, str]) -> list[dict[str, Any]]:
    """The steps that a programme does without, by key, and why."""
    return [{"key": key, "used": False, "note": note} for key, note in why.items()]
