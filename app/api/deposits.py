"""Performance deposits: the tenders of a scope with theirs, and what is done to a deposit."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Response, request

from ..core.commands import Command, Yuan
from ..core.db import transaction
from ..core.errors import NotFound
from ..core.money import yuan
from ..core.submissions import first_time
from ..funds import deposit_queries as queries
from ..funds import deposit_service as service
from ..funds.deposit_models import Deposit, DepositEntry
from ..funds.deposit_rules import (
    CorrectDeposit,
    DepositForm,
    DepositMove,
    ForfeitDeposit,
    ReceiveDeposit,
    ReturnDeposit,
    UndoEntry,
)
from ..identity.access import current_actor, requires
from ..permissions import Actor, Permission
from ..stages.settlement import deposits
from .exchange import answer, body, idempotency_key
from .letters import before
from .schemas import Answer

READ, MANAGE, MONEY = Permission.DEPOSIT_READ, Permission.DEPOSIT_MANAGE, Permission.MONEY_READ


class EntryAnswer(Answer):
    """A return, a forfeiture or a countering."""

    id: int
    move: DepositMove
    amount: Yuan
    day: date
    document: str
    reason: str
    undone: str | None
    """Why it was countered; null where it holds."""


class DepositAnswer(Answer):
    """One deposit, from which day it may go back (null: not known yet, `waits_for` says why), and what became of it."""

    id: int
    form: DepositForm
    amount: Yuan
    left: Yuan
    received_on: date
    voucher: str
    guarantee_until: date | None
    replaces: int | None
    programme: str
    release_on: date | None
    waits_for: str
    state: str
    entries: list[EntryAnswer]


class TenderAnswer(Answer):
    """A tender: what is due for it (null: its award is not entered), what covers it, its deposits."""

    record_id: int
    organisation_id: int
    organisation: str
    lot: str
    region: str
    award: Yuan | None
    due: Yuan | None
    covered: Yuan
    state: str
    programmes: list[str]
    homes: int
    homes_open: int
    deposits: list[DepositAnswer]


class Tenders(Answer):
    """The tenders with a deposit, or for which one is asked, the newest first; `next_before` asks for older ones."""

    items: list[TenderAnswer]
    next_before: int | None


@requires(READ, MONEY)
def list_deposits() -> Response:
    """The tenders of the caller's scope with their deposits; a building firm's own."""
    page = deposits.tenders(current_actor(), before())
    return answer(Tenders(items=[_tender(one) for one in page.tenders], next_before=page.before))


@requires(READ, MONEY)
def show_tender(record_id: int) -> Response:
    """One tender with its deposits."""
    return answer(_tender(deposits.tender(record_id, current_actor())))


@requires(MANAGE, MONEY)
def receive() -> Response:
    """Register what came in; the same Idempotency-Key again does nothing."""
    command, actor, key = body(ReceiveDeposit), current_actor(), idempotency_key(required=True)
    with transaction():
        if first_time(actor.sender, key, f"deposit.receive|{command.model_dump_json()}"):
            service.receive(command, actor)
    return answer(_tender(deposits.tender(command.procurement_record_id, actor)), 201)


@requires(MANAGE, MONEY)
def give_back(deposit_id: int) -> Response:
    """Return a deposit or a part of it."""
    return _act(
        deposit_id,
        ReturnDeposit,
        lambda deposit, command, actor: service.give_back(deposit, command, actor, deposits.refusal_of(deposit)),
    )


@requires(MANAGE, MONEY)
def forfeit(deposit_id: int) -> Response:
    """Keep a part of a deposit, or all of it."""
    return _act(deposit_id, ForfeitDeposit, service.forfeit)


@requires(MANAGE, MONEY)
def correct(deposit_id: int) -> Response:
    """Counter a deposit that was entered by mistake."""
    return _act(deposit_id, CorrectDeposit, service.correct)


@requires(MANAGE, MONEY)
def undo(entry_id: int) -> Response:
    """Counter a return or a forfeiture that was entered by mistake."""
    deposit_id = queries.entry(entry_id, current_actor()).deposit_id
    return _act(deposit_id, UndoEntry, lambda deposit, command, actor: service.undo(deposit, entry_id, command, actor))


def _act(deposit_id: int, command_class: type[Command], use_case: Callable[[Deposit, Any, Actor], Any]) -> Response:
    actor = current_actor()
    found = queries.deposit(deposit_id, actor)
    if not deposits.may_act_on(found, actor):
        raise NotFound("这笔履约保证金不由本单位登记，请联系登记的单位。")
    command, key = body(command_class), idempotency_key(required=True)
    record_id = found.procurement_record_id
    with transaction():
        if first_time(actor.sender, key, f"{request.path}|{command.model_dump_json()}"):
            use_case(queries.deposit(deposit_id, actor), command, actor)
    return answer(_tender(deposits.tender(record_id, actor)))


def _tender(found: deposits.Tender) -> TenderAnswer:
    record, due = found.record, found.due_fen
    return TenderAnswer.model_validate(
        {
            "record_id": record.id,
            "organisation_id": record.organisation_id,
            "organisation": record.organisation.name,
            "lot": record.lot,
            "region": record.region.code,
            "award": None if record.award_fen is None else yuan(record.award_fen),
            "due": None if due is None else yuan(due),
            "covered": yuan(found.covered_fen),
            "state": found.state[0],
            "programmes": [one.programme_key for one in found.asking],
            "homes": found.progress.homes,
            "homes_open": found.progress.still_open,
            "deposits": [_deposit(one, found.today) for one in found.held],
        }
    )


def _deposit(one: deposits.Held, today: date) -> dict[str, Any]:
    found = one.deposit
    return {
        "id": found.id,
        "form": found.form,
        "amount": yuan(found.amount_fen),
        "left": yuan(found.left_fen),
        "received_on": found.received_on,
        "voucher": found.voucher,
        "guarantee_until": found.guarantee_until,
        "replaces": found.replaces_id,
        "programme": found.programme_version.programme_key,
        "release_on": one.release.on,
        "waits_for": one.release.waits_for,
        "state": one.state(today)[0],
        "entries": [_entry(entry) for entry in found.entries],
    }


def _entry(entry: DepositEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "move": entry.move,
        "amount": yuan(entry.amount_fen),
        "day": entry.day,
        "document": entry.document,
        "reason": entry.reason,
        "undone": entry.undo.reason if entry.undo is not None else None,
    }
