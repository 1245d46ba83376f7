"""Reads from the review to the confirmation; each says what it loads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, select
from sqlalchemy.orm import joinedload

from ...core import clock
from ...core.db import db
from ...core.errors import NotFound
from ...lifecycle import Status
from ...permissions import FIRM_ROLES, Actor, Role
from ...places.models import Region
from ...places.queries import region, within
from ...places.telephones import telephone
from ...programme.policy import Programme
from ...programme.queries import led, programme_of
from ...renovation.models import Renovation
from ...renovation.progress import office_of
from .notice_models import (
    Notice,
    NoticeEntry,
    NoticePhoto,
    Objection,
)
from .notice_rules import UNRESOLVED, PhotoDay


def phone(programme: Programme, renovation: Renovation) -> str:
    """The office's telephone for questions and complaints: the county's own, else that in the programme's data."""
    return telephone(region(renovation.county_id), programme.data.programme.phone)


def county_name(renovation: Renovation) -> str:
    """The name of the file's county."""
    return region(renovation.county_id).name


def lead_name(renovation: Renovation) -> str:
    """The office that decides on the file, as it signs: the county with its bureau or its federation."""
    return f"{county_name(renovation)}{office_of(renovation).formal}"


def township_name(renovation: Renovation) -> str:
    """The name of the file's township."""
    return region(renovation.township_id).name


# ---------------------------------------------------------------- notices


def entry(renovation: Renovation) -> NoticeEntry | None:
    """The file's newest place on a notice, with the notice; it may be over."""
    return db.session.scalars(
        select(NoticeEntry)
        .where(NoticeEntry.renovation_id == renovation.id)
        .options(joinedload(NoticeEntry.notice))
        .order_by(NoticeEntry.id.desc())
        .limit(1)
    ).first()


def running_entry(renovation: Renovation) -> NoticeEntry | None:
    """The file's place on a notice that it has not left, with the notice."""
    found = entry(renovation)
    return found if found is not None and found.ended_at is None else None


def proof_of(notice: Notice) -> dict[PhotoDay, NoticePhoto]:
    """The photos in force of a notice, by day."""
    rows = db.session.scalars(
        select(NoticePhoto).where(NoticePhoto.notice_id == notice.id, NoticePhoto.ended_at.is_(None))
    )
    return {row.day: row for row in rows}


def photos_missing(renovation: Renovation) -> list[PhotoDay]:
    """The proof photos that the programme asks for and the file's notices do not have (重庆2020 §五(二))."""
    wanted = [PhotoDay(day) for day in programme_of(renovation.programme_version_id).notice.photo_days]
    found = entry(renovation)
    if found is None:
        return []
    there = proof_of(found.notice)
    return [day for day in wanted if day not in there]


def notice_in_scope(actor: Actor) -> ColumnElement[bool]:
    """The condition that keeps notices within the actor's region and office; firms see none. Join Region on the township."""
    if actor.role in FIRM_ROLES or (actor.region_id is None and actor.role is not Role.SYSTEM):
        return Notice.id.is_(None)
    return and_(within(Region.path, actor.region_path), led(Notice.programme_key, actor))


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice on the list: how many households, how many objections still open, which photos there are."""

    notice: Notice
    households: int
    objections: int
    days: frozenset[PhotoDay]

    def lacks(self, day: PhotoDay, today: date) -> bool:
        """True when the day of that photo has come and the photo is not there."""
        wanted = self.notice.starts_on if day is PhotoDay.FIRST else self.notice.ends_on
        return day not in self.days and today >= wanted


PAGE = 50
"""Notices on one page of the list."""


def notices(actor: Actor, running: bool | None = None, before: int | None = None) -> list[NoticeRow]:
    """Notices in the actor's scope, newest first, one page: running (or still to come), over, or all; with township."""
    conditions = [notice_in_scope(actor)]
    if running is not None:
        today = clock.today()
        conditions.append(Notice.ends_on >= today if running else Notice.ends_on < today)
    if before is not None:
        conditions.append(Notice.id < before)
    rows = db.session.scalars(
        select(Notice)
        .join(Region, Region.id == Notice.township_id)
        .where(*conditions)
        .options(joinedload(Notice.township))
        .order_by(Notice.id.desc())
        .limit(PAGE)
    ).all()
    return _with_counts(rows)


