"""Use cases of objections: recorded, dismissed, investigated, upheld. Each holds up its own household only."""

from sqlalchemy import func, select

from ...core import clock
from ...core.db import db
from ...core.errors import RuleViolation
from ...lifecycle import Action, Stage, Status
from ...permissions import Actor
from ...renovation.models import Renovation
from ...renovation.operations import Missing
from ...renovation.progress import advance, note
from . import notice_queries as reads
from . import queries
from .decisions import reject_on, require_county, resolve
from .notice_models import (
    Objection,
    Rejection,
)
from .notice_rules import (
    AnswerObjection,
    EntryEnd,
    ObjectionState,
    RecordObjection,
    Reject,
    UpholdObjection,
)
from .notice_service import end_due, leave


def record_objection(renovation: Renovation, command: RecordObjection, actor: Actor) -> Objection:
    """Write down an objection as it came in; it holds up this household only."""
    if command.received_on > clock.today():
        raise RuleViolation("收到日期不能晚于今天。", "received_on")
    found = reads.entry(renovation)
    last = db.session.scalar(select(func.max(Objection.seq)).where(Objection.renovation_id == renovation.id))
    objection = Objection(
        renovation_id=renovation.id,
        notice_id=found.notice_id if found else None,
        seq=(last or 0) + 1,
        received_on=command.received_on,
        channel=command.channel,
        objector=command.objector,
        objector_phone=command.objector_phone,
        content=command.content,
        state=ObjectionState.OPEN,
        reply="",
        recorded_at=clock.now(),
        recorded_by=actor.user_id,
        recorded_by_name=actor.name,
    )
    db.session.add(objection)
    note(renovation, Stage.APPLICATION, "收到异议", actor, details={"objection": objection.seq})
    return objection


def dismiss_objection(renovation: Renovation, command: AnswerObjection, actor: Actor) -> None:
    """An objection is not right: outcome and reply. When the period is over meanwhile, the notice ends at once."""
    objection = _waiting_objection(renovation, command.objection)
    resolve(objection, ObjectionState.DISMISSED, command.reply, actor)
    note(renovation, Stage.APPLICATION, "异议不成立", actor, details={"objection": objection.seq})
    if renovation.status is Status.REVIEWED:
        end_due(renovation.id, clock.today())


def investigate_objection(renovation: Renovation, command: AnswerObjection, actor: Actor) -> None:
    """An objection must be looked into: the household is taken off the notice and goes back to the review."""
    objection = _waiting_objection(renovation, command.objection)
    objection.reply = command.reply
    for one in reads.unresolved(renovation):
        one.state = ObjectionState.INVESTIGATING
    leave(reads.running_entry(renovation), EntryEnd.WITHDRAWN)
    advance(renovation, Action.INVESTIGATE, actor, "异议需要调查", {"objection": objection.seq})


def uphold_objection(renovation: Renovation, command: UpholdObjection, actor: Actor) -> Rejection:
    """The county finds an objection right: a clause fails now that the fact is corrected, and the file is rejected."""
    require_county(actor, "异议成立的决定")
    objection = _waiting_objection(renovation, command.objection)
    resolve(objection, ObjectionState.UPHELD, command.reply, actor)
    leave(reads.running_entry(renovation), EntryEnd.REJECTED)
    reject_ = Reject(clauses=command.clauses, reason="经调查异议成立", letter=command.letter)
    return reject_on(renovation, reject_, actor, Action.UPHOLD_OBJECTION, {"objection": objection.seq})


def uphold_missing(renovation: Renovation) -> list[Missing]:
    """Nobody overrides a verdict: what the objection showed is corrected as a fact first."""
    if queries.verdict(renovation).failed:
        return []
    return [Missing("先在“核验条件”中按调查情况更正事实，使有关条件成为“不符合”", "application.verify")]


def _waiting_objection(renovation: Renovation, objection_id: int) -> Objection:
    found = next((one for one in reads.unresolved(renovation) if one.id == objection_id), None)
    if found is None:
        raise RuleViolation("请从列表中选择还没有处理的异议。", "objection")
    return found
