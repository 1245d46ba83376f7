"""Sums and dates of deposits, in plain Python."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.funds.deposit_rules import ReceiveDeposit, due_fen, most_fen, release_on
from app.places.models import ProcurementRecord
from app.programme.money_schema import Deposit
from app.stages.settlement.deposits import Progress, release

DAY = date(2026, 6, 1)
FEN = st.integers(0, 10**12)


def terms(**facts: Any) -> Deposit:
    base = {"required_before": "dispatch", "release": "acceptance"}
    return Deposit.model_validate(base | (facts if {"percent", "amount"} & set(facts) else facts | {"percent": 5}))


@given(FEN, st.integers(1, 10))
def test_a_share_is_cut_to_the_fen_and_lawful(award: int, percent: int) -> None:
    due, most = due_fen(terms(percent=percent), award), most_fen(award)
    assert due is not None
    assert most is not None
    assert due * 100 <= award * percent < (due + 1) * 100
    assert due <= most


@given(FEN, st.integers(1, 10**9))
def test_a_fixed_sum_is_never_above_the_lawful_tenth(award: int, fixed: int) -> None:
    of_sum = terms(amount=f"{fixed // 100}.{fixed % 100:02d}")
    assert due_fen(of_sum, award) == min(fixed, award // 10)
    assert due_fen(of_sum, None) == fixed


def test_a_share_of_an_unknown_award_is_unknown() -> None:
    assert due_fen(terms(percent=5), None) is None


@pytest.mark.parametrize(
    ("facts", "day", "wanted"),
    [
        ({}, date(2026, 1, 31), date(2026, 1, 31)),
        ({"days": 30}, date(2026, 1, 31), date(2026, 3, 2)),
        ({"months": 1}, date(2026, 1, 31), date(2026, 2, 28)),
        ({"months": 13}, date(2026, 11, 30), date(2027, 12, 30)),
        ({"months": 1}, date(2028, 1, 31), date(2028, 2, 29)),
    ],
)
def test_days_and_months_after(facts: dict[str, int], day: date, wanted: date) -> None:
    assert release_on(terms(**facts), day) == wanted


def record(**facts: Any) -> ProcurementRecord:
    base = {"valid_from": date(2025, 1, 1), "valid_to": date(2026, 3, 31), "ended_at": None, "max_households": None}
    return ProcurementRecord(**(base | facts))


DONE = Progress(2, 0, date(2026, 2, 10), date(2028, 6, 1))
OPEN = Progress(2, 1, date(2026, 2, 10), date(2028, 2, 10))
NOBODY = Progress()


@pytest.mark.parametrize(
    ("facts", "homes", "of", "wanted"),
    [
        # the last acceptance decides, but never before the term is over
        ({}, DONE, {"days": 30}, (date(2026, 4, 1), "")),
        ({}, DONE, {"months": 3}, (date(2026, 5, 10), "")),
        ({}, OPEN, {"days": 30}, (None, "还有 1 户没有验收")),
        ({"valid_to": date(2026, 12, 31)}, DONE, {"days": 30}, (None, "标段到 2026-12-31 为止还可以派工")),
        # all its households are taken: nobody can be dispatched any more
        ({"valid_to": date(2026, 12, 31), "max_households": 2}, DONE, {"days": 30}, (date(2026, 3, 12), "")),
        ({"valid_to": date(2026, 12, 31), "ended_at": datetime(2026, 4, 8, 1, tzinfo=UTC)}, DONE, {"days": 30},
         (date(2026, 4, 8), "")),
        # nothing was ever built under it
        ({}, NOBODY, {"days": 30}, (date(2026, 5, 1), "")),
        # the warranty that ends last is not that of the home accepted last
        ({}, DONE, {"release": "warranty_end"}, (date(2028, 6, 1), "")),
        ({}, NOBODY, {"release": "warranty_end", "days": 1}, (date(2026, 4, 2), "")),
    ],
)  # fmt: skip
def test_the_day_on_which_it_goes_back(
    facts: dict[str, Any], homes: Progress, of: dict[str, Any], wanted: tuple[date | None, str]
) -> None:
    found = release(record(**facts), terms(**of), homes, DAY)
    assert (found.on, found.waits_for) == wanted
    assert found.is_due(DAY) is (wanted[0] is not None and wanted[0] <= DAY)


def test_until_it_is_known_the_first_day_that_it_could_be_is_known() -> None:
    found = release(record(valid_to=date(2026, 12, 31)), terms(days=30), OPEN, DAY)
    assert found.not_before == date(2027, 1, 1)


def typed(**facts: Any) -> dict[str, Any]:
    base = {"procurement_record_id": 1, "programme_key": "x", "form": "transfer", "amount": "1.00", "voucher": "P",
            "received_on": "2026-06-01"}  # fmt: skip
    return base | facts


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"form": "guarantee"}, "保函要填有效期至哪一天"),
        ({"guarantee_until": "2027-01-01"}, "转账没有有效期，请清空“保函有效期至”，或把方式改成保函"),
        ({"form": "guarantee", "guarantee_until": "2026-05-31"}, "保函在收到以前就到期了，请核对两个日期"),
    ],
)
def test_a_guarantee_has_its_day_and_a_transfer_none(facts: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError) as error:
        ReceiveDeposit.model_validate(typed(**facts))
    found = [(one["loc"], one["msg"].removeprefix("Value error, ")) for one in error.value.errors()]
    assert found == [(("guarantee_until",), said)]
