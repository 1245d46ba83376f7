"""What the desks ask about many files at once, as conditions on `Renovation`: objections, proof photos, rechecks."""

from datetime import date

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import aliased

from ...lifecycle import Status
from ...renovation.models import Renovation
from .notice_models import Notice, NoticeEntry, NoticePhoto, Objection, Recheck
from .notice_rules import EntryEnd, ObjectionState, PhotoDay, RecheckState


def objection_waits() -> ColumnElement[bool]:
    """An objection to the file has no outcome yet."""
    waiting = Objection.state == ObjectionState.OPEN
    return exists().where(Objection.renovation_id == Renovation.id, waiting).correlate(Renovation)


def recheck_waits() -> ColumnElement[bool]:
    """The household has asked for a recheck and has no answer."""
    asked = Recheck.state == RecheckState.REQUESTED
    return exists().where(Recheck.renovation_id == Renovation.id, asked).correlate(Renovation)


def photo_due(today: date) -> ColumnElement[bool]:
    """The day of a proof photo of the file's notice has come and the photo is not there.

    One photo serves the whole notice, so only the first of its households that still waits for it is named, and none
    that waits for the answer to an objection first.
    """
    lacking = or_(
        and_(Notice.starts_on <= today, _lacks(PhotoDay.FIRST)), and_(Notice.ends_on <= today, _lacks(PhotoDay.LAST))
    )
    return (
        exists()
        .where(
            NoticeEntry.renovation_id == Renovation.id,
            or_(NoticeEntry.ended_as.is_(None), NoticeEntry.ended_as == EntryEnd.PASSED),
            Notice.id == NoticeEntry.notice_id,
            lacking,
            ~_later_entry(),
            ~objection_waits(),
            ~_earlier_household(),
        )
        .correlate(Renovation)
    )


def _lacks(day: PhotoDay) -> ColumnElement[bool]:
    there = exists().where(NoticePhoto.notice_id == Notice.id, NoticePhoto.day == day, NoticePhoto.ended_at.is_(None))
    return ~there.correlate(Notice)


def _later_entry() -> ColumnElement[bool]:
    """The file stands on a newer notice, whose photos count."""
    later = aliased(NoticeEntry)
    return (
        exists()
        .where(later.renovation_id == NoticeEntry.renovation_id, later.id > NoticeEntry.id)
        .correlate(NoticeEntry)
    )


def _earlier_household() -> ColumnElement[bool]:
    """Another household stands before this one on the notice and waits for the same photo."""
    other, file = aliased(NoticeEntry), aliased(Renovation)
    objected = exists().where(Objection.renovation_id == file.id, Objection.state == ObjectionState.OPEN)
    waiting = select(file.id).where(
        file.id == other.renovation_id,
        file.status.in_((Status.REVIEWED, Status.NOTICED)),
        file.suspended_at.is_(None),
        ~objected.correlate(file),
    )
    return (
        exists()
        .where(
            other.notice_id == NoticeEntry.notice_id,
            other.seq < NoticeEntry.seq,
            waiting.correlate(other).exists(),
        )
        .correlate(NoticeEntry)
    )
