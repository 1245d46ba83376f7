"""A county whose programme asks building firms for a deposit, and tenders with and without one."""

from datetime import date, timedelta
from typing import Any

from app.core import clock
from app.core.db import db, transaction
from app.core.money import yuan
from app.funds import deposit_queries as queries
from app.funds import deposit_service as service
from app.funds.deposit_rules import CorrectDeposit, ForfeitDeposit, ReceiveDeposit, ReturnDeposit, UndoEntry
from app.permissions import Actor, Role
from app.places import service as places
from app.places.models import Organisation, ProcurementRecord
from app.places.queries import organisation
from app.places.rules import AddProcurement, OrganisationKind
from app.stages.settlement import deposits
from tests.application.notice_support import publish_tables
from tests.assessment.support import photo
from tests.factories import people
from tests.factories.applications import KEY

TERMS: dict[str, Any] = {"percent": 5, "required_before": "dispatch", "release": "acceptance", "days": 30}
AWARD, DUE = "400000.00", 20_000_00


def ask(**terms: Any) -> None:
    """Put the programme in force with these terms of the deposit."""
    publish_tables(deposit=TERMS | terms)


def ask_too(**terms: Any) -> None:
    """A second programme asks as well, led by the federation."""
    publish_tables(programme={"id": "other-2026", "lead": "federation"}, deposit=TERMS | terms)


def tender(firm: Organisation | None = None, award: str | None = AWARD, code: str = people.COUNTY, **facts: Any) -> int:
    """A firm's tender in the county, in force now."""
    today, firm = clock.today(), firm or people.make_firm()
    keeper = people.actor(Role.COUNTY, code=code) if code != people.CITY else people.actor(Role.ADMIN, code=code)
    command: dict[str, Any] = {
        "kind": OrganisationKind.CONTRACTOR,
        "lot": f"YL-{firm.id}",
        "region_id": people.region(code).id,
        "valid_from": today - timedelta(days=400),
        "valid_to": today + timedelta(days=300),
        "award": award,
    } | facts
    with transaction():
        return places.add_procurement(organisation(firm.id), AddProcurement.model_validate(command), keeper).id


def receive(record_id: int, actor: Actor, fen: int = DUE, **facts: Any) -> int:
    """Something comes in for a tender."""
    typed: dict[str, Any] = {
        "procurement_record_id": record_id,
        "programme_key": KEY,
        "form": "transfer",
        "amount": yuan(fen),
        "received_on": clock.today(),
        "voucher": "P-1",
    } | facts
    with transaction():
        return service.receive(ReceiveDeposit.model_validate(typed), actor).id


def give_back(deposit_id: int, actor: Actor, fen: int, **facts: Any) -> None:
    typed = {
        "amount": yuan(fen),
        "day": clock.today(),
        "voucher": "R-1",
        "reason": "全部验收",
        "paper": facts.get("paper") or photo(actor),
    }
    with transaction():
        found = queries.deposit(deposit_id, actor)
        refused = deposits.held(found).release.refusal(clock.today())
        service.give_back(found, ReturnDeposit.model_validate(typed | facts), actor, refused)


def forfeit(deposit_id: int, actor: Actor, fen: int, **facts: Any) -> None:
    typed = {"amount": yuan(fen), "day": clock.today(), "document": "云民罚〔2026〕1号", "reason": "擅自停工",
             "paper": facts.get("paper") or photo(actor)}  # fmt: skip
    with transaction():
        command = ForfeitDeposit.model_validate(typed | facts)
        service.forfeit(queries.deposit(deposit_id, actor), command, actor)


def correct(deposit_id: int, actor: Actor) -> None:
    with transaction():
        service.correct(queries.deposit(deposit_id, actor), CorrectDeposit(reason="金额看错"), actor)


def undo(deposit_id: int, actor: Actor, place: int = -1) -> None:
    """The entry at that place was booked by mistake."""
    with transaction():
        found = queries.deposit(deposit_id, actor)
        service.undo(found, found.entries[place].id, UndoEntry(reason="金额多写了一位"), actor)


def left(deposit_id: int, actor: Actor) -> int:
    return queries.deposit(deposit_id, actor).left_fen


def held(deposit_id: int, actor: Actor) -> deposits.Held:
    return deposits.held(queries.deposit(deposit_id, actor))


def end_term(record_id: int, on: date) -> None:
    """The tender's term is over."""

    with transaction():
        db.session.get_one(ProcurementRecord, record_id).valid_to = on
