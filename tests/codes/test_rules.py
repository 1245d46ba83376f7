"""Codes to be read aloud: what slips of the hand they find, how they are written, how long they hold."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import spoken
from app.core.errors import RuleViolation
from app.stages.construction.code_rules import LENGTH, last_day, read

BODIES = st.text(spoken.ALPHABET, min_size=LENGTH - 1, max_size=LENGTH - 1)


def whole(body: str) -> str:
    """A body with the one character that makes it right."""
    (last,) = [one for one in spoken.ALPHABET if spoken.is_right(body + one)]
    return body + last


@given(BODIES, st.integers(0, LENGTH - 1), st.sampled_from(spoken.ALPHABET))
def test_one_wrong_character_is_found(body: str, place: int, other: str) -> None:
    code = whole(body)
    wrong = code[:place] + other + code[place + 1 :]
    assert spoken.is_right(wrong) is (wrong == code)


@given(BODIES, st.integers(0, LENGTH - 2))
def test_two_neighbours_the_wrong_way_round_are_found(body: str, place: int) -> None:
    code = whole(body)
    wrong = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert spoken.is_right(wrong) is (wrong == code)


def test_a_drawn_code_is_right_and_each_another() -> None:
    drawn = {spoken.draw_checked(LENGTH) for _ in range(200)}
    assert (len(drawn), {len(one) for one in drawn}, all(map(spoken.is_right, drawn))) == (200, {LENGTH}, True)


@given(BODIES)
def test_however_it_is_typed_it_is_the_same_code(body: str) -> None:
    code = whole(body)
    full_width = "".join(chr(ord(one) + 0xFEE0) for one in code)
    for typed in (code.lower(), spoken.grouped(code), f" {code[:4]} {code[4:8]}－{code[8:]} ", full_width):
        assert read(typed) == code


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("K7PM", "优惠码是 12 位，您输入了 4 位，请对照通知单再输一遍。"),
        ("K7PM-2QXA-9TRD-X", "优惠码是 12 位，您输入了 13 位，请对照通知单再输一遍。"),
        ("000000000000", "有一位输错了，请对照通知单再输一遍。码里没有数字 0、1 和字母 O、I、L。"),
        ("优惠码优惠码优惠码优惠码", "有一位输错了，请对照通知单再输一遍。码里没有数字 0、1 和字母 O、I、L。"),
    ],
)
def test_a_slip_is_told_without_asking_anybody(typed: str, said: str) -> None:
    with pytest.raises(RuleViolation) as refused:
        read(typed)
    assert (refused.value.message, refused.value.field) == (said, "code")


def test_how_long_it_holds() -> None:
    assert last_day(date(2026, 2, 27), 3, None) == date(2026, 3, 2)
    assert last_day(date(2026, 2, 27), 3, lambda day, days: day.replace(day=days)) == date(2026, 2, 3)
