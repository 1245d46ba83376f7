"""Limits over the cap's period on real files: what is signed and settled counts, what ends gives back; both databases."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from sqlalchemy import delete, select, text, true

from app.core import clock
from app.core.db import db
from app.core.errors import DomainError, RuleViolations
from app.demo.intake import PLAN_LINES
from app.demo.story import Story
from app.funds.claim_models import BenefitUse
from app.identity.queries import user_by_staff_no
from app.lifecycle import Status
from app.oversight.simulation import WhatIf
from app.programme.loading import CATALOG, load
from app.programme.money_schema import Cap, Limit
from app.programme.policy import Programme, build
from app.programme.queries import programme_of
from app.programme.values import Over, Per
from app.stages.application import queries as application
from app.stages.plan import queries as plans
from app.stages.plan.models import Plan
from app.stages.settlement import queries as settlements
from tests.support.client import PageClient
from tests.support.databases import Databases
from tests.support.moments import approves_change, proposes
from tests.support.repository import ROOT
from tests.support.stories import END, lived

RAIL = 13
"""Grab rails: a plan of a story has three of them, in two lines."""


def counting(over: Over = Over.PERIOD, amount: str = "12000.00") -> Programme:
    """12,000 yuan within 36 months, of it at most five grab rails."""
    data = load(CATALOG / "chongqing-2020-demo-county").data
    rails = Limit(name="扶手最多补贴 5 根", per=Per.ITEM, items=(RAIL,), over=over, count=5)
    programme, problems = build(
        data.model_copy(
            update={
                "benefit": data.benefit.model_copy(update={"per": "cap"}),
                "cap": Cap(amount=amount, months=36),  # type: ignore[arg-type]
                "limit": (rails,),
            }
        )
    )
    assert problems == []
    return programme


def plan_of(story: Story) -> Plan:
    plan = plans.current(story.file())
    assert plan is not None
    return plan


def used(story: Story) -> list[tuple[int, int, int]]:
    """Item, hundredths of a piece and fen, of what the file uses of grab rails."""
    return used_by(story.file().id)


def used_by(renovation_id: int) -> list[tuple[int, int, int]]:
    """The same by the file's id, without beginning a new unit of work."""
    rows = select(BenefitUse.item_no, BenefitUse.quantity_centi, BenefitUse.used_fen)
    here = rows.where(BenefitUse.renovation_id == renovation_id, BenefitUse.item_no == RAIL)
    return [tuple(row) for row in db.session.execute(here)]


def rails_of(plan: Plan) -> list[int]:
    """What is subsidised of the lines of grab rails, in fen."""
    return [line.subsidised_fen for line in plan.lines if line.item_no == RAIL]


def comes_again(known: dict[str, Any], whose: str, until: Callable[[Story], Iterator[int]], after: int) -> Any:
    """The life of another file of the same household."""

    def life(story: Story) -> Iterator[int]:
        yield after
        story.known = known[whose]
        yield from until(story)

    return life


@pytest.fixture(scope="module")
def stories(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Story]]:
    """Households that had rails, of which some come again."""
    known: dict[str, Any] = {}

    def first(name: str, *steps: Callable[[Story], Iterator[int]]) -> Any:
        def life(story: Story) -> Iterator[int]:
            known[name] = story.known
            for step in steps:
                yield from step(story)

        return life

    def settled_with_less(story: Story) -> Iterator[int]:
        """Two of three rails were reported, so two are settled."""
        story.work()
        yield 1
        lines = works_lines(story)
        story.do("construction.quantities", story.builder, lines=lines)
        story.photos("after")
        yield 1
        story.complete()
        yield 1
        story.accept()
        yield 1
        story.countersign()
        yield 1
        story.bill()
        story.settle()
        yield 1

    def changed(story: Story) -> Iterator[int]:
        """A fourth rail by a change order."""
        yield from story.life(Status.BUILDING)
        proposes(story)
        approves_change(story)
        story.do("construction.sign_change", story.clerk, self_pay="0.00", signature=story.sign(story.clerk))
        yield 1

    def ended(story: Story) -> Iterator[int]:
        yield from story.life(Status.AGREED)
        story.do("application.withdraw", story.clerk, reason="不想改了", paper=story.scan(story.clerk))
        yield 1

    def planned(story: Story) -> Iterator[int]:
        yield from story.life(Status.PLANNED)

    def handed_in(story: Story) -> Iterator[int]:
        yield from story.life(Status.ASSESSED)
        story.draft()

    lives = {
        "signed": first("signed", lambda story: story.life(Status.AGREED)),
        "after signed": comes_again(known, "signed", planned, 60),
        "drafting": comes_again(known, "signed", lambda story: story.life(Status.ASSESSED), 60),
        "settled": first("settled", lambda story: story.life(Status.BUILDING), settled_with_less),
        "after settled": comes_again(known, "settled", planned, 60),
        "changed": first("changed", changed),
        "after changed": comes_again(known, "changed", lambda story: story.life(Status.SETTLED), 60),
        "withdrawn": first("withdrawn", ended),
        "after withdrawn": comes_again(known, "withdrawn", planned, 60),
        "one": first("two", planned),
        "other": comes_again(known, "two", planned, 0),
        "third": comes_again(known, "two", handed_in, 0),
    }
    with lived(databases, tmp_path_factory.mktemp("files"), lives, own=counting()) as found:
        yield found


