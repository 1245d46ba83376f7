"""Notices: one's own, the delivery log of a scope, and what people do with them."""

from datetime import datetime

from flask import Response, request

from ..core.db import transaction
from ..core.errors import RuleViolation
from ..identity.access import current_actor, requires
from ..letters import queries, service
from ..letters.models import Message
from ..letters.rules import HandOver, MessageState, Occasion, SetContact
from ..permissions import Permission
from .exchange import answer, body
from .schemas import Answer

READ, HAND = Permission.RENOVATION_READ, Permission.LETTER_SEND


class Notice(Answer):
    """One's own notice."""

    id: int
    number: str
    occasion: Occasion
    title: str
    text: str
    state: MessageState
    created_at: datetime


class Notices(Answer):
    """One's own notices, newest first; `next_before` asks for older ones."""

    unread: int
    notices: list[Notice]
    next_before: int | None


class Delivery(Answer):
    """One message of the delivery log; what it said is read on the file."""

    id: int
    number: str
    occasion: Occasion
    way: str
    recipient: str
    template: str
    state: MessageState
    error: str
    how: str
    created_at: datetime
    sent_at: datetime | None
    read_at: datetime | None


class Deliveries(Answer):
    """The delivery log of one's scope, newest first; `next_before` asks for older ones."""

    messages: list[Delivery]
    next_before: int | None


class ContactAnswer(Answer):
    """Where the caller gets mail; empty for nowhere."""

    email: str


@requires()
def my_notices() -> Response:
    """One's own notices."""
    actor = current_actor()
    page = queries.inbox(actor, before())
    notices = [_notice(one) for one in page.rows]
    return answer(Notices(unread=queries.unread(actor), notices=notices, next_before=page.before))


@requires()
def read_notice(message_id: int) -> Response:
    """Note that one's own notice was read."""
    with transaction():
        message = queries.own_message(message_id, current_actor())
        service.open_message(message)
    return answer(_notice(message))


@requires()
def set_contact() -> Response:
    """Set where one gets mail."""
    command = body(SetContact)
    with transaction():
        service.set_contact(command, current_actor())
    return answer(ContactAnswer(email=command.email))


@requires(READ)
def list_deliveries() -> Response:
    """The delivery log."""
    wanted = request.args.get("state", "")
    if wanted and wanted not in set(MessageState):
        raise RuleViolation(f"没有“{wanted}”这种状态", "state")
    state = MessageState(wanted) if wanted else None
    page = queries.log(current_actor(), request.args.get("way", ""), state, request.args.get("number", ""), before())
    return answer(Deliveries(messages=[_delivery(one) for one in page.rows], next_before=page.before))


@requires(HAND)
def hand_over(message_id: int) -> Response:
    """Note that a printed letter was handed over."""
    command, actor = body(HandOver), current_actor()
    with transaction():
        message = queries.in_scope(message_id, actor)
        service.hand_over(message, command, actor)
    return answer(_delivery(message))


@requires(HAND)
def send_again(message_id: int) -> Response:
    """Send once more what failed."""
    actor = current_actor()
    with transaction():
        message = queries.in_scope(message_id, actor)
        service.try_again(message, actor)
    return answer(_delivery(message), 202)


def before() -> int | None:
    """The number after which older entries are asked for; raises RuleViolation for what is none."""
    given = request.args.get("before", "")
    if given and not (given.isascii() and given.isdecimal() and 0 < int(given[:11]) < 2**31):
        raise RuleViolation("before 应为上一页给出的数字", "before")
    return int(given) if given else None


def _notice(message: Message) -> Notice:
    return Notice(
        id=message.id,
        number=message.renovation.number,
        occasion=message.occasion,
        title=message.title,
        text=message.text,
        state=message.state,
        created_at=message.created_at,
    )


def _delivery(message: Message) -> Delivery:
    return Delivery(
        id=message.id,
        number=message.renovation.number,
        occasion=message.occasion,
        way=message.way,
        recipient=message.recipient,
        template=message.template,
        state=message.state,
        error=message.error,
        how=message.how,
        created_at=message.created_at,
        sent_at=message.sent_at,
        read_at=message.read_at,
    )
