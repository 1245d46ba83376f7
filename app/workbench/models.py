"""The table of attempts to open a household's page, for the lock-out."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base


class LookUpAttempt(Base):
    """One attempt with a receipt code. What was typed is kept only as a keyed hash. Domain §7."""

    __tablename__ = "look_up_attempt"
    __table_args__ = (
        Index("ix_look_up_attempt_receipt", "receipt_index", "at"),
        Index("ix_look_up_attempt_address", "address", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    receipt_index: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(45), default="")
    at: Mapped[datetime]
    succeeded: Mapped[bool]
