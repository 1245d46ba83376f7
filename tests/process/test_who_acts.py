"""A programme divides the work its own way: a township that is the employer plans, dispatches and prepares (variants §0.7)."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.db import db
from app.core.errors import NotAllowed
from app.lifecycle import Status
from app.permissions import MAY_BE_GIVEN, Actor, Permission, Role
from app.programme.problems import Problem
from app.programme.process_check import _actors
from app.programme.process_schema import ActorTerms
from app.programme.queries import given
from app.renovation.models import Renovation
from app.stages.registry import open_operations
from app.stages.settlement import queries as settlements
from app.workbench.waiting import moves_of, waiting
from tests.acceptance import support as acceptances
from tests.application.notice_support import publish_tables
from tests.assessment.support import confirmed, photo
from tests.construction import support as construction
from tests.construction.support import Site, do
from tests.factories import people
from tests.plan.support import typed, verify
from tests.programme.factory import chongqing
from tests.support.client import PageClient

from .support import billed, finance, pay, tables_without

TASKS = ("plan_draft", "plan_approve", "construction_dispatch", "settlement_prepare")


@pytest.fixture(autouse=True)
def _session(session: Session) -> None:
    """Everything here is stored."""


def employer(**more: Any) -> None:
    """The township is the employer, the county itself pays; nobody assesses, and no card is handed in."""
    acts = [{"task": task, "roles": ["township"]} for task in TASKS]
    acts.append({"task": "payment_record", "roles": ["county"]})
    tables = tables_without("assessment", "warranty", actor=acts, **more)
    tables["stage"] = [one | {"responsible": ["township", "county", "contractor"]} for one in tables["stage"]]
    publish_tables(**tables)


def keys(file: Renovation, actor: Actor) -> set[str]:
    return {one.key for one in open_operations(file, actor)}


def due(file: Renovation, actor: Actor) -> list[str]:
    """What the file waits for at this person's desk."""
    found = waiting(actor)
    assert found is not None
    rows = db.session.execute(select(found.c.move).where(found.c.id == file.id)).all()
    return [moves_of(actor)[row.move].words for row in rows]


def planned(on: Site) -> Renovation:
    """The township has made the plan, another one of it approved it."""
    around = on.around
    file = confirmed(around)
    assert (file.status, due(file, around.township), due(file, around.county)) == (Status.ASSESSED, ["编制方案"], [])
    assert "assessment.assign_assessor" not in keys(file, around.county)
    file = do("plan.draft", file, around.township, **typed(submit=True))
    verify(file, around)
    with pytest.raises(NotAllowed, match="编制方案的人不能审批自己的方案"):
        do("plan.approve", file, around.township)
    with pytest.raises(NotAllowed, match="您的岗位不能办理“批准方案”"):
        do("plan.approve", file, around.county)
    assert (due(file, around.county), "plan.approve" in keys(file, around.county)) == ([], False)
    colleague = people.actor(Role.TOWNSHIP)
    assert due(file, colleague) == ["审批方案"]
    return do("plan.approve", file, colleague)


def test_a_township_plans_dispatches_and_prepares_the_settlement() -> None:
    """From the confirmation to the sheet; the county countersigns and approves as everywhere."""
    employer()
    on = construction.site()
    around = on.around
    file = planned(on)
    file = do("plan.agree", file, around.township, self_pay="0.00", signature=photo(around.township))
    with pytest.raises(NotAllowed):
        construction.dispatched(on, file)
    assert (due(file, around.township), due(file, around.county)) == (["派工"], [])
    records = {"procurement_record_id": on.builder_record, "supervisor_record_id": on.supervisor_record}
    file = do("construction.dispatch", file, around.township, **records)
    file = construction.completed(on, construction.building(on, construction.contracted(on, file)))
    acceptances.recorded(on, file)
    file = do("acceptance.countersign", file, around.county)
    report = {"day": f"{file.touched_at:%Y-%m-%d}", "conclusion": "合格", "paper": photo(on.supervisor)}
    file = billed(on, do("construction.report", file, on.supervisor, **report))
    assert (due(file, around.township), "编制结算" in due(file, around.county)) == (["编制结算"], False)
    file = do("settlement.prepare", file, around.township)
    assert due(file, around.county) == ["批准结算"]
    file = do("settlement.approve", file, around.county)
    payer, treasurer = people.actor(Role.COUNTY), finance()
    assert (due(file, payer), due(file, treasurer)) == (["登记拨付"], [])
    with pytest.raises(NotAllowed, match="编制或批准结算的人不能登记拨付"):
        pay(file, around.county)
    with pytest.raises(NotAllowed, match="您的岗位不能办理“登记拨付到账”"):
        pay(file, treasurer)
    shown = [settlements.tab(file, one) for one in (payer, treasurer)]
    assert [one and one["shows_accounts"] for one in shown] == [True, False]
    assert pay(file, payer).status is Status.CLOSED


