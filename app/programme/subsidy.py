"""What a plan or an accepted renovation costs, what the programme pays of it and from which source (domain S1–S5, S9).

Integer fen throughout; the only rounding is half-up per line, the only division is by largest remainder.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ..core.money import apportion, display, yuan
from .composition import amount_of, barred, shortfalls
from .counters import Counter, Use, counters
from .facts import VOCABULARY, Fact, read_facts
from .formula import say_part, share_out
from .plan_rules import Line, are_basics_done, check_lines
from .policy import Programme
from .refusals import SettlementRefused
from .terms import Terms, cap_for, terms_for
from .values import Decision, ItemType, OptionalPolicy, Split

__all__ = [
    "SettledLine",
    "Settlement",
    "SettlementRefused",
    "Share",
    "cap_for",
    "own_share_stop",
    "settle",
    "settle_by",
    "settled_quantity",
    "split",
    "terms_for",
]


@dataclass(frozen=True)
class SettledLine:
    """One line with its amount, the part that is subsidised (fen), and why."""

    item: int
    amount_fen: int
    subsidised_fen: int
    reason: str
    id: str = ""
    is_eligible: bool = False
    counted: Decimal = Decimal(0)
    """Of how much of the line the subsidy is."""

    @property
    def self_pay_fen(self) -> int:
        """What the household pays of this line."""
        return self.amount_fen - self.subsidised_fen


@dataclass(frozen=True)
class Share:
    """What one source of money pays, in fen."""

    id: str
    name: str
    amount_fen: int


@dataclass(frozen=True)
class Settlement:
    """The sums of a plan or an accepted renovation, in fen; subsidy + own share = total, sources = subsidy."""

    total_fen: int
    eligible_fen: int
    cap_fen: int
    subsidy_fen: int
    self_pay_fen: int
    sources: tuple[Share, ...]
    lines: tuple[SettledLine, ...]
    notes: tuple[str, ...] = ()
    """What of the programme's rules of composition is not met, with what to do."""
    persons: int = 1
    """How many persons the cap counts, where it is per person."""
    earlier_fen: int = 0
    """What of the cap was used up before, in the programme's period."""
    used: tuple[Use, ...] = ()
    """What of each item that was, file by file."""
    counters: tuple[Counter, ...] = ()
    """How the limits stand that are counted over the period."""

    @property
    def uses(self) -> tuple[Use, ...]:
        """What this file uses of each item, for those that come after it in the period."""
        return tuple(_uses(self.lines))

    def to_json(self) -> dict[str, Any]:
        """The form of the contract, `settlement quote`."""
        return {
            "total": yuan(self.total_fen),
            "eligible_cost": yuan(self.eligible_fen),
            "cap": yuan(self.cap_fen),
            "subsidy": yuan(self.subsidy_fen),
            "self_pay": yuan(self.self_pay_fen),
            "sources": [{"id": share.id, "amount": yuan(share.amount_fen)} for share in self.sources],
            "lines": [
                {
                    "item": line.item,
                    "amount": yuan(line.amount_fen),
                    "subsidised": yuan(line.subsidised_fen),
                    "reason": line.reason,
                }
                for line in self.lines
            ],
            "refused": [],
            **({"used": [one.to_json() for one in self.used]} if self.used else {}),
            **({"counters": [one.to_json() for one in self.counters]} if self.counters else {}),
        }


def _uses(lines: Sequence[SettledLine]) -> Iterator[Use]:
    subsidised = [line for line in lines if line.subsidised_fen]
    for item in sorted({line.item for line in subsidised}):
        same = [line for line in subsidised if line.item == item]
        yield Use(item, sum((line.counted for line in same), Decimal(0)), sum(line.subsidised_fen for line in same))


def settled_quantity(planned: Decimal, reported: Decimal, measured: Decimal) -> Decimal:
    """The quantity that counts: the least of planned, reported and measured (domain S1)."""
    return min(planned, reported, measured)


def own_share_stop(settlement: Settlement, signed_fen: int) -> str | None:
    """Why settlement stops when the household would pay more than the fen it signed for; None when it does not (S9)."""
    if settlement.self_pay_fen <= signed_fen:
        return None
    return (
        f"家庭应自付 {display(settlement.self_pay_fen)}，超过签字认可的 {display(signed_fen)}。"
        f"请由家庭重新签字认可新的自付金额，或由施工单位承担因其未通过验收而增加的部分"
    )


