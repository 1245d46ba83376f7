"""What can be chosen in the list's menu, and the chosen in words."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from ..core.db import db
from ..permissions import FIRM_ROLES, Actor
from ..places.models import Organisation, Region
from ..places.queries import within
from ..places.rules import Level
from ..renovation.models import Assignment, Renovation
from ..renovation.queries import visible_to
from . import classes
from .filters import asked
from .search import Wish

MOST = 300


def firms(actor: Actor) -> Sequence[Any]:
    """(id, name) of the firms that have or had a part in files of this person's scope; none for firms themselves."""
    if actor.role in FIRM_ROLES:
        return ()
    theirs = select(Assignment.organisation_id).join(Renovation, Renovation.id == Assignment.renovation_id)
    return db.session.execute(
        select(Organisation.id, Organisation.name)
        .where(Organisation.id.in_(theirs.where(visible_to(actor))))
        .order_by(Organisation.name)
        .limit(MOST)
    ).all()


def villages(actor: Actor, region_id: int | None) -> Sequence[Any]:
    """(id, name) of the villages of the chosen township, or of the person's own; of a whole county they are too many."""
    region = db.session.get(Region, region_id or actor.region_id) if (region_id or actor.region_id) else None
    if region is None or region.level is not Level.TOWNSHIP or not within_scope(actor, region):
        return ()
    return db.session.execute(
        select(Region.id, Region.name)
        .where(within(Region.path, region.path), Region.level == Level.VILLAGE)
        .order_by(Region.code)
        .limit(MOST)
    ).all()


def within_scope(actor: Actor, region: Region) -> bool:
    """True when the region lies in the person's own."""
    return bool(actor.region_path) and region.path.startswith(actor.region_path)


def words(wish: Wish, regions: Sequence[Any]) -> list[tuple[str, str]]:
    """(parameter, words) of every condition; names are asked for only where one is needed."""
    found = [("q", f"“{wish.text}”")] if wish.text else []
    if wish.status:
        found.append(("status", wish.status.label))
    if wish.region_id:
        name = next((one.name for one in regions if one.id == wish.region_id), "")
        found.append(("region", name or "所选区域"))
    more = wish.more
    if more is None or not asked(more):
        return found
    plain = {
        "stage": more.stage and f"{more.stage.label}阶段",
        "hardship": more.hardship and more.hardship.label,
        "class": more.person_class and (classes.name_of(more.person_class) or "所选人员类别"),
        "since": more.since and f"{more.since} 起申请",
        "until": more.until and f"{more.until} 前申请",
        "village": more.village and _name(Region, more.village),
        "firm": more.firm and _name(Organisation, more.firm),
    }
    return found + [(name, text) for name, text in plain.items() if text]


def _name(model: type[Region] | type[Organisation], key: int) -> str:
    found = db.session.scalar(select(model.name).where(model.id == key))
    return found or "已不存在"
