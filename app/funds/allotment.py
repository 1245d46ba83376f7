"""Handing down: places and money go from a region to the ones below it, and unused ones come back.

Always true, for places and for money alike: what a region has given on is what the nearest regions below it were
allotted. A region above that records nothing does not bind; once it does, the regions below draw from it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from ..audit import service as audit
from ..core.db import db
from ..core.errors import Conflict, NotAllowed, RuleViolation
from ..permissions import Actor, Permission, leads, may
from ..places.models import Region
from ..places.queries import within
from ..programme.queries import office_of_key
from .rules import Direction


@dataclass(frozen=True, slots=True)
class Purse:
    """One kind of thing handed down: its table, the names of its three counters, its ledger, its words."""

    rows: type[Any]
    total: str
    given: str
    used: str
    write: Callable[..., None]
    """(row, move, amount, actor, document, reason) adds a row to the ledger."""
    show: Callable[[int], str]
    name: str
    field: str
    """The field of the command that holds the amount."""

    def left(self, row: Any) -> int:
        """What a row still has free."""
        return int(getattr(row, self.total) - getattr(row, self.given) - getattr(row, self.used))


@dataclass(frozen=True, slots=True)
class Change:
    """One allotment: of what (`identity`: programme, year, source), to whom, how much, on which paper."""

    identity: Mapping[str, Any]
    region: Region
    direction: Direction
    amount: int
    document: str = ""
    reason: str = ""
    is_example: bool = False
    names: Mapping[str, Any] | None = None
    """Further columns of a new row that do not identify it."""
    counted: int = 0
    """What the row holds that nobody allotted: households counted as they came, until now limited by yuan alone."""


def change(purse: Purse, asked: Change, actor: Actor) -> Any:
    """Carry out an allotment and give the region's row back.

    Raises NotAllowed (no right, outside the scope, or the own region where a region above allots), Conflict (not
    enough left here or above), RuleViolation (a region that takes none).
    """
    _lock(asked.region)
    above = nearest_above(purse, asked)
    _check_actor(asked, above, actor)
    row = find(purse, asked.identity, asked.region.id)
    if asked.direction is Direction.REDUCE:
        row = _reduce(purse, asked, None if asked.counted else row, above, actor)
    else:
        row = _add(purse, asked, row, above, actor)
    details = {
        "what": purse.name,
        "region": asked.region.code,
        **asked.identity,
        "direction": asked.direction.value,
        "amount": asked.amount,
        "document": asked.document,
        "reason": asked.reason,
    }
    audit.record(f"funds:{asked.region.code}", f"{purse.rows.__tablename__}.changed", actor, details)
    return row


def find(purse: Purse, identity: Mapping[str, Any], region_id: int) -> Any:
    """The region's row, None when nothing was allotted to it."""
    return db.session.scalar(
        select(purse.rows)
        .filter_by(region_id=region_id, **identity)
        .options(joinedload(purse.rows.region))
        .execution_options(populate_existing=True)
    )


def nearest_above(purse: Purse, asked: Change) -> Any:
    """The row of the nearest region above that has one; None when nothing above binds."""
    ancestors = asked.region.ancestor_ids[:-1]
    rows = db.session.scalars(
        select(purse.rows)
        .where(purse.rows.region_id.in_(ancestors))
        .filter_by(**asked.identity)
        .options(joinedload(purse.rows.region))
        .execution_options(populate_existing=True)
    ).all()
    return max(rows, key=lambda row: len(row.region.path), default=None)


def _lock(region: Region) -> None:
    """Let allotments within one tree pass one at a time: rows are found, adopted and created in several steps."""
    db.session.execute(select(Region.id).where(Region.id == region.ancestor_ids[0]).with_for_update(key_share=True))


def _check_actor(asked: Change, above: Any, actor: Actor) -> None:
    if not may(actor, Permission.FUNDS_MANAGE):
        raise NotAllowed("您的岗位不能下达任务和资金，请由民政局或财政局办理。")
    lead = office_of_key(asked.identity["programme_key"])
    if not leads(actor, lead):
        raise NotAllowed(f"这个项目由{lead.label}牵头，任务和资金由{lead.at_county}或财政局下达。", "programme_key")
    if not asked.region.path.startswith(actor.region_path):
        raise NotAllowed("这个地区不在您的管理范围内，请由上级或当地办理。", "region_id")
    if above is not None and asked.region.path == actor.region_path:
        raise NotAllowed(f"{asked.region.name}的数由{above.region.name}下达，请向上级申请。", "region_id")


