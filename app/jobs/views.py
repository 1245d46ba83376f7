"""My work in the background: the list, one of them with progress and results, and trying again what failed."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from ..core.db import transaction
from ..core.errors import Conflict
from ..identity.access import current_actor, requires
from . import items, queries
from .models import ItemState, Job, JobState
from .service import title_of

bp = Blueprint("jobs", __name__, url_prefix="/jobs")
bp.add_app_template_filter(title_of, "job_title")


@bp.get("")
@requires()
def mine() -> str:
    """What I asked for, newest first; the administrator sees everybody's."""
    actor = current_actor()
    found, before = queries.jobs_of(actor, request.args.get("before", type=int))
    return render_template("jobs/list.html", jobs=found, before=before, actor=actor)


@bp.get("/<int:job_id>")
@requires()
def show(job_id: int) -> str:
    """One piece of work; while it runs, the page asks for its inner part every two seconds."""
    job = queries.job_of(job_id, current_actor())
    asked = "HX-Request" in request.headers
    return render_template("jobs/_state.html" if asked else "jobs/show.html", **_context(job))


@bp.post("/<int:job_id>/retry")
@requires()
def retry(job_id: int) -> Any:
    """Try again what failed; what was done stays done."""
    actor = current_actor()
    try:
        with transaction():
            items.retry_failed(queries.job_of(job_id, actor, for_change=True))
    except Conflict as error:
        flash(error.message, "warning")
    else:
        flash("已重新开始，只办没有办成的；已办成的不会重复办理", "success")
    return redirect(url_for("jobs.show", job_id=job_id))


def _context(job: Job) -> dict[str, Any]:
    counted, running = items.counts(job.id), job.state in {JobState.QUEUED, JobState.RUNNING}
    # what failed is what a person has to look at; of two thousand it must not stand on the tenth page
    wanted = request.args.get("show") or ("failed" if counted[ItemState.FAILED] and not running else "all")
    state = ItemState(wanted) if wanted in set(ItemState) else None
    page = queries.items_of(job, state, request.args.get("after", type=int))
    return {
        "job": job,
        "running": running,
        "counts": counted,
        "items_total": sum(counted.values()),
        "shown": state,
        "states": list(ItemState),
        "page": page,
        "result": job.result or {},
    }
