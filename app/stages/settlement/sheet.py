"""The settlement computed from what was planned, reported, measured and accepted. Domain S1–S5, S9."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from ...core.errors import Conflict
from ...core.money import apportion
from ...lifecycle import Status
from ...programme.plan_rules import Line
from ...programme.queries import programme_of
from ...programme.schema import Decision
from ...programme.subsidy import Settlement, settle, settled_quantity
from ...renovation.models import Renovation
from ..acceptance import queries as acceptances
from ..acceptance.models import Acceptance
from ..application import queries as application
from ..construction import queries as works
from ..construction.models import FirmReplacement
from ..plan import queries as plans
from ..plan.models import Plan, PlanLine


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line with everything its amount comes from; quantities exact, sums in fen."""

    key: str
    line: PlanLine
    organisation_id: int
    firm: str
    planned: Decimal
    reported: Decimal
    measured: Decimal
    settled: Decimal
    unit_price_fen: int
    accepted: bool
    amount_fen: int = 0
    subsidised_fen: int = 0
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """As it is frozen on the sheet; sums in fen, quantities as text."""
        return {
            "key": self.key,
            "item": self.line.item_no,
            "name": self.line.item_name,
            "basic": self.line.basic,
            "space": self.line.space_name or self.line.space,
            "unit": self.line.unit,
            "firm": self.firm,
            "organisation_id": self.organisation_id,
            "planned": f"{self.planned:.2f}",
            "reported": f"{self.reported:.2f}",
            "measured": f"{self.measured:.2f}",
            "settled": f"{self.settled:.2f}",
            "unit_price_fen": self.unit_price_fen,
            "accepted": self.accepted,
            "amount_fen": self.amount_fen,
            "subsidised_fen": self.subsidised_fen,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Computed:
    """A settlement before anybody froze it."""

    plan: Plan
    acceptance: Acceptance
    settlement: Settlement
    lines: tuple[SheetLine, ...]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Every line as it would be frozen."""
        return [line.to_json() for line in self.lines]

    @property
    def payees(self) -> list[dict[str, Any]]:
        """What of the subsidy goes to which firm, by what each did; adds up to the subsidy, to the fen."""
        totals: dict[int, int] = {}
        names: dict[int, str] = {}
        for line in self.lines:
            totals[line.organisation_id] = totals.get(line.organisation_id, 0) + line.amount_fen
            names[line.organisation_id] = line.firm
        firms = sorted(firm for firm, total in totals.items() if total > 0)
        if not firms or self.settlement.subsidy_fen == 0:
            return []
        shares = apportion(self.settlement.subsidy_fen, [totals[firm] for firm in firms])
        return [
            {"organisation_id": firm, "name": names[firm], "amount_fen": share}
            for firm, share in zip(firms, shares, strict=True)
            if share
        ]


def compute(renovation: Renovation) -> Computed:
    """The settlement as it is now; raises Conflict before the acceptance is countersigned."""
    plan, acceptance, contract = plans.signed(renovation), acceptances.current(renovation), works.contract(renovation)
    if plan is None or acceptance is None or contract is None:
        raise Conflict("方案、合同和会签的验收都齐了才能结算。")
    lines = _measured(renovation, plan, acceptance)
    lines += _of_replaced_firms(plan, works.replacements(renovation))
    programme = programme_of(renovation.programme_version_id)
    settlement = settle(programme, _as_rules(plan, lines), application.facts(renovation))
    results = {line.id: line for line in settlement.lines if line.id}
    counted = tuple(
        replace(
            line,
            amount_fen=results[line.key].amount_fen,
            subsidised_fen=results[line.key].subsidised_fen,
            reason=results[line.key].reason,
        )
        for line in lines
    )
    return Computed(plan, acceptance, settlement, counted)


def _measured(renovation: Renovation, plan: Plan, acceptance: Acceptance) -> list[SheetLine]:
    """The present firm's lines: the least of planned (less what firms before it did), reported and measured (S1)."""
    contract = works.contract(renovation)
    assert contract is not None  # compute() has asked
    prices, reported = works.contract_price(renovation), works.reported(renovation)
    before = works.done_before(renovation)
    found = {line.root_id: line for line in acceptance.lines}
    lines = []
    for line in plan.lines:
        left = line.quantity - before.get(line.root_id, Decimal(0))
        if left <= 0:
            continue
        result = found.get(line.root_id)
        said = reported.get(line.root_id, Decimal(0))
        measured = result.measured if result is not None else Decimal(0)
        settled = settled_quantity(left, said, measured)
        lines.append(
            SheetLine(
                key=str(line.root_id), line=line, organisation_id=contract.organisation_id,
                firm=contract.organisation_name, planned=left, reported=said, measured=measured,
                settled=settled, unit_price_fen=prices[line.root_id],
                accepted=result is not None and result.accepted and settled > 0,
            )
        )
    return lines


def _of_replaced_firms(plan: Plan, replacements: Sequence[FirmReplacement]) -> list[SheetLine]:
    """What firms that left had done, measured when they left, at their own contracts' prices."""
    known = {line.root_id: line for line in plan.lines}
    return [
        SheetLine(
            key=f"{part.root_id}@{replacement.id}", line=known[part.root_id],
            organisation_id=replacement.organisation_id, firm=replacement.organisation_name, planned=part.quantity,
            reported=part.quantity, measured=part.quantity, settled=part.quantity,
            unit_price_fen=part.unit_price_fen, accepted=True,
        )
        for replacement in replacements
        for part in replacement.parts
        if part.root_id in known
    ]


def _as_rules(plan: Plan, lines: Sequence[SheetLine]) -> list[Line]:
    install = [
        Line(
            item=line.line.item_no, decision=Decision.INSTALL,
            quantity=line.settled if line.accepted else line.planned, unit_price_fen=line.unit_price_fen,
            accepted=line.accepted, id=line.key,
        )
        for line in lines
    ]
    waived = [
        Line(item=decision.item_no, decision=decision.decision)
        for decision in plan.decisions
        if decision.decision is not Decision.INSTALL
    ]
    return install + waived


def is_computable(renovation: Renovation) -> bool:
    """True from the countersigned acceptance on."""
    return renovation.status in {Status.ACCEPTED, Status.SETTLED, Status.PAID}
