"""The sample of accepted files: drawn once, with a logged seed, so that anybody can draw the same again."""

from datetime import timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from app.audit.models import AuditEntry
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Conflict, NotAllowed, RuleViolation
from app.oversight import sampling
from app.oversight.sampling_rules import DrawSample, draw, share
from app.permissions import Role
from app.stages.acceptance.sample_models import SampleDraw
from tests.acceptance import support as acceptances
from tests.application.notice_support import publish_tables
from tests.construction import support as construction
from tests.factories import people
from tests.support.client import PageClient

KEY = "chongqing-2020"
NUMBERS = st.lists(st.text("0123456789", min_size=1, max_size=6), unique=True, max_size=40)


@given(st.integers(0, 5000), st.integers(0, 100), st.integers(0, 20))
def test_a_share_is_never_less_than_the_percentage_nor_more_than_all(pool: int, percent: int, minimum: int) -> None:
    found = share(pool, percent, minimum)
    assert found <= pool
    assert found * 100 >= pool * percent
    assert found >= min(pool, minimum if percent else 0)


@given(NUMBERS, st.integers(0, 40), st.text(max_size=8))
def test_the_same_seed_draws_the_same_whatever_the_order(numbers: list[str], wanted: int, seed: str) -> None:
    drawn = draw(numbers, wanted, seed)
    assert drawn == draw(sorted(numbers, reverse=True), wanted, seed)
    assert (len(drawn), set(drawn) <= set(numbers)) == (min(wanted, len(numbers)), True)
    rest = [sha256(f"{seed}:{one}".encode()).hexdigest() for one in set(numbers) - set(drawn)]
    assert all(sha256(f"{seed}:{one}".encode()).hexdigest() < least for one in drawn for least in rest)


def command(**changes: object) -> DrawSample:
    today = clock.today()
    typed = {"programme_key": KEY, "accepted_from": today - timedelta(days=30), "accepted_until": today}
    return DrawSample.model_validate({key: str(value) for key, value in (typed | changes).items()})


def test_a_county_draws_its_share_once(session: Session, client: PageClient) -> None:
    publish_tables(sample_inspection={"source": "", "assumptions": {}, "percent": 10, "minimum": 1, "by": "county"})
    on = construction.site()
    file = acceptances.recorded(on, construction.completed(on))
    construction.do("acceptance.countersign", file, on.around.county)
    with pytest.raises(RuleViolation) as early, transaction():
        sampling.draw_sample(command(), on.around.county)
    assert early.value.message == "请写一段已经过去的日期，起始日不晚于截止日。"
    city = people.actor(Role.CITY)
    with pytest.raises(NotAllowed), transaction():
        sampling.draw_sample(command(), city)
    with clock.fixed(clock.today() + timedelta(days=1)):
        wanted = command(accepted_until=clock.today() - timedelta(days=1))
        with transaction():
            made = sampling.draw_sample(wanted, on.around.county)
        with pytest.raises(Conflict, match="不能重抽"), transaction():
            sampling.draw_sample(wanted, on.around.county)
    found, rows = sampling.drawn(made.id, on.around.county)
    assert (found.pool, [row.number for row in rows]) == (1, draw([file.number], 1, found.seed))
    entry = session.scalars(select(AuditEntry).where(AuditEntry.event == "sample.drawn")).one()
    assert (entry.details["seed"], entry.details["drawn"]) == (found.seed, 1)
    client.login(people.make_user(Role.COUNTY, people.COUNTY))
    assert file.number in client.get(f"/samples/{made.id}").get_data(as_text=True)
    assert "验收抽查" in client.get("/samples/").get_data(as_text=True)


def test_a_draw_is_not_changed(session: Session) -> None:
    people.actor(Role.COUNTY)
    region = people.region(people.COUNTY)
    day = clock.today()
    db.session.add(
        SampleDraw(programme_key=KEY, region_id=region.id, accepted_from=day, accepted_until=day, percent=10, pool=1,
                   pool_hash="", seed="", at=clock.now(), actor_id=None, actor_name="")
    )  # fmt: skip
    session.flush()
    made = session.scalars(select(SampleDraw)).one()
    made.seed = "another"
    with pytest.raises(DatabaseError, match="append-only"):
        session.flush()


def test_without_a_share_nothing_is_drawn(session: Session) -> None:
    publish_tables()
    county = people.actor(Role.COUNTY)
    with pytest.raises(RuleViolation, match="没有规定抽查比例"), transaction():
        sampling.draw_sample(command(accepted_until=clock.today() - timedelta(days=1)), county)
