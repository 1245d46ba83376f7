"""The only writer of a status, and the timeline."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, cast

from sqlalchemy import Table, bindparam, func, insert, select

from ..audit.chain import keyed
from ..audit.service import record
from ..core import clock, workdays
from ..core.crypto import derived_key
from ..core.db import db
from ..core.errors import Conflict, NotAllowed
from ..lifecycle import PASSED_AT_ONCE, WHILE_SUSPENDED, Action, Stage, Status, Step, transition
from ..permissions import MAY_BE_GIVEN, SYSTEM, Actor, Office, Permission, Role, could, may, post
from ..programme.policy import Programme
from ..programme.queries import programme_of
from .models import Event, Renovation

Listener = Callable[[Renovation, Mapping[str, Any]], None]
LISTENERS: list[Listener] = []
"""Told of every row of the timeline inside the unit of work that writes it: letters stand above and are not known here."""

_EVENT = cast("Table", Event.__table__)
_LAST = select(func.coalesce(func.max(_EVENT.c.seq), 0)).where(_EVENT.c.renovation_id == bindparam("of"))
# the file is locked, so nobody else counts on at the same time; written out once, as every act of every person sends it;
# nobody asks for the new row's id
_ENTER = insert(_EVENT).values(seq=_LAST.scalar_subquery() + 1).inline()


def advance(
    renovation: Renovation,
    action: Action,
    actor: Actor,
    reason: str = "",
    details: dict[str, Any] | None = None,
    title: str = "",
) -> None:
    """Take a renovation one step along `lifecycle.TRANSITIONS` and write it on the timeline and the audit chain.

    The due day of the new status is counted from today in the programme's working days. `title` is what the timeline
    calls the step where the action's own words do not fit this programme. Raises Conflict when the table does not allow
    the step from here or the file is suspended, NotAllowed when the actor's role may not take it.
    """
    row = transition(action)
    if renovation.status not in row.sources:
        raise Conflict(
            f"这份档案现在是“{status_of(renovation)}”，不能办理“{action.label}”。请刷新页面，看最新进度后再办。"
        )
    if not entitled(renovation, row.permission, actor):
        raise NotAllowed(f"您的岗位不能办理“{action.label}”，请由有权限的同事办理。")
    programme = programme_of(renovation.programme_version_id)
    _check_who(programme, action, actor)
    if renovation.suspended_at is not None and action not in WHILE_SUSPENDED:
        raise Conflict(f"这份档案已暂停（{renovation.suspended_reason}），请先恢复再办理“{action.label}”。")
    due = _last_day(programme, row.target)  # asked before anything changes, so that the file is written once
    before, renovation.status = renovation.status, row.target
    renovation.due_on = due
    note(renovation, row.stage, title or action.label, actor, reason, details, (action, before, row.target))
    _pass_through(renovation)


def entitled(renovation: Renovation, task: Permission, actor: Actor) -> bool:
    """May this person do this on this file: the programme may have given the task to other roles than usual."""
    named = programme_of(renovation.programme_version_id).holders(task) if task in MAY_BE_GIVEN else ()
    if not named:
        return may(actor, task)
    return could(actor, task) and actor.role in {*named, Role.SYSTEM}


def _check_who(programme: Programme, action: Action, actor: Actor) -> None:
    """Of the roles that are entitled to a step, the programme may name those that take it."""
    alone = programme.who_alone(action)
    if alone and actor.role not in {*alone, Role.SYSTEM}:
        names = "、".join(post(role, programme.data.programme.lead) for role in alone)
        raise NotAllowed(f"按这个政策，“{action.label}”由{names}办理。")


def _pass_through(renovation: Renovation) -> None:
    """Where the programme leaves out the stage that begins here, the system goes on at once and says why."""
    for stage, actions in PASSED_AT_ONCE.items():
        rows = [action for action in actions if renovation.status in transition(action).sources]
        if rows and (why := left_out(renovation, stage)):
            advance(renovation, rows[-1] if renovation.ending else rows[0], SYSTEM, without(stage, why))


def left_out(renovation: Renovation, step: Stage | Step) -> str:
    """Why the file's programme has no such stage or step; "" when it has."""
    return programme_of(renovation.programme_version_id).left_out(step)


def status_of(renovation: Renovation) -> str:
    """What the file's programme calls its status."""
    return programme_of(renovation.programme_version_id).status_label(renovation.status)


def office_of(renovation: Renovation) -> Office:
    """Which of the county's offices leads the file's programme."""
    return programme_of(renovation.programme_version_id).data.programme.lead


def person_of(renovation: Renovation) -> str:
    """What the papers and pages of the file call the applicant: 老人, or 申请人 where the programme asks for no age."""
    return programme_of(renovation.programme_version_id).person


def is_without(renovation: Renovation, part: str) -> bool:
    """True when the file's programme has no such stage or step, by its code: `supervision`, `assessment`."""
    step: Stage | Step = Stage(part) if part in list(Stage) else Step(part)
    return bool(left_out(renovation, step))


def without(step: Stage | Step, why: str) -> str:
    """What the timeline says where something was passed because the programme leaves it out."""
    return f"本政策不设“{step.label}”{'环节' if isinstance(step, Stage) else ''}：{why}"


def due_on(renovation: Renovation, status: Status) -> date | None:
    """The last day of a status's time limit, None when the programme sets none."""
    return _last_day(programme_of(renovation.programme_version_id), status)


def _last_day(programme: Programme, status: Status) -> date | None:
    days = programme.time_limit(status)
    if days is None:
        return None
    if programme.data.time_limits.day_kind == "calendar":
        return clock.today() + timedelta(days=days)
    return workdays.calendar().add(clock.today(), days)


def note(
    renovation: Renovation,
    stage: Stage,
    title: str,
    actor: Actor,
    reason: str = "",
    details: dict[str, Any] | None = None,
    change: tuple[Action, Status, Status] | None = None,
) -> None:
    """Write a row on the timeline and the same on the file's audit chain; `details` hold no personal data.

    A reason is written by people and may name them, so the chain, which nobody can correct, keeps only its hash.
    """
    action, before, after = change or (None, None, None)
    at = clock.now()
    row = {
        "of": renovation.id,
        "renovation_id": renovation.id,
        "at": at,
        "actor_id": actor.user_id,
        "actor_name": actor.name,
        "role": actor.role,
        "stage": stage,
        "title": title,
        "action": action,
        "from_status": before,
        "to_status": after,
        "reason": reason,
        "details": details or {},
    }
    db.session.connection().execute(_ENTER, row)
    renovation.touched_at = at
    facts = {"title": title, "reason_hash": reason_hash(reason), **(details or {})}
    if change:
        renovation.status_since = at
        facts |= {"from": before and before.value, "to": after and after.value}
    record(f"renovation:{renovation.number}", action.value if action else "note", actor, **facts)
    db.session.flush()
    for listener in LISTENERS:
        listener(renovation, row)


def reason_hash(reason: str) -> str:
    """The keyed hash, 64 hex digits, that the audit chain keeps of a reason on the timeline; "" without a reason.

    With it the auditor's page tells whether the reason was changed later, and nobody can try out what it said.
    """
    return keyed(derived_key("timeline.reason"), reason) if reason else ""
