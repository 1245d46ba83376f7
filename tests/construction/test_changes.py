"""Change orders on site and a firm that is replaced: prices, what is left, what is settled, who may still act."""

from decimal import Decimal

import pytest

from app.core import clock
from app.core.db import transaction
from app.core.errors import Conflict, NotAllowed, RuleViolation, RuleViolations
from app.lifecycle import Status
from app.permissions import Role
from app.renovation import queries as files
from app.renovation.models import Renovation
from app.stages.acceptance import queries as acceptances
from app.stages.application.service import update_findings
from app.stages.construction import pages, queries
from app.stages.plan import queries as plans
from app.stages.plan.rules import PlanState
from app.stages.settlement.papers import missing_papers
from app.stages.settlement.sheet import compute
from tests.acceptance.support import typed as accepted
from tests.construction.support import (
    Site,
    building,
    changed,
    completed,
    contract,
    dispatched,
    do,
    hand_over,
    lines_of,
    photo,
    propose,
    replaced,
    report,
    sign,
    site,
    take,
)
from tests.plan.support import line

pytestmark = pytest.mark.usefixtures("session")


def test_a_change_holds_in_contract_and_file_once_it_is_signed() -> None:
    on = site()
    renovation = building(on, item_13="150.00", item_2="190.00")
    lines = changed(
        renovation, item_13={"quantity": "2.00"}, item_2={"unit_price": "180.00"}, item_1={"unit_price": "210.00"}
    )
    propose(on, renovation, [*lines, line(20, "60.00", "1.00", measured="过道 6 m")])
    before = queries.contract(renovation)
    assert before is not None
    assert before.total_fen == 134_000
    renovation = sign(on, renovation)
    known, signed = lines_of(renovation), queries.contract(renovation)
    assert signed is not None
    prices = {item: queries.contract_price(renovation)[known[item].root_id] for item in (1, 2, 13, 20)}
    # 1 was dearer and approved so; 2 was cut to the plan's; 13 keeps the firm's own price; 20 is new
    assert prices == {1: 21_000, 2: 18_000, 13: 15_000, 20: 6_000}
    assert signed.total_fen == 21_000 + 18_000 + 2 * 15_000 + 6_000 + 4 * 20_000
    assert (renovation.status, signed.plan_id) == (Status.BUILDING, known[1].plan_id)


def test_the_photos_of_a_line_stay_with_it_and_a_new_line_needs_its_own() -> None:
    on = site()
    renovation = building(on)
    propose(
        on, renovation, [*changed(renovation, item_13={"quantity": "2.00"}), line(20, "60.00", measured="过道 6 m")]
    )
    renovation = sign(on, renovation)
    take(take(renovation, on.builder, "hidden"), on.builder, "after")
    hand_over(renovation, on.builder)
    report(renovation, on.builder)
    with pytest.raises(RuleViolation, match=r"20 .*还缺“改造前”照片"):
        do("construction.complete", renovation, on.builder)
    take(renovation, on.builder, "before", 20)
    assert do("construction.complete", renovation, on.builder).status is Status.COMPLETED


def test_a_line_that_a_change_takes_out_needs_nothing_more() -> None:
    on = site()
    renovation = building(on)
    propose(on, renovation, [*changed(renovation), line(20, "60.00", measured="过道 6 m")])
    renovation = sign(on, renovation)
    propose(on, renovation, changed(renovation, without=(20,)))
    renovation = sign(on, renovation)
    assert completed(on, renovation).status is Status.COMPLETED


def test_works_are_not_reported_done_while_a_change_is_under_way() -> None:
    on = site()
    renovation = building(on)
    take(take(renovation, on.builder, "hidden"), on.builder, "after")
    hand_over(renovation, on.builder)
    report(renovation, on.builder)
    propose(on, renovation, changed(renovation, item_13={"quantity": "2.00"}))
    with pytest.raises(RuleViolation, match="有一份变更还没有办完"):
        do("construction.complete", renovation, on.builder)
    with pytest.raises(Conflict):
        propose(on, renovation, changed(renovation))
    do("construction.drop_change", renovation, on.builder, reason="老人不要了")
    assert do("construction.complete", renovation, on.builder).status is Status.COMPLETED


@pytest.mark.parametrize("who", ["county", "township"])
def test_county_and_household_may_refuse_a_change(who: str) -> None:
    on = site()
    renovation = building(on)
    propose(on, renovation, changed(renovation, item_13={"quantity": "2.00"}))
    if who == "county":
        do("construction.refuse_change", renovation, on.around.county, reason="不需要")
    else:
        with pytest.raises(Conflict):
            do("construction.decline_change", renovation, on.around.township, reason="太贵")
        do("construction.approve_change", renovation, on.around.county)
        do("construction.decline_change", renovation, on.around.township, reason="太贵")
    assert plans.open_version(renovation) is None
    assert f"{lines_of(renovation)[13].quantity}" == "1"
    propose(on, renovation, changed(renovation))


