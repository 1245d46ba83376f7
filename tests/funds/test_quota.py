"""Quota places: handed down, taken once, never more than there are."""

import threading

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.db import db, transaction
from app.core.errors import Conflict, NotAllowed, RuleViolation
from app.funds import queries, service
from app.funds.quota_models import PlaceTaken, QuotaPlaces
from app.funds.rules import Direction
from app.permissions import Role
from tests.funds.support import KEY, Tree, plant


@pytest.fixture
def tree(session: Session) -> Tree:
    return plant()


def test_without_an_allotment_nothing_is_taken(tree: Tree) -> None:
    with pytest.raises(Conflict) as caught:
        service.take_place(1, tree.county.id, KEY, 2026)
    assert caught.value.message == "尚未下达任务数：甲县没有 2026 年的任务数，请先在“任务和资金”中登记。"


def test_the_last_place_is_taken_and_the_next_refused(tree: Tree) -> None:
    service.allot_places(tree.county, KEY, 2026, 2, tree.actor(tree.county))
    service.take_place(1, tree.county.id, KEY, 2026)
    service.take_place(2, tree.county.id, KEY, 2026)
    with pytest.raises(Conflict) as caught:
        service.take_place(3, tree.county.id, KEY, 2026)
    assert caught.value.message == (
        "任务数已用完：甲县共 2 户，已确定 2 户。请先申请追加任务数，或等有家庭退出后再办。"
    )
    service.release(1, "撤回")
    service.take_place(3, tree.county.id, KEY, 2026)
    row = queries.quota_for(tree.county.id, KEY, 2026)
    assert row is not None
    assert (row.places, row.given, row.taken, row.left) == (2, 0, 2, 0)


def test_places_of_another_year_or_programme_do_not_serve(tree: Tree) -> None:
    service.allot_places(tree.county, KEY, 2025, 5, tree.actor(tree.county))
    service.allot_places(tree.county, "other-2026", 2026, 5, tree.actor(tree.county))
    with pytest.raises(Conflict):
        service.take_place(1, tree.county.id, KEY, 2026)


def test_a_file_holds_one_place(tree: Tree) -> None:
    service.allot_places(tree.county, KEY, 2026, 5, tree.actor(tree.county))
    service.take_place(1, tree.county.id, KEY, 2026)
    with pytest.raises(Conflict) as caught:
        service.take_place(1, tree.county.id, KEY, 2026)
    assert caught.value.message == "这份档案已经占用一个任务数，请刷新页面查看。"


def test_release_is_repeatable(tree: Tree) -> None:
    service.allot_places(tree.county, KEY, 2026, 5, tree.actor(tree.county))
    service.take_place(1, tree.county.id, KEY, 2026)
    service.release(1, "撤回")
    service.release(1, "撤回")
    row = queries.quota_for(tree.county.id, KEY, 2026)
    assert row is not None
    assert row.taken == 0
    assert queries.place(1) is None


def test_a_township_with_its_own_part_takes_from_it_and_others_from_the_rest(tree: Tree) -> None:
    county = tree.actor(tree.county)
    service.allot_places(tree.county, KEY, 2026, 3, county)
    service.allot_places(tree.east, KEY, 2026, 1, county)
    service.take_place(1, tree.county.id, KEY, 2026, tree.east.id)
    with pytest.raises(Conflict) as caught:
        service.take_place(2, tree.county.id, KEY, 2026, tree.east.id)
    assert caught.value.message.startswith("任务数已用完：东镇共 1 户")
    service.take_place(2, tree.county.id, KEY, 2026, tree.west.id)
    service.take_place(3, tree.county.id, KEY, 2026, tree.west.id)
    with pytest.raises(Conflict) as caught:
        service.take_place(4, tree.county.id, KEY, 2026, tree.west.id)
    assert caught.value.message == (
        "任务数已用完：甲县共 3 户，已确定 2 户，分配下级 1 户。请先申请追加任务数，或等有家庭退出后再办。"
    )
    rows = queries.quotas(county, KEY, 2026)
    assert {row.region.name: queries.taken_below(rows)[row.id] for row in rows} == {"甲县": 3, "东镇": 1}


def test_the_city_hands_down_no_more_than_it_has(tree: Tree) -> None:
    city = tree.actor(tree.city, Role.CITY)
    service.allot_places(tree.city, KEY, 2026, 10, city, document="云民发〔2026〕8号")
    service.allot_places(tree.county, KEY, 2026, 7, city)
    with pytest.raises(Conflict) as caught:
        service.allot_places(tree.other, KEY, 2026, 4, city)
    assert (caught.value.message, caught.value.field) == (
        "示例市还可分配的任务数只有 3 户，请减少后再下达。",
        "places",
    )


