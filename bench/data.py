"""Databases of synthetic households for the benchmarks, built by the product's own commands."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "instance" / "bench"
SEED = 1


def environment(database: Path) -> dict[str, str]:
    """The settings of every process that works on that database."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANJU_")}
    return {
        **kept,
        "ANJU_ENV": "development",
        "ANJU_DEMO": "1",
        "ANJU_DATABASE_URL": f"sqlite:///{database}",
        "ANJU_STORAGE_URL": str(FOLDER / "files"),
        "ANJU_SECRET_KEY": "YmVuY2htYXJrIHNlY3JldCwgMzIgYnl0ZXMgYXQgbGVhc3Q=",
        "ANJU_FIELD_KEY": "YmVuY2htYXJrcywgMzIgYnl0ZXMgZXhhY3RseSAhISE=",
    }


def build(households: int) -> Path:
    """A database with that many households, made anew unless `KEEP=1` and it is there."""
    database = FOLDER / f"{households}.db"
    if database.exists() and os.environ.get("KEEP") == "1":
        flask(database, "db", "upgrade")
        return database
    FOLDER.mkdir(parents=True, exist_ok=True)
    remove(database)
    flask(database, "db", "upgrade")
    flask(database, "demo", "load", "--households", str(households), "--seed", str(SEED))
    return database


def copy(database: Path, name: str) -> Path:
    """A copy of a database at rest; what a command before wrote beside it is taken into it first."""
    target = FOLDER / f"{name}.db"
    remove(target)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(database, target)
    return target


def remove(database: Path) -> None:
    """Throw a database away, with what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm"):
        Path(f"{database}{suffix}").unlink(missing_ok=True)


def flask(database: Path, *arguments: str) -> None:
    """Run one of the product's commands on that database."""
    command = [str(Path(sys.executable).parent / "flask"), "--app", "wsgi", *arguments]
    subprocess.run(command, cwd=ROOT, env=environment(database), check=True, stdout=subprocess.DEVNULL)
