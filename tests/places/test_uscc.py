"""Unified social credit codes, against another implementation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as oracle

from app.places.rules import USCC_ALPHABET, parse_uscc


def test_real_code_in_small_letters_with_blanks() -> None:
    assert parse_uscc(" 91110000600037341l ") == "91110000600037341L"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("9111000060003734", "统一社会信用代码应为 18 位，现为 16 位，请对照营业执照核对"),
        ("91110000600037341I", "统一社会信用代码只含数字和大写字母，且不用 I、O、S、V、Z，请对照营业执照核对"),
        ("91110000600037341M", "统一社会信用代码的校验位不对，请对照营业执照逐位核对"),
    ],
)
def test_wrong_code_says_what_is_wrong(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as error:
        parse_uscc(text)
    assert str(error.value) == sentence


@given(st.text("0123456789", min_size=8, max_size=8), st.text(USCC_ALPHABET, min_size=9, max_size=9))
def test_exactly_one_check_character_fits_and_it_is_the_other_implementations(digits: str, rest: str) -> None:
    body = digits + rest
    right = oracle.calc_check_digit(body)
    assert parse_uscc(body + right) == body + right
    for wrong in set(USCC_ALPHABET) - {right}:
        with pytest.raises(ValueError):
            parse_uscc(body + wrong)
