"""Reads of regions and firms; each says what it loads."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, joinedload, selectinload

from ..core.db import db
from ..core.errors import NotFound
from .models import Organisation, ProcurementRecord, Region
from .rules import Admission, Level, OrganisationKind

PAGE = 100
"""Rows of a list at once."""


def within(column: ColumnElement[str] | InstrumentedAttribute[str], path: str) -> ColumnElement[bool]:
    """The condition that `column`, a region path, lies in the subtree of `path`; a range, so that the index serves.

    The end of the range is the path with its last "/" replaced by "0", the next character.
    """
    if path == "/":
        return column >= "/"
    return and_(column >= path, column < path.removesuffix("/") + "0")


def region(region_id: int) -> Region:
    """One node by id; raises NotFound."""
    found = db.session.get(Region, region_id)
    if found is None:
        raise NotFound("没有这个区划，请在区划页核对")
    return found


def region_by_code(code: str) -> Region:
    """One node by its own code; raises NotFound."""
    found = db.session.scalars(select(Region).where(Region.code == code)).one_or_none()
    if found is None:
        raise NotFound(f"没有代码为“{code}”的区划，请先导入区划")
    return found


def children(parent_id: int | None) -> Sequence[Region]:
    """The nodes directly below a node (None: the roots), by code."""
    return db.session.scalars(select(Region).where(Region.parent_id == parent_id).order_by(Region.code)).all()


def lineage(node: Region) -> Sequence[Region]:
    """The node and its ancestors from the root down, in one query."""
    return db.session.scalars(
        select(Region).where(Region.id.in_(node.ancestor_ids)).order_by(func.length(Region.path))
    ).all()


def full_name(node: Region, separator: str = "") -> str:
    """Names from the root down to the node, as in an address."""
    return separator.join(ancestor.name for ancestor in lineage(node))


def subtree(path: str, level: Level | None = None, on: date | None = None) -> Sequence[Region]:
    """Nodes at or below `path`, by path; optionally of one level and existing on a day."""
    query = select(Region).where(within(Region.path, path)).order_by(Region.code)
    if level is not None:
        query = query.where(Region.level == level)
    if on is not None:
        query = query.where(_existing(on))
    return db.session.scalars(query).all()


def above_villages(path: str, limit: int) -> Sequence[Region]:
    """Nodes at or below `path` that are no villages, by code, at most `limit`."""
    query = select(Region).where(within(Region.path, path), Region.level != Level.VILLAGE)
    return db.session.scalars(query.order_by(Region.code).limit(limit)).all()


def _existing(on: date) -> ColumnElement[bool]:
    return and_(
        or_(Region.valid_from.is_(None), Region.valid_from <= on), or_(Region.valid_to.is_(None), Region.valid_to >= on)
    )


def enclosing(node: Region, level: Level) -> Region | None:
    """The node's ancestor (or itself) of a level, None where the tree skips it."""
    return db.session.scalars(
        select(Region).where(Region.id.in_(node.ancestor_ids), Region.level == level)
    ).one_or_none()


def count_regions() -> int:
    """How many nodes the tree has."""
    return db.session.scalar(select(func.count()).select_from(Region)) or 0


