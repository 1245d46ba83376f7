"""How much of each line is subsidised, and how that came about in words (variants §0, points 2 to 4).

For each line in turn: the quantity up to a count, the price up to the guide price, the percentage (half-up to the fen),
the limits in yuan, and what is left of the cap. Basics come first, then what is to be done first, then catalogue order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from ..core.money import display, line_amount, yuan
from .composition import amount_of, is_first
from .counters import Bucket, Total, bucket_of, times, used_before
from .item_schema import Item
from .money_schema import Limit
from .plan_rules import Line
from .policy import Programme
from .terms import Terms
from .values import ItemType, Per

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Part:
    """What of a line is subsidised in fen, and the steps that made it less than the whole, in words."""

    fen: int = 0
    steps: tuple[str, ...] = ()
    is_capped: bool = False
    """The cap took something from it."""
    quantity: Decimal = _NOTHING
    """Of how much of the line the subsidy is."""


@dataclass(slots=True)
class _Tally:
    """What has been used of every limit, and what is left of the cap, while the lines are gone through."""

    cap_fen: int
    before: Mapping[Bucket, Total] = field(default_factory=dict)
    """What earlier files used of the limits that are counted over a period."""
    units: dict[Bucket, Decimal] = field(init=False)
    fen: dict[Bucket, int] = field(init=False)

    def __post_init__(self) -> None:
        self.units = {bucket: total.quantity for bucket, total in self.before.items()}
        self.fen = {bucket: total.fen for bucket, total in self.before.items()}


def percent_of(fen: int, percent: int) -> int:
    """A percentage of fen, rounded half-up to the fen."""
    return (2 * fen * percent + 100) // 200


def share_out(programme: Programme, lines: Sequence[Line], eligible: Sequence[bool], terms: Terms) -> list[Part]:
    """The subsidised part of each line, by the lines' places; one that is not eligible gets nothing.

    Raises `SettlementRefused` when a missing fact leaves a percentage open.
    """
    tally = _Tally(terms.cap_fen, used_before(programme, terms.used))
    parts: dict[int, Part] = {}
    for index in sorted(range(len(lines)), key=lambda i: _turn(programme, lines[i].item, i)):
        parts[index] = _part(programme, lines[index], terms, tally) if eligible[index] else Part()
    return [parts[index] for index in range(len(lines))]


def _turn(programme: Programme, item: int, index: int) -> tuple[bool, bool, int, int]:
    return not programme.item(item).is_basic, not is_first(programme, item), item, index


def _part(programme: Programme, line: Line, terms: Terms, tally: _Tally) -> Part:
    amount, item = amount_of(line), programme.item(line.item)
    if amount == 0:
        return Part()
    limits = [limit for limit in programme.data.limit if programme.is_chosen(limit, line.item)]
    steps: list[str] = []
    quantity = _counted(line.quantity or _NOTHING, item, limits, terms.persons, tally, steps)
    fen = line_amount(quantity, _guided(programme, line, steps))
    if programme.rates:
        rate = terms.rate(programme, line.item)
        if rate is None:
            return Part(0, ("不在规定的补贴比例之内",))
        fen = percent_of(fen, rate.percent)
        if rate.percent < 100:
            steps.append(f"{rate.name}按 {rate.percent}%")
    fen = _limited(fen, quantity, item, limits, terms.persons, tally, steps)
    is_capped = fen > tally.cap_fen
    fen = min(fen, tally.cap_fen)
    _use(fen, quantity, item, limits, tally)
    return Part(fen, tuple(steps), is_capped, quantity)


def _counted(
    quantity: Decimal, item: Item, limits: Sequence[Limit], persons: int, tally: _Tally, steps: list[str]
) -> Decimal:
    """The quantity that still counts under every limit of units."""
    for limit in limits:
        if limit.count is not None:
            bucket = bucket_of(limit, item)
            left = limit.count * times(limit, persons) - tally.units.get(bucket, _NOTHING)
            if left < quantity:
                quantity = max(left, _NOTHING)
                before = tally.before.get(bucket)
                said = f"（{before.by}已计 {before.quantity.normalize():f}）" if before else ""
                steps.append(f"{limit.name}{said}，这一行计 {quantity.normalize():f} {item.unit}")
    return quantity


def _guided(programme: Programme, line: Line, steps: list[str]) -> int:
    """The unit price in fen that counts: not more than the guide price."""
    price, guide = line.unit_price_fen or 0, programme.guide_fen(line.item)
    if guide is None or price <= guide:
        return price
    steps.append(f"单价超过指导价 {display(guide)} 的部分不补贴")
    return guide


def _limited(
    fen: int, quantity: Decimal, item: Item, limits: Sequence[Limit], persons: int, tally: _Tally, steps: list[str]
) -> int:
    """The part in fen under every limit of yuan."""
    for limit in limits:
        if limit.amount is None:
            continue
        bucket = bucket_of(limit, item)
        if limit.per is Per.UNIT:
            left = line_amount(quantity, limit.amount)
        else:
            left = limit.amount * times(limit, persons) - tally.fen.get(bucket, 0)
        if left < fen:
            fen = max(left, 0)
            before = tally.before.get(bucket)
            steps.append(f"{limit.name}（{before.by}已用 {yuan(before.fen)} 元）" if before else limit.name)
    return fen


def _use(fen: int, quantity: Decimal, item: Item, limits: Sequence[Limit], tally: _Tally) -> None:
    tally.cap_fen -= fen
    for limit in limits:
        bucket = bucket_of(limit, item)
        tally.units[bucket] = tally.units.get(bucket, _NOTHING) + quantity
        tally.fen[bucket] = tally.fen.get(bucket, 0) + fen


def say_part(item: Item, amount: int, part: Part, terms: Terms) -> str:
    """How the subsidy of an eligible line of so many fen came about, in one sentence."""
    kind = "" if item.type is ItemType.PLAIN else f"{item.type.label}，"
    if amount == 0:
        return "无费用（捐赠），不占补贴"
    if not terms.cap_fen and not terms.earlier_fen:
        return f"{kind}本项目不给补贴，由家庭自付"
    steps, own = list(part.steps), f"其余 {yuan(amount - part.fen)} 元由家庭自付"
    if terms.earlier_fen and part.is_capped:
        steps.append(f"补贴标准已扣除以前享受的 {yuan(terms.earlier_fen)} 元")
    if steps:
        if part.is_capped:
            steps.append("补贴到标准为止")
        if not part.fen:
            return f"{kind}{'；'.join(steps)}，由家庭自付"
        return f"{kind}{'；'.join(steps)}，补贴 {yuan(part.fen)} 元" + (f"，{own}" if part.fen < amount else "")
    if part.fen == amount:
        return f"{kind}全额补贴"
    return f"{kind}补贴到标准为止，{own}" if part.fen else "补贴标准已用完，由家庭自付"
