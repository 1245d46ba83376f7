"""Tables of the works. Everything about a line hangs on the line's identity over all plan versions (`root_id`)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...core.crypto import Encrypted
from ...core.db import Base, Fen, enum_column
from ...core.money import line_amount
from .rules import Arranger, Finding

_IN_FORCE = text("ended_at IS NULL")


class Contract(Base):
    """The construction contract (施工合同) of the firm with the household, over one version of the plan. Domain §3."""

    __tablename__ = "contract"
    __table_args__ = (
        Index("uq_contract_current", "renovation_id", unique=True, sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE),
        UniqueConstraint("organisation_id", "number"),
        CheckConstraint("ends_on >= starts_on", name="term_in_order"),
        CheckConstraint("warranty_months >= 0", name="warranty_not_negative"),
        CheckConstraint("(ended_at IS NULL) = (ended_reason = '')", name="end_has_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    organisation_name: Mapped[str] = mapped_column(String(100))
    procurement_lot: Mapped[str] = mapped_column(String(60))
    """Empty where the household chose the firm itself."""
    number: Mapped[str] = mapped_column(String(60))
    signed_on: Mapped[date]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    warranty_months: Mapped[int]
    household_signer: Mapped[str] = mapped_column(String(80))
    firm_signer: Mapped[str] = mapped_column(String(80))
    total_fen: Mapped[Fen]
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"))
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str] = mapped_column(String(500), default="")

    lines: Mapped[list["ContractLine"]] = relationship(
        lazy="raise_on_sql", order_by="ContractLine.root_id", back_populates="contract"
    )


class ContractLine(Base):
    """The contract's unit price of one line; never above the plan's (domain P4, held with the plan's price copied)."""

    __tablename__ = "contract_line"
    __table_args__ = (
        UniqueConstraint("contract_id", "root_id"),
        CheckConstraint("unit_price_fen <= plan_price_fen", name="within_plan_price"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    root_id: Mapped[int] = mapped_column(ForeignKey("plan_line.id"))
    plan_price_fen: Mapped[Fen]
    unit_price_fen: Mapped[Fen]

    contract: Mapped[Contract] = relationship(lazy="raise_on_sql", back_populates="lines")


class SigningPayment(Base):
    """What the household paid the firm at the signing of the contract (variants §0.9), and whether it was given back."""

    __tablename__ = "signing_payment"
    __table_args__ = (
        Index(
            "uq_signing_payment_current",
            "contract_id",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
        CheckConstraint("amount_fen > 0", name="something_was_paid"),
        CheckConstraint("(returned_on IS NULL) = (return_id IS NULL)", name="return_has_paper"),
        CheckConstraint("returned_on IS NULL OR returned_on >= day", name="returned_after_paid"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"), index=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    organisation_name: Mapped[str] = mapped_column(String(100))
    day: Mapped[date]
    amount_fen: Mapped[Fen]
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"))
    filed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """When a corrected receipt took its place."""
    returned_on: Mapped[date | None]
    return_id: Mapped[int | None] = mapped_column(ForeignKey("attachment.id"))


class Relocation(Base):
    """Where the old person stays while the works go on (重庆2020 §二(二)3): who arranges, where, from, to, contact."""

    __tablename__ = "relocation"
    __table_args__ = (
        Index(
            "uq_relocation_current", "renovation_id", unique=True, sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE
        ),
        CheckConstraint("to_on >= from_on", name="days_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    arranger: Mapped[Arranger] = enum_column(Arranger)
    place: Mapped[str] = mapped_column(String(200))
    from_on: Mapped[date]
    to_on: Mapped[date]
    contact: Mapped[str] = mapped_column(String(80))
    contact_phone: Mapped[str] = mapped_column(Encrypted("relocation.phone"))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None]


class Schedule(Base):
    """The day on which the firm comes and for how long; the newest one counts."""

    __tablename__ = "schedule"
    __table_args__ = (CheckConstraint("days BETWEEN 1 AND 90", name="days_sensible"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"), index=True)
    starts_on: Mapped[date]
    days: Mapped[int]
    note: Mapped[str] = mapped_column(String(500), default="")
    made_at: Mapped[datetime]
    made_by_name: Mapped[str] = mapped_column(String(80))


class LogEntry(Base):
    """One day's entry in the site log; its photos stand at `log:<id>`."""

    __tablename__ = "log_entry"
    __table_args__ = (CheckConstraint("workers BETWEEN 1 AND 50", name="workers_sensible"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"), index=True)
    day: Mapped[date]
    workers: Mapped[int]
    text: Mapped[str] = mapped_column(String(2000))
    written_at: Mapped[datetime]
    written_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    written_by_name: Mapped[str] = mapped_column(String(80))


class LineReport(Base):
    """What the firm says it did of a line; a newer report ends the one before."""

    __tablename__ = "line_report"
    __table_args__ = (
        Index(
            "uq_line_report_current",
            "renovation_id",
            "root_id",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
        CheckConstraint("quantity_centi >= 0", name="quantity_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    root_id: Mapped[int] = mapped_column(ForeignKey("plan_line.id"))
    quantity_centi: Mapped[int]
    note: Mapped[str] = mapped_column(String(500), default="")
    reported_at: Mapped[datetime]
    reported_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None]

    @property
    def quantity(self) -> Decimal:
        """The reported quantity, two decimals."""
        return Decimal(self.quantity_centi) / 100


class Handover(Base):
    """Goods handed to the household: who took them, label or serial number. Domain §4 (goods)."""

    __tablename__ = "handover"
    __table_args__ = (
        Index(
            "uq_handover_current",
            "renovation_id",
            "root_id",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    root_id: Mapped[int] = mapped_column(ForeignKey("plan_line.id"))
    recipient: Mapped[str] = mapped_column(String(80))
    serial: Mapped[str] = mapped_column(String(80))
    day: Mapped[date]
    recorded_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SupervisionVisit(Base):
    """The supervisor's visit during the works; its photos stand at `visit:<id>`."""

    __tablename__ = "supervision_visit"
    __table_args__ = (
        # a problem has a day by which it is put right, a good finding has none
        CheckConstraint("(finding = 'problem') = (deadline IS NOT NULL)", name="problem_has_deadline"),
        CheckConstraint("resolved_on IS NULL OR finding = 'problem'", name="only_problems_are_resolved"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"), index=True)
    day: Mapped[date]
    finding: Mapped[Finding] = enum_column(Finding)
    text: Mapped[str] = mapped_column(String(2000))
    deadline: Mapped[date | None]
    resolved_on: Mapped[date | None]
    resolution: Mapped[str] = mapped_column(String(1000), default="")
    written_at: Mapped[datetime]
    written_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    written_by_name: Mapped[str] = mapped_column(String(80))


class SupervisionReport(Base):
    """The supervisor's report that settlement needs (重庆2020 §五, domain S6)."""

    __tablename__ = "supervision_report"
    __table_args__ = (
        Index(
            "uq_supervision_report_current",
            "renovation_id",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    day: Mapped[date]
    conclusion: Mapped[str] = mapped_column(String(2000))
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"))
    filed_at: Mapped[datetime]
    filed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    filed_by_name: Mapped[str] = mapped_column(String(80))
    ended_at: Mapped[datetime | None]


class FirmReplacement(Base):
    """A firm that left before the end, and what it is settled for."""

    __tablename__ = "firm_replacement"

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    organisation_name: Mapped[str] = mapped_column(String(100))
    contract_id: Mapped[int | None] = mapped_column(ForeignKey("contract.id"))
    reason: Mapped[str] = mapped_column(String(1000))
    day: Mapped[date]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_by_name: Mapped[str] = mapped_column(String(80))

    parts: Mapped[list["ReplacedPart"]] = relationship(lazy="raise_on_sql", order_by="ReplacedPart.root_id")


class ReplacedPart(Base):
    """What a firm that left had done of a line, measured on the day it left, at its contract's price."""

    __tablename__ = "replaced_part"
    __table_args__ = (
        UniqueConstraint("replacement_id", "root_id"),
        CheckConstraint("quantity_centi > 0", name="quantity_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    replacement_id: Mapped[int] = mapped_column(ForeignKey("firm_replacement.id"))
    root_id: Mapped[int] = mapped_column(ForeignKey("plan_line.id"))
    quantity_centi: Mapped[int]
    unit_price_fen: Mapped[Fen]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)

    @property
    def quantity(self) -> Decimal:
        """The measured quantity, two decimals."""
        return Decimal(self.quantity_centi) / 100

    @property
    def amount_fen(self) -> int:
        """Quantity × the old contract's unit price, half-up to the fen."""
        return line_amount(self.quantity, self.unit_price_fen)
