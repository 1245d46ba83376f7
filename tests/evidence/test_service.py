"""Uploads on both databases, in a folder and in an object store."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import boto3
import pytest
from flask import Flask
from moto.server import ThreadedMotoServer
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.crypto import KeyProblem
from app.core.db import db, transaction
from app.core.errors import NotFound, RuleViolation
from app.evidence import storage
from app.evidence.models import Source, StoredFile
from app.evidence.queries import Lookalike, open_view, same_photo_elsewhere, usable_by
from app.evidence.service import clean_name, store_upload
from app.evidence.told import told
from tests.evidence.pictures import camera_exif, paper, pattern, saved


def upload(content: bytes, name: str = "照片.jpg") -> StoredFile:
    return store_upload(BytesIO(content), name, None)


@pytest.fixture(name="files")
def _files(app: Flask, session: Session, tmp_path: Path) -> Iterator[Path]:
    before = app.config["STORAGE_URL"]
    app.config["STORAGE_URL"] = str(tmp_path)
    app.extensions.pop("anju_storage", None)
    yield tmp_path
    app.config["STORAGE_URL"] = before
    app.extensions.pop("anju_storage", None)


def test_a_photo_comes_back_as_it_was(files: Path) -> None:
    content = saved(pattern(1), exif=camera_exif(position=False))
    stored = upload(content)
    assert open_view(stored, "original") == (content, "image/jpeg")
    assert open_view(stored, "thumb")[1] == "image/jpeg"
    assert (stored.size, stored.width, stored.height, stored.name) == (len(content), 640, 480, "照片.jpg")


def test_positions_are_given_only_to_those_who_ask_for_them(files: Path) -> None:
    content = saved(pattern(1), exif=camera_exif())
    stored = upload(content)
    assert stored.position == "29.563000,106.551556"
    assert open_view(stored, "original", with_position=True)[0] == content
    for size in ("original", "view", "thumb"):
        assert b"GPS" not in open_view(stored, size)[0]
        assert b"Phone" not in open_view(stored, size)[0]


def test_a_paper_comes_back_in_every_size(files: Path) -> None:
    stored = upload(paper(), "协议.pdf")
    assert {open_view(stored, size) for size in ("original", "view", "thumb")} == {(paper(), "application/pdf")}


def test_nothing_readable_lies_in_the_store(files: Path) -> None:
    content = saved(pattern(1), exif=camera_exif())
    stored = upload(content)
    lying = {path: path.read_bytes() for path in files.rglob("*") if path.is_file()}
    assert len(lying) == 3
    for path, sealed in lying.items():
        assert stored.sha256 not in path.as_posix().replace("/", "")
        assert b"JFIF" not in sealed
        assert b"\xff\xd8\xff" not in sealed[:64]


def test_contents_exchanged_in_the_store_are_noticed(files: Path) -> None:
    stored, other = upload(saved(pattern(1))), upload(saved(pattern(2)))
    (files / stored.key).write_bytes((files / other.key).read_bytes())
    with pytest.raises(KeyProblem):
        open_view(stored, "original")


def test_a_content_that_is_lost_is_said_so(files: Path) -> None:
    stored = upload(saved(pattern(1)))
    (files / stored.key).unlink()
    with pytest.raises(NotFound) as missing:
        open_view(stored, "original")
    assert missing.value.message == "存储中找不到这份文件，请联系管理员检查存储或从备份恢复"


def test_the_same_photo_is_stored_once_and_seen_twice(files: Path) -> None:
    first, second = upload(saved(pattern(1))), upload(saved(pattern(1)))
    assert first.id != second.id
    assert first.key == second.key
    assert len([path for path in files.rglob("*") if path.is_file()]) == 3
    assert same_photo_elsewhere(second) == [Lookalike(first.id, 0, True)]


def test_photos_that_look_alike_are_found_nearest_first(files: Path) -> None:
    original = upload(saved(pattern(7), quality=95))
    exact = upload(saved(pattern(7), quality=95))
    forwarded = upload(saved(pattern(7).resize((320, 240)), quality=60))
    upload(saved(pattern(8)))
    upload(paper())
    found = same_photo_elsewhere(original)
    assert [(one.file_id, one.same_content) for one in found] == [(exact.id, True), (forwarded.id, False)]


@pytest.mark.parametrize("sign", [1, -1])
def test_distances_are_counted_over_all_64_bits(files: Path, sign: int) -> None:
    wanted, others = upload(saved(pattern(1))), [upload(saved(pattern(seed))) for seed in range(2, 6)]
    base = sign * 0x1234_5678_9ABC_DEF0
    flips = (1 << 63 | 1, 1 << 31 | 1 << 32 | 7, 0x3F, 0x7F)
    with transaction():
        wanted.dhash = base
        for other, flip in zip(others, flips, strict=True):
            raw = (base ^ flip) & (1 << 64) - 1
            other.dhash = raw - (1 << 64) if raw >> 63 else raw
    assert [(one.file_id, one.distance) for one in same_photo_elsewhere(wanted)] == [
        (others[0].id, 2),
        (others[1].id, 5),
        (others[2].id, 6),
    ]


def test_papers_are_compared_by_content_only(files: Path) -> None:
    first, second = upload(paper("甲")), upload(paper("甲"))
    upload(paper("乙"))
    assert same_photo_elsewhere(first) == [Lookalike(second.id, 0, True)]


def test_only_the_uploader_may_use_it(files: Path) -> None:
    stored = upload(saved(pattern(1)))
    assert [usable_by(stored.id, None), usable_by(stored.id, 1), usable_by(stored.id + 1, None)] == [True, False, False]


def test_a_refused_upload_leaves_nothing(files: Path) -> None:
    with pytest.raises(RuleViolation):
        upload(b"<svg/>")
    assert db.session.scalar(select(func.count()).select_from(StoredFile)) == 0
    assert [path for path in files.rglob("*") if path.is_file()] == []


def test_uploads_do_not_hold_up_writers(files: Path) -> None:
    with transaction(), pytest.raises(RuntimeError):
        upload(saved(pattern(1)))


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\老人\\改造前.jpg", "改造前.jpg"),
        ("a\x00b\u202egpj.exe", "abgpj.exe"),
        ("", "未命名"),
        ("..", "未命名"),
        ("长" * 200 + ".jpg", "长" * 116 + ".jpg"),
    ],
)
def test_names_are_for_showing_only(given: str, shown: str) -> None:
    assert clean_name(given) == shown


@pytest.fixture(name="bucket", scope="module")
def _bucket() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    endpoint = f"http://127.0.0.1:{port}"
    client = boto3.client(
        "s3", endpoint_url=endpoint, aws_access_key_id="key", aws_secret_access_key="secret", region_name="us-east-1"
    )
    client.create_bucket(Bucket="evidence")
    client.close()
    yield endpoint
    server.stop()


@pytest.mark.sqlite_only
def test_an_object_store_serves_as_well(
    app: Flask, session: Session, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("ACCESS_KEY_ID", "key"), ("SECRET_ACCESS_KEY", "secret"), ("REGION", "us-east-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setitem(app.config, "STORAGE_URL", "s3://evidence/county")
    monkeypatch.setitem(app.config, "S3_ENDPOINT", bucket)
    app.extensions.pop("anju_storage", None)
    try:
        content = saved(pattern(9))
        first, second = upload(content), upload(content)
        assert first.key == second.key
        assert open_view(second, "original") == (content, "image/jpeg")
        assert storage.is_ready()
        with pytest.raises(FileNotFoundError):
            storage.get(storage.key_of("0" * 64))
    finally:
        app.extensions.pop("anju_storage", None)


@pytest.mark.sqlite_only
def test_a_store_that_is_away_is_not_ready(app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setitem(app.config, "S3_ENDPOINT", f"http://127.0.0.1:{unused.getsockname()[1]}")
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.setenv(f"AWS_{name}", "x")
    monkeypatch.setitem(app.config, "STORAGE_URL", "s3://evidence/county")
    app.extensions.pop("anju_storage", None)
    try:
        assert not storage.is_ready()
    finally:
        app.extensions.pop("anju_storage", None)


def sent(content: bytes, taken_at: str = "", position: str = "") -> StoredFile:
    return store_upload(BytesIO(content), "照片.jpg", None, told(taken_at, position))


def test_a_photo_made_smaller_brings_its_time_and_place_along(files: Path) -> None:
    """The telephone reads them before it shrinks; the page says where they come from. The file's own come first."""
    bare = sent(saved(pattern(3)), "2020-09-15T10:30:00", "29.563,106.551556")
    assert (bare.taken_at, bare.taken_source) == (datetime(2020, 9, 15, 2, 30, tzinfo=UTC), Source.SENDER)
    assert (bare.position, bare.position_source) == ("29.563000,106.551556", Source.SENDER)
    whole = sent(saved(pattern(3), exif=camera_exif("2020:09:14 08:00:00")), "2020-09-15T10:30:00", "1,1")
    assert (whole.taken_at, whole.taken_source) == (datetime(2020, 9, 14, 0, 0, tzinfo=UTC), Source.FILE)
    assert (whole.position, whole.position_source) == ("29.563000,106.551556", Source.FILE)
    assert sent(paper(), "2020-09-15T10:30:00").taken_at is None  # a paper is not taken anywhere


@pytest.mark.parametrize(
    ("taken_at", "position"),
    [
        ("", ""),
        ("gestern", "hier"),
        ("1999-01-01T00:00:00", "0,0"),
        ("2999-01-01T00:00:00", "91,10"),
        ("2020-13-40", "1"),
    ],
)
def test_a_photo_is_worth_more_than_what_is_said_of_it(files: Path, taken_at: str, position: str) -> None:
    stored = sent(saved(pattern(4)), taken_at, position)
    assert (stored.taken_at, stored.taken_source, stored.position, stored.position_source) == (None, None, None, None)
