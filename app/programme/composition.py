"""What a plan must be made of: so much of one kind, or one kind first; and what that means for the subsidy (variants §0, 5)."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.money import display, line_amount
from .money_schema import Composition
from .plan_rules import Line
from .policy import Programme
from .selection import say_selection
from .values import Decision, Otherwise


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A rule of composition that the lines do not meet: how things stand, and what to do."""

    rule: Composition
    message: str

    @property
    def reason(self) -> str:
        """Why a line is not subsidised because of it."""
        return f"{self.rule.text.rstrip('。')}，本户没有达到，由家庭自付"


def amount_of(line: Line) -> int:
    """Fen of an accepted install line; nothing for every other one, or one that is not finished (domain S1)."""
    if line.decision is not Decision.INSTALL or not line.accepted:
        return 0
    if line.quantity is None or line.unit_price_fen is None:
        return 0
    return line_amount(line.quantity, line.unit_price_fen)


def shortfalls(programme: Programme, lines: Sequence[Line]) -> list[Shortfall]:
    """The rules of composition that these lines do not meet; none while there is nothing to pay."""
    installed = [line for line in lines if line.decision is Decision.INSTALL]
    if not any(amount_of(line) for line in installed):
        return []
    found = ((rule, _what_lacks(programme, rule, installed)) for rule in programme.data.composition)
    return [Shortfall(rule, f"{rule.text.rstrip('。')}。{lacks}") for rule, lacks in found if lacks]


def barred(programme: Programme, lines: Sequence[Line], found: Sequence[Shortfall]) -> dict[int, str]:
    """Which lines (by index) are not subsidised because of a shortfall, and why."""
    return {
        index: shortfall.reason
        for shortfall in reversed(found)
        for index, line in enumerate(lines)
        if shortfall.rule.otherwise is Otherwise.NOTHING or not programme.is_chosen(shortfall.rule, line.item)
    }


def is_first(programme: Programme, item: int) -> bool:
    """Whether a rule puts the item before others: it is done first, and the cap goes to it first."""
    return any(rule.first and programme.is_chosen(rule, item) for rule in programme.data.composition)


def _what_lacks(programme: Programme, rule: Composition, installed: Sequence[Line]) -> str:
    """How things stand and what to do, where the rule is not met; else nothing."""
    chosen = [line for line in installed if programme.is_chosen(rule, line.item)]
    what = say_selection(programme.data, rule)
    if rule.first and any(line.accepted is False for line in chosen):
        return f"{what}还没有全部通过验收，请先完成{what}。"
    amount, total = sum(map(amount_of, chosen)), sum(map(amount_of, installed))
    accepted = sum(line.accepted is True for line in chosen)
    if rule.lines is not None and accepted < rule.lines:
        return f"现有{what} {accepted} 行，须有 {rule.lines} 行以上，请增加{what}。"
    if rule.percent is not None and amount * 100 < rule.percent * total:
        return (
            f"现为 {display(amount)}，占总额 {display(total)} 的 {amount * 100 // total}%，不到 {rule.percent}%，"
            f"请增加{what}，或减少其他项目。"
        )
    if rule.amount is not None and amount < rule.amount:
        return f"现为 {display(amount)}，还差 {display(rule.amount - amount)}，请增加{what}。"
    return ""
