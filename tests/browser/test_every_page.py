"""Every page by itself: accessible at both widths, nothing wider than a phone, one heading, a title."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, current_app
from playwright.sync_api import Browser

from app.stages.registry import operations
from tests.support import moments
from tests.support.browser import serving
from tests.support.databases import Databases
from tests.support.stories import lived
from tests.support.tour import (
    FILE_PAGES,
    NO_PAGES,
    OFFICE_PAGES,
    OTHER_PAGES,
    Tour,
    busy,
    endpoints,
    keys_of,
    of_operations,
    tour,
)

pytestmark = pytest.mark.sqlite_only

SHARES = 4


@pytest.fixture(scope="module")
def around(
    databases: Databases,
    browser: Browser,
    browser_context_args: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Tour]:
    """A county in which households stand at every moment before the works."""
    files = tmp_path_factory.mktemp("files")
    with lived(databases, files, moments.BEFORE_THE_WORKS, moments.AGO) as stories:
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        with serving(app) as address, tour(stories, browser, browser_context_args, address) as made:
            busy(made)
            yield made


def test_every_endpoint_is_on_the_tour_or_says_why_not(app: Flask) -> None:
    visited = {*OFFICE_PAGES, *FILE_PAGES, *OTHER_PAGES, *operations()}
    assert ", ".join(sorted(endpoints(app) - visited - NO_PAGES.keys())) == ""
    assert ", ".join(sorted((visited | NO_PAGES.keys()) - endpoints(app))) == ""
    assert sorted(visited & NO_PAGES.keys()) == []


def test_pages_of_operations_before_the_works(around: Tour) -> None:
    found, nowhere = of_operations(around.stories, keys_of("application", "assessment", "plan"))
    assert nowhere == set()
    wrong = [one for key, account, address in found for one in around.look(account, address, key)]
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("share", range(SHARES))
def test_pages_of_the_office(around: Tour, share: int) -> None:
    visits = [(endpoint, visit) for endpoint, some in OFFICE_PAGES.items() for visit in some][share::SHARES]
    wrong = [
        one for endpoint, visit in visits for one in around.look(visit.account, around.url(endpoint, visit), endpoint)
    ]
    assert wrong == [], "\n".join(wrong)
