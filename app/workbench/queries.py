"""Reads across the stages: the desk, the list, search. Columns, not objects; each page one query and a capped count."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, Table, and_, bindparam, case, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from ..core import clock, workdays
from ..core.db import db
from ..core.masking import mask_address, mask_name
from ..core.text import MOST_LETTERS, bigrams, is_pinyin, normalise_name
from ..lifecycle import ENDINGS, Status
from ..permissions import FIRM_ROLES, Actor, Permission, Role, may
from ..places.models import Region
from ..places.rules import Level
from ..renovation.models import NumberSeries, Renovation, SearchGram
from ..renovation.queries import visible_to
from ..stages.application.queries import by_id_number
from .columns import Column, sources, words
from .deadlines import SOON, Deadline, deadline
from .filters import More, conditions
from .waiting import Move, a_few_waiting, moves_of, waiting

Rows = Select[*tuple[Any, ...]]
Key = InstrumentedAttribute[int]

PAGE = 50
MOST = 10_000
"""Counting stops here: nobody reads a number beyond it, and counting on would cost more than the page."""
MOST_IN_MENU = 99

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


VIEWS = {
    "open": "在办",
    "mine": "等我办理",
    "late": "已逾期",
    "suspended": "已暂停",
    "ended": "已办结",
    "all": "全部",
}


class Line(NamedTuple):
    """One row of the desk or the list, ready to be shown to its reader."""

    id: int
    number: str
    name: str
    address: str
    township: str
    status: Status
    due: Deadline | None
    """The limit of the present status; None when there is none, when the file has ended or while it is suspended."""
    suspended: bool
    subsidy_fen: int | None
    self_pay_fen: int | None
    move: Move | None = None
    chosen: Mapping[str, str] = MappingProxyType({})
    """The columns that somebody has chosen besides the usual ones, in words."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list: the lines, how many there are (None: more than `MOST`), and the keys of its neighbours."""

    lines: tuple[Line, ...]
    count: int | None
    newer: int | None
    older: int | None


@dataclass(frozen=True, slots=True)
class Desk:
    """My desk: what waits for me, how much of it is late or due within two working days, and what is open at all.

    For people who only watch, `waiting` is None, and late and soon are those of everything under way.
    """

    lines: tuple[Line, ...]
    waiting: int | None
    late: int
    soon: int
    open: int
    subsidy_fen: int


def desk(actor: Actor) -> Desk:
    """What waits for this person, or is late for those who only watch, overdue first; two queries."""
    waits, today, due = waiting(actor), clock.today(), Renovation.due_on
    soon = workdays.due(today, SOON)
    late = and_(due < today, Renovation.suspended_at.is_(None))
    mine = select(Renovation.id)
    if waits is not None:
        mine = mine.join(waits, waits.c.id == Renovation.id)
    else:
        mine = mine.where(visible_to(actor), Renovation.status.not_in(ENDINGS))
    count, overdue, near, fen, under_way = db.session.execute(
        mine.with_only_columns(
            func.count(),
            func.coalesce(func.sum(case((late, 1), else_=0)), 0),
            func.coalesce(func.sum(case((and_(due >= today, due <= soon), 1), else_=0)), 0),
            func.coalesce(func.sum(Renovation.subsidy_fen), 0),
            _open_count(actor),
        )
    ).one()
    shown = rows_of(mine, waits.c.move) if waits is not None else rows_of(mine.where(late))
    rows = db.session.execute(shown.order_by(due.is_(None), due, Renovation.id).limit(PAGE)).all()
    lines = lines_of(rows, actor, moves_of(actor))
    return Desk(lines, count if waits is not None else None, int(overdue), int(near), under_way, int(fen))


def _open_count(actor: Actor) -> ScalarSelect[int]:
    """How many files are under way in the scope, counted up to one more than `MOST`."""
    few = select(Renovation.id).where(visible_to(actor), Renovation.status.not_in(ENDINGS)).limit(MOST + 1)
    return select(func.count()).select_from(few.subquery()).scalar_subquery()


def waiting_count(actor: Actor) -> int:
    """How many files wait for this person, counted up to one more than the menu shows."""
    few = a_few_waiting(actor, MOST_IN_MENU + 1)
    return db.session.scalar(select(func.count()).select_from(few)) or 0 if few is not None else 0


