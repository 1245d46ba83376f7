"""Lives that end early, or wait."""

from collections.abc import Iterator

from ...core import clock
from ...lifecycle import Status
from ...stages.construction import queries as works
from ..story import Story

S = Status


def ends_while_building(story: Story) -> Iterator[int]:
    """The old person dies during the works: what is done is accepted, settled and paid; then it closes by itself."""
    yield from story.life(S.BUILDING)
    story.work()
    yield 1
    story.do(
        "application.end_early",
        story.clerk,
        ground="death",
        on=clock.today().isoformat(),
        reason="老人于施工期间去世",
        paper=story.scan(story.clerk),
    )
    done = [line for line in works.lines(story.file()) if line.item_no in {1, 11, 17, 24}]
    lines = [{"line_id": line.root_id, "quantity": f"{line.quantity:.2f}"} for line in done]
    story.do("construction.quantities", story.builder, lines=lines)
    story.photos("after")
    story.complete()
    yield from story.go_on(S.COMPLETED, S.PAID)


def withdrawn(story: Story) -> Iterator[int]:
    """The household does not want it any more."""
    yield from story.life(S.AGREED)
    story.do("application.withdraw", story.clerk, reason="搬去和儿子同住，不再需要", paper=story.scan(story.clerk))
    yield 1


def terminated(story: Story) -> Iterator[int]:
    """The old person moves into a home before the works."""
    yield from story.life(S.PLANNED)
    story.do(
        "application.terminate",
        "county1",
        ground="institution",
        on=clock.today().isoformat(),
        reason="已入住敬老院",
        paper=story.scan("county1"),
    )
    yield 1


def suspended(story: Story) -> Iterator[int]:
    """In hospital; the file waits."""
    yield from story.life(S.DISPATCHED)
    story.do("application.suspend", story.clerk, reason="老人住院，出院后再施工")
    yield 1
