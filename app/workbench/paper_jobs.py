"""Many papers in one job: each issued by itself, then put together as one PDF or a ZIP."""

import re
import zipfile
from collections.abc import Sequence
from hashlib import sha256
from io import BytesIO
from typing import Any

from flask import current_app, url_for
from sqlalchemy import select

from ..audit.service import record
from ..core import spoken
from ..core.db import db, transaction
from ..core.errors import NotAllowed, NotFound, RuleViolation
from ..documents import codes, rendering
from ..documents.models import IssuedPaper
from ..evidence import storage
from ..jobs.asking import asker, rights
from ..jobs.items import add_items, each
from ..jobs.models import ItemState, Job, JobItem
from ..jobs.service import Task, enqueue, handler
from ..permissions import Actor
from ..renovation import papers as paper_service
from ..renovation import queries as files
from ..renovation.models import Renovation
from . import papers

MANY = "papers.many"
MOST = 2000
FORMS = {"pdf": ("application/pdf", "一个 PDF"), "zip": ("application/zip", "压缩包")}
_CODE = re.compile(rf"([{spoken.ALPHABET}]{{{codes.LENGTH}}})$")


def start(numbers: Sequence[str], kind: str, form: str, actor: Actor, once: str, site: str) -> Job:
    """Ask for a paper of each of these files, as one PDF or a ZIP; `site` is the address that QR pictures name.

    In a unit of work. Raises NotFound, NotAllowed, RuleViolation (none, too many, another form).
    """
    paper, numbers = papers.paper(kind), list(dict.fromkeys(numbers))
    if not paper.may_read(actor):
        raise NotAllowed(f"您的岗位不能打印“{paper.title}”，请由有权限的同事办理。")
    if form not in FORMS:
        raise RuleViolation("请选择合成一个 PDF 或压缩包。", "form")
    if not 1 <= len(numbers) <= MOST:
        raise RuleViolation(f"请选择 1 到 {MOST} 户。", "numbers")
    seen = _in_scope(numbers, actor)
    if seen != set(numbers):
        raise NotFound("有的档案没有，或不在您的查看范围内。请刷新列表后重新选择。")
    payload = {"title": f"打印{paper.title}（{len(numbers)} 户）", "kind": kind, "form": form, "site": site} | rights(
        actor
    )
    job = enqueue(MANY, f"{actor.user_id}:{once}", payload, actor.user_id)
    add_items(job, numbers)
    return job


def _in_scope(numbers: Sequence[str], actor: Actor) -> set[str]:
    found: set[str] = set()
    for start_ in range(0, len(numbers), 500):
        some = Renovation.number.in_(numbers[start_ : start_ + 500])
        found |= set(db.session.scalars(select(Renovation.number).where(some, files.visible_to(actor))))
    return found


@handler(MANY, "批量打印文书")
def print_many(task: Task) -> dict[str, Any]:
    """Issue the paper of each file that still waits, then put together what was issued. Done twice it is done once."""
    with current_app.test_request_context("/", base_url=task.payload["site"]):
        actor, paper = asker(task), papers.paper(task.payload["kind"])

        def issue_one(number: str) -> str:
            row = paper_service.issue(paper_service.sheet(paper, files.get(number, actor), actor), actor)
            return f"第 {row.version} 版，{row.pages} 页，编号 {row.code}"

        result = each(task, issue_one)
        rows = _issued(task.job_id)
        if rows:
            result |= _together(task, paper.title, rows)
            with transaction():
                record(f"user:{actor.user_id}", "papers_exported", actor, paper=paper.kind, count=len(rows))
        return result


def _issued(job_id: int) -> list[tuple[str, IssuedPaper]]:
    """(file number, the edition that was issued for it), in the order asked for."""
    done = db.session.execute(
        select(JobItem.subject, JobItem.message)
        .where(JobItem.job_id == job_id, JobItem.state == ItemState.DONE)
        .order_by(JobItem.id)
    ).all()
    rows = [
        (row.subject, paper_service.by_code(found.group(1))) for row in done if (found := _CODE.search(row.message))
    ]
    return [(number, row) for number, row in rows if row is not None]


def _together(task: Task, title: str, rows: Sequence[tuple[str, IssuedPaper]]) -> dict[str, Any]:
    form = task.payload["form"]
    media_type, words = FORMS[form]
    contents = [(number, row, paper_service.content_of(row)) for number, row in rows]
    content = rendering.joined([one for _, _, one in contents]).content if form == "pdf" else _zipped(contents)
    name = f"{task.payload['kind']}-{task.job_id}.{form}"
    made = keep(content, name, media_type)
    pages = sum(row.pages for _, row in rows)
    url = url_for("papers.made", job_id=task.job_id)
    return {"links": [{"label": f"下载{words}（{title} {len(rows)} 份，{pages} 页）", "url": url}], "made": made}


def _zipped(contents: Sequence[tuple[str, IssuedPaper, bytes]]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for number, row, content in contents:
            # a fixed date, so that the same papers make the same archive
            archive.writestr(zipfile.ZipInfo(f"{number}-{row.kind}-{row.code}.pdf", (2020, 1, 1, 0, 0, 0)), content)
    return out.getvalue()


def keep(content: bytes, name: str, media_type: str) -> dict[str, Any]:
    """Put what a job made into the store; answers what `papers.made` needs to give it out."""
    digest = sha256(content).hexdigest()
    key = storage.key_of(digest, "made")
    storage.put(key, content)
    return {"key": key, "sha256": digest, "name": name, "media_type": media_type}
