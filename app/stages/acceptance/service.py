"""What is done at the acceptance. Nothing here commits."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from ...core import clock
from ...core.db import db
from ...core.errors import Conflict, DomainError, NotAllowed, RuleViolation, RuleViolations
from ...identity.models import User
from ...lifecycle import Action, Stage, Step
from ...permissions import SYSTEM, Actor, Role
from ...programme.process_schema import AcceptanceParty, PaperStep
from ...programme.queries import programme_of
from ...renovation import own_papers
from ...renovation import queries as files
from ...renovation import service as filing
from ...renovation.models import Kind, Renovation
from ...renovation.operations import Missing, require
from ...renovation.progress import advance, left_out, note, without
from ..construction import queries as works
from ..construction.models import Contract
from ..construction.rules import centi
from ..plan import queries as plans
from ..plan.models import PlanLine
from . import queries
from .models import Acceptance, AcceptedLine, PartyMember
from .rules import (
    AcceptanceState,
    Countersign,
    LineResult,
    PartyRole,
    RecordAcceptance,
    ReturnAcceptance,
    check_bodies,
    check_line,
    check_party,
    signers,
)

STAGE = Stage.ACCEPTANCE
RUBBLE = "rubble_cleared"
"""The key of the point that the database asks for too."""


def lines_to_accept(renovation: Renovation) -> list[PlanLine]:
    """The lines that the party judges: all that the present firm had to do; of a file that ends early what it did."""
    reported, left = works.reported(renovation), works.remaining(renovation)
    return [
        line
        for line in works.lines(renovation)
        if line.root_id in left and (renovation.ending is None or reported.get(line.root_id, 0) > 0)
    ]


def record_missing(renovation: Renovation) -> list[Missing]:
    """What the acceptance waits for: papers that the programme asks for before it, and where homes are accepted
    together the others that the firm still builds."""
    lacking = own_papers.missing(renovation, PaperStep.ACCEPTANCE)
    waiting = queries.still_built(renovation)
    if not waiting:
        return lacking
    named = "、".join(waiting[:_NAMED]) + ("等" if len(waiting) > _NAMED else "")
    said = f"这个政策是全部完工后统一验收：同一乡镇、同一标段还有 {len(waiting)} 户没有报完工（{named}）。"
    return [Missing(f"{said}请等完工后一起验收；一时完不了的，请县级把那一户暂停。"), *lacking]


_NAMED = 5


def record_acceptance(renovation: Renovation, command: RecordAcceptance, actor: Actor) -> Acceptance:
    """Record the acceptance in the home, line by line (重庆2020 §五(三), §六(三)).

    A line to rectify takes the file back to `building` with its deadline; else the round waits for the county.
    Raises RuleViolations with every fault at its field, Conflict when a round waits already.
    """
    existing = queries.current(renovation)
    if existing is not None and existing.state is AcceptanceState.RECORDED:
        raise Conflict("这一户已经登记了验收，正等县级会签。要重新验收，请先由县级退回。")
    require(record_missing(renovation))
    _check(renovation, command)
    if existing is not None:
        existing.state, existing.superseded_reason = AcceptanceState.SUPERSEDED, "整改后重新验收"
        db.session.flush()
    acceptance = _add_round(renovation, command, actor)
    failed = [line for line in acceptance.lines if line.result is LineResult.RECTIFY]
    details: dict[str, Any] = {"round": acceptance.round, "lines": len(acceptance.lines), "to_rectify": len(failed)}
    if failed:
        acceptance.state = AcceptanceState.RECTIFYING
        details[works.RECTIFY] = [line.root_id for line in failed]
        advance(renovation, Action.ORDER_RECTIFICATION, actor, _to_rectify(renovation, failed), details)
        # the desk shows it as overdue from the first line that is
        renovation.due_on = min(line.deadline for line in failed if line.deadline)
    else:
        note(renovation, STAGE, "登记入户验收", actor, command.remark, details)
        why = left_out(renovation, Step.COUNTERSIGN)
        if why:
            countersign(renovation, Countersign(note=without(Step.COUNTERSIGN, why)), SYSTEM)
    return acceptance


def _to_rectify(renovation: Renovation, failed: Sequence[AcceptedLine]) -> str:
    """What the firm has to put right and until when, as it reads it."""
    names = {line.root_id: works.name_of(line) for line in works.lines(renovation)}
    told = [f"{names[line.root_id]}：{line.finding}，{line.deadline} 前" for line in failed]
    return (f"{len(failed)} 项整改。" + "；".join(told))[:2000]


def _check(renovation: Renovation, command: RecordAcceptance) -> None:
    people = _people_of_firms(renovation)
    problems: list[DomainError] = check_party(
        command, people, who_signs(renovation), renovation.applicant_name, renovation.ending is not None
    )
    problems += check_bodies(command.bodies, bodies_of(renovation), people, _builders(renovation))
    contract, last = works.contract(renovation), next(iter(queries.rounds(renovation)), None)
    if command.day > clock.today():
        problems.append(RuleViolation("验收日期不能晚于今天，请改正。", "day"))
    if contract is not None and command.day < contract.signed_on:
        problems.append(RuleViolation("验收日期不能早于施工合同签订日期，请核对。", "day"))
    if last is not None and command.day < last.day:
        problems.append(RuleViolation(f"验收日期不能早于上一次验收（{last.day}），请核对。", "day"))
    problems += _check_lines(renovation, command)
    problems += _check_points(renovation, command)
    RuleViolations.raise_if_any(problems)


def who_signs(renovation: Renovation) -> list[PartyRole]:
    """Who must sign in this home: nobody for a firm that the file does not have, or has no more, or that has only
    reviewed the plan."""
    firms = {PartyRole.CONTRACTOR: Role.CONTRACTOR, PartyRole.SUPERVISOR: Role.SUPERVISOR}
    supervises = not left_out(renovation, Step.SUPERVISION)
    return [
        role
        for role in signers(programme_of(renovation.programme_version_id).data.acceptance.party)
        if role not in firms
        or (files.assignment(renovation, firms[role]) is not None and (supervises or role is not PartyRole.SUPERVISOR))
    ]


def bodies_of(renovation: Renovation) -> Sequence[AcceptanceParty]:
    """The bodies of the programme's own that sign, in the order of its data."""
    return programme_of(renovation.programme_version_id).acceptance_bodies


