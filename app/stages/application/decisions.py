"""Use cases of the county's decision: sent back, confirmed, rejected, rechecked. Never commits."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, update

from ...core import clock
from ...core.db import db
from ...core.errors import Conflict, NotAllowed, NotFound, RuleViolation
from ...funds import queries as fund_queries
from ...funds import service as funds
from ...funds.claims import BenefitTerms
from ...lifecycle import Action, Stage, Status
from ...permissions import Actor, Role
from ...programme.policy import Programme
from ...programme.queries import programme_of
from ...renovation.models import Kind, Renovation
from ...renovation.operations import Missing, require
from ...renovation.progress import advance, note
from ...renovation.service import attach
from . import decision_queries as decided
from . import notice_queries as reads
from . import queries
from . import waiting_queries as waiting
from .codes import DecisionKind
from .findings import decide
from .notice_models import (
    Confirmation,
    Objection,
    Recheck,
    Rejection,
)
from .notice_rules import (
    Confirm,
    DecideRecheck,
    ObjectionState,
    RecheckState,
    Reject,
    RequestRecheck,
    SendBack,
    letter_text,
)

_INVESTIGATE = (
    update(Objection)
    .where(Objection.renovation_id == bindparam("file"), Objection.state == ObjectionState.OPEN)
    .values(state=ObjectionState.INVESTIGATING)
)


def send_back(renovation: Renovation, command: SendBack, actor: Actor) -> None:
    """Back to the township's review; place and claims of an earlier confirmation become free."""
    db.session.connection().execute(_INVESTIGATE, {"file": renovation.id})
    funds.release(renovation.id, "退回乡镇重新核查", actor)
    advance(renovation, Action.SEND_BACK, actor, command.reason)


def proof_missing(renovation: Renovation) -> list[Missing]:
    """What the confirmation needs of the file itself: an eligible verdict, the notice's proof, no open objection."""
    verdict = queries.verdict(renovation)
    missing = [
        Missing(f"{clause.id} {clause.title}：{clause.reason.rstrip('。')}", operation)
        for clauses, operation in ((verdict.failed, "application.reject"), (verdict.unknown, "application.verify"))
        for clause in clauses
    ]
    for day in reads.photos_missing(renovation):
        missing.append(Missing(f"补公示{day.label}照片", "application.prove_notice", "photo"))
    if reads.unresolved(renovation):
        missing.append(Missing("先处理异议并答复", "application.dismiss_objection"))
    return missing


def confirm_missing(renovation: Renovation) -> list[Missing]:
    """Everything that a confirmation needs, the place and the benefit claims included (domain S7)."""
    missing = proof_missing(renovation)
    year = clock.today().year
    quota = decided.quota_of(renovation, year)
    if fund_queries.place(renovation.id) is None:
        if decided.by_yuan_alone(renovation, year):
            missing += waiting.too_little(renovation)
        elif quota is None:
            missing.append(Missing(f"尚未下达任务数：请先登记 {year} 年的任务数"))
        else:
            missing += waiting.no_place(renovation, quota)
    for kind in decided.claimed_elsewhere(renovation, year):
        missing.append(Missing(f"这户的{kind.label}已在另一份档案中享受同类改造补贴，请核对", "application.verify"))
    return missing


def confirm(renovation: Renovation, command: Confirm, actor: Actor) -> Confirmation:
    """Confirm a household: only an eligible verdict; freezes it, takes a quota place and the benefit claims (domain S7).

    Raises RuleViolations (verdict, proof, objections), Conflict (no place allotted or left, a benefit claimed elsewhere).
    """
    require(proof_missing(renovation))
    decision = decide(renovation, DecisionKind.CONFIRMATION, actor)
    programme, year = programme_of(renovation.programme_version_id), clock.today().year
    _take(renovation, programme, year)
    confirmation = Confirmation(
        renovation_id=renovation.id,
        decision_id=decision.id,
        year=year,
        basis=decided.basis(renovation),
        meeting=command.meeting,
        note=command.note,
        at=clock.now(),
        by=actor.user_id,
        by_name=actor.name,
    )
    db.session.add(confirmation)
    details = {"verdict": decision.outcome.value, "version": decision.verdict["version"], "year": year}
    advance(renovation, Action.CONFIRM, actor, command.note, details | {"meeting": command.meeting})
    return confirmation


def _take(renovation: Renovation, programme: Programme, year: int) -> None:
    """Take the place and the claims that the file does not have yet."""
    if fund_queries.place(renovation.id) is None:
        funds.take_place(
            renovation.id,
            renovation.county_id,
            renovation.programme_key,
            year,
            renovation.township_id,
            reserve_fen=waiting.most_fen(renovation),
            rank=waiting.rank_of(renovation) if programme.data.waiting_list.used else None,
            by_yuan=decided.by_yuan(renovation),
        )
    terms = BenefitTerms.of(programme.data.benefit, year)
    if terms.by_item:
        return  # items are claimed with the plan, in which they stand
    for group in terms.groups:
        funds.claim_benefit(
            renovation.id,
            decided.subjects(renovation),
            group,
            terms.period,
            renovation.programme_key,
            renovation.county_id,
            rolling_months=terms.rolling_months,
            item=decided.claim_item(renovation),
        )


def reject_missing(renovation: Renovation) -> list[Missing]:
    """A rejection names a clause that fails."""
    if queries.verdict(renovation).failed:
        return []
    return [Missing("没有不符合的条件，不能不予改造；情况与登记不同的，先在“核验条件”中更正", "application.verify")]


