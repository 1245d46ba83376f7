"""A technical review of the plan before its approval: who does it, what waits for it, what a changed plan needs anew."""

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.db import db, transaction
from app.core.errors import Conflict, DomainError, NotAllowed, NotFound, RuleViolation, RuleViolations
from app.letters.models import Message
from app.lifecycle import Status
from app.permissions import Actor, Role
from app.places.rules import OrganisationKind
from app.renovation import queries as files
from app.renovation.models import Assignment, Renovation
from app.renovation.operations import Missing
from app.renovation.papers import sheet
from app.stages.acceptance.service import who_signs
from app.stages.plan import queries as plans
from app.stages.plan import reviews, showing
from app.stages.plan.models import PlanReview
from app.stages.plan.rules import PlanState, ReviewOutcome
from app.stages.plan.service import approve_missing
from app.stages.registry import open_operations, papers
from app.workbench import queries
from app.workbench.buttons import choices
from tests.application.notice_support import publish_tables
from tests.assessment.support import procurement, user
from tests.construction import support as construction
from tests.construction.support import Site, do
from tests.factories import people
from tests.plan import support as drafts
from tests.plan.support import fresh
from tests.support.client import PageClient

from .support import publish_without


@pytest.fixture
def on(session: Session) -> Site:
    publish_tables(plan_review={"by": "supervisor"})
    return construction.site()


def assigned(file: Renovation, on: Site, record: int | None = None) -> Renovation:
    return do("plan.assign_reviewer", file, on.around.county, procurement_record_id=record or on.supervisor_record)


def reviewed(file: Renovation, by: Actor, outcome: str = "passed", **typed: Any) -> Renovation:
    return do("plan.review_plan", file, by, outcome=outcome, **typed)


def waits(on: Site) -> Renovation:
    """A file whose plan waits for its review by the firm that is named."""
    return assigned(drafts.submitted(on.around), on)


def keys(file: Renovation, actor: Actor) -> set[str]:
    return {one.key for one in open_operations(file, actor)} & {"plan.assign_reviewer", "plan.review_plan"}


def to_do(actor: Actor) -> list[str]:
    return [line.move.words for line in queries.desk(actor).lines if line.move]


def told(actor: Actor) -> list[str]:
    """The titles of what lies in this person's inbox."""
    mine = Message.user_id == actor.user_id, Message.way == "in_app"
    return list(db.session.scalars(select(Message.title).where(*mine).order_by(Message.id)))


def first_line(file: Renovation) -> int:
    plan = plans.open_version(file)
    assert plan is not None
    return plan.lines[0].id


def said(call: Any) -> list[str]:
    """What the sentences are that something is refused with."""
    with pytest.raises(DomainError) as refused:
        call()
    problems = getattr(refused.value, "problems", None)
    return [one.message for one in problems] if problems else [refused.value.message]


def test_the_plan_waits_for_the_firm_the_firm_sees_it_and_what_it_passes_is_approved(on: Site) -> None:
    file = drafts.submitted(on.around)
    drafts.verify(file, on.around)
    with pytest.raises(NotFound):
        files.get(file.number, on.supervisor)
    lacking = Missing("方案批准以前要经技术审核，还没有委托审核的监理单位，请先委托", "plan.assign_reviewer")
    assert approve_missing(file) == [lacking]
    assert (to_do(on.around.county), to_do(on.supervisor)) == (["委托技术审核"], [])
    assert keys(file, on.around.county) == {"plan.assign_reviewer"}

    file = assigned(file, on)
    assert files.get(file.number, on.supervisor).number == file.number
    assert (to_do(on.around.county), to_do(on.supervisor)) == ([], ["技术审核方案"])
    assert keys(file, on.supervisor) == {"plan.review_plan"}
    waiting = Missing(f"第 1 版方案还没有通过技术审核，等{on.supervising.name}审核", "plan.review_plan")
    assert approve_missing(file) == [waiting]
    with pytest.raises(RuleViolations):
        do("plan.approve", file, on.around.county)
    assert fresh(file, on.around.county).status is Status.ASSESSED

    file = reviewed(
        file, on.supervisor, opinion="做法合适", remarks=[{"line_id": first_line(file), "text": "用 304 不锈钢"}]
    )
    review = db.session.scalars(select(PlanReview)).one()
    assert (review.outcome, review.role, review.organisation_id, review.reviewer) == (
        ReviewOutcome.PASSED, Role.SUPERVISOR, on.supervising.id, on.supervising.name,
    )  # fmt: skip
    newest = files.events(file)[0]
    assert (newest.title, newest.reason) == ("技术审核方案第 1 版：通过", "做法合适；第 1 行“防滑处理”：用 304 不锈钢")
    assert newest.details == {"version": 1, "outcome": "passed", "remarks": 1}
    assert (to_do(on.around.county), to_do(on.supervisor), keys(file, on.supervisor)) == (["审批方案"], [], set())
    assert do("plan.approve", file, on.around.county).status is Status.PLANNED


