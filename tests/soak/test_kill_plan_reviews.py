"""The process killed at any write of a technical review: firm, finding, plan and timeline agree, or nothing is there."""

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.verify import verify
from app.core.db import db
from app.lifecycle import Status
from app.permissions import Role
from app.renovation.models import Assignment, Renovation
from app.stages.plan import queries as plans
from app.stages.plan.models import PlanReview
from app.stages.plan.rules import PlanState
from tests.application.notice_support import publish_tables
from tests.construction import support as construction
from tests.construction.support import Site, do, photo
from tests.plan import support as drafts

from .mortal import NOT_NOW, Sender

pytestmark = pytest.mark.soak


@pytest.fixture
def on(committed: Flask) -> Site:
    publish_tables(plan_review={"by": "supervisor"})
    return construction.site()


def found() -> list[str]:
    """The outcomes of all reviews, in their order."""
    return [one.value for one in db.session.scalars(select(PlanReview.outcome).order_by(PlanReview.id))]


def newest(file: Renovation) -> tuple[int, PlanState]:
    plan = plans.newest(file)
    assert plan is not None
    return plan.version, plan.state


def test_who_reviews_and_what_is_found_is_there_once(on: Site) -> None:
    firm, county = Sender(), on.around.county
    file = drafts.submitted(on.around)
    typed = {"procurement_record_id": on.supervisor_record}
    file = firm.send("plan.assign_reviewer", file, county, "已经接受委托", **typed)
    reviewers = select(Assignment.ended_at).where(Assignment.role == Role.SUPERVISOR)
    assert db.session.scalars(reviewers).all() == [None]
    plan = plans.newest(file)
    assert plan is not None
    remarks = [{"line_id": plan.lines[0].id, "text": "太滑"}]
    given = {"outcome": "returned", "opinion": "扶手位置不对", "remarks": remarks}
    file = firm.send("plan.review_plan", file, on.supervisor, NOT_NOW, **given)
    assert (found(), newest(file)) == (["returned"], (1, PlanState.SUPERSEDED))
    file = do("plan.draft", file, on.around.first, **drafts.typed(submit=True))
    drafts.verify(file, on.around)
    file = firm.send("plan.review_plan", file, on.supervisor, NOT_NOW, outcome="passed")
    assert (found(), newest(file)) == (["returned", "passed"], (2, PlanState.SUBMITTED))
    assert do("plan.approve", file, county).status is Status.PLANNED
    assert firm.kills > 20
    assert verify() == []


def test_a_change_order_is_reviewed_once(on: Site) -> None:
    firm, around = Sender(), on.around
    file = do("plan.assign_reviewer", drafts.submitted(around), around.county, procurement_record_id=on.supervisor_record)  # fmt: skip
    file = do("plan.review_plan", file, on.supervisor, outcome="passed")
    drafts.verify(file, around)
    file = do("plan.approve", file, around.county)
    file = do("plan.agree", file, around.township, self_pay="0.00", signature=photo(around.township))
    file = construction.contracted(on, construction.dispatched(on, file, supervisor_record_id=None))
    file = construction.building(on, file)
    more = construction.changed(file, item_13={"quantity": "2.00"})
    file = firm.send("construction.propose_change", file, on.builder, NOT_NOW, reason="墙面不能承重", lines=more)
    file = firm.send("plan.review_plan", file, on.supervisor, NOT_NOW, outcome="returned", opinion="不必增加")
    assert newest(file) == (2, PlanState.REFUSED)
    file = construction.propose(on, file, more)
    file = firm.send("plan.review_plan", file, on.supervisor, NOT_NOW, outcome="passed")
    file = firm.send("construction.approve_change", file, around.county, NOT_NOW)
    signed = {"self_pay": "0.00", "signature": photo(around.township)}
    file = firm.send("construction.sign_change", file, around.township, NOT_NOW, **signed)
    assert (found(), newest(file)) == (["passed", "returned", "passed"], (3, PlanState.SIGNED))
    assert firm.kills > 30
    assert verify() == []
