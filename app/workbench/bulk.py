"""What is done to many files at once, each as if it were done alone: asked for here, carried out by a job."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import Any

from sqlalchemy import select

from ..core.commands import Command
from ..core.crypto import open_text, seal_text
from ..core.db import db, transaction
from ..core.errors import Conflict, NotAllowed, NotFound, RuleViolation
from ..identity.shown import shown_name
from ..jobs.asking import asker, rights
from ..jobs.items import add_items, each, mark_done
from ..jobs.models import Job
from ..jobs.service import Task, enqueue, handler
from ..permissions import Actor, may
from ..programme.queries import given, holds_somewhere
from ..renovation.models import Renovation
from ..renovation.operations import Operation, perform
from ..renovation.progress import status_of
from ..renovation.queries import visible_to
from .bulk_kinds import Bulk
from .bulk_table import bulk_of

KIND = "bulk"
_PURPOSE = "job.command"
MOST = 5_000
"""So many files at once: an hour's work of one worker, and a form that every browser still sends."""
CHUNK = 500


def names(actor: Actor, numbers: Sequence[str]) -> dict[str, str]:
    """File number → the household's name as this person may see it; numbers outside the scope are left out."""
    if not numbers:
        return {}
    rows = db.session.execute(
        select(Renovation.number, Renovation.applicant_name).where(Renovation.number.in_(numbers), visible_to(actor))
    ).all()
    return {number: shown_name(actor, name) for number, name in rows}


def find(key: str, actor: Actor) -> Bulk:
    """The row of an operation's key for somebody who may do it; raises NotFound, NotAllowed."""
    bulk = bulk_of(key)
    if bulk is None:
        raise NotFound("没有这种批量办理，请从改造户列表进入。")
    task = bulk.operation.permission
    if not may(actor, task) and not holds_somewhere(actor, task, given()):
        raise NotAllowed(f"您的岗位不能办理“{bulk.operation.title}”，请由有权限的同事办理。")
    return bulk


def start(bulk: Bulk, numbers: Sequence[str], command: Command, actor: Actor, once: str) -> Job:
    """Ask for the operation on all these files; the same `once` again answers the same job. A unit of work of its own.

    Raises RuleViolation (none, too many), NotFound (a file outside the scope),
    NotAllowed, Conflict (the same `once` for something else).
    """
    find(bulk.key, actor)
    numbers = list(dict.fromkeys(numbers))
    _check(numbers)
    operation = bulk.operation
    payload: dict[str, Any] = {
        "title": f"{operation.title}（{len(numbers)} 户）",
        "operation": operation.key,
        "command": seal_text(_PURPOSE, command.model_dump_json()),  # reasons name people
        "files": sha256("\n".join(numbers).encode()).hexdigest(),
    } | rights(actor)
    with transaction():
        _check_scope(numbers, actor)
        job = enqueue(KIND, f"{actor.user_id}:{once}", payload, actor.user_id)
        if _said(job.payload) != _said(payload):
            raise Conflict("同一个提交编号不能用于不同的内容，请刷新页面后重新提交。")
        add_items(job, numbers)
    return job


def _said(payload: dict[str, Any]) -> dict[str, Any]:
    """A payload with its command in plain words: each sealing of the same words looks different."""
    return payload | {"command": open_text(_PURPOSE, payload["command"])}


def _check(numbers: Sequence[str]) -> None:
    if not numbers:
        raise RuleViolation("没有选中可以办理的改造户，请在列表中勾选。", "numbers")
    if len(numbers) > MOST:
        raise RuleViolation(f"一次最多办理 {MOST:,} 户，现在选了 {len(numbers):,} 户，请分批办理。", "numbers")


def _check_scope(numbers: Sequence[str], actor: Actor) -> None:
    known: set[str] = set()
    for begin in range(0, len(numbers), CHUNK):
        some = numbers[begin : begin + CHUNK]
        known |= set(
            db.session.scalars(select(Renovation.number).where(Renovation.number.in_(some), visible_to(actor)))
        )
    lost = [number for number in numbers if number not in known]
    if lost:
        more = f"等 {len(lost)} 份" if len(lost) > 3 else ""
        raise NotFound(f"没有这些档案，或不在您的查看范围内：{'、'.join(lost[:3])}{more}。请核对档案号。")


@handler(KIND, "批量办理")
def carry_out(task: Task) -> dict[str, Any]:
    """Do the operation to every file of the job that still waits, as the person who asked for it."""
    bulk = bulk_of(task.payload["operation"])
    if bulk is None:
        raise NotFound("这种批量办理已取消，请逐户办理。")
    actor = asker(task)
    command = bulk.operation.command.model_validate_json(open_text(_PURPOSE, task.payload["command"]))
    return each(task, partial(_do, bulk.operation, command, actor))


def _do(operation: Operation, command: Command, actor: Actor, number: str) -> str:
    """One file: through the same door as one by one, its result written in the same unit of work."""

    def run(renovation: Renovation, typed: Any, who: Actor) -> None:
        operation.run(renovation, typed, who)
        mark_done(_done(operation, renovation))

    return _done(operation, perform(replace(operation, run=run), number, command, actor))


def _done(operation: Operation, renovation: Renovation) -> str:
    if not operation.action:
        return f"已办理：{operation.title}"
    now = status_of(renovation)
    return f"已办理：{operation.title}，现在是“{now}”"
