"""Excel out: the list as it is shown, the ledger, a programme's summary; large ones as a job."""

from datetime import date
from io import BytesIO
from typing import Annotated, Any

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from pydantic import Field

from ..audit.service import record
from ..core.commands import Command
from ..core.db import transaction
from ..core.errors import NotFound
from ..core.forms import Form
from ..identity.access import current_actor, requires
from ..jobs.queries import job_of
from ..lifecycle import Stage
from ..permissions import Actor, Permission
from . import exporting, lists, summary
from .exporting import Export

bp = Blueprint("exports", __name__)

AT_ONCE = 5000
"""Files that are written while the person waits; more become a job."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class FullLedger(Command):
    """The ledger with whole numbers, and why."""

    reason: Annotated[str, Field(title="用途", min_length=4, max_length=200, description="例如：报县财政局核对花名册")]


@bp.get("/renovations.xlsx")
@requires(Permission.RENOVATION_READ)
def list_xlsx() -> Any:
    """The list with its conditions and chosen columns."""
    kept = request.cookies.get(lists.COOKIE.format(current_actor().user_id), "")
    return _give(Export("list", request.query_string.decode(), kept))


@bp.get("/ledger.xlsx")
@requires(Permission.RENOVATION_READ)
def ledger() -> Any:
    """The ledger of what the list's conditions mean: one row a household, one row a line; numbers masked."""
    return _give(Export("ledger", request.query_string.decode()))


@bp.route("/ledger/full", methods=["GET", "POST"])
@requires(Permission.RENOVATION_READ, Permission.PERSONAL_REVEAL)
def full_ledger() -> Any:
    """The ledger with whole identity numbers and telephones, with a reason that goes on the audit trail."""
    form, made = Form(FullLedger), []

    def work(command: FullLedger) -> None:
        made.append(_give(Export("ledger", request.query_string.decode(), full=True), command.reason))

    if form.run(work):
        return made[0]
    export = Export("ledger", request.query_string.decode())
    found = exporting.count(export, current_actor())
    return render_template(
        "exports/full.html", form=form, count=found, query=request.query_string.decode()
    ), form.status


@bp.get("/summary", endpoint="summary")
@requires(Permission.RENOVATION_READ)
def summary_page() -> str:
    """A programme's households and sums by township and stage, beside the quota of a year."""
    actor = current_actor()
    offered, key, year = _asked(actor)
    found = summary.summary(actor, key, year) if key else None
    years = range(summary.this_year(), summary.this_year() - 6, -1)
    return render_template(
        "exports/summary.html", found=found, offered=offered, key=key, year=year, years=years, stages=list(Stage)
    )


@bp.get("/summary.xlsx")
@requires(Permission.RENOVATION_READ)
def summary_xlsx() -> Response:
    """The same with a column for every status."""
    actor = current_actor()
    _offered, key, year = _asked(actor)
    if not key:
        raise NotFound("还没有可以汇总的改造户。")
    columns, rows = summary.table(summary.summary(actor, key, year))
    stream = BytesIO()
    exporting.sheet(columns, rows, "汇总", stream)
    with transaction():
        record("exports", "summary_exported", actor, programme=key, year=year, rows=len(rows))
    stream.seek(0)
    return _sent(stream, f"汇总{key}-{year}.xlsx")


@bp.get("/exports/<int:job_id>.xlsx")
@requires(Permission.RENOVATION_READ)
def download(job_id: int) -> Response:
    """What an export's job has written, for the person who asked for it."""
    found = exporting.written(job_of(job_id, current_actor()))
    if found is None:
        raise NotFound("这个文件还没有写好，或不是导出的文件。请从“我的任务”进入。")
    content, name = found
    return _sent(BytesIO(content), name)


def _asked(actor: Actor) -> tuple[list[tuple[str, str]], str, int]:
    offered = summary.programmes(actor)
    wanted = request.args.get("programme", "")
    key = wanted if wanted in dict(offered) else (offered[0][0] if offered else "")
    year = request.args.get("year", type=int) or summary.this_year()
    return offered, key, year if date.min.year < year < date.max.year else summary.this_year()


def _give(export: Export, reason: str = "") -> Any:
    """The workbook at once, or the page of the job that writes it."""
    actor = current_actor()
    if exporting.count(export, actor) > AT_ONCE:
        with transaction():
            job = exporting.ask(export, actor, reason)
        return redirect(url_for("jobs.show", job_id=job.id))
    stream = BytesIO()
    rows = exporting.write(export, actor, stream)
    with transaction():
        exporting.put_on_record(export, actor, rows, reason)
    stream.seek(0)
    return _sent(stream, export.name)


def _sent(stream: Any, name: str) -> Response:
    return send_file(stream, XLSX, as_attachment=True, download_name=name)
