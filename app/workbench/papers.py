"""The papers of a file: which can be issued now, which were, and what came back signed."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.errors import NotFound
from ..documents.models import IssuedPaper
from ..permissions import Actor, Permission, may
from ..renovation import papers
from ..renovation.models import Attachment, Renovation
from ..renovation.papers import Paper
from ..stages.registry import papers as table

WHOLE_FILE = "whole_file"
"""The kind under which a whole file stands among the issued papers."""


@dataclass(frozen=True, slots=True)
class Line:
    """One paper on the list: its editions so far, newest first, and the signed copies of each."""

    paper: Paper
    is_open: bool
    editions: tuple[IssuedPaper, ...]
    scans: dict[str, tuple[Attachment, ...]]


def paper(kind: str) -> Paper:
    """The paper of that kind; raises NotFound."""
    found = table().get(kind)
    if found is None:
        raise NotFound("没有这种文书，请从档案的文书页打开。")
    return found


def lines(renovation: Renovation, actor: Actor) -> list[Line]:
    """The papers that this person may have of this file and that can be issued or were."""
    issued: dict[str, list[IssuedPaper]] = {}
    for row in papers.issued(renovation):
        issued.setdefault(row.kind, []).append(row)
    returned = papers.scans(renovation)
    found = []
    for one in table().values():
        if not one.may_read(actor):
            continue
        editions = issued.get(one.kind, [])
        is_open = one.context(renovation) is not None
        if is_open or editions:
            scans = {row.code: tuple(returned.get(row.code, ())) for row in editions}
            found.append(Line(one, is_open, tuple(editions), scans))
    return found


def exports(renovation: Renovation, actor: Actor) -> Sequence[IssuedPaper]:
    """The whole file as it was exported, newest first; nothing for whoever may not export it."""
    if not may(actor, Permission.FILE_EXPORT):
        return []
    return [row for row in papers.issued(renovation) if row.kind == WHOLE_FILE]


def may_open(row: IssuedPaper, actor: Actor) -> bool:
    """True when this person may have the issued paper; the file's scope is asked besides."""
    if row.kind == WHOLE_FILE:
        return may(actor, Permission.FILE_EXPORT)
    known = table().get(row.kind)
    return known is not None and known.may_read(actor)


def reveals(row: IssuedPaper) -> bool:
    """True when whole identity numbers stand on it: who opens it is written down."""
    return row.kind == WHOLE_FILE or table()[row.kind].reveals
