"""Claims through the operations, on both databases: nobody goes past a decision, late repairs reach the county."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Conflict, NotAllowed, RuleViolation, RuleViolations
from app.demo import county
from app.demo.story import Story
from app.lifecycle import Status
from app.renovation.operations import Missing
from app.renovation.sealing import Occasion, seals
from app.stages.warranty import queries
from app.stages.warranty.service import close_due, close_missing
from app.workbench.queries import desk
from tests.support.databases import Databases
from tests.support.stories import lived


@pytest.fixture
def story(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with lived(databases, tmp_path_factory.mktemp("files"), {"paid": lambda one: one.life(Status.PAID)}) as found:
        yield found["paid"]


def report(story: Story, words: str) -> int:
    """A claim; its id."""
    story.do("warranty.report_claim", story.clerk, text=words, reporter="家属")
    return queries.claims(story.file())[0].id


def state(story: Story, claim: int) -> str:
    return next(one.state.value for one in queries.claims(story.file()) if one.id == claim)


def test_from_report_to_the_archive(story: Story) -> None:
    """Contested: only the county decides; repaired badly: again; late: on the county's desk; at last it closes by itself."""
    first, second = report(story, "扶手松了"), report(story, "灯不亮")
    today = clock.today()
    story.do("warranty.decline_claim", story.builder, claim_id=first, reason="使用不当")
    story.do("warranty.contest_claim", story.clerk, claim_id=first, reason="正常使用")
    # another claim waits, so the page is open; the contested one is not the clerk's to assign
    with pytest.raises(Conflict, match="家庭有异议"):
        story.do("warranty.assign_claim", story.clerk, claim_id=first, due_on=today.isoformat())
    with pytest.raises(RuleViolation, match="要求修好的日期") as missing:
        story.do("warranty.decide_contest", "county1", claim_id=first, is_upheld=True, reason="未打实")
    assert missing.value.field == "due_on"
    story.do("warranty.decide_contest", "county1", claim_id=first, is_upheld=False, reason="确属人为")
    story.do("warranty.contest_claim", story.clerk, claim_id=first, reason="仍不同意")
    with pytest.raises(NotAllowed, match="由另一位同事"):
        story.do("warranty.decide_contest", "county1", claim_id=first, is_upheld=False, reason="维持")
    story.do("warranty.decide_contest", "county2", claim_id=first, is_upheld=False, reason="维持")

    story.do("warranty.assign_claim", story.clerk, claim_id=second, due_on=(today + timedelta(days=3)).isoformat())
    with pytest.raises(RuleViolation, match="不能早于报修那天"):
        _fix(story, second, day=(today - timedelta(days=1)).isoformat())
    assert _desk("county1") == {}
    with clock.fixed(today + timedelta(days=4)):
        assert _desk("county1") == {story.number: "催办逾期维修"}
        _fix(story, second, day=clock.today().isoformat())
        assert _desk("county1") == {story.number: "核实维修"}
        story.do("warranty.verify_claim", story.clerk, claim_id=second, is_good=False, note="又不亮了")
        again = queries.claims(story.file())[0]
        assert (again.state.value, again.due_on) == ("assigned", clock.today() + timedelta(days=7))
        assert [one.operation for one in _missing(story)] == ["", "warranty.fix_claim"]
        _fix(story, second, day=clock.today().isoformat())
        with pytest.raises((RuleViolations, Conflict)):
            story.do("warranty.assign_claim", story.clerk, claim_id=second, due_on=clock.today().isoformat())
        story.do("warranty.verify_claim", story.clerk, claim_id=second, is_good=True, note="亮了")
    assert (state(story, first), state(story, second)) == ("declined", "verified")

    term = queries.term(story.file())
    assert term is not None
    with clock.fixed(term.ends_on):
        assert (_close(story), story.status) == (False, Status.PAID)
    with clock.fixed(term.ends_on + timedelta(days=1)):
        assert story.number in queries.to_close(clock.today())
        assert (_close(story), story.status) == (True, Status.CLOSED)
    assert [one.occasion for one in seals(story.file())] == [Occasion.PAID, Occasion.CLOSED]


def _fix(story: Story, claim: int, day: str) -> None:
    photos = [story.photo(story.builder, 71, after=True)]
    story.do("warranty.fix_claim", story.builder, claim_id=claim, day=day, text="修好了", photos=photos)


def _missing(story: Story) -> list[Missing]:
    return close_missing(story.file())


def _close(story: Story) -> bool:
    with transaction():
        return close_due(story.number)


def _desk(staff_no: str) -> dict[str, str]:
    db.session.rollback()
    lines = desk(county.actor(staff_no)).lines
    return {line.number: line.move.words for line in lines if line.move is not None}
