"""What is done at the settlement. Nothing here commits; approved sheets and payments are countered, never changed."""

from datetime import date

from sqlalchemy import func, select

from ...core import clock
from ...core.db import db
from ...core.errors import Conflict, DomainError, NotAllowed, RuleViolation, RuleViolations
from ...core.money import display
from ...funds import ledger
from ...lifecycle import Action, Stage
from ...permissions import SYSTEM, Actor, Role
from ...places.models import Organisation
from ...programme.queries import programme_of
from ...renovation import queries as files
from ...renovation import service as filing
from ...renovation.models import Kind, Renovation
from ...renovation.operations import Missing, require
from ...renovation.progress import advance, note
from ...renovation.sealing import Occasion, seal, unseal
from ..acceptance import service as acceptances
from ..construction import queries as works
from ..plan import queries as plans
from . import queries
from .models import Invoice, Payment, SelfPayConsent, SelfPayReceipt, SettlementSheet
from .rules import (
    Approve,
    Bear,
    Consent,
    FailReinspection,
    FileCard,
    FileInvoice,
    FileReceipt,
    Pay,
    PaymentState,
    Prepare,
    Reopen,
    ReturnPayment,
    ReturnSheet,
    SheetState,
    Way,
    WithdrawInvoice,
)
from .sheet import Computed, compute

STAGE = Stage.SETTLEMENT


def signed_self_pay(renovation: Renovation) -> int:
    """The own share in fen that the household signed for last: with the plan, or anew at the settlement (S9)."""
    consent = queries.consent(renovation)
    if consent is not None and consent.way is Way.HOUSEHOLD:
        return consent.signed_fen
    plan = plans.signed(renovation)
    return (plan.signed_self_pay_fen or 0) if plan is not None else 0


def excess(renovation: Renovation, computed: Computed) -> int:
    """By how many fen the computed own share exceeds the signed one; 0 when settlement may go on (domain S9)."""
    over = computed.settlement.self_pay_fen - signed_self_pay(renovation)
    consent = queries.consent(renovation)
    if consent is not None and consent.way is Way.CONTRACTOR and consent.computed_fen == computed.settlement.self_pay_fen:
        return 0
    return max(over, 0)


def borne(renovation: Renovation, computed: Computed) -> int:
    """What the contractor bears of this own share, in fen."""
    consent = queries.consent(renovation)
    if consent is None or consent.way is not Way.CONTRACTOR:
        return 0
    return consent.computed_fen - consent.signed_fen if consent.computed_fen == computed.settlement.self_pay_fen else 0


def missing_papers(renovation: Renovation) -> list[Missing]:
    """S6: what is still needed before a subsidy may be approved, by the programme's list of papers."""
    computed = compute(renovation)
    wanted = {
        document.key
        for document in programme_of(renovation.programme_version_id).documents_for("settlement")
        if document.only_if != "self_pay" or computed.settlement.self_pay_fen > borne(renovation, computed)
    }
    return [missing for key, missing in _checks(renovation, computed) if key in wanted or key == ""]


def _checks(renovation: Renovation, computed: Computed) -> list[tuple[str, Missing]]:
    due = computed.settlement.total_fen - borne(renovation, computed)
    pays = computed.settlement.self_pay_fen - borne(renovation, computed)
    over = excess(renovation, computed)
    billed = sum(invoice.amount_fen for invoice in queries.invoices(renovation))
    receipt = queries.receipt(renovation)
    found: list[tuple[str, Missing]] = []
    if over:
        found.append(
            ("", Missing(
                f"自付金额算出为 {display(computed.settlement.self_pay_fen)}，比家庭签字的多 {display(over)}。"
                "请家庭重新签字确认，或由施工单位承担差额。", "settlement.consent"))
        )
    if plans.agreement(renovation) is None:
        found.append(("agreement", Missing("还没有改造协议。", "plan.agree")))
    found += [("line_photos", one) for one in works.photos_missing(renovation)]
    if works.supervision_report(renovation) is None:
        found.append(("supervision_report", Missing("还没有监理报告。", "construction.report")))
    if billed != due:
        found.append(
            ("invoice", Missing(f"发票合计 {display(billed)}，应为 {display(due)}。", "settlement.invoice"))
        )
    if (receipt.amount_fen if receipt else 0) != pays:
        found.append(
            ("own_share_receipt", Missing(f"还没有家庭自付 {display(pays)} 的收据。", "settlement.receipt"))
        )
    if queries.warranty_card(renovation) is None:
        found.append(("warranty_card", Missing("还没有质保卡。", "settlement.card")))
    return found


