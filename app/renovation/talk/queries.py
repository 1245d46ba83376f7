"""Reads of mentions, to-dos and calls: always within what the actor may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlalchemy import ColumnElement, Date, String, and_, exists, func, literal, null, or_, select, true, union_all
from sqlalchemy.orm import aliased

from ...core import clock, workdays
from ...core.db import db
from ...identity.models import User
from ...identity.queries import not_of_another
from ...identity.rules import UserState
from ...permissions import FIRM_ROLES, GRANTS, Actor, Permission
from ..models import Assignment, Attachment, Comment, Renovation
from ..progress import office_of
from ..queries import visible_to
from .models import Mention, PhoneCall, ToDo
from .rules import NEXT, Person, Proposal

READERS = tuple(role for role, granted in GRANTS.items() if Permission.RENOVATION_READ in granted)
MOST_ON_DESK = 20
"""What was said to a person and what is to be done stand above the work; more than this nobody reads there."""
SUBJECT = "comment:"
"""Where the papers of a remark stand: `comment:<id>`."""


@dataclass(frozen=True, slots=True)
class Note:
    """One line on a person's desk: a remark that mentions the reader, or a to-do with its day."""

    id: int
    kind: str
    number: str
    applicant_name: str
    text: str
    who: str
    at: datetime
    due_on: date | None


def people_of(renovation: Renovation) -> list[Person]:
    """Everybody in service who may see the file, by name: its region's line of offices and the firms it was given to."""
    above = [one for one in renovation.county.ancestor_ids if one != renovation.county_id]
    own_firm = exists().where(
        Assignment.renovation_id == renovation.id,
        Assignment.organisation_id == User.organisation_id,
        Assignment.role == User.role,
    )
    offices = and_(
        User.role.not_in(FIRM_ROLES),
        User.region_id.in_([renovation.township_id, renovation.county_id, *above]),
        not_of_another(office_of(renovation)),
    )
    rows = db.session.execute(
        select(User.id, User.name, User.staff_no)
        .where(User.state == UserState.ACTIVE, User.role.in_(READERS), or_(offices, own_firm))
        .order_by(User.name, User.id)
    )
    return [Person(*row) for row in rows]


def to_do(renovation: Renovation, to_do_id: int) -> ToDo | None:
    """One open to-do of the file."""
    return next((one for one in open_to_dos(renovation) if one.id == to_do_id), None)


def to_dos(renovation: Renovation) -> Sequence[ToDo]:
    """Every to-do of the file, open ones first by day, then the latest done or dropped."""
    rows = db.session.scalars(select(ToDo).where(ToDo.renovation_id == renovation.id).order_by(ToDo.due_on, ToDo.id))
    found = rows.all()
    closed = [one for one in found if not is_open(one)]
    return [*filter(is_open, found), *sorted(closed, key=_closed_at, reverse=True)]


def is_open(one: ToDo) -> bool:
    """True until it is done or dropped."""
    return one.done_at is None and one.ended_at is None


def _closed_at(one: ToDo) -> datetime:
    closed = one.done_at or one.ended_at
    assert closed is not None
    return closed


def has_open(renovation: Renovation) -> bool:
    """True when something is still to be done."""
    still = and_(ToDo.renovation_id == renovation.id, ToDo.done_at.is_(None), ToDo.ended_at.is_(None))
    return bool(db.session.scalar(select(exists().where(still))))


def open_to_dos(renovation: Renovation) -> list[ToDo]:
    """What is still to be done, by day."""
    return [one for one in to_dos(renovation) if is_open(one)]


def proposal(found: Sequence[ToDo]) -> Proposal | None:
    """What usually follows the to-do that was done last; None when something is planned already or nothing follows."""
    if any(is_open(one) for one in found):
        return None
    last = max((one for one in found if one.done_at), key=_closed_at, default=None)
    return NEXT.get(last.kind) if last else None


def proposed_day(proposed: Proposal) -> date:
    """The day by which it would be due, counted in working days from today."""
    return workdays.calendar().add(clock.today(), proposed.days)


def calls(renovation: Renovation, actor: Actor) -> Sequence[PhoneCall]:
    """The calls, newest first; a firm reads its own people's calls only (domain §2)."""
    own: ColumnElement[bool] = true()
    if actor.role in FIRM_ROLES:
        own = PhoneCall.author_id.in_(select(User.id).where(User.organisation_id == actor.organisation_id))
    return db.session.scalars(
        select(PhoneCall).where(PhoneCall.renovation_id == renovation.id, own).order_by(PhoneCall.at.desc())
    ).all()


def papers(renovation: Renovation) -> Mapping[int, list[Attachment]]:
    """Remark → the papers that came with it."""
    rows = db.session.scalars(
        select(Attachment)
        .where(
            Attachment.renovation_id == renovation.id,
            Attachment.subject.startswith(SUBJECT),
            Attachment.ended_at.is_(None),
        )
        .order_by(Attachment.subject, Attachment.id)
    ).all()
    return {int(subject[len(SUBJECT) :]): list(some) for subject, some in groupby(rows, lambda one: one.subject)}


def unseen(renovation: Renovation, actor: Actor) -> Sequence[Mention]:
    """The remarks on the file that mention this person and were not seen yet."""
    return db.session.scalars(
        select(Mention).where(
            Mention.renovation_id == renovation.id, Mention.user_id == actor.user_id, Mention.seen_at.is_(None)
        )
    ).all()


def for_me(actor: Actor, until: date, most: int | None = None) -> list[Note]:
    """What was said to this person and not seen, newest first, then the to-dos due by a day, earliest first; one query.

    At most `most` of each. Only of files that the person may see today: whoever has moved on is told nothing more.
    """
    most = most or MOST_ON_DESK
    author = aliased(Comment)
    said = (
        select(
            Mention.id, literal("mention", String).label("kind"), Renovation.number, Renovation.applicant_name,
            func.substr(author.text, 1, 120).label("text"), author.author_name.label("who"), Mention.at.label("at"),
            null().cast(Date).label("due_on"),
        )
        .join(Renovation, Renovation.id == Mention.renovation_id)
        .join(author, author.id == Mention.comment_id)
        .where(Mention.user_id == actor.user_id, Mention.seen_at.is_(None), visible_to(actor))
        .order_by(Mention.id.desc()).limit(most)
    ).subquery()  # fmt: skip
    due = (
        select(
            ToDo.id, literal("to_do", String).label("kind"), Renovation.number, Renovation.applicant_name,
            ToDo.text.label("text"), ToDo.planned_by_name.label("who"), ToDo.planned_at.label("at"),
            ToDo.due_on.label("due_on"),
        )
        .join(Renovation, Renovation.id == ToDo.renovation_id)
        .where(ToDo.assignee_id == actor.user_id, ToDo.done_at.is_(None), ToDo.ended_at.is_(None))
        .where(ToDo.due_on <= until, visible_to(actor))
        .order_by(ToDo.due_on, ToDo.id).limit(most)
    ).subquery()  # fmt: skip
    both = union_all(select(said), select(due)).subquery()
    rows = db.session.execute(select(both)).all()
    found = [Note(*row) for row in rows]
    return sorted(found, key=lambda one: (one.due_on is not None, one.due_on or date.min, -one.id))
