"""Editions of a city, of several counties and of one: the most specific counts, two of one level never share region and day."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.core.db import transaction
from app.core.errors import Conflict
from app.funds import planned
from app.funds.account_models import FundAccount
from app.funds.quota_models import QuotaPlaces
from app.permissions import SYSTEM
from app.places.queries import region_by_code
from app.places.regions import add_region
from app.places.rules import AddRegion, Level
from app.programme.areas import level_of
from app.programme.loading import CATALOG, load
from app.programme.policy import Programme
from app.programme.problems import BrokenData
from app.programme.queries import current, in_force, where
from app.programme.validity import Edition, Span, collision, rank
from tests.factories import people

from .factory import chongqing
from .test_versions import load as loaded

KEY, DAY = "chongqing-2020", date(2026, 6, 1)
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes the folder of an edition: its id, its tables, and what its `[overlay]` says besides."""

    def writing(id_: str, *tables: str, base: str = KEY, **about: Any) -> Path:
        lines = {
            "id": f'"{id_}"',
            "base": f'"{base}"',
            "name": f'"{id_} 的细则"',
            "version": '"1"',
            "valid_from": "2026-01-01",
        }
        folder = tmp_path / id_
        folder.mkdir(exist_ok=True)
        text = "\n".join(f"{key} = {value}" for key, value in (lines | about).items())
        (folder / "programme.toml").write_text(f"[overlay]\n{text}\n" + "\n".join(tables), "utf-8")
        return folder

    return writing


CITY = {"regions": '["500000"]', "regions_name": '"全市"'}
TWO = {"regions": '["500298", "500299"]', "regions_name": '"两个县"'}
ONE = {"county": '"500299"', "county_name": '"云岭县"'}


def read(folder: Path) -> Programme:
    return load(folder, CATALOG)


def faults(folder: Path) -> list[tuple[int, str]]:
    with pytest.raises(BrokenData) as broken:
        read(folder)
    return [(error.line, error.message) for error in broken.value.errors]


# ---------------------------------------------------------------- which one counts


def test_the_most_specific_edition_counts(write: Write, session: Session) -> None:
    people.plant_regions()
    base = loaded(chongqing())
    city = loaded(read(write("e-city", **CITY)))
    two = loaded(read(write("e-two", regions='["500297", "500298"]', regions_name='"两个县"')))
    one = loaded(read(write("e-one", **ONE)))
    assert current(KEY, "500299", DAY).id == one
    assert current(KEY, "500298", DAY).id == two
    assert current(KEY, "500101", DAY).id == city
    assert current(KEY, "500000", DAY).id == city
    assert current(KEY, "", DAY).id == base
    assert current(KEY, "500299", date(2025, 12, 31)).id == base
    assert [version.id for version in in_force("500298", DAY)] == [two]
    assert [version.id for version in in_force("", DAY)] == [base]


def test_a_zone_without_a_national_code_is_found_by_the_tree(write: Write, session: Session) -> None:
    """Its code says nothing of the city that it lies in."""
    people.plant_regions()
    with transaction():
        add_region(AddRegion(code="WSJK", name="开发区（示例）", level=Level.COUNTY, parent_code="500000"), SYSTEM)
    base, city = loaded(chongqing()), loaded(read(write("e-city", **CITY)))
    assert current(KEY, "WSJK", DAY).id == city
    assert current(KEY, "ELSEWHERE", DAY).id == base


def test_an_edition_that_gives_a_county_up_holds_there_no_longer(write: Write, session: Session) -> None:
    people.plant_regions()
    base, first = loaded(chongqing()), loaded(read(write("e-two", **TWO)))
    later = loaded(
        read(write("e-two", regions='["500298"]', regions_name='"一个县"', version='"2"', valid_from="2026-05-01"))
    )
    assert current(KEY, "500299", date(2026, 4, 30)).id == first
    assert current(KEY, "500299", DAY).id == base
    assert current(KEY, "500298", DAY).id == later


