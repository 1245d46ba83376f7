"""Confirmed, sent back, rejected, rechecked: by whom, on what, and what is taken and given back."""

import threading
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.core.db import db
from app.core.errors import Conflict, DomainError, NotAllowed, NotFound, RuleViolation, RuleViolations
from app.funds import queries as funds
from app.lifecycle import Status
from app.permissions import Actor, Role
from app.renovation import queries as files
from app.renovation.models import Renovation
from app.stages.application import decision_queries as decided
from app.stages.application import decisions, elsewhere, queries
from app.stages.application import notice_queries as reads
from app.stages.application.codes import DecisionKind
from app.stages.application.notice_rules import DecideRecheck, ObjectionState, PhotoDay, RecheckState
from app.stages.registry import operations
from tests.application.notice_support import AFTER, START, allot, forwarded, noticed, prove
from tests.factories import applications, people

do = applications.do
SetToday = Callable[[date], None]
LETTER = "您的申请不予改造，可以申请复核。"


@pytest.fixture
def clerk(session: Session, set_today: SetToday) -> Actor:
    set_today(START)
    return people.actor(Role.TOWNSHIP)


@pytest.fixture
def county(session: Session) -> Actor:
    return people.actor(Role.COUNTY)


def left() -> int:
    quota = funds.quota_for(people.region(people.COUNTY).id, applications.KEY, 2020)
    assert quota is not None
    return quota.left


def deny(file: Renovation, actor: Actor, clause: str, fact: str, value: str) -> Renovation:
    return do(
        "application.verify", file, actor, clause=clause, body="民政部门", method="查验原件",
        checked_on=START.isoformat(), result="denied", fact=fact, value=value,
    )  # fmt: skip


# ---------------------------------------------------------------- confirm


def test_a_confirmation_freezes_the_verdict_and_takes_place_and_claims(clerk: Actor, county: Actor) -> None:
    file = noticed(clerk)
    allot(2)
    file = do("application.confirm", file, county, meeting="局长办公会第 3 次")
    decision, confirmation = queries.latest_decision(file, DecisionKind.CONFIRMATION), decided.confirmation(file)
    assert decision is not None
    assert confirmation is not None
    assert (file.status, confirmation.decision_id, confirmation.year) == (Status.CONFIRMED, decision.id, 2020)
    assert (decision.outcome.value, decision.facts) == ("eligible", queries.facts(file))
    assert decision.verdict["version"].startswith("2020.1+")
    assert left() == 1
    kinds = sorted(claim.subject_kind.value for claim in funds.claims(file.id))
    assert kinds == ["beneficiary", "dwelling", "household"]
    basis, entry, place = confirmation.basis, reads.entry(file), funds.place(file.id)
    assert entry is not None
    assert place is not None
    assert [(one["day"], one["taken_on"], len(one["sha256"])) for one in basis["photos"]] == [
        ("first", "2020-09-15", 64), ("last", "2020-09-24", 64),
    ]  # fmt: skip
    assert (basis["notice"]["id"], basis["place"], basis["claims"], basis["objections"]) == (
        entry.notice_id, {"quota": place.quota_id, "year": 2020}, kinds, {},
    )  # fmt: skip


def test_without_an_allotment_nobody_is_confirmed(clerk: Actor, county: Actor) -> None:
    file = noticed(clerk)
    assert [one.text for one in decisions.confirm_missing(file)] == ["尚未下达任务数：请先登记 2020 年的任务数"]
    with pytest.raises(Conflict) as caught:
        do("application.confirm", file, county)
    assert caught.value.message.startswith("尚未下达任务数")
    assert files.get(file.number, county).status is Status.NOTICED
    assert queries.latest_decision(file, DecisionKind.CONFIRMATION) is None


def test_when_the_places_are_used_up_the_next_household_waits(clerk: Actor, county: Actor) -> None:
    first, second = noticed(clerk), noticed(clerk)
    allot(1)
    do("application.confirm", first, county)
    assert [one.text for one in decisions.confirm_missing(second)] == ["任务数已用完：云岭县（示例）共 1 户"]
    with pytest.raises(Conflict) as caught:
        do("application.confirm", second, county)
    assert caught.value.message.startswith("任务数已用完")


