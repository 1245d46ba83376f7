"""How a due day stands, in words and tone."""

from datetime import date

import pytest

from app.workbench.deadlines import deadline

MONDAY = date(2020, 9, 14)


@pytest.mark.parametrize(
    ("day", "words", "tone"),
    [
        (date(2020, 9, 10), "逾期 2 个工作日", "late"),
        (date(2020, 9, 11), "逾期 1 个工作日", "late"),
        (date(2020, 9, 12), "逾期 1 个工作日", "late"),
        (MONDAY, "今天到期", "soon"),
        (date(2020, 9, 16), "还剩 2 个工作日", "soon"),
        (date(2020, 9, 17), "还剩 3 个工作日", ""),
    ],
)
def test_a_due_day_in_words_and_tone(day: date, words: str, tone: str) -> None:
    shown = deadline(day, MONDAY)
    assert (shown.day, shown.words, shown.tone) == (day, words, tone)


def test_a_day_off_that_has_passed_is_overdue_before_the_next_working_day() -> None:
    sunday = date(2020, 9, 13)
    assert deadline(date(2020, 9, 12), sunday).words == "已逾期"