def test_who_proposed_a_change_does_not_approve_it() -> None:
    on = site()
    renovation = building(on)
    propose(on, renovation, changed(renovation, item_13={"quantity": "2.00"}))
    with pytest.raises(NotAllowed):
        do("construction.approve_change", renovation, on.builder)


# another firm ------------------------------------------------------------------------------------------------------
def taken_over(on: Site, renovation: Renovation, **prices: str) -> Renovation:
    """The other firm is dispatched and signs for what is left."""
    dispatched(on, renovation, procurement_record_id=on.other_record, supervisor_record_id=None)
    typed = contract(renovation, on.other_builder, **prices)
    return do("construction.contract", renovation, on.other_builder, **typed)


def test_a_firm_that_leaves_is_settled_for_what_it_did_at_its_own_price() -> None:
    on = site()
    renovation = replaced(on, building(on, item_11="150.00"), item_11="1.00", item_13="0.00")
    assert renovation.status is Status.AGREED
    assert queries.contract(renovation) is None
    gone = queries.replacements(renovation)[0]
    assert [(part.facts["item"], part.quantity, part.amount_fen) for part in gone.parts] == [(11, Decimal(1), 15_000)]
    with pytest.raises(NotAllowed, match="现在不由贵单位施工"):
        do(
            "construction.contract",
            renovation,
            on.builder,
            **contract(dispatched(on, renovation, procurement_record_id=on.other_record), on.builder),
        )


def test_the_next_firm_signs_and_reports_only_what_is_left() -> None:
    on = site()
    renovation = taken_over(on, replaced(on, building(on), item_11="1.00"))
    signed = queries.contract(renovation)
    assert signed is not None
    assert (signed.total_fen, len(signed.lines)) == (120_000, 6)
    take(renovation, on.other_builder, "before")
    renovation = do("construction.start", renovation, on.other_builder)
    root = lines_of(renovation)[11].root_id
    with pytest.raises(RuleViolation, match=r"按方案应做 0\.00"):
        do("construction.quantities", renovation, on.other_builder, lines=[{"line_id": root, "quantity": "1.00"}])
    # line 11 was done by the firm before: nothing to report, but its photos are needed all the same (domain S6)
    take(take(renovation, on.other_builder, "hidden", 1, 2, 13), on.other_builder, "after", 1, 2, 13)
    hand_over(renovation, on.other_builder)
    report(renovation, on.other_builder)
    with pytest.raises(RuleViolations) as error:
        do("construction.complete", renovation, on.other_builder)
    assert [one.message[:2] for one in error.value.problems] == ["11", "11"]
    take(take(renovation, on.other_builder, "hidden", 11), on.other_builder, "after", 11)
    assert do("construction.complete", renovation, on.other_builder).status is Status.COMPLETED


def test_the_firm_that_left_keeps_reading_and_nothing_else() -> None:
    on = site()
    renovation = taken_over(on, replaced(on, building(on), item_11="1.00"), item_13="120.00")
    assert files.get(renovation.number, on.builder).number == renovation.number
    for key, typed in (
        (
            "construction.photos",
            {"line_id": lines_of(renovation)[1].root_id, "kind": "before", "photos": [photo(on.builder)]},
        ),
        ("construction.start", {}),
        ("construction.schedule", {"starts_on": f"{clock.today()}"}),
    ):
        with pytest.raises(NotAllowed, match="现在不由贵单位施工"):
            do(key, renovation, on.builder, **typed)
    own = pages.tab(renovation, on.builder)
    assert own is not None
    assert own["contract"].organisation_id == on.firm.id
    assert own["prices"][lines_of(renovation)[13].root_id] == 20_000
    new = pages.tab(renovation, on.other_builder)
    assert new is not None
    assert (new["contract"].organisation_id, new["replacements"]) == (on.other_firm.id, [])


def test_a_change_never_takes_away_what_a_firm_that_left_is_settled_for() -> None:
    on = site()
    renovation = taken_over(on, replaced(on, building(on), item_11="1.00", item_1="0.50"))
    take(renovation, on.other_builder, "before")
    do("construction.start", renovation, on.other_builder)
    with pytest.raises(RuleViolation, match=r"已完成其中一行 0\.50"):
        propose(on, renovation, changed(renovation, item_1={"quantity": "0.40"}), on.other_builder)
    assert plans.open_version(renovation) is None
    propose(on, renovation, changed(renovation, item_1={"quantity": "0.50"}), on.other_builder)
    renovation = sign(on, renovation)
    signed = queries.contract(renovation)
    assert signed is not None
    assert signed.total_fen == 100_000


def test_a_change_ends_with_the_firm_that_proposed_it() -> None:
    on = site()
    renovation = building(on)
    propose(on, renovation, changed(renovation, item_13={"quantity": "2.00"}))
    renovation = replaced(on, renovation)
    assert [one.state for one in plans.versions(renovation)] == [PlanState.REFUSED, PlanState.SIGNED]


