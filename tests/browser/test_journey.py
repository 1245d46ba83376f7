"""A household from the clerk's form to the sealed file, every account of the county at its own screen, by the pages alone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.core import clock, demo_clock
from app.core.db import transaction
from app.demo import county

from .household import NAME, PHONE, Journey
from .walk import Person

STEPS = (
    "apply", "submit", "publish", "wait", "verify", "confirm", "assign", "assess", "sign_assessment", "draft", "approve",
    "agree", "dispatch", "start", "build", "supervise", "accept", "bill", "settle", "sealed", "audit", "look_up",
)  # fmt: skip


@pytest.fixture
def new_county(committed: Flask) -> Iterator[None]:
    """The demo county without a household, its clock on the page."""
    before = clock.use(clock.system)
    committed.config["DEMO"] = True
    demo_clock.init_app(committed)
    county.build(clock.today())
    yield
    clock.use(before)


def test_one_household_from_application_to_the_sealed_file(
    new_county: None, live_server: str, open_page: Callable[..., Page]
) -> None:
    journey = Journey(open_page)
    for step in STEPS:
        getattr(journey, step)()
