"""A programme that counts yuan and no places: households are counted as they come, and only the money stops them."""

import pytest
from sqlalchemy.orm import Session

from app.core.db import db
from app.core.errors import Conflict
from app.funds import queries, service, yuan
from app.funds.quota_models import QuotaPlaces
from tests.funds.support import KEY, Tree, plant

MOST = 300_000


@pytest.fixture
def tree(session: Session) -> Tree:
    return plant()


def take(tree: Tree, file: int, township: int | None = None, by_yuan: bool = True) -> None:
    service.take_place(file, tree.county.id, KEY, 2026, township, reserve_fen=MOST, by_yuan=by_yuan)


def _id(tree: Tree) -> int:
    row = queries.quota_for(tree.county.id, KEY, 2026)
    assert row is not None
    return row.id


def counts(tree: Tree) -> tuple[int, int]:
    row = queries.quota_for(tree.county.id, KEY, 2026)
    assert row is not None
    return row.places, row.taken


def test_the_money_limits_and_the_households_are_counted(tree: Tree) -> None:
    service.allot_yuan(tree.county, KEY, 2026, 2 * MOST, tree.actor(tree.county))
    take(tree, 1)
    take(tree, 2)
    assert counts(tree) == (2, 2)
    with pytest.raises(Conflict, match="金额指标不足"), db.session.begin_nested():
        take(tree, 3)
    assert counts(tree) == (2, 2)
    service.release(1, "撤回")
    take(tree, 3)
    assert counts(tree) == (2, 2)


def test_without_yuan_there_is_still_no_confirmation(tree: Tree) -> None:
    with pytest.raises(Conflict, match="尚未下达任务数"):
        take(tree, 1)


def test_a_programme_that_counts_places_waits_for_them(tree: Tree) -> None:
    service.allot_yuan(tree.county, KEY, 2026, 2 * MOST, tree.actor(tree.county))
    with pytest.raises(Conflict, match="尚未下达任务数"):
        take(tree, 1, by_yuan=False)


def test_places_that_were_allotted_limit_too(tree: Tree) -> None:
    county = tree.actor(tree.county)
    service.allot_yuan(tree.county, KEY, 2026, 9 * MOST, county)
    service.allot_places(tree.county, KEY, 2026, 1, county)
    take(tree, 1)
    with pytest.raises(Conflict, match="任务数已用完"):
        take(tree, 2)


def test_places_that_come_later_count_who_is_there_already(tree: Tree) -> None:
    county = tree.actor(tree.county)
    service.allot_yuan(tree.county, KEY, 2026, 9 * MOST, county)
    take(tree, 1)
    take(tree, 2)
    with pytest.raises(Conflict, match="已按金额指标确定 2 户，任务数不能少于这个数"), db.session.begin_nested():
        service.allot_places(tree.county, KEY, 2026, 1, county)
    service.allot_places(tree.county, KEY, 2026, 3, county)
    assert counts(tree) == (3, 2)
    take(tree, 3)
    with pytest.raises(Conflict, match="任务数已用完"), db.session.begin_nested():
        take(tree, 4)
    service.allot_places(tree.county, KEY, 2026, 1, county)
    assert counts(tree) == (4, 3)
    assert [(one.move.value, one.places) for one in queries.quota_entries(_id(tree))] == [("allot", 1), ("allot", 3)]


def test_what_was_counted_and_released_takes_no_place_of_those_that_come_later(tree: Tree) -> None:
    county = tree.actor(tree.county)
    service.allot_yuan(tree.county, KEY, 2026, 9 * MOST, county)
    take(tree, 1)
    take(tree, 2)
    service.release(1, "撤回")
    service.allot_places(tree.county, KEY, 2026, 1, county)
    assert counts(tree) == (1, 1)


def test_a_township_draws_on_its_own_yuan(tree: Tree) -> None:
    county = tree.actor(tree.county)
    service.allot_yuan(tree.county, KEY, 2026, 3 * MOST, county)
    service.allot_yuan(tree.east, KEY, 2026, MOST, county)
    take(tree, 1, tree.east.id)
    row = queries.quota_for(tree.county.id, KEY, 2026, tree.east.id)
    assert row is not None
    assert (row.region_id, row.taken) == (tree.east.id, 1)
    with pytest.raises(Conflict, match="金额指标不足"), db.session.begin_nested():
        take(tree, 2, tree.east.id)
    take(tree, 2)
    assert yuan.bind_alone(tree.county.id, KEY, 2026, tree.east.id)


def test_the_row_on_which_they_are_counted_is_made_once(tree: Tree) -> None:
    service.allot_yuan(tree.county, KEY, 2026, 2 * MOST, tree.actor(tree.county))
    first = yuan.counted(tree.county.id, KEY, 2026, None)
    assert yuan.counted(tree.county.id, KEY, 2026, None) is first
    take(tree, 1)
    take(tree, 2)
    assert [row.taken for row in db.session.query(QuotaPlaces)] == [2]
