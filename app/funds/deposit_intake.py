"""What must hold of a performance deposit that comes in: who asks for it, how much, until when, for which other one."""

from sqlalchemy import select

from ..core import clock
from ..core.db import db
from ..core.errors import Conflict, RuleViolation
from ..core.money import display
from ..permissions import Actor, Role
from ..places.models import ProcurementRecord
from ..programme.models import ProgrammeVersion
from . import deposit_queries as queries
from .deposit_models import Deposit, DepositEntry
from .deposit_rules import (
    GUARANTEE_YEARS,
    DepositMove,
    ReceiveDeposit,
    due_fen,
    earliest_receipt,
    latest_guarantee,
    most_fen,
)

LAW = "《招标投标法实施条例》第五十八条"


def asking(record: ProcurementRecord, command: ReceiveDeposit, actor: Actor) -> ProgrammeVersion:
    """The version by whose terms the deposit comes in; raises Conflict for an ended tender, RuleViolation where it does
    not ask for one here."""
    if record.ended_at is not None:
        raise Conflict("这条采购记录已经终止，不再收履约保证金。", "procurement_record_id")
    asking = queries.asking(record, clock.today(), actor)
    found = next((one for one in asking if one.programme_key == command.programme_key), None)
    if found is None:
        names = "、".join(one.name for one in asking)
        own = "里由本单位牵头的" if actor.role is Role.COUNTY and not record.programme_key else ""
        text = (
            f"这个标段只能按“{names}”收，请改选。"
            if names
            else f"标段 {record.lot} 适用的政策{own}都不收履约保证金，不用登记。"
        )
        raise RuleViolation(text, "programme_key")
    return found


def check_new(record: ProcurementRecord, command: ReceiveDeposit) -> None:
    """Raises Conflict where the slip came in before, unless that entry was countered as a mistake."""
    countered = select(DepositEntry.id).where(
        DepositEntry.deposit_id == Deposit.id, DepositEntry.move == DepositMove.CORRECT
    )
    same = select(Deposit).where(Deposit.procurement_record_id == record.id, Deposit.voucher == command.voucher)
    entered = db.session.scalars(same.where(~countered.exists())).first()
    if entered is not None:
        raise Conflict(
            f"凭证号 {entered.voucher} 已经登记过：{entered.received_on} 收到{entered.form.label}"
            f" {display(entered.amount_fen)}，不用再登记。确是另一笔的，请写它自己的凭证号。",
            "voucher",
        )


def replaced(record: ProcurementRecord, command: ReceiveDeposit, actor: Actor) -> Deposit | None:
    """The deposit that this one comes in for; raises where it cannot be replaced."""
    if command.replaces is None:
        return None
    standing = [one for one in queries.deposits(actor, [record.id]) if one.left_fen]
    found = next((one for one in standing if one.id == command.replaces), None)
    if found is None:
        raise RuleViolation("这个标段没有这一笔在押的履约保证金，请刷新页面后重选。", "replaces")
    other = next((one for one in standing if one.replaces_id == found.id), None)
    if other is not None:
        raise Conflict(f"这一笔已经由凭证号 {other.voucher} 的一笔换下，请先登记退还，再办下一次换新。", "replaces")
    return found


def check_amount(
    record: ProcurementRecord, version: ProgrammeVersion, command: ReceiveDeposit, replaced: Deposit | None
) -> int:
    """What is due in fen; raises where what then stands does not fulfil it, or is more than may be held.

    One that is replaced does not count any more, though it goes back only afterwards.
    """
    due = due_fen(queries.terms_of(version), record.award_fen)
    if due is None:
        text = f"标段 {record.lot} 没有登记中标金额，算不出应缴多少。请先在“单位”里补登中标金额，再来登记。"
        raise RuleViolation(text, "procurement_record_id")
    today = clock.today()
    stays = queries.covered_fen([record.id], today)[record.id] - (replaced.covers_fen(today) if replaced else 0)
    there = f"{'换下以后' if replaced else '现有'} {display(stays)}"
    if stays + command.amount < due:
        text = f"应缴 {display(due)}，{there}，还差 {display(due - stays)}。请单位缴足后再登记。"
        raise RuleViolation(text, "amount")
    most = most_fen(record.award_fen)
    if most is not None and stays + command.amount > most:
        more = display(max(most - stays, 0))
        text = f"在押的合计不能超过中标金额的 10%，即 {display(most)}（{LAW}）：{there}，最多再收 {more}。"
        raise RuleViolation(text + ("" if replaced or not stays else "换新保函的，请选“换下哪一笔”。"), "amount")
    return due


def check_days(record: ProcurementRecord, version: ProgrammeVersion, command: ReceiveDeposit) -> None:
    """Raises RuleViolation for a day that cannot be, or a guarantee that is over or runs too long."""
    today, first = clock.today(), earliest_receipt(record.valid_from)
    last = latest_guarantee(queries.terms_of(version), record.valid_to)
    until = command.guarantee_until
    if command.received_on > today:
        raise RuleViolation("收到日期不能晚于今天，请核对。", "received_on")
    if command.received_on < first:
        text = f"收到日期不能早于 {first}（标段 {record.valid_from} 开始，最多提前一年），请核对。"
        raise RuleViolation(text, "received_on")
    if until is not None and until < today:
        raise RuleViolation("这份保函已经到期，请单位换一份有效的。", "guarantee_until")
    if until is not None and until > last:
        text = f"保函有效期不能晚于 {last}（标段到期、满政策退还期后 {GUARANTEE_YEARS} 年），请核对。"
        raise RuleViolation(text, "guarantee_until")