def _own_firm(renovation: Renovation, actor: Actor) -> Organisation:
    """The actor's firm when it built here, now or before; raises NotAllowed."""
    firms = {one.organisation_id: one.organisation for one in files.assignments(renovation)
             if one.role is Role.CONTRACTOR}
    if actor.organisation_id not in firms:
        raise NotAllowed("这一户不由贵单位施工，不能办理。如有疑问请联系县级民政局。")
    return firms[actor.organisation_id]


def file_invoice(renovation: Renovation, command: FileInvoice, actor: Actor) -> Invoice:
    """File a firm's invoice; its number is used once per issuer (domain S6)."""
    firm = _own_firm(renovation, actor)
    _not_in_future(command.day, "day")
    used = db.session.scalar(
        select(Invoice.id).where(
            Invoice.issuer_uscc == firm.uscc, Invoice.number == command.number, Invoice.ended_at.is_(None)
        )
    )
    if used is not None:
        raise RuleViolation("这个发票号码已经用过，请核对后改正。", "number")
    paper = filing.attach(renovation, STAGE, Kind.INVOICE, command.paper, actor, field="paper")
    invoice = Invoice(
        renovation_id=renovation.id,
        organisation_id=firm.id,
        issuer_uscc=firm.uscc,
        issuer_name=firm.name,
        number=command.number,
        day=command.day,
        amount_fen=command.amount,
        attachment_id=paper.id,
        filed_at=clock.now(),
        ended_reason="",
    )
    db.session.add(invoice)
    note(renovation, STAGE, "提交发票", actor, details={"number": command.number, "amount_fen": command.amount})
    return invoice


def withdraw_invoice(renovation: Renovation, command: WithdrawInvoice, actor: Actor) -> None:
    """End a wrong invoice, by the firm that filed it; not once the sheet is frozen."""
    firm = _own_firm(renovation, actor)
    invoice = next((one for one in queries.invoices(renovation) if one.id == command.invoice_id), None)
    if invoice is None or invoice.organisation_id != firm.id:
        raise RuleViolation("没有这张发票，请刷新页面后重选。", "invoice_id")
    if queries.current(renovation) is not None:
        raise Conflict("结算单已经编制，不能再作废发票。请先由县级民政局退回结算单。")
    invoice.ended_at, invoice.ended_reason = clock.now(), command.reason
    note(renovation, STAGE, "作废发票", actor, command.reason, {"number": invoice.number})


def file_receipt(renovation: Renovation, command: FileReceipt, actor: Actor) -> SelfPayReceipt:
    """File the receipt for what the household paid the firm directly (domain S3); a newer one ends the one before."""
    firm = _own_firm(renovation, actor)
    _not_in_future(command.day, "day")
    current = queries.receipt(renovation)
    if current is not None:
        current.ended_at = clock.now()
        db.session.flush()
    paper = filing.attach(renovation, STAGE, Kind.SELF_PAY_RECEIPT, command.paper, actor, field="paper")
    receipt = SelfPayReceipt(
        renovation_id=renovation.id,
        organisation_id=firm.id,
        day=command.day,
        amount_fen=command.amount,
        attachment_id=paper.id,
        filed_at=clock.now(),
    )
    db.session.add(receipt)
    note(renovation, STAGE, "提交自付收据", actor, details={"amount_fen": command.amount})
    return receipt


