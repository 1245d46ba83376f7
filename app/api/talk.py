"""What is said, planned and telephoned about a file, and what of it concerns the caller."""

from datetime import date, datetime

from flask import Response

from ..core.db import transaction
from ..core.masking import mask_phone
from ..identity.access import current_actor, requires
from ..identity.shown import shown_name
from ..permissions import Permission, Role
from ..renovation import queries as renovations
from ..renovation.talk import queries
from ..renovation.talk.models import PhoneCall, ToDo
from ..renovation.talk.rules import Called, CallResult, ToDoKind
from ..renovation.talk.service import see
from .schemas import Answer

MOST = 200
"""Lines of the caller's notes."""


class RemarkAnswer(Answer):
    """A remark; `files` are ids of `/renovations/{number}/files`."""

    id: int
    at: datetime
    author_name: str
    author_role: Role
    text: str
    files: list[int]


class ToDoAnswer(Answer):
    """A to-do; it is open until it is done or dropped."""

    id: int
    kind: ToDoKind
    text: str
    due_on: date
    assignee_name: str
    planned_by_name: str
    done_at: datetime | None
    result: str
    dropped_at: datetime | None
    dropped_reason: str


class CallAnswer(Answer):
    """A telephone call; of the number only its ends, empty for the telephone of the application."""

    id: int
    at: datetime
    called: Called
    name: str
    number: str
    result: CallResult
    note: str
    author_name: str


class Talk(Answer):
    """Remarks newest first, open to-dos before closed ones, calls newest first."""

    remarks: list[RemarkAnswer]
    to_dos: list[ToDoAnswer]
    calls: list[CallAnswer]


class NoteAnswer(Answer):
    """A remark that names the caller and was not seen, or an open to-do of the caller."""

    kind: str
    number: str
    applicant_name: str
    text: str
    who: str
    at: datetime
    due_on: date | None


class Notes(Answer):
    """Remarks first, then to-dos by day."""

    items: list[NoteAnswer]


class Seen(Answer):
    """How many remarks are now seen."""

    seen: int


def _json(model: Answer) -> Response:
    return Response(model.model_dump_json(), content_type="application/json")


@requires(Permission.RENOVATION_READ)
def show_talk(number: str) -> Response:
    """Remarks, to-dos and calls of a file."""
    actor = current_actor()
    renovation = renovations.get(number, actor)
    papers = queries.papers(renovation)
    return _json(
        Talk(
            remarks=[
                RemarkAnswer(
                    id=one.id,
                    at=one.at,
                    author_name=one.author_name,
                    author_role=one.author_role,
                    text=one.text,
                    files=[paper.id for paper in papers.get(one.id, ())],
                )
                for one in renovations.comments(renovation)
            ],
            to_dos=[_to_do(one) for one in queries.to_dos(renovation)],
            calls=[_call(one) for one in queries.calls(renovation, actor)],
        )
    )


def _to_do(one: ToDo) -> ToDoAnswer:
    return ToDoAnswer(
        id=one.id,
        kind=one.kind,
        text=one.text,
        due_on=one.due_on,
        assignee_name=one.assignee_name,
        planned_by_name=one.planned_by_name,
        done_at=one.done_at,
        result=one.result,
        dropped_at=one.ended_at,
        dropped_reason=one.ended_reason,
    )


def _call(one: PhoneCall) -> CallAnswer:
    return CallAnswer(
        id=one.id,
        at=one.at,
        called=one.called,
        name=one.name,
        number=mask_phone(one.number),
        result=one.result,
        note=one.note,
        author_name=one.author_name,
    )


@requires(Permission.RENOVATION_READ)
def mark_seen(number: str) -> Response:
    """The caller has seen the remarks on this file that name them."""
    actor = current_actor()
    with transaction():
        count = see(renovations.get(number, actor), actor)
    return _json(Seen(seen=count))


@requires(Permission.RENOVATION_READ)
def my_notes() -> Response:
    """What was said to the caller and not seen, and the caller's open to-dos."""
    actor = current_actor()
    found = queries.for_me(actor, date.max, MOST)
    return _json(
        Notes(
            items=[
                NoteAnswer(
                    kind=one.kind,
                    number=one.number,
                    applicant_name=shown_name(actor, one.applicant_name),
                    text=one.text,
                    who=one.who,
                    at=one.at,
                    due_on=one.due_on,
                )
                for one in found
            ]
        )
    )
