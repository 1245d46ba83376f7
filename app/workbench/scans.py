"""Signed papers that come back: each goes to its place by the code on it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from io import BytesIO
from itertools import count
from typing import Any

from flask import current_app, url_for
from sqlalchemy import select

from ..core.db import db, transaction
from ..core.errors import DomainError, NotAllowed, NotFound, RuleViolation
from ..documents import codes
from ..documents import scans as reading
from ..documents.models import IssuedPaper
from ..evidence import storage
from ..evidence.models import StoredFile
from ..evidence.service import clean_name, store_upload
from ..jobs.asking import asker, rights
from ..jobs.models import Job
from ..jobs.service import Task, enqueue, handler
from ..permissions import Actor
from ..renovation import papers as paper_service
from ..renovation import queries as files
from ..renovation.models import SCAN, Attachment, Renovation
from ..renovation.papers import Paper
from ..renovation.progress import note
from ..renovation.service import attach
from ..stages.registry import papers as table
from . import papers


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one scanned paper: filed, known already, or left for a person to say where it belongs."""

    name: str
    pages: int
    state: str
    message: str
    number: str = ""
    file_id: int | None = None


FILED, KNOWN, UNREAD, REFUSED = "filed", "known", "unread", "refused"
WORDS = {FILED: "已归档", KNOWN: "以前归档过", UNREAD: "没有认出，等您选择", REFUSED: "没有收下"}


KIND = "papers.scans"


def ask(uploads: Sequence[tuple[str, bytes]], actor: Actor, once: str) -> Job:
    """Keep the uploads (name, content) as they came and have them filed; the same `once` again answers the same job.

    Outside a unit of work: the contents are stored before the job is asked for.
    """
    kept = []
    for name, content in uploads:
        key = storage.key_of(sha256(content).hexdigest(), "scan")
        storage.put(key, content)
        kept.append({"name": clean_name(name), "key": key, "pages": reading.pages(content)})
    payload = {"title": f"归档扫描件（{len(kept)} 个文件）", "uploads": kept} | rights(actor)
    with transaction():
        return enqueue(KIND, f"{actor.user_id}:{once}", payload, actor.user_id)


@handler(KIND, "归档扫描件")
def file_all(task: Task) -> dict[str, Any]:
    """File every upload of the job. Done twice, what was filed the first time is known the second time."""
    actor, uploads = asker(task), task.payload["uploads"]
    total, looked_at = sum(upload["pages"] for upload in uploads), count(1)
    outcomes = [
        one
        for upload in uploads
        for one in take(
            upload["name"],
            storage.get(upload["key"]),
            actor,
            lambda: task.progress(min(next(looked_at), total), total),
        )
    ]
    task.progress(total, total)
    with current_app.test_request_context("/"):
        link = {"label": "看逐份结果", "url": url_for("papers.scanned", job_id=task.job_id)}
    counted = Counter(one.state for one in outcomes)
    said = [f"{counted[state]} 份{words}" for state, words in WORDS.items() if counted[state]]
    return {"summary": "，".join(said), "outcomes": [asdict(one) for one in outcomes], "links": [link]}


def take(name: str, content: bytes, actor: Actor, seen: Callable[[], None] = lambda: None) -> list[Outcome]:
    """Take an upload apart and put each paper in its place. Outside a unit of work; one fault keeps nothing else back."""
    try:
        found = reading.parts(content, seen)
    except DomainError as error:
        return [Outcome(name, 0, REFUSED, error.message)]
    return [_take_one(name, part, actor) for part in found]


