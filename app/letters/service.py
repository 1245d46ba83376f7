"""Writing messages beside the event they tell of, and what people do with them."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, func, insert, or_, select, update

from ..audit.service import record
from ..core import clock
from ..core.db import db
from ..core.errors import Conflict
from ..identity.models import User
from ..identity.queries import not_of_another
from ..identity.rules import UserState
from ..jobs.service import enqueue
from ..permissions import FIRM_ROLES, Actor, Role
from ..places.queries import region
from ..places.telephones import telephone
from ..programme.queries import programme_of
from ..programme.values import Payee
from ..renovation import progress
from ..renovation.models import Assignment, Event, Renovation
from . import channels
from .models import Contact, Message
from .rules import (
    Audience,
    HandOver,
    MessageState,
    Occasion,
    Rule,
    SetContact,
    Way,
    Wording,
    facts,
    rule_of,
    shown_ways,
)

SEND = "letters.send"
HOUSEHOLD = "household"
_AT_ONCE = {Way.IN_APP.value}


def on_event(renovation: Renovation, row: Mapping[str, Any]) -> None:
    """Write the messages of one row of the timeline, in its unit of work; what must go out is sent after it commits."""
    rule = rule_of(row["action"], row["title"], str(row["details"].get("ground", "")))
    if rule is None or (rule.occasion is Occasion.NOTICE_END and not _hung(renovation)):
        return
    words = _words(renovation, row)
    seq = db.session.scalar(select(func.max(Event.seq)).where(Event.renovation_id == renovation.id))
    shared = {"renovation_id": renovation.id, "event_seq": seq, "occasion": rule.occasion, "created_at": clock.now()}
    rows = [
        {**shared, **one} for one in (*_to_household(rule, words), *_to_staff(renovation, rule, words, row["actor_id"]))
    ]
    if not rows:
        return
    db.session.execute(insert(Message), rows)
    active = sorted({one["way"] for one in rows} & set(channels.active()))
    if active:
        queued = select(Message.id).where(
            Message.renovation_id == renovation.id, Message.event_seq == seq, Message.way.in_(active)
        )
        for message_id in db.session.scalars(queued).all():
            send_later(message_id)


def send_later(message_id: int, again: int = 0) -> None:
    """Ask for a message to be sent once the unit of work commits; `again` counts how often people asked anew."""
    enqueue(SEND, f"{message_id}:{again}", {"message_id": message_id})


def open_message(message: Message) -> None:
    """The recipient has opened an in-app notice."""
    if message.state is MessageState.SENT:
        message.state, message.read_at = MessageState.READ, clock.now()


def read_all(condition: ColumnElement[bool]) -> None:
    """Everything that lies in one inbox has been seen."""
    db.session.execute(
        update(Message)
        .where(condition, Message.way == Way.IN_APP.value, Message.state == MessageState.SENT)
        .values(state=MessageState.READ, read_at=clock.now())
    )


def hand_over(message: Message, command: HandOver, actor: Actor) -> None:
    """A printed letter was handed over; raises Conflict for anything else or the second time."""
    if message.way != Way.LETTER or message.state is not MessageState.QUEUED:
        raise Conflict("这封通知不是待送的书面通知，请刷新页面看最新情况。")
    message.state, message.sent_at, message.how = MessageState.SENT, clock.now(), command.how
    record("letters", "letter.handed_over", actor, message=message.id, occasion=message.occasion.value)


def try_again(message: Message, actor: Actor) -> None:
    """Send once more what failed; raises Conflict when it has not failed or its way is not set up any more."""
    if message.state is not MessageState.FAILED:
        raise Conflict("这封通知没有失败，不用重发。")
    if message.way not in channels.active():
        raise Conflict("这种通知方式现在没有设置，请管理员先设置好再重发。")
    message.state, message.error = MessageState.QUEUED, ""
    send_later(message.id, message.attempts)
    record("letters", "message.tried_again", actor, message=message.id)


def set_contact(command: SetContact, actor: Actor) -> None:
    """Where the actor gets mail from now on; empty for nowhere."""
    assert actor.user_id is not None
    contact = db.session.get(Contact, actor.user_id)
    if contact is None:
        contact = Contact(user_id=actor.user_id)
        db.session.add(contact)
    contact.email, contact.changed_at = command.email, clock.now()


def text_of(message: Message, number: str) -> str:
    """What goes out by mail or text message: the notice, and where to look; never more than is needed."""
    return f"{message.text}\n\n档案号：{number}\n请登录安居查看并办理。这封邮件是系统自动发出的，请不要回复。"


def _hung(renovation: Renovation) -> bool:
    """False where the programme puts up no notice: the system passes on, and nobody is told that one is over."""
    return programme_of(renovation.programme_version_id).notice.used


def _words(renovation: Renovation, row: Mapping[str, Any]) -> dict[str, str]:
    programme = programme_of(renovation.programme_version_id)
    return facts(
        row["details"],
        row["reason"],
        _phone(renovation),
        lambda stage: not programme.left_out(stage),
        programme.data.money.payee is Payee.HOUSEHOLD,
    )


def _to_household(rule: Rule, words: Mapping[str, str]) -> Iterable[dict[str, Any]]:
    wording = rule.household
    if wording is None:
        return
    # who is not signed in gets nothing sent: the household's own page and papers are its ways
    for way in shown_ways(wording, channels.PASSIVE):
        paper = f"/{wording.paper}" if way is Way.LETTER and wording.paper else ""
        template = f"{rule.occasion.value}.{Audience.HOUSEHOLD.value}{paper}"
        yield _row(wording, way, words, template) | {
            "audience": Audience.HOUSEHOLD,
            "recipient": HOUSEHOLD,
            "user_id": None,
        }


def _to_staff(
    renovation: Renovation, rule: Rule, words: Mapping[str, str], actor_id: int | None
) -> Iterable[dict[str, Any]]:
    wording = rule.staff
    if wording is None:
        return
    for user_id, has_mail, has_phone in _staff(renovation, wording.roles, actor_id):
        reachable = channels.available() - ({Way.MAIL.value} if not has_mail else set())
        reachable -= {Way.SMS.value} if not has_phone else set()
        for way in shown_ways(wording, reachable):
            template = f"{rule.occasion.value}.{Audience.STAFF.value}"
            yield _row(wording, way, words, template) | {
                "audience": Audience.STAFF,
                "recipient": f"user:{user_id}",
                "user_id": user_id,
            }


def _row(wording: Wording, way: Way, words: Mapping[str, str], template: str) -> dict[str, Any]:
    at_once = way.value in _AT_ONCE
    return {
        "way": way.value,
        "template": template,
        "title": wording.title.format(**words),
        "text": wording.text.format(**words),
        "state": MessageState.SENT if at_once else MessageState.QUEUED,
        "sent_at": clock.now() if at_once else None,
        "error": "",
        "attempts": 0,
        "how": "",
    }


def _staff(renovation: Renovation, roles: tuple[Role, ...], actor_id: int | None) -> Iterable[tuple[int, bool, bool]]:
    """Accounts to be told, with whether mail and telephone are known; who did it knows already."""
    places: list[ColumnElement[bool]] = []
    for role in roles:
        if role in FIRM_ROLES:
            firm = select(Assignment.organisation_id).where(
                Assignment.renovation_id == renovation.id, Assignment.role == role, Assignment.ended_at.is_(None)
            )
            places.append((User.role == role) & User.organisation_id.in_(firm))
        else:
            place = renovation.township_id if role is Role.TOWNSHIP else renovation.county_id
            places.append(
                (User.role == role) & (User.region_id == place) & not_of_another(progress.office_of(renovation))
            )
    mail = select(Contact.user_id).where(Contact.user_id == User.id).exists()
    statement = (
        select(User.id, mail, User.phone_index.is_not(None))
        .where(or_(*places), User.state == UserState.ACTIVE, User.id != (actor_id or 0))
        .order_by(User.id)
    )
    return [(row[0], bool(row[1]), bool(row[2])) for row in db.session.execute(statement)]


def _phone(renovation: Renovation) -> str:
    programme = programme_of(renovation.programme_version_id)
    return telephone(region(renovation.county_id), programme.data.programme.phone)


progress.LISTENERS.append(on_event)