def test_only_an_eligible_verdict_is_confirmed(clerk: Actor, county: Actor) -> None:
    file = noticed(clerk, dwelling=applications.dwelling(demolition_planned=None))
    allot(1)
    with pytest.raises(RuleViolations) as caught:
        do("application.confirm", file, county)
    assert caught.value.message.startswith("E6 ")
    assert "尚不能判断" in caught.value.message
    deny(file, county, "E6", "dwelling.demolition_planned", "false")
    assert do("application.confirm", file, county).status is Status.CONFIRMED


@pytest.mark.parametrize("day", PhotoDay)
def test_a_missing_proof_photo_is_asked_for_before_the_confirmation(
    clerk: Actor, county: Actor, set_today: SetToday, day: PhotoDay
) -> None:
    file = forwarded(clerk)
    set_today(AFTER)
    file = do("application.end_notice", file, clerk)
    allot(1)
    other = next(one for one in PhotoDay if one is not day)
    prove(file, clerk, other)
    with pytest.raises(RuleViolations) as caught:
        do("application.confirm", file, county)
    assert caught.value.message == f"补公示{day.label}照片"
    prove(file, clerk, day)
    assert do("application.confirm", file, county).status is Status.CONFIRMED


def test_a_late_objection_stops_the_confirmation_until_it_is_answered(clerk: Actor, county: Actor) -> None:
    file = noticed(clerk)
    allot(1)
    do(
        "application.record_objection",
        file,
        county,
        received_on=START.isoformat(),
        channel="visit",
        content="家里有人供养",
    )
    with pytest.raises(RuleViolations) as caught:
        do("application.confirm", file, county)
    assert caught.value.message == "先处理异议并答复"
    objection = reads.objections(file)[0].id
    do("application.dismiss_objection", file, county, objection=objection, reply="经核实无供养人")
    assert do("application.confirm", file, county).status is Status.CONFIRMED


def limited(caught: pytest.ExceptionInfo[Conflict], words: str, *secrets: str) -> None:
    assert caught.value.message.startswith(f"{words}已在云岭县（示例） 2020 年的")
    for secret in secrets:
        assert secret not in caught.value.message


def test_a_person_has_one_benefit_whatever_the_home(clerk: Actor, county: Actor) -> None:
    number = applications.id_number()
    first, second = (noticed(clerk, people=[applications.person(id_number=number)]) for _ in range(2))
    allot(2)
    do("application.confirm", first, county)
    assert [one.text for one in decisions.confirm_missing(second)] == [
        "这户的老年人已在另一份档案中享受同类改造补贴，请核对",
        "这户的家庭已在另一份档案中享受同类改造补贴，请核对",
    ]
    with pytest.raises(Conflict) as caught:
        do("application.confirm", second, county)
    limited(caught, "其中一位老年人", first.number, "张德福", number)
    assert left() == 1


def test_a_home_has_one_benefit_whoever_lives_in_it(clerk: Actor, county: Actor) -> None:
    home = applications.dwelling()
    first = noticed(clerk, dwelling=home)
    draft = applications.draft(clerk, dwelling=home)
    candidate = elsewhere.candidate_choices(draft)[0][0]
    do("application.match_dwelling", draft, clerk, candidate=candidate, is_same=True, reason="入户查看")
    second = noticed(clerk, file=do("application.submit", draft, clerk))
    allot(2)
    do("application.confirm", first, county)
    with pytest.raises(Conflict) as caught:
        do("application.confirm", second, county)
    limited(caught, "这处住房", first.number, "张德福")


def test_the_consequence_says_who_and_what_is_left(clerk: Actor, county: Actor) -> None:
    file = noticed(clerk)
    allot(3)
    assert operations()["application.confirm"].consequence(file) == (
        "张德福一户确定为改造对象，占用云岭县（示例）任务数 1 户，确定后还剩 2 户；"
        "登记本人、家庭和住房的补贴资格，同类补贴不能再享受；随后委托评估。"
    )


def test_the_township_does_not_confirm(clerk: Actor) -> None:
    file = noticed(clerk)
    allot(1)
    with pytest.raises(NotAllowed):
        do("application.confirm", file, clerk)


