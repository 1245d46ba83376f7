"""Papers: each that an office issues is one row, described once; from it come the page, the PDF, the list and the API.

What was printed is kept by content: the same content again is the same paper with the same code, read from the store.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from flask import has_request_context, render_template, url_for
from markupsafe import Markup
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from ..audit.service import record
from ..core import clock
from ..core.db import db, transaction
from ..core.errors import NotAllowed, NotFound
from ..documents import codes, rendering
from ..documents.models import IssuedPaper
from ..evidence import storage
from ..evidence.models import FileKind, StoredFile
from ..lifecycle import Stage, Step
from ..permissions import FIRM_ROLES, Actor, Permission, may
from ..programme.queries import programme_of
from . import queries
from .models import SCAN, Attachment, Kind, Renovation

FORM = "pdf"
"""In the store's names: a PDF lies beside the uploads under a name of its own kind."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One kind of paper.

    `context(renovation)` gives what the template `print/<kind>.html` needs, None while it cannot be issued yet.
    `scan` says as what the signed copy comes back, None for what nobody signs. `office` papers are no firm's business.
    A paper that is not `numbered` leaves the file's number out: the household keeps it, and numbers can be guessed.
    One that is `of_one_message` is printed from where that message stands, never for many files at once.
    `reveals` marks the ones with whole identity numbers: who prints them is written down each time. `step` is the part of
    the stage that brings it forth: a programme without that has no such paper. A `secret` one says what not everybody
    who opens the whole file may read, and stays out of that. `wanted_by` is how the mark begins of the programmes that have
    it (`process.marks`), where not every programme does.
    """

    kind: str
    stage: Stage
    title: str
    permission: Permission
    context: Callable[[Renovation], Mapping[str, Any] | None]
    scan: Kind | None = None
    office: bool = False
    reveals: bool = False
    letter: bool = False
    of_one_message: bool = False
    secret: bool = False
    numbered: bool = True
    step: Step | None = None
    wanted_by: str = ""
    note: str = field(default="")
    """What to do with it, beside the button."""

    @property
    def part(self) -> Stage | Step:
        """The part of the process without which there is no such paper."""
        return self.step or self.stage

    @property
    def template(self) -> str:
        """What it says, for the page and for the PDF."""
        return f"print/{self.kind}.html"

    def may_read(self, actor: Actor) -> bool:
        """True when this person may have it; the file's scope is asked besides."""
        if not (may(actor, Permission.PAPER_PRINT) and may(actor, self.permission)):
            return False
        return not (self.office and actor.role in FIRM_ROLES)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A paper with what it says, ready to be drawn: `body` is the HTML without the code."""

    paper: Paper
    subject: str
    number: str
    context: Mapping[str, Any]
    renovation: Renovation | None = None

    def body(self, for_screen: bool = False) -> Markup:
        """What the paper says; on screen photos come by their pages' addresses, on paper from the store."""
        return Markup(  # noqa: S704 — the template has escaped it
            render_template(
                self.paper.template,
                paper=self.paper,
                number=self.number,
                renovation=self.renovation,
                picture=_on_screen(self.number) if for_screen else _stored,
                **{**self._programme(), **self.context},
            )
        )

    def _programme(self) -> Mapping[str, Any]:
        return {} if self.renovation is None else {"programme": programme_of(self.renovation.programme_version_id)}


def sheet(paper: Paper, renovation: Renovation, actor: Actor) -> Sheet:
    """A file's paper as it would be now; raises NotAllowed, NotFound while there is nothing to print."""
    if not paper.may_read(actor):
        raise NotAllowed(f"您的岗位不能打印“{paper.title}”，请由有权限的同事办理。")
    check_firm(renovation, actor)
    context = paper.context(renovation)
    if context is None:
        raise NotFound(f"这份档案现在还没有“{paper.title}”可以打印。")
    if "subject" in context:  # of several households: no file's number stands on it
        return Sheet(paper, str(context["subject"]), "", context)
    return Sheet(paper, f"renovation:{renovation.id}", renovation.number, context, renovation)


def check_firm(renovation: Renovation, actor: Actor) -> None:
    """Papers are for the firm that has the part now; raises NotAllowed for one that left or is another."""
    if actor.role in FIRM_ROLES:
        present = queries.assignment(renovation, actor.role)
        if present is None or present.organisation_id != actor.organisation_id:
            raise NotAllowed("贵单位已不承担这一户，文书由现在的单位办理。")


def address_of(endpoint: str, **values: Any) -> str:
    """The full address of a page for a QR picture; "" outside a request, where nobody knows the site's name."""
    return url_for(endpoint, _external=True, **values) if has_request_context() else ""


def _stored(photo: Any) -> str:
    return f"stored:{photo.file_id}" if photo is not None else ""


def _on_screen(number: str) -> Callable[[Any], str]:
    def address(photo: Any) -> str:
        """Of an attachment of the file, or of a photo of its notice."""
        if photo is None:
            return ""
        if isinstance(photo, Attachment):
            return url_for("files.show_file", number=number, attachment_id=photo.id, size="view")
        return url_for("application.notice_picture", notice_id=photo.notice_id, photo_id=photo.id)

    return address


# ---------------------------------------------------------------- issuing


