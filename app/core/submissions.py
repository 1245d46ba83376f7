"""Requests that were carried out, by the sender's own key: sent again, after a broken line or a double click, they do nothing."""

from datetime import datetime
from hashlib import sha256

from sqlalchemy import LargeBinary, String, UniqueConstraint, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from . import clock
from .db import Base, db
from .errors import Conflict


class Submission(Base):
    """A request that was carried out, by its sender's own key: sent again it does nothing and says the same."""

    __tablename__ = "submission"
    __table_args__ = (UniqueConstraint("sender", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sender: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(80))
    fingerprint: Mapped[str] = mapped_column(String(64))
    number: Mapped[str] = mapped_column(String(40), default="")
    at: Mapped[datetime]
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)


def first_time(sender: str, key: str, content: str, number: str = "") -> bool:
    """Remember a request by its sender's key, in the unit of work that carries it out; False when it was before.

    Without a key every request is a new one. The same key with other content is a Conflict: two different wishes must
    not share a key.
    """
    if not key:
        return True
    fingerprint = sha256(content.encode()).hexdigest()
    row = {"sender": sender, "key": key[:80], "fingerprint": fingerprint, "number": number, "at": clock.now()}
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    # of two at the same moment the later one waits for the other here, and then finds it
    made = insert(Submission).values(**row).on_conflict_do_nothing().returning(Submission.id)
    if db.session.scalar(made) is not None:
        return True
    before = select(Submission.fingerprint).where(Submission.sender == sender, Submission.key == key[:80])
    if db.session.scalar(before) != fingerprint:
        raise Conflict("同一个提交编号不能用于不同的内容，请核对后重新提交。")
    return False
