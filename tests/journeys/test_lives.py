"""Every way forward, back and out, by the same operations that people use: the statuses passed, the sums, what is freed."""

import pytest

from app.audit.verify import verify
from app.core.db import db
from app.funds import queries as funds
from app.lifecycle import LINE
from app.renovation import queries as files
from app.renovation import sealing
from app.stages.application import queries as applications
from app.stages.application.codes import DecisionKind
from app.stages.settlement import queries as settlements
from app.stages.warranty import queries as warranties

from .conftest import Lives

STRAIGHT = [status.value for status in LINE[1:14]]


def until(status: str) -> list[str]:
    return STRAIGHT[: STRAIGHT.index(status) + 1]


def after(status: str, last: str = "paid") -> list[str]:
    return STRAIGHT[STRAIGHT.index(status) + 1 : STRAIGHT.index(last) + 1]


PATHS = {
    "straight": STRAIGHT,
    "returned": ["submitted", "draft", "submitted"],
    "objection_dismissed": until("noticed"),
    "investigated": ["submitted", "reviewed", "submitted", "reviewed", "noticed"],
    "objection_upheld": ["submitted", "reviewed", "rejected"],
    "recheck": ["submitted", "reviewed", "rejected", "submitted"],
    "assessment_changes": [*until("confirmed"), "noticed"],
    "unfit": [*until("confirmed"), "rejected"],
    "plan_refused": [*until("planned"), "assessed", "planned", "agreed"],
    "assessment_returned": [*until("assessed"), "confirmed", "assessed"],
    "change_order": [*until("building"), "building", *after("building")],
    "firm_replaced": [*until("building"), "agreed", "dispatched", "building", *after("building")],
    "rectified": [*until("completed"), "building", *after("building")],
    "own_share_stop": STRAIGHT,
    "contractor_bears": STRAIGHT,
    "ends_while_building": [*STRAIGHT, "terminated"],
    "withdrawn": [*until("agreed"), "withdrawn"],
    "terminated": [*until("planned"), "terminated"],
    "suspended": until("dispatched"),
    "reinspected": [*until("accepted"), "completed", *after("completed")],
    "bank_returns": [*STRAIGHT, "settled", "accepted", "settled", "paid"],
    "claim_contested": STRAIGHT,
    "visited": STRAIGHT,
    "rejected": ["submitted", "rejected"],
}


def test_every_life_passes_its_statuses_in_order(lives: Lives) -> None:
    """The timeline of each life, as written down here, and nothing else."""
    passed = {
        name: [event.to_status.value for event in reversed(files.events(story.file())) if event.to_status]
        for name, story in lives.items()
    }
    assert passed == PATHS


@pytest.mark.parametrize(
    ("life", "sums"),
    [
        ("straight", (153500, 153500, 0)),
        # one more grab bar at 160.00, below the cap
        ("change_order", (169500, 169500, 0)),
        # the same work by two firms costs the same
        ("firm_replaced", (153500, 153500, 0)),
        # basics 1,535.00 + lamps 180.00 + toilet 780.00: capped at 2,000.00
        ("visited", (249500, 200000, 49500)),
        # the chair (160.00) refused: basics 1,375.00 are subsidised, the optional 960.00 fall on the household (S4, S9)
        ("own_share_stop", (233500, 137500, 96000)),
        ("contractor_bears", (233500, 137500, 96000)),
        # floor 385.00, bed rail 200.00, chair 160.00, stick 80.00
        ("ends_while_building", (82500, 82500, 0)),
    ],
)
def test_sums_in_fen(lives: Lives, life: str, sums: tuple[int, int, int]) -> None:
    """(total, subsidy, own share) in the end; sources, payees and payments add up to the subsidy."""
    renovation = lives[life].file()
    sheet = settlements.current(renovation)
    assert sheet is not None
    assert (sheet.total_fen, sheet.subsidy_fen, sheet.self_pay_fen) == sums
    assert sum(one["amount_fen"] for one in sheet.sources) == sums[1]
    assert sum(one["amount_fen"] for one in sheet.payees) == sums[1]
    assert settlements.paid_fen(renovation) == sums[1]
    assert funds.unspent(renovation.id) == {"municipal": 0} or not funds.unspent(renovation.id)


def test_the_contractor_bears_exactly_what_exceeds_the_signed_share(lives: Lives) -> None:
    """495.00 was signed, 960.00 computed: the firm bears 465.00 and the household pays what it signed."""
    sheet = settlements.current(lives["contractor_bears"].file())
    assert sheet is not None
    assert (sheet.signed_self_pay_fen, sheet.borne_fen, sheet.household_pays_fen) == (49500, 46500, 49500)


def test_both_firms_are_paid_for_what_they_did(lives: Lives) -> None:
    """The first one for the bed rail (200.00), the second for the rest."""
    sheet = settlements.current(lives["firm_replaced"].file())
    assert sheet is not None
    assert sorted(one["amount_fen"] for one in sheet.payees) == [20000, 133500]


@pytest.mark.parametrize(
    "life", ["objection_upheld", "assessment_changes", "unfit", "withdrawn", "terminated", "rejected"]
)
def test_who_leaves_gives_back_place_claims_and_money(lives: Lives, life: str) -> None:
    """Nothing stays taken behind an ending, so another household can have it."""
    renovation = lives[life].file()
    assert (funds.place(renovation.id), list(funds.claims(renovation.id))) == (None, [])
    assert not any(funds.unspent(renovation.id).values())


@pytest.mark.parametrize("life", ["straight", "ends_while_building", "bank_returns"])
def test_who_is_paid_keeps_place_and_claims(lives: Lives, life: str) -> None:
    """The benefit was had: person, household and dwelling have no second one."""
    renovation = lives[life].file()
    assert funds.place(renovation.id) is not None
    assert len(funds.claims(renovation.id)) == len(applications.subjects(renovation))


def test_a_returned_payment_stays_and_another_follows(lives: Lives) -> None:
    """Nothing is deleted: the first payment stands as returned, the second as paid."""
    states = [payment.state.value for payment in settlements.payments(lives["bank_returns"].file())]
    assert states == ["returned", "paid"]


def test_a_contested_claim_is_decided_and_repaired(lives: Lives) -> None:
    """Every move of the claim is on its history."""
    (claim,) = warranties.claims(lives["claim_contested"].file())
    moves = [event.state.value for event in claim.history]
    assert moves == ["reported", "declined", "contested", "assigned", "fixed", "verified"]


def test_decisions_are_frozen_at_each_gate(lives: Lives) -> None:
    """Submission, review, confirmation, assessment, start: each with verdict and the programme's version."""
    renovation = lives["straight"].file()
    kinds = [kind for kind in DecisionKind if applications.latest_decision(renovation, kind) is not None]
    assert kinds == list(DecisionKind)


def test_seals_hold_and_a_changed_row_is_named(lives: Lives) -> None:
    """A paid file is sealed; a row changed behind its back is found by table and id."""
    renovation = lives["straight"].file()
    (sealed,) = sealing.seals(renovation)
    assert sealing.changes(sealed, renovation) == []
    (invoice,) = settlements.invoices(renovation)
    invoice.issuer_name = "别的单位"
    db.session.flush()
    assert sealing.changes(sealed, renovation) == [f"invoice/{invoice.id}"]
    db.session.rollback()


def test_the_audit_holds_over_all_lives(lives: Lives) -> None:
    """Thousands of entries, sealed day by day, without a break."""
    assert lives
    assert verify() == []