def test_what_is_returned_is_drafted_anew_and_reviewed_anew(on: Site) -> None:
    file = reviewed(
        waits(on), on.supervisor, "returned", remarks=[{"line_id": 0, "text": ""}][:0], opinion="扶手位置不对"
    )
    before = plans.newest(file)
    assert before is not None
    assert (before.state, before.returned_reason) == (PlanState.SUPERSEDED, "技术审核退回：扶手位置不对")
    assert (to_do(on.around.first), to_do(on.around.county)) == (["编制方案"], [])
    file = do("plan.draft", file, on.around.first, **drafts.typed(submit=True))
    assert (reviews.waiting(file) or before).version == 2
    drafts.verify(file, on.around)
    assert [one.operation for one in approve_missing(file)] == ["plan.review_plan"]
    file = reviewed(file, on.supervisor)
    assert do("plan.approve", file, on.around.county).status is Status.PLANNED
    counted = [(one.outcome.value, one.ended_at) for one in reviews.reviews(file)]
    assert counted == [("passed", None), ("returned", None)]


def test_a_plan_that_the_household_refused_is_reviewed_again(on: Site) -> None:
    file = reviewed(waits(on), on.supervisor)
    drafts.verify(file, on.around)
    file = do("plan.approve", file, on.around.county)
    file = do("plan.refuse", file, on.around.township, reason="想换颜色")
    file = do("plan.draft", file, on.around.first, **drafts.typed(submit=True))
    assert [one.operation for one in approve_missing(file)] == ["plan.review_plan"]


def test_only_the_firm_that_is_named_reviews_and_once(on: Site) -> None:
    file = waits(on)
    other = people.make_firm(OrganisationKind.SUPERVISOR)
    with pytest.raises(NotFound):
        reviewed(file, people.actor(Role.SUPERVISOR, firm=other))
    for stranger in (on.around.township, on.around.first):
        assert said(lambda who=stranger: reviewed(file, who)) == ["按这个政策，方案由监理审核。"]
        assert keys(file, stranger) == set()
    with pytest.raises(NotAllowed):
        reviewed(file, on.around.county)
    reviewed(file, on.supervisor)
    with pytest.raises(Conflict):
        reviewed(file, on.supervisor)


def test_what_is_typed_wrong_is_refused_and_nothing_is_kept(on: Site) -> None:
    file = waits(on)
    line = first_line(file)
    assert said(lambda: reviewed(file, on.supervisor, "returned")) == [
        "退回的，请写明要怎么改：写总的意见，或写在有关的项目后面。"
    ]
    one = "逐项意见要与方案项目一一对应，请刷新页面后重填。"
    double = [{"line_id": line, "text": "甲"}, {"line_id": line, "text": "乙"}]
    assert said(lambda: reviewed(file, on.supervisor, remarks=double)) == [one]
    assert said(lambda: reviewed(file, on.supervisor, remarks=[{"line_id": 10**9, "text": "甲"}])) == [one]
    assert db.session.scalars(select(PlanReview)).all() == []
    reviewed(file, on.supervisor, "returned", remarks=[{"line_id": line, "text": "太滑"}])
    review = db.session.scalars(select(PlanReview)).one()
    assert review.opinion == "见逐项意见"
    newest = plans.newest(file)
    assert newest is not None and newest.returned_reason == "技术审核退回：见逐项意见；第 1 行“防滑处理”：太滑"