def test_under_other_programmes_everything_stays() -> None:
    """What one programme gives to the township is not the township's elsewhere."""
    on = construction.site()
    usual = confirmed(on.around)
    employer(programme={"id": "jiaping-2023", "number_prefix": "JP2023"})
    assert given() == {Permission(task): frozenset({Role.TOWNSHIP}) for task in TASKS} | {
        Permission.PAYMENT_RECORD: frozenset({Role.COUNTY})
    }
    usual = do("assessment.assign_assessor", usual, on.around.county, procurement_record_id=on.around.record_id)
    assert due(usual, on.around.township) == []
    assert due(usual, on.around.first) == ["入户评估"]
    with pytest.raises(NotAllowed):
        do("plan.draft", usual, on.around.township, **typed())


def test_pages_ask_the_file_and_not_the_role_alone(client: PageClient) -> None:
    on = construction.site()
    file = confirmed(on.around)
    client.login(people.make_user(Role.TOWNSHIP))
    answer = client.get(f"/renovations/{file.number}/construction/dispatch")
    assert (answer.status_code, "您的岗位不能办理“派工”" in answer.text) == (403, True)
    token = client.get(f"/renovations/{file.number}").soup.find(attrs={"name": "csrf_token"})["value"]
    answer = client.post(f"/renovations/{file.number}/plan/preview", data={"csrf_token": token})
    assert (answer.status_code, "不由您编制" in answer.text) == (403, True)
    client.login(people.make_user(Role.FINANCE))
    assert client.get(f"/renovations/{file.number}/construction/dispatch").status_code == 403


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ([{"task": "application_confirm", "roles": ["township"]}], ["“确定改造对象”的分工不能改"]),
        ([{"task": "plan_draft", "roles": ["contractor"]}], ["施工单位不能办理“编制方案”"]),
        ([{"action": "approve_plan", "roles": ["township"]}], ["乡镇（街道）经办不能办理“批准方案”"]),
        ([{"task": "plan_draft", "roles": ["township"]}] * 2, ["“编制方案”写了两次"]),
        ([{"task": "plan_draft", "roles": ["township", "assessor", "county"]}], []),
    ],
)
def test_only_what_may_be_given_is_given_and_to_whom_it_may(terms: list[dict[str, Any]], said: list[str]) -> None:
    data = chongqing().data.model_copy(update={"actor": tuple(ActorTerms.model_validate(one) for one in terms)})
    found: list[Problem] = list(_actors(data))
    assert [one.message for one in found] == said


def test_a_table_of_who_acts_names_one_thing() -> None:
    for both in ({"action": "settle", "task": "plan_draft"}, {}):
        with pytest.raises(ValueError, match="写 action（一步）或 task（一项工作）之一"):
            ActorTerms.model_validate({"roles": ["county"], **both})


def test_what_decides_on_households_and_money_is_never_given_away() -> None:
    kept = {Permission.APPLICATION_CONFIRM, Permission.ACCEPTANCE_COUNTERSIGN, Permission.SETTLEMENT_APPROVE}
    assert kept & set(MAY_BE_GIVEN) == set()
