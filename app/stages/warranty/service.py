"""What is done during the warranty. Nothing here commits."""

from datetime import date

from sqlalchemy import func, select

from ...core import clock
from ...core.db import db
from ...core.errors import Conflict, NotAllowed, RuleViolation
from ...core.money import display
from ...lifecycle import Action, Stage, Status
from ...permissions import SYSTEM, Actor, Role
from ...renovation import queries as files
from ...renovation import service as filing
from ...renovation.models import Kind, Renovation
from ...renovation.operations import Missing, require
from ...renovation.progress import advance, note, office_of
from ...renovation.sealing import Occasion, seal
from ..acceptance.sampled import open_finding
from ..construction.service import line_of
from ..settlement import queries as settlements
from . import queries
from .models import Claim, ClaimEvent, FollowUp
from .rules import (
    MOVES,
    NEXT,
    AssignClaim,
    ClaimMove,
    ClaimState,
    Close,
    ContestClaim,
    DecideContest,
    DeclineClaim,
    FixClaim,
    RecordVisit,
    ReportClaim,
    VerifyClaim,
    due_again,
)

STAGE = Stage.WARRANTY


def report_claim(renovation: Renovation, command: ReportClaim, actor: Actor) -> Claim:
    """Log what is broken; within the warranty only (重庆2020 §六(三))."""
    term = queries.term(renovation)
    if term is None or not term.covers(clock.today()):
        raise Conflict("现在不在质保期内，不能登记质保报修。")
    if command.line_id is not None:
        line_of(renovation, command.line_id)
    last = db.session.scalar(select(func.max(Claim.seq)).where(Claim.renovation_id == renovation.id))
    claim = Claim(
        renovation_id=renovation.id,
        seq=(last or 0) + 1,
        root_id=command.line_id,
        text=command.text,
        reporter=command.reporter,
        reported_on=clock.today(),
        state=ClaimState.REPORTED,
        history=[_event(ClaimState.REPORTED, command.text, actor)],
    )
    db.session.add(claim)
    db.session.flush()
    filing.attach_all(renovation, STAGE, Kind.CLAIM_PHOTO, list(command.photos), actor, f"claim:{claim.seq}", "photos")
    note(renovation, STAGE, f"报修第 {claim.seq} 件", actor)
    return claim


def _event(state: ClaimState, text: str, actor: Actor) -> ClaimEvent:
    return ClaimEvent(
        at=clock.now(), state=state, text=text, actor_id=actor.user_id, actor_name=actor.name, role=actor.role
    )


def _claim(renovation: Renovation, claim_id: int) -> Claim:
    claim = next((one for one in queries.claims(renovation) if one.id == claim_id), None)
    if claim is None:
        raise RuleViolation("没有这一件报修，请刷新页面后重选。", "claim_id")
    return claim


def _move(renovation: Renovation, claim: Claim, move: ClaimMove, state: ClaimState, text: str, actor: Actor) -> None:
    """Take a claim along `rules.MOVES`; raises Conflict when the table does not allow it."""
    sources, targets = MOVES[move]
    if claim.state not in sources or state not in targets:
        raise Conflict(f"这一件报修现在是“{claim.state.label}”，不能办理“{move.label}”。请刷新页面，看最新进度。")
    claim.state = state
    claim.history.append(_event(state, text, actor))
    note(renovation, STAGE, f"报修第 {claim.seq} 件：{state.label}", actor, text)


def _assign(renovation: Renovation, claim: Claim, move: ClaimMove, due_on: date, text: str, actor: Actor) -> None:
    if due_on < clock.today():
        raise RuleViolation("要求修好的日期不能早于今天，请改正。", "due_on")
    claim.due_on = due_on
    _move(renovation, claim, move, ClaimState.ASSIGNED, text, actor)


def assign_claim(renovation: Renovation, command: AssignClaim, actor: Actor) -> None:
    """Ask the firm that built to come, with a day."""
    claim = _claim(renovation, command.claim_id)
    text = command.note or f"请在 {command.due_on} 前修好"
    _assign(renovation, claim, ClaimMove.ASSIGN, command.due_on, text, actor)


def _own_work(renovation: Renovation, actor: Actor) -> None:
    assigned = files.assignment(renovation, Role.CONTRACTOR)
    if assigned is None or assigned.organisation_id != actor.organisation_id:
        raise NotAllowed(f"这一户的质保不由贵单位负责，不能办理。如有疑问请联系{office_of(renovation).at_county}。")


def fix_claim(renovation: Renovation, command: FixClaim, actor: Actor) -> None:
    """The firm has repaired it, with a photo."""
    _own_work(renovation, actor)
    if command.day > clock.today():
        raise RuleViolation("维修日期不能晚于今天，请改正。", "day")
    claim = _claim(renovation, command.claim_id)
    if command.day < claim.reported_on:
        raise RuleViolation(f"维修日期不能早于报修那天（{claim.reported_on}），请改正。", "day")
    _move(renovation, claim, ClaimMove.FIX, ClaimState.FIXED, command.text, actor)
    filing.attach_all(renovation, STAGE, Kind.FIX_PHOTO, list(command.photos), actor, f"claim:{claim.seq}", "photos")


