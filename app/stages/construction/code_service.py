"""Purchase codes of a household: given when it is to buy, given anew, ended with the file. Nothing here commits."""

from collections.abc import Mapping
from typing import Any

from ...core import clock, spoken, workdays
from ...core.crypto import blind_index
from ...core.db import db
from ...core.errors import Conflict
from ...lifecycle import Stage, Status
from ...permissions import SYSTEM, Actor
from ...programme.queries import programme_of
from ...renovation import progress
from ...renovation.models import Renovation
from . import code_queries as queries
from .code_models import PurchaseCode
from .code_rules import ISSUED, LENGTH, RENEWED, CodeEnd, RenewCode, last_day

STAGE = Stage.CONSTRUCTION


def index_of(code: str) -> str:
    """What a code is found by."""
    return blind_index("purchase_code.code", code)


def on_event(renovation: Renovation, row: Mapping[str, Any]) -> None:
    """A file that comes to where its household buys is given a code, however it comes there; one that ends loses it."""
    here = Status.AGREED in (row["from_status"], row["to_status"])
    if not (here or renovation.ending is not None) or not queries.has_codes(renovation):
        return
    if renovation.ending is not None or renovation.status is not Status.AGREED:
        current = queries.live(renovation)
        if current is not None:
            end(current, CodeEnd.FILE_ENDED)
    elif row["to_status"] is Status.AGREED:
        issue(renovation, SYSTEM, ISSUED)


def renew(renovation: Renovation, command: RenewCode, actor: Actor) -> PurchaseCode:
    """Give another code, in the place of one that is lost, known to others, or over. Raises Conflict without codes."""
    if not queries.has_codes(renovation):
        raise Conflict("这个政策不发优惠码，请登记家庭选定的单位。")
    return issue(renovation, actor, RENEWED, command.reason)


def issue(renovation: Renovation, actor: Actor, title: str, reason: str = "") -> PurchaseCode:
    """Give the household a code that holds for the programme's days; the one that it has ends."""
    terms = programme_of(renovation.programme_version_id).data.purchase_code
    assert terms is not None
    current, today = queries.live(renovation), clock.today()
    if current is not None:
        end(current, CodeEnd.REPLACED if current.holds_on(today) else CodeEnd.EXPIRED, reason)
    code = spoken.draw_checked(LENGTH)
    made = PurchaseCode(
        renovation_id=renovation.id,
        code=code,
        code_index=index_of(code),
        issued_on=today,
        issued_at=clock.now(),
        issued_by=actor.user_id,
        valid_to=last_day(today, terms.days, workdays.calendar().add if terms.day_kind == "working" else None),
        reason="",
    )
    if renovation.due_on is not None:  # nobody is late while the household may still choose
        renovation.due_on = max(renovation.due_on, made.valid_to)
    db.session.add(made)
    db.session.flush()
    progress.note(renovation, STAGE, title, actor, reason, {"day": made.valid_to.isoformat()})
    return made


def end(code: PurchaseCode, outcome: CodeEnd, reason: str = "") -> None:
    """A code no longer holds."""
    code.ended_at, code.outcome, code.reason = clock.now(), outcome, reason
    db.session.flush()


progress.LISTENERS.append(on_event)
