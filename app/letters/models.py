"""Tables of messages and of where staff get mail."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..core.crypto import Encrypted
from ..core.db import Base, enum_column
from ..identity.models import User
from ..renovation.models import Renovation
from .rules import Audience, MessageState, Occasion


class Message(Base):
    """One message to one recipient by one way: the delivery log is this table."""

    __tablename__ = "message"
    __table_args__ = (
        # an event is told once to each recipient by each way, however often it is looked at
        UniqueConstraint("renovation_id", "event_seq", "way", "recipient"),
        # an account is told, or the household is
        CheckConstraint("(audience = 'staff') = (user_id IS NOT NULL)", name="staff_have_accounts"),
        CheckConstraint("(state = 'failed') = (error <> '')", name="failure_is_explained"),
        CheckConstraint("(state IN ('queued', 'failed')) = (sent_at IS NULL)", name="sent_has_time"),
        CheckConstraint("(state = 'read') = (read_at IS NOT NULL)", name="read_has_time"),
        # the bell counts what is new for one account at every page
        Index(
            "ix_message_unread",
            "user_id",
            "id",
            sqlite_where=text("way = 'in_app' AND state = 'sent'"),
            postgresql_where=text("way = 'in_app' AND state = 'sent'"),
        ),
        Index("ix_message_user", "user_id", "id"),
        # the log by what still has to be delivered
        Index("ix_message_way_state", "way", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    event_seq: Mapped[int]
    """The row of the file's timeline that it tells of."""
    occasion: Mapped[Occasion] = enum_column(Occasion)
    way: Mapped[str] = mapped_column(String(20))
    """Key of the channel, the installation's own ones included."""
    audience: Mapped[Audience] = enum_column(Audience)
    recipient: Mapped[str] = mapped_column(String(40))
    """`household`, or `user:<id>`."""
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    template: Mapped[str] = mapped_column(String(60))
    """Which wording: `<occasion>.<audience>`; the paper behind a slash, when the letter is one of the office's papers."""
    title: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Encrypted)
    """As it was said; a reason in it may speak of people."""
    state: Mapped[MessageState] = enum_column(MessageState)
    error: Mapped[str] = mapped_column(String(200), default="")
    """In our own words: what a server answers may repeat an address."""
    attempts: Mapped[int] = mapped_column(default=0)
    how: Mapped[str] = mapped_column(String(60), default="")
    """How a letter was handed over."""
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]

    renovation: Mapped[Renovation] = relationship(lazy="raise_on_sql", viewonly=True)
    user: Mapped[User | None] = relationship(lazy="raise_on_sql", viewonly=True)


class Contact(Base):
    """Where an account gets mail; the person sets it."""

    __tablename__ = "contact"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, autoincrement=False)
    email: Mapped[str] = mapped_column(Encrypted)
    changed_at: Mapped[datetime]
