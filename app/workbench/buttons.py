"""What a person may do to a file now, in the order in which the page offers it."""

from dataclasses import dataclass

from ..lifecycle import STAGE_OF, Stage, transition
from ..permissions import Actor
from ..renovation import own_papers
from ..renovation.models import Renovation
from ..renovation.operations import Missing, Operation
from ..renovation.progress import left_out
from ..renovation.talk.operations import KEYS as TALK
from ..stages.registry import open_operations

RESUME = "application.resume"

ANYWHERE = 7
"""An operation open in more statuses than this belongs to no step of its own."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What this person may do now: the next thing, what stands beside it, what is rarely wanted.

    `goal` is the step forward, `missing` what it still needs; the next thing is the first of those that this person
    can do, else the goal itself.
    """

    main: Operation | None
    others: tuple[Operation, ...]
    rare: tuple[Operation, ...]
    goal: Operation | None
    missing: tuple[Missing, ...]
    rests: str = ""
    """Why there is nothing to do now, where the file goes on by itself."""


def choices(renovation: Renovation, actor: Actor) -> Choices:
    """The buttons on the file: the next thing is the main one; endings and what is always possible are kept apart.

    A suspended file is first of all to be resumed. What is said and planned has its own place beside the timeline.
    """
    open_now = [one for one in open_operations(renovation, actor) if one.key not in TALK and not one.aside]
    here = STAGE_OF[renovation.status]
    if renovation.suspended_at is not None:
        forward = [one for one in open_now if one.key == RESUME]
    else:
        forward = [one for one in open_now if one.action is not None and transition(one.action).forward]
    here_now = [one for one in open_now if one.owed or (_belongs(one, here, renovation) and not _is_rare(one))]
    onward = [one for one in here_now if not _goes_back(one)]
    goal = next(iter(forward or onward), None)
    missing = tuple(goal.missing(renovation)) if goal is not None else ()
    wanted = {item.operation for item in missing}
    main = next((one for one in open_now if one.key in wanted and not one.danger), goal)
    first = (goal, *onward) if goal is not None and goal is not main else onward
    wait = [one for one in open_now if one.key == own_papers.UPLOAD and own_papers.lacking(renovation, actor)]
    beside = dict.fromkeys((*first, *wait, *(one for one in here_now if _goes_back(one))))
    rests = main.rests(renovation) if main is not None else ""
    if main is not None and rests:
        beside, main = {main: None, **beside}, None
    others = tuple(one for one in beside if one is not main)
    rare = tuple(one for one in open_now if one is not main and one not in beside)
    return Choices(main, others, rare, goal, missing, rests)


def _goes_back(operation: Operation) -> bool:
    return operation.action is not None and not transition(operation.action).forward


def _belongs(operation: Operation, here: Stage, renovation: Renovation) -> bool:
    """Whether it is done where the file stands, or has no other place: what is left of a stage that the programme leaves
    out, and what follows when its stage is over, as the notice of a subsidy that was paid."""
    follows = all(STAGE_OF[status] is not operation.stage for status in operation.open_in)
    return operation.stage is here or follows or bool(left_out(renovation, operation.stage))


def _is_rare(operation: Operation) -> bool:
    """Endings, and what is possible in nearly every status, stand in the menu and not among the buttons."""
    return operation.danger or len(operation.open_in) > ANYWHERE
