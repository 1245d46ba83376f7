"""The job that sends one message: after the commit of what it tells of, tried again, its failure shown."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from ..core import clock
from ..core.db import db, transaction
from ..identity.models import User
from ..jobs.service import MAX_ATTEMPTS, Task, handler
from . import channels
from .channels import NotDelivered, Outgoing
from .models import Contact, Message
from .rules import MessageState
from .service import SEND, text_of


class TryLater(Exception):
    """It did not go out this time; the job is tried again."""


@handler(SEND)
def send(task: Task) -> dict[str, Any]:
    """Send one message if it still waits. Killed between sending and noting it, it is sent again under the same id."""
    message_id = int(task.payload["message_id"])
    with transaction():
        found = _outgoing(message_id)
    if found is None:
        return {"summary": "这封通知不用再送"}
    channel, outgoing = found
    try:
        _deliver(channel, outgoing)
    except NotDelivered as problem:
        return _note_failure(message_id, problem)
    with transaction():
        message = db.session.get_one(Message, message_id, with_for_update=True)
        message.attempts += 1
        message.state, message.sent_at, message.error = MessageState.SENT, clock.now(), ""
    return {"summary": "已送出"}


def _deliver(channel: channels.Channel, outgoing: Outgoing) -> None:
    if not outgoing.to:
        raise NotDelivered("收件人没有填写地址", again=False)
    channel.deliver(outgoing)


def _outgoing(message_id: int) -> tuple[channels.Channel, Outgoing] | None:
    message = db.session.scalar(
        select(Message).where(Message.id == message_id).options(selectinload(Message.renovation))
    )
    if message is None or message.state is not MessageState.QUEUED or message.way not in channels.active():
        return None
    channel = channels.active()[message.way]
    to = _address(message.user_id, channel.needs)
    text = text_of(message, message.renovation.number)
    return channel, Outgoing(f"anju-{message.id}", to, message.title, text)


def _address(user_id: int | None, needs: str) -> str:
    """The address of an account's person; "" when it is not known."""
    if needs == "email":
        contact = db.session.get(Contact, user_id)
        return contact.email if contact else ""
    user = db.session.get(User, user_id)
    return (user.phone or "") if user else ""


def _note_failure(message_id: int, problem: NotDelivered) -> dict[str, Any]:
    """Count the attempt; the last one, or one that no second try helps, is shown as failed."""
    with transaction():
        message = db.session.get_one(Message, message_id, with_for_update=True)
        message.attempts += 1
        final = not problem.again or message.attempts % MAX_ATTEMPTS == 0
        if final:
            message.state, message.error = MessageState.FAILED, problem.sentence
    if not final:
        raise TryLater
    return {"summary": f"没有送到：{problem.sentence}"}
