"""What is done during the works. Nothing here commits; every function says what it changes."""

from datetime import date

from sqlalchemy import select

from ...core import clock
from ...core.db import db
from ...core.errors import Conflict, DomainError, NotAllowed, RuleViolation, RuleViolations
from ...lifecycle import Action, Stage, Status
from ...permissions import Actor, Role
from ...programme.queries import programme_of
from ...programme.values import ItemKind
from ...renovation import queries as files
from ...renovation import service as filing
from ...renovation.models import Assignment, Kind, Renovation
from ...renovation.operations import Missing, require
from ...renovation.progress import advance, note, office_of
from ..application import queries as application
from ..application.codes import Outcome
from ..application.service import decide
from ..plan import changes
from ..plan import queries as plans
from ..plan.models import PlanLine
from . import paying_queries, photo_places, photo_queries, queries
from .models import (
    Handover,
    LineReport,
    LogEntry,
    Relocation,
    Schedule,
)
from .rules import (
    AddPhotos,
    ArrangeRelocation,
    Complete,
    ExplainPlace,
    HandOver,
    PhotoKind,
    PlanVisit,
    RemovePhoto,
    ReportQuantities,
    Start,
    WriteLog,
    centi,
)

STAGE = Stage.CONSTRUCTION
PHOTO_KINDS = frozenset(kind.value for kind in PhotoKind)


def own_part(renovation: Renovation, actor: Actor) -> Assignment:
    """The contractor's part, when the actor's firm has it now; else NotAllowed: a firm that left only reads."""
    assigned = files.assignment(renovation, Role.CONTRACTOR)
    if assigned is None or assigned.organisation_id != actor.organisation_id:
        raise NotAllowed(f"这一户现在不由贵单位施工，不能办理。如有疑问请联系{office_of(renovation).at_county}。")
    return assigned


def arrange_relocation(renovation: Renovation, command: ArrangeRelocation, actor: Actor) -> Relocation:
    """Record where the old person stays meanwhile; a newer arrangement ends the one before (domain E8)."""
    current = queries.relocation(renovation)
    if current is not None:
        current.ended_at = clock.now()
        db.session.flush()
    arranged = Relocation(
        renovation_id=renovation.id,
        arranger=command.arranger,
        place=command.place,
        from_on=command.from_on,
        to_on=command.to_on,
        contact=command.contact,
        contact_phone=command.contact_phone,
        recorded_at=clock.now(),
        recorded_by=actor.user_id,
    )
    db.session.add(arranged)
    if command.paper is not None:
        filing.attach(renovation, STAGE, Kind.RELOCATION, command.paper, actor, field="paper")
    note(renovation, STAGE, "安排临时过渡", actor, details={"arranger": command.arranger.value})
    return arranged


def plan_visit(renovation: Renovation, command: PlanVisit, actor: Actor) -> Schedule:
    """Set the day on which the firm comes."""
    own_part(renovation, actor)
    if command.starts_on < clock.today():
        raise RuleViolation("上门日期不能早于今天，请改正。", "starts_on")
    made = Schedule(
        renovation_id=renovation.id,
        starts_on=command.starts_on,
        days=command.days,
        note=command.note,
        made_at=clock.now(),
        made_by_name=actor.name,
    )
    db.session.add(made)
    note(renovation, STAGE, "约定上门", actor, command.note, {"day": command.starts_on.isoformat()})
    return made


def line_of(renovation: Renovation, root_id: int, field: str = "line_id") -> PlanLine:
    """The line of the plan in force by its identity; raises RuleViolation when there is none."""
    for line in queries.lines(renovation):
        if line.root_id == root_id:
            return line
    raise RuleViolation("生效的方案里没有这个项目，请刷新页面后重选。", field)


def add_photos(renovation: Renovation, command: AddPhotos, actor: Actor) -> None:
    """Put photos of one line in their place; before the start only those of the state before.

    The same photos sent again change nothing: a telephone without signal does not know whether it was heard.
    """
    own_part(renovation, actor)
    line = line_of(renovation, command.line_id)
    if renovation.status is not Status.BUILDING and command.kind.value != "before":
        raise RuleViolation("还没有开工，现在只能上传改造前的照片。", "kind")
    kind = Kind(command.kind.value)
    there = {photo.file_id for photo in photo_queries.line_photos(renovation).get((line.root_id, kind), [])}
    if there.issuperset(command.photos):
        return
    for index, file_id in enumerate(command.photos):
        filing.attach(
            renovation,
            STAGE,
            kind,
            file_id,
            actor,
            f"line:{line.root_id}",
            f"{line.item_no} {line.item_name}",
            f"photos-{index}",
        )
    details = {"line": line.seq, "kind": command.kind.value, "photos": len(command.photos)}
    note(renovation, STAGE, f"上传{command.kind.label}照片", actor, details=details)


