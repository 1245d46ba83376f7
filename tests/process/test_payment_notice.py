"""The second notice, of paid subsidies: who stands on it, with what sum, until when; what comes of objections and returns."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import Conflict, NotAllowed, RuleViolation
from app.funds import queries as funds
from app.lifecycle import Status
from app.permissions import Actor, Role
from app.renovation import queries as files
from app.renovation.models import Renovation
from app.renovation.papers import sheet
from app.renovation.sealing import changes, seals
from app.stages.registry import open_operations, papers
from app.stages.settlement import announcing
from app.stages.settlement import queries as settlements
from app.workbench import queries
from tests.acceptance import support as acceptances
from tests.construction import support as construction
from tests.construction.support import Site, do
from tests.factories import people

from .support import billed, finance, pay, publish_without

TERMS = {"days": 7, "day_kind": "calendar", "places": ["村（社区）公示栏"]}


@pytest.fixture(autouse=True)
def _session(session: Session) -> None:
    """Everything here is stored."""


def paid(on: Site, treasurer: Actor) -> Renovation:
    """A file of a programme without supervision, paid."""
    file = construction.dispatched(on, supervisor_record_id=None)
    file = construction.completed(on, construction.building(on, construction.contracted(on, file)))
    acceptances.recorded(on, file, party=acceptances.party(on.around.township, supervisor=""))
    file = do("acceptance.countersign", file, on.around.county)
    do("settlement.card", file, on.builder, hotline="023-40000001", paper=construction.photo(on.builder))
    do("settlement.prepare", billed(on, file), on.around.county)
    return pay(do("settlement.approve", file, people.actor(Role.COUNTY)), treasurer)


def announced(file: Renovation, clerk: Actor, **changes: object) -> Renovation:
    typed = {"starts_on": f"{clock.today()}", "places": ["村（社区）公示栏"], "poster": "王芳"}
    return do("settlement.announce", file, clerk, **typed | changes)


def to_do(clerk: Actor) -> list[tuple[str, str]]:
    return [(line.number, line.move.words) for line in queries.desk(clerk).lines if line.move]


def test_paid_subsidies_are_told_and_what_came_back_is_told_anew() -> None:
    publish_without("supervision", payment_notice=TERMS)
    on, treasurer = construction.site(), finance()
    clerk = on.around.township
    file = paid(on, treasurer)
    assert to_do(clerk) == [(file.number, "公示资金")]
    with pytest.raises(RuleViolation) as caught:
        announced(file, clerk, starts_on=f"{clock.today() - timedelta(days=1)}")
    assert caught.value.field == "starts_on"
    file = announced(file, clerk)
    told = announcing.entry(file)
    assert told is not None
    assert (told.notice.ends_on - told.notice.starts_on, told.amount_fen) == (timedelta(days=7), 140000)
    assert [one["name"] for one in told.people] == [file.applicant_name[0] + "**"]
    assert to_do(clerk) == []
    body = sheet(papers()["payment_notice"], file, clerk).body()
    assert "¥1,400.00" in body
    assert [word for word in (file.applicant_name, file.number) if word in body] == []
    assert [changes(one, file) for one in seals(file)] == [[]]
    day = f"{settlements.paid(file)[0].paid_on}"
    file = do("settlement.return_payment", file, treasurer, payment_ids=[], returned_on=day, reason="户名不符")
    assert announcing.entry(file) is None
    file = pay(file, treasurer, "again")
    assert to_do(clerk) == [(file.number, "公示资金")]
    file = announced(file, clerk)
    assert [one.seq for one in announcing.entries(announcing.entry(file).notice)] == [2]  # type: ignore[union-attr]
    assert sum(funds.unspent(file.id).values()) == 0


def test_an_objection_stands_on_the_timeline_with_its_answer() -> None:
    publish_without("supervision", payment_notice=TERMS)
    on, treasurer = construction.site(), finance()
    clerk = on.around.township
    file = announced(paid(on, treasurer), clerk)
    said = {"content": "称改造没有做完", "reply": "入户核实，已全部完成"}
    for day in (clock.today() - timedelta(days=1), clock.today() + timedelta(days=1)):
        with pytest.raises(RuleViolation) as caught:
            do("settlement.note_objection", file, clerk, received_on=f"{day}", **said)
        assert caught.value.field == "received_on"
    with pytest.raises(NotAllowed):
        do("settlement.note_objection", file, treasurer, received_on=f"{clock.today()}", **said)
    file = do("settlement.note_objection", file, clerk, received_on=f"{clock.today()}", **said)
    newest = files.events(file)[0]
    assert (newest.title, file.status) == ("补贴资金公示异议", Status.PAID)
    assert newest.reason == f"{clock.today()} 收到：称改造没有做完。答复：入户核实，已全部完成"


def test_without_the_table_nothing_is_announced() -> None:
    publish_without("supervision")
    on, treasurer = construction.site(), finance()
    clerk = on.around.township
    file = paid(on, treasurer)
    keys = {one.key for one in open_operations(file, clerk)}
    assert keys & {"settlement.announce", "settlement.note_objection"} == set()
    assert to_do(clerk) == []
    with pytest.raises(Conflict):
        announced(file, clerk)
