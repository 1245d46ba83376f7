"""Signed papers that come back: by the code on them to their place, once, and never to another scope."""

import io
from typing import Any

import pytest
from PIL import Image, ImageFilter
from sqlalchemy import select

from app.core.db import db
from app.core.errors import RuleViolation
from app.documents import rendering, scans
from app.documents.models import IssuedPaper
from app.identity.queries import actor_of
from app.jobs.models import Job, JobState
from app.jobs.service import Task, run_waiting
from app.permissions import SYSTEM, Role
from app.renovation import papers, queries
from app.renovation.models import Attachment, Event, Kind, Renovation
from app.stages.application.service import submit_missing
from app.stages.registry import papers as table
from app.workbench import scans as returning
from tests.assessment.support import user
from tests.construction.support import Site, completed, site
from tests.documents.reading import drawn
from tests.factories import applications, people
from tests.support.client import PageClient

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture(name="on")
def _on() -> Site:
    return site()


def issued(renovation: Renovation, kind: str = "acceptance_form") -> IssuedPaper:
    row = papers.issue(papers.sheet(table()[kind], renovation, SYSTEM), SYSTEM)
    db.session.commit()
    return row


def jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=70)
    return out.getvalue()


def as_pdf(*images: Image.Image) -> bytes:
    out = io.BytesIO()
    images[0].save(out, "PDF", save_all=True, append_images=images[1:], resolution=150)
    return out.getvalue()


def photographed(content: bytes, turn: float = 3.0, page: int = 1) -> Image.Image:
    """The page on a table, taken with a telephone: turned, grey, a little out of focus, with the table around it."""
    sheet = drawn(content, 150, page).rotate(turn, expand=True, fillcolor=255)
    table_ = Image.new("L", (sheet.width + 500, sheet.height + 300), 120)
    table_.paste(sheet, (250, 150))
    return table_.filter(ImageFilter.GaussianBlur(0.8))


def send(client: PageClient, *files: tuple[str, bytes]) -> Any:
    """Send them, have the job done, and look at what became of each."""
    uploads = [(io.BytesIO(content), name) for name, content in files]
    job = client.submit(client.page("/papers/scans").select_one("main form"), scans=uploads).location
    run_waiting()
    return client.get(client.page(job).find("a", string="看逐份结果")["href"])


def returned(renovation: Renovation) -> list[tuple[Kind, str]]:
    rows = db.session.scalars(
        select(Attachment)
        .where(Attachment.renovation_id == renovation.id, Attachment.subject.startswith("paper:"))
        .order_by(Attachment.id)
    )
    return [(row.kind, row.subject) for row in rows]


@pytest.mark.sqlite_only
@pytest.mark.parametrize("turn", [0, 3, 90, 180])
def test_the_code_is_read_however_the_page_lies(on: Site, turn: float) -> None:
    row = issued(completed(on))
    found = scans.parts(jpeg(photographed(papers.content_of(row), turn)))
    assert [(part.code, part.pages) for part in found] == [(row.code, 1)]


def test_scans_go_to_their_files_and_only_once(client: PageClient, on: Site) -> None:
    first, second = completed(on), completed(on)
    one, other = issued(first), issued(second, "supervision_report")
    client.login(user(on.around.township))
    batch = as_pdf(
        drawn(papers.content_of(one), 80), Image.new("L", (900, 1200), 255), drawn(papers.content_of(other), 80)
    )
    blank = jpeg(Image.effect_noise((450, 600), 40))
    answer = send(client, ("一批.pdf", batch), ("看不清.jpg", blank), ("不是.txt", b"text"))
    states = [row.get_text() for row in answer.soup.select("tbody .state")]
    assert [one_.strip() for one_ in states] == [
        "请选择",
        "没有收下",
        "已归档",
        "已归档",
    ]  # what waits for a person comes first
    assert returned(first) == [(Kind.ACCEPTANCE_SIGNATURE, f"paper:{one.code}")]
    assert returned(second) == [(Kind.SUPERVISION, f"paper:{other.code}")]
    pages = [part.pages for part in scans.parts(batch)]
    assert pages == [2, 1]
    titles = db.session.scalars(select(Event.title).where(Event.title.startswith("回传扫描件"))).all()
    assert titles == ["回传扫描件：入户验收表", "回传扫描件：监理报告"]