def organisation(organisation_id: int) -> Organisation:
    """One firm with its region, history, procurement records, their regions and prices; raises NotFound."""
    records = selectinload(Organisation.procurements)
    found = db.session.scalars(
        select(Organisation)
        .where(Organisation.id == organisation_id)
        .options(
            joinedload(Organisation.region),
            selectinload(Organisation.changes),
            records.joinedload(ProcurementRecord.region),
            records.selectinload(ProcurementRecord.prices),
        )
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("没有这个单位，请在单位页核对")
    return found


def organisations(
    kind: OrganisationKind | None = None,
    admission: Admission | None = None,
    text: str = "",
    after: tuple[str, int] = ("", 0),
) -> Sequence[Organisation]:
    """Firms by name, with their region: PAGE and one more; optionally of a kind, a state, or with `text` in name or code.

    `after` is name and id of the last firm of the page before.
    """
    query = (
        select(Organisation)
        .options(joinedload(Organisation.region))
        .where(tuple_(Organisation.name, Organisation.id) > tuple_(*after))
        .order_by(Organisation.name, Organisation.id)
        .limit(PAGE + 1)
    )
    if kind is not None:
        query = query.where(_does(kind))
    if admission is not None:
        query = query.where(Organisation.admission == admission)
    if text:
        query = query.where(
            or_(
                Organisation.name.contains(text, autoescape=True),
                Organisation.uscc.contains(text.upper(), autoescape=True),
            )
        )
    return db.session.scalars(query).all()


def firms_kept_in(path: str) -> Sequence[Organisation]:
    """Firms kept by a region of the subtree of `path` ("/": all), by name; for choosing."""
    query = select(Organisation).outerjoin(Organisation.region).order_by(Organisation.name, Organisation.id)
    return db.session.scalars(query if path == "/" else query.where(within(Region.path, path))).all()


def _does(kind: OrganisationKind) -> Any:
    return getattr(Organisation, f"is_{kind.value}")


def procurement(record_id: int) -> ProcurementRecord:
    """One procurement record with firm, region and prices; raises NotFound."""
    found = db.session.scalars(
        select(ProcurementRecord).where(ProcurementRecord.id == record_id).options(*_RECORD)
    ).one_or_none()
    if found is None:
        raise NotFound("没有这条采购记录，请在单位页核对")
    return found


_RECORD = (
    joinedload(ProcurementRecord.organisation),
    joinedload(ProcurementRecord.region),
    selectinload(ProcurementRecord.prices),
)


def dispatchable(kind: OrganisationKind, place_id: int, on: date, programme_key: str) -> Sequence[ProcurementRecord]:
    """Procurement records under which a firm of `kind` may be dispatched to homes of a place on a day (domain §2).

    The firm is admitted and of the kind; the record's term covers the day, nobody ended it, its region is the place or
    one above it (a township's own lot, the county's, a city's framework contract), and it was won for the programme of
    that key or for all. Loads firm, region and prices. How many households a record already serves is asked by the
    stage that dispatches.
    """
    above = ProcurementRecord.region_id.in_(region(place_id).ancestor_ids)
    return db.session.scalars(_dispatchable(kind, on, programme_key).where(above)).all()


def dispatchable_around(
    kind: OrganisationKind, county_id: int, on: date, programme_key: str
) -> Sequence[ProcurementRecord]:
    """As `dispatchable`, for the homes of a whole county: with the lots of its townships, each for its own homes alone."""
    county = region(county_id)
    here = or_(ProcurementRecord.region_id.in_(county.ancestor_ids), within(Region.path, county.path))
    query = _dispatchable(kind, on, programme_key).join(ProcurementRecord.region).where(here)
    return db.session.scalars(query).all()


def _dispatchable(kind: OrganisationKind, on: date, programme_key: str) -> Select[ProcurementRecord]:
    return (
        select(ProcurementRecord)
        .join(ProcurementRecord.organisation)
        .where(
            ProcurementRecord.kind == kind,
            ProcurementRecord.valid_from <= on,
            ProcurementRecord.valid_to >= on,
            ProcurementRecord.ended_at.is_(None),
            ProcurementRecord.programme_key.in_(("", programme_key)),
            Organisation.admission == Admission.ADMITTED,
            _does(kind),
        )
        .options(*_RECORD)
        .order_by(Organisation.name, ProcurementRecord.id)
    )


def lots_below(
    path: str, limit: int, before: int | None, condition: ColumnElement[bool]
) -> Sequence[ProcurementRecord]:
    """Lots of the regions at or below `path` that fulfil a condition, the newest first, at most `limit`.

    `before` is the last one of the page before. With firm, region and prices.
    """
    query = select(ProcurementRecord).join(ProcurementRecord.region).options(*_RECORD)
    query = query.where(within(Region.path, path), condition)
    if before is not None:
        query = query.where(ProcurementRecord.id < before)
    return db.session.scalars(query.order_by(ProcurementRecord.id.desc()).limit(limit)).all()


def lots_of(organisation_id: int, kind: OrganisationKind, first: date, last: date) -> Sequence[ProcurementRecord]:
    """A firm's lots of a kind that nobody ended and whose terms share a day with `first`–`last`; with firm, region, prices."""
    query = select(ProcurementRecord).where(
        ProcurementRecord.organisation_id == organisation_id,
        ProcurementRecord.kind == kind,
        ProcurementRecord.ended_at.is_(None),
        ProcurementRecord.valid_from <= last,
        ProcurementRecord.valid_to >= first,
    )
    return db.session.scalars(query.options(*_RECORD).order_by(ProcurementRecord.id)).all()


def admitted(kind: OrganisationKind | None, county_id: int) -> Sequence[Organisation]:
    """Firms of `kind` (None: of any) that are admitted in the county, by name: registered there, above, or for everywhere."""
    query = select(Organisation).where(
        Organisation.admission == Admission.ADMITTED,
        or_(Organisation.region_id.is_(None), Organisation.region_id.in_(region(county_id).ancestor_ids)),
    )
    if kind is not None:
        query = query.where(_does(kind))
    return db.session.scalars(query.order_by(Organisation.name, Organisation.id)).all()
