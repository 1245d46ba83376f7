"""What people do: remark and mention, plan, finish and drop a to-do, log a call."""

from datetime import date, datetime, time, timedelta

from ...audit.service import record
from ...core import clock
from ...core.db import db
from ...core.errors import Conflict, DomainError, RuleViolation, RuleViolations
from ...lifecycle import STAGE_OF
from ...permissions import Actor
from ..models import Comment, Kind, Renovation
from ..rules import Remark
from ..service import add_comment, attach_all
from . import queries
from .models import Mention, PhoneCall, ToDo
from .rules import CloseToDo, LogCall, Outcome, PlanToDo, ToDoKind, mentioned

FURTHEST = timedelta(days=3 * 366)
"""How far from today a day may lie before it is a slip of the year."""


def remark(renovation: Renovation, command: Remark, actor: Actor) -> Comment:
    """Leave a remark with its papers, and tell the people it mentions; raises RuleViolations for an @ that means nobody.

    Whoever answers has seen what was said to them on this file.
    """
    people = queries.people_of(renovation) if "@" in command.text or "＠" in command.text else []
    wanted, problems = mentioned(command.text, people)
    refusals: list[DomainError] = [RuleViolation(problem, "text") for problem in problems]
    RuleViolations.raise_if_any(refusals)
    comment = add_comment(renovation, command.text, actor)
    attach_all(
        renovation, STAGE_OF[renovation.status], Kind.OTHER, command.files, actor,
        f"{queries.SUBJECT}{comment.id}", "files",
    )  # fmt: skip
    db.session.add_all(
        Mention(renovation_id=renovation.id, comment_id=comment.id, user_id=user_id, at=comment.at)
        for user_id in wanted
        if user_id != actor.user_id
    )
    see(renovation, actor)
    return comment


def see(renovation: Renovation, actor: Actor) -> int:
    """The person has seen every remark on the file that mentions them; how many there were. Safe to repeat."""
    found = queries.unseen(renovation, actor)
    for one in found:
        one.seen_at = clock.now()
    db.session.flush()
    return len(found)


def plan_to_do(renovation: Renovation, command: PlanToDo, actor: Actor) -> ToDo:
    """Plan something for oneself or for somebody who may see the file; raises RuleViolation for others and past days."""
    _check_day(command.due_on, "due_on", "到期日")
    return _plan(renovation, command.kind, command.text, command, actor)


def _check_day(day: date, field: str, name: str) -> None:
    """A day on which something can be due: from today on, and no slip of the year."""
    if day < clock.today():
        raise RuleViolation(f"{name}不能早于今天。", field)
    if day > clock.today() + FURTHEST:
        raise RuleViolation(f"{name}请选在三年以内。", field)


def _plan(renovation: Renovation, kind: ToDoKind, text: str, command: PlanToDo, actor: Actor) -> ToDo:
    wanted = command.assignee or actor.user_id
    person = next((one for one in queries.people_of(renovation) if one.id == wanted), None)
    if person is None:
        raise RuleViolation("请选择能看到这份档案的人。", "assignee")
    planned = ToDo(
        renovation_id=renovation.id,
        kind=kind,
        text=text,
        due_on=command.due_on,
        assignee_id=person.id,
        assignee_name=person.name,
        planned_at=clock.now(),
        planned_by=actor.user_id,
        planned_by_name=actor.name,
    )
    db.session.add(planned)
    db.session.flush()
    _record(renovation, "to_do.planned", actor, to_do=planned.id, kind=kind.value, due_on=command.due_on.isoformat(),
            assignee=person.id)  # fmt: skip
    return planned


def close_to_do(renovation: Renovation, command: CloseToDo, actor: Actor) -> None:
    """Mark a to-do as done, by whoever did it, or drop it with a reason.

    Raises Conflict when it is closed already, RuleViolation when a reason is missing.
    """
    found = queries.to_do(renovation, command.to_do)
    if found is None:
        raise Conflict("这件待办已经办完或取消。请刷新页面，看最新情况。")
    if command.outcome is Outcome.DONE:
        found.done_at, found.done_by, found.done_by_name = clock.now(), actor.user_id, actor.name
        found.result = command.result
    elif not command.result:
        raise RuleViolation("请写明为什么不用做了。", "result")
    else:
        found.ended_at, found.ended_reason = clock.now(), command.result
    db.session.flush()
    _record(renovation, f"to_do.{command.outcome.value}", actor, to_do=found.id)


def log_call(renovation: Renovation, command: LogCall, actor: Actor) -> PhoneCall:
    """Log a call that was made; with a day to call again it becomes the caller's to-do. Raises RuleViolation."""
    if command.on < clock.today() - FURTHEST:
        raise RuleViolation("日期请选在三年以内。", "on")
    at = datetime.combine(command.on, time.fromisoformat(command.time), clock.SHANGHAI)
    if at > clock.now():
        raise RuleViolation("通话时间不能晚于现在。", "on" if command.on > clock.today() else "time")
    call = PhoneCall(
        renovation_id=renovation.id,
        at=at,
        called=command.called,
        name=command.name,
        number=command.number,
        result=command.result,
        note=command.note,
        author_id=actor.user_id,
        author_name=actor.name,
        author_role=actor.role,
        logged_at=clock.now(),
    )
    if command.follow_up is not None:
        _check_day(command.follow_up, "follow_up", "再打的日期")
        words = f"再打给{command.called.label}"
        again = PlanToDo(kind=ToDoKind.CALL, text=words, due_on=command.follow_up)
        call.follow_up_id = _plan(renovation, ToDoKind.CALL, words, again, actor).id
    db.session.add(call)
    db.session.flush()
    _record(renovation, "call.logged", actor, call=call.id, called=command.called.value, result=command.result.value)
    return call


def _record(renovation: Renovation, event: str, actor: Actor, **facts: object) -> None:
    record(f"renovation:{renovation.number}", event, actor, facts)
