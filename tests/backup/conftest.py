"""A county in which two households have lived to the end, and the backup that was made of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.backup import service
from app.core import clock
from app.demo import build, county, variants
from app.demo.people import household
from app.demo.story import Story
from app.lifecycle import Status
from tests.support.databases import Databases

from .places import bucket, contents, place, rows

BEGIN, END = date(2026, 3, 2), date(2026, 7, 31)


@dataclass(frozen=True)
class Original:
    """What was backed up, and the backup."""

    file: Path
    manifest: dict[str, Any]
    rows: dict[str, list[str]]
    contents: dict[str, bytes]


@pytest.fixture(scope="module")
def original(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Original]:
    folder = tmp_path_factory.mktemp("original")
    with place(databases, folder, migrated=True):
        with clock.fixed(BEGIN):
            county.build(BEGIN)
        lives = []
        for number, life in enumerate([None, variants.change_order], start=1):
            story = Story(household(number, 7, BEGIN, "500299101", [("500299101001", "青松村")], "eligible"))
            lives.append((BEGIN + timedelta(days=number), story, life(story) if life else story.life(Status.PAID)))
        build.lead(lives, END, lambda _line: None)
        manifest = service.create(folder / "anju.backup", lambda _line: None)
        yield Original(folder / "anju.backup", manifest, rows(), contents())


@pytest.fixture(scope="module", name="bucket")
def _bucket() -> Iterator[str]:
    with bucket() as endpoint:
        yield endpoint
