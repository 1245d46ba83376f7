"""The demo's pilot: who waits in line, what was drawn, held back, told and tried; the same on each database."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.demo import build, county, drafts, pilot, pilot_lives
from app.funds.quota_models import QuotaPlaces, WaitingPlace
from app.funds.rules import WaitingEnd
from app.jobs.models import Job, JobState
from app.lifecycle import Status
from app.oversight import sampling, what_if
from app.programme.models import ProgrammeVersion, VersionState
from app.programme.process import marks
from app.programme.queries import of
from app.renovation.models import Event, Renovation
from app.stages.settlement.models import PaymentNoticeEntry
from app.stages.settlement.queries import retention_is_due
from app.workbench import household, queries
from tests.conftest import TEMPLATE, _create_app
from tests.support.databases import Databases, dispose

TODAY = date(2026, 7, 31)


@pytest.fixture(scope="module")
def piloted(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The demo county with the pilot's households only."""
    name, url = databases.copy(TEMPLATE)
    app = _create_app(url, tmp_path_factory.mktemp("files"))
    with app.app_context():
        with clock.fixed(TODAY - timedelta(days=200)):
            county.build(TODAY)
        build.lead(build.beside(pilot_lives.SIDE, 1, TODAY), TODAY, lambda _line: None)
        with clock.fixed(TODAY):
            drafts.prepare(TODAY)
            yield app
        db.session.remove()
    dispose(app)
    databases.drop(name)


def words_on_the_desk(account: str) -> Counter[str]:
    """How often each move waits for an account."""
    lines = queries.desk(county.actor(account)).lines
    return Counter(line.move.words for line in lines if line.move)


def test_where_the_households_stand(piloted: Flask) -> None:
    found = Counter(db.session.scalars(select(Renovation.status)))
    assert found == {
        Status.PAID: 4, Status.PLANNED: 1, Status.AGREED: 2, Status.WITHDRAWN: 1, Status.CONFIRMED: 1, Status.NOTICED: 3,
    }  # fmt: skip
    assert set(db.session.scalars(select(Renovation.programme_key))) == {pilot.KEY}


def test_one_waited_and_has_moved_up_when_a_place_was_free(piloted: Flask) -> None:
    rows = db.session.scalars(select(WaitingPlace)).all()
    assert Counter(row.ended_as for row in rows) == {WaitingEnd.PLACED: 1, None: 2}
    first = next(row for row in rows if row.ended_as is not None)
    assert first.priority == max(row.priority for row in rows)
    moved = select(Renovation.status).where(Renovation.id == first.renovation_id)
    assert db.session.scalar(moved) is Status.CONFIRMED
    told = select(Event.actor_name).where(Event.renovation_id == first.renovation_id, Event.action == "confirm")
    assert db.session.scalars(told).all() == ["系统"]
    quota = db.session.scalars(select(QuotaPlaces).where(QuotaPlaces.programme_key == pilot.KEY)).all()
    assert {one.year: one.left for one in quota}[TODAY.year] == 0


def test_a_family_in_line_reads_how_many_come_before_it(piloted: Flask) -> None:
    rows = db.session.scalars(select(WaitingPlace).where(WaitingPlace.ended_at.is_(None))).all()
    first, second = sorted(rows, key=lambda row: -row.priority)
    said = [household.plain(db.session.get_one(Renovation, row.renovation_id)) for row in (first, second)]
    assert said == [
        "您家符合条件，正在排队等名额，排在第一位。轮到了会告诉您。",
        "您家符合条件，正在排队等名额，前面还有 1 户。轮到了会告诉您。",
    ]


def test_the_draw_has_every_result(piloted: Flask) -> None:
    actor = county.actor("county1")
    draw = sampling.draws(actor)[0]
    found = sampling.counts(sampling.drawn(draw.id, actor)[1])
    assert found == {"done": 3, "faulty": 2, "open": 1, "left": 1}


def test_the_draws_page_offers_the_next_step_to_those_who_can_take_it(piloted: Flask) -> None:
    county1, city = county.actor("county1"), county.actor("city1")
    draw, rows = sampling.drawn(sampling.draws(county1)[0].id, county1)
    offered = sampling.next_steps(draw, rows, county1)
    assert sorted(offered.values()) == [
        ("acceptance.record_sample", "登记结果"),
        ("acceptance.resolve_sample", "登记整改"),
    ]
    assert sampling.next_steps(draw, rows, city) == {}


def test_money_is_held_back_due_and_paid(piloted: Flask) -> None:
    due = db.session.scalars(select(Renovation.number).where(retention_is_due(TODAY))).all()
    assert len(due) == 1
    assert len(db.session.scalars(select(PaymentNoticeEntry)).all()) == 3


def test_desks_offer_what_the_pilot_has_otherwise(piloted: Flask) -> None:
    assert words_on_the_desk("fin1") == {"付质保金": 1}
    county_has = words_on_the_desk("county1")
    assert [county_has[one] for one in ("登记抽查结果", "抽查整改", "确定")] == [1, 1, 1]
    assert county_has["审核备案"] + county_has["审核逾期的备案"] == 1
    town = sum((words_on_the_desk(account) for account in ("town1", "town2", "town3", "town4")), Counter())
    assert [town[one] for one in ("签字", "登记所选单位", "公示资金", "签字签约", "派工")] == [1, 1, 1, 0, 0]


def test_two_versions_are_in_force_one_after_the_other_and_a_draft_waits(piloted: Flask) -> None:
    rows = db.session.scalars(
        select(ProgrammeVersion)
        .where(ProgrammeVersion.programme_key == pilot.KEY)
        .order_by(ProgrammeVersion.valid_from)
    ).all()
    assert [(one.state, of(one).data.cap.amount) for one in rows] == [
        (VersionState.PUBLISHED, 200_000), (VersionState.PUBLISHED, 250_000),
    ]  # fmt: skip
    assert marks(of(rows[0]).data) == "|agreement|dispatch|supervision|waiting_list|payment_notice|firm_filing|"
    drafted = select(ProgrammeVersion.programme_key).where(ProgrammeVersion.state == VersionState.DRAFT)
    assert db.session.scalars(drafted).all() == [county.PROGRAMME]


def test_the_draft_was_tried_by_those_who_decide(piloted: Flask) -> None:
    rows = db.session.scalars(select(Job).where(Job.kind == what_if.KIND)).all()
    assert [one.state for one in rows] == [JobState.DONE, JobState.DONE]
