"""Caps over time and over a county on real files: earlier benefits count, the average stops a plan; on both databases."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.core.errors import Conflict, RuleViolations
from app.demo.story import Story
from app.lifecycle import Status
from app.programme.loading import CATALOG, load
from app.programme.money_schema import AverageCap, Cap, Composition
from app.programme.policy import Programme, build
from app.programme.values import ItemKind, Otherwise
from app.stages.application import queries as application
from app.stages.plan import queries as plans
from app.stages.plan.models import Plan
from tests.support.databases import Databases
from tests.support.stories import lived


def shared_cap() -> Programme:
    """2,000 yuan for a household within 36 months, however often it comes; 1,000 on average; construction first."""
    data = load(CATALOG / "chongqing-2020-demo-county").data
    first = Composition(
        id="C1", text="先施工，后配置。", kinds=(ItemKind.WORKS,), first=True, otherwise=Otherwise.REST_SELF_PAID
    )
    programme, problems = build(
        data.model_copy(
            update={
                "benefit": data.benefit.model_copy(update={"per": "cap"}),
                "cap": Cap(amount="2000.00", months=36),  # type: ignore[arg-type]
                "average_cap": AverageCap(amount="1000.00", from_households=2),  # type: ignore[arg-type]
                "composition": (first,),
            }
        )
    )
    assert problems == []
    return programme


def _plan(story: Story) -> Plan:
    plan = plans.current(story.file())
    assert plan is not None
    return plan


@pytest.fixture(scope="module")
def stories(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Story]]:
    """One household that was paid, and comes again; another one whose plan waits for approval."""
    known: list[Any] = []

    def once(story: Story) -> Iterator[int]:
        known.append(story.known)
        yield from story.life(Status.BUILDING)
        with pytest.raises(Conflict, match=r"先施工，后配置。第 1 行“防滑处理”、.*还没有改造后照片"):
            story.work()
        story.photos("after")
        yield from story.go_on(Status.BUILDING, Status.PAID)

    def again(story: Story) -> Iterator[int]:
        yield 60
        story.known = known[0]
        yield from story.life(Status.ASSESSED)
        story.draft()
        yield 1

    def other(story: Story) -> Iterator[int]:
        yield from story.life(Status.ASSESSED)
        story.draft()
        yield 1

    lives = {"once": once, "again": again, "other": other}
    with lived(databases, tmp_path_factory.mktemp("files"), lives, own=shared_cap()) as found:
        yield found


def test_what_the_household_had_before_is_taken_off_the_cap(stories: dict[str, Story]) -> None:
    had = _plan(stories["once"]).subsidy_fen
    assert 0 < had < 200_000
    assert application.standing(stories["again"].file())["earlier_fen"] == had
    assert application.standing(stories["other"].file())["earlier_fen"] == 0
    plan = _plan(stories["again"])
    assert plan.cap_fen == 200_000 - had
    assert plan.subsidy_fen == min(plan.total_fen, 200_000 - had)
    assert any("已扣除以前享受的" in line["reason"] for line in plan.computed["lines"])


def test_the_countys_average_stops_the_plan_that_lifts_it(stories: dict[str, Story]) -> None:
    """1,000 on average: the first household had more, so the next must stay below; the plan's page says by how much."""
    story = stories["other"]
    average = plans.county_average(_plan(story))
    assert average is not None
    together = _plan(stories["once"]).subsidy_fen + _plan(story).subsidy_fen
    assert (average.households, average.total_fen, average.stops) == (2, together, together > 200_000)
    assert average.stops
    with pytest.raises(RuleViolations, match="户均标准 ¥1,000") as refused:
        story.approve()
    assert "请退回压减金额" in str(refused.value)
    assert story.status is Status.ASSESSED