def _with_counts(rows: Sequence[Notice]) -> list[NoticeRow]:
    ids = [row.id for row in rows]
    households: dict[int, int] = {
        row[0]: row[1]
        for row in db.session.execute(
            select(NoticeEntry.notice_id, func.count())
            .where(NoticeEntry.notice_id.in_(ids))
            .group_by(NoticeEntry.notice_id)
        )
    }
    objections: dict[int, int] = {
        id_: count
        for id_, count in db.session.execute(
            select(Objection.notice_id, func.count())
            .where(Objection.notice_id.in_(ids), Objection.state.in_(UNRESOLVED))
            .group_by(Objection.notice_id)
        )
        if id_ is not None
    }
    days: dict[int, set[PhotoDay]] = {}
    for id_, day in db.session.execute(
        select(NoticePhoto.notice_id, NoticePhoto.day).where(
            NoticePhoto.notice_id.in_(ids), NoticePhoto.ended_at.is_(None)
        )
    ):
        days.setdefault(id_, set()).add(day)
    return [
        NoticeRow(row, households.get(row.id, 0), objections.get(row.id, 0), frozenset(days.get(row.id, ())))
        for row in rows
    ]


def notice(notice_id: int, actor: Actor) -> Notice:
    """One notice in the actor's scope, with its township; raises NotFound outside it."""
    found = db.session.scalar(
        select(Notice)
        .join(Region, Region.id == Notice.township_id)
        .where(Notice.id == notice_id, notice_in_scope(actor))
        .options(joinedload(Notice.township))
    )
    if found is None:
        raise NotFound("没有这份公示，或不在您的查看范围内。")
    return found


def public_notice(token: str, today: date) -> Notice:
    """The notice of a public address, only while its period runs; raises NotFound before and after."""
    found = db.session.scalar(
        select(Notice)
        .where(Notice.token == token, Notice.starts_on <= today, Notice.ends_on >= today)
        .options(joinedload(Notice.township))
    )
    if found is None:
        raise NotFound("这份公示已经结束或不存在。有疑问请咨询当地乡镇（街道）或民政局。")
    return found


def entries(notice: Notice) -> Sequence[NoticeEntry]:
    """Everybody who was on a notice, in order."""
    return db.session.scalars(
        select(NoticeEntry).where(NoticeEntry.notice_id == notice.id).order_by(NoticeEntry.seq)
    ).all()


def entries_with_files(notice: Notice) -> list[tuple[NoticeEntry, str, Status]]:
    """Everybody who was on a notice, with number and status of the file, for the desk."""
    rows = db.session.execute(
        select(NoticeEntry, Renovation.number, Renovation.status)
        .join(Renovation, Renovation.id == NoticeEntry.renovation_id)
        .where(NoticeEntry.notice_id == notice.id)
        .order_by(NoticeEntry.seq)
    )
    return [(row, number, status) for row, number, status in rows]


def shown(notice: Notice) -> Sequence[NoticeEntry]:
    """Who is on the notice now: not whoever was taken down, withdrew or ended meanwhile."""
    return db.session.scalars(
        select(NoticeEntry)
        .join(Renovation, Renovation.id == NoticeEntry.renovation_id)
        .where(
            NoticeEntry.notice_id == notice.id,
            NoticeEntry.ended_at.is_(None),
            Renovation.status == Status.REVIEWED,
        )
        .order_by(NoticeEntry.seq)
    ).all()


def due_to_end(today: date) -> Sequence[int]:
    """Ids of files whose notice period is over, without unresolved objection and not suspended."""
    blocked = exists().where(Objection.renovation_id == Renovation.id, Objection.state.in_(UNRESOLVED))
    return db.session.scalars(
        select(Renovation.id)
        .join(NoticeEntry, and_(NoticeEntry.renovation_id == Renovation.id, NoticeEntry.ended_at.is_(None)))
        .join(Notice, Notice.id == NoticeEntry.notice_id)
        .where(
            Renovation.status == Status.REVIEWED,
            Renovation.suspended_at.is_(None),
            Notice.ends_on < today,
            ~blocked,
        )
        .order_by(Renovation.id)
    ).all()


def photo(notice_id: int, photo_id: int, actor: Actor) -> NoticePhoto:
    """One proof photo of a notice in the actor's scope; raises NotFound."""
    notice(notice_id, actor)
    found = db.session.get(NoticePhoto, photo_id)
    if found is None or found.notice_id != notice_id:
        raise NotFound("没有这张公示照片。")
    return found


# ---------------------------------------------------------------- objections


_OBJECTIONS = select(Objection).where(Objection.renovation_id == bindparam("file")).order_by(Objection.seq.desc())


def objections(renovation: Renovation) -> Sequence[Objection]:
    """Every objection to a file, newest first."""
    return db.session.scalars(_OBJECTIONS, {"file": renovation.id}).all()


def unresolved(renovation: Renovation) -> list[Objection]:
    """The objections that wait for an outcome, oldest first."""
    return [row for row in reversed(objections(renovation)) if row.state in UNRESOLVED]
