"""Use cases of performance deposits: one comes in, a part is returned, forfeited or countered. Callers open the unit of work.

Of any number of people who act at the same moment only so much leaves a deposit as it has: the counter moves by one
conditional UPDATE, and the tables' constraints refuse what would slip past it.
"""

from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from ..audit import service as audit
from ..core import clock
from ..core.db import db
from ..core.errors import Conflict, NotAllowed, NotFound, RuleViolation
from ..core.money import display
from ..evidence.queries import usable_by
from ..permissions import Actor, Permission, leads, may
from ..places.models import ProcurementRecord
from ..places.service import chain
from ..programme.models import ProgrammeVersion
from . import deposit_intake
from . import deposit_queries as queries
from .deposit_models import Deposit, DepositEntry, DepositUndo
from .deposit_rules import CorrectDeposit, DepositMove, ForfeitDeposit, ReceiveDeposit, ReturnDeposit, UndoEntry

SLIPS = {DepositMove.RETURN: "凭证号", DepositMove.FORFEIT: "决定文号"}
"""What tells one return, one forfeiture from another."""


def receive(command: ReceiveDeposit, actor: Actor) -> Deposit:
    """Register what a firm deposited for its tender, by the terms of the programme in force.

    All that is held at a time is at most the lawful tenth; one that names which it replaces counts in its stead.
    Raises NotAllowed, NotFound (outside the scope), RuleViolation (below what is due, above the lawful tenth, days,
    award unknown), Conflict (the slip is entered already, or the other one is replaced already).
    """
    record = queries.tender(command.procurement_record_id, actor)
    _check_may(record, actor)
    # two clerks who enter the same slip at the same moment queue here
    db.session.execute(select(ProcurementRecord.id).where(ProcurementRecord.id == record.id).with_for_update())
    version = deposit_intake.asking(record, command, actor)
    deposit_intake.check_new(record, command)
    replaced = deposit_intake.replaced(record, command, actor)
    due = deposit_intake.check_amount(record, version, command, replaced)
    deposit_intake.check_days(record, version, command)
    _check_paper(command.paper, actor)
    made = Deposit(
        procurement_record_id=record.id,
        programme_version_id=version.id,
        form=command.form,
        amount_fen=command.amount,
        gone_fen=0,
        due_fen=due,
        received_on=command.received_on,
        voucher=command.voucher,
        guarantee_until=command.guarantee_until,
        paper_id=command.paper,
        replaces_id=command.replaces,
        recorded_at=clock.now(),
        recorded_by=actor.user_id,
        recorded_by_name=actor.name,
    )
    db.session.add(made)
    db.session.flush()
    facts = {"deposit": made.id, "lot": record.lot, "amount_fen": made.amount_fen, "form": made.form.value}
    facts |= {"replaces": made.replaces_id} if made.replaces_id is not None else {}
    audit.record(chain(record.organisation), "deposit.received", actor, facts | {"programme": version.programme_key})
    return made


def give_back(deposit: Deposit, command: ReturnDeposit, actor: Actor, refused: str) -> DepositEntry:
    """Return the deposit or a part of it. `refused` says why it is not due yet; more than what is due may go before.

    `deposit` as `deposit_queries.deposit` gives it. Raises RuleViolation (not due, more than is left, days), Conflict (the slip is entered already).
    """
    _check_may(deposit.record, actor, deposit.programme_version)
    turn = _check_once(deposit, DepositMove.RETURN, command.voucher)
    spare = _spare_fen(deposit)
    goes = 0 if deposit.is_expired(clock.today()) else command.amount
    if refused and goes > spare:
        more = f"现在最多退还超出应缴数的 {display(spare)}。" if spare else "到期后再退。"
        raise RuleViolation(f"{refused}{more}", "amount")
    _check_paper(command.paper, actor)
    return _take(deposit, DepositMove.RETURN, command.amount, command.day, command.voucher, command.reason,
                 command.paper, actor, turn)  # fmt: skip


