"""Making a version: what was typed becomes lines and decisions with copies of names and prices, and sums."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from ...core import clock
from ...core.db import db
from ...core.errors import DomainError, RuleViolation, RuleViolations
from ...lifecycle import Stage
from ...permissions import Actor
from ...programme.policy import Programme
from ...programme.queries import programme_of
from ...programme.subsidy import Settlement, settle
from ...programme.values import Decision
from ...renovation.models import Attachment, Kind, Renovation
from ...renovation.service import attach
from ..application import queries as application
from . import queries
from .models import ItemDecision, Plan, PlanLine
from .rules import (
    DecisionInput,
    LineInput,
    PlanState,
    Waiver,
    check_complete,
    check_draft,
    is_flagged,
    needs_measures,
    rule_lines,
)


def new_version(renovation: Renovation, actor: Actor, reason: str = "", change_order: bool = False) -> Plan:
    """An empty draft with the next number; sums are set by `fill`."""
    programme = programme_of(renovation.programme_version_id)
    last = db.session.scalar(select(func.max(Plan.version)).where(Plan.renovation_id == renovation.id)) or 0
    plan = Plan(
        renovation_id=renovation.id,
        version=last + 1,
        state=PlanState.DRAFT,
        change_order=change_order,
        reason=reason,
        programme_version_id=renovation.programme_version_id,
        rules=programme.version,
        total_fen=0,
        subsidy_fen=0,
        self_pay_fen=0,
        cap_fen=programme.cap_fen,
        drafted_by=actor.user_id,
        drafted_by_name=actor.name,
        drafted_at=clock.now(),
    )
    db.session.add(plan)
    db.session.flush()
    db.session.refresh(plan, ["lines", "decisions"])
    return plan


def fill(
    renovation: Renovation,
    plan: Plan,
    lines: Sequence[LineInput],
    decisions: Sequence[DecisionInput],
    actor: Actor,
) -> Settlement:
    """Replace a draft's lines and decisions by what was typed and compute the sums (domain S1–S3).

    A draft is nobody's decision yet, so its own rows are replaced; what was submitted never is. Raises RuleViolations.
    """
    programme = programme_of(renovation.programme_version_id)
    RuleViolations.raise_if_any([*check_draft(programme, lines, decisions), *_check_origins(renovation, plan, lines)])
    settlement = settle(programme, rule_lines(lines, decisions), complete=False, **application.standing(renovation))
    photos = _photos(renovation, decisions, actor)
    plan.lines.clear()
    plan.decisions.clear()
    db.session.flush()
    plan.lines.extend(
        _line(programme, seq, line, settlement.lines[seq - 1].subsidised_fen) for seq, line in enumerate(lines, start=1)
    )
    installed = {line.item for line in lines}
    plan.decisions.extend(
        ItemDecision(
            item_no=one.item,
            item_name=programme.item(one.item).name,
            decision=one.decision or Decision.INSTALL,
            reason=one.reason,
            photo_id=photos.get(one.item),
        )
        for one in _decided(programme, decisions, installed)
    )
    set_sums(plan, settlement)
    plan.flagged = is_flagged(programme, rule_lines(lines, decisions))
    db.session.flush()
    return settlement


def _decided(programme: Programme, decisions: Sequence[DecisionInput], installed: set[int]) -> list[DecisionInput]:
    """The decisions that were made; a basic item with lines is decided by them."""
    made = {one.item: one for one in decisions if one.decision is not None}
    for item in programme.basic_items:
        if item.number in installed and item.number not in made:
            made[item.number] = DecisionInput(item=item.number, decision=Decision.INSTALL)
    return [made[number] for number in sorted(made)]


def set_sums(plan: Plan, settlement: Settlement) -> None:
    """Freeze the calculation on the version."""
    plan.total_fen, plan.subsidy_fen = settlement.total_fen, settlement.subsidy_fen
    plan.self_pay_fen, plan.cap_fen = settlement.self_pay_fen, settlement.cap_fen
    plan.computed = settlement.to_json()


def _line(programme: Programme, seq: int, line: LineInput, subsidised_fen: int) -> PlanLine:
    item = programme.item(line.item)
    return PlanLine(
        origin_id=line.origin,
        seq=seq,
        item_no=item.number,
        item_name=item.name,
        category=next((one.name for one in programme.categories if one.key == item.category), ""),
        basic=item.is_basic,
        kind=item.kind,
        space=line.space,
        space_name=programme.room_name(line.space),
        specification=line.specification,
        measured=line.measured,
        quantity_centi=int(line.quantity * 100),
        unit=line.unit or item.unit,
        unit_price_fen=line.unit_price,
        ceiling_fen=programme.ceiling_fen(item.number),
        subsidised_fen=subsidised_fen,
        photos=list(item.photos),
    )


def _check_origins(renovation: Renovation, plan: Plan, lines: Sequence[LineInput]) -> list[DomainError]:
    """A line may only continue one of this file's earlier lines, each once, and the same item."""
    roots = {
        line.root_id: line.item_no
        for version in queries.versions(renovation)
        if version.id != plan.id
        for line in version.lines
    }
    problems: list[DomainError] = []
    seen: set[int] = set()
    for index, line in enumerate(lines):
        if line.origin is None:
            continue
        if roots.get(line.origin) != line.item or line.origin in seen:
            problems.append(
                RuleViolation(f"第 {index + 1} 行不能沿用那一行原方案，请删去这一行重新添加。", f"lines-{index}-item")
            )
        seen.add(line.origin)
    return problems


