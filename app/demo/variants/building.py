"""Lives in which the works go otherwise than planned: changed, handed to another firm, put right, looked at again."""

from collections.abc import Iterator

from ...core.money import yuan
from ...lifecycle import Status
from ...stages.construction import queries as works
from ...stages.plan import changes
from ...stages.plan import queries as plans
from ..story import Story

S = Status


def change_order(story: Story) -> Iterator[int]:
    """One more grab bar during the works: proposed, approved, signed, built."""
    yield from story.life(S.BUILDING)
    plan = plans.signed(story.file())
    lines = changes.change_inputs(plan)["lines"] if plan else []
    lines.append(
        {
            "item": 13,
            "space": "bathroom",
            "specification": "T 形扶手",
            "measured": "墙长 600 mm",
            "quantity": "1.00",
            "unit": "根",
            "unit_price": "160.00",
        }
    )
    story.do("construction.propose_change", story.builder, reason="老人要求淋浴旁再加一根扶手", lines=lines)
    yield 1
    story.do("construction.approve_change", "county1")
    yield 1
    opened = plans.open_version(story.file())
    own = yuan(opened.self_pay_fen) if opened else "0.00"
    story.do("construction.sign_change", story.clerk, self_pay=own, signature=story.sign(story.clerk))
    story.photos("before")
    yield from story.go_on(S.BUILDING, S.PAID)


def firm_replaced(story: Story) -> Iterator[int]:
    """The first firm leaves after one line; another finishes; both are settled for what they did."""
    yield from story.life(S.BUILDING)
    first = next(line for line in works.lines(story.file()) if line.item_no == 11)
    parts = [{"line_id": first.root_id, "quantity": "1.00"}]
    story.do("construction.replace_firm", "county1", reason="原施工单位停业", parts=parts)
    yield 1
    story.dispatch(2)
    story.contract()
    yield from story.go_on(S.DISPATCHED, S.PAID)


def rectified(story: Story) -> Iterator[int]:
    """A line fails in the home, is put right, and passes in the second round."""
    yield from story.life(S.COMPLETED)
    story.accept({13: "扶手松动"})
    yield 4
    story.photos("after")
    story.do("construction.complete", story.builder, note="已重新固定")
    yield from story.go_on(S.COMPLETED, S.PAID)


def reinspected(story: Story) -> Iterator[int]:
    """A re-inspection after the acceptance fails; the acceptance is done again."""
    yield from story.life(S.ACCEPTED)
    story.do("settlement.fail_reinspection", "county2", reason="抽查发现坡道未固定")
    yield 2
    yield from story.go_on(S.COMPLETED, S.PAID)
