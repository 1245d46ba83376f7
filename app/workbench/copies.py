"""A copy of a paper held against the one that the system issued: the same, changed on which pages, or not ours."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pypdfium2
from sqlalchemy import select

from ..core.db import db
from ..core.errors import NotFound
from ..documents import codes, scans
from ..documents.models import IssuedPaper
from ..permissions import Actor
from ..renovation import papers as paper_service
from ..renovation import queries as files
from ..renovation.models import Renovation
from . import papers
from .whole_file import MANIFEST, manifest_of

SIGHT = 700
"""Pixels of the longer side at which pages are compared: one changed figure shows, the file's inner order does not."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found: `same` byte for byte, or what differs; what changed on the file since it was issued."""

    row: IssuedPaper
    number: str
    same: bool
    pages: tuple[str, ...] = ()
    manifest: tuple[str, ...] = ()
    since: tuple[str, ...] = ()


def check(content: bytes, actor: Actor) -> Verdict:
    """Hold an uploaded PDF against what the system has. Raises RuleViolation (no PDF), NotFound (not ours, or not in
    this person's scope: the answer is the same)."""
    with scans.opened(content) as document:
        row = _issued_as(content) or _named_in(document)
        renovation = _file_of(row, actor) if row is not None else None
        if row is None or renovation is None or not papers.may_open(row, actor):
            raise NotFound("这个文件不是本系统出具的，或编号已看不出来，或不在您的查看范围内。")
        same = paper_service.content_of(row) == content
        return Verdict(
            row,
            renovation.number,
            same,
            () if same else tuple(_pages(document, paper_service.content_of(row))),
            () if same else tuple(_manifest(document, row)),
            tuple(_since(row, renovation)),
        )


def _issued_as(content: bytes) -> IssuedPaper | None:
    digest = sha256(content).hexdigest()
    return db.session.scalars(select(IssuedPaper).where(IssuedPaper.sha256 == digest).limit(1)).first()


def _named_in(document: Any) -> IssuedPaper | None:
    """The paper that the copy says it is: by the manifest inside, else by the picture on its first pages."""
    code = str(_inside(document).get("code", ""))
    if not codes.read(code):
        code = next((found for index in range(min(3, len(document))) if (found := scans.code_on(document, index))), "")
    return paper_service.by_code(code) if code else None


def _inside(document: Any) -> dict[str, Any]:
    """The manifest that travels inside a whole file; {} when there is none that can be read."""
    try:
        for index in range(document.count_attachments()):
            attachment = document.get_attachment(index)
            if attachment.get_name() == MANIFEST:
                found = json.loads(bytes(attachment.get_data()))
                return found if isinstance(found, dict) else {}
    except (pypdfium2.PdfiumError, ValueError):
        return {}
    return {}


def _file_of(row: IssuedPaper, actor: Actor) -> Renovation | None:
    number = db.session.scalar(select(Renovation.number).where(Renovation.id == row.renovation_id))
    try:
        return files.get(number, actor) if number else None
    except NotFound:
        return None


def _pages(copy: Any, original: bytes) -> list[str]:
    """The pages on which a copy looks different, in words."""
    with scans.opened(original) as ours:
        shared = min(len(copy), len(ours))
        differ = [
            index + 1
            for index in range(shared)
            if scans.page_picture(copy, index, SIGHT).tobytes() != scans.page_picture(ours, index, SIGHT).tobytes()
        ]
        said = [f"第 {_ranges(differ)} 页内容不同"] if differ else []
        if len(copy) < len(ours):
            said.append(f"少了第 {_ranges(range(shared + 1, len(ours) + 1))} 页")
        if len(copy) > len(ours):
            said.append(f"多了 {len(copy) - len(ours)} 页")
        return said or ["页面看起来一样，但文件被另存过（校验值不同）"]


def _ranges(pages: Sequence[int]) -> str:
    """1, 2, 3, 7 → 1–3、7."""
    found: list[list[int]] = []
    for page in pages:
        if found and page == found[-1][1] + 1:
            found[-1][1] = page
        else:
            found.append([page, page])
    return "、".join(str(first) if first == last else f"{first}–{last}" for first, last in found)


def _manifest(document: Any, row: IssuedPaper) -> list[str]:
    inside = _inside(document)
    if row.manifest is None or inside == row.manifest:
        return []
    return ["文件里的档案清单被改动过" if inside else "文件里的档案清单不见了"]


def _since(row: IssuedPaper, renovation: Renovation) -> list[str]:
    """What of the manifest of a whole file is no longer so on the file itself."""
    if row.manifest is None:
        return []
    now = manifest_of(renovation)
    held = [("paper", row.manifest["papers"], now["papers"])]
    held += [(table, rows, now["rows"].get(table, {})) for table, rows in row.manifest["rows"].items()]
    changed = [
        f"{name}/{key}" for name, before, after in held for key, value in before.items() if after.get(key) != value
    ]
    more = sum(len(set(after) - set(before)) for _, before, after in held)
    more += sum(len(rows) for table, rows in now["rows"].items() if table not in row.manifest["rows"])
    return [*sorted(changed), *([f"new/{more}"] if more else [])]
