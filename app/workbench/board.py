"""The same query as the list, as columns of cards by status, each column paged by itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select, union_all

from ..core.db import db
from ..lifecycle import LINE, Status
from ..permissions import Actor
from ..renovation.models import Renovation
from .queries import Line, lines_of, rows_of
from .search import Rows, Wish, first_that_finds, matching

CARDS = 10
"""Cards of a column at once."""
ORDER = (*LINE, *(status for status in Status if status not in LINE))


@dataclass(frozen=True, slots=True)
class Column:
    """One status: how many files lie there, the newest of them, and the key of the next cards."""

    status: Status
    count: int
    lines: tuple[Line, ...]
    older: int | None


def board(actor: Actor, wish: Wish) -> list[Column]:
    """The statuses in which something lies, in the order of the lifecycle; one query to count and one for all cards."""
    query = _query(actor, wish)
    status = Renovation.status
    counted = db.session.execute(query.with_only_columns(status, func.count()).group_by(status))
    counts: dict[Status, int] = {row[0]: row[1] for row in counted}
    shown = [one for one in ORDER if counts.get(one)]
    if not shown:
        return []
    parts = [
        select(rows_of(query.where(status == one)).order_by(Renovation.id.desc()).limit(CARDS + 1).subquery())
        for one in shown
    ]
    lines = lines_of(db.session.execute(union_all(*parts)).all(), actor)
    return [_column(one, counts[one], [line for line in lines if line.status is one]) for one in shown]


def more(actor: Actor, wish: Wish, status: Status, before: int) -> Column:
    """The next cards of one column; how many there are in all stands on the page already."""
    query = _query(actor, replace(wish, before=None, after=None)).where(Renovation.status == status)
    rows = db.session.execute(
        rows_of(query.where(Renovation.id < before)).order_by(Renovation.id.desc()).limit(CARDS + 1)
    ).all()
    return _column(status, 0, lines_of(rows, actor))


def _query(actor: Actor, wish: Wish) -> Rows:
    meanings = matching(actor, wish)
    return meanings[0][0] if len(meanings) == 1 else first_that_finds(meanings)[0]


def _column(status: Status, count: int, lines: Sequence[Line]) -> Column:
    shown = sorted(lines, key=lambda line: -line.id)
    return Column(status, count, tuple(shown[:CARDS]), shown[CARDS - 1].id if len(shown) > CARDS else None)
