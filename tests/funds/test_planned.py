"""Quotas and money as a programme's data name them, taken over once."""

from sqlalchemy.orm import Session

from app.funds import planned, queries
from app.permissions import Role
from app.programme.loading import CATALOG, load
from tests.factories import people


def test_the_countys_figures_are_taken_over_once_and_stay_examples(session: Session) -> None:
    programme = load(CATALOG / "chongqing-2020-demo-county")
    county = people.actor(Role.COUNTY)
    named = {quota.region: quota.households for quota in programme.data.quota}
    assert planned.allot_as_planned(programme, 2026, county) == (len(named), len(programme.data.allotment))
    assert planned.allot_as_planned(programme, 2026, county) == (0, 0)
    rows = queries.quotas(county, programme.key, 2026)
    assert {row.region.code: row.places for row in rows} == named
    assert {row.is_example for row in rows} == {True}
    top = rows[0]
    assert top.given == sum(row.places for row in rows[1:])
    accounts = queries.accounts(county, programme.key, 2026)
    assert [(row.source_id, row.source_name, row.amount_fen) for row in accounts] == [
        (one.fund, {fund.id: fund.name for fund in programme.funds}[one.fund], one.amount)
        for one in programme.data.allotment
    ]


def test_a_neighbour_takes_over_nothing_of_it(session: Session) -> None:
    programme = load(CATALOG / "chongqing-2020-demo-county")
    township = people.region(people.TOWNSHIP)
    stranger = people.actor(Role.FINANCE)
    elsewhere = type(stranger)(stranger.user_id, stranger.name, stranger.role, township.id, "/99/")
    assert planned.allot_as_planned(programme, 2026, elsewhere) == (0, 0)
