"""Pages of performance deposits: the tenders with theirs, one tender, and what is done to a deposit."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from ...core import clock
from ...core.commands import Command
from ...core.db import transaction
from ...core.errors import NotFound
from ...core.forms import Form
from ...core.money import display, yuan
from ...funds import deposit_queries as queries
from ...funds import deposit_service as service
from ...funds.deposit_models import Deposit
from ...funds.deposit_rules import (
    CorrectDeposit,
    DepositForm,
    ForfeitDeposit,
    ReceiveDeposit,
    ReturnDeposit,
    UndoEntry,
)
from ...identity.access import actor_or_none, current_actor, requires
from ...permissions import Actor, Permission
from ...renovation.web import send
from . import deposits

bp = Blueprint("deposits", __name__, url_prefix="/deposits")

READ, MANAGE, MONEY = Permission.DEPOSIT_READ, Permission.DEPOSIT_MANAGE, Permission.MONEY_READ


@bp.app_template_global()
def deposits_used() -> bool:
    """True for who may see deposits, where some programme asks or asked for them."""
    actor = actor_or_none()
    return actor is not None and queries.may_read(actor) and deposits.are_used()


@bp.app_template_global()
def deposit_states(organisation_id: int) -> dict[int, tuple[str, str]]:
    """Record id → what is to be said of the deposit and its tone, of a firm's tenders that one may see."""
    if not deposits_used():
        return {}
    found = deposits.tenders(current_actor(), organisation_id=organisation_id).tenders
    return {one.record.id: one.state for one in found}


@bp.get("/")
@requires(READ, MONEY)
def listed() -> str:
    """The tenders with a deposit, or for which one is asked, the newest first; `?before=` pages on."""
    page = deposits.tenders(current_actor(), request.args.get("before", type=int))
    return render_template("deposits/list.html", tenders=page.tenders, before=page.before)


@bp.get("/tenders/<int:record_id>")
@requires(READ, MONEY)
def tender(record_id: int) -> str:
    """One tender: what is due, what came in, what became of it."""
    actor = current_actor()
    found = deposits.tender(record_id, actor)
    return render_template(
        "deposits/tender.html",
        tender=found,
        keeps=deposits.keeps(found.record, actor),
        may_act=lambda deposit: deposits.may_act_on(deposit, actor),
        today=clock.today(),
    )


@bp.route("/tenders/<int:record_id>/receive", methods=["GET", "POST"])
@requires(MANAGE, MONEY)
def receive(record_id: int) -> Any:
    """Register what came in."""
    actor = current_actor()
    found = deposits.tender(record_id, actor)
    if not deposits.keeps(found.record, actor):
        raise NotFound("这个标段不由本地采购，履约保证金由采购的地区登记。")
    programmes = [(one.programme_key, one.name) for one in found.asking]
    replaceable = [(one.id, _named(one)) for one in found.replaceable]
    form = Form(ReceiveDeposit, _received(found), {"programme_key": programmes, "replaces": replaceable})
    if form.nested.get("form") == DepositForm.TRANSFER:
        form.nested.pop("guarantee_until", None)  # the page hides it, with what was typed before the choice was changed

    def work(command: ReceiveDeposit) -> None:
        if command.procurement_record_id != record_id:
            raise NotFound("没有这个标段，请返回重新打开。")
        with transaction():
            service.receive(command, actor)

    if form.run(work):
        flash("履约保证金已登记", "success")
        return redirect(url_for("deposits.tender", record_id=record_id))
    page = render_template(
        "deposits/receive.html", form=form, tender=found, programmes=programmes, replaceable=replaceable
    )
    return page, form.status


def _named(deposit: Deposit) -> str:
    until = f"，有效期至 {deposit.guarantee_until}" if deposit.guarantee_until else ""
    return f"{deposit.form.label} {deposit.voucher}，{display(deposit.left_fen)}{until}"