def test_two_of_one_level_may_not_share_a_region_and_a_day(write: Write, session: Session) -> None:
    people.plant_regions()
    loaded(chongqing())
    loaded(read(write("e-two", **TWO)))
    with pytest.raises(Conflict) as refused:
        loaded(read(write("e-one", **ONE)))
    assert refused.value.message == (
        "云岭县（示例）已有同一级的细则“2020.1/1”（2026-01-01 起），与“2020.1/1”（2026-01-01 起）有共同的日子。"
        "请从其中一份的 regions 里去掉重复的地区，或改 valid_from、valid_to 使两者错开"
    )
    loaded(read(write("e-city", **CITY)))


def test_two_of_one_level_may_follow_each_other(write: Write, session: Session) -> None:
    people.plant_regions()
    loaded(chongqing())
    first = loaded(read(write("e-two", valid_to="2026-03-31", **TWO)))
    second = loaded(read(write("e-one", **(ONE | {"valid_from": "2026-04-01"}))))
    assert current(KEY, "500299", date(2026, 3, 31)).id == first
    assert current(KEY, "500299", date(2026, 4, 1)).id == second


def test_pages_say_where_an_edition_holds(write: Write, session: Session) -> None:
    people.plant_regions()
    loaded(chongqing())
    loaded(read(write("e-two", **TWO)))
    rows = [current(KEY, code, DAY) for code in ("", "500299")]
    assert where(rows) == {rows[0].id: "重庆市", rows[1].id: "地区 500298、云岭县（示例）"}


areas = st.sampled_from([("500000",), ("500299",), ("500298", "500299"), ("500297",)])
days = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@given(st.lists(st.tuples(areas, days, st.none() | days), max_size=6), st.sampled_from(["500297", "500298", "500299"]))
def test_whatever_is_let_in_one_edition_counts_for_each_county_and_day(
    asked: list[tuple[tuple[str, ...], date, date | None]], county: str
) -> None:
    """Of editions of different names and regions there is never a second one of the same nearness on a day."""
    let_in: list[Edition] = []
    for place, (codes, first, last) in enumerate(asked):
        new = Edition(f"e{place}", codes, Span(f"v{place}", first, max(first, last) if last else None))
        if collision(new, let_in) is None and all(new.areas != other.areas for other in let_in):
            let_in.append(new)
    chain = (county, "500000")
    for day in (date(2026, month, 1) for month in range(1, 13)):
        holding = [
            rank(one.areas, chain)
            for one in let_in
            if one.span.first <= day and (one.span.last is None or day <= one.span.last)
        ]
        near = [place for place in holding if place is not None]
        assert len(set(near)) == len(near)


# ---------------------------------------------------------------- how they are written


def test_an_edition_may_be_built_on_the_edition_of_its_city(write: Write) -> None:
    write(
        "e-city",
        '[cap_addition]\namount = "300.00"\n[[fund]]\nid = "city"\nname = "市级"\n[[priority]]\nid = "alone"\nname = "独居"\npoints = 5\nwhen = { fact = "person.living", contains = "alone" }',
        **CITY,
    )
    own = read(write("e-one", "[warranty]\nmonths = 36", base="e-city", **ONE))
    assert (own.cap_fen, own.warranty_months, own.key, own.id) == (230_000, 36, KEY, "e-one")
    assert (own.areas, own.data.programme.based_on) == (("500299",), "e-city")
    assert [row.id for row in own.data.priority][-1] == "alone"
    assert own.version.startswith("2020.1/1/1+")


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({}, "“overlay”有误：适用于一个区县写 county、county_name，适用于一个市或几个区县写 regions、regions_name"),
        (
            ONE | TWO,
            "“overlay”有误：适用于一个区县写 county、county_name，适用于一个市或几个区县写 regions、regions_name",
        ),
        ({"regions": '["500299"]'}, "“overlay”有误：缺少regions_name（适用地区的名称）"),
        ({"county": '"500299"'}, "“overlay”有误：缺少county_name（适用地区的名称）"),
        (CITY | {"regions": '["500000", "500299"]'}, "“overlay”有误：regions 里的地区须是同一级：全是市，或全是区县"),
        (TWO | {"regions": '["500299", "500299"]'}, "“overlay”有误：regions 里每个地区只写一次"),
        (TWO | {"regions": '["500299101"]'}, "“overlay”有误：细则适用于市或区县，不到乡镇（街道）"),
    ],
)
def test_a_slip_in_where_it_holds_is_told(write: Write, about: dict[str, Any], message: str) -> None:
    assert faults(write("e-wrong", **about)) == [(1, message)]


