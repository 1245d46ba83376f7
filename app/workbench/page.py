"""A renovation's page: what stands on it, put together from the file, its timeline and the stages' tabs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby

from flask import g, render_template, request, url_for
from jinja2 import TemplateNotFound
from markupsafe import Markup

from ..core import clock
from ..identity.access import current_actor
from ..identity.shown import shown_address, shown_name
from ..lifecycle import ENDINGS, STAGE_OF, Stage, Status, transition
from ..permissions import Actor, post
from ..programme.policy import Programme
from ..renovation import queries as renovations
from ..renovation.models import Attachment, Event, Renovation
from ..renovation.operations import Missing, Operation
from ..renovation.progress import left_out
from ..renovation.talk.operations import KEYS as TALK
from ..stages.registry import TABS, open_operations, operations
from . import queries
from .deadlines import Deadline, deadline
from .said import action_title, status_of, title_of

RESUME = "application.resume"
ARROW = " → "
"""Stands in an entry that changed the status."""

JUST_NOW = timedelta(minutes=2)

ANYWHERE = 7
"""An operation open in more statuses than this belongs to no step of its own."""


@dataclass(frozen=True, slots=True)
class Step:
    """One of the stages on the status bar: done, now, stopped or still to come, and the day it was reached."""

    stage: Stage
    label: str
    state: str
    date: date | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline as it is read."""

    kind: str
    at: datetime
    who: str
    what: str
    why: str = ""
    back: bool = False
    url: str = ""
    papers: tuple[Attachment, ...] = ()


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


def steps(renovation: Renovation, events: Sequence[Event], order: Sequence[Stage] = tuple(Stage)) -> list[Step]:
    """The stages with the days on which they were reached; where a file ended early, the stage is stopped.

    `order` are those of the file's programme (`used_stages`).
    """
    changes = [event for event in reversed(events) if event.to_status is not None]
    reached = {Stage.APPLICATION: clock.civil(renovation.created_at)}
    for event in changes:
        if event.to_status is not None and event.to_status not in ENDINGS:
            reached.setdefault(STAGE_OF[event.to_status], clock.civil(event.at))
    stands = _stands_at(renovation.status, changes)
    place = place_of(stands, order)
    return [
        Step(
            stage, stage.label, _state(renovation.status, index, place), reached.get(stage) if index <= place else None
        )
        for index, stage in enumerate(order)
    ]


def used_stages(renovation: Renovation) -> list[Stage]:
    """The stages of the file's programme, in order: what it leaves out stands nowhere."""
    return [stage for stage in Stage if not left_out(renovation, stage)]


def tabs(renovation: Renovation, actor: Actor) -> list[Stage]:
    """The tabs of the file: its stages, and a left-out one in which something was recorded all the same."""
    used = used_stages(renovation)
    return [stage for stage in Stage if stage in used or _has_content(renovation, actor, stage)]


def _has_content(renovation: Renovation, actor: Actor, stage: Stage) -> bool:
    make = TABS.get(stage)
    return make is not None and make(renovation, actor) is not None


def place_of(stage: Stage, shown: Sequence[Stage]) -> int:
    """Which of the shown stages a stage is, or else the last one before it."""
    every = list(Stage)
    return max((index for index, one in enumerate(shown) if every.index(one) <= every.index(stage)), default=0)


def _stands_at(status: Status, changes: Sequence[Event]) -> Stage:
    """The stage in which a file stands; one that ended early stands where it was when it ended."""
    if status in ENDINGS and status is not Status.CLOSED:
        before = next((event.from_status for event in reversed(changes) if event.to_status is status), None)
        return STAGE_OF[before] if before else STAGE_OF[status]
    return STAGE_OF[status]


def _state(status: Status, index: int, place: int) -> str:
    if index < place or status is Status.CLOSED:
        return "done"
    if index > place:
        return "todo"
    return "stopped" if status in ENDINGS else "now"


def timeline(
    events: Sequence[Event],
    said: Sequence[Entry],
    programme: Programme,
) -> list[Entry]:
    """What happened, and what was said, planned and telephoned, newest first, in the words of the file's programme."""
    office = programme.data.programme.lead
    entries = [
        Entry(
            "event",
            event.at,
            who(event.actor_name, post(event.role, office)),
            _what(event, programme),
            event.reason,
            _is_back(event),
        )
        for event in events
    ]
    return _together(sorted((*entries, *said), key=lambda entry: entry.at, reverse=True))


def _together(entries: Sequence[Entry]) -> list[Entry]:
    """The same thing done several times by one person on one day stands once, with how often.

    Other steps may lie between (photos of each place before, hidden, after), but no change of status and nobody else.
    """
    found: list[Entry] = []
    for (kind, *_rest), group in groupby(entries, lambda entry: (entry.kind, clock.civil(entry.at), entry.who)):
        same_hand = list(group)
        found += _counted(same_hand) if kind == "event" else same_hand
    return found


def _counted(entries: Iterable[Entry]) -> list[Entry]:
    """Entries of one person and day, each once with how often, in the order of the newest; no count across an arrow."""
    counts: dict[tuple[int, str, str], list[Entry]] = {}
    changes = 0
    for entry in entries:
        changes += ARROW in entry.what
        counts.setdefault((changes, entry.what, entry.why), []).append(entry)
    return [
        replace(same[0], what=f"{same[0].what}（{len(same)} 次）") if len(same) > 1 else same[0]
        for same in counts.values()
    ]


