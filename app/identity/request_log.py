"""One line of log for each request: who and what by name and number, how it went, how long it took."""

import logging
import re
from secrets import token_hex
from time import perf_counter

from flask import Flask, Response, g, request

from .access import known

log = logging.getLogger("anju.request")

HEADER = "X-Request-ID"
_QUIET = frozenset({"static", "health.healthz", "health.readyz"})
_SOUND = re.compile(r"[A-Za-z0-9-]{8,64}")


def init_app(app: Flask) -> None:
    """Give every request an id, answer it in a header, and log the request when it is over."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    """Take the proxy's id when it gives one; what a stranger sends there is text in our log, so it must look like one."""
    given = request.headers.get(HEADER, "")
    g.request_id = given if _SOUND.fullmatch(given) else token_hex(16)
    g.request_began = perf_counter()


def _end(response: Response) -> Response:
    response.headers[HEADER] = g.get("request_id", "")
    # people watch the monitor's own questions and the styles nowhere; faults of them still show
    if request.endpoint not in _QUIET or response.status_code >= 500:
        who = known()
        facts = {
            "request_id": g.get("request_id"),
            "user_id": who.actor.user_id if who else None,
            # the rule's name: an address may hold a receipt code, its query a name that was searched for
            "endpoint": request.endpoint or "unknown",
            "method": request.method,
            "status": response.status_code,
            "ms": round((perf_counter() - g.get("request_began", perf_counter())) * 1000, 1),
        }
        log.info("request", extra=facts)
    return response
