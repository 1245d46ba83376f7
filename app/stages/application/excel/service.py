"""The import as people use it: a workbook is uploaded and checked, its preview looked at, then it is written.

Checking and writing are jobs. Killed in the middle they begin anew: until the one unit of work of the writing is
committed nothing is there, and after it the job sees that it is done.
"""

import json
from hashlib import sha256
from typing import Any

from sqlalchemy import select

from ....core import clock
from ....core.db import db, transaction
from ....core.errors import Conflict, DomainError, NotAllowed, NotFound
from ....documents import excel_mark
from ....documents.xlsx_package import Package
from ....evidence import storage
from ....evidence.service import clean_name
from ....identity.queries import actor_of, user
from ....identity.rules import UserState
from ....jobs.models import Job
from ....jobs.service import Task, enqueue, handler
from ....permissions import Actor, Permission, may
from .importing import Source, check, commit
from .models import ImportState, IntakeImport
from .report import Report
from .staging import Staged

CHECK, APPLY = "application.import.check", "application.import.apply"
SHOWN = 50
_WAITING = {ImportState.CHECKING, ImportState.APPLYING}


# ---------------------------------------------------------------- what people ask for


def upload(content: bytes, filename: str, programme_key: str, actor: Actor) -> int:
    """Keep a workbook and have it checked; answers the import's number. Outside a unit of work.

    Raises Unreadable for what is no workbook, NotAllowed.
    """
    if not may(actor, Permission.APPLICATION_EDIT) or actor.user_id is None:
        raise NotAllowed("您的岗位不能登记申请，请由乡镇（街道）经办人员导入。")
    Package(content)
    digest = sha256(content).hexdigest()
    key = storage.key_of(digest, "workbook")
    storage.put(key, content)
    with transaction():
        row = IntakeImport(
            programme_key=programme_key,
            region_id=actor.region_id,
            name=clean_name(filename),
            sha256=digest,
            key=key,
            size=len(content),
            created_by=actor.user_id,
            created_by_name=actor.name,
            created_at=clock.now(),
        )
        db.session.add(row)
        db.session.flush()
        _ask(row, CHECK, actor)
        return row.id


def check_again(import_id: int, actor: Actor) -> None:
    """Have it checked once more, after something around it was put right; inside the caller's unit of work."""
    row = _held(import_id, actor)
    if row.state not in {ImportState.READY, ImportState.REFUSED}:
        raise Conflict(f"这次导入现在是“{row.state.label}”，不能重新核对。")
    row.state, row.round, row.refusal = ImportState.CHECKING, row.round + 1, ""
    _ask(row, CHECK, actor)


def apply(import_id: int, actor: Actor) -> None:
    """Have it written as the preview says; inside the caller's unit of work. Raises Conflict."""
    row = _held(import_id, actor)
    if row.state is not ImportState.READY:
        raise Conflict(f"这次导入现在是“{row.state.label}”，不能导入。")
    if row.created + row.changed == 0:
        raise Conflict("表里各户都已登记，没有变化，不用导入。")
    row.state, row.refusal = ImportState.APPLYING, ""
    _ask(row, APPLY, actor)


def cancel(import_id: int, actor: Actor) -> None:
    """Put it away; inside the caller's unit of work."""
    row = _held(import_id, actor)
    if row.state not in {ImportState.READY, ImportState.REFUSED}:
        raise Conflict(f"这次导入现在是“{row.state.label}”，不能放弃。")
    row.state = ImportState.CANCELLED


def _held(import_id: int, actor: Actor) -> IntakeImport:
    row = db.session.scalar(
        select(IntakeImport).where(IntakeImport.id == import_id, *_visible(actor)).with_for_update()
    )
    return _found(row)


def _ask(row: IntakeImport, kind: str, actor: Actor) -> Job:
    payload = {"import_id": row.id, "round": row.round, "title": f"导入登记表：{row.name}"}
    return enqueue(kind, f"{row.id}:{row.round}", payload, actor.user_id)


# ---------------------------------------------------------------- what people look at


def find(import_id: int, actor: Actor) -> IntakeImport:
    """One import of the actor's own region; raises NotFound."""
    return _found(db.session.scalar(select(IntakeImport).where(IntakeImport.id == import_id, *_visible(actor))))


def latest(actor: Actor) -> list[IntakeImport]:
    """The newest imports of the actor's own region."""
    query = select(IntakeImport).where(*_visible(actor)).order_by(IntakeImport.id.desc()).limit(SHOWN)
    return list(db.session.scalars(query))


def _visible(actor: Actor) -> tuple[Any, ...]:
    """What a clerk's colleagues of the same township upload is their common work; nobody else's business."""
    if actor.user_id is None or not may(actor, Permission.APPLICATION_EDIT):
        return (IntakeImport.id.is_(None),)
    return (IntakeImport.region_id == actor.region_id,)


def _found(row: IntakeImport | None) -> IntakeImport:
    if row is None:
        raise NotFound("没有这次导入，或不在您的范围内。")
    return row


def job_of(row: IntakeImport) -> Job | None:
    """The job that works on it now."""
    if row.state not in _WAITING:
        return None
    kind = CHECK if row.state is ImportState.CHECKING else APPLY
    return db.session.scalar(select(Job).where(Job.kind == kind, Job.key == f"{row.id}:{row.round}"))


def report_of(row: IntakeImport) -> Report | None:
    """What was found, None before the first check."""
    return Report.from_json(json.loads(storage.get(row.report_key))) if row.report_key else None


def workbook(row: IntakeImport, *, marked: bool) -> bytes:
    """The workbook as it was uploaded, or the copy with its wrong cells marked; raises NotFound."""
    if marked and not row.marked_key:
        raise NotFound("这次导入没有标出错处的表。")
    return storage.get(row.marked_key if marked else row.key)


