"""The settlement computed from what was planned, reported, measured and accepted. Domain S1–S5, S9."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from ...core.errors import Conflict
from ...core.memory import remembered
from ...programme.plan_rules import Line
from ...programme.policy import Programme
from ...programme.queries import programme_of
from ...programme.subsidy import SettledLine, Settlement, settle, settled_quantity
from ...programme.values import Decision, ItemType, Payee
from ...renovation.models import Renovation
from ..acceptance import queries as acceptances
from ..acceptance.models import Acceptance
from ..acceptance.rules import AcceptanceState
from ..application import queries as application
from ..construction import queries as works
from ..construction.models import Contract, FirmReplacement
from ..construction.rules import left_to_do
from ..plan import queries as plans
from ..plan.models import Plan, PlanLine
from . import queries
from .rules import HOUSEHOLD
from .shares import FirmShare, OwnShare, Signed, firm_shares, own_share, retained_of


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
    dropped: bool = False
    """Not done because the file ended early: it costs nothing and holds nothing up (domain §3)."""
    plain: bool = False
    """The programme divides its items into neither basic nor optional."""
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
        } | ({"plain": True} if self.plain else {})


@dataclass(frozen=True, slots=True)
class Computed:
    """A settlement before anybody froze it."""

    plan: Plan
    acceptance: Acceptance
    contract: Contract
    settlement: Settlement
    lines: tuple[SheetLine, ...]
    own: OwnShare
    household: str = ""
    """The name under which the household is paid; empty where the firms are."""
    retention_percent: int = 0

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Every line as it would be frozen."""
        return [line.to_json() for line in self.lines]

    @property
    def due_fen(self) -> int:
        """What the firms get in the end, from all sides."""
        return self.settlement.total_fen - self.own.borne_fen

    @property
    def firms(self) -> list[FirmShare]:
        """What each firm gets, by what it did; who built last bears what is borne.

        Where the household is the payee it pays the firms all of it, and nothing of the subsidy goes to them.
        """
        totals: dict[int, int] = {}
        for line in self.lines:
            totals[line.organisation_id] = totals.get(line.organisation_id, 0) + line.amount_fen
        subsidy = 0 if self.household else self.settlement.subsidy_fen
        return firm_shares(totals, subsidy, self.contract.organisation_id, self.own.borne_fen)

    @property
    def names(self) -> dict[int, str]:
        """The firms' names."""
        return {line.organisation_id: line.firm for line in self.lines}

    @property
    def payees(self) -> list[dict[str, Any]]:
        """What of the subsidy goes to which firm, or to the household; adds up to the subsidy, to the fen."""
        subsidy = self.settlement.subsidy_fen
        if self.household:
            row = {"organisation_id": HOUSEHOLD, "name": self.household, "amount_fen": subsidy, "own_fen": 0}
            return [row] if subsidy else []
        return [self._payee(share) for share in self.firms if share.subsidy_fen]

    def _payee(self, share: FirmShare) -> dict[str, Any]:
        row = {
            "organisation_id": share.organisation_id,
            "name": self.names[share.organisation_id],
            "amount_fen": share.subsidy_fen,
            "own_fen": share.own_fen,
        }
        retained = retained_of(share.subsidy_fen, self.retention_percent)
        return row | {"retained_fen": retained} if retained else row

    @property
    def sources(self) -> list[dict[str, Any]]:
        """What of the subsidy comes from which source; adds up to it as well."""
        return [{"id": one.id, "name": one.name, "amount_fen": one.amount_fen} for one in self.settlement.sources]


def compute(renovation: Renovation) -> Computed:
    """The settlement as it is now; raises Conflict before the acceptance is countersigned."""
    return remembered(("settlement", renovation.id), lambda: compute_anew(renovation))


def compute_anew(renovation: Renovation) -> Computed:
    """The same without what was computed before in this unit of work; raises as `compute`."""
    plan, acceptance = plans.signed(renovation), acceptances.current(renovation)
    contract = works.settled_contract(renovation)
    if plan is None or contract is None or acceptance is None or acceptance.state is not AcceptanceState.COUNTERSIGNED:
        raise Conflict("方案、合同和会签的验收都齐了才能结算。")
    replaced = works.replacements(renovation)
    lines = _measured(renovation, plan, acceptance, contract, replaced) + _of_replaced_firms(plan, replaced)
    programme = programme_of(renovation.programme_version_id)
    settlement = settle(programme, _as_rules(plan, lines), **application.standing(renovation))
    results = {line.id: line for line in settlement.lines if line.id}
    counted = tuple(
        replace(_with_result(line, results.get(line.key)), plain=_is_plain(programme, line)) for line in lines
    )
    own = own_share(settlement.self_pay_fen, plan.signed_self_pay_fen or 0, _signed_later(renovation, plan))
    money = programme.data.money
    household = f"{renovation.applicant_name}家庭" if money.payee is Payee.HOUSEHOLD else ""
    return Computed(plan, acceptance, contract, settlement, counted, own, household, money.retention_percent)


