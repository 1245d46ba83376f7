"""The region tree in the database: import, scope, invariants."""

from datetime import date
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit.models import AuditEntry
from app.core.db import db, transaction
from app.core.errors import Conflict, NotAllowed, RuleViolations
from app.permissions import SYSTEM, Actor, Role
from app.places import queries, regions
from app.places.models import Region
from app.places.national import national_rows
from app.places.regions import Outcome
from app.places.rules import AddRegion, EndRegion, Level
from tests.factories import people

HEAD = "code,name,level,parent_code,gb_code,valid_from,valid_to\n"


def load(content: str) -> Outcome:
    with transaction():
        return regions.import_regions(content, SYSTEM)


def test_children_may_stand_before_parents_and_the_same_file_again_changes_nothing(session: Session) -> None:
    content = HEAD + "v1,丙村,village,t1,,,\nt1,乙镇,township,c1,,,\nc1,甲县,county,,500101,2020-01-01,\n"
    assert load(content) == Outcome(3, 0, 0)
    assert load(content) == Outcome(0, 0, 3)
    village, township, county = (queries.region_by_code(code) for code in ("v1", "t1", "c1"))
    assert village.path == f"/{county.id}/{township.id}/{village.id}/"
    assert (village.parent_id, township.parent_id, county.parent_id) == (township.id, county.id, None)
    assert queries.full_name(village) == "甲县乙镇丙村"
    assert queries.enclosing(village, Level.COUNTY) == county
    assert queries.enclosing(village, Level.PROVINCE) is None


def test_a_known_code_is_corrected(session: Session) -> None:
    load(HEAD + "c1,甲县,county,,,,\n")
    assert load(HEAD + "c1,甲市,county,,500101,,2026-12-31\nc2,乙县,county,,,,\n") == Outcome(1, 1, 0)
    changed = queries.region_by_code("c1")
    assert (changed.name, changed.gb_code, changed.valid_to) == ("甲市", "500101", date(2026, 12, 31))


def test_everything_or_nothing_with_every_wrong_line(session: Session) -> None:
    load(HEAD + "c1,甲县,county,,500101,,\nt1,乙镇,township,c1,,,\n")
    content = HEAD + (
        "t2,好镇,township,c1,,,\n"
        "t3,丙镇,township,c9,,,\n"
        "t4,丁镇,township,t1,,,\n"
        "t2,戊镇,township,c1,,,\n"
        "c2,己县,county,,500101,,\n"
        "c3,庚县,county,,,2021-01-01,2020-01-01\n"
        "t1,乙镇,township,,,,\n"
    )
    with pytest.raises(RuleViolations) as error:
        load(content)
    assert [problem.message for problem in error.value.problems] == [
        "第 5 行：代码“t2”与第 2 行重复",
        "第 6 行：国标代码“500101”已用于“c1”",
        "第 7 行：停用日期早于启用日期",
        "第 3 行：上级代码“c9”在文件和系统中都没有",
        "第 4 行：级别“乡镇（街道）”不能放在“乡镇（街道）”的“乙镇”之下",
        "第 8 行：“乙镇”的上级或级别与系统中不同；区划调整请停用原节点，用新代码新建",
    ]
    assert session.scalars(select(Region.code).order_by(Region.code)).all() == ["c1", "t1"]


def test_a_scope_is_a_subtree_and_never_a_prefix_of_codes_or_numbers(session: Session) -> None:
    rows = "".join(f"5001{number:02d},县{number},county,50,,,\n" for number in range(1, 12))
    load(HEAD + "50,市,province,,,,\nzone,开发区,county,50,,,\nz1,区内镇,township,zone,,,\n" + rows)
    load(HEAD + "t1,甲镇,township,500101,,,\nt11,乙镇,township,500111,,,\n")
    county = queries.region_by_code("500101")
    assert [node.code for node in queries.subtree(county.path)] == ["500101", "t1"]
    assert [node.code for node in queries.subtree(queries.region_by_code("zone").path)] == ["z1", "zone"]
    whole = queries.subtree("/")
    assert len(whole) == 16
    for node in whole:  # the range of the index says the same as the prefix of the path, for every node
        below = {other.code for other in whole if other.path.startswith(node.path)}
        assert {other.code for other in queries.subtree(node.path)} == below


def test_nodes_of_a_level_and_a_day(session: Session) -> None:
    load(HEAD + "c1,甲县,county,,,,2020-12-31\nc2,乙县,county,,,2021-01-01,\nt1,镇,township,c2,,,\n")
    assert [node.code for node in queries.subtree("/", Level.COUNTY, date(2020, 12, 31))] == ["c1"]
    assert [node.code for node in queries.subtree("/", Level.COUNTY, date(2021, 1, 1))] == ["c2"]
    assert queries.region_by_code("c1").is_valid(date(2020, 12, 31))
    assert not queries.region_by_code("c1").is_valid(date(2021, 1, 1))