def works_lines(story: Story) -> list[dict[str, Any]]:
    """What the builder reports: everything, but one rail less of the line of two."""
    return [
        {"line_id": line.root_id, "quantity": "1.00" if line.item_no == RAIL else f"{line.quantity:.2f}"}
        for line in plan_of(story).lines
    ]


def test_what_was_signed_counts_against_the_next_file(stories: dict[str, Story]) -> None:
    assert used(stories["signed"]) == [(RAIL, 300, 47_000)]
    story, plan = stories["after signed"], plan_of(stories["after signed"])
    number = stories["signed"].number
    assert rails_of(plan) == [17_000, 15_000]
    line = next(line for line in plan.computed["lines"] if line["item"] == RAIL and line["subsidised"] == "150.00")
    unit = next(line.unit for line in plan.lines if line.item_no == RAIL)
    assert f"扶手最多补贴 5 根（以前的档案 {number} 已计 3），这一行计 1 {unit}" in line["reason"]
    assert plan.computed["counters"] == [
        {
            "name": "扶手最多补贴 5 根",
            "of": plan.lines[3].item_name,
            "unit": "quantity",
            "most": "5",
            "before": "3",
            "now": "2",
            "left": "0",
            "files": [number],
        }
    ]
    assert used(story) == []


def test_what_was_settled_takes_the_place_of_what_was_signed(stories: dict[str, Story]) -> None:
    sheet = settlements.current(stories["settled"].file())
    assert sheet is not None
    assert sum(row["subsidised_fen"] for row in sheet.lines if row["item"] == RAIL) == 32_000
    assert used(stories["settled"]) == [(RAIL, 200, 32_000)]
    assert rails_of(plan_of(stories["after settled"])) == [17_000, 30_000]


def test_a_signed_change_counts_as_it_changed(stories: dict[str, Story]) -> None:
    assert used(stories["changed"]) == [(RAIL, 400, 63_000)]
    assert rails_of(plan_of(stories["after changed"])) == [17_000, 0]


def test_the_sheet_says_what_was_used_before_and_by_which_file(stories: dict[str, Story]) -> None:
    """One rail of three is left, at the signing as at the settlement; the household pays the other two."""
    story, before = stories["after changed"], stories["changed"].number
    sheet = settlements.current(story.file())
    assert sheet is not None
    rails = [row for row in sheet.lines if row["item"] == RAIL]
    assert [row["subsidised_fen"] for row in rails] == [17_000, 0]
    assert f"扶手最多补贴 5 根（以前的档案 {before} 已计 4），这一行计 0 根" in rails[1]["reason"]
    assert (sheet.self_pay_fen, used(story)) == (30_000, [(RAIL, 100, 17_000)])


def test_who_withdraws_gives_the_pieces_back(stories: dict[str, Story]) -> None:
    assert used(stories["withdrawn"]) == [(RAIL, 300, 47_000)]
    assert application.standing(stories["after withdrawn"].file())["used"] == ()
    assert rails_of(plan_of(stories["after withdrawn"])) == [17_000, 30_000]


