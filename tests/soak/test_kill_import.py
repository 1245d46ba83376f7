"""The worker killed at every write of an import: all or nothing, and tried again it is there once."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.audit.verify import verify
from app.core import clock
from app.core.db import db, transaction
from app.jobs.models import Job, JobState
from app.jobs.service import run_waiting
from app.permissions import Actor, Role
from app.renovation.models import Event, NumberSeries, Renovation, SearchGram
from app.stages.application.excel import importing, service
from app.stages.application.excel.models import ImportState, IntakeImport
from app.stages.application.models import Beneficiary, DerivedFacts, Dwelling, Household
from tests.excel.books import book, household
from tests.factories import applications, people

from .mortal import killed_at

pytestmark = pytest.mark.soak

CONTENT = (Renovation, Event, SearchGram, Dwelling, Household, Beneficiary, DerivedFacts, NumberSeries)
NEVER = 10**9


def counts() -> list[int]:
    db.session.remove()
    return [db.session.scalar(select(func.count()).select_from(model)) or 0 for model in CONTENT]


def hang(job_id: int) -> None:
    """Ten minutes later: the sweep takes the job of the killed worker for hung."""
    with transaction():
        db.session.execute(
            update(Job).where(Job.id == job_id, Job.state == JobState.RUNNING).values(run_after=clock.system())
        )


def apart(act: Callable[[], object]) -> None:
    """Act in a process of its own: the store's threads do not survive a fork, so this process never opens it."""
    assert not killed_at(NEVER, act)
    db.session.remove()


def asked_for(rows: list[dict[str, Any]], actor: Actor) -> tuple[int, int]:
    """A workbook uploaded, checked, and asked to be written: the import's number and its job's."""
    apart(lambda: service.upload(book(rows), "登记表.xlsx", applications.KEY, actor))
    apart(run_waiting)
    import_id = db.session.scalars(select(IntakeImport.id).order_by(IntakeImport.id.desc())).first()
    assert import_id is not None
    with transaction():
        service.apply(import_id, actor)
    job_id = db.session.scalars(select(Job.id).where(Job.kind == service.APPLY).order_by(Job.id.desc())).first()
    assert job_id is not None
    return import_id, job_id


def test_an_import_killed_anywhere_is_whole_or_not_there(committed: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "AT_ONCE", 3)
    applications.publish_programme()
    actor, known = people.actor(Role.TOWNSHIP), household()
    asked_for([known], actor)
    apart(run_waiting)
    import_id, job_id = asked_for([known | {"phone": "13900001111"}, *(household() for _ in range(7))], actor)
    before, write = counts(), 1
    while killed_at(write, run_waiting):
        db.session.remove()
        if db.session.get_one(IntakeImport, import_id).state is ImportState.DONE:
            break  # killed after the commit, before the job could say so
        assert counts() == before, f"killed at write {write}, something stayed"
        hang(job_id)
        write += 1
    assert write > 15
    hang(job_id)
    apart(run_waiting)
    after = counts()
    assert after[0] == before[0] + 7
    assert db.session.get_one(IntakeImport, import_id).state is ImportState.DONE
    assert db.session.get_one(Job, job_id).state is JobState.DONE
    apart(run_waiting)
    assert counts() == after
    assert verify() == []
