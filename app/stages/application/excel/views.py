"""Pages of the import: upload, progress, preview, what came of it; the sheets to download."""

import json
from io import BytesIO
from typing import Annotated, Any

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from pydantic import Field

from ....core import clock
from ....core.commands import Command
from ....core.db import transaction
from ....core.errors import Conflict, RuleViolation
from ....core.forms import Form
from ....documents.xlsx_package import MAX_BYTES
from ....identity.access import current_actor, requires
from ....permissions import Actor, Permission
from ....places import queries as places
from ....places.rules import Level
from ....programme import queries as programmes
from . import service
from .models import ImportState
from .places import Places
from .report import Report
from .template import write_template

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 200
"""Wrong cells and changes on one page; the marked workbook has all of them."""


class Upload(Command):
    """A filled registration sheet for a programme."""

    programme: Annotated[str, Field(title="项目", min_length=1, max_length=80)]


def register(bp: Blueprint) -> None:
    """Put the pages on the stage's blueprint."""
    bp.route("/applications/import", methods=["GET", "POST"])(imports)
    bp.get("/applications/import/template.xlsx")(import_template)
    bp.get("/applications/import/<int:import_id>")(intake_import)
    bp.post("/applications/import/<int:import_id>/<any(apply, check, cancel):what>")(import_step)
    bp.get("/applications/import/<int:import_id>/<any(marked, original):which>.xlsx")(import_workbook)
    bp.get("/applications/import/<int:import_id>/report.json")(import_report)


@requires(Permission.APPLICATION_EDIT)
def imports() -> Any:
    """Upload a filled sheet; the imports of this township so far."""
    actor = current_actor()
    offered = _offered(actor)
    form = Form(Upload, {"programme": offered[0][0] if len(offered) == 1 else ""}, {"programme": offered})
    made: list[int] = []

    def work(command: Upload) -> None:
        if command.programme not in dict(offered):
            raise RuleViolation("请从列表中选择项目。", "programme")
        made.append(_upload(command.programme, actor))

    if form.run(work):
        return redirect(url_for(".intake_import", import_id=made[0]))
    found = service.latest(actor)
    page = render_template(
        "application/excel/imports.html", form=form, offered=offered, imports=found, summary=service.summary
    )
    return page, form.status


def _upload(programme_key: str, actor: Actor) -> int:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise RuleViolation("请选择填好的登记表。", "file")
    try:
        return service.upload(sent.stream.read(MAX_BYTES + 1), sent.filename, programme_key, actor)
    except RuleViolation as error:
        error.field = "file"
        raise


def _offered(actor: Actor) -> list[tuple[str, str]]:
    """The programmes in force in the person's county."""
    county = places.enclosing(places.region(actor.region_id), Level.COUNTY) if actor.region_id else None
    versions = programmes.in_force(county.code, clock.today()) if county else []
    return [(version.programme_key, programmes.of(version).name) for version in versions]


@requires(Permission.APPLICATION_EDIT)
def import_template() -> Response:
    """The empty registration sheet with the villages of the person's region."""
    return _sent(write_template(Places(current_actor())), "改造申请登记表.xlsx")


@requires(Permission.APPLICATION_EDIT)
def intake_import(import_id: int) -> Any:
    """One import: progress while it runs, then what is wrong, or what would be written."""
    row = service.find(import_id, current_actor())
    job = service.job_of(row)
    asked = "HX-Request" in request.headers
    if asked and job is None:
        return Response(headers={"HX-Refresh": "true"})  # it is done: everything on the page is another one now
    report = service.report_of(row) if job is None else None
    return render_template(
        "application/excel/_state.html" if asked else "application/excel/import.html",
        row=row,
        job=job,
        report=report or Report(),
        shown=SHOWN,
        state=ImportState,
        summary=service.summary(row),
        programme=programmes.name_of(row.programme_key),
    )


@requires(Permission.APPLICATION_EDIT)
def import_step(import_id: int, what: str) -> Any:
    """Write it, check it again, or put it away."""
    actor = current_actor()
    steps = {"apply": service.apply, "check": service.check_again, "cancel": service.cancel}
    try:
        with transaction():
            steps[what](import_id, actor)
    except Conflict as error:
        flash(error.message, "warning")
    return redirect(url_for(".intake_import", import_id=import_id))


@requires(Permission.APPLICATION_EDIT)
def import_workbook(import_id: int, which: str) -> Response:
    """The workbook as uploaded, or with its wrong cells marked."""
    row = service.find(import_id, current_actor())
    content = service.workbook(row, marked=which == "marked")
    name = row.name.rpartition(".")[0] or row.name
    return _sent(content, f"{name}（标出错处）.xlsx" if which == "marked" else f"{name}.xlsx")


@requires(Permission.APPLICATION_EDIT)
def import_report(import_id: int) -> Response:
    """Everything that was found, as JSON."""
    row = service.find(import_id, current_actor())
    report = service.report_of(row)
    if report is None:
        raise Conflict("这次导入还没有核对完。")
    return Response(json.dumps(report.as_json(), ensure_ascii=False), content_type="application/json")


def _sent(content: bytes, name: str) -> Response:
    return send_file(BytesIO(content), XLSX, as_attachment=True, download_name=name)
