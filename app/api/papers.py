"""Papers through the API: which a file has, and each as PDF."""

from datetime import datetime

from flask import Response

from ..identity.access import current_actor, requires
from ..lifecycle import Stage
from ..permissions import Permission
from ..renovation import paper_pages, papers, queries
from ..workbench import papers as listed
from .exchange import answer
from .schemas import Answer


class EditionAnswer(Answer):
    """A paper as it was issued: its edition, the code on it, the hash of its PDF."""

    version: int
    code: str
    sha256: str
    pages: int
    issued_at: datetime
    issued_by_name: str
    scans: list[int]
    """The attachments with the signed copies that came back."""


class PaperAnswer(Answer):
    """One kind of paper: whether it can be printed now, and its editions, newest first."""

    kind: str
    stage: Stage
    title: str
    is_open: bool
    editions: list[EditionAnswer]


class Papers(Answer):
    """The papers of a file that the caller may have, in the lifecycle's order."""

    items: list[PaperAnswer]


@requires(Permission.PAPER_PRINT)
def list_papers(number: str) -> Response:
    """Which papers a file has, and what was issued."""
    actor = current_actor()
    renovation = queries.get(number, actor)
    return answer(Papers(items=[_described(line) for line in listed.lines(renovation, actor)]))


def _described(line: listed.Line) -> PaperAnswer:
    editions = [
        EditionAnswer(
            version=row.version,
            code=row.code,
            sha256=row.sha256,
            pages=row.pages,
            issued_at=row.issued_at,
            issued_by_name=row.issued_by_name,
            scans=[one.id for one in line.scans[row.code]],
        )
        for row in line.editions
    ]
    paper = line.paper
    return PaperAnswer(kind=paper.kind, stage=paper.stage, title=paper.title, is_open=line.is_open, editions=editions)


@requires(Permission.PAPER_PRINT)
def show_paper(number: str, kind: str) -> Response:
    """A paper as PDF: the edition with this content if there is one, else a new one."""
    actor = current_actor()
    renovation = queries.get(number, actor)
    return paper_pages.send(papers.issue(papers.sheet(listed.paper(kind), renovation, actor), actor))
