"""Reads across the stages: the desk and the list. Columns, not objects; each page one query and a capped count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Row, ScalarSelect, Table, and_, case, func, select

from ..core import clock, workdays
from ..core.db import db
from ..identity.shown import shown_address, shown_name
from ..lifecycle import ENDINGS, Status
from ..permissions import Actor, Permission, may
from ..places.models import Region
from ..places.queries import within
from ..places.rules import Level
from ..renovation.models import Renovation
from ..renovation.queries import visible_to
from ..stages.application.queries import by_id_number
from . import search
from .columns import Column, sources, words
from .deadlines import SOON, Deadline, deadline
from .moves import Move
from .said import marks, said
from .search import Rows, Wish, first_that_finds, matching
from .waiting import a_few_waiting, moves_of, waiting

PAGE = 50
MOST_IN_MENU = 99
CLOSING = "warranty.close"

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
    said: str
    """The status as the file's programme calls it."""
    marks: str
    """What the programme leaves out and has besides, as `programme.process.marks` writes it."""
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
    """One page of the list: the lines, how many there are (None: more than `search.MOST`), and the keys of its neighbours."""

    lines: tuple[Line, ...]
    count: int | None
    newer: int | None
    older: int | None

    @property
    def is_all(self) -> bool:
        """True when nothing that was asked for stands on another page."""
        return self.count == len(self.lines)


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
    lines = lines_of(rows, actor, moves_of(actor) if waits is not None else ())
    return Desk(lines, count if waits is not None else None, int(overdue), int(near), under_way, int(fen))


def _open_count(actor: Actor) -> ScalarSelect[int]:
    """How many files are under way in the scope, counted up to one more than `search.MOST`."""
    few = select(Renovation.id).where(visible_to(actor), Renovation.status.not_in(ENDINGS)).limit(search.MOST + 1)
    return select(func.count()).select_from(few.subquery()).scalar_subquery()


def waiting_count(actor: Actor) -> int:
    """How many files wait for this person, counted up to one more than the menu shows."""
    few = a_few_waiting(actor, MOST_IN_MENU + 1)
    return db.session.scalar(select(func.count()).select_from(few)) or 0 if few is not None else 0


def files(actor: Actor, wish: Wish, columns: Sequence[Column] = ()) -> Page:
    """One page of renovations, newest first, by keyset; and how many there are, counted up to `search.MOST`.

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
        count if count <= search.MOST else None,
        lines[0].id if lines and has_newer else None,
        lines[-1].id if lines and has_older else None,
    )


def with_id_number(actor: Actor, text: str) -> tuple[Line, ...]:
    """The files within the actor's scope on which a person with exactly this identity number stands."""
    known = by_id_number(text)
    if known is None or not may(actor, Permission.PERSONAL_REVEAL):
        return ()
    rows = db.session.execute(
        rows_of(select(Renovation.id).where(visible_to(actor), known)).order_by(Renovation.id.desc()).limit(PAGE)
    ).all()
    return lines_of(rows, actor)


def regions_to_choose(actor: Actor) -> Sequence[Row[int, str]]:
    """Ids and names of the townships of a county's people, the counties of those above; nothing for a township and for firms."""
    if actor.region_id is None or actor.region_level == Level.TOWNSHIP:
        return ()
    level = Level.TOWNSHIP if actor.region_level == Level.COUNTY else Level.COUNTY
    chosen = within(_REGION.c.path, actor.region_path), _REGION.c.level == level
    return db.session.connection().execute(_REGIONS.where(*chosen)).all()


_REGION = cast("Table", Region.__table__)
_REGIONS = select(_REGION.c.id, _REGION.c.name).order_by(_REGION.c.code)
"""Past the object mapper, since every list asks."""


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
        marks().label("marks"),
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
            said=said(row.status, row.marks),
            marks=row.marks,
            due=due.get(row.due_on) if _has_limit(row, moves) else None,
            suspended=row.suspended_at is not None,
            subsidy_fen=row.subsidy_fen if sums else None,
            self_pay_fen=row.self_pay_fen if sums else None,
            move=moves[row.move] if moves else None,
            chosen=words(row, columns) if columns else Line._field_defaults["chosen"],
        )
        for row in rows
    )


def _has_limit(row: Row[Any], moves: Sequence[Move]) -> bool:
    """Whether the file's due day is one of what the row is about.

    Of a paid file it is the end of the warranty: that is the limit of closing it, and of nothing else on a desk.
    """
    if row.status in ENDINGS or row.suspended_at is not None:
        return False
    return not (moves and row.status is Status.PAID) or moves[row.move].operation == CLOSING


def numbers(actor: Actor, wish: Wish, limit: int) -> Sequence[str]:
    """The numbers of all files that a wish means, newest first, at most `limit`; whichever page is shown."""
    query, key, _ = first_that_finds(matching(actor, wish))
    return db.session.scalars(query.with_only_columns(Renovation.number).order_by(key.desc()).limit(limit)).all()
