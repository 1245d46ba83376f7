"""Tables of mentions, to-dos and telephone calls. Rows end, none vanish."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ...core.crypto import Encrypted
from ...core.db import Base, enum_column
from ...permissions import Role
from .rules import Called, CallResult, ToDoKind

_UNSEEN = text("seen_at IS NULL")
_OPEN = text("done_at IS NULL AND ended_at IS NULL")


class Mention(Base):
    """A person whom a remark names: it waits on that person's desk until it is seen."""

    __tablename__ = "mention"
    __table_args__ = (
        UniqueConstraint("comment_id", "user_id"),
        # desks ask for what one person has not seen yet
        Index("ix_mention_unseen", "user_id", "id", sqlite_where=_UNSEEN, postgresql_where=_UNSEEN),
        Index("ix_mention_renovation", "renovation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    seen_at: Mapped[datetime | None]


class ToDo(Base):
    """Something to be done on a file by a day; it is done, or dropped with a reason."""

    __tablename__ = "to_do"
    __table_args__ = (
        CheckConstraint("done_at IS NULL OR ended_at IS NULL", name="done_or_dropped"),
        # what is dropped says why
        CheckConstraint("(ended_at IS NULL) = (ended_reason = '')", name="dropping_has_reason"),
        # desks ask for what one person still has to do, by day
        Index("ix_to_do_open", "assignee_id", "due_on", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_to_do_renovation", "renovation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    kind: Mapped[ToDoKind] = enum_column(ToDoKind)
    text: Mapped[str] = mapped_column(String(200))
    due_on: Mapped[date]
    assignee_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    assignee_name: Mapped[str] = mapped_column(String(80))
    planned_at: Mapped[datetime]
    planned_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    planned_by_name: Mapped[str] = mapped_column(String(80))
    done_at: Mapped[datetime | None]
    done_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    done_by_name: Mapped[str] = mapped_column(String(80), default="")
    result: Mapped[str] = mapped_column(String(200), default="")
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str] = mapped_column(String(200), default="")


class PhoneCall(Base):
    """One telephone call: who was called, when, how it ended. The number is personal data; only its ends are shown."""

    __tablename__ = "phone_call"
    __table_args__ = (Index("ix_phone_call_renovation", "renovation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    at: Mapped[datetime]
    called: Mapped[Called] = enum_column(Called)
    name: Mapped[str] = mapped_column(String(40), default="")
    number: Mapped[str] = mapped_column(Encrypted, default="")
    """Empty: the telephone that stands in the application."""
    result: Mapped[CallResult] = enum_column(CallResult)
    note: Mapped[str] = mapped_column(String(500), default="")
    follow_up_id: Mapped[int | None] = mapped_column(ForeignKey("to_do.id"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    author_name: Mapped[str] = mapped_column(String(80))
    author_role: Mapped[Role] = enum_column(Role)
    logged_at: Mapped[datetime]
