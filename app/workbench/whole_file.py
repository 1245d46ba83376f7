"""The whole file (一户一档) as one PDF, and holding a copy of it against what the system has."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any
from uuid import uuid4

from flask import current_app, render_template, url_for
from markupsafe import Markup
from sqlalchemy import select

from ..audit.service import record
from ..core.db import db, transaction
from ..core.errors import NotAllowed
from ..documents import codes, pictures, rendering
from ..documents.models import IssuedPaper
from ..evidence.models import FileKind, StoredFile
from ..jobs.asking import asker, rights
from ..jobs.models import Job
from ..jobs.service import Task, enqueue, handler
from ..lifecycle import Stage
from ..permissions import Actor, Permission, may
from ..programme.policy import Programme
from ..programme.queries import programme_of
from ..renovation import papers as paper_service
from ..renovation import queries as files
from ..renovation.models import Attachment, Event, Kind, Renovation
from ..renovation.sealing import build_manifest, seals
from ..stages.registry import papers as table
from .papers import WHOLE_FILE
from .said import action_title, status_of

KIND = "papers.whole_file"
MANIFEST = "manifest.json"
OWN_MARKS = frozenset({"issued_paper", "renovation"})
"""What an export itself changes, or what moves with every step: the rest of the file is held by hash."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One photo, or one page of a scanned PDF."""

    src: str
    caption: str


@dataclass(frozen=True, slots=True)
class Album:
    """The scans and photos of one stage."""

    key: str
    title: str
    pictures: tuple[Picture, ...]


def ask(renovation: Renovation, actor: Actor, site: str) -> Job:
    """Ask for the whole file as PDF; in a unit of work. Raises NotAllowed."""
    if not may(actor, Permission.FILE_EXPORT):
        raise NotAllowed("您的岗位不能导出整卷档案，请联系民政局或审计人员。")
    payload = {"title": f"整卷档案 {renovation.number}", "number": renovation.number, "site": site} | rights(actor)
    return enqueue(KIND, f"{actor.user_id}:{uuid4().hex}", payload, actor.user_id)


@handler(KIND, "整卷档案")
def export(task: Task) -> dict[str, Any]:
    """Make the PDF, or find the one that was made of the same content; every export is on the file's audit chain."""
    with current_app.test_request_context("/", base_url=task.payload["site"]):
        actor, number = asker(task), task.payload["number"]
        if not may(actor, Permission.FILE_EXPORT):
            raise NotAllowed("您的岗位不能导出整卷档案。")
        row = make(files.get(number, actor), actor)
        return {
            "summary": f"{number} 整卷档案已导出，共 {row.pages} 页。",
            "done": 1,
            "failed": 0,
            "links": [{"label": "打开整卷档案 PDF", "url": url_for("papers.issued", number=number, code=row.code)}],
        }


def make(renovation: Renovation, actor: Actor) -> IssuedPaper:
    """The whole file as an issued paper; outside a unit of work."""
    number = renovation.number
    manifest = manifest_of(renovation)
    context = _content(renovation, actor, manifest)
    body = render_template("print/whole_file.html", code="", code_picture="", **context)
    content_hash = sha256(f"{rendering.style_hash()}|{body}".encode()).hexdigest()
    subject = f"renovation:{renovation.id}"
    row = paper_service.known(subject, WHOLE_FILE, content_hash)
    if row is None:
        code = codes.new()
        picture = codes.picture(codes.in_picture(code))
        html = render_template("print/whole_file.html", code=code, code_picture=picture, **context)
        inside = json.dumps({"code": code, **manifest}, ensure_ascii=False, sort_keys=True).encode()
        row = paper_service.keep_edition(
            paper_service.Edition(
                subject, WHOLE_FILE, "整卷档案", content_hash, code, renovation.id, number, {"code": code, **manifest}
            ),
            rendering.render(html, {MANIFEST: inside}),
            actor,
        )
    with transaction():
        record(f"renovation:{number}", "file_exported", actor, code=row.code, sha256=row.sha256, pages=row.pages)
    return row


def manifest_of(renovation: Renovation) -> dict[str, Any]:
    """What the file holds now, by hash: every row of every table, every upload."""
    whole = build_manifest(renovation)
    return {
        "number": whole["number"],
        "status": whole["status"],
        "rows": {table: rows for table, rows in whole["rows"].items() if table not in OWN_MARKS},
        "papers": whole["papers"],
    }


def _content(renovation: Renovation, actor: Actor, manifest: Mapping[str, Any]) -> dict[str, Any]:
    programme = programme_of(renovation.programme_version_id)
    parts = _parts(renovation, actor)
    albums = _albums(renovation, actor)
    contents = [{"title": one.title, "stage": one.stage.label, "anchor": f"p-{one.kind}"} for one, _ in parts]
    contents += [{"title": one.title, "stage": "", "anchor": f"a-{one.key}"} for one in albums]
    contents += [
        {"title": "办理经过", "stage": "", "anchor": "story"},
        {"title": "档案清单和校验值", "stage": "", "anchor": "hashes"},
    ]
    return {
        "renovation": renovation,
        "programme": programme,
        "status_said": partial(status_of, programme),
        "title_said": partial(_event_title, programme),
        "parts": parts,
        "albums": albums,
        "pictures_count": sum(len(one.pictures) for one in albums),
        "contents": contents,
        "events": list(reversed(files.events(renovation))),
        "files": _files(manifest),
        "rows": _rows(manifest),
        "seals": seals(renovation),
    }


def _event_title(programme: Programme, event: Event) -> str:
    return action_title(event.action, event.title, programme)


def _parts(renovation: Renovation, actor: Actor) -> list[tuple[paper_service.Paper, Markup]]:
    """Every paper that the file has now, as it would be printed.

    A notice names other households, a secret is not for all who open the whole file: both stay out.
    """
    found = []
    for paper in table().values():
        context = paper.context(renovation) if paper.may_read(actor) and not paper.secret else None
        if context is not None and "subject" not in context:
            shown = paper_service.Sheet(paper, f"renovation:{renovation.id}", renovation.number, context, renovation)
            found.append((paper, shown.body()))
    return found


def _albums(renovation: Renovation, actor: Actor) -> list[Album]:
    rows = db.session.execute(
        select(Attachment, StoredFile)
        .join(StoredFile, StoredFile.id == Attachment.file_id)
        .where(Attachment.renovation_id == renovation.id, Attachment.ended_at.is_(None))
        .order_by(Attachment.id)
    ).all()
    found: dict[Stage, list[Picture]] = {}
    for attachment, stored in rows:
        if files.may_open(attachment, actor):
            found.setdefault(attachment.stage, []).extend(_pictures(attachment, stored))
    return [
        Album(stage.value, f"{stage.label}阶段的扫描件和照片", tuple(found[stage])) for stage in Stage if stage in found
    ]


def _pictures(attachment: Attachment, stored: StoredFile) -> list[Picture]:
    caption = attachment.caption or attachment.kind.label
    if stored.kind is FileKind.IMAGE:
        return [Picture(f"stored:{stored.id}", caption)]
    pages = pictures.page_count(stored.id)
    return [Picture(f"page:{stored.id}:{index}", f"{caption}（第 {index + 1} 页）") for index in range(pages)]


def _files(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"id": key, "label": Kind(one["kind"]).label, "sha256": one["sha256"]}
        for key, one in manifest["papers"].items()
    ]


def _rows(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "label": table,
            "count": len(rows),
            "sha256": sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest(),
        }
        for table, rows in manifest["rows"].items()
    ]