def file_card(renovation: Renovation, command: FileCard, actor: Actor) -> None:
    """File the warranty card with its hotline; a newer one ends the one before."""
    _own_firm(renovation, actor)
    current = queries.warranty_card(renovation)
    if current is not None:
        filing.end_attachment(current, "已更新")
    filing.attach(
        renovation, STAGE, Kind.WARRANTY_CARD, command.paper, actor, caption=f"报修电话 {command.hotline}", field="paper"
    )
    note(renovation, STAGE, "提交质保卡", actor)


def _not_in_future(day: date, field: str) -> None:
    if day > clock.today():
        raise RuleViolation("日期不能晚于今天，请改正。", field)


def give_consent(renovation: Renovation, command: Consent, actor: Actor) -> None:
    """The household signs the computed sum of its own share (domain S9)."""
    computed = compute(renovation)
    if command.amount != computed.settlement.self_pay_fen:
        raise RuleViolation(f"家庭要确认的金额是 {display(computed.settlement.self_pay_fen)}，请核对。", "amount")
    _consent(renovation, computed, Way.HOUSEHOLD, command.amount, command.signer, command.signature, actor)


def bear_difference(renovation: Renovation, command: Bear, actor: Actor) -> None:
    """The contractor bears exactly what exceeds the signed sum (domain S9)."""
    _own_firm(renovation, actor)
    computed = compute(renovation)
    over = computed.settlement.self_pay_fen - signed_self_pay(renovation)
    if over <= 0 or command.amount != over:
        raise RuleViolation(f"要承担的差额是 {display(max(over, 0))}，请核对。", "amount")
    kept = computed.settlement.self_pay_fen - over
    _consent(renovation, computed, Way.CONTRACTOR, kept, command.signer, command.signature, actor)


def _consent(
    renovation: Renovation, computed: Computed, way: Way, signed_fen: int, signer: str, file_id: int, actor: Actor
) -> None:
    current = queries.consent(renovation)
    if current is not None:
        current.ended_at = clock.now()
        db.session.flush()
    paper = filing.attach(renovation, STAGE, Kind.PLAN_SIGNATURE, file_id, actor, "consent", way.label, "signature")
    db.session.add(
        SelfPayConsent(
            renovation_id=renovation.id,
            way=way,
            computed_fen=computed.settlement.self_pay_fen,
            signed_fen=signed_fen,
            signer=signer,
            attachment_id=paper.id,
            given_at=clock.now(),
            recorded_by=actor.user_id,
        )
    )
    note(renovation, STAGE, way.label, actor, details={"signed_fen": signed_fen})


def prepare(renovation: Renovation, command: Prepare, actor: Actor) -> SettlementSheet:
    """Compute the settlement and freeze it for approval; raises with everything that S6 and S9 still ask for."""
    if queries.current(renovation) is not None:
        raise Conflict("这一户已有结算单。要重新计算，请先退回原来的结算单。")
    require(missing_papers(renovation))
    computed = compute(renovation)
    last = db.session.scalar(
        select(func.max(SettlementSheet.version)).where(SettlementSheet.renovation_id == renovation.id)
    )
    settlement = computed.settlement
    sheet = SettlementSheet(
        renovation_id=renovation.id,
        version=(last or 0) + 1,
        state=SheetState.PREPARED,
        programme_version_id=renovation.programme_version_id,
        rules=programme_of(renovation.programme_version_id).version,
        plan_id=computed.plan.id,
        acceptance_id=computed.acceptance.id,
        total_fen=settlement.total_fen,
        eligible_fen=settlement.eligible_fen,
        cap_fen=settlement.cap_fen,
        subsidy_fen=settlement.subsidy_fen,
        self_pay_fen=settlement.self_pay_fen,
        signed_self_pay_fen=signed_self_pay(renovation),
        borne_fen=borne(renovation, computed),
        lines=computed.rows,
        sources=[{"id": one.id, "name": one.name, "amount_fen": one.amount_fen} for one in settlement.sources],
        payees=computed.payees,
        prepared_at=clock.now(),
        prepared_by=actor.user_id,
        prepared_by_name=actor.name,
        approved_by_name="",
        superseded_reason="",
    )
    db.session.add(sheet)
    _show_sums(renovation, sheet)
    note(renovation, STAGE, "编制结算单", actor, command.note, {"version": sheet.version, "subsidy_fen": sheet.subsidy_fen})
    return sheet


