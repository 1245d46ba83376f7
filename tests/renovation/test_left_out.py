"""What a programme leaves out is passed by the system with the reason on the timeline, whatever the step (variants §2.1)."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import transaction
from app.core.errors import Conflict, NotAllowed, RuleViolation, RuleViolations
from app.funds import queries as funds
from app.funds.claims import claim_benefit
from app.lifecycle import Status
from app.permissions import Role
from app.programme.loading import CATALOG, load
from app.renovation import queries as files
from app.renovation.models import Renovation
from app.stages.plan import queries as plans
from app.stages.registry import open_operations
from app.workbench import buttons
from tests.acceptance import support as acceptances
from tests.application.notice_support import publish_tables
from tests.assessment.support import confirmed, desk
from tests.construction import support as construction
from tests.factories import applications, people
from tests.plan.support import BASICS, agreed, approved, decisions, drafted, fresh, submitted, typed, verify

do = applications.do
CONTENT: dict[str, Any] = json.loads(load(CATALOG / "chongqing-2020").content)
WHY = "由村（社区）直接上报改造需求"
NO_SUPERVISION = {
    "step": [{"key": "supervision", "used": False, "note": WHY}],
    "document": [one for one in CONTENT["document"] if one["key"] != "supervision_report"],
}


def without_assessment() -> list[dict[str, Any]]:
    return [one | ({"used": False, "note": WHY} if one["key"] == "assessment" else {}) for one in CONTENT["stage"]]


def last(renovation: Renovation) -> tuple[str, str, str]:
    event = files.events(renovation)[0]
    return event.title, event.actor_name, event.reason


@pytest.fixture(autouse=True)
def _session(session: Session) -> None:
    """Everything here is stored."""


def test_without_assessment_a_confirmed_household_waits_for_its_plan() -> None:
    publish_tables(stage=without_assessment())
    around = desk()
    file = confirmed(around)
    assert file.status is Status.ASSESSED
    assert last(file) == ("提交评估", "系统", f"本政策不设“评估”环节：{WHY}")
    assert "assessment.assign_assessor" in {one.key for one in open_operations(file, around.county)}
    assert "plan.return_assessment" not in {one.key for one in open_operations(file, around.county)}
    file = do("assessment.assign_assessor", file, around.county, procurement_record_id=around.record_id)
    verify(file, around)
    file = do("plan.draft", file, around.first, **typed(submit=True))
    assert do("plan.approve", file, around.county, accept_waivers=False, note="").status is Status.PLANNED


def test_without_assessment_the_county_is_shown_to_name_who_drafts_the_plan() -> None:
    publish_tables(stage=without_assessment())
    around = desk()
    file = confirmed(around)
    first = buttons.choices(file, around.county)
    assert (first.main and first.main.key, first.rests) == ("assessment.assign_assessor", "")
    assert first.main is not None
    assert first.main.consequence(file) == f"所选机构将可以查看{file.applicant_name}家庭的档案并编制方案。"
    file = do("assessment.assign_assessor", file, around.county, procurement_record_id=around.record_id)
    then = buttons.choices(file, around.county)
    assert (then.main, then.rests) == (None, "已委托，等评估机构编制方案")
    assert "assessment.assign_assessor" in {one.key for one in then.others}


def test_with_an_assessment_nothing_is_passed() -> None:
    assert confirmed(desk()).status is Status.CONFIRMED


def test_without_approval_a_complete_plan_goes_to_the_household() -> None:
    publish_tables(step=[{"key": "plan_approval", "used": False, "note": WHY}])
    around = desk()
    file = drafted(around)
    with pytest.raises(RuleViolations) as caught:
        do("plan.draft", file, around.first, **typed(submit=True))
    assert [one.message for one in caught.value.problems] == [
        "条件 E5（住房安全、能改造）只有申报，还没有核验", "条件 E8（施工期间的居住）只有申报，还没有核验",
    ]  # fmt: skip
    verify(file, around)
    file = do("plan.draft", file, around.first, **typed(submit=True))
    plan = plans.newest(file)
    assert plan is not None
    said = f"本政策不设“县级批准方案”：{WHY}"
    assert (file.status, plan.approved_by_name, plan.approval_note) == (Status.PLANNED, "系统", said)
    assert last(file) == ("批准方案", "系统", said)


def test_without_supervision_and_countersignature_the_acceptance_is_enough() -> None:
    steps = [*NO_SUPERVISION["step"], {"key": "countersign", "used": False, "note": WHY}]
    publish_tables(**NO_SUPERVISION | {"step": steps})
    on = construction.site()
    with pytest.raises(RuleViolation) as caught:
        construction.dispatched(on)
    assert caught.value.message == f"这个政策不设监理（{WHY}），请不要选监理单位。"
    file = construction.dispatched(on, agreed(on.around), supervisor_record_id=None)
    file = construction.completed(on, construction.building(on, construction.contracted(on, file)))
    party = acceptances.party(on.around.township, supervisor="")
    file = acceptances.recorded(on, file, party=party)
    assert file.status is Status.ACCEPTED
    assert last(file) == ("会签验收", "系统", f"本政策不设“县级会签验收”：{WHY}")


def test_the_programme_names_who_alone_takes_a_step() -> None:
    publish_tables(actor=[{"action": "reject", "roles": ["county"]}])
    clerk = people.actor(Role.TOWNSHIP)
    file = applications.submitted(clerk, dwelling=applications.dwelling(safe=False))
    assert "application.reject" not in {one.key for one in open_operations(file, clerk)}
    assert "application.reject" in {one.key for one in open_operations(file, people.actor(Role.COUNTY))}


def test_a_step_of_others_is_refused() -> None:
    publish_tables(actor=[{"action": "forward", "roles": ["township"]}, {"action": "withdraw", "roles": ["township"]}])
    around = desk()
    file = submitted(around)
    with pytest.raises(NotAllowed):
        do("application.withdraw", file, around.county, reason="老人不愿改造", paper=1)


def test_time_limits_may_count_every_day() -> None:
    publish_tables(time_limits=CONTENT["time_limits"] | {"day_kind": "calendar"})
    file = applications.submitted(people.actor(Role.TOWNSHIP))
    assert file.due_on == clock.today() + timedelta(days=5)


# ---------------------------------------------------------------- items


def test_items_are_claimed_with_the_plan_and_stand_in_the_way_of_the_same_item_alone() -> None:
    publish_tables(benefit={"per": "item", "subjects": ["dwelling"]})
    around = desk()
    file = approved(around)
    claims = [claim for claim in funds.claims(file.id) if claim.item]
    assert sorted(claim.item for claim in claims) == sorted(f"chongqing-2020:{number}" for number in BASICS)
    home = [("dwelling", claims[0].subject_index)]
    with pytest.raises(Conflict) as caught, transaction():
        claim_benefit(0, home, "home_renovation", "lifetime", "chongqing-2020", 1, item="chongqing-2020:13")
    assert "这个项目不能重复补贴" in caught.value.message
    assert fresh(file, around.county).status is Status.PLANNED


def test_an_item_that_leaves_the_plan_is_free_again() -> None:
    publish_tables(benefit={"per": "item", "subjects": ["dwelling"]})
    around = desk()
    file = approved(around)
    file = do("plan.refuse", file, around.township, reason="家庭不要手杖")
    kept = [line for line in typed()["lines"] if line["item"] != 24]
    waived = decisions(around.first, item_24="in_place")
    file = approved(around, file, lines=kept, decisions=waived)
    assert "chongqing-2020:24" not in {claim.item for claim in funds.claims(file.id)}
    assert "chongqing-2020:13" in {claim.item for claim in funds.claims(file.id)}
