"""The README tells the truth about the tables."""

from pathlib import Path

import pytest
from flask import Flask

from app.core.db import Base
from app.lifecycle import LINE, TRANSITIONS, Action, Stage, Status, allowed, diagram, next_forward, transition
from app.permissions import GRANTS, Permission, Role

README = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")


def test_the_diagram_is_the_table() -> None:
    """Regenerate with `app.lifecycle.diagram()` when the table changes."""
    assert README.split("```mermaid\n")[1].split("\n```")[0] == diagram()


@pytest.mark.sqlite_only
def test_the_glossary_names_tables_that_exist(app: Flask) -> None:
    """Every table that the glossary names is one; the application has loaded them all."""
    rows = [line for line in README.split("## Glossary")[1].split("## ")[0].splitlines() if line.startswith("| ")][2:]
    named = {name for row in rows for name in row.split("|")[3].split("`")[1::2]}
    assert {name for name in named if "/" not in name} - set(Base.metadata.tables) == set()


def test_the_table_is_whole() -> None:
    """Each action has one row, each status is reached and left, the straight line leads from draft to closed."""
    assert sorted(row.action for row in TRANSITIONS) == sorted(Action)
    assert {row.target for row in TRANSITIONS} | {Status.DRAFT} == set(Status)
    assert [status for status in Status if not allowed(status)] == [Status.WITHDRAWN]
    back = {status: {row.action for row in allowed(status)} for status in (Status.CLOSED, Status.TERMINATED)}
    assert back == {
        status: {Action.RETURN_PAYMENT} for status in back
    }  # where there is no warranty; held in tests/process
    line, status = [Status.DRAFT], Status.DRAFT
    while row := next_forward(status):
        status = row.target
        line.append(status)
    assert tuple(line) == LINE
    assert all(transition(row.action) is row for row in TRANSITIONS)
    assert {row.stage for row in TRANSITIONS} == set(Stage)


def test_every_step_is_somebodys() -> None:
    """Each permission of the table is granted to a person, not only to the system."""
    people = {permission for role, grants in GRANTS.items() if role is not Role.SYSTEM for permission in grants}
    assert {row.permission for row in TRANSITIONS} - people == set()
    assert set(Permission) - people == set()


def test_nobody_makes_and_checks_alone() -> None:
    """Finance pays and never settles; the auditor only reads and prints; the administrator sees no household."""
    assert Permission.SETTLEMENT_APPROVE not in GRANTS[Role.FINANCE]
    assert Permission.PAYMENT_RECORD not in GRANTS[Role.COUNTY]
    reading = {Permission.PERSONAL_REVEAL, Permission.API_TOKEN, Permission.FILE_EXPORT, Permission.PAPER_PRINT}
    assert {one for one in GRANTS[Role.AUDITOR] if not one.value.endswith("_read")} == reading
    assert Permission.RENOVATION_READ not in GRANTS[Role.ADMIN]
