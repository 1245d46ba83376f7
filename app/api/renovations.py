"""The endpoints of files: thin, each calls the query or the operation that the pages call."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from typing import Any

from flask import Response, request
from pydantic_core import to_jsonable_python
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ..core.db import db, transaction
from ..core.errors import NotFound, RuleViolation
from ..core.money import yuan
from ..evidence.queries import Shot, shots
from ..identity.access import current_actor, requires
from ..identity.shown import shown_address, shown_name
from ..lifecycle import Status
from ..permissions import Permission, may
from ..renovation import queries
from ..renovation.models import Attachment, Renovation
from ..renovation.operations import Operation, check_entitled, check_open, perform
from ..renovation.sealing import seals
from ..renovation.web import send
from ..stages.application.rules import OpenApplication
from ..stages.application.service import open_application
from ..stages.registry import open_operations
from . import schemas
from .exchange import Precondition, answer, body, idempotency_key

PAGE = 50


@requires(Permission.RENOVATION_READ)
def list_renovations() -> Response:
    """The files within the caller's scope, newest first, a page at a time."""
    conditions = [queries.visible_to(current_actor())]
    if status := request.args.get("status"):
        if status not in list(Status):
            raise RuleViolation("status 不是已知的状态，请核对。", "status")
        conditions.append(Renovation.status == Status(status))
    if cursor := request.args.get("cursor"):
        conditions.append(Renovation.id < _position(cursor))
    rows = db.session.scalars(
        select(Renovation)
        .where(*conditions)
        .order_by(Renovation.id.desc())
        .limit(PAGE + 1)
        .options(joinedload(Renovation.county), joinedload(Renovation.township))
    ).all()
    more = len(rows) > PAGE
    items = [schemas.Summary(**_summary(row)) for row in rows[:PAGE]]
    return answer(schemas.Page(items=items, next_cursor=_cursor(rows[PAGE - 1].id) if more else None))


@requires(Permission.APPLICATION_EDIT)
def create_renovation() -> Response:
    """Log an application; the same Idempotency-Key again answers the same file."""
    command, actor = body(OpenApplication), current_actor()
    key = idempotency_key(required=True)
    with transaction():
        renovation = open_application(command, actor, key)
        db.session.flush()
        number = renovation.number
    return detail(number, 201)


@requires(Permission.RENOVATION_READ)
def show_renovation(number: str) -> Response:
    """One file and what the caller may do to it now."""
    return detail(number)


@requires(Permission.RENOVATION_READ)
def show_timeline(number: str) -> Response:
    """What happened to a file, newest first."""
    renovation = queries.get(number, current_actor())
    items = [schemas.EventAnswer.model_validate(event) for event in queries.events(renovation)]
    return answer(schemas.Timeline(items=items))


@requires(Permission.RENOVATION_READ)
def list_files(number: str) -> Response:
    """The papers and photos in force that the caller may open."""
    actor = current_actor()
    renovation = queries.get(number, actor)
    found = [one for one in queries.attachments(renovation) if queries.may_open(one, actor)]
    taken = shots([one.file_id for one in found])
    items = [_attachment(one, taken.get(one.file_id, Shot(None, None))) for one in found]
    return answer(schemas.Attachments(items=items))


def _attachment(one: Attachment, shot: Shot) -> schemas.AttachmentAnswer:
    return schemas.AttachmentAnswer(
        id=one.id,
        stage=one.stage,
        kind=one.kind.value,
        subject=one.subject,
        caption=one.caption,
        added_at=one.added_at,
        taken_at=shot.taken_at,
        taken_source=shot.source,
    )


@requires(Permission.RENOVATION_READ)
def show_file(number: str, attachment_id: int) -> Response:
    """The content of a paper or photo."""
    actor = current_actor()
    renovation = queries.get(number, actor)
    found = db.session.get(Attachment, attachment_id)
    if found is None or found.renovation_id != renovation.id or not queries.may_open(found, actor):
        raise NotFound("没有这份材料，或不在您的查看范围内。")
    return send(found.file_id, request.args.get("size", "original"))


