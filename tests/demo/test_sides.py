"""The demo's programmes where who comes first is served, and where a code buys: the same on each database."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.audit.verify import verify
from app.core import clock
from app.core.db import db, transaction
from app.core.settings_store import write
from app.demo import build, code_lives, codes, county, first, first_lives, pilot_lives
from app.lifecycle import Status
from app.permissions import Role
from app.renovation import queries as files
from app.renovation.models import Assignment, Ending, Renovation
from app.stages.application import first_come
from app.stages.construction import code_queries, paying_queries, photo_places
from app.stages.construction.code_rules import CodeEnd
from app.stages.settlement.papers import missing_papers
from app.workbench import household, queries
from tests.conftest import TEMPLATE, _create_app
from tests.support.databases import Databases, dispose

TODAY = date(2026, 7, 31)
SIDES = (first_lives.SIDE, code_lives.SIDE)


@pytest.fixture(scope="module")
def lived(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Life → number of the last household that led it, in the demo county without any other."""
    name, url = databases.copy(TEMPLATE)
    app: Flask = _create_app(url, tmp_path_factory.mktemp("files"))
    with app.app_context():
        with clock.fixed(TODAY - timedelta(days=200)):
            county.build(TODAY)
        led = [build.beside(side, 1 + 20 * place, TODAY) for place, side in enumerate(SIDES)]
        build.lead([one for lives in led for one in lives], TODAY, lambda _line: None)
        names = [life.__name__ for side in SIDES for life, _ in side.households]
        stories = [one[1] for side, lives in zip(SIDES, led, strict=True) for one in lives[: len(side.households)]]
        with clock.fixed(TODAY):
            yield {name: story.number for name, story in zip(names, stories, strict=True)}
        db.session.remove()
    dispose(app)
    databases.drop(name)


def file(lived: dict[str, str], life: str) -> Renovation:
    return files.get(lived[life], county.actor("county1"))


def on_the_desk(*accounts: str) -> Counter[str]:
    """How often each move waits for these accounts."""
    lines = [line for account in accounts for line in queries.desk(county.actor(account)).lines]
    return Counter(line.move.words for line in lines if line.move)


def test_where_the_households_stand(lived: dict[str, str]) -> None:
    found = db.session.execute(select(Renovation.programme_key, Renovation.status)).all()
    assert Counter((key, status) for key, status in found) == {
        (first.KEY, Status.PAID): 1, (first.KEY, Status.TERMINATED): 2, (first.KEY, Status.ACCEPTED): 2,
        (first.KEY, Status.COMPLETED): 1, (first.KEY, Status.DISPATCHED): 2, (first.KEY, Status.AGREED): 1,
        (first.KEY, Status.ASSESSED): 2, (first.KEY, Status.NOTICED): 1,
        (codes.KEY, Status.CLOSED): 1, (codes.KEY, Status.AGREED): 3, (codes.KEY, Status.ASSESSED): 1,
    }  # fmt: skip
    assert verify() == []


def test_who_came_too_late_is_ended_or_waits_and_is_told(lived: dict[str, str]) -> None:
    ended = db.session.scalars(select(Renovation.ending).where(Renovation.ending.is_not(None)))
    assert Counter(ended) == {Ending.NOTHING_LEFT: 1, Ending.LAPSED: 1}
    until = first_come.waits_until(file(lived, "in_vain"))
    assert until is not None and until >= TODAY
    assert household.plain(file(lived, "in_vain")).startswith("您家符合条件，可是今年的钱或名额用完了。")
    assert household.plain(file(lived, "lapsed")).endswith("施工单位要全部退给您。")


def test_what_the_household_paid_is_owed_entered_or_due(lived: dict[str, str]) -> None:
    assert len(paying_queries.to_give_back(file(lived, "lapsed"))) == 1
    assert [one.operation for one in paying_queries.missing(file(lived, "to_pay"))] == ["construction.receive_payment"]
    of_receipts = [
        [one.text for one in missing_papers(file(lived, life)) if one.operation == "settlement.receipt"]
        for life in ("elder", "to_refund")
    ]
    assert of_receipts == [[], ["家庭已付 ¥307.00，只该付 ¥277.00：退还 ¥30.00 后提交 ¥277.00 的收据。"]]


def test_homes_were_shared_out_evenly(lived: dict[str, str]) -> None:
    homes = select(Assignment.organisation_id, func.count()).join(Renovation).group_by(Assignment.organisation_id)
    of_builders = homes.where(Assignment.role == Role.CONTRACTOR, Renovation.programme_key == first.KEY)
    counts = [number for _, number in db.session.execute(of_builders)]
    assert (len(counts), sum(counts)) == (2, 7)
    assert max(counts) - min(counts) <= 1


def test_desks_offer_what_these_programmes_have_otherwise(lived: dict[str, str]) -> None:
    county_has = on_the_desk("county1")
    assert (on_the_desk("super2")["技术审核方案"], county_has["派工"], county_has["委托技术审核"]) == (
        1,
        1,
        1,
    )
    assert photo_places.unplaced(file(lived, "to_explain")) != []


def test_codes_wait_are_renewed_taken_and_spent(lived: dict[str, str]) -> None:
    outcomes = {life: [one.outcome for one in reversed(code_queries.all_of(file(lived, life)))] for life in
                ("has_code", "renewed", "taken", "paid_back")}  # fmt: skip
    assert outcomes == {
        "has_code": [None],
        "renewed": [CodeEnd.REPLACED, None],
        "taken": [CodeEnd.REDEEMED],
        "paid_back": [CodeEnd.REDEEMED],
    }


def test_a_family_that_buys_goods_reads_of_no_works(lived: dict[str, str]) -> None:
    bought, built = file(lived, "taken"), file(lived, "to_pay")
    with db.session.no_autoflush:
        bought.status = built.status = Status.BUILDING
        said = [household.plain(one) for one in (bought, built)]
    db.session.rollback()
    assert said == ["您买的东西正在送来。", "正在您家施工。"]


def test_a_small_demo_has_no_other_programme_and_a_usual_one_has_all_of_them() -> None:
    others = sum(len(side.households) for side in (pilot_lives.SIDE, *SIDES))
    assert [len(list(build._kinds(number))) for number in (20, 100, 300)] == [20, 100 - others, 300 - others]


def test_a_demo_that_was_stopped_in_the_middle_says_how_to_begin_again(committed: Flask) -> None:
    with transaction():
        write(build.BEGUN, True)
    answer = committed.test_cli_runner().invoke(args=["demo", "prepare"])
    assert (answer.exit_code, "请先执行 make demo-reset 清空" in answer.output) == (1, True)