def _received(found: deposits.Tender) -> dict[str, Any]:
    """What the form opens with: what is still lacking, today, the one programme that asks."""
    return {
        "procurement_record_id": found.record.id,
        "programme_key": found.asking[0].programme_key if len(found.asking) == 1 else "",
        "form": DepositForm.TRANSFER,
        "amount": yuan(max((found.due_fen or 0) - found.covered_fen, 0)) if found.lacks and found.due_fen else "",
        "received_on": clock.today().isoformat(),
    }


@bp.route("/<int:deposit_id>/return", methods=["GET", "POST"])
@requires(MANAGE, MONEY)
def give_back(deposit_id: int) -> Any:
    """Return a deposit or a part of it."""
    return _act(
        deposit_id,
        ReturnDeposit,
        lambda deposit, command, actor: service.give_back(deposit, command, actor, deposits.refusal_of(deposit)),
        "deposits/return.html",
        "退还已登记",
    )


@bp.route("/<int:deposit_id>/forfeit", methods=["GET", "POST"])
@requires(MANAGE, MONEY)
def forfeit(deposit_id: int) -> Any:
    """Keep a part of a deposit, or all of it."""
    return _act(deposit_id, ForfeitDeposit, service.forfeit, "deposits/forfeit.html", "扣除已登记")


@bp.route("/<int:deposit_id>/correct", methods=["GET", "POST"])
@requires(MANAGE, MONEY)
def correct(deposit_id: int) -> Any:
    """Counter a deposit that was entered by mistake."""
    return _act(deposit_id, CorrectDeposit, service.correct, "deposits/correct.html", "已冲销，请重新登记正确的一笔")


@bp.route("/entries/<int:entry_id>/undo", methods=["GET", "POST"])
@requires(MANAGE, MONEY)
def undo(entry_id: int) -> Any:
    """Counter a return or a forfeiture that was entered by mistake."""
    entry = queries.entry(entry_id, current_actor())
    return _act(
        entry.deposit_id,
        UndoEntry,
        lambda deposit, command, actor: service.undo(deposit, entry_id, command, actor),
        "deposits/undo.html",
        "已冲回，余额恢复；实际办理的请重新登记",
        entry=entry,
    )


def _act(
    deposit_id: int,
    command_class: type[Command],
    use_case: Callable[[Deposit, Any, Actor], Any],
    template: str,
    done: str,
    **shown: Any,
) -> Any:
    """Show the form of what is done to a deposit, or carry it out and go back to the tender."""
    actor = current_actor()
    found = queries.deposit(deposit_id, actor)
    if not deposits.may_act_on(found, actor):
        raise NotFound("这笔履约保证金不由本单位登记，请联系登记的单位。")
    record_id, today = found.procurement_record_id, clock.today().isoformat()
    names = command_class.model_fields
    form = Form(command_class, {"day": today, "amount": yuan(found.left_fen)} if "amount" in names else None)

    def work(command: Command) -> None:
        with transaction():
            use_case(queries.deposit(deposit_id, actor), command, actor)

    if form.run(work):
        flash(done, "success")
        return redirect(url_for("deposits.tender", record_id=record_id))
    held = deposits.held(queries.deposit(deposit_id, actor))
    return render_template(template, form=form, held=held, today=clock.today(), **shown), form.status


@bp.get("/<int:deposit_id>/paper")
@requires(READ, MONEY)
def show_paper(deposit_id: int) -> Any:
    """The slip or the guarantee with which a deposit came in."""
    return _send(queries.deposit(deposit_id, current_actor()).paper_id)


@bp.get("/entries/<int:entry_id>/paper")
@requires(READ, MONEY)
def show_entry_paper(entry_id: int) -> Any:
    """The paper of a return or a forfeiture."""
    return _send(queries.entry(entry_id, current_actor()).paper_id)


def _send(paper_id: int | None) -> Any:
    if paper_id is None:
        raise NotFound("登记时没有上传文件。")
    return send(paper_id, "view")