def _builders(renovation: Renovation) -> list[str]:
    """The names of the firms that build or built here, as their contracts have them."""
    if not bodies_of(renovation):
        return []
    return list(db.session.scalars(select(Contract.organisation_name).where(Contract.renovation_id == renovation.id)))


def _people_of_firms(renovation: Renovation) -> set[str]:
    """The names of everybody with an account at a firm that builds or built here, and of who signed its contracts."""
    firms = works.firms_ever(renovation, Role.CONTRACTOR)
    users = db.session.scalars(select(User.name).where(User.organisation_id.in_(firms)))
    signers = db.session.scalars(select(Contract.firm_signer).where(Contract.renovation_id == renovation.id))
    return {*users, *signers}


def _check_points(renovation: Renovation, command: RecordAcceptance) -> list[DomainError]:
    """The programme's list must hold, rubble among it, unless something is to be rectified anyway."""
    if any(line.result is LineResult.RECTIFY for line in command.lines):
        return []
    good = {check.key for check in command.checks if check.is_good}
    return [
        RuleViolation(f"“{check.text}”没有勾选。做到后再勾选；做不到的，请把有关项目定为“整改后再验”。", "checks")
        for check in programme_of(renovation.programme_version_id).acceptance_checks
        if check.required and check.key not in good
    ]


def _check_lines(renovation: Renovation, command: RecordAcceptance) -> list[DomainError]:
    wanted, reported = {line.root_id: line for line in lines_to_accept(renovation)}, works.reported(renovation)
    problems: list[DomainError] = []
    seen: set[int] = set()
    for index, given in enumerate(command.lines):
        if given.line_id not in wanted or given.line_id in seen:
            problems.append(RuleViolation("验收项目要与方案一一对应，请刷新页面后重填。", f"lines-{index}-line_id"))
            continue
        seen.add(given.line_id)
        problems += check_line(given, index, command.day, reported.get(given.line_id))
    problems += [
        RuleViolation(f"{works.name_of(wanted[root])}还没有验收结论。", "lines") for root in sorted(set(wanted) - seen)
    ]
    return problems


