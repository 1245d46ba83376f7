"""Commands of background work."""

import click
from flask import current_app
from flask.cli import AppGroup

from ..core import clock
from . import worker
from .schedule import run_due
from .service import run_waiting
from .watch import is_worked

jobs = AppGroup("jobs", help="Background work.")


@jobs.command("work")
@click.option("--threads", default=2, show_default=True, help="Jobs done at the same time.")
def work(threads: int) -> None:
    """Do jobs and due work until stopped (SIGTERM ends gracefully)."""
    worker.work(current_app._get_current_object(), threads)  # type: ignore[attr-defined]  # noqa: SLF001 — Flask's documented way


@jobs.command("due")
def due() -> None:
    """Do now what is due today, and the jobs that wait; exit 1 when something failed."""
    failed = run_due(clock.today())
    done = run_waiting()
    for line in failed:
        click.echo(line, err=True)
    click.echo(f"到期事项已处理；后台任务 {done} 项；失败 {len(failed)} 项")
    if failed:
        raise SystemExit(1)


@jobs.command("alive")
def alive() -> None:
    """Exit 1 when no worker has seen to due work for a quarter of an hour: the worker's own health check."""
    if not is_worked():
        click.echo("后台进程超过 15 分钟没有处理到期事项", err=True)
        raise SystemExit(1)


commands = (jobs,)
