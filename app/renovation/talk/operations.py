"""The operations: open to everybody who may remark, in every status, whatever others change meanwhile."""

from collections.abc import Callable
from typing import Any

from ...core import clock
from ...core.commands import Command
from ...lifecycle import Stage
from ...permissions import Actor, Permission
from ..models import Renovation
from ..operations import Operation
from ..rules import Remark
from . import queries, service
from .rules import CloseToDo, LogCall, PlanToDo


def _people(renovation: Renovation) -> dict[str, Any]:
    return {
        "choices": {"assignee": [(one.id, f"{one.name}（{one.staff_no}）") for one in queries.people_of(renovation)]}
    }


def _to_dos(renovation: Renovation) -> dict[str, Any]:
    found = queries.open_to_dos(renovation)
    return {"choices": {"to_do": [(one.id, f"{one.kind.label}：{one.text}（{one.assignee_name}）") for one in found]}}


def _proposed(renovation: Renovation) -> dict[str, Any]:
    proposed = queries.proposal(queries.to_dos(renovation))
    if proposed is None:
        return {"due_on": clock.today()}
    return {"kind": proposed.kind, "text": proposed.text, "due_on": queries.proposed_day(proposed)}


def _now(_renovation: Renovation) -> dict[str, Any]:
    return {"on": clock.today(), "time": clock.local(clock.now()).strftime("%H:%M")}


def _first_open(renovation: Renovation) -> dict[str, Any]:
    found = queries.open_to_dos(renovation)
    return {"to_do": found[0].id} if len(found) == 1 else {}


def _anytime(
    name: str,
    title: str,
    command: type[Command],
    run: Callable[[Renovation, Any, Actor], Any],
    **more: Any,
) -> Operation:
    return Operation(
        name,
        Stage.APPLICATION,
        title,
        Permission.RENOVATION_COMMENT,
        command,
        run,
        additive=True,
        while_suspended=True,
        **more,
    )


OPERATIONS: tuple[Operation, ...] = (
    _anytime("comment", "留言", Remark, service.remark),
    _anytime("plan_to_do", "安排待办", PlanToDo, service.plan_to_do, context=_people, initial=_proposed),
    _anytime(
        "close_to_do",
        "办结待办",
        CloseToDo,
        service.close_to_do,
        available=queries.has_open,
        context=_to_dos,
        initial=_first_open,
    ),
    _anytime("log_call", "登记电话", LogCall, service.log_call, initial=_now),
)
"""What people say and plan belongs to no step: it stands beside the timeline, not among the file's buttons."""

KEYS = frozenset(operation.key for operation in OPERATIONS)
