"""What the list can be narrowed by besides view, status, region and words; costs nothing while it is not used."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false

from ..lifecycle import STAGE_OF, Stage
from ..permissions import Actor, Permission, Role, may
from ..renovation.models import Assignment, Renovation
from ..stages.application.codes import Hardship
from ..stages.application.models import DerivedFacts

KEYS = frozenset({"stage", "village", "firm", "hardship", "class", "since", "until"})
"""Their names in an address."""
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class More:
    """Stage, village, firm (whichever part it has or had), kind of hardship, class of persons that the programme names
    itself, first and last day of the application."""

    stage: Stage | None = None
    village: int | None = None
    firm: int | None = None
    hardship: Hardship | None = None
    person_class: str | None = None
    since: date | None = None
    until: date | None = None


def more_of(args: Mapping[str, str]) -> More | None:
    """What a query string asks for; None when it asks for none of these. What cannot be read is left out."""
    if KEYS.isdisjoint(args):
        return None
    stage, hardship = args.get("stage", ""), args.get("hardship", "")
    return More(
        Stage(stage) if stage in set(Stage) else None,
        _number(args.get("village", "")),
        _number(args.get("firm", "")),
        Hardship(hardship) if hardship in set(Hardship) else None,
        _code(args.get("class", "")),
        _day(args.get("since", "")),
        _day(args.get("until", "")),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _code(text: str) -> str | None:
    return text if _CODE.fullmatch(text) else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def asked(more: More | None) -> dict[str, str]:
    """The same as parameters of an address."""
    if more is None:
        return {}
    values: dict[str, Any] = {
        "stage": more.stage and more.stage.value,
        "village": more.village,
        "firm": more.firm,
        "hardship": more.hardship and more.hardship.value,
        "class": more.person_class,
        "since": more.since,
        "until": more.until,
    }
    return {name: str(value) for name, value in values.items() if value is not None}


def conditions(more: More, actor: Actor) -> list[ColumnElement[bool]]:
    """The rows that they mean; hardship and class only for those who may read what concerns the person (domain §2)."""
    found: list[ColumnElement[bool]] = []
    if more.stage is not None:
        found.append(Renovation.status.in_([status for status, stage in STAGE_OF.items() if stage is more.stage]))
    if more.village is not None:
        found.append(Renovation.village_id == more.village)
    if more.firm is not None:
        found.append(exists().where(Assignment.renovation_id == Renovation.id, Assignment.organisation_id == more.firm))
    facts: list[ColumnElement[bool]] = []
    if (more.hardship or more.person_class) and not may(actor, Permission.HEALTH_READ):
        return [false()]
    if more.hardship is not None:
        facts.append(DerivedFacts.hardship.contains(f"|{more.hardship.value}|"))
    if more.person_class is not None:
        facts.append(DerivedFacts.classes.contains(f"|{more.person_class}|", autoescape=True))
    if more.since is not None:
        facts.append(DerivedFacts.applied_on >= more.since)
    if more.until is not None:
        facts.append(DerivedFacts.applied_on <= more.until)
    if facts:
        found.append(exists().where(and_(DerivedFacts.renovation_id == Renovation.id, *facts)))
    return found


FIRM_PARTS = (Role.CONTRACTOR, Role.ASSESSOR, Role.SUPERVISOR)
"""The parts that a firm can have, the one that people ask for most first."""
