"""The warranty's plain rules: the term's boundary, every move of a claim, the second chance."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.stages.acceptance.rules import Term, last_day
from app.stages.warranty.rules import MOVES, NEXT, OPEN_CLAIMS, ClaimMove, ClaimState, due_again

DAYS = st.dates(date(2016, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2026, 3, 10), 24, date(2028, 3, 10)),
        (date(2026, 12, 31), 24, date(2028, 12, 31)),
        # 29 February falls on 28 February in common years
        (date(2024, 2, 29), 24, date(2026, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 5, 1), 0, date(2026, 5, 1)),
    ],
)
def test_last_day(start: date, months: int, end: date) -> None:
    assert last_day(start, months) == end


@given(start=DAYS, months=st.integers(1, 120))
def test_a_term_is_never_short(start: date, months: int) -> None:
    """As many months later, on the same day, or on the month's last where the month has no such day."""
    end = last_day(start, months)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.day == start.day or (end.day < start.day and (end + timedelta(days=1)).day == 1)


def test_first_and_last_day_are_covered() -> None:
    term = Term(date(2026, 3, 10), date(2028, 3, 10), 24, "")
    days = [date(2026, 3, 9), date(2026, 3, 10), date(2028, 3, 10), date(2028, 3, 11)]
    assert [term.covers(day) for day in days] == [False, True, True, False]


S, M = ClaimState, ClaimMove
ALLOWED = {
    (M.ASSIGN, S.REPORTED, S.ASSIGNED),
    (M.FIX, S.ASSIGNED, S.FIXED),
    (M.VERIFY, S.FIXED, S.VERIFIED),
    (M.VERIFY, S.FIXED, S.ASSIGNED),
    (M.DECLINE, S.REPORTED, S.DECLINED),
    (M.DECLINE, S.ASSIGNED, S.DECLINED),
    (M.CONTEST, S.DECLINED, S.CONTESTED),
    (M.DECIDE, S.CONTESTED, S.ASSIGNED),
    (M.DECIDE, S.CONTESTED, S.DECLINED),
}


def test_every_move_that_exists_and_no_other() -> None:
    """Nobody assigns past the county's decision or past a verification: written down twice on purpose."""
    table = {(move, source, target) for move, (froms, tos) in MOVES.items() for source in froms for target in tos}
    assert table == ALLOWED


def test_an_open_claim_waits_for_somebody() -> None:
    """What keeps a file open is exactly what somebody has to do; verified and declined claims let it close."""
    assert set(NEXT) == set(OPEN_CLAIMS)
    assert all(state in MOVES[move][0] for state, move in NEXT.items())


@given(due=st.none() | DAYS, today=DAYS)
def test_a_repair_that_did_not_hold_gets_a_week_at_least(due: date | None, today: date) -> None:
    again = due_again(due, today, None)
    assert again >= today + timedelta(days=7)
    assert due is None or again >= due
