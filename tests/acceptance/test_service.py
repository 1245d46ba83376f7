"""The acceptance through the services: party, lines, rounds of rectification, the county's countersignature."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Conflict, NotAllowed, NotFound, RuleViolation, RuleViolations
from app.identity.models import User
from app.lifecycle import Status
from app.permissions import Role
from app.renovation import queries as files
from app.stages.acceptance import queries
from app.stages.acceptance.models import Acceptance
from app.stages.acceptance.rules import AcceptanceState
from app.stages.acceptance.service import lines_to_accept
from app.stages.construction import queries as works
from tests.acceptance.support import judged, party, recorded, to_rectify, typed
from tests.construction.support import (
    building,
    changed,
    completed,
    contract,
    dispatched,
    do,
    lines_of,
    photo,
    propose,
    replaced,
    report,
    sign,
    site,
    take,
)
from tests.factories import people

pytestmark = pytest.mark.usefixtures("session")


def test_an_acceptance_is_recorded_and_countersigned_by_two_people() -> None:
    on = site()
    renovation = recorded(on, completed(on))
    assert renovation.status is Status.COMPLETED
    assert queries.accepted_on(renovation) is None
    renovation = do("acceptance.countersign", renovation, on.around.county, note="同意")
    assert renovation.status is Status.ACCEPTED
    assert queries.accepted_on(renovation) == clock.today()
    accepted = queries.accepted_lines(renovation)
    assert accepted == {line.root_id: (True, Decimal(1)) for line in works.lines(renovation)}


def test_the_day_of_the_warranty_is_that_of_the_home_not_of_the_signature(set_today: object) -> None:
    on = site()
    renovation = completed(on)
    day = clock.today()
    recorded(on, renovation)
    set_today(day + timedelta(days=4))  # type: ignore[operator]
    renovation = do("acceptance.countersign", renovation, on.around.county)
    assert queries.accepted_on(renovation) == day


def test_a_second_acceptance_waits_for_the_county() -> None:
    on = site()
    renovation = recorded(on, completed(on))
    with pytest.raises(Conflict, match="不需要办理“登记入户验收”"):
        recorded(on, renovation)
    do("acceptance.return", renovation, on.around.county, reason="照片看不清")
    renovation = recorded(on, renovation)
    assert [(one.round, one.state) for one in queries.rounds(renovation)] == [
        (2, AcceptanceState.RECORDED),
        (1, AcceptanceState.SUPERSEDED),
    ]


def test_every_line_is_judged_once() -> None:
    on = site()
    renovation = completed(on)
    lines = judged(renovation)
    with pytest.raises(RuleViolations) as error:
        recorded(on, renovation, lines=[*lines[1:], lines[-1]])
    assert [one.field for one in error.value.problems] == ["lines-6-line_id", "lines"]


def test_nobody_of_the_building_firms_is_in_the_party() -> None:
    on = site()
    renovation = completed(on)
    name = db.session.get_one(User, on.builder.user_id).name
    with pytest.raises(RuleViolation, match="是施工单位的人") as error:
        recorded(on, renovation, party=party(on.around.township, village=name))
    assert error.value.field == "party-4-role"


def test_nobody_of_a_firm_that_left_is_in_the_party_either() -> None:
    on = site()
    renovation = replaced(on, building(on), item_11="1.00")
    dispatched(on, renovation, procurement_record_id=on.other_record, supervisor_record_id=None)
    do("construction.contract", renovation, on.other_builder, **contract(renovation, on.other_builder))
    take(renovation, on.other_builder, "before")
    do("construction.start", renovation, on.other_builder)
    renovation = completed(on, renovation, on.other_builder)
    assert [line.item_no for line in lines_to_accept(renovation)] == [1, 2, 13, 17, 24, 29]
    name = db.session.get_one(User, on.builder.user_id).name
    with pytest.raises(RuleViolation, match="是施工单位的人"):
        recorded(on, renovation, party=party(on.around.township, township=name))
    assert recorded(on, renovation).status is Status.COMPLETED


def test_rubble_and_the_list_stand_in_the_way() -> None:
    on = site()
    renovation = completed(on)
    checks = [one for one in typed(renovation, on.around.township)["checks"] if one["key"] != "rubble_cleared"]
    with pytest.raises(RuleViolation, match="建筑垃圾已清理干净") as error:
        recorded(on, renovation, checks=checks)
    assert error.value.field == "checks"


def test_the_day_is_not_in_the_future_nor_before_the_contract() -> None:
    on = site()
    renovation = completed(on)
    for days, words in ((1, "不能晚于今天"), (-1, "不能早于施工合同")):
        with pytest.raises(RuleViolation, match=words):
            recorded(on, renovation, day=f"{clock.today() + timedelta(days=days)}")


def test_what_fails_goes_back_to_the_firm_with_the_first_deadline_and_is_judged_again() -> None:
    on = site()
    renovation = completed(on)
    lines = judged(renovation, item_13=to_rectify("扶手松动", 9), item_1=to_rectify("翘边", 4))
    renovation = recorded(on, renovation, lines=lines, checks=[])
    assert (renovation.status, renovation.due_on) == (Status.BUILDING, clock.today() + timedelta(days=4))
    order = works.rectification(renovation)
    assert order is not None
    assert "扶手松动" in order.reason
    assert "2 项整改" in order.reason
    with pytest.raises(Conflict):
        do("acceptance.countersign", renovation, on.around.county)
    with pytest.raises(RuleViolations) as caught:  # the photos that were there show what was found wanting
        do("construction.complete", renovation, on.builder, note="已重新固定")
    assert sorted(problem.message[:7] for problem in caught.value.problems) == ["1 防滑处理（", "13 安装扶手"]
    take(renovation, on.builder, "after", 1, 13)
    renovation = do("construction.complete", renovation, on.builder, note="已重新固定")
    assert works.rectification(renovation) is None
    renovation = do("acceptance.countersign", recorded(on, renovation), on.around.county)
    assert [(one.round, one.state) for one in queries.rounds(renovation)] == [
        (2, AcceptanceState.COUNTERSIGNED),
        (1, AcceptanceState.SUPERSEDED),
    ]


def test_who_records_does_not_countersign() -> None:
    on = site()
    renovation = recorded(on, completed(on))
    with pytest.raises(NotAllowed):
        do("acceptance.countersign", renovation, on.around.township)
    found = queries.current(renovation)
    assert found is not None
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(
            update(Acceptance)
            .where(Acceptance.id == found.id)
            .values(state="countersigned", countersigned_by=found.recorded_by, countersigned_at=clock.now())
        )


def test_the_database_countersigns_nothing_over_rubble() -> None:
    on = site()
    renovation = recorded(on, completed(on))
    found = queries.current(renovation)
    assert found is not None
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(
            update(Acceptance)
            .where(Acceptance.id == found.id)
            .values(state="countersigned", countersigned_at=clock.now(), rubble_cleared=False)
        )


def test_what_was_not_done_cannot_be_accepted() -> None:
    on = site()
    renovation = completed(on, item_13="0.00")
    with pytest.raises(RuleViolation, match="不能定为合格"):
        recorded(on, renovation, lines=judged(renovation, item_13={"measured": "1.00"}))
    refused = {"result": "refused", "measured": "0.00", "finding": "没有装"}
    assert recorded(on, renovation, lines=judged(renovation, item_13=refused)).status is Status.COMPLETED


def end_early(on: object, renovation: object) -> None:
    """The old person died."""
    clerk = on.around.township  # type: ignore[attr-defined]
    do(
        "application.end_early",
        renovation,
        clerk,
        ground="death",
        on=f"{clock.today()}",
        reason="去世",
        paper=photo(clerk),
    )  # type: ignore[arg-type]


def test_of_a_file_that_ends_early_only_what_was_done_is_judged_and_the_village_signs() -> None:
    on = site()
    renovation = building(on)
    end_early(on, renovation)
    take(take(renovation, on.builder, "hidden", 13), on.builder, "after", 13)
    known = lines_of(renovation)
    do("construction.quantities", renovation, on.builder,
       lines=[{"line_id": known[13].root_id, "quantity": "1.00"}, {"line_id": known[1].root_id, "quantity": "0.00"}])  # fmt: skip
    renovation = do("construction.complete", renovation, on.builder)
    assert [line.item_no for line in lines_to_accept(renovation)] == [13]
    alone = party(on.around.township, household="", village="王村长")
    renovation = do("acceptance.countersign", recorded(on, renovation, party=alone), on.around.county)
    assert renovation.status is Status.ACCEPTED


def test_a_file_that_ends_before_anything_was_done_is_accepted_with_no_lines() -> None:
    on = site()
    renovation = building(on)
    end_early(on, renovation)
    renovation = recorded(on, do("construction.complete", renovation, on.builder))
    renovation = do("acceptance.countersign", renovation, on.around.county)
    assert (renovation.status, queries.accepted_lines(renovation)) == (Status.ACCEPTED, {})


def test_a_change_after_the_first_round_is_judged_in_the_second() -> None:
    on = site()
    renovation = completed(on)
    renovation = recorded(on, renovation, lines=judged(renovation, item_13=to_rectify()))
    propose(on, renovation, changed(renovation, item_13={"quantity": "2.00"}))
    renovation = sign(on, renovation)
    report(renovation, on.builder)
    take(renovation, on.builder, "after", 13)
    renovation = recorded(on, do("construction.complete", renovation, on.builder))
    assert queries.accepted_lines(renovation)[lines_of(renovation)[13].root_id] == (True, Decimal(2))


def test_another_township_cannot_record() -> None:
    on = site()
    renovation = completed(on)
    stranger = people.actor(Role.TOWNSHIP, people.OTHER_TOWNSHIP)
    with pytest.raises(NotFound):
        files.get(renovation.number, stranger)
