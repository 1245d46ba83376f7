"""From the first review to the end of the notice, through the services, on both databases."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEntry
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Conflict, NotAllowed, NotFound, RuleViolation, RuleViolations
from app.jobs import schedule
from app.lifecycle import Action, Status
from app.permissions import Actor, Role
from app.renovation import queries as files
from app.renovation.models import Event
from app.stages.application import decision_queries as decided
from app.stages.application import notice_queries as reads
from app.stages.application import notice_service as service
from app.stages.application import queries
from app.stages.application.codes import DecisionKind
from app.stages.application.notice_models import Notice, NoticeEntry
from app.stages.application.notice_rules import EntryEnd, ObjectionState, PhotoDay
from app.workbench import queries as desks
from tests.application.notice_support import AFTER, END, START, forwarded, noticed, prove, publish_tables, publish_with
from tests.factories import applications, people

do = applications.do
SetToday = Callable[[date], None]
OBJECTION = {"channel": "phone", "content": "这家在城里有房子", "objector": "赵六", "objector_phone": "13800001111"}


@pytest.fixture
def clerk(session: Session, set_today: SetToday) -> Actor:
    set_today(START)
    return people.actor(Role.TOWNSHIP)


@pytest.fixture
def county(session: Session) -> Actor:
    return people.actor(Role.COUNTY)


def object_to(file: object, actor: Actor, **changes: object) -> int:
    file = do("application.record_objection", file, actor, **(OBJECTION | {"received_on": START.isoformat()} | changes))  # type: ignore[arg-type]
    return reads.objections(file)[0].id


# ---------------------------------------------------------------- return


def test_a_return_names_what_to_correct_section_by_section(clerk: Actor) -> None:
    file = applications.submitted(clerk)
    reasons = [{"section": "papers", "reason": "户口簿照片看不清"}, {"section": "dwelling", "reason": "写清住房权属"}]
    file = do("application.return", file, clerk, reasons=reasons, note="周五前补齐")
    assert file.status is Status.DRAFT
    slip = decided.slips(file)[0]
    assert (slip.seq, slip.reasons, slip.note) == (1, reasons, "周五前补齐")
    event = queries.last_return(file)
    assert event is not None
    assert event.reason == "证明材料：户口簿照片看不清\n住房：写清住房权属\n周五前补齐"
    assert event.details == {"sections": ["papers", "dwelling"]}
    file = do("application.submit", file, clerk)
    assert file.status is Status.SUBMITTED


# ---------------------------------------------------------------- forward


def test_forwarding_freezes_the_verdict_and_publishes_masked(clerk: Actor) -> None:
    number = applications.id_number()
    people_ = [applications.person(id_number=number), applications.person(name="李秀英", relation="spouse")]
    file = forwarded(clerk, people=people_)
    entry = reads.running_entry(file)
    assert entry is not None
    assert (file.status, file.due_on) == (Status.REVIEWED, END)
    assert (entry.notice.starts_on, entry.notice.ends_on, entry.notice.poster) == (START, END, "王芳")
    assert entry.people[0] == {"name": "张**", "id_number": number[:6] + "****"}
    assert [one["name"] for one in entry.people] == ["张**", "李**"]
    assert entry.village == "清溪镇"
    decision = queries.latest_decision(file, DecisionKind.REVIEW)
    assert decision is not None
    assert decision.outcome.value == "eligible"


def test_households_of_one_day_share_a_notice_and_of_another_day_do_not(clerk: Actor, set_today: SetToday) -> None:
    first, second = forwarded(clerk), forwarded(clerk)
    set_today(START + timedelta(days=1))
    third = forwarded(clerk)
    entries = [reads.running_entry(file) for file in (first, second, third)]
    assert [(one.notice.starts_on, one.seq) for one in entries if one] == [
        (START, 1), (START, 2), (START + timedelta(days=1), 1),
    ]  # fmt: skip
    assert db.session.scalar(select(func.count()).select_from(Notice)) == 2


def test_a_later_household_adds_its_places_to_the_notice(clerk: Actor) -> None:
    forwarded(clerk)
    file = applications.submitted(clerk)
    file = do(
        "application.forward", file, clerk, starts_on=START.isoformat(), other_place="青松村小卖部", poster="李强"
    )
    entry = reads.running_entry(file)
    assert entry is not None
    assert (entry.notice.places, entry.notice.poster) == (["村（社区）公示栏", "青松村小卖部"], "王芳")


def test_nobody_is_forwarded_with_a_failing_clause(clerk: Actor) -> None:
    file = applications.submitted(clerk, dwelling=applications.dwelling(right="private_rental"))
    assert [one.operation for one in service.forward_missing(file)] == ["application.verify"]
    with pytest.raises(RuleViolations) as caught:
        forwarded(clerk, file)
    assert caught.value.message.startswith("E4 ")
    assert files.get(file.number, clerk).status is Status.SUBMITTED


def test_what_is_unknown_does_not_keep_a_household_from_the_notice(clerk: Actor) -> None:
    file = forwarded(clerk, dwelling=applications.dwelling(demolition_planned=None))
    assert file.status is Status.REVIEWED


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"starts_on": "2020-09-14"}, "starts_on"),
        ({"places": []}, "places"),
        ({"starts_on": "2021-09-15"}, "starts_on"),
    ],
)
def test_a_notice_needs_a_day_to_come_and_a_place(clerk: Actor, changes: dict[str, object], field: str) -> None:
    file = applications.submitted(clerk)
    typed = {"starts_on": START.isoformat(), "places": ["公示栏"], "poster": "王芳"} | changes
    with pytest.raises(RuleViolation) as caught:
        do("application.forward", file, clerk, **typed)
    assert caught.value.field == field


# ---------------------------------------------------------------- the period


def test_the_period_ends_by_itself_after_its_last_day_and_once(clerk: Actor, set_today: SetToday) -> None:
    file = forwarded(clerk)
    set_today(END)
    assert schedule.run_due(END) == []
    assert files.get(file.number, clerk).status is Status.REVIEWED
    set_today(AFTER)
    assert schedule.run_due(AFTER) == []
    assert schedule.run_due(AFTER) == []
    file = files.get(file.number, clerk)
    ended = [event for event in files.events(file) if event.action is Action.END_NOTICE]
    assert (file.status, len(ended), ended[0].actor_name) == (Status.NOTICED, 1, "系统")
    entry = reads.entry(file)
    assert entry is not None
    assert entry.ended_as is EntryEnd.PASSED


def test_a_suspended_file_stays_on_its_notice(clerk: Actor, set_today: SetToday) -> None:
    file = forwarded(clerk)
    do("application.suspend", file, clerk, reason="老人住院")
    set_today(AFTER)
    assert schedule.run_due(AFTER) == []
    assert files.get(file.number, clerk).status is Status.REVIEWED
    do("application.resume", file, clerk, reason="已出院")
    assert schedule.run_due(AFTER) == []
    assert files.get(file.number, clerk).status is Status.NOTICED


def test_nobody_ends_a_notice_before_its_time(clerk: Actor, set_today: SetToday) -> None:
    file = forwarded(clerk)
    with pytest.raises(Conflict):
        do("application.end_notice", file, clerk)
    set_today(AFTER)
    assert do("application.end_notice", file, clerk).status is Status.NOTICED


def test_a_second_round_follows_by_itself(clerk: Actor, set_today: SetToday) -> None:
    publish_with(rounds=2)
    file = forwarded(clerk)
    set_today(AFTER)
    assert schedule.run_due(AFTER) == []
    file = files.get(file.number, clerk)
    entry = reads.running_entry(file)
    assert entry is not None
    assert (file.status, entry.notice.round, entry.notice.starts_on) == (Status.REVIEWED, 2, AFTER)
    later = entry.notice.ends_on + timedelta(days=1)
    set_today(later)
    assert schedule.run_due(later) == []
    assert files.get(file.number, clerk).status is Status.NOTICED


def test_a_programme_without_notice_passes_that_step_with_a_row(clerk: Actor) -> None:
    publish_with(used=False)
    file = forwarded(clerk)
    assert file.status is Status.NOTICED
    assert files.events(file)[0].reason == "本政策不设公示"
    assert reads.photos_missing(file) == []


# ---------------------------------------------------------------- proof


def test_a_photo_serves_every_household_of_the_notice(clerk: Actor, set_today: SetToday) -> None:
    first, second = forwarded(clerk), forwarded(clerk)
    assert reads.photos_missing(second) == [PhotoDay.FIRST, PhotoDay.LAST]
    prove(first, clerk, PhotoDay.FIRST)
    assert reads.photos_missing(second) == [PhotoDay.LAST]
    set_today(END)
    prove(second, clerk, PhotoDay.LAST)
    assert reads.photos_missing(first) == []


def test_a_new_photo_replaces_the_old_and_a_filed_one_is_refused(clerk: Actor) -> None:
    file = prove(forwarded(clerk), clerk, PhotoDay.FIRST)
    entry = reads.entry(file)
    assert entry is not None
    old = reads.proof_of(entry.notice)[PhotoDay.FIRST]
    prove(file, clerk, PhotoDay.FIRST)
    new = reads.proof_of(entry.notice)[PhotoDay.FIRST]
    assert (old.id != new.id, old.ended_at is not None) == (True, True)
    for photo in (new.file_id, queries.papers(file)["declaration"][0].file_id):
        with pytest.raises(RuleViolation) as caught:
            do(
                "application.prove_notice",
                file,
                clerk,
                day="last",
                photo=photo,
                taken_on=START.isoformat(),
                explanation="补",
            )
        assert (caught.value.message, caught.value.field) == ("这张照片已用在别处，请另外拍摄。", "photo")


def test_another_persons_upload_proves_nothing(clerk: Actor, county: Actor) -> None:
    file = forwarded(clerk)
    with pytest.raises(RuleViolation) as caught:
        do(
            "application.prove_notice",
            file,
            clerk,
            day="first",
            photo=applications.paper(county),
            taken_on=START.isoformat(),
        )
    assert caught.value.message == "没有找到这张照片，请重新上传。"


# ---------------------------------------------------------------- objections


def test_an_objection_holds_up_its_household_and_no_other(clerk: Actor, set_today: SetToday) -> None:
    first, second = forwarded(clerk), forwarded(clerk)
    object_to(first, clerk)
    set_today(AFTER)
    assert schedule.run_due(AFTER) == []
    assert [files.get(file.number, clerk).status for file in (first, second)] == [Status.REVIEWED, Status.NOTICED]


def test_a_dismissed_objection_lets_the_notice_end_at_once_when_its_time_is_over(
    clerk: Actor, set_today: SetToday
) -> None:
    file = forwarded(clerk)
    objection = object_to(file, clerk)
    set_today(AFTER)
    file = do("application.dismiss_objection", file, clerk, objection=objection, reply="经核实，房产是其侄子的")
    assert file.status is Status.NOTICED
    row = reads.objections(file)[0]
    assert (row.state, row.reply, row.objector) == (ObjectionState.DISMISSED, "经核实，房产是其侄子的", "赵六")


def test_a_dismissed_objection_within_the_period_changes_nothing_else(clerk: Actor) -> None:
    file = forwarded(clerk)
    file = do("application.dismiss_objection", file, clerk, objection=object_to(file, clerk), reply="查无此事")
    assert file.status is Status.REVIEWED


def test_an_investigation_takes_the_household_down_and_a_new_period_follows(clerk: Actor, set_today: SetToday) -> None:
    file = forwarded(clerk)
    objection = object_to(file, clerk)
    file = do("application.investigate_objection", file, clerk, objection=objection, reply="已受理，正在调查")
    assert file.status is Status.SUBMITTED
    with pytest.raises(RuleViolations) as caught:
        forwarded(clerk, file)
    assert caught.value.message == "登记异议的调查结果和答复"
    do("application.dismiss_objection", file, clerk, objection=objection, reply="查过不动产登记，没有其他住房")
    set_today(AFTER)
    file = forwarded(clerk, file)
    entries = db.session.scalars(
        select(NoticeEntry).where(NoticeEntry.renovation_id == file.id).order_by(NoticeEntry.id)
    )
    assert [entry.ended_as for entry in entries] == [EntryEnd.WITHDRAWN, None]
    running = reads.running_entry(file)
    assert running is not None
    assert running.notice.starts_on == AFTER


def test_an_objection_is_upheld_by_the_county_on_a_corrected_fact(clerk: Actor, county: Actor) -> None:
    file = forwarded(clerk)
    objection = object_to(file, clerk)
    typed = {
        "objection": objection,
        "clauses": ["E4"],
        "reply": "反映属实，感谢监督",
        "letter": "您的申请不予改造，可申请复核。",
    }
    with pytest.raises(RuleViolation) as caught:
        do("application.uphold_objection", file, county, **typed)
    assert (caught.value.message, caught.value.field) == ("E4 没有不符合，请只选审查为不符合的条件。", "clauses")
    do(
        "application.verify", file, county, clause="E4", body="民政部门", method="查验原件",
        checked_on=START.isoformat(), result="denied", fact="dwelling.right", value="private_rental",
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        do("application.uphold_objection", file, clerk, **typed)
    file = do("application.uphold_objection", file, county, **typed)
    rejection = decided.rejection(file)
    assert rejection is not None
    assert (file.status, [one["id"] for one in rejection.clauses]) == (Status.REJECTED, ["E4"])
    assert reads.objections(file)[0].state is ObjectionState.UPHELD
    entry = reads.entry(file)
    assert entry is not None
    assert entry.ended_as is EntryEnd.REJECTED


def test_an_answered_objection_is_not_answered_again(clerk: Actor) -> None:
    file = forwarded(clerk)
    first, second = object_to(file, clerk), object_to(file, clerk, content="户口不在本地")
    do("application.dismiss_objection", file, clerk, objection=first, reply="查无此事")
    with pytest.raises(RuleViolation) as caught:
        do("application.dismiss_objection", file, clerk, objection=first, reply="再答一次")
    assert caught.value.field == "objection"
    assert [one.id for one in reads.unresolved(file)] == [second]


def test_an_objection_is_not_received_in_the_future(clerk: Actor) -> None:
    with pytest.raises(RuleViolation) as caught:
        object_to(forwarded(clerk), clerk, received_on="2020-09-16")
    assert caught.value.field == "received_on"


# ---------------------------------------------------------------- what others see


def test_the_public_page_lives_as_long_as_the_period(clerk: Actor, set_today: SetToday) -> None:
    entry = reads.running_entry(forwarded(clerk))
    assert entry is not None
    token = entry.notice.token
    for day in (START, END):
        assert reads.public_notice(token, day).id == entry.notice_id
    for day in (START - timedelta(days=1), AFTER):
        with pytest.raises(NotFound):
            reads.public_notice(token, day)


def test_whoever_withdraws_or_is_taken_down_leaves_the_public_list(clerk: Actor) -> None:
    stays, leaves, objected = forwarded(clerk), forwarded(clerk), forwarded(clerk)
    entry = reads.running_entry(stays)
    assert entry is not None
    do("application.withdraw", leaves, clerk, reason="不改了", paper=applications.paper(clerk))
    do("application.investigate_objection", objected, clerk, objection=object_to(objected, clerk), reply="受理调查")
    assert [one.renovation_id for one in reads.shown(entry.notice)] == [stays.id]


def test_a_township_sees_its_own_notices_only(clerk: Actor) -> None:
    file = forwarded(clerk)
    entry = reads.running_entry(file)
    assert entry is not None
    neighbour, county = people.actor(Role.TOWNSHIP, people.OTHER_TOWNSHIP), people.actor(Role.COUNTY)
    assert [len(reads.notices(actor)) for actor in (clerk, neighbour, county)] == [1, 0, 1]
    with pytest.raises(NotFound):
        reads.notice(entry.notice_id, neighbour)
    firm = people.actor(Role.CONTRACTOR)
    with pytest.raises(NotFound):
        reads.notice(entry.notice_id, firm)


def test_the_list_counts_households_objections_and_photos(clerk: Actor, set_today: SetToday) -> None:
    first = forwarded(clerk)
    forwarded(clerk)
    object_to(first, clerk)
    prove(first, clerk, PhotoDay.FIRST)
    set_today(END)
    row = reads.notices(clerk, running=True)[0]
    assert (row.households, row.objections, row.days) == (2, 1, frozenset({PhotoDay.FIRST}))
    assert [row.lacks(day, clock.today()) for day in PhotoDay] == [False, True]
    assert reads.notices(clerk, running=False) == []


def test_the_audit_keeps_no_word_of_the_objector(clerk: Actor) -> None:
    file = forwarded(clerk)
    object_to(file, clerk)
    details = " ".join(str(row.details) for row in db.session.scalars(select(AuditEntry)))
    reasons = " ".join(db.session.scalars(select(Event.reason).where(Event.renovation_id == file.id)))
    for word in ("赵六", "13800001111", "城里有房子"):
        assert word not in details + reasons


def test_two_files_due_at_once_both_end(clerk: Actor) -> None:
    first, second = noticed(clerk), files.get(noticed(clerk).number, clerk)
    assert [file.status for file in (files.get(first.number, clerk), second)] == [Status.NOTICED, Status.NOTICED]


def test_the_job_does_nothing_to_a_file_that_moved_on(clerk: Actor, set_today: SetToday) -> None:
    file = applications.submitted(clerk)
    with transaction():
        service.end_due(file.id, AFTER)
        service.end_due(10**6, AFTER)
    assert files.get(file.number, clerk).status is Status.SUBMITTED


# ---------------------------------------------------------------- desks


def desk(actor: Actor) -> list[tuple[str, str]]:
    return [(line.number, line.move.words if line.move else "") for line in desks.desk(actor).lines]


def test_a_notice_waits_for_its_photos_once_and_else_for_nobody(clerk: Actor, set_today: SetToday) -> None:
    first, second = forwarded(clerk), forwarded(clerk)
    assert desk(clerk) == [(first.number, "上传公示照片")]
    objection = object_to(first, clerk)
    assert sorted(desk(clerk)) == [(first.number, "处理异议"), (second.number, "上传公示照片")]
    do("application.dismiss_objection", first, clerk, objection=objection, reply="查无此事")
    prove(first, clerk, PhotoDay.FIRST)
    assert desk(clerk) == []
    set_today(END)
    assert desk(clerk) == [(first.number, "上传公示照片")]
    set_today(AFTER)
    assert schedule.run_due(AFTER) == []
    assert desk(clerk) == [(first.number, "补公示照片")]
    prove(first, clerk, PhotoDay.LAST)
    assert desk(clerk) == []


def test_an_objection_and_a_recheck_wait_for_who_answers_them(clerk: Actor, county: Actor) -> None:
    file = prove(forwarded(clerk), clerk, PhotoDay.FIRST)
    objection = object_to(file, clerk)
    assert (desk(clerk), desk(county)) == ([(file.number, "处理异议")], [])
    do(
        "application.verify", file, county, clause="E4", body="民政部门", method="查验原件",
        checked_on=START.isoformat(), result="denied", fact="dwelling.right", value="private_rental",
    )  # fmt: skip
    do(
        "application.uphold_objection", file, county,
        objection=objection, clauses=["E4"], reply="反映属实", letter="您的申请不予改造，可申请复核。",
    )  # fmt: skip
    assert desk(county) == []
    do("application.request_recheck", file, clerk, requested_on=START.isoformat(), grounds="房子是自己的")
    assert (desk(clerk), desk(county)) == ([], [(file.number, "答复复核")])


def test_a_second_round_has_its_own_days_and_places(session: Session, set_today: SetToday) -> None:
    set_today(START)
    clerk = people.actor(Role.TOWNSHIP)
    second = {
        "round": 2,
        "name": "乡镇（街道）公示",
        "days": 3,
        "day_kind": "calendar",
        "places": ["乡镇（街道）公开栏"],
    }
    publish_tables(notice={"rounds": 2}, notice_round=[second])
    file = forwarded(clerk)
    set_today(AFTER)
    file = do("application.end_notice", file, clerk)
    entry = reads.entry(file)
    assert entry is not None
    notice = entry.notice
    assert (file.status, notice.round, notice.starts_on, notice.ends_on, notice.places) == (
        Status.REVIEWED, 2, AFTER, date(2020, 9, 28), ["乡镇（街道）公开栏"],
    )  # fmt: skip
    assert files.events(file)[0].title == "第 2 轮公示开始（乡镇（街道）公示）"
