"""The auditor's pages: the log, a file's chain and seals, the days' seals. Nothing here writes."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request

from ..audit.queries import Filter
from ..identity.access import current_actor, requires
from ..lifecycle import Status
from ..permissions import Permission
from ..renovation import queries as renovations
from . import labels, queries

bp = Blueprint("oversight", __name__)
STATUSES = {status.value: status.label for status in Status}


_FILTERS: dict[str, Callable[..., Any]] = {
    "event_label": labels.event_label,
    "place_label": labels.place_label,
    "chain_label": labels.chain_label,
    "audit_facts": labels.facts,
}
for _name, _filter in _FILTERS.items():
    bp.add_app_template_filter(_filter, _name)


@bp.get("/audit")
@requires(Permission.AUDIT_READ)
def entries() -> str:
    """The log within the auditor's region, filtered by file, person, event and days; keyset pages."""
    wanted = _wanted()
    page = queries.entries(current_actor(), wanted, request.args.get("before", type=int))
    return render_template("oversight/entries.html", page=page, wanted=wanted, events=labels.EVENTS, args=request.args)


def _wanted() -> Filter:
    number = request.args.get("number", "").strip()[:40]
    return Filter(
        chain=f"{queries.FILE}{number}" if number else "",
        event=request.args.get("event", "").strip()[:80],
        actor_name=request.args.get("person", "").strip()[:80],
        since=_day("since"),
        until=_day("until"),
    )


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


@bp.get("/audit/days")
@requires(Permission.AUDIT_READ)
def day_seals() -> str:
    """The days' seals with their roots, each held against itself and the one before."""
    shown, before = queries.day_seals(_day("before"))
    return render_template("oversight/day_seals.html", seals=shown, before=before)


@bp.get("/renovations/<number>/audit")
@requires(Permission.AUDIT_READ)
def chain(number: str) -> str:
    """A file's chain, verified entry by entry."""
    renovation = renovations.get(number, current_actor())
    links, broken = queries.chain_of(renovation)
    changed = queries.reasons_changed(renovation, links)
    return render_template(
        "oversight/chain.html", renovation=renovation, links=links, broken=broken, reasons_changed=changed
    )


@bp.get("/renovations/<number>/seals")
@requires(Permission.AUDIT_READ)
def file_seals(number: str) -> str:
    """The seals of a file; `?held=<id>` holds one against the file as it is now and names what differs."""
    renovation = renovations.get(number, current_actor())
    found = queries.file_seals(renovation, request.args.get("held", type=int))
    return render_template("oversight/file_seals.html", renovation=renovation, seals=found, statuses=STATUSES)
