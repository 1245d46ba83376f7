"""The payment and the bank's return. Nothing here commits; a payment is countered, never changed (domain S8)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ...core import clock
from ...core.db import db
from ...core.errors import Conflict, DomainError, NotAllowed, RuleViolation, RuleViolations
from ...core.money import apportion
from ...funds import ledger
from ...funds import queries as funds
from ...lifecycle import Action, Stage, Status
from ...permissions import Actor
from ...places.models import Organisation
from ...programme.queries import programme_of
from ...renovation import service as filing
from ...renovation.models import Kind, Renovation
from ...renovation.progress import advance, left_out, note
from ...renovation.sealing import Occasion, seal, unseal
from ..acceptance import queries as acceptances
from ..acceptance.rules import last_day
from . import queries
from .announcing import take_down
from .models import Payment, Retention, SettlementSheet
from .papers import not_in_future
from .rules import HOUSEHOLD, Pay, PaymentPart, PaymentState, ReleaseRetention, ReturnPayment, SheetState

STAGE = Stage.SETTLEMENT
_USED = "这个凭证号已经用过，请核对。"


def pay(renovation: Renovation, command: Pay, actor: Actor) -> list[Payment]:
    """Record that the subsidy reached its payees, each with its voucher; the file goes to `paid`.

    What the programme holds back until later is not in it. Payees whose money the bank did not return are not paid
    again. Raises RuleViolations when a payee has no voucher, a voucher was used, or the day is before the approval;
    Conflict when the file is suspended: false facts or a second benefit found later stop the payment that way.
    """
    sheet = _approved(renovation, actor)
    not_in_future(command.paid_on, "paid_on")
    if sheet.approved_at is not None and command.paid_on < clock.civil(sheet.approved_at):
        raise RuleViolation("到账日期不能早于结算批准那天，请核对。", "paid_on")
    wanted = {payee["organisation_id"]: payee for payee in queries.unpaid(renovation)}
    made = _pay_out(renovation, sheet, wanted, command, actor, PaymentPart.MAIN)
    paid = sum(payment.amount_fen for payment in made)
    vouchers = sorted(payment.voucher for payment in made)
    advance(renovation, Action.PAY, actor, details={"paid_fen": paid, "vouchers": vouchers})
    archive(renovation, actor)
    return made


def release_retention(renovation: Renovation, command: ReleaseRetention, actor: Actor) -> list[Payment]:
    """Record that what was held back reached the firms, when its day has come; raises as `pay` (domain §5)."""
    sheet = _approved(renovation, actor)
    not_in_future(command.paid_on, "paid_on")
    due_on = retention_due_on(renovation)
    if command.paid_on < due_on:
        raise RuleViolation(f"质保金 {due_on} 起才能付，请到期后再办。", "paid_on")
    wanted = {payee["organisation_id"]: payee for payee in queries.retained(renovation)}
    if not wanted:
        raise Conflict("这一户没有待付的质保金，请刷新页面，看最新进度。")
    made = _pay_out(renovation, sheet, wanted, command, actor, PaymentPart.RETENTION)
    vouchers = sorted(payment.voucher for payment in made)
    note(renovation, STAGE, "质保金拨付到账", actor, details={"vouchers": vouchers})
    return made


def retention_due_on(renovation: Renovation) -> date:
    """From when on what was held back may be paid: so many months after the acceptance, else when the warranty ends."""
    term = acceptances.warranty_term(renovation)
    if term is None or renovation.ending is not None:
        return clock.today()
    months = programme_of(renovation.programme_version_id).data.money.retention_months
    return last_day(term.starts_on, months) if months is not None else term.ends_on


def hold_back(renovation: Renovation, sheet: SettlementSheet) -> None:
    """Note from when on what an approved sheet holds back is due, where it holds anything back."""
    if any(payee.get("retained_fen") for payee in sheet.payees):
        db.session.add(Retention(renovation_id=renovation.id, sheet_id=sheet.id, due_on=retention_due_on(renovation)))


def _approved(renovation: Renovation, actor: Actor) -> SettlementSheet:
    """The sheet that may be paid, by somebody who had no part in it (domain S8)."""
    sheet = queries.current(renovation)
    if sheet is None or sheet.state is not SheetState.APPROVED:
        raise Conflict("没有已批准的结算单，请刷新页面，看最新进度。")
    if actor.user_id in {sheet.prepared_by, sheet.approved_by}:
        raise NotAllowed("编制或批准结算的人不能登记拨付，请由另一位同事办理。")
    return sheet


def _pay_out(
    renovation: Renovation,
    sheet: SettlementSheet,
    wanted: Mapping[int, dict[str, Any]],
    command: Pay | ReleaseRetention,
    actor: Actor,
    part: PaymentPart,
) -> list[Payment]:
    """One payment a payee, each with its voucher, out of what is committed to the file."""
    vouchers = _vouchers(renovation, wanted, command)
    made = _add_payments(renovation, sheet, wanted, vouchers, command, actor, part)
    unspent = funds.unspent(renovation.id)
    paid = sum(payment.amount_fen for payment in made)
    parts = dict(zip(unspent, apportion(paid, list(unspent.values())), strict=True))
    ledger.spend(renovation.id, parts, actor, part.label, " ".join(sorted(vouchers.values())))
    return made


def archive(renovation: Renovation, actor: Actor) -> None:
    """Seal a paid file: for the year-end archive while its warranty runs, for good where the programme has none."""
    if left_out(renovation, Stage.WARRANTY):
        seal(renovation, Occasion.CLOSED, actor)
        return
    wait_for_warranty(renovation)
    seal(renovation, Occasion.PAID, actor)


def may_come_back(renovation: Renovation) -> bool:
    """Whether money of this file may be returned by the bank: it was paid, and the warranty has not closed the file."""
    is_open = renovation.status is Status.PAID or bool(left_out(renovation, Stage.WARRANTY))
    return is_open and queries.paid_fen(renovation) > 0


def wait_for_warranty(renovation: Renovation) -> None:
    """A paid file is due when its warranty ends: then it is closed. One that ended early has nothing to wait for."""
    term = acceptances.warranty_term(renovation)
    renovation.due_on = term.ends_on if term is not None and renovation.ending is None else clock.today()


def _vouchers(
    renovation: Renovation, wanted: Mapping[int, dict[str, Any]], command: Pay | ReleaseRetention
) -> dict[int, str]:
    problems: list[DomainError] = []
    vouchers: dict[int, str] = {}
    for index, given in enumerate(command.vouchers):
        place = f"vouchers-{index}"
        if given.organisation_id not in wanted or given.organisation_id in vouchers:
            problems.append(RuleViolation("收款单位要与结算单一致，请刷新页面后重填。", f"{place}-organisation_id"))
        elif given.voucher in vouchers.values() or _is_used(renovation, given.voucher):
            problems.append(RuleViolation(_USED, f"{place}-voucher"))
        vouchers[given.organisation_id] = given.voucher
    problems += [
        RuleViolation(f"还没有填“{payee['name']}”的凭证号。", "vouchers")
        for firm, payee in wanted.items()
        if firm not in vouchers
    ]
    RuleViolations.raise_if_any(problems)
    return vouchers


def _is_used(renovation: Renovation, voucher: str) -> bool:
    return (
        db.session.scalar(
            select(Payment.id).where(Payment.county_id == renovation.county_id, Payment.voucher == voucher)
        )
        is not None
    )


def _add_payments(
    renovation: Renovation,
    sheet: SettlementSheet,
    wanted: Mapping[int, dict[str, Any]],
    vouchers: Mapping[int, str],
    command: Pay | ReleaseRetention,
    actor: Actor,
    part: PaymentPart,
) -> list[Payment]:
    paper = None
    if command.paper is not None:
        paper = filing.attach(renovation, STAGE, Kind.VOUCHER, command.paper, actor, field="paper")
    names, accounts = _accounts(renovation, wanted)
    made = [
        Payment(
            renovation_id=renovation.id,
            sheet_id=sheet.id,
            county_id=renovation.county_id,
            organisation_id=firm if firm != HOUSEHOLD else None,
            part=part,
            payee_name=names.get(firm, payee["name"]),
            payee_account=accounts.get(firm, ""),
            amount_fen=payee["amount_fen"],
            voucher=vouchers[firm],
            paid_on=command.paid_on,
            state=PaymentState.PAID,
            attachment_id=paper.id if paper else None,
            recorded_at=clock.now(),
            recorded_by=actor.user_id,
            recorded_by_name=actor.name,
            returned_reason="",
        )
        for firm, payee in wanted.items()
    ]
    try:
        with db.session.begin_nested():
            db.session.add_all(made)
    except IntegrityError as error:  # used on another file a moment ago; only the database could know
        raise RuleViolation(_USED, "vouchers-0-voucher") from error
    return made


def _accounts(renovation: Renovation, payees: Mapping[int, Any]) -> tuple[dict[int, str], dict[int, str]]:
    """By firm, and for the household: under which name it is paid, where that is another one, and to which account."""
    firms = db.session.scalars(select(Organisation).where(Organisation.id.in_(payees)))
    accounts = {one.id: f"{one.bank_name} {one.bank_account}".strip() for one in firms}
    if HOUSEHOLD not in payees:
        return {}, accounts
    own = queries.account(renovation)
    if own is None:
        raise Conflict("还没有登记家庭的收款账户，请乡镇（街道）先办理“登记家庭收款账户”。")
    return {HOUSEHOLD: own.holder}, accounts | {HOUSEHOLD: f"{own.bank} {own.account}"}


def return_payment(renovation: Renovation, command: ReturnPayment, actor: Actor) -> None:
    """The bank gave money back, of all payees or of some: those payments stand as returned, the money is committed again.

    The file goes back to be paid, save where only what had been held back was returned: it is released again later.

    Raises Conflict when nothing is paid, RuleViolation for another file's payment or a day before the payment (S8).
    """
    not_in_future(command.returned_on, "returned_on")
    paid = queries.paid(renovation)
    if not may_come_back(renovation):
        raise Conflict("这一户没有已到账的拨付，或已质保期满归档，不能登记退款。")
    chosen = [payment for payment in paid if not command.payment_ids or payment.id in command.payment_ids]
    if command.payment_ids and len(chosen) != len(set(command.payment_ids)):
        raise RuleViolation("选中的付款不在这一户已到账的付款里，请刷新页面后重选。", "payment_ids")
    for payment in chosen:
        if command.returned_on < payment.paid_on:
            raise RuleViolation("退回日期不能早于到账日期，请核对。", "returned_on")
        payment.state, payment.returned_on = PaymentState.RETURNED, command.returned_on
        payment.returned_reason = command.reason
    returned = sum(payment.amount_fen for payment in chosen)
    ledger.return_money(renovation.id, _by_source(renovation, returned), actor, command.reason)
    if all(payment.part is PaymentPart.RETENTION for payment in chosen):
        note(renovation, STAGE, "质保金被银行退回", actor, command.reason, {"returned_fen": returned})
        return
    unseal(renovation)
    take_down(renovation)
    advance(renovation, Action.RETURN_PAYMENT, actor, command.reason, {"returned_fen": returned})


def _by_source(renovation: Renovation, returned_fen: int) -> dict[str, int]:
    """What of the returned money each source had paid, by largest remainder (domain S5)."""
    spent = {row.account.source_id: row.spent_fen for row in funds.commitments(renovation.id)}
    return dict(zip(spent, apportion(returned_fen, list(spent.values())), strict=True))
