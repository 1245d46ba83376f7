"""Background work: asked for once, sent only after the commit, done once, tried again, its failure shown."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Conflict, NotFound, RuleViolation
from app.jobs import queue as queue_module
from app.jobs import service
from app.jobs.models import Job, JobState
from app.jobs.queue import queue
from app.jobs.service import Task, enqueue, retry, run, run_waiting


@pytest.fixture(name="done")
def _done() -> Iterator[list[Any]]:
    """What the handler `test` did; its payload says how it behaves."""
    done: list[Any] = []

    def work(task: Task) -> dict[str, Any] | None:
        done.append(task.payload.get("say"))
        if "refuse" in task.payload:
            raise RuleViolation(task.payload["refuse"])
        if task.payload.get("break", 0) >= len(done):
            raise OSError("secret details")
        for step in range(1, task.payload.get("steps", 0) + 1):
            task.progress(step, task.payload["steps"])
        return {"rows": 3}

    service.handler("test")(work)
    yield done
    del service._handlers["test"]


def job_of(key: str) -> Job:
    return db.session.scalars(select(Job).where(Job.key == key)).one()


def test_work_is_done_and_its_result_kept(session: Session, done: list[Any]) -> None:
    with transaction():
        enqueue("test", "a", {"say": "hello", "steps": 4})
    assert run_waiting() == 1
    job = job_of("a")
    assert (done, job.state, job.result, job.progress, job.total) == (["hello"], JobState.DONE, {"rows": 3}, 4, 4)
    assert run_waiting() == 0


def test_asking_twice_is_asking_once(session: Session, done: list[Any]) -> None:
    with transaction():
        first = enqueue("test", "a").id
    with transaction():
        assert enqueue("test", "a").id == first
    run_waiting()
    with transaction():
        assert enqueue("test", "a").state is JobState.DONE
    assert run_waiting() == 0


def test_nobody_to_do_it_is_said_at_once(session: Session) -> None:
    with transaction(), pytest.raises(LookupError):
        enqueue("nobody", "a")


def test_a_refusal_is_final_and_shown(session: Session, done: list[Any]) -> None:
    with transaction():
        enqueue("test", "a", {"refuse": "没有可以导出的户"})
    run_waiting()
    job = job_of("a")
    assert (job.state, job.error, job.attempts) == (JobState.FAILED, "没有可以导出的户", 1)
    with transaction():
        retry(job.id)
    assert (run_waiting(), len(done)) == (1, 2)


def test_a_breakdown_is_tried_again_later_and_shows_no_details(session: Session, done: list[Any]) -> None:
    machine = clock.system()
    with transaction():
        enqueue("test", "a", {"break": 99})
    waits = []
    for _ in range(service.MAX_ATTEMPTS):
        run_waiting()
        waits.append(round((job_of("a").run_after - machine).total_seconds(), -1))
        with transaction():
            job_of("a").run_after = machine
    job = job_of("a")
    assert (job.state, job.error, len(done)) == (JobState.FAILED, "OSError：处理中断，系统会自动重试", 4)
    assert waits[:3] == [10, 40, 160]
    with transaction():
        retry(job.id)
    assert job_of("a").state is JobState.QUEUED


def test_only_failed_jobs_are_retried(session: Session, done: list[Any]) -> None:
    with transaction():
        job_id = enqueue("test", "a").id
    with transaction(), pytest.raises(Conflict):
        retry(job_id)
    with transaction(), pytest.raises(NotFound):
        retry(job_id + 1)


def test_a_job_of_a_killed_worker_is_found_again(session: Session, done: list[Any]) -> None:
    with transaction():
        job_id = enqueue("test", "a").id
    assert service._take(job_id) is not None
    assert run_waiting() == 0
    with transaction():
        job_of("a").run_after -= service.HUNG_AFTER + timedelta(seconds=1)
    assert run_waiting() == 1
    assert (job_of("a").state, job_of("a").attempts) == (JobState.DONE, 2)


def test_a_busy_job_is_left_alone_however_little_it_reports(
    committed: Flask, done: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its heart beats in another thread: the time at which it would count as killed moves on."""
    monkeypatch.setattr(service, "BEAT", timedelta(milliseconds=20))
    moved: list[bool] = []

    def long_work(task: Task) -> None:
        first = db.session.scalar(select(Job.run_after).where(Job.id == task.job_id))
        for _ in range(500):
            db.session.rollback()
            if db.session.scalar(select(Job.run_after).where(Job.id == task.job_id)) != first:
                break
            pause.wait(0.02)
        moved.append(db.session.scalar(select(Job.run_after).where(Job.id == task.job_id)) > first)
        db.session.rollback()
        moved.append(service.waiting() == [])

    pause = Event()
    service.handler("test")(long_work)
    with transaction():
        job_id = enqueue("test", "a").id
    run(job_id)
    assert (moved, job_of("a").state, job_of("a").attempts) == ([True, True], JobState.DONE, 1)


@pytest.mark.parametrize("reports", [True, False])
def test_who_was_taken_for_dead_has_no_say_any_more(committed: Flask, done: list[Any], reports: bool) -> None:
    """A worker that stood still so long that another took its job neither reports on it nor ends it."""
    calls = itertools.count(1)

    def work(task: Task) -> dict[str, Any]:
        call = next(calls)
        if call == 1:
            with transaction():
                job_of("a").run_after -= service.HUNG_AFTER + timedelta(seconds=1)
            assert run_waiting() == 1  # as the other worker
            assert not task.alive()
            if reports:
                task.progress(1, 2)
            done.append("went on")
        return {"by": call}

    service.handler("test")(work)
    with transaction():
        job_id = enqueue("test", "a").id
    run(job_id)
    assert (job_of("a").state, job_of("a").result, job_of("a").attempts) == (JobState.DONE, {"by": 2}, 2)
    assert done == ([] if reports else ["went on"])


def test_a_killed_worker_is_missed_within_two_minutes() -> None:
    assert (timedelta(minutes=2) >= service.HUNG_AFTER, service.BEAT * 3 < service.HUNG_AFTER) == (True, True)


def test_of_many_workers_one_does_it(committed: Flask, done: list[Any]) -> None:
    with transaction():
        job_id = enqueue("test", "a").id

    def work(_worker: int) -> None:
        with committed.app_context():
            run(job_id)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert len(done) == 1


def test_jobs_are_sent_after_the_commit_and_never_without_it(committed: Flask, done: list[Any]) -> None:
    class Undone(Exception):
        pass

    def fail() -> None:
        with transaction():
            enqueue("test", "never")
            raise Undone

    committed.testing = False
    with pytest.raises(Undone):
        fail()
    with transaction():
        enqueue("test", "a")
        assert len(queue(run)) == 0
    huey = queue(run)
    assert len(huey) == 1
    huey.execute(huey.dequeue())
    assert (len(done), job_of("a").state) == (1, JobState.DONE)
    huey.storage.close()


def test_the_queue_may_be_opened_by_many_at_once(committed: Flask) -> None:
    opened = itertools.count()

    def open_queue(_worker: int) -> None:
        with committed.app_context():
            huey, _ = queue_module._open(run)
            assert len(huey) == 0
            huey.storage.close()
            next(opened)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(open_queue, range(8)))
    assert next(opened) == 8