def _spare_fen(deposit: Deposit) -> int:
    """Fen of it that may go before the tender is over: all of it once another came in for it, else what is not due."""
    standing = queries.standing([deposit.procurement_record_id])[deposit.procurement_record_id]
    if any(one.replaces_id == deposit.id for one in standing):
        return deposit.left_fen
    return max(sum(one.covers_fen(clock.today()) for one in standing) - deposit.due_fen, 0)


def forfeit(deposit: Deposit, command: ForfeitDeposit, actor: Actor) -> DepositEntry:
    """Keep a part of the deposit, or all of it, by a decision that the firm was served with; raises as `give_back`."""
    _check_may(deposit.record, actor, deposit.programme_version)
    turn = _check_once(deposit, DepositMove.FORFEIT, command.document)
    if deposit.is_expired(command.day):
        raise RuleViolation("保函那天已经到期，不能再要求兑付。", "day")
    _check_paper(command.paper, actor)
    return _take(deposit, DepositMove.FORFEIT, command.amount, command.day, command.document, command.reason,
                 command.paper, actor, turn)  # fmt: skip


def correct(deposit: Deposit, command: CorrectDeposit, actor: Actor) -> DepositEntry:
    """Counter a deposit that was entered by mistake: as a whole, and only while nothing has left it."""
    _check_may(deposit.record, actor, deposit.programme_version)
    _check_once(deposit, DepositMove.CORRECT, "")
    if deposit.gone_fen:
        raise Conflict("这一笔已经退还或扣除过，不能冲销；退还或扣除登记错的，请先把那一条冲回。")
    return _take(deposit, DepositMove.CORRECT, deposit.amount_fen, clock.today(), "", command.reason, None, actor)


def undo(deposit: Deposit, entry_id: int, command: UndoEntry, actor: Actor) -> DepositUndo:
    """Counter a return or a forfeiture that was entered by mistake: its sum stands again, the entry stays to be read.

    `deposit` as `deposit_queries.deposit` gives it. Raises NotAllowed, NotFound (no entry of it), RuleViolation (it is a countering itself),
    Conflict (countered already, or another one came in by now for the deposit that this one replaced).
    """
    _check_may(deposit.record, actor, deposit.programme_version)
    _hold(deposit)
    entry = next((one for one in deposit.entries if one.id == entry_id), None)
    if entry is None:
        raise NotFound("没有这条记录，或不在您的查看范围内。")
    if entry.move is DepositMove.CORRECT:
        raise RuleViolation("整笔冲销的不能恢复，请重新登记收到的履约保证金。")
    _check_not_undone(entry)
    _check_room(deposit)
    made = DepositUndo(
        entry_id=entry.id, reason=command.reason, at=clock.now(), actor_id=actor.user_id, actor_name=actor.name
    )
    db.session.add(made)
    db.session.flush()
    back = update(Deposit).where(Deposit.id == deposit.id).values(gone_fen=Deposit.gone_fen - entry.amount_fen)
    db.session.execute(back, execution_options={"synchronize_session": False})
    db.session.expire(deposit, ["gone_fen", "entries"])
    db.session.expire(entry, ["undo"])
    facts = {"deposit": deposit.id, "lot": deposit.record.lot, "amount_fen": entry.amount_fen}
    facts |= {"entry": entry.id, "move": entry.move.value, "reason": command.reason}
    audit.record(chain(deposit.record.organisation), "deposit.undo", actor, facts)
    return made


def _check_not_undone(entry: DepositEntry) -> None:
    found = db.session.scalars(select(DepositUndo).where(DepositUndo.entry_id == entry.id)).first()
    if found is not None:
        raise Conflict(f"这一条{entry.move.label} {clock.civil(found.at)} 已经由{found.actor_name}冲回，不用再办。")


def _check_room(deposit: Deposit) -> None:
    """Raises Conflict where another one came in for the same deposit after nothing was left of this one."""
    if deposit.replaces_id is None or deposit.left_fen:
        return
    standing = queries.standing([deposit.procurement_record_id])[deposit.procurement_record_id]
    other = next((one for one in standing if one.replaces_id == deposit.replaces_id), None)
    if other is not None:
        raise Conflict(f"凭证号 {other.voucher} 的一笔已经换下了同一笔，请先冲销那一笔，再冲回这一条。")