def test_no_more_is_settled_than_the_plan_has_left() -> None:
    on = site()
    renovation = building(on)
    with pytest.raises(RuleViolation, match=r"不能超过方案里还没做的 1\.00"):
        replaced(on, renovation, item_11="1.01")
    renovation = taken_over(on, replaced(on, renovation, item_11="0.60"))
    take(renovation, on.other_builder, "before")
    do("construction.start", renovation, on.other_builder)
    with pytest.raises(RuleViolation, match=r"不能超过方案里还没做的 0\.40"):
        replaced(on, renovation, item_11="0.41")
    renovation = replaced(on, renovation, item_11="0.40")
    assert queries.done_before(renovation) == {lines_of(renovation)[11].root_id: Decimal(1)}


def test_before_the_start_nothing_is_settled() -> None:
    on = site()
    renovation = dispatched(on)
    with pytest.raises(RuleViolation, match="还没有开工"):
        replaced(on, renovation, item_11="1.00")
    assert replaced(on, renovation).status is Status.AGREED
    assert files.assignment(renovation, Role.CONTRACTOR) is None


def test_works_that_go_on_under_another_firm_are_not_asked_for_eligibility_again() -> None:
    on = site()
    renovation = taken_over(on, replaced(on, building(on), item_11="1.00"))
    with transaction():
        file = files.get_for_change(renovation.number, on.around.county)
        update_findings(file, {"dwelling.demolition_planned": True}, "verification", on.around.county)
    take(renovation, on.other_builder, "before")
    assert do("construction.start", renovation, on.other_builder).status is Status.BUILDING


def test_a_file_between_two_firms_ends_only_with_the_first_one_settled() -> None:
    on = site()
    renovation = replaced(on, building(on), item_11="1.00")
    clerk = on.around.township
    ending = {"ground": "death", "on": f"{clock.today()}", "reason": "去世"}
    with pytest.raises(Conflict):
        do("application.terminate", renovation, clerk, **ending, paper=photo(clerk))
    with pytest.raises(Conflict):
        do("application.withdraw", renovation, clerk, reason="不要了", paper=photo(clerk))
    renovation = do("application.end_early", renovation, clerk, **ending, paper=photo(clerk))
    with pytest.raises(Conflict):  # nobody begins any more, so no second contract
        dispatched(on, renovation, procurement_record_id=on.other_record)
    line = lines_of(renovation)[11]
    with pytest.raises(RuleViolations, match="请拍下现在的样子"):
        do("construction.wind_up", renovation, on.around.county)
    left = [{"line_id": line.root_id, "photos": [photo(on.around.county)]}]
    renovation = do("construction.wind_up", renovation, on.around.county, left=left)
    assert (renovation.status, files.assignment(renovation, Role.CONTRACTOR)) == (Status.COMPLETED, None)
    people = [one for one in accepted(renovation, clerk)["party"] if one["role"] != "contractor"]
    do("acceptance.record", renovation, clerk, **accepted(renovation, clerk) | {"lines": [], "party": people})
    renovation = do("acceptance.countersign", renovation, on.around.county)
    missing = {one.operation for one in missing_papers(renovation)}
    assert missing == {"construction.report", "settlement.invoice", "settlement.card"}
    term = acceptances.warranty_term(renovation)
    assert (term is not None and term.firm) == on.firm.name
    computed = compute(renovation)
    assert (renovation.status, computed.settlement.total_fen) == (Status.ACCEPTED, 20_000)
    assert [(one["organisation_id"], one["amount_fen"]) for one in computed.payees] == [(on.firm.id, 20_000)]


def test_a_second_firm_that_has_not_begun_goes_when_the_file_ends() -> None:
    on = site()
    renovation = taken_over(on, replaced(on, building(on), item_11="1.00"))
    clerk = on.around.township
    ending = {"ground": "death", "on": f"{clock.today()}", "reason": "去世"}
    renovation = do("application.end_early", renovation, clerk, **ending, paper=photo(clerk))
    with pytest.raises(Conflict):
        do("construction.start", renovation, on.other_builder)
    left = [{"line_id": lines_of(renovation)[11].root_id, "photos": [photo(on.around.county)]}]
    renovation = do("construction.wind_up", renovation, on.around.county, left=left)
    assert (renovation.status, queries.contract(renovation)) == (Status.COMPLETED, None)
    assert files.assignment(renovation, Role.CONTRACTOR) is None
    found = queries.settled_contract(renovation)
    assert (found is not None and found.organisation_id) == on.firm.id


def test_a_firm_that_left_with_nothing_to_settle_keeps_no_file_open() -> None:
    on = site()
    renovation = replaced(on, building(on))
    clerk = on.around.township
    renovation = do("application.withdraw", renovation, clerk, reason="不要了", paper=photo(clerk))
    assert renovation.status is Status.WITHDRAWN
