"""Reads of the settlement; each says what it loads."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from ...core.db import db
from ...permissions import Actor, Permission, Role, may
from ...renovation import queries as files
from ...renovation.models import Attachment, Kind, Renovation
from .models import Invoice, Payment, SelfPayConsent, SelfPayReceipt, SettlementSheet
from .rules import PaymentState, SheetState


def sheets(renovation: Renovation) -> Sequence[SettlementSheet]:
    """Every sheet, newest first."""
    return db.session.scalars(
        select(SettlementSheet)
        .where(SettlementSheet.renovation_id == renovation.id)
        .order_by(SettlementSheet.version.desc())
    ).all()


def current(renovation: Renovation) -> SettlementSheet | None:
    """The sheet that waits for approval or is approved."""
    return db.session.scalar(
        select(SettlementSheet).where(
            SettlementSheet.renovation_id == renovation.id, SettlementSheet.state != SheetState.SUPERSEDED
        )
    )


def invoices(renovation: Renovation) -> Sequence[Invoice]:
    """The invoices in force."""
    return db.session.scalars(
        select(Invoice).where(Invoice.renovation_id == renovation.id, Invoice.ended_at.is_(None)).order_by(Invoice.id)
    ).all()


def receipt(renovation: Renovation) -> SelfPayReceipt | None:
    """The receipt for the own share in force."""
    return db.session.scalar(
        select(SelfPayReceipt).where(
            SelfPayReceipt.renovation_id == renovation.id, SelfPayReceipt.ended_at.is_(None)
        )
    )


def consent(renovation: Renovation) -> SelfPayConsent | None:
    """How S9's stop was lifted, in force."""
    return db.session.scalar(
        select(SelfPayConsent).where(
            SelfPayConsent.renovation_id == renovation.id, SelfPayConsent.ended_at.is_(None)
        )
    )


def warranty_card(renovation: Renovation) -> Attachment | None:
    """The warranty card that the household got."""
    return next(iter(files.attachments(renovation, kind=Kind.WARRANTY_CARD)), None)


def payments(renovation: Renovation) -> Sequence[Payment]:
    """Every payment, returned ones too, oldest first."""
    return db.session.scalars(
        select(Payment).where(Payment.renovation_id == renovation.id).order_by(Payment.id)
    ).all()


def paid_fen(renovation: Renovation) -> int:
    """What has been paid and not returned, in fen."""
    return sum(payment.amount_fen for payment in payments(renovation) if payment.state is PaymentState.PAID)


def tab(renovation: Renovation, actor: Actor) -> dict[str, Any] | None:
    """What the file's settlement tab shows: sheets with their arithmetic, papers, payments. None without money."""
    if not may(actor, Permission.MONEY_READ):
        return None
    found, papers = sheets(renovation), invoices(renovation)
    if not found and not papers:
        return None
    return {
        "sheets": found,
        "sheet": next((one for one in found if one.state is not SheetState.SUPERSEDED), None),
        "invoices": papers,
        "receipt": receipt(renovation),
        "consent": consent(renovation),
        "card": warranty_card(renovation),
        "payments": payments(renovation),
        "papers": {one.id: one for one in files.attachments(renovation)},
        "shows_accounts": actor.role is Role.FINANCE,
    }
