"""The plan's rules and the live sums as plain functions, with properties."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import line_amount, yuan
from app.programme.loading import CATALOG, load
from app.programme.plan_rules import Line
from app.programme.policy import Programme, restore
from app.programme.values import Decision
from app.stages.plan.preview import preview, typed_rows
from app.stages.plan.rules import (
    DecisionInput,
    LineInput,
    Waiver,
    check_complete,
    check_draft,
    first_quantity,
    is_flagged,
)
from tests.plan.support import BASICS


@cache
def programme() -> Programme:
    """Chongqing 2020 as shipped."""
    return load(CATALOG / "chongqing-2020")


def row(item: int, quantity: str = "1", price: str = "100", space: str = "bathroom") -> dict[str, str]:
    """One typed row."""
    return {"item": str(item), "space": space, "quantity": quantity, "unit_price": price}


FACTS: Mapping[str, Any] = {}
quantities = st.integers(1, 9_999).map(lambda centi: f"{centi // 100}.{centi % 100:02d}")
prices = st.integers(0, 300_000).map(lambda fen: f"{fen // 100}.{fen % 100:02d}")
rows = st.lists(st.builds(row, st.integers(1, 30), quantities, prices), max_size=12)
choices = st.sampled_from(["", "install", "in_place", "not_applicable", "declined"])


@given(rows, st.lists(choices, min_size=7, max_size=7))
def test_the_live_sums_are_the_shares_of_the_lines(typed: list[dict[str, str]], chosen: list[str]) -> None:
    waivers = [{"item": str(number), "decision": how} for number, how in zip(BASICS, chosen, strict=True)]
    found = preview(programme(), typed, waivers, FACTS)
    total = sum(line_amount(Decimal(one["quantity"]), round(Decimal(one["unit_price"]) * 100)) for one in typed)
    sums = found.settlement
    assert sums.total_fen == total
    assert sums.subsidy_fen + sums.self_pay_fen == total
    assert sums.subsidy_fen == sum(one.subsidised_fen or 0 for one in found.rows.values())
    assert 0 <= found.left_fen <= programme().cap_fen
    assert 0 <= found.used_percent <= 100
    assert sorted(found.rows) == list(range(len(typed)))


@given(rows)
def test_an_unfinished_row_counts_nothing_and_says_why(typed: list[dict[str, str]]) -> None:
    unfinished = [row(13, ""), row(13, "1", ""), row(13, "0"), {"item": ""}]
    found = preview(programme(), [*typed, *unfinished], [], FACTS)
    assert [found.rows[len(typed) + place].reason for place in range(4)] == [
        "请填数量",
        "请填单价",
        "数量须大于 0",
        "请选择项目",
    ]
    assert found.settlement.total_fen == preview(programme(), typed, [], FACTS).settlement.total_fen


def test_rows_are_read_from_flat_names_without_gaps() -> None:
    form = {"lines-0-item": "1", "lines-4-item": " 2 ", "lines-4-quantity": "3", "decisions-0-item": "1", "note": "x"}
    assert typed_rows(form, "lines") == [{"item": "1"}, {"item": "2", "quantity": "3"}]


def test_a_price_above_the_ceiling_is_named_in_its_row() -> None:
    overlay = load(CATALOG / "chongqing-2020-demo-county")
    number = next(one.item for one in overlay.data.price)
    top = overlay.ceiling_fen(number)
    assert top is not None
    found = preview(overlay, [row(number, price=f"{top // 100 + 1}.00")], [], FACTS)
    assert found.rows[0].amount_fen is None
    assert "超过最高限价" in found.rows[0].reason


@cache
def fixed() -> tuple[Programme, int, int]:
    """An edition whose first price is the price, the item's number and the price in fen."""
    overlay = load(CATALOG / "chongqing-2020-demo-county")
    prices = [one.model_copy(update={"fixed": index == 0}) for index, one in enumerate(overlay.data.price)]
    top = prices[0].ceiling
    assert top is not None
    return restore(overlay.data.model_copy(update={"price": tuple(prices)}).model_dump_json()), prices[0].item, top


@pytest.mark.parametrize(("less", "is_right"), [(0, True), (1, False), (-1, False)])
def test_a_fixed_price_is_neither_more_nor_less(less: int, is_right: bool) -> None:
    programme, number, top = fixed()
    found = preview(programme, [row(number, price=yuan(top - less))], [], FACTS)
    assert (found.rows[0].amount_fen is not None) is is_right
    assert ("单价固定为" in found.rows[0].reason or "超过最高限价" in found.rows[0].reason) is not is_right


def test_what_is_given_costs_nothing_where_the_price_is_fixed() -> None:
    programme, number, _ = fixed()
    assert preview(programme, [row(number, price="0.00")], [], FACTS).rows[0].amount_fen == 0


def line_input(item: int, **changes: Any) -> LineInput:
    """A line as a command has it."""
    return LineInput.model_validate(row(item) | changes)


def decision(item: int, how: Decision | None = None) -> DecisionInput:
    """A decision as a command has it."""
    return DecisionInput(item=item, decision=how)


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        ([decision(24, Decision.DECLINED)], []),
        ([decision(26, Decision.DECLINED)], [("decisions-0-decision", "项目 26 不是基础类项目，不用逐项确定。")]),
        ([decision(24), decision(24)], [("decisions-1-decision", "“手杖”确定了两次，请只留一个。")]),
    ],
)
def test_decisions_are_for_basic_items_once(decisions: list[DecisionInput], expected: list[tuple[str, str]]) -> None:
    found = check_draft(programme(), [line_input(1)], decisions)
    assert [(one.field, one.message) for one in found] == expected


def test_a_complete_plan_has_no_problem() -> None:
    lines = [Line(number, Decision.INSTALL, Decimal(1), 100, True) for number in BASICS]
    assert check_complete(programme(), lines, [], [], True, True) == []


def test_a_declined_item_needs_no_photo() -> None:
    lines = [Line(number, Decision.INSTALL, Decimal(1), 100, True) for number in BASICS if number != 24]
    lines.append(Line(24, Decision.DECLINED))
    assert check_complete(programme(), lines, [Waiver(24, Decision.DECLINED, "不需要", False, 0)], [], True, True) == []


@given(st.sets(st.sampled_from(BASICS)))
def test_a_file_is_flagged_from_five_waivers(waived: set[int]) -> None:
    lines = [Line(number, Decision.IN_PLACE) for number in waived]
    assert is_flagged(programme(), lines) == (len(waived) >= 5)


@pytest.mark.parametrize(
    ("unit", "found", "quantity"),
    [
        ("根", [("3.5", "平方米")], "1.00"),
        ("平方米", [], ""),
        ("平方米", [("720", "mm"), ("3.5", "平方米")], "3.5"),
        ("平方米", [("3.5", "平方米"), ("4", "平方米")], ""),
        ("米", [("3.5", "平方米")], ""),
    ],
)
def test_a_line_opens_with_a_quantity_that_somebody_knows(
    unit: str, found: list[tuple[str, str]], quantity: str
) -> None:
    assert first_quantity(unit, found) == quantity
