"""The worker as a process of its own: beside a database that is not there yet, and stopped in the middle of work."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.db import db, transaction
from app.jobs.models import Job, JobState
from app.jobs.service import enqueue, handler

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys, time
from app import create_app
from app.jobs import service, worker
app = create_app({"SQLALCHEMY_DATABASE_URI": sys.argv[1], "FIELD_KEY": b"field key of tests, 32 bytes ..."})
@service.handler("slow")
def slow(task):
    for step in range(10):
        task.progress(step + 1, 10)
        time.sleep(0.1)
print("ready", flush=True)
worker.work(app)
print("stopped", flush=True)
"""


def start(url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, url],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def wait_for(worker: subprocess.Popen[str], line: str) -> None:
    assert worker.stdout is not None
    assert worker.stdout.readline() == f"{line}\n"


def finish(worker: subprocess.Popen[str]) -> tuple[int, str]:
    with worker:  # its pipes are closed whatever happens: another test would be told of them
        try:
            out, err = worker.communicate(timeout=120)
        finally:
            worker.kill()
    assert "Traceback" not in err, err
    return worker.returncode, out


def test_stopping_lets_the_job_end(committed: Flask) -> None:
    handler("slow")(lambda task: None)
    committed.testing = False
    worker = start(committed.config["SQLALCHEMY_DATABASE_URI"])
    wait_for(worker, "ready")
    with transaction():
        enqueue("slow", "a")
    while db.session.scalars(select(Job.progress)).one() == 0:
        db.session.rollback()
    worker.send_signal(signal.SIGTERM)
    assert finish(worker) == (0, "stopped\n")
    db.session.rollback()
    assert db.session.execute(select(Job.state, Job.progress)).one() == (JobState.DONE, 10)
    committed.extensions["anju_queue"][0].storage.close()


@pytest.mark.sqlite_only
def test_it_starts_before_the_database_is_made(tmp_path: Path) -> None:
    worker = start(f"sqlite:///{tmp_path / 'anju.db'}")
    wait_for(worker, "ready")
    assert worker.stderr is not None
    assert worker.stderr.readline() == "the database has no tables yet\n"
    worker.send_signal(signal.SIGTERM)
    assert finish(worker) == (0, "stopped\n")
