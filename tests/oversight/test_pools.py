"""Quotas in a what-if: places and yuan, county and township, who is left without, and only by the change."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, true

from app.core import clock
from app.core.db import db, transaction
from app.core.money import display
from app.core.money import yuan as written
from app.demo import bulk
from app.funds.quota_models import PlaceTaken, QuotaMoney, QuotaPlaces
from app.funds.rules import Direction
from app.funds.service import allot_places, allot_yuan
from app.identity.queries import actor_of
from app.jobs.service import run
from app.oversight import what_if as trials
from app.oversight.effects import UNDECIDED, to_json
from app.oversight.models import Effect, SimulatedChange
from app.oversight.pools import Demand, Pool, Waiter
from app.oversight.simulation import WhatIf
from app.oversight.what_if import Trial
from app.permissions import SYSTEM, Role
from app.places.models import Region
from app.programme.changing import changed
from app.programme.policy import Programme
from app.programme.queries import programme_of, published_as
from app.renovation.models import Renovation
from app.stages.application.models import DerivedFacts
from app.stages.plan.models import Plan
from app.stages.plan.rules import PlanState
from app.stages.settlement.models import SettlementSheet
from tests.conftest import TEMPLATE, _create_app
from tests.factories import people
from tests.support.client import PageClient
from tests.support.databases import Databases, dispose

TODAY = date(2026, 7, 31)
KEY = "chongqing-2020"
RICHER = {"cap.amount": "3000.00", "fund.0.limit": "3000.00"}
DAY = date(2026, 1, 1)


def waiter(id_: int, need: int, points: int = 0, day: date = DAY) -> Waiter:
    return Waiter((-points, day, id_), need, f"N{id_}", 1)


def test_whom_it_suffices_for_goes_by_points_then_day_then_entry() -> None:
    late, early, first = waiter(1, 1, day=date(2026, 3, 1)), waiter(2, 1), waiter(3, 1, points=5)
    demand = Demand(2, held=0, queue=[late, early, first])
    assert list(demand.short()) == [late.id]
    demand.held = 1
    assert list(demand.short()) == [early.id, late.id]
    assert (demand.need, demand.excess) == (4, 2)


def test_who_was_left_without_before_is_not_told_again() -> None:
    queue = [waiter(id_, 100) for id_ in (1, 2, 3)]
    pool = Pool(Demand(200, queue=queue), Demand(200, queue=[*queue, waiter(4, 100)]))
    assert pool.is_broken
    assert list(pool.newly_short()) == [4]
    same = Pool(Demand(200, queue=queue), Demand(200, queue=queue))
    assert not same.is_broken
    assert same.newly_short() == {}


needs = st.lists(st.integers(0, 500), max_size=12)


@given(needs, st.integers(0, 3_000), st.integers(0, 1_000))
def test_what_is_given_out_never_exceeds_what_is_there(wanted: list[int], size: int, held: int) -> None:
    queue = [waiter(id_, need) for id_, need in enumerate(wanted, start=1)]
    demand = Demand(size, held, queue)
    short = demand.short()
    given_out = sum(one.need for one in queue if one.id not in short)
    assert given_out + held <= max(size, held)
    assert bool(demand.excess) == (held + sum(wanted) > size)
    if not demand.excess:
        assert short == {}


# ---------------------------------------------------------------- over a register


@pytest.fixture(scope="module")
def loaded(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Synthetic households in every status, a quota of yuan for their county and one for a township."""
    name, url = databases.copy(TEMPLATE)
    app = _create_app(url, tmp_path_factory.mktemp("files"))
    with app.app_context(), clock.fixed(TODAY):
        assert bulk.load(160, 7, lambda _line: None) == 160
        with transaction():
            county, township = _county(), _township()
            allot_yuan(county, KEY, TODAY.year, 60_000_000, SYSTEM, document="示例")
            allot_yuan(township, KEY, TODAY.year, 10_000_000, SYSTEM, document="示例")
        what_if, _ = ran(RICHER)
        enough = round(float(quotas(what_if)[township.code]["amount_needed_before"]) * 100)
        with transaction():  # the township has exactly what is asked for before anything changes
            back = Direction.REDUCE
            allot_yuan(township, KEY, TODAY.year, 10_000_000 - enough, SYSTEM, reason="示例", direction=back)
        yield app
        db.session.remove()
    dispose(app)
    databases.drop(name)