def _add_round(renovation: Renovation, command: RecordAcceptance, actor: Actor) -> Acceptance:
    last = db.session.scalar(select(func.max(Acceptance.round)).where(Acceptance.renovation_id == renovation.id))
    plan = plans.signed(renovation)
    if plan is None:
        raise Conflict("没有生效的方案，不能验收。")
    number = (last or 0) + 1
    labels = {check.key: check for check in programme_of(renovation.programme_version_id).acceptance_checks}
    good = {check.key: check.is_good for check in command.checks}
    acceptance = Acceptance(
        renovation_id=renovation.id,
        round=number,
        plan_id=plan.id,
        state=AcceptanceState.RECORDED,
        day=command.day,
        rubble_cleared=good.get(RUBBLE, RUBBLE not in labels),
        checks=[{"key": key, "label": check.text, "is_good": good.get(key, False)} for key, check in labels.items()],
        remark=command.remark,
        recorded_at=clock.now(),
        recorded_by=actor.user_id,
        recorded_by_name=actor.name,
        countersigned_by_name="",
        countersign_note="",
        superseded_reason="",
        lines=[
            AcceptedLine(
                root_id=line.line_id,
                result=line.result,
                measured_centi=centi(line.measured),
                finding=line.finding,
                deadline=line.deadline,
            )
            for line in command.lines
        ],
        party=_sign(renovation, command, actor, number),
    )
    db.session.add(acceptance)
    db.session.flush()
    for index, line in enumerate(command.lines):
        filing.attach_all(
            renovation,
            STAGE,
            Kind.ACCEPTANCE_PHOTO,
            list(line.photos),
            actor,
            f"accept:{number}:{line.line_id}",
            f"lines-{index}-photos",
        )
    return acceptance


def _sign(renovation: Renovation, command: RecordAcceptance, actor: Actor, number: int) -> list[PartyMember]:
    members = []
    for index, member in enumerate(command.party):
        paper = filing.attach(
            renovation,
            STAGE,
            Kind.ACCEPTANCE_SIGNATURE,
            member.signature,
            actor,
            f"party:{number}:{index}",
            f"{member.role.label} {member.name}",
            f"party-{index}-signature",
        )
        members.append(PartyMember(role=member.role, name=member.name, attachment_id=paper.id))
    return members + _sign_for_bodies(renovation, command, actor, number)


def _sign_for_bodies(renovation: Renovation, command: RecordAcceptance, actor: Actor, number: int) -> list[PartyMember]:
    """Who signed for the programme's own bodies, in its order; each with what the body is called there."""
    came = {one.key: (index, one) for index, one in enumerate(command.bodies) if one.is_there}
    members = []
    for body in bodies_of(renovation):
        index, one = came.get(body.key, (0, None))
        if one is None or one.signature is None:
            continue
        paper = filing.attach(
            renovation,
            STAGE,
            Kind.ACCEPTANCE_SIGNATURE,
            one.signature,
            actor,
            f"party:{number}:{body.key}",
            f"{body.name} {one.name}",
            f"bodies-{index}-signature",
        )
        members.append(
            PartyMember(body=body.key, body_name=body.name, unit=one.unit, name=one.name, attachment_id=paper.id)
        )
    return members


def _waiting(renovation: Renovation) -> Acceptance:
    found = queries.current(renovation)
    if found is None or found.state is not AcceptanceState.RECORDED:
        raise Conflict("还没有待会签的验收记录，请先由乡镇（街道）入户验收。")
    return found


def countersign(renovation: Renovation, command: Countersign, actor: Actor) -> None:
    """The county agrees; from here on settlement is computed. Raises NotAllowed for who recorded it."""
    acceptance = _waiting(renovation)
    if acceptance.recorded_by == actor.user_id:
        raise NotAllowed("登记验收的人不能自己会签，请由另一位同事办理。")
    acceptance.state = AcceptanceState.COUNTERSIGNED
    acceptance.countersigned_at = clock.now()
    acceptance.countersigned_by, acceptance.countersigned_by_name = actor.user_id, actor.name
    acceptance.countersign_note = command.note
    advance(renovation, Action.COUNTERSIGN, actor, command.note, {"round": acceptance.round})


def return_acceptance(renovation: Renovation, command: ReturnAcceptance, actor: Actor) -> None:
    """The county asks the township for another acceptance in the home; the record stays readable."""
    acceptance = _waiting(renovation)
    acceptance.state, acceptance.superseded_reason = AcceptanceState.SUPERSEDED, command.reason
    note(renovation, STAGE, "退回重新验收", actor, command.reason, {"round": acceptance.round})


def reopen(renovation: Renovation, reason: str) -> None:
    """Take the countersigned round out of force, when a re-inspection fails (called by the settlement)."""
    acceptance = queries.current(renovation)
    if acceptance is not None:
        acceptance.state, acceptance.superseded_reason = AcceptanceState.SUPERSEDED, reason
        db.session.flush()
