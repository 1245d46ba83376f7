"""Amounts and quantities as people type them: what is wrong is said as what it is."""

import pytest
from pydantic import TypeAdapter, ValidationError

from app.core.commands import Quantity, Yuan

USUAL = {
    Yuan: "请填金额，单位元，最多两位小数，例如 120.50",
    Quantity: "请填数量，最多两位小数，例如 3.50",
}


@pytest.mark.parametrize("kind", USUAL)
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("1000000000000", "数字太大，请核对是否多写了几位"),
        ("1,000,000,000,000.00", "数字太大，请核对是否多写了几位"),
        ("-5", "不能是负数"),
        ("五元", ""),
        ("1.234", ""),
        ("", ""),
        ("--5", ""),
    ],
)
def test_a_number_that_cannot_be_is_told_from_what_is_none(kind: type, typed: str, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(typed)
    assert [one["msg"] for one in caught.value.errors()] == [said or USUAL[kind]]