def files(actor: Actor, wish: Wish, columns: Sequence[Column] = ()) -> Page:
    """One page of renovations, newest first, by keyset; and how many there are, counted up to `MOST`.

    `columns` are those that somebody has chosen instead of the usual ones; they are read with the page.
    """
    query, key, count = first_that_finds(matching(actor, wish))
    backwards = wish.after is not None
    if wish.before is not None:
        query = query.where(key < wish.before)
    if wish.after is not None:
        query = query.where(key > wish.after)
    asked = rows_of(query).add_columns(*sources(columns)) if columns else rows_of(query)
    rows = db.session.execute(asked.order_by(key.asc() if backwards else key.desc()).limit(PAGE + 1)).all()
    more, shown = len(rows) > PAGE, list(rows[:PAGE])
    if backwards:
        shown.reverse()
    lines = lines_of(shown, actor, columns=columns)
    has_newer = more if backwards else wish.before is not None
    has_older = wish.after is not None if backwards else more
    return Page(
        lines,
        count if count <= MOST else None,
        lines[0].id if lines and has_newer else None,
        lines[-1].id if lines and has_older else None,
    )


def is_id_number(text: str) -> bool:
    """True for what can only be an identity number: it is looked up exactly and never put into an address."""
    return _ID_NUMBER.fullmatch(text.strip()) is not None


def with_id_number(actor: Actor, text: str) -> tuple[Line, ...]:
    """The files within the actor's scope on which a person with exactly this identity number stands."""
    known = by_id_number(text)
    if known is None or not may(actor, Permission.PERSONAL_REVEAL):
        return ()
    rows = db.session.execute(
        rows_of(select(Renovation.id).where(visible_to(actor), known)).order_by(Renovation.id.desc()).limit(PAGE)
    ).all()
    return lines_of(rows, actor)


_REGION = cast("Table", Region.__table__)
_REGIONS = (
    select(_REGION.c.id, _REGION.c.name)
    .where(
        _REGION.c.path >= bindparam("first"), _REGION.c.path < bindparam("end"), _REGION.c.level == bindparam("level")
    )
    .order_by(_REGION.c.code)
)
"""Asked by every list, so written out once."""


def regions_to_choose(actor: Actor) -> Sequence[Row[int, str]]:
    """Ids and names of the townships of a county's people, the counties of those above; nothing for a township and for firms."""
    if actor.region_id is None or actor.region_level == Level.TOWNSHIP:
        return ()
    level = Level.TOWNSHIP if actor.region_level == Level.COUNTY else Level.COUNTY
    first, end = actor.region_path, actor.region_path.removesuffix("/") + "0"  # as `places.queries.within`
    return db.session.connection().execute(_REGIONS, {"first": first, "end": end, "level": level}).all()


def shown_name(actor: Actor, name: str) -> str:
    """A name as this person may see it: city and province see masked identities (domain §2)."""
    return mask_name(name) if actor.role is Role.CITY else name


def shown_address(actor: Actor, address: str) -> str:
    """An address as this person may see it."""
    return mask_address(address) if actor.role is Role.CITY else address


def rows_of(query: Rows, *more: ColumnElement[Any]) -> Rows:
    """The columns of a line; the township is joined only here, so that counting goes without it."""
    return query.with_only_columns(
        Renovation.id,
        Renovation.number,
        Renovation.applicant_name,
        Renovation.address,
        Region.name.label("township"),
        Renovation.status,
        Renovation.due_on,
        Renovation.suspended_at,
        Renovation.subsidy_fen,
        Renovation.self_pay_fen,
        *(column.label("move") for column in more),
    ).join(Region, Region.id == Renovation.township_id)


def lines_of(
    rows: Sequence[Row[Any]], actor: Actor, moves: Sequence[Move] = (), columns: Sequence[Column] = ()
) -> tuple[Line, ...]:
    """Rows as this person may see them; how a due day stands is asked once for each."""
    today, sums = clock.today(), may(actor, Permission.MONEY_READ)
    due = {day: deadline(day, today) for day in {row.due_on for row in rows} if day is not None}
    return tuple(
        Line(
            id=row.id,
            number=row.number,
            name=shown_name(actor, row.applicant_name),
            address=shown_address(actor, row.address),
            township=row.township,
            status=row.status,
            due=None if row.status in ENDINGS or row.suspended_at is not None else due.get(row.due_on),
            suspended=row.suspended_at is not None,
            subsidy_fen=row.subsidy_fen if sums else None,
            self_pay_fen=row.self_pay_fen if sums else None,
            move=moves[row.move] if moves else None,
            chosen=words(row, columns) if columns else Line._field_defaults["chosen"],
        )
        for row in rows
    )


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


def numbers(actor: Actor, wish: Wish, limit: int) -> Sequence[str]:
    """The numbers of all files that a wish means, newest first, at most `limit`; whichever page is shown."""
    query, key, _ = first_that_finds(matching(actor, wish))
    return db.session.scalars(query.with_only_columns(Renovation.number).order_by(key.desc()).limit(limit)).all()
