"""What every stage does to the file: open it, add papers, assign firms, remark, keep it findable."""

from sqlalchemy import delete, select

from ..core import clock, spoken
from ..core.crypto import blind_index
from ..core.db import db
from ..core.errors import Conflict, RuleViolation
from ..core.text import search_grams
from ..evidence.queries import usable_by
from ..lifecycle import Stage, Status
from ..permissions import Actor, Role
from ..places.models import Region
from . import queries
from .models import Assignment, Attachment, Comment, Kind, NumberSeries, Renovation, SearchGram
from .progress import due_on, note


def open_renovation(
    programme_key: str,
    programme_code: str,
    programme_version_id: int,
    township: Region,
    village: Region | None,
    county: Region,
    actor: Actor,
) -> Renovation:
    """Create a file in `draft` with the next number of its county and year, e.g. `CQ2020-500101-000042`."""
    renovation = Renovation(
        number=next_number(f"{programme_code}-{county.gb_code or county.code}"),
        programme_key=programme_key,
        programme_version_id=programme_version_id,
        county_id=county.id,
        township_id=township.id,
        village_id=village.id if village else None,
        status=Status.DRAFT,
        status_since=clock.now(),
        created_at=clock.now(),
        created_by=actor.user_id,
        touched_at=clock.now(),
        applicant_name="",
        address="",
        suspended_reason="",
        ending_reason="",
    )
    db.session.add(renovation)
    db.session.flush()
    renovation.due_on = due_on(renovation, Status.DRAFT)
    note(renovation, Stage.APPLICATION, "登记申请", actor)
    return renovation


def next_number(prefix: str) -> str:
    """The next file number of a series, six digits, without gaps: the series' row is locked until the commit."""
    return next_numbers(prefix, 1)[0]


def next_numbers(prefix: str, count: int) -> list[str]:
    """The next `count` file numbers of a series, as `next_number` gives one."""
    series = db.session.scalar(select(NumberSeries).where(NumberSeries.prefix == prefix).with_for_update())
    if series is None:
        series = NumberSeries(prefix=prefix, last=0)
        db.session.add(series)
    series.last += count
    db.session.flush()
    return [f"{prefix}-{number:06d}" for number in range(series.last - count + 1, series.last + 1)]


def name_applicant(renovation: Renovation, name: str, address: str) -> None:
    """Put the applicant's name and address on the file and make the name searchable by two characters and by pinyin."""
    renovation.applicant_name, renovation.address = name, address
    db.session.execute(delete(SearchGram).where(SearchGram.renovation_id == renovation.id))
    db.session.add_all(
        SearchGram(gram=gram, county_id=renovation.county_id, renovation_id=renovation.id)
        for gram in search_grams(name)
    )


def give_receipt(renovation: Renovation) -> str:
    """The household's look-up code, made once: ten characters nobody can guess from the file number."""
    if renovation.receipt_code is None:
        code = spoken.draw(10)
        renovation.receipt_code, renovation.receipt_index = code, blind_index("renovation.receipt", code)
    return renovation.receipt_code


def attach(
    renovation: Renovation,
    stage: Stage,
    kind: Kind,
    file_id: int,
    actor: Actor,
    subject: str = "",
    caption: str = "",
    field: str = "",
) -> Attachment:
    """Put an upload of the actor in its place on the file; raises RuleViolation at `field` when it is not theirs."""
    if not usable_by(file_id, actor.user_id):
        raise RuleViolation("没有找到这个文件，请重新上传。", field)
    existing = db.session.scalar(select(Attachment).where(Attachment.file_id == file_id, Attachment.ended_at.is_(None)))
    if existing is not None:
        if (existing.renovation_id, existing.kind, existing.subject) == (renovation.id, kind, subject):
            return existing
        raise RuleViolation("这个文件已用在别处，请另外拍摄或上传。", field)
    attachment = Attachment(
        renovation_id=renovation.id,
        stage=stage,
        kind=kind,
        subject=subject,
        file_id=file_id,
        caption=caption,
        added_at=clock.now(),
        added_by=actor.user_id,
        added_by_name=actor.name,
    )
    db.session.add(attachment)
    db.session.flush()
    return attachment


def attach_all(
    renovation: Renovation,
    stage: Stage,
    kind: Kind,
    file_ids: list[int],
    actor: Actor,
    subject: str = "",
    field: str = "",
) -> list[Attachment]:
    """`attach` for several uploads."""
    return [attach(renovation, stage, kind, file_id, actor, subject, field=field) for file_id in file_ids]


def end_attachment(attachment: Attachment, reason: str) -> None:
    """Take a paper out of force; it stays readable on the timeline."""
    attachment.ended_at, attachment.ended_reason = clock.now(), reason


def assign(
    renovation: Renovation, role: Role, organisation_id: int, procurement_record_id: int | None = None
) -> Assignment:
    """Give a firm its part in the file; raises Conflict when another firm has it."""
    if queries.assignment(renovation, role) is not None:
        raise Conflict(f"这份档案已有{role.label}，请先解除原来的委托。")
    assignment = Assignment(
        renovation_id=renovation.id,
        organisation_id=organisation_id,
        role=role,
        procurement_record_id=procurement_record_id,
        since=clock.now(),
        ended_reason="",
    )
    db.session.add(assignment)
    db.session.flush()
    return assignment


def end_assignment(assignment: Assignment, reason: str) -> None:
    """End a firm's part; it keeps reading what it did."""
    assignment.ended_at, assignment.ended_reason = clock.now(), reason
    db.session.flush()


def add_comment(renovation: Renovation, text: str, actor: Actor) -> Comment:
    """Leave a remark on the file."""
    comment = Comment(
        renovation_id=renovation.id,
        at=clock.now(),
        author_id=actor.user_id,
        author_name=actor.name,
        author_role=actor.role,
        text=text,
    )
    db.session.add(comment)
    db.session.flush()
    return comment