def _take_one(name: str, part: reading.Part, actor: Actor) -> Outcome:
    try:
        stored = store_upload(BytesIO(part.content), name, actor.user_id).id
    except DomainError as error:
        return Outcome(name, part.pages, REFUSED, error.message)
    if not part.code:
        return Outcome(name, part.pages, UNREAD, "没有读到二维码，请选择它是哪一户的哪份文书。", file_id=stored)
    try:
        with transaction():
            return _filed(name, part.pages, by_code(part.code, actor), stored, actor)
    except DomainError as error:
        return Outcome(name, part.pages, UNREAD, error.message, file_id=stored)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a signed copy belongs."""

    renovation: Renovation
    paper: Paper
    subject: str
    caption: str


def by_code(code: str, actor: Actor) -> Place:
    """The place of the paper with this code, the file locked; raises NotFound, also outside the scope."""
    row = paper_service.by_code(code)
    number = _number_of(row) if row is not None else ""
    if row is None or not number:
        raise NotFound(f"编号 {code} 不是本系统出具的文书，或不在您的查看范围内。")
    return _place(files.get_for_change(number, actor), row.kind, actor, f"{SCAN}{code}", f"第 {row.version} 版")


def by_hand(number: str, kind: str, actor: Actor) -> Place:
    """The place that a person names: the newest edition of that paper, or the paper written without the system."""
    renovation = files.get_for_change(number, actor)
    issued = next((row for row in paper_service.issued(renovation) if row.kind == kind), None)
    subject = f"{SCAN}{issued.code}" if issued is not None else f"{SCAN}{kind}"
    return _place(renovation, kind, actor, subject, f"第 {issued.version} 版" if issued is not None else "手工填写")


def _place(renovation: Renovation, kind: str, actor: Actor, subject: str, edition: str) -> Place:
    paper = papers.paper(kind)
    if not paper.may_read(actor):
        raise NotAllowed(f"您的岗位不能办理“{paper.title}”，请由有权限的同事回传。")
    if paper.scan is None:
        raise RuleViolation(f"“{paper.title}”不用签字，不需要回传。")
    paper_service.check_firm(renovation, actor)
    return Place(renovation, paper, subject, f"{paper.title}（{edition}，签字扫描件）")


def file_by_hand(stored: int, code: str, number: str, kind: str, actor: Actor) -> Outcome:
    """Put an upload where a person says: by the code that was typed, else by file number and paper. In a unit of work."""
    typed = codes.read(code)
    if code.strip() and not typed:
        raise RuleViolation("编号是二维码旁边的 10 位字母和数字，请核对后重填。", "code")
    place = by_code(typed, actor) if typed else by_hand(number.strip().upper(), kind, actor)
    upload = db.session.get(StoredFile, stored)
    return _filed(upload.name if upload is not None else "", 1, place, stored, actor)


def _filed(name: str, pages: int, place: Place, stored: int, actor: Actor) -> Outcome:
    renovation, paper = place.renovation, place.paper
    if _is_known(renovation, place.subject, stored):
        return Outcome(name, pages, KNOWN, f"{paper.title}：这份扫描件已经回传过。", renovation.number)
    assert paper.scan is not None
    attach(renovation, paper.stage, paper.scan, stored, actor, place.subject, place.caption)
    note(renovation, paper.stage, f"回传扫描件：{paper.title}", actor, details={"paper": place.subject})
    db.session.flush()
    return Outcome(name, pages, FILED, f"{paper.title}：已归入档案。", renovation.number)


def _is_known(renovation: Renovation, subject: str, stored: int) -> bool:
    """True when the same content stands there already: the same batch sent twice is filed once."""
    content = select(StoredFile.sha256).where(StoredFile.id == stored).scalar_subquery()
    same = (
        select(Attachment.id)
        .join(StoredFile, StoredFile.id == Attachment.file_id)
        .where(
            Attachment.renovation_id == renovation.id,
            Attachment.subject == subject,
            Attachment.ended_at.is_(None),
            StoredFile.sha256 == content,
        )
    )
    return db.session.scalar(same.limit(1)) is not None


def _number_of(row: IssuedPaper) -> str:
    return db.session.scalar(select(Renovation.number).where(Renovation.id == row.renovation_id)) or ""


def kinds_to_return(actor: Actor) -> Sequence[tuple[str, str]]:
    """The papers that come back signed, as choices."""
    return [(one.kind, one.title) for one in table().values() if one.scan is not None and one.may_read(actor)]
