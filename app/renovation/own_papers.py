"""Papers that a programme asks for beside those that the product knows: drawings, lists of materials, opinions.

Whoever the programme names uploads them; the step that they are needed for waits until they are there.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from pydantic import Field

from ..core.commands import Command, FileRef
from ..core.errors import Conflict, NotAllowed, RuleViolation
from ..lifecycle import LINE, Stage, Status
from ..permissions import FIRM_ROLES, Actor, Permission, Role
from ..programme.process_schema import Document, PaperStep
from ..programme.queries import programme_of
from . import queries
from .models import Attachment, Kind, Renovation
from .operations import Missing, Operation
from .papers import check_firm
from .progress import note
from .service import attach, end_attachment

UPLOAD = "application.upload_paper"
SUBJECT = "document:"
"""How the subject of such an attachment begins; the paper's key follows."""
OPEN = frozenset(LINE[: LINE.index(Status.SETTLED)])
"""Until the sums are approved: then no step is left that could wait for a paper."""


class UploadPaper(Command):
    """One paper that the programme asks for."""

    document: Annotated[str, Field(title="材料", min_length=1, max_length=64)]
    files: Annotated[list[FileRef], Field(title="照片或扫描件", min_length=1, max_length=20)]
    replace: Annotated[bool, Field(title="代替以前上传的这份材料")] = False
    note: Annotated[str, Field(title="说明", max_length=200)] = ""


def wanted(renovation: Renovation) -> tuple[Document, ...]:
    """The papers that the programme asks for of this file, in its order; asks the database nothing."""
    own = programme_of(renovation.programme_version_id).own_papers
    return tuple(one for one in own if one.only_if != "self_pay" or renovation.self_pay_fen)


def filed(renovation: Renovation) -> dict[str, list[Attachment]]:
    """Key of a paper → what was uploaded for it and is in force."""
    found: dict[str, list[Attachment]] = {}
    for one in queries.attachments(renovation, kind=Kind.OWN_PAPER):
        found.setdefault(one.subject.removeprefix(SUBJECT), []).append(one)
    return found


def missing(renovation: Renovation, step: PaperStep, by: Iterable[Role] = ()) -> list[Missing]:
    """What a step still waits for, each by its name; with `by` only what one of these roles uploads."""
    asked = [one for one in wanted(renovation) if one.needed_for is step]
    if not asked:
        return []
    programme, there, only = programme_of(renovation.programme_version_id), filed(renovation), set(by)
    return [
        Missing(f"还没有上传“{one.name}”，由{_said(programme.uploaders(one))}上传", UPLOAD)
        for one in asked
        if one.key not in there and (not only or only & set(programme.uploaders(one)))
    ]


def _said(roles: Sequence[Role]) -> str:
    return "、".join(role.label for role in roles)


def upload(renovation: Renovation, command: UploadPaper, actor: Actor) -> list[Attachment]:
    """Put a paper on the file, beside or instead of what there is of it.

    Raises RuleViolation for a paper that the programme does not ask for, NotAllowed for whose it is not, Conflict when
    these very files are it already.
    """
    paper = next((one for one in wanted(renovation) if one.key == command.document), None)
    if paper is None:
        raise RuleViolation("这个政策不要这份材料，请从列出的材料中选择。", "document")
    roles = programme_of(renovation.programme_version_id).uploaders(paper)
    if actor.role not in roles:
        raise NotAllowed(f"“{paper.name}”由{_said(roles)}上传，您只能查看。")
    check_firm(renovation, actor)
    there = filed(renovation).get(paper.key, [])
    made = [
        attach(renovation, paper.stage, Kind.OWN_PAPER, file_id, actor, f"{SUBJECT}{paper.key}", paper.name, "files")
        for file_id in command.files
    ]
    before = there if command.replace else []
    gone = [one for one in before if one not in made]
    if not gone and all(one in there for one in made):
        raise Conflict("这些文件已经在这份材料里，不用再上传。", "files")
    for one in gone:
        end_attachment(one, "重新上传")
    title = f"{'重新上传' if before else '上传'}{paper.name}"[:120]
    note(renovation, paper.stage, title, actor, command.note, {"document": paper.key, "files": len(made)})
    return made


def shown(renovation: Renovation, stage: Stage) -> list[tuple[Document, str, list[Attachment]]]:
    """The papers of a stage's tab: each with who uploads it, and what there is; [] where none is asked for."""
    asked = [one for one in wanted(renovation) if one.stage is stage]
    if not asked:
        return []
    programme, there = programme_of(renovation.programme_version_id), filed(renovation)
    return [(one, _said(programme.uploaders(one)), there.get(one.key, [])) for one in asked]


def _page(renovation: Renovation) -> dict[str, Any]:
    programme, there = programme_of(renovation.programme_version_id), filed(renovation)
    rows = [(one, _said(programme.uploaders(one)), there.get(one.key, [])) for one in wanted(renovation)]
    choices = [
        (one.key, f"{one.name}（{who}上传，{one.needed_for.label}前要，{'已上传' if found else '还没有'}）")
        for one, who, found in rows
    ]
    return {"rows": rows, "choices": {"document": choices}}


def lacking(renovation: Renovation, actor: Actor) -> list[Document]:
    """What this person is to upload and has not yet; without such papers the database is not asked."""
    programme = programme_of(renovation.programme_version_id)
    own = [one for one in wanted(renovation) if actor.role in programme.uploaders(one)]
    there = filed(renovation) if own else {}
    return [one for one in own if one.key not in there]


def _first_lacking(renovation: Renovation, actor: Actor) -> dict[str, Any]:
    found = sorted(lacking(renovation, actor), key=lambda one: list(PaperStep).index(one.needed_for))
    return {"document": found[0].key} if found else {}


def _is_for(renovation: Renovation, actor: Actor) -> bool:
    """Only whoever may upload one of them; a firm that left uploads nothing."""
    programme = programme_of(renovation.programme_version_id)
    if not any(actor.role in programme.uploaders(one) for one in wanted(renovation)):
        return False
    if actor.role not in FIRM_ROLES:
        return True
    now = queries.assignment(renovation, actor.role)
    return now is not None and now.organisation_id == actor.organisation_id


OPERATIONS = (
    Operation(
        "upload_paper",
        Stage.APPLICATION,
        "上传材料",
        Permission.PAPER_RETURN,
        UploadPaper,
        upload,
        statuses=OPEN,
        available=lambda renovation: bool(wanted(renovation)),
        context=_page,
        initial_for=_first_lacking,
        only=_is_for,
        additive=True,
        consequence=lambda _renovation: "材料存进档案；缺的材料没有上传以前，要它的那一步办不了。",
    ),
)
