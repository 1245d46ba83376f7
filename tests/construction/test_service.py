"""The works through the services: dispatch, contract, photos, start, quantities, supervision, completion."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Conflict, NotAllowed, NotFound, RuleViolation, RuleViolations
from app.lifecycle import Status
from app.permissions import Role
from app.places.rules import OrganisationKind
from app.renovation import queries as files
from app.renovation.models import Attachment, Kind
from app.stages.application.service import update_findings
from app.stages.construction import photo_queries, queries
from app.stages.construction.lots import households_of
from app.stages.construction.models import ContractLine
from tests.assessment.support import procurement
from tests.construction.support import (
    building,
    completed,
    contract,
    contracted,
    dispatched,
    do,
    hand_over,
    lines_of,
    photo,
    quantities,
    report,
    site,
    take,
    works,
)
from tests.factories import people
from tests.plan.support import agreed

pytestmark = pytest.mark.usefixtures("session")


def fields(error: pytest.ExceptionInfo[RuleViolations]) -> list[str]:
    """The fields at which something was refused."""
    return [one.field for one in error.value.problems]


# dispatch ----------------------------------------------------------------------------------------------------------
def test_a_firm_is_dispatched_under_its_procurement_record() -> None:
    on = site()
    renovation = dispatched(on)
    assert renovation.status is Status.AGREED
    builder, supervisor = (files.assignment(renovation, role) for role in (Role.CONTRACTOR, Role.SUPERVISOR))
    assert (builder and builder.organisation_id, builder and builder.procurement_record_id) == (
        on.firm.id,
        on.builder_record,
    )
    assert supervisor
    assert supervisor.organisation_id == on.supervising.id
    with pytest.raises(Conflict, match="不需要办理“派工”"):
        dispatched(on, renovation)


def test_who_assessed_does_not_build_and_who_builds_does_not_supervise() -> None:
    on = site()
    renovation = agreed(on.around)
    both = people.make_firm(OrganisationKind.CONTRACTOR, OrganisationKind.SUPERVISOR)
    record, other = procurement(both, OrganisationKind.CONTRACTOR), procurement(both, OrganisationKind.SUPERVISOR)
    with pytest.raises(RuleViolation, match="监理单位不能是这一户的施工单位"):
        dispatched(on, renovation, procurement_record_id=record, supervisor_record_id=other)
    with pytest.raises(RuleViolation, match="今天不能用于本县派工"):
        dispatched(on, renovation, procurement_record_id=on.around.record_id)
    assert files.assignment(renovation, Role.CONTRACTOR) is None


def test_a_policy_that_pays_with_a_supervision_report_needs_a_supervisor_from_the_start() -> None:
    on = site()
    renovation = agreed(on.around)
    with pytest.raises(RuleViolation, match="请同时选监理单位") as error:
        dispatched(on, renovation, supervisor_record_id=None)
    assert error.value.field == "supervisor_record_id"


def test_a_lot_is_never_filled_beyond_its_households() -> None:
    on = site()
    small = procurement(on.firm, OrganisationKind.CONTRACTOR, max_households=1)
    first, second = agreed(on.around), agreed(on.around)
    dispatched(on, first, procurement_record_id=small)
    with pytest.raises(RuleViolation, match="最多 1 户，已经用完"):
        dispatched(on, second, procurement_record_id=small)
    do("construction.replace_firm", first, on.around.county, reason="换标段")
    dispatched(on, second, procurement_record_id=small)


def test_households_of_many_lots_are_counted_in_one_query() -> None:
    on = site()
    dispatched(on)
    from app.places.models import ProcurementRecord  # noqa: PLC0415 — only here

    records = [db.session.get_one(ProcurementRecord, one) for one in (on.builder_record, on.other_record)]
    assert households_of(records) == {on.builder_record: 1, on.other_record: 0}


# contract ----------------------------------------------------------------------------------------------------------
def test_a_contract_is_signed_below_the_plans_prices() -> None:
    on = site()
    renovation = contracted(on, item_13="150.55")
    signed = queries.contract(renovation)
    assert signed is not None
    assert (renovation.status, signed.total_fen, signed.organisation_id) == (Status.DISPATCHED, 135_055, on.firm.id)
    assert queries.contract_price(renovation)[lines_of(renovation)[13].root_id] == 15_055
    assert (renovation.total_fen, renovation.subsidy_fen, renovation.self_pay_fen) == (135_055, 135_055, 0)


def test_every_fault_of_a_contract_is_told_at_its_field() -> None:
    on = site()
    renovation = dispatched(on)
    typed = contract(renovation, on.builder, item_1="200.01", warranty_months=12, clears_rubble=False)
    typed["prices"] = typed["prices"][:-1]
    with pytest.raises(RuleViolations) as error:
        do("construction.contract", renovation, on.builder, **typed)
    assert fields(error) == ["warranty_months", "clears_rubble", "prices-0-unit_price", "prices"]
    assert renovation.status is Status.AGREED


def test_the_database_holds_contract_prices_below_the_plans() -> None:
    on = site()
    signed = queries.contract(contracted(on))
    assert signed is not None
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(
            update(ContractLine).where(ContractLine.id == signed.lines[0].id).values(unit_price_fen=20_001)
        )


def test_another_firm_neither_sees_nor_signs() -> None:
    on = site()
    renovation = dispatched(on)
    with pytest.raises(NotFound):
        do("construction.contract", renovation.number, on.other_builder, **contract(renovation, on.other_builder))


# start -------------------------------------------------------------------------------------------------------------
def test_works_start_with_the_photos_of_the_state_before() -> None:
    on = site()
    renovation = contracted(on)
    with pytest.raises(RuleViolations) as error:
        do("construction.start", renovation, on.builder)
    assert [one.message for one in error.value.problems] == [
        f"{queries.name_of(line)}还缺“改造前”照片，请拍摄上传。" for line in works(renovation)
    ]
    first = works(renovation)[0]
    with pytest.raises(RuleViolation, match="现在只能上传改造前的照片"):
        do(
            "construction.photos",
            renovation,
            on.builder,
            line_id=first.root_id,
            kind="after",
            photos=[photo(on.builder)],
        )
    assert building(on, renovation).status is Status.BUILDING


def test_the_same_photos_sent_again_are_told_once() -> None:
    on = site()
    renovation = contracted(on)
    sent = {"line_id": works(renovation)[0].root_id, "kind": "before", "photos": [photo(on.builder)]}
    told = [len(files.events(do("construction.photos", renovation, on.builder, **sent))) for _ in range(2)]
    assert told[0] == told[1]
    more = sent | {"photos": [*sent["photos"], photo(on.builder)]}
    assert len(files.events(do("construction.photos", renovation, on.builder, **more))) == told[1] + 1


def test_eligibility_is_asked_again_on_the_day_works_start() -> None:
    on = site()
    renovation = take(contracted(on), on.builder, "before")
    with transaction():
        update_findings(
            files.get_for_change(renovation.number, on.around.county),
            {"dwelling.demolition_planned": True},
            "verification",
            on.around.county,
        )
    with pytest.raises(Conflict, match="不要开工"):
        do("construction.start", renovation, on.builder)
    assert files.get(renovation.number, on.builder).status is Status.DISPATCHED


def moved_out(on: Any) -> Any:
    """A file whose old person must move out, before the start."""
    renovation = take(contracted(on), on.builder, "before")
    with transaction():
        update_findings(
            files.get_for_change(renovation.number, on.around.county),
            {"dwelling.must_move_out": True, "dwelling.can_stay_elsewhere": True},
            "assessment",
            on.around.county,
        )
    return renovation


def stay(begins: int, ends: int) -> dict[str, Any]:
    """Where the old person stays, from and to in days from today."""
    today = clock.today()
    return {
        "arranger": "township",
        "place": "镇敬老院",
        "from_on": f"{today + timedelta(days=begins)}",
        "to_on": f"{today + timedelta(days=ends)}",
        "contact": "李敏",
        "contact_phone": "13800001234",
    }


def test_who_must_move_out_has_a_place_to_stay_on_that_day() -> None:
    on = site()
    renovation = moved_out(on)
    with pytest.raises(RuleViolations, match="还没有安排过渡住处"):
        do("construction.start", renovation, on.builder)
    do("construction.relocate", renovation, on.around.township, **stay(2, 12))
    with pytest.raises(RuleViolations, match="不包括今天"):
        do("construction.start", renovation, on.builder)
    do("construction.relocate", renovation, on.around.township, **stay(0, 12))
    assert do("construction.start", renovation, on.builder).status is Status.BUILDING
    arranged = queries.relocation(renovation)
    assert arranged is not None
    assert arranged.from_on == clock.today()


# on site -----------------------------------------------------------------------------------------------------------
def test_quantities_are_reported_up_to_the_plan_and_once_a_line() -> None:
    on = site()
    renovation = building(on)
    root = lines_of(renovation)[13].root_id
    with pytest.raises(RuleViolations) as error:
        do("construction.quantities", renovation, on.builder, lines=[{"line_id": root, "quantity": "1.01"}])
    assert fields(error) == ["lines-0-quantity"]
    twice = [{"line_id": root, "quantity": "1.00"}, {"line_id": root, "quantity": "0.50"}]
    with pytest.raises(RuleViolations) as error:
        do("construction.quantities", renovation, on.builder, lines=twice)
    assert fields(error) == ["lines-1-line_id"]
    do("construction.quantities", renovation, on.builder, lines=[{"line_id": root, "quantity": "1.00"}])
    do("construction.quantities", renovation, on.builder, lines=[{"line_id": root, "quantity": "0.50"}])
    assert {item: f"{said}" for item, said in quantities(renovation).items()} == {13: "0.5"}


def test_completion_says_everything_that_is_missing() -> None:
    on = site()
    renovation = building(on)
    with pytest.raises(RuleViolations) as error:
        do("construction.complete", renovation, on.builder)
    assert len(error.value.problems) == 7 + 2 * len(works(renovation)) + 3
    take(take(renovation, on.builder, "hidden"), on.builder, "after")
    hand_over(renovation, on.builder)
    report(renovation, on.builder)
    assert do("construction.complete", renovation, on.builder).status is Status.COMPLETED


def test_a_line_that_was_not_done_needs_no_photos() -> None:
    on = site()
    renovation = building(on)
    take(take(renovation, on.builder, "hidden", 1, 2, 11), on.builder, "after", 1, 2, 11)
    hand_over(renovation, on.builder, 24, 29)
    report(renovation, on.builder, item_13="0.00", item_17="0.00")
    assert do("construction.complete", renovation, on.builder).status is Status.COMPLETED


def test_a_wrong_photo_is_taken_back_and_another_one_needed() -> None:
    on = site()
    renovation = take(contracted(on), on.builder, "before")
    root = works(renovation)[0].root_id
    wrong = photo_queries.line_photos(renovation)[(root, Kind.BEFORE)][0]
    do("construction.remove_photo", renovation, on.builder, photo_id=wrong.id, reason="拍错了位置")
    assert (root, Kind.BEFORE) not in photo_queries.line_photos(renovation)
    with pytest.raises(RuleViolation, match="还缺“改造前”照片"):
        do("construction.start", renovation, on.builder)
    with pytest.raises(RuleViolation, match="已经撤下"):
        do("construction.remove_photo", renovation, on.builder, photo_id=wrong.id, reason="拍错了位置")
    paper = queries.contract(renovation)
    assert paper is not None
    with pytest.raises(RuleViolation, match="没有这张照片"):
        do("construction.remove_photo", renovation, on.builder, photo_id=paper.attachment_id, reason="x")
    assert db.session.get_one(Attachment, wrong.id).ended_reason == "拍错了位置"


def test_goods_are_handed_over_not_photographed_in_the_making() -> None:
    on = site()
    renovation = building(on)
    line = lines_of(renovation)[1]
    typed = {"recipient": "张德福", "serial": "S1", "day": f"{clock.today()}"}
    with pytest.raises(RuleViolation, match="不需要用品交付记录"):
        do("construction.hand_over", renovation, on.builder, line_id=line.root_id, photos=[photo(on.builder)],
           signature=photo(on.builder), **typed)  # fmt: skip
    root = lines_of(renovation)[24].root_id
    for serial in ("S1", "S2"):
        do("construction.hand_over", renovation, on.builder, line_id=root, photos=[photo(on.builder)],
           signature=photo(on.builder), **(typed | {"serial": serial}))  # fmt: skip
    assert queries.handovers(renovation)[root].serial == "S2"


def test_a_problem_that_the_supervisor_found_stands_in_the_way_until_seen_again() -> None:
    on = site()
    renovation = building(on)
    today = clock.today()
    do("construction.inspect", renovation, on.supervisor, day=f"{today}", finding="problem", text="扶手松动",
       deadline=f"{today}", photos=[photo(on.supervisor)])  # fmt: skip
    visit = queries.open_problems(renovation)[0]
    take(take(renovation, on.builder, "hidden"), on.builder, "after")
    hand_over(renovation, on.builder)
    report(renovation, on.builder)
    with pytest.raises(RuleViolations, match="还没有销号"):
        do("construction.complete", renovation, on.builder)
    paper = {"day": f"{today}", "conclusion": "合格"}
    with pytest.raises(Conflict, match="先复查销号"):
        do("construction.report", renovation, on.supervisor, paper=photo(on.supervisor), **paper)
    do(
        "construction.resolve",
        renovation,
        on.supervisor,
        visit_id=visit.id,
        resolved_on=f"{today}",
        resolution="已紧固",
    )
    do("construction.report", renovation, on.supervisor, paper=photo(on.supervisor), **paper)
    do("construction.report", renovation, on.supervisor, paper=photo(on.supervisor), **(paper | {"conclusion": "补充"}))
    found = queries.supervision_report(renovation)
    assert found is not None
    assert found.conclusion == "补充"
    assert do("construction.complete", renovation, on.builder).status is Status.COMPLETED


def test_another_supervisor_has_no_say() -> None:
    on = site()
    renovation = building(on)
    stranger = people.actor(Role.SUPERVISOR)
    with pytest.raises(NotFound):
        do("construction.inspect", renovation.number, stranger, day=f"{clock.today()}", finding="good", text="好")


def test_what_is_not_open_in_a_status_is_refused() -> None:
    on = site()
    renovation = completed(on)
    with pytest.raises(Conflict, match="待验收"):
        do("construction.log", renovation, on.builder, day=f"{clock.today()}", workers=1, text="x")
    with pytest.raises(NotAllowed):
        do("construction.log", renovation, on.around.county, day=f"{clock.today()}", workers=1, text="x")


# ending early ------------------------------------------------------------------------------------------------------
def test_a_file_that_ends_early_completes_with_what_was_done() -> None:
    on = site()
    renovation = building(on)
    do("application.end_early", renovation, on.around.township, ground="death", on=f"{clock.today()}", reason="去世",
       paper=photo(on.around.township))  # fmt: skip
    take(take(renovation, on.builder, "hidden", 13), on.builder, "after", 13)
    root = lines_of(renovation)[13].root_id
    do("construction.quantities", renovation, on.builder, lines=[{"line_id": root, "quantity": "1.00"}])
    assert do("construction.complete", renovation, on.builder).status is Status.COMPLETED


def test_a_file_that_ends_before_anything_was_done_completes_too() -> None:
    on = site()
    renovation = building(on)
    do("application.end_early", renovation, on.around.township, ground="death", on=f"{clock.today()}", reason="去世",
       paper=photo(on.around.township))  # fmt: skip
    assert do("construction.complete", renovation, on.builder).status is Status.COMPLETED
