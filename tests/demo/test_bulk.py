"""`demo load`: every status, everything in step, the same for the same seed, and usable like files made by hand."""

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.audit.verify import verify
from app.core import clock
from app.core.db import db
from app.core.identity_numbers import parse_id_number
from app.demo import bulk, county
from app.funds.account_models import FundAccount, FundCommitment, FundEntry, FundMove
from app.funds.quota_models import PlaceTaken, QuotaPlaces
from app.identity.queries import user_by_staff_no
from app.lifecycle import Action, Status
from app.oversight.queries import chain_of, reasons_changed
from app.permissions import Actor, Role
from app.programme import eligibility
from app.programme.queries import programme_of
from app.renovation.models import Event, NumberSeries, Renovation
from app.renovation.operations import perform
from app.renovation.queries import visible_to
from app.stages.application import queries as applications
from app.stages.application.models import Beneficiary, Decision, DerivedFacts, Household
from app.stages.construction.models import Contract
from app.stages.plan.models import Agreement, Plan
from app.stages.registry import operations
from app.stages.settlement.models import SettlementSheet
from tests.conftest import TEMPLATE, _create_app
from tests.support.client import PageClient
from tests.support.databases import Databases, dispose

from .conftest import HOUSEHOLDS, SEED, TODAY


def test_every_status_is_there(loaded: Flask) -> None:
    found = Counter(db.session.scalars(select(Renovation.status)))
    assert set(found) == set(Status)
    assert sum(found.values()) == HOUSEHOLDS


def test_the_last_event_says_the_status(loaded: Flask) -> None:
    events = select(Event).where(Event.to_status.is_not(None)).order_by(Event.renovation_id, Event.seq)
    last = {event.renovation_id: event.to_status for event in db.session.scalars(events)}
    for renovation in db.session.scalars(select(Renovation)):
        assert last.get(renovation.id, Status.DRAFT) is renovation.status, renovation.number


def test_the_audit_is_whole_and_names_every_change(loaded: Flask) -> None:
    assert verify() == []
    changes = db.session.scalar(select(func.count()).select_from(Event).where(Event.action.is_not(None)))
    actions = [action.value for action in Action]
    audited = db.session.scalar(
        select(func.count())
        .select_from(AuditEntry)
        .where(AuditEntry.chain.startswith("renovation:"), AuditEntry.event.in_(actions))
    )
    assert audited == changes
    for renovation in db.session.scalars(select(Renovation).order_by(Renovation.id).limit(60)):
        assert reasons_changed(renovation, chain_of(renovation)[0]) == [], renovation.number


def test_every_frozen_verdict_is_what_the_rules_say(loaded: Flask) -> None:
    for decision in db.session.scalars(select(Decision)):
        verdict = eligibility.evaluate(programme_of(decision.programme_version_id), decision.facts, decision.on)
        if programme_of(decision.programme_version_id).version == decision.verdict["version"]:
            assert verdict.to_json() == decision.verdict
        assert verdict.outcome.value == decision.outcome.value
    versions = dict(db.session.execute(select(Renovation.id, Renovation.programme_version_id)).all())
    for facts in db.session.scalars(select(DerivedFacts)):
        verdict = eligibility.evaluate(programme_of(versions[facts.renovation_id]), facts.facts, facts.applied_on)
        assert verdict.outcome.value == facts.verdict.value


def test_people_are_their_own(loaded: Flask) -> None:
    people = db.session.scalars(select(Beneficiary).where(Beneficiary.ended_at.is_(None))).all()
    assert len({one.id_number for one in people}) == len(people)
    facts = dict(db.session.execute(select(DerivedFacts.renovation_id, DerivedFacts.facts)).all())
    for one in people:
        read = parse_id_number(one.id_number)
        assert (read.birth_date, read.sex) == (one.birth_date, one.sex)
        assert one.id_index == applications.id_index(one.id_number)
        if one.seq == 1:
            assert facts[one.renovation_id]["person"]["birth_date"] == one.birth_date.isoformat()
    phones = [one.phone for one in db.session.scalars(select(Household))]
    assert len(set(phones)) == len(phones)


def test_papers_name_their_own_file(loaded: Flask) -> None:
    files = {one.id: one for one in db.session.scalars(select(Renovation))}
    for agreement in db.session.scalars(select(Agreement)):
        mine = files[agreement.renovation_id]
        assert agreement.number.startswith(mine.number)
        assert agreement.household_signer == mine.applicant_name
    for contract in db.session.scalars(select(Contract)):
        mine = files[contract.renovation_id]
        assert f"-{mine.number[-6:]}-" in contract.number
        assert contract.household_signer == mine.applicant_name
    for decision in db.session.scalars(select(Decision)):
        if decision.form:
            assert decision.form["people-0-name"] == files[decision.renovation_id].applicant_name


def test_benefit_claims_are_those_of_the_file(loaded: Flask) -> None:
    claims = db.session.execute(
        sa.text("SELECT renovation_id, subject_kind, subject_index FROM benefit_claim WHERE released_at IS NULL")
    ).all()
    held: dict[int, set[tuple[str, str]]] = {}
    for renovation_id, kind, index in claims:
        held.setdefault(renovation_id, set()).add((kind, index))
    assert held
    for renovation_id, found in held.items():
        renovation = db.session.get_one(Renovation, renovation_id)
        assert {(str(kind), index) for kind, index in applications.subjects(renovation)} == found


