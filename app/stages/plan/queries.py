"""Reads of the plan; each says what it loads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import selectinload

from ...core.db import db
from ...core.errors import NotFound
from ...core.money import display
from ...lifecycle import ENDINGS, Status
from ...permissions import Actor, Permission, may
from ...places.models import Region
from ...programme.average import Average
from ...programme.plan_rules import Line
from ...programme.policy import Programme
from ...programme.queries import programme_of
from ...programme.subsidy import Settlement, settle
from ...programme.values import Decision
from ...renovation.models import Attachment, Renovation
from ..application import queries as application
from .difference import ChangeKind, FieldChange, LineChange, line_changes
from .models import Agreement, ItemDecision, Plan, PlanLine
from .rules import OPEN_STATES, PlanState

_WHOLE = (selectinload(Plan.lines), selectinload(Plan.decisions))


def current(renovation: Renovation) -> Plan | None:
    """The version in force: the signed one, else the newest; with lines and decisions."""
    return db.session.scalar(
        select(Plan)
        .where(Plan.renovation_id == renovation.id)
        .order_by(case((Plan.state == PlanState.SIGNED, 0), else_=1), Plan.version.desc())
        .limit(1)
        .options(*_WHOLE)
    )


def signed(renovation: Renovation) -> Plan | None:
    """The version that the household signed and that is in force; with lines and decisions."""
    return db.session.scalar(
        select(Plan).where(Plan.renovation_id == renovation.id, Plan.state == PlanState.SIGNED).options(*_WHOLE)
    )


def open_version(renovation: Renovation) -> Plan | None:
    """The version that is being drafted, waits for approval or for the signature; with lines and decisions."""
    return db.session.scalar(
        select(Plan).where(Plan.renovation_id == renovation.id, Plan.state.in_(OPEN_STATES)).options(*_WHOLE)
    )


def in_state(renovation: Renovation, state: PlanState, change_order: bool = False) -> Plan | None:
    """The open version in that state, of a change order or of the plan itself; with lines and decisions."""
    found = open_version(renovation)
    return found if found is not None and (found.state, found.change_order) == (state, change_order) else None


def versions(renovation: Renovation) -> Sequence[Plan]:
    """Every version, newest first; with lines and decisions."""
    return db.session.scalars(
        select(Plan).where(Plan.renovation_id == renovation.id).order_by(Plan.version.desc()).options(*_WHOLE)
    ).all()


def version(renovation: Renovation, number: int) -> Plan:
    """One version of the file by its number, with lines and decisions; raises NotFound."""
    found = db.session.scalar(
        select(Plan).where(Plan.renovation_id == renovation.id, Plan.version == number).options(*_WHOLE)
    )
    if found is None:
        raise NotFound("没有这一版方案，请从档案的方案页打开。")
    return found


def newest(renovation: Renovation) -> Plan | None:
    """The version with the highest number, whatever became of it; with lines and decisions."""
    return next(iter(versions(renovation)), None)


def refused_change(renovation: Renovation) -> Plan | None:
    """The newest version, when it is a change order that was not taken; without lines."""
    found = db.session.scalar(
        select(Plan).where(Plan.renovation_id == renovation.id).order_by(Plan.version.desc()).limit(1)
    )
    return found if found is not None and found.change_order and found.state is PlanState.REFUSED else None


def lines(plan: Plan) -> Sequence[PlanLine]:
    """The lines of a version, in order."""
    return db.session.scalars(select(PlanLine).where(PlanLine.plan_id == plan.id).order_by(PlanLine.seq)).all()


def decisions(plan: Plan) -> Sequence[ItemDecision]:
    """What becomes of each basic item, in catalogue order."""
    return db.session.scalars(
        select(ItemDecision).where(ItemDecision.plan_id == plan.id).order_by(ItemDecision.item_no)
    ).all()


def agreement(renovation: Renovation) -> Agreement | None:
    """The agreement in force."""
    return db.session.scalar(
        select(Agreement).where(Agreement.renovation_id == renovation.id, Agreement.ended_at.is_(None))
    )


def photos_of(plan: Plan) -> dict[int, Attachment]:
    """The photos of the decisions, by attachment id."""
    ids = [decision.photo_id for decision in decisions(plan) if decision.photo_id is not None]
    if not ids:
        return {}
    return {one.id: one for one in db.session.scalars(select(Attachment).where(Attachment.id.in_(ids)))}


def as_rule_lines(
    plan: Plan,
    accepted: Mapping[int, bool] | None = None,
    quantities: Mapping[int, Decimal] | None = None,
    prices: Mapping[int, int] | None = None,
) -> list[Line]:
    """A version as the programme's arithmetic reads it: install lines (id = the line's), then waivers of basic items.

    The maps are keyed by the line's id; what they do not name counts as accepted, as planned, at the plan's price (fen).
    """
    accepted, quantities, prices = accepted or {}, quantities or {}, prices or {}
    install = [
        Line(
            item=line.item_no,
            decision=Decision.INSTALL,
            quantity=quantities.get(line.id, line.quantity),
            unit_price_fen=prices.get(line.id, line.unit_price_fen),
            accepted=accepted.get(line.id, True),
            id=str(line.id),
        )
        for line in lines(plan)
    ]
    waived = [
        Line(item=decision.item_no, decision=decision.decision)
        for decision in decisions(plan)
        if decision.decision is not Decision.INSTALL
    ]
    return install + waived


def quote(
    plan: Plan,
    accepted: Mapping[int, bool] | None = None,
    quantities: Mapping[int, Decimal] | None = None,
    prices: Mapping[int, int] | None = None,
    programme: Programme | None = None,
) -> Settlement:
    """The sums of a version through the programme's arithmetic (domain S1–S5); the maps as in `as_rule_lines`.

    Raises SettlementRefused with every fault. Settled lines carry the plan line's id in `id`.
    """
    renovation = db.session.get_one(Renovation, plan.renovation_id)
    programme = programme or programme_of(renovation.programme_version_id)
    return settle(programme, as_rule_lines(plan, accepted, quantities, prices), **application.standing(renovation))


def county_average(plan: Plan, lock: bool = False) -> Average | None:
    """The county's average subsidy with this version approved; None where the programme has no such limit.

    Counted are the approved and signed plans of files that are still on the line. With `lock` no other approval in the
    county comes between looking and approving.
    """
    renovation = db.session.get_one(Renovation, plan.renovation_id)
    cap = programme_of(renovation.programme_version_id).data.average_cap
    if cap is None:
        return None
    if lock:
        db.session.execute(select(Region.id).where(Region.id == renovation.county_id).with_for_update(key_share=True))
    latest = (
        select(func.max(Plan.version))
        .where(Plan.renovation_id == Renovation.id, Plan.state.in_([PlanState.APPROVED, PlanState.SIGNED]))
        .correlate(Renovation)
        .scalar_subquery()
    )
    count, total = db.session.execute(
        select(func.count(), func.coalesce(func.sum(Plan.subsidy_fen), 0))
        .join(Renovation, Renovation.id == Plan.renovation_id)
        .where(
            Renovation.county_id == renovation.county_id,
            Renovation.programme_key == renovation.programme_key,
            Renovation.id != renovation.id,
            Renovation.status.not_in(ENDINGS - {Status.CLOSED}),
            Plan.version == latest,
        )
    ).one()
    return Average(cap, count + 1, int(total) + plan.subsidy_fen)


@dataclass(frozen=True, slots=True)
class Difference:
    """Two versions side by side."""

    old: Plan
    new: Plan
    lines: tuple[LineChange, ...]
    decisions: tuple[tuple[str, FieldChange], ...]
    sums: tuple[FieldChange, ...]

    @property
    def is_empty(self) -> bool:
        """True when both say the same."""
        return not self.decisions and all(change.kind is ChangeKind.SAME for change in self.lines)


def difference(old: Plan, new: Plan) -> Difference:
    """What the newer version changes: lines, decisions on basic items, sums in fen shown as yuan."""
    return Difference(
        old,
        new,
        tuple(line_changes(list(lines(old)), list(lines(new)))),
        tuple(_decision_changes(decisions(old), decisions(new))),
        tuple(
            FieldChange(label, display(getattr(old, name)), display(getattr(new, name)))
            for label, name in (("方案总价", "total_fen"), ("政府补贴", "subsidy_fen"), ("家庭自付", "self_pay_fen"))
        ),
    )


def _decision_changes(old: Sequence[ItemDecision], new: Sequence[ItemDecision]) -> list[tuple[str, FieldChange]]:
    before = {decision.item_no: decision for decision in old}
    after = {decision.item_no: decision for decision in new}
    changes = []
    for number in sorted({*before, *after}):
        left, right = before.get(number), after.get(number)
        if _said(left) != _said(right):
            name = (right or left).item_name  # type: ignore[union-attr]
            changes.append((f"{number} {name}", FieldChange("处理", _said(left), _said(right))))
    return changes


def _said(decision: ItemDecision | None) -> str:
    if decision is None:
        return "未确定"
    return f"{decision.decision.label}（{decision.reason}）" if decision.reason else decision.decision.label


def tab(renovation: Renovation, actor: Actor) -> dict[str, Any] | None:
    """What the file's plan tab shows: the version in force, an open one beside it, all versions, the agreement."""
    found = versions(renovation)
    plan = current(renovation)
    if plan is None:
        return None
    opened = next((one for one in found if one.state in OPEN_STATES and one.id != plan.id), None)
    return {
        "plan": plan,
        "open": opened,
        "versions": found,
        "photos": photos_of(plan),
        "agreement": agreement(renovation),
        "shows_money": may(actor, Permission.MONEY_READ),
        "programme": programme_of(renovation.programme_version_id),
    }
