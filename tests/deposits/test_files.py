"""What a file's dispatch, contract and acceptance have to do with the deposit of the tender."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import Conflict, RuleViolation
from app.core.money import display
from app.funds.deposit_rules import release_on
from app.places import queries as places
from app.places.rules import OrganisationKind
from app.programme.money_schema import Deposit
from app.stages.acceptance.rules import last_day
from app.stages.construction import contracting, firm_pages
from app.stages.construction.operations import _contract_missing
from app.stages.construction.rules import Dispatch
from app.stages.settlement import deposits
from app.workbench.bulk_dispatch import dispatch_reasons
from tests.acceptance.support import recorded
from tests.application.notice_support import publish_tables
from tests.assessment.support import procurement
from tests.construction.support import Site, building, completed, contracted, dispatched, do, replaced, site
from tests.plan.support import agreed

from .support import DUE, TERMS, ask, end_term, give_back, held, receive, tender


@pytest.fixture(autouse=True)
def _session(session: Session) -> None:
    """Everything here is stored."""


def site_with_tender(**facts: Any) -> tuple[Site, int]:
    """The people around a home, and the building firm's tender of 400,000 yuan."""
    on = site()
    return on, tender(on.firm, **facts)


def wanted(record_id: int, covered: int = 0) -> str:
    lot = places.procurement(record_id).lot
    return (
        f"标段 {lot} 应缴履约保证金 ¥20,000.00，现有 {display(covered)}。"
        "请单位缴足，并由区县在“单位”的“履约保证金”里登记后再办。"
    )


def test_without_its_deposit_a_tender_is_not_dispatched_under() -> None:
    ask()
    on, record = site_with_tender()
    file = agreed(on.around)
    with pytest.raises(RuleViolation) as caught:
        dispatched(on, file, procurement_record_id=record)
    assert [(one.field, one.message) for one in caught.value.problems] == [("procurement_record_id", wanted(record))]
    offers = {one.record.id: one.refusal for one in firm_pages.dispatch_page(file)["builders"]}
    assert offers[record] == wanted(record)
    command = Dispatch(procurement_record_id=record, supervisor_record_id=on.supervisor_record)
    assert list(dispatch_reasons(file, on.around.county, command)) == [wanted(record)]
    receive(record, on.around.county)
    assert list(dispatch_reasons(file, on.around.county, command)) == []
    assert dispatched(on, file, procurement_record_id=record).status.value == "agreed"
    assert _contract_missing(file) == []


def test_a_share_of_an_award_that_nobody_entered_stops_too() -> None:
    ask()
    on = site()
    lot = places.procurement(on.builder_record).lot
    with pytest.raises(RuleViolation) as caught:
        dispatched(on)
    assert caught.value.message == (
        f"标段 {lot} 没有登记中标金额，算不出应缴的履约保证金。请在“单位”里打开这家单位，给这个标段补登中标金额。"
    )


def test_where_it_is_asked_before_the_contract_the_dispatch_goes_on() -> None:
    ask(required_before="contract")
    on, record = site_with_tender()
    file = dispatched(on, procurement_record_id=record)
    assert [one.text for one in _contract_missing(file)] == [wanted(record)]
    with pytest.raises(Conflict) as caught:
        contracted(on, file)
    assert caught.value.message == wanted(record)
    receive(record, on.around.county)
    assert contracted(on, file).status.value == "dispatched"


def test_a_guarantee_that_ran_out_meanwhile_stops_the_contract() -> None:
    ask()
    on, record = site_with_tender()
    until = clock.today() + timedelta(days=10)
    receive(record, on.around.county, form="guarantee", guarantee_until=until)
    file = dispatched(on, procurement_record_id=record)
    with clock.fixed(until + timedelta(days=1)), pytest.raises(Conflict) as caught:
        contracted(on, file)
    assert caught.value.message == wanted(record)


def test_a_programme_that_asks_for_none_asks_nobody() -> None:
    publish_tables()
    on, record = site_with_tender(award=None)
    file = dispatched(on, procurement_record_id=record)
    assert (contracting.contract_waits(file), contracted(on, file).status.value) == ("", "dispatched")


def test_files_keep_the_terms_under_which_they_were_decided() -> None:
    publish_tables()
    on, record = site_with_tender()
    file = agreed(on.around)
    with clock.fixed(clock.today() + timedelta(days=1)):
        ask()
        assert dispatched(on, file, procurement_record_id=record).programme_version_id == file.programme_version_id


def homes(record: int) -> tuple[int, int]:
    """How many homes a tender has, and how many of them are still to be accepted."""
    found = deposits.progress_of([record])[record]
    return found.homes, found.still_open


def test_a_firm_that_was_replaced_has_the_home_no_more() -> None:
    ask()
    on, record = site_with_tender()
    made = receive(record, on.around.county)
    file = contracted(on, dispatched(on, procurement_record_id=record))
    end_term(record, clock.today() - timedelta(days=60))
    assert homes(record) == (1, 1)
    assert held(made, on.around.county).release.waits_for == "还有 1 户没有验收"
    replaced(on, file)
    assert homes(record) == (0, 0)
    assert held(made, on.around.county).state(clock.today())[1] == "soon"


@pytest.mark.sqlite_only
@pytest.mark.parametrize(("release", "months"), [("acceptance", 0), ("warranty_end", 24)])
def test_it_goes_back_after_the_last_home_was_accepted(release: str, months: int) -> None:
    ask(release=release)
    on, record = site_with_tender()
    made = receive(record, on.around.county)
    file = completed(on, building(on, contracted(on, dispatched(on, procurement_record_id=record))))
    recorded(on, file)
    assert homes(record) == (1, 1)
    do("acceptance.countersign", file, on.around.county)
    today = clock.today()
    found = deposits.progress_of([record])[record]
    ends = last_day(today, 24)
    assert (found.homes, found.still_open, found.last_accepted, found.last_warranty) == (1, 0, today, ends)
    end_term(record, today - timedelta(days=60))
    due = release_on(terms_of_test(), last_day(today, months))
    assert held(made, on.around.county).release.on == due
    refused = f"{due} 起才能退还。到期后再退。"
    with pytest.raises(RuleViolation) as caught:
        give_back(made, on.around.county, DUE)
    assert caught.value.message == refused
    with clock.fixed(due):
        give_back(made, on.around.county, DUE)
        assert held(made, on.around.county).deposit.left_fen == 0


def terms_of_test() -> Deposit:
    return Deposit.model_validate(TERMS)


def test_tenders_serve_their_programme_or_all() -> None:
    publish_tables()
    on = site()
    own = procurement(on.firm, OrganisationKind.CONTRACTOR, programme_key="chongqing-2020", lot="甲")
    other = procurement(on.firm, OrganisationKind.CONTRACTOR, programme_key="another-2026", lot="乙")
    file = agreed(on.around)
    offered = [
        one.record.id for one in firm_pages.dispatch_page(file)["builders"] if one.record.organisation_id == on.firm.id
    ]
    assert sorted(offered) == sorted([on.builder_record, own])
    with pytest.raises(RuleViolation) as caught:
        dispatched(on, file, procurement_record_id=other)
    assert caught.value.message == (
        "标段 乙 是为“another-2026”采购的，不能用于“重庆市老年人居家适老化改造（2020）”的改造户。"
        "请另选标段，或在“单位”里为这家单位登记“重庆市老年人居家适老化改造（2020）”的采购记录。"
    )
    assert dispatched(on, file, procurement_record_id=own).programme_key == "chongqing-2020"