def test_who_drafts_or_builds_is_not_named_and_who_is_named_does_neither(on: Site) -> None:
    both = on.around.firm
    with transaction():
        both.kinds = [OrganisationKind.ASSESSOR, OrganisationKind.SUPERVISOR, OrganisationKind.CONTRACTOR]
        on.supervising.kinds = [OrganisationKind.SUPERVISOR, OrganisationKind.CONTRACTOR, OrganisationKind.ASSESSOR]
    own, assesses = procurement(both, OrganisationKind.SUPERVISOR), procurement(on.supervising)
    file = drafts.assessed(on.around)
    assert said(lambda: assigned(file, on, own)) == ["这家单位编制这一户的方案，不能再审核方案，请另选一家。"]
    fine = assigned(file, on)
    assert said(lambda: assigned(fine, on)) == ["这家单位已经接受委托，不用重复办理。"]
    fine = reviewed(drafts.submitted(on.around, fine), on.supervisor)
    agreed = drafts.verify(fine, on.around) or do("plan.approve", fine, on.around.county)
    photo = construction.photo(on.around.township)
    agreed = do("plan.agree", agreed, on.around.township, self_pay="0.00", signature=photo)
    builds = procurement(on.supervising, OrganisationKind.CONTRACTOR)
    refused = said(lambda: construction.dispatched(on, agreed, procurement_record_id=builds))
    assert refused == ["评估这一户或审核方案的单位不能再来施工，请另选施工单位。"]

    later = assigned(drafts.assessed(on.around), on)
    with transaction():
        change = db.session.scalars(
            select(Assignment).where(Assignment.renovation_id == later.id, Assignment.role == Role.ASSESSOR)
        ).one()
        change.ended_at, change.ended_reason = change.since, "换一家"
        db.session.execute(text("UPDATE renovation SET status = 'confirmed' WHERE id = :id"), {"id": later.id})
    said_of = said(lambda: do("assessment.assign_assessor", later, on.around.county, procurement_record_id=assesses))
    assert said_of == ["这家单位审核这一户的方案，不能再评估和编制，请换一家评估机构。"]


def test_another_firm_takes_over_and_what_the_first_one_found_counts_no_more(on: Site) -> None:
    file = reviewed(waits(on), on.supervisor)
    drafts.verify(file, on.around)
    other = people.make_firm(OrganisationKind.SUPERVISOR)
    new = people.actor(Role.SUPERVISOR, firm=other)
    file = assigned(file, on, procurement(other, OrganisationKind.SUPERVISOR))
    assert [one.ended_reason for one in reviews.reviews(file)] == [f"改由{other.name}审核"]
    assert [one.operation for one in approve_missing(file)] == ["plan.review_plan"]
    with pytest.raises(NotAllowed):
        reviewed(file, on.supervisor)
    file = reviewed(file, new)
    assert do("plan.approve", file, on.around.county).status is Status.PLANNED
    assert "plan.assign_reviewer" not in keys(fresh(file, on.around.county), on.around.county)


def test_a_full_lot_takes_no_other_household(on: Site) -> None:
    small = procurement(on.supervising, OrganisationKind.SUPERVISOR, max_households=1)
    assigned(drafts.assessed(on.around), on, small)
    with pytest.raises(RuleViolation, match="约定的 1 户已经用完"):
        assigned(drafts.assessed(on.around), on, small)


