"""ID numbers and the other numbers that people copy from papers. All of them are made up."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import identity_numbers as numbers
from app.core.identity_numbers import Sex

TODAY = date(2026, 11, 22)
DATES = st.dates(date(1907, 1, 1), TODAY)


def make(birth: date, region: str = "500120", order: str = "123") -> str:
    first = f"{region}{birth:%Y%m%d}{order}"
    return first + numbers.check_digit(first)


def refusal(text: str) -> str:
    with pytest.raises(ValueError) as refused:
        numbers.parse_id_number(text, TODAY)
    return str(refused.value)


@given(DATES, st.integers(110000, 659012), st.integers(0, 999))
def test_a_right_number_is_read(birth: date, region: int, order: int) -> None:
    text = make(birth, str(region), f"{order:03d}")
    read = numbers.parse_id_number(f" {text[:6]} {text[6:14]}-{text[14:].lower()} ", TODAY)
    assert (read.text, read.birth_date, read.region_code) == (text, birth, str(region))
    assert read.sex is (Sex.MALE if order % 2 else Sex.FEMALE)


@given(DATES, st.integers(0, 17), st.integers(1, 9))
def test_any_one_digit_mistyped_is_found(birth: date, place: int, change: int) -> None:
    text = make(birth)
    wrong = str(change) if text[place] == "X" else str((int(text[place]) + change) % 10)
    with pytest.raises(ValueError):
        numbers.parse_id_number(text[:place] + wrong + text[place + 1 :], TODAY)


@given(DATES, st.integers(0, 16))
def test_neighbours_swapped_are_found(birth: date, place: int) -> None:
    text = make(birth)
    swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    if swapped != text:
        with pytest.raises(ValueError):
            numbers.parse_id_number(swapped, TODAY)


def test_each_refusal_says_the_remedy() -> None:
    wrong_digit = make(date(1945, 3, 2))
    wrong_digit = wrong_digit[:17] + ("0" if wrong_digit[17] != "0" else "1")
    first = "50012019450230" + "123"
    assert [
        refusal("500120450302123"),
        refusal("5001201945"),
        refusal(wrong_digit),
        refusal(first + numbers.check_digit(first)),
        refusal(make(date(2026, 11, 23))),
        refusal(make(date(1905, 11, 22))),
    ] == [
        "这是 15 位旧身份证号码，已停止使用，请按新证填写 18 位号码",
        "身份证号码应为 18 位：前 17 位是数字，最后一位是数字或 X，请对照证件核对",
        "身份证号码校验位不符，请对照证件逐位核对",
        "身份证号码中的出生日期不存在，请对照证件核对",
        "身份证号码中的出生日期晚于今天，请对照证件核对",
        "按身份证号码计算年龄超过 120 岁，请对照证件核对",
    ]


def test_somebody_of_120_is_believed() -> None:
    assert numbers.parse_id_number(make(date(1906, 11, 22)), TODAY).birth_date == date(1906, 11, 22)


def test_an_old_region_code_only_warns() -> None:
    now = numbers.parse_id_number(make(date(1945, 3, 2), "500120"), TODAY)
    old = numbers.parse_id_number(make(date(1945, 3, 2), "500227"), TODAY)
    assert numbers.region_warning(now) == ""
    assert numbers.region_warning(old) == (
        "身份证号码前六位 500227 不在现行行政区划代码中，可能是撤并前的旧代码，请核对证件"
    )


def test_a_disability_certificate_says_category_and_grade() -> None:
    holder = make(date(1950, 1, 1))
    read = numbers.parse_certificate(f"{holder}42B1", holder, TODAY)
    assert (read.category, read.grade, read.id_number.text) == ("limb", 2, holder)


def test_somebody_elses_certificate_is_refused() -> None:
    with pytest.raises(ValueError) as refused:
        numbers.parse_certificate(make(date(1950, 1, 1)) + "42", make(date(1950, 1, 2)), TODAY)
    assert str(refused.value) == "残疾人证号码的前 18 位与身份证号码不一致，请核对是否为本人的证件"


@pytest.mark.parametrize("tail", ["", "4", "82", "45", "40", "422"])
def test_a_certificate_of_another_shape_is_refused(tail: str) -> None:
    with pytest.raises(ValueError):
        numbers.parse_certificate(make(date(1950, 1, 1)) + tail, today=TODAY)


def test_credit_codes() -> None:
    assert numbers.parse_credit_code(" 91110000600037341l ") == "91110000600037341L"
    with pytest.raises(ValueError):
        numbers.parse_credit_code("911100006000373411")


def test_telephones() -> None:
    assert numbers.parse_mobile("+86 138-0013-8000") == "13800138000"
    assert numbers.parse_phone("023-12345678") == "02312345678"
    for wrong in ("1380013800", "23800138000", "手机", "02312345678"):
        with pytest.raises(ValueError):
            numbers.parse_mobile(wrong)


def test_bank_accounts_only_warn_about_the_check_digit() -> None:
    assert numbers.parse_bank_account("6222 0212 3456 7890 128") == "6222021234567890128"
    assert numbers.bank_account_warning("4111111111111111") == ""
    assert numbers.bank_account_warning("4111111111111112").startswith("账号未通过银行卡校验")
    assert numbers.bank_account_warning("123456789012") == ""
