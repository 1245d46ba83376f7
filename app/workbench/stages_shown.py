"""The stages on a file's page: the bar with the days on which they were reached, and a tab for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import g, render_template
from jinja2 import TemplateNotFound
from markupsafe import Markup

from ..core import clock
from ..lifecycle import ENDINGS, STAGE_OF, Stage, Status
from ..permissions import Actor
from ..renovation import queries as renovations
from ..renovation.models import Event, Renovation
from ..renovation.progress import left_out
from ..stages.registry import TABS


@dataclass(frozen=True, slots=True)
class Step:
    """One of the stages on the status bar: done, now, stopped or still to come, and the day it was reached."""

    stage: Stage
    label: str
    state: str
    date: date | None


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


def stands_at(status: Status, shown: Sequence[Step]) -> Stage:
    """The stage in which a file stands, or stood when it ended early."""
    return next((one.stage for one in shown if one.state in {"now", "stopped"}), STAGE_OF[status])


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


def stage_steps(renovation: Renovation) -> list[Step]:
    """The status bar of a file, its timeline read once a request."""
    kept: dict[int, list[Step]] = g.setdefault("anju_steps", {})
    if renovation.id not in kept:
        kept[renovation.id] = steps(renovation, renovations.events(renovation), used_stages(renovation))
    return kept[renovation.id]


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
