"""Households that each stand at one moment of the lifecycle, so that every page of a file can be opened somewhere."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from app.core import clock
from app.demo import variants
from app.demo.intake import WITH_OPTIONAL
from app.demo.story import Story
from app.demo.variants import Life
from app.lifecycle import Status
from app.stages.construction import queries as works
from app.stages.plan import changes
from app.stages.plan import queries as plans
from app.stages.warranty import queries as warranties

S = Status


def at(status: Status, *then: Callable[[Story], Any], lines: Any = None) -> Life:
    """The life that stands in a status, after a few more steps."""

    def life(story: Story) -> Iterator[int]:
        yield from story.life(status, lines) if lines else story.life(status)
        for step in then:
            step(story)
            yield 1

    return life


def same_home(story: Story) -> Iterator[int]:
    """Somebody else at the first household's address applies."""
    story.known = replace(story.known, number=1)
    story.apply()
    yield 1


def asks_again(story: Story) -> None:
    story.do(
        "application.request_recheck",
        story.clerk,
        requested_on=clock.today().isoformat(),
        grounds="残联改造的是同名的另一户，附村委会证明",
        paper=story.scan(story.clerk),
    )


def objects(story: Story) -> None:
    story.object("反映这户家里有小车")


def visited_unsigned(story: Story) -> None:
    """The visit is recorded, the second assessor has not signed."""
    story._must_sign = lambda _staff_no: False  # type: ignore[method-assign]
    story.assess()


def must_move_out(story: Story) -> None:
    story.assess(must_move_out="yes", can_stay_elsewhere="yes")


def drafts(story: Story) -> None:
    story.draft(submit=False)


def suspends(story: Story) -> None:
    story.do("application.suspend", story.clerk, reason="老人住院，出院后再施工")


def inspects(story: Story) -> None:
    """A problem stands open, so that it can be looked at again."""
    story.do(
        "construction.inspect",
        "super1",
        day=clock.today().isoformat(),
        finding="problem",
        text="扶手一端松动",
        deadline=(clock.today() + timedelta(days=5)).isoformat(),
        photos=[story.photo("super1", 80)],
    )


def proposes(story: Story) -> None:
    plan = plans.signed(story.file())
    lines = changes.change_inputs(plan)["lines"] if plan else []
    lines.append(
        {
            "item": 13, "space": "bathroom", "specification": "T 形扶手", "measured": "墙长 600 mm",
            "quantity": "1.00", "unit": "根", "unit_price": "160.00",
        }
    )  # fmt: skip
    story.do("construction.propose_change", story.builder, reason="老人要求淋浴旁再加一根扶手", lines=lines)


def approves_change(story: Story) -> None:
    story.do("construction.approve_change", "county1")


def firm_leaves(story: Story) -> None:
    first = next(line for line in works.lines(story.file()) if line.item_no == 11)
    parts = [{"line_id": first.root_id, "quantity": "1.00"}]
    story.do("construction.replace_firm", "county1", reason="原施工单位停业", parts=parts)


def dies(story: Story) -> None:
    story.do(
        "application.end_early",
        story.clerk,
        ground="death",
        on=clock.today().isoformat(),
        reason="老人去世",
        paper=story.scan(story.clerk),
    )


def refuses_the_chair(story: Story) -> None:
    """So that the optional lines fall on the household (S9)."""
    story.accept({17: "淋浴椅尺寸不符，家庭不要"}, "refused")
    story.countersign()


def prepares(story: Story) -> None:
    story.do("settlement.prepare", "county1")


def bank_returns(story: Story) -> None:
    story.do("settlement.return_payment", "fin1", returned_on=clock.today().isoformat(), reason="账号有误，银行退回")


def reports(story: Story) -> int:
    """A claim; answers its id."""
    line = next(line for line in works.lines(story.file()) if line.item_no == 13)
    story.do(
        "warranty.report_claim",
        story.clerk,
        line_id=line.root_id,
        text="扶手松了",
        reporter=story.known.people[0].name,
        photos=[story.photo(story.clerk, 70)],
    )
    return max(one.id for one in warranties.claims(story.file()))


def assigns(story: Story) -> int:
    claim, due = reports(story), clock.today() + timedelta(days=7)
    story.do("warranty.assign_claim", "county1", claim_id=claim, due_on=due.isoformat())
    return claim


