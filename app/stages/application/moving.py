"""A file that nobody has decided yet is moved to the newer version of its programme, on record; decided ones stay."""

from datetime import date
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy.orm.attributes import set_committed_value

from ...core import clock
from ...core.commands import Command
from ...core.db import db
from ...core.errors import Conflict, NotFound
from ...lifecycle import Stage, Status
from ...permissions import Actor, Permission
from ...places.models import Region
from ...programme.models import ProgrammeVersion
from ...programme.queries import current, of
from ...renovation.models import Renovation
from ...renovation.operations import Operation
from ...renovation.progress import note
from . import queries
from .findings import derive

UNDECIDED = frozenset({Status.DRAFT, Status.SUBMITTED, Status.REVIEWED, Status.NOTICED})
"""Before the county's decision; from then on the file keeps the version under which it was decided."""


class MoveVersion(Command):
    """Take the newer version of the programme, and why."""

    reason: Annotated[
        str,
        Field(title="原因", min_length=4, max_length=500, description="例如：新版政策已发布，申请人同意按新版办理"),
    ]


def newer_version(renovation: Renovation, on: date | None = None) -> ProgrammeVersion | None:
    """The version in force for the file's county, when it is another than the file's; None when there is none."""
    code = db.session.get_one(Region, renovation.county_id).code
    try:
        found = current(renovation.programme_key, code, on or clock.today())
    except NotFound:
        return None
    return None if found.id == renovation.programme_version_id else found


def move_version(renovation: Renovation, command: MoveVersion, actor: Actor) -> None:
    """Let the newer version hold for an undecided file: fresh verdict, row on the timeline with both versions.

    Raises Conflict for a decided file, and when there is no newer version.
    """
    if renovation.status not in UNDECIDED:
        raise Conflict(
            f"这份档案已经作出决定（现在是“{renovation.status.label}”），按作出决定时的政策版本办理，不能改按新版。"
        )
    target = newer_version(renovation)
    if target is None:
        raise Conflict("没有更新的政策版本，这份档案已经按现行版本办理。")
    before = queries.verdict(renovation)
    left = db.session.get_one(ProgrammeVersion, renovation.programme_version_id)
    renovation.programme_version_id = target.id
    set_committed_value(renovation, "programme_version", target)
    dropped = _keep_classes(renovation, left, target)
    db.session.flush()
    derive(renovation)
    after = queries.verdict(renovation)
    details = {
        "from_version": left.label,
        "to_version": target.label,
        "verdict_before": before.outcome.value,
        "verdict": after.outcome.value,
    } | ({"classes_dropped": dropped} if dropped else {})
    note(renovation, Stage.APPLICATION, f"改按政策版本 {target.label} 办理", actor, command.reason, details)


def _keep_classes(renovation: Renovation, left: ProgrammeVersion, target: ProgrammeVersion) -> list[str]:
    """Take out the classes of persons that the new version does not know; gives their names.

    Whoever keeps none, or was of none of the old ones, is asked again: nobody looked at the new ones.
    """
    old, new = of(left).person_classes, of(target).person_classes
    if old == new:
        return []
    dropped: dict[str, None] = {}
    rows: list[Any] = [*queries.beneficiaries(renovation), *queries.members(renovation)]
    for row in rows:
        held = row.classes or []
        dropped |= dict.fromkeys(old.get(code, code) for code in held if code not in new)
        row.classes = [code for code in held if code in new] or None
    return list(dropped)


def _consequence(renovation: Renovation) -> str:
    target = newer_version(renovation)
    if target is None:
        return ""
    return (
        f"{renovation.applicant_name}一户改按“{target.label}”（{target.valid_from} 起生效）办理，条件审查随即重算；"
        "以后的决定都按新版。"
    )


def _context(renovation: Renovation) -> dict[str, Any]:
    return {"target": newer_version(renovation)}


MOVES: tuple[Operation, ...] = (
    Operation(
        "move_version",
        Stage.APPLICATION,
        "改按新版政策办理",
        Permission.APPLICATION_CONFIRM,
        MoveVersion,
        move_version,
        statuses=UNDECIDED,
        available=lambda renovation: newer_version(renovation) is not None,
        consequence=_consequence,
        context=_context,
        help="只用于还没有作出决定的档案；已经决定的按作出决定时的版本办理。",
    ),
)
