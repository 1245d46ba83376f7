"""What people can do at the settlement."""

from typing import Any

from ...core import clock
from ...core.money import capitals, display
from ...lifecycle import LINE, Action, Stage, Status, Step
from ...permissions import Permission
from ...renovation.models import Renovation
from ...renovation.operations import Operation
from ...renovation.progress import left_out, office_of
from ..application.notice_rules import public_name
from . import announcing, pages, papers, payment, queries, rules, service
from .rules import SheetState
from .sheet import compute

STAGE = Stage.SETTLEMENT
ACCEPTED = frozenset({Status.ACCEPTED})
ACCOUNT_OPEN = frozenset(LINE[LINE.index(Status.PLANNED) : LINE.index(Status.PAID)])
"""When the household's account may be registered: from the plan's approval until the money has arrived."""


def _state(renovation: Renovation) -> SheetState | None:
    sheet = queries.current(renovation)
    return sheet.state if sheet else None


def _is_open(renovation: Renovation) -> bool:
    return queries.current(renovation) is None


def _is_stopped(renovation: Renovation) -> bool:
    return _is_open(renovation) and compute(renovation).own.excess_fen > 0


def _release(renovation: Renovation) -> str:
    parts = "、".join(f"{payee['name']} {display(payee['amount_fen'])}" for payee in queries.retained(renovation))
    return f"登记后表示质保金已付到账：{parts}。{payment.retention_due_on(renovation)} 起可付。"


def _preparing(renovation: Renovation) -> str:
    if left_out(renovation, Step.SETTLEMENT_APPROVAL):
        return "编制后金额固定，直接交财政拨付；编制的人不能登记拨付。"
    return "编制后金额固定，由另一位同事审批。"


def _announce_initial(renovation: Renovation) -> dict[str, Any]:
    return {"starts_on": clock.today().isoformat(), "places": pages.places(renovation)}


def _announcing(renovation: Renovation) -> str:
    sheet = queries.current(renovation)
    subsidy = display(sheet.subsidy_fen) if sheet is not None else ""
    ends = announcing.last_day_of(renovation, clock.today())
    return (
        f"以“{public_name(renovation.applicant_name)}”公示补贴 {subsidy}，今天起算的到 {ends} 为止；"
        "同一乡镇、同一天起始的合在一份公示里，可在“文书”中打印。"
    )


def _receipting(renovation: Renovation) -> str:
    paid = "全部工程款，补贴另付到家庭的账户" if queries.pays_household(renovation) else "自付部分"
    return f"收据证明家庭已付清{paid}；再交一张会替换贵单位原来的那张。"


def _approval(renovation: Renovation) -> str:
    sheet = queries.current(renovation)
    if sheet is None:
        return ""
    return (
        f"批准后，{renovation.applicant_name}家的补贴定为 {display(sheet.subsidy_fen)}（{capitals(sheet.subsidy_fen)}），"
        f"{_own_said(renovation)} {display(sheet.household_pays_fen)}，交财政拨付。"
    )


def _own_said(renovation: Renovation) -> str:
    return "家庭付给施工单位的钱里自己承担" if queries.pays_household(renovation) else "家庭自付"