def issue(wanted: Sheet, actor: Actor) -> IssuedPaper:
    """The paper as PDF: the one already issued with this content, else a new edition. Outside a unit of work.

    Raises NoPdf where the machine cannot make any.
    """
    body = wanted.body()
    content_hash = sha256(f"{rendering.style_hash()}|{wanted.paper.title}|{body}".encode()).hexdigest()
    found = known(wanted.subject, wanted.paper.kind, content_hash)
    if found is not None:
        if wanted.paper.reveals:
            note_opened(found, wanted.number, actor)
        return found
    renovation_id = wanted.renovation.id if wanted.renovation is not None else None
    edition = Edition(
        wanted.subject, wanted.paper.kind, wanted.paper.title, content_hash, codes.new(), renovation_id, wanted.number
    )
    return keep_edition(edition, rendering.render(document(wanted, body, edition.code)), actor)


@dataclass(frozen=True, slots=True)
class Edition:
    """A paper as it is about to be kept: of what, which content, under which code."""

    subject: str
    kind: str
    title: str
    content_hash: str
    code: str
    renovation_id: int | None
    number: str
    manifest: dict[str, Any] | None = None


def keep_edition(edition: Edition, pdf: rendering.Pdf, actor: Actor) -> IssuedPaper:
    """Keep a finished paper, first the content, then its row; outside a unit of work.

    Where somebody printed the same at the same moment, theirs is the paper.
    """
    key = storage.key_of(pdf.sha256, FORM)
    storage.put(key, pdf.content)
    try:
        with transaction():
            row = _row(edition, pdf, key, actor)
            db.session.add(row)
            db.session.flush()
            _note(row, edition.number, actor, "paper_issued")
    except IntegrityError:
        db.session.rollback()
        other = known(edition.subject, edition.kind, edition.content_hash)
        if other is None:
            raise
        return other
    return row


def document(wanted: Sheet, body: Markup, code: str) -> str:
    """The whole HTML of one paper, its code in the corner of every page."""
    return render_template(
        "print/document.html",
        title=wanted.paper.title,
        number=wanted.number if wanted.paper.numbered else "",
        parts=[(wanted.paper, body)],
        code=code,
        picture=codes.picture(codes.in_picture(code)),
    )


def content_of(row: IssuedPaper) -> bytes:
    """The PDF of an issued paper; raises NotFound when the store has lost it."""
    try:
        return storage.get(row.key)
    except FileNotFoundError as error:
        raise NotFound("存储中找不到这份文书，请联系管理员检查存储或从备份恢复。") from error


def _row(edition: Edition, pdf: rendering.Pdf, key: str, actor: Actor) -> IssuedPaper:
    last = db.session.scalar(
        select(func.max(IssuedPaper.version)).where(
            IssuedPaper.subject == edition.subject, IssuedPaper.kind == edition.kind
        )
    )
    return IssuedPaper(
        renovation_id=edition.renovation_id,
        subject=edition.subject,
        kind=edition.kind,
        title=edition.title,
        version=(last or 0) + 1,
        code=edition.code,
        content_hash=edition.content_hash,
        sha256=pdf.sha256,
        key=key,
        size=len(pdf.content),
        pages=pdf.pages,
        manifest=edition.manifest,
        issued_at=clock.now(),
        issued_by=actor.user_id,
        issued_by_name=actor.name,
    )


def known(subject: str, kind: str, content_hash: str) -> IssuedPaper | None:
    """The paper that was issued with this content."""
    return db.session.scalar(
        select(IssuedPaper).where(
            IssuedPaper.subject == subject, IssuedPaper.kind == kind, IssuedPaper.content_hash == content_hash
        )
    )


def note_opened(row: IssuedPaper, number: str, actor: Actor) -> None:
    """Write down who opened a paper with whole identity numbers on it. Outside a unit of work."""
    with transaction():
        _note(row, number, actor, "paper_opened")


def _note(row: IssuedPaper, number: str, actor: Actor, event: str) -> None:
    chain = f"renovation:{number}" if row.renovation_id is not None else row.subject
    record(chain, event, actor, paper=row.kind, code=row.code, version=row.version)


# ---------------------------------------------------------------- what was issued


def issued(renovation: Renovation) -> Sequence[IssuedPaper]:
    """Every paper issued for a file, newest first."""
    return db.session.scalars(
        select(IssuedPaper).where(IssuedPaper.renovation_id == renovation.id).order_by(IssuedPaper.id.desc())
    ).all()


def by_code(code: str) -> IssuedPaper | None:
    """The paper with this code; whoever asks must ask for its file's scope too."""
    return db.session.scalar(select(IssuedPaper).where(IssuedPaper.code == code))


def one_of(renovation: Renovation, code: str) -> IssuedPaper:
    """A file's issued paper by its code; raises NotFound."""
    found = by_code(code)
    if found is None or found.renovation_id != renovation.id:
        raise NotFound("没有这份文书，请从档案的文书页打开。")
    return found


def scans(renovation: Renovation) -> dict[str, list[Attachment]]:
    """Code of a paper → the signed copies that came back."""
    found: dict[str, list[Attachment]] = {}
    for attachment in queries.attachments(renovation):
        if attachment.subject.startswith(SCAN):
            found.setdefault(attachment.subject.removeprefix(SCAN), []).append(attachment)
    return found


def photos(renovation: Renovation) -> dict[int, Attachment]:
    """The photos in force by id: papers show no PDF."""
    rows = db.session.execute(
        select(Attachment)
        .join(StoredFile, StoredFile.id == Attachment.file_id)
        .where(
            Attachment.renovation_id == renovation.id,
            Attachment.ended_at.is_(None),
            StoredFile.kind == FileKind.IMAGE,
        )
    )
    return {row[0].id: row[0] for row in rows}