def _photos(renovation: Renovation, decisions: Sequence[DecisionInput], actor: Actor) -> dict[int, int]:
    """Attachment ids by item; a photo that already stands in its place is not attached again."""
    found: dict[int, int] = {}
    for index, one in enumerate(decisions):
        if one.photo is None:
            continue
        subject = f"item:{one.item}"
        there = db.session.scalar(
            select(Attachment).where(
                Attachment.renovation_id == renovation.id,
                Attachment.file_id == one.photo,
                Attachment.subject == subject,
                Attachment.ended_at.is_(None),
            )
        )
        where = f"decisions-{index}-photo"
        photo = there or attach(renovation, Stage.PLAN, Kind.WAIVER_PHOTO, one.photo, actor, subject, field=where)
        found[one.item] = photo.id
    return found


def incomplete(plan: Plan, programme: Programme) -> list[DomainError]:
    """What the version still lacks before it may be submitted, approved or signed (domain P1, P5, P6)."""
    waivers = [
        Waiver(one.item_no, one.decision, one.reason, one.photo_id is not None, index)
        for index, one in enumerate(plan.decisions)
        if one.decision is not Decision.INSTALL
    ]
    unmeasured = [
        f"第 {line.seq} 行“{line.item_name}”"
        for line in plan.lines
        if not line.measured and needs_measures(programme, line.item_no)
    ]
    problems = check_complete(
        programme,
        queries.as_rule_lines(plan),
        waivers,
        unmeasured,
        plan.no_shared_space,
        plan.design_code,
    )
    refused = programme.own_share_refused(plan.self_pay_fen)
    return [*problems, RuleViolation(refused, "lines")] if refused else problems


def as_inputs(plan: Plan, files: Mapping[int, int], keep_identity: bool = True) -> dict[str, list[dict[str, object]]]:
    """A version as the form has it, to be worked on; `files` are file ids by attachment id.

    With `keep_identity` a line continues its earlier one (a new version); without it is the same draft again.
    """
    return {
        "lines": [
            {
                "origin": line.root_id if keep_identity else line.origin_id,
                "item": line.item_no,
                "space": line.space,
                "specification": line.specification,
                "measured": line.measured,
                "quantity": f"{line.quantity:.2f}",
                "unit": line.unit,
                "unit_price": f"{line.unit_price_fen // 100}.{line.unit_price_fen % 100:02d}",
            }
            for line in plan.lines
        ],
        "decisions": [
            {
                "item": one.item_no,
                "decision": one.decision.value,
                "reason": one.reason,
                "photo": files.get(one.photo_id or 0),
            }
            for one in plan.decisions
        ],
    }