def test_the_pages_say_what_was_used_before_and_by_which_file(stories: dict[str, Story]) -> None:
    story, before = stories["after signed"], stories["signed"].number
    client = current_app.test_client()
    assert isinstance(client, PageClient)
    client.login(user_by_staff_no("county1"))
    approved = client.page(f"/renovations/{story.number}/plan/versions/1")
    (row,) = approved.select("caption:-soup-contains('期限内') ~ tbody tr")
    cells = [cell.get_text(" ", strip=True) for cell in row.select("td")]
    assert cells[1:] == ["5", f"3 {before}", "2", "0"]
    client.login(user_by_staff_no("assess1"))
    drafting = client.page(f"/renovations/{stories['drafting'].number}/plan/draft")
    said = f"期限内最多 5，以前的档案 {before} 已用 3，还可以补贴 2。"
    assert len(drafting.find_all(string=lambda text: said in text)) == 1


def test_a_what_if_counts_what_was_used_before_as_the_plans_did(stories: dict[str, Story]) -> None:
    """Another cap that nobody reaches changes nothing for anybody; a counter for each file alone gives rails back."""
    base = programme_of(stories["signed"].file().programme_version_id)

    def touched(**edits: Any) -> dict[str, tuple[int | None, int | None]]:
        what_if = WhatIf(base, counting(**edits))
        found = [one for some in what_if.run(true()) for one in some]
        return {one.number: (one.before_fen, one.after_fen) for one in found}

    assert touched(amount="11000.00") == {}
    cut = {stories[name].number: lost for name, lost in (("after signed", 15_000), ("after changed", 30_000))}
    found = touched(over=Over.FILE)
    assert {number: after - before for number, (before, after) in found.items() if before and after} == cut


def test_files_from_before_the_table_are_filled_in_as_their_plans_are(stories: dict[str, Story]) -> None:
    ids = {name: stories[name].file().id for name in ("signed", "changed", "withdrawn", "after signed")}
    script = ScriptDirectory(str(ROOT / "migrations"))
    db.session.execute(delete(BenefitUse))
    db.session.execute(text(script.get_revision("0036").module.FILL))
    found = {name: used_by(id_) for name, id_ in ids.items()}
    db.session.rollback()
    assert found == {
        "signed": [(RAIL, 300, 47_000)],
        "changed": [(RAIL, 400, 63_000)],
        "withdrawn": [],
        "after signed": [],
    }


def test_of_two_signed_at_once_only_one_uses_the_last_pieces(stories: dict[str, Story]) -> None:
    """Each plan has three rails of five; the second to sign is told to be made anew, and by which file.

    A third that waits for its approval is not approved as it is either.
    """
    both = [stories["one"], stories["other"]]
    assert [rails_of(plan_of(story)) for story in both] == [[17_000, 30_000], [17_000, 30_000]]
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    db.session.rollback()
    start, outcomes = threading.Barrier(2), dict[str, str]()

    def sign(story: Story) -> None:
        with app.app_context():
            start.wait()
            try:
                story.agree()
                outcomes[story.number] = ""
            except DomainError as error:
                outcomes[story.number] = error.message
            db.session.remove()

    with clock.fixed(END):
        threads = [threading.Thread(target=sign, args=(story,)) for story in both]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(outcomes.values())[0] == ""
    winner = next(story for story in both if not outcomes[story.number])
    loser = next(story for story in both if outcomes[story.number])
    assert outcomes[loser.number] == (
        "方案批准后，家庭情况或以前享受的补贴有变化，金额要重新计算。“扶手最多补贴 5 根”"
        f"（{plan_of(loser).lines[3].item_name}）已被以前的档案 {winner.number} 用掉一部分。"
        "请办“家庭要求另定方案”，重新编制。"
    )
    assert (used(winner), used(loser)) == ([(RAIL, 300, 47_000)], [])
    assert [story.status for story in (winner, loser)] == [Status.AGREED, Status.PLANNED]
    with clock.fixed(END), pytest.raises(RuleViolations) as refused:
        stories["third"].approve()
    assert f"已被以前的档案 {winner.number} 用掉一部分。请退回评估机构重新提交" in str(refused.value)


def test_a_story_has_three_rails() -> None:
    assert sum(float(line["quantity"]) for line in PLAN_LINES if line["item"] == RAIL) == 3