def test_a_worker_that_dies_after_filing_files_nothing_twice(client: PageClient, on: Site) -> None:
    renovation = completed(on)
    client.login(user(on.around.township))
    send(client, ("验收表.jpg", jpeg(drawn(papers.content_of(issued(renovation))))))
    job = db.session.scalars(select(Job).where(Job.kind == returning.KIND)).one()
    assert (job.progress, job.total) == (1, 1)
    job.state = JobState.RUNNING
    db.session.commit()
    again = returning.file_all(Task(job.id, job.payload, job.attempts))
    assert (again["summary"], len(returned(renovation))) == ("1 份以前归档过", 1)


@pytest.mark.sqlite_only
def test_the_signed_form_that_comes_back_is_the_declaration_that_was_missing(client: PageClient) -> None:
    clerk = people.make_user(Role.TOWNSHIP)
    renovation = applications.draft(actor_of(clerk), declaration=[])
    assert [one.text for one in submit_missing(renovation)] == ["上传签好字的申请书与承诺书"]
    row = issued(renovation, "application_form")
    client.login(clerk)
    send(client, ("申请书.pdf", papers.content_of(row)))
    assert submit_missing(queries.get(renovation.number, SYSTEM)) == []


@pytest.mark.sqlite_only
def test_what_could_not_be_read_is_placed_by_hand(client: PageClient, on: Site) -> None:
    renovation = completed(on)
    row = issued(renovation)
    client.login(user(on.around.township))
    answer = send(client, ("看不清.jpg", jpeg(Image.effect_noise((450, 600), 40))))
    form = answer.soup.select_one("tbody form")
    wrong = client.submit(form, code="23456789AB")
    assert wrong.status_code == 404
    assert "不是本系统出具的文书" in wrong.text
    placed = client.submit(form, code=row.code.lower())
    assert placed.location.endswith(f"/renovations/{renovation.number}/papers")
    assert returned(renovation) == [(Kind.ACCEPTANCE_SIGNATURE, f"paper:{row.code}")]
    answer = send(client, ("合同.jpg", jpeg(Image.effect_noise((450, 600), 41))))
    client.submit(answer.soup.select_one("tbody form"), number=renovation.number.lower(), kind="contract")
    assert returned(renovation)[1:] == [(Kind.CONTRACT, "paper:contract")]


@pytest.mark.sqlite_only
def test_the_same_scan_again_is_known_and_another_scope_learns_nothing(client: PageClient, on: Site) -> None:
    renovation = completed(on)
    row = issued(renovation)
    photo = jpeg(drawn(papers.content_of(row)))
    client.login(user(on.other_builder))
    answer = send(client, ("验收表.jpg", photo))
    assert renovation.applicant_name not in answer.text
    assert (returned(renovation), "请选择" in answer.text) == ([], True)
    client.login(user(on.builder))
    send(client, ("验收表.jpg", photo))
    assert "已经回传过" in send(client, ("验收表.jpg", photo)).text
    assert len(returned(renovation)) == 1


@pytest.mark.sqlite_only
@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 not a pdf", b"\xff\xd8\xff nothing", b"PK\x03\x04"])
def test_what_is_no_scan_is_refused(content: bytes) -> None:
    with pytest.raises(RuleViolation):
        scans.parts(content)


@pytest.mark.sqlite_only
def test_a_pdf_of_too_many_pages_is_refused(on: Site) -> None:
    page = papers.content_of(issued(completed(on)))
    many = rendering.joined([page] * (scans.MOST_PAGES // 2 + 1)).content
    with pytest.raises(RuleViolation):
        scans.parts(many)


@pytest.mark.sqlite_only
def test_a_signed_application_is_not_for_firms(client: PageClient, on: Site) -> None:
    """Whole identity numbers stand on it."""
    renovation = completed(on)
    row = issued(renovation, "application_form")
    client.login(user(on.around.township))
    send(client, ("申请表.jpg", jpeg(drawn(papers.content_of(row)))))
    scan = db.session.scalars(select(Attachment).where(Attachment.subject == f"paper:{row.code}")).one()
    address = f"/renovations/{renovation.number}/files/{scan.id}"
    assert client.get(address).status_code == 200
    client.login(user(on.builder))
    assert client.get(address).status_code == 404
