"""What the settlement's pages show and open with."""

from typing import Any

from ...core import clock
from ...core.money import capitals, display, yuan
from ...permissions import Actor
from ...renovation.models import Renovation
from . import announcing, queries, rules
from .shares import FirmShare
from .sheet import compute


def sums(renovation: Renovation) -> dict[str, Any]:
    """What the settlement comes to now, the subsidy in capitals too."""
    computed = compute(renovation)
    return {"computed": computed, "capitals": capitals(computed.settlement.subsidy_fen)}


def sheet_page(renovation: Renovation) -> dict[str, Any]:
    """The sheet in force with its subsidy in capitals."""
    sheet = queries.current(renovation)
    return {"sheet": sheet, "capitals": capitals(sheet.subsidy_fen) if sheet else ""}


def _share(renovation: Renovation, actor: Actor) -> FirmShare:
    """What the actor's own firm gets; nothing when it did not build here."""
    shares = compute(renovation).firms
    mine = next((one for one in shares if one.organisation_id == actor.organisation_id), None)
    return mine or FirmShare(actor.organisation_id or 0, 0, 0)


def invoice_initial(renovation: Renovation, actor: Actor) -> dict[str, Any]:
    """Today, and what the actor's own firm has not billed yet."""
    mine = [one.amount_fen for one in queries.invoices(renovation) if one.organisation_id == actor.organisation_id]
    left = _share(renovation, actor).due_fen - sum(mine)
    return {"day": clock.today().isoformat(), "amount": yuan(max(left, 0))}


def receipt_initial(renovation: Renovation, actor: Actor) -> dict[str, Any]:
    """Today, and what the household pays the actor's own firm: a new receipt takes the place of the one before."""
    return {"day": clock.today().isoformat(), "amount": yuan(_share(renovation, actor).own_fen)}


def consent_initial(renovation: Renovation) -> dict[str, Any]:
    """The own share that is asked for (yuan), signed by the applicant."""
    return {"amount": yuan(compute(renovation).own.computed_fen), "signer": renovation.applicant_name}


def bear_initial(renovation: Renovation) -> dict[str, Any]:
    """What is over the signed own share (yuan)."""
    return {"amount": yuan(compute(renovation).own.excess_fen)}


def pay_initial(renovation: Renovation) -> dict[str, Any]:
    """Today, and a voucher for each payee who is not paid."""
    vouchers = [{"organisation_id": payee["organisation_id"]} for payee in queries.unpaid(renovation)]
    return {"paid_on": clock.today().isoformat(), "vouchers": vouchers}


def account_initial(renovation: Renovation) -> dict[str, Any]:
    """The holder as registered before, else the applicant; never the number."""
    held = queries.account(renovation)
    if held is None:
        return {"holder": renovation.applicant_name, "relation": "本人"}
    return {"holder": held.holder, "relation": held.relation, "bank": held.bank}


def release_initial(renovation: Renovation) -> dict[str, Any]:
    """Today, and a voucher for each payee whose money is held back."""
    vouchers = [{"organisation_id": payee["organisation_id"]} for payee in queries.retained(renovation)]
    return {"paid_on": clock.today().isoformat(), "vouchers": vouchers}


def release_page(renovation: Renovation) -> dict[str, Any]:
    """The payees whose money is held back."""
    choices = [
        (payee["organisation_id"], f"{payee['name']}　{display(payee['amount_fen'])}")
        for payee in queries.retained(renovation)
    ]
    return sheet_page(renovation) | {"choices": {"vouchers-organisation_id": choices}}


def pay_page(renovation: Renovation) -> dict[str, Any]:
    """The payees; of a household also the account, for whoever pays has to write it on the order."""
    held = queries.account(renovation)
    to = f"　{held.holder}　{held.bank}　{held.account}" if held is not None else ""
    choices = [
        (
            payee["organisation_id"],
            f"{payee['name']}　{display(payee['amount_fen'])}{to if payee['organisation_id'] == rules.HOUSEHOLD else ''}",
        )
        for payee in queries.unpaid(renovation)
    ]
    return sheet_page(renovation) | {"choices": {"vouchers-organisation_id": choices}}


def return_page(renovation: Renovation) -> dict[str, Any]:
    """The payments that the bank may have sent back."""
    choices = [
        (one.id, f"{one.payee_name}　{display(one.amount_fen)}　凭证 {one.voucher}") for one in queries.paid(renovation)
    ]
    return sheet_page(renovation) | {"choices": {"payment_ids": choices}}


def invoice_choices(renovation: Renovation) -> dict[str, Any]:
    """The invoices on the file."""
    found = queries.invoices(renovation)
    return {"choices": {"invoice_id": [(one.id, f"{one.number}　{display(one.amount_fen)}") for one in found]}}


def places(renovation: Renovation) -> list[str]:
    """Where the programme has the notice of paid subsidies put up."""
    terms = announcing.terms_of(renovation)
    return list(terms.places) if terms is not None else []


def announce_page(renovation: Renovation) -> dict[str, Any]:
    """The sheet, and where the notice may hang."""
    return sheet_page(renovation) | {"choices": {"places": [(place, place) for place in places(renovation)]}}
