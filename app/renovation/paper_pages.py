"""A paper on screen: the same content as its PDF, with the buttons to print and to keep it."""

from flask import Response, render_template, url_for

from ..documents import fonts, rendering
from ..documents.models import IssuedPaper
from ..identity.access import current_actor
from . import queries
from .papers import Paper, Sheet, content_of, sheet


def show(paper: Paper, number: str) -> str:
    """A file's paper as it would be printed now; raises NotFound, NotAllowed."""
    actor = current_actor()
    renovation = queries.get(number, actor)
    return page(
        sheet(paper, renovation, actor),
        url_for("papers.pdf", number=number, kind=paper.kind),
        [(number, url_for("workbench.renovation", number=number)), ("文书", url_for("papers.of_file", number=number))],
    )


def page(shown: Sheet, pdf: str, crumbs: list[tuple[str, str]]) -> str:
    """Any sheet as a page; `pdf` is where its PDF is, `crumbs` the way there."""
    body = shown.body(for_screen=True)
    return render_template(
        "components/paper.html",
        shown=shown,
        body=body,
        boxes="、".join(fonts.missing(body.striptags())),
        pdf=pdf,
        crumbs=crumbs,
        missing=rendering.missing(),
    )


def send(row: IssuedPaper) -> Response:
    """An issued paper's PDF, shown by the browser itself."""
    return send_pdf(content_of(row), f"{row.kind}-{row.code}.pdf")


def send_pdf(content: bytes, name: str, media_type: str = "application/pdf", inline: bool = True) -> Response:
    """A file of ours as an answer that nobody keeps by the way; `name` is plain ASCII."""
    response = Response(content, content_type=media_type)
    response.headers["Content-Disposition"] = f'{"inline" if inline else "attachment"}; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