# ---------------------------------------------------------------- the jobs


@handler(CHECK, "核对登记表")
def check_job(task: Task) -> dict[str, Any]:
    """Read and judge the workbook, keep what was found."""
    row = _waiting(task, ImportState.CHECKING)
    if row is None:
        return _result(task)
    with Staged() as staged:
        try:
            report = check(_source(row), staged, task.progress)
        except DomainError as error:
            return _refuse(task, error)
    return _keep(task, report, ImportState.CHECKING)


@handler(APPLY, "导入登记表")
def apply_job(task: Task) -> dict[str, Any]:
    """Check once more and write everything in one unit of work, if it is still what the preview said."""
    row = _waiting(task, ImportState.APPLYING)
    if row is None:
        return _result(task)
    seen = report_of(row)
    try:
        source = _source(row)
        with Staged() as staged:
            report = check(source, staged, task.progress)
            if not report.is_right or seen is None or _plan(report) != _plan(seen):
                return _keep(task, report, ImportState.APPLYING, "预览之后档案有了变化，请再看一遍，再决定是否导入。")
            with transaction():
                held = db.session.get_one(IntakeImport, task.payload["import_id"], with_for_update=True)
                if held.state is not ImportState.APPLYING:
                    return _result(task)
                commit(source, staged, report)
                _done(db.session.get_one(IntakeImport, task.payload["import_id"]), report)
    except DomainError as error:
        return _refuse(task, error)
    key = _kept(report)
    with transaction():
        db.session.get_one(IntakeImport, task.payload["import_id"]).report_key = key
    return _result(task)


def _plan(report: Report) -> Any:
    return report.created, report.unchanged, report.changes


def _waiting(task: Task, state: ImportState) -> IntakeImport | None:
    """The import, when it still waits for this very job."""
    row = db.session.get_one(IntakeImport, task.payload["import_id"])
    return row if row.state is state and row.round == task.payload["round"] else None


def _source(row: IntakeImport) -> Source:
    """The workbook in the name of the person who uploaded it, with what that person may do today."""
    person = user(row.created_by)
    if person.state is not UserState.ACTIVE:
        raise NotAllowed("上传人的账号已停用，请由在用的账号重新上传。")
    return Source(storage.get(row.key), row.name, row.programme_key, actor_of(person), {"import": row.id})


def _keep(task: Task, report: Report, state: ImportState, why: str = "") -> dict[str, Any]:
    """Keep a report and what follows from it, if the import still waits for it."""
    key = _kept(report)
    row = db.session.get_one(IntakeImport, task.payload["import_id"])
    marked = _marked(row, report) if not report.is_right else ""
    with transaction():
        row = db.session.get_one(IntakeImport, row.id, with_for_update=True)
        if row.state is state:
            row.state = ImportState.READY if report.is_right else ImportState.REFUSED
            row.report_key, row.marked_key, row.refusal, row.checked_at = key, marked, why, clock.now()
            if state is ImportState.APPLYING:
                row.round += 1
            _count(row, report)
    return _result(task)


def _kept(report: Report) -> str:
    content = json.dumps(report.as_json(), ensure_ascii=False).encode()
    key = storage.key_of(sha256(content).hexdigest(), "import-report")
    storage.put(key, content)
    return key


def _marked(row: IntakeImport, report: Report) -> str:
    notes: dict[tuple[int, int], str] = {}
    for problem in report.errors:
        place = excel_mark.place(problem.cell)
        if place is not None:
            notes[place] = f"{notes[place]}\n{problem.reason}" if place in notes else problem.reason
    content = excel_mark.mark(storage.get(row.key), report.sheet, notes) if notes else None
    if content is None:
        return ""
    key = storage.key_of(sha256(content).hexdigest(), "workbook-marked")
    storage.put(key, content)
    return key


def _count(row: IntakeImport, report: Report) -> None:
    row.rows, row.created, row.changed = report.rows, report.created, len(report.changes)
    row.unchanged, row.wrong, row.warned = report.unchanged, report.wrong, len(report.warnings)


def _done(row: IntakeImport, report: Report) -> None:
    _count(row, report)
    row.state, row.applied_at, row.refusal = ImportState.DONE, clock.now(), ""
    row.first_number, row.last_number = report.numbers


def _refuse(task: Task, error: DomainError) -> dict[str, Any]:
    """The file as a whole is refused."""
    with transaction():
        row = db.session.get_one(IntakeImport, task.payload["import_id"], with_for_update=True)
        if row.state in _WAITING:
            row.state, row.refusal, row.checked_at = ImportState.REFUSED, error.message[:500], clock.now()
            row.round += 1
    return _result(task)


def _result(task: Task) -> dict[str, Any]:
    """What the page of the job shows."""
    row = db.session.get_one(IntakeImport, task.payload["import_id"])
    url = f"/applications/import/{row.id}"
    return {
        "summary": summary(row),
        "done": row.created + row.changed if row.state is ImportState.DONE else 0,
        "failed": row.wrong,
        "links": [{"label": "查看这次导入", "url": url}],
    }


def summary(row: IntakeImport) -> str:
    """One sentence."""
    if row.refusal:
        return row.refusal
    if row.state is ImportState.REFUSED:
        return f"读了 {row.rows} 户，{row.wrong} 处有错，一户也没有写入。"
    done = "已登记" if row.state is ImportState.DONE else "将登记"
    return f"读了 {row.rows} 户：{done} {row.created} 户，修改 {row.changed} 户，没有变化 {row.unchanged} 户。"
