"""Operations: everything a person can do to a file, described once.

From one `Operation` come the page, the API's endpoint, the button on the file, the checklist of what is missing and the
row of the permission matrix. `perform` is the one door through which they all run.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..core import clock
from ..core.commands import Command
from ..core.db import db, transaction
from ..core.errors import Conflict, DomainError, NotAllowed, RuleViolation, RuleViolations
from ..core.submissions import first_time
from ..lifecycle import WHILE_SUSPENDED, Action, Stage, Status, Step, transition
from ..permissions import Actor, Permission, Role
from ..programme.queries import programme_of
from . import queries
from .models import Renovation
from .progress import entitled, left_out, office_of, status_of


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that is still needed, and where it is done: an operation ("plan.draft") or a tab of the file."""

    text: str
    operation: str = ""
    field: str = ""


def _nothing(_renovation: Renovation) -> list[Missing]:
    return []


def _no_context(_renovation: Renovation) -> dict[str, Any]:
    return {}


def _nothing_own(_renovation: Renovation, _actor: Actor) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that a person can do to a file.

    `action` gives the statuses in which it is open; an operation that changes no status lists them in `statuses`
    (empty = any). `run(renovation, command, actor)` is the service. `available` hides it where it makes no sense on
    this file; `missing` is the checklist before it can be done; `consequence` says before the act what will follow;
    `rests` says, where it is so, why nobody need do it now although they can: then it is not the next thing to do.
    `additive` operations (a photo, a remark) do not mind that somebody else changed the file meanwhile.
    `while_suspended` marks what a suspended file still takes: endings, remarks, and what others have a right to say or
    to get (an objection to the notice, a repair under the warranty); everything else waits until it is resumed.
    `part` is the stage or step that it belongs to where a programme may leave that out: without it nobody can do it;
    `instead_of` the step in whose place it stands: only without that can it be done.
    `only` says, where it is so, which of those who hold the permission it is for on this file.
    `aside` operations stand on a page of their own, not among the file's buttons.
    `owed` operations are what somebody is owed: open at all, they come first, wherever the file stands.
    """

    name: str
    stage: Stage
    title: str
    permission: Permission
    command: type[Command]
    run: Callable[[Renovation, Any, Actor], Any]
    action: Action | None = None
    statuses: frozenset[Status] = frozenset()
    available: Callable[[Renovation], bool] = lambda _renovation: True
    missing: Callable[[Renovation], list[Missing]] = _nothing
    consequence: Callable[[Renovation], str] = lambda _renovation: ""
    rests: Callable[[Renovation], str] = lambda _renovation: ""
    context: Callable[[Renovation], Mapping[str, Any]] = _no_context
    initial: Callable[[Renovation], Mapping[str, Any]] = _no_context
    initial_for: Callable[[Renovation, Actor], Mapping[str, Any]] = _nothing_own
    additive: bool = False
    danger: bool = False
    while_suspended: bool = False
    aside: bool = False
    owed: bool = False
    part: Stage | Step | None = None
    instead_of: Step | None = None
    only: Callable[[Renovation, Actor], bool] = lambda _renovation, _actor: True
    help: str = field(default="")

    @property
    def key(self) -> str:
        """`stage.name`: the operation's name everywhere."""
        return f"{self.stage.value}.{self.name}"

    @property
    def open_in(self) -> frozenset[Status]:
        """The statuses in which it can be done; empty = any."""
        return frozenset(transition(self.action).sources) if self.action else self.statuses

    def is_open(self, renovation: Renovation) -> bool:
        """True when the status and the file itself let it be done now."""
        in_status = not self.open_in or renovation.status in self.open_in
        return (
            in_status and not self.waits(renovation) and not self.is_left_out(renovation) and self.available(renovation)
        )

    def is_left_out(self, renovation: Renovation) -> bool:
        """True when the file's programme does without what this belongs to, or has what it stands instead of."""
        if self.part is not None and left_out(renovation, self.part):
            return True
        return self.instead_of is not None and not left_out(renovation, self.instead_of)

    def is_for(self, renovation: Renovation, actor: Actor) -> bool:
        """False when the file's programme has other roles take this step, or it is another office's."""
        alone = programme_of(renovation.programme_version_id).who_alone(self.action) if self.action else ()
        return (not alone or actor.role in {*alone, Role.SYSTEM}) and self.only(renovation, actor)

    def filled(self, renovation: Renovation, actor: Actor) -> dict[str, Any]:
        """What the form opens with: what the file knows, and what only this person has (the own firm's share)."""
        return {**self.initial(renovation), **self.initial_for(renovation, actor)}

    def waits(self, renovation: Renovation) -> bool:
        """True when the file is suspended and this is none of the things that still go on."""
        goes_on = self.while_suspended or self.action in WHILE_SUSPENDED
        return renovation.suspended_at is not None and not goes_on


def perform(
    operation: Operation, number: str, command: Command, actor: Actor, version: int | None = None, key: str = ""
) -> Renovation:
    """Carry out an operation in one unit of work and give the file back.

    `version` is the file's version that the person looked at, `key` the sender's own key of this request: the same
    key again does nothing. Raises NotFound outside the scope, NotAllowed, Conflict (status, stale page, suspended),
    RuleViolation(s) of the input.
    """
    with transaction():
        renovation = queries.get_for_change(number, actor)
        check_entitled(operation, renovation, actor)
        if not first_time(actor.sender, key, f"{operation.key}|{number}|{command.model_dump_json()}", number):
            return renovation
        check_open(operation, renovation)
        if version is not None and version != renovation.version and not operation.additive:
            raise Conflict("这份档案刚刚被他人处理过。您填写的内容还在，请核对最新情况后再提交一次。")
        before = renovation.touched_at
        operation.run(renovation, command, actor)
        if renovation.touched_at == before:
            renovation.touched_at = clock.now()
        db.session.flush()
    return renovation


def check_entitled(operation: Operation, renovation: Renovation, actor: Actor) -> None:
    """Raise NotAllowed unless the task is this person's on this file."""
    if not entitled(renovation, operation.permission, actor):
        raise NotAllowed(f"您的岗位不能办理“{operation.title}”，请由有权限的同事办理。")


def check_open(operation: Operation, renovation: Renovation) -> None:
    """Raise Conflict unless the operation can be done on this file now."""
    if operation.open_in and renovation.status not in operation.open_in:
        raise Conflict(
            f"这份档案现在是“{status_of(renovation)}”，不能办理“{operation.title}”。请刷新页面，看最新进度后再办。"
        )
    if operation.waits(renovation):
        raise Conflict(
            f"这份档案已暂停（{renovation.suspended_reason}），不能办理“{operation.title}”。"
            f"请先由{office_of(renovation).at_county}或乡镇恢复办理。"
        )
    if operation.is_left_out(renovation) or not operation.available(renovation):
        raise Conflict(f"这份档案现在不需要办理“{operation.title}”。请刷新页面，看最新进度。")


def require(missing: list[Missing]) -> None:
    """Raise what is missing as refusals, one sentence each."""
    problems: list[DomainError] = [RuleViolation(item.text, item.field) for item in missing]
    RuleViolations.raise_if_any(problems)
