"""Many homes dispatched at once where they are shared out by count: each to whose turn it is, or to one as far as it goes."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.core.db import db, transaction
from app.jobs.models import JobItem
from app.jobs.service import run_waiting
from app.lifecycle import Status
from app.permissions import Actor, Role
from app.places.models import ProcurementRecord
from app.places.rules import OrganisationKind
from app.renovation import queries as files
from app.workbench import bulk, queries
from app.workbench.bulk_preview import Preview, preview
from app.workbench.bulk_table import choices_for
from app.workbench.wishes import wish_of
from tests.application.notice_support import publish_tables
from tests.assessment.support import procurement
from tests.factories import people
from tests.process.support import tables_without
from tests.workbench.support import make_file, statements

NEXT, ONE = "construction.dispatch_next", "construction.dispatch"


@pytest.fixture
def county(session: Session) -> Actor:
    publish_tables(**tables_without("supervision", procurement={"share": "equal", "most_apart": 2}))
    return people.actor(Role.COUNTY)


def lot(name: str, **facts: Any) -> int:
    return procurement(people.make_firm(name=name), OrganisationKind.CONTRACTOR, lot=f"标{name}", **facts)


def homes(number: int, **facts: Any) -> list[str]:
    return [make_file("张德福", status=Status.AGREED, **facts) for _ in range(number)]


def look(key: str, actor: Actor, numbers: list[str], **typed: Any) -> Preview:
    found = bulk.find(key, actor)
    return preview(found, numbers, actor, found.operation.command.model_validate(typed))


def work(key: str, actor: Actor, numbers: list[str], **typed: Any) -> list[tuple[str, str]]:
    """State and message of each file after the job."""
    found = bulk.find(key, actor)
    job = bulk.start(found, numbers, found.operation.command.model_validate(typed), actor, key)
    run_waiting()
    rows = db.session.execute(
        select(JobItem.state, JobItem.message).where(JobItem.job_id == job.id).order_by(JobItem.id)
    )
    return [(state.value, message) for state, message in rows]


def firm(number: str, actor: Actor) -> str:
    found = files.assignment(files.get(number, actor), Role.CONTRACTOR)
    return found.organisation.name if found else ""


def pools(shown: Preview) -> list[tuple[str, int | None, int, int]]:
    return [(pool.label, pool.total, pool.used, pool.wanted) for pool in shown.pools]


def test_each_home_goes_to_whose_turn_it_is(county: Actor) -> None:
    a, b = lot("A公司"), lot("B公司", max_households=1)
    lot("C公司")
    numbers = homes(5)
    shown = look(NEXT, county, numbers)
    assert pools(shown) == [
        ("A公司　标段 标A公司", None, 0, 2),
        ("B公司　标段 标B公司", 1, 0, 1),
        ("C公司　标段 标C公司", None, 0, 2),
    ]
    assert shown.held == []
    assert {state for state, _ in work(NEXT, county, numbers)} == {"done"}
    assert [firm(number, county) for number in numbers] == ["A公司", "B公司", "C公司", "A公司", "C公司"]
    with transaction():
        for record in db.session.scalars(select(ProcurementRecord)):
            record.max_households = 1
    held = look(NEXT, county, homes(1)).held
    assert [row.reasons for row in held] == [
        ("今天没有能接这一户的标段：户数已用完，或保证金没有缴足。请打开档案，在“派工”里看各标段的原因",)
    ]
    assert a != b


def test_to_one_firm_as_far_as_its_turn_goes(county: Actor) -> None:
    a, _ = lot("A公司"), lot("B公司")
    numbers = homes(4)
    shown = look(ONE, county, numbers, procurement_record_id=a)
    assert pools(shown) == [("A公司　标段 标A公司", None, 0, 2), ("A公司　按户数均分", 2, 0, 2)]
    why = "按户数均分，A公司最多比户数最少的单位多 2 户，轮不到这一户：请少选几户，或改用“按户数均分派工”"
    assert {row.number: row.reasons for row in shown.held} == dict.fromkeys(numbers[2:], (why,))
    done = work(ONE, county, numbers, procurement_record_id=a)
    assert [state for state, _ in done] == ["done", "done", "failed", "failed"]
    assert done[2][1] == "按户数均分，A公司已派 2 户，最少的只有 0 户，轮到B公司，请改选。"
    again = look(ONE, county, numbers[2:], procurement_record_id=a)
    assert [row.reasons for row in again.held] == [(done[2][1],)] * 2


def test_townships_with_and_without_a_lot_of_their_own(county: Actor) -> None:
    lot("A公司")
    own = lot("X公司", region_id=people.region(people.TOWNSHIP).id)
    here, there = homes(2), homes(2, township=people.OTHER_TOWNSHIP)
    some = [here[0], there[0], here[1], there[1]]
    assert pools(look(NEXT, county, some)) == [("X公司　标段 标X公司", None, 0, 2), ("A公司　标段 标A公司", None, 0, 2)]
    # for homes of both places a lot of one is not offered
    offered = bulk.find(ONE, county).choices(look(NEXT, county, some).renovations)["procurement_record_id"]
    assert own not in [record_id for record_id, _ in offered]
    assert {state for state, _ in work(NEXT, county, some)} == {"done"}
    assert [firm(number, county) for number in some] == ["X公司", "A公司", "X公司", "A公司"]


def test_the_preview_asks_the_database_no_more_for_more_places_and_homes(county: Actor) -> None:
    lot("A公司")
    lot("B公司")

    def asked(numbers: list[str]) -> int:
        db.session.rollback()
        with statements() as seen:
            look(NEXT, county, numbers)
        return len(seen)

    one, many = homes(1), homes(3) + homes(3, township=people.OTHER_TOWNSHIP)
    per_home = asked(many[:2]) - asked(one)
    assert asked(many[:3]) - asked(many[:2]) == per_home
    assert asked(many) - asked(many[:5]) == per_home


def test_it_is_offered_where_homes_are_shared_out(county: Actor) -> None:
    homes(1)
    lines = queries.files(county, wish_of(MultiDict())).lines
    assert [key for key, _ in choices_for(county, lines)] == ["application.verify", ONE, NEXT]


def test_elsewhere_it_is_not(session: Session) -> None:
    publish_tables(**tables_without("supervision"))
    county = people.actor(Role.COUNTY)
    homes(1)
    assert [key for key, _ in choices_for(county, queries.files(county, wish_of(MultiDict())).lines)] == [
        "application.verify",
        ONE,
    ]
