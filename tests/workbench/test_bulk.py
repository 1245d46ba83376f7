"""Many at once as one by one: who goes and who is held back is known before; half failing leaves the other half done."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.crypto import open_text
from app.core.db import db, transaction
from app.core.errors import Conflict, NotAllowed, NotFound, RuleViolation
from app.demo import county
from app.demo.story import Story
from app.funds import service as funds
from app.funds.quota_models import PlaceTaken
from app.funds.rules import Direction
from app.identity.models import User
from app.identity.queries import user_by_staff_no
from app.jobs.models import Job, JobItem, JobState
from app.jobs.service import run_waiting
from app.lifecycle import Status
from app.permissions import SYSTEM, Actor, Role
from app.places.models import ProcurementRecord
from app.places.queries import region_by_code
from app.renovation import queries as files
from app.renovation.endings import OPERATIONS as ENDINGS
from app.renovation.operations import perform
from app.stages.application import notice_queries as notices
from app.stages.application import queries as applications
from app.stages.plan import queries as plans
from app.workbench import bulk
from app.workbench.bulk_preview import Preview, preview
from app.workbench.bulk_table import BULK, choices_for
from tests.support.databases import Databases
from tests.support.stories import lived
from tests.workbench.support import statements


def waiting_plan(story: Story) -> Iterator[int]:
    yield from story.life(Status.CONFIRMED)
    for status, steps in story.line():
        if status is Status.ASSESSED:
            for step, days in steps:
                step()
                yield days
    story.draft()
    yield 1


def waiting_countersign(story: Story) -> Iterator[int]:
    yield from story.life(Status.COMPLETED)
    story.accept()
    yield 1


def billed(story: Story) -> Iterator[int]:
    yield from story.life(Status.ACCEPTED)
    story.bill()
    yield 1


def to_confirm(story: Story) -> Iterator[int]:
    yield from story.life(Status.NOTICED)
    story.verify()
    yield 1


LIVES = {
    "submitted1": lambda one: one.life(Status.SUBMITTED),
    "submitted2": lambda one: one.life(Status.SUBMITTED),
    "draft": lambda one: one.life(Status.DRAFT),
    "to_submit": lambda one: one.life(Status.DRAFT),
    "noticed1": to_confirm,
    "noticed2": to_confirm,
    "noticed3": to_confirm,
    "confirmed1": lambda one: one.life(Status.CONFIRMED),
    "confirmed2": lambda one: one.life(Status.CONFIRMED),
    "planned": waiting_plan,
    "agreed1": lambda one: one.life(Status.AGREED),
    "agreed2": lambda one: one.life(Status.AGREED),
    "completed": waiting_countersign,
    "accepted": billed,
}


@pytest.fixture(scope="module")
def lives(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Story]]:
    with lived(databases, tmp_path_factory.mktemp("files"), LIVES) as found:
        yield found


def numbers(lives: dict[str, Story], *names: str) -> list[str]:
    return [lives[name].number for name in names]


def look(key: str, staff_no: str, some: list[str], **typed: Any) -> Preview:
    actor = county.actor(staff_no)
    found = bulk.find(key, actor)
    command = found.operation.command.model_validate(typed) if typed else None
    return preview(found, some, actor, command)


def held(shown: Preview) -> dict[str, tuple[str, ...]]:
    return {row.number: row.reasons for row in shown.held}


def ask(key: str, staff_no: str, some: list[str], once: str = "1", **typed: Any) -> Job:
    actor = county.actor(staff_no)
    found = bulk.find(key, actor)
    return bulk.start(found, some, found.operation.command.model_validate(typed), actor, once)


def do(key: str, staff_no: str, some: list[str], once: str = "1", **typed: Any) -> list[tuple[str, str, str]]:
    """Carry it out; (number, state, message) of every file."""
    job = ask(key, staff_no, some, f"{key}-{once}", **typed)
    run_waiting()
    return results(job)


def results(job: Job) -> list[tuple[str, str, str]]:
    rows = db.session.execute(
        select(JobItem.subject, JobItem.state, JobItem.message).where(JobItem.job_id == job.id).order_by(JobItem.id)
    )
    return [(subject, state.value, message) for subject, state, message in rows]


def status(number: str) -> Status:
    db.session.rollback()
    return files.get(number, SYSTEM).status


def test_what_each_role_may_do_to_many() -> None:
    keys = {role: [key for key, _ in choices_for(Actor(1, "甲", role))] for role in Role}
    township = ["application.submit", "application.verify", "application.forward", "settlement.announce"]
    assert keys[Role.TOWNSHIP] == township
    assert keys[Role.COUNTY] == ["application.verify"] + [one.key for one in BULK if one.key not in township]
    assert keys[Role.FEDERATION] == ["application.verify"]
    assert {role for role, some in keys.items() if some} == {
        Role.TOWNSHIP,
        Role.COUNTY,
        Role.FEDERATION,
        Role.SYSTEM,
    }


def test_many_are_submitted_and_one_clause_is_verified_for_many(lives: dict[str, Story]) -> None:
    clerk = lives["to_submit"].clerk
    some = numbers(lives, "to_submit", "submitted1", "submitted2")
    assert held(look("application.submit", clerk, some)) == {
        some[1]: ("现在是“待初审”，不能办理“提交初审”",),
        some[2]: ("现在是“待初审”，不能办理“提交初审”",),
    }
    assert do("application.submit", clerk, some[:1]) == [
        (some[0], "done", "已办理：提交初审，现在是“待初审”"),
    ]
    checked = {
        "clause": "E2",
        "body": "乡村振兴（扶贫）部门",
        "method": "数据比对",
        "checked_on": clock.today().isoformat(),
    }
    denied = look("application.verify", clerk, some, **checked, result="denied")
    assert held(denied) == dict.fromkeys(some, ("核实不符或不能核实的，每户情况不同，要打开档案逐户登记",))
    assert held(look("application.verify", clerk, some, **{**checked, "clause": "E99"}, result="confirmed")) == (
        dict.fromkeys(some, ("这一户的政策没有 E99 这一条",))
    )
    assert held(look("application.verify", clerk, some, **checked, result="confirmed")) == {}
    done = do("application.verify", clerk, some, **checked, result="confirmed")
    assert [(state, message) for _, state, message in done] == [("done", "已办理：核验条件")] * 3
    rows = applications.verifications(lives["submitted1"].file())
    assert [(row.clause, row.body, row.result.value) for row in rows if row.method == "数据比对"] == [
        ("E2", "乡村振兴（扶贫）部门", "confirmed")
    ]


def test_assessors_are_asked_for_many_under_one_lot(lives: dict[str, Story]) -> None:
    some = numbers(lives, "confirmed1", "confirmed2")
    record = lives["confirmed1"]._record("assessor", 0)
    shown = look("assessment.assign_assessor", "county1", some, procurement_record_id=record)
    (pool,) = shown.pools
    assert (held(shown), pool.wanted) == ({}, 2)
    with transaction():
        db.session.get_one(ProcurementRecord, record).max_households = pool.used + 1
    tight = look("assessment.assign_assessor", "county1", some, procurement_record_id=record)
    assert [row.number for row in tight.going] == some[:1]
    done = do("assessment.assign_assessor", "county1", some, procurement_record_id=record)
    assert [state for _, state, _ in done] == ["done", "failed"]
    again = look("assessment.assign_assessor", "county1", some[:1], procurement_record_id=record)
    assert held(again) == {some[0]: ("已委托云岭康宁评估监理中心（示例）评估，要改换的请打开档案办理",)}


def test_forward_puts_many_on_one_notice(lives: dict[str, Story]) -> None:
    clerk = lives["submitted1"].clerk
    some = numbers(lives, "submitted1", "draft", "submitted2")
    shown = look("application.forward", clerk, some)
    assert held(shown) == {some[1]: ("现在是“待提交”，不能办理“初审通过并公示”",)}
    today = clock.today().isoformat()
    done = do("application.forward", clerk, some, starts_on=today, places=["村（社区）公示栏"], poster="村干部")
    assert [state for _, state, _ in done] == ["done", "failed", "done"]
    assert done[1][2].startswith("这份档案现在是“待提交”")
    found = [notices.entry(lives[name].file()) for name in ("submitted1", "submitted2")]
    assert found[0].notice_id == found[1].notice_id
    assert [one.seq for one in found] == [1, 2]
    assert (status(some[0]), status(some[1])) == (Status.REVIEWED, Status.DRAFT)


def test_confirm_shows_the_quota_and_holds_back_whom_it_does_not_reach(lives: dict[str, Story]) -> None:
    some = numbers(lives, "noticed1", "noticed2", "noticed3")
    region, year = region_by_code(county.COUNTY), clock.today().year
    free = look("application.confirm", "county1", some).pools[0]
    assert (free.label, free.wanted) == ("云岭县（示例） 2026 年任务数", 3)
    with transaction():
        funds.allot_places(
            region, county.PROGRAMME, year, free.left - 2, SYSTEM, document="示例", reason="调减", direction=Direction.REDUCE
        )  # fmt: skip
    shown = look("application.confirm", "county1", some)
    (pool,) = shown.pools
    assert (pool.left, pool.wanted, pool.after) == (2, 2, 0)
    reason = "云岭县（示例）任务数只剩 2 户，轮不到这一户：请先增加任务数，或少选几户"
    assert held(shown) == {some[2]: (reason,)}
    assert shown.sums is None

    done = do("application.confirm", "county1", some, meeting="2026 年第 3 次局长办公会")
    assert [state for _, state, _ in done] == ["done", "done", "failed"]
    assert done[0][2] == "已办理：确定为改造对象，现在是“待评估”"
    assert "任务数已用完" in done[2][2]
    assert [status(number) for number in some] == [Status.CONFIRMED, Status.CONFIRMED, Status.NOTICED]
    holding = set(db.session.scalars(select(PlaceTaken.renovation_id).where(PlaceTaken.released_at.is_(None))))
    assert [lives[f"noticed{n}"].file().id in holding for n in (1, 2, 3)] == [True, True, False]


def test_dispatch_follows_the_lot_that_is_chosen(lives: dict[str, Story]) -> None:
    some = numbers(lives, "agreed1", "agreed2")
    story = lives["agreed1"]
    builder, supervisor = story._record("contractor", 1), story._record("supervisor", 0)
    assert held(look("construction.dispatch", "county1", some)) == {}
    alone = look("construction.dispatch", "county1", some, procurement_record_id=builder)
    assert set(held(alone).values()) == {("这个政策结算时要有监理报告，请同时选监理单位",)}
    shown = look(
        "construction.dispatch", "county1", some, procurement_record_id=builder, supervisor_record_id=supervisor
    )
    assert [(pool.wanted, pool.label.startswith(name)) for pool, name in zip(shown.pools, ("重庆宏安", "云岭康宁"), strict=True)] == [(2, True), (2, True)]  # fmt: skip
    with transaction():
        record = db.session.get_one(ProcurementRecord, builder)
        record.max_households = shown.pools[0].used + 1
    shown = look(
        "construction.dispatch", "county1", some, procurement_record_id=builder, supervisor_record_id=supervisor
    )
    assert list(held(shown)) == [some[1]]
    assert held(shown)[some[1]][0].endswith("只能再派 1 户，轮不到这一户：请另选标段，或少选几户")
    # the one held back takes nothing of the supervisor's lot either
    assert [pool.wanted for pool in shown.pools] == [1, 1]
    done = do("construction.dispatch", "county1", some, procurement_record_id=builder, supervisor_record_id=supervisor)
    assert [state for _, state, _ in done] == ["done", "failed"]
    assert files.assignment(lives["agreed1"].file(), Role.CONTRACTOR) is not None
    assert files.assignment(lives["agreed2"].file(), Role.CONTRACTOR) is None


def test_plans_with_waivers_are_read_before_they_are_approved(lives: dict[str, Story]) -> None:
    (number,) = some = numbers(lives, "planned")
    plan = plans.in_state(lives["planned"].file(), plans.PlanState.SUBMITTED)
    shown = look("plan.approve", "county1", some, accept_waivers=False)
    waived = [one for one in plan.decisions if one.decision.value != "install"]
    assert held(shown) == {number: (f"有 {len(waived)} 个基础类项目不改造，看过理由后，在上面勾选认可才能批准",)}
    assert len(shown.held[0].remarks) == len(waived)
    shown = look("plan.approve", "county1", some, accept_waivers=True)
    assert (held(shown), shown.sums) == ({}, (plan.subsidy_fen, plan.self_pay_fen))
    assert [state for _, state, _ in do("plan.approve", "county1", some, accept_waivers=True)] == ["done"]
    assert status(number) is Status.PLANNED


def test_countersign_and_settle_with_two_people(lives: dict[str, Story]) -> None:
    accepted = numbers(lives, "accepted")
    both = [*numbers(lives, "completed"), *accepted]
    shown = look("acceptance.countersign", "county1", both)
    assert list(held(shown)) == accepted
    done = do("acceptance.countersign", "county1", both)
    assert [state for _, state, _ in done] == ["done", "failed"]

    shown = look("settlement.prepare", "county1", both)
    assert list(held(shown)) == both[:1]  # countersigned, but nothing is billed
    assert shown.sums is not None
    assert shown.sums[0] > 0
    assert [state for _, state, _ in do("settlement.prepare", "county1", both)] == ["failed", "done"]
    same = look("settlement.approve", "county1", accepted)
    assert held(same) == {accepted[0]: ("编制结算单的人不能自己审批",)}
    assert do("settlement.approve", "county1", accepted)[0][1:] == (
        "failed",
        "编制结算单的人不能自己审批，请由另一位同事办理。",
    )
    assert held(look("settlement.approve", "county2", accepted)) == {}
    done = do("settlement.approve", "county2", accepted)
    assert done == [(accepted[0], "done", "已办理：批准结算，现在是“待拨付”")]


def test_a_suspended_file_waits(lives: dict[str, Story]) -> None:
    number = lives["draft"].number
    suspend = next(one for one in ENDINGS if one.name == "suspend")
    lives["draft"].submit()
    perform(suspend, number, suspend.command.model_validate({"reason": "老人住院"}), county.actor("county1"))
    shown = look("application.forward", lives["draft"].clerk, [number])
    assert held(shown) == {number: ("已暂停（老人住院），请先恢复办理",)}


def test_asking_twice_is_one_job_and_another_wish_under_the_same_key_is_refused(lives: dict[str, Story]) -> None:
    some = numbers(lives, "noticed3")
    first = ask("application.confirm", "county1", some, "twice")
    assert ask("application.confirm", "county1", some, "twice").id == first.id
    with pytest.raises(Conflict, match="同一个提交编号"):
        ask("application.confirm", "county1", numbers(lives, "noticed1"), "twice")
    with pytest.raises(Conflict, match="同一个提交编号"):
        ask("application.confirm", "county1", some, "twice", note="另一个意见")
    run_waiting()
    assert ask("application.confirm", "county1", some, "twice").id == first.id
    assert run_waiting() == 0


def test_what_people_typed_does_not_stand_readable_in_the_job(lives: dict[str, Story]) -> None:
    job = ask("application.confirm", "county1", numbers(lives, "draft"), "sealed", meeting="张德福家的专题会")
    assert ("张德福" in str(job.payload), job.payload["operation"]) == (False, "application.confirm")
    assert json.loads(open_text("job.command", job.payload["command"]))["meeting"] == "张德福家的专题会"


def test_nobody_does_to_many_what_he_may_not_do_to_one(lives: dict[str, Story]) -> None:
    some = numbers(lives, "noticed3")
    with pytest.raises(NotAllowed):
        ask("application.confirm", "town2", some)
    with pytest.raises(NotFound, match="没有这种批量办理"):
        ask("application.reject", "county1", some)
    with pytest.raises(NotFound, match="没有这些档案"):
        ask("application.forward", "town1", some, starts_on="2026-07-31", poster="甲")
    with pytest.raises(NotFound, match="等 4 份"):
        ask("application.confirm", "county1", ["A", "B", "C", "D"])
    with pytest.raises(RuleViolation, match="没有选中"):
        ask("application.confirm", "county1", [])
    with pytest.raises(RuleViolation, match="最多办理 5,000 户"):
        ask("application.confirm", "county1", [str(number) for number in range(5001)])


def test_the_job_has_the_rights_of_who_asked_and_of_today(lives: dict[str, Story]) -> None:
    some = numbers(lives, "noticed3")
    job = ask("application.confirm", "county2", some, "suspended")
    user = user_by_staff_no("county2")
    with transaction():
        user = db.session.get_one(User, user.id)
        user.state = "suspended"
    run_waiting()
    assert db.session.get_one(Job, job.id, populate_existing=True).state is JobState.FAILED
    assert results(job)[0][1] == "waiting"
    with transaction():
        db.session.get_one(User, user.id).state = "active"


def test_the_preview_of_very_many_costs_as_many_statements_as_of_few(lives: dict[str, Story], monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """Beyond what is gone through one by one, only status and quota are asked, for all together."""
    monkeypatch.setattr("app.workbench.bulk_preview.CHECKED", 1)
    counts = []
    for names in (("noticed3", "submitted1"), ("noticed3", "noticed1", "noticed2", "submitted1", "planned", "agreed2")):
        some = numbers(lives, *names)
        db.session.rollback()
        db.session.expunge_all()
        with statements() as seen:
            look("application.confirm", "county1", some)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_what_is_not_gone_through_is_said(lives: dict[str, Story], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.workbench.bulk_preview.CHECKED", 0)
    with transaction():
        region = region_by_code(county.COUNTY)
        funds.allot_places(region, county.PROGRAMME, clock.today().year, 1, SYSTEM, document="示例", is_example=True)
    shown = look("application.confirm", "county1", numbers(lives, "noticed3", "draft"))
    assert [row.number for row in shown.unchecked] == numbers(lives, "noticed3")
    assert list(held(shown)) == numbers(lives, "draft")
    assert shown.going == []
