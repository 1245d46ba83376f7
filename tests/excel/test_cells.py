"""What a cell says: understood where it can mean one thing, else refused with what to do."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.identity_numbers import parse_id_number
from app.core.money import yuan
from app.stages.application.excel.cells import parse, shown
from app.stages.application.excel.columns import BY_FIELD, COLUMNS, EXAMPLE_NUMBERS, Column, find, near

DAY, ID, PHONE = BY_FIELD["applied_on"], BY_FIELD["people-0-id_number"], BY_FIELD["phone"]
SAFE, HARDSHIP, GRADE = BY_FIELD["dwelling-safe"], BY_FIELD["people-0-hardship"], BY_FIELD["people-0-disability_grade"]
SIZE, AMOUNT = BY_FIELD["household_size"], BY_FIELD["history-0-amount"]

days = st.dates(date(1900, 1, 1), date(2099, 12, 31))
cells = st.one_of(
    st.text(max_size=30), st.floats(), st.booleans(), st.dates(), st.datetimes(), st.integers(-(10**20), 10**20)
)


@given(
    days,
    st.sampled_from(
        [
            "{0}-{1}-{2}",
            "{0}/{1:02}/{2:02}",
            "{0}.{1}.{2}",
            "{0}年{1}月{2}日",
            "{0}{1:02}{2:02}",
            "{0}-{1:02}-{2:02} 00:00:00",
        ]
    ),
)
def test_a_day_is_understood_however_it_is_written_whole(day: date, form: str) -> None:
    assert parse(DAY, form.format(day.year, day.month, day.day)) == day.isoformat()


@given(days)
def test_a_date_cell_is_that_day(day: date) -> None:
    assert parse(DAY, day) == day.isoformat()
    assert parse(DAY, datetime(day.year, day.month, day.day, 8, 30)) == day.isoformat()
    assert parse(DAY, float(day.strftime("%Y%m%d"))) == day.isoformat()


@given(days)
def test_a_day_without_its_full_year_first_is_refused(day: date) -> None:
    for form in ("{1}/{2}/{0}", "{2}.{1}.{0}", "{3:02}-{1}-{2}", "{3:02}年{1}月{2}日"):
        with pytest.raises(ValueError, match="看不出哪个是年、月、日"):
            parse(DAY, form.format(day.year, day.month, day.day, day.year % 100))


@pytest.mark.parametrize("value", ["2026-2-30", "2026-13-1", "20261301"])
def test_days_that_do_not_exist_are_refused(value: str) -> None:
    with pytest.raises(ValueError, match="没有这一天，请核对"):
        parse(DAY, value)


@pytest.mark.parametrize("value", [46086.0, 2026.0])
def test_a_number_is_no_date(value: float) -> None:
    with pytest.raises(ValueError, match="这一格是数字，不是日期"):
        parse(DAY, value)


@given(st.one_of(st.floats(), st.integers(10**9, 10**18)))
def test_a_number_is_never_an_id_number_or_a_telephone(value: float) -> None:
    for column in (column for column in COLUMNS if column.kind == "digits"):
        with pytest.raises(ValueError, match="被 Excel 当成了数字"):
            parse(column, value)


@pytest.mark.parametrize("value", ["5.00101E+17", "5.00101193905061E+17", "1e10"])
def test_a_number_written_with_an_exponent_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="科学计数"):
        parse(ID, value)


@given(st.text(min_size=1, max_size=20).filter(lambda text: not text.strip().replace(".", "").isascii()))
def test_text_of_a_number_column_is_left_to_the_form(text: str) -> None:
    assert parse(ID, text) == text


@given(st.integers(0, 10**10))
def test_amounts_are_exact(fen: int) -> None:
    assert parse(AMOUNT, yuan(fen)) == yuan(fen)
    assert parse(AMOUNT, fen / 100) == yuan(fen)


@given(st.decimals(0, 10**6, places=3).filter(lambda value: value * 100 % 1))
def test_amounts_with_more_than_two_decimals_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match="最多两位小数"):
        parse(AMOUNT, float(str(value)))


@given(cells, st.sampled_from(COLUMNS))
def test_whatever_stands_in_a_cell_is_a_value_or_a_chinese_sentence(value: object, column: Column) -> None:
    said = value_or_sentence(column, value)
    assert said is not None
    assert not (isinstance(said, ValueError) and str(said).isascii())


def value_or_sentence(column: Column, value: object) -> object:
    try:
        return parse(column, value)
    except ValueError as error:
        return error


@given(st.lists(st.sampled_from(list(HARDSHIP.labels)), min_size=1, max_size=5), st.sampled_from("、,，;；/"))
def test_several_choices_are_read_in_their_order(labels: list[str], between: str) -> None:
    wanted = list(dict.fromkeys(HARDSHIP.labels[label] for label in labels))
    assert parse(HARDSHIP, between.join(labels)) == wanted


def test_a_choice_is_never_guessed() -> None:
    with pytest.raises(ValueError) as refused:
        parse(HARDSHIP, "低保")
    assert str(refused.value) == "没有这个选项，是不是“低保对象”或“低保边缘对象”？请从下拉列表中选择"


@pytest.mark.parametrize(("value", "code"), [("一级", "1"), (1.0, "1"), ("3", "3"), (" 四级 ", "4")])
def test_a_grade_may_be_a_number(value: object, code: str) -> None:
    assert parse(GRADE, value) == code


@pytest.mark.parametrize(
    ("value", "answer"), [("是", True), ("否", False), (True, True), ("有", True), ("没有", False)]
)
def test_yes_and_no(value: object, answer: bool) -> None:
    assert parse(SAFE, value) is answer


@pytest.mark.parametrize("value", ["不清楚", 1.0, "基本", date(2026, 1, 1)])
def test_what_is_neither_yes_nor_no_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="请填“是”或“否”；不清楚的留空"):
        parse(SAFE, value)


def test_whole_numbers() -> None:
    assert (parse(SIZE, 3.0), parse(SIZE, "3")) == (3, 3)
    with pytest.raises(ValueError, match="请填整数"):
        parse(SIZE, 2.5)


def test_a_destroyed_number_is_shown_as_excel_shows_it() -> None:
    assert shown(513431198001011015.0) == "513431198001011000"
    assert shown(13800000000.0) == "13800000000"
    assert (shown(2.5), shown(True), shown(date(2026, 3, 8))) == ("2.5", "TRUE", "2026-03-08")


def test_headings_are_found_by_name_and_near_misses_named() -> None:
    assert find("身份证号（必填）") is ID
    assert find(" 身份证 号码 ") is ID
    assert find("身分证号") is None
    assert near("身分证号") == "身份证号"
    assert near("备注") == ""


def test_every_column_has_a_field_of_the_form_and_a_name_of_its_own() -> None:
    names = [name for column in COLUMNS for name in (column.title, *column.aliases)]
    assert len(names) == len(set(names))
    assert [column.title for column in COLUMNS if column.kind in {"choice", "choices"} and not column.labels] == []


def test_nobody_has_the_examples_numbers() -> None:
    for number in EXAMPLE_NUMBERS:
        with pytest.raises(ValueError, match="校验位不符"):
            parse_id_number(number)
