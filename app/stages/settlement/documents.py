"""Papers of the settlement: the sheet with its sums in capitals, the receipt for what the household paid, the payment."""

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from ...lifecycle import Stage
from ...permissions import Permission
from ...programme.process import PAYMENT_NOTICE
from ...programme.queries import programme_of
from ...renovation import queries as files
from ...renovation.models import Kind, Renovation
from ...renovation.papers import Paper
from . import announcing, queries
from .payment import retention_due_on

STAGE = Stage.SETTLEMENT


def _sheet(renovation: Renovation) -> Mapping[str, Any] | None:
    sheet = queries.current(renovation)
    if sheet is None:
        return None
    names = _names(renovation)
    built = dict.fromkeys(line.get("organisation_id") for line in sheet.lines)
    return {
        "sheet": sheet,
        "home": queries.pays_household(renovation),
        "programme": programme_of(renovation.programme_version_id),
        "firms": [names[firm] for firm in built if firm in names],
        "sides": list(zip_longest(sheet.sources, sheet.payees)) or [(None, None)],
        "invoices": queries.invoices(renovation),
    }


def _names(renovation: Renovation) -> dict[int, str]:
    return {one.organisation_id: one.organisation.name for one in files.assignments(renovation)}


def _receipt(renovation: Renovation) -> Mapping[str, Any] | None:
    """The receipts that were filed; before that one to be filled in, for the sum on the sheet."""
    sheet, filed, home = queries.current(renovation), queries.receipts(renovation), queries.pays_household(renovation)
    names = _names(renovation)
    rows = [{"day": one.day, "amount_fen": one.amount_fen, "firm": names.get(one.organisation_id, "")} for one in filed]
    if not rows:
        amount = 0 if sheet is None else sheet.due_fen if home else sheet.household_pays_fen
        if sheet is None or not amount:
            return None
        last = {line.get("organisation_id") for line in sheet.lines}
        firm = names.get(last.pop() or 0, "") if len(last) == 1 else ""
        rows = [{"day": None, "amount_fen": amount, "firm": firm}]
    whole = sheet is not None and len(rows) == 1 and rows[0]["amount_fen"] == sheet.due_fen
    return {"rows": rows, "home": home, "subsidy_fen": sheet.subsidy_fen if sheet is not None and whole else None}


def _payment(renovation: Renovation) -> Mapping[str, Any] | None:
    sheet = queries.current(renovation)
    if sheet is None or sheet.approved_at is None:
        return None
    return {
        "sheet": sheet,
        "programme": programme_of(renovation.programme_version_id),
        "payments": queries.payments(renovation),
        "unpaid": queries.unpaid(renovation),
        "retained": (retained := queries.retained(renovation)),
        "retention_due_on": retention_due_on(renovation) if retained else None,
        "account": queries.account(renovation),
    }


def _notice(renovation: Renovation) -> Mapping[str, Any] | None:
    """The notice on which the household stands, with everybody else on it."""
    told = announcing.entry(renovation)
    if told is None:
        return None
    rows = announcing.entries(told.notice)
    return {
        "subject": f"payment_notice:{told.notice_id}",
        "notice": told.notice,
        "rows": rows,
        "total_fen": sum(row.amount_fen for row in rows),
    }


PAPERS: tuple[Paper, ...] = (
    Paper(
        "settlement_sheet",
        STAGE,
        "结算单",
        Permission.MONEY_READ,
        _sheet,
        scan=Kind.SETTLEMENT_SHEET,
        office=True,
        note="编制、复核批准和施工单位签字盖章。",
    ),
    Paper(
        "self_pay_receipt",
        STAGE,
        "家庭付款收据",
        Permission.MONEY_READ,
        _receipt,
        scan=Kind.SELF_PAY_RECEIPT,
        note="施工单位收到家庭付的钱时开具，一式三份。",
    ),
    Paper(
        "payment_order",
        STAGE,
        "补贴资金拨付单",
        Permission.MONEY_READ,
        _payment,
        scan=Kind.VOUCHER,
        office=True,
        note="拨付前审批签字，到账后附银行回单存档。",
    ),
    Paper(
        "payment_notice",
        STAGE,
        "补贴资金公示",
        Permission.APPLICATION_NOTICE,
        _notice,
        office=True,
        wanted_by=PAYMENT_NOTICE,
        note="同一份公示里的家庭都在上面，张贴后拍照存档。",
    ),
)
