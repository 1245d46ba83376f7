"""The list's columns: those that stand there anyway, and those that somebody chooses; chosen ones alone cost anything."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from ..core import clock
from ..core.money import display
from ..permissions import Actor, Permission, Role, may
from ..places.models import Organisation, Region
from ..renovation.models import Assignment, Renovation
from ..stages.application.codes import Hardship
from ..stages.application.models import DerivedFacts
from . import classes

NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, who may see it, and (for those that are not on every line) where it comes from."""

    key: str
    label: str
    permission: Permission | None = None
    source: Callable[[], Any] | None = None
    words: Callable[[Any], str] = lambda value: NOTHING if value is None or value == "" else str(value)
    is_number: bool = False
    is_long: bool = False
    """Takes two lines where many columns leave no room for one."""
    has_any: Callable[[Actor], bool] = lambda _actor: True
    """Whether any file that this person sees can have it."""


def _village() -> ColumnElement[Any]:
    village = aliased(Region)
    return select(village.name).where(village.id == Renovation.village_id).scalar_subquery()


def _firm(role: Role) -> Callable[[], ColumnElement[Any]]:
    def source() -> ColumnElement[Any]:
        given = (Assignment.renovation_id == Renovation.id, Assignment.role == role, Assignment.ended_at.is_(None))
        return (
            select(Organisation.name)
            .join(Assignment, Assignment.organisation_id == Organisation.id)
            .where(*given)
            .correlate(Renovation)
            .scalar_subquery()
        )

    return source


def _fact(column: Any) -> Callable[[], ColumnElement[Any]]:
    return lambda: select(column).where(DerivedFacts.renovation_id == Renovation.id).scalar_subquery()


def _hardship(barred: Any) -> str:
    known = [Hardship(code).label for code in str(barred or "").split("|") if code in set(Hardship)]
    return "、".join(known) or NOTHING


def _sum(fen: Any) -> str:
    return NOTHING if fen is None else display(fen)


def _day(instant: Any) -> str:
    return NOTHING if instant is None else clock.civil(instant).isoformat()


P = Permission
COLUMNS: dict[str, Column] = {
    one.key: one
    for one in (
        Column("address", "地址"),
        Column("number", "档案号"),
        Column("status", "进度"),
        Column("due", "期限"),
        Column("subsidy", "补贴", P.MONEY_READ, is_number=True),
        Column("self_pay", "家庭自付", P.MONEY_READ, is_number=True),
        Column("total", "合计", P.MONEY_READ, lambda: Renovation.total_fen, _sum, is_number=True),
        Column("village", "村（社区）", None, _village),
        Column("firm", "施工单位", None, _firm(Role.CONTRACTOR), is_long=True),
        Column("assessor", "评估机构", None, _firm(Role.ASSESSOR), is_long=True),
        Column("applied_on", "申请日期", None, _fact(DerivedFacts.applied_on)),
        Column("since", "进入本步", None, lambda: Renovation.status_since, _day),
        Column("priority", "优先分", None, _fact(DerivedFacts.priority), is_number=True),
        Column("hardship", "困难类别", P.HEALTH_READ, _fact(DerivedFacts.hardship), _hardship, is_long=True),
        Column(
            "classes",
            "人员类别",
            classes.READ,
            classes.source,
            lambda told: classes.words(told) or NOTHING,
            is_long=True,
            has_any=lambda actor: bool(classes.offered(actor)),
        ),
    )
}
USUAL = ("address", "number", "status", "due", "subsidy", "self_pay")
"""What the list shows until somebody chooses otherwise; the name stands first always."""


def offered(actor: Actor, keys: Collection[str] = COLUMNS.keys()) -> list[Column]:
    """The columns that this person may choose from, or those of them with these keys."""
    named = [one for one in COLUMNS.values() if one.key in keys]
    return [one for one in named if (one.permission is None or may(actor, one.permission)) and one.has_any(actor)]


def chosen(kept: str, actor: Actor) -> tuple[Column, ...]:
    """The columns that somebody has chosen (keys joined by dots), in the table's order; () for the usual ones."""
    found = tuple(offered(actor, kept.split(".")))
    return () if not found or found == tuple(offered(actor, USUAL)) else found


def is_usual(key: str) -> bool:
    """True for a column that stands there without being chosen."""
    return key in USUAL


def sources(columns: Sequence[Column]) -> list[ColumnElement[Any]]:
    """What has to be asked for besides the line itself, each labelled with its key."""
    return [one.source().label(f"x_{one.key}") for one in columns if one.source is not None]


def words(row: Any, columns: Sequence[Column]) -> dict[str, str]:
    """The chosen columns of a row as people read them, by key."""
    return {one.key: one.words(getattr(row, f"x_{one.key}")) for one in columns if one.source is not None}
