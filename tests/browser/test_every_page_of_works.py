"""Every page of what is built, accepted, settled and under warranty; desks and lists of every role."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, current_app
from playwright.sync_api import Browser
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.db import db
from app.oversight import labels
from tests.support import moments
from tests.support.browser import serving
from tests.support.databases import Databases
from tests.support.stories import lived
from tests.support.tour import AMID_THE_WORKS, FILE_PAGES, Tour, keys_of, of_operations, tour

pytestmark = pytest.mark.sqlite_only

SHARES = 3


@pytest.fixture(scope="module")
def around(
    databases: Databases,
    browser: Browser,
    browser_context_args: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Tour]:
    """A county in which households stand at every moment since the works."""
    with lived(databases, tmp_path_factory.mktemp("files"), moments.FROM_THE_WORKS, moments.AGO) as stories:
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        with serving(app) as address, tour(stories, browser, browser_context_args, address) as made:
            yield made


@pytest.mark.parametrize("stage", ["construction", "acceptance", "settlement", "warranty"])
def test_pages_of_operations(around: Tour, stage: str) -> None:
    found, nowhere = of_operations(
        around.stories, [*keys_of(stage), *([AMID_THE_WORKS] if stage == "construction" else [])]
    )
    assert nowhere == set()
    wrong = [one for key, account, address in found for one in around.look(account, address, key)]
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("share", range(SHARES))
def test_desks_lists_and_files(around: Tour, share: int) -> None:
    visits = [(endpoint, visit) for endpoint, some in FILE_PAGES.items() for visit in some][share::SHARES]
    wrong = [
        one for endpoint, visit in visits for one in around.look(visit.account, around.url(endpoint, visit), endpoint)
    ]
    assert wrong == [], "\n".join(wrong)


def test_the_audit_has_a_word_for_everything_it_kept(around: Tour) -> None:
    kept = db.session.scalars(select(AuditEntry.details)).all()
    assert sorted({key for details in kept for key in details or {}} - labels.KEYS.keys()) == []
