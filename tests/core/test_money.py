"""Money: parsing, rounding, dividing, and capitals against another implementation."""

from decimal import Decimal
from fractions import Fraction

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import money

FEN = st.integers(0, money.LIMIT_FEN - 1)


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("2000.00", 200000),
        ("2000", 200000),
        (" 2,000.5 ", 200050),
        ("¥1,234,567.89", 123456789),
        ("￥０.０１", 1),
        ("12元", 1200),
        ("0", 0),
    ],
)
def test_amounts_are_read_as_people_type_them(typed: str, fen: int) -> None:
    assert money.parse_yuan(typed) == fen


@pytest.mark.parametrize("typed", ["", "-1", "1.234", "1,23", "1e3", "两千", "NaN", ".5", "1.", "1 2.3.4", "+5", "二"])
def test_what_is_no_amount_is_refused_with_the_remedy(typed: str) -> None:
    with pytest.raises(ValueError) as refused:
        money.parse_yuan(typed)
    assert str(refused.value) == "请填写金额，单位为元，最多两位小数，例如 2000.00"


def test_a_slip_of_many_digits_is_refused() -> None:
    with pytest.raises(ValueError) as refused:
        money.parse_yuan("1000000000000.00")
    assert str(refused.value) == "金额过大，请核对是否多输入了数字"


@given(FEN)
def test_what_is_written_reads_back(fen: int) -> None:
    assert (money.parse_yuan(money.yuan(fen)), money.parse_yuan(money.display(fen))) == (fen, fen)


def test_both_spellings() -> None:
    assert (money.yuan(123450), money.display(123450), money.yuan(-5), money.display(-123456)) == (
        "1234.50",
        "¥1,234.50",
        "-0.05",
        "-¥1,234.56",
    )


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_line_amounts_round_half_up(centi: int, price: int) -> None:
    exact = Fraction(centi * price, 100)
    amount = money.line_amount(Decimal(centi) / 100, price)
    assert Fraction(-1, 2) < amount - exact <= Fraction(1, 2)


def test_half_a_fen_counts_as_one() -> None:
    assert (money.line_amount(Decimal("0.50"), 1), money.line_amount(Decimal("0.49"), 1)) == (1, 0)


@given(st.integers(0, 10**9), st.lists(st.integers(0, 1000), min_size=1, max_size=8).filter(any))
def test_parts_add_up_and_none_is_off_by_a_whole_fen(total: int, weights: list[int]) -> None:
    parts = money.apportion(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1
        assert part == 0 or weight > 0


def test_the_first_takes_the_odd_fen() -> None:
    assert money.apportion(100, [1, 1, 1]) == [34, 33, 33]
    assert money.apportion(101, [Decimal("0.3"), Decimal("0.7")]) == [30, 71]


def test_nobody_to_divide_among() -> None:
    assert money.apportion(0, [0, 0]) == [0, 0]
    with pytest.raises(ValueError):
        money.apportion(1, [0, 0])


@given(FEN)
def test_capitals_agree_with_another_implementation(fen: int) -> None:
    # after 万 and 亿 the rules for bills let 零 stand or fall, so it is left out of the comparison
    theirs = cn2an.an2cn(money.yuan(fen), "rmb")
    assert _without_optional_zero(money.capitals(fen)) == _without_optional_zero(theirs)


def _without_optional_zero(text: str) -> str:
    for unit in "万亿":
        text = text.replace(f"{unit}零", unit)
    return text


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "零元整"),
        (1, "壹分"),
        (50, "伍角"),
        (105, "壹元零伍分"),
        (200000, "贰仟元整"),
        (135050, "壹仟叁佰伍拾元伍角"),
        (10000010000, "壹亿零壹佰元整"),
        (1000100, "壹万零壹元整"),
        (2010000000, "贰仟零壹拾万元整"),
    ],
)
def test_capitals(fen: int, text: str) -> None:
    assert money.capitals(fen) == text
