"""Where the household may pay nothing, no plan with an own share is handed in: by the form, the preview, a change."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.core.errors import DomainError, RuleViolation, RuleViolations
from app.programme.loading import CATALOG, load
from app.programme.money_check import _own_share
from app.programme.money_schema import Rate
from app.programme.policy import restore
from app.programme.values import HouseholdPays, OwnShare
from app.renovation.models import Renovation
from app.stages.plan import queries
from app.stages.plan.operations import draft_context
from app.stages.plan.rules import PlanState
from app.stages.plan.service import approve_missing, submit_missing
from tests.application.notice_support import publish_tables
from tests.assessment.support import user
from tests.construction import support as construction
from tests.factories.applications import do
from tests.plan.support import assessed, desk, drafted, lines, submitted, verify
from tests.process.support import CONTENT
from tests.support.client import PageClient

OVER = lines(item_1="900.00")
"""Basics of 2,100.00: 100.00 more than the cap."""
SAID = "这个政策不让家庭出钱，方案的家庭自付是 ¥100.00。请去掉项目、减少数量，或换便宜的规格，自付降到 ¥0.00 再提交。"


@pytest.fixture
def free(session: Session) -> None:
    publish_tables(plan=CONTENT["plan"] | {"own_share": "none"})


def refused(call: Any) -> list[str]:
    with pytest.raises(DomainError) as error:
        call()
    return (
        [one.message for one in error.value.problems] if isinstance(error.value, RuleViolations) else [str(error.value)]
    )


@pytest.mark.usefixtures("free")
def test_a_plan_above_the_cap_is_kept_as_a_draft_and_not_handed_in(client: PageClient) -> None:
    around = desk()
    file = drafted(around, lines=OVER)
    assert [one.text for one in submit_missing(file)] == [SAID]
    assert refused(lambda: do("plan.submit_plan", file, around.first)) == [SAID]
    assert draft_context(file)["sums"].problems[-1] == SAID
    client.login(user(around.first))
    page = client.page(f"/renovations/{file.number}/plan/draft")
    assert SAID in page.select(".plan-says")[0].get_text()
    assert refused(lambda: submitted(around, assessed(around), lines=OVER)) == [SAID]

    file = submitted(around, file, lines=lines(item_1="800.00"))
    verify(file, around)
    plan = queries.open_version(file)
    assert plan is not None
    assert (plan.state, plan.self_pay_fen, approve_missing(file)) == (PlanState.SUBMITTED, 0, [])


@pytest.mark.usefixtures("free")
def test_a_change_may_not_cost_the_household_either() -> None:
    on = construction.site()
    file = construction.building(on)
    more: dict[str, Any] = {"item_13": {"quantity": "5.00"}}
    assert refused(lambda: construction.propose(on, file, construction.changed(file, **more))) == [
        SAID.replace("¥100.00", "¥200.00")
    ]


def test_without_the_word_the_household_may_pay(session: Session) -> None:
    publish_tables()
    file: Renovation = submitted(desk(), lines=OVER)
    plan = queries.open_version(file)
    assert plan is not None
    assert (plan.state, plan.self_pay_fen) == (PlanState.SUBMITTED, 10_000)


def test_it_is_read_and_comes_back_from_the_store() -> None:
    programme = load(CATALOG / "chongqing-2020")
    assert programme.data.plan.own_share is OwnShare.ALLOWED
    assert (programme.own_share_refused(10**9), restore(programme.content).data.plan.own_share) == (
        "",
        OwnShare.ALLOWED,
    )


def rates(*percents: int) -> tuple[Rate, ...]:
    return tuple(Rate.model_validate({"name": f"按 {percent}%", "percent": percent}) for percent in percents)


@pytest.mark.parametrize(
    ("percents", "pays", "said"),
    [
        ((), HouseholdPays.ACCEPTANCE, []),
        ((70, 80), HouseholdPays.ACCEPTANCE, ["每一项都只按比例补贴，家庭总有自付，没有方案能提交"]),
        ((70, 100), HouseholdPays.ACCEPTANCE, []),
        ((), HouseholdPays.SIGNING, ["家庭不出钱，签约时就没有钱可收"]),
    ],
)
def test_what_leaves_the_household_something_to_pay_is_refused(
    percents: tuple[int, ...], pays: HouseholdPays, said: list[str]
) -> None:
    data = load(CATALOG / "chongqing-2020").data
    free = {
        "plan": data.plan.model_copy(update={"own_share": OwnShare.NONE}),
        "money": data.money.model_copy(update={"household_pays": pays}),
        "rate": rates(*percents),
    }
    assert [one.message for one in _own_share(data.model_copy(update=free))] == said
    assert list(_own_share(data.model_copy(update=free | {"plan": data.plan}))) == []


def test_the_sentence_is_a_refusal_with_its_field(session: Session) -> None:
    publish_tables(plan=CONTENT["plan"] | {"own_share": "none"})
    around = desk()
    with pytest.raises((RuleViolation, RuleViolations)) as error:
        submitted(around, lines=OVER)
    problems = error.value.problems if isinstance(error.value, RuleViolations) else [error.value]
    assert [one.field for one in problems] == ["lines"]
