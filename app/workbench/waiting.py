"""What waits for whom: the files on which this person has the next move."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Subquery, func, literal_column, select, union, union_all

from ..permissions import Actor, Permission, Role, could_be_given
from ..programme import queries as programmes
from ..programme.models import held_by
from ..renovation.models import Renovation
from ..renovation.queries import visible_to
from .moves import MOVES, Move
from .paper_moves import paper_moves


def moves_of(actor: Actor) -> tuple[Move, ...]:
    """Every move, in the order in which one stands before another on a desk: a paper that a step waits for first."""
    return (*paper_moves(actor.role), *MOVES)


def waiting(actor: Actor) -> Subquery | None:
    """The files that wait for this person: `id`, and `move`, the place in `moves_of` this person; None when nothing ever does.

    One branch for each move, so that each goes through the index of region and status. Suspended files wait for
    nobody; whose move it is says the move.
    """
    branches = _branches(actor)
    if not branches:
        return None
    every = union_all(*branches).subquery()
    return select(every.c.id, func.min(every.c.move).label("move")).group_by(every.c.id).subquery("waiting")


def a_few_waiting(actor: Actor, most: int) -> Subquery | None:
    """`id` of at least `most` files that wait for this person, or of all: for a count that stops there."""
    branches = [branch.limit(most).subquery() for branch in _branches(actor)]
    return union(*(select(branch.c.id) for branch in branches)).subquery() if branches else None


def _branches(actor: Actor) -> list[Select[int, int]]:
    mine = (visible_to(actor), Renovation.suspended_at.is_(None))
    given = programmes.given() if could_be_given(actor.role) else {}
    return [
        select(Renovation.id.label("id"), literal_column(str(place), Integer).label("move")).where(
            *mine,
            Renovation.status.in_(move.statuses),
            move.whose(actor),
            move.when(),
            *_left_or_given(move.permission, actor.role, given),
        )
        for place, move in enumerate(moves_of(actor))
        if move.role in (None, actor.role) and programmes.holds_somewhere(actor, move.permission, given)
    ]


def _left_or_given(task: Permission, role: Role, given: Mapping[Permission, Any]) -> list[ColumnElement[bool]]:
    """On this file, where some programme says otherwise than usual."""
    return [held_by(Renovation.programme_version_id, task, role)] if task in given else []