def test_sums_and_counts_agree(loaded: Flask) -> None:
    for table in (Plan, SettlementSheet):
        assert (
            db.session.scalar(
                select(func.count()).select_from(table).where(table.subsidy_fen + table.self_pay_fen != table.total_fen)
            )
            == 0
        )
    current = (
        select(PlaceTaken.quota_id, func.count()).where(PlaceTaken.released_at.is_(None)).group_by(PlaceTaken.quota_id)
    )
    places = dict(db.session.execute(current).all())
    assert {quota.id: quota.taken for quota in db.session.scalars(select(QuotaPlaces)) if quota.taken} == places
    held = {
        account: (committed, spent)
        for account, committed, spent in db.session.execute(
            select(
                FundCommitment.account_id, func.sum(FundCommitment.committed_fen), func.sum(FundCommitment.spent_fen)
            ).group_by(FundCommitment.account_id)
        )
    }
    ledger: Counter[tuple[int, str]] = Counter()
    signs = {
        FundMove.COMMIT: ("in", 1),
        FundMove.UNCOMMIT: ("in", -1),
        FundMove.SPEND: ("out", 1),
        FundMove.RETURN: ("out", -1),
    }
    for entry in db.session.scalars(select(FundEntry).where(FundEntry.renovation_id.is_not(None))):
        side, sign = signs[entry.move]
        ledger[entry.account_id, side] += sign * entry.amount_fen
    for account in db.session.scalars(select(FundAccount)):
        found = (account.committed_fen, account.spent_fen)
        assert found == tuple(map(int, held.get(account.id, (0, 0))))
        assert found == (ledger[account.id, "in"], ledger[account.id, "out"])


def test_numbers_follow_each_other(loaded: Flask) -> None:
    numbers = sorted(db.session.scalars(select(Renovation.number)))
    series = db.session.scalars(select(NumberSeries)).one()
    assert [int(number[-6:]) for number in numbers] == list(range(1, HOUSEHOLDS + 1))
    assert series.last == HOUSEHOLDS


def test_found_by_two_characters_and_by_id(loaded: Flask) -> None:
    client = _client(loaded, "county1")
    newest = db.session.scalars(select(Renovation).order_by(Renovation.id.desc()).limit(1)).one()
    number, name = newest.number, newest.applicant_name
    person = db.session.scalars(select(Beneficiary).where(Beneficiary.renovation_id == newest.id)).first()
    assert person is not None
    for text in (name[1:], person.id_number, number):
        page = client.page(f"/renovations?view=all&q={text}")
        assert number in page.text, text


def test_a_copy_goes_on_by_the_hands_of_people(loaded: Flask) -> None:
    last = db.session.scalars(
        select(Renovation).where(Renovation.status == Status.NOTICED).order_by(Renovation.id.desc()).limit(1)
    ).one()
    number = last.number
    operation = operations()["application.send_back"]
    command = operation.command.model_validate({"reason": "公示照片不清楚"})
    perform(operation, number, command, county.actor("county1"))
    again = db.session.scalars(select(Renovation).where(Renovation.number == number)).one()
    assert again.status is Status.SUBMITTED
    assert verify() == []


@pytest.mark.parametrize("account", [one.staff_no for one in county.ACCOUNTS if one.role is not Role.ADMIN])
def test_a_file_of_every_status_opens_for_everybody_who_may_see_it(loaded: Flask, account: str) -> None:
    client = _client(loaded, account)
    client.page("/")
    client.page("/renovations?view=all")
    for number in _newest_of_each(select(Renovation).where(visible_to(_actor(account)))):
        client.page(f"/renovations/{number}")


@pytest.mark.sqlite_only
@pytest.mark.soak
@pytest.mark.sqlite_only
def test_the_same_seed_makes_the_same_households(databases: Databases, tmp_path: Path) -> None:
    few = 45  # one of every kind, and some copies
    digests = []
    for turn in ("first", "again"):
        name, url = databases.copy(TEMPLATE)
        app = _create_app(url, tmp_path / turn)
        with app.app_context(), clock.fixed(TODAY):
            bulk.load(few, SEED, lambda _line: None)
            digests.append(_digest(few))
            db.session.remove()
        dispose(app)
        databases.drop(name)
    assert digests[0] == digests[1]


def test_refused_in_production(loaded: Flask) -> None:
    runner = loaded.test_cli_runner()
    loaded.config["ENVIRONMENT"] = "production"
    try:
        answer = runner.invoke(args=["demo", "load", "--households", "3"])
    finally:
        loaded.config["ENVIRONMENT"] = "development"
    assert answer.exit_code == 1
    assert "正式环境" in answer.output


def _digest(households: int) -> str:
    """Who lives where, born when, in which status, with which sums."""
    rows = db.session.execute(
        select(
            Renovation.number,
            Renovation.status,
            Renovation.applicant_name,
            Renovation.address,
            Renovation.total_fen,
            Renovation.subsidy_fen,
            Renovation.township_id,
            Renovation.status_since,
            Beneficiary.seq,
            Beneficiary.id_number,
        )
        .join(Beneficiary, Beneficiary.renovation_id == Renovation.id)
        .where(Renovation.number <= f"CQ2020-500299-{households:06d}")
        .order_by(Renovation.number, Beneficiary.id)
    )
    return sha256("\n".join(map(repr, rows)).encode()).hexdigest()


def _actor(account: str) -> Actor:
    return county.actor(account)


def _client(app: Flask, account: str) -> PageClient:
    client = app.test_client()
    assert isinstance(client, PageClient)
    client.login(user_by_staff_no(account))
    return client


def _newest_of_each(scope: sa.Select[tuple[Renovation]]) -> Iterator[str]:
    newest: dict[Status, str] = {}
    for renovation in db.session.scalars(scope.order_by(Renovation.id)):
        newest[renovation.status] = renovation.number
    yield from newest.values()
