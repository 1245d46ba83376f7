"""Who pays and gets what, as plain arithmetic with properties (domain S3, S5, S9)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.stages.settlement.rules import Way
from app.stages.settlement.shares import OwnShare, Signed, firm_shares, own_share

FEN = st.integers(0, 5_000_000)


@given(totals=st.dictionaries(st.integers(1, 9), FEN, min_size=1, max_size=5), data=st.data())
def test_firms_shares_add_up_to_the_fen(totals: dict[int, int], data: st.DataObject) -> None:
    """Subsidy and own share are divided without a rest; nobody gets less than nothing or more than it is due."""
    bearer = data.draw(st.sampled_from(sorted(totals)))
    borne = data.draw(st.integers(0, totals[bearer]))
    due = {firm: total - (borne if firm == bearer else 0) for firm, total in totals.items()}
    subsidy = data.draw(st.integers(0, sum(due.values())))
    shares = firm_shares(totals, subsidy, bearer, borne)
    assert sum(share.subsidy_fen for share in shares) == subsidy
    assert {share.organisation_id: share.due_fen for share in shares} == {f: fen for f, fen in due.items() if fen}
    assert all(share.subsidy_fen >= 0 and share.own_fen >= 0 for share in shares)


def test_nobody_bears_more_than_it_did() -> None:
    with pytest.raises(ValueError, match="负数"):
        firm_shares({1: 1000, 2: 5000}, 3000, 1, 1001)


@given(computed=FEN, signed=FEN)
def test_without_a_later_paper_only_the_plans_signature_counts(computed: int, signed: int) -> None:
    """S9 stops exactly what exceeds the signed sum, to the fen."""
    own = own_share(computed, signed, None)
    assert (own.excess_fen, own.pays_fen) == (max(computed - signed, 0), computed)


@pytest.mark.parametrize(
    ("later", "computed", "stop", "pays"),
    [
        # the household signed 960.00 anew: that much and less passes, a fen more stops
        (Signed(Way.HOUSEHOLD, 96000, 96000), 96000, 0, 96000),
        (Signed(Way.HOUSEHOLD, 96000, 96000), 95900, 0, 95900),
        (Signed(Way.HOUSEHOLD, 96000, 96000), 96001, 1, 96001),
        # the contractor bears 465.00 of 960.00: only of these 960.00
        (Signed(Way.CONTRACTOR, 96000, 49500), 96000, 0, 49500),
        (Signed(Way.CONTRACTOR, 96000, 49500), 96100, 46600, 96100),
        (Signed(Way.CONTRACTOR, 96000, 49500), 50000, 500, 50000),
        (Signed(Way.CONTRACTOR, 96000, 49500), 49500, 0, 49500),
        # the household had signed 700.00 before the contractor bore the rest: the 700.00 stay signed for
        (Signed(Way.CONTRACTOR, 96000, 70000), 80000, 10000, 80000),
    ],
)
def test_what_was_signed_holds_for_its_sum(later: Signed, computed: int, stop: int, pays: int) -> None:
    """495.00 was signed with the plan; afterwards one of the two ways was taken, then the sum changed (domain S9)."""
    own = own_share(computed, 49500, later)
    assert (own.excess_fen, own.pays_fen) == (stop, pays)


def test_the_worked_example() -> None:
    """Own 900.00 where 300.00 was signed: 600.00 too much (domain §4)."""
    assert OwnShare(90000, 30000).excess_fen == 60000