@requires(Permission.RENOVATION_READ)
def list_seals(number: str) -> Response:
    """The seals of a file with their manifests."""
    renovation = queries.get(number, current_actor())
    items = [schemas.SealAnswer.model_validate(one) for one in seals(renovation)]
    return answer(schemas.Seals(items=items))


def form_of(operation: Operation) -> Callable[[str], Response]:
    """The endpoint that says what an operation needs."""

    def view(number: str) -> Response:
        actor = current_actor()
        renovation = queries.get(number, actor)
        check_entitled(operation, renovation, actor)
        check_open(operation, renovation)
        choices = operation.context(renovation).get("choices", {})
        model = schemas.FormAnswer(
            key=operation.key,
            title=operation.title,
            consequence=operation.consequence(renovation),
            missing=_missing(operation, renovation),
            initial=to_jsonable_python(operation.filled(renovation, actor)),
            choices={
                field: [schemas.Choice(value=str(value), label=label) for value, label in options]
                for field, options in choices.items()
            },
            version=renovation.version,
        )
        return answer(model, version=renovation.version)

    view.__name__ = f"form_of_{operation.key.replace('.', '_')}"
    view.__doc__ = operation.title
    return requires(operation.permission)(view)


def _missing(operation: Operation, renovation: Renovation) -> list[schemas.MissingAnswer]:
    return [schemas.MissingAnswer(text=one.text, operation=one.operation) for one in operation.missing(renovation)]


def operate(operation: Operation) -> Callable[[str], Response]:
    """The endpoint of one operation."""

    def view(number: str) -> Response:
        actor = current_actor()
        renovation = queries.get(number, actor)
        check_entitled(operation, renovation, actor)
        command = body(operation.command)
        if request.if_match and not request.if_match.contains(str(renovation.version)):
            raise Precondition("这份档案刚刚被他人处理过。请重新读取最新内容，核对后再提交。")
        version = renovation.version if request.if_match else None
        perform(operation, number, command, actor, version, idempotency_key())
        return detail(number)

    view.__name__ = operation.key.replace(".", "_")
    view.__doc__ = operation.title
    return requires(operation.permission)(view)


def detail(number: str, status: int = 200) -> Response:
    """The file as it stands for the caller; raises NotFound outside the scope."""
    actor = current_actor()
    renovation = queries.get(number, actor)
    can = [
        schemas.OperationAnswer(
            key=operation.key,
            title=operation.title,
            path=f"/renovations/{number}/{operation.stage.value}/{operation.name}",
            missing=_missing(operation, renovation),
        )
        for operation in open_operations(renovation, actor)
    ]
    model = schemas.Detail(
        **_summary(renovation),
        address=shown_address(current_actor(), renovation.address),
        ending=renovation.ending.value if renovation.ending else None,
        ending_reason=renovation.ending_reason,
        operations=can,
    )
    return answer(model, status, renovation.version)


def _summary(renovation: Renovation) -> dict[str, Any]:
    shows_money = may(current_actor(), Permission.MONEY_READ)
    return {
        "number": renovation.number,
        "programme": renovation.programme_key,
        "status": renovation.status,
        "status_since": renovation.status_since,
        "due_on": renovation.due_on,
        "suspended": renovation.suspended_at is not None,
        "applicant_name": shown_name(current_actor(), renovation.applicant_name),
        "county": renovation.county.name,
        "township": renovation.township.name,
        "total": _sum(renovation.total_fen, shows_money),
        "subsidy": _sum(renovation.subsidy_fen, shows_money),
        "self_pay": _sum(renovation.self_pay_fen, shows_money),
        "version": renovation.version,
    }


def _sum(fen: int | None, shown: bool) -> str | None:
    return yuan(fen) if shown and fen is not None else None


def _cursor(renovation_id: int) -> str:
    return urlsafe_b64encode(f"before:{renovation_id}".encode()).decode()


def _position(cursor: str) -> int:
    try:
        kind, _, number = urlsafe_b64decode(cursor.encode()).decode().partition(":")
        if kind == "before" and 0 < int(number) < 2**31:
            return int(number)
    except (Base64Error, ValueError):
        pass
    raise RuleViolation("cursor 不是上一页给出的值，请从第一页重新读取。", "cursor")
