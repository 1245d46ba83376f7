"""Pages of notices: one's inbox, the delivery log, a letter to print, where one gets mail."""

from typing import Any, cast

from flask import Blueprint, Flask, Response, flash, redirect, render_template, request, url_for

from ..core.db import transaction
from ..core.forms import Form
from ..identity.access import current_actor, requires
from ..permissions import Permission, may
from ..renovation import paper_pages, papers
from ..renovation import queries as renovations
from ..renovation.papers import Sheet
from . import channels, documents, queries, sending, service
from .models import Message
from .rules import HandOver, MessageState, SetContact, Way

__all__ = ["bp", "sending"]

bp = Blueprint("letters", __name__)
bp.record_once(lambda state: channels.init_app(cast("Flask", state.app)))

READ, HAND = Permission.RENOVATION_READ, Permission.LETTER_SEND


@bp.get("/inbox")
@requires()
def inbox() -> str:
    """My notices, newest first."""
    actor = current_actor()
    page = queries.inbox(actor, request.args.get("before", type=int))
    return render_template("letters/inbox.html", page=page, unread=queries.unread(actor))


@bp.get("/inbox/count")
@requires()
def count() -> str:
    """How many are new, for the bell; nothing for none."""
    number = queries.unread(current_actor())
    return f"{queries.MOST}+" if number > queries.MOST else str(number or "")


@bp.post("/inbox/<int:message_id>")
@requires()
def open_one(message_id: int) -> Any:
    """Open one notice: it is read now, and its file is where something can be done."""
    actor = current_actor()
    with transaction():
        message = queries.own_message(message_id, actor)
        service.open_message(message)
        number = message.renovation.number
    return redirect(url_for("workbench.renovation", number=number))


@bp.post("/inbox/read")
@requires()
def read_all() -> Any:
    """Everything in my inbox has been seen."""
    with transaction():
        service.read_all(queries.own(current_actor()))
    flash("通知已全部标为已读", "success")
    return redirect(url_for("letters.inbox"))


@bp.route("/inbox/contact", methods=["GET", "POST"])
@requires()
def contact() -> Any:
    """Where I get mail."""
    actor = current_actor()
    form = Form(SetContact) if request.method == "POST" else Form(SetContact, {"email": queries.email_of(actor)})
    if request.method == "POST" and form.run(_save_contact):
        flash("已保存", "success")
        return redirect(url_for("letters.inbox"))
    has_mail = Way.MAIL.value in channels.active()
    return render_template("letters/contact.html", form=form, has_mail=has_mail), form.status


def _save_contact(command: SetContact) -> None:
    with transaction():
        service.set_contact(command, current_actor())


@bp.get("/letters")
@requires(READ)
def log() -> str:
    """The delivery log: to whom, by which way, which wording, how it stands and why it failed."""
    actor = current_actor()
    way, wanted = request.args.get("way", ""), request.args.get("state", "")
    state = MessageState(wanted) if wanted in set(MessageState) else None
    number = request.args.get("number", "").strip()
    page = queries.log(actor, way, state, number, request.args.get("before", type=int))
    return render_template(
        "letters/log.html",
        page=page,
        ways=list(Way),
        states=list(MessageState),
        way=way,
        state=wanted,
        number=number,
        may_send=may(actor, HAND),
        address_of_letter=address_of_letter,
    )


@bp.post("/letters/<int:message_id>/handed-over")
@requires(HAND)
def handed_over(message_id: int) -> Any:
    """Note that a printed letter was handed over."""
    form, actor = Form(HandOver), current_actor()

    def note(command: HandOver) -> None:
        with transaction():
            service.hand_over(queries.in_scope(message_id, actor), command, actor)

    if form.run(note):
        flash("已登记送达", "success")
    else:
        flash(form.errors[0][2], "warning")
    return redirect(_back())


@bp.post("/letters/<int:message_id>/again")
@requires(HAND)
def again(message_id: int) -> Any:
    """Send once more what failed."""
    actor = current_actor()
    with transaction():
        service.try_again(queries.in_scope(message_id, actor), actor)
    flash("已重新排队，稍后刷新看结果", "success")
    return redirect(_back())


@bp.get("/renovations/<number>/letters/<int:message_id>")
@requires(HAND)
def letter(number: str, message_id: int) -> str:
    """A notice as a letter to print and hand over."""
    pdf = url_for("letters.letter_pdf", number=number, message_id=message_id)
    file, deliveries = url_for("workbench.renovation", number=number), url_for("letters.log", number=number)
    return paper_pages.page(_sheet(number, message_id), pdf, [(number, file), ("送达记录", deliveries)])


@bp.get("/renovations/<number>/letters/<int:message_id>/pdf")
@requires(HAND)
def letter_pdf(number: str, message_id: int) -> Response:
    """The same as PDF, with the code by which the signed copy finds its place."""
    return paper_pages.send(papers.issue(_sheet(number, message_id), current_actor()))


def _sheet(number: str, message_id: int) -> Sheet:
    actor = current_actor()
    renovation = renovations.get(number, actor)
    return documents.letter(renovation, queries.in_scope(message_id, actor, number))


def address_of_letter(message: Message, number: str) -> str:
    """Where the letter is printed: the office's own paper, or the notice's page."""
    _, _, paper = message.template.partition("/")
    if paper:
        return url_for("papers.show", number=number, kind=paper)
    return url_for("letters.letter", number=number, message_id=message.id)


def _back() -> str:
    way, state, number = (request.form.get(name) or None for name in ("way", "state", "number"))
    return url_for("letters.log", way=way, state=state, number=number)