def test_an_edition_upon_another_lies_within_it(write: Write) -> None:
    write("e-two", **TWO)
    elsewhere = write("e-one", base="e-two", county='"500101"', county_name='"万州区"')
    assert faults(elsewhere) == [(7, "“500101”不在“两个县”之内")]
    same = write("e-same", base="e-two", **ONE)
    assert faults(same) == [(7, "“500299”不在“两个县”之内")]


def test_editions_in_a_circle_are_refused(write: Write) -> None:
    write("e-a", base="e-b", **CITY)
    circle = write("e-b", base="e-a", **ONE)
    assert faults(circle) == [(3, "细则绕成一圈")]


def test_levels_are_told_by_their_codes() -> None:
    codes = {"500000": "province", "500100": "city", "500299": "county", "500299101": "township", "WSJK": "county"}
    assert {code: level_of(code) for code in codes} == codes


# ---------------------------------------------------------------- figures of a year and a region


QUOTA = '[[quota]]\nregion = "500299"\nname = "云岭县"\nhouseholds = {}\n'


def test_a_quota_of_a_year_is_taken_over_for_that_year(write: Write, session: Session) -> None:
    people.plant_regions()
    tables = QUOTA.format(10) + "year = 2026\n" + QUOTA.format(20) + "year = 2027\n"
    money = '[[allotment]]\nfund = "municipal"\nregion = "500299"\nyear = 2027\namount = "1000.00"\n'
    own = read(write("e-two", tables, money, **TWO))
    county = region_by_code("500299")
    for year, places, fen in ((2026, 10, None), (2027, 20, 100_000), (2028, None, None)):
        planned.allot_as_planned(own, year, SYSTEM)
        row = session.query(QuotaPlaces).filter_by(region_id=county.id, year=year).one_or_none()
        account = session.query(FundAccount).filter_by(region_id=county.id, year=year).one_or_none()
        assert (row and row.places, account and account.amount_fen) == (places, fen)


def test_a_region_stands_once_for_a_year(write: Write) -> None:
    twice = write("e-one", QUOTA.format(10) + "year = 2026\n" + QUOTA.format(20) + "year = 2026\n", **ONE)
    assert [message for _, message in faults(twice)] == ["地区“500299”重复"]
    mixed = write("e-one", QUOTA.format(10) + QUOTA.format(20) + "year = 2026\n", **ONE)
    assert [message for _, message in faults(mixed)] == ["地区“500299”重复"]


def test_what_is_below_is_added_up_year_by_year(write: Write) -> None:
    town = QUOTA.replace("500299", "500299101").replace("云岭县", "城关镇")
    fits = "".join(
        table.format(number) + f"year = {year}\n" for year in (2026, 2027) for table, number in ((QUOTA, 10), (town, 8))
    )
    assert len(read(write("e-one", fits, **ONE)).data.quota) == 4
    over = fits.replace("households = 8", "households = 11", 1)
    assert [message for _, message in faults(write("e-one", over, **ONE))] == ["云岭县有 10 户，下级合计 11 户"]


def test_money_for_one_of_several_regions_says_for_which(write: Write) -> None:
    money = '[[allotment]]\nfund = "municipal"\namount = "1000.00"\n'
    assert [message for _, message in faults(write("e-two", money, **TWO))] == ["没有写下达到哪个区县"]
    elsewhere = money + 'region = "500101"\n'
    assert [m for _, m in faults(write("e-two", elsewhere, **TWO))] == ["“500101”不在本细则适用的地区内"]


PLACED = '[[photo_kind]]\nkey = "before"\nname = "改造前"\nhelp = "打开手机定位再拍"\nlocated = true\n'


def test_a_county_wants_positions_of_its_own_photos(write: Write) -> None:
    own, base = load(write("placed", PLACED, **ONE)), load(CATALOG / KEY)
    assert (own.located_photos, base.located_photos) == (("before",), ())
    assert [one.key for one in own.data.photo_kind] == [one.key for one in base.data.photo_kind]


def test_a_county_wants_no_position_of_what_is_not_uploaded_by_itself(write: Write) -> None:
    with pytest.raises(BrokenData, match="不单独上传，不能要求定位"):
        load(write("label", PLACED.replace('"before"', '"label"'), **ONE))
