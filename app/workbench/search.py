"""What somebody looks for: the wish, and which files it may mean, by number, name, pinyin or address."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from ..core import clock
from ..core.db import db
from ..core.text import MOST_LETTERS, bigrams, is_pinyin, normalise_name
from ..lifecycle import ENDINGS, Status
from ..permissions import FIRM_ROLES, Actor, Role
from ..places.rules import Level
from ..renovation.models import NumberSeries, Renovation, SearchGram
from ..renovation.queries import visible_to
from .filters import More, conditions
from .waiting import waiting

Rows = Select[*tuple[Any, ...]]
Key = InstrumentedAttribute[int]

MOST = 10_000
"""Counting stops here: nobody reads a number beyond it, and counting on would cost more than the page."""

_ID_NUMBER = re.compile(r"\d{17}[\dXx]|\d{15}")
_FILE_NUMBER = re.compile(r"[A-Za-z]{2,}[A-Za-z0-9]*-[0-9-]*")
_LAST_DIGITS = re.compile(r"\d{1,6}")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to see in the list. `region_id` is a township or a county; `before`/`after` are the keys."""

    text: str = ""
    view: str = "open"
    status: Status | None = None
    region_id: int | None = None
    before: int | None = None
    after: int | None = None
    more: More | None = None


def is_id_number(text: str) -> bool:
    """True for what can only be an identity number: it is looked up exactly and never put into an address."""
    return _ID_NUMBER.fullmatch(text.strip()) is not None


def first_that_finds(meanings: Sequence[tuple[Rows, Key]]) -> tuple[Rows, Key, int]:
    """The first of the meanings that finds something, else the last, and how many rows it finds, up to `MOST` + 1."""
    for query, key in meanings:
        few = query.with_only_columns(key).limit(MOST + 1).subquery()
        count = db.session.scalar(select(func.count()).select_from(few)) or 0
        if count:
            break
    return query, key, count


def matching(actor: Actor, wish: Wish) -> list[tuple[Rows, Key]]:
    """The rows that a wish may mean, the likeliest first, each with the column that orders them (the id, wherever
    the index has it)."""
    query = select(Renovation.id).where(visible_to(actor), *_view(actor, wish))
    text = wish.text.strip()
    if not text:
        return [(query, Renovation.id)]
    if _FILE_NUMBER.fullmatch(text):
        start = text.upper()
        return [(query.where(Renovation.number >= start, Renovation.number < start + "~"), Renovation.id)]
    if _LAST_DIGITS.fullmatch(text):
        series = db.session.scalars(select(NumberSeries.prefix)).all()
        return [(query.where(Renovation.number.in_([f"{prefix}-{int(text):06d}" for prefix in series])), Renovation.id)]
    return _by_words(query, actor, text)


def _by_words(query: Rows, actor: Actor, text: str) -> list[tuple[Rows, Key]]:
    """By name through the index of character pairs; by address where no name holds the words."""
    name, pairs = normalise_name(text), bigrams(text)
    if actor.role is Role.CITY:
        return [(query.where(false()), Renovation.id)]  # identities are masked: a search must not tell them either
    if is_pinyin(sound := name.lower().replace("'", "").replace("Ü", "v").replace("ü", "v")):
        return [*_by_pinyin(query, actor, sound), (_by_address(query, text), Renovation.id)]
    if len(name) < 2:
        return [(query.where(Renovation.applicant_name.startswith(text, autoescape=True)), Renovation.id)]
    found = query.join(SearchGram, SearchGram.renovation_id == Renovation.id).where(
        SearchGram.gram == pairs[0],
        Renovation.applicant_name.contains(name, autoescape=True) if len(pairs) > 1 else SearchGram.gram == pairs[0],
    )
    county = _county_of(actor)
    if county is not None:
        found = found.where(SearchGram.county_id == county)
    return [(found, SearchGram.renovation_id), (_by_address(query, text), Renovation.id)]


def _by_address(query: Rows, text: str) -> Rows:
    return query.where(Renovation.address.contains(text, autoescape=True))


def _by_pinyin(query: Rows, actor: Actor, sound: str) -> list[tuple[Rows, Key]]:
    """By the beginning of the whole pinyin or of the initials (wangde, wdf).

    The end of the range is padded with z, so that it holds whatever the database's order of characters is.
    """
    county, last = _county_of(actor), sound.ljust(MOST_LETTERS, "z")
    grams = select(SearchGram.renovation_id).where(SearchGram.gram.between(sound, last))
    if county is not None:
        grams = grams.where(SearchGram.county_id == county)
    return [(query.where(Renovation.id.in_(grams)), Renovation.id)]


def _county_of(actor: Actor) -> int | None:
    """The county within which a person's search can stay, None when it spans several."""
    if actor.role in FIRM_ROLES:
        return None
    if actor.region_level == Level.COUNTY:
        return actor.region_id
    return int(actor.region_path.split("/")[-3]) if actor.region_level == Level.TOWNSHIP else None


def _view(actor: Actor, wish: Wish) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wish.status is not None:
        found.append(Renovation.status == wish.status)
    elif wish.view in {"open", "late", "suspended"}:
        found.append(Renovation.status.not_in(ENDINGS))
    elif wish.view == "ended":
        found.append(Renovation.status.in_(ENDINGS))
    if wish.view == "late":
        found.append(and_(Renovation.due_on < clock.today(), Renovation.suspended_at.is_(None)))
    if wish.view == "suspended":
        found.append(Renovation.suspended_at.is_not(None))
    if wish.view == "mine":
        waits = waiting(actor)
        found.append(Renovation.id.in_(select(waits.c.id)) if waits is not None else false())
    if wish.region_id is not None:
        found.append(or_(Renovation.township_id == wish.region_id, Renovation.county_id == wish.region_id))
    if wish.more is not None:
        found += conditions(wish.more, actor)
    return found