# ---------------------------------------------------------------- back and rejected


def test_sent_back_gives_place_and_claims_free_and_needs_a_new_notice(clerk: Actor, county: Actor) -> None:
    file = noticed(clerk)
    do("application.record_objection", file, clerk, received_on=START.isoformat(), channel="phone", content="再查一查")
    file = do("application.send_back", file, county, reason="请核实住房权属")
    assert file.status is Status.SUBMITTED
    assert [one.state for one in reads.objections(file)] == [ObjectionState.INVESTIGATING]
    assert funds.place(file.id) is None


def test_the_township_rejects_at_its_review_and_only_on_a_failing_clause(clerk: Actor) -> None:
    eligible = applications.submitted(clerk)
    with pytest.raises(RuleViolation) as caught:
        do("application.reject", eligible, clerk, clauses=["E4"], reason="不同意改造", letter=LETTER)
    assert caught.value.field == "clauses"
    file = applications.submitted(clerk, dwelling=applications.dwelling(right="private_rental"))
    file = do("application.reject", file, clerk, clauses=["E4"], reason="住房是私人租房", letter=LETTER)
    rejection = decided.rejection(file)
    assert rejection is not None
    assert (file.status, rejection.from_status) == (Status.REJECTED, Status.SUBMITTED)
    assert [(one["id"], one["source"]) for one in rejection.clauses] == [
        ("E4", queries.verdict(file).clause("E4").source)
    ]
    assert rejection.letter == LETTER


def test_after_the_notice_only_the_county_rejects(clerk: Actor, county: Actor) -> None:
    file = noticed(clerk)
    deny(file, county, "E5", "dwelling.safe", "false")
    typed = {"clauses": ["E5"], "reason": "鉴定为危房", "letter": LETTER}
    with pytest.raises(NotAllowed):
        do("application.reject", file, clerk, **typed)
    assert do("application.reject", file, county, **typed).status is Status.REJECTED


def test_the_drafted_letter_names_clause_and_recheck(clerk: Actor) -> None:
    file = applications.submitted(clerk, dwelling=applications.dwelling(right="private_rental"))
    initial = operations()["application.reject"].initial(file)
    assert initial["clauses"] == ["E4"]
    assert initial["letter"].startswith("张德福：\n")
    assert "到清溪镇或云岭县（示例）民政局提出" in initial["letter"]


# ---------------------------------------------------------------- recheck


def rejected(clerk: Actor, by: Actor) -> Renovation:
    file = noticed(clerk)
    deny(file, by, "E5", "dwelling.safe", "false")
    return do("application.reject", file, by, clauses=["E5"], reason="鉴定为危房", letter=LETTER)


def test_a_recheck_is_granted_by_somebody_else_and_reopens_the_file(clerk: Actor, county: Actor) -> None:
    file = rejected(clerk, county)
    with pytest.raises(Conflict):
        do("application.grant_recheck", file, county, reply="还没有人申请")
    do(
        "application.request_recheck", file, clerk,
        requested_on=AFTER.isoformat(), grounds="已加固，有新的鉴定", paper=applications.paper(clerk),
    )  # fmt: skip
    with pytest.raises(Conflict):
        do("application.request_recheck", file, clerk, requested_on=AFTER.isoformat(), grounds="再申请一次")
    for operation in ("application.grant_recheck", "application.refuse_recheck"):
        with pytest.raises(NotAllowed) as caught:
            do(operation, file, county, reply="同意重新审查")
        assert caught.value.message == "作出不予改造决定的人不能复核，请由其他同事办理。"
    second = people.actor(Role.COUNTY)
    file = do("application.grant_recheck", file, second, reply="同意重新审查")
    assert (file.status, decided.rejection(file), decided.pending_recheck(file)) == (Status.SUBMITTED, None, None)
    deny(file, second, "E5", "dwelling.safe", "true")
    assert forwarded(clerk, file).status is Status.REVIEWED


