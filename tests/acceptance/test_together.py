"""Where a programme does not accept home by home, the homes of a lot in a township are accepted together."""

import pytest

from app.core.errors import RuleViolations
from app.lifecycle import Status
from app.programme.loading import CATALOG
from app.renovation.models import Renovation
from app.stages.acceptance import queries
from app.stages.acceptance.service import record_missing
from tests.acceptance.support import judged, recorded, to_rectify
from tests.acceptance.test_pages import address
from tests.application.notice_support import publish_tables
from tests.assessment.support import user
from tests.construction.support import Site, building, completed, contracted, do, site, take
from tests.support.client import PageClient

pytestmark = pytest.mark.usefixtures("session")


def together() -> Site:
    publish_tables(acceptance={"in_each_home": False})
    return site()


def told(*waiting: Renovation) -> list[str]:
    names = "、".join(sorted(one.number for one in waiting))
    if not waiting:
        return []
    said = f"这个政策是全部完工后统一验收：同一乡镇、同一标段还有 {len(waiting)} 户没有报完工（{names}）。"
    return [f"{said}请等完工后一起验收；一时完不了的，请县级把那一户暂停。"]


def said(renovation: Renovation) -> list[str]:
    return [one.text for one in record_missing(renovation)]


def test_the_first_waits_for_the_last_and_then_all_are_accepted() -> None:
    on = together()
    first, second, third = completed(on), building(on), contracted(on)
    assert said(first) == told(second, third)
    with pytest.raises(RuleViolations):
        recorded(on, first)
    second = completed(on, second)
    assert said(first) == said(second) == told(third)
    third = completed(on, building(on, third))
    for one in (first, second, third):
        assert said(one) == []
        assert do("acceptance.countersign", recorded(on, one), on.around.county).status is Status.ACCEPTED


def test_what_is_put_right_or_suspended_holds_up_nobody() -> None:
    on = together()
    first, second = completed(on), completed(on)
    second = recorded(on, second, lines=judged(second, item_13=to_rectify()))
    assert (second.status, said(first)) == (Status.BUILDING, [])
    third = building(on)
    assert said(first) == told(third)
    do("application.suspend", third, on.around.county, reason="老人住院")
    assert said(first) == []
    take(second, on.builder, "after", 13)
    second = do("construction.complete", second, on.builder)
    assert said(second) == []


def test_home_by_home_nobody_waits() -> None:
    on = site()
    first = completed(on)
    building(on)
    assert queries.still_built(first) == ()
    assert recorded(on, first).status is Status.COMPLETED


@pytest.mark.sqlite_only
def test_the_page_says_for_whom_it_waits(client: PageClient) -> None:
    on = together()
    first, second = completed(on), building(on)
    client.login(user(on.around.township))
    page = client.page(address(first, "record"))
    assert [one.get_text(" ", strip=True) for one in page.select(".notice.soon li")] == told(second)


def test_the_manual_says_what_is_waited_for() -> None:
    row = next(
        line for line in (CATALOG / "README.md").read_text("utf-8").splitlines() if "`acceptance.in_each_home`" in line
    )
    assert "同一乡镇、同一标段" in row