def _add(purse: Purse, asked: Change, row: Any, above: Any, actor: Actor) -> Any:
    extra = asked.amount
    if row is None:
        adopted = _allotted_below(purse, asked)
        if asked.amount < adopted:
            raise Conflict(
                f"{asked.region.name}的下级已登记{purse.name} {purse.show(adopted)}，本级不能少于这个数。", purse.field
            )
        extra -= adopted
        row = _create(purse, asked, adopted)
    else:
        used = getattr(row, purse.used)
        if asked.counted and asked.amount < used:
            raise Conflict(f"{asked.region.name}已按金额指标确定 {used} 户，任务数不能少于这个数。", purse.field)
        _shift(purse, row, purse.total, asked.amount - asked.counted)
        if asked.is_example and not row.is_example:
            row.is_example = True
    if above is not None and extra:
        if not _shift(purse, above, purse.given, extra, at_most_left=True):
            raise Conflict(
                f"{above.region.name}还可分配的{purse.name}只有 {purse.show(purse.left(above))}，请减少后再下达。",
                purse.field,
            )
        purse.write(above, "give", extra, actor, asked.document, f"分配给{asked.region.name}")
    purse.write(row, "allot", asked.amount, actor, asked.document, asked.reason)
    return row


def _reduce(purse: Purse, asked: Change, row: Any, above: Any, actor: Actor) -> Any:
    if row is None:
        raise Conflict(f"{asked.region.name}还没有下达{purse.name}，没有可以调减的。", "region_id")
    if not asked.reason:
        raise RuleViolation("调减请写明原因。", "reason")
    if not _shift(purse, row, purse.total, -asked.amount, at_most_left=True):
        raise Conflict(
            f"{asked.region.name}未用的{purse.name}只有 {purse.show(purse.left(row))}，不能调减 {purse.show(asked.amount)}。",
            purse.field,
        )
    purse.write(row, "reduce", asked.amount, actor, asked.document, asked.reason)
    if above is not None:
        _shift(purse, above, purse.given, -asked.amount)
        purse.write(above, "take_back", asked.amount, actor, asked.document, f"从{asked.region.name}收回")
    return row


def _create(purse: Purse, asked: Change, adopted: int) -> Any:
    counters = {purse.total: asked.amount, purse.given: adopted, purse.used: 0}
    row = purse.rows(
        region_id=asked.region.id, is_example=asked.is_example, **asked.identity, **counters, **(asked.names or {})
    )
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError as error:
        raise Conflict("这个地区刚刚由他人下达，请刷新页面后再办。") from error
    return row


def _allotted_below(purse: Purse, asked: Change) -> int:
    """The sum of what the nearest regions below were allotted before this region had a row."""
    rows = db.session.scalars(
        select(purse.rows)
        .join(Region, Region.id == purse.rows.region_id)
        .where(within(Region.path, asked.region.path))
        .filter_by(**asked.identity)
        .options(joinedload(purse.rows.region))
        .execution_options(populate_existing=True)
    ).all()
    paths = [row.region.path for row in rows]
    nearest = (row for row in rows if not any(row.region.path != p and row.region.path.startswith(p) for p in paths))
    return sum(getattr(row, purse.total) for row in nearest)


def _shift(purse: Purse, row: Any, counter: str, amount: int, at_most_left: bool = False) -> bool:
    """Move one counter in one statement; with `at_most_left` only when so much is free, else nothing and False."""
    rows, column = purse.rows, getattr(purse.rows, counter)
    statement = update(rows).where(rows.id == row.id).values({column: column + amount})
    if at_most_left:
        free = getattr(rows, purse.total) - getattr(rows, purse.given) - getattr(rows, purse.used)
        statement = statement.where(free >= abs(amount))
    done = db.session.scalar(statement.returning(rows.id).execution_options(synchronize_session=False))
    db.session.refresh(row)
    return done is not None
