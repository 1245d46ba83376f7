"""Reads of the settlement; each says what it loads."""

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import aliased

from ...core.db import db
from ...core.memory import remembered
from ...permissions import Actor, Permission, Role, may
from ...programme.queries import programme_of
from ...programme.values import Payee
from ...renovation import queries as files
from ...renovation.models import Attachment, Kind, Renovation
from ...renovation.progress import entitled
from .models import HouseholdAccount, Invoice, Payment, Retention, SelfPayConsent, SelfPayReceipt, SettlementSheet
from .rules import HOUSEHOLD, PaymentPart, PaymentState, SheetState

T = TypeVar("T", Invoice, SelfPayReceipt, Payment)


def sheets(renovation: Renovation) -> Sequence[SettlementSheet]:
    """Every sheet, newest first."""
    statement = (
        select(SettlementSheet)
        .where(SettlementSheet.renovation_id == renovation.id)
        .order_by(SettlementSheet.version.desc())
    )
    return remembered(("sheets", renovation.id), lambda: db.session.scalars(statement).all())


def current(renovation: Renovation) -> SettlementSheet | None:
    """The sheet that waits for approval or is approved."""
    return next((one for one in sheets(renovation) if one.state is not SheetState.SUPERSEDED), None)


def invoices(renovation: Renovation) -> Sequence[Invoice]:
    """The invoices in force."""
    statement = (
        select(Invoice).where(Invoice.renovation_id == renovation.id, Invoice.ended_at.is_(None)).order_by(Invoice.id)
    )
    return remembered(("invoices", renovation.id), lambda: db.session.scalars(statement).all())


def receipts(renovation: Renovation) -> Sequence[SelfPayReceipt]:
    """The receipts for the own share in force, one of each firm that the household pays."""
    statement = (
        select(SelfPayReceipt)
        .where(SelfPayReceipt.renovation_id == renovation.id, SelfPayReceipt.ended_at.is_(None))
        .order_by(SelfPayReceipt.id)
    )
    return remembered(("receipts", renovation.id), lambda: db.session.scalars(statement).all())


def consent(renovation: Renovation) -> SelfPayConsent | None:
    """How S9's stop was lifted, in force."""
    return db.session.scalar(
        select(SelfPayConsent).where(SelfPayConsent.renovation_id == renovation.id, SelfPayConsent.ended_at.is_(None))
    )


def warranty_card(renovation: Renovation) -> Attachment | None:
    """The warranty card that the household got."""
    return next(iter(files.attachments(renovation, kind=Kind.WARRANTY_CARD)), None)


def payments(renovation: Renovation) -> Sequence[Payment]:
    """Every payment, returned ones too, oldest first."""
    statement = select(Payment).where(Payment.renovation_id == renovation.id).order_by(Payment.id)
    return remembered(("payments", renovation.id), lambda: db.session.scalars(statement).all())


def paid(renovation: Renovation) -> list[Payment]:
    """The payments that the bank has not returned."""
    return [payment for payment in payments(renovation) if payment.state is PaymentState.PAID]


def unpaid(renovation: Renovation) -> list[dict[str, Any]]:
    """The payees of the sheet in force that have not got their money, each with what is paid now: without what is
    held back until the warranty's term."""
    return [
        payee | {"amount_fen": payee["amount_fen"] - payee.get("retained_fen", 0)}
        for payee in _still_owed(renovation, PaymentPart.MAIN)
    ]


def retained(renovation: Renovation) -> list[dict[str, Any]]:
    """The firms of which money is still held back, each with that sum as its amount."""
    return [
        payee | {"amount_fen": payee["retained_fen"]}
        for payee in _still_owed(renovation, PaymentPart.RETENTION)
        if payee.get("retained_fen")
    ]


def _still_owed(renovation: Renovation, part: PaymentPart) -> list[dict[str, Any]]:
    """The payees of the sheet in force that have not got this part of their money, as they stand on the sheet."""
    sheet = current(renovation)
    done = {payment.organisation_id or HOUSEHOLD for payment in paid(renovation) if payment.part is part}
    return [payee for payee in (sheet.payees if sheet is not None else []) if payee["organisation_id"] not in done]


def retention_is_due(on: date) -> ColumnElement[bool]:
    """The condition that money held back of a file may be paid by a day and has not been, or came back from the bank."""
    released = _retained_payment(PaymentState.PAID)
    again = aliased(Payment)
    replaced = exists().where(
        again.sheet_id == Payment.sheet_id,
        again.organisation_id == Payment.organisation_id,
        again.part == PaymentPart.RETENTION,
        again.state == PaymentState.PAID,
    )
    owed = or_(~released, _retained_payment(PaymentState.RETURNED, ~replaced))
    file = aliased(Renovation)
    # from the few that hold something back to their files: far more are paid
    return Renovation.id.in_(
        select(Retention.renovation_id)
        .join(SettlementSheet, SettlementSheet.id == Retention.sheet_id)
        .join(file, file.id == Retention.renovation_id)
        .where(
            or_(Retention.due_on <= on, file.ending.is_not(None)), SettlementSheet.state == SheetState.APPROVED, owed
        )
    )


def _retained_payment(state: PaymentState, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    of_sheet = (Payment.sheet_id == Retention.sheet_id, Payment.part == PaymentPart.RETENTION, Payment.state == state)
    return exists().where(*of_sheet, *more).correlate(Retention)


def account(renovation: Renovation) -> HouseholdAccount | None:
    """The household's account in force."""
    return db.session.scalar(
        select(HouseholdAccount).where(
            HouseholdAccount.renovation_id == renovation.id, HouseholdAccount.ended_at.is_(None)
        )
    )


def pays_household(renovation: Renovation) -> bool:
    """Whether the programme pays the subsidy to the household and not to the firms."""
    return programme_of(renovation.programme_version_id).data.money.payee is Payee.HOUSEHOLD


def paid_fen(renovation: Renovation) -> int:
    """What has been paid and not returned, in fen."""
    return sum(payment.amount_fen for payment in paid(renovation))


def tab(renovation: Renovation, actor: Actor) -> dict[str, Any] | None:
    """What the file's settlement tab shows: sheets with their arithmetic, papers, payments. None without money.

    A building firm sees its own lines and papers, not another firm's prices.
    """
    if not may(actor, Permission.MONEY_READ):
        return None
    found, papers = sheets(renovation), invoices(renovation)
    if not found and not papers:
        return None
    firm = actor.organisation_id if actor.role is Role.CONTRACTOR else None
    return {
        "sheets": found,
        "sheet": current(renovation),
        "firm": firm,
        "invoices": _own(papers, firm),
        "names": {one.organisation_id: one.organisation.name for one in files.assignments(renovation)},
        "receipts": _own(receipts(renovation), firm),
        "consent": consent(renovation),
        "card": warranty_card(renovation),
        "payments": _own(payments(renovation), firm),
        "account": account(renovation) if firm is None else None,
        "retained": _own_payees(retained(renovation), firm),
        "papers": {one.id: one for one in files.attachments(renovation) if files.may_open(one, actor)},
        "shows_accounts": entitled(renovation, Permission.PAYMENT_RECORD, actor),
    }


def _own_payees(payees: list[dict[str, Any]], firm: int | None) -> list[dict[str, Any]]:
    return [payee for payee in payees if firm is None or payee["organisation_id"] == firm]


def _own(rows: Sequence[T], firm: int | None) -> list[T]:
    """All of them, or those of one firm."""
    return [row for row in rows if firm is None or row.organisation_id == firm]