def test_what_was_allotted_below_before_is_counted_when_the_city_begins_to_record(tree: Tree) -> None:
    city = tree.actor(tree.city, Role.CITY)
    service.allot_places(tree.county, KEY, 2026, 7, tree.actor(tree.county))
    service.allot_places(tree.east, KEY, 2026, 2, tree.actor(tree.county))
    with pytest.raises(Conflict) as caught:
        service.allot_places(tree.city, KEY, 2026, 6, city)
    assert caught.value.message == "示例市的下级已登记任务数 7 户，本级不能少于这个数。"
    row = service.allot_places(tree.city, KEY, 2026, 10, city)
    assert (row.places, row.given, row.left) == (10, 7, 3)


def test_a_county_does_not_help_itself_from_the_citys_quota(tree: Tree) -> None:
    service.allot_places(tree.city, KEY, 2026, 10, tree.actor(tree.city, Role.CITY))
    with pytest.raises(NotAllowed) as caught:
        service.allot_places(tree.county, KEY, 2026, 5, tree.actor(tree.county))
    assert caught.value.message == "甲县的数由示例市下达，请向上级申请。"


@pytest.mark.parametrize("role", [Role.TOWNSHIP, Role.AUDITOR, Role.ADMIN])
def test_only_who_manages_funds_allots(tree: Tree, role: Role) -> None:
    with pytest.raises(NotAllowed):
        service.allot_places(tree.county, KEY, 2026, 5, tree.actor(tree.county, role))


def test_nobody_allots_outside_the_own_region(tree: Tree) -> None:
    with pytest.raises(NotAllowed):
        service.allot_places(tree.other, KEY, 2026, 5, tree.actor(tree.county))


def test_unused_places_go_back_and_used_ones_stay(tree: Tree) -> None:
    city = tree.actor(tree.city, Role.CITY)
    service.allot_places(tree.city, KEY, 2026, 10, city)
    service.allot_places(tree.county, KEY, 2026, 5, city)
    service.take_place(1, tree.county.id, KEY, 2026)
    with pytest.raises(RuleViolation):
        service.allot_places(tree.county, KEY, 2026, 4, city, direction=Direction.REDUCE)
    with pytest.raises(Conflict) as caught:
        service.allot_places(tree.county, KEY, 2026, 5, city, reason="调剂", direction=Direction.REDUCE)
    assert caught.value.message == "甲县未用的任务数只有 4 户，不能调减 5 户。"
    service.allot_places(tree.county, KEY, 2026, 4, city, reason="调剂", direction=Direction.REDUCE)
    top = queries.quotas(city, KEY, 2026)[0]
    assert (top.given, top.left) == (1, 9)
    moves = [(entry.move.value, entry.places) for entry in queries.quota_entries(top.id)]
    assert moves == [("take_back", 4), ("give", 5), ("allot", 10)]


def test_the_database_alone_refuses_one_more_place(tree: Tree, session: Session) -> None:
    row = service.allot_places(tree.county, KEY, 2026, 100, tree.actor(tree.county))
    session.execute(update(QuotaPlaces).where(QuotaPlaces.id == row.id).values(taken=100))
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(update(QuotaPlaces).where(QuotaPlaces.id == row.id).values(taken=101))


def test_of_101_takers_at_once_exactly_100_get_a_place(committed: Flask) -> None:
    with transaction():
        tree = plant()
        county, actor = tree.county.id, tree.actor(tree.county)
        service.allot_places(tree.county, KEY, 2026, 100, actor)
    refused: list[str] = []
    taken: list[int] = []
    start = threading.Barrier(8)

    def take(files: range) -> None:
        start.wait()
        for file in files:
            with committed.app_context():
                try:
                    with transaction():
                        service.take_place(file, county, KEY, 2026)
                    taken.append(file)
                except Conflict as error:
                    refused.append(error.message)

    threads = [threading.Thread(target=take, args=(range(n, 101, 8),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(taken), len(refused)) == (100, 1)
    assert refused[0].startswith("任务数已用完")
    db.session.rollback()
    row = queries.quota_for(county, KEY, 2026)
    assert row is not None
    assert row.taken == 100
    assert db.session.scalar(select(func.count()).select_from(PlaceTaken)) == 100