def settle(
    programme: Programme,
    lines: Sequence[Line],
    facts: Mapping[str, Any] | None = None,
    on: date | None = None,
    complete: bool = True,
    earlier_fen: int = 0,
    words: Mapping[str, Fact] = VOCABULARY,
    used: Sequence[Use] = (),
) -> Settlement:
    """The sums for plan or accepted lines (domain S1–S5).

    `facts` (nested, the JSON form) and `on` (the day of application) are only needed where cap or percentage depend on
    the household, `earlier_fen` (what it was paid before in the period) where the cap is for a period, `used` (what of
    each item that was) where a limit is. `complete=False` is for a plan being drafted: basics may still be undecided,
    and then optional items are self-paid. Raises `SettlementRefused` with every fault, `FactsRefused` for unreadable
    facts; `words` are the facts that may be told.
    """
    problems = check_lines(programme, lines, complete=complete, settling=True)
    if problems:
        raise SettlementRefused(problems)
    known = read_facts(dict(facts or {}), on, words)
    return settle_by(programme, lines, terms_for(programme, known, on, earlier_fen, used))


def settle_by(programme: Programme, lines: Sequence[Line], terms: Terms) -> Settlement:
    """The sums for lines that were checked, under the terms of a household."""
    found = shortfalls(programme, lines)
    stopped = barred(programme, lines, found)
    eligible = _eligible(programme, lines, stopped)
    amounts, parts = [amount_of(line) for line in lines], share_out(programme, lines, eligible, terms)
    settled = []
    for index, (line, amount, part) in enumerate(zip(lines, amounts, parts, strict=True)):
        if eligible[index]:
            reason = say_part(programme.item(line.item), amount, part, terms)
        else:
            reason = _why_nothing(programme, line, stopped.get(index, ""))
        settled.append(SettledLine(line.item, amount, part.fen, reason, line.id, eligible[index], part.quantity))
    total, subsidy = sum(amounts), sum(part.fen for part in parts)
    return Settlement(
        total,
        sum(line.amount_fen for line in settled if line.is_eligible),
        terms.cap_fen,
        subsidy,
        total - subsidy,
        split(programme, subsidy),
        tuple(settled),
        tuple(one.message for one in found),
        terms.persons,
        terms.earlier_fen,
        terms.used,
        counters(programme, terms.persons, terms.used, tuple(_uses(settled))),
    )


def subsidy_fen(programme: Programme, lines: Sequence[Line], terms: Terms) -> int:
    """The subsidy alone, in fen, as `settle_by` comes to it: for many households at once, nobody reads the reasons."""
    stopped = barred(programme, lines, shortfalls(programme, lines)) if programme.data.composition else {}
    eligible = _eligible(programme, lines, stopped)
    if programme.is_plain_sum:  # each line gets its amount until the cap is used up
        return min(terms.cap_fen, sum(amount_of(line) for line, counts in zip(lines, eligible, strict=True) if counts))
    return sum(part.fen for part in share_out(programme, lines, eligible, terms))


def _eligible(programme: Programme, lines: Sequence[Line], stopped: Mapping[int, str]) -> list[bool]:
    basics_done = are_basics_done(programme, lines)
    return [_is_eligible(programme, line, basics_done) and i not in stopped for i, line in enumerate(lines)]


def _is_eligible(programme: Programme, line: Line, basics_done: bool) -> bool:
    """Whether the line may be subsidised at all (domain P2, S4); where items are neither basic nor optional, each may."""
    if line.decision is not Decision.INSTALL or not line.accepted:
        return False
    if programme.item(line.item).type is not ItemType.OPTIONAL:
        return True
    if programme.data.plan.optional is OptionalPolicy.LIKE_BASIC:
        return True
    return programme.data.plan.optional is OptionalPolicy.AFTER_BASICS and basics_done


def split(programme: Programme, subsidy_fen: int) -> tuple[Share, ...]:
    """What each source pays of a subsidy in fen: the fixed sums first, the rest in order up to a limit or by percentage
    (domain S5)."""
    parts, left = {}, subsidy_fen
    for fund in programme.funds:
        if fund.fixed is not None:
            parts[fund.id] = min(left, fund.fixed)
            left -= parts[fund.id]
    rest = [fund for fund in programme.funds if fund.fixed is None]
    if programme.data.money.split is Split.PERCENTAGE:
        divided = apportion(left, [fund.percent or 0 for fund in rest])
        parts |= {fund.id: part for fund, part in zip(rest, divided, strict=True)}
    else:
        for fund in rest:
            parts[fund.id] = left if fund.limit is None else min(left, fund.limit)
            left -= parts[fund.id]
    return tuple(Share(fund.id, fund.name, parts[fund.id]) for fund in programme.funds)


_WAIVED = {
    Decision.IN_PLACE: "家中已有，不需改造，不计费用",
    Decision.NOT_APPLICABLE: "不适用，不计费用",
    Decision.DECLINED: "家庭签字不需要，不计费用",
}


def _why_nothing(programme: Programme, line: Line, stopped: str) -> str:
    """Why a line that may not be subsidised gets nothing."""
    if line.decision is not Decision.INSTALL:
        return _WAIVED[line.decision]
    if not line.accepted:
        return "未通过验收，不计费用"
    if stopped:
        return stopped
    if programme.data.plan.optional is OptionalPolicy.SELF_PAID:
        return "可选类，由家庭自付"
    return "可选类，基础类项目未全部完成，由家庭自付"
