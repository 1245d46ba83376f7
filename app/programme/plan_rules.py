"""The rules of a plan's lines (domain P1–P4): every basic item decided, waivers and installs apart, quantities and prices."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ..core.errors import RuleViolation
from ..core.money import display
from .item_schema import Item
from .policy import Programme
from .values import Decision


@dataclass(frozen=True)
class Line:
    """One line of a plan or settlement: an item with quantity (at most two decimals) and unit price in fen, or a waiver.

    `accepted` is None while nothing was accepted yet; a plan's draft settles with True.
    """

    item: int
    decision: Decision
    quantity: Decimal | None = None
    unit_price_fen: int | None = None
    accepted: bool | None = None
    id: str = ""


def check_lines(
    programme: Programme, lines: Sequence[Line], complete: bool = True, settling: bool = False
) -> list[RuleViolation]:
    """Every rule that the lines break, each with its field (`lines-2-quantity`).

    `complete=False` lets basic items be undecided (a draft); `settling=True` wants `accepted` on install lines and lets
    quantities be what was measured, where a plan keeps to those that the programme allows.
    """
    problems = [
        problem for index, line in enumerate(lines) for problem in _check_line(programme, index, line, settling)
    ]
    problems.extend(_check_items(programme, lines))
    if not settling:
        problems.extend(_check_quantities(programme, lines))
    if complete:
        problems.extend(
            RuleViolation(f"基础类项目 {item.number} {item.name} 尚未确定：请填改造、已有、不适用或不需要", "lines")
            for item in undecided_basics(programme, lines)
        )
    return problems


def undecided_basics(programme: Programme, lines: Sequence[Line]) -> list[Item]:
    """The basic items without any line (domain P1)."""
    decided = {line.item for line in lines}
    return [item for item in programme.basic_items if item.number not in decided]


def are_basics_done(programme: Programme, lines: Sequence[Line]) -> bool:
    """Whether every basic item is waived as in place or not applicable, or all its install lines are accepted (P2, S4)."""
    if undecided_basics(programme, lines):
        return False
    basics = {item.number for item in programme.basic_items}
    return all(_is_done(line) for line in lines if line.item in basics)


def _is_done(line: Line) -> bool:
    if line.decision is Decision.INSTALL:
        return line.accepted is True
    return line.decision is not Decision.DECLINED


def waived_basics(programme: Programme, lines: Sequence[Line]) -> int:
    """How many basic items are not installed; from `programme.flag_waivers_from` on the file is flagged (P1)."""
    basics = {item.number for item in programme.basic_items}
    return len({line.item for line in lines if line.item in basics and line.decision is not Decision.INSTALL})


def _check_line(programme: Programme, index: int, line: Line, settling: bool) -> Iterator[RuleViolation]:
    if not programme.has_item(line.item):
        yield _wrong(index, "item", f"第{index + 1}行：目录中没有项目 {line.item}")
        return
    item = programme.item(line.item)
    where = f"第{index + 1}行（{item.number} {item.name}）"
    if line.decision is Decision.INSTALL:
        yield from _check_install(programme, index, line, where, settling)
        return
    if item.is_basic and line.decision.value not in programme.data.plan.waivers:
        yield _wrong(index, "decision", f"{where}：本项目不允许“{line.decision.label}”")
    if line.quantity is not None:
        yield _wrong(index, "quantity", f"{where}：“{line.decision.label}”不填数量")
    if line.unit_price_fen is not None:
        yield _wrong(index, "unit_price", f"{where}：“{line.decision.label}”不填单价")


def _check_install(programme: Programme, index: int, line: Line, where: str, settling: bool) -> Iterator[RuleViolation]:
    if line.quantity is None:
        yield _wrong(index, "quantity", f"{where}：缺少数量")
    elif line.quantity <= 0:
        yield _wrong(index, "quantity", f"{where}：数量须大于 0")
    elif line.quantity != round(line.quantity, 2):
        yield _wrong(index, "quantity", f"{where}：数量最多两位小数")
    if line.unit_price_fen is None:
        yield _wrong(index, "unit_price", f"{where}：缺少单价（捐赠填 0）")
    elif line.unit_price_fen < 0:
        yield _wrong(index, "unit_price", f"{where}：单价不能是负数")
    else:
        ceiling = programme.ceiling_fen(line.item)
        if ceiling is not None and line.unit_price_fen > ceiling:
            yield _wrong(
                index,
                "unit_price",
                f"{where}：单价 {display(line.unit_price_fen)} 超过最高限价 {display(ceiling)}",
            )
        elif ceiling is not None and line.unit_price_fen not in (0, ceiling) and programme.has_fixed_price(line.item):
            yield _wrong(index, "unit_price", f"{where}：单价固定为 {display(ceiling)}，不高也不低（捐赠填 0）")
    if settling and line.accepted is None:
        yield _wrong(index, "accepted", f"{where}：缺少是否通过验收（accepted）")


def _check_items(programme: Programme, lines: Sequence[Line]) -> Iterator[RuleViolation]:
    """Install lines and a waiver of one item exclude each other, and an item is waived once (domain P1)."""
    installed = {line.item for line in lines if line.decision is Decision.INSTALL}
    waived: set[int] = set()
    for index, line in enumerate(lines):
        if line.decision is Decision.INSTALL:
            continue
        if line.item in installed:
            yield _wrong(
                index, "decision", f"第{index + 1}行：项目 {line.item} 既要改造又填“{line.decision.label}”，只能留一种"
            )
        if line.item in waived:
            yield _wrong(index, "decision", f"第{index + 1}行：项目 {line.item} 重复填写了不改造的原因，只留一行")
        waived.add(line.item)


def _check_quantities(programme: Programme, lines: Sequence[Line]) -> Iterator[RuleViolation]:
    """The quantities that the programme allows: least and step for each line, the most for an item's lines together."""
    sums: dict[int, Decimal] = {}
    for index, line in enumerate(lines):
        if line.decision is not Decision.INSTALL or line.quantity is None or not programme.has_item(line.item):
            continue
        item = programme.item(line.item)
        allowed = item.quantity
        if allowed is None or line.quantity <= 0:
            continue
        where, unit = f"第{index + 1}行（{item.number} {item.name}）", item.unit
        sums[line.item] = sums.get(line.item, Decimal(0)) + line.quantity
        if allowed.min is not None and line.quantity * 100 < allowed.min:
            yield _wrong(index, "quantity", f"{where}：数量不少于 {_said(allowed.min)} {unit}")
        if allowed.step is not None and line.quantity * 100 % allowed.step:
            yield _wrong(index, "quantity", f"{where}：数量须是 {_said(allowed.step)} {unit}的整数倍")
        if allowed.max is not None and sums[line.item] * 100 > allowed.max:
            yield _wrong(index, "quantity", f"{where}：这个项目合计不超过 {_said(allowed.max)} {unit}，请减少数量")


def _said(centi: int) -> str:
    """Hundredths as people write a quantity: 150 → 1.5."""
    return f"{Decimal(centi) / 100:f}"


def _wrong(index: int, field: str, message: str) -> RuleViolation:
    return RuleViolation(message, f"lines-{index}-{field}")