def test_a_refused_recheck_keeps_the_rejection_and_may_be_asked_again(clerk: Actor, county: Actor) -> None:
    file = rejected(clerk, county)
    do("application.request_recheck", file, clerk, requested_on=AFTER.isoformat(), grounds="我认为住房安全")
    file = do("application.refuse_recheck", file, people.actor(Role.COUNTY), reply="没有新的鉴定，维持原决定")
    assert file.status is Status.REJECTED
    assert [(one.state, one.reply) for one in decided.rechecks(file)] == [
        (RecheckState.REFUSED, "没有新的鉴定，维持原决定")
    ]
    do("application.request_recheck", file, clerk, requested_on=AFTER.isoformat(), grounds="补交鉴定报告")
    assert decided.pending_recheck(file) is not None


def test_the_township_grants_no_recheck(clerk: Actor, county: Actor) -> None:
    file = rejected(clerk, county)
    do("application.request_recheck", file, clerk, requested_on=AFTER.isoformat(), grounds="我认为住房安全")
    with pytest.raises(NotAllowed):
        do("application.grant_recheck", file, clerk, reply="同意重新审查")


# ---------------------------------------------------------------- at the same moment


def test_of_many_confirmations_at_once_as_many_pass_as_there_are_places(committed: Flask, set_today: SetToday) -> None:
    set_today(START)
    clerk, county = people.actor(Role.TOWNSHIP), people.actor(Role.COUNTY)
    numbers = [forwarded(clerk).number for _ in range(8)]
    set_today(AFTER)
    for number in numbers:
        do("application.end_notice", number, clerk)
    prove(files.get(numbers[0], clerk), clerk)
    allot(5)
    db.session.rollback()
    passed: list[str] = []
    refused: list[DomainError] = []
    start = threading.Barrier(8)

    def run(number: str) -> None:
        with committed.app_context():
            start.wait()
            try:
                do("application.confirm", number, county)
                passed.append(number)
            except DomainError as error:
                refused.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(passed), [type(error) for error in refused]) == (5, [Conflict] * 3)
    assert {error.message[:6] for error in refused} == {"任务数已用完"}
    db.session.rollback()
    states = [files.get(number, county).status for number in numbers]
    assert (states.count(Status.CONFIRMED), states.count(Status.NOTICED)) == (5, 3)
    assert left() == 0


def test_of_two_who_confirm_one_file_at_once_one_is_told(committed: Flask, set_today: SetToday) -> None:
    set_today(START)
    clerk = people.actor(Role.TOWNSHIP)
    officers = [people.actor(Role.COUNTY), people.actor(Role.COUNTY)]
    file = forwarded(clerk)
    set_today(AFTER)
    number = prove(do("application.end_notice", file, clerk), clerk).number
    allot(5)
    db.session.rollback()
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def run(officer: Actor) -> None:
        with committed.app_context():
            start.wait()
            try:
                do("application.confirm", number, officer)
                outcomes.append("confirmed")
            except Conflict:
                outcomes.append("told")

    threads = [threading.Thread(target=run, args=(officer,)) for officer in officers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["confirmed", "told"]
    db.session.rollback()
    assert left() == 4


def test_households_forwarded_at_the_same_moment_share_one_notice(committed: Flask, set_today: SetToday) -> None:
    set_today(START)
    clerk = people.actor(Role.TOWNSHIP)
    numbers = [applications.submitted(clerk).number for _ in range(6)]
    db.session.rollback()
    errors: list[BaseException] = []
    start = threading.Barrier(6)

    def run(number: str) -> None:
        with committed.app_context():
            start.wait()
            try:
                do(
                    "application.forward", number, clerk,
                    starts_on=START.isoformat(), places=["村（社区）公示栏"], poster="王芳",
                )  # fmt: skip
            except Exception as error:
                errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    db.session.rollback()
    rows = reads.notices(clerk)
    assert [row.households for row in rows] == [6]
    assert sorted(entry.seq for entry in reads.entries(rows[0].notice)) == [1, 2, 3, 4, 5, 6]


def test_a_recheck_without_request_finds_nothing(clerk: Actor, county: Actor) -> None:
    file = rejected(clerk, county)
    with pytest.raises(NotFound):
        decisions.grant_recheck(file, DecideRecheck(reply="同意重新审查"), people.actor(Role.COUNTY))
