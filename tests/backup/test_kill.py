"""People go on working while a backup is made, and a killed backup or restore leaves nothing that looks complete."""

import signal
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask

from app.audit import verify
from app.audit.service import record
from app.backup import archive, files, service
from app.backup.archive import BackupProblem
from app.core.db import db, transaction
from app.core.settings_store import write
from app.permissions import SYSTEM
from tests.support.databases import Databases
from tests.support.repository import ROOT

from . import places
from .conftest import Original
from .test_drill import assert_like, quiet

FEW = [12, 100]
"""Where the quick test kills; the soak goes through every place."""
MANY = [pytest.param(None, marks=pytest.mark.soak, id="everywhere")]


def test_people_work_while_a_backup_is_made(original: Original, databases: Databases, tmp_path: Path) -> None:
    """What they write meanwhile is in the next backup, never half in this one."""
    with places.place(databases, tmp_path) as app:
        service.restore(original.file, quiet)
        before = verify.head().hash
        told: list[str] = []

        def work() -> None:
            with app.app_context():
                with transaction():
                    write(f"at_work_{len(told)}", True)
                    record("settings", "settings.changed", SYSTEM, key="at_work")
                db.session.remove()

        def tell(line: str) -> None:
            told.append(line)
            if len(told) <= 3:
                worker = Thread(target=work)
                worker.start()
                worker.join()

        manifest = service.create(tmp_path / "busy.backup", tell)
        assert (manifest["audit"]["head"], manifest["tables"]) == (before, original.manifest["tables"])
        db.session.remove()
        assert verify.head().hash != before
    with places.place(databases, tmp_path):
        service.restore(tmp_path / "busy.backup", quiet)
        assert_like(original)


@pytest.mark.parametrize("step", [*FEW, *MANY])
def test_a_killed_backup_is_none(original: Original, databases: Databases, tmp_path: Path, step: int | None) -> None:
    made = tmp_path / "killed.backup"
    with places.place(databases, tmp_path) as app:
        service.restore(original.file, quiet)
        for at in range(1, 10_000, 7) if step is None else [step]:
            if not killed(app, at, "writer", "_add", "create", made):
                break
            assert not made.exists()
            with pytest.raises(BackupProblem):
                archive.Backup(made.with_name("killed.backup.part"))
        made.unlink(missing_ok=True)
        assert service.create(made, quiet)["tables"] == original.manifest["tables"]
        assert not made.with_name("killed.backup.part").exists()


@pytest.mark.parametrize(("owner", "name"), [("store", "put"), ("rows", "load"), ("rows", "bind")])
@pytest.mark.parametrize("step", [1, 20, *MANY])
def test_a_killed_restore_is_done_again(
    original: Original, databases: Databases, tmp_path: Path, owner: str, name: str, step: int | None
) -> None:
    for at in range(1, 1_000, 9) if step is None else [step]:
        with places.place(databases, tmp_path) as app:
            if not killed(app, at, owner, name, "restore", original.file):
                assert_like(original)
                return
            assert sum(len(one) for table, one in places.rows().items() if table != "alembic_version") == 0
            assert files.is_empty() or files.under_way() is not None
            service.restore(original.file, quiet)
            assert_like(original)


PROGRAM = """
import os, signal, sys
from pathlib import Path
from app import create_app
from app.backup import archive, files, rows, service
owner = {"writer": archive.Writer, "store": files.obstore, "rows": rows}[sys.argv[4]]
name, at, calls = sys.argv[5], int(sys.argv[6]), 0
real = getattr(owner, name)
def count(*arguments, **options):
    global calls
    calls += 1
    if calls == at:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments, **options)
setattr(owner, name, count)
app = create_app({"SQLALCHEMY_DATABASE_URI": sys.argv[1], "STORAGE_URL": sys.argv[2], "FIELD_KEY": bytes.fromhex(sys.argv[3])})
with app.app_context():
    getattr(service, sys.argv[7])(Path(sys.argv[8]), lambda line: None)
"""


def killed(app: Flask, at: int, owner: str, name: str, do: str, path: Path) -> bool:
    """Do it in a process of its own that is killed at that call of a function; False when it came to its end before.

    A process of its own from the start: the store's threads do not survive a fork.
    """
    db.session.remove()
    config = app.config
    place = [config["SQLALCHEMY_DATABASE_URI"], config["STORAGE_URL"], config["FIELD_KEY"].hex()]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *place, owner, name, str(at), do, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    return done.returncode != 0
