"""A worker killed in the middle of printing: each paper is issued whole or not at all, and once; the job goes on."""

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.audit.verify import verify
from app.core import clock
from app.core.db import db, transaction
from app.documents.models import IssuedPaper
from app.jobs.models import Job, JobState
from app.jobs.service import run, waiting
from app.renovation import papers
from app.workbench import paper_jobs, whole_file
from tests.construction.support import completed, site

pytestmark = pytest.mark.soak

ROOT = Path(__file__).resolve().parents[2]
SITE = "https://anju.example/"


CHILD = """
import os, signal, sys
from app import create_app
from app.documents import rendering
from app.jobs.service import run
url, files, job_id, paper, after = sys.argv[1:]
app = create_app({"SQLALCHEMY_DATABASE_URI": url, "STORAGE_URL": files, "FIELD_KEY": b"field key of tests, 32 bytes ..."})
draw, drawn = rendering.render, 0
def dying(*args):
    global drawn
    drawn += 1
    if drawn == int(paper) and after == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    pdf = draw(*args)
    if drawn == int(paper):
        os.kill(os.getpid(), signal.SIGKILL)
    return pdf
rendering.render = dying
with app.app_context():
    run(int(job_id))
"""


def killed_while_drawing(app: Flask, job_id: int, paper: int, when: str) -> None:
    """Do the job in a process of its own that dies at its n-th paper, `before` it is drawn or `after`, just before it
    is kept. A process and no fork: the store's threads do not come along with a fork."""
    url = db.engine.url.render_as_string(hide_password=False)
    db.session.remove()
    arguments = [url, str(app.config["STORAGE_URL"]), str(job_id), str(paper), when]
    done = subprocess.run([sys.executable, "-c", CHILD, *arguments], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL


def found_again(job_id: int) -> Job:
    """The sweep takes the job of the dead worker, and this process does it."""
    with transaction():
        hung = update(Job).where(Job.id == job_id, Job.state == JobState.RUNNING)
        db.session.execute(hung.values(run_after=clock.system() - timedelta(seconds=1)))
    assert job_id in waiting()
    run(job_id)
    return db.session.get_one(Job, job_id, populate_existing=True)


def editions() -> list[tuple[str, str, int]]:
    db.session.rollback()
    rows = db.session.execute(
        select(IssuedPaper.subject, IssuedPaper.kind, func.count()).group_by(IssuedPaper.subject, IssuedPaper.kind)
    )
    return sorted((subject, kind, count) for subject, kind, count in rows)


@pytest.mark.parametrize("when", ["before", "after"])
def test_many_papers_go_on_where_the_worker_died(committed: Flask, when: str) -> None:
    on = site()
    files = [completed(on) for _ in range(4)]
    numbers = [one.number for one in files]
    with transaction():
        job_id = paper_jobs.start(numbers, "acceptance_form", "pdf", on.around.county, "soak", SITE).id
    killed_while_drawing(committed, job_id, 3, when)
    assert [count for _, _, count in editions()] == [1, 1]
    job = found_again(job_id)
    assert (job.state, job.result and job.result["done"], job.result and job.result["failed"]) == (JobState.DONE, 4, 0)
    assert [count for _, _, count in editions()] == [1] * 4
    assert all(papers.content_of(row)[:5] == b"%PDF-" for row in db.session.scalars(select(IssuedPaper)))
    assert verify() == []


def test_the_whole_file_is_made_once(committed: Flask) -> None:
    on = site()
    file = completed(on)
    with transaction():
        job_id = whole_file.ask(file, on.around.county, SITE).id
    killed_while_drawing(committed, job_id, 1, "after")
    assert editions() == []
    assert found_again(job_id).state is JobState.DONE
    assert [count for _, _, count in editions()] == [1]
    assert verify() == []
