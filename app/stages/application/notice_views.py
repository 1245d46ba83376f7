"""Pages of public notices: the desk's list, one notice, its poster, its photos, the public page; letters and slips."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for

from ...core import clock
from ...core.db import transaction
from ...core.errors import NotAllowed
from ...core.forms import Form
from ...identity.access import current_actor, public, requires
from ...permissions import FIRM_ROLES, Actor, Permission, may
from ...renovation import paper_pages, papers
from ...renovation.models import Renovation
from ...renovation.web import send
from . import decision_queries as decided
from . import documents
from . import notice_queries as reads
from . import notice_service as service
from .notice_models import Notice
from .notice_rules import PhotoDay, ProveNotice, Section, is_over

REVIEWERS = Permission.RENOVATION_READ


def register(bp: Blueprint) -> None:
    """Put the pages on the stage's blueprint, and `notice_panel(renovation, actor)` at the templates' disposal."""
    bp.get("/notices")(notices)
    bp.get("/notices/<int:notice_id>")(notice)
    bp.get("/notices/<int:notice_id>/poster")(notice_poster)
    bp.get("/notices/<int:notice_id>/poster/pdf")(notice_poster_pdf)
    bp.route("/notices/<int:notice_id>/photo", methods=["GET", "POST"])(notice_photo)
    bp.get("/notices/<int:notice_id>/photos/<int:photo_id>")(notice_picture)
    bp.get("/notices/public/<token>")(public_notice)
    bp.get("/renovations/<number>/application/slip")(slip)
    bp.get("/renovations/<number>/application/letter")(letter)
    bp.add_app_template_global(_panel, "notice_panel")


def _panel(renovation: Renovation, actor: Actor) -> dict[str, Any]:
    return decided.panel(renovation, actor) | {"section_labels": {one.value: one.label for one in Section}}


def _staff() -> Actor:
    """The actor of the request, when notices concern them: firms work in homes, not on notices."""
    actor = current_actor()
    if actor.role in FIRM_ROLES:
        raise NotAllowed("公示由乡镇（街道）和民政局办理。")
    return actor


@requires(REVIEWERS)
def notices() -> Any:
    """The notices of the actor's region, running or over."""
    actor = _staff()
    kind = request.args.get("state", "running")
    running = {"running": True, "over": False}.get(kind)
    rows = reads.notices(actor, running, request.args.get("before", type=int))
    return render_template(
        "application/notices.html",
        rows=rows,
        state=kind,
        today=clock.today(),
        first=PhotoDay.FIRST,
        last=PhotoDay.LAST,
        older=rows[-1].notice.id if len(rows) == reads.PAGE else None,
    )


@requires(REVIEWERS)
def notice(notice_id: int) -> Any:
    """One notice: who is on it (masked), where it hangs, its photos, the public address while it runs."""
    actor = _staff()
    found = reads.notice(notice_id, actor)
    return render_template(
        "application/notice.html",
        notice=found,
        rows=reads.entries_with_files(found),
        photos=reads.proof_of(found),
        days=list(PhotoDay),
        address=_address(found),
        today=clock.today(),
        posts=may(actor, Permission.APPLICATION_NOTICE),
    )


@requires(REVIEWERS)
def notice_poster(notice_id: int) -> str:
    """The notice as it is printed and put up."""
    found = reads.notice(notice_id, _staff())
    crumbs = [
        ("公示", url_for("application.notices")),
        (found.township.name, url_for("application.notice", notice_id=notice_id)),
    ]
    return paper_pages.page(_poster(found), url_for("application.notice_poster_pdf", notice_id=notice_id), crumbs)


@requires(REVIEWERS)
def notice_poster_pdf(notice_id: int) -> Response:
    """The notice as PDF, kept like every paper."""
    actor = _staff()
    return paper_pages.send(papers.issue(_poster(reads.notice(notice_id, actor)), actor))


def _poster(found: Notice) -> papers.Sheet:
    context = documents.notice_context(found)
    return papers.Sheet(documents.PUBLIC_NOTICE, str(context["subject"]), "", context)


@requires(Permission.APPLICATION_NOTICE)
def notice_photo(notice_id: int) -> Any:
    """Upload the photo of the first or last day; it serves every household on the notice."""
    actor = _staff()
    found = reads.notice(notice_id, actor)
    form = Form(ProveNotice, {"taken_on": clock.today(), "day": request.args.get("day", "")})

    def work(command: ProveNotice) -> None:
        with transaction():
            service.add_photo(reads.notice(notice_id, actor), command, actor)

    if form.run(work):
        flash("公示照片已保存", "success")
        return redirect(url_for("application.notice", notice_id=notice_id))
    found = reads.notice(notice_id, actor)
    page = render_template("application/notice_photo.html", notice=found, form=form, photos=reads.proof_of(found))
    return page, form.status


@requires(REVIEWERS)
def notice_picture(notice_id: int, photo_id: int) -> Any:
    """A proof photo."""
    photo = reads.photo(notice_id, photo_id, _staff())
    return send(photo.file_id, request.args.get("size", "view"))


@public
def public_notice(token: str) -> Any:
    """The notice for everybody, for as long as its period runs, and gone after it (domain §4)."""
    found = reads.public_notice(token, clock.today())
    return render_template("application/notice_public.html", notice=found, entries=reads.shown(found))


@requires(Permission.PAPER_PRINT)
def slip(number: str) -> str:
    """The newest correction slip, to print."""
    return paper_pages.show(documents.CORRECTION_SLIP, number)


@requires(Permission.PAPER_PRINT)
def letter(number: str) -> str:
    """The letter of the rejection in force, to print."""
    return paper_pages.show(documents.REJECTION_LETTER, number)


def _address(found: Notice) -> str:
    """The public address, while the period runs or is still to come."""
    if is_over(found.ends_on, clock.today()):
        return ""
    return url_for("application.public_notice", token=found.token, _external=True)
