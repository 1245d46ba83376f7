"""The assessment through its services: who may, what is refused, what follows."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import transaction
from app.core.errors import Conflict, NotAllowed, RuleViolation, RuleViolations
from app.funds import queries as funds
from app.lifecycle import Status
from app.permissions import Role
from app.places.rules import OrganisationKind
from app.renovation import queries as files
from app.renovation.models import Event
from app.renovation.queries import assignment
from app.renovation.service import assign
from app.stages.application import decision_queries as decided
from app.stages.application import queries as application
from app.stages.application.codes import DecisionKind, Source
from app.stages.application.service import update_findings
from app.stages.assessment import asking, queries
from app.stages.assessment.models import AssessorSignature, IndicatorResult, Visit
from tests.application.notice_support import publish_tables
from tests.assessment import support
from tests.assessment.support import assessed, assigned, confirmed, desk, room, visited
from tests.factories import people
from tests.factories.applications import do, id_number, person

pytestmark = pytest.mark.usefixtures("session")


def test_commissioning_gives_the_firm_its_part_under_the_record() -> None:
    around = desk()
    renovation = assigned(around)
    part = assignment(renovation, Role.ASSESSOR)
    assert part is not None
    assert (part.organisation_id, part.procurement_record_id) == (around.firm.id, around.record_id)
    assert renovation.status is Status.CONFIRMED


def test_a_firm_without_a_record_in_force_is_refused() -> None:
    around = desk()
    over = support.procurement(around.firm, valid_from=support.day("2020-01-01"), valid_to=support.day("2020-12-31"))
    with pytest.raises(RuleViolation, match="请从列出的评估机构中选择"):
        do("assessment.assign_assessor", confirmed(around), around.county, procurement_record_id=over)


def test_a_record_serves_no_more_households_than_agreed() -> None:
    around = desk()
    small = support.procurement(around.firm, max_households=1)
    do("assessment.assign_assessor", confirmed(around), around.county, procurement_record_id=small)
    with pytest.raises(RuleViolation, match="约定的 1 户已经用完"):
        do("assessment.assign_assessor", confirmed(around, allot=False), around.county, procurement_record_id=small)


def test_the_building_firm_never_assesses(session: Session) -> None:

    around = desk()
    both = people.make_firm(OrganisationKind.ASSESSOR, OrganisationKind.CONTRACTOR)
    record = support.procurement(both)
    renovation = confirmed(around)
    with transaction():
        assign(files.get_for_change(renovation.number, around.county), Role.CONTRACTOR, both.id)
    with pytest.raises(RuleViolation, match="承担这一户的施工"):
        do("assessment.assign_assessor", renovation, around.county, procurement_record_id=record)


def test_one_firm_assesses_and_builds_where_the_programme_lets_it() -> None:
    publish_tables(assessment={"independent_of_builder": False})
    around = desk()
    both = people.make_firm(OrganisationKind.ASSESSOR, OrganisationKind.CONTRACTOR)
    record = support.procurement(both)
    renovation = confirmed(around)
    with transaction():
        assign(files.get_for_change(renovation.number, around.county), Role.CONTRACTOR, both.id)
    do("assessment.assign_assessor", renovation, around.county, procurement_record_id=record)
    part = assignment(files.get(renovation.number, around.county), Role.ASSESSOR)
    assert part is not None
    assert part.organisation_id == both.id


def test_another_firm_takes_over_and_the_first_one_is_out() -> None:
    around, other = desk(), desk()
    renovation = visited(around)
    do("assessment.assign_assessor", renovation, around.county, procurement_record_id=other.record_id)
    part = assignment(renovation, Role.ASSESSOR)
    assert part is not None
    assert part.organisation_id == other.firm.id
    assert queries.assessment(renovation) is None
    with pytest.raises(NotAllowed, match="已委托其他机构"):
        visited(around, renovation)


def test_a_visit_keeps_findings_measures_and_photos() -> None:
    around = desk()
    renovation = visited(around, answers={"bathing": "not_met", "walking": "not_met"})
    found = queries.assessment(renovation)
    assert found is not None
    assert found.findings == {
        "dwelling.safe": True,
        "dwelling.renovatable": True,
        "dwelling.must_move_out": False,
        "person.ability.failed_items": 2,
    }
    (bathroom,) = found.rooms
    assert [one["key"] for one in bathroom.hazards] == ["bath_slippery"]
    assert bathroom.measurements == [{"name": "门净宽", "value": "760", "unit": "mm"}]
    assert len(queries.room_photos(renovation)["bathroom"]) == 1
    assert queries.measurements(renovation) == {"bathroom": "门净宽 760 mm"}


def test_answers_are_encrypted_at_rest(session: Session) -> None:
    visited(desk())

    stored = session.execute(text("SELECT answer FROM indicator_result")).scalars().all()
    assert len(stored) == 6
    assert not any(b"met" in bytes(one) for one in stored)
    assert {one.answer for one in session.scalars(select(IndicatorResult))} == {"met"}


def test_suggestions_name_their_reason_and_rule() -> None:
    around = desk()
    renovation = visited(around, answers={"bathing": "not_met"})
    found = {one.item_no: one for one in queries.suggestions(renovation)}
    assert 1 in found  # 防滑处理, for the slippery floor
    assert "hazard:bath_slippery" in found[1].source
    assert found[1].rooms == ["bathroom"]
    assert 17 in found  # 淋浴椅, for not bathing alone
    assert all(one.reason and one.kept for one in found.values())


def test_one_person_cannot_be_both_assessors() -> None:
    around = desk()
    renovation = assigned(around)
    with pytest.raises(RuleViolations) as refused:
        visited(around, renovation, second_assessor=around.first.user_id)
    assert [(one.field, one.message) for one in refused.value.problems] == [
        ("second_assessor", "两名评估员不能是同一个人，请选择同去入户的另一人。")
    ]


def test_the_database_refuses_one_person_twice(session: Session) -> None:
    renovation = visited(desk())
    found = queries.assessment(renovation)
    assert found is not None
    found.second_id = found.first_id
    with pytest.raises(IntegrityError, match="two_different_assessors"):
        session.flush()


def test_the_second_assessor_is_of_the_same_firm() -> None:
    around = desk()
    stranger = people.actor(Role.ASSESSOR)
    with pytest.raises(RuleViolations, match="本机构在用账号"):
        visited(around, second_assessor=stranger.user_id)


def test_only_the_second_assessor_signs_the_second_line() -> None:
    around = desk()
    third = people.actor(Role.ASSESSOR, firm=around.firm)
    renovation = visited(around)
    with pytest.raises(Conflict, match="您已经签过字"):
        do("assessment.sign_visit", renovation, around.first, confirmed=True)
    with pytest.raises(NotAllowed, match="只有参加入户的"):
        do("assessment.sign_visit", renovation, third, confirmed=True)
    with pytest.raises(RuleViolation, match="请先勾选"):
        do("assessment.sign_visit", renovation, around.second)
    do("assessment.sign_visit", renovation, around.second, confirmed=True)
    found = queries.assessment(renovation)
    assert found is not None
    assert set(queries.signatures(found)) == {around.first.user_id, around.second.user_id}


def test_nothing_is_handed_in_with_one_signature() -> None:
    around = desk()
    renovation = visited(around)
    with pytest.raises(RuleViolations, match="还没有签字"):
        do("assessment.complete", renovation, around.first)


def test_a_complete_assessment_goes_to_the_plan_and_freezes_its_verdict() -> None:
    around = desk()
    renovation = assessed(around)
    assert renovation.status is Status.ASSESSED
    decision = application.latest_decision(renovation, DecisionKind.ASSESSMENT)
    assert decision is not None
    assert decision.verdict["verdict"] == "eligible"
    assert decision.facts["person"]["ability"]["failed_items"] == 0


def test_an_unsafe_home_goes_back_to_the_county_and_frees_the_place(session: Session) -> None:
    around = desk()
    renovation = assessed(around, safe="no")
    assert renovation.status is Status.NOTICED
    assert funds.place(renovation.id) is None
    last = session.scalars(select(Event).where(Event.renovation_id == renovation.id).order_by(Event.seq.desc())).first()
    assert last is not None
    assert last.details["clauses"] == ["E5"]
    assert application.facts(renovation)["dwelling"]["safe"] is False


def test_findings_that_change_e3_send_the_file_back() -> None:
    around = desk()
    born = support.day("1950-05-06")
    four = {"eating": False, "dressing": False, "bed": False, "toileting": False, "walking": True, "bathing": True}
    needy = person(id_number=id_number(born), ability=four | {"observer": "村医", "observed_on": f"{clock.today()}"})
    renovation = assigned(around, people=[needy])
    renovation = assessed(around, renovation)  # all six are met: neither 80 years old, nor 失能, nor a certificate
    assert renovation.status is Status.NOTICED
    assert application.verdict(renovation).clause("E3").result.value == "fail"


def test_a_file_sent_back_can_be_confirmed_and_assessed_again() -> None:

    around = desk()
    renovation = assessed(around, safe="no")
    with transaction():
        locked = files.get_for_change(renovation.number, around.county)
        update_findings(locked, {"dwelling.safe": True}, Source.VERIFICATION, around.county)
        support.confirm(locked)
    renovation = assessed(around, files.get(renovation.number, around.county))
    assert renovation.status is Status.ASSESSED
    assert funds.place(renovation.id) is not None


def test_an_unfit_home_ends_the_file_with_its_ground() -> None:
    around = desk()
    renovation = do("assessment.find_unfit", assigned(around), around.county, ground="土坯墙体开裂，不能打孔装扶手")
    assert renovation.status is Status.REJECTED
    assert funds.place(renovation.id) is None
    rejection = decided.rejection(renovation)
    assert rejection is not None
    assert [(one["id"], one["reason"]) for one in rejection.clauses] == [("E5", "土坯墙体开裂，不能打孔装扶手")]
    assert "可以申请复核" in rejection.letter
    with pytest.raises(NotAllowed, match="由县级主管部门办理"):
        do("assessment.find_unfit", assigned(around, allot=False), around.township, ground="墙体开裂")


def test_edits_need_reasons_and_end_the_other_signature() -> None:
    around = desk()
    renovation = visited(around)
    do("assessment.sign_visit", renovation, around.second, confirmed=True)
    number = queries.suggestions(renovation)[0].item_no
    with pytest.raises(RuleViolations) as refused:
        do(
            "assessment.review_suggestions",
            renovation,
            around.first,
            suggestions=[{"item": number, "keep": "no"}, {"item": 26}, {"item": 999}],
        )
    assert [one.field for one in refused.value.problems] == [
        "suggestions-0-reason",
        "suggestions-1-reason",
        "suggestions-2-reason",
    ]
    do(
        "assessment.review_suggestions",
        renovation,
        around.first,
        suggestions=[
            {"item": number, "keep": "no", "reason": "家中已铺防滑地胶"},
            {"item": 26, "keep": "yes", "reason": "看不清药瓶上的字"},
        ],
    )
    kept = [one.item_no for one in queries.suggestions(renovation)]
    assert number not in kept
    assert 26 in kept
    found = queries.assessment(renovation)
    assert found is not None
    assert set(queries.signatures(found)) == {around.first.user_id}


def test_a_corrected_record_ends_the_first_and_keeps_the_edits(session: Session) -> None:
    around = desk()
    renovation = visited(around)
    do("assessment.review_suggestions", renovation, around.first, suggestions=[{"item": 26, "reason": "看不清字"}])
    visited(around, renovation)
    visits = session.scalars(select(Visit).where(Visit.renovation_id == renovation.id).order_by(Visit.seq)).all()
    assert [(one.seq, one.ended_at is None) for one in visits] == [(1, False), (2, True)]
    assert 26 in [one.item_no for one in queries.suggestions(renovation)]
    assert len(queries.room_photos(renovation)["bathroom"]) == 1  # the first one's photo was replaced


def test_the_same_photo_may_stay_when_a_record_is_corrected() -> None:
    around = desk()
    picture = room(around.first)
    renovation = visited(around, rooms=[picture])
    visited(around, renovation, rooms=[picture])
    assert [one.file_id for one in queries.room_photos(renovation)["bathroom"]] == picture["photos"]


def test_a_visit_is_announced_and_announced_anew() -> None:
    around = desk()
    renovation = assigned(around)
    today = clock.today()
    do("assessment.schedule_visit", renovation, around.first, planned_on=f"{today}", time_of_day="上午")
    do("assessment.schedule_visit", renovation, around.first, planned_on=f"{today}", time_of_day="下午")
    planned = queries.appointment(renovation)
    assert planned is not None
    assert planned.time_of_day == "下午"
    with pytest.raises(RuleViolation, match="已经过去"):
        do("assessment.schedule_visit", renovation, around.first, planned_on="2020-01-01")


def test_signatures_stay_readable_after_they_ended(session: Session) -> None:
    around = desk()
    renovation = visited(around)
    visited(around, renovation)
    assert len(session.scalars(select(AssessorSignature)).all()) == 2


def test_a_grade_excuses_only_the_person_who_has_it() -> None:
    around = desk()
    wife = person(name="李桂英", relation="spouse", id_number=id_number(male=False))
    known = {"recognised": "complete_loss"}

    def asked(*people_: dict[str, object]) -> tuple[set[int], set[int]]:
        renovation = assigned(around, people=list(people_), household_size=2)
        rows = asking.visit_initial(renovation)["indicators"]
        return queries.recognised_persons(renovation, clock.today()), {row["person"] for row in rows}

    assert asked(person(**known), wife) == ({1}, {2})