def reject(renovation: Renovation, command: Reject, actor: Actor) -> Rejection:
    """Reject a household on clauses that fail, with reason and letter; the township only at its review (domain §3)."""
    if renovation.status is Status.NOTICED:
        require_county(actor, "公示后的不予改造")
    for objection in reads.unresolved(renovation):
        resolve(objection, ObjectionState.UPHELD, command.reason, actor)
    return reject_on(renovation, command, actor, Action.REJECT, {})


def reject_on(
    renovation: Renovation, command: Reject, actor: Actor, action: Action, details: dict[str, Any]
) -> Rejection:
    """Reject by an action on clauses that fail; place, claims and money become free. Raises RuleViolation at `clauses`."""
    failed = {clause.id: clause for clause in queries.verdict(renovation).failed}
    wrong = [id_ for id_ in command.clauses if id_ not in failed]
    if wrong:
        raise RuleViolation(f"{'、'.join(wrong)} 没有不符合，请只选审查为不符合的条件。", "clauses")
    grounds = [
        {"id": id_, "source": failed[id_].source, "title": failed[id_].title, "reason": failed[id_].reason}
        for id_ in dict.fromkeys(command.clauses)
    ]
    rejection = record_rejection(renovation, grounds, command.reason, command.letter, actor)
    funds.release(renovation.id, "不予改造", actor)
    advance(renovation, action, actor, command.reason, details | {"clauses": [one["id"] for one in grounds]})
    return rejection


def record_rejection(
    renovation: Renovation, clauses: Sequence[dict[str, Any]], reason: str, letter: str, actor: Actor
) -> Rejection:
    """Write the rejection in force, with grounds and letter; the caller changes the status."""
    rejection = Rejection(
        renovation_id=renovation.id,
        from_status=renovation.status,
        clauses=list(clauses),
        reason=reason,
        letter=letter,
        at=clock.now(),
        by=actor.user_id,
        by_name=actor.name,
    )
    db.session.add(rejection)
    db.session.flush()
    return rejection


# ---------------------------------------------------------------- recheck


def draft_letter(renovation: Renovation, clauses: Sequence[dict[str, Any]]) -> str:
    """The letter to a rejected household as it is drafted from the grounds."""
    programme = programme_of(renovation.programme_version_id)
    return letter_text(
        renovation.applicant_name,
        programme.name,
        clauses,
        reads.lead_name(renovation),
        reads.phone(programme, renovation),
        reads.township_name(renovation),
    )


def request_recheck(renovation: Renovation, command: RequestRecheck, actor: Actor) -> Recheck:
    """Write down that the household asks for a recheck (复核), with its grounds and paper."""
    if command.requested_on > clock.today():
        raise RuleViolation("申请复核日期不能晚于今天。", "requested_on")
    if decided.pending_recheck(renovation) is not None:
        raise Conflict("这户已经申请复核，正在等待答复。")
    rejection = decided.rejection(renovation)
    recheck = Recheck(
        renovation_id=renovation.id,
        rejection_id=rejection.id if rejection else None,
        requested_on=command.requested_on,
        grounds=command.grounds,
        state=RecheckState.REQUESTED,
        reply="",
        recorded_at=clock.now(),
        recorded_by=actor.user_id,
        recorded_by_name=actor.name,
    )
    db.session.add(recheck)
    db.session.flush()
    if command.paper is not None:
        attach(renovation, Stage.APPLICATION, Kind.LETTER, command.paper, actor, f"recheck:{recheck.id}", field="paper")
    note(renovation, Stage.APPLICATION, "申请复核", actor, command.grounds)
    return recheck


def grant_recheck(renovation: Renovation, command: DecideRecheck, actor: Actor) -> None:
    """Grant a recheck: the file is open again. By the county, and by somebody else than who rejected (domain §3)."""
    recheck = _decide_recheck(renovation, RecheckState.GRANTED, command, actor)
    rejection = decided.rejection(renovation)
    if rejection is not None:
        rejection.ended_at = clock.now()
    renovation.ending, renovation.ending_reason, renovation.ending_on = None, "", None
    advance(renovation, Action.GRANT_RECHECK, actor, command.reply, {"recheck": recheck.id})


def refuse_recheck(renovation: Renovation, command: DecideRecheck, actor: Actor) -> None:
    """Keep the rejection, with the reply to the household; by the county, and by somebody else than who rejected."""
    recheck = _decide_recheck(renovation, RecheckState.REFUSED, command, actor)
    note(renovation, Stage.APPLICATION, "复核维持原决定", actor, command.reply, {"recheck": recheck.id})


def _decide_recheck(renovation: Renovation, state: RecheckState, command: DecideRecheck, actor: Actor) -> Recheck:
    require_county(actor, "复核")
    recheck = decided.pending_recheck(renovation)
    if recheck is None:
        raise NotFound("这户没有待答复的复核申请，请先登记复核申请。")
    if actor.user_id is not None and actor.user_id in decided.rejected_by(renovation):
        raise NotAllowed("作出不予改造决定的人不能复核，请由其他同事办理。")
    recheck.state, recheck.reply = state, command.reply
    recheck.decided_at, recheck.decided_by = clock.now(), actor.user_id
    recheck.decided_by_name = actor.name
    db.session.flush()
    return recheck


def require_county(actor: Actor, what: str) -> None:
    """Raise NotAllowed unless the county decides."""
    if actor.role not in {Role.COUNTY, Role.SYSTEM}:
        raise NotAllowed(f"{what}由县级主管部门办理，请转交县级经办人。")


def resolve(objection: Objection, state: ObjectionState, reply: str, actor: Actor) -> None:
    """Give an objection its outcome and the reply to who raised it."""
    objection.state, objection.reply = state, reply
    objection.resolved_at, objection.resolved_by = clock.now(), actor.user_id
    objection.resolved_by_name = actor.name
    db.session.flush()
