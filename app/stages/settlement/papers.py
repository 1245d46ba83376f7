"""The papers that the settlement needs, and S9's stop. Nothing here commits."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ...core import clock
from ...core.db import db
from ...core.errors import Conflict, NotAllowed, RuleViolation
from ...core.identity_numbers import parse_bank_account
from ...core.masking import mask_account
from ...core.money import display
from ...lifecycle import Stage
from ...permissions import Actor, Role
from ...places.models import Organisation
from ...programme.process_schema import PaperStep
from ...programme.queries import programme_of
from ...programme.values import ItemKind
from ...renovation import own_papers
from ...renovation import queries as files
from ...renovation import service as filing
from ...renovation.models import Kind, Renovation
from ...renovation.operations import Missing
from ...renovation.progress import note, office_of
from ..construction import photo_queries as works_photos
from ..construction import queries as works
from ..plan import queries as plans
from . import queries
from .models import HouseholdAccount, Invoice, SelfPayConsent, SelfPayReceipt
from .rules import Bear, Consent, FileCard, FileInvoice, FileReceipt, RegisterAccount, Way, WithdrawInvoice
from .sheet import Computed, compute

STAGE = Stage.SETTLEMENT


def _has_kind(kind: ItemKind, computed: Computed) -> bool:
    return any(one.accepted and one.line.kind is kind for one in computed.lines)


_CASES: Mapping[str, Callable[[Renovation, Computed], bool]] = {
    "": lambda _renovation, _computed: True,
    "self_pay": lambda _renovation, computed: any(share.own_fen for share in computed.firms),
    "works": lambda _renovation, computed: _has_kind(ItemKind.WORKS, computed),
    "goods": lambda _renovation, computed: _has_kind(ItemKind.GOODS, computed),
    "relocation": lambda renovation, _computed: works.relocation(renovation) is not None,
}
"""`only_if` of `[[document]]` → whether the file is such a case: by what was accepted, and whether somebody moved out."""


def missing_papers(renovation: Renovation) -> list[Missing]:
    """S6: what is still needed before a subsidy may be approved, by the programme's list of papers; S9's stop first."""
    computed = compute(renovation)
    wanted = {
        document.key
        for document in programme_of(renovation.programme_version_id).documents_for("settlement")
        if _CASES[document.only_if](renovation, computed)
    }
    found = [missing for key, missing in _checks(renovation, computed) if key in wanted or key == ""]
    return [*found, *own_papers.missing(renovation, PaperStep.SETTLEMENT)]


def _checks(renovation: Renovation, computed: Computed) -> Iterator[tuple[str, Missing]]:
    """(the programme's key of the paper, what is missing); compute() has seen to contract and countersignature."""
    own = computed.own
    if own.excess_fen:
        text = (
            f"自付金额算出为 {display(own.computed_fen)}，比家庭签字的多 {display(own.excess_fen)}。"
            "请家庭重新签字确认，或由施工单位承担差额。"
        )
        yield "", Missing(text, "settlement.consent")
    if computed.household and computed.settlement.subsidy_fen and queries.account(renovation) is None:
        yield "", Missing("补贴付给家庭，还没有登记家庭的收款账户。", "settlement.account")
    if computed.plan.signature_id is None:
        yield "plan_signed", Missing("还没有家庭签字的改造方案。", "plan.agree")
    if plans.agreement(renovation) is None:
        yield "agreement", Missing("还没有改造协议。", "plan.agree")
    accepted = {line.line.root_id for line in computed.lines if line.accepted}
    for missing in works_photos.photos_missing(renovation, of=accepted):
        yield "line_photos", missing
    if works.supervision_report(renovation) is None:
        yield "supervision_report", Missing("还没有监理报告。", "construction.report")
    for text in _unbilled(renovation, computed):
        yield "invoice", Missing(text, "settlement.invoice")
    signed = {one.organisation_id: one.amount_fen for one in works.signing_payments(renovation)}
    for firm, text in _without_receipt(renovation, computed, signed):
        # what was taken at the signing is cleared up whatever papers the programme asks for
        yield "" if firm in signed else "own_share_receipt", Missing(text, "settlement.receipt")
    if queries.warranty_card(renovation) is None:
        yield "warranty_card", Missing("还没有质保卡。", "settlement.card")


def _unbilled(renovation: Renovation, computed: Computed) -> Iterator[str]:
    """Firms whose invoices do not add up to what they get, from all sides."""
    billed: dict[int, int] = {}
    for invoice in queries.invoices(renovation):
        billed[invoice.organisation_id] = billed.get(invoice.organisation_id, 0) + invoice.amount_fen
    due = {share.organisation_id: share.due_fen for share in computed.firms}
    for firm in sorted({*billed, *due}):
        if billed.get(firm, 0) != due.get(firm, 0):
            yield (
                f"{_named(computed, firm)}发票合计 {display(billed.get(firm, 0))}，应为 {display(due.get(firm, 0))}。"
            )


def _without_receipt(
    renovation: Renovation, computed: Computed, signed: Mapping[int, int]
) -> Iterator[tuple[int, str]]:
    """(firm, what is missing): firms without a receipt for what the household pays them.

    The receipt of the signing (`signed`, fen by firm) is one, as long as the sum stayed the same.
    """
    given = {**signed, **{receipt.organisation_id: receipt.amount_fen for receipt in queries.receipts(renovation)}}
    due = {share.organisation_id: share.own_fen for share in computed.firms}
    for firm in sorted({*due, *signed}):
        has, owed = given.get(firm, 0), due.get(firm, 0)
        if has == owed:
            continue
        if not has:
            paid = "家庭付清" if computed.household else "家庭自付"
            yield firm, f"{_named(computed, firm)}还没有{paid} {display(owed)} 的收据。"
        elif has > owed:
            text = f"家庭已付 {display(has)}，只该付 {display(owed)}：退还 {display(has - owed)} 后提交 {display(owed)} 的收据。"
            yield firm, f"{_named(computed, firm)}{text}"
        else:
            text = f"家庭已付 {display(has)}，该付 {display(owed)}：收齐 {display(owed - has)} 后提交 {display(owed)} 的收据。"
            yield firm, f"{_named(computed, firm)}{text}"


def _named(computed: Computed, firm: int) -> str:
    """The firm's name where there are several."""
    return f"“{computed.names.get(firm, '原施工单位')}”" if len(computed.firms) > 1 else ""


def own_firm(renovation: Renovation, actor: Actor) -> Organisation:
    """The actor's firm when it built here, now or before; raises NotAllowed."""
    firms = {
        one.organisation_id: one.organisation for one in files.assignments(renovation) if one.role is Role.CONTRACTOR
    }
    if actor.organisation_id not in firms:
        raise NotAllowed(f"这一户不由贵单位施工，不能办理。如有疑问请联系{office_of(renovation).at_county}。")
    return firms[actor.organisation_id]


def file_invoice(renovation: Renovation, command: FileInvoice, actor: Actor) -> Invoice:
    """File a firm's invoice; its number is used once per issuer (domain S6)."""
    firm = own_firm(renovation, actor)
    not_in_future(command.day, "day")
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
    try:
        with db.session.begin_nested():
            db.session.add(invoice)
    except IntegrityError as error:  # filed on another file a moment ago; only the database could know
        raise RuleViolation("这个发票号码已经用过，请核对后改正。", "number") from error
    note(renovation, STAGE, "提交发票", actor, details={"number": command.number, "amount_fen": command.amount})
    return invoice


def withdraw_invoice(renovation: Renovation, command: WithdrawInvoice, actor: Actor) -> None:
    """End a wrong invoice, by the firm that filed it; not once the sheet is frozen."""
    firm = own_firm(renovation, actor)
    invoice = next((one for one in queries.invoices(renovation) if one.id == command.invoice_id), None)
    if invoice is None or invoice.organisation_id != firm.id:
        raise RuleViolation("没有这张发票，请刷新页面后重选。", "invoice_id")
    if queries.current(renovation) is not None:
        raise Conflict(f"结算单已经编制，不能再作废发票。请先由{office_of(renovation).at_county}退回结算单。")
    invoice.ended_at, invoice.ended_reason = clock.now(), command.reason
    note(renovation, STAGE, "作废发票", actor, command.reason, {"number": invoice.number})


def file_receipt(renovation: Renovation, command: FileReceipt, actor: Actor) -> SelfPayReceipt:
    """File the receipt for what the household paid the firm directly (domain S3); a newer one ends its older one.

    Raises Conflict when this very receipt is filed already.
    """
    firm = own_firm(renovation, actor)
    not_in_future(command.day, "day")
    current = next((one for one in queries.receipts(renovation) if one.organisation_id == firm.id), None)
    paper = filing.attach(renovation, STAGE, Kind.SELF_PAY_RECEIPT, command.paper, actor, field="paper")
    if current is not None:
        if (current.day, current.amount_fen, current.attachment_id) == (command.day, command.amount, paper.id):
            raise Conflict("这张收据已经提交过，不用再提交。", "paper")
        current.ended_at = clock.now()
        db.session.flush()
    receipt = SelfPayReceipt(
        renovation_id=renovation.id,
        organisation_id=firm.id,
        day=command.day,
        amount_fen=command.amount,
        attachment_id=paper.id,
        filed_at=clock.now(),
    )
    db.session.add(receipt)
    note(renovation, STAGE, "提交家庭付款收据", actor, details={"amount_fen": command.amount})
    return receipt


def register_account(renovation: Renovation, command: RegisterAccount, actor: Actor) -> HouseholdAccount:
    """Put down the account to which the household's subsidy is paid; a newer one ends the one before (domain §6).

    Raises RuleViolation for what cannot be an account, Conflict where the firms are the payees.
    """
    if not queries.pays_household(renovation):
        raise Conflict("这个项目的补贴付给施工单位，不用登记家庭账户。")
    try:
        number = parse_bank_account(command.account)
    except ValueError as wrong:
        raise RuleViolation(f"{wrong}。", "account") from wrong
    current = queries.account(renovation)
    if current is not None:
        current.ended_at = clock.now()
        db.session.flush()
    paper = None
    if command.paper is not None:
        paper = filing.attach(renovation, STAGE, Kind.VERIFICATION, command.paper, actor, "account", field="paper")
    account = HouseholdAccount(
        renovation_id=renovation.id,
        holder=command.holder,
        relation=command.relation,
        bank=command.bank,
        account=number,
        attachment_id=paper.id if paper else None,
        given_at=clock.now(),
        recorded_by=actor.user_id,
        recorded_by_name=actor.name,
    )
    db.session.add(account)
    note(renovation, STAGE, "登记家庭收款账户", actor, details={"account": mask_account(number)})
    return account


def file_card(renovation: Renovation, command: FileCard, actor: Actor) -> None:
    """File the warranty card with its hotline; a newer one ends the one before."""
    own_firm(renovation, actor)
    current = queries.warranty_card(renovation)
    if current is not None:
        filing.end_attachment(current, "已更新")
    filing.attach(
        renovation,
        STAGE,
        Kind.WARRANTY_CARD,
        command.paper,
        actor,
        caption=f"报修电话 {command.hotline}",
        field="paper",
    )
    note(renovation, STAGE, "提交质保卡", actor)


def give_consent(renovation: Renovation, command: Consent, actor: Actor) -> None:
    """The household signs the computed sum of its own share (domain S9)."""
    computed = compute(renovation)
    _still_open(renovation)
    if command.amount != computed.own.computed_fen:
        raise RuleViolation(f"家庭要确认的金额是 {display(computed.own.computed_fen)}，请核对。", "amount")
    _consent(renovation, computed, Way.HOUSEHOLD, command.amount, command.signer, command.signature, actor)


def bear_difference(renovation: Renovation, command: Bear, actor: Actor) -> None:
    """The firm that built last bears exactly what exceeds the signed sum (domain S9).

    A firm that left was settled for what was measured then, so none of its lines failed here.
    """
    computed = compute(renovation)
    _still_open(renovation)
    if own_firm(renovation, actor).id != computed.contract.organisation_id:
        raise NotAllowed("差额由最后施工的单位承担，贵单位不用办理。")
    over = computed.own.excess_fen
    if over == 0 or command.amount != over:
        raise RuleViolation(f"要承担的差额是 {display(over)}，请核对。", "amount")
    did = sum(line.amount_fen for line in computed.lines if line.organisation_id == computed.contract.organisation_id)
    if over > did:
        raise Conflict(f"贵单位的工程款只有 {display(did)}，不够承担差额 {display(over)}。请家庭重新签字确认自付金额。")
    _consent(renovation, computed, Way.CONTRACTOR, computed.own.signed_fen, command.signer, command.signature, actor)


def _still_open(renovation: Renovation) -> None:
    if queries.current(renovation) is not None:
        raise Conflict(f"结算单已经编制，不能再改自付金额。请先由{office_of(renovation).at_county}退回结算单。")


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
            computed_fen=computed.own.computed_fen,
            signed_fen=signed_fen,
            signer=signer,
            attachment_id=paper.id,
            given_at=clock.now(),
            recorded_by=actor.user_id,
        )
    )
    note(renovation, STAGE, way.label, actor, details={"signed_fen": signed_fen})


def not_in_future(day: date, field: str) -> None:
    """Refuse a day that has not come yet."""
    if day > clock.today():
        raise RuleViolation("日期不能晚于今天，请改正。", field)