def test_a_change_during_the_works_is_reviewed_too(on: Site) -> None:
    file = reviewed(waits(on), on.supervisor)
    drafts.verify(file, on.around)
    file = do("plan.approve", file, on.around.county)
    photo = construction.photo(on.around.township)
    file = do("plan.agree", file, on.around.township, self_pay="0.00", signature=photo)
    file = construction.building(
        on, construction.contracted(on, construction.dispatched(on, file, supervisor_record_id=None))
    )
    file = construction.propose(on, file, construction.changed(file, item_13={"quantity": "2.00"}))
    assert (to_do(on.supervisor)[0], to_do(on.around.county)) == ("技术审核方案", [])
    assert said(lambda: do("construction.approve_change", file, on.around.county)) == [
        f"第 2 版方案还没有通过技术审核，等{on.supervising.name}审核"
    ]
    file = reviewed(file, on.supervisor, "returned", opinion="不必增加")
    assert told(on.builder)[-1:] == ["变更没有通过技术审核"]
    refused = plans.newest(file)
    assert refused is not None
    assert (refused.state, refused.refused_reason) == (PlanState.REFUSED, "技术审核退回：不必增加")
    file = construction.propose(on, file, construction.changed(file, item_13={"quantity": "2.00"}))
    file = reviewed(file, on.supervisor)
    assert to_do(on.around.county) == ["审批变更"]
    assert construction.sign(on, file).status is Status.BUILDING


def test_where_nobody_approves_a_pass_leads_to_the_household(session: Session) -> None:
    publish_without("plan_approval", "supervision", plan_review={"by": "supervisor"})
    on = construction.site()
    file = drafts.assessed(on.around)
    drafts.verify(file, on.around)
    file = assigned(drafts.submitted(on.around, file), on)
    assert file.status is Status.ASSESSED
    file = reviewed(file, on.supervisor)
    assert file.status is Status.PLANNED
    photo = construction.photo(on.around.township)
    file = do("plan.agree", file, on.around.township, self_pay="0.00", signature=photo)
    built = construction.completed(
        on,
        construction.building(
            on, construction.contracted(on, construction.dispatched(on, file, supervisor_record_id=None))
        ),
    )
    assert "supervisor" not in [one.value for one in who_signs(built)]


def test_the_township_may_review_what_the_firm_drafts(session: Session) -> None:
    publish_tables(plan_review={"by": "township"})
    on = construction.site()
    file = drafts.submitted(on.around)
    assert (to_do(on.around.township), to_do(on.supervisor)) == (["技术审核方案"], [])
    assert (keys(file, on.around.county), keys(file, on.around.township)) == (set(), {"plan.review_plan"})
    file = reviewed(file, on.around.township)
    review = db.session.scalars(select(PlanReview)).one()
    assert (review.role, review.organisation_id) == (Role.TOWNSHIP, None)


def test_the_assessor_may_review_what_the_township_drafts(session: Session) -> None:
    publish_tables(plan_review={"by": "assessor"}, actor=[{"task": "plan_draft", "roles": ["township"]}])
    on = construction.site()
    file = drafts.assessed(on.around)
    file = do("plan.draft", file, on.around.township, **drafts.typed(submit=True))
    assert keys(file, on.around.first) == {"plan.review_plan"}
    reviewed(file, on.around.first)
    assert [one.reviewer for one in reviews.reviews(file)] == [on.around.firm.name]


def test_a_programme_that_does_not_write_it_has_nothing_of_it(session: Session) -> None:
    publish_tables()
    on = construction.site()
    file = drafts.submitted(on.around)
    for actor in (on.around.county, on.around.township, on.around.first):
        assert keys(file, actor) == set()
    assert (to_do(on.around.county), to_do(on.around.township)) == (["审批方案"], [])
    assert "reviews" not in (showing.tab(file, on.around.county) or {})
    assert papers()["plan_review"].context(file) is None
    with pytest.raises(Conflict):
        reviewed(file, on.around.township)


def test_firm_and_reviewer_are_told_when_it_is_theirs(on: Site) -> None:
    assigned(
        drafts.submitted(on.around, assigned(drafts.assessed(on.around), on)),
        on,
        procurement(people.make_firm(OrganisationKind.SUPERVISOR), OrganisationKind.SUPERVISOR),
    )
    assert told(on.supervisor) == ["委托审核改造方案", "有一份方案等着审核"]


