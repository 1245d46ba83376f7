"""Beside a file: what was said, planned and telephoned; on the desk what of it concerns me."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for

from ..core import clock, workdays
from ..core.db import transaction
from ..core.masking import mask_phone
from ..identity.access import current_actor, requires
from ..identity.shown import shown_name
from ..permissions import Actor, Office, Permission, post
from ..renovation import queries as renovations
from ..renovation.models import Comment, Renovation
from ..renovation.progress import office_of
from ..renovation.talk import queries
from ..renovation.talk.models import PhoneCall, ToDo
from ..renovation.talk.rules import Proposal, handles
from ..renovation.talk.service import see
from .deadlines import SOON, Deadline, deadline
from .timeline import Entry, who

MOST = 200
"""Lines on the page of everything of mine."""


@dataclass(frozen=True, slots=True)
class Open:
    """A to-do that is still open, as the panel beside the file shows it."""

    id: int
    kind: str
    text: str
    assignee: str
    due: Deadline


@dataclass(frozen=True, slots=True)
class Proposed:
    """What usually comes next, ready to be planned with one press."""

    kind: str
    words: str
    text: str
    due_on: date


@dataclass(frozen=True, slots=True)
class Panel:
    """What stands beside a file: entries for the timeline, open to-dos, the next one proposed, what I have not seen."""

    entries: tuple[Entry, ...]
    open: tuple[Open, ...]
    proposed: Proposed | None
    unseen: int


def panel(renovation: Renovation, comments: Sequence[Comment], actor: Actor) -> Panel:
    """Remarks with their papers, to-dos and calls of a file; four queries whatever there is."""
    to_dos, today, office = queries.to_dos(renovation), clock.today(), office_of(renovation)
    proposed = queries.proposal(to_dos)
    papers = queries.papers(renovation)
    said = [_said(one, papers, office) for one in comments]
    called = [_called(one, office) for one in queries.calls(renovation, actor)]
    return Panel(
        (*said, *called, *(entry for one in to_dos for entry in _planned(one))),
        tuple(
            Open(one.id, one.kind.label, one.text, one.assignee_name, deadline(one.due_on, today))
            for one in to_dos
            if queries.is_open(one)
        ),
        _proposed(proposed) if proposed else None,
        len(queries.unseen(renovation, actor)),
    )


def _said(comment: Comment, papers: Mapping[int, Any], office: Office) -> Entry:
    name = who(comment.author_name, post(comment.author_role, office))
    return Entry("comment", comment.at, name, "留言", comment.text, papers=tuple(papers.get(comment.id, ())))


def _called(call: PhoneCall, office: Office) -> Entry:
    whom = f"{call.called.label}{call.name and f' {call.name}'}"
    number = mask_phone(call.number) or "档案登记的电话"
    why = "；".join(part for part in (f"号码 {number}", call.note) if part)
    name = who(call.author_name, post(call.author_role, office))
    return Entry("call", call.at, name, f"打电话给{whom}：{call.result.label}", why)


def _planned(one: ToDo) -> list[Entry]:
    """When it was planned and when it was closed; the later one first, as on the timeline."""
    words, entries = f"{one.kind.label}：{one.text}", []
    if one.done_at:
        entries.append(Entry("todo", one.done_at, one.done_by_name, f"办完待办　{words}", one.result))
    if one.ended_at:
        entries.append(Entry("todo", one.ended_at, one.assignee_name, f"取消待办　{words}", one.ended_reason))
    told = f"{one.assignee_name}，{one.due_on} 前"
    return [*entries, Entry("todo", one.planned_at, one.planned_by_name, f"安排待办　{words}", told)]


def _proposed(proposed: Proposal) -> Proposed:
    day = queries.proposed_day(proposed)
    return Proposed(proposed.kind.value, f"{proposed.kind.label}：{proposed.text}，{day} 前", proposed.text, day)


@dataclass(frozen=True, slots=True)
class Said:
    """One line on my desk: a remark that names me, or a to-do with its day."""

    kind: str
    number: str
    name: str
    text: str
    who: str
    due: Deadline | None


def on_my_desk(actor: Actor) -> list[Said]:
    """Remarks that name me and to-dos that are due within two working days; one query."""
    return _said_of(actor, workdays.due(clock.today(), SOON))


def all_of_mine(actor: Actor) -> list[Said]:
    """The same with every to-do that is open, whenever it is due."""
    return _said_of(actor, date.max, MOST)


def _said_of(actor: Actor, until: date, most: int | None = None) -> list[Said]:
    today = clock.today()
    return [
        Said(
            one.kind, one.number, shown_name(actor, one.applicant_name), one.text, one.who,
            deadline(one.due_on, today) if one.due_on else None,
        )
        for one in queries.for_me(actor, until, most)
    ]  # fmt: skip


@requires(Permission.RENOVATION_READ)
def people(number: str) -> Any:
    """Whom a remark on this file can mention: what is written after the @, and where the person works."""
    found = queries.people_of(renovations.get(number, current_actor()))
    handle_of = {user_id: handle for handle, user_id in handles(found).items()}
    answer = jsonify([handle_of[one.id] for one in found])
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@requires(Permission.RENOVATION_READ)
def mine() -> str:
    """Everything that was said to me and not seen, and all my open to-dos."""
    return render_template("workbench/to_dos.html", said=all_of_mine(current_actor()))


@requires(Permission.RENOVATION_READ)
def seen(number: str) -> Any:
    """I have seen what was said to me on this file."""
    actor = current_actor()
    with transaction():
        see(renovations.get(number, actor), actor)
    if request.headers.get("HX-Request"):
        return "", 200
    flash("已标为看过", "success")
    return redirect(url_for("workbench.renovation", number=number))
