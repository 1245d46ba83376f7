"""The notice's arithmetic and masking, without a database."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.workdays import official
from app.stages.application.notice_rules import (
    PhotoDay,
    ProveNotice,
    is_over,
    last_day,
    letter_text,
    photo_problems,
    posted_at,
    public_id,
    public_name,
    start_problem,
)

START, END = date(2020, 9, 15), date(2020, 9, 24)


@pytest.mark.parametrize(
    ("start", "days", "kind", "ends"),
    [
        (START, 7, "working", END),
        (START, 7, "calendar", date(2020, 9, 22)),
        (date(2020, 9, 25), 7, "working", date(2020, 10, 12)),  # make-up days on 27 September and 10 October count
        (START, 0, "working", START),
    ],
)
def test_the_last_day_is_counted_from_the_day_after_the_start(start: date, days: int, kind: str, ends: date) -> None:
    assert last_day(start, days, kind, official()) == ends  # type: ignore[arg-type]


def test_a_notice_is_over_the_day_after_its_last() -> None:
    assert [is_over(END, END + timedelta(days=n)) for n in (-1, 0, 1)] == [False, False, True]


@pytest.mark.parametrize(
    ("days", "message"),
    [(-1, "公示起始日不能早于今天。"), (0, None), (30, None), (31, "公示起始日最晚为 30 天内，请核对年份和月份。")],
)
def test_a_notice_starts_today_or_soon(days: int, message: str | None) -> None:
    problem = start_problem(START + timedelta(days=days), START)
    assert (problem.message if problem else None) == message


def test_places_stand_once_in_the_order_given() -> None:
    assert posted_at(["乙", "甲", "乙"], "丙") == ["乙", "甲", "丙"]
    assert posted_at(["甲"], "") == ["甲"]


NAME = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=8)
DIGITS = st.from_regex(r"[1-9][0-9]{16}[0-9X]", fullmatch=True)


@given(name=NAME)
def test_a_public_name_shows_at_most_the_first_character_and_no_length(name: str) -> None:
    shown = public_name(name)
    assert shown == ("" if len(name) == 1 else name[0]) + "**"
    assert name not in shown


@given(number=DIGITS)
def test_a_public_number_shows_six_digits_and_no_more(number: str) -> None:
    shown = public_id(number)
    assert shown == number[:6] + "****"


def prove(day: PhotoDay, taken_on: date, explanation: str = "") -> ProveNotice:
    return ProveNotice(day=day, photo=1, taken_on=taken_on, explanation=explanation)


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (prove(PhotoDay.FIRST, START), ""),
        (prove(PhotoDay.LAST, END), ""),
        (prove(PhotoDay.FIRST, START - timedelta(days=1)), "taken_on"),
        (prove(PhotoDay.FIRST, START + timedelta(days=1)), "explanation"),
        (prove(PhotoDay.FIRST, START + timedelta(days=1), "当天下暴雨"), ""),
        (prove(PhotoDay.LAST, END + timedelta(days=1)), "taken_on"),
    ],
)
def test_a_proof_photo_is_of_its_day_or_says_why_not(command: ProveNotice, field: str) -> None:
    assert [problem.field for problem in photo_problems(command, START, END, today=END)] == ([field] if field else [])


def test_the_letter_says_clause_reason_and_the_way_to_a_recheck() -> None:
    clauses = [{"id": "E4", "title": "住房", "source": "二(三)", "reason": "住房是私人租房"}]
    text = letter_text("张三", "某项目", clauses, "甲县民政局", "023-1", "东镇")
    assert "E4 住房（二(三)）：住房是私人租房" in text
    assert "到东镇或甲县民政局提出" in text
    assert text.startswith("张三：")
