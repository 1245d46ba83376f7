"""The worker: one process beside the web server that does the jobs and what falls due."""

import logging

from flask import Flask
from huey import crontab
from huey.consumer import Consumer
from sqlalchemy import inspect

from ..core import clock
from ..core.db import db
from .models import Job
from .queue import queue, send
from .schedule import run_due
from .service import run, waiting

log = logging.getLogger(__name__)


def work(app: Flask, threads: int = 2) -> None:
    """Work until told to stop: SIGTERM lets running jobs end, SIGINT cuts them off, and the sweep finds them again."""
    with app.app_context():
        huey = queue(run)

    @huey.periodic_task(crontab(minute="*"), name="sweep")
    def sweep() -> None:
        with app.app_context():
            for job_id in waiting() if _is_ready() else ():
                send(job_id, run)

    @huey.periodic_task(crontab(minute="*/5"), name="due")
    def due() -> None:
        with app.app_context(), huey.lock_task("due"):
            if _is_ready():
                run_due(clock.today())

    consumer = Consumer(
        huey, workers=threads, worker_type="thread", max_delay=2.0, graceful_signal="TERM", flush_locks=True
    )
    consumer.run()


def _is_ready() -> bool:
    """False while the database is still being made: the web server and the worker may start in any order."""
    if inspect(db.engine).has_table(Job.__tablename__):
        return True
    log.warning("the database has no tables yet")
    return False
