"""What happened to a file and what was said of it, as it is read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from ..core import clock
from ..lifecycle import transition
from ..permissions import post
from ..programme.policy import Programme
from ..renovation.models import Attachment, Event
from .said import action_title, status_of

ARROW = " → "
"""Stands in an entry that changed the status."""


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
