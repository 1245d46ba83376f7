"""Many things in one job: each with its own result, those that fail apart from the others, none twice."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock, settings_store
from app.core.db import db, transaction
from app.core.errors import Conflict, RuleViolation
from app.jobs import items, service
from app.jobs.items import add_items, each, mark_done, retry_failed
from app.jobs.models import ItemState, Job, JobItem, JobState
from app.jobs.service import Task, enqueue, run_waiting

Do = Callable[[str], str]


@pytest.fixture(name="work")
def _work() -> Iterator[dict[str, Do]]:
    """Say with `work["do"]` what is done to each item."""
    work: dict[str, Do] = {}

    def handle(task: Task) -> dict[str, Any]:
        return each(task, work["do"])

    service.handler("test", "试一试")(handle)
    yield work
    del service._handlers["test"]


def ask(*subjects: str) -> int:
    with transaction():
        job = enqueue("test", "a")
        add_items(job, subjects)
    return job.id


def job_of(job_id: int) -> Job:
    return db.session.get_one(Job, job_id, populate_existing=True)


def states(job_id: int) -> list[tuple[str, str, str]]:
    rows = db.session.execute(
        select(JobItem.subject, JobItem.state, JobItem.message).where(JobItem.job_id == job_id).order_by(JobItem.id)
    )
    return [(subject, state.value, message) for subject, state, message in rows]


def write(subject: str) -> str:
    """Work that shows how often it was done."""
    with transaction():
        settings_store.write(subject, settings_store.read(subject, "") + "x")  # type: ignore[arg-type,operator]
        mark_done(f"办了{subject}")
    return f"办了{subject}"


def test_each_item_has_its_result_and_one_that_fails_leaves_the_others_done(
    session: Session, work: dict[str, Do]
) -> None:
    def do(subject: str) -> str:
        if subject == "b":
            with transaction():
                settings_store.write("b", "half")
                raise RuleViolation("缺签名，请补签")
        return write(subject)

    work["do"] = do
    job_id = ask("a", "b", "c", "a")
    assert run_waiting() == 1
    assert states(job_id) == [("a", "done", "办了a"), ("b", "failed", "缺签名，请补签"), ("c", "done", "办了c")]
    job = job_of(job_id)
    assert (job.state, job.progress, job.total) == (JobState.DONE, 3, 3)
    assert job.result == {
        "summary": "共 3 户，办成 2 户，1 户没有办成，原因见下表",
        "done": 2,
        "failed": 1,
        "links": [],
    }
    assert [settings_store.read(name) for name in "abc"] == ["x", None, "x"]


def test_only_what_failed_is_tried_again(session: Session, work: dict[str, Do]) -> None:
    def refuse(subject: str) -> str:
        if subject == "b":
            raise RuleViolation("缺签名")
        return write(subject)

    work["do"] = refuse
    job_id = ask("a", "b")
    run_waiting()
    work["do"] = write
    with transaction():
        retry_failed(job_of(job_id))
    assert (job_of(job_id).state, job_of(job_id).progress) == (JobState.QUEUED, 1)
    assert run_waiting() == 1
    assert states(job_id) == [("a", "done", "办了a"), ("b", "done", "办了b")]
    assert [settings_store.read(name) for name in "ab"] == ["x", "x"]
    with transaction(), pytest.raises(Conflict, match="已全部办成"):
        retry_failed(job_of(job_id))


def test_a_fault_holds_up_nobody_and_is_tried_again_by_itself(session: Session, work: dict[str, Do]) -> None:
    broken = [True]

    def do(subject: str) -> str:
        if subject == "a" and broken:
            broken.pop()
            raise OSError("store is away")
        return write(subject)

    work["do"] = do
    job_id = ask("a", "b")
    run_waiting()
    assert states(job_id) == [("a", "waiting", ""), ("b", "done", "办了b")]
    assert job_of(job_id).state is JobState.QUEUED
    with transaction():
        job_of(job_id).run_after = clock.system()
    run_waiting()
    assert states(job_id) == [("a", "done", "办了a"), ("b", "done", "办了b")]
    assert settings_store.read("b") == "x"


def test_a_lasting_fault_fails_its_item_at_the_last_attempt(session: Session, work: dict[str, Do]) -> None:
    def do(subject: str) -> str:
        if subject == "a":
            raise OSError("secret details")
        return write(subject)

    work["do"] = do
    job_id = ask("a", "b")
    for _ in range(service.MAX_ATTEMPTS):
        with transaction():
            job_of(job_id).run_after = clock.system()
        assert run_waiting() == 1
    assert job_of(job_id).state is JobState.DONE
    assert [(subject, state) for subject, state, _ in states(job_id)] == [("a", "failed"), ("b", "done")]
    assert "secret" not in states(job_id)[0][2]


def test_work_that_a_second_worker_did_meanwhile_is_undone(session: Session, work: dict[str, Do]) -> None:
    """A worker that was taken for dead comes back: the item stands done once, its own work is rolled back."""

    def do(subject: str) -> str:
        with transaction():
            settings_store.write(subject, "the other's")
            db.session.execute(
                items.update(JobItem).values(state=ItemState.DONE, message="先办", finished_at=clock.now())
            )
        with transaction():
            settings_store.write(subject, "mine")
            mark_done("后办")
        return "后办"

    work["do"] = do
    job_id = ask("a")
    run_waiting()
    assert states(job_id) == [("a", "done", "先办")]
    assert settings_store.read("a") == "the other's"


def test_an_item_is_marked_only_inside_its_unit_of_work(session: Session, work: dict[str, Do]) -> None:
    mark_done("nobody asks")

    def do(_subject: str) -> str:
        with pytest.raises(RuntimeError):
            mark_done("too late")
        return "没标记的，由任务自己记"

    work["do"] = do
    job_id = ask("a")
    run_waiting()
    assert states(job_id) == [("a", "done", "没标记的，由任务自己记")]


def test_thousands_of_items_cost_few_statements_and_may_be_given_again(session: Session, work: dict[str, Do]) -> None:
    subjects = [f"n{number:04}" for number in range(1200)]
    job_id = ask(*subjects)
    with transaction():
        add_items(job_of(job_id), subjects)
    assert [one[0] for one in states(job_id)] == subjects
    assert job_of(job_id).total == 1200
