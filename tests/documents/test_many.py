"""Papers of many files by a job: one PDF or a ZIP, the rest goes on when one cannot, killed in the middle it resumes."""

import zipfile
from io import BytesIO

import pytest
from sqlalchemy import func, select

from app.core.db import db
from app.documents.models import IssuedPaper
from app.jobs.models import Job, JobState
from app.jobs.service import run_waiting
from app.permissions import Role
from tests.assessment.support import user
from tests.construction.support import Site, building, completed, dispatched, site
from tests.documents.reading import pages_of
from tests.factories import people
from tests.support.client import PageClient

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture(name="on")
def _on() -> Site:
    return site()


def ask(client: PageClient, **values: object) -> Job:
    """Ask for a job by the list's form and let it run; answers it."""
    token = client.page("/papers/scans").select_one("meta[name=csrf-token]")["content"]
    answer = client.post("/papers/many", data={"csrf_token": token, **values})
    assert answer.status_code == 302, answer.text
    job_id = int(answer.location.rsplit("/", 1)[1])
    run_waiting()
    return db.session.get_one(Job, job_id, populate_existing=True)


def test_many_as_one_pdf_and_as_zip_and_one_that_cannot(client: PageClient, on: Site) -> None:
    ready, early = [completed(on), building(on)], dispatched(on)
    numbers = [one.number for one in (*ready, early)]
    client.login(user(on.around.county))
    job = ask(client, n=numbers, kind="acceptance_form", form="pdf")
    assert (job.state, job.result["done"], job.result["failed"]) == (JobState.DONE, 2, 1)
    assert "现在还没有“入户验收表”" in client.page(f"/jobs/{job.id}").get_text()
    answer = client.get(job.result["links"][0]["url"])
    pages = pages_of(answer.data)
    assert [one.number in pages[0] + pages[1] for one in ready] == [True, False]
    assert [one.number in "".join(pages) for one in (*ready, early)] == [True, True, False]
    zipped = ask(client, n=numbers, kind="acceptance_form", form="zip")
    names = zipfile.ZipFile(BytesIO(client.get(zipped.result["links"][0]["url"]).data)).namelist()
    assert [name.rpartition("-acceptance_form-")[0] for name in names] == numbers[:2]
    assert db.session.scalar(select(func.count()).select_from(IssuedPaper)) == 2  # the second time from the store


@pytest.mark.sqlite_only
def test_all_that_the_list_means(client: PageClient, on: Site) -> None:
    completed(on)
    completed(on)
    client.login(user(on.around.county))
    job = ask(client, all="1", query="status=completed", kind="acceptance_form")
    assert job.result["done"] == 2


@pytest.mark.sqlite_only
def test_what_a_job_made_is_for_who_asked_and_nobody_else(client: PageClient, on: Site) -> None:
    renovation = completed(on)
    client.login(user(on.around.county))
    url = ask(client, n=[renovation.number], kind="acceptance_form").result["links"][0]["url"]
    client.login(people.make_user(Role.COUNTY))
    assert client.get(url).status_code == 404


@pytest.mark.sqlite_only
def test_another_scope_and_another_right_are_refused(client: PageClient, on: Site) -> None:
    renovation = completed(on)
    for actor, kind, status in ((on.other_builder, "acceptance_form", 404), (on.builder, "application_form", 403)):
        client.login(user(actor))
        token = client.page("/papers/scans").select_one("meta[name=csrf-token]")["content"]
        data = {"csrf_token": token, "n": [renovation.number], "kind": kind}
        assert client.post("/papers/many", data=data).status_code == status
