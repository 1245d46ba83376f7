"""What the machine's watcher is told."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade

from app.backup import files
from app.core import clock
from app.core.db import db, transaction
from app.health import newest_revision
from app.jobs.models import Job
from app.jobs.schedule import run_due
from app.settings import VERSION
from tests.backup.places import MIGRATIONS, place
from tests.support.databases import Databases


def ready(app: Flask) -> tuple[int, dict]:
    answer = app.test_client().get("/readyz")
    db.session.rollback()
    return answer.status_code, answer.get_json()


def test_ready_says_what_works_and_nothing_secret(databases: Databases, tmp_path: Path) -> None:
    with place(databases, tmp_path) as app:
        assert app.test_client().get("/healthz").get_json() == {"status": "ok"}
        status, found = ready(app)
        assert (status, found["database"], found["schema"], found["storage"]) == (503, True, False, True)
        upgrade(directory=MIGRATIONS)
        status, found = ready(app)
        assert status == 200
        assert found.pop("disk_free") > 0
        assert found == {
            "status": "ok",
            "version": VERSION,
            "database": True,
            "schema": True,
            "storage": True,
            "restored": True,
            "revision": {"database": newest_revision(), "program": newest_revision()},
            "queue": {"waiting": 0, "running": 0, "oldest_seconds": 0, "failed": 0},
            "warnings": [],
        }
        files.mark("a backup")
        status, found = ready(app)
        assert (status, found["restored"]) == (503, False)


@pytest.mark.sqlite_only
def test_late_work_is_told_and_the_worker_is_known(databases: Databases, tmp_path: Path) -> None:
    with place(databases, tmp_path, migrated=True) as app:
        alive = app.test_cli_runner().invoke(args=["jobs", "alive"])
        assert (alive.exit_code, alive.stderr) == (1, "后台进程超过 15 分钟没有处理到期事项\n")
        with transaction():
            at = clock.system() - timedelta(hours=1)
            db.session.add(Job(kind="x", key="x", payload={}, created_at=at, run_after=at))
        run_due(clock.today())
        status, found = ready(app)
        assert status == 200
        assert found["queue"]["oldest_seconds"] >= 3600
        assert found["warnings"] == ["queue: the oldest job waits too long; is a worker running?"]
        assert app.test_cli_runner().invoke(args=["jobs", "alive"]).exit_code == 0
