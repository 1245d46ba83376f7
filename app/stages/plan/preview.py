"""The live sums while a plan is typed: forgiving of what is not finished, silent about nothing that is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from ...core.errors import DomainError
from ...programme.plan_rules import Line, check_lines, undecided_basics, waived_basics
from ...programme.policy import Programme
from ...programme.subsidy import Settlement, SettlementRefused, settle, settle_by
from ...programme.terms import Standing, Terms
from ...programme.values import Decision
from .rules import DecisionInput, LineInput


@dataclass(frozen=True, slots=True)
class RowSum:
    """One typed row: its amount and subsidised part in fen, or why it does not count yet."""

    amount_fen: int | None = None
    subsidised_fen: int | None = None
    reason: str = ""

    @property
    def is_partly(self) -> bool:
        """The household pays some of it, and the reason says why."""
        return self.amount_fen is not None and (self.subsidised_fen or 0) < self.amount_fen


@dataclass(frozen=True, slots=True)
class Preview:
    """The sums of what is typed so far; `rows` by the form's row number."""

    settlement: Settlement
    rows: Mapping[int, RowSum]
    undecided: Sequence[str] = ()
    waived: int = 0
    is_flagged: bool = False
    problems: Sequence[str] = field(default_factory=tuple)
    has_basics: bool = True
    """The catalogue has basic items that must be decided; a flat one has none."""

    @property
    def left_fen(self) -> int:
        """What of the cap is not used, in fen."""
        return self.settlement.cap_fen - self.settlement.subsidy_fen

    @property
    def used_percent(self) -> int:
        """How much of the cap is used, in per cent, for the bar."""
        cap = self.settlement.cap_fen
        return 100 * self.settlement.subsidy_fen // cap if cap else 0


def preview(
    programme: Programme,
    lines: Sequence[Mapping[str, Any]],
    decisions: Sequence[Mapping[str, Any]],
    standing: Standing,
) -> Preview:
    """The sums for rows as they were typed (text values). Rows that are not finished count nothing and say why."""
    rows: dict[int, RowSum] = {}
    good: list[tuple[int, Line]] = []
    for index, raw in enumerate(lines):
        line, reason = _line(programme, raw, index)
        if line is None:
            rows[index] = RowSum(reason=reason)
        else:
            good.append((index, line))
    installed = {line.item for _index, line in good}
    waivers = [line for line in (_waiver(programme, raw) for raw in decisions) if line and line.item not in installed]
    unique = list({line.item: line for line in waivers}.values())
    together = [line for _index, line in good] + unique
    try:
        settlement = settle(programme, together, complete=False, **standing)
    except SettlementRefused as refused:
        nothing = settle_by(programme, [], Terms(programme.cap_fen))
        return Preview(nothing, rows, problems=tuple(refused.reasons), has_basics=bool(programme.basic_items))
    for index, settled in zip((index for index, _ in good), settlement.lines, strict=False):
        rows[index] = RowSum(settled.amount_fen, settled.subsidised_fen, settled.reason)
    undecided = [f"{item.number} {item.name}" for item in undecided_basics(programme, together)]
    # while a basic item is undecided optional ones count as the household's: that is not yet what it would pay
    own = "" if undecided else programme.own_share_refused(settlement.self_pay_fen)
    waived = waived_basics(programme, together)
    flag = programme.flag_waivers_from
    return Preview(
        settlement,
        rows,
        undecided,
        waived,
        bool(flag) and waived >= flag,
        (*settlement.notes, own) if own else settlement.notes,
        bool(programme.basic_items),
    )


def _line(programme: Programme, raw: Mapping[str, Any], index: int) -> tuple[Line | None, str]:
    """A finished row as the rules read it, or None with what is missing."""
    values = {key: value for key, value in raw.items() if value not in ("", None)}
    if "item" not in values:
        return None, "请选择项目"
    try:
        typed = LineInput.model_validate({"space": "-", **values})
    except ValidationError as error:
        wrong = {str(problem["loc"][0]) for problem in error.errors() if problem["loc"]}
        return None, "请填数量" if "quantity" in wrong else "请填单价" if "unit_price" in wrong else "请核对这一行"
    line = Line(typed.item, Decision.INSTALL, typed.quantity, typed.unit_price, True, str(index))
    problems: Sequence[DomainError] = check_lines(programme, [line], complete=False)
    return (None, problems[0].message.partition("：")[2] or problems[0].message) if problems else (line, "")


def _waiver(programme: Programme, raw: Mapping[str, Any]) -> Line | None:
    try:
        typed = DecisionInput.model_validate(
            {key: value for key, value in raw.items() if key in ("item", "decision") and value not in ("", None)}
        )
    except ValidationError:
        return None
    if typed.decision is None or typed.decision is Decision.INSTALL or not programme.has_item(typed.item):
        return None
    if typed.decision.value not in programme.data.plan.waivers:
        return None
    return Line(typed.item, typed.decision)


def typed_rows(form: Mapping[str, str], name: str) -> list[dict[str, str]]:
    """The rows of a flat form (`lines-0-quantity`), by their numbers without gaps; files are left out."""
    rows: dict[int, dict[str, str]] = {}
    for key, value in form.items():
        first, _, rest = key.removeprefix(f"{name}-").partition("-")
        if key.startswith(f"{name}-") and first.isdigit() and rest and rest != "photo":
            rows.setdefault(int(first), {})[rest] = value.strip()
    return [rows[index] for index in sorted(rows)]
