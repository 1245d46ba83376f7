"""From an operation to its page; papers and photos of a file. Thin: everything is decided in `operations`."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, url_for
from jinja2 import TemplateNotFound

from ..core.db import db
from ..core.errors import DomainError, NotFound, RuleViolation
from ..core.forms import Form
from ..evidence.models import StoredFile
from ..evidence.queries import open_view
from ..evidence.service import store_upload
from ..evidence.told import told
from ..identity.access import current_actor, requires
from ..permissions import Permission, may, post
from . import queries
from .models import Attachment, Renovation
from .operations import Operation, check_entitled, check_open, perform
from .progress import is_without, office_of, person_of

bp = Blueprint("files", __name__)
bp.add_app_template_filter(office_of, "office")
bp.add_app_template_filter(person_of, "person")
bp.add_app_template_filter(is_without, "is_without")
bp.add_app_template_filter(post, "post")


def register_operations(blueprint: Blueprint, operations: Iterable[Operation]) -> None:
    """Give every operation of a stage its page `/renovations/<number>/<stage>/<name>`, stamped with its permission."""
    for operation in operations:
        blueprint.add_url_rule(
            f"/renovations/<number>/{operation.stage.value}/{operation.name}",
            endpoint=operation.name,
            view_func=requires(operation.permission)(_view(operation)),
            methods=["GET", "POST"],
        )


def _view(operation: Operation) -> Any:
    def view(number: str) -> Any:
        return show(operation, number)

    view.__name__ = operation.name
    view.__doc__ = operation.title
    return view


def show(operation: Operation, number: str) -> Any:
    """Show an operation's form, or carry it out and go back to the file."""
    actor = current_actor()
    key = request.form.get("once", "")
    if request.method == "POST":
        form = Form(operation.command)
        version = request.form.get("version", type=int)
        if form.run(lambda command: perform(operation, number, command, actor, version, key)):
            # in the address and not in the cookie: two tabs do not read each other's word, and no session is written
            return redirect(url_for("workbench.renovation", number=number, done=operation.key))
        db.session.rollback()
    renovation = queries.get(number, actor)  # after a refusal the latest state, beside what was typed
    check_entitled(
        operation, renovation, actor
    )  # the right before the input: nobody hears of papers who may do nothing
    if request.method != "POST":
        check_open(operation, renovation)
        form = Form(operation.command, operation.filled(renovation, actor))
    context = _context(operation, renovation, form)
    form.choices.update(context.pop("choices", None) or {})
    page = render_template(
        _template(operation),
        renovation=renovation,
        operation=operation,
        form=form,
        missing=operation.missing(renovation),
        consequence=operation.consequence(renovation),
        once=key or uuid4().hex,
        **context,
    )
    return page, form.status


def _context(operation: Operation, renovation: Renovation, form: Form[Any]) -> dict[str, Any]:
    """What the page needs; where it cannot be drawn again, what was refused before stays the reason."""
    try:
        return dict(operation.context(renovation))
    except DomainError:
        if form.problems:
            raise form.problems[0] from None
        raise


def _template(operation: Operation) -> str:
    name = f"{operation.stage.value}/{operation.name}.html"
    try:
        current_app.jinja_env.get_template(name)
    except TemplateNotFound as error:
        if error.name != name:
            raise
        return "components/operation.html"
    return name


@bp.get("/renovations/<number>/files/<int:attachment_id>")
@requires(Permission.RENOVATION_READ)
def show_file(number: str, attachment_id: int) -> Response:
    """A paper or photo of a file, within the actor's scope; `?size=thumb|view|original`. 404 outside it."""
    actor = current_actor()
    renovation = queries.get(number, actor)
    attachment = db.session.get(Attachment, attachment_id)
    if attachment is None or attachment.renovation_id != renovation.id or not queries.may_open(attachment, actor):
        raise NotFound("没有这份材料，或不在您的查看范围内。")
    return send(attachment.file_id, request.args.get("size", "view"))


@bp.get("/uploads/<int:file_id>")
@requires(Permission.RENOVATION_READ)
def show_upload(file_id: int) -> Response:
    """A preview of what the actor has just uploaded and not yet filed; 404 for everybody else."""
    stored = db.session.get(StoredFile, file_id)
    if stored is None or stored.uploaded_by != current_actor().user_id:
        raise NotFound("没有这个文件，请重新上传。")
    return send(file_id, "thumb")


@bp.post("/uploads")
@requires(Permission.RENOVATION_READ)
def upload() -> tuple[Response, int]:
    """Take in one photo while the form is still being filled in; answers its id, or the refusal in a sentence.

    `taken_at` and `position` are what the telephone read from the original before it made the photo smaller.
    """
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return jsonify(error="没有收到照片，请重新拍摄或选择。"), 422
    said = told(request.form.get("taken_at", ""), request.form.get("position", ""))
    try:
        stored = store_upload(sent.stream, sent.filename, current_actor().user_id, said)
    except RuleViolation as refused:
        return jsonify(error=refused.message), refused.status
    return jsonify(id=stored.id, size=stored.size, width=stored.width, height=stored.height), 201


def send(file_id: int, size: str) -> Response:
    """A stored file as an answer that no browser takes for anything else than what it is."""
    stored = db.session.get(StoredFile, file_id)
    if stored is None or size not in {"thumb", "view", "original"}:
        raise NotFound("没有这份材料。")
    content, media_type = open_view(stored, size)
    response = Response(content, content_type=media_type)
    response.headers["Cache-Control"] = "private, max-age=3600"
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if not may(current_actor(), Permission.HEALTH_READ):
        response.headers["Cache-Control"] = "private, no-store"
    return response