def _payment(renovation: Renovation) -> str:
    sheet = queries.current(renovation)
    if sheet is None:
        return ""
    parts = "、".join(f"{payee['name']} {display(payee['amount_fen'])}" for payee in queries.unpaid(renovation))
    return f"登记后表示已付到账：{parts}。登记的金额不能再改，付错要由银行退回后重付。"


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "invoice",
        STAGE,
        "提交发票",
        Permission.INVOICE_SUBMIT,
        rules.FileInvoice,
        papers.file_invoice,
        statuses=ACCEPTED,
        available=_is_open,
        initial_for=pages.invoice_initial,
        context=pages.sums,
        consequence=lambda renovation: (
            f"发票交{office_of(renovation).at_county}核对；编制结算单以前，填错了可以作废重交。"
        ),
    ),
    Operation(
        "withdraw_invoice",
        STAGE,
        "作废发票",
        Permission.INVOICE_SUBMIT,
        rules.WithdrawInvoice,
        papers.withdraw_invoice,
        statuses=ACCEPTED,
        context=pages.invoice_choices,
        danger=True,
        available=lambda renovation: _is_open(renovation) and bool(queries.invoices(renovation)),
        consequence=lambda _renovation: "作废后要另交发票才能结算；作废记录保留。",
    ),
    Operation(
        "receipt",
        STAGE,
        "提交家庭付款收据",
        Permission.INVOICE_SUBMIT,
        rules.FileReceipt,
        papers.file_receipt,
        statuses=ACCEPTED,
        initial_for=pages.receipt_initial,
        context=pages.sums,
        consequence=_receipting,
        available=lambda renovation: _is_open(renovation) and any(share.own_fen for share in compute(renovation).firms),
    ),
    Operation(
        "account",
        STAGE,
        "登记家庭收款账户",
        Permission.PLAN_SIGN,
        rules.RegisterAccount,
        papers.register_account,
        statuses=ACCOUNT_OPEN,
        additive=True,
        available=queries.pays_household,
        initial=pages.account_initial,
        consequence=lambda renovation: (
            f"{renovation.applicant_name}家庭的补贴付到这个账户；再登记一次会替换原来的。账号加密保存，只显示末四位。"
        ),
    ),
    Operation(
        "card",
        STAGE,
        "提交质保卡",
        Permission.INVOICE_SUBMIT,
        rules.FileCard,
        papers.file_card,
        statuses=ACCEPTED,
        additive=True,
        part=Stage.WARRANTY,
        consequence=lambda renovation: f"质保卡{renovation.applicant_name}家留一份，档案存一份；再交一张会替换原来的。",
    ),
    Operation(
        "consent",
        STAGE,
        "家庭确认新的自付金额",
        Permission.PLAN_SIGN,
        rules.Consent,
        papers.give_consent,
        statuses=ACCEPTED,
        available=_is_stopped,
        initial=pages.consent_initial,
        context=pages.sums,
        consequence=lambda renovation: (
            f"{renovation.applicant_name}家自付 {display(compute(renovation).own.computed_fen)}；补贴按验收结果结算。"
        ),
    ),
    Operation(
        "bear",
        STAGE,
        "施工单位承担差额",
        Permission.INVOICE_SUBMIT,
        rules.Bear,
        papers.bear_difference,
        statuses=ACCEPTED,
        available=_is_stopped,
        initial=pages.bear_initial,
        context=pages.sums,
        danger=True,
        consequence=lambda renovation: (
            f"贵单位少收 {display(compute(renovation).own.excess_fen)}，家庭按原签字金额自付。"
        ),
    ),
    Operation(
        "prepare",
        STAGE,
        "编制结算单",
        Permission.SETTLEMENT_PREPARE,
        rules.Prepare,
        service.prepare,
        statuses=ACCEPTED,
        available=_is_open,
        context=pages.sums,
        missing=papers.missing_papers,
        consequence=_preparing,
    ),
    Operation(
        "return",
        STAGE,
        "退回结算单",
        Permission.SETTLEMENT_APPROVE,
        rules.ReturnSheet,
        service.return_sheet,
        statuses=ACCEPTED,
        available=lambda renovation: _state(renovation) is SheetState.PREPARED,
        context=pages.sheet_page,
    ),
    Operation(
        "approve",
        STAGE,
        "批准结算",
        Permission.SETTLEMENT_APPROVE,
        rules.Approve,
        service.approve,
        action=Action.SETTLE,
        available=lambda renovation: _state(renovation) is SheetState.PREPARED,
        context=pages.sheet_page,
        consequence=_approval,
    ),
    Operation(
        "fail_reinspection",
        STAGE,
        "复查不合格",
        Permission.ACCEPTANCE_COUNTERSIGN,
        rules.FailReinspection,
        service.fail_reinspection,
        action=Action.FAIL_REINSPECTION,
        danger=True,
        consequence=lambda _renovation: "这一户退回“待验收”，由乡镇（街道）重新入户验收，结算单作废。",
    ),
    Operation(
        "pay",
        STAGE,
        "登记拨付到账",
        Permission.PAYMENT_RECORD,
        rules.Pay,
        payment.pay,
        action=Action.PAY,
        context=pages.pay_page,
        initial=pages.pay_initial,
        consequence=_payment,
    ),
    Operation(
        "release_retention",
        STAGE,
        "登记质保金到账",
        Permission.PAYMENT_RECORD,
        rules.ReleaseRetention,
        payment.release_retention,
        statuses=frozenset({Status.PAID}),
        available=lambda renovation: bool(queries.retained(renovation)),
        context=pages.release_page,
        initial=pages.release_initial,
        consequence=_release,
    ),
    Operation(
        "announce",
        STAGE,
        "公示补贴资金",
        Permission.APPLICATION_NOTICE,
        rules.Announce,
        announcing.announce,
        statuses=announcing.AFTER_PAYMENT,
        available=announcing.may_announce,
        context=pages.announce_page,
        initial=_announce_initial,
        additive=True,
        consequence=_announcing,
    ),
    Operation(
        "note_objection",
        STAGE,
        "登记资金公示异议",
        Permission.APPLICATION_NOTICE,
        rules.NotePaymentObjection,
        announcing.note_objection,
        statuses=announcing.AFTER_PAYMENT,
        available=announcing.is_told,
        initial=lambda _renovation: {"received_on": clock.today().isoformat()},
        additive=True,
        while_suspended=True,
        consequence=lambda renovation: (
            f"记在进度上；属于骗取或重复享受的，请暂停这一户并报{office_of(renovation).at_county}。"
        ),
    ),
    Operation(
        "return_payment",
        STAGE,
        "登记银行退款",
        Permission.PAYMENT_RECORD,
        rules.ReturnPayment,
        payment.return_payment,
        action=Action.RETURN_PAYMENT,
        context=pages.return_page,
        danger=True,
        initial=lambda _renovation: {"returned_on": clock.today().isoformat()},
        available=payment.may_come_back,
        consequence=lambda _renovation: "这一户退回“待拨付”，查明原因后再付退回的那几笔；原来的付款记录保留。",
    ),
    Operation(
        "reopen",
        STAGE,
        "退回重新结算",
        Permission.SETTLEMENT_APPROVE,
        rules.Reopen,
        service.reopen,
        action=Action.REOPEN_SETTLEMENT,
        context=pages.sheet_page,
        danger=True,
        available=lambda renovation: queries.paid_fen(renovation) == 0,
        consequence=lambda _renovation: "已批准的结算单作废，这一户退回“待结算”，要重新编制，再由另一位同事审批。",
    ),
)
