"""What a plan or an accepted renovation costs, what the programme pays of it and from which source (domain S1–S5, S9).

Integer fen throughout; the only rounding is half-up per line, the only division is by largest remainder.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ..core.errors import RuleViolation, RuleViolations
from ..core.money import apportion, display, line_amount, yuan
from .facts import VOCABULARY, Facts, FactsRefused, read_facts
from .plan_rules import Line, are_basics_done, check_lines
from .policy import Programme
from .schema import Decision, Item, OptionalPolicy, Split, to_fen

_QUANTITY = re.compile(r"-?(0|[1-9][0-9]{0,8})(\.[0-9]+)?")
_LINE_KEYS = ("id", "item", "decision", "quantity", "unit_price", "accepted")


class SettlementRefused(RuleViolations):
    """The lines cannot be settled; each problem names its field, e.g. `lines-2-quantity`."""

    @property
    def reasons(self) -> list[str]:
        """The Chinese sentences."""
        return [problem.message for problem in self.problems]


@dataclass(frozen=True)
class SettledLine:
    """One line with its amount, the part that is subsidised (fen), and why."""

    item: int
    amount_fen: int
    subsidised_fen: int
    reason: str
    id: str = ""
    is_eligible: bool = False

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
        }


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
) -> Settlement:
    """The sums for plan or accepted lines (domain S1–S5).

    `facts` (nested, the JSON form) and `on` are only needed where the cap depends on the household. `complete=False`
    is for a plan being drafted: basics may still be undecided, and then optional items are self-paid. Raises
    `SettlementRefused` with every fault, `FactsRefused` for unreadable facts.
    """
    problems = check_lines(programme, lines, complete=complete, settling=True)
    if problems:
        raise SettlementRefused(problems)
    cap = cap_for(programme, read_facts(dict(facts or {}), on), on)
    return _sum_up(programme, lines, cap)


def cap_for(programme: Programme, facts: Facts, on: date | None = None) -> int:
    """The most for this household in fen: the first special case that fits, else the general cap (domain S2).

    Raises `SettlementRefused` when a missing fact leaves it open which case fits.
    """
    for amount, condition in programme.cap_cases:
        truth = condition.truth(facts, on)
        if truth is None:
            missing = dict.fromkeys(f.fact for f in condition.findings(facts, on) if f.truth is None)
            named = "、".join(f"{name}（{VOCABULARY[name].label}）" for name in missing)
            raise SettlementRefused([RuleViolation(f"补贴标准因家庭情况而不同，请补充 {named}", "facts")])
        if truth:
            return amount
    return programme.cap_fen


def _sum_up(programme: Programme, lines: Sequence[Line], cap: int) -> Settlement:
    amounts = [_amount(line) for line in lines]
    basics_done = are_basics_done(programme, lines)
    eligible = [_is_eligible(programme, line, basics_done) for line in lines]
    parts = _fill(programme, lines, amounts, eligible, cap)
    total, subsidy = sum(amounts), sum(parts)
    settled = tuple(
        SettledLine(line.item, amount, part, _why(programme, line, amount, part, counts), line.id, counts)
        for line, amount, part, counts in zip(lines, amounts, parts, eligible, strict=True)
    )
    eligible_fen = sum(amount for amount, counts in zip(amounts, eligible, strict=True) if counts)
    return Settlement(total, eligible_fen, cap, subsidy, total - subsidy, split(programme, subsidy), settled)


def _amount(line: Line) -> int:
    """Fen of an accepted install line; `check_lines` has seen to quantity and price."""
    if not line.accepted or line.quantity is None or line.unit_price_fen is None:
        return 0
    return line_amount(line.quantity, line.unit_price_fen)


def _is_eligible(programme: Programme, line: Line, basics_done: bool) -> bool:
    """Whether the line may be subsidised at all (domain P2, S4)."""
    if line.decision is not Decision.INSTALL or not line.accepted:
        return False
    if programme.item(line.item).is_basic or programme.data.plan.optional is OptionalPolicy.LIKE_BASIC:
        return True
    return programme.data.plan.optional is OptionalPolicy.AFTER_BASICS and basics_done


def _fill(programme: Programme, lines: Sequence[Line], amounts: list[int], eligible: list[bool], cap: int) -> list[int]:
    """The subsidised part of each line: basics in catalogue order until the cap, then optionals."""
    parts = [0] * len(lines)
    left = cap
    order = sorted(range(len(lines)), key=lambda i: (not programme.item(lines[i].item).is_basic, lines[i].item, i))
    for index in order:
        if eligible[index]:
            parts[index] = min(left, amounts[index])
            left -= parts[index]
    return parts


def split(programme: Programme, subsidy_fen: int) -> tuple[Share, ...]:
    """What each source pays of a subsidy in fen: in order up to its limit, or by percentage (domain S5)."""
    funds = programme.funds
    if programme.data.money.split is Split.PERCENTAGE:
        parts = apportion(subsidy_fen, [fund.percent or 0 for fund in funds])
        return tuple(Share(fund.id, fund.name, part) for fund, part in zip(funds, parts, strict=True))
    shares, left = [], subsidy_fen
    for fund in funds:
        part = left if fund.limit is None else min(left, fund.limit)
        shares.append(Share(fund.id, fund.name, part))
        left -= part
    return tuple(shares)


_WAIVED = {
    Decision.IN_PLACE: "家中已有，不需改造，不计费用",
    Decision.NOT_APPLICABLE: "不适用，不计费用",
    Decision.DECLINED: "家庭签字不需要，不计费用",
}


def _why(programme: Programme, line: Line, amount: int, part: int, counts: bool) -> str:
    item: Item = programme.item(line.item)
    if line.decision is not Decision.INSTALL:
        return _WAIVED[line.decision]
    if not line.accepted:
        return "未通过验收，不计费用"
    if not counts:
        return _why_self_paid(programme)
    if part == amount:
        return f"{item.type.label}，全额补贴" if amount else "无费用（捐赠），不占补贴"
    if part:
        return f"{item.type.label}，补贴到标准为止，其余 {yuan(amount - part)} 元由家庭自付"
    return "补贴标准已用完，由家庭自付"


def _why_self_paid(programme: Programme) -> str:
    if programme.data.plan.optional is OptionalPolicy.SELF_PAID:
        return "可选类，由家庭自付"
    return "可选类，基础类项目未全部完成，由家庭自付"


# The JSON form of the contract.


def quote(programme: Programme, raw: object) -> dict[str, Any]:
    """The settlement for the JSON of the command; `{"refused": [...]}` alone when something is wrong."""
    try:
        facts, lines = _read_request(raw)
        return settle(programme, lines, facts).to_json()
    except (SettlementRefused, FactsRefused) as refused:
        return {"refused": list(refused.reasons)}


def _read_request(raw: object) -> tuple[dict[str, Any], list[Line]]:
    if not isinstance(raw, dict):
        raise SettlementRefused([RuleViolation('输入须是一个对象 {"lines": […]}')])
    problems = [
        RuleViolation(f"没有“{key}”这一项，可写 facts、lines", str(key)) for key in raw if key not in ("facts", "lines")
    ]
    entries = raw.get("lines")
    facts = raw.get("facts", {})
    if not isinstance(facts, dict):
        problems.append(RuleViolation("facts 须是一个对象（{…}）", "facts"))
    lines, faults = read_lines(entries)
    SettlementRefused.raise_if_any([*problems, *faults])
    return facts, lines


def read_lines(raw: object) -> tuple[list[Line], list[RuleViolation]]:
    """Lines written as in the contract, and what is wrong with the rest; numbers must be strings."""
    if not isinstance(raw, list):
        return [], [RuleViolation("缺少 lines，须为列表（[…]）", "lines")]
    lines: list[Line] = []
    problems: list[RuleViolation] = []
    for index, entry in enumerate(raw):
        faults = [RuleViolation(f"第{index + 1}行：{text}", f"lines-{index}-{key}") for key, text in _faults(entry)]
        problems.extend(faults)
        if not faults:
            lines.append(_line(entry))
    return lines, problems


def _faults(entry: object) -> Iterable[tuple[str, str]]:
    if not isinstance(entry, dict):
        yield "", "须是一个对象（{…}）"
        return
    for key in entry:
        if key not in _LINE_KEYS:
            yield str(key), f"没有“{key}”这一项，可写 {'、'.join(_LINE_KEYS)}"
    if "id" in entry and not isinstance(entry["id"], str):
        yield "id", "id 须为文字"
    if isinstance(entry.get("item"), bool) or not isinstance(entry.get("item"), int):
        yield "item", "item 须为项目序号（整数）"
    if entry.get("decision") not in [decision.value for decision in Decision]:
        yield "decision", f"decision 须为 {'、'.join(decision.value for decision in Decision)} 之一"
    if "accepted" in entry and not isinstance(entry["accepted"], bool):
        yield "accepted", "accepted 须为 true 或 false"
    if "quantity" in entry:
        yield from _number_faults("quantity", "数量", entry["quantity"])
    if "unit_price" in entry:
        yield from _number_faults("unit_price", "单价", entry["unit_price"])


def _number_faults(key: str, label: str, value: object) -> Iterable[tuple[str, str]]:
    if not isinstance(value, str):
        yield key, f'{label}须写成文字，如 "3.50"'
    elif not _QUANTITY.fullmatch(value):
        yield key, f'{label}“{value[:20]}”不是数，写作 "3.50"'
    elif len(value.partition(".")[2]) > 2:
        yield key, f"{label}“{value[:20]}”最多两位小数"
    elif value.startswith("-"):
        yield key, f"{label}“{value[:20]}”不能是负数"


def _line(entry: dict[str, Any]) -> Line:
    quantity, price = entry.get("quantity"), entry.get("unit_price")
    return Line(
        item=entry["item"],
        decision=Decision(entry["decision"]),
        quantity=None if quantity is None else Decimal(quantity),
        unit_price_fen=None if price is None else to_fen(price),
        accepted=entry.get("accepted"),
        id=entry.get("id", ""),
    )
