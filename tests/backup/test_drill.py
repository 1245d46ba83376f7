"""The drill: what is restored into an empty place is what was backed up, on both databases and stores."""

import json
import tarfile
from pathlib import Path

import obstore
import pytest
from flask import Flask

from app.audit import verify
from app.backup import archive, files, service
from app.backup import rows as dumped
from app.backup.archive import BackupProblem
from app.core.db import db, transaction
from app.core.settings_store import write
from app.evidence import storage
from tests.support.databases import KINDS, Databases

from .conftest import Original
from .places import BUCKET, contents, place, rows


def quiet(_line: str) -> None:
    """Progress that nobody reads."""


def other(databases: Databases, request: pytest.FixtureRequest, tmp_path: Path) -> Databases:
    """Databases of the other kind."""
    kind = KINDS[1 - KINDS.index(databases.kind)]
    server = request.getfixturevalue("postgresql_url") if kind == "postgresql" else ""
    return Databases(kind, tmp_path, server)


def assert_like(original: Original) -> None:
    assert rows() == original.rows
    assert contents() == original.contents
    assert verify.verify() == []
    assert verify.head().hash == original.manifest["audit"]["head"]


def test_a_restored_backup_is_the_original(original: Original, databases: Databases, tmp_path: Path) -> None:
    assert len(original.contents) > 20
    assert sum(len(one) for one in original.rows.values()) > 500
    with place(databases, tmp_path):
        service.restore(original.file, quiet)
        assert_like(original)
        # numbering goes on behind what was restored, and foreign keys hold again
        with transaction():
            write("after_restore", True)
            db.session.execute(
                db.text("INSERT INTO due_run (name, day, failed, error) VALUES ('x', '2026-01-01', 0, '')")
            )
        with pytest.raises(BackupProblem, match="数据库不是空的"):
            service.restore(original.file, quiet)