def _is_plain(programme: Programme, line: SheetLine) -> bool:
    number = line.line.item_no
    return programme.has_item(number) and programme.item(number).type is ItemType.PLAIN


def _with_result(line: SheetLine, result: SettledLine | None) -> SheetLine:
    if result is None:
        return replace(line, reason="提前结束，没有做，不计费用")
    return replace(line, amount_fen=result.amount_fen, subsidised_fen=result.subsidised_fen, reason=result.reason)


def _signed_later(renovation: Renovation, plan: Plan) -> Signed | None:
    """What was signed at the settlement; a plan that the household signed after it takes its place."""
    consent = queries.consent(renovation)
    if consent is None or (plan.signed_at is not None and consent.given_at < plan.signed_at):
        return None
    return Signed(consent.way, consent.computed_fen, consent.signed_fen)


def _measured(
    renovation: Renovation,
    plan: Plan,
    acceptance: Acceptance,
    contract: Contract,
    replaced: Sequence[FirmReplacement],
) -> list[SheetLine]:
    """The present firm's lines: the least of planned (less what firms before it did), reported and measured (S1)."""
    prices = {line.root_id: line.unit_price_fen for line in contract.lines}
    reported = works.reported(renovation)
    left = left_to_do(plan.lines, _done(replaced))
    found = {line.root_id: line for line in acceptance.lines}
    lines = []
    for line in plan.lines:
        if line.root_id not in left or (renovation.ending is not None and line.root_id not in prices):
            continue  # done before this contract; or the file ended before a contract took it up
        result = found.get(line.root_id)
        said = reported.get(line.root_id, Decimal(0))
        measured = result.measured if result is not None else Decimal(0)
        settled = settled_quantity(left[line.root_id], said, measured)
        lines.append(
            SheetLine(
                key=str(line.root_id),
                line=line,
                organisation_id=contract.organisation_id,
                firm=contract.organisation_name,
                planned=left[line.root_id],
                reported=said,
                measured=measured,
                settled=settled,
                unit_price_fen=prices[line.root_id],
                accepted=result is not None and result.accepted and settled > 0,
                dropped=result is None and renovation.ending is not None,
            )
        )
    return lines


def _done(replaced: Sequence[FirmReplacement]) -> dict[int, Decimal]:
    done: dict[int, Decimal] = {}
    for replacement in replaced:
        for part in replacement.parts:
            done[part.root_id] = done.get(part.root_id, Decimal(0)) + part.quantity
    return done


def _of_replaced_firms(plan: Plan, replacements: Sequence[FirmReplacement]) -> list[SheetLine]:
    """What firms that left had done, measured when they left, at their own contracts' prices."""
    known = {line.root_id: line for line in plan.lines}
    return [
        SheetLine(
            key=f"{part.root_id}@{replacement.id}",
            line=known[part.root_id],
            organisation_id=replacement.organisation_id,
            firm=replacement.organisation_name,
            planned=part.quantity,
            reported=part.quantity,
            measured=part.quantity,
            settled=part.quantity,
            unit_price_fen=part.unit_price_fen,
            accepted=True,
        )
        for replacement in replacements
        for part in replacement.parts
        if part.root_id in known
    ]


def _as_rules(plan: Plan, lines: Sequence[SheetLine]) -> list[Line]:
    """The lines as the programme's arithmetic reads them; a basic item that was dropped whole holds nothing up (S4)."""
    install = [
        Line(
            item=line.line.item_no,
            decision=Decision.INSTALL,
            quantity=line.settled if line.accepted else line.planned,
            unit_price_fen=line.unit_price_fen,
            accepted=line.accepted,
            id=line.key,
        )
        for line in lines
        if not line.dropped
    ]
    waived = [
        Line(item=decision.item_no, decision=decision.decision)
        for decision in plan.decisions
        if decision.decision is not Decision.INSTALL
    ]
    done = {line.item for line in install}
    dropped = {line.line.item_no for line in lines if line.dropped and line.line.basic} - done
    return install + waived + [Line(item=item, decision=Decision.NOT_APPLICABLE) for item in sorted(dropped)]