def _show_sums(renovation: Renovation, sheet: SettlementSheet) -> None:
    renovation.total_fen, renovation.subsidy_fen = sheet.total_fen, sheet.subsidy_fen
    renovation.self_pay_fen = sheet.self_pay_fen


def _sheet(renovation: Renovation, state: SheetState) -> SettlementSheet:
    sheet = queries.current(renovation)
    if sheet is None or sheet.state is not state:
        raise Conflict(f"没有“{state.label}”的结算单，请刷新页面，看最新进度。")
    return sheet


def _supersede(sheet: SettlementSheet, reason: str) -> None:
    sheet.state, sheet.superseded_reason = SheetState.SUPERSEDED, reason
    db.session.flush()


def return_sheet(renovation: Renovation, command: ReturnSheet, actor: Actor) -> None:
    """Take a sheet back before it is approved."""
    sheet = _sheet(renovation, SheetState.PREPARED)
    _supersede(sheet, command.reason)
    note(renovation, STAGE, "退回结算单", actor, command.reason, {"version": sheet.version})


def approve(renovation: Renovation, command: Approve, actor: Actor) -> None:
    """The second person approves; the committed money becomes the settled sum (domain S5, S8).

    A subsidy of 0.00 needs no payment and passes on to `paid` with a row that says so. Raises NotAllowed for who
    prepared it, Conflict when what it was computed from has changed.
    """
    sheet = _sheet(renovation, SheetState.PREPARED)
    if sheet.prepared_by == actor.user_id:
        raise NotAllowed("编制结算单的人不能自己审批，请由另一位同事办理。")
    require(missing_papers(renovation))
    computed = compute(renovation)
    if (computed.settlement.subsidy_fen, computed.settlement.total_fen) != (sheet.subsidy_fen, sheet.total_fen):
        raise Conflict("结算单编制后情况有变化，金额已不一致。请退回后重新编制。")
    sheet.state, sheet.approved_at = SheetState.APPROVED, clock.now()
    sheet.approved_by, sheet.approved_by_name = actor.user_id, actor.name
    ledger.true_up(
        renovation.id,
        {one["id"]: one["amount_fen"] for one in sheet.sources if one["amount_fen"]},
        actor,
        "结算批准",
    )
    advance(renovation, Action.SETTLE, actor, command.note, {"version": sheet.version, "subsidy_fen": sheet.subsidy_fen})
    if sheet.subsidy_fen == 0:
        advance(renovation, Action.PAY, SYSTEM, "补贴为 0.00 元，不需要拨付")
        seal(renovation, Occasion.PAID, SYSTEM)


def fail_reinspection(renovation: Renovation, command: FailReinspection, actor: Actor) -> None:
    """A re-inspection found a fault: the acceptance is done again (domain §3, `accepted→completed`)."""
    sheet = queries.current(renovation)
    if sheet is not None:
        _supersede(sheet, command.reason)
    acceptances.reopen(renovation, command.reason)
    filing.attach_all(renovation, STAGE, Kind.ACCEPTANCE_PHOTO, list(command.photos), actor, "reinspection", "photos")
    advance(renovation, Action.FAIL_REINSPECTION, actor, command.reason)


