"""A heartbeat beside a long piece of work, so that a killed worker is told from a busy one."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from flask import current_app

log = logging.getLogger(__name__)


@contextmanager
def beating(beat: Callable[[], bool], seconds: float, most: int) -> Iterator[None]:
    """Call `beat` every so many seconds while the block runs, at most `most` times, until it answers False.

    In a thread with a database session of its own; a beat that fails (the database is busy) is tried at the next turn.
    """
    app, over = current_app._get_current_object(), Event()  # type: ignore[attr-defined]  # noqa: SLF001 — as documented

    def go_on() -> None:
        for _ in range(most):
            if over.wait(seconds):
                return
            try:
                with app.app_context():
                    if not beat():
                        return
            except Exception as error:
                log.warning("a heartbeat failed: %s", type(error).__name__)

    thread = Thread(target=go_on, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
