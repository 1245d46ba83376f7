"""What the API answers: typed, and the source of its description."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from ..core.commands import Command, Yuan
from ..evidence.models import Source
from ..lifecycle import Action, Stage, Status
from ..permissions import Role
from ..places.rules import Level
from ..renovation.sealing import Occasion


class Answer(BaseModel):
    """Base of every answer."""

    model_config = ConfigDict(from_attributes=True)


class Credentials(Command):
    """Account and password, for a bearer token of one person."""

    account: Annotated[str, Field(title="工号或手机号", min_length=1, max_length=64)]
    password: Annotated[str, Field(title="密码", min_length=1, max_length=200)]


class TokenAnswer(Answer):
    """A bearer token; shown this once."""

    token: str
    expires_on: date


class Me(Answer):
    """Who the token speaks for."""

    name: str
    role: Role
    permissions: list[str]
    today: date


class FileAnswer(Answer):
    """An upload that was stored; its id goes into commands."""

    id: int
    sha256: str
    media_type: str
    size: int


class MissingAnswer(Answer):
    """What is still needed before an operation."""

    text: str
    operation: str


class OperationAnswer(Answer):
    """An operation that the caller may carry out on this file now."""

    key: str
    title: str
    path: str
    missing: list[MissingAnswer]


class Choice(Answer):
    """One value that a field may take."""

    value: str
    label: str


class FormAnswer(Answer):
    """What is needed to carry out an operation: what is still missing, what the form starts with, what may be chosen.

    `choices` are by field (`prices-line_id` is `line_id` of every row of `prices`).
    """

    key: str
    title: str
    consequence: str
    missing: list[MissingAnswer]
    initial: dict[str, Any]
    choices: dict[str, list[Choice]]
    version: int


class RegionAnswer(Answer):
    """A region below another one."""

    id: int
    code: str
    name: str
    level: Level


class Regions(Answer):
    """Regions in the order of their codes."""

    items: list[RegionAnswer]


class ProgrammeAnswer(Answer):
    """A programme in force for the caller's county today."""

    id: str
    name: str
    version: str


class Programmes(Answer):
    """The programmes in force."""

    items: list[ProgrammeAnswer]


class SealAnswer(Answer):
    """A sealed file: the manifest of hashes over everything on it, and the manifest's own hash."""

    occasion: Occasion
    sealed_at: datetime
    hash: str
    manifest: dict[str, Any]
    ended_at: datetime | None


class Seals(Answer):
    """Every seal of a file, oldest first."""

    items: list[SealAnswer]


class MoveClock(Command):
    """Move the demo's clock forward."""

    day: Annotated[date, Field(title="日期")]


class ClockAnswer(Answer):
    """The demo's day, and what could not be done on the way."""

    today: date
    failed: list[str]


class EventAnswer(Answer):
    """A row of the timeline."""

    seq: int
    at: datetime
    actor_name: str
    role: Role
    stage: Stage
    title: str
    action: Action | None
    from_status: Status | None
    to_status: Status | None
    reason: str
    details: dict[str, Any]


class AttachmentAnswer(Answer):
    """A paper or photo on the file; its content at `/renovations/{number}/files/{id}`."""

    id: int
    stage: Stage
    kind: str
    subject: str
    caption: str
    added_at: datetime
    taken_at: datetime | None
    taken_source: Source | None


class Summary(Answer):
    """A file as a list shows it."""

    number: str
    programme: str
    status: Status
    status_since: datetime
    due_on: date | None
    suspended: bool
    applicant_name: str
    county: str
    township: str
    total: Yuan | None
    subsidy: Yuan | None
    self_pay: Yuan | None
    version: int


class Detail(Summary):
    """A file with what can be done to it."""

    address: str
    ending: str | None
    ending_reason: str
    operations: list[OperationAnswer]


class Page(Answer):
    """A page of files, newest first; `next_cursor` is null on the last one."""

    items: list[Summary]
    next_cursor: str | None


class Timeline(Answer):
    """What happened, newest first."""

    items: list[EventAnswer]


class Attachments(Answer):
    """The papers and photos in force that the caller may open."""

    items: list[AttachmentAnswer]


class FieldProblem(Answer):
    """A field that was refused, by JSON pointer."""

    pointer: str
    detail: str


class Problem(Answer):
    """RFC 9457 problem details."""

    type: str
    status: int
    title: str
    detail: str
    errors: list[FieldProblem] = []
