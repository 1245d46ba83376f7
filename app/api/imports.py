"""Households from Excel through the API: upload, what was found, write; and the ledger as a workbook."""

from datetime import datetime
from io import BytesIO

from flask import Response, request, send_file

from ..core import clock
from ..core.db import transaction
from ..core.errors import Conflict, RuleViolation
from ..documents.xlsx_package import MAX_BYTES
from ..identity.access import current_actor, requires
from ..permissions import Actor, Permission
from ..places import queries as places
from ..places.rules import Level
from ..programme.queries import in_force
from ..stages.application.excel import service
from ..stages.application.excel.models import ImportState, IntakeImport
from ..workbench import exporting
from ..workbench.exporting import Export
from .exchange import Malformed, answer
from .schemas import Answer

MOST = 1000
"""Wrong cells and changes in one answer; the report on the page has all of them."""
AT_ONCE = 5000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class WrongCell(Answer):
    """One wrong cell: where, what stands there, why it is refused and what to do."""

    row: int
    cell: str
    column: str
    value: str
    reason: str


class ChangedField(Answer):
    """One field of a file that would be changed; numbers masked."""

    label: str
    old: str
    new: str


class ChangedFile(Answer):
    """A draft that would be changed."""

    row: int
    number: str
    fields: list[ChangedField]


class ImportAnswer(Answer):
    """An import: where it stands, what it would write or has written, what is wrong."""

    id: int
    name: str
    programme: str
    state: ImportState
    summary: str
    rows: int
    created: int
    changed: int
    unchanged: int
    wrong: int
    job_id: int | None
    first_number: str
    last_number: str
    created_at: datetime
    errors: list[WrongCell]
    warnings: list[WrongCell]
    changes: list[ChangedFile]


def described(row: IntakeImport) -> ImportAnswer:
    """An import with what its report says."""
    job = service.job_of(row)
    report = service.report_of(row) if job is None else None
    return ImportAnswer(
        id=row.id,
        name=row.name,
        programme=row.programme_key,
        state=row.state,
        summary=service.summary(row),
        rows=row.rows,
        created=row.created,
        changed=row.changed,
        unchanged=row.unchanged,
        wrong=row.wrong,
        job_id=job.id if job else None,
        first_number=row.first_number,
        last_number=row.last_number,
        created_at=row.created_at,
        errors=[WrongCell.model_validate(one) for one in report.errors[:MOST]] if report else [],
        warnings=[WrongCell.model_validate(one) for one in report.warnings[:MOST]] if report else [],
        changes=[
            ChangedFile(
                row=one.row,
                number=one.number,
                fields=[ChangedField(label=label, old=old, new=new) for label, old, new in one.fields],
            )
            for one in (report.changes[:MOST] if report else ())
        ],
    )


@requires(Permission.APPLICATION_EDIT)
def upload_import() -> Response:
    """Upload a filled registration sheet (multipart field `file`) and have it checked; nothing is written yet."""
    actor, programme = current_actor(), request.args.get("programme", "")
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Malformed("请以 multipart/form-data 上传，文件放在 file 字段。")
    if programme not in _offered(actor):
        raise RuleViolation("programme 不是本区县正在实施的项目，请核对。", "programme")
    import_id = service.upload(sent.stream.read(MAX_BYTES + 1), sent.filename, programme, actor)
    return answer(described(service.find(import_id, actor)), 202)


def _offered(actor: Actor) -> set[str]:
    county = places.enclosing(places.region(actor.region_id), Level.COUNTY) if actor.region_id else None
    return {one.programme_key for one in in_force(county.code, clock.today())} if county else set()


@requires(Permission.APPLICATION_EDIT)
def show_import(import_id: int) -> Response:
    """One import: its preview, its wrong cells, or what it has written."""
    return answer(described(service.find(import_id, current_actor())))


@requires(Permission.APPLICATION_EDIT)
def apply_import(import_id: int) -> Response:
    """Write what the preview says, all or nothing, as a job."""
    actor = current_actor()
    with transaction():
        service.apply(import_id, actor)
    return answer(described(service.find(import_id, actor)), 202)


@requires(Permission.RENOVATION_READ)
def show_ledger() -> Response:
    """The ledger of the caller's files: one row a household, one row a line; numbers masked."""
    actor, export = current_actor(), Export("ledger", request.query_string.decode())
    if exporting.count(export, actor) > AT_ONCE:
        raise Conflict(f"超过 {AT_ONCE:,} 户，请在页面上导出，或用 status 分几次取。")
    stream = BytesIO()
    rows = exporting.write(export, actor, stream)
    with transaction():
        exporting.put_on_record(export, actor, rows)
    stream.seek(0)
    return send_file(stream, XLSX, as_attachment=True, download_name=export.name)