@pytest.fixture(autouse=True)
def _fresh(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "loaded" in request.fixturenames:
        db.session.rollback()


def _county() -> Region:
    id_ = db.session.scalars(select(Renovation.county_id).limit(1)).one()
    return db.session.get_one(Region, id_)


def _township() -> Region:
    """The township with most households that have no place yet."""
    id_ = db.session.scalars(
        select(Renovation.township_id)
        .join(DerivedFacts, DerivedFacts.renovation_id == Renovation.id)
        .where(Renovation.status.in_(UNDECIDED), DerivedFacts.verdict == "eligible")
        .group_by(Renovation.township_id)
        .order_by(func.count().desc(), Renovation.township_id)
        .limit(1)
    ).one()
    return db.session.get_one(Region, id_)


def base() -> Programme:
    version = published_as(KEY)
    assert version is not None
    return programme_of(version.id)


def ran(edits: dict[str, str]) -> tuple[WhatIf, list[Any]]:
    what_if = WhatIf(base(), changed(base(), edits))
    return what_if, [one for some in what_if.run(true()) for one in some]


def quotas(what_if: WhatIf) -> dict[str, dict[str, Any]]:
    (county,) = [county for county in what_if.counties.values() if county.households]
    return {one["region"]: one for one in to_json(county)["quotas"]}


def asked(township: int, after_cap: int) -> tuple[int, int]:
    """Fen that the township's households ask for before and after a higher cap, file by file from the tables."""
    before = after = 0
    sheets = {row.renovation_id: row for row in db.session.scalars(select(SettlementSheet))}
    plans = {row.renovation_id: row for row in db.session.scalars(select(Plan)) if row.state in set(PlanState)}
    held = set(db.session.scalars(select(PlaceTaken.renovation_id).where(PlaceTaken.released_at.is_(None))))
    for file, _facts in db.session.execute(
        select(Renovation, DerivedFacts)
        .join(DerivedFacts, DerivedFacts.renovation_id == Renovation.id)
        .where(Renovation.township_id == township, DerivedFacts.verdict == "eligible")
    ):
        waits = file.status in UNDECIDED
        if not waits and file.id not in held:
            continue
        if file.id in sheets or file.id in plans:
            continue
        if waits or file.id in held:
            before += programme_of(file.programme_version_id).cap_fen
            after += after_cap + programme_of(file.programme_version_id).data.cap.addition
    return before, after


def test_a_township_with_its_own_part_is_counted_by_itself(loaded: Flask) -> None:
    what_if, touched = ran(RICHER)
    county, township = quotas(what_if)[_county().code], quotas(what_if)[_township().code]
    assert (township["is_township"], county["has_parts"]) == (True, True)
    own, whole = (
        db.session.scalars(select(QuotaMoney).where(QuotaMoney.region_id == region.id)).one()
        for region in (_township(), _county())
    )
    assert (township["amount"], county["amount"]) == (written(own.amount_fen), written(60_000_000 - own.amount_fen))
    assert whole.given_fen == own.amount_fen
    assert township["places"] is None
    before, after = asked(_township().id, 300_000)
    without_plan = float(township["amount_needed_after"]) - float(township["amount_needed_before"])
    assert float(township["amount_needed_before"]) * 100 >= before
    assert without_plan * 100 >= after - before > 0
    assert township["amount_broken"]
    assert not county["amount_broken"]
    short = [one for one in touched if one.is_short]
    assert len(short) == township["short"] > 0
    assert {one.effect for one in short} == {Effect.SHORT}
    assert {one.reason for one in short} == {f"{_township().name}金额指标 {display(own.amount_fen)} 不够，轮不到这一户"}
    files = {file.number: file for file in db.session.scalars(select(Renovation))}
    assert {files[one.number].township_id for one in short} == {_township().id}
    assert {files[one.number].status for one in short} <= UNDECIDED


def test_nobody_is_left_without_while_nothing_differs(loaded: Flask) -> None:
    what_if, touched = ran({"money.retention_percent": "3"})
    assert touched == []
    for quota in quotas(what_if).values():
        assert (quota["needed_before"], quota["amount_needed_before"]) == (
            quota["needed_after"],
            quota["amount_needed_after"],
        )
        assert (quota["places_broken"], quota["amount_broken"], quota["short"]) == (False, False, 0)


def test_places_are_those_of_the_tables(loaded: Flask) -> None:
    what_if, _ = ran({"clause.2.when.any.0.age_at_least": "60"})
    row = db.session.scalars(
        select(QuotaPlaces).where(QuotaPlaces.region_id == _county().id, QuotaPlaces.year == TODAY.year)
    ).one()
    county = quotas(what_if)[_county().code]
    assert county["places"] == row.places - row.given
    (counted,) = [one for one in what_if.counties.values() if one.households]
    assert (county["needed_before"], county["needed_after"]) == (counted.waiting_before, counted.waiting_after)


def test_another_figure_in_the_data_counts_as_it_is_written(loaded: Flask) -> None:
    """The township has its part of places; with none of them, everybody of it who waits and would have had one is left."""
    version = published_as("chongqing-2020-demo-county")
    assert version is not None
    own, township = programme_of(version.id), _township()
    at = next(place for place, row in enumerate(own.data.quota) if row.region == township.code)
    allot_places(township, KEY, TODAY.year, own.data.quota[at].households or 0, SYSTEM, document="示例")
    what_if = WhatIf(own, changed(own, {f"quota.{at}.households": "0"}))
    touched = [one for some in what_if.run(true()) for one in some]
    quota = quotas(what_if)[township.code]
    assert (quota["places"], quota["places_before"]) == (0, own.data.quota[at].households)
    assert len(touched) == quota["short"] > 0
    assert {one.reason for one in touched} == {f"{township.name}任务数 0 户不够，轮不到这一户"}
    county = quotas(what_if)[_county().code]
    assert county["places"] == county["places_before"] + own.data.quota[at].households


def test_the_job_tells_it_once_beside_what_else_changes(loaded: Flask) -> None:
    version = published_as(KEY)
    assert version is not None
    user = people.make_user(Role.CITY)
    edits = RICHER | {"clause.0.when.age_at_least": "50", "clause.2.when.any.0.age_at_least": "50"}
    with transaction():
        id_ = trials.ask(Trial(version.id, None, tuple(edits.items())), actor_of(user)).id
    run(id_)
    _what_if, touched = ran(edits)
    short = {one.renovation_id for one in touched if one.is_short}
    otherwise = {one.renovation_id: one for one in touched if not one.is_short}
    kept = db.session.scalars(select(SimulatedChange).where(SimulatedChange.job_id == id_)).all()
    assert {row.renovation_id for row in kept if row.is_short} == short
    assert {row.renovation_id for row in kept} == short | set(otherwise)
    assert len(kept) == len(short | set(otherwise))
    for row in kept:
        wanted = otherwise[row.renovation_id].effect if row.renovation_id in otherwise else Effect.SHORT
        assert row.effect is wanted
        assert ("轮不到这一户" in row.reason) == row.is_short
    client: PageClient = loaded.test_client()  # type: ignore[assignment]
    client.login(user)
    page = client.page(f"/programmes/what-if/{id_}?effect=short")
    assert len(page.select("#who tbody tr")) == min(50, len(short))
    assert "名额或指标不够" in page.select_one(".notice").get_text()  # type: ignore[union-attr]
