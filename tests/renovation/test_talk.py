"""Remarks with mentions and papers, to-dos, calls: who may be told, who may see, what is kept."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from app.audit.models import AuditEntry
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Conflict, RuleViolation, RuleViolations
from app.identity import queries as identities
from app.permissions import Actor, Role
from app.places.rules import OrganisationKind
from app.renovation import queries as files
from app.renovation.models import Kind, Renovation
from app.renovation.sealing import Occasion, changes, seal
from app.renovation.service import assign
from app.renovation.talk import queries
from app.renovation.talk.models import PhoneCall, ToDo
from tests.factories import applications, people
from tests.factories.applications import do

SOON = timedelta(days=400)


@pytest.fixture
def clerk(session: Session, frozen_clock: Callable[[date], None]) -> Actor:
    return people.actor(Role.TOWNSHIP)


@pytest.fixture
def file(clerk: Actor) -> Renovation:
    return applications.draft(clerk)


def named(role: Role, name: str, code: str | None = None, **more: object) -> Actor:
    return identities.actor_of(people.make_user(role, code, name=name, **more))  # type: ignore[arg-type]


def desk(actor: Actor) -> list[tuple[str, str]]:
    return [(one.kind, one.text) for one in queries.for_me(actor, clock.today() + SOON)]


def test_those_who_may_see_the_file_and_nobody_else_can_be_named(clerk: Actor, file: Renovation) -> None:
    county, city = named(Role.COUNTY, "县里人"), named(Role.CITY, "市里人")
    named(Role.TOWNSHIP, "邻镇人", people.OTHER_TOWNSHIP)
    named(Role.ADMIN, "管理员")
    named(Role.CONTRACTOR, "别的公司")
    firm = people.make_firm(OrganisationKind.CONTRACTOR)
    builder = named(Role.CONTRACTOR, "施工员", firm=firm)
    named(Role.SUPERVISOR, "同公司监理", firm=people.make_firm(OrganisationKind.SUPERVISOR))
    with transaction():
        assign(files.get(file.number, clerk), Role.CONTRACTOR, firm.id)
    found = {one.id for one in queries.people_of(files.get(file.number, clerk))}
    assert found == {clerk.user_id, county.user_id, city.user_id, builder.user_id}
    for actor in (county, city, builder):
        assert files.get(file.number, actor).number == file.number


def test_a_mention_waits_on_the_desk_until_it_is_answered(clerk: Actor, file: Renovation) -> None:
    county = named(Role.COUNTY, "刘科长")
    do("application.comment", file, clerk, text="请@刘科长 看一下照片")
    assert (desk(county), desk(clerk)) == ([("mention", "请@刘科长 看一下照片")], [])
    do("application.comment", file, county, text="看过了")
    assert desk(county) == []


def test_a_person_who_may_not_see_the_file_cannot_be_mentioned(clerk: Actor, file: Renovation) -> None:
    named(Role.TOWNSHIP, "邻镇人", people.OTHER_TOWNSHIP)
    with pytest.raises(RuleViolations, match="能看到这份档案的人里没有“邻镇人”"):
        do("application.comment", file, clerk, text="@邻镇人 看看")
    assert files.comments(file) == []


def test_whoever_has_moved_on_is_told_nothing_more(clerk: Actor, file: Renovation) -> None:
    colleague = named(Role.TOWNSHIP, "老同事")
    do("application.comment", file, clerk, text="@老同事 请看")
    do(
        "application.plan_to_do",
        file,
        clerk,
        kind="visit",
        text="上门",
        due_on="2020-09-16",
        assignee=colleague.user_id,
    )
    assert len(desk(colleague)) == 2
    with transaction():
        moved = identities.user(colleague.user_id or 0)
        moved.region_id = people.region(people.OTHER_TOWNSHIP).id
    assert desk(identities.actor_of(identities.user(colleague.user_id or 0))) == []


def test_papers_of_a_remark_stand_with_it(clerk: Actor, file: Renovation) -> None:
    do(
        "application.comment",
        file,
        clerk,
        text="门口的坡",
        files=[applications.paper(clerk), applications.paper(clerk)],
    )
    said = files.comments(file)[0]
    assert {key: [one.kind for one in some] for key, some in queries.papers(file).items()} == {
        said.id: [Kind.OTHER] * 2
    }


def test_a_to_do_is_planned_shown_done_and_followed(clerk: Actor, file: Renovation) -> None:
    other = named(Role.TOWNSHIP, "小李")
    do(
        "application.plan_to_do",
        file,
        clerk,
        kind="call",
        text="问哪天在家",
        due_on="2020-09-16",
        assignee=other.user_id,
    )
    assert (desk(other), desk(clerk)) == ([("to_do", "问哪天在家")], [])
    found = queries.open_to_dos(file)[0]
    do("application.close_to_do", file, clerk, to_do=found.id, result="周五在家")
    assert (desk(other), queries.has_open(file)) == ([], False)
    done = queries.to_dos(file)[0]
    assert (done.done_by, done.done_by_name, done.result) == (clerk.user_id, clerk.name, "周五在家")
    proposed = queries.proposal(queries.to_dos(file))
    assert proposed is not None
    # three working days after Tuesday 15 September 2020
    assert (proposed.kind.value, queries.proposed_day(proposed)) == ("visit", date(2020, 9, 18))
    do("application.plan_to_do", file, clerk, kind="visit", text="上门", due_on="2020-09-18")
    assert queries.proposal(queries.to_dos(file)) is None


def test_the_desk_asks_for_to_dos_up_to_a_day_only(clerk: Actor, file: Renovation) -> None:
    for day in ("2020-09-15", "2020-09-17", "2020-09-30"):
        do("application.plan_to_do", file, clerk, kind="other", text=day, due_on=day)
    assert [one.text for one in queries.for_me(clerk, date(2020, 9, 17))] == ["2020-09-15", "2020-09-17"]


def test_a_to_do_is_closed_once(clerk: Actor, file: Renovation) -> None:
    do("application.plan_to_do", file, clerk, kind="call", text="问", due_on="2020-09-16")
    do("application.plan_to_do", file, clerk, kind="call", text="再问", due_on="2020-09-16")
    found = queries.open_to_dos(file)[0]
    with pytest.raises(RuleViolation, match="为什么不用做了"):
        do("application.close_to_do", file, clerk, to_do=found.id, outcome="dropped")
    do("application.close_to_do", file, clerk, to_do=found.id, outcome="dropped", result="家属已来过")
    with pytest.raises(Conflict, match="已经办完或取消"):
        do("application.close_to_do", file, clerk, to_do=found.id)
    kept = db.session.get_one(ToDo, found.id)
    assert (kept.done_at, kept.ended_reason) == (None, "家属已来过")


def test_another_files_to_do_is_not_closed_from_here(clerk: Actor, file: Renovation) -> None:
    elsewhere = applications.draft(clerk)
    for one in (file, elsewhere):
        do("application.plan_to_do", one, clerk, kind="call", text="问", due_on="2020-09-16")
    theirs = queries.open_to_dos(elsewhere)[0]
    with pytest.raises(Conflict):
        do("application.close_to_do", file, clerk, to_do=theirs.id)


def test_a_to_do_for_somebody_who_may_not_see_the_file_is_refused(clerk: Actor, file: Renovation) -> None:
    stranger = named(Role.TOWNSHIP, "邻镇人", people.OTHER_TOWNSHIP)
    with pytest.raises(RuleViolation, match="请选择能看到这份档案的人"):
        do(
            "application.plan_to_do",
            file,
            clerk,
            kind="call",
            text="问",
            due_on="2020-09-16",
            assignee=stranger.user_id,
        )
    with pytest.raises(RuleViolation, match="不能早于今天"):
        do("application.plan_to_do", file, clerk, kind="call", text="问", due_on="2020-09-14")


def test_a_call_is_logged_with_its_number_hidden_and_its_follow_up(clerk: Actor, file: Renovation) -> None:
    do("application.log_call", file, clerk, called="family", name="王小明", number="13812345678", on="2020-09-15",
       time="08:30", result="again", note="下午再打", follow_up="2020-09-16")  # fmt: skip
    call = queries.calls(file, clerk)[0]
    assert (call.number, clock.local(call.at).strftime("%H:%M"), call.result.value) == ("13812345678", "08:30", "again")
    assert [(one.id, one.text) for one in queries.open_to_dos(file)] == [(call.follow_up_id, "再打给家属或监护人")]
    stored = db.session.connection().exec_driver_sql("SELECT number FROM phone_call").scalar()
    assert b"13812345678" not in bytes(stored)
    with pytest.raises(RuleViolation, match="不能晚于现在"):
        do("application.log_call", file, clerk, called="family", on="2020-09-15", time="23:59", result="reached")


def test_a_firm_reads_its_own_peoples_calls_only(clerk: Actor, file: Renovation) -> None:
    firm = people.make_firm(OrganisationKind.CONTRACTOR)
    builder, colleague = named(Role.CONTRACTOR, "甲", firm=firm), named(Role.CONTRACTOR, "乙", firm=firm)
    with transaction():
        assign(files.get(file.number, clerk), Role.CONTRACTOR, firm.id)
    for who in (clerk, builder):
        do("application.log_call", file, who, called="applicant", on="2020-09-15", time="08:30", result="reached")
    assert [one.author_name for one in queries.calls(file, colleague)] == ["甲"]
    assert len(queries.calls(file, clerk)) == 2


def test_the_audit_names_what_happened_and_nobodys_number(clerk: Actor, file: Renovation) -> None:
    do("application.log_call", file, clerk, called="family", name="王小明", number="13812345678", on="2020-09-15",
       time="08:30", result="again", note="下午再打", follow_up="2020-09-16")  # fmt: skip
    do("application.close_to_do", file, clerk, to_do=queries.open_to_dos(file)[0].id)
    entries = db.session.query(AuditEntry).filter_by(chain=f"renovation:{file.number}").order_by(AuditEntry.seq).all()
    assert [one.event for one in entries][-3:] == ["to_do.planned", "call.logged", "to_do.done"]
    said = str([one.details for one in entries])
    assert ("13812345678" in said, "王小明" in said) == (False, False)


def test_talk_goes_on_after_the_seal(clerk: Actor, file: Renovation) -> None:
    county = named(Role.COUNTY, "刘科长")
    do("application.comment", file, clerk, text="@刘科长 请看")
    do("application.plan_to_do", file, clerk, kind="call", text="问", due_on="2020-09-16")
    with transaction():
        sealed = seal(files.get_for_change(file.number, clerk), Occasion.PAID, clerk)
    do("application.close_to_do", file, clerk, to_do=queries.open_to_dos(file)[0].id)
    do("application.comment", file, county, text="看过了")
    do("application.log_call", file, clerk, called="applicant", on="2020-09-15", time="08:30", result="reached")
    assert db.session.query(PhoneCall).count() == 1
    assert changes(sealed, files.get(file.number, clerk)) == []


@pytest.mark.parametrize(
    ("key", "typed", "field"),
    [
        ("application.plan_to_do", {"kind": "call", "text": "问", "due_on": "9999-12-31"}, "due_on"),
        ("application.log_call", {"called": "family", "on": "0001-01-01", "time": "08:30", "result": "reached"}, "on"),
        (
            "application.log_call",
            {"called": "family", "on": "2020-09-15", "time": "08:30", "result": "again", "follow_up": "2099-01-01"},
            "follow_up",
        ),
    ],
)
def test_a_slip_of_the_year_is_refused_at_its_field(
    clerk: Actor, file: Renovation, key: str, typed: dict[str, str], field: str
) -> None:
    with pytest.raises(RuleViolation, match="三年以内") as refused:
        do(key, file, clerk, **typed)
    assert refused.value.field == field