def remove_photo(renovation: Renovation, command: RemovePhoto, actor: Actor) -> None:
    """Take a line's photo out of force, with the reason on the timeline; then another one is needed in its place."""
    own_part(renovation, actor)
    found = [one for photos in photo_queries.line_photos(renovation).values() for one in photos]
    photo = next((one for one in found if one.id == command.photo_id and one.kind in PHOTO_KINDS), None)
    if photo is None:
        raise RuleViolation("没有这张照片，或已经撤下，请刷新页面。", "photo_id")
    filing.end_attachment(photo, command.reason)
    details = {"attachment": photo.id, "kind": photo.kind.value}
    note(renovation, STAGE, f"撤下{PhotoKind(photo.kind.value).label}照片", actor, command.reason, details)


def explain_place(renovation: Renovation, command: ExplainPlace, actor: Actor) -> None:
    """Say why photos have no position (`[[photo_kind]] located`); the reason stands on the record beside them."""
    own_part(renovation, actor)
    photo_places.explain(renovation, command, actor)


def hand_over(renovation: Renovation, command: HandOver, actor: Actor) -> Handover:
    """Record goods given to the household with photo and signed receipt; a newer record ends the one before."""
    own_part(renovation, actor)
    line = line_of(renovation, command.line_id)
    if line.kind is not ItemKind.GOODS:
        raise RuleViolation("这个项目是施工项目，不需要用品交付记录，请上传施工照片。", "line_id")
    if command.day > clock.today():
        raise RuleViolation("交付日期不能晚于今天，请改正。", "day")
    _check_turn(renovation, line)
    current = queries.handovers(renovation).get(line.root_id)
    if current is not None:
        current.ended_at = clock.now()
        db.session.flush()
    subject = f"line:{line.root_id}"
    filing.attach_all(renovation, STAGE, Kind.HANDOVER, list(command.photos), actor, subject, "photos")
    filing.attach(renovation, STAGE, Kind.GOODS_RECEIPT, command.signature, actor, subject, field="signature")
    given = Handover(
        renovation_id=renovation.id,
        root_id=line.root_id,
        recipient=command.recipient,
        serial=command.serial,
        day=command.day,
        recorded_at=clock.now(),
    )
    db.session.add(given)
    note(renovation, STAGE, f"交付{line.item_name}", actor, details={"line": line.seq})
    return given


def _check_turn(renovation: Renovation, line: PlanLine) -> None:
    """Goods wait for what the programme puts first; raises Conflict naming what is not done yet (variants §0, 5)."""
    programme = programme_of(renovation.programme_version_id)
    photos = photo_queries.line_photos(renovation)
    for rule in programme.data.composition:
        if not rule.first or programme.is_chosen(rule, line.item_no):
            continue
        waits = [
            f"第 {one.seq} 行“{one.item_name}”"
            for one in queries.lines(renovation)
            if programme.is_chosen(rule, one.item_no) and (one.root_id, Kind.AFTER) not in photos
        ]
        if waits:
            raise Conflict(f"{rule.text.rstrip('。')}。{'、'.join(waits)}还没有改造后照片，请完成后再交付。")


def start_missing(renovation: Renovation) -> list[Missing]:
    """What is needed before the works start: before photos, what the household pays at the signing, and a place to stay
    where the person must move out."""
    missing = photo_queries.photos_missing(renovation, before_only=True) + photo_places.missing(renovation, True)
    missing += paying_queries.missing(renovation)
    if not application.facts(renovation).get("dwelling", {}).get("must_move_out"):
        return missing
    arranged, today = queries.relocation(renovation), clock.today()
    if arranged is None:
        missing.append(Missing("施工期间家里人要暂时迁出，还没有安排过渡住处。", "construction.relocate"))
    elif not arranged.from_on <= today <= arranged.to_on:
        missing.append(
            Missing(
                f"过渡住处安排的是 {arranged.from_on} 到 {arranged.to_on}，不包括今天，请改期或等到那天再开工。",
                "construction.relocate",
            )
        )
    return missing


def start(renovation: Renovation, command: Start, actor: Actor) -> None:
    """Begin the works: eligibility holds today (domain §4, last of Money), before photos and relocation are there."""
    own_part(renovation, actor)
    require(start_missing(renovation))
    # after a firm was replaced the works go on: what happened since takes nothing from who builds (domain §4, Money)
    if not queries.has_begun(renovation):
        decision = decide(renovation, "start", actor, clock.today())
        if decision.outcome is not Outcome.ELIGIBLE:
            raise Conflict(f"今天再次核对资格，结果不是“符合”。请联系{office_of(renovation).at_county}处理，不要开工。")
    advance(renovation, Action.START, actor, command.note)