def test_the_paper_and_the_tab_show_what_was_found_and_prices_to_the_reviewer(on: Site) -> None:
    file = waits(on)
    paper = papers()["plan_review"]
    assert (paper.context(file) or {})["review"] is None
    shown = showing.tab(file, on.supervisor)
    assert shown is not None and shown["shows_money"]
    file = reviewed(file, on.supervisor, opinion="可行", remarks=[{"line_id": first_line(file), "text": "打磨边角"}])
    body = sheet(paper, file, on.supervisor).body()
    assert ("■通过" in body, "打磨边角" in body, on.supervising.name in body) == (True, True, True)
    shown = showing.tab(file, on.around.township)
    assert shown is not None and [one["review"].opinion for one in shown["reviews"]] == ["可行"]


def form_of(page: Any) -> Any:
    return page.select("form[data-guard]")[0]


def test_the_pages_lead_the_county_and_the_firm_through_it(on: Site, client: PageClient) -> None:
    file = drafts.submitted(on.around)
    drafts.verify(file, on.around)
    client.login(user(on.around.county))
    home = f"/renovations/{file.number}"
    main = choices(file, on.around.county).main
    assert main is not None and main.key == "plan.assign_reviewer"
    client.submit(
        form_of(client.page(f"{home}/plan/assign_reviewer")), {"procurement_record_id": f"{on.supervisor_record}"}
    )
    client.login(user(on.supervisor))
    page = client.page(f"{home}/plan/review_plan")
    assert "方案总价" in page.get_text()
    refused = client.submit(form_of(page), {"outcome": "returned"})
    assert (refused.status_code, "退回的，请写明要怎么改" in refused.text) == (422, True)
    client.submit(form_of(page), {"outcome": "passed", "remarks-0-text": "先拆后装"})
    assert "技术审核方案第 1 版：通过" in client.page(home).get_text()
    client.login(user(on.around.county))
    assert "先拆后装" in client.page(f"{home}?tab=plan").get_text()
    assert "技术审核：通过" in client.page(f"{home}/plan/approve").get_text()


ROW = (
    "INSERT INTO plan_review (renovation_id, plan_id, role, organisation_id, reviewer, outcome, opinion, reviewed_at,"
    " reviewed_by, reviewed_by_name, ended_reason) SELECT renovation_id, plan_id, {role}, {firm}, reviewer, {outcome},"
    " {opinion}, reviewed_at, reviewed_by, reviewed_by_name, '' FROM plan_review"
)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"role": "'contractor'"},
        {"firm": "NULL"},
        {"outcome": "'returned'", "opinion": "''"},
        {"outcome": "'maybe'"},
    ],
)
def test_the_database_keeps_one_review_of_a_version_by_somebody_named(on: Site, values: dict[str, str]) -> None:
    reviewed(waits(on), on.supervisor)
    if values:  # the row before would stand in the way of any
        with transaction():
            db.session.execute(text("UPDATE plan_review SET ended_at = reviewed_at, ended_reason = '换'"))
    as_it_is = {"role": "role", "firm": "organisation_id", "outcome": "outcome", "opinion": "opinion"}
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(text(ROW.format(**as_it_is | values)))


def test_of_two_who_review_at_once_one_does(committed: Flask) -> None:
    publish_tables(plan_review={"by": "supervisor"})
    on = construction.site()
    second = people.actor(Role.SUPERVISOR, firm=on.supervising)
    file = waits(on)
    start, outcomes = threading.Barrier(2), list[str]()

    def one(actor: Actor, outcome: str) -> None:
        with committed.app_context():
            start.wait()
            try:
                reviewed(file, actor, outcome, opinion="意见")
                outcomes.append("done")
            except DomainError as refused:
                outcomes.append(type(refused).__name__)

    threads = [threading.Thread(target=one, args=pair) for pair in ((on.supervisor, "passed"), (second, "returned"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    assert sorted(outcomes) == ["Conflict", "done"]
    assert len(db.session.scalars(select(PlanReview)).all()) == 1