def who(name: str, role: str) -> str:
    """A person with the role, which stands once where the name says it already."""
    return name if name == role else f"{name}（{role}）"


def _what(event: Event, programme: Programme) -> str:
    title = action_title(event.action, event.title, programme)
    if event.to_status is None or event.from_status is None or event.from_status is event.to_status:
        return title
    return f"{title}：{status_of(programme, event.from_status)}{ARROW}{status_of(programme, event.to_status)}"


def _is_back(event: Event) -> bool:
    return event.action is not None and not transition(event.action).forward


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
    here_now = [one for one in open_now if _belongs(one, here, renovation) and not _is_rare(one)]
    onward = [one for one in here_now if not _goes_back(one)]
    goal = next(iter(forward or onward), None)
    missing = tuple(goal.missing(renovation)) if goal is not None else ()
    wanted = {item.operation for item in missing}
    main = next((one for one in open_now if one.key in wanted and not _is_rare(one)), goal)
    first = (goal, *onward) if goal is not None and goal is not main else onward
    beside = dict.fromkeys((*first, *(one for one in here_now if _goes_back(one))))
    rests = main.rests(renovation) if main is not None else ""
    if main is not None and rests:
        beside, main = {main: None, **beside}, None
    others = tuple(one for one in beside if one is not main)
    rare = tuple(one for one in open_now if one is not main and one not in beside)
    return Choices(main, others, rare, goal, missing, rests)


def _goes_back(operation: Operation) -> bool:
    return operation.action is not None and not transition(operation.action).forward


def _belongs(operation: Operation, here: Stage, renovation: Renovation) -> bool:
    """Whether it is done where the file stands; what is left of a stage that the programme leaves out is done there too."""
    return operation.stage is here or bool(left_out(renovation, operation.stage))


def _is_rare(operation: Operation) -> bool:
    """Endings, and what is possible in nearly every status, stand in the menu and not among the buttons."""
    return operation.danger or len(operation.open_in) > ANYWHERE


def tab(renovation: Renovation, actor: Actor, stage: Stage) -> Markup | None:
    """A stage's part of the file, drawn; None when there is nothing yet."""
    make = TABS.get(stage)
    shown = make(renovation, actor) if make is not None else None
    if shown is None:
        return None
    try:
        return Markup(  # noqa: S704 — the template has escaped it
            render_template(f"{stage.value}/tab.html", **{"renovation": renovation, "actor": actor, **shown})
        )
    except TemplateNotFound as error:
        if error.name != f"{stage.value}/tab.html":
            raise
        return None


def due(renovation: Renovation) -> Deadline | None:
    """How the limit of the present status stands; None when there is none or nothing is running."""
    if renovation.due_on is None or renovation.status in ENDINGS or renovation.suspended_at is not None:
        return None
    return deadline(renovation.due_on, clock.today())


# what every template may ask -----------------------------------------------------------------------------------------
def stage_steps(renovation: Renovation) -> list[Step]:
    """The status bar of a file, its timeline read once a request."""
    kept: dict[int, list[Step]] = g.setdefault("anju_steps", {})
    if renovation.id not in kept:
        kept[renovation.id] = steps(renovation, renovations.events(renovation), used_stages(renovation))
    return kept[renovation.id]


def missing_url(number: str, item: Missing) -> str:
    """Where something missing is done: the operation's page, or the stage's tab; "" when this person cannot go there."""
    stage, _, name = item.operation.partition(".")
    if name and item.operation in operations():
        return operation_url(number, operations()[item.operation])
    if stage in set(Stage):
        return url_for("workbench.renovation", number=number, tab=stage)
    return ""


def just_done(renovation: Renovation, key: str) -> str:
    """The word after an operation, named in the address; "" when nobody has touched the file just now.

    So an address that is kept or passed on does not claim what is long past.
    """
    operation = operations().get(key)
    if operation is None or clock.now() - renovation.touched_at > JUST_NOW:
        return ""
    return f"已办理：{title_of(operation, renovation)}"


def operation_url(number: str, operation: Operation) -> str:
    """The address of an operation's page on a file."""
    return url_for(f"{operation.stage.value}.{operation.name}", number=number)


def step_url(number: str, key: str) -> str:
    """The address of an operation's page on a file, by the operation's key."""
    return operation_url(number, operations()[key])


def move_url(line: queries.Line) -> str:
    """Where the one action of a row on the desk leads: the operation's page, else the file."""
    operation = operations().get(line.move.operation) if line.move else None
    if operation is None:
        return url_for("workbench.renovation", number=line.number)
    return operation_url(line.number, operation)


def file_url(attachment: Attachment, size: str = "view", number: str = "") -> str:
    """The address of a paper or photo; the file's number is that of the present page unless given."""
    number = number or (request.view_args or {}).get("number", "")
    return url_for("files.show_file", number=number, attachment_id=attachment.id, size=size)


def opens(attachment: Attachment) -> bool:
    """True when the person who looks at the page may open this paper or photo."""
    return renovations.may_open(attachment, current_actor())


def file_title(renovation: Renovation) -> str:
    """Name and address on one line, as this person may see them."""
    actor = current_actor()
    name = shown_name(actor, renovation.applicant_name)
    return "　".join(part for part in (name, shown_address(actor, renovation.address)) if part)
