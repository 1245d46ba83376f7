"""Rules of the works: prices, terms, what is left after a firm, prices after a change. Plain."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.core.money import line_amount
from app.stages.construction.rules import (
    ArrangeRelocation,
    Inspect,
    SignContract,
    changed_price,
    check_done_kept,
    check_price,
    check_term,
    contract_total,
    left_to_do,
)


@dataclass(frozen=True)
class Line:
    """A plan line as the rules read it."""

    root_id: int
    quantity: Decimal = Decimal("1.00")
    unit_price_fen: int = 10_000
    item_name: str = "安装扶手"


def contract(**changes: Any) -> SignContract:
    """A contract of today."""
    typed: dict[str, Any] = {
        "number": "HT-1",
        "signed_on": "2026-03-02",
        "starts_on": "2026-03-05",
        "ends_on": "2026-03-20",
        "warranty_months": 24,
        "household_signer": "张德福",
        "clears_rubble": True,
        "prices": [{"line_id": 1, "unit_price": "90.00"}],
        "signature": 1,
    }
    return SignContract.model_validate(typed | changes)


def test_a_contract_price_is_at_most_the_plans() -> None:
    line = Line(1, unit_price_fen=123_405)
    assert check_price(line, 123_405, "prices-0-unit_price") is None
    refused = check_price(line, 123_406, "prices-0-unit_price")
    assert refused is not None
    assert (refused.field, refused.message) == (
        "prices-0-unit_price",
        "“安装扶手”的合同单价不能高于方案单价 1234.05 元，请改低或先变更方案。",
    )


@pytest.mark.parametrize("price", [123_404, 123_406, 0])
def test_a_fixed_price_is_the_contracts_too(price: int) -> None:
    line = Line(1, unit_price_fen=123_405)
    assert check_price(line, 123_405, "prices-0-unit_price", fixed=True) is None
    refused = check_price(line, price, "prices-0-unit_price", fixed=True)
    assert refused is not None
    assert refused.message == "“安装扶手”的单价固定为 1234.05 元，合同不能另定，请改正。"


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, []),
        ({"signed_on": "2026-03-04", "starts_on": "2026-03-05"}, ["signed_on"]),
        ({"starts_on": "2026-03-01"}, ["starts_on"]),
        ({"ends_on": "2026-03-04"}, ["ends_on"]),
        ({"warranty_months": 23}, ["warranty_months"]),
        ({"clears_rubble": False}, ["clears_rubble"]),
    ],
)
def test_a_contract_says_what_it_must(changes: dict[str, Any], fields: list[str]) -> None:
    assert [one.field for one in check_term(contract(**changes), 24, date(2026, 3, 3))] == fields


def test_what_firms_before_did_is_not_left_to_do() -> None:
    lines = [Line(1, Decimal("3.50")), Line(2), Line(3)]
    done = {1: Decimal("1.50"), 3: Decimal("1.00")}
    left = left_to_do(lines, done)
    assert left == {1: Decimal("2.00"), 2: Decimal("1.00")}
    assert contract_total(left, {1: 11_000, 2: 333, 3: 99_999}) == 22_333


@given(st.lists(st.tuples(st.integers(1, 99_999), st.integers(0, 10**7)), max_size=8))
def test_a_contracts_total_is_the_sum_of_its_rounded_lines(rows: list[tuple[int, int]]) -> None:
    left = {place: Decimal(centi) / 100 for place, (centi, _) in enumerate(rows)}
    prices = {place: price for place, (_, price) in enumerate(rows)}
    assert contract_total(left, prices) == sum(line_amount(left[place], prices[place]) for place in left)


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_price_after_a_change_is_never_above_the_plans(price: int, before: int, now: int) -> None:
    kept = min(price, before)
    after = changed_price(kept, before, now)
    assert after <= now
    if now == before:
        assert after == kept


def test_a_dearer_plan_line_takes_its_new_price_and_a_cheaper_one_cuts_it() -> None:
    assert changed_price(9_000, 10_000, 12_000) == 12_000
    assert changed_price(9_000, 10_000, 9_500) == 9_000
    assert changed_price(9_000, 10_000, 8_000) == 8_000


def test_a_change_keeps_what_a_firm_that_left_is_settled_for() -> None:
    done = {1: Decimal("1.50"), 2: Decimal("1.00")}
    assert check_done_kept([Line(1, Decimal("1.50")), Line(2)], done) == []
    problems = check_done_kept([Line(1, Decimal("1.49"))], done)
    assert [one.field for one in problems] == ["lines", "lines"]
    assert "已完成其中一行 1.50" in problems[0].message


@pytest.mark.parametrize(
    ("finding", "deadline", "good"),
    [("good", None, True), ("problem", "2026-03-05", True), ("problem", None, False), ("good", "2026-03-05", False),
     ("problem", "2026-03-01", False)],
)  # fmt: skip
def test_a_problem_has_a_deadline_that_is_still_to_come(finding: str, deadline: str | None, good: bool) -> None:
    typed = {"day": "2026-03-02", "finding": finding, "text": "接缝翘边", "deadline": deadline}
    if good:
        assert str(Inspect.model_validate(typed).deadline or "") == (deadline or "")
    else:
        with pytest.raises(ValidationError, match="整改期限"):
            Inspect.model_validate(typed)


def test_a_stay_elsewhere_ends_after_it_begins() -> None:
    typed = {"arranger": "township", "place": "敬老院", "from_on": "2026-03-05", "to_on": "2026-03-04",
             "contact": "李敏", "contact_phone": "13800000000"}  # fmt: skip
    with pytest.raises(ValidationError, match="不能早于开始日期"):
        ArrangeRelocation.model_validate(typed)
