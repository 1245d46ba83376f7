"""Lives that turn back between the assessment and the signed plan."""

from collections.abc import Iterator

from ...lifecycle import Status
from ..intake import WITH_OPTIONAL
from ..story import Story

S = Status


def assessment_changes(story: Story) -> Iterator[int]:
    """The assessors find that the person manages most of the six indicators: E3 no longer holds."""
    yield from story.life(S.CONFIRMED)
    story.assign_assessor()
    yield 1
    story.assess(failed_items=1)
    story.hand_in()
    yield 1


def unfit(story: Story) -> Iterator[int]:
    """The home cannot be made over."""
    yield from story.life(S.CONFIRMED)
    story.do("assessment.find_unfit", "county1", ground="墙体开裂，暂不具备施工条件", paper=story.scan("county1"))
    yield 1


def plan_refused(story: Story) -> Iterator[int]:
    """The household wants another plan, and signs that."""
    yield from story.life(S.PLANNED)
    story.do("plan.refuse", story.clerk, reason="家里已有手杖，想把钱用在感应灯上")
    yield 1
    yield from story.go_on(S.ASSESSED, S.AGREED, WITH_OPTIONAL)


def assessment_returned(story: Story) -> Iterator[int]:
    """The county sends the assessment back; the firm records it anew."""
    yield from story.life(S.ASSESSED)
    story.do("plan.return_assessment", "county1", reason="卫生间没有量门宽，请补测")
    yield 1
    story.assess()
    story.hand_in()
    yield 1
