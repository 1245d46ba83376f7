"""Use cases of the waiting list: put a household on it, and confirm whoever comes next where the programme says so."""

from datetime import date

from sqlalchemy import select

from ...core.db import db
from ...funds import waiting
from ...funds.quota_models import WaitingPlace
from ...funds.rules import nothing_left
from ...lifecycle import Stage
from ...permissions import SYSTEM, Actor
from ...renovation.models import Renovation
from ...renovation.operations import require
from ...renovation.progress import note
from . import waiting_queries as reads
from .decisions import confirm, confirm_missing, proof_missing
from .notice_rules import Confirm, Wait


def wait(renovation: Renovation, command: Wait, actor: Actor) -> WaitingPlace:
    """Put an eligible file on the list of its quota (variants §2.1). Raises Conflict when a place is free for it."""
    require(proof_missing(renovation))
    quota = reads.quota_of(renovation)
    assert quota is not None  # the operation is open only where one is
    region = quota.region.name  # asked before the row is read anew under its lock, without what hangs on it
    rank, reasons = reads.rank_of(renovation), reads.reasons_of(renovation)
    row = waiting.join(renovation.id, quota.id, renovation.township_id, rank, reasons)
    place = waiting.ahead(quota.id, rank, renovation.id) + 1
    details = {"quota": quota.id, "priority": rank.priority, "place": place}
    said = command.note or nothing_left(region, quota.places, quota.given, quota.taken)
    renovation.due_on = None  # nobody is late with what cannot be done
    note(renovation, Stage.APPLICATION, f"列入轮候名单，第 {place} 位", actor, said, details)
    return row


def move_up(renovation_id: int, today: date) -> None:
    """The job's part for one file on the waiting list: confirm it if a place is free for it; else it waits on."""
    renovation = db.session.scalar(
        select(Renovation)
        .where(Renovation.id == renovation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if renovation is None or renovation.id not in reads.to_move_up(today) or confirm_missing(renovation):
        return
    confirm(renovation, Confirm(note="轮候到位，系统按次序确定"), SYSTEM)