def verify_claim(renovation: Renovation, command: VerifyClaim, actor: Actor) -> None:
    """The household says whether it works again; if not, the firm comes again by a later day."""
    claim = _claim(renovation, command.claim_id)
    if command.is_good:
        _move(renovation, claim, ClaimMove.VERIFY, ClaimState.VERIFIED, command.note, actor)
        return
    due_on = due_again(claim.due_on, clock.today(), command.due_on)
    _assign(renovation, claim, ClaimMove.VERIFY, due_on, command.note, actor)


def decline_claim(renovation: Renovation, command: DeclineClaim, actor: Actor) -> None:
    """It is not the warranty's, says the firm, with a reason that the household may contest."""
    _own_work(renovation, actor)
    claim = _claim(renovation, command.claim_id)
    _move(renovation, claim, ClaimMove.DECLINE, ClaimState.DECLINED, command.reason, actor)


def contest_claim(renovation: Renovation, command: ContestClaim, actor: Actor) -> None:
    """The household does not agree that it is not the warranty's."""
    claim = _claim(renovation, command.claim_id)
    _move(renovation, claim, ClaimMove.CONTEST, ClaimState.CONTESTED, command.reason, actor)


def decide_contest(renovation: Renovation, command: DecideContest, actor: Actor) -> None:
    """The county decides a contested claim, by somebody other than who declined it."""
    claim = _claim(renovation, command.claim_id)
    declined = next((event for event in reversed(claim.history) if event.state is ClaimState.DECLINED), None)
    if declined is not None and declined.actor_id == actor.user_id:
        raise NotAllowed("认定不属质保的人不能自己裁定异议，请由另一位同事办理。")
    if not command.is_upheld:
        _move(renovation, claim, ClaimMove.DECIDE, ClaimState.DECLINED, command.reason, actor)
        return
    if command.due_on is None:
        raise RuleViolation("支持家庭时，请填写要求修好的日期。", "due_on")
    _assign(renovation, claim, ClaimMove.DECIDE, command.due_on, command.reason, actor)


def record_visit(renovation: Renovation, command: RecordVisit, actor: Actor) -> FollowUp:
    """Record what the household says: still there, in use, content, and what it paid."""
    if command.day > clock.today():
        raise RuleViolation("回访日期不能晚于今天，请改正。", "day")
    visit = FollowUp(
        renovation_id=renovation.id,
        day=command.day,
        channel=command.channel,
        is_in_place=command.is_in_place,
        is_in_use=command.is_in_use,
        rating=command.rating,
        paid=command.paid,
        text=command.text,
        recorded_at=clock.now(),
        recorded_by=actor.user_id,
        recorded_by_name=actor.name,
    )
    db.session.add(visit)
    note(renovation, STAGE, "回访", actor, details={"rating": command.rating, "channel": command.channel.value})
    return visit


OPERATION_OF = {
    ClaimMove.ASSIGN: "warranty.assign_claim",
    ClaimMove.FIX: "warranty.fix_claim",
    ClaimMove.VERIFY: "warranty.verify_claim",
    ClaimMove.DECIDE: "warranty.decide_contest",
}
"""Where what an open claim waits for is done."""


def close_missing(renovation: Renovation) -> list[Missing]:
    """What keeps the file from closing: the term is not over, a claim is open, or money is still held back."""
    term = queries.term(renovation)
    missing = []
    if term is not None and clock.today() <= term.ends_on and renovation.ending is None:
        missing.append(Missing(f"质保期到 {term.ends_on} 才满。"))
    missing += [
        Missing(f"质保金 {display(payee['amount_fen'])} 还没有付给{payee['name']}。", "settlement.release_retention")
        for payee in settlements.retained(renovation)
    ]
    finding = open_finding(renovation)
    if finding is not None:
        missing.append(Missing(f"{finding.day} 抽查发现的问题还没有整改销号。", "acceptance.resolve_sample"))
    missing += [
        Missing(f"报修第 {claim.seq} 件还没有办完（{claim.state.label}）。", OPERATION_OF[NEXT[claim.state]])
        for claim in queries.open_claims(renovation)
    ]
    return missing


def close(renovation: Renovation, command: Close, actor: Actor) -> None:
    """Close the file and seal it finally; one with an ending reason closes as terminated (domain §3)."""
    require(close_missing(renovation))
    action = Action.CLOSE if renovation.ending is None else Action.END_TERMINATED
    advance(renovation, action, actor, command.note or renovation.ending_reason)
    seal(renovation, Occasion.CLOSED, actor)


def close_due(number: str) -> bool:
    """Close one paid file by itself when nothing keeps it open; False when something does. Safe to repeat."""
    renovation = files.get_for_change(number, SYSTEM)
    if renovation.status is not Status.PAID or renovation.suspended_at is not None or close_missing(renovation):
        return False
    close(renovation, Close(note="质保期满，无未办结报修"), SYSTEM)
    return True