def test_export_of_a_subtree_imports_again(session: Session) -> None:
    people.plant_regions()
    county = queries.region_by_code(people.COUNTY)
    exported = regions.export_regions(county.path)
    assert exported.splitlines()[:3] == [
        "code,name,level,parent_code,gb_code,valid_from,valid_to",
        "500299,云岭县（示例）,county,500000,,,",
        "500299001,城东街道,township,500299,,,",
    ]
    assert load(exported) == Outcome(0, 0, 22)
    assert load(regions.export_regions()) == Outcome(0, 0, 23)


def test_the_national_table_goes_in_after_the_demo_county(session: Session) -> None:
    people.plant_regions()
    rows = [row for row in national_rows() if row.code.startswith(("50", "46"))]
    with transaction():
        outcome = regions.seed(rows, SYSTEM)
    assert outcome == Outcome(len(rows) - 1, 0, 1)
    wanzhou = queries.region_by_code("500101")
    assert (wanzhou.name, wanzhou.level, wanzhou.gb_code) == ("万州区", Level.COUNTY, "500101")
    assert queries.full_name(wanzhou) == "重庆市万州区"
    assert queries.full_name(queries.region_by_code("469001")) == "海南省五指山市"


def test_the_national_table_is_a_sound_tree() -> None:
    rows = national_rows()
    codes = {row.code: row for row in rows}
    assert len(codes) == len(rows) == 3211
    assert all(codes[row.parent_code].level.depth < row.level.depth for row in rows if row.parent_code)
    assert sum(not row.parent_code for row in rows) == 33


def test_one_node_by_hand(session: Session) -> None:
    people.plant_regions()
    command = AddRegion(code="500299104", name="新设镇", level=Level.TOWNSHIP, parent_code=people.COUNTY)
    with transaction():
        added = regions.add_region(command, SYSTEM)
        assert queries.full_name(added) == "重庆市云岭县（示例）新设镇"
    with transaction(), pytest.raises(Conflict) as error:
        regions.add_region(command, SYSTEM)
    assert (error.value.message, error.value.field) == ("代码“500299104”已被使用，请换一个代码", "code")
    wrong = command.model_copy(update={"code": "x", "parent_code": people.VILLAGE})
    with transaction(), pytest.raises(RuleViolations) as misplaced:
        regions.add_region(wrong, SYSTEM)
    assert [(problem.field, problem.message) for problem in misplaced.value.problems] == [
        ("level", "级别“乡镇（街道）”不能放在“村（社区）”的“青松村”之下")
    ]


def test_ending_a_node_keeps_it(session: Session) -> None:
    people.plant_regions()
    with transaction():
        village = queries.region_by_code(people.VILLAGE)
        regions.end_region(village, EndRegion(valid_to=date(2026, 6, 30), reason="撤村并居"), SYSTEM)
    assert queries.region_by_code(people.VILLAGE).valid_to == date(2026, 6, 30)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.event == "region.ended")).one()
    assert entry.details == {"code": people.VILLAGE, "valid_to": "2026-06-30", "reason": "撤村并居"}


def test_only_who_manages_regions_changes_them(session: Session) -> None:
    people.plant_regions()
    county = Actor(1, "县级", Role.COUNTY, region_path=queries.region_by_code(people.COUNTY).path)
    with transaction(), pytest.raises(NotAllowed):
        regions.import_regions(HEAD + "x,某村,village,,,,\n", county)


@pytest.mark.parametrize(
    "change",
    [
        "path = '/999/'",  # not its own id
        "parent_id = id",
        "parent_id = NULL",  # a root's path is its id alone
        "level = 'galaxy'",
        "code = '500000'",  # taken
        "valid_from = '2021-01-01', valid_to = '2020-01-01'",
    ],
)
def test_the_database_holds_the_tree_together(session: Session, change: str) -> None:
    people.plant_regions()
    with pytest.raises(IntegrityError):
        session.execute(text(f"UPDATE region SET {change} WHERE code = '{people.VILLAGE}'"))
    session.rollback()


def test_two_imports_at_once_give_out_no_number_twice(committed: Flask) -> None:
    files = [HEAD + "".join(f"{name}{number},村{number},village,,,,\n" for number in range(200)) for name in "abcd"]
    done: list[Outcome] = []

    def importing(content: str) -> None:
        with committed.app_context():
            done.append(load(content))
            db.session.remove()

    threads = [Thread(target=importing, args=(content,)) for content in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [Outcome(200, 0, 0)] * 4
    assert queries.count_regions() == 800
