"""Tables of the settlement: sheets, invoices, receipts, what S9 asks for, payments. Nothing is changed once approved."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Connection, ForeignKey, Index, String, Table, UniqueConstraint, event, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...core.crypto import Encrypted
from ...core.db import Base, Fen, enum_column
from ...places.models import Region
from . import ddl
from .rules import PaymentPart, PaymentState, SheetState, Way

_CURRENT = text("state <> 'superseded'")
_IN_FORCE = text("ended_at IS NULL")
_NOT_RETURNED = text("state = 'paid'")
_HOUSEHOLD_NOT_RETURNED = text("state = 'paid' AND organisation_id IS NULL")


class SettlementSheet(Base):
    """One computed settlement with every line's arithmetic, frozen with the programme's version (domain S1–S6)."""

    __tablename__ = "settlement_sheet"
    __table_args__ = (
        UniqueConstraint("renovation_id", "version"),
        Index(
            "uq_settlement_sheet_current",
            "renovation_id",
            unique=True,
            sqlite_where=_CURRENT,
            postgresql_where=_CURRENT,
        ),
        CheckConstraint("subsidy_fen + self_pay_fen = total_fen", name="shares_are_total"),
        CheckConstraint("subsidy_fen <= cap_fen", name="within_cap"),
        CheckConstraint("subsidy_fen <= eligible_fen", name="within_eligible"),
        CheckConstraint("borne_fen <= self_pay_fen", name="borne_within_share"),
        # who approves is not who prepared (domain S8 in small)
        CheckConstraint("approved_by IS NULL OR approved_by <> prepared_by", name="two_people"),
        CheckConstraint("(state = 'approved') <= (approved_at IS NOT NULL)", name="approved_when"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    version: Mapped[int]
    state: Mapped[SheetState] = enum_column(SheetState)
    programme_version_id: Mapped[int] = mapped_column(ForeignKey("programme_version.id"))
    rules: Mapped[str] = mapped_column(String(80))
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    acceptance_id: Mapped[int] = mapped_column(ForeignKey("acceptance.id"))
    total_fen: Mapped[Fen]
    eligible_fen: Mapped[Fen]
    cap_fen: Mapped[Fen]
    subsidy_fen: Mapped[Fen]
    self_pay_fen: Mapped[Fen]
    signed_self_pay_fen: Mapped[Fen]
    """What the household had signed for when this was prepared (domain S9)."""
    borne_fen: Mapped[Fen] = mapped_column(default=0)
    """What of the own share the contractor bears, because its failed line caused it (domain S9)."""
    lines: Mapped[list[Any]] = mapped_column(default=list)
    """Per line: planned, reported, measured and settled quantity, price, amount, subsidised part, reason."""
    sources: Mapped[list[Any]] = mapped_column(default=list)
    payees: Mapped[list[Any]] = mapped_column(default=list)
    prepared_at: Mapped[datetime]
    prepared_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    prepared_by_name: Mapped[str] = mapped_column(String(80))
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    approved_by_name: Mapped[str] = mapped_column(String(80), default="")
    superseded_reason: Mapped[str] = mapped_column(String(1000), default="")

    @property
    def household_pays_fen(self) -> int:
        """What the household pays in the end."""
        return self.self_pay_fen - self.borne_fen

    @property
    def due_fen(self) -> int:
        """What the firms get in the end, from all sides."""
        return self.total_fen - self.borne_fen


class Invoice(Base):
    """A firm's invoice; its number is unique per issuer (domain S6), over all files."""

    __tablename__ = "invoice"
    __table_args__ = (
        Index(
            "uq_invoice_number",
            "issuer_uscc",
            "number",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
        CheckConstraint("(ended_at IS NULL) = (ended_reason = '')", name="end_has_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    issuer_uscc: Mapped[str] = mapped_column(String(18))
    issuer_name: Mapped[str] = mapped_column(String(100))
    number: Mapped[str] = mapped_column(String(40))
    day: Mapped[date]
    amount_fen: Mapped[Fen]
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"))
    filed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str] = mapped_column(String(500), default="")


class SelfPayReceipt(Base):
    """The firm's receipt for what the household paid it directly (domain S3)."""

    __tablename__ = "self_pay_receipt"
    __table_args__ = (
        # each firm that the household pays gives its own
        Index(
            "uq_self_pay_receipt_current",
            "renovation_id",
            "organisation_id",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    day: Mapped[date]
    amount_fen: Mapped[Fen]
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"))
    filed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SelfPayConsent(Base):
    """How S9's stop was lifted: the household signed the new sum, or the contractor bears the difference."""

    __tablename__ = "self_pay_consent"
    __table_args__ = (
        Index(
            "uq_self_pay_consent_current",
            "renovation_id",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    way: Mapped[Way] = enum_column(Way)
    computed_fen: Mapped[Fen]
    """The own share that was computed then; another sum needs another consent."""
    signed_fen: Mapped[Fen]
    """What the household pays by it."""
    signer: Mapped[str] = mapped_column(String(80))
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"))
    given_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None]


class HouseholdAccount(Base):
    """The household's bank account, where the subsidy is paid to it (domain §6); a newer one ends the one before."""

    __tablename__ = "household_account"
    __table_args__ = (
        Index(
            "uq_household_account_current",
            "renovation_id",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"))
    holder: Mapped[str] = mapped_column(String(40))
    relation: Mapped[str] = mapped_column(String(20))
    bank: Mapped[str] = mapped_column(String(60))
    account: Mapped[str] = mapped_column(Encrypted)
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachment.id"))
    given_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    recorded_by_name: Mapped[str] = mapped_column(String(80))
    ended_at: Mapped[datetime | None]


class Payment(Base):
    """Money that went to a payee for one file; a returned one stays and another follows (domain S8)."""

    __tablename__ = "payment"
    __table_args__ = (
        # one sheet pays a payee once, whatever happens at the same moment
        Index(
            "uq_payment_once",
            "sheet_id",
            "organisation_id",
            "part",
            unique=True,
            sqlite_where=_NOT_RETURNED,
            postgresql_where=_NOT_RETURNED,
        ),
        # and a household once: databases hold two empty firms for different ones
        Index(
            "uq_payment_household_once",
            "sheet_id",
            "part",
            unique=True,
            sqlite_where=_HOUSEHOLD_NOT_RETURNED,
            postgresql_where=_HOUSEHOLD_NOT_RETURNED,
        ),
        Index("uq_payment_voucher", "county_id", "voucher", unique=True),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("(state = 'returned') = (returned_on IS NOT NULL)", name="returned_when"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"), index=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("settlement_sheet.id"))
    county_id: Mapped[int] = mapped_column(ForeignKey("region.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    """The firm that was paid; none where the household was."""
    part: Mapped[PaymentPart] = enum_column(PaymentPart, default=PaymentPart.MAIN)
    payee_name: Mapped[str] = mapped_column(String(100))
    payee_account: Mapped[str] = mapped_column(Encrypted("payment.account"))
    """The account as it was on the day of payment."""
    amount_fen: Mapped[Fen]
    voucher: Mapped[str] = mapped_column(String(60))
    paid_on: Mapped[date]
    state: Mapped[PaymentState] = enum_column(PaymentState)
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachment.id"))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    recorded_by_name: Mapped[str] = mapped_column(String(80))
    returned_on: Mapped[date | None]
    returned_reason: Mapped[str] = mapped_column(String(500), default="")


class PaymentNotice(Base):
    """A township's public notice of paid subsidies (资金公示): its period, its places, the telephone for objections."""

    __tablename__ = "payment_notice"
    __table_args__ = (
        # files announced at the same moment for the same start day share one notice
        UniqueConstraint("township_id", "programme_key", "starts_on"),
        CheckConstraint("ends_on >= starts_on", name="period_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    township_id: Mapped[int] = mapped_column(ForeignKey("region.id"))
    programme_key: Mapped[str] = mapped_column(String(80))
    programme_name: Mapped[str] = mapped_column(String(200))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    """The last day of the period, that day included."""
    places: Mapped[list[Any]]
    poster: Mapped[str] = mapped_column(String(80))
    phone: Mapped[str] = mapped_column(String(40))
    """The office's telephone; no person's."""
    created_at: Mapped[datetime]

    township: Mapped[Region] = relationship(lazy="raise_on_sql")


class PaymentNoticeEntry(Base):
    """A household on it, as it was published: masked, with the sum, without file number. Ends when the money came back."""

    __tablename__ = "payment_notice_entry"
    __table_args__ = (
        UniqueConstraint("notice_id", "seq"),
        # a file stands on one notice at a time
        Index(
            "uq_payment_notice_entry_current",
            "renovation_id",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("payment_notice.id"))
    seq: Mapped[int]
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"), index=True)
    village: Mapped[str] = mapped_column(String(60))
    people: Mapped[list[Any]]
    """[{"name": "张**", "id_number": "500101****"}] for every beneficiary."""
    amount_fen: Mapped[Fen]
    added_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    notice: Mapped[PaymentNotice] = relationship(lazy="raise_on_sql")


class Retention(Base):
    """From which day on what an approved sheet holds back may be paid: finance's desk lists it then (domain §5)."""

    __tablename__ = "retention"

    id: Mapped[int] = mapped_column(primary_key=True)
    renovation_id: Mapped[int] = mapped_column(ForeignKey("renovation.id"), index=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("settlement_sheet.id"), unique=True)
    due_on: Mapped[date]


def _protect(table: Table, connection: Connection, **_options: Any) -> None:
    for statement in ddl.create(connection.dialect.name, table.name, added=True):
        connection.exec_driver_sql(statement)


for _model in (SettlementSheet, Payment):
    event.listen(_model.__table__, "after_create", _protect)
