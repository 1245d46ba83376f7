"""Logs as JSON lines on standard error, without personal data: in production, or when `ANJU_LOG=json`.

An exception's message may carry what a person typed, and a database's error the row it was about: so of exceptions
only their kinds and places are written, and of a request only the endpoint's name, never its address or what was sent.
"""

import json
import logging
import sys
from types import TracebackType
from typing import Any, Final

from . import clock

FACTS: Final = ("request_id", "user_id", "endpoint", "method", "status", "ms", "address")
"""What a record may carry beside its message, given as `extra`."""
_OWN = "anju"
_WITH_ADDRESSES: Final = ("gunicorn.access", "werkzeug")
"""Servers' own lines for each request hold the address with its query: a name that was searched for."""


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line: time in UTC, level, logger, message, the known facts, and the places of an exception."""
        line: dict[str, Any] = {
            "time": clock.system().isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update((name, vars(record)[name]) for name in FACTS if vars(record).get(name) is not None)
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = causes(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def causes(error: BaseException | None) -> list[dict[str, Any]]:
    """An exception and what led to it: kinds and places, without any message."""
    found: list[dict[str, Any]] = []
    while error is not None and len(found) < 5:
        found.append({"kind": type(error).__name__, "places": _places(error.__traceback__)})
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found


def _places(at: TracebackType | None) -> list[str]:
    places: list[str] = []
    while at is not None:
        code = at.tb_frame.f_code
        places.append(f"{code.co_filename}:{at.tb_lineno} {code.co_name}")
        at = at.tb_next
    return places[-12:]


def start() -> None:
    """Write everything that is logged in this process as JSON lines; whatever else wrote logs is silenced."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in (_OWN, "app", "alembic"):
        logging.getLogger(name).setLevel(logging.INFO)
    for name in _WITH_ADDRESSES:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    for name, logger in list(logging.Logger.manager.loggerDict.items()):
        if isinstance(logger, logging.Logger) and name != "root":
            logger.handlers.clear()
            logger.propagate = True
    logging.captureWarnings(capture=True)
