"""What ends or stops a file in any stage (domain §3)."""

from ..core import clock, workdays
from ..core.db import db
from ..core.errors import Conflict, RuleViolation
from ..funds import service as funds
from ..lifecycle import ENDINGS, FROM_BUILDING, Action, Stage, Status
from ..permissions import Actor, Permission
from .models import Ending, Kind, Renovation
from .operations import Operation
from .progress import advance, note
from .queries import owes_a_firm
from .rules import Resume, Suspend, Terminate, Withdraw
from .service import attach

UNDER_WAY = frozenset(Status) - ENDINGS
EARLY = frozenset(FROM_BUILDING) - {Status.PAID}
"""From building on a file runs to its end with what was accepted; once paid there is nothing left to end."""

BETWEEN_FIRMS = frozenset({Status.AGREED, Status.DISPATCHED})
"""Where a file stands whose firm left during the works: what that firm did is settled, so it ends early too."""


def _may_end_early(renovation: Renovation) -> bool:
    return renovation.ending is None and (renovation.status in EARLY or owes_a_firm(renovation))


def withdraw(renovation: Renovation, command: Withdraw, actor: Actor) -> None:
    """The household takes its application back before building; place, claims and money become free."""
    attach(renovation, Stage.APPLICATION, Kind.LETTER, command.paper, actor, "withdrawal", field="paper")
    renovation.ending, renovation.ending_reason = Ending.WISH, command.reason[:500]
    renovation.ending_on = clock.today()
    _resume_quietly(renovation)
    advance(renovation, Action.WITHDRAW, actor, command.reason)
    funds.release(renovation.id, "家庭撤回申请", actor)


def terminate(renovation: Renovation, command: Terminate, actor: Actor) -> None:
    """End a file before building, on a ground with its paper; place, claims and money become free."""
    _note_ending(renovation, command, actor)
    _resume_quietly(renovation)
    advance(renovation, Action.TERMINATE, actor, command.reason, {"ground": command.ground.value})
    funds.release(renovation.id, f"终止：{command.ground.label}", actor)


def end_early(renovation: Renovation, command: Terminate, actor: Actor) -> None:
    """From building on: give the file its ending reason; what is done is accepted, settled and paid. Domain §3.

    The contractor loses nothing by it; unfinished lines are dropped at the acceptance.
    """
    if renovation.ending is not None:
        raise Conflict("这份档案已登记提前结束，请按实际完成的内容继续办理。")
    _note_ending(renovation, command, actor)
    note(
        renovation,
        Stage.APPLICATION,
        f"提前结束：{command.ground.label}",
        actor,
        command.reason,
        {"ground": command.ground.value},
    )


def _note_ending(renovation: Renovation, command: Terminate, actor: Actor) -> None:
    if command.on > clock.today():
        raise RuleViolation("发生日期不能晚于今天。", "on")
    attach(renovation, Stage.APPLICATION, Kind.LETTER, command.paper, actor, "ending", field="paper")
    renovation.ending = Ending(command.ground.value)
    renovation.ending_reason, renovation.ending_on = command.reason[:500], command.on


def suspend(renovation: Renovation, command: Suspend, actor: Actor) -> None:
    """Stop the file where it is; nothing but an ending is possible until it is resumed."""
    renovation.suspended_at, renovation.suspended_reason = clock.now(), command.reason
    note(renovation, Stage.APPLICATION, "暂停", actor, command.reason)


def resume(renovation: Renovation, command: Resume, actor: Actor) -> None:
    """Let the file go on; its time limit is moved by the working days that it stood still, the warranty's end is not."""
    limited = renovation.suspended_at is not None and renovation.status is not Status.PAID
    if limited and renovation.suspended_at is not None and renovation.due_on is not None:
        calendar, today = workdays.calendar(), clock.today()
        stood = calendar.between(clock.civil(renovation.suspended_at), today)
        renovation.due_on = calendar.add(renovation.due_on, stood)
    _resume_quietly(renovation)
    note(renovation, Stage.APPLICATION, "恢复", actor, command.reason)


def _resume_quietly(renovation: Renovation) -> None:
    renovation.suspended_at, renovation.suspended_reason = None, ""
    db.session.flush()


def _withdraw_consequence(renovation: Renovation) -> str:
    return f"{renovation.applicant_name}一户退出改造，档案结束；占用的任务数、补贴资格和资金全部释放，不能恢复。"


def _terminate_consequence(renovation: Renovation) -> str:
    return f"{renovation.applicant_name}一户的改造终止，档案结束；占用的任务数、补贴资格和资金全部释放，不能恢复。"


def _early_consequence(renovation: Renovation) -> str:
    return (
        f"{renovation.applicant_name}一户按已完成的内容验收、结算、拨付，没有做的项目不再做；施工单位已做的照常结算。"
    )


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "withdraw",
        Stage.APPLICATION,
        "家庭撤回申请",
        Permission.RENOVATION_WITHDRAW,
        Withdraw,
        withdraw,
        action=Action.WITHDRAW,
        available=lambda renovation: not owes_a_firm(renovation),
        consequence=_withdraw_consequence,
        danger=True,
    ),
    Operation(
        "terminate",
        Stage.APPLICATION,
        "终止改造",
        Permission.RENOVATION_TERMINATE,
        Terminate,
        terminate,
        action=Action.TERMINATE,
        available=lambda renovation: not owes_a_firm(renovation),
        consequence=_terminate_consequence,
        danger=True,
    ),
    Operation(
        "end_early",
        Stage.APPLICATION,
        "提前结束",
        Permission.RENOVATION_TERMINATE,
        Terminate,
        end_early,
        statuses=EARLY | BETWEEN_FIRMS,
        available=_may_end_early,
        consequence=_early_consequence,
        danger=True,
        while_suspended=True,
    ),
    Operation(
        "suspend",
        Stage.APPLICATION,
        "暂停",
        Permission.RENOVATION_SUSPEND,
        Suspend,
        suspend,
        statuses=UNDER_WAY,
        available=lambda renovation: renovation.suspended_at is None,
        consequence=lambda _renovation: "恢复之前，这份档案不能办理下一步，时限相应顺延。",
    ),
    Operation(
        "resume",
        Stage.APPLICATION,
        "恢复办理",
        Permission.RENOVATION_SUSPEND,
        Resume,
        resume,
        statuses=UNDER_WAY,
        available=lambda renovation: renovation.suspended_at is not None,
        while_suspended=True,
    ),
)
