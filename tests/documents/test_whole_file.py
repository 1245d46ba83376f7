"""The whole file as one PDF: contents, everything on it, its manifest; and a copy held against it."""

import io
import json
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.db import db, transaction
from app.core.errors import NotFound
from app.documents.models import IssuedPaper
from app.jobs.models import Job
from app.jobs.service import run_waiting
from app.permissions import Role
from app.renovation import papers
from app.renovation.models import Attachment, Renovation
from app.workbench import copies
from tests.assessment.support import user
from tests.construction.support import Site, completed, do, site
from tests.documents.reading import code_on, drawn, fonts_of, pages_of
from tests.factories import people
from tests.support.client import PageClient

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture(name="on")
def _on() -> Site:
    return site()


@pytest.fixture(name="file")
def _file(on: Site) -> Renovation:
    return completed(on)


def exported(client: PageClient, file: Renovation) -> IssuedPaper:
    """Ask on the file's page, let the job run; the paper that it made."""
    page = client.page(f"/renovations/{file.number}/papers")
    client.submit(page.select_one(f'form[action="/renovations/{file.number}/papers"]'))
    run_waiting()
    job = db.session.scalars(select(Job).order_by(Job.id.desc())).first()
    assert job is not None and job.result is not None, job and job.error
    return db.session.scalars(select(IssuedPaper).order_by(IssuedPaper.id.desc())).first()


def rewritten(content: bytes, change: Any) -> bytes:
    """The PDF saved again by another program after `change(writer)`."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_everything_stands_in_it_and_the_contents_tell_the_pages(
    client: PageClient, on: Site, file: Renovation
) -> None:
    client.login(user(on.around.county))
    row = exported(client, file)
    content = papers.content_of(row)
    pages = pages_of(content)
    assert (row.kind, row.pages, fonts_of(content)) == ("whole_file", len(pages), {"Anju-Hei", "Anju-Song"})
    assert "居家改造档案" in pages[0] and f"第2页共{len(pages)}页" in pages[1]
    contents = pages[1] + pages[2]
    for title, words in (
        ("入户验收表", "居家改造入户验收表"),
        ("办理经过", "登记申请"),
        ("档案清单和校验值", "材料和照片"),
    ):
        at = next(number for number, page in enumerate(pages[2:], 3) if words in page)
        assert f"{title}" in contents and f"{at}" in contents.split(title, 1)[1][:8], (title, at, contents)
    assert code_on(drawn(content, page=len(pages))) == f"ANJU-{row.code}"
    images = sum(len(page.images) for page in PdfReader(io.BytesIO(content)).pages)
    on_file = db.session.scalars(select(Attachment.id).where(Attachment.renovation_id == file.id)).all()
    assert images >= len(on_file)
    inside = json.loads(PdfReader(io.BytesIO(content)).attachments["manifest.json"][0])
    assert (inside, inside["code"]) == (row.manifest, row.code)


def test_unchanged_it_is_the_same_paper_and_every_export_is_audited(
    client: PageClient, on: Site, file: Renovation
) -> None:
    client.login(user(on.around.county))
    assert exported(client, file).id == exported(client, file).id
    events = db.session.scalars(select(AuditEntry.event).where(AuditEntry.event == "file_exported")).all()
    assert len(events) == 2


def test_a_copy_is_the_same_changed_or_not_ours(client: PageClient, on: Site, file: Renovation) -> None:
    client.login(user(on.around.county))
    row = exported(client, file)
    content, county = papers.content_of(row), on.around.county
    same = copies.check(content, county)
    assert (same.same, same.pages, same.manifest, same.since, same.number) == (True, (), (), (), file.number)
    turned = copies.check(rewritten(content, lambda writer: writer.pages[4].rotate(90)), county)
    assert (turned.same, turned.pages) == (False, ("第 5 页内容不同",))
    shorter = copies.check(rewritten(content, lambda writer: writer.remove_page(row.pages - 1)), county)
    assert shorter.pages == (f"少了第 {row.pages} 页",)

    def forge(writer: PdfWriter) -> None:
        writer.root_object["/Names"].get_object().pop("/EmbeddedFiles")

    bare = copies.check(rewritten(content, forge), county)
    assert bare.manifest == ("文件里的档案清单不见了",)
    with pytest.raises(NotFound):
        copies.check(content, on.other_builder)
    with pytest.raises(NotFound):
        copies.check(_blank(), county)


def _blank() -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    writer.write(out)
    return out.getvalue()


def test_what_changed_on_the_file_since_is_told(client: PageClient, on: Site, file: Renovation) -> None:
    client.login(user(on.around.county))
    content = papers.content_of(exported(client, file))
    do("application.comment", file, on.around.county, text="一句话")
    assert copies.check(content, on.around.county).since == ()
    with transaction():
        attachment = db.session.scalars(select(Attachment).where(Attachment.renovation_id == file.id)).first()
        assert attachment is not None
        attachment.caption = "换了说明"
        changed = attachment.id
    assert copies.check(content, on.around.county).since == (f"attachment/{changed}",)


@pytest.mark.sqlite_only
def test_who_may_export_and_the_page_that_checks(client: PageClient, on: Site, file: Renovation) -> None:
    client.login(user(on.around.township))
    exported(client, file)
    content = client.get(f"/renovations/{file.number}/papers/work_order/pdf").data
    page = client.page("/papers/check")
    answer = client.submit(page.select_one("main form"), copy=(io.BytesIO(content), "档案.pdf"))
    assert "与系统出具的完全一致" in answer.text
    assert client.submit(page.select_one("main form"), copy=(io.BytesIO(_blank()), "x.pdf")).status_code == 404
    assert client.submit(page.select_one("main form"), copy=(io.BytesIO(b"x"), "x.pdf")).status_code == 422
    client.login(user(on.builder))
    listed = client.page(f"/renovations/{file.number}/papers")
    assert listed.select_one(f'form[action="/renovations/{file.number}/papers"]') is None
    client.login(people.make_user(Role.AUDITOR))
    listed = client.page(f"/renovations/{file.number}/papers")
    assert listed.select_one(f'form[action="/renovations/{file.number}/papers"]') is not None