def declines(story: Story) -> int:
    claim = reports(story)
    story.do("warranty.decline_claim", story.builder, claim_id=claim, reason="使用不当造成")
    return claim


def claims_in_every_state(story: Story) -> None:
    reports(story)
    assigns(story)
    declines(story)
    story.do("warranty.contest_claim", story.clerk, claim_id=declines(story), reason="正常使用，请县里来看")
    story.do(
        "warranty.fix_claim",
        story.builder,
        claim_id=assigns(story),
        day=clock.today().isoformat(),
        text="重新打孔固定",
        photos=[story.photo(story.builder, 71, after=True)],
    )


def visits(story: Story) -> None:
    story.do(
        "warranty.visit",
        story.clerk,
        day=clock.today().isoformat(),
        channel="phone",
        is_in_place=True,
        is_in_use=True,
        rating=5,
        paid="",
        text="洗澡方便多了",
    )


def remarks(story: Story) -> None:
    """What people say on the way: a remark, a to-do, a telephone call."""
    story.do("application.comment", story.clerk, text="已和家属约好时间")
    story.do(
        "application.plan_to_do", story.clerk, kind="visit", text="上门补拍户口簿", due_on=clock.today().isoformat()
    )


def ended_with_a_claim(story: Story) -> Iterator[int]:
    """Ended during the works and paid; a claim keeps it from closing by itself."""
    for days in variants.ends_while_building(story):
        if story.file().status is S.PAID:
            reports(story)
        yield days


def recheck_asked(story: Story) -> Iterator[int]:
    """Rejected after an objection; asked to look again, nobody has answered."""
    yield from variants.objection_upheld(story)
    asks_again(story)


BEFORE_THE_WORKS: dict[str, Life] = {
    "draft": at(S.DRAFT, remarks),
    "same home": same_home,
    "submitted": at(S.SUBMITTED),
    "returned": variants.returned,
    "on notice": at(S.REVIEWED),
    "notice over": at(S.REVIEWED, objects),
    "objection": at(S.REVIEWED, objects),
    "noticed": at(S.NOTICED),
    "to confirm": at(S.NOTICED),
    "rejected": variants.objection_upheld,
    "recheck": recheck_asked,
    "confirmed": at(S.CONFIRMED),
    "assessor assigned": at(S.CONFIRMED, Story.assign_assessor),
    "visited": at(S.CONFIRMED, Story.assign_assessor, visited_unsigned),
    "assessed": at(S.ASSESSED),
    "suspended": at(S.CONFIRMED, suspends),
    "plan drafted": at(S.ASSESSED, drafts),
    "plan submitted": at(S.ASSESSED, Story.draft),
    "planned": at(S.PLANNED),
    "withdrawn": variants.withdrawn,
    "terminated": variants.terminated,
}
FROM_THE_WORKS: dict[str, Life] = {
    "agreed": at(S.CONFIRMED, Story.assign_assessor, must_move_out, Story.hand_in, Story.draft, Story.approve,
                 Story.agree),
    "dispatched": at(S.AGREED, Story.dispatch),
    "contracted": at(S.DISPATCHED),
    "building": at(S.BUILDING, Story.work, inspects),
    "change proposed": at(S.BUILDING, proposes),
    "change approved": at(S.BUILDING, proposes, approves_change),
    "between two firms": at(S.BUILDING, firm_leaves, dies),
    "completed": at(S.COMPLETED),
    "recorded": at(S.COMPLETED, Story.accept),
    "accepted": at(S.ACCEPTED, lines=WITH_OPTIONAL),
    "own share stopped": at(S.COMPLETED, refuses_the_chair, lines=WITH_OPTIONAL),
    "billed": at(S.ACCEPTED, Story.bill),
    "prepared": at(S.ACCEPTED, Story.bill, prepares),
    "settled": at(S.SETTLED),
    "paid": at(S.PAID, visits),
    "returned by the bank": at(S.PAID, bank_returns),
    "claims": at(S.PAID, claims_in_every_state),
    "ended early": ended_with_a_claim,
    "warranty over": at(S.PAID, reports),
}  # fmt: skip
"""Label → how the household came to stand there."""

AGO = {
    "draft": 3,
    "same home": 2,
    "submitted": 4,
    "on notice": 3,
    "notice over": 20,
    "objection": 3,
    "noticed": 14,
    "warranty over": 830,
}
"""Lives that began so many days before the end, so that desks hold what is fresh, due soon and over."""
