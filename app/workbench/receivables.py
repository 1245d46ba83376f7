"""What a contractor wants to know of every finished home: accepted, settled, paid, or what it waits for and from whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import exists, func, or_, select

from ..core.db import db
from ..lifecycle import Stage, Status
from ..permissions import Actor, Role
from ..programme.models import ProgrammeVersion, has_mark
from ..renovation.models import Assignment, Attachment, Kind, Renovation
from ..stages.acceptance.models import Acceptance
from ..stages.acceptance.rules import AcceptanceState
from ..stages.settlement.models import Invoice, Payment, SelfPayReceipt, SettlementSheet
from ..stages.settlement.rules import PaymentState, SheetState

SHOWN = 50
FINISHED = (Status.BUILDING, Status.COMPLETED, Status.ACCEPTED, Status.SETTLED, Status.PAID)


@dataclass(frozen=True, slots=True)
class Receivable:
    """One home: how far its money is, what it waits for, and what the firm itself has to do (an operation, else "")."""

    number: str
    name: str
    status: Status
    accepted: bool
    settled: bool
    paid_fen: int
    due_fen: int
    paid_on: date | None
    waits_for: str
    tone: str
    operation: str = ""


@dataclass(frozen=True, slots=True)
class Receivables:
    """The firm's homes, what stops first, and the sums in fen: to be settled, to be paid, paid."""

    rows: tuple[Receivable, ...]
    to_settle_fen: int
    to_pay_fen: int
    paid_fen: int
    blocked: int


def receivables(actor: Actor) -> Receivables:
    """The homes that this firm has finished or must mend, the latest `SHOWN` of them, and the sums of all; three queries."""
    firm = actor.organisation_id
    given = exists().where(
        Assignment.renovation_id == Renovation.id,
        Assignment.organisation_id == firm,
        Assignment.role == Role.CONTRACTOR,
    )
    facts = _facts(firm)
    rows = db.session.execute(
        select(
            Renovation.number, Renovation.applicant_name, Renovation.status, Renovation.suspended_reason,
            Renovation.subsidy_fen, Renovation.self_pay_fen, *(column.label(name) for name, column in facts.items()),
        )
        .where(given, Renovation.status.in_(FINISHED))
        .where((Renovation.status != Status.BUILDING) | facts["mending"])
        .order_by((Renovation.status == Status.PAID), Renovation.status_since.desc(), Renovation.id)
        .limit(SHOWN)
    )  # fmt: skip
    shown = tuple(_receivable(row, firm) for row in rows)
    settle = select(func.coalesce(func.sum(Renovation.subsidy_fen), 0)).where(
        given, Renovation.status == Status.ACCEPTED
    )
    paid = select(func.coalesce(func.sum(Payment.amount_fen), 0)).where(
        Payment.organisation_id == firm, Payment.state == PaymentState.PAID
    )
    sums = db.session.execute(select(settle.scalar_subquery(), paid.scalar_subquery())).one()
    approved = db.session.scalars(
        select(SettlementSheet.payees)
        .join(Renovation, Renovation.id == SettlementSheet.renovation_id)
        .where(given, Renovation.status == Status.SETTLED, SettlementSheet.state == SheetState.APPROVED)
    )
    to_pay = sum(_share(payees, firm) for payees in approved)
    blocked = sum(one.tone in {"late", "soon"} for one in shown)
    return Receivables(shown, int(sums[0]), to_pay, int(sums[1]), blocked)


def _share(payees: Sequence[Any], firm: int | None) -> int:
    """What a firm gets by an approved sheet, in fen: where a firm was replaced, each gets its own part."""
    return sum(int(one["amount_fen"]) for one in payees if one["organisation_id"] == firm)


def _facts(firm: int | None) -> dict[str, Any]:
    """What the next step depends on, as columns of the one query."""
    here, payment = Renovation.id, (Payment.renovation_id == Renovation.id, Payment.organisation_id == firm)

    def has(table: Any, *conditions: Any) -> Any:
        return exists().where(table.renovation_id == here, *conditions).correlate(Renovation)

    paid = (*payment, Payment.state == PaymentState.PAID)
    return {
        "mending": has(Acceptance, Acceptance.state == AcceptanceState.RECTIFYING),
        "recorded": has(Acceptance, Acceptance.state == AcceptanceState.RECORDED),
        "invoiced": has(Invoice, Invoice.organisation_id == firm, Invoice.ended_at.is_(None)),
        "receipted": has(SelfPayReceipt, SelfPayReceipt.organisation_id == firm, SelfPayReceipt.ended_at.is_(None)),
        "carded": or_(
            has(Attachment, Attachment.kind == Kind.WARRANTY_CARD, Attachment.ended_at.is_(None)),
            Renovation.programme_version_id.in_(select(ProgrammeVersion.id).where(has_mark(Stage.WARRANTY.value))),
        ),
        "prepared": has(SettlementSheet, SettlementSheet.state == SheetState.PREPARED),
        "payees": select(SettlementSheet.payees)
        .where(SettlementSheet.renovation_id == here, SettlementSheet.state == SheetState.APPROVED)
        .correlate(Renovation)
        .scalar_subquery(),
        "returned": has(Payment, Payment.organisation_id == firm, Payment.state == PaymentState.RETURNED),
        "paid_fen": select(func.sum(Payment.amount_fen)).where(*paid).correlate(Renovation).scalar_subquery(),
        "paid_on": select(func.max(Payment.paid_on)).where(*paid).correlate(Renovation).scalar_subquery(),
    }


def _receivable(row: Any, firm: int | None) -> Receivable:
    status: Status = row.status
    words, tone, operation = _waits(row)
    paid = int(row.paid_fen or 0)
    due = int(row.subsidy_fen or 0) if row.payees is None else _share(row.payees, firm)
    if status is Status.PAID and not row.suspended_reason and due != paid:
        words, tone = "质保金到期后拨付", ""
    elif status in (Status.SETTLED, Status.PAID) and row.payees is not None and not due:
        words, tone = "补贴付给家庭", ""
    return Receivable(
        number=row.number,
        name=row.applicant_name,
        status=status,
        accepted=status in (Status.ACCEPTED, Status.SETTLED, Status.PAID),
        settled=status in (Status.SETTLED, Status.PAID),
        paid_fen=paid,
        due_fen=due,
        paid_on=row.paid_on,
        waits_for=words,
        tone=tone,
        operation=operation,
    )


def _waits(row: Any) -> tuple[str, str, str]:
    """What a home waits for: words, tone, and the operation by which the firm itself goes on."""
    if row.suspended_reason:
        return f"已暂停：{row.suspended_reason}", "soon", ""
    if row.status is Status.BUILDING:
        return "验收要求整改，改好后重新报告完工", "late", "construction.complete"
    if row.status is Status.COMPLETED:
        return ("等县里会签" if row.recorded else "等乡镇组织入户验收"), "", ""
    if row.status is Status.ACCEPTED:
        return _before_settlement(row)
    if row.status is Status.SETTLED:
        return ("银行退回了付款，等重新拨付", "late", "") if row.returned else ("等财政拨付", "", "")
    return "已到账", "done", ""


def _before_settlement(row: Any) -> tuple[str, str, str]:
    if not row.invoiced:
        return "缺发票，请提交", "soon", "settlement.invoice"
    if row.self_pay_fen and not row.receipted:
        return "缺家庭付款的收据，请提交", "soon", "settlement.receipt"
    if not row.carded:
        return "缺质保卡，请提交", "soon", "settlement.card"
    return ("结算单已编制，等复核批准" if row.prepared else "等县里编制结算"), "", ""
