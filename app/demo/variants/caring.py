"""Lives after the payment: something breaks, somebody asks how it is."""

from collections.abc import Iterator
from datetime import timedelta

from ...core import clock
from ...lifecycle import Status
from ...stages.construction import queries as works
from ...stages.warranty import queries as warranties
from ..intake import WITH_OPTIONAL
from ..story import Story

S = Status


def claim_contested(story: Story) -> Iterator[int]:
    """A claim that the firm declines, the household contests, the county upholds, the firm repairs."""
    yield from story.life(S.PAID)
    line = next(line for line in works.lines(story.file()) if line.item_no == 13)
    story.do(
        "warranty.report_claim",
        story.clerk,
        line_id=line.root_id,
        text="扶手松了",
        reporter=story.known.people[0].name,
        photos=[story.photo(story.clerk, 70)],
    )
    yield 1
    claim = warranties.claims(story.file())[0].id
    story.do("warranty.decline_claim", story.builder, claim_id=claim, reason="使用不当造成")
    yield 1
    story.do("warranty.contest_claim", story.clerk, claim_id=claim, reason="正常使用，请县里来看")
    yield 1
    due = (clock.today() + timedelta(days=7)).isoformat()
    story.do(
        "warranty.decide_contest",
        "county1",
        claim_id=claim,
        is_upheld=True,
        due_on=due,
        reason="现场查看，膨胀螺栓未打实",
    )
    yield 1
    story.do(
        "warranty.fix_claim",
        story.builder,
        claim_id=claim,
        day=clock.today().isoformat(),
        text="重新打孔固定",
        photos=[story.photo(story.builder, 71, after=True)],
    )
    yield 1
    story.do("warranty.verify_claim", story.clerk, claim_id=claim, is_good=True, note="老人说很牢")


def visited(story: Story) -> Iterator[int]:
    """Paid, and somebody asked afterwards."""
    yield from story.life(S.PAID, WITH_OPTIONAL)
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
