"""The sheet: prepared by one, approved by another. Nothing here commits; an approved sheet is countered, never changed."""

from sqlalchemy import func, select

from ...core import clock
from ...core.db import db
from ...core.errors import Conflict, NotAllowed
from ...funds import ledger
from ...lifecycle import Action, Stage, Step
from ...permissions import SYSTEM, Actor
from ...programme.queries import programme_of
from ...renovation import service as filing
from ...renovation.models import Kind, Renovation
from ...renovation.operations import require
from ...renovation.progress import advance, left_out, note, without
from ..acceptance import service as acceptances
from ..application import queries as application
from . import queries
from .models import SettlementSheet
from .papers import missing_papers
from .payment import archive, hold_back
from .rules import Approve, FailReinspection, Prepare, Reopen, ReturnSheet, SheetState
from .sheet import Computed, compute, compute_anew

STAGE = Stage.SETTLEMENT


def prepare(renovation: Renovation, command: Prepare, actor: Actor) -> SettlementSheet:
    """Compute the settlement and freeze it for approval; raises with everything that S6 and S9 still ask for.

    Without the county's approval it is settled at once: the second pair of eyes is then who pays (domain S8).
    """
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
        signed_self_pay_fen=computed.own.signed_fen,
        borne_fen=computed.own.borne_fen,
        lines=computed.rows,
        sources=computed.sources,
        payees=computed.payees,
        prepared_at=clock.now(),
        prepared_by=actor.user_id,
        prepared_by_name=actor.name,
        approved_by_name="",
        superseded_reason="",
    )
    db.session.add(sheet)
    _show_sums(renovation, sheet)
    note(
        renovation,
        STAGE,
        "编制结算单",
        actor,
        command.note,
        {"version": sheet.version, "subsidy_fen": sheet.subsidy_fen},
    )
    why = left_out(renovation, Step.SETTLEMENT_APPROVAL)
    if why:
        approve(renovation, Approve(note=without(Step.SETTLEMENT_APPROVAL, why)), SYSTEM)
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
    application.hold_benefits(renovation)
    computed = compute_anew(renovation)
    if not is_as_prepared(sheet, computed):
        raise Conflict("结算单编制后情况有变化，金额已不一致。请退回后重新编制。")
    sheet.state, sheet.approved_at = SheetState.APPROVED, clock.now()
    sheet.approved_by, sheet.approved_by_name = actor.user_id, actor.name
    hold_back(renovation, sheet)
    ledger.true_up(
        renovation.id,
        {one["id"]: one["amount_fen"] for one in sheet.sources if one["amount_fen"]},
        actor,
        "结算批准",
    )
    application.record_benefits(renovation, computed.settlement.uses)
    advance(
        renovation, Action.SETTLE, actor, command.note, {"version": sheet.version, "subsidy_fen": sheet.subsidy_fen}
    )
    if sheet.subsidy_fen == 0:
        advance(renovation, Action.PAY, SYSTEM, "补贴为 0.00 元，不需要拨付")
        archive(renovation, SYSTEM)


def is_as_prepared(sheet: SettlementSheet, computed: Computed) -> bool:
    """True when every line, source, payee and share is still what the sheet says."""
    now = (computed.rows, computed.sources, computed.payees, computed.own.computed_fen, computed.own.borne_fen)
    return now == (sheet.lines, sheet.sources, sheet.payees, sheet.self_pay_fen, sheet.borne_fen)


def fail_reinspection(renovation: Renovation, command: FailReinspection, actor: Actor) -> None:
    """A re-inspection found a fault: the acceptance is done again (domain §3, `accepted→completed`)."""
    sheet = queries.current(renovation)
    if sheet is not None:
        _supersede(sheet, command.reason)
    acceptances.reopen(renovation, command.reason)
    filing.attach_all(renovation, STAGE, Kind.ACCEPTANCE_PHOTO, list(command.photos), actor, "reinspection", "photos")
    advance(renovation, Action.FAIL_REINSPECTION, actor, command.reason)


def reopen(renovation: Renovation, command: Reopen, actor: Actor) -> None:
    """Take an approved sheet out of force and settle again; nothing that was paid may still be out."""
    sheet = _sheet(renovation, SheetState.APPROVED)
    if queries.paid_fen(renovation):
        raise Conflict("钱已经拨付到账，不能退回结算。银行退款后才能重新结算。")
    _supersede(sheet, command.reason)
    advance(renovation, Action.REOPEN_SETTLEMENT, actor, command.reason, {"version": sheet.version})
