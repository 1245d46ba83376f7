"""Tables of the acceptance: rounds, lines, who was there and signed, what must be put right."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...core.db import Base, enum_column
from .rules import AcceptanceState, LineResult, PartyRole

_CURRENT = text("state <> 'superseded'")
_OWN = text("body <> ''")


class Acceptance(Base):
    """One round of acceptance in the home. The newest that is not superseded counts."""

    __tablename__ = "acceptance"
    __table_args__ = (
        UniqueConstraint("renovation_id", "round"),
        Index("uq_acceptance_current", "renovation_id", unique=True, sqlite_where=_CURRENT, postgresql_where=_CURRENT),
        # who countersigns is not who recorded
        CheckConstraint("countersigned_by IS NULL OR countersigned_by <> recorded_by", name="two_people"),
        CheckConstraint("(state = 'countersigned') <= (countersigned_at IS NOT NULL)", name="countersigned_when"),
        # rubble stands on the list: without it nothing is countersigned (重庆2020 §六(三))
        CheckConstraint("state <> 'countersigned' OR rubble_cleared", name="rubble_cleared"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    round: Mapped[int]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    state: Mapped[AcceptanceState] = enum_column(AcceptanceState)
    day: Mapped[date]
    """The day in the home: the warranty runs from it."""
    rubble_cleared: Mapped[bool]
    checks: Mapped[list[Any]] = mapped_column(default=list)
    """`{key, label, is_good}` of every point of the programme's list, copied."""
    remark: Mapped[str] = mapped_column(String(2000), default="")
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    recorded_by_name: Mapped[str] = mapped_column(String(80))
    countersigned_at: Mapped[datetime | None]
    countersigned_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    countersigned_by_name: Mapped[str] = mapped_column(String(80), default="")
    countersign_note: Mapped[str] = mapped_column(String(2000), default="")
    superseded_reason: Mapped[str] = mapped_column(String(1000), default="")

    lines: Mapped[list["AcceptedLine"]] = relationship(lazy="raise_on_sql", order_by="AcceptedLine.root_id")
    party: Mapped[list["PartyMember"]] = relationship(lazy="raise_on_sql", order_by="PartyMember.id")


class AcceptedLine(Base):
    """What was found of one line in one round; photos stand at `accept:<round>:<root_id>`."""

    __tablename__ = "accepted_line"
    __table_args__ = (
        UniqueConstraint("acceptance_id", "root_id"),
        CheckConstraint("measured_centi >= 0", name="measured_not_negative"),
        CheckConstraint("result <> 'accepted' OR measured_centi > 0", name="accepted_is_measured"),
        CheckConstraint("(result = 'rectify') = (deadline IS NOT NULL)", name="rectify_has_deadline"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    acceptance_id: Mapped[int] = mapped_column(ForeignKey("acceptance.id"))
    root_id: Mapped[int] = mapped_column(ForeignKey("plan_line.id"))
    result: Mapped[LineResult] = enum_column(LineResult)
    measured_centi: Mapped[int]
    finding: Mapped[str] = mapped_column(String(500), default="")
    deadline: Mapped[date | None]

    @property
    def measured(self) -> Decimal:
        """The measured quantity, two decimals."""
        return Decimal(self.measured_centi) / 100

    @property
    def accepted(self) -> bool:
        """True when the line passed."""
        return self.result is LineResult.ACCEPTED


class PartyMember(Base):
    """Somebody who was there, in whose name, and the signature: a party that every programme knows, or a body of its own."""

    __tablename__ = "party_member"
    __table_args__ = (
        # in one name only, and a body of the programme's own says of which unit it is
        CheckConstraint("(role IS NULL) = (body <> '')", name="party_or_body"),
        CheckConstraint("(body <> '') = (body_name <> '') AND (body <> '') = (unit <> '')", name="body_is_named"),
        # each body signs a round once
        Index("uq_party_member_body", "acceptance_id", "body", unique=True, sqlite_where=_OWN, postgresql_where=_OWN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    acceptance_id: Mapped[int] = mapped_column(ForeignKey("acceptance.id"), index=True)
    role: Mapped[PartyRole | None] = enum_column(PartyRole, nullable=True)
    body: Mapped[str] = mapped_column(String(60), default="")
    """The key of the body in the programme's data; "" for a party that every programme knows."""
    body_name: Mapped[str] = mapped_column(String(40), default="")
    """What the programme calls the body, copied."""
    unit: Mapped[str] = mapped_column(String(120), default="")
    """The body's full name, as who signed wrote it."""
    name: Mapped[str] = mapped_column(String(80))
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"))

    @property
    def label(self) -> str:
        """In whose name: 乡镇（街道）, or 财政（清河县财政局）."""
        return self.role.label if self.role is not None else f"{self.body_name}（{self.unit}）"