def _hold(deposit: Deposit) -> None:
    """Whoever else acts on the deposit queues here: what is read from now on is all there is."""
    db.session.execute(select(Deposit.id).where(Deposit.id == deposit.id).with_for_update())
    db.session.refresh(deposit, ["gone_fen"])


def _take(
    deposit: Deposit,
    move: DepositMove,
    amount_fen: int,
    day: date,
    document: str,
    reason: str,
    paper: int | None,
    actor: Actor,
    turn: int = 0,
) -> DepositEntry:
    if amount_fen > deposit.left_fen:
        raise RuleViolation(f"这一笔还有 {display(deposit.left_fen)}，不能{move.label}更多。", "amount")
    if not deposit.received_on <= day <= clock.today():
        text = f"{move.label}日期不能早于收到保证金那天（{deposit.received_on}），也不能晚于今天。"
        raise RuleViolation(text, "day")
    counter = update(Deposit).where(Deposit.id == deposit.id, Deposit.gone_fen + amount_fen <= Deposit.amount_fen)
    moved = db.session.execute(
        counter.values(gone_fen=Deposit.gone_fen + amount_fen).returning(Deposit.id),
        execution_options={"synchronize_session": False},
    )
    if moved.first() is None:
        raise Conflict("这一笔刚刚由他人办理过，请刷新页面后核对余额。", "amount")
    entry = DepositEntry(
        deposit_id=deposit.id,
        move=move,
        amount_fen=amount_fen,
        day=day,
        document=document,
        turn=turn,
        reason=reason,
        paper_id=paper,
        at=clock.now(),
        actor_id=actor.user_id,
        actor_name=actor.name,
    )
    db.session.add(entry)
    db.session.flush()
    db.session.expire(deposit, ["gone_fen", "entries"])
    facts = {"deposit": deposit.id, "lot": deposit.record.lot, "amount_fen": amount_fen, "reason": reason}
    audit.record(chain(deposit.record.organisation), f"deposit.{move.value}", actor, facts)
    return entry


def _check_once(deposit: Deposit, move: DepositMove, document: str) -> int:
    """How many entries of this slip were countered before; raises Conflict where one holds, or the deposit is countered.

    Holds the deposit until the end.
    """
    _hold(deposit)
    same = (
        select(DepositEntry)
        .where(DepositEntry.deposit_id == deposit.id, DepositEntry.move == move, DepositEntry.document == document)
        .options(joinedload(DepositEntry.undo))
        .execution_options(populate_existing=True)
    )
    found = db.session.scalars(same).all()
    entered = next((one for one in found if one.undo is None), None)
    if entered is None:
        return len(found)
    if move is DepositMove.CORRECT:
        raise Conflict(f"这一笔 {entered.day} 已经冲销，不用再办。")
    raise Conflict(
        f"{SLIPS[move]} {document} 已经登记过：{entered.day} {move.label} {display(entered.amount_fen)}，不用再办。"
        f"确是另一次{move.label}的，请写它自己的{SLIPS[move]}；上次登记错的，请先冲回。",
        "voucher" if move is DepositMove.RETURN else "document",
    )


def _check_may(record: ProcurementRecord, actor: Actor, version: ProgrammeVersion | None = None) -> None:
    if not may(actor, Permission.DEPOSIT_MANAGE):
        raise NotAllowed("您的岗位不能登记履约保证金，请由民政局办理。")
    if not record.region.path.startswith(actor.region_path or "-"):
        raise NotAllowed(f"这个标段由{record.region.name}采购，履约保证金由当地登记。")
    if version is not None and not leads(actor, version.office):
        raise NotAllowed(f"这个项目由{version.office.label}牵头，履约保证金由{version.office.at_county}登记。")


def _check_paper(paper: int | None, actor: Actor) -> None:
    if paper is not None and not usable_by(paper, actor.user_id):
        raise RuleViolation("没有找到这个文件，请重新上传。", "paper")
