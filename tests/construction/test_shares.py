"""Homes are shared out among the firms by count, lots are a township's own, and no lot is drawn above its award."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Conflict, RuleViolation
from app.core.money import yuan
from app.lifecycle import Status
from app.permissions import Actor, Role
from app.places import service as places
from app.places.models import ProcurementRecord
from app.places.rules import AddProcurement, Admission, ChangeAdmission, EndProcurement, OrganisationKind
from app.renovation import queries as files
from app.renovation.models import Renovation
from app.stages.construction import firm_pages, lots
from app.stages.plan import queries as plans
from app.stages.registry import open_operations
from tests.application.notice_support import publish_tables
from tests.assessment.support import photo, procurement
from tests.construction import support as construction
from tests.construction.support import contracted, do, replaced, site
from tests.deposits.test_races import at_once
from tests.factories import people
from tests.plan.support import agreed
from tests.process.support import tables_without
from tests.workbench.support import make_file

EQUAL = {"share": "equal"}


def share(**terms: Any) -> None:
    """The programme in force shares homes out by count, without supervision."""
    publish_tables(**tables_without("supervision", procurement=EQUAL | terms))


def firms(*names: str) -> dict[str, int]:
    """Firms with a lot each in the county: name → record id."""
    return {name: procurement(people.make_firm(name=name), OrganisationKind.CONTRACTOR) for name in names}


def home(name: str = "张德福", **facts: Any) -> str:
    return make_file(name, status=Status.AGREED, **facts)


def give(record_id: int, actor: Actor, number: str = "") -> str:
    """A home, another one when none is named, dispatched under a lot."""
    return do("construction.dispatch", number or home(), actor, procurement_record_id=record_id).number


def next_one(actor: Actor, number: str = "") -> str:
    """The name of the firm that gets a home by turn."""
    file = do("construction.dispatch_next", number or home(), actor)
    return _firm(file)


def _firm(file: Renovation) -> str:
    assigned = files.assignment(file, Role.CONTRACTOR)
    assert assigned is not None
    return assigned.organisation.name


def seen(actor: Actor, number: str) -> list[tuple[str, int | None, bool, str]]:
    """What the page of the dispatch offers: firm, homes, whether it is its turn, the refusal."""
    found = firm_pages.builder_offers(files.get(number, actor))
    return [(one.record.organisation.name, one.homes, one.is_next, one.refusal) for one in found]


def refusal(record_id: int, actor: Actor, number: str = "") -> str:
    with pytest.raises(RuleViolation) as refused:
        give(record_id, actor, number)
    assert refused.value.field == "procurement_record_id"
    return refused.value.message


@pytest.fixture
def county(session: Session) -> Actor:
    share()
    return people.actor(Role.COUNTY)


def test_who_has_fewest_is_next_and_nobody_is_given_two_more(county: Actor) -> None:
    lot = firms("A甲", "B乙", "C丙")
    give(lot["B乙"], county)
    assert refusal(lot["B乙"], county) == "按户数均分，B乙已派 1 户，最少的只有 0 户，轮到A甲、C丙，请改选。"
    number = home()
    assert seen(county, number) == [
        ("A甲", 0, True, ""),
        ("C丙", 0, False, ""),
        ("B乙", 1, False, "按户数均分，B乙已派 1 户，最少的只有 0 户，轮到A甲、C丙，请改选。"),
    ]
    assert firm_pages.dispatch_initial(files.get(number, county)) == {"procurement_record_id": lot["A甲"]}
    assert [next_one(county) for _ in range(5)] == ["A甲", "C丙", "A甲", "B乙", "C丙"]
    assert firm_pages.whose_turn(files.get(number, county)).startswith("现在轮到A甲（标段 ")


def test_a_wider_distance_lets_a_firm_go_ahead(session: Session) -> None:
    share(most_apart=3)
    county, lot = people.actor(Role.COUNTY), firms("A甲", "B乙")
    for _ in range(3):
        give(lot["A甲"], county)
    assert refusal(lot["A甲"], county) == "按户数均分，A甲已派 3 户，最少的只有 0 户，轮到B乙，请改选。"
    assert [next_one(county) for _ in range(4)] == ["B乙", "B乙", "B乙", "A甲"]


def test_nobody_waits_for_a_firm_that_cannot_build_here(county: Actor) -> None:
    lot, admin = firms("A甲", "B乙", "C丙", "D丁"), people.actor(Role.ADMIN)
    with transaction():
        db.session.get_one(ProcurementRecord, lot["B乙"]).max_households = 1
        firm = db.session.get_one(ProcurementRecord, lot["C丙"]).organisation_id
        command = ChangeAdmission(admission=Admission.SUSPENDED, reason="质量")
        places.change_admission(places.queries.organisation(firm), command, admin)
    with transaction():
        db.session.get_one(ProcurementRecord, lot["D丁"]).valid_to = clock.today() - timedelta(days=1)
    assert [next_one(county) for _ in range(4)] == ["A甲", "B乙", "A甲", "A甲"]
    assert refusal(lot["B乙"], county) == "这个采购标段最多 1 户，已经用完，请另选标段。"


def test_homes_count_until_the_household_gives_up_before_the_works(county: Actor) -> None:
    lot = firms("A甲", "B乙")
    gone = give(lot["A甲"], county)
    assert refusal(lot["A甲"], county).startswith("按户数均分")
    with transaction():
        db.session.execute(update(Renovation).where(Renovation.number == gone).values(status=Status.WITHDRAWN))
    give(lot["A甲"], county)


def test_a_firm_that_was_replaced_is_not_given_another_home_for_it(session: Session) -> None:
    share()
    on = site()
    names = on.firm.name, on.other_firm.name
    file = contracted(on, do("construction.dispatch", agreed(on.around), on.around.county, procurement_record_id=on.builder_record))  # fmt: skip
    file = replaced(on, file)
    assert [(name, homes) for name, homes, _, _ in seen(on.around.county, file.number)] == [
        (names[1], 0),
        (names[0], 1),
    ]
    assert next_one(on.around.county, file.number) == names[1]
    assert [homes for _, homes, _, _ in seen(on.around.county, home())] == [1, 1]


def test_a_lot_that_was_entered_anew_goes_on_counting(county: Actor) -> None:
    lot = firms("A甲", "B乙")
    give(lot["A甲"], county)
    with transaction():
        record = places.queries.procurement(lot["A甲"])
        places.end_procurement(record, EndProcurement(reason="包号登错"), county)
    again = procurement(places.queries.organisation(record.organisation_id), OrganisationKind.CONTRACTOR)
    assert refusal(again, county).endswith("轮到B乙，请改选。")
    with transaction():  # last year's lot is another purchase
        db.session.get_one(ProcurementRecord, lot["A甲"]).valid_to = clock.today() - timedelta(days=31)
        db.session.get_one(ProcurementRecord, lot["A甲"]).valid_from = clock.today() - timedelta(days=60)
    give(again, county)


def test_without_the_rule_there_is_no_turn(session: Session) -> None:
    county, lot = people.actor(Role.COUNTY), firms("A甲", "B乙")
    publish_tables(**tables_without("supervision"))
    numbers = [give(lot["A甲"], county) for _ in range(3)]
    file = files.get(home(), county)
    assert len(numbers) == 3
    assert [(one.homes, one.is_next, one.refusal) for one in firm_pages.builder_offers(file)] == [(None, False, "")] * 2
    assert firm_pages.dispatch_initial(file) == {}
    assert "construction.dispatch_next" not in {one.key for one in open_operations(file, county)}
    with pytest.raises(Conflict, match="现在不需要办理“按户数均分派工”"):
        next_one(county, file.number)


def test_by_turn_without_any_lot_says_where_to_look(county: Actor) -> None:
    with pytest.raises(RuleViolation, match="请打开“派工”查看各标段的原因"):
        next_one(county)


# a township's own lots ---------------------------------------------------------------------------------------------
def own_lot(name: str, code: str = people.TOWNSHIP, **facts: Any) -> int:
    """A lot that a township procured itself."""
    command = {
        "kind": OrganisationKind.CONTRACTOR,
        "lot": f"乡-{name}",
        "region_id": people.region(code).id,
        "valid_from": clock.today(),
        "valid_to": clock.today() + timedelta(days=100),
    } | facts
    firm, keeper = people.make_firm(name=name), people.actor(Role.COUNTY)
    with transaction():
        return places.add_procurement(firm, AddProcurement(**command), keeper).id


def test_a_townships_lot_serves_its_own_homes_alone(session: Session) -> None:
    publish_tables(**tables_without("supervision"))
    county, wide, own = people.actor(Role.COUNTY), firms("A甲")["A甲"], own_lot("X镇")
    here, there = home(), home(township=people.OTHER_TOWNSHIP)
    assert [one[0] for one in seen(county, here)] == ["A甲", "X镇"]
    assert [one[0] for one in seen(county, there)] == ["A甲"]
    town = people.region(people.TOWNSHIP).name
    assert refusal(own, county, there) == f"标段 乡-X镇 由{town}采购，只用于{town}的改造户，请另选标段。"
    assert [give(one, county, number) for one, number in ((own, here), (wide, there))] == [here, there]


def test_shares_are_those_of_one_buyer_and_a_townships_own_come_first(county: Actor) -> None:
    lot, own = firms("A甲", "B乙"), own_lot("X镇")
    other = {"township": people.OTHER_TOWNSHIP}
    assert [next_one(county) for _ in range(3)] == ["X镇", "X镇", "X镇"]
    assert next_one(county, home(**other)) == "A甲"
    # the county's firms are compared with each other, whatever the township's has
    assert refusal(lot["A甲"], county).endswith("轮到B乙，请改选。")
    give(own, county)
    give(lot["B乙"], county)


# the award -----------------------------------------------------------------------------------------------------------
def test_a_lot_is_not_drawn_above_its_award(session: Session) -> None:
    publish_tables(**tables_without("supervision", procurement={"within_award": True}))
    on = site()
    first, second = agreed(on.around), agreed(on.around, None)
    total = first.total_fen or 0
    assert (total > 0, second.total_fen) == (True, total)
    why = f"标段 {_lot(on.builder_record).lot} 没有登记中标金额，不知道还能派多少。请在采购记录里给这个标段补登中标金额，再派工或签合同。"  # fmt: skip
    assert refusal(on.builder_record, on.around.county, first.number) == why
    award(on, 2 * total - 1)
    file = construction.dispatched(on, first, supervisor_record_id=None)
    assert "就超过了。请另选标段，或先调整方案。" in refusal(on.builder_record, on.around.county, second.number)
    assert next(one[3] for one in seen(on.around.county, second.number)).startswith("标段")
    award(on, 2 * total)
    second = construction.dispatched(on, second, supervisor_record_id=None)
    award(on, total - 1)  # as if a change elsewhere had cost more meanwhile
    with pytest.raises(Conflict, match="就超过了"):
        contracted(on, second)
    award(on, 2 * total)
    assert contracted(on, second).status is Status.DISPATCHED
    assert lots.over_award(files.get(file.number, on.around.county), _lot(on.builder_record)) == ""


def test_a_change_that_costs_more_stays_within_the_award(session: Session) -> None:
    publish_tables(**tables_without("supervision", procurement={"within_award": True}))
    on = site()
    file = agreed(on.around)
    award(on, file.total_fen or 0)
    file = construction.building(on, contracted(on, construction.dispatched(on, file, supervisor_record_id=None)))
    lines = construction.lines_of(file)
    more = construction.changed(file, item_13={"quantity": f"{lines[13].quantity + 1:.2f}"})
    file = construction.propose(on, file, more)
    with pytest.raises(Conflict, match="就超过了"):
        construction.sign(on, file)
    award(on, (file.total_fen or 0) + lines[13].unit_price_fen)
    plan = plans.open_version(file)
    assert plan is not None
    signature = photo(on.around.township)
    do("construction.sign_change", file, on.around.township, self_pay=yuan(plan.self_pay_fen), signature=signature)
    award(on, 1)
    less = construction.changed(file, item_13={"quantity": f"{lines[13].quantity:.2f}"})
    file = construction.propose(on, file, less)
    construction.sign(on, file)


def test_what_a_firm_that_left_is_settled_for_stays_drawn(session: Session) -> None:
    publish_tables(**tables_without("supervision", procurement={"within_award": True}))
    on = site()
    file = agreed(on.around)
    total = file.total_fen or 0
    award(on, total)
    award(on, total, on.other_record)
    file = construction.building(on, contracted(on, construction.dispatched(on, file, supervisor_record_id=None)))
    line = construction.lines_of(file)[13]
    file = replaced(on, file, item_13=f"{line.quantity:.2f}")
    done = line.amount_fen
    for record, drawn in ((on.builder_record, done), (on.other_record, 0)):
        assert lots._drawn_fen(_lot(record), -1) == drawn
    file = do("construction.dispatch", file, on.around.county, procurement_record_id=on.other_record)
    assert lots._drawn_fen(_lot(on.other_record), -1) == total - done


def _lot(record_id: int) -> ProcurementRecord:
    return db.session.get_one(ProcurementRecord, record_id)


def award(on: construction.Site, fen: int, record_id: int = 0) -> None:
    with transaction():
        _lot(record_id or on.builder_record).award_fen = fen


# at the same moment --------------------------------------------------------------------------------------------------
def test_two_clerks_never_give_one_firm_two_more(committed: Flask) -> None:
    share()
    actor, lot = people.actor(Role.COUNTY), firms("A甲", "B乙", "C丙")
    numbers = [home() for _ in range(4)]
    outcomes = at_once(committed, 4, lambda place: give(lot["A甲"], actor, numbers[place]))
    assert outcomes == ["done", *["procurement_record_id"] * 3]


def test_six_at_once_by_turn_come_out_even(committed: Flask) -> None:
    share()
    actor, lot = people.actor(Role.COUNTY), firms("A甲", "B乙", "C丙")
    numbers = [home() for _ in range(6)]
    outcomes = at_once(committed, 6, lambda place: next_one(actor, numbers[place]))
    served = lots.households_of([_lot(one) for one in lot.values()])
    assert (outcomes, list(served.values())) == (["done"] * 6, [2, 2, 2])


def test_two_homes_at_once_do_not_overdraw_an_award(committed: Flask) -> None:
    publish_tables(**tables_without("supervision", procurement={"within_award": True}))
    on = site()
    some = [agreed(on.around) for _ in range(2)]
    award(on, (some[0].total_fen or 0) * 2 - 1)
    county, numbers = on.around.county, [one.number for one in some]
    outcomes = at_once(committed, 2, lambda place: give(on.builder_record, county, numbers[place]))
    assert outcomes == ["done", "procurement_record_id"]
