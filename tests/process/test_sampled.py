"""A drawn file looked at again: who records, what is missing, what waits for the county, what keeps the file open."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Conflict, NotAllowed, RuleViolation, RuleViolations
from app.oversight import sampling
from app.oversight.sampling_rules import DrawSample
from app.permissions import Role
from app.renovation import queries as files
from app.renovation.models import Renovation
from app.stages.acceptance import sampled
from app.stages.registry import open_operations
from app.stages.warranty.service import close_missing
from app.workbench import queries
from tests.acceptance import support as acceptances
from tests.application.notice_support import publish_tables
from tests.construction import support as construction
from tests.construction.support import Site, do, photo
from tests.factories import people
from tests.support.client import PageClient

SetToday = Callable[[date], None]


@pytest.fixture
def on(session: Session) -> Site:
    publish_tables(sample_inspection={"percent": 100, "by": "county"})
    return construction.site()


def drawn(on: Site, set_today: SetToday) -> tuple[Renovation, int]:
    """A file that the county drew the day after its acceptance, and the draw."""
    file = acceptances.recorded(on, construction.completed(on))
    file = do("acceptance.countersign", file, on.around.county)
    day = clock.today()
    set_today(day + timedelta(days=1))
    wanted = {"programme_key": file.programme_key, "accepted_from": f"{day}", "accepted_until": f"{day}"}
    with transaction():
        draw = sampling.draw_sample(DrawSample.model_validate(wanted), on.around.county)
    return file, draw.id


def recorded(file: Renovation, on: Site, **changes: object) -> Renovation:
    typed = {"day": f"{clock.today()}", "inspectors": "刘敏、周强", "result": "conforms"}
    return do("acceptance.record_sample", file, on.around.county, **typed | changes)


def faulty(file: Renovation, on: Site) -> Renovation:
    until = f"{clock.today() + timedelta(days=10)}"
    pictures = [photo(on.around.county)]
    return recorded(file, on, result="faulty", finding="扶手少装一根", until=until, photos=pictures)


def to_do(on: Site) -> list[str]:
    return [line.move.words for line in queries.desk(on.around.county).lines if line.move and "抽查" in line.move.words]


def counts(draw: int, on: Site) -> list[int]:
    return list(sampling.counts(sampling.drawn(draw, on.around.county)[1]).values())


def test_what_conforms_is_recorded_once_and_stands_on_the_timeline(on: Site, set_today: SetToday) -> None:
    file, draw = drawn(on, set_today)
    assert (to_do(on), counts(draw, on)) == (["登记抽查结果"], [0, 0, 0, 1])
    file = recorded(file, on)
    assert (to_do(on), counts(draw, on)) == ([], [1, 0, 0, 0])
    newest = files.events(file)[0]
    assert (newest.title, newest.details["draw"]) == ("抽查：符合", draw)
    with pytest.raises(Conflict):
        recorded(file, on)


def test_what_does_not_conform_waits_for_the_county_and_keeps_the_file_open(on: Site, set_today: SetToday) -> None:
    file, draw = drawn(on, set_today)
    file = faulty(file, on)
    assert (to_do(on), counts(draw, on)) == (["抽查整改"], [1, 1, 1, 0])
    newest = files.events(file)[0]
    assert newest.reason == f"扶手少装一根。{clock.today() + timedelta(days=10)} 前整改"
    assert f"{clock.today()} 抽查发现的问题还没有整改销号。" in [one.text for one in close_missing(file)]
    wrong = {"text": "已补装", "photos": [photo(on.around.county)]}
    with pytest.raises(RuleViolation):
        do("acceptance.resolve_sample", file, on.around.county, day=f"{clock.today() + timedelta(days=1)}", **wrong)
    file = do("acceptance.resolve_sample", file, on.around.county, day=f"{clock.today()}", **wrong)
    assert (to_do(on), counts(draw, on), sampled.open_finding(file)) == ([], [1, 1, 0, 0], None)
    assert "销号" not in "".join(one.text for one in close_missing(file))
    with pytest.raises(Conflict):
        do("acceptance.resolve_sample", file, on.around.county, day=f"{clock.today()}", **wrong)


def test_a_fault_is_told_with_its_day_and_its_photo(on: Site, set_today: SetToday) -> None:
    file, _draw = drawn(on, set_today)
    with pytest.raises(RuleViolations) as caught:
        recorded(file, on, result="faulty")
    assert [one.field for one in caught.value.problems] == ["finding", "until", "photos"]
    with pytest.raises(RuleViolations) as early:
        recorded(file, on, day=f"{clock.today() - timedelta(days=1)}")
    assert [one.field for one in early.value.problems] == ["day"]


def test_who_did_not_draw_does_not_record(on: Site, set_today: SetToday) -> None:
    file, _draw = drawn(on, set_today)
    city = people.actor(Role.CITY)
    assert {"acceptance.record_sample"} & {one.key for one in open_operations(file, city)} == set()
    with pytest.raises(NotAllowed):
        do("acceptance.record_sample", file, city, day=f"{clock.today()}", inspectors="刘敏", result="conforms")


def test_a_file_that_was_not_drawn_has_nothing_to_record(on: Site) -> None:
    file = acceptances.recorded(on, construction.completed(on))
    file = do("acceptance.countersign", file, on.around.county)
    with pytest.raises(Conflict):
        recorded(file, on)


def test_what_was_found_never_changes(on: Site, set_today: SetToday) -> None:
    file, _draw = drawn(on, set_today)
    recorded(file, on)
    (found,) = sampled.findings(file)
    found.inspectors = "别人"
    with pytest.raises(DatabaseError, match="append-only"):
        db.session.flush()
    db.session.rollback()
    with pytest.raises(DatabaseError), transaction():  # a fault without a day is no record
        db.session.execute(text("UPDATE sample_finding SET result = 'faulty'"))


@pytest.mark.sqlite_only
def test_the_draw_and_the_file_show_what_was_found(on: Site, set_today: SetToday, client: PageClient) -> None:
    file, draw = drawn(on, set_today)
    file = faulty(file, on)
    client.login(people.make_user(Role.COUNTY, people.COUNTY))
    page = client.page(f"/samples/{draw}")
    figures = [one.get_text(" ", strip=True) for one in page.select(".figures > *")]
    assert ["已查" in figures[0], "有不符合" in figures[1], "待整改" in figures[2]] == [True, True, True]
    assert "扶手少装一根" in page.get_text()
    shown = client.page(f"/renovations/{file.number}?tab=acceptance").get_text(" ", strip=True)
    assert "待整改" in shown
    assert "扶手少装一根" in shown
    form = client.page(f"/renovations/{file.number}/acceptance/resolve_sample").get_text(" ", strip=True)
    assert "抽查发现的问题：扶手少装一根" in form
