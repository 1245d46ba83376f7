"""Saved filters: the list's query under a name, for oneself or for the people of one's place; they open no file."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select

from ..core import clock
from ..core.db import db
from ..core.errors import Conflict, NotFound
from ..permissions import Actor
from .models import SavedFilter
from .rules import Audience, SaveFilter

MOST = 50
"""Nobody finds a name among more; the oldest beyond it have to be removed first."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A saved filter as the menu shows it."""

    id: int
    name: str
    query: str
    audience: str
    owner: str
    is_mine: bool


def saved(actor: Actor) -> list[Kept]:
    """One's own filters and those shared with one's place, by name; one query."""
    rows = db.session.scalars(
        select(SavedFilter)
        .where(SavedFilter.ended_at.is_(None), or_(SavedFilter.owner_id == actor.user_id, _shared_with(actor)))
        .order_by(SavedFilter.owner_id != actor.user_id, SavedFilter.name, SavedFilter.id)
        .limit(2 * MOST)
    )
    return [
        Kept(one.id, one.name, one.query, one.audience.label, one.owner_name, one.owner_id == actor.user_id)
        for one in rows
    ]


def _shared_with(actor: Actor) -> ColumnElement[bool]:
    """Shared in a region at or above the person's own, or in the person's firm; with all there or those of the role."""
    reaches = or_(
        SavedFilter.audience == Audience.REGION,
        and_(SavedFilter.audience == Audience.ROLE, SavedFilter.role == actor.role),
    )
    if actor.organisation_id is not None:
        return and_(reaches, SavedFilter.organisation_id == actor.organisation_id)
    above = [int(part) for part in actor.region_path.split("/") if part]
    return and_(reaches, SavedFilter.region_id.in_(above))


def save(command: SaveFilter, actor: Actor) -> SavedFilter:
    """Keep a query under a name; the same name again replaces what it held. Raises Conflict beyond `MOST`."""
    mine = _mine(actor)
    before = next((one for one in mine if one.name == command.name), None)
    if before is not None:
        before.ended_at = clock.now()
        db.session.flush()
    elif len(mine) >= MOST:
        raise Conflict(f"最多保存 {MOST} 个筛选，请先删去不用的。")
    kept = SavedFilter(
        owner_id=actor.user_id,
        owner_name=actor.name,
        name=command.name,
        query=command.query.removeprefix("?"),
        audience=command.audience,
        role=actor.role,
        region_id=None if actor.organisation_id is not None else actor.region_id,
        organisation_id=actor.organisation_id,
        created_at=clock.now(),
    )
    db.session.add(kept)
    db.session.flush()
    return kept


def end(filter_id: int, actor: Actor) -> None:
    """Take one's own filter out of the menus; raises NotFound for those of others."""
    found = next((one for one in _mine(actor) if one.id == filter_id), None)
    if found is None:
        raise NotFound("没有这个筛选，或不是您保存的。")
    found.ended_at = clock.now()


def _mine(actor: Actor) -> Sequence[SavedFilter]:
    return db.session.scalars(
        select(SavedFilter).where(SavedFilter.owner_id == actor.user_id, SavedFilter.ended_at.is_(None))
    ).all()