def test_it_moves_between_the_two_kinds_of_database(
    original: Original, databases: Databases, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with place(other(databases, request, tmp_path), tmp_path):
        service.restore(original.file, quiet)
        assert_like(original)
        back = tmp_path / "back.backup"
        manifest = service.create(back, quiet)
    assert [manifest[name] for name in ("tables", "files", "audit")] == [
        original.manifest[name] for name in ("tables", "files", "audit")
    ]


def test_it_moves_into_an_object_store_and_out_of_it(
    original: Original, databases: Databases, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("ACCESS_KEY_ID", "key"), ("SECRET_ACCESS_KEY", "secret"), ("REGION", "us-east-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    with place(databases, tmp_path) as app:
        app.config.update(STORAGE_URL=f"s3://{BUCKET}/{databases.kind}", S3_ENDPOINT=bucket)
        service.restore(original.file, quiet)
        assert_like(original)
        assert service.create(tmp_path / "again.backup", quiet)["files"] == original.manifest["files"]


def test_a_migrated_place_without_rows_is_empty_too(original: Original, databases: Databases, tmp_path: Path) -> None:
    with place(databases, tmp_path, migrated=True):
        service.restore(original.file, quiet)
        assert_like(original)


def test_the_key_travels_apart_and_another_is_refused(original: Original, databases: Databases, tmp_path: Path) -> None:
    with place(databases, tmp_path) as app:
        key = app.config["FIELD_KEY"]
        app.config["FIELD_KEY"] = b"another key of tests, 32 bytes.."
        fingerprint = archive.fingerprint()
        with pytest.raises(BackupProblem) as refused:
            service.restore(original.file, quiet)
        assert str(refused.value) == (
            f"字段密钥不对：备份是用指纹为 {original_key(original)} 的密钥写的，本机 ANJU_FIELD_KEY 的指纹是 {fingerprint}。"
            "请取出与这份备份分开保管的那把密钥，设为 ANJU_FIELD_KEY 后再试；没有改动任何内容"
        )
        assert_untouched()
    content = original.file.read_bytes()
    assert key not in content and key.hex().encode() not in content
    assert "青松村".encode() not in content  # what people wrote is readable with the key only


def original_key(original: Original) -> str:
    with tarfile.open(original.file) as tar:
        header = tar.extractfile("header.json")
        assert header is not None
        return str(json.load(header)["key"])


def assert_untouched() -> None:
    db.session.remove()
    assert files.is_empty()
    assert sum(len(one) for one in rows().values()) == 0


def damaged(original: Original, folder: Path, name: str, change: bytes | None) -> Path:
    """The backup with one part changed, or taken out."""
    path = folder / "damaged.backup"
    with tarfile.open(original.file) as old, tarfile.open(path, "w") as new:
        for entry in old.getmembers():
            content = old.extractfile(entry)
            assert content is not None
            if entry.name == name and change is None:
                continue
            if entry.name == name:
                data = bytearray(content.read())
                data[-1] ^= 1
                (folder / "part").write_bytes(bytes(data))
                with (folder / "part").open("rb") as stream:
                    new.addfile(entry, stream)
            else:
                new.addfile(entry, content)
    return path


@pytest.mark.sqlite_only
@pytest.mark.parametrize("removed", [False, True])
@pytest.mark.parametrize("kind", ["rows/renovation/", "files/", "listing/", "manifest.json"])
def test_a_damaged_backup_touches_nothing(
    original: Original, databases: Databases, tmp_path: Path, kind: str, removed: bool
) -> None:
    with tarfile.open(original.file) as tar:
        name = next(one for one in tar.getnames() if one.startswith(kind))
    path = damaged(original, tmp_path, name, None if removed else b"x")
    with place(databases, tmp_path):
        with pytest.raises(BackupProblem):
            service.restore(path, quiet)
        assert_untouched()


@pytest.mark.sqlite_only
def test_a_backup_that_was_cut_off_is_refused(original: Original, databases: Databases, tmp_path: Path) -> None:
    path = tmp_path / "cut.backup"
    content = original.file.read_bytes()
    with place(databases, tmp_path):
        for size in (0, 700, len(content) // 2, len(content) - 20_000):
            path.write_bytes(content[:size])
            with pytest.raises(BackupProblem):
                service.restore(path, quiet)
        assert_untouched()


def test_a_restore_that_breaks_off_is_repeated(
    original: Original, databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with place(databases, tmp_path):
        with monkeypatch.context() as patched:
            patched.setattr(service, "_unlike", stop)
            with pytest.raises(KeyboardInterrupt):
                service.restore(original.file, quiet)
        assert sum(len(one) for name, one in rows().items() if name != "alembic_version") == 0
        assert files.under_way() is not None
        with monkeypatch.context() as patched:
            patched.setattr(files, "unmark", stop)
            with pytest.raises(KeyboardInterrupt):
                service.restore(original.file, quiet)
        assert files.under_way() is not None
        service.restore(original.file, quiet)
        assert_like(original)


def stop(*_anything: object) -> list[str]:
    raise KeyboardInterrupt


def test_large_tables_go_in_parts(
    original: Original, databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part holds some megabytes, whatever the number of rows; here some hundred bytes."""
    monkeypatch.setattr(dumped, "PART_BYTES", 700)
    monkeypatch.setattr(files, "_BATCH", 7)
    with place(databases, tmp_path):
        service.restore(original.file, quiet)
        manifest = service.create(tmp_path / "parts.backup", quiet)
    parts = service.check(tmp_path / "parts.backup").manifest["parts"]
    assert len([name for name in parts if name.startswith("rows/audit_entry/")]) > 20
    assert manifest["tables"] == original.manifest["tables"]
    with place(databases, tmp_path):
        service.restore(tmp_path / "parts.backup", quiet)
        assert_like(original)


@pytest.mark.sqlite_only
def test_a_store_in_use_is_refused(original: Original, databases: Databases, tmp_path: Path) -> None:
    with place(databases, tmp_path):
        obstore.put(storage.store(), "ab/c", b"somebody's")
        with pytest.raises(BackupProblem, match="不是空的"):
            service.restore(original.file, quiet)
        obstore.delete(storage.store(), "ab/c")
        files.mark("another backup")
        with pytest.raises(BackupProblem, match="另一份备份"):
            service.restore(original.file, quiet)


@pytest.mark.sqlite_only
def test_commands_answer_in_sentences(original: Original, databases: Databases, tmp_path: Path) -> None:
    with place(databases, tmp_path, migrated=True) as app:
        made = tmp_path / "empty.backup"
        created = run(app, "create", made)
        assert (created.exit_code, created.stdout.startswith(f"备份已写入 {made}：")) == (0, True)
        assert made.stat().st_mode & 0o777 == 0o600
        again = run(app, "create", made)
        assert (again.exit_code, "已经存在" in again.stderr) == (1, True)
        assert run(app, "check", made).exit_code == 0
        missing = run(app, "check", tmp_path / "none")
        assert (missing.exit_code, missing.stderr) == (1, f"Error: 没有找到 {tmp_path / 'none'}\n")
        assert list(tmp_path.glob("*.part")) == []


def run(app: Flask, *arguments: object):
    return app.test_cli_runner().invoke(args=["backup", *map(str, arguments)])


@pytest.mark.sqlite_only
def test_a_missing_photo_is_told(databases: Databases, tmp_path: Path, original: Original) -> None:
    with place(databases, tmp_path) as app:
        service.restore(original.file, quiet)
        key = db.session.scalar(db.text("SELECT thumb_key FROM stored_file WHERE thumb_key IS NOT NULL LIMIT 1"))
        obstore.delete(storage.store(), key)
        made = run(app, "create", tmp_path / "less.backup")
        assert (made.exit_code, "有 1 个照片或文件" in made.stderr) == (1, True)
