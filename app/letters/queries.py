"""Reads of messages: one's own, a household's, and the delivery log of a scope."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from ..core.db import db
from ..core.errors import NotAllowed, NotFound
from ..permissions import FIRM_ROLES, Actor
from ..renovation.models import Renovation
from ..renovation.queries import visible_to
from .models import Contact, Message
from .rules import Audience, MessageState, Way

PAGE = 50
MOST = 99


@dataclass(frozen=True, slots=True)
class Page:
    """Some messages, newest first, with file and account loaded; `before` is the key of the next page."""

    rows: Sequence[Message]
    before: int | None


def own(actor: Actor) -> ColumnElement[bool]:
    """The condition of one's own in-app notices."""
    return (Message.user_id == actor.user_id) & (Message.way == Way.IN_APP.value)


def of_household(renovation: Renovation) -> ColumnElement[bool]:
    """The condition of what a household reads on its own page."""
    return (
        (Message.renovation_id == renovation.id)
        & (Message.audience == Audience.HOUSEHOLD)
        & (Message.way == Way.IN_APP.value)
    )


def inbox(actor: Actor, before: int | None = None) -> Page:
    """One's own notices."""
    return _page(own(actor), before)


def unread(actor: Actor) -> int:
    """How many of one's own notices are new, counted to a hundred."""
    new = select(Message.id).where(own(actor), Message.state == MessageState.SENT).limit(MOST + 1)
    return db.session.scalar(select(func.count()).select_from(new.subquery())) or 0


def own_message(message_id: int, actor: Actor) -> Message:
    """One of one's own notices, with its file; raises NotFound."""
    found = db.session.scalar(
        select(Message).where(Message.id == message_id, own(actor)).options(joinedload(Message.renovation))
    )
    if found is None:
        raise NotFound("没有这条通知。请从通知列表进入。")
    return found


def household_messages(renovation: Renovation, limit: int = 5) -> Sequence[Message]:
    """The latest notices to a household."""
    return db.session.scalars(
        select(Message).where(of_household(renovation)).order_by(Message.id.desc()).limit(limit)
    ).all()


def log(
    actor: Actor, way: str = "", state: MessageState | None = None, number: str = "", before: int | None = None
) -> Page:
    """The delivery log of the actor's scope; raises NotAllowed for firms, which have their own notices only."""
    if actor.role in FIRM_ROLES:
        raise NotAllowed("送达记录由乡镇（街道）和民政局查看；贵单位的通知在“通知”里。")
    scope = select(Renovation.id).where(visible_to(actor))
    condition: ColumnElement[bool] = Message.renovation_id.in_(scope)
    if way:
        condition &= Message.way == way
    if state is not None:
        condition &= Message.state == state
    if number:
        condition &= Message.renovation_id.in_(select(Renovation.id).where(Renovation.number == number))
    return _page(condition, before)


def in_scope(message_id: int, actor: Actor, number: str = "") -> Message:
    """A message of a file that the actor may see, with its file and account, locked; raises NotFound, NotAllowed."""
    if actor.role in FIRM_ROLES:
        raise NotAllowed("送达由乡镇（街道）和民政局登记。")
    scope = select(Renovation.id).where(visible_to(actor))
    statement = select(Message).where(Message.id == message_id, Message.renovation_id.in_(scope))
    if number:
        statement = statement.where(Message.renovation_id.in_(select(Renovation.id).where(Renovation.number == number)))
    found = db.session.scalar(statement.options(joinedload(Message.renovation)).with_for_update(of=Message))
    if found is None:
        raise NotFound("没有这条送达记录，或不在您的查看范围内。")
    return found


def email_of(actor: Actor) -> str:
    """Where the actor gets mail; "" for nowhere."""
    contact = db.session.get(Contact, actor.user_id) if actor.user_id is not None else None
    return contact.email if contact else ""


def _page(condition: ColumnElement[bool], before: int | None) -> Page:
    statement = select(Message).where(condition).order_by(Message.id.desc()).limit(PAGE + 1)
    if before is not None:
        statement = statement.where(Message.id < before)
    rows = db.session.scalars(statement.options(joinedload(Message.renovation), joinedload(Message.user))).all()
    return Page(rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None)
