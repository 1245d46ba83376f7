"""Reads of purchase codes. Files of programmes without codes cost no query."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, func, select

from ...core.db import db
from ...lifecycle import PURCHASE_CODE
from ...permissions import Actor, Permission, Role, may
from ...programme.models import ProgrammeVersion, has_mark
from ...programme.queries import programme_of
from ...renovation.models import Renovation
from .code_models import CodeAttempt, PurchaseCode
from .code_rules import CodeEnd

_READERS = frozenset({Role.TOWNSHIP, Role.COUNTY})
"""Who reads a code besides the household: those who hand its letters over."""


def has_codes(renovation: Renovation) -> bool:
    """True when the file's programme gives its households a code."""
    return programme_of(renovation.programme_version_id).has_codes


def may_read(actor: Actor) -> bool:
    """True when this person may read codes; everybody else sees until when one holds and what became of it."""
    return actor.role in _READERS and may(actor, Permission.LETTER_SEND)


def live(renovation: Renovation) -> PurchaseCode | None:
    """The code that has not ended, though its last day may be over; None under a programme without codes."""
    if not has_codes(renovation):
        return None
    return db.session.scalar(
        select(PurchaseCode).where(PurchaseCode.renovation_id == renovation.id, PurchaseCode.ended_at.is_(None))
    )


def all_of(renovation: Renovation) -> Sequence[PurchaseCode]:
    """Every code of the file, newest first."""
    if not has_codes(renovation):
        return []
    return db.session.scalars(
        select(PurchaseCode).where(PurchaseCode.renovation_id == renovation.id).order_by(PurchaseCode.id.desc())
    ).all()


def redeemed(renovation: Renovation) -> PurchaseCode | None:
    """The code with which the household chose its present or last firm."""
    return next((one for one in all_of(renovation) if one.outcome is CodeEnd.REDEEMED), None)


def by_index(index: str) -> tuple[PurchaseCode, str, int] | None:
    """A code by its keyed hash, fresh, with the number and the county of its file."""
    row = db.session.execute(
        select(PurchaseCode, Renovation.number, Renovation.county_id)
        .join(Renovation, Renovation.id == PurchaseCode.renovation_id)
        .where(PurchaseCode.code_index == index)
        .execution_options(populate_existing=True)
    ).first()
    return None if row is None else (row[0], row[1], row[2])


def holds(today: date) -> ColumnElement[bool]:
    """The condition that a file has a code that can be redeemed today."""
    return (
        exists()
        .where(
            PurchaseCode.renovation_id == Renovation.id,
            PurchaseCode.ended_at.is_(None),
            PurchaseCode.valid_to >= today,
        )
        .correlate(Renovation)
    )


def are_used() -> bool:
    """True when some programme that was published gives codes."""
    there = select(ProgrammeVersion.id).where(has_mark(PURCHASE_CODE), ProgrammeVersion.published_at.is_not(None))
    return bool(db.session.scalar(select(there.exists())))


def failures(user_id: int, since: datetime) -> Sequence[datetime]:
    """When an account entered codes that are none of its business, since its last right one."""
    right = select(func.max(CodeAttempt.at)).where(CodeAttempt.user_id == user_id, CodeAttempt.succeeded)
    after = max(since, db.session.scalar(right) or since)
    return db.session.scalars(
        select(CodeAttempt.at).where(
            CodeAttempt.user_id == user_id, CodeAttempt.at > after, CodeAttempt.succeeded.is_(False)
        )
    ).all()