def write_log(renovation: Renovation, command: WriteLog, actor: Actor) -> LogEntry:
    """Write one day's entry of the site log."""
    own_part(renovation, actor)
    not_in_future(command.day, "day")
    entry = LogEntry(
        renovation_id=renovation.id,
        day=command.day,
        workers=command.workers,
        text=command.text,
        written_at=clock.now(),
        written_by=actor.user_id,
        written_by_name=actor.name,
    )
    db.session.add(entry)
    db.session.flush()
    filing.attach_all(renovation, STAGE, Kind.DURING, list(command.photos), actor, f"log:{entry.id}", "photos")
    note(renovation, STAGE, "施工日志", actor, details={"day": command.day.isoformat(), "workers": command.workers})
    return entry


def not_in_future(day: date, field: str) -> None:
    """Raise RuleViolation for a day that has not come."""
    if day > clock.today():
        raise RuleViolation("日期不能晚于今天，请改正。", field)


def reports_in_force(renovation: Renovation) -> dict[int, LineReport]:
    """Line identity → what the present firm reported last."""
    rows = db.session.scalars(
        select(LineReport).where(LineReport.renovation_id == renovation.id, LineReport.ended_at.is_(None))
    )
    return {row.root_id: row for row in rows}


def report_quantities(renovation: Renovation, command: ReportQuantities, actor: Actor) -> None:
    """Report what was really done, line by line (domain S1); more than planned needs a change order first."""
    own_part(renovation, actor)
    known, before = {line.root_id: line for line in queries.lines(renovation)}, queries.done_before(renovation)
    problems: list[DomainError] = []
    seen: set[int] = set()
    for index, given in enumerate(command.lines):
        line = known.get(given.line_id)
        if line is None or given.line_id in seen:
            problems.append(RuleViolation("填报要与方案项目一一对应，请刷新页面后重填。", f"lines-{index}-line_id"))
            continue
        seen.add(given.line_id)
        if given.quantity > (left := line.quantity - before.get(line.root_id, 0)):
            problems.append(
                RuleViolation(
                    f"“{line.item_name}”按方案应做 {left:.2f}{line.unit}，多做的要先办变更。", f"lines-{index}-quantity"
                )
            )
    RuleViolations.raise_if_any(problems)
    current = reports_in_force(renovation)
    for given in command.lines:
        if given.line_id in current:
            current[given.line_id].ended_at = clock.now()
    db.session.flush()
    db.session.add_all(
        LineReport(
            renovation_id=renovation.id,
            root_id=given.line_id,
            quantity_centi=centi(given.quantity),
            note=given.note,
            reported_at=clock.now(),
            reported_by=actor.user_id,
        )
        for given in command.lines
    )
    note(renovation, STAGE, "上报完成数量", actor, details={"lines": len(command.lines)})


def complete_missing(renovation: Renovation) -> list[Missing]:
    """What is needed before the firm reports completion: quantities, photos, handovers, no open change or problem."""
    missing = []
    quantities, left = queries.reported(renovation), queries.remaining(renovation)
    if renovation.ending is None:
        missing += [
            Missing(f"{queries.name_of(line)}还没有上报完成数量。", "construction.quantities")
            for line in queries.lines(renovation)
            if line.root_id in left and line.root_id not in quantities
        ]
    missing += photo_queries.photos_missing(renovation) + photo_queries.not_rectified(renovation)
    missing += photo_places.missing(renovation)
    change = plans.open_version(renovation)
    if change is not None and renovation.ending is None:
        missing.append(Missing("有一份变更还没有办完，请先办完或撤销。", "construction.sign_change"))
    missing += [
        Missing(f"监理 {visit.day} 提出的问题还没有销号。", "construction.resolve")
        for visit in queries.open_problems(renovation)
    ]
    return missing


def complete(renovation: Renovation, command: Complete, actor: Actor) -> None:
    """Report completion."""
    own_part(renovation, actor)
    require(complete_missing(renovation))
    if renovation.ending is not None:
        drop_open_change(renovation, "改造提前结束", actor)
    advance(renovation, Action.COMPLETE, actor, command.note)


def drop_open_change(renovation: Renovation, reason: str, actor: Actor) -> None:
    """Give up a change that is under way, when who proposed it does not go on; nothing happens without one."""
    change = plans.open_version(renovation)
    if change is not None and change.change_order:
        changes.drop_change(renovation, reason, actor)