def pay(renovation: Renovation, command: Pay, actor: Actor) -> list[Payment]:
    """Record that the subsidy reached its payees, each with its voucher; the file goes to `paid`.

    Raises RuleViolations when a payee has no voucher, a voucher was used, or the day is before the approval.
    """
    sheet = _sheet(renovation, SheetState.APPROVED)
    if actor.user_id in {sheet.prepared_by, sheet.approved_by}:
        raise NotAllowed("编制或批准结算的人不能登记拨付，请由另一位同事办理。")
    _not_in_future(command.paid_on, "paid_on")
    if sheet.approved_at is not None and command.paid_on < clock.civil(sheet.approved_at):
        raise RuleViolation("到账日期不能早于结算批准那天，请核对。", "paid_on")
    vouchers = _vouchers(renovation, sheet, command)
    paper = None
    if command.paper is not None:
        paper = filing.attach(renovation, STAGE, Kind.VOUCHER, command.paper, actor, field="paper")
    accounts = {
        one.id: f"{one.bank_name} {one.bank_account}".strip()
        for one in db.session.scalars(select(Organisation).where(Organisation.id.in_(vouchers)))
    }
    made = [
        Payment(
            renovation_id=renovation.id,
            sheet_id=sheet.id,
            county_id=renovation.county_id,
            organisation_id=payee["organisation_id"],
            payee_name=payee["name"],
            payee_account=accounts.get(payee["organisation_id"], ""),
            amount_fen=payee["amount_fen"],
            voucher=vouchers[payee["organisation_id"]],
            paid_on=command.paid_on,
            state=PaymentState.PAID,
            attachment_id=paper.id if paper else None,
            recorded_at=clock.now(),
            recorded_by=actor.user_id,
            recorded_by_name=actor.name,
            returned_reason="",
        )
        for payee in sheet.payees
    ]
    db.session.add_all(made)
    ledger.spend(renovation.id, None, actor, "拨付", " ".join(sorted(vouchers.values())))
    paid = sum(payment.amount_fen for payment in made)
    advance(renovation, Action.PAY, actor, details={"paid_fen": paid, "vouchers": sorted(vouchers.values())})
    seal(renovation, Occasion.PAID, actor)
    return made


def _vouchers(renovation: Renovation, sheet: SettlementSheet, command: Pay) -> dict[int, str]:
    wanted = {payee["organisation_id"]: payee["name"] for payee in sheet.payees}
    problems: list[DomainError] = []
    vouchers: dict[int, str] = {}
    for index, given in enumerate(command.vouchers):
        place = f"vouchers-{index}"
        if given.organisation_id not in wanted or given.organisation_id in vouchers:
            problems.append(RuleViolation("收款单位要与结算单一致，请刷新页面后重填。", f"{place}-organisation_id"))
        elif given.voucher in vouchers.values() or _is_used(renovation, given.voucher):
            problems.append(RuleViolation("这个凭证号已经用过，请核对。", f"{place}-voucher"))
        vouchers[given.organisation_id] = given.voucher
    problems += [
        RuleViolation(f"还没有填“{name}”的凭证号。", "vouchers") for firm, name in wanted.items() if firm not in vouchers
    ]
    RuleViolations.raise_if_any(problems)
    return vouchers


def _is_used(renovation: Renovation, voucher: str) -> bool:
    return db.session.scalar(
        select(Payment.id).where(Payment.county_id == renovation.county_id, Payment.voucher == voucher)
    ) is not None


def return_payment(renovation: Renovation, command: ReturnPayment, actor: Actor) -> None:
    """The bank gave the money back: the payments stand as returned, the money is committed again (domain S8)."""
    _not_in_future(command.returned_on, "returned_on")
    paid = [payment for payment in queries.payments(renovation) if payment.state is PaymentState.PAID]
    if not paid:
        raise Conflict("这一户没有已到账的拨付，不能登记退款。")
    for payment in paid:
        if command.returned_on < payment.paid_on:
            raise RuleViolation("退回日期不能早于到账日期，请核对。", "returned_on")
        payment.state, payment.returned_on = PaymentState.RETURNED, command.returned_on
        payment.returned_reason = command.reason
    ledger.return_money(renovation.id, None, actor, command.reason)
    unseal(renovation)
    returned = sum(payment.amount_fen for payment in paid)
    advance(renovation, Action.RETURN_PAYMENT, actor, command.reason, {"returned_fen": returned})


def reopen(renovation: Renovation, command: Reopen, actor: Actor) -> None:
    """Take an approved sheet out of force and settle again; nothing that was paid may still be out."""
    sheet = _sheet(renovation, SheetState.APPROVED)
    if queries.paid_fen(renovation):
        raise Conflict("钱已经拨付到账，不能退回结算。银行退款后才能重新结算。")
    _supersede(sheet, command.reason)
    advance(renovation, Action.REOPEN_SETTLEMENT, actor, command.reason, {"version": sheet.version})
