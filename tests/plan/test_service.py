"""The plan through its services: sums, what is refused, versions, approval, signature, agreement."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.db import transaction
from app.core.errors import Conflict, NotAllowed, RuleViolation, RuleViolations
from app.funds import queries as funds
from app.funds.account_models import FundAccount
from app.lifecycle import Status
from app.permissions import Actor, Role
from app.renovation.models import Renovation
from app.stages.assessment import queries as assessment
from app.stages.plan import queries
from app.stages.plan.models import Agreement, Plan
from app.stages.plan.rules import ApprovePlan, DraftPlan, PlanState
from app.stages.plan.service import approve_plan, draft_plan
from tests.assessment.support import assigned
from tests.factories.applications import do
from tests.plan.support import (
    agreed,
    approved,
    assessed,
    decisions,
    desk,
    drafted,
    line,
    lines,
    open_,
    photo,
    submitted,
    typed,
    verify,
)

pytestmark = pytest.mark.usefixtures("session")


def sums(plan: Plan) -> tuple[int, int, int]:
    """Total, subsidy, own share in fen."""
    return plan.total_fen, plan.subsidy_fen, plan.self_pay_fen


def test_a_draft_copies_names_and_computes_the_sums() -> None:
    renovation = drafted(desk())
    plan = open_(renovation)
    assert sums(plan) == (140_000, 140_000, 0)
    assert [(one.item_no, one.item_name, one.amount_fen, one.subsidised_fen) for one in plan.lines][:2] == [
        (1, "防滑处理", 20_000, 20_000),
        (2, "高差处理", 20_000, 20_000),
    ]
    assert plan.lines[0].kind.value == "works"
    assert plan.lines[5].kind.value == "goods"
    assert (renovation.total_fen, renovation.subsidy_fen, renovation.self_pay_fen) == (140_000, 140_000, 0)
    assert plan.rules.startswith("2020")


def test_what_exceeds_the_cap_is_the_households_own() -> None:
    plan = open_(drafted(desk(), lines=[*lines(), line(26, "900.00")]))
    assert sums(plan) == (230_000, 200_000, 30_000)
    assert plan.computed["self_pay"] == "300.00"


def test_with_a_declined_basic_item_optional_items_are_self_paid() -> None:
    around = desk()
    renovation = assessed(around)
    without = [one for one in lines() if one["item"] != 24]
    drafted(
        around,
        renovation,
        lines=[*without, line(26, "300.00")],
        decisions=[{"item": 24, "decision": "declined", "reason": "老人说用不着"}],
    )
    assert sums(open_(renovation)) == (150_000, 120_000, 30_000)


def test_an_unfinished_draft_is_kept_but_not_submitted() -> None:
    around = desk()
    renovation = drafted(around, lines=[line(1, measured="")], no_shared_space=False)
    with pytest.raises(RuleViolations) as refused:
        do("plan.submit_plan", renovation, around.first)
    assert [one.message for one in refused.value.problems] == [
        "基础类“高差处理”还没有确定：请填改造、家中已有、不适用或家庭不需要。",
        "基础类“安装床边护栏（抓杆）”还没有确定：请填改造、家中已有、不适用或家庭不需要。",
        "基础类“安装扶手”还没有确定：请填改造、家中已有、不适用或家庭不需要。",
        "基础类“配置淋浴椅”还没有确定：请填改造、家中已有、不适用或家庭不需要。",
        "基础类“手杖”还没有确定：请填改造、家中已有、不适用或家庭不需要。",
        "基础类“防走失装置”还没有确定：请填改造、家中已有、不适用或家庭不需要。",
        "第 1 行“防滑处理”要写实测尺寸。",
        "请确认不占用公共部位、不影响邻居（P5）。",
    ]


def test_a_waiver_needs_reason_and_photo_and_excludes_lines() -> None:
    around = desk()
    renovation = assessed(around)
    with pytest.raises(RuleViolations) as refused:
        drafted(around, renovation, decisions=[{"item": 24, "decision": "in_place"}])
    assert [one.field for one in refused.value.problems] == ["decisions-0-decision"]
    rest = [one for one in lines() if one["item"] != 24]
    drafted(around, renovation, lines=rest, decisions=[{"item": 24, "decision": "in_place"}])
    with pytest.raises(RuleViolations) as refused:
        do("plan.submit_plan", renovation, around.first)
    assert [one.message for one in refused.value.problems] == [
        "“手杖”填了“家中已有”，请写理由。",
        "“手杖”填了“家中已有”，请拍一张情况照片。",
    ]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"item": 99}, "lines-0-item"),
        ({"quantity": "0.00"}, "lines-0-quantity"),
        ({"space": "garage"}, "lines-0-space"),
    ],
)
def test_a_line_that_breaks_a_rule_is_refused_at_its_field(wrong: dict[str, object], field: str) -> None:
    around = desk()
    with pytest.raises(RuleViolations) as refused:
        drafted(around, lines=[line(1) | wrong])
    assert [one.field for one in refused.value.problems] == [field]


def test_the_database_refuses_what_the_rules_refuse(session: Session) -> None:
    plan = open_(drafted(desk()))
    plan.lines[0].quantity_centi = 0
    with pytest.raises(IntegrityError, match="quantity_positive"):
        session.flush()


def test_the_database_keeps_shares_and_total_together(session: Session) -> None:
    plan = open_(drafted(desk()))
    plan.self_pay_fen += 1
    with pytest.raises(IntegrityError, match="shares_are_total"):
        session.flush()


def test_the_database_keeps_one_open_version(session: Session) -> None:
    renovation = drafted(desk())
    plan = open_(renovation)
    session.add(
        Plan(
            renovation_id=renovation.id,
            version=plan.version + 1,
            programme_version_id=plan.programme_version_id,
            rules="",
            total_fen=0,
            subsidy_fen=0,
            self_pay_fen=0,
            cap_fen=0,
            drafted_at=plan.drafted_at,
        )
    )
    with pytest.raises(IntegrityError):
        session.flush()


def test_approval_needs_e5_and_e8_verified_not_declared() -> None:
    around = desk()
    renovation = submitted(around)
    with pytest.raises(RuleViolations) as refused:
        do("plan.approve", renovation, around.county)
    assert [one.message for one in refused.value.problems] == [
        "条件 E5（住房安全、能改造）只有申报，还没有核验",
        "条件 E8（施工期间的居住）只有申报，还没有核验",
    ]
    verify(renovation, around)
    assert do("plan.approve", renovation, around.county).status is Status.PLANNED


def test_a_verification_that_is_unclear_does_not_count() -> None:
    around = desk()
    renovation = submitted(around)
    verify(renovation, around)
    verify(renovation, around, "unclear", ("E5",))
    with pytest.raises(RuleViolations, match="核验结果是“暂不能核实”"):
        do("plan.approve", renovation, around.county)


def test_the_county_accepts_waivers_one_by_one() -> None:
    around = desk()
    renovation = assessed(around)
    waived = decisions(around.first, item_24="in_place", item_29="not_applicable")
    rest = [one for one in lines() if one["item"] not in (24, 29)]
    submitted(around, renovation, lines=rest, decisions=waived)
    verify(renovation, around)
    with pytest.raises(RuleViolations, match="有 2 个基础类项目不改造"):
        do("plan.approve", renovation, around.county)
    do("plan.approve", renovation, around.county, accept_waivers=True)
    plan = open_(renovation)
    assert {one.item_no: one.accepted_by_county for one in plan.decisions} == {
        1: False,
        2: False,
        11: False,
        13: False,
        17: False,
        24: True,
        29: True,
    }
    assert plan.flagged is False


def test_five_waivers_flag_the_file_and_need_a_note() -> None:
    around = desk()
    renovation = assessed(around)
    waived = decisions(
        around.first,
        item_2="not_applicable",
        item_11="in_place",
        item_17="in_place",
        item_24="in_place",
        item_29="not_applicable",
    )
    submitted(around, renovation, lines=[line(1), line(13)], decisions=waived)
    verify(renovation, around)
    assert open_(renovation).flagged is True
    with pytest.raises(RuleViolations) as refused:
        do("plan.approve", renovation, around.county, accept_waivers=True)
    assert [one.field for one in refused.value.problems] == ["note"]
    assert (
        do("plan.approve", renovation, around.county, accept_waivers=True, note="已入户核对").status is Status.PLANNED
    )


def test_a_returned_plan_becomes_the_next_version() -> None:
    around = desk()
    renovation = submitted(around)
    do("plan.return_plan", renovation, around.county, reason="扶手单价偏高")
    rows = [
        one | {"origin": old.root_id}
        for one, old in zip(lines(item_13="150.00"), _newest(renovation).lines, strict=True)
    ]
    submitted(around, renovation, lines=rows)
    new, old = queries.versions(renovation)
    assert [(one.version, one.state) for one in (new, old)] == [(2, PlanState.SUBMITTED), (1, PlanState.SUPERSEDED)]
    assert (new.reason, old.returned_reason) == ("扶手单价偏高", "扶手单价偏高")
    changed = [one for one in queries.difference(old, new).lines if one.kind.value != "same"]
    assert [(one.line.item_no, one.change_fen, one.fields[0].label, one.fields[0].after) for one in changed] == [
        (13, -5_000, "单价", "¥150.00")
    ]


def _newest(renovation: Renovation) -> Plan:
    found = queries.newest(renovation)
    assert found is not None
    return found


def test_a_submitted_plan_is_no_longer_changed() -> None:
    around = desk()
    renovation = submitted(around)
    with pytest.raises(Conflict, match="不需要办理"):
        do("plan.draft", renovation, around.first, **typed())


def test_another_firm_does_not_draft() -> None:
    around = desk()
    other = desk()
    renovation = assessed(around)

    with pytest.raises(NotAllowed, match="承担这一户评估的机构"):
        draft_plan(renovation, DraftPlan(), other.first)


def test_the_assessment_can_be_sent_back_with_its_plan() -> None:
    around = desk()
    renovation = do("plan.return_assessment", submitted(around), around.county, reason="卧室没有照片")
    assert renovation.status is Status.CONFIRMED
    assert queries.open_version(renovation) is None
    visit = assessment.assessment(renovation)
    assert visit is not None
    assert (visit.completed_at, assessment.signatures(visit)) == (None, {})
    assessed(around, renovation)
    assert drafted(around, renovation).status is Status.ASSESSED
    assert _newest(renovation).version == 2


def test_the_household_refuses_and_gets_another_version() -> None:
    around = desk()
    renovation = do("plan.refuse", approved(around), around.township, reason="不要手杖")
    assert renovation.status is Status.ASSESSED
    assert _newest(renovation).state is PlanState.REFUSED
    drafted(around, renovation)
    assert (open_(renovation).version, open_(renovation).reason) == (2, "不要手杖")


def test_signing_commits_the_money_and_begins_the_agreement(session: Session) -> None:
    around = desk()
    renovation = agreed(around, lines=[*lines(), line(26, "900.00")], self_pay="300.00")
    assert renovation.status is Status.AGREED
    plan = queries.signed(renovation)
    assert plan is not None
    assert (plan.signed_self_pay_fen, plan.signed_by_name) == (30_000, renovation.applicant_name)
    assert sum(funds.committed(renovation.id).values()) == 200_000
    made = session.scalars(select(Agreement)).one()
    assert (made.number, made.self_pay_fen) == (f"{renovation.number}-01", 30_000)
    assert (renovation.total_fen, renovation.subsidy_fen, renovation.self_pay_fen) == (230_000, 200_000, 30_000)


def test_the_household_signs_for_the_plans_sum_and_no_other() -> None:
    around = desk()
    renovation = approved(around, lines=[*lines(), line(26, "900.00")])
    with pytest.raises(RuleViolation) as refused:
        do("plan.agree", renovation, around.township, self_pay="30.00", signature=photo(around.township))
    assert (refused.value.field, refused.value.message) == (
        "self_pay",
        "方案的家庭自付是 ¥300.00，写的是 ¥30.00；请与家庭核对后照方案金额填写。",
    )


def test_a_guardian_signs_with_his_own_name() -> None:
    around = desk()
    renovation = approved(around)
    given = {"self_pay": "0.00", "signature": photo(around.township), "signer": "guardian"}
    with pytest.raises(RuleViolation, match="请填签字人姓名"):
        do("plan.agree", renovation, around.township, **given)
    do("plan.agree", renovation, around.township, signer_name="张小军", **given)
    plan = queries.signed(renovation)
    assert plan is not None
    assert plan.signed_by_name == "张小军"


def test_without_money_nothing_is_signed(session: Session) -> None:
    around = desk()
    renovation = approved(around)

    with transaction():
        for account in session.scalars(select(FundAccount)):
            account.amount_fen = 100
    with pytest.raises(Conflict):
        do("plan.agree", renovation, around.township, self_pay="0.00", signature=photo(around.township))
    session.expire_all()
    assert queries.signed(renovation) is None
    assert funds.committed(renovation.id) == {}


def test_a_plan_without_any_line_is_not_submitted() -> None:
    around = desk()
    renovation = assessed(around)
    waived = decisions(around.first, **{f"item_{number}": "in_place" for number in (1, 2, 11, 13, 17, 24, 29)})
    drafted(around, renovation, lines=[], decisions=waived)
    with pytest.raises(RuleViolations, match="没有任何改造项目"):
        do("plan.submit_plan", renovation, around.first)


def test_a_line_cannot_continue_another_files_line() -> None:
    around = desk()
    other = _newest(submitted(around)).lines[0].root_id
    second = assessed(around, assigned(around, allot=False))
    with pytest.raises(RuleViolations, match="不能沿用"):
        drafted(around, second, lines=[line(1, origin=other)])


def test_maker_is_not_checker() -> None:
    """A county account that drafted (an account that changed its role) may not approve its own plan."""
    around = desk()
    renovation = submitted(around)
    verify(renovation, around)
    plan = open_(renovation)

    own = Actor(plan.drafted_by, "同一人", Role.COUNTY, around.county.region_id, around.county.region_path)
    with pytest.raises(NotAllowed, match="不能审批自己的方案"):
        approve_plan(renovation, ApprovePlan(), own)


def test_only_the_township_lets_the_household_sign() -> None:
    around = desk()
    renovation = approved(around)
    with pytest.raises(NotAllowed):
        do("plan.agree", renovation, around.county, self_pay="0.00", signature=photo(around.county))


def test_photos_may_stay_from_one_version_to_the_next() -> None:
    around = desk()
    renovation = assessed(around)
    waived = decisions(around.first, item_24="in_place")
    rest = [one for one in lines() if one["item"] != 24]
    submitted(around, renovation, lines=rest, decisions=waived)
    do("plan.return_plan", renovation, around.county, reason="补充说明")
    do("plan.draft", renovation, around.second, **typed(lines=rest, decisions=waived, submit=True))
    assert [one.photo_id is not None for one in open_(renovation).decisions if one.item_no == 24] == [True]
